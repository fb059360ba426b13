"""The exercises to chapter 04, LeNet-5: what is right, on which inputs, and what each mistake is told."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, floor
from typing import Any

import numpy as np

from . import Function, Wrong, exercise, expect_equal, task
from .layers import expect_input, kind, layers_of

LAYERS = ((5, 1), (2, 2), (5, 1), (2, 2), (5, 1))  # (kernel, stride) of C1, S2, C3, S4, C5
_rng = np.random.default_rng(4)


def _walk(
    size: float, layers: Iterable[tuple[int, int]] = LAYERS, *, rounded: Function = floor
) -> list[float]:
    """The widths after each layer."""
    return [size := rounded((size - kernel) / stride) + 1 for kernel, stride in layers]


widths = exercise(
    "4.1",
    "the list of widths",
    _walk,
    on=[(32,), (36,), (64,), (50,), (35,)],
    wrong={
        "here no layer pads": lambda n: [n, n // 2, n // 2, n // 4, n // 4],
        "5×5 takes away 4, not 5": lambda n: _walk(n, [(6, 1), (2, 2), (6, 1), (2, 2), (6, 1)]),
        "the pooling halves the width": lambda n: _walk(n, [(5, 1), (2, 1)] * 2 + [(5, 1)]),
        "the padding is counted in size already: do not add it again": lambda n: _walk(n + 4),
        "C5 is missing: it is a convolution of 5×5 as well": lambda n: _walk(n)[:-1],
        "the first number is the image itself; begin with C1": lambda n: [n, *_walk(n)],
        "a row that is left over is dropped, not halved": lambda n: _walk(n, rounded=float),
        "a pooling rounds up here; a row that is left over is dropped": lambda n: _walk(n, rounded=ceil),
    },
    hints=(
        "Take the layers one after the other: what comes out of one goes into the next.",
        "A convolution of 5×5 leaves size - 4 positions, a pooling of 2×2 leaves size // 2.",
        "size = (size - kernel) // stride + 1 for (kernel, stride) in "
        "[(5, 1), (2, 2), (5, 1), (2, 2), (5, 1)]; append each size to a list.",
    ),
    praise="With a larger image, C5 has maps of more than one number: it is a convolution after all.",
)

fields = exercise(
    "4.2",
    "the list of fields",
    [5, 6, 14, 16, 32],
    wrong={
        "strides are ignored: after a pooling, neighbours are 2 pixels apart": [5, 6, 10, 11, 15],
        "a layer's own stride is used too early: it acts on those above it": [5, 7, 15, 19, 35],
        "these are the kernels; asked is what a unit sees of the image": [5, 2, 5, 2, 5],
        "these are the widths of the maps; asked is what one unit sees of the image": [28, 14, 10, 5, 1],
        "each is one too small: the field starts with 1 pixel, not 0": [4, 5, 13, 15, 31],
        "the second pooling is forgotten: above S4 the jump is 4": [5, 6, 14, 16, 24],
        "earlier strides are forgotten: jumps multiply from layer to layer": [5, 6, 14, 15, 23],
        "C5 is cut off at 28: pixels of the padded image count, and it is larger": [5, 6, 14, 16, 28],
        "the order is reversed: begin with C1": [32, 16, 14, 6, 5],
    },
    hints=(
        "Chapter 03 has the rule: each layer adds (kernel - 1) × jump to the field, and then multiplies the "
        "jump by its stride.",
        "After C1 the field is 5 and the jump 1. S2 adds 1 × 1; from then on the jump is 2.",
        "C3 adds 4 × 2, S4 adds 1 × 2, and then the jump is 4: C5 adds 4 × 4.",
    ),
    praise="One unit of C5 sees the whole padded image, so C5 can tell a sleeve from a leg.",
)

table_parameters = exercise(
    "4.3",
    "the number of parameters",
    lambda t, k: t.sum() * k * k + t.shape[1],
    on=[(_rng.random((6, 16)) < 0.6, 5), (_rng.random((3, 8)) < 0.5, 3), (np.ones((4, 2), bool), 1)],
    wrong={
        "every map is read by every map; count the crosses only": lambda t, k: t.size * k * k + t.shape[1],
        "the biases are missing: one for each map above": lambda t, k: t.sum() * k * k,
        "there is a bias for each cross; a map has a single one": lambda t, k: t.sum() * (k * k + 1),
        "the biases belong to the maps above, to the columns": lambda t, k: t.sum() * k * k + t.shape[0],
        "there is one bias for all; each map above has its own": lambda t, k: t.sum() * k * k + 1,
        "the kernel is one row high; it is as high as it is wide": lambda t, k: t.sum() * k + t.shape[1],
        "each map above is taken to read a single map": lambda t, k: t.shape[1] * (k * k + 1),
    },
    hints=(
        "How many kernels are there? How many biases?",
        "table.sum() counts the crosses. A bias belongs to each map above: to each column.",
        "table.sum() * kernel * kernel + table.shape[1]",
    ),
    praise="With the paper's table and a kernel of 5 that is 1,516, as in the chapter.",
)


def _squares(maps: np.ndarray) -> np.ndarray:
    rows, columns, n = maps.shape
    return maps.reshape(rows // 2, 2, columns // 2, 2, n)


def _sums(maps: np.ndarray) -> Any:
    return _squares(maps).sum(axis=(1, 3))


trained_pooling = exercise(
    "4.4",
    "the result",
    lambda m, c, b: c * _sums(m) + b,
    on=[
        (_rng.normal(size=(h, w, n)), _rng.normal(size=n), _rng.normal(size=n))
        for h, w, n in ((4, 6, 2), (6, 4, 4), (8, 8, 3))
    ],
    wrong={
        "this takes the mean; asked is the sum": lambda m, c, b: c * _squares(m).mean(axis=(1, 3)) + b,
        "this takes the largest; asked is the sum": lambda m, c, b: c * _squares(m).max(axis=(1, 3)) + b,
        "the bias is multiplied as well; add it last": lambda m, c, b: c * (_sums(m) + b),
        "the bias is added four times: add it last": lambda m, c, b: _sums(c * m + b),
        "the bias is missing": lambda m, c, b: c * _sums(m),
        "the coefficient is missing": lambda m, c, b: _sums(m) + b,
        "each map has its own two numbers": lambda m, c, b: c[0] * _sums(m) + b[0],
        "here nothing is squashed": lambda m, c, b: np.tanh(c * _sums(m) + b),
        "the reshape takes four neighbours of one row as a square; a square has two rows": lambda m, c, b: (
            c * m.reshape(len(m) // 2, -1, 2, 2, m.shape[2]).sum(axis=(2, 3)) + b
        ),
    },
    hints=(
        "Forget the maps first: how did the chapter before cut one map into squares of 2×2?",
        "maps.reshape(rows // 2, 2, columns // 2, 2, n) gives the squares axes of their own. Which?",
        "coefficient * maps.reshape(…).sum(axis=(1, 3)) + bias",
    ),
    praise="Two parameters for each map. With a coefficient of ¼ and no bias it would be average pooling.",
)


def _sigmoid(a: Any) -> Any:
    return 1 / (1 + np.exp(-np.asarray(a, dtype=float)))


sigmoid_slope = exercise(
    "4.5",
    "the slope",
    lambda a: _sigmoid(a) * (1 - _sigmoid(a)),
    on=[(np.linspace(-4, 4, 9),), (1.5,), (0.0,)],
    wrong={
        "this is the sigmoid itself; asked is its slope": _sigmoid,
        "put s(a) into s·(1 − s), not a itself": lambda a: np.asarray(a) * (1 - np.asarray(a)),
        "the sign is wrong: 1 − s, not 1 + s": lambda a: _sigmoid(a) * (1 + _sigmoid(a)),
        "the sigmoid rises everywhere, so its slope is positive": lambda a: -_sigmoid(a) * (1 - _sigmoid(a)),
        "this is the slope of the tanh": lambda a: 1 - np.tanh(a) ** 2,
        "1 − s² belongs to the tanh; the sigmoid has s·(1 − s)": lambda a: 1 - _sigmoid(a) ** 2,
        "this is 1 − s; one factor s is missing": lambda a: np.exp(-np.asarray(a)) * _sigmoid(a),
    },
    hints=(
        "Where is the curve steepest, and how flat is it far out? Your function has to say the same.",
        "With s = 1 / (1 + np.exp(-a)), the slope is exp(-a) * s². Can you write exp(-a) * s as 1 - s?",
        "s * (1 - s)",
    ),
    praise="It is ¼ at most, in the middle, and nearly 0 far out.",
)


def _factors(
    x: float, weights: np.ndarray, *, at: Function = lambda w, x, first: w * x, up: Function = _sigmoid
) -> list[float]:
    """Each layer's factor of the derivative; the keywords carry out typical mistakes."""
    first, factors = x, []
    for weight in weights:
        s = _sigmoid(at(weight, x, first))
        factors.append(float(weight * s * (1 - s)))
        x = float(up(weight * x))
    return factors


def _stack(x: float, weights: np.ndarray, **mistake: Any) -> float:
    """The derivative of a stack of sigmoids."""
    return float(np.prod(_factors(x, weights, **mistake)))


def _last(x: float, weights: np.ndarray) -> float:
    for weight in weights:
        x = float(_sigmoid(weight * x))
    return x


stack_gradient = exercise(
    "4.6",
    "the derivative",
    _stack,
    on=[(-1.0, np.array([1.5, -0.5])), (0.3, _rng.normal(0, 2, 4)), (0.5, np.array([2.0]))],
    wrong={
        "this is the last output; asked is its derivative": _last,
        "the weights are missing: each layer multiplies by its own": lambda x, w: _stack(x, w) / np.prod(w),
        "the slope is taken at the layer's input; take it at its sum": (
            lambda x, w: _stack(x, w, at=lambda w, x, first: x)
        ),
        "the sigmoid is applied twice before its slope is taken": (
            lambda x, w: _stack(x, w, at=lambda w, x, first: _sigmoid(w * x))
        ),
        "the weight of the first layer is missing": lambda x, w: _stack(x, w) / w[0],
        "the weight of the last layer is missing": lambda x, w: _stack(x, w) / w[-1],
        "this is the last layer alone; multiply all of them": lambda x, w: _stack(_last(x, w[:-1]), w[-1:]),
        "every slope is taken at the first x; on the way up, x becomes the output of the layer below": (
            lambda x, w: _stack(x, w, at=lambda w, x, first: first),
            lambda x, w: _stack(x, w, at=lambda w, x, first: w * first),
        ),
        "the sigmoid is missing on the way up: a layer hands on s(w·x), not w·x": (
            lambda x, w: _stack(x, w, up=float)
        ),
        "the layers' factors are added; the chain rule multiplies them": lambda x, w: sum(_factors(x, w)),
        "every slope is taken to be ¼; that is the largest, in the middle. Take it at each layer's sum": (
            lambda x, w: np.prod(w / 4)
        ),
    },
    hints=(
        "Begin with one layer: s(w·x) has the slope s·(1 − s) at w·x, and x is multiplied by w.",
        "Walk upwards and keep two numbers: the output so far, and the product so far.",
        "for weight in weights: x = 1 / (1 + np.exp(-weight * x)), and then "
        "gradient *= weight * x * (1 - x).",
    ),
    praise="Each layer brings a factor of ¼ of its weight at most: with more layers the product vanishes.",
)


def _distances(x: np.ndarray, codes: np.ndarray) -> np.ndarray:
    return np.asarray(((x[:, :, None] - codes) ** 2).sum(axis=1))


distances = exercise(
    "4.7",
    "the array of distances",
    _distances,
    on=[
        (_rng.normal(size=(3, 84)), _rng.choice([-1.0, 1.0], (84, 10))),
        (_rng.normal(size=(84, 84)), _rng.normal(size=(84, 4))),
    ],
    wrong={
        "this is the distance; asked is its square": lambda x, c: np.sqrt(_distances(x, c)),
        "the sign is wrong: these are the logits, minus the distance": lambda x, c: -_distances(x, c),
        "the differences are not squared": lambda x, c: np.abs(x[:, :, None] - c).sum(axis=1),
        "this is the mean over the 84 numbers; asked is the sum": lambda x, c: _distances(x, c) / 84,
        "this is what a dense layer does: products. Asked are squared differences": lambda x, c: x @ c,
        "square each difference before you add them up": lambda x, c: (x[:, :, None] - c).sum(axis=1) ** 2,
        "rows and columns have changed places: a row for each image": lambda x, c: _distances(x, c).T,
        "a code's squares sum to 84 only where all its numbers are -1 or 1; these are others": lambda x, c: (
            _distances(x, c) - (c**2).sum(axis=0) + len(c)
        ),
    },
    hints=(
        "Take one image and one class: 84 differences, squared, added up. How do you do all at once?",
        "x[:, :, None] - codes[None] has the shape (images, 84, classes). Which axis do you sum over?",
        "((x[:, :, None] - codes[None]) ** 2).sum(axis=1)",
    ),
    praise="The class with the smallest distance is the answer.",
)


def _normalise(a: np.ndarray, gamma: Any, beta: Any, epsilon: float = 0.001, **over: Any) -> np.ndarray:
    axis = over.pop("axis", 0)
    mean, variance = a.mean(axis=axis, keepdims=True), a.var(axis=axis, keepdims=True, **over)
    return np.asarray(gamma * (a - mean) / np.sqrt(variance + epsilon) + beta)


batch_normalise = exercise(
    "4.8",
    "the result",
    _normalise,
    on=[  # as many images as units: a wrong axis stops no function
        (_rng.normal(3, 0.3, (n, n)), _rng.normal(size=n), _rng.normal(size=n), epsilon)
        for n, epsilon in ((6, 0.01), (5, 0.5))
    ],
    wrong={
        "mean and variance are taken over the units; axis 0 counts the images": (
            lambda a, g, b, e: _normalise(a, g, b, e, axis=1),
            lambda a, g, b, e: g * (a - a.mean(1)) / np.sqrt(a.var(1) + e) + b,
        ),
        "there is one mean for all; each unit has one": lambda a, g, b, e: _normalise(a, g, b, e, axis=None),
        "the variance divides by n − 1; here it is n": lambda a, g, b, e: _normalise(a, g, b, e, ddof=1),
        "gamma and beta are missing": lambda a, g, b, e: _normalise(a, 1, 0, e),
        "beta is missing": lambda a, g, b, e: _normalise(a, g, 0, e),
        "gamma is missing": lambda a, g, b, e: _normalise(a, 1, b, e),
        "gamma and beta have changed places": lambda a, g, b, e: _normalise(a, b, g, e),
        "beta is multiplied by gamma: add it last": lambda a, g, b, e: g * _normalise(a, 1, b, e),
        "beta is divided: add it last": lambda a, g, b, e: g * (a - a.mean(0) + b) / np.sqrt(a.var(0) + e),
        "epsilon is missing under the root": lambda a, g, b, e: _normalise(a, g, b, 0),
        "epsilon is always 0.001; take the one that is passed in": lambda a, g, b, e: _normalise(a, g, b),
        "epsilon belongs under the root": lambda a, g, b, e: g * (a - a.mean(0)) / (a.std(0) + e) + b,
        "the root is missing": lambda a, g, b, e: g * (a - a.mean(0)) / (a.var(0) + e) + b,
        "the mean is not subtracted": lambda a, g, b, e: g * a / np.sqrt(a.var(0) + e) + b,
    },
    hints=(
        "Each unit is a column. Over which axis do you take its mean and its variance?",
        "sums.mean(axis=0) and sums.var(axis=0). Epsilon is added to the variance, under the root.",
        "gamma * (sums - mean) / np.sqrt(variance + epsilon) + beta",
    ),
    praise="Whatever the sums were, each unit now has the mean beta and nearly the spread gamma.",
)


def _convolution(filters: int, padding: str) -> dict[str, Any]:
    sizes = {"filters": filters, "kernel_size": (5, 5), "strides": (1, 1)}
    return {**sizes, "padding": padding, "activation": "relu"}


PLAN: dict[str, tuple[str, dict[str, Any]]] = {
    "C1": ("Conv2D", _convolution(6, "same")),
    "S2": ("MaxPooling2D", {"pool_size": (2, 2), "strides": (2, 2)}),
    "C3": ("Conv2D", _convolution(16, "valid")),
    "S4": ("MaxPooling2D", {"pool_size": (2, 2), "strides": (2, 2)}),
    "C5": ("Dense", {"units": 120, "activation": "relu"}),
    "F6": ("Dense", {"units": 84, "activation": "relu"}),
    "the last layer": ("Dense", {"units": 10, "activation": "linear"}),
}


@task(
    "4.9",
    hints=(
        "Work out the shape after each layer. Where does it first differ from the chapter's table? Two "
        "of the five change no shape: look at what each layer does with its sums.",
        "Conv2D takes the number of filters first. Without being told, it does not pad, and Dense has no "
        "activation.",
        'C1: Conv2D(6, 5, padding="same", activation="relu"). S2: no strides. F6: ReLU. Last: no softmax.',
    ),
)
def repaired(model: Any) -> str:
    """Judge the repaired network by its layers; nothing of Keras is imported."""
    layers = [
        (layer, does) for layer, does in layers_of(model) if kind(layer) not in ("Flatten", "Rescaling")
    ]
    expect_input(model, (28, 28, 1))
    plan = dict(PLAN)
    if layers and kind(layers[0][0]) == "ZeroPadding2D":  # as good as padding in C1
        plan["C1"] = ("Conv2D", _convolution(6, "valid"))
        del layers[0]
    kinds = [kind(layer) for layer, _ in layers]
    if kinds[4:5] == ["Conv2D"]:  # as in the chapter
        plan["C5"] = ("Conv2D", _convolution(120, "valid"))
    if kinds != [expected for expected, _ in plan.values()]:
        found = ", ".join(kinds) or "none"
        raise Wrong(f"keep the friend's layers in their order and repair their settings; found {found}")
    faults = {name: _fault(*layer, plan[name][1]) for name, layer in zip(plan, layers, strict=True)}
    left = [f"{name}: {fault}" for name, fault in faults.items() if fault]
    if left:
        more = len(left) - 1
        others = f". Wrong are also settings of {more} more layer{'s' if more > 1 else ''}" if more else ""
        raise Wrong(left[0] + others)
    expect_equal(model.count_params(), 61_706, "the number of parameters (has a layer lost its biases?)")
    return "61,706 parameters, and logits at the end. Errors like these stop no program: read every setting."


def _fault(layer: Any, activation: str, settings: dict[str, Any]) -> str:
    """Return what is wrong with a layer's first wrong setting, or nothing."""
    for setting, expected in settings.items():
        found = activation if setting == "activation" else getattr(layer, setting, None)
        found = tuple(found) if isinstance(found, list) else found
        if found != expected:
            return f"{setting} is not right (found {found})"
    return ""
