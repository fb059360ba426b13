"""Each check of chapter 07 against right answers and typical wrong ones."""

import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from judging import right, wrong
from scipy import stats

from fmnist_lessons.exercises import chapter_07 as check

pytestmark = pytest.mark.usefixtures("checks_raise")
EXERCISE = Path(__file__).resolve().parents[2] / "book" / "exercises" / "07_transfer_learning.md"


# 7.1


def _in_a_loop(images):
    made = np.zeros((*images.shape, 3), np.uint8)
    for channel in range(3):
        made[..., channel] = images
    return made


@pytest.mark.parametrize(
    "answer",
    [
        _in_a_loop,
        lambda x: np.stack([x, x, x], axis=3),
        lambda x: np.repeat(x[..., None], 3, axis=-1),
        lambda x: np.broadcast_to(x[..., np.newaxis], (*x.shape, 3)),
        lambda x: np.repeat(x, 3).reshape(-1, 28, 28, 3),
    ],
)
def test_three_channels(answer, capsys):
    right(check.three_channels, answer, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda x: x[..., None], "there is one channel"),
        (lambda x: np.array([x, x, x]), "before everything"),
        (lambda x: np.stack([x, x, x], axis=1), "before the rows"),
        (lambda x: np.stack([x, x, x], axis=2), "between rows and columns"),
        (lambda x: np.array([x, x, x]).T, "rows become columns"),
        (lambda x: np.concatenate([x, x, x], axis=-1), "side by side"),
        (lambda x: np.repeat(x, 3, axis=2), "side by side"),
        (lambda x: np.array([x, x, x]).reshape(-1, 28, 28, 3), "cut the row of numbers anew"),
        (lambda x: np.resize(x, (len(x), 28, 28, 3)), "cut the row of numbers anew"),
        (lambda x: np.concatenate([x, x, x], axis=-1).reshape(-1, 28, 28, 3), "cut the row of numbers anew"),
        (lambda x: np.stack([x, x, x], axis=1).reshape(-1, 28, 28, 3), "cut the row of numbers anew"),
        (lambda x: np.stack([x, 0 * x, 0 * x], axis=-1), "only red is filled"),
        (lambda x: _in_a_loop(x) / 255, "are scaled"),
        (lambda x: _in_a_loop(x) / 3, "the whole gray"),
        (lambda x: _in_a_loop(x) // 3, "the whole gray"),
        (lambda x: x[..., None] * np.ones(3), "expected dtype uint8, found float64, and .* 8 times"),
        (lambda x: _in_a_loop(x)[0], "expected shape"),
        (lambda x: x, "expected shape"),
    ],
)
def test_three_channels_knows_what_is_wrong(answer, says):
    wrong(check.three_channels, answer, says=says)


# 7.2


@pytest.mark.parametrize(
    "answer",
    [
        lambda x: x / 127.5 - 1,
        lambda x: (x - 127.5) / 127.5,
        lambda x: 2 * (x / 255) - 1,
        lambda x: (x.astype("float32") * 2 - 255) / 255,
        lambda x: np.interp(x, [0, 255], [-1, 1]),
        lambda x: (x / 127.5 - 1).astype("float16"),
    ],
)
def test_scaled(answer, capsys):
    right(check.scaled, answer, capsys)


def _in_place(images):
    images /= 127.5
    return images - 1


def _by_its_ends(images, low, high):
    return (images - float(low)) / (float(high) - float(low)) * 2 - 1


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda x: x / 255, "from 0 to 1; asked"),
        (lambda x: x / 127.5, "from 0 to 2"),
        (lambda x: x / 255 - 0.5, "from −0.5 to 0.5"),
        (lambda x: x / 255 - 1, "from −1 to 0"),
        (lambda x: x - 127.5, "divide as well"),
        (lambda x: 1 - x / 127.5, "changed places"),
        (lambda x: x / 128 - 1, "a little less than 1"),
        (lambda x: (x.astype(float) - 128) / 127, "a little less than −1"),
        (lambda x: (x.astype(float) - 127) / 128, "the middle between 0 and 255 is 127.5"),
        (lambda x: (x.astype(float) - 127) / 127.5, "the middle between 0 and 255 is 127.5"),
        (lambda x: (x.astype(float) - 128) / 127.5, "the middle between 0 and 255 is 127.5"),
        (lambda x: (x.astype(float) - 127) / 127, "a little more than 1"),
        (lambda x: x / 127 - 1, "a little more than 1"),
        (lambda x: x // 127.5 - 1, "// cuts off"),
        (lambda x: 2 * x / 255 - 1, "uint8 ends at 255"),
        (lambda x: (2 * x - 255) / 255, "uint8 ends at 255"),
        (lambda x: (x - 128) / 128, "uint8 ends at 255"),
        (lambda x: (x - 127) / 127.5, "uint8 ends at 255"),
        (lambda x: (x - 127) / 127, "uint8 ends at 255"),
        (lambda x: (x - 128) / 127.5, "uint8 ends at 255"),
        (lambda x: (x - 127) / 128, "uint8 ends at 255"),
        (lambda x: (x - 128) / 127, "uint8 ends at 255"),
        (lambda x: x.astype("int8") / 127.5, "int8 ends at 127"),
        (lambda x: x.astype("int8") / 128, "int8 ends at 127"),
        (lambda x: (x - x.mean()) / x.std(), "mean 0 and spread 1"),
        (lambda x: _by_its_ends(x, x.min(), x.max()), "darkest and the brightest"),
        (lambda x: x / x.max() * 2 - 1, "darkest and the brightest"),
        (lambda x: np.stack([_by_its_ends(one, one.min(), one.max()) for one in x]), "darkest and the br"),
        (lambda x: (x / 127.5 - 1).astype(int), "expected floats, found dtype int"),
        (lambda x: x, "expected floats, found dtype uint8"),
        (_in_place, "make a new array"),
    ],
)
def test_scaled_knows_what_is_wrong(answer, says):
    wrong(check.scaled, answer, says=says)


# 7.3

MEANS = np.array([103.939, 116.779, 123.68])  # blue, green, red


def _by_channel(images):
    made = images[..., [2, 1, 0]].astype("float32")
    for channel in range(3):
        made[..., channel] -= MEANS[channel]
    return made


@pytest.mark.parametrize(
    "answer",
    [
        _by_channel,
        lambda x: x[..., ::-1] - MEANS,
        lambda x: np.flip(x - MEANS[::-1], axis=-1),
        lambda x: np.stack([x[..., 2] - 103.939, x[..., 1] - 116.779, x[..., 0] - 123.68], axis=-1),
    ],
)
def test_centred(answer, capsys):
    right(check.centred, answer, capsys)


def _swapped_in_place(images):
    images[..., [0, 2]] = images[..., [2, 0]]
    return images - MEANS


def _kept_in_uint8(images):
    made = images.copy()
    for channel in range(3):
        made[..., channel] = images[..., 2 - channel] - MEANS[channel]
    return made


def _subtracted_in_place(images):
    images = images[..., ::-1]
    images -= MEANS
    return images


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda x: x - MEANS, "red loses the mean of blue"),
        (lambda x: x - MEANS[::-1], "red still comes first"),
        (lambda x: (x - MEANS)[..., ::-1], "after the flip blue comes first, so 103.939"),
        (lambda x: x[..., ::-1], "means are not subtracted"),
        (lambda x: x[..., ::-1] + MEANS, "added"),
        (lambda x: MEANS - x[..., ::-1], "the sign"),
        (lambda x: x[:, :, ::-1] - MEANS, "mirrors the pictures"),
        (lambda x: x[:, :, ::-1] - MEANS[::-1], "mirrors the pictures"),
        (lambda x: x[:, ::-1] - MEANS, "upside down"),
        (lambda x: x[::-1] - MEANS, "order of the pictures"),
        (lambda x: np.flip(x) - MEANS, "every axis"),
        (lambda x: np.roll(x, -1, axis=-1) - np.roll(MEANS, -1), "blue comes first"),
        (lambda x: np.roll(x, 1, axis=-1) - MEANS, "blue comes first"),
        (lambda x: x[..., ::-1] - MEANS.mean(), "a mean of its own"),
        (lambda x: (x - x.mean(axis=(0, 1, 2)))[..., ::-1], "means of the batch"),
        (lambda x: x[..., ::-1] / 255 - MEANS, "nothing is divided"),
        (lambda x: (x[..., ::-1] - MEANS) / 255, "nothing is divided"),
        (lambda x: (x[..., ::-1] - MEANS) / 127.5, "nothing is divided"),
        (lambda x: x[..., ::-1] / 127.5 - 1, "what MobileNet wants"),
        (lambda x: (x[..., ::-1] - MEANS).transpose(0, 3, 1, 2), "stay the last axis"),
        (lambda x: x[..., ::-1] - np.array([104, 117, 124], np.uint8), "no negative numbers"),
        (lambda x: (x[..., ::-1] - MEANS).clip(0), "cut nothing off"),
        (lambda x: (x[..., ::-1] - MEANS).astype(int), "cut off too early"),
        (_kept_in_uint8, "cut off to fit into uint8"),
        (lambda x: (x[..., ::-1] - MEANS).astype("float16"), "float16 is too coarse"),
        (_swapped_in_place, r"changed as well: work on images\.astype\(float\)"),
        (_subtracted_in_place, "make a new array"),
    ],
)
def test_centred_knows_what_is_wrong(answer, says):
    wrong(check.centred, answer, says=says)


# 7.4


def _halved(size, halvings, padding):
    for _ in range(halvings):
        size = math.ceil(size / 2) if padding == "same" else math.floor(size / 2)
    return size


@pytest.mark.parametrize(
    "answer",
    [
        _halved,
        lambda s, n, p: -(-s // 2**n) if p == "same" else s // 2**n,
        lambda s, n, p: s if n == 0 else (_halved(s, n - 1, p) + (p == "same")) // 2,
    ],
)
def test_last_width(answer, capsys):
    right(check.last_width, answer, capsys)


def _rounded(size, halvings, padding):
    for _ in range(halvings):
        size = round(size / 2)
    return size


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda s, n, p: s // 2**n, "so round up"),
        (_rounded, "so round up"),
        (lambda s, n, p: math.ceil(s / 2**n), "dropped"),
        (lambda s, n, p: _halved(s, n, "valid" if p == "same" else "same"), "changed places"),
        (lambda s, n, p: _halved(s, 1, p), "a single halving"),
        (lambda s, n, p: max(_halved(s, n, p), 1), "1 becomes 0"),
        (lambda s, n, p: _halved(s, n - 1, p), "too few"),
        (lambda s, n, p: _halved(s, n + 1, p), "too many"),
        (lambda s, n, p: math.ceil(s / (2 * n)), "not by 2 · 3"),
        (lambda s, n, p: s // (2 * n), "not by 2 · 3"),
        (lambda s, n, p: _halved(s, n, p) ** 2, "asked is its width"),
        (lambda s, n, p: s, "nothing is halved"),
        (lambda s, n, p: s / 2**n, "whole number"),
        (lambda s, n, p: (_halved(s, n, p),) * 2, "one number"),
    ],
)
def test_last_width_knows_what_is_wrong(answer, says):
    wrong(check.last_width, answer, says=says)


# 7.5


def _counted(k, i, o):
    return np.zeros((k, k, i, o)).size, np.zeros((k, k, i)).size + np.zeros((i, o)).size


@pytest.mark.parametrize(
    "answer",
    [
        lambda k, i, o: (k * k * i * o, i * (k * k + o)),
        lambda k, i, o: [float(n) for n in _counted(k, i, o)],
        lambda k, i, o: np.array(_counted(k, i, o)),
    ],
)
def test_parameters(answer, capsys):
    right(check.parameters, answer, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda k, i, o: _counted(k, i, o)[::-1], "the order is reversed"),
        (lambda k, i, o: np.array(_counted(k, i, o)) + o, "biases"),
        (lambda k, i, o: (k * k * i * o + o, k * k * i + i + i * o + o), "biases"),
        (lambda k, i, o: (k * i * o, k * i + i * o), "kernel²"),
        (lambda k, i, o: (k * k * i, i * o), "these are the depthwise and the pointwise"),
        (lambda k, i, o: (k * k * i * o, k * k * i, i * o), "to one number"),
        (lambda k, i, o: (k * k * i * o, k * k * i), "the pointwise step is missing"),
        (lambda k, i, o: (k * k * i * o, i * o), "the depthwise step is missing"),
        (lambda k, i, o: (k * k * i * o, k * k * i * i * o), "do not multiply"),
        (lambda k, i, o: (k * k * i * o, k * k * o + i * o), "channels that come in"),
        (lambda k, i, o: (k * k * i * o, k * k * i + k * k * i * o), "one pixel at a time"),
        (lambda k, i, o: (k * k * i * o, k * k * i + o), "the pointwise step mixes"),
        (lambda k, i, o: (k * k * i * o, k * k + i * o), "a filter of its own"),
        (lambda k, i, o: (k * k * i * o, k * k * i * i + i * o), "sees one channel"),
        (lambda k, i, o: (k * k * i * o, k * k * i * o + i * o), "sees one channel"),
        (lambda k, i, o: (k * k * i, k * k * i + i * o), "for each outgoing channel"),
        (lambda k, i, o: (k * k * o, k * k * i + i * o), "all incoming channels"),
        (lambda k, i, o: (k * k * (i + o), k * k * i + i * o), "all incoming channels"),
        (lambda k, i, o: k * k * i * o, "expected two numbers .* found the number"),
        (lambda k, i, o: dict(zip("ab", _counted(k, i, o), strict=True)), "two numbers .* found a dict"),
        (lambda k, i, o: str(_counted(k, i, o)), "two numbers .* found the text"),
        (lambda k, i, o: (k * k * i * o, k * k * i + i * o + 1), "not right"),
    ],
)
def test_parameters_knows_what_is_wrong(answer, says):
    wrong(check.parameters, answer, says=says)


# 7.6

MOVING = ("moving_mean", "moving_variance")


def _sum(layers, without=MOVING):
    return sum(n for layer in layers for name, n in layer["weights"].items() if name not in without)


def _split(layers, last):
    place = next(i for i, layer in enumerate(layers) if layer["name"] == last)
    return layers[: place + 1], layers[place + 1 :]


def _flagged(layers, last):
    total, frozen = 0, True
    for layer in layers:
        if not frozen:
            total += _sum([layer])
        if layer["name"] == last:
            frozen = False
    return total


def _flagged_too_soon(layers, last):
    total, frozen = 0, True
    for layer in layers:
        if layer["name"] == last:
            frozen = False
        if not frozen:
            total += _sum([layer])
    return total


def _half_of_normalisation(layers, last):
    free = _split(layers, last)[1]
    return sum(
        sum(layer["weights"].values()) // (2 if "moving_mean" in layer["weights"] else 1) for layer in free
    )


def _emptied(layers, last):
    while layers.pop(0)["name"] != last:
        pass
    return _sum(layers)


def _without_moving(layers, last):
    for layer in layers:
        for name in MOVING:
            layer["weights"].pop(name, None)
    return _flagged(layers, last)


@pytest.mark.parametrize("answer", [_flagged, lambda x, last: _sum(_split(x, last)[1])])
def test_trained(answer, capsys):
    right(check.trained, answer, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda x, last: _sum(_split(x, last)[1], without=()), "moving means and variances are counted"),
        (lambda x, last: _sum(_split(x, last)[1], without=(*MOVING, "gamma", "beta")), "change gamma and b"),
        (lambda x, last: _sum(_split(x, last)[1], without=(*MOVING, "beta")), "gamma and beta both count"),
        (_flagged_too_soon, "named last_frozen is counted: it is frozen, too\\.$|it is frozen, too\\. Tried"),
        (lambda x, last: _sum([_split(x, last)[0][-1], *_split(x, last)[1]], ()), "and so are moving"),
        (lambda x, last: _sum(_split(x, last)[1][1:]), "the layer after last_frozen is left out"),
        (lambda x, last: _sum(_split(x, last)[0]), "stand in frozen layers"),
        (lambda x, last: _sum(_split(x, last)[0], without=()), "stand in frozen layers"),
        (lambda x, last: _sum(x, without=()) - _flagged(x, last), "ones that do not change"),
        (lambda x, last: _sum(x), "nothing is frozen"),
        (lambda x, last: _sum(x, without=()), "all numbers of the network"),
        (lambda x, last: _sum([one for one in x if one["name"] != last]), "one layer alone is frozen"),
        (lambda x, last: _sum([one for one in x if one["name"] > last]), "by the alphabet"),
        (lambda x, last: sum(len(one["weights"]) for one in _split(x, last)[1]), "the weights' names"),
        (lambda x, last: len(_split(x, last)[1]), "number of layers"),
        (_half_of_normalisation, "too large"),  # where a layer has no gamma
        (lambda x, last: [_flagged(x, last)] * 2, "one number"),
        (_emptied, "has changed as well"),
        (_without_moving, "has changed as well"),
    ],
)
def test_trained_knows_what_is_wrong(answer, says):
    wrong(check.trained, answer, says=says)


def first_inputs(task):
    """What a check tries first."""
    tried = []
    wrong(task, lambda *inputs: tried.append(inputs), says="returns nothing")
    return tried[0]


def test_the_example_of_task_6_is_right_and_tried_first():
    layers = written("layers")
    assert first_inputs(check.trained) == (layers, "conv1_bn")
    found = _flagged(layers, "conv1"), _flagged(layers, "conv1_bn")
    says = '`last_frozen = "conv1"` the list above gives {:,}, and with `"conv1_bn"` {:,}.'
    assert says.format(*found) in EXERCISE.read_text(encoding="utf-8")


# 7.7


def _choose(x, layer, training):
    if training and layer["trainable"]:
        return x.mean(axis=0), x.var(axis=0)
    return layer["moving_mean"], layer["moving_variance"]


def _normalise(x, layer, mean, variance, *, gamma="gamma", beta="beta"):
    scaled = (x - mean) / np.sqrt(variance + layer["epsilon"])
    return layer.get(gamma, 1) * scaled + layer.get(beta, 0)


def _with(choose=_choose, **named):
    return lambda x, layer, training: _normalise(x, layer, *choose(x, layer, training), **named)


def _row_by_row(x, layer, training):
    mean, variance = _choose(x, layer, training)
    return [_normalise(row, layer, mean, variance) for row in x]


def _batch_else(choose):
    """Choose as is right, but where the batch decides as `choose` does."""
    return _with(
        lambda x, layer, training: (
            choose(x, layer) if training and layer["trainable"] else _choose(x, layer, training)
        )
    )


def _updated(x, layer):
    pairs = zip(("moving_mean", "moving_variance"), (x.mean(axis=0), x.var(axis=0)), strict=True)
    return [0.99 * layer[name] + 0.01 * new for name, new in pairs]


def _centred_in_place(x, layer, training):
    mean, variance = _choose(x, layer, training)
    x -= mean
    return _normalise(x, layer, 0, variance)


def _updating(x, layer, training):
    result = _with()(x, layer, training)
    if training and layer["trainable"]:
        layer["moving_mean"], layer["moving_variance"] = _updated(x, layer)
    return result


def _without_parentheses(x, layer, training):
    mean, variance = _choose(x, layer, training)
    return layer["gamma"] * x - mean / np.sqrt(variance + layer["epsilon"]) + layer["beta"]


def _without_parentheses_before_gamma(x, layer, training):
    mean, variance = _choose(x, layer, training)
    return layer["gamma"] * (x - mean / np.sqrt(variance + layer["epsilon"])) + layer["beta"]


def _spread(spread):
    def answer(x, layer, training):
        mean, variance = _choose(x, layer, training)
        return layer["gamma"] * (x - mean) / spread(variance, layer["epsilon"]) + layer["beta"]

    return answer


@pytest.mark.parametrize(
    "answer", [_with(), _row_by_row, lambda values, layer, training: _with()(values, layer, training)]
)
def test_normalised(answer, capsys):
    right(check.normalised, answer, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (_with(lambda x, layer, t: _choose(x, layer, False)), "not the moving ones"),
        (_with(lambda x, layer, t: (x.mean(0), x.var(0))), "in inference mode the moving ones"),
        (_with(lambda x, layer, t: _choose(x, {**layer, "trainable": True}, t)), "a frozen layer takes"),
        (_with(lambda x, layer, t: _choose(x, layer, True)), "in inference mode the moving ones"),
        (_with(lambda x, layer, t: _choose(x, {**layer, "trainable": True}, not t)), "not the moving ones"),
        (_batch_else(lambda x, layer: (x.mean(0), layer["moving_variance"])), "belong together"),
        (_batch_else(lambda x, layer: (layer["moving_mean"], x.var(0))), "belong together"),
        (_batch_else(_updated), "so the moving ones are updated"),
        (_batch_else(lambda x, layer: (x.mean(0), x.var(0, ddof=1))), "n − 1"),
        (_batch_else(lambda x, layer: (x.mean(1), x.var(1))), "over the channels"),
        (_batch_else(lambda x, layer: (x.mean(1)[:, None], x.var(1)[:, None])), "over the channels"),
        (_batch_else(lambda x, layer: (x.mean(), x.var())), "one mean for all"),
        (_spread(lambda v, e: np.sqrt(v)), "epsilon is missing"),
        (_spread(lambda v, e: np.sqrt(v) + e), "epsilon belongs under the root"),
        (_spread(lambda v, e: v + e), "the root is missing"),
        (_with(gamma="none", beta="none"), "gamma and beta are missing"),
        (_with(beta="none"), "beta is missing"),
        (_with(gamma="none"), "gamma is missing"),
        (_with(gamma="beta", beta="gamma"), "changed places"),
        (lambda x, layer, t: layer["gamma"] * (_with(gamma="none")(x, layer, t)), "beta is multiplied"),
        (_batch_else(lambda x, layer: (x.mean(0), x.std(0))), "in place of the variance"),
        (_batch_else(lambda x, layer: (x.mean(0), x.var())), "one variance for all"),
        (lambda x, layer, t: _with()(x, layer, t) if layer["trainable"] else x, "a frozen one, too"),
        (_without_parentheses, "needs its parentheses"),
        (_without_parentheses_before_gamma, "needs its parentheses"),
        (_centred_in_place, "have changed as well"),
        (_updating, "have changed as well"),
        (_batch_else(lambda x, layer: (x.mean(0), 2 * x.var(0) + 1)), "values not right"),
        (lambda x, layer, t: _with()(x, layer, t)[0], "expected shape"),
    ],
)
def test_normalised_knows_what_is_wrong(answer, says):
    wrong(check.normalised, answer, says=says)


def test_the_example_of_task_7_is_right_and_tried_first():
    values, layer = written("values"), written("values", "layer")
    np.testing.assert_equal(first_inputs(check.normalised), (values, layer, True))
    found = "{:.2f} and {:.2f} in the first row, {:.2f} and {:.2f} in the second".format(
        *_with()(values, layer, True).ravel()
    )
    assert found.replace("-", "−") in EXERCISE.read_text(encoding="utf-8")


# 7.8


@pytest.mark.parametrize("answer", [["a", "d", "f"], ("F", "a", "d "), {"a", "d", "f"}])
def test_supported(answer, capsys):
    right(check.supported, answer, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (["a", "b", "d", "f"], "b is not supported: compare with the same seed"),
        (["c"], "c is not supported: .* within its margin"),
        (["a", "d", "e"], "e is not supported: nobody has trained"),
        (["f", "g"], "g is not supported: .* not why"),
        (["a", "f"], "all you chose are right.*chosen\\."),
        ([], "3 are missing"),
        (["a", "h"], "found 'h'"),
        ("adf", "a list of texts"),
        ({"a": True, "d": True, "f": True}, "those that you choose, found a dict"),
    ],
)
def test_supported_knows_what_is_wrong(answer, says):
    wrong(check.supported, answer, says=says)


def written(first, name=None):
    """The value of `name` (or `first`) in the code cell of the exercise that begins with ``first =``."""
    text = EXERCISE.read_text(encoding="utf-8")
    cells = re.findall(r"^```\{code-cell\} ipython3\n(.*?)^```$", text, flags=re.S | re.M)
    cell = next(code for code in cells if code.startswith(f"{first} = "))
    named = {"np": np, "pd": pd}
    exec(cell, named)
    return named[name or first]


def test_the_table_of_task_8_says_what_the_check_says():
    accuracy = written("per_cent")

    def gain(better, worse):
        """Mean difference and margin (95 %), seed by seed; and how often `better` is ahead."""
        difference = np.subtract(accuracy[better], accuracy[worse])
        margin = stats.t.ppf(0.975, len(difference) - 1) * stats.sem(difference)
        return difference.mean(), margin, (difference > 0).sum()

    scratch, frozen, tuned = "from scratch", "frozen", "fine-tuned"
    for better, worse in (
        ((frozen, 10), (scratch, 10)),  # a
        ((tuned, 10), (frozen, 10)),  # not b
        ((scratch, 1000), (frozen, 1000)),  # d
    ):
        mean, margin, ahead = gain(better, worse)
        assert mean > margin
        assert ahead == 5
    mean, margin, ahead = gain((tuned, 1000), (scratch, 1000))  # not c
    assert abs(mean) < margin
    assert ahead in (2, 3)
    mean, _, _ = gain((tuned, 10), (frozen, 10))
    assert all(np.std(accuracy[mode, 10], ddof=1) > mean for mode in (frozen, tuned))  # so b looks right
    gained = {mode: np.subtract(accuracy[mode, 1000], accuracy[mode, 10]) for mode in (scratch, frozen)}
    assert (gained[scratch] > gained[frozen] + 5).all()  # f
    assert {labels for _, labels in accuracy} == {10, 1000}  # e
