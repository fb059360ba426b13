"""A recipe is everything that decides a fit; `train` carries one out."""

import contextlib
import inspect
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self, cast

import numpy as np

from .augmentation import erase, flip, shift
from .backend import keras
from .data import CLASS_NAMES, VALIDATION_SIZE, Part
from .machine import Meter
from .models import BUILDERS, PARTS
from .progress import bar, fit_time, note_fit, say_expected
from .recipe_values import RULES, require_value, require_values, with_changes

# Steps between two returns to Python: fewer returns, less overhead. Keras on PyTorch knows one step only.
STEPS_PER_EXECUTION = 1 if keras.backend.backend() == "torch" else 16
BATCH_FOR_PREDICTION = 1000


class EpochByEpoch:
    """A training that is asked for one epoch at a time, and may be left at any of them."""

    def __init__(self, recipe: "Recipe", train_part: Part, validation_part: Part, *, seed: int) -> None:
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


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that decides a fit, but for the seed.

    Parameters
    ----------
    model : {"mlp", "mlp_output", "cnn", "lenet5", "lenet5_1998", "deep_cnn", "resnet"}
        A builder of `fmnist_lessons.models`; `architecture` holds its arguments.
    epochs, batch_size : int
    optimizer : {"sgd", "adam", "adamw", "rmsprop", "adadelta"}
    learning_rate : float
        The highest rate of the schedule.
    momentum : float
        Of SGD only.
    weight_decay : float
        Of AdamW only (Loshchilov and Hutter 2019, https://doi.org/10.48550/arXiv.1711.05101).
    schedule : {"constant", "cosine", "step", "exponential", "one-cycle"}
        Cosine falls to zero at the last step; the first `warmup_epochs` rise to it in a line. Step: a tenth
        after half of the steps, a hundredth after three quarters. Exponential: by the same factor at each
        step, to a hundredth. One-cycle: rises from a 25th over three tenths of the steps, then falls to zero
        along a cosine (after Smith 2018, https://doi.org/10.48550/arXiv.1803.09820).
    label_smoothing : float in [0, 1)
    flip : bool
        Mirror each training image left to right with probability one half.
    shift : int
        Move each training image by up to so many pixels.
    erase : int
        Fill a square with sides of up to so many pixels with noise, in half of the training images.
    patience : int
        Early stopping: end the training when the validation loss has not fallen for so many epochs, and take
        the weights of the best epoch. With 0 all epochs are trained and the last weights are taken.
    validation_size : int
        So many of the 60,000 images are held out: the split of `fmnist_lessons.data.load_fashion_mnist`.

    Raises
    ------
    ValueError
        For a value that is not among those above.
    """

    builders: ClassVar[Mapping[str, Callable[..., keras.Model]]] = BUILDERS
    parts: ClassVar[Mapping[str, tuple[Callable[..., Any], ...]]] = PARTS
    by_epoch: ClassVar[type[EpochByEpoch]] = EpochByEpoch

    model: str
    architecture: Mapping[str, Any] = field(default_factory=dict)
    epochs: int
    batch_size: int = 128
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    momentum: float = 0.0
    weight_decay: float = 0.0
    schedule: str = "constant"
    warmup_epochs: int = 0
    label_smoothing: float = 0.0
    flip: bool = False
    shift: int = 0
    erase: int = 0
    patience: int = 0
    validation_size: int = VALIDATION_SIZE

    def __post_init__(self) -> None:
        choices = {
            "model": tuple(self.builders),
            "optimizer": tuple(OPTIMIZERS),
            "schedule": tuple(SCHEDULES),
        }
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name}: expected one of {allowed}, found {getattr(self, name)!r}")
        require_values(self)
        self._require_architecture()
        if self.schedule != "cosine" and self.warmup_epochs:
            raise ValueError(
                f"warmup_epochs: expected 0 with the {self.schedule} schedule, found {self.warmup_epochs}"
            )
        if self.schedule == "cosine" and self.warmup_epochs >= self.epochs:
            raise ValueError(
                f"warmup_epochs: expected fewer than the {self.epochs} epochs, found {self.warmup_epochs}"
            )
        for name, owner in {"momentum": "sgd", "weight_decay": "adamw"}.items():
            if getattr(self, name) and self.optimizer != owner:
                raise ValueError(f"{name}: expected 0 with {self.optimizer}, found {getattr(self, name)}")

    def _require_architecture(self) -> None:
        """Refuse an argument that the builder does not have, and a value that it cannot take."""
        known = inspect.signature(self.builders[self.model]).parameters
        for name, value in self.architecture.items():
            if name not in known:
                expected = (
                    f"some of {list(known)} for {self.model}"
                    if known
                    else f"nothing: {self.model} takes no arguments"
                )
                raise ValueError(f"architecture: expected {expected}, found {name!r}")
            usual = known[name].default
            if isinstance(usual, str) and not isinstance(value, str):
                raise ValueError(f"architecture: expected text such as {usual!r} for {name}, found {value!r}")
            if isinstance(usual, tuple) and isinstance(value, str):
                such = list(usual) or [value]
                raise ValueError(f"{name}: expected a list such as {such}, found the text {value!r}")
            if name in RULES:
                require_value(name, value)

    def but(self, **changes: Any) -> Self:
        """Return a copy with some values changed: ``plain.but(epochs=20)``."""
        return cast(Self, with_changes(self, changes))

    def one_epoch(self) -> Self:
        """Return the recipe cut to one epoch, by which its memory is measured."""
        return self.but(epochs=1, warmup_epochs=0)

    def quick(self) -> Self:
        """Return the recipe as quick mode trains it."""
        return self.one_epoch()

    def build(self) -> keras.Model:
        """Build the recipe's model, uncompiled."""
        try:
            return self.builders[self.model](**self.architecture)
        except (TypeError, ValueError) as error:
            found = f"{dict(self.architecture)}: {error}"
            raise ValueError(
                f"architecture: expected what {self.model} can be built of, found {found}"
            ) from error

    def train(self, train_part: Part, validation_part: Part, **settings: Any) -> "Fit":
        """Carry the recipe out: `fmnist_lessons.training.train`."""
        return train(self, train_part, validation_part, **settings)

    def augmentations(self) -> list[tuple[Callable[..., np.ndarray], dict[str, Any]]]:
        """Return the functions that change each training batch, in order, with their settings."""
        asked: list[tuple[Callable[..., np.ndarray], dict[str, Any], int]] = [
            (flip, {}, self.flip),
            (shift, {"pixels": self.shift}, self.shift),
            (erase, {"pixels": self.erase}, self.erase),
        ]
        return [(function, settings) for function, settings, wanted in asked if wanted]

    def decided_by(self) -> list[Callable[..., Any]]:
        """Return the code that decides the fit's numbers: its source enters the fingerprint of a record."""
        augment = [function for function, _ in self.augmentations()]
        built_by = [self.builders[self.model], *self.parts.get(self.model, ())]
        stop = [early_stopping] if self.patience else []
        return [*built_by, *augment, *stop, SCHEDULES[self.schedule], Batches, train, compile_model]


class Batches(keras.utils.PyDataset):
    """Shuffled, augmented batches of uint8 images ``(b, 28, 28)`` and one-hot labels ``(b, 10)``.

    What epoch `e` and batch `i` hold depends on the seed, `e` and `i` alone.
    """

    def __init__(self, part: Part, recipe: Recipe, *, seed: int) -> None:
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
class Fit:
    """A trained model and what its training cost.

    Attributes
    ----------
    model : keras.Model
    history : dict of str to list of float
        ``loss``, ``accuracy``, ``val_loss``, ``val_accuracy``, a value for each epoch.
    wall, cpu : float
        Seconds of training, validation after each epoch included.
    peak_memory_mb : float
        Of the process while it trained.
    """

    model: Any
    history: dict[str, list[float]]
    wall: float
    cpu: float
    peak_memory_mb: float

    @property
    def parameters(self) -> int:
        """The number of the model's parameters."""
        return int(self.model.count_params())

    def logits(self, part: Part) -> np.ndarray:
        """Return the model's output for each image, float32 ``(n, 10)``."""
        return np.asarray(
            self.model.predict(np.asarray(part.images), batch_size=BATCH_FOR_PREDICTION, verbose=0)
        )

    def probabilities(self, part: Part) -> np.ndarray:
        """Return the softmax of the logits, float32 ``(n, 10)``, rows sum to 1."""
        logits = self.logits(part)
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))

    def microseconds_per_image(self, part: Part) -> float:
        """Return the time to predict one image of `part` in batches of 1,000, after a warm-up, in µs."""
        self.logits(part)
        start = time.perf_counter()
        self.logits(part)
        return (time.perf_counter() - start) / len(part) * 1e6

    def file_kb(self) -> float:
        """Return the size of the model saved as a .keras file, in kB of 10³ bytes."""
        return keras_file_kb(self.model)


def keras_file_kb(model: keras.Model) -> float:
    """Return the size of a model saved as a .keras file, in kB of 10³ bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.stat().st_size / 1e3


def train(
    recipe: Recipe,
    train_part: Part,
    validation_part: Part,
    *,
    seed: int,
    on_step: Callable[[int, int], None] | None = None,
) -> Fit:
    """Train a recipe's model on `train_part`, watching `validation_part` after each epoch.

    Parameters
    ----------
    recipe : Recipe
    train_part, validation_part : Part
        Images uint8 ``(n, 28, 28)``, labels uint8 ``(n,)``.
    seed : int
        Decides initialisation, order and augmentation.
    on_step : callable, optional
        Called with the steps done and the steps in all.

    Returns
    -------
    Fit
    """
    keras.utils.set_random_seed(seed)
    batches = Batches(train_part, recipe, seed=seed)
    model = recipe.build()
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
    return Fit(model, values, meter.wall, meter.cpu, meter.peak_memory_mb)


def compile_model(model: keras.Model, recipe: Recipe, *, steps_per_epoch: int) -> None:
    """Compile `model` with the recipe's optimiser, schedule and loss."""
    rate = SCHEDULES[recipe.schedule](recipe, steps_per_epoch)
    settings = {name: getattr(recipe, name) for name in ("momentum", "weight_decay")}
    model.compile(
        optimizer=OPTIMIZERS[recipe.optimizer](rate, **{name: v for name, v in settings.items() if v}),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
        metrics=["accuracy"],
        steps_per_execution=min(STEPS_PER_EXECUTION, steps_per_epoch),
    )


def early_stopping(patience: int) -> keras.callbacks.Callback:
    """Return what ends a training once the validation loss stops falling, and restores the best weights."""
    return keras.callbacks.EarlyStopping(monitor="val_loss", patience=patience, restore_best_weights=True)


def _constant(recipe: Recipe, steps_per_epoch: int) -> float:
    return recipe.learning_rate


def _cosine(recipe: Recipe, steps_per_epoch: int) -> keras.optimizers.schedules.LearningRateSchedule:
    warmup = recipe.warmup_epochs * steps_per_epoch
    return keras.optimizers.schedules.CosineDecay(
        0.0 if warmup else recipe.learning_rate,
        decay_steps=recipe.epochs * steps_per_epoch - warmup,
        warmup_target=recipe.learning_rate if warmup else None,
        warmup_steps=warmup,
    )


def _step(recipe: Recipe, steps_per_epoch: int) -> keras.optimizers.schedules.LearningRateSchedule:
    steps, rate = recipe.epochs * steps_per_epoch, recipe.learning_rate
    return keras.optimizers.schedules.PiecewiseConstantDecay(
        [steps // 2, 3 * steps // 4], [rate, rate / 10, rate / 100]
    )


def _exponential(recipe: Recipe, steps_per_epoch: int) -> keras.optimizers.schedules.LearningRateSchedule:
    steps = recipe.epochs * steps_per_epoch
    return keras.optimizers.schedules.ExponentialDecay(recipe.learning_rate, steps, decay_rate=0.01)


def _one_cycle(recipe: Recipe, steps_per_epoch: int) -> keras.optimizers.schedules.LearningRateSchedule:
    rise = max(3 * recipe.epochs * steps_per_epoch // 10, 1)
    return keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate / 25,
        decay_steps=max(recipe.epochs * steps_per_epoch - rise, 1),
        warmup_target=recipe.learning_rate,
        warmup_steps=rise,
    )


OPTIMIZERS = {
    "sgd": keras.optimizers.SGD,
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "rmsprop": keras.optimizers.RMSprop,
    "adadelta": keras.optimizers.Adadelta,
}
SCHEDULES = {
    "constant": _constant,
    "cosine": _cosine,
    "step": _step,
    "exponential": _exponential,
    "one-cycle": _one_cycle,
}


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


class ProgressBar(StepReporter):
    """For a fit in plain Keras: prints the expected time, shows a bar, and reports the seconds it took."""

    def __init__(self, title: str, *, chapter: str) -> None:
        super().__init__(lambda done, total: None)
        self._title, self._chapter = title, chapter

    def on_train_begin(self, logs: Any = None) -> None:
        """Print what to expect, and open the bar."""
        say_expected(self._title, fit_time(self._chapter, self._title))
        self._stack = contextlib.ExitStack()
        self._on_step = self._stack.enter_context(bar(self._title))
        self._start = time.perf_counter()

    def on_train_end(self, logs: Any = None) -> None:
        """Close the bar."""
        self._stack.close()
        note_fit(self._title, time.perf_counter() - self._start)
