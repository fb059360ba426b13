"""What a lesson asks of the mode that it runs in; live, quick and record are three answers."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import pandas as pd

from ..data.parts import Part
from ..records import shelf, store, tables
from ..records.plan import Asked
from ..records.recorder import Recorder
from ..records.timings import chapter_time
from ..studies.search import Row, Searched
from ..studies.study import Study
from ..studies.trials import trials_frame
from ..training.protocols import Recordable
from ..training.trainable import Trainable
from ..training.trained import Trained

Plan = Sequence[Asked[Trainable]]
StudyPlan = Sequence[Asked[Study]]


class Mode(ABC):
    """A mode of a lesson, with what it has tested so far."""

    name: ClassVar[str]
    means: ClassVar[str] = ""  # what the banner says of it

    def __init__(self, recorder: Recorder, *, seed: int) -> None:
        self.recorder, self.seed = recorder, seed
        self.tested_here: dict[str, store.Record] = {}  # this session's fits that met the test set, by key

    def time(self) -> str:
        """Return how long the chapter takes."""
        return chapter_time(self.recorder.chapter)

    @abstractmethod
    def part(self, part: Part) -> Part:
        """Return what of a part is trained on or watched."""

    @abstractmethod
    def epochs(self, n: int) -> int:
        """Return how many epochs are trained where the chapter asks for `n`."""

    @abstractmethod
    def fit(self, asked: Asked[Trainable]) -> Trained:
        """Train a recipe here and now."""

    @abstractmethod
    def rows(self, plan: Plan, *, own: bool) -> pd.DataFrame:
        """Return a row for each fit of the plan; with `own` the learner's beside the book's of its seed."""

    @abstractmethod
    def tested(self, plan: Plan) -> pd.DataFrame:
        """Return a row for each fit of the plan that met the test set."""

    @abstractmethod
    def trials(self, plan: StudyPlan) -> pd.DataFrame:
        """Return a row for each trial of the studies of the plan."""

    @abstractmethod
    def search(self, asked: Asked[Study], *, at_most: int | None, anew: bool) -> pd.DataFrame:
        """Run a study here and now; return its trials."""

    def parts(self, recipe: Recordable) -> tuple[Part, Part]:
        """Return what a recipe is trained on and what is watched."""
        train, validation = self.recorder.parts(recipe)
        return self.part(train), self.part(validation)

    def found_rows(self, plan: Plan, *, own: bool) -> pd.DataFrame:
        """Return what the records hold of the plan, and say whose it is."""
        found = shelf.find(plan, self.recorder.chapter, own=own)
        shelf.say_whose(plan, found)
        return tables.frame(found)

    def found_tested(self, plan: Plan) -> pd.DataFrame:
        """Return the records that met the test set, and this session's own, and say whose they are."""
        book = [r for r in shelf.find(plan, self.recorder.chapter) if "test" in r["metrics"]]
        mine = [self.tested_here[asked.key] for asked in plan if asked.key in self.tested_here]
        found = [*book, *({**record, "fresh": True} for record in mine)]
        shelf.say_whose(plan, found)
        return tables.frame(found)

    def found_trials(self, plan: StudyPlan) -> pd.DataFrame:
        """Return the trials that the records hold of the plan, and say whose they are."""
        found = shelf.find(plan, self.recorder.chapter)
        shelf.say_whose(plan, found)
        return trials_frame(found)


def trials_of(study: Study, rows: list[Row], *, whose: str) -> pd.DataFrame:
    """Return the trials of a study that was run here."""
    place = {"name": study.name, "seed": study.seed, "whose": whose}
    return trials_frame([{**Searched(study, rows).facts(()), **place}])
