"""Each check of chapter 09 against right answers and typical wrong ones."""

from math import comb

import numpy as np
import pytest
from judging import right, wrong
from scipy import special, stats

from fmnist_lessons.exercises import chapter_09 as check

pytestmark = pytest.mark.usefixtures("checks_raise")


# 9.1


def _front(costs, scores, *, beats=None):
    beats = beats or (lambda a, b, x, y: a <= x and b >= y and (a < x or b > y))
    pairs = list(zip(costs, scores, strict=True))
    return [not any(beats(*other, *own) for other in pairs) for own in pairs]


def test_on_the_front(capsys):
    right(check.on_the_front, _front, capsys)
    right(check.on_the_front, lambda c, s: np.array(_front(c, s)), capsys)
    right(
        check.on_the_front,
        lambda c, s: np.array(
            [s[i] == s[c <= c[i]].max() and c[i] == c[s >= s[i]].min() for i in range(len(c))]
        ),
        capsys,
    )


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            lambda c, s: _front(c, s, beats=lambda a, b, x, y: a < x and b > y),
            "costs the same and scores more",
        ),
        (lambda c, s: _front(c, s, beats=lambda a, b, x, y: a <= x and b >= y), "does not beat itself"),
        (lambda c, s: _front(c, s, beats=lambda a, b, x, y: a < x and b >= y), "at equal cost"),
        (lambda c, s: _front(c, s, beats=lambda a, b, x, y: a <= x and b > y), "at equal score"),
        (lambda c, s: _front(-c, s), "less cost is better"),
        (lambda c, s: _front(c, -s), "a higher score is better"),
        (lambda c, s: _front(-c, -s), "it is the reverse"),
        (lambda c, s: ~np.array(_front(c, s)), "the ones that are beaten"),
        (lambda c, s: [True] * len(c), "no model is ever beaten"),
        (lambda c, s: s == s.max(), "the best score alone"),
        (
            lambda c, s: [
                not any(beats for beats in (c < c[i]) & (s >= s[i]) | (c == c[i]) & (s > s[i]))
                and not ((c[:i] == c[i]) & (s[:i] == s[i])).any()
                for i in range(len(c))
            ],
            "equal in both are on the front together",
        ),
        (lambda c, s: np.flatnonzero(_front(c, s)), "values of kind bool"),
        (lambda c, s: [True], "shape"),
        (lambda c, s: 1, "to be an array"),
    ],
)
def test_on_the_front_knows_what_is_wrong(answer, says):
    wrong(check.on_the_front, answer, says=says)


# 9.2


def _piles(a, b):
    return int(np.sum(a & ~b)), int(np.sum(b & ~a))


def _exact(a, b):
    x, y = _piles(a, b)
    return stats.binomtest(x, x + y).pvalue if x + y else 1.0


def _binomial(a, b, alternative):
    x, y = _piles(a, b)
    return stats.binomtest(x, x + y, alternative=alternative).pvalue if x + y else 1.0


def _tail(a, b):
    x, y = _piles(a, b)
    return sum(comb(x + y, k) for k in range(max(x, y), x + y + 1)) / 2 ** (x + y)


def _normal(a, b, less=0):
    x, y = _piles(a, b)
    return stats.chi2.sf((abs(x - y) - less) ** 2 / (x + y), 1) if x + y else 1.0


def _unpaired(a, b):
    p = (a.mean() + b.mean()) / 2
    return 2 * stats.norm.sf(abs(a.mean() - b.mean()) / np.sqrt(2 * p * (1 - p) / len(a)))


def test_p_value(capsys):
    right(check.p_value, _exact, capsys)
    right(check.p_value, lambda a, b: min(1.0, 2 * _tail(a, b)), capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (_tail, "one tail"),
        (lambda a, b: _binomial(a, b, "less"), "one tail, that of fewer"),
        (lambda a, b: _binomial(a[::-1], b[::-1], "greater"), "one tail"),
        (lambda a, b: stats.binomtest(_piles(a, b)[0], max(1, sum(_piles(a, b)))), r"take its \.pvalue"),
        (lambda a, b: _exact(a, b) if sum(_piles(a, b)) else 0.0, "no split is more even, so p is 1"),
        (lambda a, b: stats.binomtest(int((a ^ b).sum()), len(a)).pvalue, "which of the two was better"),
        (lambda a, b: abs((a - b).sum()), "True − False is not defined"),
        (lambda a, b: 2 * _tail(a, b), "1 at most"),
        (lambda a, b: _exact(a, ~b), "on which the two agree"),
        (_normal, "normal approximation"),
        (lambda a, b: _normal(a, b, less=1), "with a correction"),
        (_unpaired, "use the pairs"),
        (lambda a, b: abs(a.mean() - b.mean()), "not a p-value"),
        (lambda a, b: 1 - _exact(a, b), "1 minus"),
        (lambda a, b: stats.binomtest(_piles(a, b)[0], len(a)).pvalue, "are no tosses|too (small|large)"),
        (lambda a, b: stats.binomtest(_piles(a, b)[0], sum(_piles(a, b))).pvalue, "no toss: return 1"),
        (lambda a, b: 0.3, "too (small|large)"),
        (_piles, "one number"),
    ],
)
def test_p_value_knows_what_is_wrong(answer, says):
    wrong(check.p_value, answer, says=says)


# 9.3


def _interval(a, b, draws, share=0.95):
    d = a[draws].mean(axis=1) - b[draws].mean(axis=1)
    return np.quantile(d, [(1 - share) / 2, (1 + share) / 2])


def _formula(a, b, draws):
    d = a.astype(float) - b
    margin = 1.96 * d.std() / np.sqrt(len(d))
    return [d.mean() - margin, d.mean() + margin]


def test_bootstrap_interval(capsys):
    right(check.bootstrap_interval, _interval, capsys)
    right(check.bootstrap_interval, lambda a, b, i: tuple(_interval(a, b, i)), capsys)
    right(
        check.bootstrap_interval,
        lambda a, b, i: np.percentile((a.astype(float) - b)[i].mean(axis=1), [2.5, 97.5]),
        capsys,
    )


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda a, b, i: _interval(a, b, i, 0.9), "middle 90 %"),
        (lambda a, b, i: _interval(a, b, i, 0.99), "middle 99 %"),
        (lambda a, b, i: _interval(b, a, i), "second accuracy minus the first"),
        (lambda a, b, i: _interval(a, b, i)[::-1], "lower bound comes first"),
        (lambda a, b, i: 100 * _interval(a, b, i), "percentage points"),
        (
            lambda a, b, i: np.quantile(a[i].sum(axis=1) - b[i].sum(axis=1), [0.025, 0.975]),
            "these are images",
        ),
        (
            lambda a, b, i: np.quantile(a[i].mean(axis=1) - b[i[::-1]].mean(axis=1), [0.025, 0.975]),
            "draws of its own",
        ),
        (
            lambda a, b, i: np.quantile(a[i].mean(axis=0) - b[i].mean(axis=0), [0.025, 0.975]),
            "over the resamples",
        ),
        (_formula, "formula with 1.96"),
        (lambda a, b, i: np.quantile(a[i].mean(axis=1), [0.025, 0.975]), "first accuracy alone"),
        (lambda a, b, i: np.quantile((a[i] ^ b[i]).mean(axis=1), [0.025, 0.975]), "without a sign"),
        (
            lambda a, b, i: np.quantile(abs(a[i].mean(axis=1) - b[i].mean(axis=1)), [0.025, 0.975]),
            "which of the two was better is lost",
        ),
        (lambda a, b, i: np.quantile((a[i] - b[i]).mean(axis=1), [0.025, 0.975]), r"or \.astype\(int\)"),
        (lambda a, b, i: a.mean() - b.mean(), "to be an array"),
        (lambda a, b, i: np.zeros(3), "shape"),
        (lambda a, b, i: [0.0, 0.0], "values not right"),
    ],
)
def test_bootstrap_interval_knows_what_is_wrong(answer, says):
    wrong(check.bootstrap_interval, answer, says=says)


# 9.4


def _holm(p, level, *, stop=True, factors=None):
    order = np.argsort(p)
    passed = p[order] * (np.arange(len(p), 0, -1) if factors is None else factors) < level
    holds = np.zeros(len(p), bool)
    holds[order] = np.logical_and.accumulate(passed) if stop else passed
    return holds


def _in_a_loop(p, level):
    left, holds = sorted(p), []
    for number, value in enumerate(left):
        if value * (len(p) - number) >= level:
            break
        holds.append(value)
    return [value in holds for value in p]


def _from_the_largest(p, level):
    left = dict(enumerate(sorted(p)))
    while left and left[len(left) - 1] * (len(p) - len(left) + 1) >= level:
        left.popitem()
    return [value in left.values() for value in p]


def test_still_significant(capsys):
    right(check.still_significant, _holm, capsys)
    right(check.still_significant, _in_a_loop, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda p, level: p < level, "nothing is corrected"),
        (lambda p, level: p * len(p) < level, "Bonferroni"),
        (lambda p, level: _holm(p, level, stop=False), "once one has failed"),
        (lambda p, level: np.sort(_holm(p, level))[::-1], "bring it back"),
        (lambda p, level: stats.false_discovery_control(p) < level, "Benjamini"),
        (
            lambda p, level: _holm(p, level, factors=np.arange(1, len(p) + 1)),
            "the smallest one is multiplied by m",
        ),
        (_from_the_largest, "Hochberg"),
        (lambda p, level: _holm(p, level)[np.argsort(p)][np.argsort(p)], "sorts a second time"),
        (lambda p, level: p * np.arange(len(p), 0, -1) < level, "sort first"),
        (lambda p, level: ~_holm(p, level), "do not hold"),
        (lambda p, level: p[_holm(p, level)], "values of kind bool"),
        (lambda p, level: np.zeros(len(p), bool), "values not right"),
        (lambda p, level: True, "to be an array"),
    ],
)
def test_still_significant_knows_what_is_wrong(answer, says):
    wrong(check.still_significant, answer, says=says)


# 9.5


def _gaps(confidence, hits, bins):
    groups = np.minimum((confidence * bins).astype(int), bins - 1)
    inside = [groups == g for g in range(bins) if (groups == g).any()]
    return np.array([[i.sum(), hits[i].mean() - confidence[i].mean()] for i in inside]).T


def _error(c, r, k):
    n, gaps = _gaps(c, r, k)
    return float(np.sum(n * np.abs(gaps)) / len(c))


def _from_the_middle(c, r, k):
    groups = (c * k).astype(int)
    return sum(abs((r - (groups + 0.5) / k)[groups == g].sum()) for g in range(k)) / len(c)


def _by_quantiles(c, r, k):
    groups = np.searchsorted(np.quantile(c, np.arange(1, k) / k), c)
    return sum(abs((r - c)[groups == g].sum()) for g in range(k)) / len(c)


def test_calibration_error(capsys):
    right(check.calibration_error, _error, capsys)
    right(
        check.calibration_error,
        lambda c, r, k: (
            sum(
                abs((r[(c > i / k) & (c <= (i + 1) / k)] - c[(c > i / k) & (c <= (i + 1) / k)]).sum())
                for i in range(k)
            )
            / len(c)
        ),
        capsys,
    )


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda c, r, k: np.abs(_gaps(c, r, k)[1]).mean(), "all groups count the same; weigh"),
        (lambda c, r, k: np.abs(_gaps(c, r, k)[1]).sum() / k, "the empty ones too|all groups count the same"),
        (lambda c, r, k: abs(r.mean() - c.mean()), "cancel"),
        (lambda c, r, k: r.mean() - c.mean(), "no sign|cancel"),
        (lambda c, r, k: c.mean() - r.mean(), "no sign|cancel"),
        (lambda c, r, k: np.average(_gaps(c, r, k)[1] ** 2, weights=_gaps(c, r, k)[0]), "squared"),
        (lambda c, r, k: np.abs(_gaps(c, r, k)[1]).max(), "largest distance"),
        (lambda c, r, k: len(c) * _error(c, r, k), "divide by their number"),
        (lambda c, r, k: np.abs(r - c).mean(), "image by image"),
        (lambda c, r, k: 100 * _error(c, r, k), "per cent"),
        (_from_the_middle, "the middle of each group"),
        (_by_quantiles, "equally many images"),
        (lambda c, r, k: 0.2, "too (small|large)"),
        (lambda c, r, k: _gaps(c, r, k), "one number"),
    ],
)
def test_calibration_error_knows_what_is_wrong(answer, says):
    wrong(check.calibration_error, answer, says=says)


# 9.6


def _cross_entropy(y, z):
    z = z - z.max(axis=1, keepdims=True)
    return (np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]).mean()


def _losses(y, z, t):
    return [_cross_entropy(y, z / each) for each in t]


def test_best_temperature(capsys):
    right(check.best_temperature, lambda y, z, t: t[np.argmin(_losses(y, z, t))], capsys)
    right(
        check.best_temperature, lambda y, z, t: min(t, key=lambda each: _cross_entropy(y, z / each)), capsys
    )


def _all_columns(y, z):
    return -np.log(special.softmax(z, axis=1)[:, y]).mean()


def _most_accurate(y, z, t):
    return t[np.argmax([np.mean((z / each).argmax(axis=1) == y) for each in t])]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda y, z, t: int(np.argmin(_losses(y, z, t))), "this is its index"),
        (lambda y, z, t: min(t, key=lambda each: _cross_entropy(y, z * each)), "divide"),
        (lambda y, z, t: max(t, key=lambda each: _cross_entropy(y, z / each)), "largest cross-entropy"),
        (
            lambda y, z, t: min(t, key=lambda each: _cross_entropy(z.argmax(axis=1), z / each)),
            "model surest",
        ),
        (_most_accurate, "not the accuracy"),
        (lambda y, z, t: min(t, key=lambda each: _all_columns(y, z / each)), "pick n columns"),
        (
            lambda y, z, t: min(
                t, key=lambda each: np.square(special.softmax(z / each, axis=1) - np.eye(10)[y]).sum()
            ),
            "Brier",
        ),
        (
            lambda y, z, t: min(
                t,
                key=lambda each: abs(
                    special.softmax(z / each, axis=1).max(axis=1).mean() - (z.argmax(axis=1) == y).mean()
                ),
            ),
            "nearest",
        ),
        (lambda y, z, t: 1.0, "changes nothing"),
        (lambda y, z, t: 1 / t[np.argmin(_losses(y, z, t))], "one divided by it|divide"),
        (lambda y, z, t: 0.4, "too (small|large)"),
        (_losses, "one number"),
    ],
)
def test_best_temperature_knows_what_is_wrong(answer, says):
    wrong(check.best_temperature, answer, says=says)


# 9.7


def _joined(y, m, chosen):
    return [-np.log(m[[*chosen, i]].mean(axis=0)[np.arange(len(y)), y]).mean() for i in range(len(m))]


def test_next_member(capsys):
    right(check.next_member, lambda y, m, c: int(np.argmin(_joined(y, m, c))), capsys)
    right(check.next_member, lambda y, m, c: np.argmin(_joined(y, m, c)), capsys)


def _running(y, m, chosen):
    before = np.sum([m[i] for i in chosen], axis=0) / len(chosen) if chosen else np.full(m[0].shape, np.nan)
    means = (before * len(chosen) + m) / (len(chosen) + 1)
    return -np.log(means[:, np.arange(len(y)), y]).mean(axis=1)


def _only_new(y, m, chosen):
    losses = np.array(_joined(y, m, chosen))
    losses[chosen] = np.inf
    return int(losses.argmin())


def _most_right(y, m, chosen):
    return int(np.argmax([(m[[*chosen, i]].mean(axis=0).argmax(axis=1) == y).mean() for i in range(len(m))]))


def _mean_of_two(y, m, chosen):
    before = m[chosen].mean(axis=0) if chosen else m
    mean = (before + m) / 2
    return int(np.argmin(-np.log(mean[:, np.arange(len(y)), y]).mean(axis=1)))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda y, m, c: int(np.argmin(_joined(y, m, []))), "best model alone"),
        (_only_new, "a second time"),
        (lambda y, m, c: int(np.argmin(_joined(y, m, [*set(c)]))), "counts twice"),
        (lambda y, m, c: int(np.argmin(_running(y, m, c))), "the mean of nothing is nan"),
        (_most_right, "accuracy highest"),
        (_mean_of_two, "counts as one model"),
        (lambda y, m, c: int(np.argmax(_joined(y, m, c))), "loss largest"),
        (_joined, "one number"),
        (lambda y, m, c: 0.5, "whole number"),
    ],
)
def test_next_member_knows_what_is_wrong(answer, says):
    wrong(check.next_member, answer, says=says)


# 9.8


def test_supported(capsys):
    right(check.supported, ["a", "d", "g"], capsys)
    right(check.supported, ("G", " a", "d"), capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (["a", "b", "d", "g"], "b is not supported: over the seeds"),
        (["c"], "c is not supported: within the margin .* from −0.2 to \\+0.4 points"),
        (["a", "d", "e"], "e is not supported: a temperature changes no order"),
        (["f"], "f is not supported: .* another kind"),
        (["a", "d"], "not all that are right are chosen$|not all that are right are chosen\\."),
        ([], "3 are missing"),
        (["h"], "expected some of"),
        ("adg", "list of texts"),
    ],
)
def test_supported_knows_what_is_wrong(answer, says):
    wrong(check.supported, answer, says=says)
