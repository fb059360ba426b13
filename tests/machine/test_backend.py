"""Keras on another backend, and its silence; each in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fmnist_lessons.commands import notebooks as nb
from fmnist_lessons.machine import backend


def _python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["tensorflow", "jax"])
def test_the_start_of_a_backend_prints_nothing(name):
    ended = _python(
        "from fmnist_lessons.machine.backend import keras; print(keras.backend.backend())",
        KERAS_BACKEND=name,
    )
    assert (ended.stdout.strip(), ended.stderr) == (name, "")


def test_without_a_backend_the_error_says_what_to_install():
    code = (
        "import importlib.util as u; u.find_spec = lambda name, *a: None\n"
        "from fmnist_lessons.machine.backend import _choose_backend; _choose_backend()"
    )
    ended = _python(code.replace("from fmnist", "import os; os.environ.pop('KERAS_BACKEND', 0)\nfrom fmnist"))
    assert "expected one of tensorflow, jax or torch" in ended.stderr


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """Keras's settings file, and no other choice of a backend; put back what choosing changes."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_BACKEND", "")
    return tmp_path / "keras.json"


@pytest.mark.parametrize(
    ("written", "variable", "chosen"),
    [
        (None, "", backend.BACKENDS[0]),
        (b"", "", backend.BACKENDS[0]),
        (b"not JSON", "", backend.BACKENDS[0]),
        (b"\xff\xfe", "", backend.BACKENDS[0]),
        (b"{}", "", backend.BACKENDS[0]),
        (b'{"backend": "tensorflow"}', "", backend.BACKENDS[0]),
        (b'{"backend": "jax"}', "", "jax"),
        (b'{"backend": "theano"}', "jax", "jax"),
    ],
)
def test_the_variable_decides_then_keras_s_settings(settings, monkeypatch, written, variable, chosen):
    monkeypatch.setenv("KERAS_BACKEND", variable)
    if written is not None:
        settings.write_bytes(written)
    backend._choose_backend()
    assert os.environ["KERAS_BACKEND"] == chosen


def test_settings_that_keras_wrote_itself_do_not_ask_for_tensorflow_where_it_is_not(settings, monkeypatch):
    settings.write_text('{"backend": "tensorflow"}')
    monkeypatch.setattr(backend.importlib.util, "find_spec", lambda name: name == "jax" or None)
    backend._choose_backend()
    assert os.environ["KERAS_BACKEND"] == "jax"


@pytest.mark.parametrize("name", ["tensrflow", "TensorFlow", "numpy", "theano", " jax", "tensorflow,jax"])
def test_a_backend_that_there_is_not_is_refused_by_who_asked_for_it(settings, monkeypatch, name):
    settings.write_text(json.dumps({"backend": name}))
    with pytest.raises(backend.BackendError, match=r'keras\.json, "backend": expected .* found ') as refused:
        backend._choose_backend()
    assert repr(name) in str(refused.value)
    assert "Delete the file" in str(refused.value)
    monkeypatch.setenv("KERAS_BACKEND", name)
    with pytest.raises(backend.BackendError, match=r"^KERAS_BACKEND: expected .* Change or unset it"):
        backend._choose_backend()


def test_a_backend_that_is_not_installed_can_be(settings, monkeypatch):
    monkeypatch.setattr(backend.importlib.util, "find_spec", lambda name: name == "jax" or None)
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    with pytest.raises(backend.BackendError, match=r"expected jax, found 'torch'.* pip install torch"):
        backend._choose_backend()


@pytest.mark.parametrize(
    "written", ["[]", "null", '"jax"', '{"backend": null}', '{"backend": ["jax"]}', "7", None]
)
def test_settings_that_stop_keras_are_named(settings, written):
    settings.mkdir() if written is None else settings.write_text(written)
    with pytest.raises(backend.BackendError, match=r"keras\.json.*: expected .* found .* Delete the file"):
        backend._choose_backend()


def test_without_a_home_the_settings_are_where_keras_puts_them(monkeypatch):
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setenv("HOME", "/nowhere/at/all")
    monkeypatch.setenv("USERPROFILE", "/nowhere/at/all")
    assert backend._settings_path() == Path("/tmp/.keras/keras.json")


@pytest.mark.parametrize(
    ("name", "value", "usual"),
    [
        ("floatx", "float16", "float32"),
        ("floatx", "float64", "float32"),
        ("dtype_policy", "mixed_bfloat16", "float32"),
        ("dtype_policy", "float16", "float32"),
        ("image_data_format", "channels_first", "channels_last"),
        ("epsilon", 1e-3, 1e-7),
    ],
)
def test_a_setting_that_decides_fits_is_told(name, value, usual):
    set_it = getattr(backend.keras.config, f"set_{name}")
    assert backend.unusual_settings() == ""
    set_it(value)
    try:
        assert backend.keras_settings()[name] == str(value)
        assert f"expected {name} {usual}, found {value}" in backend.unusual_settings()
    finally:
        set_it(usual)
    assert backend.unusual_settings() == ""


def test_a_setting_that_keras_refuses_is_told_with_its_place(tmp_path):
    (tmp_path / "keras.json").write_text('{"epsilon": 1}')
    code = "import fmnist_lessons.machine.backend as backend; print(backend.keras_settings())"
    told = _python(code, KERAS_HOME=str(tmp_path)).stderr.splitlines()[-1]
    assert "BackendError: Keras does not start: ValueError: Invalid `epsilon` configuration" in told
    assert str(tmp_path / "keras.json") in told


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
