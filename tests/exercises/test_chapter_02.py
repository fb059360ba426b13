"""Right answers to chapter 02 in other forms, answers of no known kind, models and layers."""

from types import SimpleNamespace

import numpy as np
import pytest
from judging import right, wrong

from fmnist_lessons.exercises import chapter_02 as check

pytestmark = pytest.mark.usefixtures("checks_raise")


def softmax(z):
    p = np.exp(z - z.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def cross_entropy(z, y):
    largest = z.max(axis=1)
    return (largest + np.log(np.exp(z - largest[:, None]).sum(axis=1)) - z[range(len(y)), y]).mean()


def by_probabilities(probabilities, y):
    return -np.log(probabilities[range(len(y)), y]).mean()


@pytest.mark.parametrize(
    ("task", "answer"),
    [
        (check.dense_parameters, np.int64(50_240)),
        (check.mlp_parameters, lambda sizes: sum(sizes[i] * n + n for i, n in enumerate(sizes[1:]))),
        (check.dense_layer, lambda x, kernel, bias: (x @ kernel + bias).clip(0)),
        (check.stable_softmax, softmax),
        (check.cross_entropy, cross_entropy),
        (check.cross_entropy, lambda z, y: np.array([cross_entropy(z, y)])),
        (check.accuracy_of_logits, lambda z, y: (softmax(z).argmax(axis=1) == y).mean()),
        (check.softmax_twice, 1.46),
    ],
)
def test_what_is_right_in_another_form_is_called_right(task, answer, capsys):
    right(task, answer, capsys)


@pytest.mark.parametrize(
    ("task", "answer", "says"),
    [
        (check.dense_parameters, 50_000, "too small"),
        (check.dense_parameters, 0.5, "whole number"),
        (check.mlp_parameters, lambda sizes: 101_770, r"sizes \(784, 10\) is too large"),
        (
            check.mlp_parameters,
            lambda sizes: 784 * 128 + 1280,
            r"128, 10\): you give 101632\. The biases are",
        ),
        (check.dense_layer, lambda x, kernel, bias: x * 2, "shape"),
        (check.dense_layer, lambda x, k, bias: max(0, x @ k + bias), "np.maximum goes through an array"),
        (check.dense_layer, lambda x, k, bias: (x @ k + bias).clip(0).round(2), "rounded too early"),
        (check.stable_softmax, lambda z: np.exp(z) / np.exp(z).sum(axis=1), "keepdims=True keeps"),
        (check.stable_softmax, lambda z: softmax(z.clip(-50, 50)), "2 of 3 values not right.*1000.0, 999.0"),
        (check.cross_entropy, lambda z, y: -np.log(z[range(len(y)), y]).mean(), "log of a negative"),
        (
            check.cross_entropy,
            lambda z, y: by_probabilities(np.exp(z) / np.exp(z).sum(1)[:, None], y),
            "nan or",
        ),
        (
            check.cross_entropy,
            lambda z, y: np.log(np.exp(z).sum(1)).mean() - z[range(len(y)), y].mean(),
            "nan or",
        ),
        (
            check.cross_entropy,
            lambda z, y: by_probabilities(softmax(z).clip(1e-7, 1), y),
            "hides the mistake",
        ),
        (check.cross_entropy, lambda z, y: by_probabilities(softmax(z) + 1e-5, y), "too small.*Tried with"),
        (check.accuracy_of_logits, lambda z, y: z.argmax(axis=1) == y, "one number"),
        (check.accuracy_of_logits, lambda z, y: (z.argmax(axis=0) == y).mean(), "an answer for each row"),
        (check.softmax_twice, 2.3, "knows nothing"),
        (check.softmax_twice, 1.2, "too small"),
        (check.softmax_twice, 1.5, "to 1 decimal. Do not round: the check looks at 2 decimals"),
    ],
)
def test_what_is_said_of_wrong_answers(task, answer, says):
    wrong(task, answer, says=says)


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
