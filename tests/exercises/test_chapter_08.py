"""Each check of chapter 08 against right answers and typical wrong ones."""

import math

import numpy as np
import pytest
from judging import right, wrong

from fmnist_lessons.exercises import chapter_08 as check

pytestmark = pytest.mark.usefixtures("checks_raise")


def test_steps(capsys):
    right(check.steps, lambda n, b, e: math.ceil(n / b) * e, capsys)
    right(check.steps, lambda n, b, e: ((n + b - 1) // b) * e, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda n, b, e: n // b * e, "round up"),
        (lambda n, b, e: n / b * e, "round"),
        (lambda n, b, e: math.ceil(n * e / b), "for each epoch"),
        (lambda n, b, e: math.ceil(n / b), "one epoch"),
        (lambda n, b, e: n * e, "counts images"),
        (lambda n, b, e: b * e, "how many batches"),
        (lambda n, b, e: (n // b + 1) * e, "none besides"),
        (lambda n, b, e: int(n / b * e), "the last batch of each epoch"),
        (lambda n, b, e: round(n / b * e), "the last batch of each epoch"),
    ],
)
def test_steps_knows_what_is_wrong(answer, says):
    wrong(check.steps, answer, says=says)


def _log_p(z):
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def _of_true(values, labels):
    return values[np.arange(len(labels)), labels]


def _twice(z, y):
    return -_of_true(_log_p(np.exp(_log_p(z))), y).mean()


def _of_the_whole_table(z, y):
    shifted = z - z.max()
    return (np.log(np.exp(shifted).sum(axis=1)) - _of_true(shifted, y)).mean()


def test_loss(capsys):
    right(check.loss, lambda z, y: -_of_true(_log_p(z), y).mean(), capsys)
    right(check.loss, lambda z, y: -(np.eye(10)[y] * _log_p(z)).sum() / len(y), capsys)
    right(check.loss, lambda z, y: -_of_true(_log_p(_log_p(z)), y).mean(), capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (_twice, "taken twice"),
        (lambda z, y: -_of_true(np.exp(_log_p(z)), y).mean(), "logarithm is missing"),
        (lambda z, y: -_of_true(z, y).mean(), "without the softmax"),
        (lambda z, y: _of_true(_log_p(z), y).mean(), "the sign"),
        (lambda z, y: -_of_true(_log_p(z), y).sum(), "the sum over"),
        (lambda z, y: -_log_p(z).mean(), "only the true class"),
        (lambda z, y: -_log_p(z).max(axis=1).mean(), "likeliest class"),
        (lambda z, y: -_of_true(_log_p(z), y).mean() / np.log(10), "base 10"),
        (lambda z, y: -_of_true(_log_p(z), y).mean() / np.log(2), "base 2"),
        (lambda z, y: -_of_true(z - np.log(np.exp(z).sum(axis=0)), y).mean(), "the classes are axis 1"),
        (lambda z, y: (np.log(np.exp(z).sum(axis=1)) - _of_true(z, y)).mean(), "subtract each row's largest"),
        (
            lambda z, y: -np.log(_of_true(np.exp(z), y) / np.exp(z).sum(axis=1)).mean(),
            "is lost: use the log-",
        ),
        (
            lambda z, y: -np.log(_of_true(np.exp(_log_p(z)), y)).mean(),
            "is inf where .* is lost: use the log-",
        ),
        (lambda z, y: -(np.eye(10)[y] * np.log(np.exp(_log_p(z)))).sum() / len(y), "is inf where .* is lost"),
        (lambda z, y: -np.log(_of_true(np.exp(_log_p(z)), y) + 1e-9).mean(), "far too small: a probability"),
        (lambda z, y: -np.log(np.clip(_of_true(np.exp(_log_p(z)), y), 1e-12, 1)).mean(), "far too small"),
        (lambda z, y: -np.log(_of_true(np.exp(_log_p(z)), y) + 1e-5).mean(), "what is added"),
        (lambda z, y: -np.mean(np.eye(10)[y] * _log_p(z)), "a mean over all entries"),
        (lambda z, y: -_log_p(z)[:, y].mean(), "picks whole columns"),
        (lambda z, y: _log_p(z), "to be one number"),
        (_of_the_whole_table, "largest of each \\*row\\*"),
    ],
)
def test_loss_knows_what_is_wrong(answer, says):
    wrong(check.loss, answer, says=says)


def test_range_rates(capsys):
    right(check.range_rates, lambda a, b, n: np.geomspace(a, b, n), capsys)
    right(check.range_rates, lambda a, b, n: a * (b / a) ** (np.arange(n) / (n - 1)), capsys)
    right(check.range_rates, lambda a, b, n: np.logspace(np.log10(a), np.log10(b), n), capsys)
    right(check.range_rates, lambda a, b, n: [a * (b / a) ** (i / (n - 1)) for i in range(n)], capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda a, b, n: np.linspace(a, b, n), "evenly spaced"),
        (lambda a, b, n: a * (b / a) ** (np.arange(n) / n), "last rate is not high"),
        (lambda a, b, n: a * (b / a) ** ((np.arange(n) + 1) / n), "first rate is not low"),
        (lambda a, b, n: np.geomspace(a, b, n + 1), "n \\+ 1 rates"),
        (lambda a, b, n: np.geomspace(b, a, n), "have to rise"),
        (lambda a, b, n: np.linspace(np.log10(a), np.log10(b), n), "these are the exponents"),
        (lambda a, b, n: np.linspace(np.log(a), np.log(b), n), "these are logarithms"),
        (lambda a, b, n: np.logspace(a, b, n), "takes exponents"),
        (lambda a, b, n: np.logspace(np.log(a), np.log(b), n), "another base"),
        (lambda a, b, n: np.exp(np.linspace(np.log10(a), np.log10(b), n)), "another base"),
        (lambda a, b, n: a * (b / a) ** np.arange(n), "whole factor"),
        (lambda a, b, n: a * 2.0 ** np.arange(n), "the factor follows"),
    ],
)
def test_range_rates_knows_what_is_wrong(answer, says):
    wrong(check.range_rates, answer, says=says)


def test_draw_rates(capsys):
    right(check.draw_rates, lambda a, b, n, *, rng: np.exp(rng.uniform(np.log(a), np.log(b), n)), capsys)
    right(check.draw_rates, lambda a, b, n, rng: 10 ** rng.uniform(np.log10(a), np.log10(b), n), capsys)
    right(check.draw_rates, lambda a, b, n, rng: a * (b / a) ** rng.random(n), capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda a, b, n, rng: rng.uniform(a, b, n), "even over the rates themselves"),
        (lambda a, b, n, rng: rng.uniform(np.log(a), np.log(b), n), "these are logarithms"),
        (lambda a, b, n, rng: rng.uniform(np.log10(a), np.log10(b), n), "these are logarithms"),
        (
            lambda a, b, n, rng: np.exp(rng.uniform(np.log10(a), np.log10(b), n)),
            "lies outside .* another base",
        ),
        (lambda a, b, n, rng: 10 ** rng.uniform(np.log(a), np.log(b), n), "lies outside .* another base"),
        (lambda a, b, n, rng: 2 * rng.uniform(a, b, n), "lies outside of 0.0001 … 0.1\\.\n"),
        (lambda a, b, n, rng: 10 ** rng.uniform(-4, -1, n), "for other low and high"),
        (
            lambda a, b, n, rng: a * (b / a) ** np.random.default_rng(1).random(n),
            "another rng gives the same",
        ),
        (lambda a, b, n, rng: np.geomspace(a, b, n), "a fixed row"),
        (lambda a, b, n, rng: rng.permutation(np.geomspace(a, b, n)), "a fixed row"),
        (lambda a, b, n, rng: rng.choice(np.geomspace(a, b, n), n), "again and again"),
        (lambda a, b, n, rng: a * (b / a) ** np.random.default_rng().random(n), "take all draws from rng"),
        (lambda a, b, n, rng: a * (b / a) ** (rng.random(n) ** 2), "50% of the rates .*; 25% should"),
        (lambda a, b, n, rng: np.full(n, a * (b / a) ** rng.random()), "again and again"),
        (lambda a, b, n, rng: a * (b / a) ** rng.random(), "to be an array"),
    ],
)
def test_draw_rates_knows_what_is_wrong(answer, says):
    wrong(check.draw_rates, answer, says=says)


def _halving(scores, *, key=lambda s, r: s[:, r - 1], sign=-1, kept=lambda n: max(n // 3, 1)):
    alive, used = np.arange(len(scores)), np.zeros(len(scores), int)
    for rung in (1, 3, 9):
        used[alive] = rung
        alive = alive[np.argsort(sign * key(scores[alive], rung))[: kept(len(alive))]]
    return used


def _by_argsort(scores, chosen):
    used, alive = np.ones(len(scores), int), np.arange(len(scores))
    for rung, judged in ((3, 0), (9, 2)):
        order = np.argsort(-scores[alive, judged])[: max(len(alive) // 3, 1)]
        alive = chosen(alive, order)
        used[alive] = rung
    return used


def _judging_all(scores):
    used, n = np.ones(len(scores), int), len(scores)
    used[np.argsort(-scores[:, 0])[: max(n // 3, 1)]] = 3
    used[np.argsort(-scores[:, 2])[: max(max(n // 3, 1) // 3, 1)]] = 9
    return used


def test_epochs_used(capsys):
    right(check.epochs_used, lambda s: _by_argsort(s, lambda alive, order: alive[order]), capsys)
    right(check.epochs_used, _halving, capsys)
    right(check.epochs_used, lambda s: _halving(s).tolist(), capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda s: _halving(s, sign=1), "worst go on"),
        (lambda s: _halving(s, key=lambda v, r: v[:, :r].max(axis=1)), "at the rung itself"),
        (lambda s: _halving(s, key=lambda v, r: v[:, min(r, 8)]), "one epoch too far"),
        (lambda s: _halving(s, key=lambda v, r: v[:, -1]), "not known yet"),
        (lambda s: _halving(s, key=lambda v, _: v[:, 0]), "both rungs are judged by the score after epoch 1"),
        (lambda s: _by_argsort(s, lambda alive, order: order), "alive\\[order\\]"),
        (_judging_all, "all trials are judged after 3 epochs"),
        (lambda s: np.full(len(s), 9), "no trial is given up"),
        (lambda s: _halving(s, kept=lambda n: math.ceil(n / 3)), "rounded down"),
        (lambda s: _halving(s, kept=lambda n: max(round(n / 3), 1)), "rounded down"),
        (lambda s: _halving(s, kept=lambda n: n // 3), "one trial always goes on"),
        (lambda s: _halving(s, kept=lambda n: max(n // 2, 1)), "half of them"),
        (lambda s: np.select([_halving(s) == 1, _halving(s) == 3], [1, 2], 6), "since the rung before"),
        (lambda s: _halving(s).sum(), "for each trial, found one number"),
        (lambda s: np.sort(_halving(s)), "order of the trials"),
        (lambda s: np.sort(_halving(s))[::-1], "order of the trials"),
    ],
)
def test_epochs_used_knows_what_is_wrong(answer, says):
    wrong(check.epochs_used, answer, says=says)


def _additive(t):
    return t.mean(axis=1, keepdims=True) + t.mean(axis=0, keepdims=True) - t.mean()


def test_interaction(capsys):
    right(check.interaction, lambda t: t - _additive(t), capsys)
    right(check.interaction, lambda t: t - t.mean(0) - t.mean(1)[:, None] + t.mean(), capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda t: t - _additive(t) - t.mean(), "twice"),
        (lambda t: t - t.mean(), "only the mean of all"),
        (lambda t: t - t.mean(axis=1, keepdims=True), "only the rows"),
        (lambda t: t - t.mean(axis=0), "only the columns"),
        (_additive, "additive part"),
        (lambda t: _additive(t) - t, "the sign"),
        (lambda t: ((t - _additive(t)) ** 2).sum(), "for each cell, found one number"),
        (lambda t: ((t - _additive(t)) ** 2).sum() / ((t - t.mean()) ** 2).sum(), "for each cell"),
        (lambda t: t - _additive(t) - 2 * t.mean(), "sign of the mean of all"),
        (lambda t: abs(t - _additive(t)), "keep the sign"),
        (lambda t: t / _additive(t), "a ratio"),
        (lambda t: t - np.outer(t.mean(axis=1), t.mean(axis=0)) / t.mean(), "another model"),
    ],
)
def test_interaction_knows_what_is_wrong(answer, says):
    wrong(check.interaction, answer, says=says)


def test_flattery(capsys):
    right(check.flattery, lambda s, f: s.max() - f[s.argmax()].mean(), capsys)
    right(check.flattery, lambda s, f: np.max(s) - np.mean(f[np.argsort(s)[-1], :]), capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda s, f: f[s.argmax()].mean() - s.max(), "the sign"),
        (lambda s, f: s.max() - f.max(), "luckiest"),
        (lambda s, f: s.max() - f[s.argmax()].max(), "averaged"),
        (lambda s, f: s.max() - f.mean(axis=1).max(), "search has chosen another"),
        (lambda s, f: (s - f.mean(axis=1))[f.mean(axis=1).argmax()], "search has chosen another"),
        (lambda s, f: 100 * (s.max() - f[s.argmax()].mean()), "this is in points"),
        (lambda s, f: s.max() - f.mean(), "mean of all recipes"),
        (lambda s, f: s.max() - s.mean(), "other scores"),
        (lambda s, f: (s - f.mean(axis=1)).mean(), "only the winner counts"),
        (lambda s, f: s.max() - f[s.argmax(), 0], "one fresh training"),
        (lambda s, f: s.max() - np.median(f[s.argmax()]), "median"),
        (lambda s, f: abs(s.max() - f[s.argmax()].mean()), "do not cut the sign off"),
        (lambda s, f: max(0, s.max() - f[s.argmax()].mean()), "do not cut the sign off"),
        (lambda s, f: s.max() - f.mean(axis=0)[s.argmax()], "over axis 1"),
        (lambda s, f: s.max() - f[:, s.argmax()].mean(), "over axis 1"),
        (lambda s, f: s.max() - f[:, 0].mean(), "over axis 1"),
        (lambda s, f: f[s.argmax()].mean(), "what the winner reaches"),
    ],
)
def test_flattery_knows_what_is_wrong(answer, says):
    wrong(check.flattery, answer, says=says)


def test_supported(capsys):
    right(check.supported, ["b", "d", "f"], capsys)
    right(check.supported, (" F", "b", "D"), capsys)
    right(check.supported, ["b)", "(d)", "f."], capsys)


def test_a_matter_of_form_costs_no_hint(capsys, monkeypatch):
    monkeypatch.delenv("FMNIST_CHECKS")
    check.supported(["b, d, f"])
    said = capsys.readouterr().out
    assert "each letter in quotation marks of its own, found 'b, d, f'" in said
    assert "Hint" not in said


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (["a"], "may have a better one"),
        (["b", "c"], "no proof"),
        (["e"], "more steps"),
        (["f", "g"], "flatters"),
        (["b", "d"], "not all that are right"),
        (["b"], "2 are missing"),
        (["x"], "expected some of"),
        ("b", "expected a list of letters"),
    ],
)
def test_supported_knows_what_is_wrong(answer, says):
    wrong(check.supported, answer, says=says)
