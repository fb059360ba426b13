"""Quick: each fit sees a small sample for one epoch; never recorded, and marked as quick."""

import numpy as np
import pandas as pd

from ..data.parts import Part
from ..records import store, tables
from ..records.plan import Asked
from ..records.recorder import Recorder
from ..studies.search import Row, run
from ..studies.study import Study
from ..training.fingerprints import fingerprint
from ..training.protocols import Recordable
from ..training.trainable import Trainable
from ..training.trained import Trained
from .mode import Mode, Plan, StudyPlan, trials_of

SAMPLES = {"train": 2_000, "validation": 500, "test": 500}


class Small(Mode):
    """What is trained is cut short; recipes that are alike once they are cut share a fit."""

    def __init__(self, recorder: Recorder, *, seed: int) -> None:
        super().__init__(recorder, seed=seed)
        self._fits: dict[str, Trained] = {}  # by the key of the recipe cut short
        self._rows: dict[str, list[Row]] = {}

    def part(self, part: Part) -> Part:
        """Return a sample, always the same."""
        size = min(len(part), SAMPLES[part.name])
        return part.at(np.random.default_rng(0).choice(len(part), size, replace=False))

    def epochs(self, n: int) -> int:
        """Return 1."""
        return 1

    def fit(self, asked: Asked[Trainable]) -> Trained:
        """Train one epoch on the sample, once for all lengths of a recipe."""
        return self._small_fit(asked)[1]

    def search(self, asked: Asked[Study], *, at_most: int | None, anew: bool) -> pd.DataFrame:
        """Run two trials of one epoch, once for all studies that differ in the name alone."""
        study = asked.recipe.quick()
        key = self._key(study.but(name="-"))
        if key not in self._rows:
            self._rows[key] = run(study, *self.parts(study))
        return trials_of(study, self._rows[key], whose="quick run")

    def _small_fit(self, asked: Asked[Trainable]) -> tuple[str, Trained]:
        """The recipe's key once it is cut short, and its fit."""
        short = asked.recipe.quick()
        key = self._key(short)
        if key not in self._fits:
            self._fits[key] = short.train(*self.parts(short), seed=self.seed)
        return key, self._fits[key]

    def _key(self, recipe: Recordable) -> str:
        return fingerprint(recipe, self.recorder.data.checksums)


class Quick(Small):
    """For a look around, and for tests: the first and the last of what is asked for."""

    name = "quick"
    means = ": one epoch on a small sample; these numbers say nothing about the models"

    def __init__(self, recorder: Recorder, *, seed: int) -> None:
        super().__init__(recorder, seed=seed)
        self._records: dict[str, store.Record] = {}  # by the key of the recipe cut short

    def time(self) -> str:
        """Return how long the chapter takes, quick and live."""
        return f"quick: less than a minute; live: {super().time()}"

    def rows(self, plan: Plan, *, own: bool) -> pd.DataFrame:
        """Return a row each for the first and the last recipe."""
        return self._quick_rows(plan)

    def tested(self, plan: Plan) -> pd.DataFrame:
        """Return a row each for the first and the last recipe, tested on a sample of the test images."""
        return self._quick_rows(plan, test=True)

    def trials(self, plan: StudyPlan) -> pd.DataFrame:
        """Return the trials of the first and the last study, cut short."""
        names = (plan[0].name, plan[-1].name)
        few = {name: next(asked for asked in plan if asked.name == name) for name in names}  # its first seed
        print(f"Quick mode: {', '.join(few)}, a few trials of one epoch on a small sample.")
        found = [self.search(asked, at_most=None, anew=False) for asked in few.values()]
        return pd.concat(found, ignore_index=True)

    def _quick_rows(self, plan: Plan, *, test: bool = False) -> pd.DataFrame:
        few = {asked.name: asked for asked in (plan[0], plan[-1])}
        records = []
        for name, asked in few.items():
            key, fit = self._small_fit(asked)
            if key not in self._records:
                parts = self.parts(asked.recipe)
                record = self.recorder.record_of(asked, fit, parts, seed=self.seed, mode=self.name)
                self._records[key] = {**record, "whose": "quick run"}
            record = {**self._records[key], "name": name}
            if test and "test" not in record["metrics"]:
                self.recorder.evaluate(record, fit, self.part(self.recorder.data.test))
            records.append(record)
        print(f"Quick mode: {', '.join(few)} trained for one epoch on a small sample; never recorded.")
        return tables.frame(records)
