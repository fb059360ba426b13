"""What plots accept: each function returns its argument as an array, or says what was expected and found."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..data import CLASS_NAMES


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


def checked_maps(maps: ArrayLike, name: str, axes: tuple[str, ...]) -> np.ndarray:
    """Return finite floats with these axes, 1 to 128 maps."""
    array = np.asarray(maps, dtype=np.float64)
    expected = f"({', '.join(axes)})"
    if array.ndim != len(axes) or not array.size or (len(axes) == 4 and array.shape[2] != 1):
        raise ValueError(f"{name}: expected shape {expected}, found {array.shape}")
    if array.shape[-1] > 128:
        raise ValueError(f"{name}: expected shape {expected} with n of at most 128, found {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite numbers, found NaN or infinity")
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


def checked_history(history: Mapping[str, Sequence[float]] | pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the four curves, equally long."""
    keys = ("loss", "accuracy", "val_loss", "val_accuracy")
    missing = [key for key in keys if key not in history]
    if missing:
        raise ValueError(f"history: expected {', '.join(keys)}, found no {', '.join(missing)}")
    curves = {key: np.asarray(history[key], dtype=float) for key in keys}
    shapes = {key: curve.shape for key, curve in curves.items()}
    if len(set(shapes.values())) > 1 or curves["loss"].ndim != 1 or not curves["loss"].size:
        raise ValueError(f"history: expected one value for each epoch in every list, found shapes {shapes}")
    return curves


def checked_runs(frame: pd.DataFrame, metric: str) -> dict[str, np.ndarray]:
    """Return the values of each name in per cent, names in the order of first appearance."""
    if not metric.endswith("accuracy"):
        raise ValueError(f"metric: expected an accuracy, as 'validation_accuracy', found {metric!r}")
    missing = [column for column in ("name", metric) if column not in frame]
    if missing:
        raise ValueError(f"frame: expected the columns name and {metric}, found no {', '.join(missing)}")
    values = frame[metric].dropna().astype(float)
    if values.empty:
        raise ValueError(f"frame: expected at least one {metric}, found none in {len(frame)} rows")
    check_share(values.min(), metric)
    check_share(values.max(), metric)
    names = frame["name"].astype(str)
    return {
        name: 100 * frame.loc[names == name, metric].dropna().to_numpy(dtype=float) for name in names.unique()
    }
