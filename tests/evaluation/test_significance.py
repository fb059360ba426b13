"""Tests of significance against values from the textbook, and intervals against the normal approximation."""

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from fmnist_lessons.evaluation.significance import holm, mcnemar, paired_bootstrap


def answers(both, only_first, only_second, neither):
    """For each image whether the first and the second model were right."""
    counts = (both, only_first, only_second, neither)
    return np.repeat([True, True, False, False], counts), np.repeat([True, False, True, False], counts)


def test_mcnemar_counts_the_images_that_only_one_got_right():
    found = mcnemar(*answers(80, 8, 2, 10))
    assert (found.only_first, found.only_second) == (8, 2)
    # two tails of ten tosses: 2 · (1 + 10 + 45) / 1024
    assert found.p_value == pytest.approx(112 / 1024)


def test_mcnemar_does_not_care_for_what_both_did_alike():
    assert mcnemar(*answers(0, 8, 2, 0)).p_value == mcnemar(*answers(9000, 8, 2, 500)).p_value


def test_mcnemar_is_even_handed():
    first, second = answers(10, 7, 1, 3)
    assert mcnemar(first, second).p_value == mcnemar(second, first).p_value


def test_models_that_do_not_differ_give_a_p_value_of_one():
    assert mcnemar(*answers(5, 0, 0, 2)) == (0, 0, 1.0)
    assert mcnemar(*answers(5, 4, 4, 2)).p_value == 1.0


def test_mcnemar_wants_right_and_wrong_for_the_same_images():
    with pytest.raises(ValueError, match="expected True and False, found int"):
        mcnemar([1, 0], [1, 1])
    with pytest.raises(ValueError, match=r"the same images, found shapes \(2,\) and \(3,\)"):
        mcnemar([True, False], [True, False, True])


def test_the_bootstrap_is_near_the_normal_interval():
    first, second = answers(8800, 300, 200, 700)
    low, high = paired_bootstrap(first, second)
    error = np.std(first.astype(float) - second) / np.sqrt(len(first))
    assert (low + high) / 2 == pytest.approx(0.01, abs=5e-4)
    assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.1)


def test_the_bootstrap_takes_shares_of_seeds_and_repeats_itself():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 6, (2, 500)) / 5
    assert paired_bootstrap(first, second) == paired_bootstrap(first, second)
    assert paired_bootstrap(first, second) != paired_bootstrap(first, second, seed=1)
    narrow, wide = (np.ptp(paired_bootstrap(first, second, confidence=c)) for c in (0.5, 0.95))
    assert narrow < wide


def test_the_bootstrap_of_equal_models_is_a_point():
    assert paired_bootstrap([True, False], [True, False]) == (0, 0)


def test_holm_multiplies_the_smallest_most():
    # sorted 0.01, 0.02, 0.03, 0.5: times 4, 3, 2, 1, and never falling
    assert holm([0.02, 0.01, 0.5, 0.03]) == pytest.approx([0.06, 0.04, 0.5, 0.06])
    assert holm([0.4, 0.9]) == pytest.approx([0.8, 0.9])
    assert holm([0.9, 0.8]).tolist() == [1, 1]
    p_values = np.random.default_rng(0).choice([0.001, 0.004, 0.02, 0.3], 50)
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])


@pytest.mark.parametrize("wrong", [[], [0.5, 1.2], [-0.1], [[0.1]], [np.nan]])
def test_holm_wants_probabilities(wrong):
    with pytest.raises(ValueError, match="p_values: expected"):
        holm(wrong)
