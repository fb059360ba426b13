"""Checks of the exercises to chapter 03, Convolutional networks.

Each function is tried on inputs made here. Typical mistakes are carried out on the same inputs, so that
an answer that equals one of them is called by its name. A Keras model is judged by its attributes alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from . import (
    Misfit,
    Wrong,
    call,
    expect_array,
    expect_close,
    expect_equal,
    expect_integer,
    expect_number,
    task,
)

Function = Callable[..., object]
Layers = list[tuple[int, int]]  # (kernel, stride), from the image upwards


@task(
    "3.1",
    hints=(
        "Draw an image of 5 pixels and a kernel of 3. How many moves can the kernel make, and how many "
        "positions is that?",
        "With padding the image is n + 2 * padding wide. The kernel can move by that width minus its own, "
        "in steps of stride. The first position needs no move.",
        "(n + 2 * padding - kernel) // stride + 1",
    ),
)
def output_size(function: Function) -> str:
    """Try `function(n, kernel, stride, padding)`, which returns the width of the output."""
    cases = (
        (28, 3, 1, 0),
        (28, 3, 1, 1),
        (28, 5, 1, 2),
        (28, 3, 3, 0),
        (29, 4, 2, 0),
        (28, 3, 2, 1),
        (12, 3, 4, 0),
    )
    for n, kernel, stride, padding in cases:
        what = f"the size for n={n}, kernel={kernel}, stride={stride}, padding={padding}"
        found = expect_number(call(function, n, kernel, stride=stride, padding=padding), what)
        room = n + 2 * padding - kernel
        if not found.is_integer():
            raise Wrong(f"{what} is {found:g}: the kernel takes no half steps. Round the moves down with //")
        mistakes = (
            ((room + 1) // stride, "the position before the first move is divided by the stride as well"),
            ((n + padding - kernel) // stride + 1, "the padding is on both sides of the image, not on one"),
            ((n - kernel) // stride + 1, "the padding makes no difference here, but it should"),
            (room // stride, "the moves are counted; the position before the first move counts as well"),
            (room + 1, "the stride makes no difference here, but it should"),
            (n // stride, "the kernel makes no difference here, but it has to fit inside the image"),
            (-(-room // stride) + 1, "the moves are rounded up, so the last one would leave the image"),
            (room // stride + 2, "it is one too large: is the first position counted twice?"),
        )
        _judge(int(found), room // stride + 1, what, mistakes)
    return "Moves, rounded down, and one more for the position before the first move."


@task(
    "3.2",
    hints=(
        "Take a single position first: which part of the image lies under the kernel whose upper left "
        "corner is at (row, column)?",
        "image[row : row + kernel_rows, column : column + kernel_columns] * kernel, and then the sum. "
        "How many rows and columns of positions are there?",
        "windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape), and "
        'np.einsum("ijuv,uv->ij", windows.astype(float), kernel).',
    ),
)
def correlate(function: Function) -> str:
    """Try `function(image, kernel)`, which returns the cross-correlation without padding."""
    rng = np.random.default_rng(32)
    for size, kernel_size in (((6, 7), (3, 3)), ((5, 5), (2, 3)), ((28, 28), (5, 5))):
        image = rng.integers(0, 256, size).astype(np.uint8)
        kernel = rng.integers(-4, 5, kernel_size)
        kernel[0, 0], kernel[-1, -1] = -5, 5  # a kernel that turning changes
        right = _correlate(image, kernel)
        what = f"the result for an image of {size} and a kernel of {kernel_size}"
        found = expect_array(call(function, image, kernel), what, kind="number")
        expect_close(found, right, what, rtol=1e-4, atol=1e-3, mistakes=_correlation_mistakes(image, kernel))
    return "That is what Conv2D computes, before it adds the bias."


def _correlate(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(image.astype(float), kernel.shape)
    return np.asarray(np.einsum("ijuv,uv->ij", windows, kernel))


def _correlation_mistakes(image: np.ndarray, kernel: np.ndarray) -> Iterable[tuple[object, str]]:
    right = _correlate(image, kernel)
    yield (
        _correlate(image, kernel[::-1, ::-1]),
        "the kernel was turned by 180°: this is the convolution of mathematics. "
        "Asked is the cross-correlation, which leaves the kernel as it is",
    )
    if kernel.shape[0] == kernel.shape[1]:
        yield _correlate(image, kernel.T), "rows and columns of the kernel have changed places"
    short = "a position is missing at the end of each row and column: range(n - k) stops one too early"
    yield right[:-1, :-1], short
    yield (
        right.astype(np.int64).astype(np.uint8),
        "the sums do not fit into uint8, which has no negative numbers. "
        "Let the array for the result hold float or int",
    )
    before = [(k - 1) // 2 for k in kernel.shape]
    around = [(b, k - 1 - b) for b, k in zip(before, kernel.shape, strict=True)]
    padded = _correlate(np.pad(image, around), kernel)
    yield padded, 'the result is as large as the image: this is the padding "same". Asked is no padding'
    kept = np.zeros(image.shape)
    kept[: right.shape[0], : right.shape[1]] = right
    yield kept, "the last rows and columns are zeros that no position belongs to: the result is smaller"


@task(
    "3.3",
    hints=(
        "Write down a map of 4×4 numbers and pool it by hand. How many rows and columns are left?",
        "feature_map.reshape(rows // 2, 2, columns // 2, 2) gives the squares two axes of their own. Which?",
        "Take .max(axis=(1, 3)) of it.",
    ),
)
def max_pool(function: Function) -> str:
    """Try `function(feature_map)`, which keeps the largest number of each 2×2 square."""
    rng = np.random.default_rng(33)
    maps = (rng.permutation(24).reshape(4, 6), -1.0 - rng.random((6, 4)), rng.normal(size=(26, 26)))
    for feature_map in maps:
        rows, columns = feature_map.shape
        squares = feature_map.reshape(rows // 2, 2, columns // 2, 2)
        overlapping = np.lib.stride_tricks.sliding_window_view(feature_map, (2, 2)).max(axis=(2, 3))
        torn = feature_map.reshape(rows // 2, columns // 2, 2, 2).max(axis=(2, 3))
        right = squares.max(axis=(1, 3))
        what = f"the result for a map of {feature_map.shape}"
        mistakes = (
            (squares.mean(axis=(1, 3)), "this is average pooling; asked is the largest number of a square"),
            (squares.min(axis=(1, 3)), "this keeps the smallest number of each square; asked is the largest"),
            (squares.sum(axis=(1, 3)), "this adds up each square; asked is its largest number"),
            (overlapping, "the squares overlap: the stride is 1. Asked are squares side by side, stride 2"),
            (feature_map[::2, ::2], "this keeps the upper left number of each square, not the largest"),
            (torn, "the reshape takes four neighbours of one row as a square; a square has two rows"),
            (np.maximum(right, 0), "negative numbers became 0: does your search for the largest start at 0?"),
        )
        found = expect_array(call(function, feature_map), what, kind="number")
        expect_close(found, right, what, rtol=1e-5, mistakes=mistakes)
    return "A quarter of the numbers is left, and no weight was needed."


@task(
    "3.4",
    hints=(
        "Think of a single filter first. How many pixels lie under it, and how many numbers has each pixel?",
        "A filter has kernel * kernel * channels weights, and one bias.",
        "(kernel * kernel * channels + 1) * filters",
    ),
)
def convolution_parameters(function: Function) -> str:
    """Try `function(kernel, channels, filters)`, the number of parameters of a convolution."""
    for kernel, channels, filters in ((5, 3, 16), (3, 1, 32), (3, 32, 64), (1, 8, 4)):
        what = f"the number for kernel={kernel}, channels={channels}, filters={filters}"
        found = expect_integer(call(function, kernel, channels, filters), what)
        area = kernel * kernel
        right = (area * channels + 1) * filters
        mistakes = (
            (area * channels * filters, "the biases are missing: each filter has one"),
            (area * channels * filters + 1, "there is one bias for all; each filter has its own"),
            ((area + 1) * filters, "the channels are missing: a filter has weights of its own for each"),
            ((area + 1) * channels * filters, "there is a bias for each channel; a filter has a single one"),
            (
                area * channels * filters + channels,
                "the biases are as many as the channels, not as the filters",
            ),
            ((kernel * channels + 1) * filters, "the kernel is one row high; it is as high as it is wide"),
        )
        _judge(found, right, what, mistakes)
    return "The size of the image does not enter: the same weights serve at every position."


@task(
    "3.5",
    hints=(
        'With "same" the convolution gives maps as large as the image. How large are they after the pooling?',
        "14 × 14 positions × 32 maps reach the dense layer. Each of its 100 units has a weight for each of "
        "them, and a bias.",
        "(3 * 3 + 1) * 32 for the convolution, (14 * 14 * 32 + 1) * 100 for the dense layer, "
        "(100 + 1) * 10 for the last: add them up.",
    ),
)
def network_parameters(answer: Any) -> str:
    """Judge the number of parameters of the chapter's network with padding "same"."""
    found = expect_integer(answer, "the number of parameters")
    last = 101 * 10
    right = 320 + (14 * 14 * 32 + 1) * 100 + last
    mistakes = (
        (
            320 + (13 * 13 * 32 + 1) * 100 + last,
            'this is the network with the padding "valid", as in the chapter',
        ),
        (right - 32 - 100 - 10, "the biases are missing: one for each filter and each unit"),
        (right - 32, "the biases of the convolution are missing: one for each filter"),
        (right - 110, "the biases of the dense layers are missing: one for each unit"),
        (320 + (28 * 28 * 32 + 1) * 100 + last, "the pooling is missing: it halves height and width"),
        (320 + (14 * 14 + 1) * 100 + last, "the dense layer reads all 32 maps, not one"),
        (right - 320, "the convolution is missing"),
        (right - last, "the last layer is missing: its ten units have weights as well"),
        ((14 * 14 * 32 + 1) * 100, "this is the dense layer of 100 units alone"),
    )
    expect_equal(found, right, "the number of parameters", mistakes=mistakes)
    return "The convolution has as many as before. It is the dense layer that pays for the larger maps."


@task(
    "3.6",
    hints=(
        "Start at the image: one pixel sees 1 pixel. What does a 3×3 convolution add to that? And a second "
        "one on top?",
        "Keep two numbers: the field, and the jump, the distance in pixels between neighbours of the present "
        "layer. A layer adds (kernel - 1) jumps to the field.",
        "field, jump = 1, 1; for each layer: field += (kernel - 1) * jump, and after that jump *= stride.",
    ),
)
def receptive_field(function: Function) -> str:
    """Try `function(layers)`, the width of the region that one number at the top sees."""
    stacks: tuple[Layers, ...] = (
        [(3, 1)],
        [(5, 1)],
        [(3, 1), (3, 1)],
        [(3, 1), (2, 2)],
        [(3, 1), (2, 2), (3, 1)],
        [(5, 1), (2, 2), (5, 1), (2, 2)],
        [(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)],
    )
    for layers in stacks:
        what = f"the field for {layers}"
        found = expect_integer(call(function, layers), what)
        right = _field(layers)
        kernels = [kernel for kernel, _ in layers]
        mistakes = (
            (
                _field(layers, stride_first=True),
                "a layer's own stride is used too early: it acts on those above",
            ),
            (
                _field(layers, forget=True),
                "earlier strides are forgotten: jumps multiply from layer to layer",
            ),
            (_field(layers[::-1]), "the layers are taken from the top; begin at the image"),
            (1 + sum(kernels) - len(kernels), "strides are ignored: above a pooling, jumps are longer"),
            (sum(kernels), "whole kernels are added up, but neighbouring windows overlap"),
            (int(np.prod(kernels)), "the kernels are multiplied, but neighbouring windows overlap"),
            (right - 1, "it is one too small: the field starts with 1 pixel, not 0"),
        )
        _judge(found, right, what, mistakes)
    return "Strides make the field grow fast, and small kernels in a stack see as far as a large one."


def _field(layers: Layers, *, stride_first: bool = False, forget: bool = False) -> int:
    """The receptive field; the keywords carry out two typical mistakes."""
    field, jump = 1, 1
    for kernel, stride in layers:
        following = stride if forget else jump * stride
        field += (kernel - 1) * (following if stride_first else jump)
        jump = following
    return field


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
    edges = np.array([down[2], down[1] + down[2]])  # answers to a step under the second and the first row
    if abs(down.sum()) > 1e-6:
        raise Wrong("an even surface gets an answer: the nine weights have to add up to 0")
    if np.abs(across).max() > 1e-6 and np.abs(down).max() <= 1e-6:
        raise Wrong("this kernel answers to vertical edges: left against right. Turn it by 90°")
    if np.abs(across).max() > 1e-6:
        raise Wrong("vertical edges get an answer, too: each column has to add up to 0")
    if np.abs(down).max() <= 1e-6:
        raise Wrong("horizontal edges get no answer: each row adds up to 0")
    if edges.min() < -1e-6 and edges.max() > 1e-6:
        raise Wrong(
            "this kernel answers to lines, first with one sign and then with the other; asked is an edge"
        )
    if edges.max() <= 1e-6:
        raise Wrong("the sign is the wrong way round: larger pixels below have to give a positive answer")
    return "It subtracts what is above from what is below, and everything else cancels."


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
    """Judge a Keras model by its layers; nothing of Keras is imported."""
    if not hasattr(model, "layers") or not hasattr(model, "count_params"):
        raise Misfit(
            f"expected a Keras model, found a {type(model).__name__}: keras.Sequential([...]) makes one"
        )
    layers = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    kinds = [type(layer).__name__ for layer in layers]
    plan = ["Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "Flatten", "Dense"]
    if {"ReLU", "Activation"} & set(kinds):
        raise Wrong('give the activation to the layer itself, as in Conv2D(…, activation="relu")')
    if kinds != plan:
        raise Wrong(f"expected the layers {', '.join(plan)}, found {', '.join(kinds) or 'none'}")
    _expect_convolution(layers[0], "the first convolution", filters=16, kernel=5)
    _expect_convolution(layers[2], "the second convolution", filters=32, kernel=3)
    for layer, name in ((layers[1], "the first pooling"), (layers[3], "the second pooling")):
        _expect_setting(layer, name, "pool_size", (2, 2))
        _expect_setting(layer, name, "strides", (2, 2))
        _expect_setting(layer, name, "padding", "valid")
    _expect_setting(layers[5], "the dense layer", "units", 10)
    ending = _activation(layers[5])
    if ending == "softmax":
        raise Wrong("the model ends in a softmax, so it gives probabilities; asked are logits")
    if ending != "linear":
        raise Wrong(f"the last layer has the activation {ending}; logits may be any number, so it has none")
    _expect_whole(model)
    return f"{model.count_params():,} parameters, far fewer than the chapter's network has."


def _expect_convolution(layer: Any, name: str, *, filters: int, kernel: int) -> None:
    if (layer.filters, tuple(layer.kernel_size)) == (kernel, (filters, filters)):
        raise Wrong(f"{name}: filters and kernel size have changed places. Conv2D takes the filters first")
    _expect_setting(layer, name, "filters", filters)
    _expect_setting(layer, name, "kernel_size", (kernel, kernel))
    _expect_setting(layer, name, "strides", (1, 1))
    _expect_setting(layer, name, "padding", "valid")
    if _activation(layer) != "relu":
        raise Wrong(f"{name}: expected the activation relu, found {_activation(layer)}")


def _expect_setting(layer: Any, name: str, setting: str, expected: object) -> None:
    found = getattr(layer, setting, None)
    found = tuple(found) if isinstance(found, list | tuple) else found
    if found != expected:
        raise Wrong(f"{name}: expected {setting} to be {expected}, found {found}")


def _activation(layer: Any) -> str:
    return getattr(getattr(layer, "activation", None), "__name__", "linear")


def _expect_whole(model: Any) -> None:
    """The model is built, from the right input, with all its parameters."""
    try:
        shape, found = tuple(model.input_shape), model.count_params()
    except (AttributeError, ValueError):
        raise Wrong("the model does not know its input yet: begin with keras.Input((28, 28, 1))") from None
    if shape[1:] != (28, 28, 1):
        raise Wrong(f"expected an input of shape (28, 28, 1), found {shape[1:]}")
    expected = (5 * 5 + 1) * 16 + (3 * 3 * 16 + 1) * 32 + (5 * 5 * 32 + 1) * 10
    if found != expected:
        raise Wrong(f"expected {expected:,} parameters, found {found:,}: has a layer lost its biases?")


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
    images = np.random.default_rng(39).integers(0, 256, (400, 6, 5)).astype(np.uint8)
    found = expect_array(
        call(function, images, rng=np.random.default_rng(1)), "the result", shape=images.shape
    )
    if found.dtype != images.dtype:
        raise Wrong(f"the images were {images.dtype}, the result is {found.dtype}; keep the dtype")
    mirrored = _share_mirrored(found, images)
    again = np.asarray(call(function, images, rng=np.random.default_rng(1)))
    if not np.array_equal(found, again):
        raise Wrong("the same rng gives another result each time: take all coin tosses from rng")
    tries = [call(function, images[:50], rng=np.random.default_rng(seed)) for seed in range(8)]
    shares = {_share_mirrored(np.asarray(one), images[:50]) for one in tries}
    if shares == {0.0}:
        raise Wrong("no image was mirrored")
    if shares == {1.0}:
        raise Wrong("every image was mirrored; asked is about half of them, by chance")
    if shares <= {0.0, 1.0}:
        raise Wrong("all images of a batch are mirrored, or none: each image needs a coin toss of its own")
    if np.array_equal(found, call(function, images, rng=np.random.default_rng(2))):
        raise Wrong("another rng gives the same result: take the coin tosses from the rng that is passed in")
    if not 0.4 <= mirrored <= 0.6:
        raise Wrong(f"{mirrored:.0%} of 400 images were mirrored; asked is a probability of one half")
    untouched = images.copy()
    function(untouched, rng=np.random.default_rng(1))
    if not np.array_equal(untouched, images):
        raise Wrong("the images that came in were changed: return a new array, or work on a copy")
    return "Each image by its own toss, and the stored images stay as they are."


def _share_mirrored(found: np.ndarray, images: np.ndarray) -> float:
    """Return the share of mirrored images; every image must be there, in its place, mirrored or not."""
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


@task(
    "3.10",
    hints=(
        "How many multiplications does one filter make at one position? How many positions are there?",
        "There are (height - kernel + 1) * (width - kernel + 1) positions, and a filter has "
        "kernel * kernel * channels weights.",
        "positions * kernel * kernel * channels * filters",
    ),
)
def multiply_adds(function: Function) -> str:
    """Try `function(height, width, kernel, channels, filters)`, the work of a convolution."""
    for height, width, kernel, channels, filters in (
        (28, 28, 3, 1, 32),
        (28, 28, 5, 3, 16),
        (14, 10, 3, 8, 4),
    ):
        what = (
            f"the number for {height}×{width} pixels, kernel={kernel}, channels={channels}, filters={filters}"
        )
        found = expect_integer(call(function, height, width, kernel, channels, filters), what)
        each = kernel * kernel * channels * filters
        rows, columns = height - kernel + 1, width - kernel + 1
        right = rows * columns * each
        mistakes = (
            (height * width * each, "there is a position for each pixel; without padding there are fewer"),
            (each, "these are the weights: each is used once at every position"),
            (rows * columns * (each + filters), "the biases are counted, but they are not multiplied"),
            ((rows - 1) * (columns - 1) * each, "a row and a column of positions are missing"),
            (right // channels, "the channels are missing"),
            (right // filters, "this is the work of one filter"),
            (right * 2, "multiplications and additions are counted apart; asked are pairs of them"),
            (rows * rows * each, "the image is taken to be square"),
            (right // kernel, "the kernel is one row high; it is as high as it is wide"),
        )
        _judge(found, right, what, mistakes)
    return "Few parameters can be much work: the weights of a convolution are used over and over."


def _judge(found: int, right: int, what: str, mistakes: Iterable[tuple[int, str]]) -> None:
    """Compare numbers; a mistake that makes no difference on this input is left out."""
    named = [(value, f"{what} is {value}: {message}") for value, message in mistakes if value != right]
    expect_equal(found, right, what, mistakes=named)
