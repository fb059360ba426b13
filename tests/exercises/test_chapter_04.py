"""Right answers to chapter 04 in other forms, answers of no known kind, and networks to repair."""

import math

import numpy as np
import pytest
from judging import right, wrong

from fmnist_lessons.exercises import chapter_04 as check

pytestmark = pytest.mark.usefixtures("checks_raise")


def _widths(n):
    return n - 4, (n - 4) // 2, (n - 4) // 2 - 4, ((n - 4) // 2 - 4) // 2, ((n - 4) // 2 - 4) // 2 - 4


def _by_loops(table, kernel):
    return sum(int(column.sum()) * kernel**2 + 1 for column in table.T)


def _pool(maps, coefficient, bias):
    return coefficient * (maps[::2, ::2] + maps[1::2, ::2] + maps[::2, 1::2] + maps[1::2, 1::2]) + bias


def _s(a):
    return 1 / (1 + np.exp(-a))


def _output(x, weights):
    for weight in weights:
        x = _s(weight * x)
    return x


def _normalise(sums, gamma, beta, epsilon=0.001):
    return gamma * (sums - sums.mean(axis=0)) / (sums.var(axis=0) + epsilon) ** 0.5 + beta


@pytest.mark.parametrize(
    ("task", "answer"),
    [
        (check.widths, _widths),
        (check.widths, lambda n: np.array(_widths(n), float)),
        (check.fields, (5, 6, 14, 16, 32)),
        (check.fields, np.array([5.0, 6, 14, 16, 32])),
        (check.table_parameters, _by_loops),
        (check.trained_pooling, _pool),
        (check.sigmoid_slope, lambda a: np.exp(-a) / (1 + np.exp(-a)) ** 2),
        (check.sigmoid_slope, lambda a: (_s(a + 1e-5) - _s(a - 1e-5)) / 2e-5),
        (check.stack_gradient, lambda x, w: (_output(x + 1e-5, w) - _output(x - 1e-5, w)) / 2e-5),
        (check.distances, lambda x, c: (x**2).sum(axis=1)[:, None] - 2 * x @ c + (c**2).sum(axis=0)),
        (check.distances, lambda x, c: [[np.sum((row - code) ** 2) for code in c.T] for row in x]),
        (check.batch_normalise, _normalise),
    ],
)
def test_what_is_right_in_another_form_is_called_right(task, answer, capsys):
    right(task, answer, capsys)


@pytest.mark.parametrize(
    ("task", "answer", "says"),
    [
        (check.widths, lambda n: _widths(n)[-1], "expected the list of widths to be an array"),
        (
            check.widths,
            lambda n: [28, 14, 10, 5, 1],
            r"values not right; .* \(found 28\)\. Tried with n=36\.",
        ),
        (check.fields, [5, 6, 14, 16], "expected shape"),
        (check.fields, [5, 6, 14, 16, 30], "1 of 5 values not right"),
        (check.fields, {"C1": 5}, "found a dict of length 1\\."),
        (
            check.table_parameters,
            lambda t, k: 1516,
            r"too (small|large) .* Tried with t of shape \(6, 16\) and",
        ),
        (check.table_parameters, lambda t, k: t.sum() * k * k, r"you give \d+\. The biases are missing"),
        (check.trained_pooling, lambda m, c, b: c * m + b, "expected shape"),
        (check.sigmoid_slope, lambda a: 0.25, "to be an array"),
        (check.sigmoid_slope, lambda a: math.exp(-a), r"math\.exp.*np\.exp a whole array\.\nHint \d"),
        (check.stack_gradient, lambda x, w: 1 / 16, r"too large .* Tried with x=-1, w=\[1\.5, -0\.5\]"),
        (check.stack_gradient, lambda x, w: w, "one number"),
        (check.distances, lambda x, c: ((x[:, :, None] - c) ** 2).sum(axis=2), "expected shape"),
        (check.distances, lambda x, c: x - c, r"stopped with ValueError(.|\n)*Hint \d"),
        (
            check.batch_normalise,
            lambda *a: _normalise(*a[:3], 2 * a[3]),
            "values not right.*Tried with .* of shape",
        ),
    ],
)
def test_an_answer_that_is_no_known_mistake_is_described(task, answer, says):
    wrong(task, answer, says=says)


# 4.9


@pytest.fixture(scope="module")
def keras():
    from fmnist_lessons.machine.backend import keras

    return keras


REPAIRED = {
    "input": lambda layers: layers.Input((28, 28, 1)),
    "c1": lambda layers: layers.Conv2D(6, 5, padding="same", activation="relu"),
    "s2": lambda layers: layers.MaxPooling2D(2),
    "c3": lambda layers: layers.Conv2D(16, 5, activation="relu"),
    "s4": lambda layers: layers.MaxPooling2D(2),
    "flatten": lambda layers: layers.Flatten(),
    "c5": lambda layers: layers.Dense(120, activation="relu"),
    "f6": lambda layers: layers.Dense(84, activation="relu"),
    "logits": lambda layers: layers.Dense(10),
}


def _network(keras, **changed):
    """The repaired network; each keyword replaces a layer by one or several, and None takes it out."""
    made = [make(keras.layers) for make in {**REPAIRED, **changed}.values() if make]
    return keras.Sequential(
        [layer for some in made for layer in (some if isinstance(some, list) else [some])]
    )


FRIENDS = {
    "c1": lambda layers: layers.Conv2D(5, 6, activation="relu"),
    "s2": lambda layers: layers.MaxPooling2D(2, strides=1),
    "f6": lambda layers: layers.Dense(84),
    "logits": lambda layers: layers.Dense(10, activation="softmax"),
}


@pytest.mark.parametrize(
    "layers",
    [
        {},
        {
            "c1": lambda layers: layers.Conv2D(6, 5, padding="same"),
            "s2": lambda layers: [layers.ReLU(), layers.MaxPooling2D(2)],
            "f6": lambda layers: [layers.Dense(84), layers.Activation("relu")],
        },
        {"c1": lambda layers: [layers.ZeroPadding2D(2), layers.Conv2D(6, 5, activation="relu")]},
        {"c1": lambda layers: [layers.Rescaling(1 / 255), REPAIRED["c1"](layers)]},
        {"flatten": None, "c5": lambda layers: [layers.Conv2D(120, 5, activation="relu"), layers.Flatten()]},
    ],
)
def test_repaired_in_several_ways(keras, capsys, layers):
    right(check.repaired, _network(keras, **layers), capsys)


def test_repaired_leads_from_error_to_error(keras):
    left = dict(FRIENDS)
    for name, says in (
        ("c1", r"C1: filters is not right \(found 5\)\. Wrong are also settings of 3 more layers"),
        ("s2", r"S2: strides is not right \(found \(1, 1\)\)\. Wrong are also settings of 2 more layers"),
        ("f6", r"F6: activation is not right \(found linear\)\. Wrong are also settings of 1 more layer\."),
        ("logits", r"the last layer: activation is not right \(found softmax\)\."),
    ):
        wrong(check.repaired, _network(keras, **left), says=says)
        del left[name]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"c1": lambda layers: layers.Conv2D(6, 5, activation="relu")}, "C1: padding is not right"),
        ({"c3": lambda layers: layers.Conv2D(16, 3, activation="relu")}, "C3: kernel_size"),
        ({"c5": lambda layers: layers.Dense(120, activation="tanh")}, r"C5: activation .* \(found tanh\)"),
        ({"s2": lambda layers: layers.AveragePooling2D(2)}, "keep the friend's layers"),
        ({"f6": None}, "keep the friend's layers"),
        ({"input": None}, r"begin with keras\.Input\(\(28, 28, 1\)\)"),
        (
            {
                "input": lambda layers: layers.Input((32, 32, 1)),
                "c1": lambda layers: layers.Conv2D(6, 5, activation="relu"),
            },
            r"input of shape \(28, 28, 1\), found \(32, 32, 1\)",
        ),
        (
            {"c1": lambda layers: [layers.ZeroPadding2D(2), REPAIRED["c1"](layers)]},
            r"C1: padding .* \(found same\)",
        ),
        ({"logits": lambda layers: [layers.Dense(10), layers.Softmax()]}, r"last layer.*\(found softmax\)"),
        ({"f6": lambda layers: layers.Dense(84, activation="relu", use_bias=False)}, "lost its biases"),
    ],
)
def test_repaired_knows_what_is_wrong(keras, changed, says):
    wrong(check.repaired, _network(keras, **changed), says=says)
    wrong(check.repaired, [1, 2], says="expected a Keras model, found a list")
