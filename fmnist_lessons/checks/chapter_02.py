"""Checks of the exercises of chapter 02, multilayer perceptrons."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from fmnist_lessons.checks import (
    Misfit,
    Wrong,
    call,
    expect_array,
    expect_choice,
    expect_close,
    expect_equal,
    expect_integer,
    expect_number,
    expect_shape,
    task,
)

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
def mlp_parameters(function: Callable[..., Any]) -> str:
    """A function of the sizes of an MLP, from the pixels to the logits."""
    for sizes in ((784, 128, 10), (784, 10), (784, 300, 100, 10), (20, 30, 40, 50, 10)):
        pairs = list(pairwise(sizes))
        weights = sum(inputs * units for inputs, units in pairs)
        right = weights + sum(sizes[1:])
        last = pairs[-1][0] * pairs[-1][1] + pairs[-1][1]
        mistakes = (
            (weights, f"for sizes {sizes} the biases are missing"),
            (weights + sum(sizes), f"for sizes {sizes} there are too many: the pixels have no biases"),
            (weights + sum(sizes[1:-1]), f"for sizes {sizes} the last layer has no biases"),
            (weights + len(pairs), f"for sizes {sizes}: a bias for each unit, not one for each layer"),
            (right - last, f"for sizes {sizes} the last layer, the classifier, is missing"),
            (int(np.prod(sizes)), "multiply within a layer, but add the layers up"),
        )
        found = expect_integer(call(function, sizes), f"the count for sizes {sizes}")
        expect_equal(found, right, f"the count for sizes {sizes}", mistakes=mistakes)
    return "The same sum holds for an MLP of any depth, with no hidden layer too"


# --- forward ------------------------------------------------------------------------------------


@task(
    "2.3",
    hints=(
        "A dense layer is one matrix product and one addition; the ReLU comes after both.",
        "x @ kernel + bias has the shape (images, units).",
        "return np.maximum(0, x @ kernel + bias)",
    ),
)
def dense_layer(function: Callable[..., Any]) -> str:
    """A dense layer with ReLU on a batch: inputs (n, in), kernel (in, units), bias (units,)."""
    rng = np.random.default_rng(2)
    x, kernel, bias = rng.normal(size=(6, 20)), rng.normal(size=(20, 4)), 2 * rng.normal(size=4)
    found = expect_array(call(function, x, kernel, bias), "the layer's output", kind="number")
    sums = x @ kernel + bias
    mistakes = (
        (sums, "the sums are right, but there are negative ones: the ReLU is missing"),
        (np.maximum(0, x @ kernel), "the bias is missing"),
        (np.maximum(0, x @ kernel) + bias, "the ReLU comes last, after the bias was added"),
        (np.maximum(0, x @ kernel - bias), "the bias is added, not subtracted"),
        (np.minimum(0, sums), "the ReLU keeps what is positive; yours keeps what is negative"),
        (np.abs(sums), "the ReLU makes negative numbers zero; it does not change their sign"),
        (np.full_like(sums, sums.max()), "np.max finds one number; np.maximum compares number by number"),
        (np.maximum(0, sums).T, "the result is turned on its side: images are the rows"),
    )
    expect_close(found, np.maximum(0, sums), "the layer's output", mistakes=mistakes)
    return "That is all a dense layer does"


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
def stable_softmax(function: Callable[..., Any]) -> str:
    """Softmax of each row of logits (n, 10), safe for large logits."""
    logits = np.random.default_rng(4).normal(size=(4, 10))
    powers = np.exp(logits)
    right = powers / powers.sum(axis=1, keepdims=True)
    mistakes = (
        (powers, "these are the powers; divide them by their sum"),
        (powers / powers.sum(), "all the probabilities together sum to 1, but each row should"),
        (powers / powers.sum(axis=0), "the columns sum to 1, but the rows should: an image is a row"),
        (powers / powers.max(axis=1, keepdims=True), "divide by the sum of the powers, not by the largest"),
        (logits / logits.sum(axis=1, keepdims=True), "take the power of e first, then divide"),
        (np.log(right), "these are logarithms of probabilities: one np.log too many"),
    )
    found = expect_array(_quietly(function, logits), "the result", kind="number")
    expect_close(found, right, "the result", atol=1e-6, mistakes=mistakes)

    one_row = np.array([[1000.0, 999.0, 0.0]])
    if not np.isfinite(_quietly(function, one_row)).all():
        raise Wrong("small logits come out right, but a logit of 1000 gives nan: e to the 1000 is infinite")
    two_rows = np.array([[1000.0, 999.0, 0.0], [-1000.0, -1001.0, -2000.0]])
    both = np.asarray(_quietly(function, two_rows))
    if not np.isfinite(both).all():
        raise Wrong(
            "with rows of very different size one row gives nan: subtract the largest logit of each row, "
            "not that of the whole array"
        )
    safe = np.exp(-1) / (1 + np.exp(-1))
    expect_close(both, np.array([[1 - safe, safe, 0.0]] * 2), "the result for large logits", atol=1e-6)
    return "Logits of 1000 and of -1000 come out right too"


@task(
    "2.5",
    hints=(
        "Do not go by way of the probabilities: write log(softmax) out and simplify on paper first.",
        "The loss of one image is m + log(sum(exp(z - m))) - z_true, with m the largest logit of its row.",
        "m = logits.max(axis=1); losses = m + np.log(np.exp(logits - m[:, None]).sum(axis=1)) "
        "- logits[np.arange(len(labels)), labels]; return losses.mean()",
    ),
)
def cross_entropy(function: Callable[..., Any]) -> str:
    """Mean cross-entropy from logits (n, 10) and labels (n,)."""
    rng = np.random.default_rng(5)
    logits, labels = 2 * rng.normal(size=(6, 10)), rng.integers(0, 10, size=6).astype(np.uint8)
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    losses = -log_p[np.arange(6), labels]
    mistakes = (
        (losses.sum(), "this is the sum over the images; the loss of a batch is the mean"),
        (-losses.mean(), "the sign is wrong: a loss is positive, and a logarithm of a probability is not"),
        (losses.mean() / np.log(2), "this is the logarithm to base 2; the loss uses the natural one, np.log"),
        (losses.mean() / np.log(10), "this is the logarithm to base 10; the loss uses the natural one"),
        (losses.mean() / 10, "take the mean over the images, not over images and classes"),
        (-log_p.mean(), "only the probability of the true class counts, not those of all ten"),
        (-log_p.max(axis=1).mean(), "this looks at the class the model likes best, not at the true one"),
        (np.exp(-losses).mean(), "this is the mean probability of the true class; its logarithm is missing"),
        (-np.log(np.exp(-losses).mean()), "first the logarithm of each image, then the mean"),
        (-logits[np.arange(6), labels].mean(), "log(sum(exp(z))) is missing: these are just logits"),
    )
    found = _loss(function, logits, labels)
    expect_close(found, float(losses.mean()), "the loss", mistakes=mistakes)

    sure = np.array([[1000.0, 0.0, -1000.0]])
    for label, right in ((0, 0.0), (1, 1000.0), (2, 2000.0)):
        loss = _loss(function, sure, np.array([label], dtype=np.uint8))
        if not np.isfinite(loss):
            raise Wrong(
                "ordinary logits come out right, but large ones give nan or infinity: the probability of the "
                "true class became 0, and the logarithm of 0 is minus infinity"
            )
        if right and loss < 0.9 * right:
            raise Wrong(
                f"for a very wrong and very sure answer the loss should be near {right:g}, and it stops at "
                f"{loss:.4g}: a probability that is cut off, or a small number added, hides the mistake"
            )
        expect_close(loss, right, "the loss for large logits", atol=1e-6)
    return "No logit is too large for it: this is what from_logits=True stands for"


@task(
    "2.6",
    hints=(
        "Which class does the model answer? The one with the largest logit, image by image.",
        "logits.argmax(axis=1) gives an answer for each row; compare the answers with the labels.",
        "return (logits.argmax(axis=1) == labels).mean()",
    ),
)
def accuracy_of_logits(function: Callable[..., Any]) -> str:
    """Accuracy, a share between 0 and 1, from logits (n, 10) and labels (n,)."""
    rng = np.random.default_rng(6)
    labels = rng.integers(0, 10, size=40).astype(np.uint8)
    logits = rng.normal(size=(40, 10)) - 2
    logits[np.arange(25), labels[:25]] += 6
    hits = logits.argmax(axis=1) == labels
    right = float(hits.mean())
    mistakes = (
        (100 * right, "this is in percent; give the share, a number between 0 and 1"),
        (float(hits.sum()), "this counts the right answers; divide by the number of images"),
        (1 - right, "this is the share of wrong answers"),
        (
            float((logits.argmin(axis=1) == labels).mean()),
            "the answer is the largest logit, not the smallest",
        ),
        (right / 10, "divide by the number of images, not by images times classes"),
        (
            float((logits.max(axis=1) == labels).mean()),
            "max gives the largest logit; argmax says which it is",
        ),
    )
    try:
        result = call(function, logits, labels)
    except Misfit as error:
        if "(10,)" in str(error):
            raise Misfit(f"{error}: argmax needs axis=1, to give an answer for each row") from None
        raise
    found = expect_number(result, "the accuracy")
    expect_close(found, right, "the accuracy", mistakes=mistakes)
    return "No softmax was needed: it does not change which class comes first"


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
    if isinstance(model, type) or not hasattr(model, "layers") or not hasattr(model, "count_params"):
        raise Misfit(f"expected a Keras model, such as keras.Sequential([…]), found a {type(model).__name__}")
    layers = list(_all_layers(model))
    _expect_stem(model, layers)
    dense = [layer for layer in layers if _kind(layer) == "Dense"]
    units = tuple(int(layer.units) for layer in dense)
    mistakes = (
        ((100, 200, 10), "the two hidden layers have changed places: first 200 units, then 100"),
        ((200, 100), "the classifier is missing: a dense layer with a logit for each of the ten classes"),
        ((200, 10), "the second hidden layer, of 100 units, is missing"),
        ((100, 10), "the first hidden layer, of 200 units, is missing"),
        ((784, 200, 100, 10), "Flatten gives the 784 numbers already; no dense layer of 784 units is needed"),
    )
    for value, message in mistakes:
        if units == value:
            raise Wrong(message)
    if len(units) > 3:
        raise Wrong(f"expected 2 hidden layers and the classifier, found {len(units) - 1} hidden layers")
    expect_equal(units, (200, 100, 10), "the units of the dense layers")
    _expect_activations(layers)
    if dense[-1].name != "logits":
        raise Wrong(f'the last layer should be named: name="logits"; its name is {dense[-1].name!r}')
    right = 784 * 200 + 200 + 200 * 100 + 100 + 100 * 10 + 10
    expect_equal(int(model.count_params()), right, "the number of parameters", reveal=True)
    return f"Stem, backbone and classifier, {right:,} parameters in all"


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
        chosen = expect_choice(answer, DIAGNOSES, DIAGNOSES, name)
        if chosen != expected:
            raise Wrong(f"{name} is not {chosen!r}: {why[name]}")
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
def nearest_mean_layer(function: Callable[..., Any]) -> str:
    """Kernel and bias of a dense layer whose largest logit is the nearest of the means (10, 784)."""
    rng = np.random.default_rng(10)
    means = rng.uniform(size=(10, 784)) * rng.uniform(0.6, 1.0, size=(10, 1))
    x = np.concatenate([means, means[::-1] * 0.6 + means * 0.4])
    x = np.concatenate([x + rng.normal(scale=0.15, size=x.shape) for _ in range(10)])
    nearest = ((x[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)

    result = call(function, means)
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise Wrong("expected two results, the kernel and the bias: return kernel, bias")
    kernel = expect_array(result[0], "the kernel", kind="number")
    if kernel.shape == means.shape:
        raise Wrong("the kernel needs a row for each pixel and a column for each class: transpose the means")
    expect_shape(kernel, (784, 10), "the kernel")
    bias = expect_array(result[1], "the bias", kind="number", shape=(10,))
    if (np.asarray(x @ kernel + bias).argmax(axis=1) == nearest).all():
        return "The simplest baseline of chapter 01 is a dense layer that nobody trained"
    squares = (means**2).sum(axis=1)
    biases = (
        (np.zeros(10), "without a bias, the brightest mean wins too often"),
        (-squares, "the bias is minus HALF the squared length of each mean"),
        (squares / 2, "the sign of the bias is wrong: a long mean must not win just by its length"),
        (squares, "the sign of the bias is wrong, and it is half the squared length"),
        (-np.sqrt(squares) / 2, "the bias needs the squared length; a square root is too much"),
        (np.sqrt(squares), "the bias is made of the squared length, with a minus sign"),
        (-means.mean(axis=1), "the bias is made of the squares of the pixels, summed up"),
    )
    if np.allclose(kernel, means.T):
        expect_close(bias, -squares / 2, "the bias", mistakes=biases)
    if np.allclose(kernel, 2 * means.T):
        expect_close(bias, -squares, "the bias, with a kernel of 2 times the means")
    raise Wrong("the largest logit is not always that of the nearest mean")


# --- private ------------------------------------------------------------------------------------


def _quietly(function: Callable[..., Any], *arguments: Any) -> Any:
    with np.errstate(all="ignore"):
        return call(function, *arguments)


def _loss(function: Callable[..., Any], logits: np.ndarray, labels: np.ndarray) -> float:
    result = _quietly(function, logits, labels)
    array = np.asarray(result)
    if array.shape == labels.shape and len(labels) > 1:
        raise Wrong("this is a loss for each image; return their mean, one number")
    if array.size == 1 and np.isnan(array.astype(float)).all():
        return float("nan")
    return expect_number(result, "the loss")


def _all_layers(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _all_layers(layer)
        elif _kind(layer) != "InputLayer":
            yield layer


def _kind(layer: Any) -> str:
    return type(layer).__name__


def _activation(layer: Any) -> str:
    return str(getattr(layer.activation, "__name__", layer.activation))


def _expect_stem(model: Any, layers: list[Any]) -> None:
    if not getattr(model, "built", False):
        raise Wrong("the model does not know its input yet: begin the list with keras.Input((28, 28))")
    shape = tuple(model.input_shape)
    if shape != (None, 28, 28):
        raise Wrong(f"the input should be pictures of shape (28, 28), found {shape[1:]}")
    kinds = [_kind(layer) for layer in layers]
    if "Rescaling" not in kinds:
        raise Wrong("the stem should scale the pixels: Rescaling(1 / 255) is missing")
    scale = float(layers[kinds.index("Rescaling")].scale)
    if not np.isclose(scale, 1 / 255):
        raise Wrong(f"Rescaling multiplies; by {scale:g} the pixels do not end between 0 and 1")
    if "Flatten" not in kinds:
        raise Wrong("the stem should lay the rows of the picture end to end: Flatten is missing")
    if "Dense" in kinds and kinds.index("Dense") < max(kinds.index("Rescaling"), kinds.index("Flatten")):
        raise Wrong("the stem comes first: scale and flatten, then the dense layers")


def _activations(layers: list[Any]) -> list[str]:
    """The activation of each dense layer; one in a layer of its own that follows counts as well."""
    found = []
    for layer, after in zip(layers, [*layers[1:], None], strict=True):
        if _kind(layer) != "Dense":
            continue
        own = _activation(layer)
        if own == "linear" and _kind(after) in ("ReLU", "Softmax", "Activation"):
            own = _activation(after) if _kind(after) == "Activation" else _kind(after).lower()
        found.append(own)
    return found


def _expect_activations(layers: list[Any]) -> None:
    *hidden, last = _activations(layers)
    if last == "softmax":
        raise Wrong("the model should return logits: leave the softmax out, the loss does it")
    if last != "linear":
        raise Wrong(f"the classifier should have no activation, found {last!r}")
    for activation in hidden:
        if activation == "linear":
            raise Wrong("a hidden layer has no activation: without it, two layers are no more than one")
        if activation != "relu":
            raise Wrong(f'the hidden layers should have activation="relu", found {activation!r}')
