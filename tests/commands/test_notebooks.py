import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from fmnist_lessons.commands import notebooks as nb
from fmnist_lessons.lesson.shown import BANNER_MIME
from fmnist_lessons.records.timings import expectation


def test_chapters_are_found_by_number_or_name():
    assert nb.chapters(["02"]) == nb.chapters(["02_multilayer_perceptrons"]) == ["02_multilayer_perceptrons"]
    assert nb.chapters()[0] == "01_the_data"
    with pytest.raises(ValueError, match=r"expected one of .* found '2'"):
        nb.chapters(["2"])


def test_the_stored_outputs_tell_the_times_of_their_own_run():
    data = {"text/plain": "Mode      live\nTime      not measured yet", BANNER_MIME: {}}
    banner = new_code_cell("start()", outputs=[new_output("display_data", data=data)])
    printed = f"{expectation('A fit')}\n{expectation('Another A fit', (2, 'a CPU'))}\n"
    fits = new_code_cell("fit()", outputs=[new_output("stream", name="stdout", text=printed)])
    notebook = new_notebook(cells=[banner, fits])
    now_known = {expectation("A fit"): expectation("A fit", (50, "a CPU"))}
    nb.tell_times(notebook, "about 4 min (measured on a CPU)", now_known)
    told = notebook.cells[0].outputs[0].data["text/plain"]
    assert told == "Mode      live\nTime      about 4 min (measured on a CPU)"
    assert notebook.cells[1].outputs[0].text.splitlines() == [
        "A fit: expect about 50 s (measured on a CPU).",
        "Another A fit: expect about 2 s (measured on a CPU).",
    ]
