"""A recipe is everything that decides a fit; `train` carries one out."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, cast

import numpy as np

from ..data.augmentation import erase, flip, shift
from ..data.expected import RULES, require_value, require_values, with_changes
from ..data.parts import VALIDATION_SIZE, Part
from ..machine.backend import keras
from ..models.classifiers import BUILDERS, PARTS
from .fitting import Batches, EpochByEpoch, Fit, compile_model, early_stopping, train
from .schedules import OPTIMIZERS, SCHEDULES


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
