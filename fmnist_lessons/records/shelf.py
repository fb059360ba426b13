"""Which records are there for what is asked for, and whether they are fresh."""

from collections.abc import Iterable

from ..machine.bars import in_words
from ..studies.study import Study
from ..training.fingerprints import fingerprint
from ..training.kinds import recipe_of
from ..training.protocols import Recordable
from . import store
from .plan import Asked


def is_current(record: store.Record) -> bool:
    """Return whether a record's recipe, with today's code on the same data, is the one recorded."""
    try:
        return bool(fingerprint(described(record), record["checksums"]) == record["fingerprint"])
    except (TypeError, ValueError):
        return False


def described(record: store.Record) -> Recordable:
    """Return the recipe or the study that a record keeps the values of; a network's starts Keras."""
    if record.get("kind") == "study":
        return Study(**record["recipe"])
    return recipe_of(record["model"], record["recipe"])


def find(plan: Iterable[Asked[Recordable]], chapter: str, *, own: bool = False) -> list[store.Record]:
    """Return the fresh records of what is asked for under its name, else a chapter's stale ones of that name.

    With `own`, the learner's records stand beside the book's.
    """
    shelves = {
        "book": store.read(store.book_folder()),
        "yours": store.read(store.own_folder()) if own else [],
    }
    found: list[store.Record] = []
    for asked in plan:
        is_study = isinstance(asked.recipe, Study)
        fresh = {
            (whose, r["seed"]): {**r, "name": asked.name, "whose": whose, "fresh": True}
            for whose, records in shelves.items()
            for r in records
            if r["fingerprint"] == asked.key and r["seed"] in asked.shown
        }
        stale = [
            {**r, "whose": "book", "fresh": False}
            for r in shelves["book"]
            if (r["chapter"], r["name"]) == (chapter, asked.name)
            and r["seed"] in asked.shown
            and (r.get("kind") == "study") == is_study
        ]
        found += list(fresh.values()) or stale
    return found


def say_whose(plan: Iterable[Asked[Recordable]], found: Iterable[store.Record]) -> None:
    """Print which device recorded what is shown, and what has no fresh record."""
    found = list(found)
    fresh = [r for r in found if r["fresh"] and r["whose"] == "book"]
    devices = ", ".join(sorted({r["device"] for r in fresh}))
    if studies := [r for r in fresh if r.get("kind") == "study"]:
        trials = sum(len(r["trials"]) for r in studies)
        took = in_words(sum(r["seconds"]["wall"] for r in studies))
        print(f"{len(studies)} studies from the book's records, {trials:,} trials in {took}, on {devices}.")
    elif fresh:
        print(f"{len(fresh)} fits from the book's records, trained on {devices}.")
    for name, asked in {asked.name: asked for asked in plan}.items():
        mine = [r for r in found if r["name"] == name]
        is_study = isinstance(asked.recipe, Study)
        if not mine and (others := _other_seeds(asked)):
            print(f"No record of {name!r} with the seeds {list(asked.shown)}: the book has {others}.")
        elif not mine:
            how = "run it with lesson.search(…)" if is_study else f"train it with lesson.train({name!r}, …)"
            print(f"No record of {name!r}: {how}.")
        elif not all(r["fresh"] for r in mine):
            what = "description" if is_study else "recipe"
            print(f"The record of {name!r} is stale: its {what}, code or data have changed since.")


def _other_seeds(asked: Asked[Recordable]) -> list[int]:
    """Return the seeds that the book has records of, where none of them is asked for."""
    seeds = {r["seed"] for r in store.read(store.book_folder()) if r["fingerprint"] == asked.key}
    return sorted(seeds) if seeds.isdisjoint(asked.shown) else []
