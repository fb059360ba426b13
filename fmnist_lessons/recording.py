"""From a fit to its record: what is measured, what is kept, and which fits of a plan are still to be done."""

import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from . import machine, results
from .data import FashionMNIST, Part
from .files import cache_folder, write_atomically
from .progress import bar, fit_time


class Recorder:
    """Measures, writes and finds the records of one chapter on one data set and machine."""

    def __init__(self, chapter: str, data: FashionMNIST, machine: machine.Machine) -> None:
        self.chapter, self.data, self.machine = chapter, data, machine

    def fingerprint(self, recipe: Any) -> str:
        """Return the recipe's fingerprint on this data."""
        return results.fingerprint(recipe, self.data.checksums)

    def measure(
        self, name: str, recipe: Any, fit: Any, parts: Iterable[Part], *, seed: int, mode: str
    ) -> results.Record:
        """Return the record of a fit, evaluated on `parts`: training first, validation last."""
        *_, validation = parts = list(parts)
        record: results.Record = {
            "chapter": self.chapter,
            "name": name,
            "seed": seed,
            "kind": "classifier",
            "model": recipe.model,
            "recipe": results.values_of(recipe),
            "fingerprint": self.fingerprint(recipe),
            "mode": mode,
            "data_source": self.data.source,
            "checksums": dict(self.data.checksums),
            "metrics": {},
            "history": {key: [round(v, 5) for v in values] for key, values in fit.history.items()},
            "parameters": fit.parameters,
            "seconds": {"wall": round(fit.wall, 2), "cpu": round(fit.cpu, 2)},
            "peak_memory_mb": round(fit.peak_memory_mb),
            "microseconds_per_image": round(fit.microseconds_per_image(validation), 1),
            "file_kb": round(fit.file_kb()),
            "device": self.machine.device,
            "backend": self.machine.backend,
            "versions": machine.versions(),
        }
        for part in parts:
            self.evaluate(record, fit, part)
        return record

    def evaluate(self, record: results.Record, fit: Any, part: Part) -> np.ndarray:
        """Add a part's accuracy and cross-entropy to a record; return the logits they come from."""
        logits = fit.logits(part)
        labels = np.asarray(part.labels)
        correct = logits.argmax(axis=1) == labels
        top = logits.max(axis=1)
        log_sums = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
        measured: dict[str, Any] = {
            "accuracy": float(correct.mean()),
            "loss": float(np.mean(log_sums - logits[np.arange(len(labels)), labels])),
            "images": len(labels),
        }
        if part.name != "train":
            measured["correct"] = results.pack(correct)
        record["metrics"][part.name] = measured
        return np.asarray(logits)

    def find(self, recipes: Mapping[str, Any], seeds: Iterable[int], *, own: bool) -> list[results.Record]:
        """Return the fresh records of each recipe under the name it has here, else stale ones of that name.

        With `own`, the learner's records stand beside the book's.
        """
        seeds, book = set(seeds), results.read(results.book_folder())
        shelves = {"book": book, "yours": results.read(results.own_folder()) if own else []}
        found: list[results.Record] = []
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

    def complete(self, recipes: Mapping[str, Any], seeds: Iterable[int], *, test: bool = False) -> None:
        """Train and record, one at a time, each fit of the plan that has no fresh record in the book.

        With `test` a record must also hold the test set's accuracy, under the recipe's name as headline.
        """
        plan = [(name, recipe, seed) for name, recipe in recipes.items() for seed in seeds]
        missing = [job for job in plan if not self._is_done(*job, test=test)]
        for number, (name, recipe, seed) in enumerate(missing, start=1):
            title = f"{self.chapter[:2]} {name}, seed {seed} ({number} of {len(missing)})"
            self._record_one(name, recipe, seed, test=test, title=title)

    def _recorded(self, recipe: Any, seed: int) -> results.Record | None:
        wanted = self.fingerprint(recipe)
        records = results.read(results.book_folder())
        return next((r for r in records if (r["fingerprint"], r["seed"]) == (wanted, seed)), None)

    def _is_done(self, name: str, recipe: Any, seed: int, *, test: bool) -> bool:
        record = self._recorded(recipe, seed)
        return record is not None and (not test or record.get("headline") == name)

    def _record_one(self, name: str, recipe: Any, seed: int, *, test: bool, title: str) -> None:
        if self.data.source != "fashion-mnist":
            raise RuntimeError(f"data: expected Fashion-MNIST for a record, found {self.data.source!r}")
        kept = cache_folder() / "fits" / f"{self.fingerprint(recipe)}-{seed}.joblib"
        record, fit = self._recorded(recipe, seed), _load(kept)
        if record is None or fit is None:
            parts = self.data.train, self.data.validation
            with bar(title, expected=fit_time(self.chapter, name, self.fingerprint(recipe))) as on_step:
                fit = recipe.train(*parts, seed=seed, on_step=on_step)
            record = self.measure(name, recipe, fit, parts, seed=seed, mode="record")
            _keep(fit, kept)
        logits = None
        if test:
            record["headline"] = name
            parts = (self.data.validation, self.data.test)
            logits = {part.name: self.evaluate(record, fit, part) for part in parts}
        results.write(record, results.book_folder(), logits=logits)


def _keep(fit: Any, path: Path) -> None:
    """Keep a fit until the final evaluation asks for it: the test set is not read before."""
    write_atomically(path, functools.partial(joblib.dump, fit))


def _load(path: Path) -> Any:
    try:
        return joblib.load(path)
    except (OSError, EOFError, ValueError):
        return None
