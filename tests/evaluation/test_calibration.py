"""Groups of confidence counted by hand, and temperatures that undo what was done to the logits."""

import numpy as np
import pytest
from scipy.special import softmax

from fmnist_lessons.evaluation.calibration import (
    expected_calibration_error,
    fit_temperature,
    reliability_table,
)
from fmnist_lessons.evaluation.classification import accuracy, cross_entropy


def rows(certainty):
    """Class 0 gets `certainty`, the others share the rest."""
    shares = np.repeat((1 - np.array(certainty))[:, None] / 9, 10, axis=1)
    shares[:, 0] = certainty
    return shares


LABELS = [0, 1, 0, 0]
CASE = rows([0.55, 0.58, 0.95, 1.0])


def drawn(n=20_000, seed=0):
    """Logits, and labels drawn from their own softmax: as calibrated as can be."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (n, 10))
    labels = (softmax(logits, axis=1).cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)
    return labels, logits


def test_groups_of_equal_width():
    table = reliability_table(LABELS, CASE, bins=10)
    assert table["images"].tolist() == [2, 2]
    assert table[["low", "high"]].to_numpy().ravel() == pytest.approx([0.5, 0.6, 0.9, 1.0])
    assert table["confidence"].tolist() == pytest.approx([0.565, 0.975])
    assert table["accuracy"].tolist() == [0.5, 1.0]


def test_groups_of_equally_many_images():
    labels, logits = drawn(1000)
    table = reliability_table(labels, softmax(logits, axis=1), bins=7, equal="count")
    assert table["images"].sum() == 1000
    assert np.ptp(table["images"]) <= 1
    assert (table["high"].to_numpy()[:-1] <= table["low"].to_numpy()[1:]).all()


def test_a_bound_belongs_to_the_group_below_it():
    assert reliability_table([0, 0], rows([0.5, 0.51]), bins=2)["images"].tolist() == [1, 1]


def test_the_error_weighs_groups_by_their_images():
    # two images 0.065 too sure, two 0.025 not sure enough
    assert expected_calibration_error(LABELS, CASE, bins=10) == pytest.approx((0.065 + 0.025) / 2)
    assert expected_calibration_error(LABELS, CASE, bins=1) == pytest.approx(abs(0.75 - 0.77))


def test_the_error_depends_on_the_groups_and_is_not_zero_by_chance_alone():
    labels, logits = drawn(2000)
    few, many = (expected_calibration_error(labels, softmax(logits, axis=1), bins=b) for b in (5, 200))
    assert 0 < few < 0.03 < many


@pytest.mark.parametrize("wrong", [0, 2.5, True, "ten", 10**9])
def test_odd_settings_are_refused(wrong):
    with pytest.raises(ValueError, match="bins: expected a whole number"):
        reliability_table(LABELS, CASE, bins=wrong)
    with pytest.raises(ValueError, match=r"equal: expected one of \('width', 'count'\), found 'size'"):
        reliability_table(LABELS, CASE, equal="size")


@pytest.mark.parametrize("factor", [0.3, 1.0, 4.0])
def test_the_temperature_undoes_a_factor(factor):
    labels, logits = drawn()
    found = fit_temperature(labels, factor * logits)
    assert found == pytest.approx(factor, rel=0.05)
    before, after = softmax(factor * logits, axis=1), softmax(factor * logits / found, axis=1)
    assert cross_entropy(labels, after) <= cross_entropy(labels, before) + 1e-9
    assert accuracy(labels, after) == accuracy(labels, before)


def test_a_temperature_wants_a_row_of_logits_for_each_label():
    with pytest.raises(ValueError, match=r"logits: expected shape \(3, 10\), found \(2, 10\)"):
        fit_temperature([0, 1, 2], np.zeros((2, 10)))


def test_a_temperature_is_not_fitted_to_probabilities_nor_to_nan():
    with pytest.raises(ValueError, match=r"expected logits, found probabilities.*without a softmax"):
        fit_temperature(LABELS, CASE)
    with pytest.raises(ValueError, match="logits: expected finite numbers, found NaN"):
        fit_temperature(LABELS, CASE * np.nan)
