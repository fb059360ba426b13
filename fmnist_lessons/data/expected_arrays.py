"""Where arguments are judged: images, labels, probabilities and tables. Single values: `expected`."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike

from .expected import is_real, refuse, shown
from .parts import CLASS_NAMES, Part

if TYPE_CHECKING:
    import pandas as pd

_CLASSES = len(CLASS_NAMES)


def checked_numbers(values: Any, name: str, *, shares: bool = False) -> np.ndarray:
    """Return float64 of any shape, NaN where nothing was measured; as `shares`, all from 0 to 1."""
    array = _array(values, name)
    if array.dtype.kind == "O" and all(number is None or is_real(number) for number in array.flat):
        array = array.astype(np.float64)
    if not _is_numeric(array) or array.dtype == bool or not array.ndim:
        refuse(name, "numbers", array.dtype if array.ndim and array.dtype.kind != "O" else shown(values))
    array = array.astype(np.float64)
    if shares and ((array < 0) | (array > 1)).any():
        low, high = np.nanmin(array), np.nanmax(array)
        remedy = "divide per cent by 100" if low >= 0 and high <= 100 else ""
        refuse(name, "shares between 0 and 1", f"{low:.4g} to {high:.4g}", remedy)
    return array


def checked_table(
    table: Any, name: str, columns: Iterable[str], remedy: str = "", *, empty: bool = False
) -> "pd.DataFrame":
    """Return a DataFrame with these columns and, unless it may be `empty`, at least one row."""
    import pandas as pd  # plots and tables have it loaded

    expected = f"a DataFrame with the columns {', '.join(columns := tuple(columns))}"
    if not isinstance(table, pd.DataFrame):
        refuse(name, expected, shown(table), remedy)
    if missing := [column for column in columns if column not in table]:
        refuse(name, expected, f"no {', '.join(missing)}", remedy)
    if twice := [column for column in columns if table.columns.tolist().count(column) > 1]:
        refuse(name, expected, f"{', '.join(twice)} more than once")
    if table.empty and not empty:
        refuse(name, expected, "no row", remedy)
    return table


def checked_batch(images: ArrayLike, *, uint8: bool = False) -> np.ndarray:
    """Return ``(n, height, width)``; no pixel is looked at, so that training does not wait for it."""
    array = _array(images, "images")
    if array.ndim != 3 or not all(array.shape[1:]):
        remedy = _reshaped(images, array, "images")
        refuse("images", "shape (n, height, width)", _shape(images, array), remedy)
    if uint8 and array.dtype != np.uint8:
        _refuse_pixels(array, "images")
    if not _is_numeric(array):
        refuse("images", "numbers", array.dtype)
    return array


def checked_images(
    images: ArrayLike, name: str = "images", *, most: int | None = None, floats: bool = True
) -> np.ndarray:
    """Return ``(n, 28, 28)`` without a copy: uint8 or, where `floats` may be, floats from 0 to 1."""
    array = _garments(images, name)
    if most is not None and len(array) > most:
        refuse(name, f"at most {most}", len(array), f"give a slice, as {name}[:16]")
    if array.dtype == np.uint8:
        return array
    if not floats:
        _refuse_pixels(array, name)
    array = _single(array)
    if array.dtype.kind != "f":
        refuse(name, "uint8 or floats from 0 to 1", array.dtype, f'{name}.astype("uint8")')
    low, high = float(array.min()), float(array.max())
    if not (low > -0.01 and high < 1.01):  # what a model rebuilds may leave the range by a little
        remedy = f"divide {name} by 255" if low >= 0 and 1 < high <= 255 else ""
        refuse(name, "uint8, or floats from 0 to 1", f"{low:.3g} to {high:.3g}", remedy)
    return array


def checked_pixels(images: ArrayLike, name: str = "images") -> None:
    """Refuse what a recipe or a model of the course should not see: it takes pixels from 0 to 255.

    Only the first 256 images are looked at, so it may be asked before each training.
    """
    array = _garments(images, name)
    few = _single(array[:256])
    if few.dtype.kind not in "uif":
        refuse(name, "uint8 from 0 to 255", few.dtype)
    low, high = few.min(), few.max()
    if not (low >= 0 and high <= 255) or 0 < high <= 1:
        remedy = f"give {name} without the division: the course's models scale the pixels themselves"
        remedy = remedy if low < 0 or high <= 1 else ""
        refuse(name, "pixels from 0 to 255", f"{low:.3g} to {high:.3g}", remedy)


def checked_training_part(part: Any, name: str = "part") -> Part:
    """Return a part whose images and labels fit each other and are what a recipe takes."""
    if not isinstance(part, Part):
        refuse(
            name, "a Part, as data.train", shown(part), 'make one with Part(images, labels, "train", "own")'
        )
    for what, value in (("images", part.images), ("labels", part.labels)):
        if not isinstance(value, np.ndarray):
            refuse(f"{name}.{what}", "a NumPy array", type(value).__name__, f"np.asarray({what})")
    checked_pixels(part.images, f"{name}.images")
    checked_labels(part.labels, len(part.images), f"{name}.labels")
    return part


def checked_labels(labels: ArrayLike, n: int | None = None, name: str = "labels") -> np.ndarray:
    """Return ``(n,)`` whole numbers from 0 to 9; of any length without `n`."""
    array = _array(labels, name)
    if array.ndim != 1 or not len(array) or len(array) != (n or len(array)):
        expected = f"shape ({n},), one for each image" if n else "shape (n,) with n of at least 1"
        columns = array.shape[1] if array.ndim == 2 else 0
        remedies = {1: f"{name}[:, 0]", _CLASSES: f"{name}.argmax(axis=1)"}
        refuse(name, expected, _shape(labels, array), remedies.get(columns, ""))
    if array.dtype.kind not in "iu":
        named = array.dtype.kind in "OSU" and all(isinstance(label, str) for label in array)
        whole = array.dtype.kind == "f" and (array == np.rint(array)).all()
        remedy = f"[CLASS_NAMES.index(name) for name in {name}]" if named else f"{name}.astype(int)"
        refuse(name, "whole numbers", array.dtype, remedy if named or whole else "")
    low, high = array.min(), array.max()
    if low < 0 or high >= _CLASSES:
        remedy = f"classes count from 0: {name} - 1" if low > 0 and high == _CLASSES else ""
        refuse(name, f"0 to {_CLASSES - 1}", f"{low} to {high}", remedy)
    return array


def checked_probabilities(
    probabilities: ArrayLike, n: int | None = None, name: str = "probabilities"
) -> np.ndarray:
    """Return ``(n, 10)`` floats whose rows are distributions; half precision becomes float32."""
    shares = _rows(probabilities, n, name)
    if shares.dtype.kind != "f":
        refuse(name, "floats", shares.dtype)
    sums = shares.sum(axis=1, dtype=np.float64)
    worst = int(np.abs(sums - 1).argmax())
    if shares.min() < 0 or abs(sums[worst] - 1) > 0.01:  # half precision rounds
        per_cent = shares.min() >= 0 and np.abs(sums - 100).max() < 1
        refuse(
            name,
            "no number below 0 and rows that sum to 1",
            f"a minimum of {shares.min():.3g} and a row {worst} that sums to {sums[worst]:.4g}",
            "divide per cent by 100" if per_cent else "are these logits? Apply a softmax first",
        )
    return shares


def checked_logits(logits: ArrayLike, n: int | None = None, name: str = "logits") -> np.ndarray:
    """Return ``(n, 10)`` finite numbers, float64, that are no probabilities."""
    scores = _rows(logits, n, name).astype(np.float64)
    if scores.min() >= 0 and np.abs(scores.sum(axis=1) - 1).max() < 0.01:
        remedy = "give the model's output without a softmax, or the logarithm of the probabilities"
        refuse(name, "logits", "probabilities: rows that sum to 1", remedy)
    return scores


def checked_members(members: ArrayLike, n: int | None = None) -> np.ndarray:
    """Return the probabilities of several models for the same images, ``(m, n, 10)``."""
    if isinstance(members, Mapping):
        refuse("members", "shape (m, n, 10)", "a dictionary", "list(members.values())")
    if not isinstance(members, list | tuple):
        array = _array(members, "members")
        if array.ndim != 3:
            remedy = "one model is [probabilities]" if array.ndim == 2 else ""
            refuse("members", f"shape (m, n, {_CLASSES})", _shape(members, array), remedy)
        members = array
    if not len(members):
        refuse("members", "at least one", "none")
    checked: list[np.ndarray] = []
    for index, member in enumerate(members):
        checked.append(checked_probabilities(member, n, f"members[{index}]"))
        n = len(checked[0])
    return np.stack(checked)


def checked_predictions(
    labels: ArrayLike, probabilities: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the true classes ``(n,)``, the predicted classes ``(n,)`` and the probabilities ``(n, 10)``."""
    true = checked_labels(labels)
    shares = checked_probabilities(probabilities, len(true))
    return true, shares.argmax(axis=1), shares


def _array(value: Any, name: str) -> np.ndarray:
    """Return what NumPy makes of a value, without a copy of an array."""
    if np.ma.is_masked(value):
        refuse(name, "an array", "one that is masked", f"fill it, as with {name}.filled(0)")
    try:
        return np.asarray(value)
    except (TypeError, ValueError, RuntimeError):  # lists of different lengths; tensors of a graph or a GPU
        remedy = "" if isinstance(value, list | tuple) else f"keras.ops.convert_to_numpy({name})"
        found = "a list of rows of different shapes" if not remedy else shown(value)
        refuse(name, "an array", found, remedy)


def _is_numeric(array: np.ndarray) -> bool:
    return array.dtype.kind in "biuf" or array.dtype.name == "bfloat16"


def _single(array: np.ndarray) -> np.ndarray:
    """Half precision as float32: NumPy knows no bfloat16, and a mean in float16 is rough."""
    return array.astype(np.float32) if array.dtype.name in ("float16", "bfloat16") else array


def _shape(value: Any, array: np.ndarray) -> str:
    """What was found where another shape was expected."""
    return str(array.shape) if array.ndim else shown(value)


def _garments(images: Any, name: str) -> np.ndarray:
    """Return ``(n, 28, 28)`` of any dtype."""
    array = _array(images, name)
    if array.ndim != 3 or array.shape[1:] != (28, 28) or not len(array):
        expected = "shape (n, 28, 28) with n of at least 1"
        refuse(name, expected, _shape(images, array), _reshaped(images, array, name))
    return array


def _reshaped(images: Any, array: np.ndarray, name: str) -> str:
    """How images of another shape become ``(n, 28, 28)``."""
    rows = f"{name}.to_numpy()" if hasattr(images, "to_numpy") else name
    match array.shape:
        case (28, 28):
            return f"one image is {name}[:1], not {name}[0]"
        case (_, 784):
            return f"{rows}.reshape(-1, 28, 28)"
        case (_, 785):
            return "one of the columns holds the labels: leave it out, then reshape(-1, 28, 28)"
        case (_, _, _, 1):
            return f"{name}[..., 0]"
        case (_, _, _, 3):
            return f"one grey value for each pixel, not three colours: {name}.mean(axis=-1)"
    return ""


def _refuse_pixels(array: np.ndarray, name: str) -> NoReturn:
    """Refuse images that are not uint8."""
    divided = _is_numeric(array) and array.size and _single(array).max() <= 1
    remedy = "give the images without the division by 255" if divided else f'{name}.astype("uint8")'
    refuse(name, "uint8 from 0 to 255", array.dtype, remedy)


def _rows(values: Any, n: int | None, name: str) -> np.ndarray:
    """Return finite numbers ``(n, 10)``, a row for each image."""
    array = _single(_array(values, name))
    if array.ndim != 2 or array.shape[1] != _CLASSES or not len(array) or len(array) != (n or len(array)):
        remedy = ""
        if array.shape == (_CLASSES,) and n == 1:
            remedy = f"{name}[np.newaxis]"
        elif array.ndim == 1:
            remedy = f"these look like predicted classes, give the {name}"
        elif array.shape == (_CLASSES, n):
            remedy = f"{name}.T"
        refuse(name, f"shape ({n or 'n'}, {_CLASSES})", _shape(values, array), remedy)
    if array.dtype.kind not in "biuf":
        refuse(name, "numbers", array.dtype)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        refuse(name, "finite numbers", "NaN or infinity")
    return array
