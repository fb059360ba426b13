"""Encoders that have learned: kept with their weights, for the classifiers that begin with them."""

import contextlib
import functools
import hashlib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from .backend import keras
from .files import cache_folder, write_atomically
from .machine import describe
from .results import digest, fingerprint

Encoder = tuple[list[np.ndarray], float]  # weights, and the seconds of their training
_ENCODERS: dict[str, Encoder] = {}  # those of this process


def keep(recipe: Any, images: np.ndarray, weights: list[np.ndarray], seconds: float, *, seed: int) -> None:
    """Keep an encoder's weights in this process and in the cache folder.

    They are kept under the fingerprint of the autoencoder's recipe, the images it was trained on, the seed,
    and the device and backend whose seconds they are.
    """
    name = _name(recipe, images, seed)
    _ENCODERS[name] = weights, seconds
    arrays: dict[str, Any] = {f"w{number}": array for number, array in enumerate(weights)}
    with contextlib.suppress(OSError):  # a cache for reading only: other processes train it anew
        write_atomically(_path(name), functools.partial(np.savez, **arrays, seconds=seconds))


def kept(recipe: Any, images: np.ndarray, *, seed: int) -> Encoder | None:
    """Return the encoder that was kept, by this process or another; None where there is none."""
    name = _name(recipe, images, seed)
    if name not in _ENCODERS and (found := _read(_path(name))):
        _ENCODERS[name] = found
    return _ENCODERS.get(name)


def _name(recipe: Any, images: np.ndarray, seed: int) -> str:
    seen = hashlib.sha256(np.ascontiguousarray(images).data).hexdigest()
    here = describe()
    where = [here.device, here.backend, keras.__version__]
    return digest([fingerprint(recipe, {"images": seen}), where, seed])


def _path(name: str) -> Path:
    return cache_folder() / "encoders" / f"{name}.npz"


def _read(path: Path) -> Encoder | None:
    """The encoder in a file; None where there is none, or not a whole one."""
    try:
        with np.load(path) as file:
            return [file[f"w{number}"] for number in range(len(file.files) - 1)], float(file["seconds"])
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None
