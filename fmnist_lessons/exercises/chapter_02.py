"""Checks of the exercises to chapter 02, Multilayer perceptrons.

Each function is tried on inputs made here. Below a task stand the mistakes that it knows: what commits
it on the same inputs, and what to say. A Keras model is judged by its attributes alone.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from . import (
    Function,
    Mistakes,
    Wrong,
    call,
    expect_array,
    expect_choice,
    expect_close,
    expect_equal,
    expect_integer,
    expect_number,
    expect_result,
    expect_shape,
    task,
)
from .layers import expect_input, kind, layers_of

DIAGNOSES = ("underfitting", "overfitting", "good fit")

# --- counting -----------------------------------------------------------------------------------


@task(
    "2.1",
    hints=(
        "Count two things: the weights, and the biases.",
        "There is a weight for each pair of pixel and unit, and a bias for each unit.",
        "pixels * units + units, where a picture has 28 * 28 pixels",
    ),
)
def dense_parameters(answer: Any) -> str:
    """Parameters of a dense layer of 64 units on 784 pixels."""
    mistakes = (
        (784 * 64, "these are the weights; the biases are missing"),
        (784 * 64 + 784, "a bias belongs to each unit, not to each pixel"),
        (784 * 64 + 1, "there is a bias for each unit, not one for the whole layer"),
        (28 * 64 + 64, "the layer sees all pixels of the picture, not one row of 28"),
        (784 + 64, "each pixel is connected with each unit: multiply, do not add"),
    )
    expect_equal(expect_integer(answer), 784 * 64 + 64, mistakes=mistakes)
    return "Nearly all of them are weights"


@task(
    "2.2",
    hints=(
        "Take the sizes in pairs: each pair of neighbours is one dense layer.",
        "zip(sizes[:-1], sizes[1:]) gives the pairs (inputs, units).",
        "sum(inputs * units + units for inputs, units in zip(sizes[:-1], sizes[1:]))",
    ),
)
def mlp_parameters(function: Function) -> str:
    """A function of the sizes of an MLP, from the pixels to the logits."""
    for sizes in ((784, 128, 10), (784, 10), (784, 300, 100, 10), (20, 30, 40, 50, 10)):
        expect_result(function, (sizes,), _parameters, "the count for sizes {0}", mistakes=PARAMETERS)
    return "The same sum holds for an MLP of any depth, with no hidden layer too"


def _weights(sizes: tuple[int, ...]) -> int:
    return sum(inputs * units for inputs, units in pairwise(sizes))


def _parameters(sizes: tuple[int, ...]) -> int:
    return _weights(sizes) + sum(sizes[1:])


PARAMETERS: Mistakes = (
    (_weights, "the biases are missing"),
    (lambda sizes: _weights(sizes) + sum(sizes), "there are too many: the pixels have no biases"),
    (lambda sizes: _weights(sizes) + sum(sizes[1:-1]), "the last layer has no biases"),
    (lambda sizes: _weights(sizes) + len(sizes) - 1, "there is a bias for each unit, not one for each layer"),
    (lambda sizes: _parameters(sizes[:-1]), "the last layer, the classifier, is missing"),
    (lambda sizes: int(np.prod(sizes)), "multiply within a layer, but add the layers up"),
    (lambda sizes: _weights(sizes) + sum(sizes[:-1]), "a bias belongs to each unit, not to each input"),
)


# --- forward ------------------------------------------------------------------------------------


@task(
    "2.3",
    hints=(
        "A dense layer is one matrix product and one addition; the ReLU comes after both.",
        "x @ kernel + bias has the shape (images, units).",
        "return np.maximum(0, x @ kernel + bias)",
    ),
)
def dense_layer(function: Function) -> str:
    """A dense layer with ReLU on a batch: inputs (n, in), kernel (in, units), bias (units,)."""
    rng = np.random.default_rng(2)
    inputs = rng.normal(size=(6, 20)), rng.normal(size=(20, 4)), 2 * rng.normal(size=4)
    errors = (("truth value of an array", "max compares two numbers; np.maximum goes through an array"),)
    expect_result(function, inputs, _dense_relu, "the layer's output", mistakes=OUTPUTS, errors=errors)
    return "That is all a dense layer does"


def _sums(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> Any:
    return x @ kernel + bias


def _dense_relu(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> Any:
    return np.maximum(0, _sums(x, kernel, bias))


_NEGATIVE = "the ReLU keeps what is positive; yours keeps what is negative"
_NO_SIGN = "the ReLU makes negative numbers zero; it does not change their sign"
_ONE_LARGEST = "np.max finds one number; np.maximum compares number by number"
OUTPUTS: Mistakes = (
    (_sums, "the sums are right, but there are negative ones: the ReLU is missing"),
    (lambda x, kernel, bias: _dense_relu(x, kernel, 0 * bias), "the bias is missing"),
    (lambda x, k, bias: _dense_relu(x, k, 0 * bias) + bias, "the ReLU comes last, after the bias was added"),
    (lambda x, kernel, bias: _dense_relu(x, kernel, -bias), "the bias is added, not subtracted"),
    (lambda *args: np.minimum(0, _sums(*args)), _NEGATIVE),
    (lambda *args: np.abs(_sums(*args)), _NO_SIGN),
    (lambda *args: np.full_like(_sums(*args), _sums(*args).max()), _ONE_LARGEST),
    (lambda *args: _dense_relu(*args).T, "the result is turned on its side: images are the rows"),
)


# --- probabilities and loss ---------------------------------------------------------------------


@task(
    "2.4",
    hints=(
        "Each row of the array is an image: maxima and sums are taken along a row (axis=1).",
        "Subtract the largest logit of each row first; keepdims=True keeps the shapes in step.",
        "powers = np.exp(logits - logits.max(axis=1, keepdims=True)); then divide by their sum, also with "
        "axis=1, keepdims=True",
    ),
)
def stable_softmax(function: Function) -> str:
    """Softmax of each row of logits (n, 10), safe for large logits."""
    logits = np.random.default_rng(4).normal(size=(4, 10))
    errors = (("(4,)", "keepdims=True keeps the sums of the rows in a column"),)
    expect_result(function, (logits,), _softmax, mistakes=PROBABILITIES, errors=errors, atol=1e-6)
    row = np.array([[1000.0, 999.0, 0.0]])
    for rows, message in ((row, _TOO_LARGE), (np.concatenate([row, row - 2000]), _ROW_BY_ROW)):
        read = partial(_read_finite, message=message)
        expect_result(function, (rows,), _softmax, "the result for large logits", read=read, atol=1e-6)
    return "Logits of 1000 and of -1000 come out right too"


def _read_finite(answer: Any, name: str, *, message: str) -> np.ndarray:
    found = expect_array(answer, name, kind="number")
    if not np.isfinite(found).all():
        raise Wrong(message)
    return found


def _softmax(logits: np.ndarray) -> Any:
    return np.exp(_log_softmax(logits))


def _log_softmax(logits: np.ndarray) -> Any:
    z = logits - logits.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


_TOO_LARGE = "small logits come out right, but a logit of 1000 gives nan: e to the 1000 is infinite"
_ROW_BY_ROW = (
    "with rows of very different size one row gives nan: subtract the largest logit of each row, "
    "not that of the whole array"
)
_BY_LARGEST = "divide by the sum of the powers, not by the largest"
_COLUMNS = "the columns sum to 1, but the rows should: an image is a row"
PROBABILITIES: Mistakes = (
    (np.exp, "these are the powers; divide them by their sum"),
    (lambda z: np.exp(z - z.max()), "these are the powers; divide them by their sum"),
    (lambda z: np.exp(z) / np.exp(z).sum(), "all the probabilities together sum to 1, but each row should"),
    (lambda z: np.exp(z) / np.exp(z).sum(axis=0), _COLUMNS),
    (lambda z: np.exp(z - z.max(axis=1, keepdims=True)), _BY_LARGEST),
    (lambda z: z / z.sum(axis=1, keepdims=True), "take the power of e first, then divide"),
    (lambda z: 1 / (1 + np.exp(-z)), "this is the sigmoid of each logit; the rows have to sum to 1"),
    (_log_softmax, "these are logarithms of probabilities: one np.log too many"),
)


@task(
    "2.5",
    hints=(
        "Do not go by way of the probabilities: write log(softmax) out and simplify on paper first.",
        "The loss of one image is m + log(sum(exp(z - m))) - z_true, with m the largest logit of its row.",
        "m = logits.max(axis=1); losses = m + np.log(np.exp(logits - m[:, None]).sum(axis=1)) "
        "- logits[np.arange(len(labels)), labels]; return losses.mean()",
    ),
)
def cross_entropy(function: Function) -> str:
    """Mean cross-entropy from logits (n, 10) and labels (n,)."""
    rng = np.random.default_rng(5)
    inputs = 2 * rng.normal(size=(6, 10)), rng.integers(0, 10, size=6).astype(np.uint8)
    expect_result(function, inputs, _cross_entropy, "the loss", read=_read_loss, mistakes=LOSSES)
    sure = np.array([[1000.0, 0.0, -1000.0]])
    for label, right in ((0, 0.0), (1, 1000.0), (2, 2000.0)):
        read = partial(_read_large_loss, right=right)
        inputs = sure, np.array([label], dtype=np.uint8)
        expect_result(function, inputs, right, "the loss for large logits", read=read, atol=1e-6)
    return "No logit is too large for it: this is what from_logits=True stands for"


def _read_loss(answer: Any, name: str) -> float:
    if np.ndim(answer) == 1 and np.size(answer) > 1:
        raise Wrong("this is a loss for each image; return their mean, one number")
    return expect_number(answer, name)


def _read_large_loss(answer: Any, name: str, *, right: float) -> float:
    if np.size(answer) == 1 and not np.isfinite(np.asarray(answer, dtype=float)).all():
        raise Wrong(
            "ordinary logits come out right, but large ones give nan or infinity: the probability of the "
            "true class became 0, and the logarithm of 0 is minus infinity"
        )
    loss = _read_loss(answer, name)
    if right and loss < 0.9 * right:
        raise Wrong(
            f"for a very wrong and very sure answer the loss should be near {right:g}, and it stops at "
            f"{loss:.4g}: a probability that is cut off, or a small number added, hides the mistake"
        )
    return loss


def _log_p(logits: np.ndarray, labels: np.ndarray) -> Any:
    """The logarithm of the probability of each image's true class."""
    return _log_softmax(logits)[np.arange(len(labels)), labels]


def _cross_entropy(logits: np.ndarray, labels: np.ndarray) -> float:
    return float(-_log_p(logits, labels).mean())


_BASE_2 = "this is the logarithm to base 2; the loss uses the natural one, np.log"
_BASE_10 = "this is the logarithm to base 10; the loss uses the natural one"
_SIGN = "the sign is wrong: a loss is positive, and a logarithm of a probability is not"
_ALL_TEN = "only the probability of the true class counts, not those of all ten"
_LIKED_BEST = "this looks at the class the model likes best, not at the true one"
_NO_LOGARITHM = "this is the mean probability of the true class; its logarithm is missing"
_LOGITS = "log(sum(exp(z))) is missing: these are just logits"
_LARGEST_ONLY = "the largest logit stands where log(sum(exp(z))) belongs"
_WHOLE_COLUMNS = "[:, labels] takes whole columns: give a row number with each label"
LOSSES: Mistakes = (
    (lambda z, y: -_log_p(z, y).sum(), "this is the sum over the images; the loss of a batch is the mean"),
    (lambda z, y: _log_p(z, y).mean(), _SIGN),
    (lambda z, y: _cross_entropy(z, y) / np.log(2), _BASE_2),
    (lambda z, y: _cross_entropy(z, y) / np.log(10), _BASE_10),
    (lambda z, y: _cross_entropy(z, y) / 10, "take the mean over the images, not over images and classes"),
    (lambda z, y: -_log_softmax(z).mean(), _ALL_TEN),
    (lambda z, y: -_log_softmax(z).max(axis=1).mean(), _LIKED_BEST),
    (lambda z, y: np.exp(_log_p(z, y)).mean(), _NO_LOGARITHM),
    (lambda z, y: -np.log(np.exp(_log_p(z, y)).mean()), "first the logarithm of each image, then the mean"),
    (lambda z, y: -z[np.arange(len(y)), y].mean(), _LOGITS),
    (lambda z, y: (z.max(axis=1) - z[np.arange(len(y)), y]).mean(), _LARGEST_ONLY),
    (lambda z, y: -_log_softmax(z)[:, y].mean(), _WHOLE_COLUMNS),
)


@task(
    "2.6",
    hints=(
        "Which class does the model answer? The one with the largest logit, image by image.",
        "logits.argmax(axis=1) gives an answer for each row; compare the answers with the labels.",
        "return (logits.argmax(axis=1) == labels).mean()",
    ),
)
def accuracy_of_logits(function: Function) -> str:
    """Accuracy, a share between 0 and 1, from logits (n, 10) and labels (n,)."""
    rng = np.random.default_rng(6)
    labels = rng.integers(0, 10, size=40).astype(np.uint8)
    logits = rng.normal(size=(40, 10)) - 2
    logits[np.arange(25), labels[:25]] += 6
    errors = (("(10,)", "argmax needs axis=1, to give an answer for each row"),)
    inputs = logits, labels
    expect_result(function, inputs, _accuracy, "the accuracy", mistakes=ACCURACIES, errors=errors)
    return "No softmax was needed: it does not change which class comes first"


def _accuracy(logits: np.ndarray, labels: np.ndarray) -> float:
    return float((logits.argmax(axis=1) == labels).mean())


_NO_HIT = (
    "no answer agrees with its label: max gives the largest logit, argmax says which it is; "
    "with axis=1 it says so for each row"
)
ACCURACIES: Mistakes = (
    (lambda z, y: 100 * _accuracy(z, y), "this is in percent; give the share, a number between 0 and 1"),
    (lambda z, y: len(y) * _accuracy(z, y), "this counts the right answers; divide by the number of images"),
    (lambda z, y: 1 - _accuracy(z, y), "this is the share of wrong answers"),
    (lambda z, y: (z.argmin(axis=1) == y).mean(), "the answer is the largest logit, not the smallest"),
    (lambda z, y: _accuracy(z, y) / 10, "divide by the number of images, not by images times classes"),
    (0.0, _NO_HIT),
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


UNITS: Mistakes = (
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


@task(
    "2.9",
    hints=(
        "The model's output is already a row of probabilities, and the loss applies softmax to it again.",
        "A perfect and certain answer is the row (1, 0, 0, …, 0). Take these ten numbers as logits.",
        "-log(e / (e + 9)): one e to the 1, and nine times e to the 0",
    ),
)
def softmax_twice(answer: Any) -> str:
    """The lowest loss that a model with softmax can reach under a loss with from_logits=True."""
    right = float(np.log(np.e + 9) - 1)
    mistakes = (
        (0.0, "0 would be reached with one softmax; the second one takes the certainty away again"),
        (float(np.log(10)), "this is the loss of a model that knows nothing; a perfect answer does better"),
        (float(np.log(np.e + 10) - 1), "there are ten classes in all: the true one and nine others"),
        (float(np.log(10) - 1), "the sum has e to the 1 for the true class, and nine times e to the 0"),
        (-right, "the number is right, its sign is not: a loss is minus the logarithm"),
        (float(np.exp(-right)), "this is the probability after the second softmax; take -log of it"),
        (right / float(np.log(2)), "this is the logarithm to base 2; the loss uses the natural one"),
        (right / float(np.log(10)), "this is the logarithm to base 10; the loss uses the natural one"),
    )
    expect_close(expect_number(answer), right, rtol=0, atol=0.005, mistakes=mistakes)
    return "A loss that will not fall below about 1.46 is the mark of a softmax too many"


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
