"""Work in another process: its answer, its errors, and that it never outlives who asked."""

import functools
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from fmnist_lessons.machine.processes import changed_environment, each_in_its_own_process, run_apart

CHILD = """
import os, time
from pathlib import Path

def work(place):
    Path(place).write_text(str(os.getpid()))
    time.sleep(600)
"""


def test_the_answer_comes_from_another_process_with_its_own_environment():
    assert run_apart(os.getpid) != os.getpid()
    assert run_apart(os.getenv, "FMNIST_X", environment={"FMNIST_X": "1"}) == "1"
    assert "FMNIST_X" not in os.environ


def test_each_has_its_answer_in_order():
    assert each_in_its_own_process(abs, [-1, -2, 3], at_once=2) == [1, 2, 3]


def test_what_the_function_raises_is_raised_here():
    with pytest.raises(ValueError, match="invalid literal"):
        run_apart(int, "x")


def test_a_process_that_ends_without_an_answer_is_told():
    with pytest.raises(RuntimeError, match=r"found that it died \(code 3\)"):
        run_apart(os._exit, 3)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL", "SIGINT", "SIGHUP"])
def test_however_the_asking_process_ends_the_other_one_ends_too(tmp_path, name):
    (tmp_path / "child.py").write_text(CHILD)
    place = tmp_path / "pid"
    code = f"import child, fmnist_lessons.machine.processes as own; own.run_apart(child.work, {str(place)!r})"
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    usual = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    if name == "SIGHUP":  # both may be ignored where the tests run in the background
        usual = functools.partial(signal.signal, signal.SIGHUP, signal.SIG_DFL)
    quiet = {"env": environment, "stderr": subprocess.DEVNULL}
    parent = subprocess.Popen([sys.executable, "-c", code], preexec_fn=usual, **quiet)
    try:
        while not (place.exists() and place.read_text()):
            assert parent.poll() is None
            time.sleep(0.02)
        child = psutil.Process(int(place.read_text()))
        parent.send_signal(getattr(signal, name))
        parent.wait(60)
        assert child.wait(60) is None  # it raises where the process still runs
    finally:
        parent.kill()


def test_variables_are_set_or_taken_away_and_put_back(monkeypatch):
    monkeypatch.setenv("FMNIST_A", "before")
    monkeypatch.delenv("FMNIST_B", raising=False)
    with changed_environment({"FMNIST_A": None, "FMNIST_B": "x"}):
        assert "FMNIST_A" not in os.environ
        assert os.environ["FMNIST_B"] == "x"
    assert os.environ["FMNIST_A"] == "before"
    assert "FMNIST_B" not in os.environ
