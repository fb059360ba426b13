"""What the values of a recipe may be, so that a slip is named before anything is trained."""

import dataclasses
import numbers
from collections.abc import Callable, Mapping
from typing import Any

_Rule = tuple[type, Callable[[Any], bool], str]

_COUNT: _Rule = (numbers.Integral, lambda n: n >= 1, "a whole number, 1 or more")
_WHOLE: _Rule = (numbers.Integral, lambda n: n >= 0, "a whole number, 0 or more")
_SHARE: _Rule = (numbers.Real, lambda x: 0 <= x < 1, "a number from 0 to below 1")

# The kind of a value, whether a value of that kind is right, and what is expected in words.
RULES: dict[str, _Rule] = {
    "architecture": (Mapping, lambda _: True, "a dictionary of the builder's arguments"),
    "epochs": _COUNT,
    "batch_size": _COUNT,
    "learning_rate": (numbers.Real, lambda x: x > 0, "a number above 0"),
    "momentum": _SHARE,
    "weight_decay": (numbers.Real, lambda x: x >= 0, "a number, 0 or more"),
    "warmup_epochs": _WHOLE,
    "label_smoothing": _SHARE,
    "flip": (bool, lambda _: True, "True or False"),
    "shift": _WHOLE,
    "erase": _WHOLE,
    "patience": _WHOLE,
    "validation_size": _COUNT,
    "noise_strength": _SHARE,
    "head_epochs": _WHOLE,
    "labels": (numbers.Real, lambda x: 0 < x <= 1, "a share above 0, up to 1"),
    "components": (numbers.Integral, lambda n: 1 <= n <= 784, "a whole number from 1 to 784"),
    "grid": _COUNT,
    "trials": _COUNT,
    "seed": _WHOLE,
    "budget": _WHOLE,
}


def require_values(recipe: Any) -> None:
    """Raise ValueError for the first value of `recipe` that is of the wrong kind or out of range."""
    for name in RULES:
        if hasattr(recipe, name):  # recipes of another kind have other values
            require_value(name, getattr(recipe, name))


def require_value(name: str, value: Any) -> None:
    """Raise ValueError unless `value` may be what a recipe calls `name`."""
    kind, is_right, expected = RULES[name]
    is_kind = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    if not is_kind or not is_right(value):
        raise ValueError(f"{name}: expected {expected}, found {value!r}")


def with_changes(recipe: Any, changes: Mapping[str, Any]) -> Any:
    """Return a copy of `recipe` with some values changed; refuse a name that it does not have."""
    known = [field.name for field in dataclasses.fields(recipe)]
    if unknown := sorted(set(changes) - set(known)):
        remedy = " (what the builder takes belongs into architecture={…})" if "architecture" in known else ""
        raise TypeError(f"but: expected some of {known}, found {unknown}{remedy}")
    return dataclasses.replace(recipe, **changes)
