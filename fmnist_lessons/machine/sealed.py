"""Arrays and a few facts in one file with their checksum: read as they were written, or not at all."""

import json
import math
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xxhash

from .files import kind_of, write_atomically

Content = tuple[dict[str, np.ndarray], dict[str, Any]]  # arrays and facts
_FORMAT = b"fmnist-sealed-1"
_FRONT, _ALIGNED = 128, 64  # bytes of the first line; arrays begin at multiples of the second


class DamagedError(ValueError):
    """A file is not what was sealed; the text names it, what was expected and what was found."""


class CacheWarning(UserWarning):
    """The cache cannot be used as it should; the work goes on without it."""


class DamagedWarning(CacheWarning):
    """A file of the cache is damaged: what it held is made anew."""


def write(path: Path, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
    """Write arrays and facts to one file, whole or not at all.

    Parameters
    ----------
    path : Path
        Its name is sealed too: a copy under another name is refused.
    arrays : mapping of str to ndarray
        Of numbers, truth values or text.
    facts : mapping
        What JSON can say: no NaN, no infinity (put such numbers into an array).

    Raises
    ------
    ValueError, TypeError
        For arrays of objects, and facts that JSON cannot say. Nothing is written.
    OSError
        If the file cannot be written.
    """
    made = {name: np.asarray(array) for name, array in arrays.items()}
    for name, array in made.items():
        if array.dtype.kind not in "biufcU":
            raise ValueError(f"{name}: expected an array of numbers or text, found {array.dtype}")
    kinds = {name: [array.dtype.str, array.shape] for name, array in made.items()}
    head = json.dumps({"name": path.name, "facts": dict(facts), "arrays": kinds}, allow_nan=False)
    body = b"".join(_padded(raw) for raw in (head.encode() + b"\n", *(a.tobytes() for a in made.values())))
    write_atomically(path, _front(body) + body)


def read(path: Path) -> Content:
    """Return the arrays and facts of a file, after its checksum was found right.

    Returns
    -------
    arrays : dict of str to ndarray
        Read-only, mapped from the file, C order.
    facts : dict

    Raises
    ------
    OSError
        If there is no such file, or it cannot be read.
    DamagedError
        If it is not exactly what `write` wrote under this name.
    """
    if (kind := kind_of(path)) != "a file" or path.stat().st_size <= _FRONT:
        found = kind if kind != "a file" else f"{path.stat().st_size} bytes"
        raise DamagedError(f"{path}: expected a sealed file, found {found}")
    with path.open("rb") as file:
        body = np.asarray(np.memmap(file, np.uint8, mode="r", offset=_FRONT))
        file.seek(0)
        _require_whole(path, file.read(_FRONT), body.data)
        head = file.readline()
    try:
        told = json.loads(head)
        name, facts, kinds = told["name"], dict(told["facts"]), dict(told["arrays"])
        arrays, start = {}, _aligned(len(head))
        for key, (kind, shape) in kinds.items():
            dtype = np.dtype(kind)
            end = start + math.prod(shape) * dtype.itemsize
            arrays[key] = body[start:end].view(dtype).reshape(shape)
            start = _aligned(end)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DamagedError(f"{path}: expected arrays and facts, found {error!r}") from None
    if name != path.name:
        raise DamagedError(f"{path}: expected a file of this name, found a copy of {name!r}")
    return arrays, facts


def take(path: Path, check: Callable[[dict[str, np.ndarray], dict[str, Any]], None]) -> Content | None:
    """Return what `read` returns; None where nothing can be read, or, with a warning, nothing right.

    Parameters
    ----------
    path : Path
    check : callable
        Takes the arrays and the facts; raises ValueError, KeyError or TypeError for what they should not be.
    """
    try:
        arrays, facts = read(path)
        check(arrays, facts)
    except OSError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        said = f"expected {error}, found none" if isinstance(error, KeyError) else str(error)
        what = said if isinstance(error, DamagedError) else f"{path}: {said}"
        warnings.warn(f"{what}. It is not used; what it held is made anew.", DamagedWarning, stacklevel=3)
        return None
    return arrays, facts


def put(path: Path, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
    """Write as `write` does; where the folder cannot be written, warn and go on."""
    try:
        write(path, arrays, facts)
    except OSError as error:
        reason = f"cannot keep files in {path.parent}: {error.strerror or error}."
        remedy = "They are made anew next time. Set FMNIST_CACHE_DIR to another folder."
        warnings.warn(f"{reason} {remedy}", CacheWarning, stacklevel=3)


def _require_whole(path: Path, front: bytes, body: memoryview) -> None:
    if not front.startswith(_FORMAT):
        raise DamagedError(f"{path}: expected a sealed file, found one that begins with {front[:12]!r}")
    if front != (right := _front(body)):
        expected, found = (line.decode("ascii", "replace").strip() for line in (front, right))
        raise DamagedError(f"{path}: expected {expected!r} (form, bytes, checksum), found {found!r}")


def _front(body: bytes | memoryview) -> bytes:
    """The first line: the form, the bytes that follow the line, and their checksum."""
    line = f"{_FORMAT.decode()} {memoryview(body).nbytes} {xxhash.xxh3_128_hexdigest(body)}"
    return line.encode().ljust(_FRONT - 1) + b"\n"


def _aligned(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED


def _padded(raw: bytes) -> bytes:
    return raw + bytes(_aligned(len(raw)) - len(raw))
