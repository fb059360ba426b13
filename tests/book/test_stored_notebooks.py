"""The stored notebooks: made from their sources, run live on the real data, fit to be shown."""

import json
import re
from statistics import mean

import nbformat
import pytest

from fmnist_lessons.commands import notebooks as nb
from fmnist_lessons.lesson.shown import BANNER_MIME
from fmnist_lessons.records import store
from fmnist_lessons.records.recorder import FEW, LONG, SEEDS

CHAPTERS = nb.chapters()
MADE = [(chapter, path) for chapter in CHAPTERS for path in nb.made_from(chapter)]
IDS = [f"{path.parent.name}-{chapter[:2]}" for chapter, path in MADE]
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|tmp|work|Users|usr|opt|var|content)/\w|[A-Z]:\\\\")
DIRECTIVE = re.compile(r"^(```|:::)\{(?!code-cell)|\{[a-z:]+\}`", re.M)
MEASURED = re.compile(r"\b\d{2}\.\d+ ?%")
NOT_OURS = {"87.33 %", "91.14 %", "89.4 %", "90.71 %", "91.17 %", "92.34 %", "99.64 %", "91.9 %"}  # by others
NOT_OURS |= {"92.4 %", "92.7 %"}  # made up, for the question what a difference means


@pytest.fixture(scope="module", params=MADE, ids=IDS)
def made(request):
    chapter, path = request.param
    return chapter, path, nbformat.read(path, as_version=4)


def test_the_notebook_is_what_its_source_makes(made):
    chapter, path, _ = made
    expected = nb.up_to_date(path, nb.made_from(chapter)[path])
    stored = path.read_text(encoding="utf-8").strip()
    assert nbformat.writes(expected).strip() == stored, "run: make notebooks"


def test_the_outputs_are_of_the_code_and_the_records_as_they_stand(made):
    chapter, path, stored = made
    remedy = f"run: fmnist run {chapter[:2]}"
    assert not nb.is_stale(stored), remedy
    if path.parent.name == "chapters":  # exercises show no records
        assert stored.metadata["fmnist"]["records"] == nb.records_digest(chapter), remedy


def test_the_outputs_come_from_a_live_run_on_the_real_data(made):
    *_, stored = made
    banners = [o.data[BANNER_MIME] for o in _outputs(stored) if BANNER_MIME in o.get("data", {})]
    assert [(b["mode"], b["data_source"]) for b in banners] == [("live", "fashion-mnist")]


def test_the_outputs_hold_no_error_no_noise_and_no_path(made):
    *_, stored = made
    for output in _outputs(stored):
        assert output.output_type != "error"
        assert output.get("name") != "stderr", output.get("text")
        assert "WARNING:" not in output.get("text", "")
        texts = {k: v for k, v in output.get("data", {}).items() if not k.startswith("image/")}
        assert not MACHINE_PATH.search(json.dumps([output.get("text", ""), texts]))


def test_the_notebook_is_light(made):
    assert made[1].stat().st_size < 1.5e6


def test_every_picture_has_alternative_text(made):
    *_, stored = made
    for cell in nb.code_cells(stored):
        if any("image/png" in o.get("data", {}) for o in cell.outputs):
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            assert len(alt) > 20, cell.source


def test_prose_is_plain_and_numbers_are_printed(made):
    *_, stored = made
    for cell in stored.cells:
        if cell.cell_type == "markdown":
            assert not DIRECTIVE.search(cell.source), cell.source
            assert not set(MEASURED.findall(cell.source)) - NOT_OURS, cell.source
            relative = re.findall(r"\]\((?!https?://|#|mailto:)([^)]*)\)", cell.source)
            assert not relative, f"links must be absolute for Colab: {relative}"


def test_a_code_cell_holds_one_idea(made):
    _, path, stored = made
    if path.parent.name != "solutions":
        for cell in nb.code_cells(stored):
            assert len([line for line in cell.source.splitlines() if line.strip()]) <= 15, cell.source


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_learners_notebook_tells_no_solution(chapter):
    sources = {
        path.parent.name: nbformat.read(path, as_version=4)
        for path in nb.made_from(chapter)
        if path.parent.name != "chapters"
    }
    for notebook in sources.values():
        assert "SOLUTION" not in nbformat.writes(notebook)
    blanks = sum(cell.source.count("...") for cell in nb.code_cells(sources["exercises"]))
    differing = [
        a.source != b.source
        for a, b in zip(nb.code_cells(sources["exercises"]), nb.code_cells(sources["solutions"]), strict=True)
    ]
    assert sum(differing) >= 5, "at least five tasks"
    assert blanks >= sum(differing)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_unanswered_tasks_say_so_and_solved_ones_are_right(chapter):
    for kind, verdict in {"exercises": "not answered yet", "solutions": "right"}.items():
        stored = nbformat.read(nb.root() / "book" / "notebooks" / kind / f"{chapter}.ipynb", as_version=4)
        checked = [c for c in nb.code_cells(stored) if re.search(r"^check\.\w+\(", c.source, re.M)]
        assert len(checked) >= 5
        for cell in checked:
            printed = "".join(o.get("text", "") for o in cell.outputs)
            assert verdict in printed, (kind, cell.source, printed)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_solutions_pass_checks_that_raise(chapter):
    (path,) = [path for path in nb.made_from(chapter) if path.parent.name == "solutions"]
    notebook = nb.made_from(chapter)[path]()
    environment = {"FMNIST_CHECKS": "raise", "FMNIST_QUICK": "1", "FMNIST_PROGRESS": "0"}
    nb.run_cells(notebook, environment=environment, on_cell=lambda index, seconds: None)


def test_the_book_s_records_are_real():
    records = store.read(store.book_folder())
    for record in records:
        assert record["data_source"] == "fashion-mnist"
        assert record["mode"] == "record"


def test_the_book_s_records_have_five_seeds_or_three_where_a_fit_takes_over_three_minutes():
    fits = {}
    for record in store.read(store.book_folder()):
        fits.setdefault((record["chapter"], record["name"]), []).append(record)
    assert fits
    for name, records in fits.items():
        takes_long = mean(store.seconds_in_all(r) for r in records) > LONG
        assert len(records) in ([FEW, len(SEEDS)] if takes_long else [len(SEEDS)]), name
        assert [r["seed"] for r in records] == list(SEEDS[: len(records)]), name


def _outputs(notebook):
    return [output for cell in nb.code_cells(notebook) for output in cell.outputs]
