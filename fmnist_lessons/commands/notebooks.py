"""From the text sources to the notebooks that the book shows: convert, strip solutions, execute."""

import contextlib
import itertools
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

from ..lesson.shown import BANNER_MIME
from ..machine.files import write_atomically
from ..records import store
from ..training import fingerprints
from .sources import convert, root


class NotebookFailedError(RuntimeError):
    """A cell of a notebook raised; the stored notebook is as it was."""


def chapters(asked: list[str] | None = None) -> list[str]:
    """Return the names of the chapters asked for, by number or name; of all without an argument.

    Raises
    ------
    ValueError
        If one of them does not exist.
    """
    known = [path.stem for path in sorted((root() / "book" / "chapters").glob("*.md"))]
    chosen = []
    for wanted in asked or known:
        matches = [name for name in known if wanted in (name, name[:2])]
        if not matches:
            raise ValueError(f"chapter: expected one of {known} or its number, found {wanted!r}")
        chosen += matches
    return chosen


def made_from(chapter: str) -> dict[Path, Callable[[], NotebookNode]]:
    """Return the notebooks that are made from a chapter and its exercises, by path, each still to be made."""
    book = root() / "book"
    made = book / "notebooks"
    exercises = book / "exercises" / f"{chapter}.md"
    return {
        made / "chapters" / f"{chapter}.ipynb": lambda: convert(book / "chapters" / f"{chapter}.md"),
        made / "exercises" / f"{chapter}.ipynb": lambda: convert(exercises, solved=False),
        made / "solutions" / f"{chapter}.ipynb": lambda: convert(exercises),
    }


def keep_outputs(notebook: NotebookNode, stored: NotebookNode) -> NotebookNode:
    """Give a fresh notebook the stored outputs of its code cells, up to the first whose code has changed."""
    pairs = zip(code_cells(notebook), code_cells(stored), strict=False)
    for cell, before in itertools.takewhile(lambda pair: pair[0].source == pair[1].source, pairs):
        cell.outputs, cell.execution_count = before.outputs, before.execution_count
    if "fmnist" in stored.metadata:
        notebook.metadata["fmnist"] = stored.metadata["fmnist"]
    return notebook


def up_to_date(path: Path, make: Callable[[], NotebookNode]) -> NotebookNode:
    """Return the notebook as its source says, with the stored outputs that are still its own."""
    notebook = make()
    return keep_outputs(notebook, nbformat.read(path, as_version=4)) if path.exists() else notebook


def is_stale(notebook: NotebookNode) -> bool:
    """Return whether a code cell has no outputs of a run of the code as it stands."""
    counts = [cell.execution_count for cell in code_cells(notebook)]
    return counts != list(range(1, len(counts) + 1))


def save(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook in one move."""
    write_atomically(path, nbformat.writes(notebook).encode() + b"\n")


def run_cells(
    notebook: NotebookNode, *, environment: dict[str, str | None], on_cell: Callable[[int, float], None]
) -> None:
    """Execute a notebook in a kernel of its own, in an empty folder, and keep the outputs in it.

    Parameters
    ----------
    notebook : NotebookNode
        Changed in place.
    environment : dict
        Variables to set, or to take away where the value is None.
    on_cell : callable
        Called with the index of each cell that has run and its seconds.

    Raises
    ------
    NotebookFailedError
        If a cell raises.
    """
    started = time.perf_counter()

    def executed(cell: NotebookNode, cell_index: int, **_: Any) -> None:
        nonlocal started
        on_cell(cell_index, time.perf_counter() - started)
        started = time.perf_counter()

    with tempfile.TemporaryDirectory() as folder, _environment(environment):
        client = NotebookClient(
            notebook,
            kernel_name="python3",
            timeout=None,
            record_timing=False,
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
            resources={"metadata": {"path": folder}},
            on_cell_complete=executed,
        )
        try:
            client.execute()
        except (CellExecutionError, DeadKernelError) as error:
            raise NotebookFailedError(str(error)) from None
    notebook.metadata["language_info"] = {"name": "python"}


def tell_times(notebook: NotebookNode, chapter: str, fits: Mapping[str, str]) -> None:
    """Let the stored outputs tell the times of this very run, which were not known when they were printed.

    Parameters
    ----------
    notebook : NotebookNode
        Changed in place.
    chapter : str
        What the banner is to say of the chapter's time.
    fits : mapping of str to str
        The line that was printed before a fit, and what it is to say.
    """
    for output in itertools.chain.from_iterable(cell.outputs for cell in code_cells(notebook)):
        if BANNER_MIME in output.get("data", {}):
            text = output["data"]["text/plain"]
            output["data"]["text/plain"] = re.sub(r"(?m)^Time {6}.*$", f"Time      {chapter}", text)
        elif output.output_type == "stream":
            lines = output["text"].split("\n")
            output["text"] = "\n".join(fits.get(line, line) for line in lines)


def records_digest(chapter: str) -> str:
    """Return what the records say for a chapter's pages, its own and earlier ones, in 16 hex digits."""
    records = [r for r in store.read(store.book_folder()) if r["chapter"] <= chapter]
    return fingerprints.digest([(r["name"], r["seed"], r["fingerprint"], r["metrics"]) for r in records])


def play(chapter: str) -> None:
    """Run a chapter's code cells in this process, without keeping outputs; used to record it."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    for cell in code_cells(convert(root() / "book" / "chapters" / f"{chapter}.md")):
        shell.run_cell(cell.source).raise_error()


@contextlib.contextmanager
def _environment(changes: dict[str, str | None]) -> Iterator[None]:
    """Set environment variables, or take them away, for a while."""
    before = dict(os.environ)
    try:
        for name, value in changes.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def code_cells(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """Yield the code cells."""
    return (cell for cell in notebook.cells if cell.cell_type == "code")


if __name__ == "__main__":
    play(sys.argv[1])
