"""What the tables of chapter 05 do not say: other right forms, errors, random draws, and choices."""

import numpy as np
import pytest
from judging import right, wrong

from fmnist_lessons.exercises import chapter_05 as check

pytestmark = pytest.mark.usefixtures("checks_raise")


# 5.1


def _dropped(values, rate, rng, *, factor=None, shape=None, chance=None):
    kept = rng.random(shape or values.shape) >= (rate if chance is None else chance)
    return values * kept * (1 / (1 - rate) if factor is None else factor)


def test_dropout(capsys):
    right(check.dropout, lambda v, r, *, rng: _dropped(v, r, rng), capsys)
    right(check.dropout, lambda v, r, rng: np.where(rng.random(v.shape) < r, 0, v / (1 - r)), capsys)
    right(check.dropout, lambda v, r, rng: v * rng.binomial(1, 1 - r, v.shape) / (1 - r), capsys)


def _kept_shares(values, rate, rng, axis=None):
    kept = rng.random(values.shape) >= rate
    return values * kept / kept.mean(axis=axis, keepdims=True)


def _exactly(values, rate, rng):
    order = rng.random(values.shape).argsort(axis=1).argsort(axis=1)
    return values * (order >= int(rate * values.shape[1])) / (1 - rate)


def _in_place(values, rate, *, rng):
    values[rng.random(values.shape) < rate] = 0
    values /= 1 - rate
    return values


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda v, r, rng: _dropped(v, r, rng, factor=1), "is not scaled"),
        (lambda v, r, rng: _dropped(v, r, rng, factor=1 / r), "divided by rate"),
        (lambda v, r, rng: _dropped(v, r, rng, factor=1 - r), "larger, not smaller"),
        (lambda v, r, rng: _dropped(v, r, rng, factor=1 + r), "multiplied by 1 \\+ rate"),
        (lambda v, r, rng: _dropped(v, r, rng, factor=3), "multiplied by 3"),
        (lambda v, r, rng: _dropped(v, r, rng) ** 2, "not multiplied by one factor"),
        (lambda v, r, rng: _dropped(v, r, rng, chance=1 - r), "keeps what should be dropped"),
        (lambda v, r, rng: _dropped(v, r, rng, chance=0.5), "asked is 40%"),
        (lambda v, r, rng: v / (1 - r), "no number became zero"),
        (lambda v, r, rng: 0 * v, "every number became zero"),
        (lambda v, r, rng: _dropped(v, r, rng, shape=(1, v.shape[1])), "same units are dropped"),
        (lambda v, r, rng: _dropped(v, r, rng, shape=(len(v), 1)), "whole images are dropped"),
        (lambda v, r, rng: _dropped(v, r, np.random.default_rng()), "take all draws from rng"),
        (lambda v, r, rng: _dropped(v, r, np.random.default_rng(0)), "another rng gives the same"),
        (_kept_shares, "whatever share happened"),
        (lambda v, r, rng: _kept_shares(v, r, rng, axis=0), "whatever share happened"),
        (lambda v, r, rng: _kept_shares(v, r, rng, axis=1), "whatever share happened"),
        (_exactly, "each row loses as many"),
        (lambda v, r, rng: _exactly(v.T, r, rng).T, "each column loses as many"),
        (_in_place, "that came in was changed"),
        (lambda v, r, rng: _dropped(v, r, rng)[0], "expected shape"),
    ],
)
def test_dropout_knows_what_is_wrong(answer, says):
    wrong(check.dropout, answer, says=says)


# 5.2


@pytest.mark.parametrize(
    "answer", [lambda w, g, r, d: (1 - r * d) * w - r * g, lambda w, g, r, d: w - r * (g + d * w)]
)
def test_decayed_step(answer, capsys):
    right(check.decayed_step, answer, capsys)


def _step_in_place(weights, gradient, learning_rate, decay):
    weights *= 1 - learning_rate * decay
    weights -= learning_rate * gradient
    return weights


def _gradient_in_place(weights, gradient, learning_rate, decay):
    gradient += decay * weights
    return weights - learning_rate * gradient


@pytest.mark.parametrize("answer", [_step_in_place, _gradient_in_place])
def test_decayed_step_leaves_its_inputs_alone(answer):
    wrong(check.decayed_step, answer, says="that came in was changed")


# 5.3


def test_smoothed_loss(capsys):
    right(check.smoothed_loss, lambda p, k, e: (e - 1) * np.log(p[k]) - e * np.mean(np.log(p)), capsys)


def test_smoothed_loss_does_not_count_on_ten_classes():
    def answer(p, label, epsilon):
        return -np.sum(((1 - epsilon) * np.eye(10)[label] + epsilon / 10) * np.log(p))

    wrong(check.smoothed_loss, answer, says="broadcast")

    def by_ten(p, label, epsilon):
        return -np.sum(((1 - epsilon) * np.eye(len(p))[label] + epsilon / 10) * np.log(p))

    wrong(check.smoothed_loss, by_ten, says="here are 4 classes, not 10")
    assert not any("ten" in hint.split() for hint in check.smoothed_loss.hints)


# 5.4


def test_restored_epoch(capsys):
    def looking_back(losses, patience):
        for epoch in range(1, len(losses) + 1):
            best = np.argmin(losses[:epoch]) + 1
            if epoch - best >= patience:
                break
        return best

    right(check.restored_epoch, looking_back, capsys)


# 5.5


def _by_indices(images, down, right):
    out = np.zeros_like(images)
    _, rows, columns = images.shape
    for row in range(max(down, 0), rows + min(down, 0)):
        for column in range(max(right, 0), columns + min(right, 0)):
            out[:, row, column] = images[:, row - down, column - right]
    return out


def _cut(images, down, right, margin):
    _, rows, columns = images.shape
    padded = np.pad(images, ((0, 0), (margin, margin), (margin, margin)))
    return padded[:, margin - down : margin - down + rows, margin - right : margin - right + columns]


def _move_in_place(images, down, right):
    images[:] = _by_indices(images, down, right)
    return images


@pytest.mark.parametrize("answer", [_by_indices, lambda x, d, r: _cut(x, d, r, 20)])
def test_move(answer, capsys):
    right(check.move, answer, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (_move_in_place, "that came in was changed"),
        (lambda x, d, r: _by_indices(x, d, r).astype(float), "keep the dtype"),
    ],
)
def test_move_knows_what_is_wrong(answer, says):
    wrong(check.move, answer, says=says)


# 5.6

ALL = ["mirrored", "upside down", "moved"]
RIGHT = {"clothes": ["mirrored", "moved"], "digits": ["moved"], "fields": ALL}


@pytest.mark.parametrize(
    "answer",
    [
        RIGHT,
        {**RIGHT, "clothes": ("moved", "mirrored")},
        {**RIGHT, "digits": {"Moved "}},
        {**RIGHT, "cats": []},
    ],
)
def test_allowed_changes(answer, capsys):
    right(check.allowed_changes, answer, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({**RIGHT, "clothes": ALL}, "shop shows none like that"),
        ({**RIGHT, "clothes": ["moved"]}, "clothes: 'mirrored' is missing"),
        ({**RIGHT, "digits": ["moved", "mirrored"]}, "nobody writes"),
        ({**RIGHT, "digits": ["moved", "upside down"]}, "a 9"),
        ({**RIGHT, "digits": []}, "digits: 'moved' is missing"),
        ({**RIGHT, "fields": ["moved", "mirrored"]}, "no up and no down"),
        ({**RIGHT, "fields": ["moved", "turned"]}, "found 'turned'"),
        ({**RIGHT, "fields": "moved"}, "a list of texts"),
        ({**RIGHT, "fields": dict.fromkeys(ALL, True)}, "those that you choose, found a dict"),
        ({"clothes": ["moved"]}, "no entry for 'digits', 'fields'"),
        ([ALL, ["moved"], ALL], "expected a dictionary"),
    ],
)
def test_allowed_changes_knows_what_is_wrong(answer, says):
    wrong(check.allowed_changes, answer, says=says)


# 5.7


def test_network_work(capsys):
    def answer(size, filters):
        layers = enumerate(zip((1, *filters), filters, strict=False))
        return np.sum([(size // 2**i) ** 2 * 9.0 * channels * width for i, (channels, width) in layers])

    right(check.network_work, answer, capsys)


# 5.8


def _bare(logits):
    e = np.exp(logits)
    return (e / e.sum(axis=2, keepdims=True)).mean(axis=0)


def test_mean_answer(capsys):
    right(check.mean_answer, lambda z: _bare(z - z.max(axis=2, keepdims=True)), capsys)


@pytest.mark.parametrize("answer", [_bare, lambda z: _bare(z - z.max())])
def test_mean_answer_explains_nan(answer):
    wrong(check.mean_answer, answer, says="nan for large logits")


# 5.9


@pytest.mark.parametrize("answer", [["a", "d", "f"], ("F", "a", "d "), {"a", "d", "f"}])
def test_supported(answer, capsys):
    right(check.supported, answer, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (["a", "b", "d", "f"], "b is not supported: -0.15"),
        (["c"], "no evidence"),
        (["a", "e"], "need not add up"),
        (["a", "d", "f", "g"], "10 epochs"),
        (["a", "f"], "all you chose are right.*chosen\\."),
        (["a"], "2 are missing"),
        (["a", "h"], "found 'h'"),
        ("adf", "Give a list of letters in quotation marks, such as .*found the text 'adf'"),
        ({"a": True, "d": True, "f": True}, "those that you choose, found a dict"),
    ],
)
def test_supported_knows_what_is_wrong(answer, says):
    wrong(check.supported, answer, says=says)
