"""The command, and what it leaves behind when something fails."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from typer.testing import CliRunner

from fmnist_lessons.commands import cli
from fmnist_lessons.commands import notebooks as nb
from fmnist_lessons.records import store, timings

runner = CliRunner()


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
    monkeypatch.setattr(nb, "root", lambda: tmp_path)
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
    ("arguments", "message"),
    [
        (["record", "--seeds", "a"], "expected such as 0-4 or 0,2,5"),
        (["record", "--seeds", "4-0"], "expected such as 0-4 or 0,2,5"),
        (["run", "99"], "expected one of"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    ended = runner.invoke(cli.app, arguments)
    assert ended.exit_code == 2
    assert message in " ".join(ended.output.replace("│", " ").split())
