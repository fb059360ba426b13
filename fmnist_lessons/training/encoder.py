"""From autoencoder to classifier: the encoder learns from images alone, the classifier from labels."""

import dataclasses
import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, cast

import numpy as np

from ..data.parts import CLASS_NAMES, Part
from ..machine.backend import keras
from ..models.autoencoders import AUTOENCODER_PARTS, build_conv_encoder, build_encoder_classifier
from .autoencoder import AutoencoderRecipe
from .fitting import Fit, train
from .kept import Encoder, kept
from .recipe import ClassifierRecipe
from .trainable import OnStep

MODES = ("frozen", "fine-tuned", "from scratch")


@dataclass(frozen=True, kw_only=True)
class EncoderRecipe(ClassifierRecipe):
    """Everything that decides a fit of a classifier that begins with an encoder, but for the seed.

    A `ClassifierRecipe`, and

    Parameters
    ----------
    mode : {"frozen", "fine-tuned", "from scratch"}
        What becomes of the encoder: its weights stay as the autoencoder left them; they are trained further;
        or they begin at random, and there is no autoencoder.
    pretraining : AutoencoderRecipe
        How the autoencoder is trained whose encoder is taken: on all training images, without labels, so no
        class may be left out. With "from scratch" none, ``{}``. Its encoder and its split have to agree with
        the classifier's.
    labels : float in (0, 1]
        Share of the training images whose labels are used, the same of each class, drawn with the seed.

    Raises
    ------
    ValueError
        For a value that is not among those above.
    """

    builders: ClassVar = {"encoder_classifier": build_encoder_classifier}
    parts = AUTOENCODER_PARTS

    model: str = "encoder_classifier"
    mode: str
    pretraining: AutoencoderRecipe | Mapping[str, Any] = field(default_factory=dict)
    labels: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.mode not in MODES:
            raise ValueError(f"mode: expected one of {MODES}, found {self.mode!r}")
        if self.mode == "from scratch" and self.pretraining:
            raise ValueError(
                f"pretraining: expected none, pretraining={{}}, with mode {self.mode!r}, "
                f"found {self.pretraining!r}"
            )
        if self.mode != "from scratch":
            self._require_same_images()
            self._require_same_encoder()

    def _require_same_images(self) -> None:
        left_out, held_out = self.autoencoder.left_out, self.autoencoder.validation_size
        if left_out is not None:
            raise ValueError(f"pretraining: expected no class left out, that takes labels; found {left_out}")
        if held_out != self.validation_size:
            raise ValueError(
                f"pretraining: expected the classifier's validation_size, {self.validation_size}, "
                f"found {held_out}"
            )

    def _require_same_encoder(self) -> None:
        if self.autoencoder.model != "conv_autoencoder":
            raise ValueError(f"pretraining: expected a conv_autoencoder, found {self.autoencoder.model}")
        theirs, ours = (_encoder_of(recipe.architecture) for recipe in (self.autoencoder, self))
        for name, value in theirs.items():
            if ours[name] != value:
                raise ValueError(
                    f"architecture: expected the autoencoder's {name}, {value}, found {ours[name]}"
                )

    @property
    def autoencoder(self) -> AutoencoderRecipe:
        """The autoencoder that is trained first."""
        if not isinstance(self.pretraining, AutoencoderRecipe):
            raise ValueError(
                f"pretraining: expected an AutoencoderRecipe with mode {self.mode!r}, "
                f"found {self.pretraining!r}"
            )
        return self.pretraining

    def one_epoch(self) -> Self:
        """Return the recipe cut to one epoch of each training."""
        shorter = self.autoencoder.one_epoch() if self.pretraining else self.pretraining
        return self.but(epochs=1, warmup_epochs=0, pretraining=shorter)

    def carry_out(
        self, train_part: Part, validation_part: Part, *, seed: int, on_step: OnStep | None = None
    ) -> Fit:
        """Train: `fmnist_lessons.training.encoder.train_from_encoder`."""
        return train_from_encoder(self, train_part, validation_part, seed=seed, on_step=on_step)

    def decided_by(self) -> list[Callable[..., Any]]:
        """Return the code that decides the fit's numbers: its source enters the fingerprint of a record."""
        deciding: list[Any] = [draw_labelled, train_from_encoder, begun]
        if self.pretraining:
            deciding += [self.autoencoder, pretrained]
        return [*super().decided_by(), *deciding]


def draw_labelled(labels: np.ndarray, *, share: float, seed: int) -> np.ndarray:
    """Draw the images whose labels may be used: the same share of each class, at least one image.

    Parameters
    ----------
    labels : ndarray of integers, shape (n,)
    share : float in (0, 1]
    seed : int

    Returns
    -------
    ndarray of int
        Positions, in order; with a share of 1, all.

    Raises
    ------
    ValueError
        For another share, or for what are not labels.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share: expected a number above 0, up to 1, found {share!r}")
    if labels.ndim != 1:
        raise ValueError(f"labels: expected shape (n,), found {labels.shape}")
    rng = np.random.default_rng([seed, 2])
    drawn = [rng.permutation(np.flatnonzero(labels == k)) for k in range(len(CLASS_NAMES))]
    return np.sort(np.concatenate([d[: max(1, round(share * len(d)))] for d in drawn]))


def train_from_encoder(
    recipe: EncoderRecipe,
    train_part: Part,
    validation_part: Part,
    *,
    seed: int,
    on_step: OnStep | None = None,
) -> Fit:
    """Train the encoder without labels, or take it from the cache, then the classifier with them.

    Parameters
    ----------
    recipe : EncoderRecipe
    train_part, validation_part : Part
        Images uint8 ``(n, 28, 28)``, labels uint8 ``(n,)``. The encoder sees all training images.
    seed : int
        Of both trainings, and of the choice of labels.
    on_step : callable, optional
        Called with the steps done and the steps in all, of the classifier.

    Returns
    -------
    Fit
        Its costs are those of the classifier; the encoder's seconds stand apart.
    """
    chosen = draw_labelled(train_part.labels, share=recipe.labels, seed=seed)
    weights, seconds = None, None
    if recipe.pretraining:
        weights, seconds = pretrained(recipe.autoencoder, train_part, validation_part, seed=seed)
    build = functools.partial(begun, recipe, weights)
    labelled = train_part.at(chosen)
    fit = train(recipe, labelled, validation_part, seed=seed, on_step=on_step, build=build)
    return dataclasses.replace(fit, pretraining_seconds=seconds, chosen=chosen)


def begun(recipe: EncoderRecipe, weights: list[np.ndarray] | None) -> keras.Model:
    """Build a recipe's model, its encoder with the weights that it has learned already."""
    model = recipe.build()
    encoder = model.get_layer("encoder")
    if weights is not None:
        encoder.set_weights(weights)
    encoder.trainable = recipe.mode != "frozen"
    return model


def pretrained(recipe: AutoencoderRecipe, train_part: Part, validation_part: Part, *, seed: int) -> Encoder:
    """Return the weights of a trained encoder, and the seconds of its training, when it was trained.

    It is trained once, be it for its own sake or for the first of several classifiers.
    """
    if kept(recipe, train_part.images, seed=seed) is None:
        recipe.train(train_part, validation_part, seed=seed)  # which keeps it
    return cast(Encoder, kept(recipe, train_part.images, seed=seed))


def _encoder_of(architecture: Mapping[str, Any]) -> dict[str, Any]:
    """What decides the encoder's shape, defaults filled in; a list is as good as a tuple."""
    known = inspect.signature(build_conv_encoder).parameters
    values = {name: architecture.get(name, parameter.default) for name, parameter in known.items()}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
