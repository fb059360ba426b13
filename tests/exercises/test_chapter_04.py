"""Each check of chapter 04 against right answers and typical wrong ones."""

import math

import numpy as np
import pytest
from judging import right, wrong

from fmnist_lessons.exercises import chapter_04 as check

LAYERS = ((5, 1), (2, 2), (5, 1), (2, 2), (5, 1))

pytestmark = pytest.mark.usefixtures("checks_raise")


# 4.1


def _walk(size, layers=LAYERS):
    return [size := (size - kernel) // stride + 1 for kernel, stride in layers]


@pytest.mark.parametrize(
    "answer",
    [
        _walk,
        lambda n: np.array(_walk(n)),
        lambda n: (
            n - 4,
            (n - 4) // 2,
            (n - 4) // 2 - 4,
            ((n - 4) // 2 - 4) // 2,
            ((n - 4) // 2 - 4) // 2 - 4,
        ),
    ],
)
def test_widths(answer, capsys):
    right(check.widths, answer, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda n: [n, n // 2, n // 2, n // 4, n // 4], "no layer pads"),
        (lambda n: [n - 5, (n - 5) // 2, (n - 5) // 2 - 5, ((n - 5) // 2 - 5) // 2, 0], "values not right"),
        (lambda n: _walk(n, [(6, 1), (2, 2), (6, 1), (2, 2), (6, 1)]), "takes away 4"),
        (lambda n: _walk(n, [(5, 1), (2, 1), (5, 1), (2, 1), (5, 1)]), "halves the width"),
        (lambda n: _walk(n + 4), "do not add it again"),
        (lambda n: _walk(n)[:4], "C5 is missing"),
        (lambda n: [n, *_walk(n)], "begin with C1"),
        (lambda n: _walk(n)[-1], "expected the list of widths to be an array"),
        (lambda n: [28, 14, 10, 5, 1], r"values not right; .* \(found 28\)\. Tried with n=36\."),
        (lambda n: [n - 4, n // 2 - 2, n // 2 - 6, m := -(-(n // 2 - 6) // 2), m - 4], "rounds up"),
        (lambda n: [n - 4, (n - 4) / 2, (n - 4) / 2 - 4, (n - 12) / 4, (n - 12) / 4 - 4], "dropped"),
    ],
)
def test_widths_knows_what_is_wrong(answer, says):
    wrong(check.widths, answer, says=says)


# 4.2


@pytest.mark.parametrize("answer", [[5, 6, 14, 16, 32], (5, 6, 14, 16, 32), np.array([5, 6, 14, 16, 32])])
def test_fields(answer, capsys):
    right(check.fields, answer, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ([5, 6, 10, 11, 15], "strides are ignored"),
        ([5, 7, 15, 19, 35], "too early"),
        ([5, 2, 5, 2, 5], "these are the kernels"),
        ([28, 14, 10, 5, 1], "widths of the maps"),
        ([4, 5, 13, 15, 31], "starts with 1 pixel"),
        ([5, 6, 14, 16, 24], "second pooling"),
        ([5, 6, 14, 15, 23], "jumps multiply"),
        ([32, 16, 14, 6, 5], "begin with C1"),
        ([5, 6, 14, 16], "expected shape"),
        ([5, 6, 14, 16, 28], "the padded image"),
        ([5, 6, 14, 16, 30], "1 of 5 values not right"),
        ({"C1": 5}, "found a dict of length 1\\."),
    ],
)
def test_fields_knows_what_is_wrong(answer, says):
    wrong(check.fields, answer, says=says)


# 4.3


def _by_loops(table, kernel):
    return sum(int(column.sum()) * kernel**2 + 1 for column in table.T)


@pytest.mark.parametrize("answer", [lambda t, k: t.sum() * k * k + t.shape[1], _by_loops])
def test_table_parameters(answer, capsys):
    right(check.table_parameters, answer, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda t, k: t.size * k * k + t.shape[1], "count the crosses only"),
        (lambda t, k: t.sum() * k * k, r"parameters: you give \d+\. The biases are missing"),
        (lambda t, k: t.sum() * (k * k + 1), "for each cross"),
        (lambda t, k: t.sum() * k * k + t.shape[0], "to the columns"),
        (lambda t, k: t.sum() * k * k + 1, "one bias for all"),
        (lambda t, k: t.sum() * k + t.shape[1], "one row high"),
        (lambda t, k: t.shape[1] * (k * k + 1), "a single map"),
        (lambda t, k: 1516, r"too (small|large) .* Tried with t of shape \(6, 16\) and dtype bool, k=5"),
    ],
)
def test_table_parameters_knows_what_is_wrong(answer, says):
    wrong(check.table_parameters, answer, says=says)


# 4.4


def _sums(maps):
    return maps[::2, ::2] + maps[1::2, ::2] + maps[::2, 1::2] + maps[1::2, 1::2]


def _squares(maps):
    return maps.reshape(maps.shape[0] // 2, 2, maps.shape[1] // 2, 2, maps.shape[2])


def test_trained_pooling(capsys):
    right(check.trained_pooling, lambda m, c, b: c * _sums(m) + b, capsys)
    right(check.trained_pooling, lambda m, c, b: c[None, None] * _squares(m).sum(axis=(1, 3)) + b, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda m, c, b: c * _sums(m) / 4 + b, "takes the mean"),
        (lambda m, c, b: c * _squares(m).max(axis=(1, 3)) + b, "takes the largest"),
        (lambda m, c, b: c * (_sums(m) + b), "bias is multiplied"),
        (lambda m, c, b: _sums(c * m + b), "added four times"),
        (lambda m, c, b: c * _sums(m), "bias is missing"),
        (lambda m, c, b: _sums(m) + b, "coefficient is missing"),
        (lambda m, c, b: c[0] * _sums(m) + b[0], "its own two numbers"),
        (lambda m, c, b: np.tanh(c * _sums(m) + b), "nothing is squashed"),
        (
            lambda m, c, b: c * m.reshape(len(m) // 2, -1, 2, 2, m.shape[2]).sum(axis=(2, 3)) + b,
            "four neighbours of one row",
        ),
        (lambda m, c, b: c * m + b, "expected shape"),
    ],
)
def test_trained_pooling_knows_what_is_wrong(answer, says):
    wrong(check.trained_pooling, answer, says=says)


# 4.5


def _s(a):
    return 1 / (1 + np.exp(-a))


@pytest.mark.parametrize(
    "answer",
    [
        lambda a: _s(a) * (1 - _s(a)),
        lambda a: np.exp(-a) / (1 + np.exp(-a)) ** 2,
        lambda a: (_s(a + 1e-5) - _s(a - 1e-5)) / 2e-5,
    ],
)
def test_sigmoid_slope(answer, capsys):
    right(check.sigmoid_slope, answer, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (_s, "the sigmoid itself"),
        (lambda a: a * (1 - a), "not a itself"),
        (lambda a: _s(a) * (1 + _s(a)), "sign is wrong"),
        (lambda a: -_s(a) * (1 - _s(a)), "positive"),
        (lambda a: 1 - np.tanh(a) ** 2, "slope of the tanh"),
        (lambda a: 1 - _s(a) ** 2, "belongs to the tanh"),
        (lambda a: 1 - _s(a), "one factor s is missing"),
        (lambda a: 0.25, "to be an array"),
        (lambda a: math.exp(-a) / (1 + math.exp(-a)) ** 2, r"math\.exp.*np\.exp a whole array\.\nHint \d"),
    ],
)
def test_sigmoid_slope_knows_what_is_wrong(answer, says):
    wrong(check.sigmoid_slope, answer, says=says)


# 4.6


def _output(x, weights):
    for weight in weights:
        x = _s(weight * x)
    return x


def _gradient(x, weights, *, slope=lambda x, w: _s(w * x) * (1 - _s(w * x)), weighted=True, up=_s):
    product = 1.0
    for weight in weights:
        product *= slope(x, weight) * (weight if weighted else 1)
        x = up(weight * x)
    return product


def _sum_of_factors(x, weights):
    return sum(_gradient(_output(x, weights[:i]), weights[i : i + 1]) for i in range(len(weights)))


@pytest.mark.parametrize(
    "answer",
    [_gradient, lambda x, w: (_output(x + 1e-5, w) - _output(x - 1e-5, w)) / 2e-5],
)
def test_stack_gradient(answer, capsys):
    right(check.stack_gradient, answer, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (_output, "this is the last output"),
        (lambda x, w: _gradient(x, w, weighted=False), "weights are missing"),
        (lambda x, w: _gradient(x, w, slope=lambda x, w: _s(x) * (1 - _s(x))), "at its sum"),
        (lambda x, w: _gradient(x, w, slope=lambda x, w: _s(_s(w * x)) * (1 - _s(_s(w * x)))), "twice"),
        (lambda x, w: _gradient(x, w) / w[-1], "is missing"),
        (lambda x, w: 0.25 ** len(w), r"too (small|large) .* Tried with x=-1, w=\[1\.5, -0\.5\]"),
        (lambda x, w: _gradient(x, w, slope=lambda _, w: _s(w * x) * (1 - _s(w * x))), "at the first x"),
        (lambda x, w: _gradient(x, w, slope=lambda _, w: _s(x) * (1 - _s(x))), "at the first x"),
        (lambda x, w: _gradient(x, w, up=lambda total: total), "missing on the way up"),
        (_sum_of_factors, "chain rule multiplies"),
        (lambda x, w: np.prod(w) * 0.25 ** len(w), "taken to be ¼"),
        (lambda x, w: _gradient(_output(x, w[:-1]), w[-1:]), "last layer alone"),
        (lambda x, w: w, "one number"),
    ],
)
def test_stack_gradient_knows_what_is_wrong(answer, says):
    wrong(check.stack_gradient, answer, says=says)


# 4.7


def _distances(x, c):
    return ((x[:, :, None] - c) ** 2).sum(axis=1)


@pytest.mark.parametrize(
    "answer",
    [
        _distances,
        lambda x, c: (x**2).sum(axis=1)[:, None] - 2 * x @ c + (c**2).sum(axis=0),
        lambda x, c: np.array([[np.sum((row - code) ** 2) for code in c.T] for row in x]),
    ],
)
def test_distances(answer, capsys):
    right(check.distances, answer, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda x, c: np.sqrt(_distances(x, c)), "asked is its square"),
        (lambda x, c: -_distances(x, c), "minus the distance"),
        (lambda x, c: np.abs(x[:, :, None] - c).sum(axis=1), "not squared"),
        (lambda x, c: ((x[:, :, None] - c) ** 2).mean(axis=1), "asked is the sum"),
        (lambda x, c: x @ c, "a dense layer"),
        (lambda x, c: (x[:, :, None] - c).sum(axis=1) ** 2, "before you add"),
        (lambda x, c: _distances(x, c).T, "a row for each image"),
        (lambda x, c: ((x[:, :, None] - c) ** 2).sum(axis=2), "expected shape"),
        (lambda x, c: x - c, r"stopped with ValueError(.|\n)*Hint \d"),
        (lambda x, c: (x**2).sum(axis=1)[:, None] - 2 * x @ c + 84, "only where all its numbers"),
    ],
)
def test_distances_knows_what_is_wrong(answer, says):
    wrong(check.distances, answer, says=says)


# 4.8


def _normalise(a, g, b, e=0.001, *, axis=0, ddof=0):
    spread = np.sqrt(a.var(axis=axis, ddof=ddof, keepdims=True) + e)
    return g * (a - a.mean(axis=axis, keepdims=True)) / spread + b


def test_batch_normalise(capsys):
    right(
        check.batch_normalise,
        lambda sums, gamma, beta, epsilon=0.001: _normalise(sums, gamma, beta, epsilon),
        capsys,
    )


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda a, g, b, e: _normalise(a, g, b, e, axis=1), "over the units"),
        (lambda a, g, b, e: _normalise(a, g, b, e, axis=None), "one mean for all"),
        (lambda a, g, b, e: _normalise(a, g, b, e, ddof=1), "n − 1"),
        (lambda a, g, b, e: _normalise(a, 1, 0, e), "gamma and beta are missing"),
        (lambda a, g, b, e: _normalise(a, g, 0, e), "beta is missing"),
        (lambda a, g, b, e: _normalise(a, 1, b, e), "gamma is missing"),
        (lambda a, g, b, e: _normalise(a, g, b, 0), "epsilon is missing"),
        (lambda a, g, b, e: _normalise(a, g, b), "always 0.001"),
        (lambda a, g, b, e: g * (a - a.mean(1)) / np.sqrt(a.var(1) + e) + b, "over the units"),
        (lambda a, g, b, e: _normalise(a, b, g, e), "have changed places"),
        (lambda a, g, b, e: g * (_normalise(a, 1, 0, e) + b), "multiplied by gamma"),
        (lambda a, g, b, e: g * (a - a.mean(0) + b) / np.sqrt(a.var(0) + e), "beta is divided"),
        (lambda a, g, b, e: _normalise(a, g, b, 2 * e), "values not right.*Tried with a of shape"),
        (lambda a, g, b, e: g * (a - a.mean(0)) / (a.std(0) + e) + b, "under the root"),
        (lambda a, g, b, e: g * (a - a.mean(0)) / (a.var(0) + e) + b, "root is missing"),
        (lambda a, g, b, e: g * a / np.sqrt(a.var(0) + e) + b, "not subtracted"),
    ],
)
def test_batch_normalise_knows_what_is_wrong(answer, says):
    wrong(check.batch_normalise, answer, says=says)


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
