"""The command, and what it leaves behind when something fails."""

import errno
import os
import sys

import nbformat
import pytest
import typer
from jupyter_client.kernelspec import NoSuchKernel
from nbformat.v4 import new_code_cell, new_notebook
from typer.testing import CliRunner

from fmnist_lessons import commands
from fmnist_lessons.commands import cli
from fmnist_lessons.commands import notebooks as nb
from fmnist_lessons.machine import device
from fmnist_lessons.records import store, timings

runner = CliRunner()
PLAY = nb.play


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A book of one notebook that a test fills with cells; nothing of the checkout is touched."""
    monkeypatch.setattr(store, "book_folder", lambda: tmp_path / "results")
    (tmp_path / "results").mkdir()
    path = tmp_path / "notebooks" / "chapters" / "01_the_data.ipynb"
    cells = []

    def make():
        return new_notebook(cells=[new_code_cell(source) for source in cells])

    monkeypatch.setattr(nb, "made_from", lambda chapter: {path: make})
    monkeypatch.setattr(nb, "chapters", lambda asked: ["01_the_data"])
    return path, cells


def test_run_stores_the_outputs_of_a_live_run(book, monkeypatch):
    path, cells = book
    monkeypatch.setenv("FMNIST_QUICK", "1")
    cells += [
        "from fmnist_lessons.machine.modes import mode; print(mode())",
        "import os; print(len(os.listdir()))",
    ]
    ended = runner.invoke(cli.app, ["run", "01"])
    assert ended.exit_code == 0, ended.output
    assert "Running on the" in ended.output
    stored = nbformat.read(path, as_version=4)
    assert [cell.outputs[0].text for cell in stored.cells] == ["live\n", "0\n"]
    assert not nb.is_stale(stored)
    assert len(timings.read_timings()["chapters/01_the_data"]["cells"]) == 2


def test_a_failing_cell_leaves_the_stored_notebook_untouched(book):
    path, cells = book
    path.parent.mkdir(parents=True)
    path.write_text("the old notebook")
    cells += ["print(1)", "1 / 0"]
    ended = runner.invoke(cli.app, ["run", "01"])
    assert ended.exit_code == 1
    assert "ZeroDivisionError" in ended.output
    assert path.read_text() == "the old notebook"
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_outputs_stay_up_to_the_first_changed_cell(book):
    path, cells = book
    cells += ["print(1)", "print(2)", "print(3)"]
    assert runner.invoke(cli.app, ["run"]).exit_code == 0
    cells[1] = "print('two')"
    ended = runner.invoke(cli.app, ["notebooks"])
    assert "stale: fmnist run 01" in ended.output
    stored = nbformat.read(path, as_version=4)
    assert [bool(cell.outputs) for cell in stored.cells] == [True, False, False]
    assert nb.is_stale(stored)


@pytest.mark.parametrize(
    ("text", "seeds"), [("0-4", [0, 1, 2, 3, 4]), ("0,2,5", [0, 2, 5]), ("3", [3]), ("0-1,7", [0, 1, 7])]
)
def test_seeds_are_ranges_or_lists(text, seeds):
    assert cli.parse_seeds(text) == seeds


@pytest.mark.parametrize(
    "text",
    ["", "a", "4-0", "-1", "3-", "1-2-3", "1_0", " 3", "3 ", "0, 2", "0,", ",", "٣", "²", "+1", "1.0", "1e3",
     "0x1", "0-99999999999", "0-1000", "9" * 20, "0-599,700-1200", "1,1", "0-3,2", "1,01", "0-4\n", "None"],
)  # fmt: skip
def test_what_is_no_list_of_seeds_is_refused(text):
    with pytest.raises(typer.BadParameter) as refused:
        cli.parse_seeds(text)
    assert "expected such as 0-4 or 0,2,5" in str(refused.value)
    assert f"found {text!r}" in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["record", "--seeds", "a"], "expected such as 0-4 or 0,2,5"),
        (["record", "--seeds", ""], "expected such as 0-4 or 0,2,5"),
        (["run", "99"], "expected one of"),
        (["run", "2"], "expected one of"),
        (["notebooks", ""], "expected one of"),
        (["record", "../chapters/01_the_data"], "expected one of"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    ended = runner.invoke(cli.app, arguments)
    assert ended.exit_code == 2
    assert message in " ".join(ended.output.replace("│", " ").split())


# --- what fails is told in a few lines -------------------------------------------------------------


@pytest.fixture
def told(monkeypatch, capsys):
    """Run a command that fails, as the shell would; return what it says."""

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["fmnist", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr().err
        assert ended.value.code == 1
        assert "Traceback" not in said
        return said

    return run


@pytest.mark.parametrize("library", ["jupytext", "nbclient", "nbformat", "yaml"])
@pytest.mark.parametrize("command", ["run", "notebooks", "record"])
def test_after_a_plain_install_one_line_says_what_to_install(told, monkeypatch, library, command):
    for name in [name for name in sys.modules if name.startswith("fmnist_lessons.commands.")]:
        if name.endswith((".notebooks", ".sources")):
            monkeypatch.delitem(sys.modules, name)
            monkeypatch.delattr(commands, name.rsplit(".", 1)[1])
    monkeypatch.setitem(sys.modules, library, None)
    said = told(command)
    assert said.count("\n") == 1
    assert f"expected {library} to be installed" in said
    assert "pip install -e '.[make,lab]'" in said


STORED = nbformat.writes(new_notebook(cells=[new_code_cell("print(1)")]))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "Expecting value"),
        (b"null", ""),
        (b"[]", ""),
        (b"{}", ""),
        (b"[" * 100_000, "recursion"),
        (STORED[: len(STORED) // 2].encode(), ""),
        (STORED.encode("utf-16"), "the byte 0xff"),
        (STORED.replace("print", "pr\xefnt").encode("cp1252"), "the byte 0xef"),
        (b"\x89PNG\r\n\x1a\n\0\0", "the byte 0x89"),
        (b"\0" * 100, "the character"),
        (f"<<<<<<< HEAD\n{STORED}\n=======\n>>>>>>> x".encode(), "conflicts, found '<<<<<<< HEAD'"),
        (STORED.replace('"metadata"', '"other"').encode(), "'other' was unexpected"),
        (STORED.replace('"cells"', '"other"').encode(), "KeyError: 'cells'"),
        (STORED.replace('"nbformat": 4', '"nbformat": 3').encode(), ""),
        (b'{"cells": {}, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "is not of type 'array'"),
        (b'{"cells": [1], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', ""),
        (b'{"cells": [], "metadata": [], "nbformat": 4, "nbformat_minor": 5}', "is not of type 'object'"),
        (STORED.replace('"outputs": []', '"outputs": 1').encode(), "is not of type 'array'"),
        (None, "something else of this name"),
    ],
)
def test_a_stored_notebook_that_is_damaged_is_named_and_kept(book, told, content, found):
    path, cells = book
    cells += ["print(1)"]
    path.parent.mkdir(parents=True)
    path.mkdir() if content is None else path.write_bytes(content)
    said = told("notebooks")
    assert said.startswith(str(path))
    assert found in said
    assert said.rstrip().endswith("delete it and call: fmnist run 01")
    assert said.count("\n") <= 3
    assert content is None or path.read_bytes() == content


@pytest.mark.parametrize("command", ["notebooks", "run", "record"])
@pytest.mark.parametrize(
    ("number", "remedy"), [(errno.ENOSPC, "Make room there"), (errno.EROFS, "the right to write there")]
)
def test_a_disk_that_takes_nothing_is_told_before_anything_runs(
    book, told, monkeypatch, command, number, remedy
):
    path, cells = book
    cells += ["1 / 0"]

    def fails(place, content):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(nb, "write_atomically", fails)
    said = told(command)
    assert said.startswith(str(path.parents[2]))
    assert os.strerror(number) in said
    assert remedy in said
    assert not path.exists()


def test_a_run_is_kept_where_its_times_cannot_be(book, monkeypatch):
    path, cells = book
    cells += ["print(1)"]

    def fails(place, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(timings, "write_atomically", fails)
    with pytest.warns(UserWarning, match="No space left on device"):
        assert runner.invoke(cli.app, ["run"]).exit_code == 0
    assert nbformat.read(path, as_version=4).cells[0].outputs


@pytest.mark.parametrize(
    "code", ["print('x' * 60_000_000)", "for _ in range(2_000):\n    print('x' * 1000)", "'x' * 2_000_000"]
)
def test_outputs_that_are_too_many_are_not_stored(book, told, code):
    path, cells = book
    cells += [code, "1 / 0"]
    said = told("run")
    assert "cell 0: expected outputs of at most 1.5 MB in the whole notebook, found" in said
    assert len(said) < 2_000
    assert not path.exists()


def test_a_notebook_that_is_too_large_is_not_stored(tmp_path):
    notebook = new_notebook(cells=[new_code_cell("#" * 1_600_000)])
    with pytest.raises(nb.NotebookFailedError, match=r"a\.ipynb: expected at most 1\.5 MB, found 1\.6 MB"):
        nb.save(notebook, tmp_path / "a.ipynb")


def test_without_a_kernel_the_error_says_what_to_install(book, told, monkeypatch):
    def fails(self, **_):
        raise NoSuchKernel("python3")

    monkeypatch.setattr("nbclient.NotebookClient.execute", fails)
    assert "a Jupyter kernel named python3, found none; install it: pip install ipykernel" in told("run")


def test_a_chapter_whose_recording_fails_names_the_cell(book, told, monkeypatch):
    monkeypatch.setattr(nb, "play", fails_as_a_cell_does)
    said = told("record")
    assert said.splitlines()[0] == "01_the_data: this cell failed:"
    assert "1 / 0" in said
    assert "ZeroDivisionError: division by zero" in said


def fails_as_a_cell_does(chapter):
    """Play a chapter of one cell; in a process of its own, so no fixture of a test reaches it."""
    nb.convert = lambda source: new_notebook(cells=[new_code_cell("1 / 0")])
    PLAY(chapter)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ImportError("KERAS_BACKEND: expected …"), "KERAS_BACKEND: expected …\n"),
        (FileNotFoundError(2, "No such file or directory"), "found: No such file or directory."),
        (KeyError("x"), "A fault in the course's code, please report it: KeyError('x') ("),
    ],
)
def test_whatever_a_command_raises_is_told_in_one_line(book, told, monkeypatch, error, message):
    def fails(**_):
        raise error

    monkeypatch.setattr(device, "describe", fails)
    said = told("run")
    assert message in said
    assert said.count("\n") == 1
