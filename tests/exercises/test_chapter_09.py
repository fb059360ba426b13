"""What the tables of chapter 09 do not say: right answers in other forms, errors, other kinds, statements."""

import numpy as np
import pytest
from judging import right, wrong
from scipy import special, stats

from fmnist_lessons.exercises import chapter_09 as check

pytestmark = pytest.mark.usefixtures("checks_raise")


def _front(costs, scores):
    models = list(zip(costs, scores, strict=True))
    return [not any(a <= x and b >= y and (a < x or b > y) for a, b in models) for x, y in models]


def _piles(a, b):
    return int(np.sum(a & ~b)), int(np.sum(b & ~a))


def _of_piles(formula):
    return lambda a, b: formula(*_piles(a, b))


def _exact(only_first, only_second):
    n = only_first + only_second
    return stats.binomtest(only_first, n).pvalue if n else 1.0


def _interval(a, b, draws):
    return np.quantile(a[draws].mean(axis=1) - b[draws].mean(axis=1), [0.025, 0.975])


def _holm(p, level):
    left, holds = sorted(p), []
    for number, value in enumerate(left):
        if value * (len(p) - number) >= level:
            break
        holds.append(value)
    return [value in holds for value in p]


def _gaps(confidence, hits, bins):
    """The images of each group that has some, and right minus confidence, added up."""
    groups = (confidence * bins).astype(int)
    return np.array([[sum(groups == g), (hits - confidence)[groups == g].sum()] for g in set(groups)])


def _by_quantiles(c, r, k):
    groups = np.searchsorted(np.quantile(c, np.arange(1, k) / k), c)
    return sum(abs((r - c)[groups == g].sum()) for g in range(k)) / len(c)


def _cross_entropy(y, z):
    z = z - z.max(axis=1, keepdims=True)
    return (np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]).mean()


def _best(loss):
    return lambda y, z, t: min(t, key=lambda each: loss(y, z / each))


def _joined(y, m, chosen):
    return [-np.log(m[[*chosen, i]].mean(axis=0)[np.arange(len(y)), y]).mean() for i in range(len(m))]


def _running(y, m, chosen):
    before = np.sum([m[i] for i in chosen], axis=0) / len(chosen) if chosen else np.full(m[0].shape, np.nan)
    means = (before * len(chosen) + m) / (len(chosen) + 1)
    return int(np.argmin(-np.log(means[:, np.arange(len(y)), y]).mean(axis=1)))


@pytest.mark.parametrize(
    ("task", "answer"),
    [
        (check.on_the_front, _front),
        (
            check.on_the_front,
            lambda c, s: np.array(
                [s[i] == s[c <= c[i]].max() and c[i] == c[s >= s[i]].min() for i in range(len(c))]
            ),
        ),
        (check.p_value, _of_piles(_exact)),
        (check.p_value, _of_piles(lambda x, y: min(1.0, 2 * stats.binom.cdf(min(x, y), x + y, 0.5)))),
        (check.bootstrap_interval, lambda a, b, i: tuple(_interval(a, b, i))),
        (
            check.bootstrap_interval,
            lambda a, b, i: np.percentile((a.astype(float) - b)[i].mean(axis=1), [2.5, 97.5]),
        ),
        (check.still_significant, _holm),
        (check.calibration_error, lambda c, r, k: np.abs(_gaps(c, r, k)[:, 1]).sum() / len(c)),
        (check.best_temperature, _best(_cross_entropy)),
        (check.next_member, lambda y, m, c: np.argmin(_joined(y, m, c))),
        (check.supported, ["a", "d", "g"]),
        (check.supported, ("G", " a", "d")),
    ],
)
def test_right_in_other_forms(task, answer, capsys):
    right(task, answer, capsys)


@pytest.mark.parametrize(
    "answer",
    [
        lambda x, y: stats.binomtest(x, x + y).pvalue,  # SciPy 1.18 gives nan, older ones an error
        lambda x, y: _exact(x, y) if x + y else float("nan"),
        lambda x, y: _exact(x, y) + 0 / (x + y),
    ],
)
def test_who_divides_by_no_toss_is_told_so(answer):
    wrong(check.p_value, _of_piles(answer), says="there is no toss: return 1")


@pytest.mark.parametrize(
    ("task", "answer", "says"),
    [
        (check.on_the_front, lambda c, s: np.flatnonzero(_front(c, s)), "values of kind bool"),
        (check.on_the_front, lambda c, s: [True], "shape"),
        (check.on_the_front, lambda c, s: 1, "to be an array"),
        (check.p_value, _of_piles(lambda x, y: stats.binomtest(x, max(1, x + y))), r"take its \.pvalue"),
        (check.p_value, lambda a, b: abs((a - b).sum()), "True − False is not defined"),
        (check.p_value, lambda a, b: 0.3, "for 8 against 2 images is too large"),
        (check.p_value, _piles, "one number"),
        (
            check.bootstrap_interval,
            lambda a, b, i: np.quantile((a[i] - b[i]).mean(axis=1), [0.025, 0.975]),
            r"or \.astype\(int\)",
        ),
        (check.bootstrap_interval, lambda a, b, i: a.mean() - b.mean(), "to be an array"),
        (check.bootstrap_interval, lambda a, b, i: [0.0, 0.0], "values not right"),
        (check.still_significant, lambda p, level: p[_holm(p, level)], "values of kind bool"),
        (check.calibration_error, _by_quantiles, "equally many images"),
        (check.calibration_error, _gaps, "one number"),
        (
            check.best_temperature,
            _best(lambda y, z: -np.mean(z.argmax(axis=1) == y)),
            "not the accuracy",
        ),
        (
            check.best_temperature,
            _best(lambda y, z: -np.log(special.softmax(z, axis=1)[:, y]).mean()),
            "pick n columns",
        ),
        (
            check.best_temperature,
            _best(
                lambda y, z: abs(
                    special.softmax(z, axis=1).max(axis=1).mean() - (z.argmax(axis=1) == y).mean()
                )
            ),
            "nearest",
        ),
        (check.next_member, _running, "the mean of nothing is nan"),
        (check.next_member, lambda y, m, c: 0.5, "whole number"),
        (check.supported, ["a", "b", "d", "g"], "b is not supported: over the seeds"),
        (check.supported, ["c"], "c is not supported: within the margin .* from −0.2 to \\+0.4 points"),
        (check.supported, ["a", "d", "e"], "e is not supported: a temperature changes no order"),
        (check.supported, ["f"], "f is not supported: .* another kind"),
        (check.supported, ["a", "d"], "not all that are right are chosen\\."),
        (check.supported, [], "3 are missing"),
        (check.supported, ["h"], "expected some of"),
        (check.supported, "adg", "a list of letters in quotation marks"),
    ],
)
def test_what_else_is_wrong(task, answer, says):
    wrong(task, answer, says=says)
