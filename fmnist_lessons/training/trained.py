"""What comes of a training: the model, what it cost, and how it is measured."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from scipy.special import log_softmax, softmax

from ..data.parts import Part
from .trainable import Trainable

Arrays = dict[str, np.ndarray]
Measures = tuple[dict[str, Any], np.ndarray | None]  # what a record keeps of a part, and the logits


@dataclass
class Trained(ABC):
    """A trained model and what its training cost.

    Attributes
    ----------
    recipe : Trainable
        What was carried out.
    model : keras.Model or scikit-learn estimator
    history : dict of str to list of float
        ``loss``, ``accuracy``, ``val_loss``, ``val_accuracy``, a value for each epoch; empty without epochs.
    wall, cpu : float
        Seconds of training, validation after each epoch included.
    peak_memory_mb : float
        Of the process while it trained.
    pretraining_seconds : float, optional
        Of what had to go before: another training, features. None where there was nothing.
    """

    kind: ClassVar[str]

    recipe: Trainable
    model: Any
    history: dict[str, list[float]]
    wall: float
    cpu: float
    peak_memory_mb: float
    pretraining_seconds: float | None = None

    @property
    @abstractmethod
    def parameters(self) -> int:
        """The number of the model's parameters."""

    @abstractmethod
    def measures(self, part: Part) -> Measures:
        """Return what a record keeps of a part, and the logits ``(n, 10)``, None without classes."""

    @abstractmethod
    def predict(self, images: np.ndarray) -> np.ndarray:
        """Return what the model makes of images uint8 ``(n, 28, 28)``."""

    @abstractmethod
    def file_kb(self) -> float:
        """Return the size of the saved model, in kB of 10³ bytes."""

    @abstractmethod
    def learned(self) -> Arrays:
        """Return all that the model has learned, by name."""

    @staticmethod
    @abstractmethod
    def model_of(recipe: Any, learned: Mapping[str, np.ndarray]) -> Any:
        """Return a recipe's model with what `learned` gave before."""

    def microseconds_per_image(self, part: Part) -> float:
        """Return the time that the model takes for one image of `part`, after a warm-up, in µs."""
        images = np.asarray(part.images)
        self.predict(images)
        start = time.perf_counter()
        self.predict(images)
        return (time.perf_counter() - start) / len(images) * 1e6

    def facts(self, parts: Sequence[Part]) -> dict[str, Any]:
        """Return what a record keeps of this fit, measured on `parts`: training first, validation last."""
        before = {} if self.pretraining_seconds is None else {"pretraining": self.pretraining_seconds}
        seconds = {"wall": self.wall, "cpu": self.cpu, **before}
        return {
            "kind": self.kind,
            "metrics": {part.name: self.measures(part)[0] for part in parts},
            "history": {key: [round(v, 5) for v in values] for key, values in self.history.items()},
            "parameters": self.parameters,
            "seconds": {name: round(value, 2) for name, value in seconds.items()},
            "peak_memory_mb": round(self.peak_memory_mb),
            "microseconds_per_image": round(self.microseconds_per_image(parts[-1]), 1),
            "file_kb": round(self.file_kb()),
        }

    def kept(self) -> tuple[Arrays, dict[str, Any]]:
        """Return what is kept of this fit until it is asked for again: arrays, and facts fit for JSON."""
        costs = ("history", "wall", "cpu", "peak_memory_mb", "pretraining_seconds")
        return self.learned(), {name: getattr(self, name) for name in costs}

    @classmethod
    def taken_up(cls, recipe: Any, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> Self:
        """Return the fit of a recipe that `kept` told of.

        Raises
        ------
        ValueError, KeyError, TypeError
            If the arrays and facts are not those of such a fit.
        """
        return cls(recipe, cls.model_of(recipe, arrays), **facts)


@dataclass
class Classifier(Trained):
    """A fit that answers with a class.

    Attributes
    ----------
    chosen : ndarray of int, optional
        Positions of the training images whose labels were used; None: all.
    """

    kind = "classifier"

    chosen: np.ndarray | None = None

    def logits(self, part: Part) -> np.ndarray:
        """Return the model's output for each image, float32 ``(n, 10)``."""
        return self.predict(np.asarray(part.images))

    def probabilities(self, part: Part) -> np.ndarray:
        """Return the softmax of the logits, float32 ``(n, 10)``, rows sum to 1."""
        return np.asarray(softmax(self.logits(part), axis=1))

    def labelled(self, part: Part) -> Part:
        """Return of the training part the images whose labels were used; other parts whole."""
        if part.name != "train" or self.chosen is None or len(self.chosen) == len(part):
            return part
        return part.at(self.chosen)

    def measures(self, part: Part) -> Measures:
        """Return accuracy, cross-entropy, number of images and, but for training, which were right."""
        part = self.labelled(part)
        logits, labels = self.logits(part), np.asarray(part.labels)
        correct = logits.argmax(axis=1) == labels
        of_true = log_softmax(logits, axis=1)[np.arange(len(labels)), labels]
        measured = {"accuracy": float(correct.mean()), "loss": float(-of_true.mean()), "images": len(labels)}
        return measured | ({} if part.name == "train" else {"correct": correct}), logits

    def kept(self) -> tuple[Arrays, dict[str, Any]]:
        """Return what is kept of this fit, with the positions of the images that were used."""
        arrays, facts = super().kept()
        return arrays | ({} if self.chosen is None else {"chosen": self.chosen}), facts

    @classmethod
    def taken_up(cls, recipe: Any, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> Self:
        """Return the fit of a recipe that `kept` told of."""
        learned = dict(arrays)
        chosen = learned.pop("chosen", None)
        return cls(recipe, cls.model_of(recipe, learned), **facts, chosen=chosen)
