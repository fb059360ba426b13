"""What a model that rebuilds images is measured by; principal components, the linear one among them."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

from ..data.expected import require_values
from ..data.noise import fixed_noise
from ..data.parts import VALIDATION_SIZE, Part, as_features, without
from ..evaluation.likeness import IMAGES_FOR_SIMILARITY, likeness, squared_errors
from ..machine.device import Meter
from .baselines import fitted_values, saved_kb, with_fitted_values
from .trainable import OnStep, Trainable
from .trained import Arrays, Measures, Trained

SOLVER = "covariance_eigh"
CHUNK = 5000  # images at a time: a whole part as floats is large


class Rebuilding(Protocol):
    """The recipe of a model that rebuilds images."""

    @property
    def noise(self) -> str:
        """What is done to the images that go in."""

    @property
    def noise_strength(self) -> float:
        """See `fmnist_lessons.data.noise`."""

    @property
    def left_out(self) -> int | None:
        """A class that is left out of training."""


@dataclass
class Reconstructor(Trained):
    """The fit of a model that rebuilds images: what it measures of itself."""

    kind = "autoencoder"

    recipe: Rebuilding  # type: ignore[assignment]  # and a Trainable

    @abstractmethod
    def encode(self, images: np.ndarray) -> np.ndarray:
        """Return the code of each image, ``(n, 28, 28)`` → ``(n, code)``."""

    @abstractmethod
    def rebuild(self, images: np.ndarray) -> np.ndarray:
        """Return what becomes of each image, ``(n, 28, 28)`` → floats ``(n, 28, 28)``, 1 for 255."""

    def seen(self, part: Part) -> np.ndarray:
        """Return the images of `part` as the model gets them, uint8: with noise where its recipe has some."""
        noise, strength = self.recipe.noise, self.recipe.noise_strength
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

    def measures(self, part: Part) -> Measures:
        """Return what a record keeps of a part; there are no logits.

        Returns
        -------
        dict, None
            ``mse`` and ``images``; with a class left out, ``auc``: how well the error finds it again. But
            for training, ``errors``, the MSE of each image; and with noise, ``psnr`` and ``ssim``.
            All images of the part are measured, those of a class left out too; the ``val_loss`` of a
            fit's history is that of the other classes alone.
        """
        errors = self.errors(part)
        measured: dict[str, Any] = {"mse": float(errors.mean()), "images": len(errors)}
        if part.name != "train":
            measured["errors"] = errors
        if part.name != "train" and self.recipe.noise != "none":
            few = part.at(slice(IMAGES_FOR_SIMILARITY))
            measured |= likeness(few.images, self.reconstructions(few))
        if self.recipe.left_out is not None:
            measured["auc"] = float(roc_auc_score(part.labels == self.recipe.left_out, errors))
        return measured, None

    def microseconds_per_image(self, part: Part) -> float:
        """Return the time to rebuild one image of `part`, after a warm-up, in µs."""
        return super().microseconds_per_image(part.at(slice(CHUNK)))


@dataclass
class PCAFit(Reconstructor):
    """Fitted principal components and what they cost; the same questions as an autoencoder's fit."""

    recipe: "PCARecipe"

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

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Return each image rebuilt."""
        return self.rebuild(images)

    def file_kb(self) -> float:
        """Return the size of the estimator saved by joblib, in kB of 10³ bytes."""
        return saved_kb(self.model)

    def learned(self) -> Arrays:
        """Return what was fitted, by scikit-learn's names."""
        return fitted_values(self.model)

    @staticmethod
    def model_of(recipe: "PCARecipe", learned: Mapping[str, np.ndarray]) -> PCA:
        """Return principal components with what was fitted."""
        return with_fitted_values(PCA(recipe.components, svd_solver=SOLVER), learned)


@dataclass(frozen=True, kw_only=True)
class PCARecipe(Trainable):
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

    fits = PCAFit
    noise: ClassVar[str] = "none"
    noise_strength: ClassVar[float] = 0.0
    validation_size: ClassVar[int] = VALIDATION_SIZE

    components: int
    left_out: int | None = None

    def __post_init__(self) -> None:
        require_values(self)

    @property
    def model(self) -> str:
        """The estimator's name, as records show it."""
        return "pca"

    def one_epoch(self) -> Self:
        """Return the recipe itself: it has no epochs, and is quick."""
        return self

    def carry_out(
        self, train_part: Part, validation_part: Part, *, seed: int, on_step: OnStep | None = None
    ) -> PCAFit:
        """Train: `fmnist_lessons.training.rebuilding.fit_pca`."""
        return fit_pca(self, train_part, validation_part, seed=seed, on_step=on_step)

    def decided_by(self) -> list[Callable[..., Any]]:
        """Return the code that decides the fit's numbers: its source enters the fingerprint of a record."""
        return [fit_pca, PCAFit.encode, PCAFit.rebuild, as_features, without]


def fit_pca(
    recipe: PCARecipe,
    train_part: Part,
    validation_part: Part,
    *,
    seed: int,
    on_step: OnStep | None = None,
) -> PCAFit:
    """Find the principal components of the training images; the seed changes nothing, nothing is drawn."""
    pca = PCA(recipe.components, svd_solver=SOLVER)
    with Meter() as meter:
        pca.fit(as_features(without(train_part, recipe.left_out).images))
    if on_step:
        on_step(1, 1)
    return PCAFit(recipe, pca, {}, meter.wall, meter.cpu, meter.peak_memory_mb)
