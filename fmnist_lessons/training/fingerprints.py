"""What decides a fit, in sixteen digits: they change with it.

A recipe lists functions, classes, and the recipes within it (`decided_by`). They count, and so does what they
read, and what this reads in turn, as long as it is ours:

- functions: their source;
- constants and tables: their values; where an entry of a table is looked up, ``TABLE[key]``, those entries
  whose keys are among the recipe's values, or all if there is no such key;
- classes: those that a library calls back, such as layers, with their source; of the others, and of the
  recipe itself, the methods and properties for whose names the code asks.

What is a library's counts by its name alone, ``keras.Adam``: so the digits are the same under each version,
on each backend and machine.
"""

import dataclasses
import hashlib
import json
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from .reading import Reading

# What Keras's settings are unless somebody changes them; `max_…` cut each training short.
USUAL_SETTINGS = {
    "floatx": "float32",
    "dtype_policy": "float32",
    "image_data_format": "channels_last",
    "epsilon": 1e-07,
    "max_epochs": None,
    "max_steps_per_epoch": None,
}


def fingerprint(recipe: Any, checksums: Mapping[str, str]) -> str:
    """Return 16 hex digits that change with whatever decides a fit, but for the seed.

    That is the recipe's values and those of recipes within it, the code that splits the data, builds,
    augments and trains, the constants and tables that this code reads, Keras's settings where they are
    unusual, and the data's checksums.
    """
    reading = Reading(recipe)
    values = [_in_full(each) for each in reading.recipes]
    settings = unusual_settings() if "keras" in reading.libraries else {}
    return digest([values, sorted(reading.found), settings, dict(checksums)])


def digest(content: Any) -> str:
    """Return 16 hex digits of the SHA-256 of `content`, which must be fit for JSON."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=_plain).encode()).hexdigest()[:16]


def values_of(recipe: Any) -> dict[str, Any]:
    """Return the values of a recipe, a dataclass, that are not at their defaults."""
    values = {f.name: (getattr(recipe, f.name), _default(f)) for f in dataclasses.fields(recipe)}
    return {name: _told(value) for name, (value, default) in values.items() if value != default}


def _told(value: Any) -> Any:
    """A value as a record keeps it: a recipe within a recipe as its values, which name its model."""
    if isinstance(value, np.generic):
        return value.item()
    if not dataclasses.is_dataclass(value):
        return value
    recipe: Any = value
    return {"model": recipe.model, **values_of(recipe)}


def unusual_settings() -> dict[str, Any]:
    """Return those of Keras's global settings that somebody has changed and that decide a fit, by name."""
    config = sys.modules["keras"].config
    found: dict[str, Any] = {name: getattr(config, name, lambda: None)() for name in USUAL_SETTINGS}
    found["dtype_policy"] = found["dtype_policy"].name
    return {name: value for name, value in found.items() if value != USUAL_SETTINGS[name]}


def _in_full(recipe: Any) -> dict[str, Any]:
    """The values of a recipe, those at their defaults too, but for options that are off.

    A default that changes must be seen; a new option that is off by default changes nothing.
    """
    on = {f.name: _told(getattr(recipe, f.name)) for f in dataclasses.fields(recipe) if _default(f)}
    return {**on, **values_of(recipe)}


def _default(f: dataclasses.Field[Any]) -> Any:
    return f.default_factory() if f.default_factory is not dataclasses.MISSING else f.default


def _plain(value: Any) -> Any:
    """A number of NumPy's as JSON can have it."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"recipe: expected numbers, text, lists and dictionaries, found {value!r}")
