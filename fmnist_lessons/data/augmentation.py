"""Random changes to batches of images that leave the label true."""

import numpy as np

from .expected import checked_count, checked_rng
from .expected_arrays import checked_batch


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
    images, rng = checked_batch(images), checked_rng(rng)
    mirrored = rng.random(len(images)) < 0.5
    return np.where(mirrored[:, None, None], images[:, :, ::-1], images)


def shift(images: np.ndarray, *, rng: np.random.Generator, pixels: int) -> np.ndarray:
    """Move each image by up to `pixels` up, down, left or right; the gap is filled with zeros.

    Parameters
    ----------
    images : ndarray, shape (n, height, width), any dtype
    rng : numpy.random.Generator
    pixels : int, at least 0 and at most height and width
        Both offsets are drawn uniformly from ``-pixels … pixels``.

    Returns
    -------
    ndarray
        A new array of the same shape and dtype.
    """
    images, rng = checked_batch(images), checked_rng(rng)
    n, height, width = images.shape
    pixels = checked_count(pixels, "pixels", min(height, width), least=0)
    padded = np.pad(images, ((0, 0), (pixels, pixels), (pixels, pixels)))
    down, right = rng.integers(0, 2 * pixels + 1, size=(2, n))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))
    return windows[np.arange(n), down, right]  # type: ignore[no-any-return]


def erase(images: np.ndarray, *, rng: np.random.Generator, pixels: int) -> np.ndarray:
    """Fill a square of each image with noise, with probability one half: random erasing.

    Zhong, Zheng, Kang, Li and Yang 2020, https://doi.org/10.1609/aaai.v34i07.7000, with squares in place of
    rectangles.

    Parameters
    ----------
    images : ndarray, shape (n, height, width), uint8
    rng : numpy.random.Generator
    pixels : int, at least 0 and at most height and width
        The square's side is drawn uniformly from 1 … `pixels`, its place from all that hold it whole, its
        pixels from 0 … 255. With 0 nothing is erased.

    Returns
    -------
    ndarray
        A new array of the same shape and dtype.
    """
    images, rng = checked_batch(images, uint8=True), checked_rng(rng)
    n, height, width = images.shape
    pixels = checked_count(pixels, "pixels", min(height, width), least=0)
    if pixels == 0:
        return images.copy()
    side = np.where(rng.random(n) < 0.5, rng.integers(1, pixels + 1, size=n), 0)
    top, left = rng.integers(0, [height - side + 1, width - side + 1])
    inside = _between(top, side, height)[:, :, None] & _between(left, side, width)[:, None, :]
    noise = rng.integers(0, 256, size=images.shape, dtype=np.uint8)
    return np.where(inside, noise, images)


def _between(start: np.ndarray, length: np.ndarray, n: int) -> np.ndarray:
    """For each start, which of the places 0 … n-1 it covers: bool ``(len(start), n)``."""
    offset = np.arange(n) - start[:, None]
    return np.asarray((offset >= 0) & (offset < length[:, None]))
