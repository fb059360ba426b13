"""Which records are there for a plan, and whether they are fresh."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..machine.bars import in_words
from ..studies.study import Study
from ..training import fingerprints
from ..training.kinds import recipe_of
from . import store

if TYPE_CHECKING:
    from .recorder import Recorder


def is_current(record: store.Record) -> bool:
    """Return whether a record's recipe, with today's code on the same data, is the one recorded."""
    try:
        recipe = _described(record)
    except (TypeError, ValueError):
        return False
    return bool(fingerprints.fingerprint(recipe, record["checksums"]) == record["fingerprint"])


def _described(record: store.Record) -> Any:
    """The recipe or the study that a record keeps the values of."""
    if record.get("kind") == "study":
        return Study(**record["recipe"])
    return recipe_of(record["model"], record["recipe"])


def require_studies(studies: Iterable[Any]) -> list[Study]:
    """Return studies as a list; refuse what is none, and two of one name."""
    found = list(studies) if isinstance(studies, Iterable) else [studies]
    if not found or not all(isinstance(study, Study) for study in found):
        raise TypeError(f"studies: expected a list of Study, found {studies!r}")
    names = [study.name for study in found]
    if len(set(names)) < len(names):
        raise ValueError(f"studies: expected names of their own, found {names}")
    return found


def find(recorder: "Recorder", studies: Iterable[Study], seeds: Iterable[int]) -> list[store.Record]:
    """Return the book's fresh record of each study and seed, else a stale one of that name and seed."""
    book = [r for r in store.read(store.book_folder()) if r.get("kind") == "study"]
    fresh = {r["fingerprint"]: r for r in book}
    named = {(r["chapter"], r["name"], r["seed"]): r for r in book}
    found: list[store.Record] = []
    for study in [study.but(seed=seed) for study in studies for seed in seeds]:
        if record := fresh.get(recorder.fingerprint(study)):
            found.append({**record, "fresh": True})
        elif record := named.get((recorder.chapter, study.name, study.seed)):
            found.append({**record, "fresh": False})
    return found


def say_whose(studies: Iterable[Study], found: list[store.Record]) -> None:
    """Print which device recorded the studies, what they took, and what has no fresh record."""
    fresh = [r for r in found if r["fresh"]]
    if fresh:
        devices = ", ".join(sorted({r["device"] for r in fresh}))
        trials = sum(len(r["trials"]) for r in fresh)
        took = in_words(sum(r["seconds"]["wall"] for r in fresh))
        print(f"{len(fresh)} studies from the book's records, {trials:,} trials in {took}, on {devices}.")
    for study in studies:
        mine = [r for r in found if r["name"] == study.name]
        if not mine:
            print(f"No record of {study.name!r}: run it with lesson.search(…).")
        elif not all(r["fresh"] for r in mine):
            print(f"The record of {study.name!r} is stale: its description, code or data have changed since.")
