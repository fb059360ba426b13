"""How a recipe is carried out: batches, compiling, training, and the fit that comes of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.parts import CLASS_NAMES, Part
from ..machine.backend import keras
from ..machine.device import Meter
from .schedules import optimizer_of
from .trainable import OnStep
from .trained import Arrays, Classifier, Trained

if TYPE_CHECKING:
    from .recipe import ClassifierRecipe, NetworkRecipe

# Steps between two returns to Python: fewer returns, less overhead. Keras on PyTorch knows one step only.
STEPS_PER_EXECUTION = 1 if keras.backend.backend() == "torch" else 16
BATCH_FOR_PREDICTION = 1000


class EpochByEpoch:
    """A training that is asked for one epoch at a time, and may be left at any of them."""

    def __init__(
        self, recipe: ClassifierRecipe, train_part: Part, validation_part: Part, *, seed: int
    ) -> None:
        keras.utils.set_random_seed(seed)
        self._epoch, self._validation_part = 0, validation_part
        self._batches = Batches(train_part, recipe, seed=seed)
        self._model = recipe.build()
        compile_model(self._model, recipe, steps_per_epoch=len(self._batches))

    def advance(self) -> float:
        """Train for an epoch; return the accuracy on the validation images after it."""
        self._epoch += 1
        self._model.fit(self._batches, initial_epoch=self._epoch - 1, epochs=self._epoch, verbose=0)
        scores = self._model.predict(
            np.asarray(self._validation_part.images), batch_size=BATCH_FOR_PREDICTION, verbose=0
        )
        return float(np.mean(np.argmax(scores, axis=1) == self._validation_part.labels))


class Batches(keras.utils.PyDataset):
    """Shuffled, augmented batches of uint8 images ``(b, 28, 28)`` and one-hot labels ``(b, 10)``.

    What epoch `e` and batch `i` hold depends on the seed, `e` and `i` alone.
    """

    def __init__(self, part: Part, recipe: NetworkRecipe, *, seed: int) -> None:
        super().__init__()
        self._part, self._recipe, self._seed, self._epoch = part, recipe, seed, -1
        self.on_epoch_end()

    def __len__(self) -> int:
        return -(-len(self._part) // self._recipe.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        size = self._recipe.batch_size
        chosen = self._order[index * size : (index + 1) * size]
        images = self._part.images[chosen]
        rng = np.random.default_rng([self._seed, self._epoch, index])
        for augment, settings in self._recipe.augmentations():
            images = augment(images, rng=rng, **settings)
        return images, np.eye(len(CLASS_NAMES), dtype=np.float32)[self._part.labels[chosen]]

    def on_epoch_end(self) -> None:
        """Draw the order of the next epoch."""
        self._epoch += 1
        self._order = np.random.default_rng([self._seed, self._epoch]).permutation(len(self._part))


@dataclass
class NetworkFit(Trained):
    """A trained network, and what its training cost."""

    @property
    def parameters(self) -> int:
        """The number of the network's parameters."""
        return int(self.model.count_params())

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Return the network's output for images uint8 ``(n, 28, 28)``."""
        return np.asarray(self.model.predict(images, batch_size=BATCH_FOR_PREDICTION, verbose=0))

    def file_kb(self) -> float:
        """Return the size of the model saved as a .keras file, in kB of 10³ bytes."""
        return keras_file_kb(self.model)

    def learned(self) -> Arrays:
        """Return the weights, in the order of the network."""
        return {f"w{number}": weights for number, weights in enumerate(self.model.get_weights())}

    @staticmethod
    def model_of(recipe: NetworkRecipe, learned: Mapping[str, np.ndarray]) -> keras.Model:
        """Return the recipe's network with the weights that it had learned."""
        model = recipe.build()
        model.set_weights([learned[f"w{number}"] for number in range(len(learned))])
        return model


@dataclass
class Fit(NetworkFit, Classifier):
    """A trained network that classifies."""


def keras_file_kb(model: keras.Model) -> float:
    """Return the size of a model saved as a .keras file, in kB of 10³ bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.stat().st_size / 1e3


def train(
    recipe: ClassifierRecipe,
    train_part: Part,
    validation_part: Part,
    *,
    seed: int,
    on_step: OnStep | None = None,
    build: Callable[[], keras.Model] | None = None,
) -> Fit:
    """Train a recipe's model on `train_part`, watching `validation_part` after each epoch.

    Parameters
    ----------
    recipe : ClassifierRecipe
    train_part, validation_part : Part
        Images uint8 ``(n, 28, 28)``, labels uint8 ``(n,)``.
    seed : int
        Decides initialisation, order and augmentation.
    on_step : callable, optional
        Called with the steps done and the steps in all.
    build : callable, optional
        Gives the model to train; by default the recipe's.

    Returns
    -------
    Fit
    """
    keras.utils.set_random_seed(seed)
    batches = Batches(train_part, recipe, seed=seed)
    model = build() if build else recipe.build()
    compile_model(model, recipe, steps_per_epoch=len(batches))
    validation = (
        np.asarray(validation_part.images),
        np.eye(len(CLASS_NAMES), dtype=np.float32)[validation_part.labels],
    )
    with Meter() as meter:
        history = model.fit(
            batches,
            epochs=recipe.epochs,
            validation_data=validation,
            validation_batch_size=BATCH_FOR_PREDICTION,
            callbacks=[
                *([early_stopping(recipe.patience)] if recipe.patience else []),
                *([StepReporter(on_step)] if on_step else []),
            ],
            verbose=0,
        )
    values = {name: [float(v) for v in series] for name, series in history.history.items()}
    return Fit(recipe, model, values, meter.wall, meter.cpu, meter.peak_memory_mb)


def compile_model(model: keras.Model, recipe: ClassifierRecipe, *, steps_per_epoch: int) -> None:
    """Compile `model` with the recipe's optimiser, schedule and loss."""
    model.compile(
        optimizer=optimizer_of(recipe, steps_per_epoch),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
        metrics=["accuracy"],
        steps_per_execution=min(STEPS_PER_EXECUTION, steps_per_epoch),
    )


def early_stopping(patience: int) -> keras.callbacks.Callback:
    """Return what ends a training once the validation loss stops falling, and restores the best weights."""
    return keras.callbacks.EarlyStopping(monitor="val_loss", patience=patience, restore_best_weights=True)


class StepReporter(keras.callbacks.Callback):
    """Tells a function how many steps are done, and how many there are in all."""

    def __init__(self, on_step: Callable[[int, int], None]) -> None:
        super().__init__()
        self._on_step, self._epoch = on_step, 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remember the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Report the steps of the epochs before and of this one."""
        steps = self.params["steps"] or 1
        done = min(batch + 1, steps)  # the last execution of an epoch may name a step beyond its end
        self._on_step(self._epoch * steps + done, self.params["epochs"] * steps)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Report all steps of the epoch: older Keras names the first step of an execution, not the last."""
        steps = self.params["steps"] or 1
        self._on_step((epoch + 1) * steps, self.params["epochs"] * steps)
