"""Encoders that have learned: kept with their weights, for the classifiers that begin with them."""

import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..machine import sealed
from ..machine.backend import keras
from ..machine.device import describe
from ..machine.files import cache_folder
from ..models.imagenet import network as network_of
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
    arrays = {f"w{number}": array for number, array in enumerate(weights)}
    sealed.put(_path(name), {**arrays, "seconds": np.array(seconds)}, {})


def kept(recipe: Any, images: np.ndarray, *, seed: int) -> Encoder | None:
    """Return the encoder that was kept, by this process or another; None where there is none."""

    def require(arrays: dict[str, np.ndarray], facts: dict[str, Any]) -> None:
        shapes = [tuple(weight.shape) for weight in recipe.build().get_layer("encoder").weights]
        found = [array.shape for name, array in arrays.items() if name != "seconds"]
        if found != shapes:
            raise ValueError(f"expected weights of the shapes {shapes}, found {found}")
        _require_numbers(arrays)

    name = _name(recipe, images, seed)
    if name not in _ENCODERS and (found := sealed.take(_path(name), require)):
        seconds = float(found[0].pop("seconds"))
        _ENCODERS[name] = list(found[0].values()), seconds
    return _ENCODERS.get(name)


def _name(recipe: Any, images: np.ndarray, seed: int) -> str:
    seen = hashlib.sha256(np.ascontiguousarray(images).data).hexdigest()
    here = describe()
    where = [here.device, here.backend, keras.__version__]
    return digest([fingerprint(recipe, {"images": seen}), where, seed])


def _path(name: str) -> Path:
    return cache_folder() / "encoders" / name


def _require_numbers(arrays: dict[str, np.ndarray]) -> None:
    """Refuse NaN and infinity, and seconds below zero."""
    for name, array in arrays.items():
        if array.dtype.kind != "f" or not np.isfinite(array).all():
            raise ValueError(f"{name}: expected finite floats, found others ({array.dtype})")
    if arrays["seconds"].shape or arrays["seconds"] < 0:
        raise ValueError(f"expected seconds, 0 or more, found {arrays['seconds']}")


BATCH = 250
Features = tuple[np.ndarray, float]  # the features, and the seconds of the pass that made them


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

    def require(arrays: dict[str, np.ndarray], facts: dict[str, Any]) -> None:
        found = arrays["features"]
        if found.dtype != np.float16 or found.ndim != 2 or len(found) != len(images):
            raise ValueError(f"expected float16 ({len(images)}, n), found {found.dtype} {found.shape}")
        _require_numbers(arrays)

    random = weights_file(network) is None  # in quick mode
    path = _features_path(images, [network_of(network).checksum, size, list(layers), grid])
    if not random and (found := sealed.take(path, require)):
        return _features_of(found[0])
    start = time.perf_counter()
    body = build_body(network, size=size, layers=layers, grid=grid)
    made = compute_features(body, images, on_step=on_step)
    arrays = {"features": made, "seconds": np.array(time.perf_counter() - start)}
    if not random and np.isfinite(made).all():
        sealed.put(path, arrays, {})
        arrays, _ = sealed.take(path, require) or (arrays, {})  # mapped, so that the memory is free
    return _features_of(arrays)


def _features_of(arrays: dict[str, np.ndarray]) -> Features:
    return arrays["features"], float(arrays["seconds"])


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


def _features_path(images: np.ndarray, settings: Sequence[Any]) -> Path:
    """Where features are kept: a name made of what decides them, and of where their seconds are from."""
    seen = hashlib.sha256(np.ascontiguousarray(images).data).hexdigest()
    here = describe()
    where = [here.device, here.backend, keras.__version__]
    return cache_folder() / "features" / digest([seen, settings, where])
