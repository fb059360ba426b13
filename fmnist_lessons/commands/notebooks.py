"""The notebooks that the book shows: made, kept, executed, stored."""

import contextlib
import itertools
import json
import os
import re
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

from ..lesson.shown import BANNER_MIME
from ..machine.files import write_atomically
from ..machine.processes import changed_environment
from ..records import store
from ..training import fingerprints
from .sources import SourceError, convert, read_text, root

LARGEST = 1_500_000  # bytes of a stored notebook


class NotebookFailedError(RuntimeError):
    """A notebook cannot be run or stored, or the stored one is damaged; it is as it was."""


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
    return keep_outputs(notebook, read_stored(path)) if path.exists() else notebook


def read_stored(path: Path) -> NotebookNode:
    """Return a stored notebook.

    Raises
    ------
    NotebookFailedError
        If it is damaged; the message names the file.
    """
    remedy = f"Fetch it again from Git, or delete it and call: fmnist run {path.name[:2]}"
    try:
        text = read_text(path)
        nbformat.validate(json.loads(text), version=4)
        notebook: NotebookNode = nbformat.reads(text, as_version=4)  # which alone joins what lies in lines
    except SourceError as error:
        raise NotebookFailedError(f"{error}. {remedy}") from None
    except Exception as error:  # JSON's, jsonschema's, or too deeply nested
        found = f"{type(error).__name__}: {error}".splitlines()[0]
        raise NotebookFailedError(f"{path}: expected a whole notebook, found: {found}. {remedy}") from None
    return notebook


def is_stale(notebook: NotebookNode) -> bool:
    """Return whether a code cell has no outputs of a run of the code as it stands."""
    counts = [cell.execution_count for cell in code_cells(notebook)]
    return counts != list(range(1, len(counts) + 1))


def save(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook in one move.

    Raises
    ------
    NotebookFailedError
        If it is larger than a stored notebook may be.
    """
    content = nbformat.writes(notebook).encode() + b"\n"
    if len(content) > LARGEST:
        raise NotebookFailedError(
            f"{path}: expected at most {LARGEST / 1e6} MB, found {len(content) / 1e6:.1f} MB; "
            "let its cells print and draw less"
        )
    with named(path):
        write_atomically(path, content)


def require_room(folder: Path) -> None:
    """Raise OSError where a notebook could not be stored: to be called before hours of work, not after."""
    probe = folder / ".is-there-room"
    with named(folder):
        write_atomically(probe, bytes(LARGEST))
        probe.unlink()


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """Let an error of the disk name the file or folder that was to be written."""
    try:
        yield
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(path)) from None


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
        If a cell raises or prints too much, or there is no kernel.
    """
    started = time.perf_counter()

    def executed(cell_index: int, **_: Any) -> None:
        nonlocal started
        on_cell(cell_index, time.perf_counter() - started)
        started = time.perf_counter()

    with tempfile.TemporaryDirectory() as folder, changed_environment(environment):
        client = _Client(
            notebook,
            kernel_name="python3",
            timeout=None,
            record_timing=False,
            extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
            resources={"metadata": {"path": folder}},
            on_cell_complete=executed,
        )
        try:
            client.execute()
        except CellExecutionError as error:
            raise NotebookFailedError(str(error)) from None
        except DeadKernelError as error:
            raise NotebookFailedError(f"{error}: a signal stopped it, or memory was short") from None
        except AssertionError:  # nbclient's, when a signal to this process has ended the kernel
            raise NotebookFailedError("stopped by a signal before its end") from None
        except NoSuchKernel:
            raise NotebookFailedError(
                "expected a Jupyter kernel named python3, found none; install it: pip install ipykernel"
            ) from None
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


class _Client(NotebookClient):
    """Drops outputs from where they are too many to be stored, and counts their bytes in `stored`."""

    stored = 0

    def output(self, outs: Any, msg: Any, display_id: str | None, cell_index: int) -> NotebookNode | None:
        self.stored += len(json.dumps(msg["content"]))
        return None if self.stored > LARGEST else super().output(outs, msg, display_id, cell_index)

    async def async_execute_cell(
        self, cell: NotebookNode, cell_index: int, *rest: Any, **more: Any
    ) -> NotebookNode:
        executed = await super().async_execute_cell(cell, cell_index, *rest, **more)
        if self.stored > LARGEST:
            raise NotebookFailedError(
                f"cell {cell_index}: expected outputs of at most {LARGEST / 1e6} MB in the whole notebook, "
                f"found {self.stored / 1e6:.1f} MB:\n{cell.source}"
            )
        return executed


def play(chapter: str) -> None:
    """Run a chapter's code cells in this process, without keeping outputs; used to record it.

    Raises
    ------
    NotebookFailedError
        If a cell raises.
    """
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        for cell in code_cells(convert(root() / "book" / "chapters" / f"{chapter}.md")):
            result = shell.run_cell(cell.source)
            if error := result.error_before_exec or result.error_in_exec:
                last = traceback.extract_tb(error.__traceback__)[-1]
                raise NotebookFailedError(
                    f"this cell failed:\n{cell.source}\n\n"
                    f"{type(error).__name__}: {error} ({last.filename}:{last.lineno})"
                )


def code_cells(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """Yield the code cells."""
    return (cell for cell in notebook.cells if cell.cell_type == "code")
