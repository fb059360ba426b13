"""What the tables of chapter 08 do not say: right answers in other forms, errors, draws, and statements."""

import numpy as np
import pytest
from judging import right, wrong

from fmnist_lessons.exercises import chapter_08 as check

pytestmark = pytest.mark.usefixtures("checks_raise")


def _log_p(z):
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def _of_true(values, labels):
    return values[np.arange(len(labels)), labels]


def _halving(scores):
    used, alive = np.ones(len(scores), int), np.arange(len(scores))
    for rung, judged in ((3, 0), (9, 2)):
        alive = alive[np.argsort(-scores[alive, judged])[: max(len(alive) // 3, 1)]]
        used[alive] = rung
    return used.tolist()


@pytest.mark.parametrize(
    ("task", "answer"),
    [
        (check.steps, lambda n, b, e: ((n + b - 1) // b) * e),
        (check.loss, lambda z, y: -_of_true(_log_p(z), y).mean()),
        (check.loss, lambda z, y: -(np.eye(10)[y] * _log_p(z)).sum() / len(y)),
        (check.loss, lambda z, y: -_of_true(_log_p(_log_p(z)), y).mean()),
        (check.range_rates, lambda a, b, n: np.logspace(np.log10(a), np.log10(b), n)),
        (check.range_rates, lambda a, b, n: [a * (b / a) ** (i / (n - 1)) for i in range(n)]),
        (check.draw_rates, lambda a, b, n, *, rng: np.exp(rng.uniform(np.log(a), np.log(b), n))),
        (check.draw_rates, lambda a, b, n, rng: 10 ** rng.uniform(np.log10(a), np.log10(b), n)),
        (check.draw_rates, lambda a, b, n, rng: a * (b / a) ** rng.random(n)),
        (check.epochs_used, _halving),
        (check.interaction, lambda t: t - t.mean(0) - t.mean(1)[:, None] + t.mean()),
        (check.flattery, lambda s, f: np.max(s) - np.mean(f[np.argsort(s)[-1], :])),
        (check.supported, ["b", "d", "f"]),
        (check.supported, (" F", "b", "D")),
        (check.supported, ["b)", "(d)", "f."]),
    ],
)
def test_right_in_other_forms(task, answer, capsys):
    right(task, answer, capsys)


@pytest.mark.parametrize(
    ("task", "answer", "says"),
    [
        (check.loss, lambda z, y: _log_p(z), "to be one number"),
        (check.loss, lambda z, y: -np.log(_of_true(np.exp(_log_p(z)), y).clip(1e-12)).mean(), "is lost: use"),
        (check.epochs_used, lambda s: np.cumsum([0, 1, 0, 3, 0, 0, 0, 0, 0, 9])[_halving(s)], "not 3 more"),
        (check.flattery, lambda s, f: s.max() - f[:, s.argmax()].mean(), "out of bounds .* over axis 1"),
    ],
)
def test_what_else_is_wrong(task, answer, says):
    wrong(task, answer, says=says)


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
