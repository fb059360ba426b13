"""What the tables of chapter 03 do not say: other right forms, errors, edges, networks, mirrored images."""

import math

import numpy as np
import pytest
from judging import right, wrong

from fmnist_lessons.exercises import chapter_03 as check

pytestmark = pytest.mark.usefixtures("checks_raise")


# 3.1


@pytest.mark.parametrize(
    "answer",
    [
        lambda n, kernel, stride=1, padding=0: math.floor((n + 2 * padding - kernel) / stride + 1),
        lambda n, kernel, stride=1, padding=0: len(range(0, n + 2 * padding - kernel + 1, stride)),
        lambda n, kernel, stride=1, padding=0: np.floor((n + 2 * padding - kernel) / stride) + 1,
    ],
)
def test_output_size(answer, capsys):
    right(check.output_size, answer, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda n, kernel, stride, padding: (n + 2 * padding - kernel) / stride + 1, "no half steps"),
        (lambda n, kernel: n - kernel + 1, "stopped with TypeError"),
    ],
)
def test_output_size_knows_what_is_wrong(answer, says):
    wrong(check.output_size, answer, says=says)


# 3.2


def _loops(image, kernel, *, dtype=float):
    (rows, columns), (high, wide) = image.shape, kernel.shape
    result = np.zeros((rows - high + 1, columns - wide + 1), dtype)
    for row, column in np.ndindex(result.shape):
        result[row, column] = np.sum(image[row : row + high, column : column + wide] * kernel)
    return result


@pytest.mark.parametrize("answer", [_loops, lambda i, k: _loops(i, k, dtype=int)])
def test_correlate(answer, capsys):
    right(check.correlate, answer, capsys)


# 3.3


@pytest.mark.parametrize(
    "answer",
    [
        lambda m: np.maximum(np.maximum(m[::2, ::2], m[1::2, ::2]), np.maximum(m[::2, 1::2], m[1::2, 1::2])),
        lambda m: np.lib.stride_tricks.sliding_window_view(m, (2, 2))[::2, ::2].max(axis=(2, 3)),
    ],
)
def test_max_pool(answer, capsys):
    right(check.max_pool, answer, capsys)


# 3.4


def test_convolution_parameters(capsys):
    def answer(kernel, channels, filters):
        return sum(kernel**2 * channels + 1 for _ in range(filters))

    right(check.convolution_parameters, answer, capsys)


# 3.5


def test_network_parameters(capsys):
    right(check.network_parameters, np.int64(628_630), capsys)
    wrong(check.network_parameters, 628_631, says="too large")
    wrong(check.network_parameters, 542_230, says="as in the chapter")


# 3.6


def test_receptive_field(capsys):
    def from_the_top(layers):
        field = 1
        for kernel, stride in reversed(layers):
            field = (field - 1) * stride + kernel
        return field

    right(check.receptive_field, from_the_top, capsys)


# 3.7

PREWITT = np.array([[-1, -1, -1], [0, 0, 0], [1, 1, 1]])
SOBEL = np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]])


@pytest.mark.parametrize(
    "answer",
    [
        PREWITT,
        SOBEL,
        SOBEL / 8,
        PREWITT.tolist(),
        np.array([[0, -1, 0], [0, 0, 0], [0, 1, 0]]),
        np.array([[-1, -1, -1], [1, 1, 1], [0, 0, 0]]),
        1e-3 * PREWITT,
    ],
)
def test_horizontal_edges(answer, capsys):
    right(check.horizontal_edges, answer, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (PREWITT.T, "answers to vertical edges"),
        (-SOBEL, "sign is the wrong way round"),
        (PREWITT[::-1], "sign is the wrong way round"),
        (np.array([[0, 0, 0], [0, 0, 0], [1, 1, 1]]), "add up to 0"),
        (np.array([[-1, -1, -1], [2, 2, 2], [-1, -1, -1]]), "lines"),
        (np.array([[-1, -1, 0], [-1, 0, 1], [0, 1, 1]]), "vertical edges get an answer, too"),
        (np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]), "vertical edges get an answer, too|lines"),
        (np.array([[1, -2, 1], [0, 0, 0], [-1, 2, -1]]), "horizontal edges get no answer"),
        (np.zeros((3, 3)), "answers to nothing"),
        (np.full((3, 3), np.nan), "not a finite number"),
        (PREWITT[:, :2], "expected shape"),
        (PREWITT.ravel(), "arranged otherwise"),
        (PREWITT.astype(str), "that holds text"),
    ],
)
def test_horizontal_edges_knows_what_is_wrong(answer, says):
    wrong(check.horizontal_edges, answer, says=says)


# 3.8


@pytest.fixture(scope="module")
def keras():
    from fmnist_lessons.machine.backend import keras

    return keras


def _network(keras, *, change=None, start=(28, 28, 1)):
    """The network of the plan, with `change(layers, keras)` made to the list of its layers."""
    kinds = keras.layers
    layers = [
        kinds.Conv2D(16, 5, activation="relu"),
        kinds.MaxPooling2D(2),
        kinds.Conv2D(32, 3, activation="relu"),
        kinds.MaxPooling2D(2),
        kinds.Flatten(),
        kinds.Dense(10),
    ]
    for position, layer in (change or {}).items():
        layers[position] = layer(kinds)
    layers = [layer for layer in layers if layer is not None]
    return keras.Sequential([keras.Input(start), *layers] if start else layers)


def test_build_network(keras, capsys):
    right(check.build_network, _network(keras), capsys)
    inputs = keras.Input((28, 28, 1))
    outputs = inputs
    for layer in _network(keras).layers:
        outputs = layer(outputs)
    right(check.build_network, keras.Model(inputs, outputs), capsys)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({0: lambda layers: layers.Conv2D(5, 16, activation="relu")}, "filters first"),
        ({0: lambda layers: layers.Conv2D(32, 5, activation="relu")}, "filters to be 16, found 32"),
        ({2: lambda layers: layers.Conv2D(32, 5, activation="relu")}, "kernel_size to be"),
        ({0: lambda layers: layers.Conv2D(16, 5, activation="relu", padding="same")}, "padding to be valid"),
        ({0: lambda layers: layers.Conv2D(16, 5, activation="relu", strides=2)}, "strides to be"),
        ({2: lambda layers: layers.Conv2D(32, 3)}, "activation relu, found linear"),
        ({2: lambda layers: layers.Conv2D(32, 3, activation="sigmoid")}, "activation relu, found sigmoid"),
        ({2: lambda layers: layers.Conv2D(32, 3, activation="relu", use_bias=False)}, "lost its biases"),
        ({1: lambda layers: layers.MaxPooling2D(3)}, "pool_size to be"),
        ({1: lambda layers: layers.MaxPooling2D(2, strides=1)}, "strides to be"),
        ({1: lambda layers: layers.AveragePooling2D(2)}, "expected the layers"),
        ({1: lambda layers: layers.ReLU()}, "expected the layers"),
        ({3: lambda _: None}, "expected the layers"),
        ({4: lambda _: None}, "expected the layers"),
        ({5: lambda layers: layers.Dense(10, activation="softmax")}, "gives probabilities; asked are logits"),
        ({5: lambda layers: layers.Dense(10, activation="relu")}, "it has none"),
        ({5: lambda layers: layers.Dense(100)}, "units to be 10"),
        ({2: lambda layers: layers.Conv2D(32, 3)}, "found linear, which is none"),
        ({4: lambda layers: layers.GlobalAveragePooling2D()}, "plan has no GlobalAveragePooling2D"),
        ({2: lambda layers: layers.Conv2D(32, 3, activation="relu", dilation_rate=2)}, "dilation_rate"),
    ],
)
def test_build_network_knows_what_is_wrong(keras, change, says):
    wrong(check.build_network, _network(keras, change=change), says=says)


def _relu_apart(kinds, *, first, second, pooled_first=False):
    """The layers of the plan, with the activations of both convolutions in layers of their own."""
    layers = [kinds.Conv2D(16, 5), first, kinds.MaxPooling2D(2)]
    later = [kinds.Conv2D(32, 3), kinds.MaxPooling2D(2), kinds.Flatten(), second]
    if not pooled_first:
        later = [later[0], second, *later[1:3]]
    return [*layers, *later, kinds.Dense(10)]


def test_an_activation_may_be_a_layer_of_its_own(keras, capsys):
    kinds = keras.layers
    for first, second, pooled_first in (
        (kinds.ReLU(), kinds.ReLU(), False),
        (kinds.Activation("relu"), kinds.Activation("relu"), False),
        (kinds.ReLU(), kinds.ReLU(), True),  # the largest number is the same before and after
    ):
        layers = _relu_apart(kinds, first=first, second=second, pooled_first=pooled_first)
        right(check.build_network, keras.Sequential([keras.Input((28, 28, 1)), *layers]), capsys)
    twice = {1: lambda kinds: kinds.MaxPooling2D(2), 0: lambda kinds: kinds.Conv2D(16, 5, activation="relu")}
    layers = _network(keras, change=twice).layers
    twice = keras.Sequential([keras.Input((28, 28, 1)), layers[0], kinds.ReLU(), *layers[1:]])
    right(check.build_network, twice, capsys)
    as_argument = {0: lambda kinds: kinds.Conv2D(16, 5, activation=kinds.ReLU())}
    right(check.build_network, _network(keras, change=as_argument), capsys)


@pytest.mark.parametrize(
    ("name", "settings", "says"),
    [
        ("ReLU", {"max_value": 6}, "found relu with settings of its own"),
        ("LeakyReLU", {}, "found leaky_relu"),
        ("Activation", {"activation": "tanh"}, "found tanh"),
        ("Activation", {"activation": "linear"}, "found linear"),
        ("BatchNormalization", {}, "the plan has no BatchNormalization"),
    ],
)
def test_another_layer_after_a_convolution_is_no_relu(keras, name, settings, says):
    kinds = keras.layers
    layers = _relu_apart(kinds, first=getattr(kinds, name)(**settings), second=kinds.ReLU())
    model = keras.Sequential([keras.Input((28, 28, 1)), *layers])
    wrong(check.build_network, model, says=f"first convolution: .*{says}|{says}")


@pytest.mark.parametrize(("name", "says"), [("Softmax", "probabilities"), ("ReLU", "it has none")])
def test_an_activation_after_the_last_layer_is_seen(keras, name, says):
    model = keras.Sequential([*_network(keras).layers, getattr(keras.layers, name)()])
    wrong(check.build_network, model, says=says)


def test_build_network_looks_at_the_input(keras):
    wrong(check.build_network, _network(keras, start=None), says=r"begin with keras\.Input")
    wrong(check.build_network, _network(keras, start=(28, 28, 3)), says=r"expected an input of shape")
    wrong(check.build_network, _network(keras).layers, says="expected a Keras model, found a list")
    wrong(check.build_network, keras.Sequential(), says="found none")


# 3.9


def _mirror(images, *, rng):
    return np.where(rng.random(len(images))[:, None, None] < 0.5, images[:, :, ::-1], images)


def _one_by_one(images, *, rng):
    return np.stack([image[:, ::-1] if rng.integers(2) else image for image in images])


def _changed(images, chosen, turn):
    result = images.copy()
    result[chosen] = turn(images[chosen])
    return result


def _in_place(images, *, rng):
    chosen = rng.random(len(images)) < 0.5
    images[chosen] = images[chosen, :, ::-1]
    return images


def _all_or_none(images, *, rng):
    return images[:, :, ::-1] if rng.random() < 0.5 else images


def _own_coins(images, *, rng):
    return _mirror(images, rng=np.random.default_rng())


@pytest.mark.parametrize("answer", [_mirror, _one_by_one])
def test_mirror(answer, capsys):
    right(check.mirror, answer, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (_in_place, "images that came in were changed"),
        (_all_or_none, "a coin toss of its own"),
        (lambda images, *, rng: _mirror(images, rng=np.random.default_rng(0)), "another rng gives the same"),
        (_own_coins, "take all coin tosses from rng"),
        (lambda images, *, rng: images.copy(), "no image was mirrored"),
        (lambda images, *, rng: images[:, :, ::-1], "every image was mirrored"),
        (lambda images, *, rng: images[:, ::-1], "on their heads"),
        (lambda images, *, rng: images[::-1], "reverse order"),
        (lambda images, *, rng: images[:, ::-1, ::-1], "turned by 180"),
        (lambda images, *, rng: np.roll(images, 1, axis=2), "neither as they were"),
        (lambda images, *, rng: _mirror(images, rng=rng) / 255, "keep the dtype"),
        (lambda images, *, rng: images.transpose(0, 2, 1), "expected shape"),
        (
            lambda images, *, rng: _changed(images, rng.random(len(images)) < 0.1, lambda x: x[:, :, ::-1]),
            "half",
        ),
        (
            lambda images, *, rng: _changed(images, rng.random(len(images)) < 0.5, lambda x: x[:, ::-1]),
            "heads",
        ),
        (lambda images: images, "stopped with TypeError"),
    ],
)
def test_mirror_knows_what_is_wrong(answer, says):
    wrong(check.mirror, answer, says=says)
