"""Is a model as sure as it is right? Tables of confidence, one number for them, and a remedy."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from ..data.expected import checked_count, checked_name
from ..data.expected_arrays import checked_labels, checked_logits, checked_predictions

COLDEST, HOTTEST = 0.02, 50.0  # between which a temperature is looked for


def reliability_table(
    labels: ArrayLike, probabilities: ArrayLike, *, bins: int = 15, equal: str = "width"
) -> pd.DataFrame:
    """Group the images by how sure the model was, and compare with how often it was right.

    Parameters
    ----------
    labels, probabilities
        As for `evaluation.accuracy`.
    bins : int
        Number of groups.
    equal : {"width", "count"}
        Groups of equal width, from 0 to 1, or groups of equally many images.

    Returns
    -------
    DataFrame
        A row for each group that has an image, by rising confidence: ``low`` and ``high``, the group's bounds
        (of equal count: its smallest and largest confidence), ``images``, ``confidence``, the mean of the
        probability of the predicted class, and ``accuracy``.

    References
    ----------
    A. Niculescu-Mizil, R. Caruana, "Predicting good probabilities with supervised learning" (2005),
    https://doi.org/10.1145/1102351.1102430
    """
    true, predicted, shares = checked_predictions(labels, probabilities)
    bins = checked_count(bins, "bins", 100_000)
    checked_name(equal, "equal", ("width", "count"))
    sure = shares[np.arange(len(true)), predicted].astype(np.float64)
    if equal == "width":
        group = np.clip(np.ceil(sure * bins).astype(int) - 1, 0, bins - 1)  # (low, high]
    else:
        group = np.empty(len(sure), dtype=int)
        group[np.argsort(sure, kind="stable")] = np.arange(len(sure)) * bins // len(sure)
    images = pd.DataFrame({"group": group, "sure": sure, "right": true == predicted})
    table = images.groupby("group").agg(
        low=("sure", "min"),
        high=("sure", "max"),
        images=("sure", "size"),
        confidence=("sure", "mean"),
        accuracy=("right", "mean"),
    )
    if equal == "width":
        table["low"], table["high"] = table.index / bins, (table.index + 1) / bins
    return table.reset_index(drop=True)


def expected_calibration_error(
    labels: ArrayLike, probabilities: ArrayLike, *, bins: int = 15, equal: str = "width"
) -> float:
    """Return the mean distance between confidence and accuracy over the groups of `reliability_table`.

    Parameters
    ----------
    labels, probabilities, bins, equal
        As for `reliability_table`. The result depends on `bins` and `equal`: tell them with it.

    Returns
    -------
    float
        Between 0 and 1, each group weighted by its images. Even for a perfectly calibrated model it is not 0,
        because a group's accuracy is measured on a limited number of images.

    References
    ----------
    C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On calibration of modern neural networks" (2017),
    https://doi.org/10.48550/arXiv.1706.04599
    """
    table = reliability_table(labels, probabilities, bins=bins, equal=equal)
    gaps = (table["accuracy"] - table["confidence"]).abs()
    return float(np.average(gaps, weights=table["images"]))


def fit_temperature(labels: ArrayLike, logits: ArrayLike) -> float:
    """Return the temperature T for which the softmax of ``logits / T`` has the smallest cross-entropy.

    Above 1 it makes a model less sure, below 1 surer. The order of the classes, and so the accuracy, stays.

    Parameters
    ----------
    labels : (n,) integers from 0 to 9
        Of validation images: a temperature is fitted like any other parameter, so not on test images.
    logits : (n, 10) numbers
        Before the softmax.

    Returns
    -------
    float
        Between 0.02 and 50.

    References
    ----------
    Guo and others (2017), as for `expected_calibration_error`, section 4.2
    """
    true = checked_labels(labels)
    scores = checked_logits(logits, len(true))
    rows = np.arange(len(true))

    def loss(logarithm: float) -> float:
        return float(-log_softmax(scores / np.exp(logarithm), axis=1)[rows, true].mean())

    # the loss is convex in 1/T, so it has one lowest point
    bounds = (np.log(COLDEST), np.log(HOTTEST))
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))
