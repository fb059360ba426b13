"""Noise on images, for denoising: the same garment, harder to see."""

from collections.abc import Callable

import numpy as np

from .expected import checked_name, checked_number, checked_rng
from .expected_arrays import checked_batch


def gaussian(images: np.ndarray, *, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Add to each pixel a number of its own from a normal distribution; what leaves 0 … 255 is cut off.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width)
    rng : numpy.random.Generator
    strength : float in [0, 1)
        Standard deviation, as a share of the range from 0 to 255.

    Returns
    -------
    ndarray of uint8
        A new array of the same shape.
    """
    images, rng = checked_batch(images, uint8=True), checked_rng(rng)
    checked_number(strength, "strength", "[0, 1)")
    added = 255 * strength * rng.standard_normal(images.shape, dtype=np.float32)
    return np.asarray(np.clip(np.rint(images + added), 0, 255), np.uint8)


def salt_and_pepper(images: np.ndarray, *, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Replace a share of the pixels, half of them by 0 and half by 255.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width)
    rng : numpy.random.Generator
    strength : float in [0, 1)
        The probability that a pixel is replaced.

    Returns
    -------
    ndarray of uint8
        A new array of the same shape.
    """
    images, rng = checked_batch(images, uint8=True), checked_rng(rng)
    checked_number(strength, "strength", "[0, 1)")
    drawn = rng.random(images.shape, dtype=np.float32)
    black_or_white = np.where(drawn < strength / 2, np.uint8(0), np.uint8(255))
    return np.asarray(np.where(drawn < strength, black_or_white, images))


NOISES: dict[str, Callable[..., np.ndarray]] = {"gaussian": gaussian, "salt_and_pepper": salt_and_pepper}


def fixed_noise(images: np.ndarray, *, noise: str, strength: float) -> np.ndarray:
    """Return images with a noise that is the same each time, so that all methods are judged on one task.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width)
    noise : {"none", "gaussian", "salt_and_pepper"}
    strength : float in [0, 1)

    Returns
    -------
    ndarray of uint8
        With ``"none"`` the images themselves.

    Raises
    ------
    ValueError
        For another noise, another strength, or images that are not uint8.
    """
    images = checked_batch(images, uint8=True)
    checked_name(noise, "noise", ("none", *NOISES))
    checked_number(strength, "strength", "[0, 1)")
    if noise == "none" or not len(images):
        return images
    seed, chunk = 6, 1000  # images that share a random stream; both decide every number that is measured
    noisy = [
        NOISES[noise](
            images[start : start + chunk], rng=np.random.default_rng([seed, start]), strength=strength
        )
        for start in range(0, len(images), chunk)
    ]
    return np.concatenate(noisy)
