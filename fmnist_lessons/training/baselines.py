"""Baselines from scikit-learn that every network must beat; chapter 01 builds them by hand."""

import inspect
import io
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import joblib
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestCentroid

from ..data.parts import VALIDATION_SIZE, Part, as_features
from ..machine.device import Meter
from .trainable import OnStep, Trainable
from .trained import Arrays, Classifier

ESTIMATORS = {"nearest_mean": NearestCentroid, "logistic_regression": LogisticRegression}


@dataclass
class BaselineFit(Classifier):
    """A fitted scikit-learn estimator and what its training cost."""

    recipe: "BaselineRecipe"

    @property
    def parameters(self) -> int:
        """The number of fitted values: class means, or weights and biases."""
        if isinstance(self.model, NearestCentroid):
            return int(self.model.centroids_.size)
        return int(self.model.coef_.size + self.model.intercept_.size)

    def probabilities(self, part: Part) -> np.ndarray:
        """Return the probability of each class, ``(n, 10)``, rows sum to 1."""
        return np.asarray(self.model.predict_proba(as_features(part.images)))

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Return the logarithm of the probabilities, float32 ``(n, 10)``."""
        shares = self.model.predict_proba(as_features(images))
        return np.asarray(np.log(np.clip(shares, 1e-12, None)), np.float32)

    def file_kb(self) -> float:
        """Return the size of the estimator saved by joblib, in kB of 10³ bytes."""
        return saved_kb(self.model)

    def learned(self) -> Arrays:
        """Return what was fitted, by scikit-learn's names."""
        return fitted_values(self.model)

    @staticmethod
    def model_of(recipe: "BaselineRecipe", learned: Mapping[str, np.ndarray]) -> Any:
        """Return the recipe's estimator with what was fitted."""
        return with_fitted_values(ESTIMATORS[recipe.estimator](**recipe.settings), learned)


@dataclass(frozen=True)
class BaselineRecipe(Trainable):
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

    fits = BaselineFit
    validation_size: ClassVar[int] = VALIDATION_SIZE

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

    def one_epoch(self) -> Self:
        """Return the recipe with at most five iterations."""
        if "max_iter" not in self.settings:
            return self
        return self.but(settings={**self.settings, "max_iter": 5})

    def carry_out(
        self, train_part: Part, validation_part: Part, *, seed: int, on_step: OnStep | None = None
    ) -> BaselineFit:
        """Train: `fmnist_lessons.training.baselines.train`."""
        return train(self, train_part, validation_part, seed=seed, on_step=on_step)

    def decided_by(self) -> list[Callable[..., Any]]:
        """Return the code that decides the fit's numbers: its source enters the fingerprint of a record."""
        return [train, as_features]


def fitted_values(estimator: BaseEstimator) -> Arrays:
    """Return what a scikit-learn estimator has fitted: its attributes whose names end with ``_``."""
    fitted = {name: value for name, value in vars(estimator).items() if name.endswith("_")}
    return {name: np.asarray(value) for name, value in fitted.items()}


def with_fitted_values(estimator: Any, values: Mapping[str, np.ndarray]) -> Any:
    """Return the estimator itself, with values that `fitted_values` gave."""
    for name, value in values.items():
        setattr(estimator, name, value if value.ndim else value.item())
    return estimator


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
    on_step: OnStep | None = None,
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
    return BaselineFit(recipe, estimator, {}, meter.wall, meter.cpu, meter.peak_memory_mb)
