"""The exercises to chapter 02, Multilayer perceptrons: what is right, on which inputs, and what is told.

A Keras model is judged by its attributes alone.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from . import (
    Function,
    Wrong,
    call,
    exercise,
    expect_array,
    expect_choice,
    expect_close,
    expect_equal,
    expect_shape,
    task,
)
from .layers import expect_input, kind, layers_of

DIAGNOSES = ("underfitting", "overfitting", "good fit")
_rng = np.random.default_rng(2)

# --- counting -----------------------------------------------------------------------------------

dense_parameters = exercise(
    "2.1",
    "the answer",
    784 * 64 + 64,
    wrong={
        "these are the weights; the biases are missing": 784 * 64,
        "a bias belongs to each unit, not to each pixel": 784 * 64 + 784,
        "there is a bias for each unit, not one for the whole layer": 784 * 64 + 1,
        "the layer sees all pixels of the picture, not one row of 28": 28 * 64 + 64,
        "each pixel is connected with each unit: multiply, do not add": 784 + 64,
    },
    hints=(
        "Count two things: the weights, and the biases.",
        "There is a weight for each pair of pixel and unit, and a bias for each unit.",
        "pixels * units + units, where a picture has 28 * 28 pixels",
    ),
    praise="Nearly all of them are weights",
)


def _weights(sizes: tuple[int, ...]) -> int:
    return sum(inputs * units for inputs, units in pairwise(sizes))


def _parameters(sizes: tuple[int, ...]) -> int:
    return _weights(sizes) + sum(sizes[1:])


mlp_parameters = exercise(
    "2.2",
    "the count for sizes {0}",
    _parameters,
    on=[((784, 128, 10),), ((784, 10),), ((784, 300, 100, 10),), ((20, 30, 40, 50, 10),)],
    wrong={
        "the biases are missing": _weights,
        "there are too many: the pixels have no biases": lambda sizes: _weights(sizes) + sum(sizes),
        "the last layer has no biases": lambda sizes: _weights(sizes) + sum(sizes[1:-1]),
        "there is a bias for each unit, not one for each layer": (
            lambda sizes: _weights(sizes) + len(sizes) - 1
        ),
        "the last layer, the classifier, is missing": lambda sizes: _parameters(sizes[:-1]),
        "multiply within a layer, but add the layers up": lambda sizes: int(np.prod(sizes)),
        "a bias belongs to each unit, not to each input": lambda sizes: _weights(sizes) + sum(sizes[:-1]),
    },
    hints=(
        "Take the sizes in pairs: each pair of neighbours is one dense layer.",
        "zip(sizes[:-1], sizes[1:]) gives the pairs (inputs, units).",
        "sum(inputs * units + units for inputs, units in zip(sizes[:-1], sizes[1:]))",
    ),
    praise="The same sum holds for an MLP of any depth, with no hidden layer too",
)

# --- forward ------------------------------------------------------------------------------------


def _sums(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> Any:
    return x @ kernel + bias


def _dense_relu(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> Any:
    return np.maximum(0, _sums(x, kernel, bias))


dense_layer = exercise(
    "2.3",
    "the layer's output",
    _dense_relu,
    on=[(_rng.normal(size=(6, 20)), _rng.normal(size=(20, 4)), 2 * _rng.normal(size=4))],
    wrong={
        "the sums are right, but there are negative ones: the ReLU is missing": _sums,
        "the bias is missing": lambda x, k, b: _dense_relu(x, k, 0 * b),
        "the ReLU comes last, after the bias was added": lambda x, k, b: _dense_relu(x, k, 0 * b) + b,
        "the bias is added, not subtracted": lambda x, k, b: _dense_relu(x, k, -b),
        "the ReLU keeps what is positive; yours keeps what is negative": (
            lambda *inputs: np.minimum(0, _sums(*inputs))
        ),
        "the ReLU makes negative numbers zero; it does not change their sign": (
            lambda *inputs: np.abs(_sums(*inputs))
        ),
        "np.max finds one number; np.maximum compares number by number": (
            lambda *inputs: np.max(_sums(*inputs)),
            lambda *inputs: np.full_like(_sums(*inputs), _sums(*inputs).max()),
        ),
        "the result is turned on its side: images are the rows": lambda *inputs: _dense_relu(*inputs).T,
    },
    errors={"truth value of an array": "max compares two numbers; np.maximum goes through an array"},
    rtol=1e-3,
    hints=(
        "A dense layer is one matrix product and one addition; the ReLU comes after both.",
        "x @ kernel + bias has the shape (images, units).",
        "return np.maximum(0, x @ kernel + bias)",
    ),
    praise="That is all a dense layer does",
)

# --- probabilities and loss ---------------------------------------------------------------------


def _log_softmax(logits: np.ndarray) -> Any:
    z = logits - logits.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def _softmax(logits: np.ndarray) -> Any:
    return np.exp(_log_softmax(logits))


stable_softmax = exercise(
    "2.4",
    "the result",
    _softmax,
    on=[
        (_rng.normal(size=(4, 10)),),
        (np.array([[1000.0, 999.0, 0.0]]),),
        (np.array([[1000.0, 999.0, 0.0], [-1000.0, -1001.0, -2000.0]]),),
    ],
    wrong={
        "these are the powers; divide them by their sum": (np.exp, lambda z: np.exp(z - z.max())),
        "all the probabilities together sum to 1, but each row should": lambda z: np.exp(z) / np.exp(z).sum(),
        "the columns sum to 1, but the rows should: an image is a row": (
            lambda z: np.exp(z) / np.exp(z).sum(axis=0)
        ),
        "divide by the sum of the powers, not by the largest": (
            lambda z: np.exp(z - z.max(axis=1, keepdims=True))
        ),
        "take the power of e first, then divide": lambda z: z / z.sum(axis=1, keepdims=True),
        "this is the sigmoid of each logit; the rows have to sum to 1": lambda z: 1 / (1 + np.exp(-z)),
        "these are logarithms of probabilities: one np.log too many": _log_softmax,
        "small logits come out right, but a logit of 1000 gives nan: e to the 1000 is infinite": (
            lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        ),
        "with rows of very different size one row gives nan: subtract the largest logit of each row, "
        "not that of the whole array": (
            lambda z: np.exp(z - z.max()) / np.exp(z - z.max()).sum(axis=1, keepdims=True)
        ),
    },
    errors={"(4,)": "keepdims=True keeps the sums of the rows in a column"},
    rtol=1e-3,
    atol=1e-6,
    hints=(
        "Each row of the array is an image: maxima and sums are taken along a row (axis=1).",
        "Subtract the largest logit of each row first; keepdims=True keeps the shapes in step.",
        "powers = np.exp(logits - logits.max(axis=1, keepdims=True)); then divide by their sum, also with "
        "axis=1, keepdims=True",
    ),
    praise="Logits of 1000 and of -1000 come out right too",
)


def _of_true_class(values: np.ndarray, labels: np.ndarray) -> Any:
    return values[np.arange(len(labels)), labels]


def _losses(logits: np.ndarray, labels: np.ndarray) -> Any:
    """Minus the logarithm of the probability of each image's true class."""
    return -_of_true_class(_log_softmax(logits), labels)


def _cross_entropy(logits: np.ndarray, labels: np.ndarray) -> float:
    return float(_losses(logits, labels).mean())


def _naive(logits: np.ndarray, labels: np.ndarray, added: float = 0.0) -> Any:
    return -np.log(_of_true_class(_softmax(logits), labels) + added).mean()


_sure = np.array([[1000.0, 0.0, -1000.0]])

cross_entropy = exercise(
    "2.5",
    "the loss",
    _cross_entropy,
    on=[
        (2 * _rng.normal(size=(6, 10)), _rng.integers(0, 10, size=6).astype(np.uint8)),
        *((_sure, np.array([label], np.uint8)) for label in (1, 2, 0)),
    ],
    wrong={
        "this is a loss for each image; return their mean, one number": _losses,
        "this is the sum over the images; the loss of a batch is the mean": lambda z, y: _losses(z, y).sum(),
        "the sign is wrong: a loss is positive, and a logarithm of a probability is not": (
            lambda z, y: -_cross_entropy(z, y)
        ),
        "this is the logarithm to base 2; the loss uses the natural one, np.log": (
            lambda z, y: _cross_entropy(z, y) / np.log(2)
        ),
        "this is the logarithm to base 10; the loss uses the natural one": (
            lambda z, y: _cross_entropy(z, y) / np.log(10)
        ),
        "take the mean over the images, not over images and classes": (
            lambda z, y: _losses(z, y).sum() / z.size
        ),
        "only the probability of the true class counts, not those of all ten": (
            lambda z, y: -_log_softmax(z).mean()
        ),
        "this looks at the class the model likes best, not at the true one": (
            lambda z, y: -_log_softmax(z).max(axis=1).mean()
        ),
        "this is the mean probability of the true class; its logarithm is missing": (
            lambda z, y: np.exp(-_losses(z, y)).mean()
        ),
        "first the logarithm of each image, then the mean": (
            lambda z, y: -np.log(np.exp(-_losses(z, y)).mean())
        ),
        "log(sum(exp(z))) is missing: these are just logits": lambda z, y: -_of_true_class(z, y).mean(),
        "the largest logit stands where log(sum(exp(z))) belongs": (
            lambda z, y: (z.max(axis=1) - _of_true_class(z, y)).mean()
        ),
        "[:, labels] takes whole columns: give a row number with each label": (
            lambda z, y: -_log_softmax(z)[:, y].mean()
        ),
        "ordinary logits come out right, but large ones give nan or infinity: e to the 1000 is infinite, and "
        "so is the logarithm of a probability that has become 0": (
            _naive,
            lambda z, y: -(np.eye(z.shape[1])[y] * np.log(_softmax(z))).sum(axis=1).mean(),
        ),
        "for a very wrong and very sure answer the loss should be near 1000, and it stops far below: "
        "a probability that is cut off, or a small number added, hides the mistake": tuple(
            partial(_naive, added=tiny) for tiny in (1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)
        ),
    },
    rtol=1e-3,
    atol=1e-6,
    hints=(
        "Do not go by way of the probabilities: write log(softmax) out and simplify on paper first.",
        "The loss of one image is m + log(sum(exp(z - m))) - z_true, with m the largest logit of its row.",
        "m = logits.max(axis=1); losses = m + np.log(np.exp(logits - m[:, None]).sum(axis=1)) "
        "- logits[np.arange(len(labels)), labels]; return losses.mean()",
    ),
    praise="No logit is too large for it: this is what from_logits=True stands for",
)


def _accuracy(logits: np.ndarray, labels: np.ndarray) -> float:
    return float((logits.argmax(axis=1) == labels).mean())


_labels = _rng.integers(0, 10, size=400).astype(np.uint8)
_logits = _rng.normal(size=(400, 10)) - 2
_logits[np.arange(250), _labels[:250]] += 6

accuracy_of_logits = exercise(
    "2.6",
    "the accuracy",
    _accuracy,
    on=[(_logits, _labels)],
    wrong={
        "this is in percent; give the share, a number between 0 and 1": lambda z, y: 100 * _accuracy(z, y),
        "this counts the right answers; divide by the number of images": (
            lambda z, y: len(y) * _accuracy(z, y)
        ),
        "this is the share of wrong answers": lambda z, y: 1 - _accuracy(z, y),
        "the answer is the largest logit, not the smallest": lambda z, y: (z.argmin(axis=1) == y).mean(),
        "divide by the number of images, not by images times classes": lambda z, y: _accuracy(z, y) / 10,
        "no answer agrees with its label: max gives the largest logit, argmax says which it is; "
        "with axis=1 it says so for each row": (
            lambda z, y: (z.max(axis=1) == y).mean(),
            lambda z, y: (z.argmax() == y).mean(),
        ),
    },
    errors={"(10,)": "argmax needs axis=1, to give an answer for each row"},
    hints=(
        "Which class does the model answer? The one with the largest logit, image by image.",
        "logits.argmax(axis=1) gives an answer for each row; compare the answers with the labels.",
        "return (logits.argmax(axis=1) == labels).mean()",
    ),
    praise="No softmax was needed: it does not change which class comes first",
)

# --- models and curves --------------------------------------------------------------------------


@task(
    "2.7",
    hints=(
        "Six lines: the input, two layers of the stem, two of the backbone, one classifier.",
        'Hidden layers have activation="relu"; the classifier has none, and is named "logits".',
        "keras.Sequential([keras.Input((28, 28)), keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), "
        'keras.layers.Dense(200, activation="relu"), …, keras.layers.Dense(10, name="logits")])',
    ),
)
def mlp_model(model: Any) -> str:
    """A Keras MLP 784 → 200 → 100 → 10, inspected by what its layers say of themselves."""
    layers = layers_of(model)
    _expect_stem(model, [layer for layer, _ in layers])
    dense = [(layer, activation) for layer, activation in layers if kind(layer) == "Dense"]
    units = tuple(int(layer.units) for layer, _ in dense)
    if len(units) > 3 and units not in dict(UNITS):
        raise Wrong(f"expected 2 hidden layers and the classifier, found {len(units) - 1} hidden layers")
    expect_equal(units, (200, 100, 10), "the list of units of the dense layers", mistakes=UNITS)
    _expect_activations([activation for _, activation in dense])
    name = dense[-1][0].name
    if name != "logits":
        raise Wrong(f'the last layer should be named: name="logits"; its name is {name!r}')
    right = 784 * 200 + 200 + 200 * 100 + 100 + 100 * 10 + 10
    lost = [(right - n, "a layer has lost its biases") for n in (200, 100, 10, 300, 210, 110, 310)]
    expect_equal(int(model.count_params()), right, "the number of parameters", reveal=True, mistakes=lost)
    return f"Stem, backbone and classifier, {right:,} parameters in all"


UNITS = (
    ((), "there is no dense layer yet"),
    ((10,), "the two hidden layers are missing"),
    ((100, 200, 10), "the two hidden layers have changed places: first 200 units, then 100"),
    ((200, 100), "the classifier is missing: a dense layer with a logit for each of the ten classes"),
    ((200, 10), "the second hidden layer, of 100 units, is missing"),
    ((100, 10), "the first hidden layer, of 200 units, is missing"),
    ((784, 200, 100, 10), "Flatten gives the 784 numbers already; no dense layer of 784 units is needed"),
)


def _expect_stem(model: Any, layers: list[Any]) -> None:
    expect_input(model, (28, 28))
    kinds = [kind(layer) for layer in layers]
    extra = set(kinds) - {"Rescaling", "Reshape", "Flatten", "Dense", "Dropout"}
    if extra:
        raise Wrong(f"the task asks for no {', '.join(sorted(extra))}")
    if "Rescaling" not in kinds:
        raise Wrong("the stem should scale the pixels: Rescaling(1 / 255) is missing")
    rescaling = layers[kinds.index("Rescaling")]
    low = float(getattr(rescaling, "offset", 0.0))
    high = 255 * float(rescaling.scale) + low
    if not np.allclose((low, high), (0, 1)):
        raise Wrong(f"Rescaling multiplies: pixels from 0 to 255 become {low:g} to {high:g}, not 0 to 1")
    if "Flatten" not in kinds:
        raise Wrong("the stem should lay the rows of the picture end to end: Flatten is missing")
    if "Dense" in kinds and kinds.index("Dense") < max(kinds.index("Rescaling"), kinds.index("Flatten")):
        raise Wrong("the stem comes first: scale and flatten, then the dense layers")


def _expect_activations(activations: list[str]) -> None:
    *hidden, last = activations
    if last == "softmax":
        raise Wrong("the model should return logits: leave the softmax out, the loss does it")
    if last != "linear":
        raise Wrong(f"the classifier should have no activation, found {last!r}")
    for activation in hidden:
        if activation == "linear":
            raise Wrong("a hidden layer has no activation: without it, two layers are no more than one")
        if activation != "relu":
            raise Wrong(f'the hidden layers should have activation="relu", found {activation!r}')


@task(
    "2.8",
    hints=(
        "Look at the end of each run: is the training curve good? Is the validation curve near it?",
        "Both poor: underfitting. Training good and validation turning back: overfitting.",
        "Where does the validation loss rise again? Where is even the training accuracy low?",
    ),
)
def diagnosis(run_a: Any, run_b: Any, run_c: Any) -> str:
    """Name what the three runs of `runs_to_diagnose` show."""
    right = {"run A": "overfitting", "run B": "underfitting", "run C": "good fit"}
    why = {
        "run A": "look at its two loss curves: one falls and falls, the other turns back",
        "run B": "look at its training accuracy: it has not even learned the images that it saw",
        "run C": "both its curves are good, and they stay close together",
    }
    for (name, expected), answer in zip(right.items(), (run_a, run_b, run_c), strict=True):
        mistakes = [(choice, why[name]) for choice in DIAGNOSES]
        expect_choice(answer, expected, DIAGNOSES, name, mistakes=mistakes)
    return "The validation loss gives overfitting away, the training accuracy underfitting"


def runs_to_diagnose() -> dict[str, dict[str, list[float]]]:
    """Return the three invented histories of task 2.8, twenty epochs each, as Keras would give them."""
    epoch = np.arange(1, 21)
    rise = np.maximum(0, epoch - 6)
    fast, slow = np.exp(-epoch / 4), np.exp(-epoch / 9)
    curves = {
        "run A": (0.02 + 0.7 * fast, 0.34 + 0.5 * fast + 0.035 * rise, 0.995 - 0.3 * fast, 0.86 - 0.2 * fast),
        "run B": (1.35 + 0.8 * slow, 1.37 + 0.8 * slow, 0.52 - 0.3 * slow, 0.51 - 0.3 * slow),
        "run C": (0.22 + 0.6 * fast, 0.27 + 0.5 * fast, 0.92 - 0.25 * fast, 0.90 - 0.2 * fast),
    }
    keys = ("loss", "val_loss", "accuracy", "val_accuracy")
    rng = np.random.default_rng(8)
    return {
        name: {
            key: (curve + rng.normal(scale=0.004, size=20)).clip(0.001, None if "loss" in key else 1).tolist()
            for key, curve in zip(keys, values, strict=True)
        }
        for name, values in curves.items()
    }


# --- a bug, and a layer set by hand -------------------------------------------------------------


_TWICE = float(np.log(np.e + 9) - 1)

softmax_twice = exercise(
    "2.9",
    "the answer",
    _TWICE,
    wrong={
        "0 would be reached with one softmax; the second one takes the certainty away again": 0.0,
        "this is the loss of a model that knows nothing; a perfect answer does better": np.log(10),
        "there are ten classes in all: the true one and nine others": np.log(np.e + 10) - 1,
        "the sum has e to the 1 for the true class, and nine times e to the 0": np.log(10) - 1,
        "the number is right, its sign is not: a loss is minus the logarithm": -_TWICE,
        "this is the probability after the second softmax; take -log of it": np.exp(-_TWICE),
        "this is the logarithm to base 2; the loss uses the natural one": _TWICE / np.log(2),
        "this is the logarithm to base 10; the loss uses the natural one": _TWICE / np.log(10),
    },
    rtol=0,
    atol=0.005,
    hints=(
        "The model's output is already a row of probabilities, and the loss applies softmax to it again.",
        "A perfect and certain answer is the row (1, 0, 0, …, 0). Take these ten numbers as logits.",
        "-log(e / (e + 9)): one e to the 1, and nine times e to the 0",
    ),
    praise="A loss that will not fall below about 1.46 is the mark of a softmax too many",
)


@task(
    "2.10",
    hints=(
        "The squared distance from x to a mean m is x·x - 2 x·m + m·m. Which term is the same for all?",
        "The nearest mean has the largest x·m - m·m / 2. Compare that with x @ kernel + bias.",
        "return means.T, -(means**2).sum(axis=1) / 2",
    ),
)
def nearest_mean_layer(function: Function) -> str:
    """Kernel and bias of a dense layer whose largest logit is the nearest of the means (10, 784)."""
    means, x = _means_and_images()
    kernel, bias = _read_kernel_and_bias(call(function, means))
    nearest = ((x[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
    if not (np.asarray(x @ kernel + bias).argmax(axis=1) == nearest).all():
        _explain(kernel, bias, means)
    return "The simplest baseline of chapter 01 is a dense layer that nobody trained"


def _means_and_images() -> tuple[np.ndarray, np.ndarray]:
    """Ten means (10, 784), and noisy images (400, 784): means, mixtures of two, darker and brighter ones."""
    rng = np.random.default_rng(10)
    means = rng.uniform(size=(10, 784)) * rng.uniform(0.6, 1.0, size=(10, 1))
    x = np.concatenate([means, means[::-1] * 0.6 + means * 0.4, 0.5 * means, 1.5 * means])
    return means, np.concatenate([x + rng.normal(scale=0.15, size=x.shape) for _ in range(10)])


def _read_kernel_and_bias(result: Any) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise Wrong("expected two results, the kernel and the bias: return kernel, bias")
    kernel = expect_array(result[0], "the kernel", kind="number")
    if kernel.shape == (10, 784):
        raise Wrong("the kernel needs a row for each pixel and a column for each class: transpose the means")
    expect_shape(kernel, (784, 10), "the kernel")
    return kernel, expect_array(result[1], "the bias", kind="number", shape=(10,))


def _explain(kernel: np.ndarray, bias: np.ndarray, means: np.ndarray) -> None:
    squares = (means**2).sum(axis=1)
    mistakes = (
        (np.zeros(10), "without a bias, the brightest mean wins too often"),
        (-squares, "the bias is minus HALF the squared length of each mean"),
        (squares / 2, "the sign of the bias is wrong: a long mean must not win just by its length"),
        (squares, "the sign of the bias is wrong, and it is half the squared length"),
        (-np.sqrt(squares) / 2, "the bias needs the squared length; a square root is too much"),
        (np.sqrt(squares), "the bias is made of the squared length, with a minus sign"),
        (-means.mean(axis=1), "the bias is made of the squares of the pixels, summed up"),
        (-(means**2).mean(axis=1) / 2, "the squares of the pixels are summed up; this is their mean"),
    )
    if np.allclose(kernel, means.T):
        expect_close(bias, -squares / 2, "the bias", mistakes=mistakes)
    if np.allclose(kernel, 2 * means.T):
        expect_close(bias, -squares, "the bias, with a kernel of 2 times the means")
    far = np.allclose(kernel, -means.T) or np.allclose(kernel, -2 * means.T)
    why = ": these logits grow with the distance" if far else ""
    raise Wrong(f"the largest logit is not always that of the nearest mean{why}")
