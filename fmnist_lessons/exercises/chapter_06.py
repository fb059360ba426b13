"""The exercises to chapter 06: what is right, on which inputs, and what each mistake is told."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np

from . import Function, Misfit, Wrong, call, exercise, expect_array, expect_dtype, expect_untouched, task
from .words import describe

_rng = np.random.default_rng


def _needed(ratios: np.ndarray, share: float) -> int:
    return int(np.argmax(np.cumsum(ratios) >= share)) + 1


components_needed = exercise(
    "6.1",
    "the number of components",
    _needed,
    on=[
        (np.array([0.5, 0.25, 0.125, 0.0625, 0.0625]), 0.9),
        (np.array([0.5, 0.25, *4 * [0.0625]]), 0.75),
        (np.array([0.5, 0.25, 0.125, 0.125]), 0.3),
        (np.full(64, 1 / 64), 0.5),
    ],
    wrong={
        "this is one too few: positions count from 0, and the one that crosses the share counts as well": (
            lambda r, s: _needed(r, s) - 1
        ),
        "a sum equal to the share is enough: use >=": lambda r, s: int(np.argmax(np.cumsum(r) > s)) + 1,
        "no component is compared alone: add them up first": (
            lambda r, s: int((r >= s).sum()),
            lambda r, s: int(np.argmax(r >= s)) + 1,
        ),
        "these are those *after* the sum was large enough": lambda r, s: int((np.cumsum(r) >= s).sum()),
        "this is the share of the components, not of their variance": lambda r, s: round(s * len(r)),
    },
    hints=(
        "Add the shares up, one after the other. At which one is the sum large enough for the first time?",
        "np.cumsum(ratios) gives the sums. (sums >= share) is False at first and then True.",
        "np.argmax(np.cumsum(ratios) >= share) + 1: argmax finds the first True, and counting starts at 1.",
    ),
    praise="The chapter does the same with np.searchsorted, which finds the place in a sorted list.",
)


def _rebuilt(pixels: np.ndarray, mean: np.ndarray, components: np.ndarray) -> np.ndarray:
    return np.asarray((pixels - mean) @ components.T @ components + mean)


rebuilt = exercise(
    "6.2",
    "the rebuilt pixels",
    _rebuilt,
    on=[
        (_rng(n).random((7, n)), _rng(n + 1).random(n), np.linalg.qr(_rng(n + 2).normal(size=(n, n)))[0][:k])
        for n, k in ((6, 2), (9, 3), (5, 5))
    ],
    wrong={
        "these are the codes; decode them as well": lambda p, m, c: (p - m) @ c.T,
        "the mean is not added again at the end": lambda p, m, c: (p - m) @ c.T @ c,
        "the mean is not subtracted before encoding": lambda p, m, c: p @ c.T @ c + m,
        "the mean is missing: subtract it first, and add it at the end": lambda p, m, c: p @ c.T @ c,
        "the mean is subtracted twice; at the end it is added": lambda p, m, c: (p - m) @ c.T @ c - m,
        "use the mean that is given": lambda p, m, c: _rebuilt(p, p.mean(axis=0), c),
        "nothing is lost here: k numbers cannot keep everything": lambda p, m, c: p,
    },
    errors=dict.fromkeys(
        ("matmul", "not aligned"),
        "encoding needs the components transposed, (images, n) @ (n, k); decoding takes them as they are",
    ),
    then=partial(
        expect_untouched,
        message="the pixels that your function is given have changed: pixels - mean, not pixels -= mean",
    ),
    hints=(
        "Write the shapes beside each other: (images, n) and (k, n) shall become (images, k).",
        "codes = (pixels - mean) @ components.T. And back: (images, k) with (k, n) gives (images, n).",
        "(pixels - mean) @ components.T @ components + mean",
    ),
    praise="With all n components nothing is lost: then the two products turn the picture and turn it back.",
)


def _mse(image: np.ndarray, copy: np.ndarray, scale: float = 255) -> float:
    return float(np.mean((image / scale - copy / scale) ** 2))


def _psnr(image: np.ndarray, copy: np.ndarray) -> Any:
    return 10 * np.log10(1 / _mse(image, copy))


def _narrow(image: np.ndarray, copy: np.ndarray, dtype: str = "uint8") -> np.ndarray:
    """The differences in whole numbers that cannot hold them, nor their squares."""
    return np.asarray(image.astype(dtype) - copy.astype(dtype))


def _two_images(spread: int) -> tuple[np.ndarray, np.ndarray]:
    image = _rng(63).integers(0, 256, (28, 28))
    copy = np.clip(image + _rng(spread).integers(-spread, spread, (28, 28)), 0, 255)
    return image.astype(np.uint8), copy.astype(np.uint8)


psnr = exercise(
    "6.3",
    "the PSNR",
    _psnr,
    on=map(_two_images, (255, 40, 10)),  # the widest first: there narrow integers overflow
    wrong={
        "uint8 wraps round: 3 − 5 is 254": (
            lambda a, b: 10 * np.log10(1 / np.mean((_narrow(a, b) / 255) ** 2)),
            lambda a, b: 10 * np.log10(1 / np.mean((_narrow(b, a) / 255) ** 2)),
        ),
        "uint8 wraps round, and 255 is missing": lambda a, b: 10 * np.log10(1 / np.mean(_narrow(a, b) ** 2)),
        "int8 ends at 127: brighter pixels wrap round": (
            lambda a, b: 10 * np.log10(1 / np.mean((_narrow(a, b, "int8") / 255) ** 2))
        ),
        "int16 ends at 32,767: the squares of large differences wrap round": (
            lambda a, b: 10 * np.log10(255**2 / np.mean(_narrow(a, b, "int16") ** 2))
        ),
        "uint8 wraps round, in the difference and in its square: divide by 255 before you subtract": (
            lambda a, b: 10 * np.log10(255**2 / np.mean(_narrow(a, b) ** 2)),
            lambda a, b: 10 * np.log10(255 / np.mean(_narrow(a, b) ** 2)),
        ),
        "squared differences are divided by 255², not by 255: or divide the pixels before you subtract": (
            lambda a, b: 10 * np.log10(255 / _mse(a, b, 1))
        ),
        "the pixels go up to 1 here, so 1 stands above the MSE, not 255": (
            lambda a, b: 10 * np.log10(255 / _mse(a, b))
        ),
        "the pixels are not brought to 0 … 1": lambda a, b: 10 * np.log10(1 / _mse(a, b, 1)),
        "this is the MSE; asked is the PSNR": _mse,
        "the sign is wrong: the logarithm of 1 / MSE": lambda a, b: -_psnr(a, b),
        "this is the natural logarithm; decibels use base 10": lambda a, b: 10 * np.log(1 / _mse(a, b)),
        "the factor 10 is missing": lambda a, b: _psnr(a, b) / 10,
        "the factor 20 belongs to the root of the MSE": lambda a, b: 2 * _psnr(a, b),
        "the factor 10 belongs to the MSE, not to its root": lambda a, b: _psnr(a, b) / 2,
        "the differences are not squared": lambda a, b: 10 * np.log10(1 / np.abs(a / 255 - b / 255).mean()),
        "this is the sum over the pixels, not the mean": lambda a, b: (
            10 * np.log10(1 / (_mse(a, b) * a.size))
        ),
        "square before you take the mean": lambda a, b: 10 * np.log10(1 / np.mean(a / 255 - b / 255) ** 2),
    },
    hints=(
        "uint8 knows no negative numbers. What has to happen before you subtract?",
        "image / 255 - copy / 255 is right; square it, and take the mean over all pixels.",
        "10 * np.log10(1 / np.mean((image / 255 - copy / 255) ** 2))",
    ),
    praise="Each 10 dB more is ten times less squared error.",
)


def _shapes(size: int, filters: Iterable[int], *, padded: bool = True) -> np.ndarray:
    filters = list(filters)
    step = 2 ** len(filters)
    width = -(-size // step) * step if padded else size
    return np.array([(width // 2**i, width // 2**i, n) for i, n in enumerate(filters, start=1)])


def _shapes_padded_late(size: int, filters: Iterable[int]) -> np.ndarray:
    """As if each pooling padded anew: 28, 14, 7, 4."""
    return np.array([(size := -(-size // 2), size, n) for n in filters])


shapes = exercise(
    "6.4",
    "the list of shapes",
    _shapes,
    on=[(28, [16, 32, 64, 128]), (32, [8, 8]), (100, [4, 8, 16]), (65, [3, 5, 7, 9, 11])],
    wrong={
        "the padding is missing: 7 cannot be halved evenly": (
            lambda s, f: _shapes(s, f, padded=False),
            lambda s, f: np.array([(s / 2**i, s / 2**i, n) for i, n in enumerate(f, start=1)]),
        ),
        "the width is twice too large: these are the shapes before each pooling": (
            lambda s, f: _shapes(s, f) * [2, 2, 1]
        ),
        "four more is right for 28 alone; a width that fits needs no padding": lambda s, f: _shapes(s + 4, f),
        "pad once, at the start, not at each pooling": _shapes_padded_late,
        "the next power of two is more than is needed": lambda s, f: _shapes(1 << (s - 1).bit_length(), f),
        "a multiple of 16 is right for four poolings; what is it for another number of them?": (
            lambda s, f: _shapes(-(-s // 16) * 16, f)
        ),
        "the padded input is no output of a pooling: begin after the first one": (
            lambda s, f: np.vstack([_shapes(s, f)[0] * [2, 2, 0] + [0, 0, 1], _shapes(s, f)])
        ),
        "the input is no output of a pooling: begin after the first one": (
            lambda s, f: np.vstack([[s, s, 1], _shapes(s, f)])
        ),
        "this cuts the picture; pad it": lambda s, f: _shapes(s - s % 2 ** len(f), f),
        "the channels come last": lambda s, f: _shapes(s, f)[:, [2, 0, 1]],
        "the order is reversed: begin with the first block": lambda s, f: _shapes(s, f)[::-1],
        "this is the last shape alone; give the shape after each pooling": lambda s, f: _shapes(s, f)[-1],
    },
    hints=(
        "First the padding: of which number has the width to be a multiple, if it is halved four times?",
        "A multiple of 2 ** len(filters). Rounded up: -(-size // step) * step. Then halve it for each block.",
        "for n in filters: width //= 2, then append (width, width, n).",
    ),
    praise="The decoder goes the same way back, and cuts off the padding at its end.",
)


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
    images = _rng(65).integers(50, 200, (40, 28, 28)).astype(np.uint8)
    for share in (0.1, 0.4):
        noisy = expect_array(call(function, images, share, _rng(1)), "the noisy images")
        if noisy.shape != images.shape:
            raise Wrong(f"expected the shape of the images, {images.shape}, found {noisy.shape}")
        expect_dtype(noisy, np.uint8, "the noisy images")
        _judge_shares(images, noisy, share)
    other, again = (np.asarray(call(function, images, 0.4, _rng(n))) for n in (2, 1))
    if np.array_equal(noisy, other):
        raise Wrong("another generator gives the same noise: draw from rng")
    if not np.array_equal(noisy, again):
        raise Wrong("an equal generator gives another noise: draw from rng alone, not from np.random")
    expect_untouched(
        lambda images: function(images, 0.4, _rng(1)),
        (images,),
        "the images that your function is given have changed as well: work on images.copy()",
    )
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


walk = exercise(
    "6.6",
    "the codes",
    _walk,
    on=[
        (_rng(n).normal(size=n), _rng(n + 1).normal(size=n), steps) for n, steps in ((4, 5), (32, 9), (3, 3))
    ],
    wrong={
        "the walk goes backwards: the first row shall be first": lambda a, b, n: _walk(b, a, n),
        "the walk ends one step before last: both ends belong to it": lambda a, b, n: _walk(a, b, n + 1)[:-1],
        "both ends are missing": lambda a, b, n: _walk(a, b, n + 2)[1:-1],
        "there is one step too many: steps counts the codes": lambda a, b, n: _walk(a, b, n + 1),
        "rows and columns have changed places: a row for each code": lambda a, b, n: _walk(a, b, n).T,
        "add a share of last - first to first, not a share of last": lambda a, b, n: _walk(0 * a, b, n) + a,
        "these are the two ends alone": lambda a, b, n: _walk(a, b, 2),
    },
    hints=(
        "How far has the walk come at each step, as a share from 0 to 1? np.linspace gives the shares.",
        "At share t the code is (1 - t) * first + t * last. Make the shares a column, (steps, 1).",
        "share = np.linspace(0, 1, steps)[:, None], then (1 - share) * first + share * last.",
    ),
    praise="The call np.linspace(first, last, steps) does it at once: it also takes arrays.",
)


def _point(errors: np.ndarray, is_stranger: np.ndarray, threshold: float) -> np.ndarray:
    alarm = errors > threshold
    return np.array([alarm[~is_stranger].mean(), alarm[is_stranger].mean()])


def _errors(n: int, threshold: float) -> tuple[np.ndarray, np.ndarray, float]:
    is_stranger = _rng(n).random(n) < 0.3
    errors = np.round(_rng(n + 1).random(n) + 0.2 * is_stranger, 2)
    errors[0] = threshold
    return errors, is_stranger, threshold


roc_point = exercise(
    "6.7",
    "the pair of shares",
    _point,
    on=[_errors(40, 0.6), _errors(25, 0.3)],
    wrong={
        "the order is reversed: the false alarms come first": lambda e, s, t: _point(e, s, t)[::-1],
        "these are the images that raise no alarm": lambda e, s, t: 1 - _point(e, s, t),
        "these are the images below the threshold; an error above it raises the alarm": (
            lambda e, s, t: _point(-e, s, -t)
        ),
        "the second share is one of the alarms; asked is that of the strangers": (
            lambda e, s, t: [_point(e, s, t)[0], s[e > t].mean()]
        ),
        "the first share is that of ordinary images left in peace; asked are the false alarms": (
            lambda e, s, t: np.abs([1, 0] - _point(e, s, t))
        ),
        "the second share is that of strangers that are missed; asked are those found": (
            lambda e, s, t: np.abs([0, 1] - _point(e, s, t))
        ),
        "shares are asked for, from 0 to 1, not per cent": lambda e, s, t: 100 * _point(e, s, t),
        "larger than the threshold: >, not >=": lambda e, s, t: 1 - _point(-e, s, -t),
        "these are shares of all images; asked are shares of each group": (
            lambda e, s, t: [((e > t) & ~s).mean(), ((e > t) & s).mean()]
        ),
        "these are shares of the alarms; asked are shares of each group": (
            lambda e, s, t: [(~s)[e > t].mean(), s[e > t].mean()]
        ),
        "these are numbers, not shares": lambda e, s, t: [((e > t) & ~s).sum(), ((e > t) & s).sum()],
    },
    hints=(
        "Which images raise an alarm? Look at the two groups apart: the ordinary ones and the strangers.",
        "alarm = errors > threshold. The share of a group is the mean of alarm over that group alone.",
        "alarm[~is_stranger].mean(), alarm[is_stranger].mean()",
    ),
    praise="All thresholds together draw the whole curve, from (1, 1) to (0, 0).",
)


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
