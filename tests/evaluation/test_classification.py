"""Metrics on small cases whose answers are counted by hand."""

import numpy as np
import pytest

from fmnist_lessons.data.parts import CLASS_NAMES
from fmnist_lessons.evaluation.classification import (
    accuracy,
    accuracy_interval,
    confident_mistakes,
    confusion_matrix,
    cross_entropy,
    most_confused,
    pareto_front,
    per_class_table,
)

SHIRT, COAT, PULLOVER, BAG = (CLASS_NAMES.index(name) for name in ("Shirt", "Coat", "Pullover", "Bag"))


def probabilities_of(predicted: list[int], certainty: list[float]) -> np.ndarray:
    """Rows that give `certainty` to the predicted class and share the rest equally."""
    rows = np.repeat((1 - np.array(certainty))[:, None] / 9, 10, axis=1)
    rows[np.arange(len(predicted)), predicted] = certainty
    return rows


@pytest.fixture
def case():
    """Eight images: four shirts (one right), two coats (one right), two bags (right)."""
    labels = np.array([SHIRT, SHIRT, SHIRT, SHIRT, COAT, COAT, BAG, BAG], dtype=np.uint8)
    predicted = [SHIRT, COAT, COAT, PULLOVER, COAT, SHIRT, BAG, BAG]
    return labels, probabilities_of(predicted, [0.9, 0.5, 0.8, 0.7, 0.6, 0.95, 0.99, 0.3])


def test_accuracy_counts_the_most_probable_class(case):
    assert accuracy(*case) == 4 / 8


def test_confusion_matrix_has_true_classes_as_rows(case):
    matrix = confusion_matrix(*case)
    assert list(matrix.index) == list(matrix.columns) == list(CLASS_NAMES)
    assert (matrix.index.name, matrix.columns.name) == ("true", "predicted")
    assert matrix.loc["Shirt", "Coat"] == 2
    assert matrix.loc["Coat", "Shirt"] == 1
    assert matrix.to_numpy().sum() == 8


def test_per_class_table(case):
    table = per_class_table(*case)
    assert list(table.columns) == ["precision", "recall", "f1", "images"]
    assert table.loc["Shirt"].tolist() == pytest.approx([1 / 2, 1 / 4, 1 / 3, 4])
    assert table.loc["Coat"].tolist() == pytest.approx([1 / 3, 1 / 2, 2 / 5, 2])
    assert table.loc["Pullover"].tolist() == [0, 0, 0, 0]  # predicted, but no image of it
    assert table.loc["Dress"].tolist() == [0, 0, 0, 0]  # neither


def test_most_confused_leaves_out_right_answers_and_pairs_that_never_occur(case):
    table = most_confused(*case)
    assert table.to_numpy().tolist() == [
        ["Shirt", "Coat", 2, 0.5],
        ["Coat", "Shirt", 1, 0.5],
        ["Shirt", "Pullover", 1, 0.25],
    ]
    assert list(table.columns) == ["true", "predicted", "images", "share"]
    assert len(most_confused(*case, n=1)) == 1


def test_most_confused_without_a_mistake_is_empty():
    labels = np.arange(10)
    assert most_confused(labels, np.eye(10)).empty
    assert confident_mistakes(labels, np.eye(10)).size == 0


def test_confident_mistakes_come_surest_first(case):
    assert confident_mistakes(*case).tolist() == [5, 2, 3, 1]
    assert confident_mistakes(*case, n=2).tolist() == [5, 2]


def test_accuracy_interval_agrees_with_published_values():
    # 15 of 148: Newcombe (1998), https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E
    assert accuracy_interval(15 / 148, 148) == pytest.approx((0.0624, 0.1605), abs=1e-4)
    assert accuracy_interval(1.0, 10)[1] == pytest.approx(1, abs=1e-12)
    assert accuracy_interval(0.0, 10)[0] == pytest.approx(0, abs=1e-12)


def test_accuracy_interval_is_wider_for_fewer_images_and_more_confidence():
    def width(*arguments):
        low, high = accuracy_interval(*arguments)
        return high - low

    assert width(0.9, 500) > width(0.9, 10_000)
    assert width(0.9, 500, 0.99) > width(0.9, 500, 0.95)


def test_half_precision_and_read_only_arrays_are_accepted(case):
    labels, probabilities = case
    probabilities = probabilities.astype(np.float16)
    for array in (labels, probabilities):
        array.flags.writeable = False
    assert accuracy(labels, probabilities) == 0.5


@pytest.mark.parametrize(
    "function", [accuracy, confusion_matrix, per_class_table, most_confused, confident_mistakes]
)
def test_hard_labels_are_refused(function):
    with pytest.raises(ValueError, match=r"expected shape \(3, 10\), found \(3,\).*predicted classes"):
        function([0, 1, 2], [0, 1, 2])


@pytest.mark.parametrize(
    ("labels", "probabilities", "message"),
    [
        ([0, 1], np.eye(10)[:3], r"expected shape \(2, 10\), found \(3, 10\)"),
        ([], np.empty((0, 10)), r"labels: expected shape \(n,\).*found \(0,\)"),
        (np.eye(10), np.eye(10), r"labels: expected shape \(n,\).*found \(10, 10\)"),
        ([0.0, 1.0], np.eye(10)[:2], "labels: expected whole numbers, found float64"),
        ([1, 10], np.eye(10)[:2], "labels: expected 0 to 9, found 1 to 10"),
        ([0], np.arange(10)[None] / 1.0, "row 0 that sums to 45.*softmax"),
        ([0], np.array([[2.0, -1.0] + [0.0] * 8]), "minimum of -1"),
        ([0], np.full((1, 10), np.nan), "found NaN"),
        ([0], np.eye(10, dtype=int)[:1], "expected floats, found int"),
    ],
)
def test_bad_input_says_what_was_expected_and_found(labels, probabilities, message):
    with pytest.raises(ValueError, match=message):
        accuracy(labels, probabilities)


@pytest.mark.parametrize("arguments", [(1.2, 10), (0.9, 0), (0.9, 10.5), (0.9, 10, 1.0), (float("nan"), 10)])
def test_accuracy_interval_refuses_nonsense(arguments):
    with pytest.raises(ValueError, match="expected"):
        accuracy_interval(*arguments)


def test_n_must_be_a_whole_number(case):
    with pytest.raises(ValueError, match="n: expected a whole number, 1 or more, found 0"):
        most_confused(*case, n=0)
    with pytest.raises(ValueError, match="n: expected a whole number, 1 or more, found -1"):
        confident_mistakes(*case, n=-1)


def test_cross_entropy_is_that_of_the_true_class(case):
    labels, rows = case
    of_true = rows[np.arange(len(labels)), labels]
    assert cross_entropy(labels, rows) == pytest.approx(-np.log(of_true).mean())
    certain = np.eye(10)[[SHIRT, COAT]]
    assert cross_entropy([SHIRT, COAT], certain) == 0
    assert np.isfinite(cross_entropy([COAT, COAT], certain))


def test_the_front_holds_what_no_other_beats():
    costs = [1, 2, 3, 4, 2, 1]
    scores = [0.5, 0.7, 0.6, 0.9, 0.4, 0.5]
    # the third costs more than the second and is worse; the first and the last are equal
    assert pareto_front(costs, scores).tolist() == [True, True, False, True, False, True]


def test_the_front_at_equal_cost_or_equal_score_holds_the_better_one():
    assert pareto_front([1, 1], [0.8, 0.9]).tolist() == [False, True]
    assert pareto_front([1, 2], [0.9, 0.9]).tolist() == [True, False]
    assert pareto_front([5], [0.1]).tolist() == [True]
    assert pareto_front([], []).tolist() == []


def test_an_unknown_cost_is_not_on_the_front_and_beats_nobody():
    assert pareto_front([np.nan, 2, 3], [0.99, 0.8, np.nan]).tolist() == [False, True, False]


def test_the_front_is_that_of_a_plain_search():
    rng = np.random.default_rng(0)
    costs, scores = rng.integers(0, 12, 40), rng.integers(0, 12, 40)
    plain = [
        not any(
            (c <= cost and s >= score) and (c < cost or s > score) for c, s in zip(costs, scores, strict=True)
        )
        for cost, score in zip(costs, scores, strict=True)
    ]
    assert pareto_front(costs, scores).tolist() == plain


def test_the_front_refuses_what_is_not_in_pairs():
    with pytest.raises(ValueError, match=r"expected two arrays \(n,\), found \(2,\) and \(3,\)"):
        pareto_front([1, 2], [1, 2, 3])
