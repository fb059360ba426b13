"""The command ``fmnist``: run, record, notebooks, doctor, benchmark."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from ..machine.device import Machine
app = typer.Typer(
    help="Make, run and check the course fmnist-lessons.", no_args_is_help=True, add_completion=False
)
Chapters = Annotated[
    list[str] | None,
    typer.Argument(help="Numbers or names, such as 02; all without one.", show_default=False),
]


@app.command()
def notebooks(asked: Chapters = None) -> None:
    """Make the notebooks from the text sources; outputs of unchanged code stay."""
    from . import notebooks as nb

    for chapter in _chapters(asked):
        for path, make in nb.made_from(chapter).items():
            notebook = nb.up_to_date(path, make)
            nb.save(notebook, path)
            stale = "  stale: fmnist run " + chapter[:2] if nb.is_stale(notebook) else ""
            typer.echo(f"{path.relative_to(nb.root())}{stale}")


@app.command()
def run(asked: Chapters = None) -> None:
    """Execute chapters, exercises and solutions live, and store their outputs."""
    from ..machine import device
    from . import notebooks as nb

    chapters = _chapters(asked)
    here = device.describe()
    typer.echo(f"Running on the {here.kind}: {here.device}, Keras on {here.backend}")
    for chapter in chapters:
        for path, make in nb.made_from(chapter).items():
            try:
                _run_one(chapter, path, make(), here)
            except nb.NotebookFailedError as error:
                typer.echo(
                    f"{path.name}: a cell failed; the stored notebook is as it was.\n{error}", err=True
                )
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

    chapters, wanted = _chapters(asked), ",".join(str(seed) for seed in parse_seeds(seeds)) if seeds else ""
    here = device.describe()
    typer.echo(f"Recording on the {here.kind}: {here.device}, Keras on {here.backend}")
    for chapter in chapters:
        environment = {**os.environ, "FMNIST_MODE": "record", "FMNIST_SEEDS": wanted, "MPLBACKEND": "agg"}
        environment.pop("FMNIST_QUICK", None)
        command = [sys.executable, "-m", "fmnist_lessons.commands.notebooks", chapter]
        ended = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
        if ended.returncode:
            typer.echo(f"{chapter}: stopped by the error above; the fits before it are recorded.", err=True)
            raise typer.Exit(1)
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


def _chapters(asked: list[str] | None) -> list[str]:
    try:
        from . import notebooks as nb
    except ModuleNotFoundError as error:
        raise typer.BadParameter(f"{error}. Install what makes notebooks: pip install -e '.[make]'") from None
    try:
        return nb.chapters(asked)
    except (ValueError, FileNotFoundError) as error:
        raise typer.BadParameter(str(error)) from None


def parse_seeds(text: str) -> list[int]:
    """Return the seeds that a text names: ``"0-2,7"`` becomes 0, 1, 2, 7."""
    try:
        pieces = [[int(n) for n in piece.split("-")] for piece in text.split(",")]
        ranges = [range(piece[0], piece[-1] + 1) for piece in pieces]
    except ValueError:
        ranges = []
    if not all(ranges) or not ranges:
        raise typer.BadParameter(f"--seeds: expected such as 0-4 or 0,2,5, found {text!r}")
    return [seed for seeds in ranges for seed in seeds]


def main() -> None:
    """Run the command."""
    app()
