"""Where arguments are judged: single values, and what a recipe may hold. Arrays: `expected_arrays`.

Each sentence reads "name: expected …, found …"; where a slip is a natural one, the remedy follows.
"""

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NoReturn

import numpy as np

# What lies in an interval, and how it is called.
_INTERVALS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "[0, 1]": (lambda x: 0 <= x <= 1, "a number from 0 to 1"),
    "[0, 1)": (lambda x: 0 <= x < 1, "a number from 0 to below 1"),
    "(0, 1]": (lambda x: 0 < x <= 1, "a share above 0, up to 1"),
    "(0, 1)": (lambda x: 0 < x < 1, "a number between 0 and 1, both excluded"),
    "(0, inf)": (lambda x: 0 < x < 1e300, "a number above 0"),
    "[0, inf)": (lambda x: 0 <= x < 1e300, "a number, 0 or more"),
}


def refuse(name: str, expected: str, found: object, remedy: str = "") -> NoReturn:
    """Raise the ValueError that all of this room's functions raise."""
    raise ValueError(f"{name}: expected {expected}, found {found}" + (f"; {remedy}" if remedy else ""))


def shown(value: object) -> str:
    """Return a few words for a value: its shape or its length where it is long."""
    if len(shape := tuple(getattr(value, "shape", ()))):
        return f"{type(value).__name__} of shape {shape}"
    if callable(value):
        return f"the function {getattr(value, '__name__', value)}"
    text = " ".join(repr(value).split())
    long = isinstance(value, list | tuple | dict | set) and len(text) > 80
    return f"a {type(value).__name__} of {len(value)}" if long else text[:80]  # type: ignore[arg-type]


def is_real(value: object) -> bool:
    """Say whether a value is one real number; True and False are none."""
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def checked_number(value: Any, name: str, interval: str = "[0, 1]") -> float:
    """Return a number that lies in an interval; a share, unless another interval is named."""
    lies_in, expected = _INTERVALS[interval]
    if not is_real(value) or not lies_in(value):
        is_per_cent = is_real(value) and "1" in interval and 1 <= value <= 100
        refuse(name, expected, shown(value), "divide per cent by 100" if is_per_cent else "")
    return float(value)


def checked_count(value: Any, name: str, most: float = math.inf, *, least: int = 1) -> int:
    """Return a whole number from `least` to `most`."""
    if not is_real(value) or not isinstance(value, int | np.integer) or not least <= value <= most:
        expected = f"from {least} to {most:,}" if most < math.inf else f"{least} or more"
        refuse(name, f"a whole number{' ' if most < math.inf else ', '}{expected}", shown(value))
    return int(value)


def checked_seed(seed: Any, name: str = "seed") -> int:
    """Return a seed that NumPy and every backend of Keras take."""
    return checked_count(seed, name, 2**32 - 1, least=0)


def checked_rng(rng: Any) -> np.random.Generator:
    """Return a generator of random numbers."""
    if not isinstance(rng, np.random.Generator):
        refuse("rng", "a NumPy Generator", shown(rng), "make one with np.random.default_rng(seed)")
    return rng


def checked_name(value: Any, name: str, allowed: Iterable[str] = ()) -> str:
    """Return a text that is not empty; where some are `allowed`, one of them."""
    allowed = tuple(allowed)
    if not isinstance(value, str) or not value or (allowed and value not in allowed):
        refuse(name, f"one of {allowed}" if allowed else "a name", shown(value))
    return value


def checked_class(value: Any, name: str) -> Any:
    """Return the number of a class, or None."""
    if value is None or (isinstance(value, int | np.integer) and is_real(value) and 0 <= value < 10):
        return value
    refuse(name, "None or a class from 0 to 9", shown(value))


def checked_kind(value: Any, name: str, kind: type, expected: str) -> Any:
    """Return a value of this kind."""
    if not isinstance(value, kind):
        refuse(name, expected, shown(value))
    return value


_WHOLE = partial(checked_count, least=0)
_PIXELS = partial(checked_count, least=0, most=28)
_SHARE = partial(checked_number, interval="[0, 1)")
# What judges a value of a recipe.
RULES: dict[str, Callable[[Any, str], Any]] = {
    "architecture": partial(checked_kind, kind=Mapping, expected="a dictionary of the builder's arguments"),
    "epochs": checked_count,
    "batch_size": checked_count,
    "learning_rate": partial(checked_number, interval="(0, inf)"),
    "momentum": _SHARE,
    "weight_decay": partial(checked_number, interval="[0, inf)"),
    "warmup_epochs": _WHOLE,
    "label_smoothing": _SHARE,
    "flip": partial(checked_kind, kind=bool, expected="True or False"),
    "shift": _PIXELS,
    "erase": _PIXELS,
    "patience": _WHOLE,
    "validation_size": checked_count,
    "noise_strength": _SHARE,
    "left_out": checked_class,
    "head_epochs": _WHOLE,
    "labels": partial(checked_number, interval="(0, 1]"),
    "components": partial(checked_count, most=784),
    "grid": checked_count,
    "trials": checked_count,
    "seed": checked_seed,
    "budget": _WHOLE,
}


def require_values(recipe: Any) -> None:
    """Raise ValueError for the first value of `recipe` that is of the wrong kind or out of range."""
    for field in dataclasses.fields(recipe):
        if field.name in RULES:
            require_value(field.name, getattr(recipe, field.name))


def require_value(name: str, value: Any) -> None:
    """Raise ValueError unless `value` may be what a recipe calls `name`."""
    RULES[name](value, name)


def with_changes(recipe: Any, changes: Mapping[str, Any]) -> Any:
    """Return a copy of `recipe` with some values changed; refuse a name that it does not have."""
    known = [field.name for field in dataclasses.fields(recipe)]
    if unknown := sorted(set(changes) - set(known)):
        remedy = " (what the builder takes belongs into architecture={…})" if "architecture" in known else ""
        raise TypeError(f"but: expected some of {known}, found {unknown}{remedy}")
    return dataclasses.replace(recipe, **changes)
