"""How long a fit takes: what it took before, and a bar with the time left while it runs."""

import json
import os
import reprlib
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..machine.bars import in_words
from ..machine.files import write_atomically
from . import store

TIMINGS = "timings.json"  # in book/results: seconds of the notebooks, and of their fits that have no record
LARGEST = 10_000_000  # bytes of it
CENTURY = 3.2e9  # seconds: nothing here takes longer
PATIENCE = 10  # seconds to wait for another process that notes its times


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
    """Return the seconds of each notebook's last live run, or of each fit that is noted at `path`.

    What is no such time counts as none, and is named in a warning, once.
    """
    is_right, expected = (_is_run, "seconds and the device") if path is None else (_is_seconds, "seconds")
    path = path or store.book_folder() / TIMINGS
    try:
        store.require_file(path, LARGEST)
        noted = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(noted, dict):
            raise ValueError(f"expected names and their times, found {reprlib.repr(noted)}")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        store.warn_once(f"The times in {path} are left out: {store.reason(error)}")
        return {}
    for name, found in noted.items():
        if not is_right(found):
            said = f"{name}: expected {expected}, found {reprlib.repr(found)}"
            store.warn_once(f"A time in {path} is left out: {said}")
    return {name: found for name, found in noted.items() if is_right(found)}


def write_timings(runs: Mapping[str, Any]) -> None:
    """Note the times of notebooks' live runs in the book's file, where those of other notebooks stay."""
    _note(store.book_folder() / TIMINGS, runs, lambda _: read_timings())


def note_fit(title: str, seconds: float) -> None:
    """Tell `fmnist run`, which says where by ``FMNIST_TIMINGS``, how long a fit took."""
    if place := os.environ.get("FMNIST_TIMINGS"):
        _note(Path(place), {title: round(float(seconds), 1)}, read_timings)


def _note(path: Path, times: Mapping[str, Any], read: Callable[[Path], dict[str, Any]]) -> None:
    """Add times to a file, one process at a time; where that cannot be, warn: no fit is lost for it."""
    from filelock import FileLock  # slow to import, and reading needs none

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{path.name}.lock"), timeout=PATIENCE):
            content = json.dumps({**read(path), **times}, indent=1, sort_keys=True, allow_nan=False) + "\n"
            write_atomically(path, content.encode())
    except (OSError, ValueError, NotImplementedError) as error:
        warnings.warn(f"The times of {sorted(times)} are not noted in {path}: {error}", stacklevel=3)


def _is_seconds(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value <= CENTURY


def _is_run(run: Any) -> bool:
    """Whether this is what `fmnist run` notes of a notebook."""
    return (
        isinstance(run, dict)
        and _is_seconds(run.get("seconds"))
        and isinstance(run.get("device"), str)
        and isinstance(run.get("kind", ""), str)
        and isinstance(run.get("cells", []), list)
        and isinstance(run.get("fits", {}), dict)
        and all(map(_is_seconds, [*run.get("cells", []), *run.get("fits", {}).values()]))
    )
