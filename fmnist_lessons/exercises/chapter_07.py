"""The exercises to chapter 07, transfer learning: what is right, and what each mistake is told."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from . import Function, Misfit, Wrong, call, exercise, expect_array, expect_supported, expect_untouched, task
from .words import describe

_rng = np.random.default_rng


def _three(images: np.ndarray, *, axis: int = -1) -> np.ndarray:
    return np.stack([images] * 3, axis=axis)


def _expect_uint8(function: Function, inputs: tuple[Any, ...]) -> None:
    found = np.asarray(call(function, *inputs)).dtype
    if found != np.uint8:
        larger = f", and they take {found.itemsize} times the memory" if found.itemsize > 1 else ""
        raise Wrong(f"the values are right, but expected dtype uint8, found {found}{larger}")


three_channels = exercise(
    "7.1",
    "the images",
    _three,
    on=[(_rng(71).integers(0, 256, (n, 28, 28)).astype(np.uint8),) for n in (4, 1)],
    then=_expect_uint8,
    wrong={
        "there is one channel; three are asked for": lambda x: x[..., None],
        "the channels stand before everything; they come last": lambda x: _three(x, axis=0),
        "the channels stand before the rows; they come last": lambda x: _three(x, axis=1),
        "the channels stand between rows and columns; they come last": lambda x: _three(x, axis=2),
        ".T turns all axes round, and rows become columns": lambda x: _three(x, axis=0).T,
        "the copies stand side by side in one wide picture: a new axis has to be made for them": (
            lambda x: np.tile(x, 3),
            lambda x: np.repeat(x, 3, axis=-1),
        ),
        "reshape and resize only cut the row of numbers anew; give np.stack axis=-1": (
            lambda x: np.tile(x, 3).reshape(*x.shape, 3),
            lambda x: _three(x, axis=0).reshape(*x.shape, 3),
            lambda x: _three(x, axis=1).reshape(*x.shape, 3),
        ),
        "only red is filled: gray is the same in all three": lambda x: _three(x) * np.array([1, 0, 0]),
        "the values are scaled; leave them as they are": lambda x: _three(x) / 255,
        "each channel gets the whole gray, not a third of it": (
            lambda x: _three(x) / 3,
            lambda x: _three(x) // 3,
        ),
    },
    hints=(
        "The pictures are copied along a new axis. Where does it stand?",
        "images[..., None] has the shape (n, 28, 28, 1). Or give np.stack three times the same array.",
        "np.stack([images, images, images], axis=-1), or np.repeat(images[..., None], 3, axis=-1). "
        "Both keep uint8.",
    ),
    praise="Three times the memory, and nothing new to be seen: but now the first layer fits.",
)

_WHOLE = {"Cannot cast": "uint8 cannot hold such numbers: make a new array, as images.astype(float) does"}


def _floats(answer: Any, name: str) -> np.ndarray:
    array = expect_array(answer, name)
    if array.dtype.kind != "f":
        raise Wrong(f"{name}: expected floats, found dtype {array.dtype}. Most values lie between −1 and 1")
    return array


def _pixels() -> list[tuple[np.ndarray]]:
    """A batch with the darkest and the brightest pixel in the first image, and one of middle greys."""
    whole, middle = (
        _rng(72).integers(*ends, (2, 6, 5, 3)).astype(np.uint8) for ends in ((0, 256), (30, 180))
    )
    whole[:, 0, 0, 0] = 0, 255
    return [(whole,), (middle,)]


def _between(images: np.ndarray, low: Any, high: Any) -> Any:
    return (images - 1.0 * low) / (1.0 * high - low) * 2 - 1


def _wrapped(less: int, by: float) -> Function:
    """Pixels that begin anew below 0, since a whole number is subtracted from uint8."""
    return lambda x: (x - np.uint8(less)) / by


scaled = exercise(
    "7.2",
    "the result",
    lambda x: x / 127.5 - 1,
    on=_pixels(),
    read=_floats,
    wrong={
        "these go from 0 to 1; asked is −1 to 1": lambda x: x / 255,
        "these go from 0 to 2: something is still to be subtracted": lambda x: x / 127.5,
        "these go from −0.5 to 0.5; asked is −1 to 1": lambda x: x / 255 - 0.5,
        "these go from −1 to 0; asked is −1 to 1": lambda x: x / 255 - 1,
        "these go from −127.5 to 127.5: divide as well": lambda x: x - 127.5,
        "black and white have changed places: 0 becomes −1": lambda x: 1 - x / 127.5,
        "255 becomes a little less than 1: half of 255 is 127.5": lambda x: x / 128 - 1,
        "0 becomes a little less than −1: half of 255 is 127.5": lambda x: (x - 128.0) / 127,
        "255 becomes a little more than 1: half of 255 is 127.5": lambda x: x / 127 - 1,
        "the middle between 0 and 255 is 127.5, before and after dividing": (
            lambda x: (x - 127.0) / 128,
            lambda x: (x - 127.0) / 127.5,
            lambda x: (x - 128.0) / 127.5,
        ),
        "// cuts off what is between the whole numbers: divide with /": lambda x: x // 127.5 - 1,
        "uint8 ends at 255 and at 0, and begins anew: divide first, or use .astype(float)": (
            lambda x: x * np.uint8(2) / 255 - 1,
            lambda x: (x * np.uint8(2) - np.uint8(255)) / 255,
            *(_wrapped(less, by) for less in (127, 128) for by in (127, 127.5, 128)),
        ),
        "int8 ends at 127: brighter pixels become negative": (
            lambda x: x.astype("int8") / 127.5,
            lambda x: x.astype("int8") / 128,
        ),
        "this makes mean 0 and spread 1, by what the batch holds": lambda x: (x - x.mean()) / x.std(),
        "the darkest and the brightest pixel of the batch set the scale here; 0 and 255 are to set it": (
            lambda x: _between(x, x.min(), x.max()),
            lambda x: _between(x, 0, x.max()),
            lambda x: _between(x, *(end(x, (1, 2, 3), keepdims=True) for end in (np.min, np.max))),
        ),
    },
    errors=_WHOLE,
    hints=(
        "Make the range as wide as it has to be, then shift it. How wide is it before, and how wide after?",
        "The range is 255 wide before, and 2 wide after: divide by 127.5. Where does it begin then?",
        "images / 127.5 - 1",
    ),
    praise="EfficientNetB0 wants 0 to 255: in Keras it scales inside. Always read what a network expects.",
    atol=1e-3,
)

_MEANS = np.array([103.939, 116.779, 123.68])  # blue, green, red
_AXIS = "the channels are the last axis: images[..., ::-1]"


def _centred(images: np.ndarray) -> np.ndarray:
    return np.asarray(images[..., ::-1] - _MEANS)


def _fine(answer: Any, name: str) -> np.ndarray:
    array = expect_array(answer, name, kind="number")
    if array.dtype == np.float16:
        raise Wrong(f"{name}: float16 is too coarse for such means, take float32 or float")
    return array


centred = exercise(
    "7.3",
    "the result",
    _centred,
    on=[(_rng(73).integers(0, 256, (n, 7, 4, 3)).astype(np.uint8),) for n in (5, 1)],
    read=_fine,
    then=partial(
        expect_untouched,
        message="the images that your function is given have changed as well: work on images.astype(float)",
    ),
    wrong={
        "the order is still red, green, blue, and red loses the mean of blue": lambda x: x - _MEANS,
        "each channel loses its mean, but red still comes first": lambda x: x - _MEANS[::-1],
        "red and blue lose each other's mean: after the flip blue comes first, so 103.939 comes first": (
            lambda x: (x - _MEANS)[..., ::-1]
        ),
        "the order is right; the means are not subtracted": lambda x: x[..., ::-1],
        "the means are added; subtract them": lambda x: x[..., ::-1] + _MEANS,
        "the sign: the pixel minus the mean": lambda x: -_centred(x),
        f"this mirrors the pictures; {_AXIS}": (
            lambda x: x[:, :, ::-1] - _MEANS,
            lambda x: x[:, :, ::-1] - _MEANS[::-1],
        ),
        f"this turns the pictures upside down; {_AXIS}": lambda x: x[:, ::-1] - _MEANS,
        f"this reverses the order of the pictures; {_AXIS}": lambda x: x[::-1] - _MEANS,
        f"this turns every axis round; {_AXIS}": lambda x: np.flip(x) - _MEANS,
        "blue comes first, then green, then red": (
            lambda x: x[..., [1, 2, 0]] - _MEANS[[1, 2, 0]],
            lambda x: x[..., [2, 0, 1]] - _MEANS,
        ),
        "each channel has a mean of its own": lambda x: x[..., ::-1] - _MEANS.mean(),
        "these are the means of the batch; ImageNet's are asked for": (
            lambda x: (x - x.mean(axis=(0, 1, 2)))[..., ::-1]
        ),
        "nothing is divided here: the pixels keep their range of 255": (
            lambda x: x[..., ::-1] / 255 - _MEANS,
            lambda x: _centred(x) / 255,
            lambda x: _centred(x) / 127.5,
        ),
        "this is what MobileNet wants, in another order": lambda x: x[..., ::-1] / 127.5 - 1,
        "the channels have moved; they stay the last axis": lambda x: np.moveaxis(_centred(x), -1, 1),
        "uint8 has no negative numbers: subtract floats": (
            lambda x: x[..., ::-1] - _MEANS.round().astype(np.uint8)
        ),
        "the right values are cut off to fit into uint8, which has no fractions and nothing below 0: work on "
        "images.astype(float)": lambda x: _centred(x).astype(np.uint8),
        "the values may be negative: cut nothing off": lambda x: np.maximum(_centred(x), 0),
    },
    errors=_WHOLE,
    hints=(
        "Two things: another order of the channels, and a subtraction. Which axis holds the channels?",
        "images[..., ::-1] turns the last axis round. Then an array of three numbers is subtracted, blue's "
        "first.",
        "images[..., ::-1] - np.array([103.939, 116.779, 123.68])",
    ),
    praise="For gray garments the order of the channels makes no difference; that of the means still does.",
    rtol=1e-5,
    atol=1e-3,
)


def _width(size: int, halvings: int, padding: str) -> int:
    step = 1 << halvings
    return -(-size // step) if padding == "same" else size // step


last_width = exercise(
    "7.4",
    "the width",
    _width,
    on=[
        (size, halvings, padding)
        for size, halvings in ((100, 3), (48, 5), (28, 5), (224, 5), (77, 1))
        for padding in ("same", "valid")
    ],
    wrong={
        'with "valid" a column that is left over is dropped: 7 becomes 3, and 1 becomes 0': (
            lambda s, n, p: _width(s, n, "same"),
            lambda s, n, p: max(_width(s, n, p), 1),
        ),
        '"same" rounds up, "valid" down: with "same" a column that is left over counts, and 7 becomes 4': (
            lambda s, n, p: _width(s, n, "valid"),
            lambda s, n, p: _width(s, n, "valid" if p == "same" else "same"),
        ),
        "this is a single halving: it has to stand in a loop, and return after the loop": (
            lambda s, n, p: _width(s, 1, p)
        ),
        "this is one halving too few": lambda s, n, p: _width(s, n - 1, p),
        "this is one halving too many": lambda s, n, p: _width(s, n + 1, p),
        "three halvings divide by 2 · 2 · 2, not by 2 · 3": (
            lambda s, n, p: s // (2 * n),
            lambda s, n, p: -(-s // (2 * n)),
        ),
        "these are the places of the map; asked is its width": lambda s, n, p: _width(s, n, p) ** 2,
        "nothing is halved": lambda s, n, p: s,
    },
    hints=(
        "Halve once. What becomes of 7, with each of the two paddings? Then halve the result.",
        'With "same" round up: (size + 1) // 2. With "valid" round down: size // 2.',
        'for _ in range(halvings): size = (size + 1) // 2 if padding == "same" else size // 2.',
    ),
    praise=(
        'Of 28 pixels "valid" leaves nothing: the networks here take 32 at least. MobileNet mixes: in Keras '
        'its first halving is "same", the other four drop what is left over.'
    ),
)


def _pair(answer: Any, name: str) -> np.ndarray:
    try:
        return expect_array(answer, name, kind="number")
    except Misfit:
        raise Misfit(f"expected two numbers with a comma between them, found {describe(answer)}") from None


def _and_steps(steps: Function) -> Function:
    """The parameters of a standard convolution, and what is said of the two steps."""
    return lambda k, i, o: np.array([k**2 * i * o, steps(k, i, o)])


def _instead(standard: Function) -> Function:
    """What is said of the standard convolution, and the parameters of the two steps."""
    return lambda k, i, o: np.array([standard(k, i, o), k**2 * i + i * o])


_separable = _and_steps(lambda k, i, o: k**2 * i + i * o)

parameters = exercise(
    "7.5",
    "the pair of numbers",
    _separable,
    on=[(3, 8, 16), (5, 3, 32), (3, 384, 768)],
    read=_pair,
    wrong={
        "the order is reversed: the standard one comes first": lambda k, i, o: _separable(k, i, o)[::-1],
        "biases are not counted": (
            lambda k, i, o: _separable(k, i, o) + np.array([o, o]),
            lambda k, i, o: _separable(k, i, o) + np.array([o, i + o]),
        ),
        "a filter is kernel wide and kernel high: kernel²": (
            lambda k, i, o: np.array([k * i * o, k * i + i * o])
        ),
        "these are the depthwise and the pointwise step; the standard convolution comes first": (
            lambda k, i, o: np.array([k**2 * i, i * o])
        ),
        "the two steps are added up, to one number": lambda k, i, o: np.array(
            [k**2 * i * o, k**2 * i, i * o]
        ),
        "the pointwise step is missing": _and_steps(lambda k, i, o: k**2 * i),
        "the depthwise step is missing": _and_steps(lambda k, i, o: i * o),
        "the two steps come one after the other: add their parameters, do not multiply": (
            _and_steps(lambda k, i, o: k**2 * i * i * o)
        ),
        "the depthwise step filters the channels that come in": _and_steps(lambda k, i, o: k**2 * o + i * o),
        "the pointwise step looks at one pixel at a time: 1×1": (
            _and_steps(lambda k, i, o: k**2 * i + k**2 * i * o)
        ),
        "the pointwise step mixes: each outgoing channel has a number for each incoming one": (
            _and_steps(lambda k, i, o: k**2 * i + o)
        ),
        "in the depthwise step each incoming channel has a filter of its own": (
            _and_steps(lambda k, i, o: k**2 + i * o)
        ),
        "in the depthwise step a filter sees one channel, not all": (
            _and_steps(lambda k, i, o: k**2 * i * i + i * o),
            _and_steps(lambda k, i, o: k**2 * i * o + i * o),
        ),
        "the standard convolution has such a filter for each outgoing channel": (
            _instead(lambda k, i, o: k**2 * i)
        ),
        "the standard convolution: each filter sees all incoming channels": (
            _instead(lambda k, i, o: k**2 * o),
            _instead(lambda k, i, o: k**2 * (i + o)),
        ),
    },
    hints=(
        "How many numbers does one filter hold? How many filters are there? Count each step for itself.",
        "Standard: kernel² · in · out. Depthwise: one filter of kernel² for each incoming channel. "
        "Pointwise: kernel is 1.",
        "kernel**2 * channels_in * channels_out, kernel**2 * channels_in + channels_in * channels_out",
    ),
    praise="With many channels a 3×3 convolution needs nearly nine times the parameters of the two steps.",
    rtol=0.0,
    atol=0.0,
)

Layer = dict[str, Any]
Layers = list[Layer]


def _layer(name: str, **weights: int) -> Layer:
    return {"name": name, "weights": weights}


def _batch_normalisation(name: str, n: int) -> Layer:
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


def _trained(layers: Layers, last_frozen: str) -> int:
    return _learned(_after(layers, last_frozen))


_SHOWN = [  # by the exercise; after conv1_bn each of the mistakes gives a number of its own
    _layer("conv1", kernel=648),
    _batch_normalisation("conv1_bn", 24),
    _layer("conv2", kernel=1152),
    _batch_normalisation("conv2_bn", 48),
    _layer("pooling"),
    _layer("classifier", kernel=480, bias=10),
]
_OTHER = [
    _layer("block1", kernel=432, bias=16),
    _layer("block2", kernel=2304),
    _layer("block2_bn", beta=16, moving_mean=16, moving_variance=16),  # as Inception's: without gamma
    _layer("block3", kernel=4608, bias=32),
]

trained = exercise(
    "7.6",
    "the number of parameters",
    _trained,
    on=[
        *((_SHOWN, name) for name in ("conv1_bn", "conv1", "pooling", "classifier")),
        *((_OTHER, name) for name in ("block1", "block2", "block2_bn")),
    ],
    then=partial(
        expect_untouched,
        message="the list that your function is given has changed as well: take nothing out of it",
    ),
    wrong={
        "moving means and variances are counted, but no gradient changes them": (
            lambda x, name: _all(_after(x, name))
        ),
        "batch normalisation is left out, but gradients change gamma and beta": (
            lambda x, name: _learned(_without_normalisation(_after(x, name)))
        ),
        "the layer named last_frozen is counted: it is frozen, too": (
            lambda x, name: _learned(_after(x, name, more=0))
        ),
        "the layer named last_frozen is counted: it is frozen, too. And so are moving statistics, which no "
        "gradient changes": lambda x, name: _all(_after(x, name, more=0)),
        "the layer after last_frozen is left out: it is trained": (
            lambda x, name: _learned(_after(x, name, more=2))
        ),
        "these stand in frozen layers; asked are the others": (
            lambda x, name: _learned(_before(x, name)),
            lambda x, name: _all(_before(x, name)),
        ),
        "these are the ones that do not change; asked are the others": (
            lambda x, name: _all(x) - _trained(x, name)
        ),
        "nothing is frozen: begin after the layer named last_frozen": lambda x, name: _learned(x),
        "these are all numbers of the network, frozen or not": lambda x, name: _all(x),
        "one layer alone is frozen; all those before it are frozen, too": (
            lambda x, name: _learned([layer for layer in x if layer["name"] != name])
        ),
        "names are compared by the alphabet; what counts is their order in the list": (
            lambda x, name: _learned([layer for layer in x if layer["name"] > name])
        ),
        "these are the weights' names; add up how many numbers each holds": (
            lambda x, name: sum(len(layer["weights"]) for layer in _after(x, name))
        ),
        "this is the number of layers; add up their parameters": lambda x, name: len(_after(x, name)),
        "gamma and beta both count": lambda x, name: (
            (_trained(x, name) + _learned(_without_normalisation(_after(x, name)))) // 2
        ),
    },
    hints=(
        "Two questions for each number: is its layer frozen? And if not, does a gradient reach it?",
        "Find the place of last_frozen in the list; all layers after it are trained. Of their weights leave "
        "out moving_mean and moving_variance.",
        "names.index(last_frozen) + 1 is the first trained layer. Add up the n of its weights.items() whose "
        'name does not start with "moving", and those of all layers after it.',
    ),
    praise="A classifier of ten classes on MobileNet's 768 features has 7,690 of them, no more.",
)


def _decided(layer: Layer, training: bool) -> bool:
    return training and layer["trainable"]


def _of_batch(x: np.ndarray, layer: Layer, axis: int | None = 0) -> tuple[Any, Any]:
    return x.mean(axis=axis), x.var(axis=axis)


def _divided(x: np.ndarray, mean: Any, variance: Any, epsilon: float) -> Any:
    return (x - mean) / np.sqrt(variance + epsilon)


def _formula(x: np.ndarray, m: Any, v: Any, e: float, gamma: Any, beta: Any) -> Any:
    return gamma * _divided(x, m, v, e) + beta


def _normalised(
    batch: Function = _of_batch, *, decides: Function = _decided, by: Function = _formula
) -> Function:
    """Batch normalisation; the arguments carry out typical mistakes."""

    def made(x: np.ndarray, layer: Layer, training: bool) -> Any:
        moving = layer["moving_mean"], layer["moving_variance"]
        mean, variance = batch(x, layer) if decides(layer, training) else moving
        return by(x, mean, variance, layer["epsilon"], layer["gamma"], layer["beta"])

    return made


def _normalisations() -> list[tuple[np.ndarray, Layer, bool]]:
    """The exercise's own values and layer, in all four ways, and two others."""
    shown = {
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
    rng = _rng(77)
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
    return cases


normalised = exercise(
    "7.7",
    "the result",
    _normalised(),
    on=_normalisations(),
    then=partial(
        expect_untouched,
        message="the values or the layer that your function is given have changed as well: values - mean, "
        "not values -= mean, and the moving ones are not updated here",
    ),
    wrong={
        "the values are unchanged; every layer normalises, a frozen one, too": (
            lambda x, layer, t: x,
            lambda x, layer, t: _normalised()(x, layer, t) if layer["trainable"] else x,
        ),
        "a frozen layer takes its moving mean and variance, in training mode, too": (
            _normalised(decides=lambda layer, t: t)
        ),
        "in training mode a trainable layer takes the mean and the variance of the batch, not the moving "
        "ones": _normalised(decides=lambda layer, t: False),
        "these are the mean and the variance of the batch; in inference mode the moving ones are taken": (
            _normalised(decides=lambda layer, t: True),
            _normalised(decides=lambda layer, t: layer["trainable"]),
        ),
        "mean and variance belong together: both of the batch, or both moving": (
            _normalised(lambda x, layer: (x.mean(axis=0), layer["moving_variance"])),
            _normalised(lambda x, layer: (layer["moving_mean"], x.var(axis=0))),
        ),
        "so the moving ones are updated; the values are normalised by those of the batch alone": _normalised(
            lambda x, layer: (
                0.99 * layer["moving_mean"] + 0.01 * x.mean(axis=0),
                0.99 * layer["moving_variance"] + 0.01 * x.var(axis=0),
            )
        ),
        "the variance divides by n − 1; here it is n": (
            _normalised(lambda x, layer: (x.mean(axis=0), x.var(axis=0, ddof=1)))
        ),
        "the standard deviation stands in place of the variance, and the root is taken twice": (
            _normalised(lambda x, layer: (x.mean(axis=0), x.std(axis=0)))
        ),
        "mean and variance are taken over the channels; axis 0 counts the images": (
            _normalised(lambda x, layer: _of_batch(x, layer, 1)),
            _normalised(lambda x, layer: (x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True))),
        ),
        "there is one mean for all; each channel has one": (
            _normalised(lambda x, layer: _of_batch(x, layer, None))
        ),
        "there is one variance for all; each channel has one": (
            _normalised(lambda x, layer: (x.mean(axis=0), x.var()))
        ),
        "epsilon is missing under the root": (
            _normalised(by=lambda x, m, v, e, g, b: g * (x - m) / np.sqrt(v) + b)
        ),
        "epsilon belongs under the root": (
            _normalised(by=lambda x, m, v, e, g, b: g * (x - m) / (np.sqrt(v) + e) + b)
        ),
        "the root is missing": _normalised(by=lambda x, m, v, e, g, b: g * (x - m) / (v + e) + b),
        "the mean is subtracted before dividing: (values - mean) needs its parentheses": (
            _normalised(by=lambda x, m, v, e, g, b: g * (x - m / np.sqrt(v + e)) + b),
            _normalised(by=lambda x, m, v, e, g, b: g * x - m / np.sqrt(v + e) + b),
        ),
        "gamma and beta are missing": _normalised(by=lambda x, m, v, e, g, b: _divided(x, m, v, e)),
        "beta is missing": _normalised(by=lambda x, m, v, e, g, b: g * _divided(x, m, v, e)),
        "gamma is missing": _normalised(by=lambda x, m, v, e, g, b: _divided(x, m, v, e) + b),
        "gamma and beta have changed places": (
            _normalised(by=lambda x, m, v, e, g, b: b * _divided(x, m, v, e) + g)
        ),
        "beta is multiplied by gamma: add it last": (
            _normalised(by=lambda x, m, v, e, g, b: g * (_divided(x, m, v, e) + b))
        ),
    },
    hints=(
        "Write down the four cases: trainable or frozen, training or not. In how many of them does the batch "
        "decide?",
        "The batch decides only if training and layer['trainable'] are both True. Its statistics are "
        "values.mean(axis=0) and values.var(axis=0).",
        "Choose mean and variance with if … else. Then layer['gamma'] * (values - mean) / "
        "np.sqrt(variance + layer['epsilon']) + layer['beta'].",
    ),
    praise="So the features of a frozen network do not depend on which other images stand in the batch.",
)


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
