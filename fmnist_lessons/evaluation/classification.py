"""From labels and probabilities to numbers and tables: how good is a classifier, and where is it wrong?"""

from math import sqrt
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn import metrics

from ..data.expected import checked_count, checked_number
from ..data.expected_arrays import checked_numbers, checked_predictions
from ..data.parts import CLASS_NAMES


def accuracy(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """Return the share of images whose most probable class is the true one.

    Parameters
    ----------
    labels : (n,) integers from 0 to 9
        The true classes.
    probabilities : (n, 10) floats
        One row for each image; a row sums to 1. Turn logits into probabilities with a softmax before.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    ValueError
        If a shape, a type or a value is not as above. All functions of this module check alike.
    """
    true, predicted, _ = checked_predictions(labels, probabilities)
    return float(np.mean(true == predicted))


def confusion_matrix(labels: ArrayLike, probabilities: ArrayLike) -> pd.DataFrame:
    """Count the images of each true class by the class that was predicted.

    Parameters
    ----------
    labels, probabilities
        As for `accuracy`.

    Returns
    -------
    DataFrame
        10 rows (index ``true``) by 10 columns (``predicted``), class names on both sides, integer counts.
    """
    true, predicted, _ = checked_predictions(labels, probabilities)
    counts = metrics.confusion_matrix(true, predicted, labels=range(len(CLASS_NAMES)))
    return pd.DataFrame(
        counts,
        index=pd.Index(CLASS_NAMES, name="true"),
        columns=pd.Index(CLASS_NAMES, name="predicted"),
    )


def per_class_table(labels: ArrayLike, probabilities: ArrayLike) -> pd.DataFrame:
    """Return precision, recall and F1 of each class.

    Parameters
    ----------
    labels, probabilities
        As for `accuracy`.

    Returns
    -------
    DataFrame
        Index ``class`` (names); columns ``precision``, ``recall`` and ``f1`` between 0 and 1, and
        ``images``, the number of images of the class. A share of nothing (a class that is never
        predicted, or has no image) is shown as 0.
    """
    true, predicted, _ = checked_predictions(labels, probabilities)
    precision, recall, f1, images = metrics.precision_recall_fscore_support(
        true, predicted, labels=range(len(CLASS_NAMES)), zero_division=0.0
    )
    return pd.DataFrame(
        {"precision": precision, "recall": recall, "f1": f1, "images": images},
        index=pd.Index(CLASS_NAMES, name="class"),
    )


def most_confused(labels: ArrayLike, probabilities: ArrayLike, n: int = 5) -> pd.DataFrame:
    """List the pairs of classes that are mistaken most often.

    Parameters
    ----------
    labels, probabilities
        As for `accuracy`.
    n : int
        At most this many pairs.

    Returns
    -------
    DataFrame
        Columns ``true``, ``predicted`` (class names), ``images`` (how many were mistaken) and ``share``
        (of the true class's images, 0 to 1); most images first, ties in the order of the classes. Pairs
        that never occur are left out.
    """
    n = checked_count(n, "n")
    counts = confusion_matrix(labels, probabilities).to_numpy()
    mistakes = counts - np.diag(np.diag(counts))
    order = np.argsort(-mistakes, axis=None, kind="stable")[:n]
    true, predicted = np.unravel_index(order[mistakes.ravel()[order] > 0], mistakes.shape)
    images = mistakes[true, predicted]
    names = np.array(CLASS_NAMES, dtype=object)
    return pd.DataFrame(
        {
            "true": names[true],
            "predicted": names[predicted],
            "images": images,
            "share": images / counts.sum(axis=1)[true],
        }
    )


def confident_mistakes(labels: ArrayLike, probabilities: ArrayLike, n: int = 12) -> np.ndarray:
    """Return where the model was wrong, the mistakes that it was surest of first.

    Parameters
    ----------
    labels, probabilities
        As for `accuracy`.
    n : int
        At most this many.

    Returns
    -------
    (m,) int array, m <= n
        Indices into `labels`, by falling probability of the predicted class; equal ones in the order of
        the images.
    """
    n = checked_count(n, "n")
    true, predicted, checked = checked_predictions(labels, probabilities)
    wrong = np.flatnonzero(true != predicted)
    order = np.argsort(-checked[wrong, predicted[wrong]], kind="stable")
    return wrong[order][:n]


def accuracy_interval(accuracy: float, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the interval that a measured accuracy leaves open for the true one (Wilson's score interval).

    It holds the error that comes from having `n` images and not all there could be. It does not hold the
    spread over seeds, which is another thing.

    Parameters
    ----------
    accuracy : float
        Measured, between 0 and 1.
    n : int
        Number of images that it was measured on.
    confidence : float
        Between 0 and 1, both excluded.

    Returns
    -------
    low, high : float
        Between 0 and 1.

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
    American Statistical Association 22 (1927), https://doi.org/10.1080/01621459.1927.10502953
    """
    accuracy = checked_number(accuracy, "accuracy")
    confidence = checked_number(confidence, "confidence", "(0, 1)")
    n = checked_count(n, "n")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    centre = (accuracy + z**2 / (2 * n)) / (1 + z**2 / n)
    margin = z * sqrt(accuracy * (1 - accuracy) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return max(0.0, centre - margin), min(1.0, centre + margin)


def cross_entropy(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """Return the mean of minus the logarithm of the true class's probability.

    Parameters
    ----------
    labels, probabilities
        As for `accuracy`.

    Returns
    -------
    float
        0 or more. A probability of exactly 0 counts as the smallest number that a float64 can hold.
    """
    true, _, shares = checked_predictions(labels, probabilities)
    of_true = shares[np.arange(len(true)), true].astype(np.float64)
    return float(-np.log(np.maximum(of_true, np.finfo(np.float64).tiny)).mean())


def pareto_front(costs: ArrayLike, scores: ArrayLike) -> np.ndarray:
    """Say which models no other model beats at once in cost and in score.

    One model beats another if it costs no more and scores no less, and is strictly better in one of the two.

    Parameters
    ----------
    costs : (n,) numbers
        Less is better, as seconds or parameters. A model whose cost is not known (``nan``) is not on the
        front and beats nobody.
    scores : (n,) numbers
        More is better, as an accuracy.

    Returns
    -------
    (n,) bool array
        True on the front. Models that are equal in both are on it together.

    Raises
    ------
    ValueError
        If the two are not equally long.
    """
    cost, score = checked_numbers(costs, "costs"), checked_numbers(scores, "scores")
    if cost.ndim != 1 or cost.shape != score.shape:
        raise ValueError(f"costs, scores: expected two arrays (n,), found {cost.shape} and {score.shape}")
    no_worse = (cost[:, None] <= cost) & (score[:, None] >= score)  # [i, j]: i is no worse than j
    better = (cost[:, None] < cost) | (score[:, None] > score)
    known = np.isfinite(cost) & np.isfinite(score)
    beaten = (no_worse & better & known[:, None]).any(axis=0)
    return np.asarray(known & ~beaten)
