"""What is left of a claim "this one is the best" once seeds and images may vary."""

from dataclasses import dataclass

import pandas as pd

from .results import paired_differences

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
