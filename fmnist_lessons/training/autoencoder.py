"""The recipe of an autoencoder, and how it is carried out: images in, the same images out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from ..data.expected import checked_name
from ..data.noise import NOISES, fixed_noise
from ..data.parts import Part, without
from ..machine.backend import keras
from ..machine.device import Meter
from ..models.autoencoders import AUTOENCODER_PARTS, AUTOENCODERS
from .fitting import BATCH_FOR_PREDICTION, STEPS_PER_EXECUTION, Batches, NetworkFit, StepReporter
from .kept import keep
from .rebuilding import Reconstructor
from .recipe import NetworkRecipe
from .schedules import optimizer_of
from .trainable import OnStep


@dataclass
class AutoencoderFit(NetworkFit, Reconstructor):
    """A trained autoencoder: its model has the layers ``encoder`` and ``decoder``, models of their own."""

    recipe: AutoencoderRecipe

    @property
    def encoder(self) -> keras.Model:
        """The first half: pixels to codes."""
        return self.model.get_layer("encoder")

    @property
    def decoder(self) -> keras.Model:
        """The second half: codes to images."""
        return self.model.get_layer("decoder")

    def encode(self, images: np.ndarray) -> np.ndarray:
        """Return the code of each image, ``(n, 28, 28)`` → float32 ``(n, code)``."""
        return _predict(self.encoder, images)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Return the image of each code, ``(n, code)`` → float32 ``(n, 28, 28)`` in 0 … 1."""
        return _predict(self.decoder, codes)

    def rebuild(self, images: np.ndarray) -> np.ndarray:
        """Return what becomes of each image, ``(n, 28, 28)`` → float32 ``(n, 28, 28)`` in 0 … 1."""
        return self.predict(images)


class ImageBatches(Batches):
    """Shuffled batches of uint8 images ``(b, 28, 28)``, noisy where asked for, and clean ones in 0 … 1."""

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        clean, _ = super().__getitem__(index)
        recipe, given = cast(AutoencoderRecipe, self._recipe), clean
        if recipe.noise != "none":
            rng = np.random.default_rng([self._seed, self._epoch, index, 1])
            given = NOISES[recipe.noise](clean, rng=rng, strength=recipe.noise_strength)
        return given, clean.astype(np.float32) / 255


def train_autoencoder(
    recipe: AutoencoderRecipe,
    train_part: Part,
    validation_part: Part,
    *,
    seed: int,
    on_step: OnStep | None = None,
) -> AutoencoderFit:
    """Train a recipe's autoencoder to give back the images of `train_part`; no label is looked at.

    Parameters
    ----------
    recipe : AutoencoderRecipe
    train_part, validation_part : Part
        Images uint8 ``(n, 28, 28)``. The labels are used to leave a class out, where the recipe does.
    seed : int
        Decides initialisation, order, augmentation and noise.
    on_step : callable, optional
        Called with the steps done and the steps in all.

    Returns
    -------
    AutoencoderFit
    """
    keras.utils.set_random_seed(seed)
    batches = ImageBatches(without(train_part, recipe.left_out), recipe, seed=seed)
    watched = np.asarray(without(validation_part, recipe.left_out).images)
    model = recipe.build()
    model.compile(
        optimizer=optimizer_of(recipe, len(batches)),
        loss="mean_squared_error",
        steps_per_execution=min(STEPS_PER_EXECUTION, len(batches)),
    )
    given = fixed_noise(watched, noise=recipe.noise, strength=recipe.noise_strength)
    with Meter() as meter:
        history = model.fit(
            batches,
            epochs=recipe.epochs,
            validation_data=(given, watched.astype(np.float32) / 255),
            validation_batch_size=BATCH_FOR_PREDICTION,
            callbacks=[StepReporter(on_step)] if on_step else [],
            verbose=0,
        )
    values = {name: [float(v) for v in series] for name, series in history.history.items()}
    return AutoencoderFit(recipe, model, values, meter.wall, meter.cpu, meter.peak_memory_mb)


@dataclass(frozen=True, kw_only=True)
class AutoencoderRecipe(NetworkRecipe):
    """Everything that decides a fit of an autoencoder, but for the seed: a `NetworkRecipe`, and

    Parameters
    ----------
    model : {"dense_autoencoder", "conv_autoencoder"}
        A builder of `fmnist_lessons.models.autoencoders`; `architecture` holds its arguments.
    noise : {"none", "gaussian", "salt_and_pepper"}
        What is done to the images that go in; those to be given back are clean.
    noise_strength : float in [0, 1)
        See `fmnist_lessons.data.noise`.
    left_out : int, optional
        A class that is left out of training, to be found again by its error.

    Raises
    ------
    ValueError
        For a value that is not among those above.
    """

    builders = AUTOENCODERS
    parts = AUTOENCODER_PARTS
    fits = AutoencoderFit

    noise: str = "none"
    noise_strength: float = 0.0
    left_out: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_name(self.noise, "noise", ("none", *NOISES))
        if (self.noise == "none") != (self.noise_strength == 0):
            raise ValueError(
                f"noise_strength: expected {'0' if self.noise == 'none' else 'a number above 0'} "
                f"with the noise {self.noise!r}, found {self.noise_strength}"
            )

    def carry_out(
        self, train_part: Part, validation_part: Part, *, seed: int, on_step: OnStep | None = None
    ) -> AutoencoderFit:
        """Train: `fmnist_lessons.training.autoencoder.train_autoencoder`.

        An encoder that a classifier can begin with is kept.
        """
        fit = train_autoencoder(self, train_part, validation_part, seed=seed, on_step=on_step)
        if self.model == "conv_autoencoder" and self.left_out is None:
            keep(self, train_part.images, fit.encoder.get_weights(), fit.wall, seed=seed)
        return fit

    def decided_by(self) -> list[Callable[..., Any]]:
        """Return the code that decides the fit's numbers: its source enters the fingerprint of a record."""
        noise = [NOISES[self.noise], fixed_noise] if self.noise != "none" else []
        return [*super().decided_by(), *noise, ImageBatches, without, train_autoencoder]


def _predict(model: keras.Model, inputs: np.ndarray) -> np.ndarray:
    return np.asarray(model.predict(np.asarray(inputs), batch_size=BATCH_FOR_PREDICTION, verbose=0))
