"""Keras on another backend, and its silence; each in a process of its own."""

import os
import subprocess
import sys

import pytest

from fmnist_lessons.commands import notebooks as nb


def _python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_the_start_of_a_backend_prints_nothing(backend):
    ended = _python(
        "from fmnist_lessons.machine.backend import keras; print(keras.backend.backend())",
        KERAS_BACKEND=backend,
    )
    assert (ended.stdout.strip(), ended.stderr) == (backend, "")


def test_without_a_backend_the_error_says_what_to_install():
    code = (
        "import importlib.util as u; u.find_spec = lambda name, *a: None\n"
        "from fmnist_lessons.machine.backend import _choose_backend; _choose_backend()"
    )
    ended = _python(code.replace("from fmnist", "import os; os.environ.pop('KERAS_BACKEND', 0)\nfrom fmnist"))
    assert "expected one of tensorflow, jax or torch" in ended.stderr


def test_a_chapter_runs_on_jax():
    (path,) = [p for p in nb.made_from("02_multilayer_perceptrons") if p.parent.name == "chapters"]
    notebook = nb.made_from("02_multilayer_perceptrons")[path]()
    seen = []
    environment = {"KERAS_BACKEND": "jax", "FMNIST_QUICK": "1", "FMNIST_PROGRESS": "0", "FMNIST_MODE": None}
    nb.run_cells(notebook, environment=environment, on_cell=lambda index, seconds: seen.append(index))
    assert len(seen) == len(list(nb.code_cells(notebook)))
    texts = "".join(
        o.get("data", {}).get("text/plain", "") for c in nb.code_cells(notebook) for o in c.outputs
    )
    assert "jax" in texts
    assert "quick" in texts


def test_quick_mode_takes_its_steps_one_by_one_and_the_next_lesson_compiles_again():
    code = (
        "import os, sys; from fmnist_lessons.lesson import start\n"
        "for quick in '10':\n"
        "    os.environ['FMNIST_QUICK'] = quick\n"
        "    start('02_multilayer_perceptrons')\n"
        "    print('eager', sys.modules['tensorflow'].config.functions_run_eagerly())"
    )
    ended = _python(code, KERAS_BACKEND="tensorflow")
    told = [line for line in ended.stdout.splitlines() if line.startswith("eager")]
    assert told == ["eager True", "eager False"], ended.stderr
