"""Checks of the exercises to chapter 08, hyperparameter studies.

Each function is tried on inputs made here. Typical mistakes are carried out on the same inputs, so that
an answer that equals one of them is called by its name.
"""

from __future__ import annotations

import functools
import math
import numbers
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from scipy.special import log_softmax, softmax

from . import (
    Function,
    Misfit,
    Wrong,
    call,
    expect_array,
    expect_number,
    expect_result,
    expect_results,
    expect_supported,
    task,
)
from .words import describe, listed


def _steps(images: int, batch_size: int, epochs: int) -> int:
    return -(-images // batch_size) * epochs


@task(
    "8.1",
    hints=(
        "One epoch first. The last batch may be smaller than the others, but it is a step, too.",
        "The number of batches is images / batch_size, rounded up: -(-a // b), or math.ceil.",
        "math.ceil(images / batch_size) * epochs",
    ),
)
def steps(function: Function) -> str:
    """Try `function(images, batch_size, epochs)`, the number of steps of a training."""
    cases = ((50_000, 256, 10), (50_000, 64, 5), (1000, 100, 3), (7, 10, 2), (50_000, 512, 40))
    mistakes = (
        (lambda n, b, e: n // b * e, "the last batch of an epoch is not full, but it is a step: round up"),
        (lambda n, b, e: n / b * e, "there are no parts of a step: round the batches of an epoch up"),
        (
            lambda n, b, e: -(-n * e // b),
            "an epoch ends with a batch of its own: round up for each epoch, then multiply",
        ),
        (
            lambda n, b, e: int(n / b * e),
            "the last batch of each epoch is not full, but it is a step: round up, then multiply",
        ),
        (lambda n, b, e: -(-n // b), "these are the steps of one epoch"),
        (lambda n, b, e: n * e, "this counts images; a step takes a whole batch"),
        (lambda n, b, e: b * e, "how many batches are there in an epoch?"),
        (lambda n, b, e: (n // b + 1) * e, "where the images fill all batches, there is none besides"),
    )
    for inputs in cases:
        expect_result(
            function,
            inputs,
            _steps,
            "the steps for {0} images, batches of {1}, {2} epochs",
            mistakes=mistakes,
        )
    return "At equal epochs, batches of 64 take about eight times the steps of batches of 512."


_softmax, _log_softmax = functools.partial(softmax, axis=1), functools.partial(log_softmax, axis=1)


def _mean_loss(logits: np.ndarray, labels: np.ndarray) -> float:
    return float(-np.mean(_picked(_log_softmax(logits), labels)))


def _picked(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.asarray(values[np.arange(len(labels)), labels])


def _with_added(share: float) -> Callable[[np.ndarray, np.ndarray], float]:
    """The loss of probabilities to which something is added, so that no logarithm of zero is taken."""
    return lambda z, y: float(-np.mean(np.log(_picked(_softmax(z), y) + share)))


_LOST = "what is added to the probabilities changes the loss: use the log-softmax, not the log of a softmax"


def _finite(of: str, why: str, *, right: float = 0.0) -> Callable[[Any, str], float]:
    """A reader of one number that says what inf, nan, or much less than is right comes from."""

    def read(answer: Any, name: str) -> float:
        value = np.asarray(answer)
        if value.size == 1 and value.dtype.kind == "f" and not np.isfinite(value).all():
            raise Wrong(f"{name} is {value.item()} {of}: {why}")
        number = expect_number(answer, name)
        if 0 <= number < right / 2:
            raise Wrong(f"{name} is {number:.4g} {of}, far too small: {why}")
        return number

    return read


@task(
    "8.2",
    hints=(
        "First the log-softmax of each row: each logit minus the logarithm of the row's sum of exponentials.",
        "Subtract each row's largest logit before np.exp, with keepdims=True; it cancels. The true classes: "
        "log_softmax[np.arange(len(labels)), labels].",
        "z = logits - logits.max(axis=1, keepdims=True); "
        "log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True)); "
        "-log_p[np.arange(len(labels)), labels].mean()",
    ),
)
def loss(function: Function) -> str:
    """Try `function(logits, labels)`, the mean negative log-likelihood of a log-softmax."""
    rng = np.random.default_rng(82)
    cases = [(rng.normal(0, 2, (n, 10)), rng.integers(0, 10, n)) for n in (6, 25)]
    labels = np.array([0, 3, 4, 7, 9])
    unlikely = rng.normal(size=(5, 10))
    unlikely[2, 4] -= 2000
    large = rng.normal(size=(5, 10))
    large[np.arange(5), labels] += 2000
    mixed = rng.normal(size=(5, 10))
    mixed[0, 0] += 2000
    mistakes = (
        (
            lambda z, y: -np.mean(_picked(_log_softmax(_softmax(z)), y)),
            "the softmax is taken twice: these are logits, not probabilities",
        ),
        (lambda z, y: -np.mean(_picked(_softmax(z), y)), "the logarithm is missing"),
        (lambda z, y: -np.mean(_picked(z, y)), "these are logits without the softmax"),
        (lambda z, y: np.mean(_picked(_log_softmax(z), y)), "the sign: a loss is not negative"),
        (
            lambda z, y: -np.sum(_picked(_log_softmax(z), y)),
            "the sum over the images; asked is the mean",
        ),
        (lambda z, y: -np.mean(_log_softmax(z)), "only the true class of each image counts"),
        (
            lambda z, y: _mean_loss(z, y) / z.shape[1],
            "a mean over all entries; divide by the number of images",
        ),
        (
            lambda z, y: -np.mean(_log_softmax(z)[:, y]),
            "this picks whole columns; pair np.arange(len(labels)) with labels",
        ),
        *((_with_added(share), _LOST) for share in (1e-7, 1e-6, 1e-5, 1e-4, 1e-3)),
        (
            lambda z, y: -np.mean(_log_softmax(z).max(axis=1)),
            "the likeliest class is not the true one",
        ),
        (lambda z, y: _mean_loss(z, y) / np.log(10), "this is the logarithm to base 10; take np.log"),
        (lambda z, y: _mean_loss(z, y) / np.log(2), "this is the logarithm to base 2; take np.log"),
        (
            lambda z, y: -np.mean(_picked(z - np.log(np.exp(z - z.max()).sum(axis=0)) - z.max(), y)),
            "the sum runs over the images; the classes are axis 1",
        ),
    )
    for inputs in cases:
        expect_result(function, inputs, _mean_loss, "the loss", mistakes=mistakes, rtol=1e-4)
    right = _mean_loss(unlikely, labels)
    underflow = "a probability that underflows to 0 is lost: use the log-softmax, not the log of a softmax"
    read = _finite("where a logit of -2,000 is the true one", underflow, right=right)
    expect_result(function, (unlikely, labels), right, "the loss", read=read, rtol=1e-4)
    read = _finite("for large logits", "subtract each row's largest before np.exp")
    expect_result(function, (large, labels), _mean_loss, "the loss", read=read, rtol=1e-4)
    own_row = "subtract the largest of each *row*, not that of the whole table, before np.exp"
    read = _finite("for one large row beside small ones", own_row, right=_mean_loss(mixed, labels))
    expect_result(function, (mixed, labels), _mean_loss, "the loss", read=read, rtol=1e-4)
    return "One loss with two names: cross-entropy on logits, negative log-likelihood of a log-softmax."


@task(
    "8.3",
    hints=(
        "From one rate to the next it is always the same factor. How often is it applied from first to last?",
        "Between n rates there are n - 1 steps. The share of the way at step i is i / (n - 1).",
        "low * (high / low) ** (np.arange(n) / (n - 1)), or np.geomspace(low, high, n).",
    ),
)
def range_rates(function: Function) -> str:
    """Try `function(low, high, n)`, the learning rates of a range test."""
    mistakes = (
        (
            lambda a, b, n: np.linspace(a, b, n),
            "evenly spaced; asked is the same *factor* each time",
        ),
        (
            lambda a, b, n: a * (b / a) ** (np.arange(n) / n),
            "the last rate is not high: between n rates there are n - 1 steps",
        ),
        (
            lambda a, b, n: a * (b / a) ** (np.arange(1, n + 1) / n),
            "the first rate is not low: the first exponent has to be 0",
        ),
        (lambda a, b, n: np.geomspace(a, b, n + 1), "these are n + 1 rates"),
        (lambda a, b, n: np.geomspace(b, a, n), "the rates have to rise, from low to high"),
        (
            lambda a, b, n: np.linspace(math.log10(a), math.log10(b), n),
            "these are the exponents; the rates are 10 to the power of them",
        ),
        (
            lambda a, b, n: np.linspace(math.log(a), math.log(b), n),
            "these are logarithms; the rates are np.exp of them",
        ),
        (
            lambda a, b, n: np.logspace(a, b, n),
            "np.logspace takes exponents; np.geomspace takes the numbers themselves",
        ),
        (
            lambda a, b, n: a * (b / a) ** np.arange(n),
            "the whole factor high / low at each step: the exponent has to run from 0 to 1",
        ),
        *(
            (lambda a, b, n, k=k: a * float(k) ** np.arange(n), "the factor follows from low, high and n")
            for k in (2, 10)
        ),
        *(
            (lambda a, b, n, to=to, back=back: back(np.linspace(to(a), to(b), n)), _MIXED)
            for to, back in _mixed_bases()
        ),
    )
    cases = ((1e-5, 1.0, 6), (1e-4, 1e-1, 31), (0.01, 0.02, 2))
    expect_results(
        function, lambda a, b, n: np.geomspace(a, b, n), cases, mistakes, "the array of rates", atol=0.0
    )
    return "On a logarithmic axis the points lie evenly."


@task(
    "8.4",
    hints=(
        "Draw the logarithm evenly, and take it back at the end.",
        "rng.uniform(a, b, n) draws evenly between a and b. Which a has exp(a) = low, which b exp(b) = high?",
        "np.exp(rng.uniform(np.log(low), np.log(high), n))",
    ),
)
def draw_rates(function: Function) -> str:
    """Try `function(low, high, n, rng=…)`, draws that are even over the logarithm."""
    first = _draw(function, 1e-4, 1e-1, 4000, seed=1)
    _expect_even(first, 1e-4, 1e-1)
    low, high = 1e-3, 1.0
    found = _draw(function, low, high, 4000, seed=1)
    if np.array_equal(found, first):
        raise Wrong("for other low and high the rates stay the same: use low and high in place of numbers")
    _expect_even(found, low, high)
    if not np.array_equal(found, _draw(function, low, high, 4000, seed=1)):
        raise Wrong("the same rng gives other rates each time: take all draws from rng")
    if np.array_equal(found, _draw(function, low, high, 4000, seed=2)):
        raise Wrong("another rng gives the same rates: take the draws from the rng that is passed in")
    return "Every order of magnitude gets its share of the trials."


def _draw(function: Function, low: float, high: float, n: int, *, seed: int) -> np.ndarray:
    answer = call(function, low, high, n, rng=np.random.default_rng(seed))
    return expect_array(answer, "the result", shape=(n,), kind="number").astype(float)


def _expect_even(found: np.ndarray, low: float, high: float) -> None:
    """Refuse draws outside of the range, and such that are not even over the logarithm."""
    for logarithm in (np.log, np.log10, np.log2):
        inside = (found >= logarithm(low) - 1e-9) & (found <= logarithm(high) + 1e-9)
        if inside.all() and found.min() < 0:
            raise Wrong("these are logarithms of rates: take them back with np.exp, or 10 to their power")
    distinct = np.unique(found)
    if len(distinct) < 0.99 * len(found):
        raise Wrong("the same rates come again and again: draw anew for each of the n")
    if (found < low * (1 - 1e-9)).any() or (found > high * (1 + 1e-9)).any():
        worst = found.min() if found.min() < low else found.max()
        ends = np.array([found.min(), found.max()])
        mixed = any(
            np.allclose(ends, back(to(np.array([low, high]))), rtol=0.05) for to, back in _mixed_bases()
        )
        why = f": {_MIXED}" if mixed else ""
        raise Wrong(f"a rate of {worst:.4g} lies outside of {low:g} … {high:g}{why}")
    if np.ptp(np.diff(np.log(distinct))) < 1e-9:
        raise Wrong("these rates are a fixed row, each the same factor above the one before: draw them")
    wanted = np.array([0.25, 0.5, 0.75])
    below = np.array([np.mean(found < low * (high / low) ** share) for share in wanted])
    worst = int(np.abs(below - wanted).argmax())
    if abs(below[worst] - wanted[worst]) > 0.04:
        place = low * (high / low) ** wanted[worst]
        even = abs(np.mean(found < (low + high) / 2) - 0.5) < 0.04
        how = ": they are even over the rates themselves" if even else ""
        raise Wrong(f"{below[worst]:.0%} of the rates lie below {place:.2g}; {wanted[worst]:.0%} should{how}")


_MIXED = "the logarithm has another base than the power that takes it back"


def _mixed_bases() -> list[tuple[Callable[..., Any], Callable[..., Any]]]:
    """Each logarithm with a power that is not its own."""
    bases = ((np.log, np.exp), (np.log10, lambda x: 10.0**x), (np.log2, np.exp2))
    return [(to, back) for to, own in bases for _, back in bases if back is not own]


def _not_one(asked: str) -> Callable[[Any, str], np.ndarray]:
    """A reader of arrays that refuses a single number by saying what is asked for."""

    def read(answer: Any, name: str) -> np.ndarray:
        if isinstance(answer, numbers.Number) or (isinstance(answer, np.ndarray) and answer.ndim == 0):
            raise Wrong(f"asked is {asked}, found one number: do not add them up")
        return expect_array(answer, name, kind="number")

    return read


def _used(
    scores: np.ndarray,
    *,
    at: Callable[[np.ndarray, int], np.ndarray] = lambda scores, rung: scores[:, rung - 1],
    kept: Callable[[int], int] = lambda alive: max(alive // 3, 1),
) -> np.ndarray:
    """The epochs that each trial uses; the keywords carry out typical mistakes."""
    alive, epochs = np.arange(len(scores)), np.zeros(len(scores), int)
    for rung in (1, 3, 9):
        epochs[alive] = rung
        order = np.argsort(-at(scores[alive], rung), kind="stable")
        alive = np.sort(alive[order[: kept(len(alive))]])
    return epochs


def _used_with_places_mixed_up(scores: np.ndarray) -> np.ndarray:
    epochs, kept = np.ones(len(scores), int), len(scores)
    alive = np.arange(len(scores))
    for rung, judged in ((3, 0), (9, 2)):
        kept = max(kept // 3, 1)
        alive = np.argsort(-scores[alive, judged])[:kept]
        epochs[alive] = rung
    return epochs


def _used_judging_all(scores: np.ndarray) -> np.ndarray:
    epochs, kept = np.ones(len(scores), int), len(scores)
    for rung, judged in ((3, 0), (9, 2)):
        kept = max(kept // 3, 1)
        epochs[np.argsort(-scores[:, judged])[:kept]] = rung
    return epochs


@task(
    "8.5",
    hints=(
        "All trials stand on the first rung. Who may climb, and how many epochs has everybody used?",
        "Keep an array of those still alive. For each rung (1, 3, 9): epochs[alive] = rung; then sort "
        "the alive by scores[alive, rung - 1], and keep the best len(alive) // 3, but one at least.",
        "for rung in (1, 3, 9): epochs[alive] = rung; order = np.argsort(-scores[alive, rung - 1]); "
        "alive = alive[order[: max(len(alive) // 3, 1)]]",
    ),
)
def epochs_used(function: Function) -> str:
    """Try `function(scores)`, the epochs that each trial uses under successive halving."""
    rng = np.random.default_rng(87)  # the mistakes below differ from each other on the first case
    cases = [(rng.random((n, 9)),) for n in (20, 9, 5)]
    mistakes = (
        (
            lambda s: _used(s, at=lambda scores, rung: -scores[:, rung - 1]),
            "the worst go on: scores are accuracies, more is better",
        ),
        (
            lambda s: _used(s, at=lambda scores, _: scores[:, 0]),
            "both rungs are judged by the score after epoch 1",
        ),
        (
            _used_with_places_mixed_up,
            "np.argsort of a part gives places in that part: alive[order] are the trials",
        ),
        (
            _used_judging_all,
            "all trials are judged after 3 epochs; only those that went on have such a score",
        ),
        (
            lambda s: _used(s, at=lambda scores, rung: scores[:, :rung].max(axis=1)),
            "this judges by the best score so far; asked is the score at the rung itself",
        ),
        (
            lambda s: _used(s, at=lambda scores, rung: scores[:, min(rung, 8)]),
            "this looks one epoch too far: the score after epoch 1 is scores[:, 0]",
        ),
        (
            lambda s: _used(s, at=lambda scores, _: scores[:, -1]),
            "this judges by the last score, not known yet at the rung",
        ),
        (lambda s: _used(s, kept=lambda n: -(-n // 3)), "a third is rounded down"),
        (lambda s: _used(s, kept=lambda n: max(round(n / 3), 1)), "a third is rounded down"),
        (
            lambda s: _used(s, kept=lambda n: n // 3),
            "one trial always goes on, also where a third of them is less than one",
        ),
        (lambda s: _used(s, kept=lambda n: max(n // 2, 1)), "half of them go on; asked is the best third"),
        (
            lambda s: np.array([0, 1, 0, 2, 0, 0, 0, 0, 0, 6])[_used(s)],
            "these are the epochs since the rung before; asked are all that a trial uses: 1, 3 or 9",
        ),
        (lambda s: np.full(len(s), 9), "no trial is given up"),
        (
            lambda s: np.sort(_used(s))[::-1],
            "the order of the trials is lost: use np.argsort",
        ),
        (lambda s: np.sort(_used(s)), "the order of the trials is lost: use np.argsort"),
    )
    read = _not_one("a number of epochs for each trial")
    for inputs in cases:
        expect_result(function, inputs, _used, "the array of epochs", read=read, mistakes=mistakes)
    return "27 trials cost 27 + 9 · 2 + 3 · 6 epochs, instead of 27 · 9."


def _left(table: np.ndarray) -> np.ndarray:
    rows, columns = table.mean(axis=1, keepdims=True), table.mean(axis=0, keepdims=True)
    return np.asarray(table - rows - columns + table.mean())


@task(
    "8.6",
    hints=(
        "What would each cell be if row and column acted separately? The rest is the interaction.",
        "The additive cell: the mean of its row plus the mean of its column minus the mean of all. "
        "With keepdims=True the means can be added to each other.",
        "table - (table.mean(axis=1, keepdims=True) + table.mean(axis=0, keepdims=True) - table.mean())",
    ),
)
def interaction(function: Function) -> str:
    """Try `function(table)`, what rows and columns do not explain by themselves."""
    rng = np.random.default_rng(86)
    cases = [(rng.uniform(0.8, 0.9, shape),) for shape in ((4, 3), (3, 3), (2, 5))]
    mistakes = (
        (
            lambda t: t - t.mean(axis=1, keepdims=True) - t.mean(axis=0, keepdims=True),
            "the mean of all is subtracted twice, in the rows and in the columns: add it once",
        ),
        (lambda t: t - t.mean(), "only the mean of all is taken away, not rows and columns"),
        (lambda t: t - t.mean(axis=1, keepdims=True), "only the rows are taken away"),
        (lambda t: t - t.mean(axis=0, keepdims=True), "only the columns are taken away"),
        (lambda t: t - _left(t), "this is the additive part; asked is what it leaves over"),
        (lambda t: -_left(t), "the sign: what is measured minus what is expected"),
        (lambda t: np.abs(_left(t)), "keep the sign: a cell may be below what is expected, or above"),
        (lambda t: t / (t - _left(t)), "a ratio; asked is the difference"),
        (
            lambda t: t - t.mean(axis=1, keepdims=True) * t.mean(axis=0, keepdims=True) / t.mean(),
            "row times column is another model; here the means are added",
        ),
        (
            lambda t: t - t.mean(axis=1, keepdims=True) - t.mean(axis=0, keepdims=True) - t.mean(),
            "the sign of the mean of all: it is to be added",
        ),
    )
    read, what = _not_one("a number for each cell"), "the table of what is left"
    for inputs in cases:
        expect_result(function, inputs, _left, what, read=read, mistakes=mistakes, rtol=1e-4, atol=1e-7)
    return "Each row and each column of it sums to zero."


_CHOSEN_LATER = "this takes the recipe that is best with fresh seeds; the search has chosen another"


def _flattery(scores: np.ndarray, fresh: np.ndarray) -> float:
    winner = int(np.argmax(scores))
    return float(scores[winner] - fresh[winner].mean())


@task(
    "8.7",
    hints=(
        "Who would be chosen after the search? Only that trial's fresh trainings count.",
        "winner = np.argmax(scores). Its fresh accuracies are the row fresh[winner].",
        "scores[winner] - fresh[winner].mean()",
    ),
)
def flattery(function: Function) -> str:
    """Try `function(scores, fresh)`, by how much the best score is above the winner's fresh mean."""
    rng = np.random.default_rng(89)
    cases = []
    for trials, seeds in ((12, 5), (24, 3), (5, 5)):
        truth = rng.uniform(0.86, 0.88, trials)
        scores = truth + rng.normal(0, 0.01, trials)
        cases.append((scores, truth[:, None] + rng.normal(0, 0.01, (trials, seeds))))
    scores, fresh = cases[-1]
    cases.append((scores, fresh + (_flattery(scores, fresh) + 0.004)))  # the winner was unlucky
    rows = "rows are recipes, columns are seeds: take the mean over axis 1"
    mistakes = (
        (lambda s, f: abs(_flattery(s, f)), "it may be negative: do not cut the sign off"),
        (lambda s, f: max(0.0, _flattery(s, f)), "it may be negative: do not cut the sign off"),
        (lambda s, f: -_flattery(s, f), "the sign: a score that is too good flatters, and that is positive"),
        (
            lambda s, f: s.max() - f.max(),
            "the luckiest fresh training; asked is the winner's mean",
        ),
        (
            lambda s, f: s.max() - f[s.argmax()].max(),
            "the winner's fresh trainings are averaged",
        ),
        (
            lambda s, f: s.max() - f.mean(axis=1).max(),
            _CHOSEN_LATER,
        ),
        (lambda s, f: s[(i := f.mean(axis=1).argmax())] - f[i].mean(), _CHOSEN_LATER),
        (
            lambda s, f: 100 * _flattery(s, f),
            "this is in points; asked is a difference of the scores as they are",
        ),
        (
            lambda s, f: s.max() - f.mean(),
            "the mean of all recipes; asked is that of the winner",
        ),
        (lambda s, f: s.max() - s.mean(), "this compares with the other scores; take the fresh trainings"),
        (
            lambda s, f: float(np.mean(s - f.mean(axis=1))),
            "a mean over all trials; only the winner counts",
        ),
        (lambda s, f: s.max() - np.median(f[s.argmax()]), "this takes the median; asked is the mean"),
        (lambda s, f: s.max() - f.mean(axis=0)[s.argmax() % f.shape[1]], rows),
        (lambda s, f: s.max() - f[:, s.argmax() % f.shape[1]].mean(), rows),
        (lambda s, f: s.max() - f[:, 0].mean(), rows),
        (
            lambda s, f: s.max() - f[s.argmax(), 0],
            "this takes one fresh training; take their mean",
        ),
        (
            lambda s, f: f[s.argmax()].mean(),
            "what the winner reaches; asked is a difference",
        ),
    )
    for inputs in cases:
        expect_result(
            function,
            inputs,
            _flattery,
            "the flattery",
            mistakes=mistakes,
            errors=[("out of bounds", rows)],
            rtol=1e-6,
            atol=1e-12,
        )
    return "For a trial that was not chosen for its score, it would be zero on average."


STATEMENTS = ("a", "b", "c", "d", "e", "f", "g")
_SUPPORTED = {
    "b": "at this rate and length the difference is larger than its margin",
    "d": "the margin covers both signs",
    "f": "it was the best of 60 numbers that all hold some luck",
}
_UNSUPPORTED = {
    "a": "only one rate was tried for both; RMSprop may have a better one",
    "c": "a difference within its margin is no proof that there is none",
    "e": "equal epochs: the small batches took more steps, and both had the same rate",
    "g": "the best score flatters the winner; nobody has trained it again, or read the test images",
}


@task(
    "8.8",
    hints=(
        "Ask of each statement: what exactly was varied, and what was held equal?",
        "A margin that is larger than the difference leaves both signs open. A best score is a chosen one.",
        "Three of the seven hold: one about optimisers, one about dropout, one about the search.",
    ),
)
def supported(answer: Any) -> str:
    """Judge which statements a study supports."""
    if isinstance(answer, str) or not isinstance(answer, Iterable):
        raise Misfit(f"expected a list of letters in quotation marks, found {describe(answer)}")
    chosen = [value.strip(" .:()").lower() if isinstance(value, str) else value for value in answer]
    unknown = [value for value in chosen if value not in STATEMENTS]
    if unknown:
        form = f'such as ["c", "g"], each letter in quotation marks of its own, found {unknown[0]!r}'
        raise Misfit(f"expected some of {listed(STATEMENTS)}, {form}")
    expect_supported(chosen, _SUPPORTED, _UNSUPPORTED)
    return "What was varied, what was held equal, and who chose: these three questions do most of the work."
