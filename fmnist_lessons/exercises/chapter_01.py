"""Checks of the exercises to chapter 01, The data.

Most tasks ask for a small function. Its check tries it on inputs made here, so that it judges real and
drawn garments alike. Below a task stand the mistakes that it knows: what commits it, and what to say.
"""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from . import (
    Function,
    Misfit,
    Mistakes,
    Wrong,
    call,
    expect_array,
    expect_choice,
    expect_close,
    expect_dtype,
    expect_integer,
    expect_number,
    expect_result,
    expect_unrounded,
    task,
)
from ._inputs import CLASSES, classes_with_near_pair, images_near_means, leaks, random_images
from .words import describe, short

FOUR_DECIMALS = 5e-5

# --- counting, scaling, encoding ----------------------------------------------------------------


@task(
    "1.1",
    hints=(
        "Labels are whole numbers from 0 to 9. Which NumPy function counts how often each number occurs?",
        "np.bincount counts whole numbers. Try it on labels in which class 9 does not occur: "
        "how long is its result?",
        "np.bincount has an argument minlength, the least length of its result.",
    ),
)
def class_counts(function: Function) -> str:
    """Try `function(labels)`, which returns how many images each class has, shape (10,)."""
    everything = np.random.default_rng(1).integers(0, CLASSES, 500).astype(np.uint8)
    for labels in (everything, np.array([3, 3, 0, 5], np.uint8)):
        expect_result(function, (labels,), _counts, read=_read_counts, mistakes=COUNTS, rtol=1e-6)
    return "A class without any image is counted too, and the counts add up to the number of images."


def _read_counts(answer: Any, name: str) -> np.ndarray:
    if isinstance(answer, dict):
        raise Wrong("expected an array of ten counts, found a dictionary, which has no order to rely on")
    if isinstance(answer, tuple) and len(answer) == 2:
        raise Wrong(
            "expected one array of ten counts, found two: np.unique gives the classes, then the counts; "
            "np.histogram gives the counts, then the edges between them"
        )
    if isinstance(answer, numbers.Number):
        raise Misfit(f"expected {name} to be an array of ten counts, found {describe(answer)}")
    counts = expect_array(answer, name, kind="number")
    if counts.ndim == 1 and counts.size < CLASSES:
        raise Wrong(
            f"expected {name} to be ten numbers, found {counts.size}: "
            "a class with no image needs a count too, which is 0"
        )
    return counts


def _counts(labels: np.ndarray) -> np.ndarray:
    return np.bincount(labels, minlength=CLASSES)


_OTHER_ORDER = "the counts are not in the order of the classes: class 0 comes first, class 9 last"
COUNTS: Mistakes = (
    (lambda y: _counts(y) / len(y), "these are shares that sum to 1; asked are counts of images"),
    (np.unique, "these are the numbers of the classes; asked is how many images each class has"),
    (lambda y: np.sort(_counts(y))[::-1], _OTHER_ORDER),
    (lambda y: np.sort(_counts(y)), _OTHER_ORDER),
    (lambda y: np.array([(y == k).sum() for k in dict.fromkeys(y.tolist())]), _OTHER_ORDER),
    (lambda y: np.cumsum(_counts(y)), "these are running totals; asked is a count for each class alone"),
)


@task(
    "1.2",
    hints=(
        "What are the smallest and the largest value that one byte (uint8) can hold?",
        "Divide by that largest value, so that it becomes exactly 1. Then look at .dtype: "
        "what does NumPy make of uint8 divided by a whole number?",
        'images.astype("float32") first, the division after it.',
    ),
)
def scale(function: Function) -> str:
    """Try `function(images)`, which maps uint8 0…255 to float32 0…1."""
    images = random_images(6, seed=2)
    images[0, 0, :2] = (0, 255)
    dark = images // 3  # its brightest pixel is far below 255
    for batch, name in ((images, "the scaled images"), (dark, "the scaled dark images")):
        found = expect_result(
            function, (batch,), lambda x: x / 255, name, read=_read_scaled, mistakes=SCALES, atol=1e-6
        )
        if found.dtype == np.float64:
            raise Wrong(
                "the values are right, the dtype is float64: eight bytes for each pixel. "
                "Four are plenty: float32"
            )
        expect_dtype(found, np.float32, name)
    return "0 stays 0, 255 becomes 1, and each pixel takes four bytes instead of the eight of float64."


def _read_scaled(answer: Any, name: str) -> np.ndarray:
    scaled = expect_array(answer, name)
    if scaled.dtype.kind in "iu":
        raise Wrong(
            f"the result has dtype {scaled.dtype}, which holds whole numbers only: "
            "everything between 0 and 1 is lost"
        )
    return scaled


_OWN_LARGEST = (
    "you divided by the largest pixel of these images: the same garment "
    "would get other values in other company. Divide by the largest value possible"
)
SCALES: Mistakes = (
    (lambda x: x / 256, "you divided by 256: one byte has 256 values, but the largest is one less"),
    (lambda x: x / x.max(), _OWN_LARGEST),
    (lambda x: x / x.max(axis=(1, 2), keepdims=True), _OWN_LARGEST),
    (lambda x: x / 127.5 - 1, "these values run from -1 to 1; asked is 0 to 1"),
    (lambda x: x / 128 - 1, "these values run from -1 to 1; asked is 0 to 1"),
    (lambda x: x, "the dtype was changed, the values still run up to 255"),
    (lambda x: (x - x.mean()) / x.std(), "this standardises (mean 0, standard deviation 1); asked is 0 to 1"),
    (lambda x: 1 - x / 255, "black and white have changed places: 0 must stay 0"),
)


@task(
    "1.3",
    hints=(
        "Compute np.uint8(10) - np.uint8(20) in a cell of your own. What would you have expected?",
        "A byte has no minus sign: below 0 it starts again at 255. Choose a dtype with room for "
        "negative numbers before subtracting.",
        "a.astype(int) - b.astype(int), then np.abs, then .mean().",
    ),
)
def mean_difference(function: Function) -> str:
    """Try `function(a, b)`, the mean absolute difference of two uint8 images, compared to four decimals."""
    even = tuple(np.full((28, 28), pixel, np.uint8) for pixel in (10, 20))
    for pair, what in (
        (even, "an image of 10s and one of 20s"),
        (random_images(2, seed=28), "random images"),
    ):
        name = f"the mean difference of {what}"
        expect_result(
            function, tuple(pair), _difference, name, mistakes=DIFFERENCES, rtol=0, atol=FOUR_DECIMALS
        )
    return "Room for a minus sign first, the subtraction after it."


def _gap(a: np.ndarray, b: np.ndarray) -> Any:
    return a.astype(int) - b.astype(int)


def _difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(_gap(a, b)).mean())


_INT8 = "int8 overflows too: it ends at 127, but two pixels can differ by 255"
_SCALED = "this was computed on scaled images; asked is the difference on the scale 0…255"
_CANCEL = "differences of opposite sign cancel: take absolute values before the mean"
DIFFERENCES: Mistakes = (
    (lambda a, b: (a - b).mean(), "this is uint8 overflow: 10 - 20 became 246, as a byte cannot hold -10"),
    (lambda a, b: np.abs((a - b).astype(np.int8).astype(int)).mean(), _INT8),
    (lambda a, b: _gap(a, b).mean(), _CANCEL),
    (lambda a, b: abs(_gap(a, b).mean()), _CANCEL),
    (lambda a, b: (_gap(a, b) ** 2).mean(), "these are squared differences; asked are absolute ones"),
    (lambda a, b: (_gap(a, b) ** 2).mean() ** 0.5, "this is the root of the mean square; asked is no square"),
    (lambda a, b: np.abs(_gap(a, b)).sum(), "this is the sum over all pixels; asked is the mean"),
    (lambda a, b: np.abs(_gap(a, b)).max(), "this is the largest difference; asked is the mean"),
    (lambda a, b: np.median(np.abs(_gap(a, b))), "this is the median; asked is the mean"),
    (lambda a, b: _difference(a, b) / 255, _SCALED),
    (lambda a, b: np.float16(_difference(a, b)), "float16 keeps no more than three or four digits"),
)


@task(
    "1.4",
    hints=(
        "Begin with an array of zeros: a row for each label, a column for each class.",
        "In row 0, a one belongs in column labels[0]; in row i, in column labels[i].",
        "result[np.arange(len(labels)), labels] = 1 sets all of them at once. "
        "(Or: which rows of np.eye(10) do you need?)",
    ),
)
def one_hot(function: Function) -> str:
    """Try `function(labels)`, which returns float32 of shape (n, 10) with a single 1 in each row."""
    errors = (
        ("index 255 is out", "labels start at 0, so take no 1 away"),
        ("index 9 is out", "there are ten classes, from 0 to 9"),
    )
    for labels in (np.array([9, 0, 3, 3], np.uint8), np.array([2, 0, 1], np.uint8)):
        found = expect_result(
            function, (labels,), _encoded, read=_read_one_hot, mistakes=ENCODINGS, errors=errors
        )
        expect_dtype(found, np.float32, "the result")
    return "One row for each image, one column for each class, and each row sums to 1."


def _read_one_hot(answer: Any, name: str) -> np.ndarray:
    encoded = expect_array(answer, name)
    if encoded.ndim == 2 and encoded.shape[0] == CLASSES != encoded.shape[1]:
        raise Wrong(
            f"{name} has shape {encoded.shape}: expected a row for each label, a column for each class"
        )
    if encoded.ndim == 2 and encoded.shape[1] < CLASSES:
        raise Wrong(
            f"{name} has {encoded.shape[1]} columns: there are ten classes, "
            "also where the last ones do not occur"
        )
    return encoded


def _encoded(labels: np.ndarray) -> Any:
    return np.eye(CLASSES)[labels]


_WHOLE_COLUMNS = (
    "every row holds the ones of all labels: result[:, labels] takes whole columns. "
    "Give a row number with each column number"
)
ENCODINGS: Mistakes = (
    (lambda y: np.roll(_encoded(y), -1, 1), "each 1 stands one column too far left: classes count from 0"),
    (lambda y: np.roll(_encoded(y), 1, 1), "each 1 stands one column too far right: classes count from 0"),
    (lambda y: 1 - _encoded(y), "zeros and ones have changed places"),
    (lambda y: _encoded(y) * y[:, None], "the class number itself stands where a 1 belongs"),
    (lambda y: np.tile(_encoded(y).max(axis=0), (len(y), 1)), _WHOLE_COLUMNS),
)

# --- comparing ----------------------------------------------------------------------------------


@task(
    "1.5",
    hints=(
        "The parts have different sizes, so counts cannot be compared. What can?",
        "Divide the counts of each part by the size of that part. Then subtract.",
        "np.abs(train_shares - validation_shares).max(), where shares = "
        "np.bincount(labels, minlength=10) / len(labels).",
    ),
)
def largest_share_gap(function: Function) -> str:
    """Try `function(train_labels, validation_labels)`, the largest difference between class shares."""
    even = np.repeat(np.arange(CLASSES), 50)
    skewed = np.concatenate([np.repeat(np.arange(CLASSES), 8), np.full(20, 4)])
    without_first = np.repeat(np.arange(1, CLASSES), 12)
    without_last = np.repeat(np.arange(CLASSES - 1), 12)
    shuffled = np.random.default_rng(5).permutation(np.repeat(np.arange(CLASSES), 10))
    parts = (even, skewed), (skewed, even), (even, without_first), (without_first, even), (even, shuffled)
    errors = (("(9,)", "a class that does not occur needs a share too, which is 0"),)
    for pair in (*parts, (even, without_last)):
        expect_result(
            function,
            pair,
            _largest_gap,
            "the largest gap",
            mistakes=GAPS,
            errors=errors,
            rtol=1e-6,
            atol=1e-9,
        )
    return "It is 0 for a perfectly stratified split, whatever the sizes of the two parts."


def _share_gaps(train: np.ndarray, validation: np.ndarray) -> Any:
    return _counts(train) / len(train) - _counts(validation) / len(validation)


def _count_gap(train: np.ndarray, validation: np.ndarray) -> int:
    return int(np.abs(_counts(train) - _counts(validation)).max())


def _largest_gap(train: np.ndarray, validation: np.ndarray) -> float:
    return float(np.abs(_share_gaps(train, validation)).max())


_COMPARE_SHARES = (
    "these are counts: a larger part has more images of every class, also in a perfect split. Compare shares"
)
_LEFT_OUT = "a class is left out: there are ten, from 0 to 9"
_BOTH_WAYS = "a gap counts in both directions: take absolute values first"
_ONE_SIZE = "both counts are divided by the size of the same part: each part has a size of its own"
GAPS: Mistakes = (
    (_count_gap, _COMPARE_SHARES),
    (lambda t, v: np.abs(_share_gaps(t, v)[1:]).max(), _LEFT_OUT),
    (lambda t, v: np.abs(_share_gaps(t, v)[:-1]).max(), _LEFT_OUT),
    (lambda t, v: _share_gaps(t, v).max(), _BOTH_WAYS),
    (lambda t, v: _share_gaps(v, t).max(), _BOTH_WAYS),
    (lambda t, v: _share_gaps(t, v).min(), _BOTH_WAYS),
    (lambda t, v: np.abs(_share_gaps(t, v)).argmax(), "this is the number of a class; asked is its gap"),
    (lambda t, v: np.abs(_share_gaps(t, v)).sum(), "this is the sum over the classes; asked is the largest"),
    (
        lambda t, v: np.abs(_share_gaps(t, v)).mean(),
        "this is the mean over the classes; asked is the largest",
    ),
    (lambda t, v: 100 * _largest_gap(t, v), "this is in per cent; asked is a share between 0 and 1"),
    (lambda t, v: _count_gap(t, v) / len(t), _ONE_SIZE),
    (lambda t, v: _count_gap(t, v) / len(v), _ONE_SIZE),
)


@task(
    "1.6",
    hints=(
        "First the ten mean images: images[labels == k].mean(axis=0) for each class k. "
        "Then all distances between two of them.",
        "Every mean has distance 0 to itself. How do you keep these ten zeros from winning?",
        "Loop over a in range(10) and over b in range(a + 1, 10), and keep the pair with the smallest "
        "np.sqrt(((means[a] - means[b]) ** 2).sum()).",
    ),
)
def closest_classes(function: Function) -> str:
    """Try `function(images, labels)`, which returns the two classes whose mean images are nearest."""
    for seed, pair, decoys in ((6, (2, 7), False), (7, (0, 9), False), (11, (3, 8), True)):
        inputs = classes_with_near_pair(pair, seed=seed, decoys=decoys)
        expect_result(function, inputs, pair, "the pair of classes", read=_read_pair, mistakes=PAIRS)
    return "These two classes will be hard to tell apart for a model that knows only their means."


def _read_pair(answer: Any, name: str) -> tuple[int, ...]:
    if isinstance(answer, numbers.Number):
        raise Misfit(
            f"expected two class numbers, found {describe(answer)} "
            "(argmin of a table gives one number; np.unravel_index makes a row and a column of it)"
        )
    answer = list(answer) if isinstance(answer, tuple | set | frozenset) else answer
    answer = answer if isinstance(answer, list) else expect_array(answer, name)
    if len(answer) != 2:
        raise Wrong(f"expected two class numbers, found {len(answer)} value{'s' if len(answer) != 1 else ''}")
    found = tuple(sorted(expect_integer(value, "a class number", low=0, high=9) for value in answer))
    if found[0] == found[1]:
        raise Wrong(f"found class {found[0]} twice: every mean is nearest to itself. Leave those pairs out")
    return found


def _nearest_pair(
    images: np.ndarray, labels: np.ndarray, *, centre: Function = np.mean, order: int = 2, sign: int = 1
) -> tuple[int, int]:
    """The two classes whose centres are nearest by the norm of this order; farthest with sign -1."""
    centres = np.stack([centre(images[labels == k], axis=0).ravel() for k in range(CLASSES)])
    return _smallest(sign * np.linalg.norm(centres[:, None] - centres[None], ord=order, axis=-1))


def _pair_of_like_brightness(images: np.ndarray, labels: np.ndarray) -> tuple[int, int]:
    brightness = np.array([images[labels == k].mean() for k in range(CLASSES)])
    return _smallest(np.abs(brightness[:, None] - brightness[None]))


def _smallest(table: np.ndarray) -> tuple[int, int]:
    """Row and column of the smallest value above the diagonal."""
    rows, columns = np.triu_indices(CLASSES, k=1)
    best = table[rows, columns].argmin()
    return int(rows[best]), int(columns[best])


_ABSOLUTE = "these are nearest by the sum of absolute differences; asked is the sum of squares"
_BRIGHTNESS = (
    "these two are equally bright on average, but their pictures differ: compare pixel by pixel, then sum"
)
PAIRS: Mistakes = (
    (lambda x, y: _nearest_pair(x, y, sign=-1), "this is the pair that is farthest apart"),
    (lambda x, y: _nearest_pair(x, y, order=1), _ABSOLUTE),
    (lambda x, y: _nearest_pair(x, y, centre=np.median), "these are nearest by medians; asked are means"),
    (_pair_of_like_brightness, _BRIGHTNESS),
)


@task(
    "1.7",
    hints=(
        "Ten distances are needed, one for each mean: image - means has shape (10, 28, 28).",
        "Square, then sum over the last two axes (axis=(1, 2)): ten numbers remain.",
        "np.argmin of these ten distances is the class.",
    ),
)
def nearest_mean(function: Function) -> str:
    """Try `function(image, means)`, the number of the class whose mean is nearest to the image."""
    for inputs in images_near_means():
        expect_result(
            function, inputs, _nearest, "the predicted class", read=_read_class, mistakes=PREDICTIONS
        )
    return "This is the whole of the nearest-class-mean classifier."


def _read_class(answer: Any, name: str) -> int:
    number = expect_number(answer, name)
    if not number.is_integer():
        raise Wrong(
            f"expected a class number from 0 to 9, found {number:g}: is this a distance? "
            "min gives the smallest value, argmin its position"
        )
    if not 0 <= number < CLASSES:
        raise Wrong(
            f"expected a class number from 0 to 9, found {number:g}: over which axes did you sum? "
            "There must be one distance for each class"
        )
    return int(number)


def _distances(image: np.ndarray, means: np.ndarray) -> Any:
    return ((image - means) ** 2).sum(axis=(1, 2))


def _nearest(image: np.ndarray, means: np.ndarray) -> int:
    return int(_distances(image, means).argmin())


_PRODUCTS = "products favour bright means: square the differences, then sum"
_SIGNS = "positive and negative differences cancel: square them before summing"
_SUMS = "these are sums of absolute differences: square the differences before summing"
_ONE_PIXEL = "this looks at the largest difference only: sum the squares of all of them"
_ONE_MEAN = "this compares mean brightness only: compare pixel by pixel, then sum"
PREDICTIONS: Mistakes = (
    (lambda x, means: (x * means).sum(axis=(1, 2)).argmax(), _PRODUCTS),
    (lambda x, means: _distances(x, means).argmax(), "this is the class that is farthest away"),
    (lambda x, means: (x - means).sum(axis=(1, 2)).argmin(), _SIGNS),
    (lambda x, means: np.abs(x - means).sum(axis=(1, 2)).argmin(), _SUMS),
    (lambda x, means: np.abs(x - means).max(axis=(1, 2)).argmin(), _ONE_PIXEL),
    (lambda x, means: np.abs(x.mean() - means.mean(axis=(1, 2))).argmin(), _ONE_MEAN),
    (lambda x, means: _nearest(x, means) + 1, "this is one too large: classes count from 0"),
    *((k, "the mean of another class is nearer to the image") for k in range(CLASSES)),
)

# --- doubting -----------------------------------------------------------------------------------


@task(
    "1.8",
    hints=(
        "Per cent means of a hundred. What is 1 % of the test images?",
        "0.3 % is 0.003. Multiply by the number of test images.",
        "0.003 * 10_000",
    ),
)
def images_in_a_difference(answer: object) -> str:
    """Take the number of test images that 0.3 % are."""
    mistakes = (
        (3000.0, "this is 30 % of the test images: 0.3 % is 0.003, not 0.3"),
        (180.0, "this is 0.3 % of the 60,000 images that are not for testing; the test set is smaller"),
        (150.0, "this is 0.3 % of the 50,000 training images; the test set is smaller"),
        (210.0, "this is 0.3 % of all 70,000 images; the test set is smaller"),
        (3.0, "this is 0.03 % of the test images"),
        (300.0, "this is 3 % of the test images"),
        (0.3, "this is the difference in per cent; asked is a number of images"),
        (0.003, "this is the difference as a share; asked is a number of images"),
        (9270.0, "so many images B gets right; asked is how many more than A"),
        (9240.0, "so many images A gets right; asked is how many more B gets right"),
        (-30.0, "B gets more right than A: the number is positive"),
    )
    expect_close(expect_number(answer), 30.0, rtol=1e-6, mistakes=mistakes)
    return "A handful of pictures: two models that differ by no more may well swap places on other images."


@task(
    "1.9",
    hints=(
        "First the standard error: the square root of accuracy * (1 - accuracy) / n.",
        "The interval reaches 1.96 standard errors to each side of the accuracy.",
        "margin = 1.96 * np.sqrt(accuracy * (1 - accuracy) / n); return accuracy - margin, accuracy + margin",
    ),
)
def interval(function: Function) -> str:
    """Try `function(accuracy, n)`, the 95 % interval, compared to four decimals; Wilson's counts too."""
    for accuracy, n in ((0.87, 3_000), (0.8, 500)):
        case = f"for an accuracy of {accuracy} on {n:,} images"
        ends = _read_interval(call(function, accuracy, n), case)
        margin = 1.96 * (accuracy * (1 - accuracy) / n) ** 0.5
        right = accuracy - margin, accuracy + margin
        if any(np.allclose(ends, one, rtol=0, atol=FOUR_DECIMALS) for one in (right, _wilson(accuracy, n))):
            continue
        expect_unrounded(ends, right, f"{case}, the interval", rtol=0, atol=FOUR_DECIMALS)
        _expect_middle(ends, accuracy, case)
        half, mistakes = (ends[1] - ends[0]) / 2, _margins(accuracy, n)
        expect_close(half, margin, f"{case}, the distance to each end", rtol=1e-3, mistakes=mistakes)
    return "Four times as many test images make the interval half as wide."


def _read_interval(answer: Any, case: str) -> tuple[float, float]:
    expected = f"{case}, expected two numbers (low, high)"
    if np.ndim(answer) == 0:
        raise Misfit(f"{expected}, found {describe(answer)}")
    ends = expect_array(answer, "the interval", kind="number")
    if ends.shape != (2,):
        raise Wrong(f"{expected}, found {ends.size if ends.ndim == 1 else describe(ends)}")
    low, high = (float(end) for end in ends)
    if low > high > 0 and high < 0.2 * low:
        raise Wrong(f"{case}, found ({low:.4g}, {high:.4g}): is the second number the way to each end?")
    if low > high:
        raise Wrong(f"{case}, found ({low:.4g}, {high:.4g}), but the lower end comes first")
    return low, high


def _expect_middle(ends: tuple[float, float], accuracy: float, case: str) -> None:
    middle = (ends[0] + ends[1]) / 2
    found = f"{case}, found {short(ends)}"
    if np.isclose(middle, 100 * accuracy, rtol=0.01):
        raise Wrong(f"{found}: this is in per cent; asked are shares between 0 and 1")
    if np.isclose(middle, 0, atol=1e-4):
        raise Wrong(f"{found}: these are distances from the accuracy; asked are the ends themselves")
    if middle > 1:
        raise Wrong(f"{found}: an accuracy is a share between 0 and 1, and so are the ends")
    if not np.isclose(middle, accuracy, rtol=0, atol=1e-4):
        raise Wrong(
            f"{found}, with {middle:.4g} in the middle: go from the accuracy equally far to both sides"
        )


def _margins(accuracy: float, n: int) -> Mistakes:
    variance = accuracy * (1 - accuracy) / n
    error = variance**0.5
    return (
        (error, "this is one standard error to each side, which holds about 68 %, not 95 %"),
        (1.96 * variance, "the square root is missing"),
        (variance, "the square root is missing, and the factor 1.96"),
        (1.96 * error * n**0.5, "it does not shrink with n: divide by n under the root"),
        (1.96 * error / n**0.5, "divide by n under the square root, not outside of it"),
        (0.98 * error, "this is half as wide as it should be: 1.96 to each side"),
        (1.645 * error, "these are 1.645 standard errors, which hold 90 %, not 95 %"),
        (2 * error, "these are 2 standard errors; take 1.96"),
        (2.576 * error, "these are 2.576 standard errors, which hold 99 %, not 95 %"),
        (1.96 * (accuracy / n) ** 0.5, "a factor is missing under the root: the share of wrong answers"),
    )


def _wilson(accuracy: float, n: int) -> tuple[float, float]:
    z2 = 1.96**2
    centre = (accuracy + z2 / (2 * n)) / (1 + z2 / n)
    margin = (z2 * (accuracy * (1 - accuracy) / n + z2 / (4 * n * n))) ** 0.5 / (1 + z2 / n)
    return centre - margin, centre + margin


@task(
    "1.10",
    hints=(
        "For each validation image, ask: does it occur anywhere in the training images, "
        "not only at the same position?",
        "image.tobytes() turns an image into something that Python can put into a set and look up.",
        "known = {image.tobytes() for image in train_images}; then sum(image.tobytes() in known "
        "for image in validation_images)",
    ),
)
def leaked_images(function: Function) -> str:
    """Try `function(train_images, validation_images)`: how many validation images are in training too."""
    clean, leaky = leaks()
    errors = (("unhashable", "arrays cannot be put into a set, but their bytes can"),)
    what = "the number of leaks in a split without any"
    expect_result(function, clean, 0, what, mistakes=NO_LEAKS, errors=errors)
    expect_result(function, leaky, 5, "the number of leaked images", mistakes=LEAKS, errors=errors)
    return "A validation image that the model has seen in training says nothing about new images."


_ALIKE = "images that are almost alike are no leak: compare every pixel with the one in its place"
_ANY_PIXEL = (
    "all validation images were counted. All the pixels of a leak agree with those of one training image; "
    "`image in train_images` asks whether any pixel agrees"
)
_SAME_PLACE = (
    "nothing was found where some leak: compare each validation image with all training images, "
    "not with the one at the same position"
)
NO_LEAKS: Mistakes = (
    *((k, _ALIKE) for k in (1, 2, 3)),
    (lambda train, validation: len(validation), _ANY_PIXEL),
    (lambda train, validation: np.isin(validation, train).sum(), "these are pixels; asked are images"),
)
LEAKS: Mistakes = (
    (3, "an image that leaks twice into the validation set counts twice: count validation images"),
    (4, "these are the training images that occur in validation; asked is the other way round"),
    (8, "an image that occurs twice in training was counted twice: count validation images"),
    (0, _SAME_PLACE),
)


@task(
    "1.11",
    hints=(
        "Follow one image: can it get into both parts?",
        "Look at where the validation images are drawn from. Are the training images taken out before?",
        "Line B draws from all images again, whatever line A drew.",
    ),
)
def leaking_line(answer: object) -> str:
    """Take the letter of the line that lets images leak."""
    mistakes = (
        ("A", "it draws the training images, and none of them twice (replace=False)"),
        ("C", "it changes the pixels of the images, not which part they are in"),
    )
    expect_choice(answer, "B", ("A", "B", "C"), "the line", mistakes=mistakes)
    return "Drawing twice from the same pool puts some images into both parts. Draw once, then cut."
