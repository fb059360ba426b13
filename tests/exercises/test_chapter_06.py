"""What the tables of chapter 06 do not say: other right forms, errors, noise, and choices."""

import numpy as np
import pandas as pd
import pytest
from judging import right, wrong

from fmnist_lessons.exercises import chapter_06 as check

pytestmark = pytest.mark.usefixtures("checks_raise")


# 6.1


def _loop(ratios, share):
    total = 0.0
    for number, ratio in enumerate(ratios, start=1):
        total += ratio
        if total >= share:
            return number
    return len(ratios)


@pytest.mark.parametrize(
    "answer",
    [
        _loop,
        lambda r, s: np.argmax(np.cumsum(r) >= s) + 1,
        lambda r, s: np.searchsorted(np.cumsum(r), s) + 1,
        lambda r, s: (np.cumsum(r) < s).sum() + 1,
    ],
)
def test_components_needed(answer, capsys):
    right(check.components_needed, answer, capsys)


# 6.2


@pytest.mark.parametrize(
    "answer",
    [
        lambda p, m, c: np.dot(np.dot(p - m, c.T), c) + m,
        lambda p, m, c: m + sum(((p - m) @ one)[:, None] * one for one in c),
    ],
)
def test_rebuilt(answer, capsys):
    right(check.rebuilt, answer, capsys)


def _centred_in_place(pixels, mean, components):
    pixels -= mean
    return pixels @ components.T @ components + mean


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (_centred_in_place, "have changed"),
        (lambda p, m, c: (p - m) @ c @ c.T + m, "needs the components transposed"),
        (lambda p, m, c: (p - m) @ c.T @ c.T + m, "takes them as they are"),
        (lambda p, m, c: np.dot(np.dot(p - m, c), c) + m, "needs the components transposed"),
    ],
)
def test_rebuilt_knows_what_is_wrong(answer, says):
    wrong(check.rebuilt, answer, says=says)


# 6.3


def _mse(a, b):
    return np.mean((a / 255 - b / 255) ** 2)


@pytest.mark.parametrize(
    "answer",
    [
        lambda a, b: -10 * np.log10(_mse(a, b)),
        lambda a, b: 20 * np.log10(255 / np.sqrt(np.mean((a.astype(int) - b) ** 2))),
        lambda a, b: 10 * np.log10(1 / np.mean(((a.astype("float32") - b) / 255) ** 2)),
    ],
)
def test_psnr(answer, capsys):
    right(check.psnr, answer, capsys)


def test_psnr_does_not_take_a_rounded_one():
    wrong(check.psnr, lambda a, b: round(-10 * np.log10(_mse(a, b)), 1), says="Do not round")


# 6.4


def _shapes(size, filters):
    while size % 2 ** len(filters):
        size += 1
    return [((size := size // 2), size, n) for n in filters]


@pytest.mark.parametrize(
    "answer", [_shapes, lambda s, f: np.array(_shapes(s, f)), lambda s, f: tuple(_shapes(s, f))]
)
def test_shapes(answer, capsys):
    right(check.shapes, answer, capsys)


# 6.5


def _noisy(images, share, rng, low=0, high=255):
    drawn, noisy = rng.random(images.shape), images.copy()
    noisy[drawn < share] = high
    noisy[drawn < share / 2] = low
    return noisy


def _only_black(images, share, rng):
    images[rng.random(images.shape) < share] = 0
    return images


def _two_draws(images, share, rng):
    noisy = images.copy()
    noisy[rng.random(images.shape) < share / 2] = 0
    noisy[rng.random(images.shape) > 1 - share / 2] = 255
    return noisy


def _choice(images, share, rng):
    hit = rng.random(images.shape) < share
    return np.where(hit, rng.choice([0, 255], images.shape), images).astype(np.uint8)


def _in_place(images, share, rng):
    images[:] = _noisy(images, share, rng)
    return images


def _one_colour(images, share, rng):
    hit, colours = rng.random(images.shape) < share, rng.choice([0, 255], (len(images), 1, 1))
    return np.where(hit, colours, images).astype(np.uint8)


@pytest.mark.parametrize("answer", [_noisy, _choice])
def test_salt_and_pepper(answer, capsys):
    right(check.salt_and_pepper, answer, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda i, s, r: i.copy(), "no pixel has changed"),
        (_only_black, "become 0"),
        (_two_draws, "drawn twice"),
        (lambda i, s, r: _noisy(i, s, r).astype(float), "dtype"),
        (lambda i, s, r: _noisy(i, s, r)[0], "expected the shape"),
        (lambda i, s, r: _noisy(i, s, r, low=255), "become 255"),
        (lambda i, s, r: _noisy(i, s, r, high=0), "become 0"),
        (lambda i, s, r: _noisy(i, 2 * s, r), "twice as many"),
        (lambda i, s, r: _noisy(i, s / 2, r), "expected a share of 0.1"),
        (lambda i, s, r: _noisy(i, s, r, low=1), "something else"),
        (lambda i, s, r: _noisy(i, s, np.random.default_rng(0)), "another generator gives the same noise"),
        (lambda i, s, r: _noisy(i, s, np.random.default_rng()), "an equal generator gives another noise"),
        (lambda i, s, r: _noisy(i, s, np.random), "an equal generator gives another noise"),
        (_in_place, r"images\.copy\(\)"),
        (_one_colour, "only one of 0 and 255"),
        (lambda i, s, r: np.where(_noisy(i[:1], s, r) != i[:1], np.uint8(0), i), "all images lose the same"),
        (
            lambda i, s, r: np.where(r.random(i.shape) < s, i, r.choice([0, 255], i.shape)).astype(np.uint8),
            "stay",
        ),
    ],
)
def test_salt_and_pepper_knows_what_is_wrong(answer, says):
    wrong(check.salt_and_pepper, answer, says=says)


# 6.6


def _line(a, b, n):
    return np.stack([a + t * (b - a) for t in np.linspace(0, 1, n)])


@pytest.mark.parametrize("answer", [_line, np.linspace, lambda a, b, n: list(_line(a, b, n))])
def test_walk(answer, capsys):
    right(check.walk, answer, capsys)


# 6.7


def _point(e, s, t):
    return (e[~s] > t).mean(), (e[s] > t).mean()


@pytest.mark.parametrize(
    "answer", [_point, lambda e, s, t: list(_point(e, s, t)), lambda e, s, t: np.array(_point(e, s, t))]
)
def test_roc_point(answer, capsys):
    right(check.roc_point, answer, capsys)


# 6.8


@pytest.mark.parametrize(
    "kind", [list, tuple, set, lambda names: np.array(list(names)), dict.fromkeys, pd.Index, iter]
)
def test_pays(kind, capsys):
    right(check.pays, kind(sorted(check.PAYS)), capsys)


def test_pays_does_not_mind_spaces_and_capitals(capsys):
    right(check.pays, [name.replace(" %", "%").upper() + " " for name in check.PAYS], capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ([*check.PAYS, check.NOISE], "may be chance"),
        ([*check.PAYS, "frozen, all labels"], "from scratch is better"),
        (["frozen, 1 % of the labels"], "2 of the lines .* are missing"),
        (sorted(check.PAYS)[:2], "1 of the lines .* is missing"),
        (["frozen"], "there is no line 'frozen'"),
        ("frozen, 1 % of the labels", "found one text"),
        ([True, False], "found the truth value True among them"),
        (dict.fromkeys(check.PAYS, (4.1, 1.2)).values(), "expected a list of names"),
        ([list(check.PAYS)], "expected a list of names"),
    ],
)
def test_pays_knows_what_is_wrong(answer, says):
    wrong(check.pays, answer, says=says)
