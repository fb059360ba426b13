"""Each check of chapter 02 against right answers and typical wrong ones."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from fmnist_lessons.exercises import CheckFailed
from fmnist_lessons.exercises import chapter_02 as check

pytestmark = pytest.mark.usefixtures("checks_raise")


def wrong(task, *answers, says):
    with pytest.raises(CheckFailed, match=says) as caught:
        task(*answers)
    assert "could not read" not in str(caught.value)


# 2.1


def test_dense_parameters(capsys):
    check.dense_parameters(50_240)
    check.dense_parameters(np.int64(50_240))
    assert "right" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (784 * 64, "biases are missing"),
        (784 * 64 + 784, "each unit, not to each pixel"),
        (784 * 64 + 1, "for each unit, not one"),
        (28 * 64 + 64, "one row of 28"),
        (784 + 64, "multiply"),
        (50_000, "too small"),
        (0.5, "whole number"),
    ],
)
def test_dense_parameters_wrong(answer, says):
    wrong(check.dense_parameters, answer, says=says)


# 2.2


def pairs(sizes):
    return list(pairwise(sizes))


def test_mlp_parameters():
    check.mlp_parameters(lambda sizes: sum(a * b + b for a, b in pairs(sizes)))


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda sizes: sum(a * b for a, b in pairs(sizes)), "biases are missing"),
        (lambda sizes: sum(a * b for a, b in pairs(sizes)) + sum(sizes), "the pixels have no biases"),
        (lambda sizes: sum(a * b for a, b in pairs(sizes)) + sum(sizes[1:-1]), "last layer has no biases"),
        (lambda sizes: sum(a * b + 1 for a, b in pairs(sizes)), "not one for each layer"),
        (lambda sizes: sum(a * b + b for a, b in pairs(sizes)[:-1]), "classifier, is missing"),
        (lambda sizes: int(np.prod(sizes)), "add the layers up"),
        (lambda sizes: 784 * 128 + 128 + 128 * 10 + 10, "too large"),
        (lambda sizes: sum(a * b + a for a, b in pairs(sizes)), "not to each input"),
        (
            lambda sizes: sum(a * b for a, b in pairs(sizes)),
            r"sizes \(784, 128, 10\): you give 101632\. The biases",
        ),
        (lambda sizes: sum(a * b + b for a, b in sizes), "stopped with TypeError"),
        (lambda sizes: print(end=""), "returns nothing"),
    ],
)
def test_mlp_parameters_wrong(function, says):
    wrong(check.mlp_parameters, function, says=says)


# 2.3


def test_dense_layer():
    check.dense_layer(lambda x, kernel, bias: np.maximum(0, x @ kernel + bias))
    check.dense_layer(lambda x, kernel, bias: (x @ kernel + bias).clip(0))


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda x, kernel, bias: x @ kernel + bias, "ReLU is missing"),
        (lambda x, kernel, bias: np.maximum(0, x @ kernel), "bias is missing"),
        (lambda x, kernel, bias: np.maximum(0, x @ kernel) + bias, "comes last"),
        (lambda x, kernel, bias: np.maximum(0, x @ kernel - bias), "added, not subtracted"),
        (lambda x, kernel, bias: np.minimum(0, x @ kernel + bias), "what is negative"),
        (lambda x, kernel, bias: np.abs(x @ kernel + bias), "change their sign"),
        (lambda x, kernel, bias: np.maximum(0, x @ kernel + bias).T, "on its side"),
        (lambda x, kernel, bias: x @ kernel.T + bias, "stopped with ValueError"),
        (lambda x, kernel, bias: x * 2, "shape"),
        (lambda x, kernel, bias: max(0, x @ kernel + bias), "np.maximum goes through an array"),
        (lambda x, kernel, bias: np.maximum(0, x @ kernel + bias).round(2), "rounded too early"),
    ],
)
def test_dense_layer_wrong(function, says):
    wrong(check.dense_layer, function, says=says)


# 2.4


def powers(z):
    return np.exp(z)


def softmax_with_global_maximum(z):
    p = np.exp(z - z.max())
    return p / p.sum(axis=1, keepdims=True)


def stable(z):
    p = np.exp(z - z.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def test_stable_softmax():
    check.stable_softmax(stable)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (powers, "divide them by their sum"),
        (lambda z: powers(z) / powers(z).sum(), "each row should"),
        (lambda z: powers(z) / powers(z).sum(axis=0), "an image is a row"),
        (lambda z: powers(z) / powers(z).max(axis=1, keepdims=True), "not by the largest"),
        (lambda z: z / z.sum(axis=1, keepdims=True), "power of e first"),
        (lambda z: np.log(stable(z)), "one np.log too many"),
        (lambda z: powers(z) / powers(z).sum(axis=1, keepdims=True), "1000 gives nan"),
        (softmax_with_global_maximum, "each row, not"),
        (lambda z: powers(z) / powers(z).sum(axis=1), "stopped with ValueError"),
        (lambda z: stable(z.clip(-50, 50)), "large logits"),
        (lambda z: np.exp(z - z.max()), "divide them by their sum"),
        (lambda z: 1 / (1 + np.exp(-z)), "the sigmoid"),
        (lambda z: powers(z) / powers(z).sum(axis=1), "keepdims=True keeps"),
        (lambda z: "done", "array of numbers"),
    ],
)
def test_stable_softmax_wrong(function, says):
    wrong(check.stable_softmax, function, says=says)


# 2.5


def true_class(values, labels):
    return values[np.arange(len(labels)), labels]


def log_softmax(z):
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def naive_log_softmax(z):
    return np.log(np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))


def test_cross_entropy():
    check.cross_entropy(lambda z, y: -true_class(log_softmax(z), y).mean())
    check.cross_entropy(lambda z, y: np.array([-true_class(log_softmax(z), y).mean()]))


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda z, y: -true_class(log_softmax(z), y).sum(), "is the mean"),
        (lambda z, y: true_class(log_softmax(z), y).mean(), "sign is wrong"),
        (lambda z, y: -true_class(log_softmax(z), y).mean() / np.log(2), "base 2"),
        (lambda z, y: -true_class(log_softmax(z), y).mean() / np.log(10), "base 10"),
        (lambda z, y: -true_class(log_softmax(z), y).mean() / z.shape[1], "not over images and classes"),
        (lambda z, y: -log_softmax(z).mean(), "not those of all ten"),
        (lambda z, y: -log_softmax(z).max(axis=1).mean(), "likes best"),
        (lambda z, y: np.exp(true_class(log_softmax(z), y)).mean(), "logarithm is missing"),
        (lambda z, y: -np.log(np.exp(true_class(log_softmax(z), y)).mean()), "then the mean"),
        (lambda z, y: -true_class(z, y).mean(), "just logits"),
        (lambda z, y: -true_class(log_softmax(z), y), "one number"),
        (lambda z, y: (z.max(axis=1) - true_class(z, y)).mean(), "stands where log"),
        (lambda z, y: -log_softmax(z)[:, y].mean(), "whole columns"),
        (lambda z, y: -np.log(true_class(z, y)).mean(), "log of a negative"),
        (lambda z, y: -true_class(naive_log_softmax(z), y).mean(), "nan or infinity"),
        (lambda z, y: -true_class(np.log(stable(z)), y).mean(), "nan or infinity"),
        (lambda z, y: -true_class(np.log(stable(z) + 1e-9), y).mean(), "hides the mistake"),
        (lambda z, y: -true_class(np.log(stable(z).clip(1e-7, 1)), y).mean(), "hides the mistake"),
    ],
)
def test_cross_entropy_wrong(function, says):
    wrong(check.cross_entropy, function, says=says)


# 2.6


def test_accuracy_of_logits():
    check.accuracy_of_logits(lambda z, y: (z.argmax(axis=1) == y).mean())
    check.accuracy_of_logits(lambda z, y: (stable(z).argmax(axis=1) == y).mean())


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda z, y: 100 * (z.argmax(axis=1) == y).mean(), "percent"),
        (lambda z, y: (z.argmax(axis=1) == y).sum(), "divide by the number of images"),
        (lambda z, y: (z.argmax(axis=1) != y).mean(), "wrong answers"),
        (lambda z, y: (z.argmin(axis=1) == y).mean(), "not the smallest"),
        (lambda z, y: (z.argmax(axis=1) == y).sum() / z.size, "images times classes"),
        (lambda z, y: (z.max(axis=1) == y).mean(), "argmax says"),
        (lambda z, y: z.argmax(axis=1) == y, "one number"),
        (lambda z, y: (z.argmax() == y).mean(), "with axis=1 it says so for each row"),
        (
            lambda z, y: 100 * (z.argmax(axis=1) == y).mean(),
            r"The accuracy: you give 65\. This is in percent",
        ),
        (lambda z, y: (z.argmax(axis=0) == y).mean(), "an answer for each row"),
    ],
)
def test_accuracy_of_logits_wrong(function, says):
    wrong(check.accuracy_of_logits, function, says=says)


# 2.7: models are inspected by what their layers say, so these stand-ins need no Keras


class Rescaling:
    def __init__(self, scale=1 / 255):
        self.name, self.scale = "rescaling", scale


class Flatten:
    name = "flatten"


class Dense:
    def __init__(self, units, activation="relu", name="dense"):
        self.units, self.name = units, name
        self.activation = SimpleNamespace(__name__=activation)


class ReLU:
    name = "re_lu"


class LeakyReLU:
    name = "leaky_re_lu"


class BatchNormalization:
    name = "batch_normalization"


class Dropout:
    name = "dropout"


class Softmax:
    name = "softmax"


LOGITS = Dense(10, "linear", "logits")
RIGHT = (Rescaling(), Flatten(), Dense(200), Dense(100), LOGITS)


def model(*layers, input_shape=(None, 28, 28), built=True, parameters=178_110):
    return SimpleNamespace(
        layers=list(layers), input_shape=input_shape, built=built, count_params=lambda: parameters
    )


def test_mlp_model():
    check.mlp_model(model(*RIGHT))
    check.mlp_model(model(*RIGHT[:2], Dense(200, "linear"), ReLU(), *RIGHT[3:]))
    check.mlp_model(model(model(*RIGHT[:2]), model(*RIGHT[2:4]), LOGITS))
    check.mlp_model(model(*RIGHT[:2], Dense(200, "linear"), Dropout(), ReLU(), *RIGHT[3:]))
    check.mlp_model(model(*RIGHT[:3], ReLU(), *RIGHT[3:]))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (list(RIGHT), "Expected a Keras model"),
        (model(*RIGHT, built=False), "keras.Input"),
        (model(*RIGHT, input_shape=(None, 28, 28, 1)), "shape \\(28, 28\\)"),
        (model(*RIGHT[1:]), "Rescaling\\(1 / 255\\) is missing"),
        (model(Rescaling(255), *RIGHT[1:]), "Rescaling multiplies"),
        (model(RIGHT[0], *RIGHT[2:]), "Flatten is missing"),
        (model(*RIGHT[2:4], *RIGHT[:2], LOGITS), "stem comes first"),
        (model(*RIGHT[:2], Dense(100), Dense(200), LOGITS), "changed places"),
        (model(*RIGHT[:4]), "classifier is missing"),
        (model(*RIGHT[:3], LOGITS), "second hidden layer"),
        (model(*RIGHT[:2], Dense(100), LOGITS), "first hidden layer"),
        (model(*RIGHT[:2], Dense(784), *RIGHT[2:]), "no dense layer of 784"),
        (model(*RIGHT[:2], Dense(200), Dense(64), LOGITS), "units of the dense layers"),
        (model(*RIGHT[:4], Dense(10, "softmax", "logits")), "leave the softmax out"),
        (model(*RIGHT[:4], Dense(10, "relu", "logits")), "no activation, found 'relu'"),
        (model(*RIGHT[:2], Dense(200), Dense(100, "linear"), LOGITS), "no more than one"),
        (model(*RIGHT[:2], Dense(200, "sigmoid"), Dense(100), LOGITS), "found 'sigmoid'"),
        (model(*RIGHT[:4], Dense(10, "linear")), "should be named"),
        (model(*RIGHT, Softmax()), "leave the softmax out"),
        (model(*RIGHT[:3], Dense(150), *RIGHT[3:]), "found 3 hidden layers"),
        (model(*RIGHT, parameters=1), "number of parameters"),
        (model(*RIGHT[:2]), "units of the dense layers"),
        (model(*RIGHT[:2]), "no dense layer yet"),
        (model(*RIGHT[:2], LOGITS), "hidden layers are missing"),
        (model(Rescaling(1 / 256), *RIGHT[1:]), "become 0 to 0.996094, not 0 to 1"),
        (model(*RIGHT[:2], Dense(200, "linear"), LeakyReLU(), *RIGHT[3:]), "found 'leaky_relu'"),
        (model(*RIGHT[:3], BatchNormalization(), *RIGHT[3:]), "asks for no BatchNormalization"),
        (model(*RIGHT, parameters=178_110 - 200), "lost its biases"),
        (type(LOGITS), "Expected a Keras model, found the class Dense"),
    ],
)
def test_mlp_model_wrong(answer, says):
    wrong(check.mlp_model, answer, says=says)


# 2.8


def test_diagnosis():
    check.diagnosis("overfitting", "underfitting", "good fit")
    check.diagnosis("Overfitting", " underfitting", "GOOD FIT")


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        (("underfitting", "overfitting", "good fit"), "turns back"),
        (("overfitting", "good fit", "underfitting"), "training accuracy"),
        (("overfitting", "underfitting", "overfitting"), "close together"),
        (("too long", "underfitting", "good fit"), "one of 'underfitting'"),
        ((1, 2, 3), "quotation marks"),
    ],
)
def test_diagnosis_wrong(answers, says):
    wrong(check.diagnosis, *answers, says=says)


def test_diagnosis_with_one_answer_missing_is_unanswered():
    wrong(check.diagnosis, "overfitting", ..., "good fit", says="not answered yet")


def test_the_runs_show_what_the_task_says():
    runs = check.runs_to_diagnose()
    last = {name: {key: values[-1] for key, values in run.items()} for name, run in runs.items()}
    a = runs["run A"]
    assert min(a["val_loss"]) < a["val_loss"][-1] - 0.2
    assert a["loss"][-1] < 0.05
    assert last["run B"]["accuracy"] < 0.6
    assert abs(last["run B"]["accuracy"] - last["run B"]["val_accuracy"]) < 0.03
    assert last["run C"]["val_accuracy"] > 0.85
    assert last["run C"]["accuracy"] - last["run C"]["val_accuracy"] < 0.05
    for run in runs.values():
        assert {len(values) for values in run.values()} == {20}
        assert all(0 <= value <= 1 for key in ("accuracy", "val_accuracy") for value in run[key])


# 2.9


def test_softmax_twice():
    check.softmax_twice(np.log(np.e + 9) - 1)
    check.softmax_twice(1.46)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (0, "one softmax"),
        (np.log(10), "knows nothing"),
        (2.3, "knows nothing"),
        (np.log(np.e + 10) - 1, "nine others"),
        (-1.4612, "sign is not"),
        (0.232, "probability after the second"),
        (1.4612 / np.log(2), "base 2"),
        (1.4612 / np.log(10), "base 10"),
        (1.2, "too small"),
        (1.5, "rounded too early, to 1 decimal. Do not round: the check looks at 2 decimals"),
        (np.log(10) - 1, "e to the 1 for the true class"),
    ],
)
def test_softmax_twice_wrong(answer, says):
    wrong(check.softmax_twice, answer, says=says)


# 2.10


def squares(means):
    return (means**2).sum(axis=1)


def test_nearest_mean_layer():
    check.nearest_mean_layer(lambda means: (means.T, -squares(means) / 2))
    check.nearest_mean_layer(lambda means: (2 * means.T, -squares(means)))
    check.nearest_mean_layer(lambda means: [means.T, 3 - squares(means) / 2])


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda means: means.T, "two results"),
        (lambda means: (means, -squares(means) / 2), "transpose the means"),
        (lambda means: (means.T, np.zeros(10)), "brightest mean"),
        (lambda means: (means.T, -squares(means)), "HALF"),
        (lambda means: (means.T, squares(means) / 2), "sign of the bias"),
        (lambda means: (means.T, squares(means)), "sign of the bias"),
        (lambda means: (means.T, -np.sqrt(squares(means)) / 2), "square root"),
        (lambda means: (means.T, -means.mean(axis=1)), "squares of the pixels"),
        (lambda means: (means.T, np.arange(10) * 20.0), "The bias"),
        (lambda means: (2 * means.T, -squares(means) / 2), "kernel of 2 times"),
        (lambda means: (-means.T, -squares(means) / 2), "not always that of the nearest"),
        (lambda means: (means.T, np.zeros(784)), "shape"),
        (lambda means: (means.T, -squares(means) / 2 / 784), "this is their mean"),
        (lambda means: (-2 * means.T, squares(means)), "grow with the distance"),
        (lambda means: (means.T / np.sqrt(squares(means)), np.zeros(10)), "not always that of the nearest"),
        (lambda means: (np.zeros((28, 28)), np.zeros(10)), "shape"),
    ],
)
def test_nearest_mean_layer_wrong(function, says):
    wrong(check.nearest_mean_layer, function, says=says)
