"""Baselines from scikit-learn that every network must beat; chapter 01 builds them by hand."""

import dataclasses
import inspect
import io
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import joblib
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestCentroid

from ..data.parts import Part, as_features
from ..machine.device import Meter

ESTIMATORS = {"nearest_mean": NearestCentroid, "logistic_regression": LogisticRegression}


@dataclass(frozen=True)
class BaselineRecipe:
    """Everything that decides the fit of a scikit-learn baseline, but for the seed.

    Parameters
    ----------
    estimator : {"nearest_mean", "logistic_regression"}
    settings : mapping
        The estimator's own arguments.

    Raises
    ------
    ValueError
        For another estimator, or a setting that it does not have.
    """

    estimator: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.estimator not in ESTIMATORS:
            raise ValueError(f"estimator: expected one of {tuple(ESTIMATORS)}, found {self.estimator!r}")
        known = inspect.signature(ESTIMATORS[self.estimator]).parameters
        for name in self.settings:
            if name not in known:
                raise ValueError(f"settings: expected arguments of {self.estimator}, found {name!r}")

    @property
    def model(self) -> str:
        """The estimator's name, as records show it."""
        return self.estimator

    def quick(self) -> "BaselineRecipe":
        """Return the recipe with at most five iterations, as quick mode trains it."""
        if "max_iter" not in self.settings:
            return self
        return dataclasses.replace(self, settings={**self.settings, "max_iter": 5})

    def train(self, train_part: Part, validation_part: Part, **settings: Any) -> "BaselineFit":
        """Carry the recipe out: `fmnist_lessons.training.baselines.train`."""
        return train(self, train_part, validation_part, **settings)

    def decided_by(self) -> list[Callable[..., Any]]:
        """Return the code that decides the fit's numbers: its source enters the fingerprint of a record."""
        return [train, as_features]


@dataclass
class BaselineFit:
    """A fitted scikit-learn estimator and what its training cost; the same questions as `training.Fit`."""

    model: Any
    history: dict[str, list[float]]
    wall: float
    cpu: float
    peak_memory_mb: float

    @property
    def parameters(self) -> int:
        """The number of fitted values: class means, or weights and biases."""
        if hasattr(self.model, "centroids_"):
            return int(self.model.centroids_.size)
        return int(self.model.coef_.size + self.model.intercept_.size)

    def probabilities(self, part: Part) -> np.ndarray:
        """Return the probability of each class, ``(n, 10)``, rows sum to 1."""
        return np.asarray(self.model.predict_proba(as_features(part.images)))

    def logits(self, part: Part) -> np.ndarray:
        """Return the logarithm of the probabilities, float32 ``(n, 10)``."""
        return np.asarray(np.log(np.clip(self.probabilities(part), 1e-12, None)), np.float32)

    def microseconds_per_image(self, part: Part) -> float:
        """Return the time to predict one image of `part`, in µs."""
        start = time.perf_counter()
        self.probabilities(part)
        return (time.perf_counter() - start) / len(part) * 1e6

    def file_kb(self) -> float:
        """Return the size of the estimator saved by joblib, in kB of 10³ bytes."""
        return saved_kb(self.model)


def saved_kb(estimator: Any) -> float:
    """Return the size of an estimator saved by joblib, in kB of 10³ bytes."""
    buffer = io.BytesIO()
    joblib.dump(estimator, buffer)
    return buffer.tell() / 1e3


def train(
    recipe: BaselineRecipe,
    train_part: Part,
    validation_part: Part,
    *,
    seed: int,
    on_step: Callable[[int, int], None] | None = None,
) -> BaselineFit:
    """Fit a baseline on `train_part`, its images in an order that the seed decides.

    Parameters
    ----------
    recipe : BaselineRecipe
    train_part, validation_part : Part
        The validation part is not used: nothing is watched while these estimators fit.
    seed : int
    on_step : callable, optional
        Called once, at the end.

    Returns
    -------
    BaselineFit
    """
    order = np.random.default_rng(seed).permutation(len(train_part))
    estimator = ESTIMATORS[recipe.estimator](**recipe.settings)
    with Meter() as meter, warnings.catch_warnings():
        # Corner pixels that never vary, and an optimiser stopped on purpose, are no news here.
        warnings.simplefilter("ignore", UserWarning)
        estimator.fit(as_features(train_part.images[order]), train_part.labels[order])
    if on_step:
        on_step(1, 1)
    return BaselineFit(estimator, {}, meter.wall, meter.cpu, meter.peak_memory_mb)
