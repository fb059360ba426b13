import numpy as np
import pytest

from fmnist_lessons.data.parts import as_features
from fmnist_lessons.training.baselines import BaselineRecipe


def test_the_nearest_mean_is_the_nearest_mean(garments):
    part, validation = garments
    fit = BaselineRecipe("nearest_mean").train(part, validation, seed=0)
    means = np.stack([as_features(part.images)[part.labels == c].mean(axis=0) for c in range(10)])
    distances = np.linalg.norm(as_features(validation.images)[:, None] - means, axis=2)
    assert (fit.probabilities(validation).argmax(axis=1) == distances.argmin(axis=1)).all()
    assert fit.parameters == 7840


def test_logistic_regression_learns(garments):
    fit = BaselineRecipe("logistic_regression", {"max_iter": 20}).train(*garments, seed=0)
    assert (fit.logits(garments[1]).argmax(axis=1) == garments[1].labels).mean() > 0.6
    assert fit.parameters == 7850


def test_quick_cuts_the_iterations():
    assert BaselineRecipe("logistic_regression", {"max_iter": 100}).quick().settings == {"max_iter": 5}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("nearest",), "estimator: expected one of"), (("nearest_mean", {"k": 3}), "settings: .* found 'k'")],
)
def test_bad_recipes_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        BaselineRecipe(*arguments)
