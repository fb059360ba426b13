"""What the values of a recipe may be, so that a slip is named before anything is trained."""

import dataclasses
import numbers
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .parts import CLASS_NAMES

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


def checked_images(images: ArrayLike, *, most: int | None = None) -> np.ndarray:
    """Return (n, 28, 28), uint8 or floats from 0 to 1, without a copy."""
    array = np.asarray(images)
    if array.ndim != 3 or array.shape[1:] != (28, 28) or not len(array):
        raise ValueError(f"images: expected shape (n, 28, 28) with n of at least 1, found {array.shape}")
    if most is not None and len(array) > most:
        raise ValueError(f"images: expected at most {most}, found {len(array)}; give a slice, as images[:16]")
    if array.dtype == np.uint8:
        return array
    if not np.issubdtype(array.dtype, np.floating):
        raise ValueError(f"images: expected uint8 or floats from 0 to 1, found {array.dtype}")
    if not (array.min() >= 0 and array.max() <= 1):
        raise ValueError(f"images: expected floats from 0 to 1, found {array.min():.3g} to {array.max():.3g}")
    return array


def checked_labels(labels: ArrayLike, n: int, *, name: str = "labels") -> np.ndarray:
    """Return (n,) whole numbers from 0 to 9."""
    array = np.asarray(labels)
    if array.shape != (n,):
        raise ValueError(f"{name}: expected shape ({n},), one for each image, found {array.shape}")
    if not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name}: expected whole numbers, found {array.dtype}")
    if array.min() < 0 or array.max() >= len(CLASS_NAMES):
        raise ValueError(
            f"{name}: expected 0 to {len(CLASS_NAMES) - 1}, found {array.min()} to {array.max()}"
        )
    return array


def checked_probabilities(probabilities: ArrayLike, n: int) -> np.ndarray:
    """Return (n, 10) floats from 0 to 1."""
    array = np.asarray(probabilities)
    if array.shape != (n, len(CLASS_NAMES)):
        raise ValueError(f"probabilities: expected shape ({n}, {len(CLASS_NAMES)}), found {array.shape}")
    if not (array.min() >= 0 and array.max() <= 1.001):
        raise ValueError(
            f"probabilities: expected numbers from 0 to 1, found {array.min():.3g} to {array.max():.3g}; "
            "are these logits?"
        )
    return array


def checked_count(count: int, name: str, most: int) -> int:
    """Return a whole number from 1 to `most`."""
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or not 1 <= count <= most:
        raise ValueError(f"{name}: expected a whole number from 1 to {most}, found {count!r}")
    return int(count)


def check_share(value: float, name: str) -> None:
    """Refuse what is not an accuracy between 0 and 1."""
    if not 0 <= value <= 1:
        raise ValueError(f"{name}: expected an accuracy between 0 and 1, found {value}")


_CLASSES = len(CLASS_NAMES)


def check_count(name: str, value: int) -> None:
    """Refuse a `value` that is not a whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"{name}: expected a whole number of at least 1, found {value!r}")


def checked_predictions(
    labels: ArrayLike, probabilities: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the true classes (n,), the predicted classes (n,) and the probabilities (n, 10).

    Raises
    ------
    ValueError
        If a shape, a type or a value is not as `accuracy` describes it.
    """
    true, shares = np.asarray(labels), np.asarray(probabilities)
    if true.ndim != 1 or not true.size:
        raise ValueError(f"labels: expected shape (n,) with n of at least 1, found {true.shape}")
    if shares.shape != (len(true), _CLASSES):
        hint = ": these look like predicted classes, give the probabilities" if shares.ndim == 1 else ""
        raise ValueError(
            f"probabilities: expected shape ({len(true)}, {_CLASSES}), found {shares.shape}{hint}"
        )
    if not np.issubdtype(true.dtype, np.integer):
        raise ValueError(f"labels: expected whole numbers, found {true.dtype}")
    if true.min() < 0 or true.max() >= _CLASSES:
        raise ValueError(f"labels: expected 0 to {_CLASSES - 1}, found {true.min()} to {true.max()}")
    if not np.issubdtype(shares.dtype, np.floating):
        raise ValueError(f"probabilities: expected floats, found {shares.dtype}")
    _check_rows(shares)
    return true, shares.argmax(axis=1), shares


def _check_rows(probabilities: np.ndarray) -> None:
    """Refuse rows that are no distribution; half-precision rounding is let through."""
    if not np.isfinite(probabilities).all():
        raise ValueError("probabilities: expected finite numbers, found NaN or infinity")
    sums = probabilities.sum(axis=1, dtype=np.float64)
    worst = int(np.abs(sums - 1).argmax())
    if probabilities.min() < 0 or abs(sums[worst] - 1) > 5e-3:
        raise ValueError(
            "probabilities: expected no number below 0 and rows that sum to 1, "
            f"found a minimum of {probabilities.min():.3g} and a row {worst} that sums to {sums[worst]:.3g}; "
            "are these logits? Apply a softmax first"
        )
