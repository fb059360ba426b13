"""The recipes of networks: everything that decides a fit, but for the seed."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np

from ..data.augmentation import erase, flip, shift
from ..data.expected import RULES, require_value, require_values
from ..data.parts import VALIDATION_SIZE, Part
from ..machine.backend import keras, require_usual_axes
from ..models.classifiers import BUILDERS, PARTS
from .fitting import Batches, EpochByEpoch, Fit, compile_model, early_stopping, train
from .schedules import OPTIMIZERS, SCHEDULES, optimizer_of
from .trainable import OnStep, Trainable
from .trained import Trained

Augmentation = tuple[Callable[..., np.ndarray], dict[str, Any]]  # a function, and its settings


@dataclass(frozen=True, kw_only=True)
class NetworkRecipe(Trainable):
    """What decides a fit of any network, but for the seed.

    Parameters
    ----------
    model : str
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
    flip : bool
        Mirror each training image left to right with probability one half.
    shift : int
        Move each training image by up to so many pixels.
    validation_size : int
        So many of the 60,000 images are held out: the split of `fmnist_lessons.data.load_fashion_mnist`.

    Raises
    ------
    ValueError
        For a value that is not among those above.
    """

    builders: ClassVar[Mapping[str, Callable[..., keras.Model]]]
    parts: ClassVar[Mapping[str, tuple[Callable[..., Any], ...]]] = {}

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
    flip: bool = False
    shift: int = 0
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

    def one_epoch(self) -> Self:
        """Return the recipe cut to one epoch, by which its memory is measured."""
        return self.but(epochs=1, warmup_epochs=0)

    def build(self) -> keras.Model:
        """Build the recipe's model, uncompiled."""
        require_usual_axes()
        try:
            return self.builders[self.model](**self.architecture)
        except (TypeError, ValueError) as error:
            found = f"{dict(self.architecture)}: {error}"
            raise ValueError(
                f"architecture: expected what {self.model} can be built of, found {found}"
            ) from error

    def augmentations(self) -> list[Augmentation]:
        """Return the functions that change each training batch, in order, with their settings."""
        asked: list[tuple[Callable[..., np.ndarray], dict[str, Any], int]] = [
            (flip, {}, self.flip),
            (shift, {"pixels": self.shift}, self.shift),
        ]
        return [(function, settings) for function, settings, wanted in asked if wanted]

    def decided_by(self) -> list[Callable[..., Any]]:
        """Return the code that decides the fit's numbers: its source enters the fingerprint of a record."""
        built_by = [self.builders[self.model], *self.parts.get(self.model, ())]
        augment = [function for function, _ in self.augmentations()]
        return [*built_by, *augment, SCHEDULES[self.schedule], optimizer_of, Batches]


@dataclass(frozen=True, kw_only=True)
class ClassifierRecipe(NetworkRecipe):
    """Everything that decides a fit of a network that classifies: a `NetworkRecipe`, and

    Parameters
    ----------
    label_smoothing : float in [0, 1)
    erase : int
        Fill a square with sides of up to so many pixels with noise, in half of the training images.
    patience : int
        Early stopping: end the training when the validation loss has not fallen for so many epochs, and take
        the weights of the best epoch. With 0 all epochs are trained and the last weights are taken.
    """

    fits: ClassVar[type[Trained]] = Fit

    label_smoothing: float = 0.0
    erase: int = 0
    patience: int = 0

    def augmentations(self) -> list[Augmentation]:
        """Return the functions that change each training batch, in order, with their settings."""
        return super().augmentations() + ([(erase, {"pixels": self.erase})] if self.erase else [])

    def decided_by(self) -> list[Callable[..., Any]]:
        """Return the code that decides the fit's numbers: its source enters the fingerprint of a record."""
        stop = [early_stopping] if self.patience else []
        return [*super().decided_by(), *stop, train, compile_model]


@dataclass(frozen=True, kw_only=True)
class Recipe(ClassifierRecipe):
    """Everything that decides a fit of one of the book's classifiers: a `ClassifierRecipe` whose

    Parameters
    ----------
    model : {"mlp", "mlp_output", "cnn", "lenet5", "lenet5_1998", "deep_cnn", "resnet"}
    """

    builders = BUILDERS
    parts = PARTS
    by_epoch: ClassVar[type[EpochByEpoch]] = EpochByEpoch

    def carry_out(
        self, train_part: Part, validation_part: Part, *, seed: int, on_step: OnStep | None = None
    ) -> Fit:
        """Train: `fmnist_lessons.training.fitting.train`."""
        return train(self, train_part, validation_part, seed=seed, on_step=on_step)
