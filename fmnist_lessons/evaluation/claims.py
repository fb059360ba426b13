"""What is left of a claim "this one is the best" once seeds and images may vary."""

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from ..data.expected import checked_name, refuse
from .comparing import BETTER, OPEN, SAME, WORSE, differences, number_format


@dataclass(frozen=True, eq=False)
class Claim:
    """A claim "this one is the best", and the differences that it stands or falls by.

    Attributes
    ----------
    differences : DataFrame
        From `differences`, the claimed one as the reference.
    """

    winner: str
    differences: pd.DataFrame

    def those(self, *verdicts: str) -> list[str]:
        """Return the names of the others that have one of these verdicts."""
        return list(self.differences.index[self.differences["verdict"].isin(verdicts)])

    @property
    def verdict(self) -> str:
        """Return what becomes of the claim.

        It "holds" if all others are worse, and "does not hold" if one is better. It holds "partly" if some
        are worse and the rest cannot be told from it. If none can, it is "within the noise", or what all
        of them are: "the same by algebra", "one seed: not judged".
        """
        found = set(self.differences["verdict"])
        if BETTER in found or found == {WORSE}:
            return "does not hold" if BETTER in found else "holds"
        return "partly" if WORSE in found else found.pop() if len(found) == 1 else OPEN

    def __str__(self) -> str:
        table, called = self.differences, {OPEN: "not to be told from it", SAME: "another name for"}
        said = [f"{called.get(v, v)}: {', '.join(self.those(v))}" for v in table["verdict"].unique()]
        if self.those(OPEN):
            digits, unit = number_format(table["metric"].iloc[0])
            said.append(f"seen from {table['smallest_seen'].max():{digits}}{unit} on")
        return f"{self.winner} as the best: {self.verdict} ({'; '.join(said)})"


def judge_claim(
    fits: pd.DataFrame, winner: str, *, metric: str = "validation", same: Collection[str] = ()
) -> Claim:
    """Judge whether one recipe is the best of those at hand.

    Parameters
    ----------
    fits : DataFrame
        As `lesson.compare` returns it; every recipe that the claim is about, two at least.
    winner : str
        The name that is claimed to be the best.
    metric, same
        As for `differences`.

    Returns
    -------
    Claim

    Raises
    ------
    ValueError
        If `winner` is not among the names, or alone; else as from `differences`.
    """
    reference = checked_name(winner, "winner")
    claim = Claim(winner, differences(fits, reference=reference, metric=metric, same=same))
    if claim.differences.empty:
        refuse("fits", f"others beside {winner!r}", "none")
    return claim
