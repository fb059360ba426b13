"""From a fit to its record: what is measured, what is kept, and which fits of a plan are still to be done."""

import functools
import itertools
import json
import math
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import optuna

from ..data.loading import load_fashion_mnist
from ..data.parts import VALIDATION_SIZE, FashionMNIST, Part
from ..machine import device
from ..machine.bars import bar
from ..machine.files import cache_folder, write_atomically
from ..studies.database import forget
from ..studies.search import Row, run
from ..studies.study import Study
from ..training import fingerprints
from ..training.kinds import recipe_of
from . import store
from .timings import fit_time

SEEDS = range(5)  # of each recipe, but only the first few where a fit takes long
FEW = 3
LONG = 180  # seconds


class Recorder:
    """Measures, writes and finds the records of one chapter on one data set and machine."""

    def __init__(self, chapter: str, data: FashionMNIST, machine: device.Machine) -> None:
        self.chapter, self.data, self.machine = chapter, data, machine
        self._named: dict[str, str] = {}  # the fingerprints of what was recorded, by name

    def fingerprint(self, recipe: Any) -> str:
        """Return the recipe's fingerprint on this data."""
        return fingerprints.fingerprint(recipe, self.data.checksums)

    def parts(self, recipe: Any) -> tuple[Part, Part]:
        """Return what the recipe trains on and what it is validated on."""
        data = _split_for(recipe, self.data)
        return data.train, data.validation

    def measure(
        self, name: str, recipe: Any, fit: Any, parts: Iterable[Part], *, seed: int, mode: str
    ) -> store.Record:
        """Return the record of a fit, evaluated on `parts`: training first, validation last."""
        *_, validation = parts = list(parts)
        record: store.Record = {
            "chapter": self.chapter,
            "name": name,
            "seed": seed,
            "kind": getattr(fit, "kind", "classifier"),
            "model": recipe.model,
            "recipe": fingerprints.values_of(recipe),
            "fingerprint": self.fingerprint(recipe),
            "mode": mode,
            "data_source": self.data.source,
            "checksums": dict(self.data.checksums),
            "metrics": {},
            "history": {key: [round(v, 5) for v in values] for key, values in fit.history.items()},
            "parameters": fit.parameters,
            "seconds": {"wall": round(fit.wall, 2), "cpu": round(fit.cpu, 2), **_other_seconds(fit)},
            "peak_memory_mb": round(fit.peak_memory_mb),
            "microseconds_per_image": round(fit.microseconds_per_image(validation), 1),
            "file_kb": round(fit.file_kb()),
            "device": self.machine.device,
            "backend": self.machine.backend,
            "versions": device.versions(),
        }
        for part in parts:
            self.evaluate(record, fit, part)
        return record

    def evaluate(self, record: store.Record, fit: Any, part: Part) -> np.ndarray | None:
        """Add a part's accuracy and cross-entropy to a record; return the logits they come from.

        A fit that does not classify knows itself what to measure; it has no logits.
        """
        if hasattr(fit, "measures"):
            measured = fit.measures(part)
            if "errors" in measured:
                measured["errors"] = store.pack_errors(measured["errors"])
            record["metrics"][part.name] = measured
            return None
        part = getattr(fit, "labelled", lambda part: part)(part)
        logits = fit.logits(part)
        labels = np.asarray(part.labels)
        correct = logits.argmax(axis=1) == labels
        top = logits.max(axis=1)
        log_sums = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
        measured = {
            "accuracy": float(correct.mean()),
            "loss": float(np.mean(log_sums - logits[np.arange(len(labels)), labels])),
            "images": len(labels),
        }
        if part.name != "train":
            measured["correct"] = store.pack(correct)
        record["metrics"][part.name] = measured
        return np.asarray(logits)

    def find(self, recipes: Mapping[str, Any], seeds: Iterable[int], *, own: bool) -> list[store.Record]:
        """Return the fresh records of each recipe under the name it has here, else stale ones of that name.

        With `own`, the learner's records stand beside the book's.
        """
        seeds, book = set(seeds), [r for r in store.read(store.book_folder()) if r.get("kind") != "study"]
        shelves = {"book": book, "yours": store.read(store.own_folder()) if own else []}
        found: list[store.Record] = []
        for name, recipe in recipes.items():
            wanted = self.fingerprint(recipe)
            fresh = {
                (whose, r["seed"]): {**r, "name": name, "whose": whose, "fresh": True}
                for whose, records in shelves.items()
                for r in records
                if r["fingerprint"] == wanted and r["seed"] in seeds
            }
            stale = [
                {**r, "fresh": False}
                for r in book
                if (r["chapter"], r["name"]) == (self.chapter, name) and r["seed"] in seeds
            ]
            found += list(fresh.values()) or stale
        return found

    def complete(
        self, recipes: Mapping[str, Any], seeds: Iterable[int] | None = None, *, test: bool = False
    ) -> None:
        """Train and record, one at a time, each fit of the plan that has no fresh record in the book.

        Without `seeds` each recipe gets three, and those whose fits do not take `LONG` get five.
        With `test` a record must also hold the test set's accuracy, under the recipe's name as headline.
        """
        if seeds is None:
            self.complete(recipes, SEEDS[:FEW], test=test)
            book = store.read(store.book_folder())
            recipes = {name: recipe for name, recipe in recipes.items() if not self._takes_long(recipe, book)}
            seeds = SEEDS[FEW:]
        recorded = {(r["fingerprint"], r["seed"]): r for r in store.read(store.book_folder())}
        wanted = {name: self.fingerprint(recipe) for name, recipe in recipes.items()}
        for name, fingerprint in wanted.items():
            if self._named.setdefault(name, fingerprint) != fingerprint:
                raise ValueError(
                    f"{name}: expected one recipe of this name in {self.chapter}, found another one before: "
                    "the records of the second would take the place of the first's"
                )
        missing = []
        for name, seed in itertools.product(recipes, seeds):
            record = recorded.get((wanted[name], seed))
            if record is None or (test and record.get("headline") != name):
                missing.append((name, seed))
        for number, (name, seed) in enumerate(missing, start=1):
            title = f"{self.chapter[:2]} {name}, seed {seed} ({number} of {len(missing)})"
            recipe, key = recipes[name], (wanted[name], seed)
            recorded[key] = self._record_one(name, recipe, seed, recorded.get(key), test=test, title=title)

    def _takes_long(self, recipe: Any, book: Iterable[store.Record]) -> bool:
        """Return whether the fits of a recipe among the book's records take over `LONG` on average."""
        wanted = self.fingerprint(recipe)
        return bool(np.mean([store.seconds_in_all(r) for r in book if r["fingerprint"] == wanted]) > LONG)

    def _record_one(
        self, name: str, recipe: Any, seed: int, record: store.Record | None, *, test: bool, title: str
    ) -> store.Record:
        """Train a fit, or take up the one that was kept with `record`; return its record as written."""
        if self.data.source != "fashion-mnist":
            raise RuntimeError(f"data: expected Fashion-MNIST for a record, found {self.data.source!r}")
        kept = cache_folder() / "fits" / f"{self.fingerprint(recipe)}-{seed}.joblib"
        fit = _load(kept)
        if record is None or fit is None:
            parts = self.parts(recipe)
            with bar(title, expected=fit_time(self.chapter, name, self.fingerprint(recipe))) as on_step:
                fit = recipe.train(*parts, seed=seed, on_step=on_step)
            place = {key: record[key] for key in ("chapter", "name")} if record else {}
            record = {**self.measure(name, recipe, fit, parts, seed=seed, mode="record"), **place}
            _keep(fit, kept)
        if not test:
            store.write(record, store.book_folder())
            return record
        _, validation = self.parts(recipe)
        made = {part.name: self.evaluate(record, fit, part) for part in (validation, self.data.test)}
        logits = {name: z for name, z in made.items() if z is not None}
        alone = memory_alone(recipe.model, json.dumps(fingerprints.values_of(recipe)))
        record |= {"headline": name, "peak_memory_mb": alone}
        store.write(record, store.book_folder(), logits=logits or None)
        self._only_headline(name, record)
        kept.unlink(missing_ok=True)
        return record

    def _only_headline(self, name: str, record: store.Record) -> None:
        """Take the headline from what bore it before a recipe was changed: a table shows each name once."""
        place = (self.chapter, name, record["seed"])
        for other in store.read(store.book_folder()):
            same_place = (other["chapter"], other.get("headline"), other["seed"]) == place
            if same_place and other["fingerprint"] != record["fingerprint"]:
                del other["headline"]
                store.write(other, store.book_folder())


def _split_for(recipe: Any, data: FashionMNIST) -> FashionMNIST:
    """Return the data as they are, or split anew where the recipe asks for another split."""
    size = getattr(recipe, "validation_size", VALIDATION_SIZE)
    return data if size == VALIDATION_SIZE else load_fashion_mnist(validation_size=size, source=data.source)


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
    command = [sys.executable, "-m", "fmnist_lessons.records.recorder", model, values]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _other_seconds(fit: Any) -> dict[str, float]:
    """The seconds that went before the fit itself, where there were any."""
    seconds = getattr(fit, "pretraining_seconds", None)
    return {} if seconds is None else {"pretraining": round(seconds, 2)}


def _keep(fit: Any, path: Path) -> None:
    """Keep a fit until the final evaluation asks for it: the test set is not read before."""
    write_atomically(path, lambda file: joblib.dump(fit, file))


def _load(path: Path) -> Any:
    try:
        return joblib.load(path)
    except Exception:  # whatever an older version's file raises: the fit is made anew
        return None


if __name__ == "__main__":
    asked = recipe_of(sys.argv[1], json.loads(sys.argv[2]))
    data = _split_for(asked, load_fashion_mnist(progress=False))
    shorter = getattr(asked, "one_epoch", asked.quick)()  # baselines have no epochs
    print(round(shorter.train(data.train, data.validation, seed=0).peak_memory_mb))


def described(study: Study, rows: list[Row], *, whose: str = "book") -> store.Record:
    """Return what of a record does not depend on the place: the description, the trials, their sums."""
    finished = [row["scores"][-1] for row in rows if not row["pruned"]]
    return {
        "name": study.name,
        "seed": study.seed,
        "kind": "study",
        "model": study.model,
        "recipe": fingerprints.values_of(study),
        "whose": whose,
        "metrics": {"validation": {"accuracy": max(finished, default=math.nan)}},  # of the best trial
        "epochs": sum(len(row["scores"]) for row in rows),
        "seconds": {"wall": round(sum(row["seconds"] for row in rows), 2)},
        "trials": rows,
    }


def record_of(recorder: Recorder, study: Study, rows: list[Row], *, mode: str) -> store.Record:
    """Return the record of a study whose trials have ended."""
    record = {
        **described(study, rows),
        "chapter": recorder.chapter,
        "fingerprint": recorder.fingerprint(study),
        "mode": mode,
        "data_source": recorder.data.source,
        "checksums": dict(recorder.data.checksums),
        "device": recorder.machine.device,
        "backend": recorder.machine.backend,
        "versions": {**device.versions(), "optuna": optuna.__version__},
    }
    del record["whose"]
    return record


def complete(recorder: Recorder, studies: Iterable[Study], seeds: Iterable[int]) -> None:
    """Run and record, one at a time, each study that has no fresh record in the book.

    The trials of a study that is under way lie in the cache until the study is recorded.
    """
    recorded = {r["fingerprint"] for r in store.read(store.book_folder())}
    for study in [study.but(seed=seed) for study in studies for seed in seeds]:
        key = recorder.fingerprint(study)
        if key in recorded:
            continue
        if recorder.data.source != "fashion-mnist":
            raise RuntimeError(f"data: expected Fashion-MNIST for a record, found {recorder.data.source!r}")
        file = cache_folder() / "studies" / f"{key}.db"
        rows = run(study, *recorder.parts(study.recipe), file=file)
        store.write(record_of(recorder, study, rows, mode="record"), store.book_folder())
        forget(file)
