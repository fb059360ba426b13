"""Record: whatever has no fresh record is trained and recorded; all other training is cut short."""

import os

import pandas as pd

from .mode import Plan, StudyPlan
from .quick import Small


class Record(Small):
    """What `fmnist record` runs a chapter in."""

    name = "record"
    means = ": fits that have no fresh record are trained and recorded"

    def rows(self, plan: Plan, *, own: bool) -> pd.DataFrame:
        """Complete the records of the plan, and return the book's rows."""
        self._complete(plan)
        return self.found_rows(plan, own=False)

    def tested(self, plan: Plan) -> pd.DataFrame:
        """Complete the records of the plan, tested, and return the book's rows."""
        self._complete(plan, test=True)
        return self.found_tested(plan)

    def trials(self, plan: StudyPlan) -> pd.DataFrame:
        """Complete the records of the plan, and return the book's trials."""
        studies, seeds = {asked.name: asked.recipe for asked in plan}.values(), _asked_seeds()
        self.recorder.complete(self.recorder.plan_studies(studies, seeds) if seeds else plan)
        return self.found_trials(plan)

    def _complete(self, plan: Plan, *, test: bool = False) -> None:
        seeds = _asked_seeds()
        self.recorder.complete([asked.of(seeds) for asked in plan] if seeds else plan, test=test)


def _asked_seeds() -> list[int]:
    """The seeds that ``fmnist record --seeds`` asks for; none where it leaves them to the chapter."""
    asked = os.environ.get("FMNIST_SEEDS", "")
    return [int(seed) for seed in asked.split(",")] if asked else []
