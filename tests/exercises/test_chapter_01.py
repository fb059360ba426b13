"""Right answers to chapter 01 in other forms, answers of no known kind, and intervals."""

import numpy as np
import pytest
from judging import right, wrong

from fmnist_lessons.exercises import chapter_01 as check

pytestmark = pytest.mark.usefixtures("checks_raise")


def distances(images, labels):
    flat = np.stack([images[labels == k].mean(axis=0) for k in range(10)]).reshape(10, -1)
    return np.linalg.norm(flat[:, None] - flat[None], axis=-1)


def closest(images, labels):
    table = distances(images, labels) + np.diag(np.full(10, np.inf))
    return np.unravel_index(table.argmin(), table.shape)


def counts_by_loop(labels):
    counts = [0] * 10
    for label in labels:
        counts[label] += 1
    return counts


def one_hot_by_assignment(labels):
    result = np.zeros((len(labels), 10), np.float32)
    result[np.arange(len(labels)), labels] = 1
    return result


def share_gap(train, validation):
    return max(abs((train == k).mean() - (validation == k).mean()) for k in range(10))


def shares_of_those_that_occur(labels):
    return np.unique(labels, return_counts=True)[1] / len(labels)


def mean_gap(a, b):
    return np.abs(a.astype(int) - b).mean()


def interval(accuracy, n, *, z=1.96):
    margin = z * np.sqrt(accuracy * (1 - accuracy) / n)
    return accuracy - margin, accuracy + margin


def wilson(accuracy, n):
    z2 = 1.96**2
    centre = (accuracy + z2 / 2 / n) / (1 + z2 / n)
    margin = np.sqrt(z2 * (accuracy * (1 - accuracy) / n + z2 / 4 / n**2)) / (1 + z2 / n)
    return np.array([centre - margin, centre + margin])


RIGHT = [
    (check.class_counts, lambda y: [np.sum(y == k) for k in range(10)]),
    (check.class_counts, counts_by_loop),
    (check.scale, lambda x: (x / 255).astype(np.float32)),
    (check.scale, lambda x: x * np.float32(1 / 255)),
    (check.mean_difference, lambda a, b: np.abs(a.astype("float32") - b).mean()),
    (check.mean_difference, lambda a, b: round(mean_gap(a, b), 4)),
    (check.one_hot, one_hot_by_assignment),
    (check.one_hot, lambda y: (y[:, None] == np.arange(10)).astype("float32")),
    (check.largest_share_gap, share_gap),
    (check.closest_classes, closest),
    (check.closest_classes, lambda x, y: list(closest(x, y))[::-1]),
    (check.closest_classes, lambda x, y: set(closest(x, y))),
    (check.nearest_mean, lambda image, m: ((image - m) ** 2).sum(axis=(1, 2)).argmin()),
    (check.nearest_mean, lambda image, m: int(np.linalg.norm((image - m).reshape(10, -1), axis=1).argmin())),
    (check.images_in_a_difference, 30),
    (check.images_in_a_difference, 0.003 * 10_000),
    (check.interval, interval),
    (check.interval, wilson),
    (check.interval, lambda accuracy, n: np.round(interval(accuracy, n), 4)),
    (check.interval, lambda accuracy, n: np.array(interval(accuracy, n, z=1.959964))),
    (check.leaked_images, lambda t, v: sum(any((i == j).all() for j in t) for i in v)),
    (check.leaking_line, " b"),
]

WRONG = [
    (check.class_counts, lambda y: np.unique(y, return_counts=True), "found two: np.unique"),
    (check.class_counts, lambda y: np.histogram(y, bins=10), "np.histogram gives"),
    (check.class_counts, lambda y: dict(enumerate(counts_by_loop(y))), "found a dictionary"),
    (check.class_counts, len, r"expected the result to be an array.*500\. Tried with"),
    (check.class_counts, lambda y: np.eye(10)[y], r"expected shape \(10,\), found \(500, 10\)"),
    (check.class_counts, lambda y: np.array(counts_by_loop(y)) + 1, "10 of 10 values not right"),
    (check.class_counts, lambda y: [y == k for k in range(10)], "found True and False"),
    (check.class_counts, np.zeros(10), "to be a function, found an array"),
    (check.scale, lambda x: x / 255, "expected dtype float32, found float64: eight bytes"),
    (check.scale, lambda x: (x / 255).astype("float16"), "expected dtype float32, found float16"),
    (check.scale, lambda x: (x / 255).round(2), "rounded too early, to 2 decimals"),
    (check.scale, lambda x: (x / 255).reshape(len(x), -1), r"expected shape \(6, 28, 28\), found \(6, 784\)"),
    (check.scale, str, "found the text"),
    (check.mean_difference, lambda a, b: np.abs(a - b).mean(), r"difference: you give 246\. This is uint8"),
    *(
        (
            check.mean_difference,
            lambda a, b, k=k: round(mean_gap(a, b), k),
            f"rounded too early, to {said}. Do not round: the check looks at 4 decimals",
        )
        for k, said in ((0, "a whole number"), (1, "1 decimal"), (2, "2 decimals"), (3, "3 decimals"))
    ),
    (check.mean_difference, lambda a, b: int(mean_gap(a, b)), "cut off too early, to a whole"),
    (check.one_hot, lambda y: np.eye(9)[y], "there are ten classes, from 0 to 9"),
    (check.one_hot, lambda y: np.eye(10, dtype="float32")[y - 1], "labels start at 0"),
    (check.one_hot, lambda y: np.eye(10)[y], "expected dtype float32, found float64"),
    (check.one_hot, lambda y: y, r"expected shape \(4, 10\), found \(4,\)"),
    (check.one_hot, lambda y: np.zeros((10, 10))[y], "4 of 40 values not right"),
    (
        check.largest_share_gap,
        lambda t, v: np.abs(shares_of_those_that_occur(t) - shares_of_those_that_occur(v)).max(),
        "stopped with ValueError(.|\n)*needs a share too",
    ),
    (check.largest_share_gap, lambda t, v: 0.0, "the largest gap is too small.*Tried with"),
    (check.closest_classes, lambda x, y: [(2, 7)], "found 1 value"),
    (check.closest_classes, lambda x, y: distances(x, y).argmin(), "np.unravel_index makes a row"),
    (check.closest_classes, lambda x, y: divmod(int(distances(x, y).argmin()), 10), "nearest to itself"),
    (check.closest_classes, lambda x, y: "2 and 7", "found the text"),
    (check.closest_classes, lambda x, y: ("Pullover", "Coat"), "one number, found the text"),
    (check.closest_classes, lambda x, y: distances(x, y), "found 10 values"),
    (check.closest_classes, lambda x, y: (1, 4), "pair of classes"),
    (check.nearest_mean, lambda image, m: ((image - m) ** 2).argmin(), "one distance for each class"),
    (check.nearest_mean, lambda image, m: ((image - m) ** 2).sum((1, 2)).min(), "argmin its position"),
    (check.nearest_mean, lambda image, m: "Bag", "found the text 'Bag'"),
    (check.images_in_a_difference, 29, "too small"),
    (check.images_in_a_difference, "30", "leave out the quotation marks"),
    (check.interval, lambda p, n: interval(p, n, z=1), "one standard error"),
    (check.interval, lambda p, n: interval(p, n, z=0.98), "half as wide"),
    (
        check.interval,
        lambda p, n: (p - 1.96 * p * (1 - p) / n, p + 1.96 * p * (1 - p) / n),
        "root is missing",
    ),
    (check.interval, lambda p, n: (p - p * (1 - p) / n, p + p * (1 - p) / n), "the factor 1.96"),
    (check.interval, lambda p, n: interval(p, 1), "does not shrink"),
    (
        check.interval,
        lambda p, n: (p - 1.96 * (p * (1 - p)) ** 0.5 / n, p + 1.96 * (p * (1 - p)) ** 0.5 / n),
        "under the square root",
    ),
    (check.interval, lambda p, n: interval(p, n)[::-1], "the lower end comes first"),
    (
        check.interval,
        lambda p, n: interval(p, n)[1] - p,
        r"expected two numbers \(low, high\), found the number 0\.0120345",
    ),
    (check.interval, lambda p, n: [0.8, 0.9, 1.0], "found 3"),
    (check.interval, lambda p, n: [interval(p, n)], r"found an array of shape \(1, 2\)"),
    (check.interval, lambda p, n: ("0.8", "0.9"), "found a tuple of length 2 that holds text"),
    (
        check.interval,
        lambda p, n: interval(p, n, z=1),
        "on 3,000 images, the distance to each end: you give 0.00614",
    ),
    (check.interval, lambda p, n: interval(p, n, z=3), "the distance to each end is too large"),
    (check.interval, lambda p, n: interval(p, n, z=2), "2 standard errors"),
    (check.interval, lambda p, n: interval(p, n, z=1.645), "hold 90 %"),
    (check.interval, lambda p, n: interval(p, n, z=2.576), "hold 99 %"),
    (check.interval, lambda p, n: (p, interval(p, n)[1]), "equally far to both sides"),
    (check.interval, lambda p, n: np.array(interval(p, n)) - p, "these are distances"),
    (check.interval, lambda p, n: 100 * np.array(interval(p, n)), "in per cent"),
    (check.interval, lambda p, n: n * np.array(interval(p, n)), "an accuracy is a share"),
    (check.interval, lambda p, n: np.round(interval(p, n), 2), "rounded too early, to 2 decimals"),
    (check.interval, lambda p, n: np.round(interval(p, n), 3), "rounded too early, to 3 decimals"),
    (
        check.interval,
        lambda p, n: (p - 1.96 * (p / n) ** 0.5, p + 1.96 * (p / n) ** 0.5),
        "a factor is missing under the root",
    ),
    (check.leaked_images, lambda t, v: len(set(t) & set(v)), "unhashable(.|\n)*but their bytes can"),
    (check.leaked_images, lambda t, v: sum((i == t).all() for i in v) > 0, "found the truth value"),
    (check.leaking_line, "line B", "one of 'A', 'B', 'C'"),
    (check.leaking_line, 2, "text in quotation marks"),
]


@pytest.mark.parametrize(("task", "answer"), RIGHT)
def test_right_answers_in_several_forms(task, answer, capsys):
    right(task, answer, capsys)


@pytest.mark.parametrize(("task", "answer", "says"), WRONG)
def test_what_is_said_of_wrong_answers(task, answer, says):
    wrong(task, answer, says=says)
