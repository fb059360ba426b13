"""Live: what a chapter trains is trained here and now, and its record kept as the learner's own."""

import time
import warnings

import pandas as pd

from ..data.parts import Part
from ..machine.bars import bar
from ..machine.files import require_writable
from ..records import store
from ..records.plan import Asked
from ..records.recorder import Recorder
from ..records.timings import fit_time, note_fit, say_expected
from ..studies.database import forget
from ..studies.search import ended, run
from ..studies.study import Study
from ..training.trainable import Trainable
from ..training.trained import Trained
from .mode import Mode, Plan, StudyPlan, trials_of


class Live(Mode):
    """Everything at its full size. The book's records are read, none of them is written."""

    name = "live"

    def __init__(self, recorder: Recorder, *, seed: int) -> None:
        super().__init__(recorder, seed=seed)
        self._fits: dict[str, Trained] = {}  # by key

    def part(self, part: Part) -> Part:
        """Return the whole part."""
        return part

    def epochs(self, n: int) -> int:
        """Return `n`."""
        return n

    def fit(self, asked: Asked[Trainable]) -> Trained:
        """Train with a bar, after the expected time was told."""
        try:
            require_writable(store.own_folder())  # said before the training, not after it
        except OSError as error:
            _warn_not_kept(error)
        device = self.recorder.machine.device
        say_expected(asked.name, fit_time(self.recorder.chapter, asked.name, asked.key, device))
        start = time.perf_counter()
        with bar(asked.name) as on_step:
            fit = asked.recipe.train(*self.parts(asked.recipe), seed=self.seed, on_step=on_step)
        note_fit(asked.name, time.perf_counter() - start)  # with what goes before it, where that is not kept
        self._fits[asked.key] = fit
        self._keep(self._measured(asked, fit))
        return fit

    def rows(self, plan: Plan, *, own: bool) -> pd.DataFrame:
        """Return the book's rows and the learner's; without `own` the learner's where the book has none."""
        rows = self.found_rows(plan, own=True)
        return rows if own else rows.drop_duplicates(["name", "seed"], ignore_index=True)  # the book's first

    def tested(self, plan: Plan) -> pd.DataFrame:
        """Return the book's rows, and those of this session's fits, each tested once."""
        for asked in plan:
            if asked.key in self._fits and asked.key not in self.tested_here:
                fit = self._fits[asked.key]
                record = {**self._measured(asked, fit), "headline": asked.name}
                record["peak_memory_mb"] = None  # that of this whole notebook would say nothing
                self.recorder.evaluate(record, fit, self.recorder.data.test)
                self.tested_here[asked.key] = record
                self._keep(record)
        return self.found_tested(plan)

    def trials(self, plan: StudyPlan) -> pd.DataFrame:
        """Return the trials of the book's records."""
        return self.found_trials(plan)

    def search(self, asked: Asked[Study], *, at_most: int | None, anew: bool) -> pd.DataFrame:
        """Run a study, or go on with it: its trials are kept in the learner's folder."""
        study, file = asked.recipe, store.own_folder() / "studies" / f"{asked.key}.db"
        if anew:
            forget(file)
        left = min(study.trials - ended(study, file), at_most or study.trials)
        whole = fit_time(self.recorder.chapter, study.name)
        if left:
            say_expected(study.name, whole and (whole[0] * left / study.trials, whole[1]))
        rows = run(study, *self.parts(study), file=file, at_most=at_most)
        note_fit(study.name, sum(row["seconds"] for row in rows))
        return trials_of(study, rows, whose="yours")

    def _measured(self, asked: Asked[Trainable], fit: Trained) -> store.Record:
        parts = self.parts(asked.recipe)
        record = self.recorder.record_of(asked, fit, parts, seed=self.seed, mode=self.name)
        return {**record, "whose": "yours"}

    def _keep(self, record: store.Record) -> None:
        """Write a record as the learner's own; where that fails, the fit is handed out all the same."""
        try:
            store.write(record, store.own_folder())
        except (OSError, ValueError) as error:
            _warn_not_kept(error)


def _warn_not_kept(error: Exception) -> None:
    what = f"The record of this fit cannot be kept as yours: {error}"
    warnings.warn(f"{what}. FMNIST_RESULTS_DIR names another folder.", stacklevel=4)
