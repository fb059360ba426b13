"""Random changes to batches of images that leave the label true."""

import numpy as np


def flip(images: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
    """Mirror each image left to right with probability one half.

    Parameters
    ----------
    images : ndarray, shape (n, height, width), any dtype
    rng : numpy.random.Generator

    Returns
    -------
    ndarray
        A new array of the same shape and dtype.
    """
    _require_batch(images)
    mirrored = rng.random(len(images)) < 0.5
    return np.where(mirrored[:, None, None], images[:, :, ::-1], images)


def shift(images: np.ndarray, *, rng: np.random.Generator, pixels: int) -> np.ndarray:
    """Move each image by up to `pixels` up, down, left or right; the gap is filled with zeros.

    Parameters
    ----------
    images : ndarray, shape (n, height, width), any dtype
    rng : numpy.random.Generator
    pixels : int, at least 0
        Both offsets are drawn uniformly from ``-pixels … pixels``.

    Returns
    -------
    ndarray
        A new array of the same shape and dtype.
    """
    _require_batch(images)
    if pixels < 0:
        raise ValueError(f"pixels: expected at least 0, found {pixels}")
    n, height, width = images.shape
    padded = np.pad(images, ((0, 0), (pixels, pixels), (pixels, pixels)))
    down, right = rng.integers(0, 2 * pixels + 1, size=(2, n))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))
    return windows[np.arange(n), down, right]  # type: ignore[no-any-return]


def _require_batch(images: np.ndarray) -> None:
    if np.ndim(images) != 3:
        raise ValueError(f"images: expected shape (n, height, width), found {np.shape(images)}")
