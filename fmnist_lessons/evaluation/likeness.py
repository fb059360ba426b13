"""How alike is an image to what a model has made of it? Squared errors, PSNR, SSIM."""

import numpy as np
from numpy.typing import ArrayLike

from ..data.expected import refuse
from ..data.expected_arrays import checked_images
from ..data.parts import as_features

IMAGES_FOR_SIMILARITY = 2000  # SSIM takes half a millisecond an image


def squared_errors(images: np.ndarray, rebuilt: np.ndarray) -> np.ndarray:
    """Return the mean squared error of each image, on pixels in 0 … 1.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, 28, 28)
    rebuilt : ndarray of uint8, or of floats in 0 … 1, shape (n, 28, 28)

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    images, rebuilt = _checked_pair(images, rebuilt)
    if rebuilt.dtype == np.uint8:
        rebuilt = as_features(rebuilt)
    differences = as_features(images) - np.reshape(rebuilt, (len(images), -1))
    return np.asarray(np.mean(np.square(differences, dtype=np.float64), axis=1))


def likeness(images: np.ndarray, rebuilt: np.ndarray) -> dict[str, float]:
    """Return the mean PSNR, in dB, and the mean SSIM (scikit-image) of rebuilt images.

    PSNR is ten times the decimal logarithm of 1 / MSE; SSIM compares local means, spreads and patterns
    (Wang et al. 2004, https://doi.org/10.1109/TIP.2003.819861) and is 1 for equal images, whose
    PSNR is infinite.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, 28, 28)
        Without noise. At most the first 2,000 are looked at.
    rebuilt : ndarray of uint8, or of floats in 0 … 1, shape (n, 28, 28)

    Returns
    -------
    dict
        ``"psnr"`` and ``"ssim"``.

    Raises
    ------
    ValueError
        If the shapes differ, or numbers leave 0 … 1.
    """
    images, rebuilt = _checked_pair(images, rebuilt)
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity  # slow to import

    few = slice(IMAGES_FOR_SIMILARITY)
    scaled = [a[few] / np.float32(255) if a.dtype == np.uint8 else a[few] for a in (images, rebuilt)]
    pairs = list(zip(*scaled, strict=True))
    with np.errstate(divide="ignore"):  # equal images: no noise at all
        psnr = np.mean([peak_signal_noise_ratio(a, b, data_range=1) for a, b in pairs])
    return {
        "psnr": float(psnr),
        "ssim": float(np.mean([structural_similarity(a, b, data_range=1) for a, b in pairs])),
    }


def _checked_pair(images: ArrayLike, rebuilt: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return uint8 images, and as many that are uint8 or floats from 0 to 1."""
    true, made = checked_images(images, floats=False), checked_images(rebuilt, "rebuilt")
    if true.shape != made.shape:
        refuse("rebuilt", f"shape {true.shape}", made.shape)
    return true, made
