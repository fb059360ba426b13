"""The exercises to chapter 09, comparing models: what is right, and what each mistake is told."""

from __future__ import annotations

from math import comb, sqrt
from typing import Any

import numpy as np
from scipy.special import softmax
from scipy.stats import binom, norm

from ..evaluation.calibration import reliability_table
from ..evaluation.classification import pareto_front
from ..evaluation.significance import holm, mcnemar
from . import Function, Wrong, exercise, expect_number, expect_supported, task

_SIGN_LOST = "without a sign: which of the two was better is lost"
_NO_MINUS = {"boolean subtract": "True − False is not defined; take the means first, or .astype(int)"}


def _front(beats: Function) -> Function:
    """The models that none beats; ``beats(c, s, cost, score)``: does (c, s) beat (cost, score)?"""

    def made(costs: np.ndarray, scores: np.ndarray) -> np.ndarray:
        pairs = list(zip(costs, scores, strict=True))
        return np.array([not any(beats(*other, *own) for other in pairs) for own in pairs])

    return made


def _scan(costs: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """From the cheapest model on, those that are better than all before: one of several that are equal."""
    order = np.lexsort((-scores, costs))
    before = np.maximum.accumulate([-np.inf, *scores[order]])[:-1]
    front = np.zeros(len(costs), bool)
    front[order] = scores[order] > before
    return front


on_the_front = exercise(
    "9.1",
    "the result",
    pareto_front,
    on=[
        (np.array([1, 2, 4, 3, 5]), np.array([80, 90, 95, 75, 70])),
        (np.array([1, 1, 2, 3]), np.array([80, 85, 85, 90])),
        (np.array([5, 2, 2, 7, 7]), np.array([90, 80, 80, 95, 90])),
        (np.array([3]), np.array([50])),
    ],
    wrong={
        "a model that costs the same and scores more beats, too, and so does one that scores the same for "
        "less": _front(lambda a, b, x, y: a < x and b > y),
        "a model does not beat itself, nor one that is equal in both": (
            _front(lambda a, b, x, y: a <= x and b >= y)
        ),
        "at equal cost, the one with the higher score beats the other": (
            _front(lambda a, b, x, y: a < x and b >= y)
        ),
        "at equal score, the cheaper one beats the other": _front(lambda a, b, x, y: a <= x and b > y),
        "less cost is better, not more": lambda c, s: pareto_front(-c, s),
        "a higher score is better, not a lower one": lambda c, s: pareto_front(c, -s),
        "less cost and a higher score are better; here it is the reverse": lambda c, s: pareto_front(-c, -s),
        "these are the ones that are beaten; asked are the others": lambda c, s: ~pareto_front(c, s),
        "no model is ever beaten here": lambda c, s: np.ones(len(c), bool),
        "models equal in both are on the front together": _scan,
        "this is the best score alone; a cheaper one that nobody beats is on the front, too": (
            lambda c, s: s == s.max()
        ),
        "this is the cheapest alone; a better one that nobody beats is on the front, too": (
            lambda c, s: c == c.min()
        ),
    },
    hints=(
        "Take one model. When does another one beat it? It may not be worse in either, and must be better"
        " in one.",
        "For model i: (costs <= costs[i]) & (scores >= scores[i]) are those that are no worse. Which of "
        "them are better, too?",
        "beaten = (costs <= c) & (scores >= s) & ((costs < c) | (scores > s)); model i is on the front if"
        " not beaten.any().",
    ),
    praise="What is left are the models for which more has to be paid to become better.",
)


def _mcnemar_p(first: np.ndarray, second: np.ndarray) -> float:
    return mcnemar(first, second).p_value


def _with(formula: Function) -> Function:
    """A formula of only_first, only_second and n, as a function of the two arrays."""
    return lambda a, b: formula(int((a & ~b).sum()), int((b & ~a).sum()), len(a))


def _without_a_toss(p: float) -> Function:
    """The right p-value, but `p` where no image differs."""
    return lambda a, b: _mcnemar_p(a, b) if (a ^ b).any() else p


def _tails(split: int, n: int) -> float:
    return float(sum(comb(n, k) for k in range(max(split, n - split), n + 1)) / 2**n)


def _normal(less: int) -> Function:
    """The normal approximation, with `less` subtracted from the difference of the piles."""
    return _with(lambda b, c, n: 2 * norm.sf(max(abs(b - c) - less, 0) / sqrt(b + c)) if b + c else 1.0)


def _unpaired(a: np.ndarray, b: np.ndarray) -> float:
    p = (a.mean() + b.mean()) / 2
    return float(2 * norm.sf(abs(a.mean() - b.mean()) / sqrt(2 * p * (1 - p) / len(a))))


def _read_p(answer: Any, name: str) -> float:
    if hasattr(answer, "pvalue"):
        raise Wrong(f"{name}: this is all that binomtest returns; take its .pvalue")
    return expect_number(answer, name)


_NO_TOSS = "there is no toss: return 1"

p_value = exercise(
    "9.2",
    _with(lambda b, c, n: f"the p-value for {b} against {c} images"),
    _mcnemar_p,
    on=[
        (np.repeat([True, True, False, False], counts), np.repeat([True, False, True, False], counts))
        for counts in ((20, 8, 2, 5), (9, 3, 12, 4), (7, 5, 5, 2), (4, 0, 0, 3))
    ],
    wrong={
        "no image differs: no split is more even, so p is 1": _without_a_toss(0.0),
        _NO_TOSS: _without_a_toss(np.nan),
        "this is one tail; asked are both": (
            _with(lambda b, c, n: binom.sf(b - 1, b + c, 0.5)),
            _with(lambda b, c, n: binom.cdf(b, b + c, 0.5)),
            _with(lambda b, c, n: _tails(b, b + c)),
        ),
        "twice a tail is more than 1 when the piles are equal; a probability is 1 at most": (
            _with(lambda b, c, n: 2 * _tails(b, b + c))
        ),
        "these are the images on which the two agree; asked are those on which one alone is right": (
            lambda a, b: _mcnemar_p(a, ~b)
        ),
        "this is the normal approximation; asked is the exact binomial one": _normal(0),
        "this is the approximation with a correction; asked is the exact binomial one": _normal(1),
        "the two accuracies are compared as if each model had images of its own: use the pairs": _unpaired,
        f"first ^ second throws both piles together, {_SIGN_LOST}": (
            _with(lambda b, c, n: min(1.0, 2 * _tails(b + c, n)))
        ),
        "this is the difference of the accuracies, not a p-value": _with(lambda b, c, n: abs(b - c) / n),
        "this is 1 minus the p-value": lambda a, b: 1 - _mcnemar_p(a, b),
        "the images on which both are right or both wrong are no tosses: leave them out": (
            _with(lambda b, c, n: min(1.0, 2 * _tails(b, n)) if b + c else 1.0)
        ),
    },
    errors={**_NO_MINUS, "not less than 1": _NO_TOSS, "ZeroDivisionError": _NO_TOSS},
    hints=(
        "Which images say anything about which of the two is better? Count only those, in two piles.",
        "The piles are np.sum(first & ~second) and np.sum(second & ~first). Together they are n tosses of"
        " a fair coin; the p-value sums both tails.",
        "scipy.stats.binomtest(pile, n, 0.5).pvalue, and 1.0 where n is 0.",
    ),
    praise="It speaks of these two networks, and of no other seed.",
    read=_read_p,
)


def _resampled(a: np.ndarray, b: np.ndarray, draws: np.ndarray, low: float, high: float) -> Any:
    return np.quantile(a[draws].mean(axis=1) - b[draws].mean(axis=1), [low, high])


def _interval(a: np.ndarray, b: np.ndarray, draws: np.ndarray) -> Any:
    return _middle(a[draws].mean(axis=1) - b[draws].mean(axis=1))


def _middle(values: np.ndarray) -> Any:
    return np.quantile(values, [0.025, 0.975])


def _by_formula(a: np.ndarray, b: np.ndarray, draws: np.ndarray) -> np.ndarray:
    d = a.astype(float) - b
    return np.asarray(d.mean() + np.array([-1, 1]) * 1.96 * d.std() / np.sqrt(len(d)))


def _resamples() -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Two pairs of models, each right alone somewhere, and draws for which both intervals hold 0."""
    rng, cases = np.random.default_rng(115), []
    for n, resamples in ((60, 200), (35, 400)):
        first, second = rng.random(n) < 0.8, rng.random(n) < 0.75
        cases.append((first, second, rng.integers(0, n, (resamples, n))))
    return cases


bootstrap_interval = exercise(
    "9.3",
    "the interval",
    _interval,
    on=_resamples(),
    wrong={
        _SIGN_LOST: (
            lambda a, b, i: _middle((a[i] ^ b[i]).mean(axis=1)),
            lambda a, b, i: _middle(np.abs(a[i].mean(axis=1) - b[i].mean(axis=1))),
        ),
        "this holds the middle 90 %; asked are 95 %": lambda a, b, i: _resampled(a, b, i, 0.05, 0.95),
        "leave out 2.5 % on each side": lambda a, b, i: _resampled(a, b, i, 0.05, 1.0),
        "this holds the middle 99 %; asked are 95 %": lambda a, b, i: _resampled(a, b, i, 0.005, 0.995),
        "this is the second accuracy minus the first": lambda a, b, i: _interval(b, a, i),
        "the lower bound comes first": lambda a, b, i: _interval(a, b, i)[::-1],
        "these are percentage points; asked are shares": lambda a, b, i: 100 * _interval(a, b, i),
        "these are images; asked are shares: take the mean": lambda a, b, i: len(a) * _interval(a, b, i),
        "each model has draws of its own: judge both on the same ones": (
            lambda a, b, i: _middle(a[i].mean(axis=1) - b[i[::-1]].mean(axis=1))
        ),
        "the mean runs over the resamples; a row of draws is one set of images, so take axis 1": (
            lambda a, b, i: _middle(a[i].mean(axis=0) - b[i].mean(axis=0))
        ),
        "this is the formula with 1.96; asked are the quantiles of the resampled differences": _by_formula,
        "this is the first accuracy alone; asked is the difference": (
            lambda a, b, i: _middle(a[i].mean(axis=1))
        ),
    },
    errors=_NO_MINUS,
    hints=(
        "One row of draws is one new set of images. What is the difference of the two accuracies on it?",
        "first[draws] has the shape of draws: a row for each resample. The mean over axis 1 is an "
        "accuracy. Use the same draws for both models.",
        "differences = first[draws].mean(axis=1) - second[draws].mean(axis=1); np.quantile(differences, "
        "[0.025, 0.975]).",
    ),
    praise="No formula, no normal distribution. But it knows nothing of the seeds.",
    rtol=1e-6,
)


def _significant(p: np.ndarray, level: float) -> np.ndarray:
    return holm(p) < level


def _left(p: np.ndarray) -> np.ndarray:
    return np.arange(len(p), 0, -1)


def _steps(p: np.ndarray, level: float, factors: np.ndarray, *, stop: bool) -> np.ndarray:
    """Compare the sorted p-values, times factors, with the level; at the first failure `stop`."""
    order = np.argsort(p, kind="stable")
    passed = p[order] * factors < level
    safe = np.zeros(len(p), bool)
    safe[order] = np.logical_and.accumulate(passed) if stop else passed
    return safe


def _step_up(p: np.ndarray, level: float, factors: np.ndarray) -> np.ndarray:
    """From the largest p-value down, until one passes: that one and all smaller ones."""
    order = np.argsort(p, kind="stable")
    passed = np.flatnonzero(p[order] * factors < level)
    safe = np.zeros(len(p), bool)
    safe[order[: passed.max(initial=-1) + 1]] = True
    return safe


def _sorted_again(p: np.ndarray, level: float) -> np.ndarray:
    order = np.argsort(p, kind="stable")
    return np.asarray(_significant(p, level)[order][order])


still_significant = exercise(
    "9.4",
    "the result for p_values={0}",
    _significant,
    on=[
        (np.array([0.002, 0.6, 0.018, 0.045, 0.001, 0.016, 0.03]), 0.05),  # most mistakes differ on it
        (np.array([0.028, 0.001, 0.2, 0.012, 0.045]), 0.05),
        (np.array([0.004, 0.02, 0.015, 0.6, 0.011]), 0.05),
        (np.array([0.04, 0.03, 0.02]), 0.05),
        (np.array([0.001, 0.04, 0.02, 0.045]), 0.1),
        (np.array([0.04]), 0.05),
    ],
    wrong={
        "this goes down from the largest p-value to the first that passes (Hochberg); Holm's method goes up "
        "from the smallest and ends at the first that fails": lambda p, level: _step_up(p, level, _left(p)),
        "nothing is corrected: each is judged as if it were the only one": lambda p, level: p < level,
        "all are multiplied by m (Bonferroni's correction); Holm's is less strict after the first": (
            lambda p, level: p * len(p) < level
        ),
        "once one has failed, all larger ones fail, too": (
            lambda p, level: _steps(p, level, _left(p), stop=False)
        ),
        "the result is in the order of the sorted p-values; bring it back into the old order": (
            lambda p, level: np.sort(_significant(p, level))[::-1]
        ),
        "passed[order] sorts a second time; result[order] = passed puts each back into its place": (
            _sorted_again
        ),
        "the factors belong to the sorted p-values: m to the smallest, 1 to the largest; sort first": (
            lambda p, level: p * _left(p) < level,
            lambda p, level: np.logical_and.accumulate(p * _left(p) < level),
        ),
        "this controls the share of false alarms (Benjamini and Hochberg), not that of any": (
            lambda p, level: _step_up(p, level, len(p) / np.arange(1, len(p) + 1))
        ),
        "the smallest one is multiplied by m, the largest one by 1": (
            lambda p, level: _steps(p, level, _left(p)[::-1], stop=True)
        ),
        "these are the ones that do not hold": lambda p, level: ~_significant(p, level),
    },
    hints=(
        "Sort first. The smallest of m p-values is multiplied by m. What about the second one?",
        "Multiply the sorted p-values by m, m − 1, …, 1 and compare with the level. As soon as one fails,"
        " all after it fail, too. Then back into the old order.",
        "order = np.argsort(p_values); passed = p_values[order] * np.arange(m, 0, -1) < level; "
        "result[order] = np.logical_and.accumulate(passed).",
    ),
    praise="The chance of even one false alarm among them all is now at most the level.",
)


def _table(confidence: np.ndarray, right: np.ndarray, bins: int) -> Any:
    """Of probabilities whose largest one, above one half, is `confidence`, for class 0."""
    rows = np.zeros((len(confidence), 10))
    rows[:, 0], rows[:, 1] = confidence, 1 - confidence
    return reliability_table(np.where(right, 0, 1), rows, bins=bins)


def _weighted(gaps: np.ndarray, images: np.ndarray) -> Any:
    return np.average(np.abs(gaps), weights=images)


def _folded(fold: Function) -> Function:
    """A number made of the groups' gaps and sizes."""

    def made(confidence: np.ndarray, right: np.ndarray, bins: int) -> float:
        table = _table(confidence, right, bins)
        return float(fold((table["accuracy"] - table["confidence"]).to_numpy(), table["images"].to_numpy()))

    return made


_error = _folded(_weighted)


def _from_middles(confidence: np.ndarray, right: np.ndarray, bins: int) -> float:
    table = _table(confidence, right, bins)
    return float(_weighted(table["accuracy"] - (table["low"] + table["high"]) / 2, table["images"]))


def _equal_count(confidence: np.ndarray, right: np.ndarray, bins: int) -> float:
    groups = np.array_split(np.argsort(confidence, kind="stable"), bins)
    return float(sum(abs((right[g] - confidence[g]).sum()) for g in groups) / len(confidence))


def _confidences() -> list[tuple[np.ndarray, np.ndarray, int]]:
    """Some groups are too sure, some too modest; no confidence lies on a bound, no two are alike."""
    rng, cases = np.random.default_rng(95), []
    for n, bins in ((80, 4), (200, 10), (30, 15)):
        tenths = rng.integers(bins * 10 // 2 + bins, 10 * bins, n) + rng.uniform(0.2, 0.8, n)
        confidence = tenths / (10 * bins)
        cases.append((confidence, rng.random(n) < np.clip(1.5 - confidence, 0, 1), bins))
    return cases


calibration_error = exercise(
    "9.5",
    "the calibration error",
    _error,
    on=_confidences(),
    wrong={
        "all groups count the same; weigh each by its images": _folded(lambda g, n: np.abs(g).mean()),
        "all groups count the same, the empty ones too; weigh each by its images": (
            lambda c, r, k: _folded(lambda g, n: np.abs(g).sum() / k)(c, r, k)
        ),
        "distances of different sign cancel: take the absolute value in each group": (
            lambda c, r, k: abs(r.mean() - c.mean()),
            lambda c, r, k: r.mean() - c.mean(),
            lambda c, r, k: c.mean() - r.mean(),
        ),
        "the distances are squared; asked are the distances themselves": (
            _folded(lambda g, n: np.average(g**2, weights=n))
        ),
        "this is the largest distance; asked is their weighted mean": _folded(lambda g, n: np.abs(g).max()),
        "this is a sum over images; divide by their number": lambda c, r, k: len(c) * _error(c, r, k),
        "the distance is taken image by image; asked is that of the means of a group": (
            lambda c, r, k: np.abs(r - c).mean()
        ),
        "this is in per cent; asked is a share": lambda c, r, k: 100 * _error(c, r, k),
        "there are as many groups as `bins` says, not the same number each time": (
            lambda c, r, k: _error(c, r, 10),
            lambda c, r, k: _error(c, r, 15),
        ),
        "this takes the middle of each group; asked is the mean confidence of its images": _from_middles,
        "these are groups of equally many images; asked are groups of equal width": _equal_count,
    },
    hints=(
        "Put each image into its group first: which number between 0 and bins − 1 belongs to a confidence?",
        "groups = (confidence * bins).astype(int). For each group that has images: the distance between "
        "the mean of right and the mean of confidence.",
        "Sum up np.sum(inside) * abs(right[inside].mean() - confidence[inside].mean()) over the groups, "
        "and divide by the number of images.",
    ),
    praise="With another number of groups it is another number: say which one you took.",
)


def _shares(logits: np.ndarray, temperature: float) -> np.ndarray:
    return np.asarray(softmax(logits / temperature, axis=1))


def _loss(labels: np.ndarray, logits: np.ndarray, temperature: float) -> float:
    return float(-np.log(_shares(logits, temperature)[np.arange(len(labels)), labels]).mean())


def _brier(labels: np.ndarray, logits: np.ndarray, temperature: float) -> float:
    return float(((_shares(logits, temperature) - np.eye(10)[labels]) ** 2).mean())


def _best(loss: Function) -> Function:
    """The temperature with the smallest ``loss(labels, logits, temperature)``."""
    return lambda labels, logits, grid: float(min(grid, key=lambda t: loss(labels, logits, t)))


_coolest = _best(_loss)


def _answers() -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Logits too large and too small; in the last case some labels are wrong.

    So what has the smallest loss there is not the nearest to the accuracy.
    """
    grid, cases = np.array([0.25, 0.4, 0.6, 1.0, 1.5, 2.5, 4.0]), []
    for seed, factor, wrong in ((3, 0.6, 0), (2, 2.5, 0), (1, 0.4, 0), (4, 1.0, 0), (5, 2.5, 0.2)):
        rng = np.random.default_rng(960 + seed)
        logits = rng.normal(0, 2, (600, 10))
        labels = np.array([rng.choice(10, p=p) for p in _shares(logits, 1)])
        labels = np.where(rng.random(600) < wrong, rng.integers(0, 10, 600), labels)
        cases.append((labels, factor * logits, grid))
    return cases


best_temperature = exercise(
    "9.6",
    "the temperature",
    _coolest,
    on=_answers(),
    wrong={
        "this is its index; asked is the temperature": (
            lambda y, z, t: int(np.flatnonzero(t == _coolest(y, z, t))[0])
        ),
        "the logits are multiplied by the temperature; divide": _best(lambda y, z, t: _loss(y, z, 1 / t)),
        "this one has the smallest squared distance (Brier score), or the mean confidence nearest to the "
        "accuracy; asked is the smallest cross-entropy": _best(_brier),
        "this one has the largest cross-entropy: is the sign missing? Or does [:, labels] pick n columns "
        "for each image, where [np.arange(n), labels] picks one": _best(lambda y, z, t: -_loss(y, z, t)),
        "this one makes the model surest: take the probability of the true class, not the largest one; and "
        "not the accuracy, which no temperature changes": (
            _best(lambda y, z, t: _loss(z.argmax(axis=1), z, t))
        ),
        "this temperature changes nothing, and another one has a smaller loss": lambda y, z, t: 1.0,
        "this is one divided by it": lambda y, z, t: 1 / _coolest(y, z, t),
    },
    hints=(
        "For each temperature: divide the logits by it, then softmax, then the cross-entropy to the true "
        "labels.",
        "The loss of one temperature is -np.log(probabilities[np.arange(len(labels)), labels]).mean(). "
        "Collect one for each, and look for the smallest.",
        "temperatures[np.argmin(losses)], where losses holds one cross-entropy for each temperature.",
    ),
    praise="Below 1 the model was too modest, above 1 too sure. Its answers are the same as before.",
)


def _totals(members: np.ndarray, chosen: list[int]) -> Any:
    """The sum of the probabilities of those chosen, with each model added."""
    return members + (members[chosen].sum(axis=0) if chosen else 0)


def _losses(labels: np.ndarray, members: np.ndarray, chosen: list[int]) -> np.ndarray:
    """The cross-entropy of the mean with each model added."""
    means = _totals(members, chosen) / (len(chosen) + 1)
    return np.asarray(-np.log(means[:, np.arange(len(labels)), labels]).mean(axis=1))


def _next(labels: np.ndarray, members: np.ndarray, chosen: list[int]) -> int:
    return int(_losses(labels, members, chosen).argmin())


def _next_new(labels: np.ndarray, members: np.ndarray, chosen: list[int]) -> int:
    losses = _losses(labels, members, chosen)
    losses[chosen] = np.inf
    return int(losses.argmin())


def _panels() -> list[tuple[np.ndarray, np.ndarray, list[int]]]:
    """Panels of six models that are good at different classes, and those already chosen."""
    panels = []
    for seed, chosen in ((31, [4, 1]), (149, [1, 1, 1, 4]), (0, [1, 1, 1, 4]), (97, [0, 0, 0, 5])):
        rng = np.random.default_rng(970 + seed)
        labels = rng.integers(0, 10, 60)
        logits = rng.normal(0, 1, (6, 60, 10))
        skill = rng.uniform(0, 4, (6, 10))  # of each model for each class
        logits[:, np.arange(60), labels] += skill[:, labels]
        logits *= rng.uniform(0.5, 2, (6, 1, 1))
        panels.append((labels, softmax(logits, axis=2), chosen))
    first = panels[0]
    return [*panels, (first[0], first[1], [])]


next_member = exercise(
    "9.7",
    "the index for chosen={2}",
    _next,
    on=_panels(),
    wrong={
        "this is the best model alone; asked is the one that helps those already chosen most: first the mean "
        "of the probabilities, then its logarithm": (lambda y, m, c: _next(y, m, [])),
        "chosen is empty here, and with an empty list the mean of nothing is nan; then argmin gives 0": (
            lambda y, m, c: _next(y, m, c) if c else 0
        ),
        "a model that is in twice counts twice; a set forgets it": (
            lambda y, m, c: _next(y, m, sorted(set(c)))
        ),
        "a model may be taken a second time, and here that helps most": _next_new,
        "this one makes the accuracy highest; asked is the smallest cross-entropy": (
            lambda y, m, c: int((_totals(m, c).argmax(axis=2) == y).mean(axis=1).argmax())
        ),
        "the mean of those chosen counts as one model; each of them counts as much as the new one": (
            lambda y, m, c: _next(y, m + m[c].mean(axis=0), []) if c else _next(y, m, c)
        ),
        "this one makes the loss largest": lambda y, m, c: int(_losses(y, m, c).argmax()),
    },
    hints=(
        "Try each model in turn: what is the mean of the probabilities if it joins those that are chosen?",
        "For model i the mean is members[[*chosen, i]].mean(axis=0). Its loss is the cross-entropy to the"
        " labels.",
        "losses = [-np.log(members[[*chosen, i]].mean(axis=0)[np.arange(len(labels)), labels]).mean() for"
        " i in range(len(members))], then np.argmin.",
    ),
    praise="Not the best one joins, but the one that knows what the others do not.",
)


_SUPPORTED = {
    "a": "the test compares just these two files, and 12 · 0.003 is still below 0.05",
    "d": "a temperature below 1 makes it surer, and that is what fits its answers",
    "g": "0.5 is more than its margin of 0.2, and each of the five networks has to be asked",
}
_UNSUPPORTED = {
    "b": "over the seeds the difference is within its margin; one pair of fits is no recipe",
    "c": "within the margin means not decided; anything from −0.2 to +0.4 points is possible",
    "e": "a temperature changes no order of classes, and so no answer",
    "f": "the interval is for other images of the same kind; a customer's photos are another kind",
}


@task(
    "9.8",
    hints=(
        "Ask of each statement: does it speak of two networks, or of two recipes? And of which images?",
        "McNemar's test settles a choice between two files. A recipe needs the seeds. A temperature "
        "moves no answer.",
        "Three of the seven hold: one on the two files, one on being too modest, one on the ensemble.",
    ),
)
def supported(answer: Any) -> str:
    """Judge which statements a comparison of two recipes supports."""
    expect_supported(answer, _SUPPORTED, _UNSUPPORTED)
    return "Each test answers one question. Know which one you have asked."
