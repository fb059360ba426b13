"""Checks of the exercises to chapter 07, transfer learning.

Each function is tried on inputs made here. Typical mistakes are carried out on the same inputs, so that
an answer that equals one of them is called by its name.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from . import (
    Function,
    Misfit,
    Mistakes,
    Wrong,
    call,
    expect_array,
    expect_result,
    expect_results,
    expect_supported,
    task,
)
from .words import describe

_CUT_ANEW = "reshape and resize only cut the row of numbers anew; give np.stack axis=-1"
_SIDE_BY_SIDE = "the copies stand side by side in one wide picture: a new axis has to be made for them"


def _expect_unchanged(function: Function, inputs: tuple[Any, ...], message: str) -> None:
    given = copy.deepcopy(inputs)
    call(lambda: function(*given))  # on no copies
    try:
        np.testing.assert_equal(given, inputs)
    except AssertionError:
        raise Wrong(message) from None


def _three(images: np.ndarray, *, axis: int = -1) -> np.ndarray:
    return np.stack([images] * 3, axis=axis)


@task(
    "7.1",
    hints=(
        "The pictures are copied along a new axis. Where does it stand?",
        "images[..., None] has the shape (n, 28, 28, 1). Or give np.stack three times the same array.",
        "np.stack([images, images, images], axis=-1), or np.repeat(images[..., None], 3, axis=-1). "
        "Both keep uint8.",
    ),
)
def three_channels(function: Function) -> str:
    """Try `function(images)`, gray uint8 images as images with three equal channels."""
    rng = np.random.default_rng(71)
    mistakes = (
        (lambda x: x[..., None], "there is one channel; three are asked for"),
        (lambda x: _three(x, axis=0), "the channels stand before everything; they come last"),
        (lambda x: _three(x, axis=1), "the channels stand before the rows; they come last"),
        (lambda x: _three(x, axis=2), "the channels stand between rows and columns; they come last"),
        (lambda x: _three(x, axis=0).T, ".T turns all axes round, and rows become columns"),
        (lambda x: np.tile(x, 3), _SIDE_BY_SIDE),
        (lambda x: np.repeat(x, 3, axis=-1), _SIDE_BY_SIDE),
        (lambda x: np.tile(x, 3).reshape(*x.shape, 3), _CUT_ANEW),
        (lambda x: _three(x, axis=0).reshape(*x.shape, 3), _CUT_ANEW),
        (lambda x: _three(x, axis=1).reshape(*x.shape, 3), _CUT_ANEW),
        (lambda x: _three(x) * np.array([1, 0, 0]), "only red is filled: gray is the same in all three"),
        (lambda x: _three(x) / 255, "the values are scaled; leave them as they are"),
        (lambda x: _three(x) / 3, "each channel gets the whole gray, not a third of it"),
        (lambda x: _three(x) // 3, "each channel gets the whole gray, not a third of it"),
    )
    for n in (4, 1):
        images = rng.integers(0, 256, (n, 28, 28)).astype(np.uint8)
        found = expect_result(function, (images,), _three, "the images", mistakes=mistakes)
        if found.dtype != np.uint8:
            larger = f", and they take {found.itemsize} times the memory" if found.itemsize > 1 else ""
            raise Wrong(f"the values are right, but expected dtype uint8, found {found.dtype}{larger}")
    return "Three times the memory, and nothing new to be seen: but now the first layer fits."


_WHOLE = ("Cannot cast", "uint8 cannot hold such numbers: make a new array, as images.astype(float) does")
_WRAPS = "uint8 ends at 255 and at 0, and begins anew: divide first, or use .astype(float)"


def _floats(answer: Any, name: str) -> np.ndarray:
    array = expect_array(answer, name)
    if array.dtype.kind != "f":
        raise Wrong(f"{name}: expected floats, found dtype {array.dtype}. Most values lie between −1 and 1")
    return array


def _between(images: np.ndarray, low: Any, high: Any) -> np.ndarray:
    return np.asarray((images - 1.0 * low) / (1.0 * high - low) * 2 - 1)


@task(
    "7.2",
    hints=(
        "Make the range as wide as it has to be, then shift it. How wide is it before, and how wide after?",
        "The range is 255 wide before, and 2 wide after: divide by 127.5. Where does it begin then?",
        "images / 127.5 - 1",
    ),
)
def scaled(function: Function) -> str:
    """Try `function(images)`, uint8 pixels brought to −1 … 1."""
    rng = np.random.default_rng(72)
    cases = [(rng.integers(*ends, (2, 6, 5, 3)).astype(np.uint8),) for ends in ((0, 256), (30, 180))]
    cases[0][0][:, 0, 0, 0] = 0, 255
    middle = "the middle between 0 and 255 is 127.5, before and after dividing"
    own = "the darkest and the brightest pixel of the batch set the scale here; 0 and 255 are to set it"
    mistakes = (
        (lambda x: x / 255, "these go from 0 to 1; asked is −1 to 1"),
        (lambda x: x / 127.5, "these go from 0 to 2: something is still to be subtracted"),
        (lambda x: x / 255 - 0.5, "these go from −0.5 to 0.5; asked is −1 to 1"),
        (lambda x: x / 255 - 1, "these go from −1 to 0; asked is −1 to 1"),
        (lambda x: x - 127.5, "these go from −127.5 to 127.5: divide as well"),
        (lambda x: 1 - x / 127.5, "black and white have changed places: 0 becomes −1"),
        (lambda x: x / 128 - 1, "255 becomes a little less than 1: half of 255 is 127.5"),
        (lambda x: (x - 128.0) / 127, "0 becomes a little less than −1: half of 255 is 127.5"),
        (lambda x: x / 127 - 1, "255 becomes a little more than 1: half of 255 is 127.5"),
        (lambda x: (x - 127.0) / 128, middle),
        (lambda x: (x - 127.0) / 127.5, middle),
        (lambda x: (x - 128.0) / 127.5, middle),
        (lambda x: x // 127.5 - 1, "// cuts off what is between the whole numbers: divide with /"),
        (lambda x: x * np.uint8(2) / 255 - 1, _WRAPS),
        (lambda x: (x * np.uint8(2) - np.uint8(255)) / 255, _WRAPS),
        (lambda x: (x - np.uint8(127)) / 127.5, _WRAPS),
        (lambda x: (x - np.uint8(128)) / 127.5, _WRAPS),
        (lambda x: (x - np.uint8(127)) / 128, _WRAPS),
        (lambda x: (x - np.uint8(128)) / 127, _WRAPS),
        (lambda x: (x - np.uint8(127)) / 127, _WRAPS),
        (lambda x: (x - np.uint8(128)) / 128, _WRAPS),
        (lambda x: x.astype("int8") / 127.5, "int8 ends at 127: brighter pixels become negative"),
        (lambda x: x.astype("int8") / 128, "int8 ends at 127: brighter pixels become negative"),
        (lambda x: (x - x.mean()) / x.std(), "this makes mean 0 and spread 1, by what the batch holds"),
        (lambda x: _between(x, x.min(), x.max()), own),
        (lambda x: _between(x, 0, x.max()), own),
        (lambda x: _between(x, *(f(x, (1, 2, 3), keepdims=True) for f in (np.min, np.max))), own),
    )
    for inputs in cases:
        expect_result(
            function,
            inputs,
            lambda x: x / 127.5 - 1,
            "the result",
            read=_floats,
            mistakes=mistakes,
            errors=[_WHOLE],
            rtol=1e-4,
            atol=1e-3,
        )
    return "EfficientNetB0 wants 0 to 255: in Keras it scales inside. Always read what a network expects."


_MEANS = np.array([103.939, 116.779, 123.68])  # blue, green, red
_OTHER_MEAN = "red and blue lose each other's mean: after the flip blue comes first, so 103.939 comes first"


def _centred(images: np.ndarray) -> np.ndarray:
    return np.asarray(images[..., ::-1] - _MEANS)


def _fine(answer: Any, name: str) -> np.ndarray:
    array = expect_array(answer, name, kind="number")
    if array.dtype == np.float16:
        raise Wrong(f"{name}: float16 is too coarse for such means, take float32 or float")
    return array


@task(
    "7.3",
    hints=(
        "Two things: another order of the channels, and a subtraction. Which axis holds the channels?",
        "images[..., ::-1] turns the last axis round. Then an array of three numbers is subtracted, blue's "
        "first.",
        "images[..., ::-1] - np.array([103.939, 116.779, 123.68])",
    ),
)
def centred(function: Function) -> str:
    """Try `function(images)`, RGB pixels as BGR, less the means of ImageNet."""
    rng = np.random.default_rng(73)
    cases = [(rng.integers(0, 256, (n, 7, 4, 3)).astype(np.uint8),) for n in (5, 1)]
    axis = "the channels are the last axis: images[..., ::-1]"
    scale = "nothing is divided here: the pixels keep their range of 255"
    mistakes = (
        (lambda x: x - _MEANS, "the order is still red, green, blue, and red loses the mean of blue"),
        (lambda x: x - _MEANS[::-1], "each channel loses its mean, but red still comes first"),
        (lambda x: (x - _MEANS)[..., ::-1], _OTHER_MEAN),
        (lambda x: x[..., ::-1], "the order is right; the means are not subtracted"),
        (lambda x: x[..., ::-1] + _MEANS, "the means are added; subtract them"),
        (lambda x: _MEANS - x[..., ::-1], "the sign: the pixel minus the mean"),
        (lambda x: x[:, :, ::-1] - _MEANS, f"this mirrors the pictures; {axis}"),
        (lambda x: x[:, :, ::-1] - _MEANS[::-1], f"this mirrors the pictures; {axis}"),
        (lambda x: x[:, ::-1] - _MEANS, f"this turns the pictures upside down; {axis}"),
        (lambda x: x[::-1] - _MEANS, f"this reverses the order of the pictures; {axis}"),
        (lambda x: x[::-1, ::-1, ::-1, ::-1] - _MEANS, f"this turns every axis round; {axis}"),
        (lambda x: x[..., [1, 2, 0]] - _MEANS[[1, 2, 0]], "blue comes first, then green, then red"),
        (lambda x: x[..., [2, 0, 1]] - _MEANS, "blue comes first, then green, then red"),
        (lambda x: x[..., ::-1] - _MEANS.mean(), "each channel has a mean of its own"),
        (
            lambda x: x[..., ::-1] - x.mean(axis=(0, 1, 2))[::-1],
            "these are the means of the batch; ImageNet's are asked for",
        ),
        (lambda x: x[..., ::-1] / 255 - _MEANS, scale),
        (lambda x: _centred(x) / 255, scale),
        (lambda x: _centred(x) / 127.5, scale),
        (lambda x: x[..., ::-1] / 127.5 - 1, "this is what MobileNet wants, in another order"),
        (lambda x: np.moveaxis(_centred(x), -1, 1), "the channels have moved; they stay the last axis"),
        (
            lambda x: (x[..., ::-1] - _MEANS.round().astype(np.uint8)).astype(np.uint8),
            "uint8 has no negative numbers: subtract floats",
        ),
        (
            lambda x: _centred(x).astype(np.uint8),
            "the right values are cut off to fit into uint8, which has no fractions and nothing below 0: "
            "work on images.astype(float)",
        ),
        (lambda x: np.maximum(_centred(x), 0), "the values may be negative: cut nothing off"),
    )
    for inputs in cases:
        expect_result(
            function,
            inputs,
            _centred,
            "the result",
            read=_fine,
            mistakes=mistakes,
            errors=[_WHOLE],
            rtol=1e-5,
            atol=1e-3,
        )
    changed = "the images that your function is given have changed as well: work on images.astype(float)"
    _expect_unchanged(function, cases[0], changed)
    return "For gray garments the order of the channels makes no difference; that of the means still does."


def _width(size: int, halvings: int, padding: str) -> int:
    step = 1 << halvings
    return -(-size // step) if padding == "same" else size // step


@task(
    "7.4",
    hints=(
        "Halve once. What becomes of 7, with each of the two paddings? Then halve the result.",
        'With "same" round up: (size + 1) // 2. With "valid" round down: size // 2.',
        'for _ in range(halvings): size = (size + 1) // 2 if padding == "same" else size // 2.',
    ),
)
def last_width(function: Function) -> str:
    """Try `function(size, halvings, padding)`, the width of a map after some halvings."""
    both = ("same", "valid")
    cases = [(size, n, way) for size, n in ((100, 3), (48, 5), (28, 5), (224, 5), (77, 1)) for way in both]
    mistakes = (
        (
            lambda s, n, p: _width(s, n, "valid"),
            'with "same" a column that is left over counts: 7 becomes 4, so round up',
        ),
        (
            lambda s, n, p: _width(s, n, "same"),
            'with "valid" a column that is left over is dropped: 7 becomes 3, and 1 becomes 0',
        ),
        (
            lambda s, n, p: _width(s, 1, p),
            "this is a single halving: it has to stand in a loop, and return after the loop",
        ),
        (lambda s, n, p: _width(s, n - 1, p), "this is one halving too few"),
        (lambda s, n, p: _width(s, n + 1, p), "this is one halving too many"),
        (lambda s, n, p: s // (2 * n), "three halvings divide by 2 · 2 · 2, not by 2 · 3"),
        (lambda s, n, p: -(-s // (2 * n)), "three halvings divide by 2 · 2 · 2, not by 2 · 3"),
        (lambda s, n, p: _width(s, n, p) ** 2, "these are the places of the map; asked is its width"),
        (lambda s, n, p: s, "nothing is halved"),
    )
    swapped = [_width(*cases[1]), _width(*cases[0])]
    if np.array_equal([call(function, *inputs) for inputs in cases[:2]], swapped):
        raise Wrong('"same" and "valid" have changed places: "same" rounds up, "valid" rounds down')
    expect_results(function, _width, cases, mistakes, "the width")
    return (
        'Of 28 pixels "valid" leaves nothing: the networks here take 32 at least. MobileNet mixes: in Keras '
        'its first halving is "same", the other four drop what is left over.'
    )


def _separable(kernel: int, channels_in: int, channels_out: int) -> np.ndarray:
    standard = kernel**2 * channels_in * channels_out
    return np.array([standard, kernel**2 * channels_in + channels_in * channels_out])


def _pair(answer: Any, name: str) -> np.ndarray:
    try:
        return expect_array(answer, name, kind="number")
    except Misfit:
        raise Misfit(f"expected two numbers with a comma between them, found {describe(answer)}") from None


@task(
    "7.5",
    hints=(
        "How many numbers does one filter hold? How many filters are there? Count each step for itself.",
        "Standard: kernel² · in · out. Depthwise: one filter of kernel² for each incoming channel. "
        "Pointwise: kernel is 1.",
        "kernel**2 * channels_in * channels_out, kernel**2 * channels_in + channels_in * channels_out",
    ),
)
def parameters(function: Function) -> str:
    """Try `function(kernel, channels_in, channels_out)`, parameters of a convolution and of its two steps."""
    depthwise = "in the depthwise step a filter sees one channel, not all"
    standard = "the standard convolution: each filter sees all incoming channels"
    mistakes = (
        (lambda k, i, o: _separable(k, i, o)[::-1], "the order is reversed: the standard one comes first"),
        (lambda k, i, o: _separable(k, i, o) + np.array([o, o]), "biases are not counted"),
        (lambda k, i, o: _separable(k, i, o) + np.array([o, i + o]), "biases are not counted"),
        (
            lambda k, i, o: np.array([k * i * o, k * i + i * o]),
            "a filter is kernel wide and kernel high: kernel²",
        ),
        (
            lambda k, i, o: np.array([k**2 * i, i * o]),
            "these are the depthwise and the pointwise step; the standard convolution comes first",
        ),
        (
            lambda k, i, o: np.array([k**2 * i * o, k**2 * i, i * o]),
            "the two steps are added up, to one number",
        ),
        (lambda k, i, o: np.array([k**2 * i * o, k**2 * i]), "the pointwise step is missing"),
        (lambda k, i, o: np.array([k**2 * i * o, i * o]), "the depthwise step is missing"),
        (
            lambda k, i, o: np.array([k**2 * i * o, k**2 * i * i * o]),
            "the two steps come one after the other: add their parameters, do not multiply",
        ),
        (
            lambda k, i, o: np.array([k**2 * i * o, k**2 * o + i * o]),
            "the depthwise step filters the channels that come in",
        ),
        (
            lambda k, i, o: np.array([k**2 * i * o, k**2 * i + k**2 * i * o]),
            "the pointwise step looks at one pixel at a time: 1×1",
        ),
        (
            lambda k, i, o: np.array([k**2 * i * o, k**2 * i + o]),
            "the pointwise step mixes: each outgoing channel has a number for each incoming one",
        ),
        (
            lambda k, i, o: np.array([k**2 * i * o, k**2 + i * o]),
            "in the depthwise step each incoming channel has a filter of its own",
        ),
        (lambda k, i, o: np.array([k**2 * i * o, k**2 * i * i + i * o]), depthwise),
        (lambda k, i, o: np.array([k**2 * i * o, k**2 * i * o + i * o]), depthwise),
        (
            lambda k, i, o: np.array([k**2 * i, k**2 * i + i * o]),
            "the standard convolution has such a filter for each outgoing channel",
        ),
        (lambda k, i, o: np.array([k**2 * o, k**2 * i + i * o]), standard),
        (lambda k, i, o: np.array([k**2 * (i + o), k**2 * i + i * o]), standard),
    )
    for inputs in ((3, 8, 16), (5, 3, 32), (3, 384, 768)):
        expect_result(
            function,
            inputs,
            _separable,
            "the pair of numbers",
            read=_pair,
            mistakes=mistakes,
            rtol=0.0,
            atol=0.0,
        )
    return "With many channels a 3×3 convolution needs nearly nine times the parameters of the two steps."


Layers = list[dict[str, Any]]


def _layer(name: str, **weights: int) -> dict[str, Any]:
    return {"name": name, "weights": weights}


def _batch_normalisation(name: str, n: int) -> dict[str, Any]:
    return _layer(name, gamma=n, beta=n, moving_mean=n, moving_variance=n)


def _after(layers: Layers, name: str, *, more: int = 1) -> Layers:
    return layers[[layer["name"] for layer in layers].index(name) + more :]


def _before(layers: Layers, name: str) -> Layers:
    return layers[: len(layers) - len(_after(layers, name))]


def _learned(layers: Layers) -> int:
    counts = [layer["weights"] for layer in layers]
    return sum(n for weights in counts for name, n in weights.items() if not name.startswith("moving"))


def _all(layers: Layers) -> int:
    return sum(sum(layer["weights"].values()) for layer in layers)


def _without_normalisation(layers: Layers) -> Layers:
    return [layer for layer in layers if "moving_mean" not in layer["weights"]]


def _networks() -> tuple[Layers, Layers]:
    shown = [  # by the exercise
        _layer("conv1", kernel=648),
        _batch_normalisation("conv1_bn", 24),
        _layer("conv2", kernel=1152),
        _batch_normalisation("conv2_bn", 48),
        _layer("pooling"),
        _layer("classifier", kernel=480, bias=10),
    ]
    other = [
        _layer("block1", kernel=432, bias=16),
        _layer("block2", kernel=2304),
        _layer("block2_bn", beta=16, moving_mean=16, moving_variance=16),  # as Inception's: without gamma
        _layer("block3", kernel=4608, bias=32),
    ]
    return shown, other


@task(
    "7.6",
    hints=(
        "Two questions for each number: is its layer frozen? And if not, does a gradient reach it?",
        "Find the place of last_frozen in the list; all layers after it are trained. Of their weights leave "
        "out moving_mean and moving_variance.",
        "names.index(last_frozen) + 1 is the first trained layer. Add up the n of its weights.items() whose "
        'name does not start with "moving", and those of all layers after it.',
    ),
)
def trained(function: Function) -> str:
    """Try `function(layers, last_frozen)`, the number of parameters that gradients change."""
    shown, other = _networks()
    # After conv1_bn each of these mistakes gives a number of its own.
    cases = [(shown, name) for name in ("conv1_bn", "conv1", "pooling", "classifier")]
    cases += [(other, name) for name in ("block1", "block2", "block2_bn")]
    mistakes = (
        (
            lambda x, name: _all(_after(x, name)),
            "moving means and variances are counted, but no gradient changes them",
        ),
        (
            lambda x, name: _learned(_without_normalisation(_after(x, name))),
            "batch normalisation is left out, but gradients change gamma and beta",
        ),
        (
            lambda x, name: _learned(_after(x, name, more=0)),
            "the layer named last_frozen is counted: it is frozen, too",
        ),
        (
            lambda x, name: _all(_after(x, name, more=0)),
            "the layer named last_frozen is counted: it is frozen, too. And so are moving statistics, which "
            "no gradient changes",
        ),
        (
            lambda x, name: _learned(_after(x, name, more=2)),
            "the layer after last_frozen is left out: it is trained",
        ),
        (lambda x, name: _learned(_before(x, name)), "these stand in frozen layers; asked are the others"),
        (lambda x, name: _all(_before(x, name)), "these stand in frozen layers; asked are the others"),
        (
            lambda x, name: _all(x) - _learned(_after(x, name)),
            "these are the ones that do not change; asked are the others",
        ),
        (lambda x, name: _learned(x), "nothing is frozen: begin after the layer named last_frozen"),
        (lambda x, name: _all(x), "these are all numbers of the network, frozen or not"),
        (
            lambda x, name: _learned([layer for layer in x if layer["name"] != name]),
            "one layer alone is frozen; all those before it are frozen, too",
        ),
        (
            lambda x, name: _learned([layer for layer in x if layer["name"] > name]),
            "names are compared by the alphabet; what counts is their order in the list",
        ),
        (
            lambda x, name: sum(len(layer["weights"]) for layer in _after(x, name)),
            "these are the weights' names; add up how many numbers each holds",
        ),
        (lambda x, name: len(_after(x, name)), "this is the number of layers; add up their parameters"),
        (
            lambda x, name: (
                (_learned(_after(x, name)) + _learned(_without_normalisation(_after(x, name)))) // 2
            ),
            "gamma and beta both count",
        ),
    )
    expect_results(function, _trained, cases, mistakes, "the number of parameters", rtol=0.0, atol=0.0)
    changed = "the list that your function is given has changed as well: take nothing out of it"
    for inputs in cases:
        _expect_unchanged(function, inputs, changed)
    return "A classifier of ten classes on MobileNet's 768 features has 7,690 of them, no more."


def _trained(layers: Layers, last_frozen: str) -> int:
    return _learned(_after(layers, last_frozen))


Statistics = Callable[[np.ndarray, Mapping[str, Any], bool], tuple[Any, Any]]


def _of_batch(x: np.ndarray, layer: Mapping[str, Any], training: bool) -> tuple[Any, Any]:
    return x.mean(axis=0), x.var(axis=0)


def _moving(x: np.ndarray, layer: Mapping[str, Any], training: bool) -> tuple[Any, Any]:
    return layer["moving_mean"], layer["moving_variance"]


def _as_keras(x: np.ndarray, layer: Mapping[str, Any], training: bool) -> tuple[Any, Any]:
    return (_of_batch if training and layer["trainable"] else _moving)(x, layer, training)


def _as_training_says(x: np.ndarray, layer: Mapping[str, Any], training: bool) -> tuple[Any, Any]:
    return (_of_batch if training else _moving)(x, layer, training)


def _changed(statistics: Statistics, change: Callable[..., tuple[Any, Any]]) -> Statistics:
    """Other statistics, where they are those of the batch: ``change(x, mean, variance, layer)``."""

    def made(x: np.ndarray, layer: Mapping[str, Any], training: bool) -> tuple[Any, Any]:
        mean, variance = statistics(x, layer, training)
        return change(x, mean, variance, layer) if training and layer["trainable"] else (mean, variance)

    return made


def _affine(divided: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> np.ndarray:
    return np.asarray(gamma * divided + beta)


def _divided(x: np.ndarray, mean: Any, root: Any) -> Any:
    return (x - mean) / root


def _root(variance: Any, epsilon: float) -> Any:
    return np.sqrt(variance + epsilon)


def _normalise(
    statistics: Statistics = _as_keras,
    *,
    spread: Callable[[Any, float], Any] = _root,
    divided: Callable[..., Any] = _divided,
    end: Callable[..., np.ndarray] = _affine,
) -> Function:
    """Batch normalisation; the arguments carry out typical mistakes."""

    def made(x: np.ndarray, layer: Mapping[str, Any], training: bool) -> np.ndarray:
        mean, variance = statistics(x, layer, training)
        z = divided(x, mean, spread(variance, layer["epsilon"]))
        return end(z, layer["gamma"], layer["beta"])

    return made


def _normalisation_mistakes() -> Mistakes:
    def batch(change: Callable[..., tuple[Any, Any]]) -> Function:
        return _normalise(_changed(_as_keras, change))

    parentheses = "the mean is subtracted before dividing: (values - mean) needs its parentheses"
    mixed = "mean and variance belong together: both of the batch, or both moving"
    return (
        (lambda x, layer, t: x, "the values are unchanged; every layer normalises, a frozen one, too"),
        (
            _normalise(_as_training_says),
            "a frozen layer takes its moving mean and variance, in training mode, too",
        ),
        (
            _normalise(_moving),
            "in training mode a trainable layer takes the mean and the variance of the batch, not the "
            "moving ones",
        ),
        (
            _normalise(_of_batch),
            "these are the mean and the variance of the batch; in inference mode the moving ones are taken",
        ),
        (batch(lambda x, m, v, layer: (m, layer["moving_variance"])), mixed),
        (batch(lambda x, m, v, layer: (layer["moving_mean"], v)), mixed),
        (
            batch(
                lambda x, m, v, layer: (
                    0.99 * layer["moving_mean"] + 0.01 * m,
                    0.99 * layer["moving_variance"] + 0.01 * v,
                )
            ),
            "so the moving ones are updated; the values are normalised by those of the batch alone",
        ),
        (
            batch(lambda x, m, v, layer: (m, x.var(axis=0, ddof=1))),
            "the variance divides by n − 1; here it is n",
        ),
        (
            batch(lambda x, m, v, layer: (m, x.std(axis=0))),
            "the standard deviation stands in place of the variance, and the root is taken twice",
        ),
        (
            batch(lambda x, m, v, layer: (x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True))),
            "mean and variance are taken over the channels; axis 0 counts the images",
        ),
        (
            batch(lambda x, m, v, layer: (x.mean(axis=1), x.var(axis=1))),
            "mean and variance are taken over the channels; axis 0 counts the images",
        ),
        (
            batch(lambda x, m, v, layer: (x.mean(), x.var())),
            "there is one mean for all; each channel has one",
        ),
        (batch(lambda x, m, v, layer: (m, x.var())), "there is one variance for all; each channel has one"),
        (_normalise(spread=lambda v, e: np.sqrt(v)), "epsilon is missing under the root"),
        (_normalise(spread=lambda v, e: np.sqrt(v) + e), "epsilon belongs under the root"),
        (_normalise(spread=lambda v, e: v + e), "the root is missing"),
        (_normalise(divided=lambda x, m, root: x - m / root), parentheses),
        (
            _normalise(divided=lambda *parts: parts, end=lambda z, g, b: g * z[0] - z[1] / z[2] + b),
            parentheses,
        ),
        (_normalise(end=lambda z, g, b: z), "gamma and beta are missing"),
        (_normalise(end=lambda z, g, b: g * z), "beta is missing"),
        (_normalise(end=lambda z, g, b: z + b), "gamma is missing"),
        (_normalise(end=lambda z, g, b: b * z + g), "gamma and beta have changed places"),
        (_normalise(end=lambda z, g, b: g * (z + b)), "beta is multiplied by gamma: add it last"),
    )


@task(
    "7.7",
    hints=(
        "Write down the four cases: trainable or frozen, training or not. In how many of them does the batch "
        "decide?",
        "The batch decides only if training and layer['trainable'] are both True. Its statistics are "
        "values.mean(axis=0) and values.var(axis=0).",
        "Choose mean and variance with if … else. Then layer['gamma'] * (values - mean) / "
        "np.sqrt(variance + layer['epsilon']) + layer['beta'].",
    ),
)
def normalised(function: Function) -> str:
    """Try `function(values, layer, training)`, batch normalisation in training and in inference mode."""
    rng = np.random.default_rng(77)
    shown = {  # by the exercise, as are the first values
        "trainable": True,
        "epsilon": 0.25,
        "gamma": np.array([2.0, 3.0]),
        "beta": np.array([1.0, 0.5]),
        "moving_mean": np.array([1.0, 4.0]),
        "moving_variance": np.array([2.0, 5.0]),
    }
    values = np.array([[0.0, 2.0], [4.0, 8.0]])  # as many images as channels: a wrong axis stops no function
    ways = ((True, True), (True, False), (False, True), (False, False))
    cases = [(values, {**shown, "trainable": trainable}, training) for trainable, training in ways]
    for images, training in ((7, True), (1, False)):
        layer = {
            "trainable": True,
            "epsilon": 0.01,
            "gamma": rng.uniform(0.5, 2, 4),
            "beta": rng.normal(size=4),
            "moving_mean": rng.normal(size=4),
            "moving_variance": rng.uniform(0.1, 0.5, 4),
        }
        cases.append((rng.normal(1, 0.4, (images, 4)), layer, training))
    expect_results(function, _normalise(), cases, _normalisation_mistakes(), "the result")
    changed = (
        "the values or the layer that your function is given have changed as well: values - mean, not "
        "values -= mean, and the moving ones are not updated here"
    )
    for inputs in cases:
        _expect_unchanged(function, inputs, changed)
    return "So the features of a frozen network do not depend on which other images stand in the batch."


_SUPPORTED = {
    "a": "frozen features are ahead with every seed, by many points",
    "d": "training from scratch is ahead with every seed",
    "f": "with every seed, training from scratch gains far more",
}
_UNSUPPORTED = {
    "b": "compare with the same seed, which drew the same images: fine-tuning is ahead with each of the five",
    "c": "seed by seed, sometimes the one is ahead and sometimes the other: the difference is within its "
    "margin",
    "e": "nobody has trained with 5,000 labels per class",
    "g": "the fits show that they fall behind, not why: nobody has varied the colours",
}


@task(
    "7.8",
    hints=(
        "Read along the rows: fits with the same seed have learned from the same images.",
        "Subtract two columns. Do the five differences have one sign, and lie close together? And ask of "
        "each statement whether anybody has measured it.",
        "Three of the seven hold: one with 10 labels, one with 1,000, and one on the way between them.",
    ),
)
def supported(answer: Any) -> str:
    """Judge which statements a table of fits supports."""
    expect_supported(answer, _SUPPORTED, _UNSUPPORTED)
    return "Compare seed by seed, and go no further than what was measured."
