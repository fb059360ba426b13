"""The exercises to chapter 03: what is right, on which inputs, and what each mistake is told.

A Keras model is judged by its attributes alone.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import Function, Wrong, call, exercise, expect_array, expect_number, expect_untouched, task
from .layers import expect_input, kind, layers_of

Layers = list[tuple[int, int]]  # (kernel, stride), from the image upwards
_rng = np.random.default_rng


def _size(n: int, kernel: int, stride: int, padding: int) -> int:
    return (n + 2 * padding - kernel) // stride + 1


def _read_size(answer: Any, name: str) -> int:
    number = expect_number(answer, name)
    if not number.is_integer():
        raise Wrong(f"{name}: you give {number:g}. The kernel takes no half steps: round the moves down, //")
    return int(number)


output_size = exercise(
    "3.1",
    "the size for n={0}, kernel={1}, stride={2}, padding={3}",
    _size,
    on=[
        (28, 3, 1, 0),
        (28, 3, 1, 1),
        (28, 5, 1, 2),
        (28, 3, 3, 0),
        (29, 4, 2, 0),
        (28, 3, 2, 1),
        (12, 3, 4, 0),
    ],
    read=_read_size,
    wrong={
        "the position before the first move is divided by the stride as well": (
            lambda n, k, s, p: (n + 2 * p - k + 1) // s
        ),
        "the padding is on both sides of the image, not on one": lambda n, k, s, p: (n + p - k) // s + 1,
        "the padding makes no difference here, but it should": lambda n, k, s, p: (n - k) // s + 1,
        "the moves are counted; the position before the first move counts as well": (
            lambda n, k, s, p: _size(n, k, s, p) - 1
        ),
        "the stride makes no difference here, but it should": lambda n, k, s, p: n + 2 * p - k + 1,
        "the kernel makes no difference here, but it has to fit inside the image": lambda n, k, s, p: n // s,
        "the moves are rounded up, so the last one would leave the image": (
            lambda n, k, s, p: -(-(n + 2 * p - k) // s) + 1
        ),
        "it is one too large: is the first position counted twice?": lambda n, k, s, p: _size(n, k, s, p) + 1,
    },
    hints=(
        "Draw an image of 5 pixels and a kernel of 3. How many moves can the kernel make, and how many "
        "positions is that?",
        "With padding the image is n + 2 * padding wide. The kernel can move by that width minus its own, "
        "in steps of stride. The first position needs no move.",
        "(n + 2 * padding - kernel) // stride + 1",
    ),
    praise="Moves, rounded down, and one more for the position before the first move.",
)


def _correlate(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(image.astype(float), kernel.shape)
    return np.asarray(np.einsum("ijuv,uv->ij", windows, kernel))


def _with_padding(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    before = [(k - 1) // 2 for k in kernel.shape]
    around = [(b, k - 1 - b) for b, k in zip(before, kernel.shape, strict=True)]
    return _correlate(np.pad(image, around), kernel)


def _into_the_image(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    right = _correlate(image, kernel)
    return np.pad(right, [(0, n - k) for n, k in zip(image.shape, right.shape, strict=True)])


def _image_and_kernel(size: tuple[int, int], kernel_size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    kernel = _rng(32).integers(-4, 5, kernel_size)
    kernel[0, 0], kernel[-1, -1] = -5, 5  # a kernel that turning changes
    return _rng(33).integers(0, 256, size).astype(np.uint8), kernel


correlate = exercise(
    "3.2",
    "the result for an image of {0.shape} and a kernel of {1.shape}",
    _correlate,
    on=[
        _image_and_kernel((6, 7), (3, 3)),
        _image_and_kernel((5, 5), (2, 3)),
        _image_and_kernel((28, 28), (5, 5)),
    ],
    atol=1e-3,
    wrong={
        "the kernel was turned by 180°: this is the convolution of mathematics. "
        "Asked is the cross-correlation, which leaves the kernel as it is": (
            lambda image, kernel: _correlate(image, kernel[::-1, ::-1])
        ),
        "rows and columns of the kernel have changed places": lambda image, k: _correlate(image, k.T),
        "a position is missing at the end of each row and column: range(n - k) stops one too early": (
            lambda image, kernel: _correlate(image, kernel)[:-1, :-1]
        ),
        "the sums do not fit into uint8, which has no negative numbers. "
        "Let the array for the result hold float or int": (
            lambda image, kernel: _correlate(image, kernel).astype(np.int64).astype(np.uint8)
        ),
        'the result is as large as the image: this is the padding "same". Asked is no padding': _with_padding,
        "this is the mean of the products; asked is their sum": lambda image, k: (
            _correlate(image, k) / k.size
        ),
        "negative sums became 0; there is no ReLU here": lambda image, k: np.maximum(_correlate(image, k), 0),
        "the pixels were scaled; take them as they are": lambda image, k: _correlate(image, k) / 255,
        "the kernel was mirrored left to right": lambda image, k: _correlate(image, k[:, ::-1]),
        "the kernel was turned upside down": lambda image, k: _correlate(image, k[::-1]),
        "the last rows and columns are zeros that no position belongs to: the result is smaller": (
            _into_the_image
        ),
    },
    hints=(
        "Take a single position first: which part of the image lies under the kernel whose upper left "
        "corner is at (row, column)?",
        "image[row : row + kernel_rows, column : column + kernel_columns] * kernel, and then the sum. "
        "How many rows and columns of positions are there?",
        "windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape), and "
        'np.einsum("ijuv,uv->ij", windows.astype(float), kernel).',
    ),
    praise="That is what Conv2D computes, before it adds the bias.",
)


def _pool(feature_map: np.ndarray, statistic: Function = np.max) -> Any:
    rows, columns = feature_map.shape
    return statistic(feature_map.reshape(rows // 2, 2, columns // 2, 2), axis=(1, 3))


def _overlapping(feature_map: np.ndarray) -> Any:
    return np.lib.stride_tricks.sliding_window_view(feature_map, (2, 2)).max(axis=(2, 3))


max_pool = exercise(
    "3.3",
    "the result for a map of {0.shape}",
    _pool,
    on=[
        (_rng(33).permutation(24).reshape(4, 6),),
        (-1.0 - _rng(34).random((6, 4)),),
        (_rng(35).normal(size=(26, 26)),),
    ],
    wrong={
        "this is average pooling; asked is the largest number of a square": lambda m: _pool(m, np.mean),
        "this keeps the smallest number of each square; asked is the largest": lambda m: _pool(m, np.min),
        "this adds up each square; asked is its largest number": lambda m: _pool(m, np.sum),
        "the squares overlap: the stride is 1. Asked are squares side by side, stride 2": _overlapping,
        "this keeps the upper left number of each square, not the largest": lambda m: m[::2, ::2],
        "the reshape takes four neighbours of one row as a square; a square has two rows": (
            lambda m: m.reshape(len(m) // 2, -1, 2, 2).max(axis=(2, 3))
        ),
        "negative numbers became 0: does your search for the largest start at 0?": (
            lambda m: np.maximum(_pool(m), 0)
        ),
        "the decimals were cut off: let the array for the result hold floats": lambda m: _pool(m).astype(int),
    },
    hints=(
        "Write down a map of 4×4 numbers and pool it by hand. How many rows and columns are left?",
        "feature_map.reshape(rows // 2, 2, columns // 2, 2) gives the squares two axes of their own. Which?",
        "Take .max(axis=(1, 3)) of it.",
    ),
    praise="A quarter of the numbers is left, and no weight was needed.",
)


convolution_parameters = exercise(
    "3.4",
    "the number for kernel={0}, channels={1}, filters={2}",
    lambda k, c, f: (k * k * c + 1) * f,
    on=[(5, 3, 16), (3, 1, 32), (3, 32, 64), (1, 8, 4)],
    wrong={
        "the biases are missing: each filter has one": lambda k, c, f: k * k * c * f,
        "there is one bias for all; each filter has its own": lambda k, c, f: k * k * c * f + 1,
        "the channels are missing: a filter has weights of its own for each": lambda k, c, f: (k * k + 1) * f,
        "there is a bias for each channel; a filter has a single one": lambda k, c, f: (k * k + 1) * c * f,
        "the biases are as many as the channels, not as the filters": lambda k, c, f: k * k * c * f + c,
        "one row of the kernel is counted; it has kernel × kernel weights": lambda k, c, f: (k * c + 1) * f,
        "this is one filter; asked are all of them": lambda k, c, f: k * k * c + 1,
    },
    hints=(
        "Think of a single filter first. How many pixels lie under it, and how many numbers has each pixel?",
        "A filter has kernel * kernel * channels weights, and one bias.",
        "(kernel * kernel * channels + 1) * filters",
    ),
    praise="The size of the image does not enter: the same weights serve at every position.",
)


def _network(size: int, maps: int = 32) -> int:
    """The parameters of a network whose pooling gives maps of this size."""
    return 10 * 32 + (size * size * maps + 1) * 100 + 101 * 10


network_parameters = exercise(
    "3.5",
    "the number of parameters",
    _network(14),
    wrong={
        'this is the network with the padding "valid", as in the chapter': _network(13),
        "the biases are missing: one for each filter and each unit": _network(14) - 32 - 110,
        "the biases of the convolution are missing: one for each filter": _network(14) - 32,
        "the biases of the layer of 100 units are missing: one for each unit": _network(14) - 100,
        "the biases of the last layer are missing: one for each unit": _network(14) - 10,
        "the biases of the dense layers are missing: one for each unit": _network(14) - 110,
        "the pooling is missing: it halves height and width": _network(28),
        "the dense layer reads all 32 maps, not one": _network(14, maps=1),
        "the convolution is missing": _network(14) - 320,
        "the last layer is missing: its ten units have weights as well": _network(14) - 1010,
        "this is the dense layer of 100 units alone": _network(14) - 320 - 1010,
    },
    hints=(
        'With "same" the convolution gives maps as large as the image. How large are they after the pooling?',
        "14 × 14 positions × 32 maps reach the dense layer. Each of its 100 units has a weight for each of "
        "them, and a bias.",
        "(3 * 3 + 1) * 32 for the convolution, (14 * 14 * 32 + 1) * 100 for the dense layer, "
        "(100 + 1) * 10 for the last: add them up.",
    ),
    praise="The convolution has as many as before. It is the dense layer that pays for the larger maps.",
)


def _field(layers: Layers, *, stride_first: bool = False, forget: bool = False) -> int:
    """The receptive field; the keywords carry out two typical mistakes."""
    field, jump = 1, 1
    for kernel, stride in layers:
        following = stride if forget else jump * stride
        field += (kernel - 1) * (following if stride_first else jump)
        jump = following
    return field


receptive_field = exercise(
    "3.6",
    "the field for {0}",
    _field,
    on=[
        ([(3, 1)],),
        ([(5, 1)],),
        ([(3, 1), (3, 1)],),
        ([(3, 1), (2, 2)],),
        ([(3, 1), (2, 2), (3, 1)],),
        ([(5, 1), (2, 2), (5, 1), (2, 2)],),
        ([(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)],),
    ],
    wrong={
        "a layer's own stride is used too early: it acts on those above": (
            lambda layers: _field(layers, stride_first=True)
        ),
        "earlier strides are forgotten: jumps multiply from layer to layer": (
            lambda layers: _field(layers, forget=True)
        ),
        "the layers are taken from the top; begin at the image": lambda layers: _field(layers[::-1]),
        "strides are ignored: above a pooling, jumps are longer": (
            lambda layers: 1 + sum(kernel - 1 for kernel, _ in layers)
        ),
        "whole kernels are added up, but neighbouring windows overlap": (
            lambda layers: sum(kernel for kernel, _ in layers)
        ),
        "the kernels are multiplied, but neighbouring windows overlap": (
            lambda layers: math.prod(kernel for kernel, _ in layers)
        ),
        "it is one too small: the field starts with 1 pixel, not 0": lambda layers: _field(layers) - 1,
    },
    hints=(
        "Start at the image: one pixel sees 1 pixel. What does a 3×3 convolution add to that? And a second "
        "one on top?",
        "Keep two numbers: the field, and the jump, the distance in pixels between neighbours of the present "
        "layer. A layer adds (kernel - 1) jumps to the field.",
        "field, jump = 1, 1; for each layer: field += (kernel - 1) * jump, and after that jump *= stride.",
    ),
    praise="Strides make the field grow fast, and small kernels in a stack see as far as a large one.",
)


@task(
    "3.7",
    hints=(
        "The kernel of the chapter compares left with right. What do you have to compare here?",
        "Negative weights in the upper row, positive weights in the lower row. What must all nine add up to?",
        "Upper row -1, lower row +1. What must the middle row be?",
    ),
)
def horizontal_edges(answer: Any) -> str:
    """Judge a 3×3 kernel: positive where below is larger than above, zero on even and vertical edges."""
    kernel = expect_array(answer, "the kernel", shape=(3, 3), kind="number").astype(float)
    if not np.isfinite(kernel).all():
        raise Wrong("the kernel holds a value that is not a finite number")
    scale = np.abs(kernel).max()
    if scale == 0:
        raise Wrong("all weights are 0: this kernel answers to nothing")
    across, down = kernel.sum(axis=0) / scale, kernel.sum(axis=1) / scale  # of each column, of each row
    steps = np.array([down[2], down[1] + down[2]])  # answers to a step under the second and the first row
    even, vertical, horizontal = (np.abs(sums).max() > 1e-6 for sums in (down.sum(), across, down))
    above, below = steps.min() < -1e-6, steps.max() > 1e-6
    for fault, message in (
        (even, "an even surface gets an answer: the nine weights have to add up to 0"),
        (vertical and not horizontal, _TURNED_BY_90),
        (vertical, "vertical edges get an answer, too: each column has to add up to 0"),
        (not horizontal, "horizontal edges get no answer: each row adds up to 0"),
        (above and below, _LINES),
        (not below, "the sign is the wrong way round: larger pixels below have to give a positive answer"),
    ):
        if fault:
            raise Wrong(message)
    return "It subtracts what is above from what is below, and everything else cancels."


_TURNED_BY_90 = "this kernel answers to vertical edges: left against right. Turn it by 90°"
_LINES = "this kernel answers to lines, first with one sign and then with the other; asked is an edge"


@task(
    "3.8",
    hints=(
        "The chapter builds its network with keras.Sequential([...]): one line for each layer, in order. "
        "It begins with keras.Input.",
        'keras.layers.Conv2D(16, 5, activation="relu") is the first convolution. Without being told, it does '
        "not pad. Logits means: no activation in the last layer.",
        "keras.Input((28, 28, 1)), Conv2D(16, 5, …), MaxPooling2D(2), Conv2D(32, 3, …), MaxPooling2D(2), "
        "Flatten(), Dense(10).",
    ),
)
def build_network(model: Any) -> str:
    """Judge a Keras model by its layers; an activation may be a layer of its own."""
    layers = layers_of(model)
    kinds = [kind(layer) for layer, _ in layers]
    plan = ["Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "Flatten", "Dense"]
    if kinds != plan:
        extra = ", ".join(sorted(set(kinds) - set(plan)))
        start = f"the plan has no {extra}: " if extra else ""
        raise Wrong(f"{start}expected the layers {', '.join(plan)}, found {', '.join(kinds) or 'none'}")
    _expect_convolution(*layers[0], "the first convolution", filters=16, kernel=5)
    _expect_convolution(*layers[2], "the second convolution", filters=32, kernel=3)
    for position, name in ((1, "the first pooling"), (3, "the second pooling")):
        _expect_settings(layers[position][0], name, pool_size=(2, 2), strides=(2, 2), padding="valid")
    last, ending = layers[5]
    _expect_settings(last, "the dense layer", units=10)
    if ending == "softmax":
        raise Wrong("the model ends in a softmax, so it gives probabilities; asked are logits")
    if ending != "linear":
        raise Wrong(f"the last layer has the activation {ending}; logits may be any number, so it has none")
    _expect_whole(model)
    return f"{model.count_params():,} parameters, far fewer than the chapter's network has."


def _expect_convolution(layer: Any, activation: str, name: str, *, filters: int, kernel: int) -> None:
    if (layer.filters, tuple(layer.kernel_size)) == (kernel, (filters, filters)):
        raise Wrong(f"{name}: filters and kernel size have changed places. Conv2D takes the filters first")
    size = (kernel, kernel)
    _expect_settings(layer, name, filters=filters, kernel_size=size, strides=(1, 1), padding="valid")
    if activation != "relu":
        none = ", which is none" if activation == "linear" else ""
        raise Wrong(f"{name}: expected the activation relu, found {activation}{none}")


def _expect_settings(layer: Any, name: str, **settings: object) -> None:
    for setting, expected in settings.items():
        found = getattr(layer, setting, None)
        found = tuple(found) if isinstance(found, list | tuple) else found
        if found != expected:
            raise Wrong(f"{name}: expected {setting} to be {expected}, found {found}")


def _expect_whole(model: Any) -> None:
    """The model is built, from the right input, with all its parameters."""
    expect_input(model, (28, 28, 1))
    found = model.count_params()
    expected = (5 * 5 + 1) * 16 + (3 * 3 * 16 + 1) * 32 + (5 * 5 * 32 + 1) * 10
    if found != expected:
        lost = any(getattr(layer, "use_bias", True) is False for layer, _ in layers_of(model))
        why = "a layer has lost its biases" if lost else "is a setting, as dilation_rate, not the usual one?"
        raise Wrong(f"expected {expected:,} parameters, found {found:,}: {why}")


@task(
    "3.9",
    hints=(
        "A mirrored image has its columns in reverse order. Which axis of (n, rows, columns) is that?",
        "images[:, :, ::-1] mirrors all of them. rng.random(len(images)) < 0.5 decides which ones to take.",
        "np.where(tails[:, None, None], images[:, :, ::-1], images) chooses image by image.",
    ),
)
def mirror(function: Function) -> str:
    """Try `function(images, rng=…)`, which mirrors each image with probability one half."""
    images = _rng(39).integers(0, 256, (400, 6, 5)).astype(np.uint8)
    found = expect_array(_try(function, images, seed=1), "the result", shape=images.shape)
    if found.dtype != images.dtype:
        raise Wrong(f"the images were {images.dtype}, the result is {found.dtype}; keep the dtype")
    share = _share_mirrored(found, images)
    if not np.array_equal(found, _try(function, images, seed=1)):
        raise Wrong("the same rng gives another result each time: take all coin tosses from rng")
    _expect_own_tosses({_share_mirrored(_try(function, images[:50], seed=k), images[:50]) for k in range(8)})
    if np.array_equal(found, _try(function, images, seed=2)):
        raise Wrong("another rng gives the same result: take the coin tosses from the rng that is passed in")
    if not 0.4 <= share <= 0.6:
        raise Wrong(f"{share:.0%} of 400 images were mirrored; asked is a probability of one half")
    message = "the images that came in were changed: return a new array, or work on a copy"
    expect_untouched(function, (images,), message, rng=_rng(1))
    return "Each image by its own toss, and the stored images stay as they are."


def _try(function: Function, images: np.ndarray, *, seed: int) -> Any:
    return call(function, images, rng=_rng(seed))


def _expect_own_tosses(shares: set[float]) -> None:
    """Look at the shares of mirrored images in several batches."""
    if shares == {0.0}:
        raise Wrong("no image was mirrored")
    if shares == {1.0}:
        raise Wrong("every image was mirrored; asked is about half of them, by chance")
    if shares <= {0.0, 1.0}:
        raise Wrong("all images of a batch are mirrored, or none: each image needs a coin toss of its own")


def _share_mirrored(answer: Any, images: np.ndarray) -> float:
    """Return the share of mirrored images; every image must be there, in its place, mirrored or not."""
    found = np.asarray(answer)
    same, mirrored, upside_down, turned = (
        (found == other).all(axis=(1, 2))
        for other in (images, images[:, :, ::-1], images[:, ::-1], images[:, ::-1, ::-1])
    )
    if np.array_equal(found, images[::-1]):
        raise Wrong("the images are unchanged but in reverse order: axis 0 counts the images")
    if (upside_down & ~same).any():
        raise Wrong("some images stand on their heads: axis 1 holds the rows, axis 2 the columns")
    if (turned & ~same).any():
        raise Wrong("some images are turned by 180°: only the columns change their order")
    if not (same | mirrored).all():
        raise Wrong("some images are neither as they were nor mirrored left to right")
    return float(np.mean(mirrored))


def _work(height: int, width: int, k: int, channels: int, filters: int) -> int:
    return (height - k + 1) * (width - k + 1) * k * k * channels * filters


multiply_adds = exercise(
    "3.10",
    "the number for {0}×{1} pixels, kernel={2}, channels={3}, filters={4}",
    _work,
    on=[(28, 28, 5, 3, 16), (28, 28, 3, 1, 32), (14, 10, 3, 8, 4)],
    wrong={
        "there is a position for each pixel; without padding there are fewer": (
            lambda h, w, k, c, f: h * w * k * k * c * f
        ),
        "these are the weights: each is used once at every position": lambda h, w, k, c, f: k * k * c * f,
        "the biases are counted, but they are not multiplied": (
            lambda h, w, k, c, f: _work(h, w, k, c, f) + (h - k + 1) * (w - k + 1) * f
        ),
        "a row and a column of positions are missing": (
            lambda h, w, k, c, f: (h - k) * (w - k) * k * k * c * f
        ),
        "the channels are missing": lambda h, w, k, c, f: _work(h, w, k, 1, f),
        "this is the work of one filter": lambda h, w, k, c, f: _work(h, w, k, c, 1),
        "multiplications and additions are counted apart; asked are pairs of them": (
            lambda *inputs: 2 * _work(*inputs)
        ),
        "the image is taken to be square": lambda h, w, k, c, f: _work(h, h, k, c, f),
        "one row of the kernel is counted; it has kernel × kernel weights": (
            lambda h, w, k, c, f: _work(h, w, k, c, f) // k
        ),
        "these are the positions; each of them is work": lambda h, w, k, c, f: (h - k + 1) * (w - k + 1),
    },
    hints=(
        "How many multiplications does one filter make at one position? How many positions are there?",
        "There are (height - kernel + 1) * (width - kernel + 1) positions, and a filter has "
        "kernel * kernel * channels weights.",
        "positions * kernel * kernel * channels * filters",
    ),
    praise="Few parameters can be much work: the weights of a convolution are used over and over.",
)
