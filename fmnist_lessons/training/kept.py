"""Encoders that have learned: kept with their weights, for the classifiers that begin with them."""

import contextlib
import functools
import hashlib
import json
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..machine.backend import keras
from ..machine.device import describe
from ..machine.files import cache_folder, write_atomically
from ..models.imagenet import weights_file
from ..models.transfer import build_body
from .fingerprints import digest, fingerprint

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


BATCH = 250
Features = tuple[np.ndarray, float]  # the features, and the seconds of the pass that made them
_CHECKSUMS: dict[str, str] = {}  # checksums of weights files that were read by this process


def features(
    images: np.ndarray,
    *,
    network: str,
    size: int,
    layers: Sequence[str] = (),
    grid: int = 1,
    on_step: Callable[[int, int], None] | None = None,
) -> Features:
    """Return the features of images under ImageNet's weights, from the cache where they were computed before.

    They are kept under a checksum of the weights, the images and the settings, as float16.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, 28, 28)
    network, size, layers, grid
        As of `build_body`.
    on_step : callable, optional
        Called with the batches done and the batches in all, while they are computed.

    Returns
    -------
    features : ndarray of float16, shape (n, features)
        Read-only, mapped from the cache.
    seconds : float
        Of the pass that computed them, on this device and backend.
    """
    weights = weights_file(network)
    path = _features_path(weights, images, [network, size, list(layers), grid]) if weights else None
    if path and (kept := _read_features(path, len(images))) is not None:
        return kept
    start = time.perf_counter()
    body = build_body(network, size=size, layers=layers, grid=grid)
    made = compute_features(body, images, on_step=on_step)
    seconds = time.perf_counter() - start
    if path is None:  # quick mode with random weights
        return made, seconds
    with contextlib.suppress(OSError):  # a cache for reading only: computed anew each time
        write_atomically(path, functools.partial(np.save, arr=made))
        write_atomically(path.with_suffix(".json"), json.dumps({"seconds": seconds}).encode())
    return _read_features(path, len(images)) or (made, seconds)


def compute_features(
    body: keras.Model, images: np.ndarray, *, on_step: Callable[[int, int], None] | None = None
) -> np.ndarray:
    """Return the output of `body` for images uint8 ``(n, 28, 28)``, float16 ``(n, features)``."""
    made = np.empty((len(images), body.output.shape[1]), np.float16)
    for number, first in enumerate(range(0, len(images), BATCH), start=1):
        made[first : first + BATCH] = body.predict_on_batch(np.asarray(images[first : first + BATCH]))
        if on_step:
            on_step(number, -(-len(images) // BATCH))
    return made


def _features_path(weights: Path, images: np.ndarray, settings: Sequence[Any]) -> Path:
    """Where features are kept: a name made of what decides them, and of where their seconds are from."""
    status = weights.stat()
    stamp = f"{weights} {status.st_size} {status.st_mtime_ns}"
    if stamp not in _CHECKSUMS:
        _CHECKSUMS[stamp] = hashlib.sha256(weights.read_bytes()).hexdigest()
    seen = hashlib.sha256(np.ascontiguousarray(images).data).hexdigest()
    here = describe()
    where = [here.device, here.backend, keras.__version__]
    return cache_folder() / "features" / f"{digest([_CHECKSUMS[stamp], seen, settings, where])}.npy"


def _read_features(path: Path, n: int) -> Features | None:
    """The features in a file; None where there is none, or not a whole one."""
    try:
        seconds = float(json.loads(path.with_suffix(".json").read_text("utf-8"))["seconds"])
        made = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, KeyError, TypeError):
        return None
    return (made, seconds) if made.dtype == np.float16 and made.ndim == 2 and len(made) == n else None
