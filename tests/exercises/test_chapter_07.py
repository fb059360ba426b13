"""What the tables of chapter 07 do not say: right answers in other forms, changed inputs, other kinds."""

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
MEANS = np.array([103.939, 116.779, 123.68])  # blue, green, red
MOVING = ("moving_mean", "moving_variance")


def _in_a_loop(images):
    made = np.zeros((*images.shape, 3), np.uint8)
    for channel in range(3):
        made[..., channel] = images
    return made


def _in_place(images):
    images /= 127.5
    return images - 1


def _by_channel(images):
    made = images[..., [2, 1, 0]].astype("float32")
    for channel in range(3):
        made[..., channel] -= MEANS[channel]
    return made


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


def _halved(size, halvings, padding):
    for _ in range(halvings):
        size = math.ceil(size / 2) if padding == "same" else math.floor(size / 2)
    return size


def _rounded(size, halvings, padding):
    for _ in range(halvings):
        size = round(size / 2)
    return size


def _counted(k, i, o):
    return np.zeros((k, k, i, o)).size, np.zeros((k, k, i)).size + np.zeros((i, o)).size


def _flagged(layers, last):
    total, frozen = 0, True
    for layer in layers:
        if not frozen:
            total += sum(n for name, n in layer["weights"].items() if name not in MOVING)
        if layer["name"] == last:
            frozen = False
    return total


def _half_of_normalisation(layers, last):
    names = [layer["name"] for layer in layers]
    free = layers[names.index(last) + 1 :]
    return sum(
        sum(layer["weights"].values()) // (2 if "moving_mean" in layer["weights"] else 1) for layer in free
    )


def _emptied(layers, last):
    while layers.pop(0)["name"] != last:
        pass
    return _flagged([{"name": last, "weights": {}}, *layers], last)


def _without_moving(layers, last):
    for layer in layers:
        for name in MOVING:
            layer["weights"].pop(name, None)
    return _flagged(layers, last)


def _choose(x, layer, training):
    if training and layer["trainable"]:
        return x.mean(axis=0), x.var(axis=0)
    return layer["moving_mean"], layer["moving_variance"]


def _normalise(x, layer, mean, variance):
    return layer["gamma"] * (x - mean) / np.sqrt(variance + layer["epsilon"]) + layer["beta"]


def _row_by_row(x, layer, training):
    mean, variance = _choose(x, layer, training)
    return [_normalise(row, layer, mean, variance) for row in x]


def _centred_in_place(x, layer, training):
    mean, variance = _choose(x, layer, training)
    x -= mean
    return _normalise(x, layer, 0, variance)


def _updating(x, layer, training):
    result = np.array(_row_by_row(x, layer, training))
    if training and layer["trainable"]:
        layer["moving_mean"] = 0.99 * layer["moving_mean"] + 0.01 * x.mean(axis=0)
    return result


@pytest.mark.parametrize(
    ("task", "answer"),
    [
        (check.three_channels, _in_a_loop),
        (check.three_channels, lambda x: np.repeat(x[..., None], 3, axis=-1)),
        (check.three_channels, lambda x: np.broadcast_to(x[..., np.newaxis], (*x.shape, 3))),
        (check.three_channels, lambda x: np.repeat(x, 3).reshape(-1, 28, 28, 3)),
        (check.scaled, lambda x: (x - 127.5) / 127.5),
        (check.scaled, lambda x: 2 * (x / 255) - 1),
        (check.scaled, lambda x: (x.astype("float32") * 2 - 255) / 255),
        (check.scaled, lambda x: np.interp(x, [0, 255], [-1, 1])),
        (check.scaled, lambda x: (x / 127.5 - 1).astype("float16")),
        (check.centred, _by_channel),
        (check.centred, lambda x: np.flip(x - MEANS[::-1], axis=-1)),
        (
            check.centred,
            lambda x: np.stack([x[..., 2] - 103.939, x[..., 1] - 116.779, x[..., 0] - 123.68], axis=-1),
        ),
        (check.last_width, _halved),
        (check.last_width, lambda s, n, p: s if n == 0 else (_halved(s, n - 1, p) + (p == "same")) // 2),
        (check.parameters, lambda k, i, o: (k * k * i * o, i * (k * k + o))),
        (check.parameters, lambda k, i, o: [float(n) for n in _counted(k, i, o)]),
        (check.trained, _flagged),
        (check.normalised, _row_by_row),
        (check.supported, ["a", "d", "f"]),
        (check.supported, ("F", "a", "d ")),
        (check.supported, {"a", "d", "f"}),
    ],
)
def test_right_in_other_forms(task, answer, capsys):
    right(task, answer, capsys)


@pytest.mark.parametrize(
    ("task", "answer", "says"),
    [
        (
            check.three_channels,
            lambda x: x[..., None] * np.ones(3),
            "dtype uint8, found float64, and .* 8 times",
        ),
        (check.three_channels, lambda x: _in_a_loop(x)[0], "expected shape"),
        (check.scaled, lambda x: (x / 127.5 - 1).astype(int), "expected floats, found dtype int"),
        (check.scaled, lambda x: x, "expected floats, found dtype uint8"),
        (check.scaled, _in_place, "make a new array"),
        (check.centred, lambda x: (x[..., ::-1] - MEANS).astype(int), "cut off too early"),
        (check.centred, _kept_in_uint8, "cut off to fit into uint8"),
        (check.centred, lambda x: (x[..., ::-1] - MEANS).astype("float16"), "float16 is too coarse"),
        (check.centred, _swapped_in_place, r"changed as well: work on images\.astype\(float\)"),
        (check.centred, _subtracted_in_place, "make a new array"),
        (check.last_width, _rounded, "rounds up"),
        (check.last_width, lambda s, n, p: s / 2**n, "whole number"),
        (check.last_width, lambda s, n, p: (_halved(s, n, p),) * 2, "one number"),
        (check.parameters, lambda k, i, o: k * k * i * o, "expected two numbers .* found the number"),
        (
            check.parameters,
            lambda k, i, o: dict(zip("ab", _counted(k, i, o), strict=True)),
            "two numbers .* found a dict",
        ),
        (check.parameters, lambda k, i, o: str(_counted(k, i, o)), "two numbers .* found the text"),
        (check.parameters, lambda k, i, o: (k * k * i * o, k * k * i + i * o + 1), "not right"),
        (check.trained, _half_of_normalisation, "too large"),  # where a layer has no gamma
        (check.trained, lambda x, last: [_flagged(x, last)] * 2, "one number"),
        (check.trained, _emptied, "has changed as well"),
        (check.trained, _without_moving, "has changed as well"),
        (check.normalised, _centred_in_place, "have changed as well"),
        (check.normalised, _updating, "have changed as well"),
        (check.normalised, lambda x, layer, t: 2 * _normalise(x, layer, *_choose(x, layer, t)), "not right"),
        (check.normalised, lambda x, layer, t: _row_by_row(x, layer, t)[0], "expected shape"),
        (check.supported, ["a", "b", "d", "f"], "b is not supported: compare with the same seed"),
        (check.supported, ["c"], "c is not supported: .* within its margin"),
        (check.supported, ["a", "d", "e"], "e is not supported: nobody has trained"),
        (check.supported, ["f", "g"], "g is not supported: .* not why"),
        (check.supported, ["a", "f"], "all you chose are right.*chosen\\."),
        (check.supported, [], "3 are missing"),
        (check.supported, ["a", "h"], "found 'h'"),
        (check.supported, "adf", "a list of letters in quotation marks"),
        (check.supported, {"a": True, "d": True, "f": True}, "those that you choose, found a dict"),
    ],
)
def test_what_else_is_wrong(task, answer, says):
    wrong(task, answer, says=says)


def written(first, name=None):
    """The value of `name` (or `first`) in the code cell of the exercise that begins with ``first =``."""
    text = EXERCISE.read_text(encoding="utf-8")
    cells = re.findall(r"^```\{code-cell\} ipython3\n(.*?)^```$", text, flags=re.S | re.M)
    cell = next(code for code in cells if code.startswith(f"{first} = "))
    named = {"np": np, "pd": pd}
    exec(cell, named)
    return named[name or first]


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


def test_the_example_of_task_7_is_right_and_tried_first():
    values, layer = written("values"), written("values", "layer")
    np.testing.assert_equal(first_inputs(check.normalised), (values, layer, True))
    found = "{:.2f} and {:.2f} in the first row, {:.2f} and {:.2f} in the second".format(
        *np.ravel(_row_by_row(values, layer, True))
    )
    assert found.replace("-", "−") in EXERCISE.read_text(encoding="utf-8")


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
