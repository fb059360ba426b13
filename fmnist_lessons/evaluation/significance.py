"""Is a difference between two models more than chance? Tests on the images that both have seen."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


class McNemar(NamedTuple):
    """What `mcnemar` counts and concludes.

    Attributes
    ----------
    only_first, only_second : int
        Images on which the first model alone was right, and those on which the second alone was.
    p_value : float
        How probable a split at least as uneven would be if both models were equally good.
    """

    only_first: int
    only_second: int
    p_value: float


def mcnemar(first: ArrayLike, second: ArrayLike) -> McNemar:
    """Compare two trained models on the same images by McNemar's test, exactly.

    Only images count on which one model is right and the other wrong. If the two were equally good, each
    such image would be a toss of a fair coin. The test speaks of these two networks, not of their recipes:
    it knows nothing of what another seed would have given.

    Parameters
    ----------
    first, second : (n,) bool
        For each image whether the model was right.

    Returns
    -------
    McNemar
        With the two-sided p-value of the binomial distribution; 1 where the models differ on no image.

    References
    ----------
    Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
    Psychometrika 12 (1947), https://doi.org/10.1007/BF02295996.
    T. G. Dietterich, "Approximate statistical tests for comparing supervised classification learning
    algorithms", Neural Computation 10 (1998), https://doi.org/10.1162/089976698300017197: it is the test for
    two trained classifiers.
    """
    a, b = np.asarray(first), np.asarray(second)
    if a.dtype != bool or b.dtype != bool:
        raise ValueError(f"first, second: expected True and False, found {a.dtype} and {b.dtype}")
    _check_pair(a, b)
    only_first, only_second = int((a & ~b).sum()), int((b & ~a).sum())
    differ = only_first + only_second
    p_value = float(stats.binomtest(only_first, differ, 0.5).pvalue) if differ else 1.0
    return McNemar(only_first, only_second, p_value)


def paired_bootstrap(
    first: ArrayLike, second: ArrayLike, *, resamples: int = 2000, confidence: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Return an interval for the difference of two accuracies, from resampling the images.

    Images are drawn with replacement, as many as there are, and both models are judged on the same draw.

    Parameters
    ----------
    first, second : (n,) bool, or numbers from 0 to 1
        For each image whether a model was right; or, for a recipe, the share of its seeds that were right.
    resamples : int
        How often the images are drawn.
    confidence : float
        Between 0 and 1: which share of the resampled differences the interval holds.
    seed : int
        Of the draws.

    Returns
    -------
    low, high : float
        Of the first accuracy minus the second, as shares.

    References
    ----------
    B. Efron, "Bootstrap methods: another look at the jackknife", The Annals of Statistics 7 (1979),
    https://doi.org/10.1214/aos/1176344552
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    _check_pair(a, b)
    draws = np.random.default_rng(seed)
    differences = a - b
    if np.ptp(differences) == 0:
        return float(differences[0]), float(differences[0])
    # 100 resamples at a time: 8 bytes for each of their images
    interval = stats.bootstrap(
        (differences,),
        np.mean,
        n_resamples=resamples,
        batch=100,
        confidence_level=confidence,
        method="percentile",
        random_state=draws,
    ).confidence_interval
    return float(interval.low), float(interval.high)


def holm(p_values: ArrayLike) -> np.ndarray:
    """Return p-values that are adjusted for having made several comparisons.

    Judged by the adjusted values at a level of 5 %, the chance of even one false alarm among all the
    comparisons is at most 5 %.

    Parameters
    ----------
    p_values : (m,) numbers from 0 to 1

    Returns
    -------
    (m,) floats
        In the same order, none smaller than it was, at most 1.

    References
    ----------
    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6
    (1979), https://www.jstor.org/stable/4615733
    """
    p = np.asarray(p_values, dtype=float)
    if p.ndim != 1 or not p.size or not (p.min() >= 0 and p.max() <= 1):
        raise ValueError(f"p_values: expected (m,) numbers from 0 to 1, found {p_values!r}")
    # statsmodels' multipletests says the same, and clears the memory at each call: half a second of a chapter
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    left = np.arange(len(p), 0, -1)  # so many hypotheses are left at each step
    adjusted[order] = np.minimum(1, np.maximum.accumulate(left * p[order]))
    return adjusted


def _check_pair(first: np.ndarray, second: np.ndarray) -> None:
    """Refuse what is not one value for each of the same images."""
    if first.ndim != 1 or not first.size or first.shape != second.shape:
        raise ValueError(
            f"first, second: expected one value for each of the same images, found shapes {first.shape} and "
            f"{second.shape}"
        )
