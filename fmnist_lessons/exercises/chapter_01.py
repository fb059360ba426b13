"""The exercises to chapter 01, The data: what is right, on which inputs, and what each mistake is told.

The inputs are made here, so that real and drawn garments are judged alike.
"""

from __future__ import annotations

import numbers
from collections.abc import Iterable
from typing import Any

import numpy as np

from . import (
    Function,
    Misfit,
    Wrong,
    call,
    exercise,
    expect_array,
    expect_choice,
    expect_close,
    expect_integer,
    expect_number,
    expect_unrounded,
    task,
)
from ._inputs import CLASSES, classes_with_near_pair, images_near_means, leaks, random_images
from .words import describe, short

FOUR_DECIMALS = 5e-5
_rng = np.random.default_rng(1)

# --- counting, scaling, encoding ----------------------------------------------------------------


def _counts(labels: np.ndarray) -> np.ndarray:
    return np.bincount(labels, minlength=CLASSES)


def _read_counts(answer: Any, name: str) -> np.ndarray:
    if isinstance(answer, dict):
        raise Wrong("expected an array of ten counts, found a dictionary, which has no order to rely on")
    if isinstance(answer, tuple) and len(answer) == 2:
        raise Wrong(
            "expected one array of ten counts, found two: np.unique gives the classes, then the counts; "
            "np.histogram gives the counts, then the edges between them"
        )
    return expect_array(answer, name, kind="number")


class_counts = exercise(
    "1.1",
    "the result",
    _counts,
    on=[(_rng.integers(0, CLASSES, 500).astype(np.uint8),), (np.array([3, 3, 0, 5], np.uint8),)],
    read=_read_counts,
    wrong={
        "there are ten counts: a class with no image needs a count too, which is 0": (
            np.bincount,
            lambda y: np.unique(y, return_counts=True)[1],
        ),
        "these are shares that sum to 1; asked are counts of images": lambda y: _counts(y) / len(y),
        "these are the numbers of the classes; asked is how many images each class has": np.unique,
        "the counts are not in the order of the classes: class 0 comes first, class 9 last": (
            lambda y: np.sort(_counts(y))[::-1],
            lambda y: np.sort(_counts(y)),
            lambda y: [(y == k).sum() for k in dict.fromkeys(y.tolist())],
        ),
        "these are running totals; asked is a count for each class alone": lambda y: np.cumsum(_counts(y)),
    },
    hints=(
        "Labels are whole numbers from 0 to 9. Which NumPy function counts how often each number occurs?",
        "np.bincount counts whole numbers. Try it on labels in which class 9 does not occur: "
        "how long is its result?",
        "np.bincount has an argument minlength, the least length of its result.",
    ),
    praise="A class without any image is counted too, and the counts add up to the number of images.",
)


def _expect_float32(function: Function, inputs: tuple[Any, ...]) -> None:
    dtype = expect_array(call(function, *inputs)).dtype
    if dtype != np.float32:
        eight = ": eight bytes for each number, where four are plenty" if dtype == np.float64 else ""
        raise Wrong(f"the values are right; expected dtype float32, found {dtype}{eight}")


_images = random_images(6, seed=2)
_images[0, 0, :2] = (0, 255)

scale = exercise(
    "1.2",
    "the scaled images",
    lambda x: x.astype(np.float32) / 255,
    on=[(_images,), (_images // 3,)],  # dark ones, whose brightest pixel is far below 255
    wrong={
        "the result holds whole numbers only: everything between 0 and 1 is lost": (
            lambda x: x // 255,
            np.zeros_like,
            lambda x: (x / 255).round().astype(np.uint8),
        ),
        "you divided by 256: one byte has 256 values, but the largest is one less": lambda x: x / 256,
        "you divided by the largest pixel of these images: the same garment would get other values in other "
        "company. Divide by the largest value possible": (
            lambda x: x / x.max(),
            lambda x: x / x.max(axis=(1, 2), keepdims=True),
        ),
        "these values run from -1 to 1; asked is 0 to 1": (lambda x: x / 127.5 - 1, lambda x: x / 128 - 1),
        "the values still run up to 255": lambda x: x,
        "this standardises (mean 0, standard deviation 1); asked is 0 to 1": (
            lambda x: (x - x.mean()) / x.std()
        ),
        "black and white have changed places: 0 must stay 0": lambda x: 1 - x / 255,
    },
    rtol=1e-3,  # float16 is right in value
    then=_expect_float32,
    hints=(
        "What are the smallest and the largest value that one byte (uint8) can hold?",
        "Divide by that largest value, so that it becomes exactly 1. Then look at .dtype: "
        "what does NumPy make of uint8 divided by a whole number?",
        'images.astype("float32") first, the division after it.',
    ),
    praise="0 stays 0, 255 becomes 1, and each pixel takes four bytes instead of the eight of float64.",
)


def _gap(a: np.ndarray, b: np.ndarray) -> Any:
    return a.astype(int) - b.astype(int)


def _difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(_gap(a, b)).mean())


mean_difference = exercise(
    "1.3",
    "the mean difference",
    _difference,
    on=[
        (np.full((28, 28), 10, np.uint8), np.full((28, 28), 20, np.uint8)),
        tuple(random_images(2, seed=28)),
    ],
    wrong={
        "this is uint8 overflow: 10 - 20 became 246, as a byte cannot hold -10": lambda a, b: (a - b).mean(),
        "int8 overflows too: it ends at 127, but two pixels can differ by 255": (
            lambda a, b: np.abs((a - b).astype(np.int8).astype(int)).mean()
        ),
        "differences of opposite sign cancel: take absolute values before the mean": (
            lambda a, b: _gap(a, b).mean(),
            lambda a, b: abs(_gap(a, b).mean()),
        ),
        "these are squared differences; asked are absolute ones": lambda a, b: (_gap(a, b) ** 2).mean(),
        "this is the root of the mean square; asked is no square": (
            lambda a, b: (_gap(a, b) ** 2).mean() ** 0.5
        ),
        "this is the sum over all pixels; asked is the mean": lambda a, b: np.abs(_gap(a, b)).sum(),
        "this is the largest difference; asked is the mean": lambda a, b: np.abs(_gap(a, b)).max(),
        "this is the median; asked is the mean": lambda a, b: np.median(np.abs(_gap(a, b))),
        "this is a difference for each pixel; asked is their mean": lambda a, b: np.abs(_gap(a, b)),
        "this was computed on scaled images; asked is the difference on the scale 0…255": (
            lambda a, b: _difference(a, b) / 255
        ),
        "float16 keeps no more than three or four digits": lambda a, b: np.float16(_difference(a, b)),
    },
    rtol=0,
    atol=FOUR_DECIMALS,
    hints=(
        "Compute np.uint8(10) - np.uint8(20) in a cell of your own. What would you have expected?",
        "A byte has no minus sign: below 0 it starts again at 255. Choose a dtype with room for "
        "negative numbers before subtracting.",
        "a.astype(int) - b.astype(int), then np.abs, then .mean().",
    ),
    praise="Room for a minus sign first, the subtraction after it.",
)


def _encoded(labels: np.ndarray) -> Any:
    return np.eye(CLASSES, dtype=np.float32)[labels]


one_hot = exercise(
    "1.4",
    "the result",
    _encoded,
    on=[(np.array([9, 0, 3, 3], np.uint8),), (np.array([2, 0, 1], np.uint8),)],
    wrong={
        "expected a row for each label, a column for each class; these have changed places": (
            lambda y: _encoded(y).T
        ),
        "there are ten columns, one for each class, also where the last ones do not occur": (
            lambda y: np.eye(y.max() + 1)[y],
            lambda y: y[:, None] == np.unique(y),
        ),
        "each 1 stands one column too far left: classes count from 0": lambda y: np.roll(_encoded(y), -1, 1),
        "each 1 stands one column too far right: classes count from 0": lambda y: np.roll(_encoded(y), 1, 1),
        "zeros and ones have changed places": lambda y: 1 - _encoded(y),
        "the class number itself stands where a 1 belongs": lambda y: _encoded(y) * y[:, None],
        "every row holds the ones of all labels: result[:, labels] takes whole columns. "
        "Give a row number with each column number": (
            lambda y: np.tile(_encoded(y).max(axis=0), (len(y), 1))
        ),
    },
    errors={
        "index 255 is out": "labels start at 0, so take no 1 away",
        "index 9 is out": "there are ten classes, from 0 to 9",
    },
    then=_expect_float32,
    hints=(
        "Begin with an array of zeros: a row for each label, a column for each class.",
        "In row 0, a one belongs in column labels[0]; in row i, in column labels[i].",
        "result[np.arange(len(labels)), labels] = 1 sets all of them at once. "
        "(Or: which rows of np.eye(10) do you need?)",
    ),
    praise="One row for each image, one column for each class, and each row sums to 1.",
)

# --- comparing ----------------------------------------------------------------------------------


def _share_gaps(train: np.ndarray, validation: np.ndarray) -> Any:
    return _counts(train) / len(train) - _counts(validation) / len(validation)


def _count_gap(train: np.ndarray, validation: np.ndarray) -> int:
    return int(np.abs(_counts(train) - _counts(validation)).max())


def _largest_gap(train: np.ndarray, validation: np.ndarray) -> float:
    return float(np.abs(_share_gaps(train, validation)).max())


_even = np.repeat(np.arange(CLASSES), 50)
_skewed = np.concatenate([np.repeat(np.arange(CLASSES), 8), np.full(20, 4)])
_without_first = np.repeat(np.arange(1, CLASSES), 12)
_without_last = np.repeat(np.arange(CLASSES - 1), 12)

largest_share_gap = exercise(
    "1.5",
    "the largest gap",
    _largest_gap,
    on=[
        (_even, _skewed),
        (_skewed, _even),
        (_even, _without_first),
        (_without_first, _even),
        (_even, _rng.permutation(_even[::5])),
        (_even, _without_last),
    ],
    wrong={
        "these are counts: a larger part has more images of every class, also in a perfect split. "
        "Compare shares": _count_gap,
        "a class is left out: there are ten, from 0 to 9": (
            lambda t, v: np.abs(_share_gaps(t, v)[1:]).max(),
            lambda t, v: np.abs(_share_gaps(t, v)[:-1]).max(),
        ),
        "a gap counts in both directions: take absolute values first": (
            lambda t, v: _share_gaps(t, v).max(),
            lambda t, v: _share_gaps(v, t).max(),
            lambda t, v: _share_gaps(t, v).min(),
        ),
        "this is the number of a class; asked is its gap": lambda t, v: np.abs(_share_gaps(t, v)).argmax(),
        "this is the sum over the classes; asked is the largest": lambda t, v: np.abs(
            _share_gaps(t, v)
        ).sum(),
        "this is the mean over the classes; asked is the largest": (
            lambda t, v: np.abs(_share_gaps(t, v)).mean()
        ),
        "these are the gaps of all classes; asked is the largest": lambda t, v: np.abs(_share_gaps(t, v)),
        "this is in per cent; asked is a share between 0 and 1": lambda t, v: 100 * _largest_gap(t, v),
        "both counts are divided by the size of the same part: each part has a size of its own": (
            lambda t, v: _count_gap(t, v) / len(t),
            lambda t, v: _count_gap(t, v) / len(v),
        ),
    },
    errors={"(9,)": "a class that does not occur needs a share too, which is 0"},
    rtol=1e-6,
    atol=1e-9,
    hints=(
        "The parts have different sizes, so counts cannot be compared. What can?",
        "Divide the counts of each part by the size of that part. Then subtract.",
        "np.abs(train_shares - validation_shares).max(), where shares = "
        "np.bincount(labels, minlength=10) / len(labels).",
    ),
    praise="It is 0 for a perfectly stratified split, whatever the sizes of the two parts.",
)


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


closest_classes = exercise(
    "1.6",
    "the pair of classes",
    _nearest_pair,
    on=[
        classes_with_near_pair((2, 7), seed=6),
        classes_with_near_pair((0, 9), seed=7),
        classes_with_near_pair((3, 8), seed=11, decoys=True),
    ],
    read=_read_pair,
    wrong={
        "this is the pair that is farthest apart": lambda x, y: _nearest_pair(x, y, sign=-1),
        "these are nearest by the sum of absolute differences; asked is the sum of squares": (
            lambda x, y: _nearest_pair(x, y, order=1)
        ),
        "these are nearest by medians; asked are means": lambda x, y: _nearest_pair(x, y, centre=np.median),
        "these two are equally bright on average, but their pictures differ: compare pixel by pixel, "
        "then sum": _pair_of_like_brightness,
    },
    hints=(
        "First the ten mean images: images[labels == k].mean(axis=0) for each class k. "
        "Then all distances between two of them.",
        "Every mean has distance 0 to itself. How do you keep these ten zeros from winning?",
        "Loop over a in range(10) and over b in range(a + 1, 10), and keep the pair with the smallest "
        "np.sqrt(((means[a] - means[b]) ** 2).sum()).",
    ),
    praise="These two classes will be hard to tell apart for a model that knows only their means.",
)


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


nearest_mean = exercise(
    "1.7",
    "the predicted class",
    _nearest,
    on=images_near_means(),
    read=_read_class,
    wrong={
        "products favour bright means: square the differences, then sum": (
            lambda x, means: (x * means).sum(axis=(1, 2)).argmax()
        ),
        "this is the class that is farthest away": lambda x, means: _distances(x, means).argmax(),
        "positive and negative differences cancel: square them before summing": (
            lambda x, means: (x - means).sum(axis=(1, 2)).argmin()
        ),
        "these are sums of absolute differences: square the differences before summing": (
            lambda x, means: np.abs(x - means).sum(axis=(1, 2)).argmin()
        ),
        "this looks at the largest difference only: sum the squares of all of them": (
            lambda x, means: np.abs(x - means).max(axis=(1, 2)).argmin()
        ),
        "this compares mean brightness only: compare pixel by pixel, then sum": (
            lambda x, means: np.abs(x.mean() - means.mean(axis=(1, 2))).argmin()
        ),
        "this is one too large: classes count from 0": lambda x, means: _nearest(x, means) + 1,
        "these are the distances to all means; asked is the class of the smallest": _distances,
        "the mean of another class is nearer to the image": tuple(
            lambda x, means, k=k: _distances(x, means).argsort()[k] for k in range(1, CLASSES - 1)
        ),
    },
    hints=(
        "Ten distances are needed, one for each mean: image - means has shape (10, 28, 28).",
        "Square, then sum over the last two axes (axis=(1, 2)): ten numbers remain.",
        "np.argmin of these ten distances is the class.",
    ),
    praise="This is the whole of the nearest-class-mean classifier.",
)

# --- doubting -----------------------------------------------------------------------------------

images_in_a_difference = exercise(
    "1.8",
    "the answer",
    30.0,
    wrong={
        "this is 30 % of the test images: 0.3 % is 0.003, not 0.3": 3000,
        "this is 0.3 % of the 60,000 images that are not for testing; the test set is smaller": 180,
        "this is 0.3 % of the 50,000 training images; the test set is smaller": 150,
        "this is 0.3 % of all 70,000 images; the test set is smaller": 210,
        "this is 0.03 % of the test images": 3,
        "this is 3 % of the test images": 300,
        "this is the difference in per cent; asked is a number of images": 0.3,
        "this is the difference as a share; asked is a number of images": 0.003,
        "so many images B gets right; asked is how many more than A": 9270,
        "so many images A gets right; asked is how many more B gets right": 9240,
        "B gets more right than A: the number is positive": -30,
    },
    rtol=1e-6,
    hints=(
        "Per cent means of a hundred. What is 1 % of the test images?",
        "0.3 % is 0.003. Multiply by the number of test images.",
        "0.003 * 10_000",
    ),
    praise="A handful of pictures: two models that differ by no more may well swap places on other images.",
)


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


def _margins(accuracy: float, n: int) -> Iterable[tuple[float, str]]:
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


def _known(train: np.ndarray, validation: np.ndarray) -> int:
    """How many of `validation` are in `train`, byte by byte."""
    known = {image.tobytes() for image in train}
    return sum(image.tobytes() in known for image in validation)


def _agree(train: np.ndarray, validation: np.ndarray) -> Any:
    return (validation[:, None] == train).all(axis=(2, 3))


leaked_images = exercise(
    "1.10",
    "the number of leaked images",
    _known,
    on=leaks(),
    wrong={
        "images that are almost alike are no leak: compare every pixel with the one in its place": (
            lambda t, v: np.isin(v.sum(axis=(1, 2)), t.sum(axis=(1, 2))).sum(),
            lambda t, v: _known(t[:, 0], v[:, 0]),
            lambda t, v: _known(t[:, -1], v[:, -1]),
            lambda t, v: _known(t[:, 14], v[:, 14]),
            lambda t, v: np.isclose(v.mean(axis=(1, 2))[:, None], t.mean(axis=(1, 2))).any(axis=1).sum(),
        ),
        "all validation images were counted. All the pixels of a leak agree with those of one training "
        "image; `image in train_images` asks whether any pixel agrees": lambda t, v: len(v),
        "these are pixels; asked are images": lambda t, v: np.isin(v, t).sum(),
        "an image that leaks twice into the validation set counts twice: count validation images": (
            lambda t, v: len({image.tobytes() for image in t} & {image.tobytes() for image in v})
        ),
        "these are the training images that occur in validation; asked is the other way round": (
            lambda t, v: _known(v, t)
        ),
        "an image that occurs twice in training was counted twice: count validation images": (
            lambda t, v: _agree(t, v).sum()
        ),
        "nothing was found where some leak: compare each validation image with all training images, "
        "not with the one at the same position": lambda t, v: _agree(t, v).diagonal().sum(),
    },
    errors={"unhashable": "arrays cannot be put into a set, but their bytes can"},
    hints=(
        "For each validation image, ask: does it occur anywhere in the training images, "
        "not only at the same position?",
        "image.tobytes() turns an image into something that Python can put into a set and look up.",
        "known = {image.tobytes() for image in train_images}; then sum(image.tobytes() in known "
        "for image in validation_images)",
    ),
    praise="A validation image that the model has seen in training says nothing about new images.",
)

LINES = ("A", "B", "C")

leaking_line = exercise(
    "1.11",
    "the line",
    "B",
    read=lambda answer, name: expect_choice(answer, LINES, LINES, name),
    wrong={
        "it draws the training images, and none of them twice (replace=False)": "A",
        "it changes the pixels of the images, not which part they are in": "C",
    },
    hints=(
        "Follow one image: can it get into both parts?",
        "Look at where the validation images are drawn from. Are the training images taken out before?",
        "Line B draws from all images again, whatever line A drew.",
    ),
    praise="Drawing twice from the same pool puts some images into both parts. Draw once, then cut.",
)
