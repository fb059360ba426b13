"""Checks of the exercises to chapter 06, autoencoders.

Each function is tried on inputs made here. Typical mistakes are carried out on the same inputs, so that
an answer that equals one of them is called by its name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from . import Function, Misfit, Mistakes, Wrong, call, expect_array, expect_dtype, expect_results, task
from .words import describe


def _needed(ratios: np.ndarray, share: float) -> int:
    return int(np.argmax(np.cumsum(ratios) >= share)) + 1


@task(
    "6.1",
    hints=(
        "Add the shares up, one after the other. At which one is the sum large enough for the first time?",
        "np.cumsum(ratios) gives the sums. (sums >= share) is False at first and then True.",
        "np.argmax(np.cumsum(ratios) >= share) + 1: argmax finds the first True, and counting starts at 1.",
    ),
)
def components_needed(function: Function) -> str:
    """Try `function(ratios, share)`, the number of components that explain a share of the variance."""
    cases = [
        (np.array([0.5, 0.25, 0.125, 0.0625, 0.0625]), 0.9),
        (np.array([0.5, 0.25, *4 * [0.0625]]), 0.75),
        (np.array([0.5, 0.25, 0.125, 0.125]), 0.3),
        (np.full(64, 1 / 64), 0.5),
    ]
    mistakes = (
        (lambda r, s: _needed(r, s) - 1, "this is the position of the last one, which counts from 0: add 1"),
        (lambda r, s: int((np.cumsum(r) > s).argmax()) + 1, "a sum equal to the share is enough: use >="),
        (lambda r, s: int((np.cumsum(r) < s).sum()), "these are too few by one: the one that crosses counts"),
        (lambda r, s: int((r >= s).sum()), "no component is compared alone: add them up first"),
        (lambda r, s: int(np.argmax(r >= s)) + 1, "no component is compared alone: add them up first"),
        (lambda r, s: int((np.cumsum(r) >= s).sum()), "these are those *after* the sum was large enough"),
        (lambda r, s: round(s * len(r)), "this is the share of the components, not of their variance"),
    )
    expect_results(function, _needed, cases, mistakes, "the number of components")
    return "The chapter does the same with np.searchsorted, which finds the place in a sorted list."


def _rebuilt(pixels: np.ndarray, mean: np.ndarray, components: np.ndarray) -> np.ndarray:
    return np.asarray((pixels - mean) @ components.T @ components + mean)


@task(
    "6.2",
    hints=(
        "Write the shapes beside each other: (images, n) and (k, n) shall become (images, k).",
        "codes = (pixels - mean) @ components.T. And back: (images, k) with (k, n) gives (images, n).",
        "(pixels - mean) @ components.T @ components + mean",
    ),
)
def rebuilt(function: Function) -> str:
    """Try `function(pixels, mean, components)`, encoding and decoding by principal components."""
    rng = np.random.default_rng(62)
    cases = []
    for n, k in ((6, 2), (9, 3), (5, 5)):
        basis = np.linalg.qr(rng.normal(size=(n, n)))[0]
        cases.append((rng.random((7, n)), rng.random(n), basis[:k]))
    mistakes = (
        (lambda p, m, c: (p - m) @ c.T, "these are the codes; decode them as well"),
        (lambda p, m, c: (p - m) @ c.T @ c, "the mean is not added again at the end"),
        (lambda p, m, c: p @ c.T @ c + m, "the mean is not subtracted before encoding"),
        (lambda p, m, c: p @ c.T @ c, "the mean is missing: subtract it first, and add it at the end"),
        (lambda p, m, c: (p - m) @ c.T @ c - m, "the mean is subtracted twice; at the end it is added"),
        (lambda p, m, c: (p - p.mean(axis=0)) @ c.T @ c + p.mean(axis=0), "use the mean that is given"),
        (lambda p, m, c: (p - m) @ c @ c + m, "to encode, the components have to be transposed"),
        (lambda p, m, c: (p - m) @ c @ c.T + m, "the transposed components belong to the encoding"),
        (lambda p, m, c: p, "nothing is lost here: k numbers cannot keep everything"),
    )
    expect_results(function, _rebuilt, cases, _possible(mistakes), "the rebuilt pixels")
    given = cases[0][0].copy()
    call(lambda m, c: function(given, m, c), *cases[0][1:])  # on no copy of the pixels
    if not np.array_equal(given, cases[0][0]):
        raise Wrong("the pixels that your function is given have changed: pixels - mean, not pixels -= mean")
    return "With all n components nothing is lost: then the two products turn the picture and turn it back."


def _possible(mistakes: Mistakes) -> Mistakes:
    """The mistakes, None where the shapes do not allow one to be made."""

    def guarded(mistake: Function) -> Function:
        def made(*inputs: Any) -> Any:
            try:
                return mistake(*inputs)
            except ValueError:
                return None

        return made

    return tuple((guarded(mistake), message) for mistake, message in mistakes)


def _mse(image: np.ndarray, copy: np.ndarray, scale: float = 255) -> float:
    return float(np.mean((image / scale - copy / scale) ** 2))


@task(
    "6.3",
    hints=(
        "uint8 knows no negative numbers. What has to happen before you subtract?",
        "image / 255 - copy / 255 is right; square it, and take the mean over all pixels.",
        "10 * np.log10(1 / np.mean((image / 255 - copy / 255) ** 2))",
    ),
)
def psnr(function: Function) -> str:
    """Try `function(image, copy)`, the peak signal-to-noise ratio of two uint8 images."""
    rng = np.random.default_rng(63)
    cases = []
    for spread in (255, 40, 10):  # the widest first: there narrow integers overflow
        image = rng.integers(0, 256, (28, 28))
        copy = np.clip(image + rng.integers(-spread, spread, (28, 28)), 0, 255)
        cases.append((image.astype(np.uint8), copy.astype(np.uint8)))
    mistakes = (
        (lambda a, b: 10 * np.log10(1 / np.mean(((a - b) / 255) ** 2)), "uint8 wraps round: 3 − 5 is 254"),
        (lambda a, b: 10 * np.log10(1 / np.mean(((b - a) / 255) ** 2)), "uint8 wraps round: 3 − 5 is 254"),
        (lambda a, b: 10 * np.log10(1 / np.mean((a - b) ** 2)), "uint8 wraps round, and 255 is missing"),
        (
            lambda a, b: 10 * np.log10(1 / np.mean(((a.astype("int8") - b.astype("int8")) / 255) ** 2)),
            "int8 ends at 127: brighter pixels wrap round",
        ),
        (
            lambda a, b: 10 * np.log10(255**2 / np.mean((a.astype("int16") - b.astype("int16")) ** 2)),
            "int16 ends at 32,767: the squares of large differences wrap round",
        ),
        (
            lambda a, b: 10 * np.log10(1 / np.mean((a - b) ** 2 / 255**2)),
            "uint8 wraps round, in the difference and in its square: divide by 255 before you subtract",
        ),
        (
            lambda a, b: 10 * np.log10(1 / np.mean((a - b) ** 2 / 255)),
            "uint8 wraps round, in the difference and in its square: divide by 255 before you subtract",
        ),
        (
            lambda a, b: 10 * np.log10(255 / _mse(a, b, 1)),
            "squared differences are divided by 255², not by 255: or divide the pixels before you subtract",
        ),
        (
            lambda a, b: 10 * np.log10(255 / _mse(a, b)),
            "the pixels go up to 1 here, so 1 stands above the MSE, not 255",
        ),
        (lambda a, b: 10 * np.log10(1 / _mse(a, b, 1)), "the pixels are not brought to 0 … 1"),
        (lambda a, b: _mse(a, b), "this is the MSE; asked is the PSNR"),
        (lambda a, b: 10 * np.log10(_mse(a, b)), "the sign is wrong: the logarithm of 1 / MSE"),
        (lambda a, b: 10 * np.log(1 / _mse(a, b)), "this is the natural logarithm; decibels use base 10"),
        (lambda a, b: np.log10(1 / _mse(a, b)), "the factor 10 is missing"),
        (lambda a, b: 20 * np.log10(1 / _mse(a, b)), "the factor 20 belongs to the root of the MSE"),
        (lambda a, b: 10 * np.log10(_mse(a, b) ** -0.5), "the factor 10 belongs to the MSE, not to its root"),
        (lambda a, b: 10 * np.log10(1 / np.abs(a / 255 - b / 255).mean()), "the differences are not squared"),
        (
            lambda a, b: 10 * np.log10(1 / (_mse(a, b) * a.size)),
            "this is the sum over the pixels, not the mean",
        ),
        (lambda a, b: 10 * np.log10(1 / np.mean(a / 255 - b / 255) ** 2), "square before you take the mean"),
    )
    expect_results(function, lambda a, b: 10 * np.log10(1 / _mse(a, b)), cases, mistakes, "the PSNR")
    return "Each 10 dB more is ten times less squared error."


def _shapes(size: int, filters: Iterable[int], *, padded: bool = True) -> np.ndarray:
    filters = list(filters)
    step = 2 ** len(filters)
    width = -(-size // step) * step if padded else size
    return np.array([(width // 2**i, width // 2**i, n) for i, n in enumerate(filters, start=1)])


def _shapes_padded_late(size: int, filters: Iterable[int]) -> np.ndarray:
    """As if each pooling padded anew: 28, 14, 7, 4."""
    return np.array([(size := -(-size // 2), size, n) for n in filters])


@task(
    "6.4",
    hints=(
        "First the padding: of which number has the width to be a multiple, if it is halved four times?",
        "A multiple of 2 ** len(filters). Rounded up: -(-size // step) * step. Then halve it for each block.",
        "for n in filters: width //= 2, then append (width, width, n).",
    ),
)
def shapes(function: Function) -> str:
    """Try `function(size, filters)`, the shapes after each pooling of an encoder."""
    mistakes = (
        (lambda s, f: _shapes(s, f, padded=False), "the padding is missing: 7 cannot be halved evenly"),
        (
            lambda s, f: np.array([(s / 2**i, s / 2**i, n) for i, n in enumerate(f, start=1)]),
            "the padding is missing: 7 cannot be halved evenly",
        ),
        (lambda s, f: _shapes(2 * s, f), "the width is twice too large: the pooling halves it"),
        (
            lambda s, f: _shapes(s + 4, f),
            "four more is right for 28 alone; a width that fits needs no padding",
        ),
        (_shapes_padded_late, "pad once, at the start, not at each pooling"),
        (lambda s, f: _shapes(1 << (s - 1).bit_length(), f), "the next power of two is more than is needed"),
        (
            lambda s, f: _shapes(-(-s // 16) * 16, f),
            "a multiple of 16 is right for four poolings; what is it for another number of them?",
        ),
        (
            lambda s, f: np.vstack([[2 * _shapes(s, f)[0][0]] * 2 + [1], _shapes(s, f)]),
            "the padded input is no output of a pooling: begin after the first one",
        ),
        (
            lambda s, f: np.vstack([[s, s, 1], _shapes(s, f)]),
            "the input is no output of a pooling: begin after the first one",
        ),
        (lambda s, f: _shapes(s - s % 2 ** len(f), f), "this cuts the picture; pad it"),
        (lambda s, f: _shapes(s, f)[:, [2, 0, 1]], "the channels come last"),
        (lambda s, f: _shapes(s, f)[::-1], "the order is reversed: begin with the first block"),
        (lambda s, f: _shapes(s, f)[-1], "this is the last shape alone; give the shape after each pooling"),
        (lambda s, f: _shapes(s, f) * [2, 2, 1], "these are the shapes before each pooling"),
    )
    cases = ((28, [16, 32, 64, 128]), (32, [8, 8]), (100, [4, 8, 16]), (65, [3, 5, 7, 9, 11]))
    expect_results(function, _shapes, cases, mistakes, "the list of shapes")
    return "The decoder goes the same way back, and cuts off the padding at its end."


@task(
    "6.5",
    hints=(
        "Draw one number between 0 and 1 for each pixel. What is the probability that it is below share?",
        "noisy = images.copy(), then noisy[drawn < share] = 255. Which half of those becomes 0?",
        "noisy[drawn < share] = 255, and after it noisy[drawn < share / 2] = 0.",
    ),
)
def salt_and_pepper(function: Function) -> str:
    """Try `function(images, share, rng)`: random, so judged by the shares of pixels that it changes."""
    images = np.random.default_rng(65).integers(50, 200, (40, 28, 28)).astype(np.uint8)
    for share in (0.1, 0.4):
        noisy = expect_array(call(function, images, share, np.random.default_rng(1)), "the noisy images")
        if noisy.shape != images.shape:
            raise Wrong(f"expected the shape of the images, {images.shape}, found {noisy.shape}")
        expect_dtype(noisy, np.uint8, "the noisy images")
        _judge_shares(images, noisy, share)
    other, again = (np.asarray(call(function, images, 0.4, np.random.default_rng(n))) for n in (2, 1))
    if np.array_equal(noisy, other):
        raise Wrong("another generator gives the same noise: draw from rng")
    if not np.array_equal(noisy, again):
        raise Wrong("an equal generator gives another noise: draw from rng alone, not from np.random")
    given = images.copy()
    call(lambda rng: function(given, 0.4, rng), np.random.default_rng(1))  # on no copy of the images
    if not np.array_equal(given, images):
        raise Wrong("the images that your function is given have changed as well: work on images.copy()")
    return "The median filter likes this noise: a wrong pixel has mostly right neighbours."


def _judge_shares(images: np.ndarray, noisy: np.ndarray, share: float) -> None:
    white, black = (noisy == 0).mean(), (noisy == 255).mean()
    changed = (noisy != images).mean()
    by_chance = 5 * np.sqrt(share / images.size)  # five standard deviations of a fair draw, or a little more
    if (noisy == images).all():
        raise Wrong("no pixel has changed")
    if np.array_equal(noisy != images, np.broadcast_to((noisy != images)[0], images.shape)):
        raise Wrong("all images lose the same pixels: draw a number for each pixel of each image")
    if ((noisy != images) & (noisy != 0) & (noisy != 255)).any():
        raise Wrong("some pixels have become something else than 0 and 255")
    if black < 0.1 * share or white < 0.1 * share:
        raise Wrong(f"all replaced pixels become {'0' if black < white else '255'}: half of them should not")
    if not all((noisy == value).any(axis=(1, 2)).all() for value in (0, 255)):
        raise Wrong("some images get only one of 0 and 255: draw it for each pixel, not for each image")
    if abs(changed - 2 * share) < 0.1 * share:
        raise Wrong("twice as many pixels are replaced as asked for: share counts both kinds together")
    if abs(changed - (1 - share)) < 0.02 and share < 0.4:
        raise Wrong("the pixels that should stay are replaced, and the others stay")
    if abs(changed - share) > by_chance:
        if abs(changed - (share - share**2 / 4)) <= by_chance:  # share / 2 each, less what both have drawn
            raise Wrong("some pixels are drawn twice, once for 0 and once for 255: draw once for both")
        raise Wrong(f"expected a share of {share} of the pixels to be replaced, found {changed:.3f}")
    if abs(white - black) > by_chance:
        raise Wrong(f"expected as many 0 as 255, found shares of {white:.3f} and {black:.3f}")


def _walk(first: np.ndarray, last: np.ndarray, steps: int) -> np.ndarray:
    share = np.linspace(0, 1, steps)[:, None]
    return np.asarray((1 - share) * first + share * last)


@task(
    "6.6",
    hints=(
        "How far has the walk come at each step, as a share from 0 to 1? np.linspace gives the shares.",
        "At share t the code is (1 - t) * first + t * last. Make the shares a column, (steps, 1).",
        "share = np.linspace(0, 1, steps)[:, None], then (1 - share) * first + share * last.",
    ),
)
def walk(function: Function) -> str:
    """Try `function(first, last, steps)`, codes on the straight line between two codes."""
    rng = np.random.default_rng(66)
    cases = [(rng.normal(size=n), rng.normal(size=n), steps) for n, steps in ((4, 5), (32, 9), (3, 3))]
    mistakes = (
        (lambda a, b, n: _walk(b, a, n), "the walk goes backwards: the first row shall be first"),
        (
            lambda a, b, n: _walk(a, b, n + 1)[:-1],
            "the walk ends one step before last: both ends belong to it",
        ),
        (lambda a, b, n: _walk(a, b, n + 2)[1:-1], "both ends are missing"),
        (lambda a, b, n: _walk(a, b, n + 1), "there is one step too many: steps counts the codes"),
        (lambda a, b, n: _walk(a, b, n).T, "rows and columns have changed places: a row for each code"),
        (lambda a, b, n: _walk(0 * a, b, n) + a, "add a share of last - first to first, not a share of last"),
        (lambda a, b, n: _walk(a, b, n)[[0, -1]], "these are the two ends alone"),
    )
    expect_results(function, _walk, cases, mistakes, "the codes")
    return "The call np.linspace(first, last, steps) does it at once: it also takes arrays."


def _point(errors: np.ndarray, is_stranger: np.ndarray, threshold: float) -> np.ndarray:
    alarm = errors > threshold
    return np.array([alarm[~is_stranger].mean(), alarm[is_stranger].mean()])


@task(
    "6.7",
    hints=(
        "Which images raise an alarm? Look at the two groups apart: the ordinary ones and the strangers.",
        "alarm = errors > threshold. The share of a group is the mean of alarm over that group alone.",
        "alarm[~is_stranger].mean(), alarm[is_stranger].mean()",
    ),
)
def roc_point(function: Function) -> str:
    """Try `function(errors, is_stranger, threshold)`, the shares of false alarms and of strangers found."""
    rng = np.random.default_rng(67)
    cases = []
    for n, threshold in ((40, 0.6), (25, 0.3)):
        is_stranger = rng.random(n) < 0.3
        errors = np.round(rng.random(n) + 0.2 * is_stranger, 2)
        errors[0] = threshold
        cases.append((errors, is_stranger, threshold))
    mistakes = (
        (lambda e, s, t: _point(e, s, t)[::-1], "the order is reversed: the false alarms come first"),
        (lambda e, s, t: 1 - _point(e, s, t), "these are the images that raise no alarm"),
        (
            lambda e, s, t: [(e < t)[~s].mean(), (e < t)[s].mean()],
            "these are the images below the threshold; an error above it raises the alarm",
        ),
        (
            lambda e, s, t: [(e > t)[~s].mean(), s[e > t].mean()],
            "the second share is one of the alarms; asked is that of the strangers",
        ),
        (
            lambda e, s, t: np.abs([1, 0] - _point(e, s, t)),
            "the first share is that of ordinary images left in peace; asked are the false alarms",
        ),
        (
            lambda e, s, t: np.abs([0, 1] - _point(e, s, t)),
            "the second share is that of strangers that are missed; asked are those found",
        ),
        (lambda e, s, t: 100 * _point(e, s, t), "shares are asked for, from 0 to 1, not per cent"),
        (lambda e, s, t: [(e >= t)[~s].mean(), (e >= t)[s].mean()], "larger than the threshold: >, not >="),
        (
            lambda e, s, t: [((e > t) & ~s).mean(), ((e > t) & s).mean()],
            "these are shares of all images; asked are shares of each group",
        ),
        (
            lambda e, s, t: [(~s)[e > t].mean(), s[e > t].mean()],
            "these are shares of the alarms; asked are shares of each group",
        ),
        (lambda e, s, t: [((e > t) & ~s).sum(), ((e > t) & s).sum()], "these are numbers, not shares"),
    )
    expect_results(function, _point, cases, mistakes, "the pair of shares")
    return "All thresholds together draw the whole curve, from (1, 1) to (0, 0)."


PAYS = frozenset(
    ("frozen, 1 % of the labels", "fine-tuned, 1 % of the labels", "fine-tuned, 10 % of the labels")
)
NOISE = "fine-tuned, all labels"
WORSE = frozenset(("frozen, 10 % of the labels", "frozen, all labels"))


@task(
    "6.8",
    hints=(
        "The second number says how large a difference can be by chance. Which differences are larger?",
        "It pays where the difference is positive, and larger than its margin.",
        "Three lines: both with 1 % of the labels, and one of those with 10 %.",
    ),
)
def pays(answer: Any) -> str:
    """Judge the names of the lines in which pre-training pays."""
    named = {_plain(name) for name in _names(answer)}
    if unknown := named - PAYS - WORSE - {NOISE}:
        raise Wrong(f"there is no line {sorted(unknown)[0]!r} in the table: copy the names as they stand")
    if not named:
        raise Wrong("the list is empty, but in some lines it pays")
    if named & WORSE:
        raise Wrong(f"{sorted(named & WORSE)[0]!r}: the difference is negative: from scratch is better")
    if NOISE in named:
        raise Wrong(f"{NOISE!r}: the difference is smaller than its margin: it may be chance")
    if missing := PAYS - named:
        raise Wrong(
            f"{len(missing)} of the lines in which it pays {'is' if len(missing) == 1 else 'are'} missing"
        )
    return "In this table it pays where labels are few, and a frozen encoder stops paying first."


def _names(answer: Any) -> list[str]:
    """The names in a list, an array, the keys of a dictionary …"""
    if isinstance(answer, str):
        raise Misfit('expected a list of names, found one text: write ["…", "…"]')
    try:
        names = list(answer)
    except TypeError:
        names = [answer]
    other = [name for name in names if not isinstance(name, str)]
    if other:
        raise Misfit(f"expected a list of names, found {describe(other[0])} among them")
    return names


def _plain(name: str) -> str:
    """A name in small letters, with single spaces, and one before the per cent sign."""
    return " ".join(name.replace("%", " %").split()).lower()
