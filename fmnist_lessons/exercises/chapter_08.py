"""The exercises to chapter 08, hyperparameter studies: what is right, and what each mistake is told."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from scipy.special import log_softmax, softmax

from . import Function, Misfit, Wrong, call, exercise, expect_array, expect_supported, task
from .words import describe, listed

_rng = np.random.default_rng

steps = exercise(
    "8.1",
    "the steps for {0} images, batches of {1}, {2} epochs",
    lambda n, b, e: math.ceil(n / b) * e,
    on=[(50_000, 256, 10), (50_000, 64, 5), (1000, 100, 3), (7, 10, 2), (50_000, 512, 40)],
    wrong={
        "the last batch of an epoch is not full, but it is a step: round up": lambda n, b, e: n // b * e,
        "there are no parts of a step: round the batches of an epoch up": lambda n, b, e: n / b * e,
        "an epoch ends with a batch of its own: round up for each epoch, then multiply": (
            lambda n, b, e: math.ceil(n * e / b)
        ),
        "the last batch of each epoch is not full, but it is a step: round up, then multiply": (
            lambda n, b, e: int(n / b * e)
        ),
        "these are the steps of one epoch": lambda n, b, e: math.ceil(n / b),
        "this counts images; a step takes a whole batch": lambda n, b, e: n * e,
        "how many batches are there in an epoch?": lambda n, b, e: b * e,
        "where the images fill all batches, there is none besides": lambda n, b, e: (n // b + 1) * e,
    },
    hints=(
        "One epoch first. The last batch may be smaller than the others, but it is a step, too.",
        "The number of batches is images / batch_size, rounded up: -(-a // b), or math.ceil.",
        "math.ceil(images / batch_size) * epochs",
    ),
    praise="At equal epochs, batches of 64 take about eight times the steps of batches of 512.",
)

_softmax, _log_softmax = functools.partial(softmax, axis=1), functools.partial(log_softmax, axis=1)


def _picked(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.asarray(values[np.arange(len(labels)), labels])


def _mean_loss(logits: np.ndarray, labels: np.ndarray) -> float:
    return float(-np.mean(_picked(_log_softmax(logits), labels)))


def _by_formula(less: Callable[[np.ndarray], Any], *, axis: int = 1) -> Function:
    """The loss by the formula, with something subtracted from the logits before np.exp."""

    def made(logits: np.ndarray, labels: np.ndarray) -> float:
        z = logits - less(logits)
        return float(-np.mean(_picked(z - np.log(np.exp(z).sum(axis=axis, keepdims=True)), labels)))

    return made


def _guarded(*shares: float) -> tuple[Function, ...]:
    """The losses of probabilities to which something is added, so that no logarithm of zero is taken."""
    return tuple(
        lambda z, y, share=share: -np.mean(np.log(_picked(_softmax(z), y) + share)) for share in shares
    )


def _large_logits() -> list[tuple[np.ndarray, np.ndarray]]:
    """Logits where the true one is small, where the true ones are large, and where one of a row is large."""
    labels = np.array([0, 3, 4, 7, 9])
    unlikely, likely, mixed = (_rng(n).normal(size=(5, 10)) for n in (1, 2, 3))
    unlikely[2, 4] -= 2000
    likely[np.arange(5), labels] += 2000
    mixed[0, 0] += 2000
    return [(unlikely, labels), (likely, labels), (mixed, labels)]


_LOG_SOFTMAX = "use the log-softmax, not the log of a softmax"
_TINY = (*10.0 ** -np.arange(8, 17), np.finfo(float).eps, 1e-20, 1e-30, 1e-300, np.finfo(float).tiny)

loss = exercise(
    "8.2",
    "the loss",
    _mean_loss,
    on=[*((_rng(n).normal(0, 2, (n, 10)), _rng(n).integers(0, 10, n)) for n in (6, 25)), *_large_logits()],
    wrong={
        f"what is added to the probabilities changes the loss: {_LOG_SOFTMAX}": (
            _guarded(1e-6, 1e-5, 1e-4, 1e-3)
        ),
        f"where the true logit is -2,000, its probability underflows to 0 and is lost: {_LOG_SOFTMAX}": (
            _guarded(0.0, 1e-7, *_TINY)
        ),
        "for large logits np.exp gives inf: subtract each row's largest before": _by_formula(lambda z: 0),
        "subtract the largest of each *row*, not that of the whole table, before np.exp": _by_formula(np.max),
        "the softmax is taken twice: these are logits, not probabilities": (
            lambda z, y: _mean_loss(_softmax(z), y)
        ),
        "the logarithm is missing": lambda z, y: -np.mean(_picked(_softmax(z), y)),
        "these are logits without the softmax": lambda z, y: -np.mean(_picked(z, y)),
        "the sign: a loss is not negative": lambda z, y: -_mean_loss(z, y),
        "the sum over the images; asked is the mean": lambda z, y: len(y) * _mean_loss(z, y),
        "only the true class of each image counts": lambda z, y: -np.mean(_log_softmax(z)),
        "a mean over all entries; divide by the number of images": lambda z, y: _mean_loss(z, y) / z.shape[1],
        "this picks whole columns; pair np.arange(len(labels)) with labels": (
            lambda z, y: -np.mean(_log_softmax(z)[:, y])
        ),
        "the likeliest class is not the true one": lambda z, y: -np.mean(_log_softmax(z).max(axis=1)),
        "this is the logarithm to base 10; take np.log": lambda z, y: _mean_loss(z, y) / np.log(10),
        "this is the logarithm to base 2; take np.log": lambda z, y: _mean_loss(z, y) / np.log(2),
        "the sum runs over the images; the classes are axis 1": _by_formula(np.max, axis=0),
    },
    hints=(
        "First the log-softmax of each row: each logit minus the logarithm of the row's sum of exponentials.",
        "Subtract each row's largest logit before np.exp, with keepdims=True; it cancels. The true classes: "
        "log_softmax[np.arange(len(labels)), labels].",
        "z = logits - logits.max(axis=1, keepdims=True); "
        "log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True)); "
        "-log_p[np.arange(len(labels)), labels].mean()",
    ),
    praise="One loss with two names: cross-entropy on logits, negative log-likelihood of a log-softmax.",
)

_MIXED = "the logarithm has another base than the power that takes it back"
_BASES = ((np.log, np.exp), (np.log10, lambda x: 10.0**x), (np.log2, np.exp2))
_MIXED_BASES = [(to, back) for to, own in _BASES for _, back in _BASES if back is not own]


def _even(to: Function, back: Function) -> Function:
    """Rates that lie evenly after `to`, taken back by `back`."""
    return lambda low, high, n: back(np.linspace(to(low), to(high), n))


range_rates = exercise(
    "8.3",
    "the array of rates",
    lambda low, high, n: np.geomspace(low, high, n),
    on=[(1e-5, 1.0, 6), (1e-4, 1e-1, 31), (0.01, 0.02, 2)],
    wrong={
        "evenly spaced; asked is the same *factor* each time": lambda a, b, n: np.linspace(a, b, n),
        "the last rate is not high: between n rates there are n - 1 steps": (
            lambda a, b, n: a * (b / a) ** (np.arange(n) / n)
        ),
        "the first rate is not low: the first exponent has to be 0": (
            lambda a, b, n: a * (b / a) ** (np.arange(1, n + 1) / n)
        ),
        "these are n + 1 rates": lambda a, b, n: np.geomspace(a, b, n + 1),
        "the rates have to rise, from low to high": lambda a, b, n: np.geomspace(b, a, n),
        "these are the exponents; the rates are 10 to the power of them": _even(np.log10, np.asarray),
        "these are logarithms; the rates are np.exp of them": _even(np.log, np.asarray),
        "np.logspace takes exponents; np.geomspace takes the numbers themselves": (
            lambda a, b, n: np.logspace(a, b, n)
        ),
        "the whole factor high / low at each step: the exponent has to run from 0 to 1": (
            lambda a, b, n: a * (b / a) ** np.arange(n)
        ),
        "the factor follows from low, high and n": (
            lambda a, b, n: a * 2.0 ** np.arange(n),
            lambda a, b, n: a * 10.0 ** np.arange(n),
        ),
        _MIXED: tuple(_even(to, back) for to, back in _MIXED_BASES),
    },
    hints=(
        "From one rate to the next it is always the same factor. How often is it applied from first to last?",
        "Between n rates there are n - 1 steps. The share of the way at step i is i / (n - 1).",
        "low * (high / low) ** (np.arange(n) / (n - 1)), or np.geomspace(low, high, n).",
    ),
    praise="On a logarithmic axis the points lie evenly.",
    atol=0.0,
)


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
            np.allclose(ends, back(to(np.array([low, high]))), rtol=0.05) for to, back in _MIXED_BASES
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


def _used(
    scores: np.ndarray,
    *,
    at: Callable[[np.ndarray, int], np.ndarray] = lambda scores, rung: scores[:, rung - 1],
    kept: Callable[[int], int] = lambda alive: max(alive // 3, 1),
    of: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda alive, order: alive[order],
) -> np.ndarray:
    """The epochs that each trial uses; the keywords carry out typical mistakes."""
    alive, epochs = np.arange(len(scores)), np.zeros(len(scores), int)
    for rung in (1, 3, 9):
        epochs[alive] = rung
        order = np.argsort(-at(scores[alive], rung), kind="stable")
        alive = of(alive, order[: kept(len(alive))])
    return epochs


def _used_judging_all(scores: np.ndarray) -> np.ndarray:
    epochs, kept = np.ones(len(scores), int), len(scores)
    for rung, judged in ((3, 0), (9, 2)):
        kept = max(kept // 3, 1)
        epochs[np.argsort(-scores[:, judged])[:kept]] = rung
    return epochs


epochs_used = exercise(
    "8.5",
    "the array of epochs",
    _used,
    on=[
        (scores,) for scores in map(_rng(87).random, ((20, 9), (9, 9), (5, 9)))
    ],  # mistakes differ on the first
    wrong={
        "the worst go on: scores are accuracies, more is better": (
            lambda s: _used(s, at=lambda scores, rung: -scores[:, rung - 1])
        ),
        "both rungs are judged by the score after epoch 1": lambda s: _used(
            s, at=lambda scores, _: scores[:, 0]
        ),
        "np.argsort of a part gives places in that part: alive[order] are the trials": (
            lambda s: _used(s, of=lambda alive, order: order)
        ),
        "all trials are judged after 3 epochs; only those that went on have such a score": _used_judging_all,
        "this judges by all scores so far, their best or their mean; asked is the score at the rung itself": (
            lambda s: _used(s, at=lambda scores, rung: scores[:, :rung].max(axis=1)),
            lambda s: _used(s, at=lambda scores, rung: scores[:, :rung].mean(axis=1)),
        ),
        "this looks one epoch too far: the score after epoch 1 is scores[:, 0]": (
            lambda s: _used(s, at=lambda scores, rung: scores[:, min(rung, 8)])
        ),
        "this judges by the last score, not known yet at the rung": (
            lambda s: _used(s, at=lambda scores, _: scores[:, -1])
        ),
        "a third is rounded down": (
            lambda s: _used(s, kept=lambda n: math.ceil(n / 3)),
            lambda s: _used(s, kept=lambda n: max(round(n / 3), 1)),
        ),
        "one trial always goes on, also where a third of them is less than one": (
            lambda s: _used(s, kept=lambda n: n // 3)
        ),
        "half of them go on; asked is the best third": lambda s: _used(s, kept=lambda n: max(n // 2, 1)),
        "these are the epochs since the rung before; asked are all that a trial uses: 1, 3 or 9": (
            lambda s: np.array([0, 1, 0, 2, 0, 0, 0, 0, 0, 6])[_used(s)]
        ),
        "the epochs of the rungs are added up; a trial that goes on trains to 3 in all, not 3 more": (
            lambda s: np.array([0, 1, 0, 4, 0, 0, 0, 0, 0, 13])[_used(s)]
        ),
        "no trial is given up": lambda s: np.full(len(s), 9),
        "the order of the trials is lost: use np.argsort": (
            lambda s: np.sort(_used(s))[::-1],
            lambda s: np.sort(_used(s)),
        ),
        "asked is a number of epochs for each trial: do not add them up": lambda s: _used(s).sum(),
    },
    hints=(
        "All trials stand on the first rung. Who may climb, and how many epochs has everybody used?",
        "Keep an array of those still alive. For each rung (1, 3, 9): epochs[alive] = rung; then sort "
        "the alive by scores[alive, rung - 1], and keep the best len(alive) // 3, but one at least.",
        "for rung in (1, 3, 9): epochs[alive] = rung; order = np.argsort(-scores[alive, rung - 1]); "
        "alive = alive[order[: max(len(alive) // 3, 1)]]",
    ),
    praise="27 trials cost 27 + 9 · 2 + 3 · 6 epochs, instead of 27 · 9.",
)


_row = functools.partial(np.mean, axis=1, keepdims=True)
_column = functools.partial(np.mean, axis=0, keepdims=True)


def _left(table: np.ndarray) -> np.ndarray:
    return np.asarray(table - _row(table) - _column(table) + table.mean())


interaction = exercise(
    "8.6",
    "the table of what is left",
    _left,
    on=[(_rng(86).uniform(0.8, 0.9, shape),) for shape in ((4, 3), (3, 3), (2, 5))],
    wrong={
        "the mean of all is subtracted twice, in the rows and in the columns: add it once": (
            lambda t: t - _row(t) - _column(t)
        ),
        "only the mean of all is taken away, not rows and columns": lambda t: t - t.mean(),
        "only the rows are taken away": lambda t: t - _row(t),
        "only the columns are taken away": lambda t: t - _column(t),
        "this is the additive part; asked is what it leaves over": lambda t: t - _left(t),
        "the sign: what is measured minus what is expected": lambda t: -_left(t),
        "keep the sign: a cell may be below what is expected, or above": lambda t: np.abs(_left(t)),
        "a ratio; asked is the difference": lambda t: t / (t - _left(t)),
        "row times column is another model; here the means are added": (
            lambda t: t - _row(t) * _column(t) / t.mean()
        ),
        "the sign of the mean of all: it is to be added": lambda t: t - _row(t) - _column(t) - t.mean(),
        "asked is a number for each cell: do not add them up": (
            lambda t: (_left(t) ** 2).sum(),
            lambda t: (_left(t) ** 2).sum() / ((t - t.mean()) ** 2).sum(),
        ),
    },
    hints=(
        "What would each cell be if row and column acted separately? The rest is the interaction.",
        "The additive cell: the mean of its row plus the mean of its column minus the mean of all. "
        "With keepdims=True the means can be added to each other.",
        "table - (table.mean(axis=1, keepdims=True) + table.mean(axis=0, keepdims=True) - table.mean())",
    ),
    praise="Each row and each column of it sums to zero.",
)


def _flattery(scores: np.ndarray, fresh: np.ndarray) -> float:
    winner = int(np.argmax(scores))
    return float(scores[winner] - fresh[winner].mean())


def _searches() -> list[tuple[np.ndarray, np.ndarray]]:
    """Scores of trials, and fresh trainings of the same; in the last search the winner was unlucky."""
    rng, searches = _rng(89), []
    for trials, seeds in ((12, 5), (24, 3), (5, 5)):
        truth = rng.uniform(0.86, 0.88, trials)
        scores = truth + rng.normal(0, 0.01, trials)
        searches.append((scores, truth[:, None] + rng.normal(0, 0.01, (trials, seeds))))
    scores, fresh = searches[-1]
    return [*searches, (scores, fresh + (_flattery(scores, fresh) + 0.004))]


_ROWS = "rows are recipes, columns are seeds: take the mean over axis 1"

flattery = exercise(
    "8.7",
    "the flattery",
    _flattery,
    on=_searches(),
    wrong={
        "it may be negative: do not cut the sign off": (
            lambda s, f: abs(_flattery(s, f)),
            lambda s, f: max(0.0, _flattery(s, f)),
        ),
        "the sign: a score that is too good flatters, and that is positive": lambda s, f: -_flattery(s, f),
        "the luckiest fresh training; asked is the winner's mean": lambda s, f: s.max() - f.max(),
        "the winner's fresh trainings are averaged": lambda s, f: s.max() - f[s.argmax()].max(),
        "this takes the recipe that is best with fresh seeds; the search has chosen another": (
            lambda s, f: s.max() - f.mean(axis=1).max(),
            lambda s, f: (s - f.mean(axis=1))[f.mean(axis=1).argmax()],
        ),
        "this is in points; asked is a difference of the scores as they are": (
            lambda s, f: 100 * _flattery(s, f)
        ),
        "the mean of all recipes; asked is that of the winner": lambda s, f: s.max() - f.mean(),
        "this compares with the other scores; take the fresh trainings": lambda s, f: s.max() - s.mean(),
        "a mean over all trials; only the winner counts": lambda s, f: s.mean() - f.mean(),
        "this takes the median; asked is the mean": lambda s, f: s.max() - np.median(f[s.argmax()]),
        _ROWS: (
            lambda s, f: s.max() - f.mean(axis=0)[s.argmax() % f.shape[1]],
            lambda s, f: s.max() - f[:, 0].mean(),
        ),
        "this takes one fresh training; take their mean": lambda s, f: s.max() - f[s.argmax(), 0],
        "what the winner reaches; asked is a difference": lambda s, f: f[s.argmax()].mean(),
    },
    errors={"out of bounds": _ROWS},
    hints=(
        "Who would be chosen after the search? Only that trial's fresh trainings count.",
        "winner = np.argmax(scores). Its fresh accuracies are the row fresh[winner].",
        "scores[winner] - fresh[winner].mean()",
    ),
    praise="For a trial that was not chosen for its score, it would be zero on average.",
    rtol=1e-6,
    atol=1e-12,
)

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
