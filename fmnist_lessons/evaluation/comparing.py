"""What is left of a claim "this one is the best" once seeds and images may vary."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

HOLDS, FALLS, OPEN = "holds", "does not hold", "within the noise"


@dataclass(frozen=True)
class Claim:
    """A claim and its verdict.

    Attributes
    ----------
    verdict : {"holds", "does not hold", "within the noise"}
        It holds if all others are worse beyond the margin, it does not if one is better beyond it.
    worse, level, better : tuple of str
        The others: worse than the claimed one, not to be told from it, better.
    """

    winner: str
    verdict: str
    worse: tuple[str, ...]
    level: tuple[str, ...]
    better: tuple[str, ...]

    def __str__(self) -> str:
        groups = {"worse": self.worse, "not to be told from it": self.level, "better": self.better}
        said = [f"{how}: {', '.join(names)}" for how, names in groups.items() if names]
        return f"{self.winner} as the best: {self.verdict} ({'; '.join(said)})"


def judge_claim(fits: pd.DataFrame, winner: str, *, metric: str = "validation") -> Claim:
    """Judge whether one recipe is the best of those at hand.

    Parameters
    ----------
    fits : DataFrame
        As `lesson.compare` returns it; every recipe that the claim is about, two at least.
    winner : str
        The name that is claimed to be the best.
    metric : {"validation", "test", "validation_mse", "test_mse"}

    Returns
    -------
    Claim

    Raises
    ------
    ValueError
        If `winner` is not among the names, or alone.
    """
    differences = paired_differences(fits, reference=winner, metric=metric)
    if differences.empty:
        raise ValueError(f"fits: expected others beside {winner!r}, found none")
    verdicts = differences["verdict"]
    names = {verdict: tuple(verdicts.index[verdicts == verdict]) for verdict in ("worse", "better")}
    level = tuple(verdicts.index[~verdicts.isin(["worse", "better"])])
    verdict = FALLS if names["better"] else OPEN if level else HOLDS
    return Claim(winner, verdict, names["worse"], level, names["better"])


CONFIDENCE_95 = 1.96  # standard deviations of a normal distribution
# 97.5 % quantiles of Student's t for 1, 2, … degrees of freedom: two to eleven seeds
STUDENT_T = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23)


def summarise(fits: pd.DataFrame, metric: str = "validation_accuracy") -> pd.DataFrame:
    """Return mean and spread over seeds for each name, in the order of first appearance.

    Parameters
    ----------
    fits : DataFrame
        From `frame`; costs of two devices are kept in rows of their own.
    metric : str
        A column of `fits`.

    Returns
    -------
    DataFrame
        Index ``name``; columns ``mean``, ``sd`` (standard deviation over seeds, ``nan`` for one seed),
        ``seeds``, ``parameters``, ``seconds`` (wall), ``cpu_seconds`` (all cores together; hardly moved by
        what else the machine does), ``device``, ``whose``. A name whose records are stale ends in
        "(stale)".

    Raises
    ------
    ValueError
        If there is no such column.
    """
    if metric not in fits:
        measured = [name for name in fits if str(name).startswith(("train_", "validation_", "test_"))]
        raise ValueError(f"metric: expected one of {measured}, found {metric!r}")
    fits = fits.assign(name=fits["name"].where(fits["fresh"].astype(bool), fits["name"] + " (stale)"))
    groups = fits.groupby(["name", "device", "whose"], sort=False, dropna=False)
    table = groups.agg(
        mean=(metric, "mean"),
        sd=(metric, "std"),
        seeds=("seed", "nunique"),
        parameters=("parameters", "first"),
        seconds=("seconds", "mean"),
        cpu_seconds=("cpu_seconds", "mean"),
    )
    table = table.reset_index(["device", "whose"])
    return table[[*table.columns[2:], "device", "whose"]]


def paired_differences(
    fits: pd.DataFrame, *, reference: str | None = None, metric: str = "validation"
) -> pd.DataFrame:
    """Return by how much each recipe differs from a reference, and whether that is more than noise.

    Fits of the same seed are compared. The margin joins two sources of chance: the seeds (Student's t on the
    paired differences) and the choice of the images (the differences image by image, averaged over seeds).

    Parameters
    ----------
    fits : DataFrame
        From `frame`.
    reference : str, optional
        The name to compare with; without it, each recipe is compared with the one before.
    metric : {"validation", "test", "validation_mse", "test_mse"}
        On which part; the accuracy, of which more is better, or the mean squared error, of which less is.

    Returns
    -------
    DataFrame
        Index ``name``; ``compared_with``; ``difference`` and ``margin`` (half of a 95 % interval) in the
        measure's own unit, accuracies as shares;
        ``verdict``: "better", "worse", "within the noise", or "one seed: not judged".

    Raises
    ------
    ValueError
        If the reference is not among the names, no recipe shares a seed with what it is compared with, or a
        fit does not have the measure.
    """
    if metric not in _COMPARED:
        raise ValueError(f"metric: expected one of {tuple(_COMPARED)}, found {metric!r}")
    names = list(dict.fromkeys(fits["name"]))
    if reference is not None and reference not in names:
        raise ValueError(f"reference: expected one of {names}, found {reference!r}")
    rows = {}
    for before, name in zip([None, *names], names, strict=False):
        other = reference or before
        if other is None or name == other:
            continue
        of = {n: fits[fits["name"] == n].drop_duplicates("seed").set_index("seed") for n in (name, other)}
        rows[name] = {"compared_with": other, **_difference(of[name], of[other], metric)}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("name")


# The measure of each fit, the same for each image, and whether more of it is better.
_COMPARED = {
    "validation": ("validation_accuracy", "validation_correct", True),
    "test": ("test_accuracy", "test_correct", True),
    "validation_mse": ("validation_mse", "validation_errors", False),
    "test_mse": ("test_mse", "test_errors", False),
}


def _difference(fits: pd.DataFrame, others: pd.DataFrame, metric: str) -> dict[str, Any]:
    seeds = fits.index.intersection(others.index)
    if seeds.empty:
        raise ValueError(
            f"expected fits of the same seeds, found {list(fits.index)} and {list(others.index)}"
        )
    measure, each, more_is_better = _COMPARED[metric]
    by_seed = (fits.loc[seeds, measure] - others.loc[seeds, measure]).astype(float)
    if by_seed.isna().any():
        raise ValueError(f"metric: expected fits that have a {measure}, found some without")
    difference = float(by_seed.mean())
    if len(seeds) < 2:
        return {"difference": difference, "margin": np.nan, "verdict": "one seed: not judged"}
    t = STUDENT_T[min(len(seeds) - 2, len(STUDENT_T) - 1)]
    from_seeds = t * float(by_seed.std()) / np.sqrt(len(seeds))
    sizes = {len(images) for table in (fits, others) for images in table.loc[seeds, each]}
    if len(sizes) > 1:
        raise ValueError(f"expected fits judged on the same images, found splits of {sorted(sizes)} images")
    by_image = np.mean([fits[each][s].astype(float) - others[each][s].astype(float) for s in seeds], axis=0)
    from_images = CONFIDENCE_95 * float(by_image.std()) / np.sqrt(len(by_image))
    margin = float(np.hypot(from_seeds, from_images))
    better = (difference > 0) == more_is_better
    verdict = "within the noise" if abs(difference) <= margin else "better" if better else "worse"
    return {"difference": difference, "margin": margin, "verdict": verdict}
