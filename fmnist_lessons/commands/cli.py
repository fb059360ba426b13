"""The command ``fmnist``: run, record, notebooks, doctor, benchmark."""

import errno
import re
import sys
import tempfile
import time
import traceback
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from ..machine.device import Machine
app = typer.Typer(
    help="Make, run and check the course fmnist-lessons.", no_args_is_help=True, add_completion=False
)
MOST_SEEDS = 1_000
Chapters = Annotated[
    list[str] | None,
    typer.Argument(help="Numbers or names, such as 02; all without one.", show_default=False),
]


@app.command()
def notebooks(asked: Chapters = None) -> None:
    """Make the notebooks from the text sources; outputs of unchanged code stay."""
    nb, chapters = _asked(asked)
    made = [
        (path, nb.up_to_date(path, make))
        for chapter in chapters
        for path, make in nb.made_from(chapter).items()
    ]
    for path, notebook in made:
        nb.save(notebook, path)
        stale = "  stale: fmnist run " + path.name[:2] if nb.is_stale(notebook) else ""
        typer.echo(f"{path.parent.name}/{path.name}{stale}")


@app.command()
def run(asked: Chapters = None) -> None:
    """Execute chapters, exercises and solutions live, and store their outputs."""
    from ..machine import device
    from ..records.store import book_folder

    nb, chapters = _asked(asked)
    made = [(chapter, path, make()) for chapter in chapters for path, make in nb.made_from(chapter).items()]
    for folder in {book_folder(), *(path.parent for _, path, _ in made)}:
        nb.require_room(folder)
    here = device.describe()
    typer.echo(f"Running on the {here.kind}: {here.device}, Keras on {here.backend}")
    for chapter, path, notebook in made:
        try:
            _run_one(chapter, path, notebook, here)
        except nb.NotebookFailedError as error:
            typer.echo(f"{path.name}: the stored notebook is as it was.\n{error}", err=True)
            raise typer.Exit(1) from None


def _run_one(chapter: str, path: Path, notebook: "NotebookNode", here: "Machine") -> None:
    """Execute one notebook with a bar, then put it and its times in place."""
    from ..machine.bars import in_words, tqdm
    from ..records.timings import chapter_time, expectation, read_timings, write_timings
    from . import notebooks as nb

    title = f"{path.parent.name}/{path.stem}"
    before = read_timings().get(title, {}).get("cells", [])
    weights = before if len(before) == len(notebook.cells) else [1.0] * len(notebook.cells)
    seconds = [0.0] * len(notebook.cells)
    with tempfile.TemporaryDirectory() as folder, tqdm(total=sum(weights), desc=title) as shown:
        shown.bar_format = "{desc} {percentage:3.0f}%|{bar}| {elapsed} gone, {remaining} left"

        def on_cell(index: int, took: float) -> None:
            seconds[index] = round(took, 2)
            shown.update(weights[index])

        fits = Path(folder) / "fits.json"
        environment = {
            "FMNIST_QUICK": None,
            "FMNIST_MODE": None,
            "FMNIST_CHECKS": None,
            "FMNIST_DATA": "fashion-mnist",
            "FMNIST_PROGRESS": "0",
            "FMNIST_TIMINGS": str(fits),
            "FMNIST_RESULTS_DIR": folder,
        }
        start = time.perf_counter()
        nb.run_cells(notebook, environment=environment, on_cell=on_cell)
        total = round(time.perf_counter() - start, 1)
        took_fits = read_timings(fits)
    took = {"seconds": total, "device": here.device, "kind": here.kind, "cells": seconds, "fits": took_fits}
    write_timings({title: took})
    now_known = {expectation(fit): expectation(fit, (s, here.device)) for fit, s in took_fits.items()}
    nb.tell_times(notebook, chapter_time(chapter), now_known)
    notebook.metadata["fmnist"] = {"records": nb.records_digest(chapter)}
    nb.save(notebook, path)
    typer.echo(f"{title}: {in_words(total)}")


@app.command()
def record(
    asked: Chapters = None,
    seeds: Annotated[
        str | None,
        typer.Option(
            help="Such as 0-4 or 0,2,5; without it, those that the chapter names, else five or three."
        ),
    ] = None,
) -> None:
    """Train and record every fit of the chapters that has no fresh record; goes on where it was stopped."""
    from ..machine import device
    from ..machine.processes import run_apart
    from ..records.store import book_folder

    wanted = "" if seeds is None else ",".join(map(str, parse_seeds(seeds)))
    nb, chapters = _asked(asked)
    nb.require_room(book_folder())
    here = device.describe()
    typer.echo(f"Recording on the {here.kind}: {here.device}, Keras on {here.backend}")
    environment = {
        "FMNIST_MODE": "record",
        "FMNIST_QUICK": None,
        "FMNIST_SEEDS": wanted or None,
        "MPLBACKEND": "agg",
    }
    for chapter in chapters:
        try:
            run_apart(nb.play, chapter, environment=environment)
        except (RuntimeError, ValueError) as error:
            typer.echo(f"{chapter}: {error}\nThe fits before it are recorded.", err=True)
            raise typer.Exit(1) from None
        typer.echo(f"{chapter}: every fit has its record")


@app.command()
def doctor() -> None:
    """Tell what a learner needs when something does not work."""
    from .doctor import findings

    bad = 0
    for topic, line, well in findings():
        bad += not well
        typer.echo(f"{'ok ' if well else 'LOOK'.ljust(3)} {topic:<12} {line}")
    raise typer.Exit(1 if bad else 0)


@app.command()
def benchmark() -> None:
    """Measure, side by side in one run: the loader, and the time to 90 % of chapter 03's recipe."""
    from .benchmark import lines

    for line in lines():
        typer.echo(line)


def _asked(asked: list[str] | None) -> tuple[ModuleType, list[str]]:
    """Return the room that makes notebooks, and the names of the chapters asked for."""
    try:
        from . import notebooks as nb
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"expected {error.name} to be installed, found it missing; install what makes and runs "
            "notebooks, in the course's folder: pip install -e '.[make,lab]'"
        ) from None
    try:
        return nb, nb.chapters(asked)
    except (ValueError, FileNotFoundError) as error:
        raise typer.BadParameter(str(error)) from None


def parse_seeds(text: str) -> list[int]:
    """Return the seeds that a text names: ``"0-2,7"`` becomes 0, 1, 2, 7."""
    wrong = typer.BadParameter(
        f"--seeds: expected such as 0-4 or 0,2,5, at most {MOST_SEEDS:,} and none twice, found {text!r}"
    )
    if not re.fullmatch(r"[0-9]{1,9}(-[0-9]{1,9})?(,[0-9]{1,9}(-[0-9]{1,9})?)*", text):
        raise wrong
    pieces = [[int(n) for n in piece.split("-")] for piece in text.split(",")]
    ranges = [range(piece[0], piece[-1] + 1) for piece in pieces]
    if not all(ranges) or sum(map(len, ranges)) > MOST_SEEDS:
        raise wrong
    seeds = [seed for seeds in ranges for seed in seeds]
    if len(set(seeds)) < len(seeds):
        raise wrong
    return seeds


def main() -> None:
    """Run the command; an error is told in a few lines, never by a traceback."""
    try:
        app()
    except Exception as error:
        typer.echo(_told(error), err=True)
        sys.exit(1)


def _told(error: Exception) -> str:
    """Return what a user needs to know of an error."""
    if isinstance(error, OSError) and error.strerror:
        place = error.filename or "a file"
        return f"{place}: expected to read or write here, found: {error.strerror}.{_remedy(error)}"
    if isinstance(error, OSError | ValueError | RuntimeError | ImportError) and str(error):
        return str(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"A fault in the course's code, please report it: {error!r} ({last.filename}:{last.lineno})"


def _remedy(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
        return " Make room there and call this again; what was finished before is kept."
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return " Ask for the right to write there, or work on a copy of the course elsewhere."
    return ""
