"""Checks of the exercises to chapter 01, The data.

Most tasks ask for a small function. Its check tries it on inputs made here, so that it judges real and
drawn garments alike, and names the typical mistakes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..data import CLASS_NAMES
from . import (
    Misfit,
    Wrong,
    call,
    expect_array,
    expect_choice,
    expect_close,
    expect_dtype,
    expect_equal,
    expect_integer,
    expect_number,
    expect_shape,
    task,
)

Function = Callable[..., object]
CLASSES = len(CLASS_NAMES)


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
    for labels, what in ((everything, "500 labels"), (np.array([3, 3, 0, 5], np.uint8), "labels 3, 3, 0, 5")):
        answer = call(function, labels)
        if isinstance(answer, dict):
            raise Wrong("expected an array of ten counts, found a dictionary, which has no order to rely on")
        if isinstance(answer, tuple) and len(answer) == 2:
            raise Wrong(
                "expected one array of ten counts, found two: np.unique gives the classes, then the counts"
            )
        counts = expect_array(answer, f"the result for {what}", kind="number")
        present, without_zeros = np.unique(labels, return_counts=True)
        short = (without_zeros, np.bincount(labels), present)
        if len(labels) < CLASSES and counts.shape in {a.shape for a in short}:
            raise Wrong(
                f"for {what} the result has shape {counts.shape}: "
                "a class with no image needs a count too, which is 0"
            )
        expected = np.bincount(labels, minlength=CLASSES)
        shares = (expected / len(labels), "these are shares that sum to 1; asked are counts of images")
        expect_close(counts, expected, f"the result for {what}", rtol=1e-6, mistakes=(shares,))
    return "A class without any image is counted too, and the counts add up to the number of images."


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
    images = _images(2, 6)
    images[0, 0, :2] = (0, 255)
    dark = (images // 3).astype(np.uint8)  # its brightest pixel is far below 255
    for batch, what in ((images, "the scaled images"), (dark, "the scaled dark images")):
        scaled = expect_array(call(function, batch), what, shape=batch.shape)
        if scaled.dtype.kind in "iu":
            raise Wrong(
                f"the result has dtype {scaled.dtype}, which holds whole numbers only: "
                "everything between 0 and 1 is lost"
            )
        as_float = batch.astype(np.float64)
        expect_close(
            scaled,
            as_float / 255,
            what,
            rtol=1e-3,
            atol=1e-6,
            mistakes=(
                (as_float / 256, "you divided by 256: one byte has 256 values, but the largest is one less"),
                (
                    as_float / as_float.max(),
                    "you divided by the largest pixel of these images: the same garment "
                    "would get other values in other company. Divide by the largest value possible",
                ),
                (as_float / 127.5 - 1, "these values run from -1 to 1; asked is 0 to 1"),
                (as_float, "the dtype was changed, the values still run up to 255"),
                (
                    (as_float - as_float.mean()) / as_float.std(),
                    "this standardises (mean 0, standard deviation 1); asked is a range from 0 to 1",
                ),
                (1 - as_float / 255, "black and white have changed places: 0 must stay 0"),
            ),
        )
        if scaled.dtype == np.float64:
            raise Wrong(
                "the values are right, the dtype is float64: eight bytes for each pixel. "
                "Four are plenty: float32"
            )
        expect_dtype(scaled, np.float32, what)
    return "0 stays 0, 255 becomes 1, and each pixel takes four bytes instead of the eight of float64."


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
    """Try `function(a, b)`, the mean absolute difference of two uint8 images."""
    first, second = _images(3, 2)
    constant = np.full((28, 28), 10, np.uint8), np.full((28, 28), 20, np.uint8)
    for a, b in (constant, (first, second)):
        found = expect_number(call(function, a, b), "the mean difference")
        gap = a.astype(int) - b.astype(int)
        expect_close(
            found,
            float(np.abs(gap).mean()),
            "the mean difference",
            rtol=1e-5,
            mistakes=(
                *(
                    (round(float(np.abs(gap).mean()), k), "do not round: return the mean as it is")
                    for k in range(3)
                ),
                (
                    float((a - b).mean()),
                    "this is uint8 overflow: 10 - 20 became 246, because a byte cannot hold -10",
                ),
                (
                    float(np.abs((a - b).astype(np.int8).astype(int)).mean()),
                    "int8 overflows too: it ends at 127, but two pixels can differ by 255",
                ),
                *(
                    (mean, "differences of opposite sign cancel: take absolute values before the mean")
                    for mean in (float(gap.mean()), float(abs(gap.mean())))
                ),
                (float((gap**2).mean()), "these are squared differences; asked are absolute ones"),
                (float(np.abs(gap).sum()), "this is the sum over all pixels; asked is the mean"),
                (
                    float(np.abs(gap).mean() / 255),
                    "this was computed on scaled images; asked is the difference on the scale 0…255",
                ),
            ),
        )
    return "Room for a minus sign first, the subtraction after it."


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
    for labels in (np.array([9, 0, 3, 3], np.uint8), np.array([2, 0, 1], np.uint8)):
        what = f"the result for labels {', '.join(map(str, labels.tolist()))}"
        answer = expect_array(_call_on_labels(function, labels), what)
        expected = np.eye(CLASSES)[labels]
        if answer.shape == expected.T.shape:
            raise Wrong(
                f"{what}: expected shape {expected.shape}, found {answer.shape}: a row for each label, "
                "a column for each class"
            )
        if answer.ndim == 2 and answer.shape[1] == labels.max() + 1 < CLASSES:
            raise Wrong(
                f"{what} has {answer.shape[1]} columns: there are ten classes, "
                "also where the last ones do not occur"
            )
        expect_shape(answer, expected.shape, what)
        expect_close(
            answer,
            expected,
            what,
            atol=1e-6,
            mistakes=(
                (
                    np.roll(expected, -1, axis=1),
                    "each 1 stands one column too far left: classes count from 0",
                ),
                (
                    np.roll(expected, 1, axis=1),
                    "each 1 stands one column too far right: classes count from 0",
                ),
                (1 - expected, "zeros and ones have changed places"),
                (expected * labels[:, None], "the class number itself stands where a 1 belongs"),
                (
                    np.tile(expected.max(axis=0), (len(labels), 1)),
                    "every row holds the ones of all labels: result[:, labels] takes whole columns. "
                    "Give a row number with each column number",
                ),
            ),
        )
        expect_dtype(answer, np.float32, what)
    return "One row for each image, one column for each class, and each row sums to 1."


def _call_on_labels(function: Function, labels: np.ndarray) -> object:
    try:
        return call(function, labels)
    except Misfit as error:
        if "index 255 is out" in str(error):
            raise Misfit(f"{error}: labels start at 0, so take no 1 away") from None
        raise


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
    rng = np.random.default_rng(5)
    even = np.repeat(np.arange(CLASSES), 50)
    skewed = np.concatenate([np.repeat(np.arange(CLASSES), 8), np.full(20, 4)])
    lacking = np.repeat(np.arange(1, CLASSES), 12)
    without_last = np.repeat(np.arange(CLASSES - 1), 12)
    halved = rng.permutation(np.repeat(np.arange(CLASSES), 10))
    parts = (even, skewed), (skewed, even), (even, lacking), (lacking, even), (even, halved)
    for train, validation in (*parts, (even, without_last)):
        gap = expect_number(call(function, train, validation), "the largest gap")
        counts = [np.bincount(part, minlength=CLASSES) for part in (train, validation)]
        difference = counts[0] / len(train) - counts[1] / len(validation)
        expect_close(
            gap,
            float(np.abs(difference).max()),
            "the largest gap",
            rtol=1e-6,
            atol=1e-9,
            mistakes=(
                (
                    float(np.abs(counts[0] - counts[1]).max()),
                    "these are counts: a larger part has more images of "
                    "every class, also in a perfect split. Compare shares",
                ),
                *(
                    (float(np.abs(some).max()), "a class is left out: there are ten, from 0 to 9")
                    for some in (difference[1:], difference[:-1])
                ),
                (float(difference.max()), "a gap counts in both directions: take absolute values first"),
                (float(-difference.min()), "a gap counts in both directions: take absolute values first"),
                (float(np.abs(difference).sum()), "this is the sum over the classes; asked is the largest"),
                (float(np.abs(difference).mean()), "this is the mean over the classes; asked is the largest"),
                (
                    100 * float(np.abs(difference).max()),
                    "this is in per cent; asked is a share between 0 and 1",
                ),
            ),
        )
    return "It is 0 for a perfectly stratified split, whatever the sizes of the two parts."


_DECOYS = {  # pairs of classes that are nearest by another measure
    (1, 6): "these are nearest by the sum of absolute differences; asked is the sum of squares",
    (2, 5): "these are nearest by their medians; asked are the means",
}


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
        images, labels, farthest = _classes_with_near_pair(seed, pair, decoys=decoys)
        answer = call(function, images, labels)
        answer = list(answer) if isinstance(answer, set | frozenset) else answer
        if not isinstance(answer, tuple | list | np.ndarray):
            expect_array(answer, "the answer", shape=(2,))
        if len(answer) != 2:
            raise Wrong(f"expected two class numbers, found {len(answer)} values")
        found = tuple(sorted(expect_integer(value, "a class number", low=0, high=9) for value in answer))
        if found[0] == found[1]:
            raise Wrong(
                f"found class {found[0]} twice: every mean is nearest to itself. Leave those pairs out"
            )
        expect_equal(
            found,
            pair,
            "the pair of classes",
            mistakes=(
                (farthest, "this is the pair that is farthest apart"),
                *(_DECOYS.items() if decoys else ()),
                (
                    _pair_of_like_brightness(images, labels),
                    "these two are equally bright on average, but their "
                    "pictures differ: compare pixel by pixel, then sum",
                ),
            ),
        )
    return "These two classes will be hard to tell apart for a model that knows only their means."


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
    rng = np.random.default_rng(8)
    means = rng.uniform(40, 200, (CLASSES, 28, 28))
    means[5] = np.where(means[5] > 125, 255, 0)  # the farthest from all others
    means[2] += 10  # the brightest
    means[7] -= 10  # the darkest
    cases = [
        (label, np.clip(means[label] + brighter + rng.normal(0, 20, (28, 28)), 0, 255), means)
        for label, brighter in ((3, -30), (9, 30), (0, -30))
    ]
    for label, image, means in (*cases, _near_by_other_measures()):
        found = expect_integer(call(function, image, means), "the predicted class")
        if not 0 <= found < CLASSES:
            raise Wrong(
                f"expected a class number from 0 to 9, found {found}: over which axes did you sum? "
                "There must be one distance for each class"
            )
        distances = ((image - means) ** 2).sum(axis=(1, 2))
        brightness = np.abs(image.mean() - means.mean(axis=(1, 2)))
        expect_equal(
            found,
            label,
            "the predicted class",
            mistakes=(
                (
                    int((image * means).sum(axis=(1, 2)).argmax()),
                    "products favour bright means: square the differences, then sum",
                ),
                (int(distances.argmax()), "this is the class that is farthest away"),
                (
                    int((image - means).sum(axis=(1, 2)).argmin()),
                    "positive and negative differences cancel: square them before summing",
                ),
                (
                    int(np.abs(image - means).sum(axis=(1, 2)).argmin()),
                    "these are sums of absolute differences: square the differences before summing",
                ),
                (
                    int(np.abs(image - means).max(axis=(1, 2)).argmin()),
                    "this looks at the largest difference only: sum the squares of all of them",
                ),
                (
                    int(brightness.argmin()),
                    "this compares mean brightness only: compare pixel by pixel, then sum",
                ),
            ),
        )
    return "This is the whole of the nearest-class-mean classifier."


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
    expect_close(
        expect_number(answer),
        30.0,
        rtol=1e-6,
        mistakes=(
            (3000.0, "this is 30 % of the test images: 0.3 % is 0.003, not 0.3"),
            (180.0, "this is 0.3 % of the 60,000 images that are not for testing; the test set is smaller"),
            (150.0, "this is 0.3 % of the 50,000 training images; the test set is smaller"),
            (210.0, "this is 0.3 % of all 70,000 images; the test set is smaller"),
            (3.0, "this is 0.03 % of the test images"),
            (300.0, "this is 3 % of the test images"),
        ),
    )
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
    """Try `function(accuracy, n)`, which returns (low, high) of the 95 % interval; Wilson's counts too."""
    for accuracy, n in ((0.9, 10_000), (0.8, 500)):
        answer = expect_array(call(function, accuracy, n), "the interval")
        if answer.shape != (2,):
            raise Wrong(f"expected two numbers (low, high), found {answer.size}")
        low, high = (float(end) for end in answer)
        if low > high:
            raise Wrong(f"the lower end comes first, found ({low:.4g}, {high:.4g})")
        variance = accuracy * (1 - accuracy) / n
        if any(
            np.allclose((low, high), right, atol=2e-5)
            for right in (_around(accuracy, 1.96 * variance**0.5), _wilson(accuracy, n))
        ):
            continue
        expect_close(
            answer,
            np.array(_around(accuracy, 1.96 * variance**0.5)),
            "the interval",
            atol=1e-6,
            rtol=0,
            mistakes=tuple(
                (np.array(_around(accuracy, margin)), message)
                for margin, message in (
                    (
                        variance**0.5,
                        "this is one standard error to each side, which holds about 68 %, not 95 %",
                    ),
                    (1.96 * variance, "the square root is missing"),
                    (variance, "the square root is missing, and the factor 1.96"),
                    (1.96 * (variance * n) ** 0.5, "it does not shrink with n: divide by n under the root"),
                    (
                        1.96 * (variance * n) ** 0.5 / n,
                        "divide by n under the square root, not outside of it",
                    ),
                    (0.98 * variance**0.5, "this is half as wide as it should be: 1.96 to each side"),
                )
            ),
        )
    return "Four times as many test images make the interval half as wide."


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
    train, fresh = _images(9, 40), _images(10, 12)
    twice = np.concatenate([train, train[:5]])  # five training images occur twice
    leaky = np.concatenate([fresh, train[[7, 2, 2, 2, 30]], fresh[:1]])  # training image 2 leaks three times
    almost = train[[1, 3, 0]]
    almost[0, 0, 0] ^= 1  # one pixel, in the first row and in the last
    almost[1, 27, 27] ^= 1
    almost[2] = train[0, ::-1]  # the same sum
    what = "the number for a clean split"
    alike = "images that are almost alike are no leak: compare every pixel with the one in its place"
    found = expect_integer(call(function, train, np.concatenate([fresh, almost])), what)
    expect_equal(found, 0, what, mistakes=[(k, alike) for k in (1, 2, 3)])
    what = "the number of leaked images"
    expect_equal(
        expect_integer(call(function, twice, leaky), what),
        5,
        what,
        mistakes=(
            (3, "an image that leaks twice into the validation set counts twice: count validation images"),
            (4, "these are the training images that occur in validation; asked is the other way round"),
            (8, "an image that occurs twice in training was counted twice: count validation images"),
            (
                0,
                "nothing was found where some leak: compare each validation image with all training images, "
                "not with the one at the same position",
            ),
        ),
    )
    return "A validation image that the model has seen in training says nothing about new images."


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
    expect_choice(answer, "B", ("A", "B", "C"), "the line")
    return "Drawing twice from the same pool puts some images into both parts. Draw once, then cut."


# --- material -----------------------------------------------------------------------------------


def _images(seed: int, n: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, 28, 28)).astype(np.uint8)


def _classes_with_near_pair(
    seed: int, pair: tuple[int, int], *, decoys: bool = False
) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """Images whose classes differ strongly, except for `pair`; and the pair that is farthest apart."""
    rng = np.random.default_rng(seed)
    patterns = rng.integers(40, 140 if decoys else 200, (CLASSES, 28, 28))
    patterns[pair[1]] = patterns[pair[0]] + 12  # alike in shape, not in brightness
    labels = rng.permutation(np.repeat(np.arange(CLASSES), 20)).astype(np.uint8)
    if decoys:  # the pairs of _DECOYS
        patterns[6], patterns[5] = patterns[1], patterns[2]
        patterns[6, 0, :20] += 100
    images = patterns[labels] + rng.integers(-20, 21, (len(labels), 28, 28))
    if decoys:
        images[np.flatnonzero(labels == 5)[:4]] += 90
    images = np.clip(images, 0, 255).astype(np.uint8)
    means = _means(images, labels).reshape(CLASSES, -1)
    distances = np.linalg.norm(means[:, None] - means[None], axis=-1)
    first, second = np.unravel_index(distances.argmax(), distances.shape)
    return images, labels, (int(first), int(second))


def _near_by_other_measures() -> tuple[int, np.ndarray, np.ndarray]:
    """Class 6 is nearest; others are nearest by sums, by the largest difference, by products."""
    image = np.random.default_rng(12).uniform(80, 120, (28, 28))
    means = image * np.linspace(1.3, 2.0, CLASSES)[:, None, None]
    for label, pixels, step in ((1, 20, 100), (4, 784, 10), (6, 150, 20)):
        change = np.zeros(784)
        change[:pixels] = step
        change[:pixels:2] *= -1 if label == 4 else 1
        means[label] = image + change.reshape(28, 28)
    return 6, image, means


def _pair_of_like_brightness(images: np.ndarray, labels: np.ndarray) -> tuple[int, int]:
    brightness = _means(images, labels).mean(axis=(1, 2))
    gaps = np.abs(brightness[:, None] - brightness[None]) + np.diag(np.full(CLASSES, np.inf))
    first, second = np.unravel_index(gaps.argmin(), gaps.shape)
    return int(first), int(second)


def _means(images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.stack([images[labels == k].mean(axis=0) for k in range(CLASSES)])


def _around(accuracy: float, margin: float) -> tuple[float, float]:
    return accuracy - margin, accuracy + margin


def _wilson(accuracy: float, n: int) -> tuple[float, float]:
    z2 = 1.96**2
    centre = (accuracy + z2 / (2 * n)) / (1 + z2 / n)
    return _around(centre, (z2 * (accuracy * (1 - accuracy) / n + z2 / (4 * n * n))) ** 0.5 / (1 + z2 / n))
