"""Features: what a network that has learned already says of an image, computed once and kept on disk."""

import contextlib
import functools
import hashlib
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .backend import keras
from .files import cache_folder, write_atomically
from .imagenet import NETWORKS, load, weights_file
from .machine import describe
from .models import IMAGE_SHAPE
from .results import digest

BATCH = 250
Features = tuple[np.ndarray, float]  # the features, and the seconds of the pass that made them
_CHECKSUMS: dict[str, str] = {}  # checksums of weights files that were read by this process


def build_body(
    network: str, *, size: int, layers: Sequence[str] = (), grid: int = 1, weights: bool = True
) -> keras.Model:
    """Build what turns pixels into features: resize, three channels, preprocessing, network, pooling.

    Parameters
    ----------
    network : {"mobilenet", "vgg16", "efficientnetb0"}
    size : int
        Width to which the images are enlarged, in pixels.
    layers : sequence of str
        Layers whose maps are taken; empty: the network's last.
    grid : int
        Each map is averaged within ``grid × grid`` parts; 1 is global average pooling.
    weights : bool
        ImageNet's weights, or random ones.

    Returns
    -------
    keras.Model
        Input ``(n, 28, 28)`` pixels in 0 … 255, output ``(n, features)``. Layers ``resized``,
        ``three_channels``, ``preprocessing``, ``network``, ``features``.

    Raises
    ------
    ValueError
        For a layer that the network does not have, or a map that is smaller than the grid.
    WeightsError
        See `fmnist_lessons.imagenet.weights_file`.
    """
    base = load(network, size, weights=weights)
    known = {layer.name: layer.output for layer in base.layers}
    if unknown := [name for name in layers if name not in known]:
        raise ValueError(
            f"layers: expected layers of {network}, such as {base.layers[-1].name!r}, found {unknown}"
        )
    maps = [known[name] for name in layers] or [base.output]
    for one in maps:
        if len(one.shape) != 4 or one.shape[1] % grid:
            raise ValueError(
                f"grid: expected one that divides the map's width, found {grid} for {one.shape[1:]}"
            )
    trunk = keras.Model(base.input, maps, name="network")
    pixels = keras.Input(IMAGE_SHAPE, name="pixels")
    x = keras.layers.Reshape((*IMAGE_SHAPE, 1), name="one_channel")(pixels)
    x = keras.layers.Resizing(size, size, interpolation="bilinear", name="resized")(x)
    x = keras.layers.Concatenate(name="three_channels")([x, x, x])
    x = NETWORKS[network].preprocessing()(x)
    pooled = [pool(one, grid) for one in trunk(x)]
    features = keras.layers.Concatenate(name="features")(pooled) if len(pooled) > 1 else pooled[0]
    return keras.Model(pixels, features, name="body")


def pool(maps: keras.KerasTensor, grid: int) -> keras.KerasTensor:
    """Average maps ``(n, h, w, channels)`` within ``grid × grid`` equal parts, and flatten the result."""
    if grid == 1:
        return keras.layers.GlobalAveragePooling2D()(maps)
    return keras.layers.Flatten()(keras.layers.AveragePooling2D(maps.shape[1] // grid)(maps))


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
    path = _path(weights, images, [network, size, list(layers), grid]) if weights else None
    if path and (kept := _read(path, len(images))) is not None:
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
    return _read(path, len(images)) or (made, seconds)


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


def _path(weights: Path, images: np.ndarray, settings: Sequence[Any]) -> Path:
    """Where features are kept: a name made of what decides them, and of where their seconds are from."""
    status = weights.stat()
    stamp = f"{weights} {status.st_size} {status.st_mtime_ns}"
    if stamp not in _CHECKSUMS:
        _CHECKSUMS[stamp] = hashlib.sha256(weights.read_bytes()).hexdigest()
    seen = hashlib.sha256(np.ascontiguousarray(images).data).hexdigest()
    here = describe()
    where = [here.device, here.backend, keras.__version__]
    return cache_folder() / "features" / f"{digest([_CHECKSUMS[stamp], seen, settings, where])}.npy"


def _read(path: Path, n: int) -> Features | None:
    """The features in a file; None where there is none, or not a whole one."""
    try:
        seconds = float(json.loads(path.with_suffix(".json").read_text("utf-8"))["seconds"])
        made = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, KeyError, TypeError):
        return None
    return (made, seconds) if made.dtype == np.float16 and made.ndim == 2 and len(made) == n else None
