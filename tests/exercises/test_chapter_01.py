"""Each check of chapter 01 against right answers and the typical wrong ones."""

import numpy as np
import pytest

from fmnist_lessons.exercises import CheckFailed
from fmnist_lessons.exercises import chapter_01 as check


def means(images, labels):
    return np.stack([images[labels == k].mean(axis=0) for k in range(10)])


def distances(images, labels):
    flat = means(images, labels).reshape(10, -1)
    return np.linalg.norm(flat[:, None] - flat[None], axis=-1)


def closest(images, labels):
    table = distances(images, labels) + np.diag(np.full(10, np.inf))
    return np.unravel_index(table.argmin(), table.shape)


def closest_by(images, labels, centre, order):
    flat = np.stack([centre(images[labels == k], axis=0) for k in range(10)]).reshape(10, -1)
    table = np.linalg.norm(flat[:, None] - flat[None], ord=order, axis=-1) + np.diag(np.full(10, np.inf))
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


def all_columns(labels):
    result = np.zeros((len(labels), 10), np.float32)
    result[:, labels] = 1
    return result


def share_gap(train, validation):
    return np.abs(shares(train) - shares(validation)).max()


def shares(labels):
    return np.bincount(labels, minlength=10) / len(labels)


def count(labels):
    return np.bincount(labels, minlength=10)


def interval(accuracy, n, *, z=1.96):
    margin = z * np.sqrt(accuracy * (1 - accuracy) / n)
    return accuracy - margin, accuracy + margin


def wilson(accuracy, n):
    z2 = 1.96**2
    centre = (accuracy + z2 / 2 / n) / (1 + z2 / n)
    margin = np.sqrt(z2 * (accuracy * (1 - accuracy) / n + z2 / 4 / n**2)) / (1 + z2 / n)
    return np.array([centre - margin, centre + margin])


def leaked(train, validation):
    known = {image.tobytes() for image in train}
    return sum(image.tobytes() in known for image in validation)


RIGHT = [
    (check.class_counts, lambda labels: np.bincount(labels, minlength=10)),
    (check.class_counts, lambda labels: [np.sum(labels == k) for k in range(10)]),
    (check.class_counts, counts_by_loop),
    (check.scale, lambda images: images.astype("float32") / 255),
    (check.scale, lambda images: (images / 255).astype(np.float32)),
    (check.scale, lambda images: images * np.float32(1 / 255)),
    (check.mean_difference, lambda a, b: np.abs(a.astype(int) - b.astype(int)).mean()),
    (check.mean_difference, lambda a, b: np.abs(a.astype("float32") - b).mean()),
    (check.mean_difference, lambda a, b: round(np.abs(a.astype(int) - b).mean(), 4)),
    (check.one_hot, one_hot_by_assignment),
    (check.one_hot, lambda labels: np.eye(10, dtype="float32")[labels]),
    (check.one_hot, lambda labels: (labels[:, None] == np.arange(10)).astype("float32")),
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
    (check.leaked_images, leaked),
    (check.leaked_images, lambda t, v: (v[:, None] == t[None]).all(axis=(2, 3)).any(axis=1).sum()),
    (check.leaking_line, "B"),
    (check.leaking_line, " b"),
]

WRONG = [
    (check.class_counts, np.bincount, "a class with no image needs a count"),
    (check.class_counts, lambda y: np.unique(y, return_counts=True), "found two: np.unique"),
    (check.class_counts, lambda y: np.unique(y, return_counts=True)[1], "a class with no image"),
    (check.class_counts, shares, "these are shares"),
    (check.class_counts, lambda y: dict(enumerate(count(y))), "found a dictionary"),
    (check.class_counts, len, r"expected the result to be an array.*500\. Tried with"),
    (check.class_counts, lambda y: count(y)[:, None], r"expected shape \(10,\), found \(10, 1\)"),
    (check.class_counts, lambda y: count(y) + 1, "10 of 10 values not right"),
    (check.class_counts, len, "ten counts, found the number 500"),
    (check.class_counts, np.bincount, r"to be ten numbers, found 6.*Tried with x=\[3, 3, 0, 5\]"),
    (check.class_counts, np.unique, "the numbers of the classes"),
    (check.class_counts, lambda y: np.histogram(y, bins=10), "np.histogram gives"),
    (check.class_counts, lambda y: np.sort(count(y)), "not in the order of the classes"),
    (check.class_counts, lambda y: np.sort(count(y))[::-1], "not in the order of the classes"),
    (
        check.class_counts,
        lambda y: [np.sum(y == k) for k in dict.fromkeys(y.tolist())],
        "not in the order of the classes",
    ),
    (check.class_counts, lambda y: np.cumsum(count(y)), "running totals"),
    (check.class_counts, lambda y: [y == k for k in range(10)], "found True and False"),
    (check.class_counts, np.zeros(10), "to be a function, found an array"),
    (check.scale, lambda x: x // 255, "holds whole numbers only"),
    (check.scale, lambda x: (x / 255).astype("uint8"), "holds whole numbers only"),
    (check.scale, lambda x: x / 256, "you divided by 256"),
    (check.scale, lambda x: (x / x.max()).astype("float32"), "largest pixel of these images"),
    (check.scale, lambda x: x / 255, "the dtype is float64"),
    (
        check.scale,
        lambda x: (x / 255).astype("float16"),
        "expected dtype float32, found float16",
    ),
    (check.scale, lambda x: x.astype("float32"), "still run up to 255"),
    (check.scale, lambda x: (x / 127.5 - 1).astype("float32"), "from -1 to 1"),
    (check.scale, lambda x: x / 128 - 1, "from -1 to 1"),
    (
        check.scale,
        lambda x: np.float32(x) / x.max(axis=(1, 2), keepdims=True),
        "largest pixel of these images",
    ),
    (check.scale, lambda x: (x / 255).round(2), "rounded too early, to 2 decimals"),
    (check.scale, lambda x: (x - x.mean()) / x.std(), "this standardises"),
    (check.scale, lambda x: 1 - x / 255, "black and white"),
    (check.scale, lambda x: (x / 255).reshape(len(x), -1), r"expected shape \(6, 28, 28\), found \(6, 784\)"),
    (check.scale, lambda x: str(x), "found the text"),
    (check.mean_difference, lambda a, b: (a - b).mean(), "uint8 overflow"),
    (check.mean_difference, lambda a, b: np.abs(a - b).mean(), "uint8 overflow"),
    (check.mean_difference, lambda a, b: np.abs((a - b).astype("int8").astype(int)).mean(), "int8 overflows"),
    (check.mean_difference, lambda a, b: (a.astype(int) - b).mean(), "opposite sign cancel"),
    (check.mean_difference, lambda a, b: abs((a.astype(int) - b).mean()), "absolute values before the mean"),
    (check.mean_difference, lambda a, b: ((a.astype(int) - b) ** 2).mean(), "squared differences"),
    (check.mean_difference, lambda a, b: np.abs(a.astype(int) - b).sum(), "sum over all pixels"),
    (check.mean_difference, lambda a, b: np.abs(a / 255 - b / 255).mean(), "on the scale 0…255"),
    (check.mean_difference, lambda a, b: np.abs(a.astype(int) - b), "one number, found an array"),
    (
        check.mean_difference,
        lambda a, b: np.abs(a - b).mean(),
        r"image of 10s and one of 20s: you give 246\.",
    ),
    (check.mean_difference, lambda a, b: np.abs(a.astype(int) - b).max(), "the largest difference"),
    (check.mean_difference, lambda a, b: np.median(np.abs(a.astype(int) - b)), "the median"),
    (check.mean_difference, lambda a, b: ((a.astype(int) - b) ** 2).mean() ** 0.5, "root of the mean square"),
    (check.mean_difference, lambda a, b: np.abs(a.astype(int) - b).astype("float16").mean(), "float16 keeps"),
    *(
        (
            check.mean_difference,
            lambda a, b, k=k: round(np.abs(a.astype(int) - b).mean(), k),
            f"rounded too early, to {said}. Do not round: the check looks at 4 decimals",
        )
        for k, said in ((0, "a whole number"), (1, "1 decimal"), (2, "2 decimals"), (3, "3 decimals"))
    ),
    (
        check.mean_difference,
        lambda a, b: int(np.abs(a.astype(int) - b).mean()),
        "cut off too early, to a whole",
    ),
    (check.one_hot, lambda y: np.eye(9)[y], "there are ten classes, from 0 to 9"),
    (check.one_hot, lambda y: np.eye(10, dtype="float32")[y].T, "a row for each label"),
    (check.one_hot, lambda y: np.eye(10, dtype="float32")[y.astype(int) - 1], "one column too far left"),
    (check.one_hot, lambda y: np.eye(10)[(y + 1) % 10], "too far right"),
    (check.one_hot, lambda y: np.eye(y.max() + 1, dtype="float32")[y], "has 3 columns"),
    (check.one_hot, lambda y: 1 - np.eye(10)[y], "changed places"),
    (check.one_hot, lambda y: np.eye(10)[y] * y[:, None], "the class number itself"),
    (check.one_hot, all_columns, "takes whole columns"),
    (check.one_hot, lambda y: np.eye(10)[y], "expected dtype float32, found float64"),
    (check.one_hot, lambda y: y, r"expected shape \(4, 10\), found \(4,\)"),
    (check.one_hot, lambda y: np.zeros((10, 10))[y], "4 of 40 values not right"),
    (check.largest_share_gap, lambda t, v: np.abs(count(t) - count(v)).max(), "these are counts"),
    (check.largest_share_gap, lambda t, v: (shares(t) - shares(v)).max(), "in both directions"),
    (check.largest_share_gap, lambda t, v: (shares(v) - shares(t)).max(), "in both directions"),
    (check.largest_share_gap, lambda t, v: np.abs(shares(t) - shares(v)).sum(), "sum over the classes"),
    (check.largest_share_gap, lambda t, v: np.abs(shares(t) - shares(v)).mean(), "mean over the classes"),
    (check.largest_share_gap, lambda t, v: 100 * share_gap(t, v), "in per cent"),
    (check.largest_share_gap, lambda t, v: np.abs(shares(t) - shares(v)), "one number, found an array"),
    (
        check.largest_share_gap,
        lambda t, v: np.abs(np.bincount(t) / len(t) - np.unique(v, return_counts=True)[1] / len(v)).max(),
        "stopped with ValueError(.|\n)*needs a share too",
    ),
    (check.largest_share_gap, lambda t, v: (shares(t) - shares(v)).min(), "in both directions"),
    (check.largest_share_gap, lambda t, v: np.abs(shares(t) - shares(v)).argmax(), "the number of a class"),
    (check.largest_share_gap, lambda t, v: np.abs(count(t) - count(v)).max() / len(t), "the same part"),
    (check.largest_share_gap, lambda t, v: np.abs(count(t) - count(v)).max() / len(v), "the same part"),
    (check.largest_share_gap, lambda t, v: 0.0, "the largest gap is too small.*Tried with"),
    (check.closest_classes, lambda x, y: [(2, 7)], "found 1 value"),
    (check.closest_classes, lambda x, y: distances(x, y).argmin(), "np.unravel_index makes a row"),
    (check.closest_classes, lambda x, y: "2 and 7", "found the text"),
    (check.closest_classes, lambda x, y: divmod(int(distances(x, y).argmin()), 10), "nearest to itself"),
    (check.closest_classes, lambda x, y: divmod(int(distances(x, y).argmax()), 10), "farthest apart"),
    (check.closest_classes, lambda x, y: check._pair_of_like_brightness(x, y), "equally bright"),
    (check.closest_classes, lambda x, y: ("Pullover", "Coat"), "one number, found the text"),
    (check.closest_classes, lambda x, y: 27, "expected two class numbers, found the number 27"),
    (check.closest_classes, lambda x, y: distances(x, y), "found 10 values"),
    (check.closest_classes, lambda x, y: (1, 4), "pair of classes"),
    (check.nearest_mean, lambda image, m: ((image - m) ** 2).sum(axis=(1, 2)).argmax(), "farthest away"),
    (check.nearest_mean, lambda image, m: (image - m).sum(axis=(1, 2)).argmin(), "cancel"),
    (check.nearest_mean, lambda image, m: ((image - m) ** 2).argmin(), "one distance for each class"),
    (check.nearest_mean, lambda image, m: ((image - m) ** 2).sum(axis=(1, 2)), "found an array of shape"),
    (check.nearest_mean, lambda image, m: "Bag", "found the text 'Bag'"),
    (
        check.nearest_mean,
        lambda image, m: np.abs(image.mean() - m.mean(axis=(1, 2))).argmin(),
        "mean brightness only",
    ),
    (check.nearest_mean, lambda image, m: (image * m).sum((1, 2)).argmax(), "favour bright"),
    (check.nearest_mean, lambda image, m: np.abs(image - m).sum((1, 2)).argmin(), "absolute differences"),
    (check.nearest_mean, lambda image, m: np.abs(image - m).max((1, 2)).argmin(), "largest difference only"),
    (check.nearest_mean, lambda image, m: ((image - m) ** 2).sum((1, 2)).min(), "argmin its position"),
    (
        check.nearest_mean,
        lambda image, m: ((image - m) ** 2).sum((1, 2)).argmin() + 1,
        "classes count from 0",
    ),
    (check.nearest_mean, lambda image, m: 1, "you give 1. The mean of another class is nearer"),
    (check.leaked_images, lambda t, v: sum(i in t for i in v), "whether any pixel agrees"),
    (check.leaked_images, lambda t, v: np.isin(v, t).sum(), "these are pixels"),
    (check.leaked_images, lambda t, v: len(set(t) & set(v)), "unhashable(.|\n)*but their bytes can"),
    (check.leaked_images, lambda t, v: sum(i.sum() in t.sum((1, 2)) for i in v), "almost alike"),
    (check.leaked_images, lambda t, v: leaked(t[:, 0], v[:, 0]), "almost alike"),
    (check.leaked_images, lambda t, v: leaked(t[:, 27], v[:, 27]), "almost alike"),
    (
        check.leaked_images,
        lambda t, v: sum((np.abs(t.astype(int) - i).mean((1, 2)) < 1).any() for i in v),
        "almost alike",
    ),
    (check.closest_classes, lambda x, y: closest_by(x, y, np.mean, 1), "sum of absolute differences"),
    (check.closest_classes, lambda x, y: closest_by(x, y, np.median, 2), "medians"),
    (check.largest_share_gap, lambda t, v: np.abs(shares(t) - shares(v))[:9].max(), "left out"),
    (check.largest_share_gap, lambda t, v: np.abs(shares(t) - shares(v))[1:].max(), "left out"),
    (check.mean_difference, lambda a, b: round(np.abs(a.astype(int) - b).mean()), "do not round"),
    (check.mean_difference, lambda a, b: round(np.abs(a.astype(int) - b).mean(), 1), "do not round"),
    (check.one_hot, lambda y: np.eye(10, dtype="float32")[y - 1], "labels start at 0"),
    (check.images_in_a_difference, 3000, "this is 30 %"),
    (check.images_in_a_difference, 180, "60,000"),
    (check.images_in_a_difference, 150, "50,000"),
    (check.images_in_a_difference, 210, "70,000"),
    (check.images_in_a_difference, 3, "0.03 %"),
    (check.images_in_a_difference, 300, "this is 3 %"),
    (check.images_in_a_difference, 0.3, "in per cent"),
    (check.images_in_a_difference, 0.003, "as a share"),
    (check.images_in_a_difference, 9270, "B gets right"),
    (check.images_in_a_difference, 9240, "A gets right"),
    (check.images_in_a_difference, -30, "positive"),
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
    (check.leaked_images, lambda t, v: leaked(v, t), "the other way round"),
    (
        check.leaked_images,
        lambda t, v: len({i.tobytes() for i in t} & {i.tobytes() for i in v}),
        "counts twice",
    ),
    (check.leaked_images, lambda t, v: int((t[: len(v)] == v).all(axis=(1, 2)).sum()), "same position"),
    (
        check.leaked_images,
        lambda t, v: (v[:, None] == t[None]).all(axis=(2, 3)).sum(),
        "twice in training was counted twice",
    ),
    (check.leaked_images, lambda t, v: leaked(t, v) > 0, "found the truth value"),
    (check.leaking_line, "A", r"the line is not 'A'\. It draws"),
    (check.leaking_line, "C", r"the line is not 'C'\. It changes the pixels"),
    (check.leaking_line, "line B", "one of 'A', 'B', 'C'"),
    (check.leaking_line, 2, "text in quotation marks"),
]


@pytest.fixture(autouse=True)
def _first_hints(monkeypatch):
    monkeypatch.setenv("FMNIST_CHECKS", "raise")
    for judged in tasks():
        judged.wrong_answers = 0


def tasks():
    return [thing for thing in vars(check).values() if type(thing).__name__ == "Task"]


@pytest.mark.parametrize(("judge", "answer"), RIGHT)
def test_right_answers(judge, answer, capsys):
    judge(answer)
    assert f"Task {judge.number}: right." in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("judge", "answer", "said"), WRONG)
def test_typical_wrong_answers(judge, answer, said):
    with pytest.raises(CheckFailed, match=f"(?i)not right yet(.|\n)*(?:{said})"):
        judge(answer)


@pytest.mark.parametrize("judge", tasks(), ids=lambda judge: judge.__name__)
def test_every_task_has_graded_hints_and_waits_for_an_answer(judge):
    assert len(judge.hints) >= 3
    with pytest.raises(CheckFailed, match="not answered yet"):
        judge(...)


def test_every_task_is_tried_with_right_and_with_several_wrong_answers():
    for judge in tasks():
        assert sum(tried is judge for tried, _ in RIGHT) >= 1
        assert sum(tried is judge for tried, *_ in WRONG) >= 3
