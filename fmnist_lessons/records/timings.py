"""How long a fit takes: what it took before, and a bar with the time left while it runs."""

import json
import os
from pathlib import Path
from typing import Any

from ..machine.bars import in_words
from ..machine.files import write_atomically
from . import store

TIMINGS = "timings.json"  # in book/results: seconds of the notebooks, and of their fits that have no record


def say_expected(title: str, expected: tuple[float, str] | None) -> None:
    """Print the time that a fit is expected to take, before it starts."""
    print(expectation(title, expected))


def expectation(title: str, expected: tuple[float, str] | None = None) -> str:
    """Return the sentence on how long a fit takes; `expected` is seconds, and on what they were measured."""
    if expected:
        return f"{title}: expect about {in_words(expected[0])} (measured on {expected[1]})."
    return f"{title}: no time measured yet."


def fit_time(chapter: str, title: str, key: str = "", device: str = "") -> tuple[float, str] | None:
    """Return (seconds, device) of an earlier fit: that of this title in the chapter's last live run, else the
    mean over the records of the fingerprint `key`, those of `device` first.
    """
    last_run = read_timings().get(f"chapters/{chapter}", {})
    if seconds := last_run.get("fits", {}).get(title):
        return seconds, last_run["device"]
    records = [r for r in store.read(store.book_folder()) if r["fingerprint"] == key]
    if not records:
        return None
    shown = device if any(r["device"] == device for r in records) else records[-1]["device"]
    seconds = [store.seconds_in_all(r) for r in records if r["device"] == shown]
    return sum(seconds) / len(seconds), shown


def chapter_time(chapter: str) -> str:
    """Return the sentence on how long a chapter takes, from its last live run."""
    measured = read_timings().get(f"chapters/{chapter}")
    if not measured:
        return "not measured yet"
    elsewhere = "" if measured.get("kind") == "GPU" else "; on a GPU: not measured"
    return f"about {in_words(measured['seconds'])} (measured on {measured['device']}){elsewhere}"


def read_timings(path: Path | None = None) -> dict[str, Any]:
    """Return the seconds of each notebook's last live run; an unreadable file counts as none."""
    try:
        return dict(json.loads((path or store.book_folder() / TIMINGS).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def write_timings(timings: dict[str, Any]) -> None:
    """Write the seconds of the notebooks' live runs."""
    content = json.dumps(timings, indent=1, sort_keys=True) + "\n"
    write_atomically(store.book_folder() / TIMINGS, content.encode())


def note_fit(title: str, seconds: float) -> None:
    """Tell `fmnist run`, which says where by ``FMNIST_TIMINGS``, how long a fit took."""
    if place := os.environ.get("FMNIST_TIMINGS"):
        path = Path(place)
        content = json.dumps({**read_timings(path), title: round(seconds, 1)})
        write_atomically(path, content.encode())
