"""From what was carried out to its record: what is measured, what is kept, and what is still to be done."""

import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..data.loading import load_fashion_mnist
from ..data.parts import VALIDATION_SIZE, FashionMNIST, Part
from ..machine import device
from ..machine.bars import bar
from ..machine.files import cache_folder, require_writable
from ..machine.processes import each_in_its_own_process
from ..studies.study import Study
from ..training.fingerprints import values_of
from ..training.kinds import recipe_of
from ..training.protocols import Outcome, Recordable
from ..training.trainable import Trainable
from ..training.trained import Trained
from . import store
from .plan import SEEDS, Asked, plan, plan_studies
from .timings import fit_time

FEW = 3  # seeds of what takes LONG
LONG = 180  # seconds


class Recorder:
    """Measures, writes and completes the records of one chapter on one data set and machine."""

    def __init__(self, chapter: str, data: FashionMNIST, machine: device.Machine) -> None:
        self.chapter, self.data, self.machine = chapter, data, machine
        self._taken: dict[tuple[str, int], str] = {}  # the fingerprints of what was recorded, by its place

    def plan(
        self, recipes: Mapping[str, Trainable], seeds: Iterable[int] | None = None
    ) -> list[Asked[Trainable]]:
        """Return what is asked for, each recipe with its fingerprint on this data."""
        return plan(recipes, seeds, self.data.checksums)

    def plan_studies(self, studies: Iterable[Study], seeds: Iterable[int]) -> list[Asked[Study]]:
        """Return what is asked for, each study and seed with its fingerprint on this data."""
        return plan_studies(studies, seeds, self.data.checksums)

    def parts(self, recipe: Recordable) -> tuple[Part, Part]:
        """Return what the recipe trains on and what it is validated on."""
        size, data = recipe.validation_size, self.data
        if size != VALIDATION_SIZE:
            data = load_fashion_mnist(validation_size=size, source=data.source)
        return data.train, data.validation

    def record_of(
        self, asked: Asked[Recordable], outcome: Outcome, parts: Sequence[Part], *, seed: int, mode: str
    ) -> store.Record:
        """Return the record of what came of `asked`, measured on `parts`: training first, validation last."""
        facts = outcome.facts(parts)
        facts["metrics"] = {name: _packed(measured) for name, measured in facts["metrics"].items()}
        return {
            "chapter": self.chapter,
            "name": asked.name,
            "seed": seed,
            "model": asked.recipe.model,
            "recipe": values_of(asked.recipe),
            "fingerprint": asked.key,
            "mode": mode,
            "data_source": self.data.source,
            "checksums": dict(self.data.checksums),
            **facts,
            "device": self.machine.device,
            "backend": self.machine.backend,
            "versions": device.versions(),
        }

    def evaluate(self, record: store.Record, fit: Trained, part: Part) -> np.ndarray | None:
        """Add what is measured on a part to a record; return the logits, None of what does not classify."""
        measured, logits = fit.measures(part)
        record["metrics"][part.name] = _packed(measured)
        return logits

    def complete(self, plan: Iterable[Asked[Recordable]], *, test: bool = False) -> None:
        """Carry out and record, one at a time, whatever of the plan has no fresh record in the book.

        Where no seeds are asked for, each recipe gets three, and those that do not take `LONG` get five.
        With `test` a record must also hold the test set's accuracy, under the recipe's name as headline.
        """
        plan = list(plan)
        self._complete([asked.of(asked.seeds or SEEDS[:FEW]) for asked in plan], test=test)
        book = store.read(store.book_folder())
        quick = [asked for asked in plan if asked.seeds is None and not _takes_long(asked, book)]
        self._complete([asked.of(SEEDS[FEW:]) for asked in quick], test=test)

    def _complete(self, plan: Iterable[Asked[Recordable]], *, test: bool) -> None:
        recorded = {(r["fingerprint"], r["seed"]): r for r in store.read(store.book_folder())}
        missing = []
        for asked, seed in [(one, seed) for one in plan for seed in one.shown]:
            if self._taken.setdefault((asked.name, seed), asked.key) != asked.key:
                raise ValueError(
                    f"{asked.name}: expected one recipe of this name in {self.chapter}, found another one "
                    "before: the records of the second would take the place of the first's"
                )
            record = recorded.get((asked.key, seed))
            if record is None or (test and record.get("headline") != asked.name):
                missing.append((asked, seed))
        for number, (asked, seed) in enumerate(missing, start=1):
            title = f"{self.chapter[:2]} {asked.name}, seed {seed} ({number} of {len(missing)})"
            before = recorded.get((asked.key, seed))
            recorded[asked.key, seed] = self._record_one(asked, seed, before, test=test, title=title)

    def _record_one(
        self, asked: Asked[Recordable], seed: int, before: store.Record | None, *, test: bool, title: str
    ) -> store.Record:
        """Carry one out, or take up what is kept of it; return its record as written."""
        if self.data.source != "fashion-mnist":
            raise RuntimeError(f"data: expected Fashion-MNIST for a record, found {self.data.source!r}")
        require_writable(store.book_folder())  # before anything is trained, not after
        kept = cache_folder() / "under_way" / f"{asked.key}-{seed}"
        parts = self.parts(asked.recipe)
        with bar(title, expected=fit_time(self.chapter, asked.name, asked.key)) as on_step:
            outcome = asked.recipe.train(*parts, seed=seed, on_step=on_step, kept=kept)
        place = {key: before[key] for key in ("chapter", "name")} if before else {}
        record = self.record_of(asked, outcome, parts, seed=seed, mode="record") | place
        logits = self._tested(asked.name, record, outcome, parts[-1]) if test else None
        store.write(record, store.book_folder(), logits=logits)
        if test:
            self._only_headline(record)
        if test or not isinstance(outcome, Trained):  # a fit may be asked for again, by the final evaluation
            _throw_away(kept)
        return record

    def _tested(
        self, headline: str, record: store.Record, outcome: Outcome, validation: Part
    ) -> dict[str, np.ndarray] | None:
        """Add what a headline's record has more: the test set's accuracy; return the logits by part."""
        if not isinstance(outcome, Trained):
            raise TypeError(f"{headline}: expected a recipe for the final test, found a study")
        made = {part.name: self.evaluate(record, outcome, part) for part in (validation, self.data.test)}
        alone = memory_alone(record["model"], json.dumps(record["recipe"]))
        record |= {"headline": headline, "peak_memory_mb": alone}
        return {name: logits for name, logits in made.items() if logits is not None} or None

    def _only_headline(self, record: store.Record) -> None:
        """Take the headline from what bore it before a recipe was changed: a table shows each name once."""
        place = (self.chapter, record["headline"], record["seed"])
        for other in store.read(store.book_folder()):
            same_place = (other["chapter"], other.get("headline"), other["seed"]) == place
            if same_place and other["fingerprint"] != record["fingerprint"]:
                bare = {key: value for key, value in other.items() if key != "headline"}
                store.write(bare, store.book_folder())


def _packed(measured: Mapping[str, Any]) -> dict[str, Any]:
    """What was measured on a part, arrays as text."""
    packers = {"correct": store.pack, "errors": store.pack_errors}
    return {name: packers[name](value) if name in packers else value for name, value in measured.items()}


def _takes_long(asked: Asked[Recordable], book: Iterable[store.Record]) -> bool:
    """Whether what is asked for takes over `LONG`, by the mean of the book's records."""
    return bool(np.mean([store.seconds_in_all(r) for r in book if r["fingerprint"] == asked.key]) > LONG)


def _throw_away(kept: Path) -> None:
    for file in kept.parent.glob(f"{kept.name}.*"):
        file.unlink(missing_ok=True)


@functools.cache
def memory_alone(model: str, values: str) -> int:
    """Return the peak memory, in MB, of a process that trains a recipe for one epoch and does nothing else.

    A recording trains many fits in one process, whose memory grows with what ran before.

    Parameters
    ----------
    model : str
        The recipe's model.
    values : str
        The recipe's values as JSON.
    """
    peak: int
    (peak,) = each_in_its_own_process(_peak_memory, [(model, values)])
    return peak


def _peak_memory(described: tuple[str, str]) -> int:
    model, values = described
    recipe = recipe_of(model, json.loads(values)).one_epoch()
    data = load_fashion_mnist(validation_size=recipe.validation_size, progress=False)
    return round(recipe.train(data.train, data.validation, seed=0).peak_memory_mb)
