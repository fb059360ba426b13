"""What a model that rebuilds images is measured by; principal components, the linear one among them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

from .baselines import as_features, saved_kb
from .data import CLASS_NAMES, Part
from .machine import Meter
from .noise import fixed_noise
from .recipe_values import require_values, with_changes
from .results import pack_errors

CHUNK = 5000  # images at a time: a whole part as floats is large
IMAGES_FOR_SIMILARITY = 2000  # SSIM takes half a millisecond an image


def squared_errors(images: np.ndarray, rebuilt: np.ndarray) -> np.ndarray:
    """Return the mean squared error of each image, on pixels in 0 … 1.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, 28, 28)
    rebuilt : ndarray of floats in 0 … 1, shape (n, 28, 28)

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    _require_same_shape(images, rebuilt)
    differences = as_features(images) - np.reshape(rebuilt, (len(images), -1))
    return np.asarray(np.mean(np.square(differences, dtype=np.float64), axis=1))


def likeness(images: np.ndarray, rebuilt: np.ndarray) -> dict[str, float]:
    """Return the mean PSNR, in dB, and the mean SSIM (scikit-image) of rebuilt images.

    PSNR is ten times the decimal logarithm of 1 / MSE; SSIM compares local means, spreads and patterns
    (Wang et al. 2004, https://doi.org/10.1109/TIP.2003.819861) and is 1 for equal images.

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
    _require_same_shape(images, rebuilt)
    if rebuilt.dtype != np.uint8 and not (rebuilt.min() > -0.01 and rebuilt.max() < 1.01):
        raise ValueError(
            "rebuilt: expected uint8, or numbers from 0 to 1 (divided by 255), "
            f"found {rebuilt.min():g} to {rebuilt.max():g}"
        )
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity  # slow to import

    few = slice(IMAGES_FOR_SIMILARITY)
    scaled = [a[few] / np.float32(255) if a.dtype == np.uint8 else a[few] for a in (images, rebuilt)]
    pairs = list(zip(*scaled, strict=True))
    return {
        "psnr": float(np.mean([peak_signal_noise_ratio(a, b, data_range=1) for a, b in pairs])),
        "ssim": float(np.mean([structural_similarity(a, b, data_range=1) for a, b in pairs])),
    }


def _require_same_shape(images: np.ndarray, rebuilt: np.ndarray) -> None:
    if np.shape(images) != np.shape(rebuilt):
        raise ValueError(f"rebuilt: expected shape {np.shape(images)}, found {np.shape(rebuilt)}")


class Reconstructor:
    """The fit of a model that rebuilds images: what it measures of itself.

    A subclass has `recipe`, `encode` (images → codes) and `rebuild` (images → floats in 0 … 1, 1 for 255).
    """

    kind = "autoencoder"
    recipe: Any
    encode: Callable[[np.ndarray], np.ndarray]
    rebuild: Callable[[np.ndarray], np.ndarray]

    def seen(self, part: Part) -> np.ndarray:
        """Return the images of `part` as the model gets them, uint8: with noise where its recipe has some."""
        noise, strength = getattr(self.recipe, "noise", "none"), getattr(self.recipe, "noise_strength", 0.0)
        return fixed_noise(np.asarray(part.images), noise=noise, strength=strength)

    def codes(self, part: Part) -> np.ndarray:
        """Return the code of each image, float32 ``(n, code)``."""
        return self.encode(self.seen(part))

    def reconstructions(self, part: Part) -> np.ndarray:
        """Return each image as the model rebuilds it, float32 ``(n, 28, 28)`` in 0 … 1, 1 for 255."""
        return self.rebuild(self.seen(part))

    def errors(self, part: Part) -> np.ndarray:
        """Return the mean squared error of each image against the one without noise, float64 ``(n,)``."""
        seen = self.seen(part)
        cuts = [slice(start, start + CHUNK) for start in range(0, len(part), CHUNK)]
        return np.concatenate([squared_errors(part.images[c], self.rebuild(seen[c])) for c in cuts])

    def measures(self, part: Part) -> dict[str, Any]:
        """Return what a record keeps of a part.

        Returns
        -------
        dict
            ``mse`` and ``images``; with a class left out, ``auc``: how well the error finds it again. But
            for training, ``errors``, the MSE of each image; and with noise, ``psnr`` and ``ssim``.
            All images of the part are measured, those of a class left out too; the ``val_loss`` of a
            fit's history is that of the other classes alone.
        """
        errors = self.errors(part)
        measured: dict[str, Any] = {"mse": float(errors.mean()), "images": len(errors)}
        if part.name != "train":
            measured["errors"] = pack_errors(errors)
        if part.name != "train" and getattr(self.recipe, "noise", "none") != "none":
            few = Part(
                part.images[:IMAGES_FOR_SIMILARITY],
                part.labels[:IMAGES_FOR_SIMILARITY],
                part.name,
                part.source,
            )
            measured |= likeness(few.images, self.reconstructions(few))
        if self.recipe.left_out is not None:
            measured["auc"] = float(roc_auc_score(part.labels == self.recipe.left_out, errors))
        return measured

    def microseconds_per_image(self, part: Part) -> float:
        """Return the time to rebuild one image of `part`, after a warm-up, in µs."""
        some = np.asarray(part.images[:CHUNK])
        self.rebuild(some)
        start = time.perf_counter()
        self.rebuild(some)
        return (time.perf_counter() - start) / len(some) * 1e6


def without(part: Part, left_out: int | None) -> Part:
    """Return `part` without the images of a class; with None, `part` itself."""
    if left_out is None:
        return part
    kept = part.labels != left_out
    return Part(part.images[kept], part.labels[kept], part.name, part.source)


def require_class(left_out: int | None) -> None:
    """Refuse what is neither None nor the number of a class."""
    if left_out is not None and (isinstance(left_out, bool) or left_out not in range(len(CLASS_NAMES))):
        raise ValueError(f"left_out: expected None or a class from 0 to 9, found {left_out!r}")


@dataclass(frozen=True, kw_only=True)
class PCARecipe:
    """Everything that decides a fit of principal component analysis.

    Parameters
    ----------
    components : int
        Numbers that are kept of each image.
    left_out : int, optional
        A class that is left out of training.

    Raises
    ------
    ValueError
        For a value that is not as above.
    """

    components: int
    left_out: int | None = None

    def __post_init__(self) -> None:
        require_values(self)
        require_class(self.left_out)

    @property
    def model(self) -> str:
        """The estimator's name, as records show it."""
        return "pca"

    def but(self, **changes: Any) -> "PCARecipe":
        """Return a copy with some values changed: ``recipe.but(components=8)``."""
        return cast(PCARecipe, with_changes(self, changes))

    def quick(self) -> "PCARecipe":
        """Return the recipe itself: it is quick."""
        return self

    def train(self, train_part: Part, validation_part: Part, **settings: Any) -> "PCAFit":
        """Carry the recipe out: `fmnist_lessons.reconstruction.fit_pca`."""
        return fit_pca(self, train_part, validation_part, **settings)

    def decided_by(self) -> list[Callable[..., Any]]:
        """Return the code that decides the fit's numbers: its source enters the fingerprint of a record."""
        return [fit_pca, PCAFit.encode, PCAFit.rebuild, as_features, without]


@dataclass
class PCAFit(Reconstructor):
    """Fitted principal components and what they cost; the same questions as an autoencoder's fit."""

    recipe: PCARecipe
    model: PCA
    history: dict[str, list[float]]
    wall: float
    cpu: float
    peak_memory_mb: float

    @property
    def parameters(self) -> int:
        """The number of fitted values: the mean image and the components."""
        return int(self.model.mean_.size + self.model.components_.size)

    def encode(self, images: np.ndarray) -> np.ndarray:
        """Return the numbers that are kept of each image, ``(n, components)``."""
        return np.asarray(self.model.transform(as_features(images)))

    def rebuild(self, images: np.ndarray) -> np.ndarray:
        """Return each image rebuilt from its components, ``(n, 28, 28)``; what leaves 0 … 1 is cut off."""
        rebuilt = self.model.inverse_transform(self.encode(images))
        return np.clip(np.reshape(rebuilt, (-1, 28, 28)), 0, 1)

    def file_kb(self) -> float:
        """Return the size of the estimator saved by joblib, in kB of 10³ bytes."""
        return saved_kb(self.model)


def fit_pca(
    recipe: PCARecipe,
    train_part: Part,
    validation_part: Part,
    *,
    seed: int,
    on_step: Callable[[int, int], None] | None = None,
) -> PCAFit:
    """Find the principal components of the training images; the seed changes nothing, nothing is drawn."""
    pca = PCA(recipe.components, svd_solver="covariance_eigh")
    with Meter() as meter:
        pca.fit(as_features(without(train_part, recipe.left_out).images))
    if on_step:
        on_step(1, 1)
    return PCAFit(recipe, pca, {}, meter.wall, meter.cpu, meter.peak_memory_mb)
