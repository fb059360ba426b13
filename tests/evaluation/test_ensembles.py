"""Means of probabilities, and weights that are chosen."""

import numpy as np
import pytest

from fmnist_lessons.evaluation.classification import cross_entropy
from fmnist_lessons.evaluation.ensembles import choose_weights, mean_probabilities


def member(labels, share):
    """A model that gives the true class `share`."""
    rows = np.full((len(labels), 10), (1 - share) / 9)
    rows[np.arange(len(labels)), labels] = share
    return rows


LABELS = np.arange(20) % 10
GOOD, POOR = member(LABELS, 0.7), member(LABELS, 0.1)


def test_the_mean_is_that_of_the_probabilities():
    assert mean_probabilities([GOOD, POOR]) == pytest.approx((GOOD + POOR) / 2)
    assert mean_probabilities([GOOD, POOR], weights=[3, 1]) == pytest.approx(0.75 * GOOD + 0.25 * POOR)
    assert mean_probabilities([GOOD]).sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize("weights", [[1], [-1, 2], [0, 0], [np.nan, 1], [np.inf, 1], 0.5])
def test_odd_weights_are_refused(weights):
    with pytest.raises(ValueError, match=r"weights: expected (2 numbers|numbers, found 0.5)"):
        mean_probabilities([GOOD, POOR], weights=weights)


def test_members_have_one_shape():
    with pytest.raises(ValueError, match=r"members: expected shape \(m, n, 10\), found \(20, 10\)"):
        mean_probabilities(GOOD)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (np.log(GOOD), "are these logits"),
        (GOOD * np.nan, "found NaN"),
        (100 * GOOD, "divide per cent by 100"),
        (np.eye(10, dtype=int)[LABELS], "expected floats, found int64"),
        (GOOD[:7], r"expected shape \(20, 10\), found \(7, 10\)"),
    ],
)
def test_what_is_no_probability_takes_no_part(second, message):
    for ask in (mean_probabilities, lambda members: choose_weights(LABELS, members)):
        with pytest.raises(ValueError, match=r"members\[1\]: .*" + message):
            ask([GOOD, second])


def test_labels_of_an_ensemble_fit_its_members():
    with pytest.raises(ValueError, match=r"labels.argmax\(axis=1\)"):
        choose_weights(np.eye(10)[LABELS], [GOOD, POOR])
    with pytest.raises(ValueError, match=r"members\[0\]: expected shape \(7, 10\), found \(20, 10\)"):
        choose_weights(LABELS[:7], [GOOD, POOR])


def test_a_model_that_is_better_everywhere_gets_all_the_weight():
    assert choose_weights(LABELS, [POOR, GOOD, POOR], rounds=5).tolist() == [0, 1, 0]


def test_models_that_are_good_at_different_things_share_the_weight():
    first, second = GOOD.copy(), POOR.copy()
    first[LABELS >= 5], second[LABELS >= 5] = POOR[LABELS >= 5], GOOD[LABELS >= 5]
    weights = choose_weights(LABELS, [first, second, POOR], rounds=10)
    assert weights.tolist() == [0.5, 0.5, 0]
    mean = mean_probabilities([first, second, POOR], weights=weights)
    assert cross_entropy(LABELS, mean) < min(cross_entropy(LABELS, m) for m in (first, second))


def test_the_first_round_takes_the_best_one_alone():
    rng = np.random.default_rng(0)
    members = rng.dirichlet(np.ones(10), (6, 20))
    alone = [cross_entropy(LABELS, m) for m in members]
    assert choose_weights(LABELS, members, rounds=1).argmax() == int(np.argmin(alone))


@pytest.mark.parametrize("rounds", [0, 1.5, True, 10**9])
def test_odd_numbers_of_rounds_are_refused(rounds):
    with pytest.raises(ValueError, match="rounds: expected a whole number"):
        choose_weights(LABELS, [GOOD], rounds=rounds)
