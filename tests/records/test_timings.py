import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from fmnist_lessons.machine import bars
from fmnist_lessons.records import store, timings


@pytest.fixture(autouse=True)
def _book(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "book_folder", lambda: tmp_path)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.004, "0.1 s"), (3.4, "3 s"), (14.2, "14 s"), (90, "90 s"), (150, "2 min")]
)
def test_seconds_in_words(seconds, words):
    assert bars.in_words(seconds) == words


def test_expected_times_come_from_records_of_this_device_first(make_record, tmp_path):
    assert timings.fit_time("02", "a", "f") is None
    for device, seed in (("a CPU", 0), ("a GPU", 1)):
        store.write(make_record("a", seed, 0.9, device=device), tmp_path)
    assert timings.fit_time("02", "a", "f", "a CPU") == (10.0, "a CPU")
    assert timings.fit_time("02", "a", "f", "a GPU") == (11.0, "a GPU")


def test_a_chapter_tells_the_time_of_its_last_run():
    assert timings.chapter_time("02") == "not measured yet"
    timings.write_timings({"chapters/02": {"seconds": 150, "device": "a CPU", "fits": {"MLP": 12.0}}})
    assert timings.chapter_time("02") == "about 2 min (measured on a CPU); on a GPU: not measured"
    assert timings.fit_time("02", "MLP") == (12.0, "a CPU")


def test_the_last_live_run_goes_before_the_records(make_record, tmp_path):
    store.write(make_record("MLP", 0, 0.9), tmp_path)
    timings.write_timings({"chapters/02": {"seconds": 9, "device": "a CPU", "fits": {"MLP": 5.0}}})
    assert timings.fit_time("02", "MLP", "f") == (5.0, "a CPU")
    assert timings.fit_time("02", "CNN", "f") == (10.0, "a CPU")


RUN = {"seconds": 9, "device": "a CPU", "kind": "CPU", "cells": [1, 2.5], "fits": {"MLP": 5.0}}
NO_FILES = {
    "empty": b"",
    "cut": b'{"chapters/02": {"seco',
    "a list": b"[1, 2]",
    "null": b"null",
    "text": b'"soon"',
    "a number": b"3",
    "in conflict": b"<<<<<<< ours\n{}\n=======\n{}\n>>>>>>> theirs\n",
    "zeros": bytes(99),
    "binary": b"\x80\xff\0\x93NUMPY",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "nested deep": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "large": b"{}" + b" " * 11_000_000,
    "5,000 digits": b'{"a": ' + b"9" * 5000 + b"}",
}
NO_RUNS = {
    "seconds as text": RUN | {"seconds": "9"},
    "seconds NaN": RUN | {"seconds": float("nan")},
    "seconds infinite": RUN | {"seconds": float("inf")},
    "seconds below 0": RUN | {"seconds": -9},
    "seconds beyond a century": RUN | {"seconds": 10**400},
    "seconds null": RUN | {"seconds": None},
    "seconds true": RUN | {"seconds": True},
    "no seconds": {"device": "a CPU"},
    "no device": {"seconds": 9},
    "device null": RUN | {"device": None},
    "device a list": RUN | {"device": ["a CPU"]},
    "kind a number": RUN | {"kind": 1},
    "fits a list": RUN | {"fits": ["MLP"]},
    "fits null": RUN | {"fits": None},
    "a fit as text": RUN | {"fits": {"MLP": "5"}},
    "a fit NaN": RUN | {"fits": {"MLP": float("nan")}},
    "a fit below 0": RUN | {"fits": {"MLP": -5}},
    "a fit within": RUN | {"fits": {"MLP": {"seconds": 5}}},
    "cells a number": RUN | {"cells": 3},
    "a cell as text": RUN | {"cells": [1, "2"]},
    "a list": [9, "a CPU"],
    "a number": 9,
    "null": None,
}


@pytest.mark.parametrize("content", NO_FILES.values(), ids=NO_FILES)
def test_a_damaged_timings_file_counts_as_no_time_and_is_named_once(tmp_path, recwarn, content):
    path = tmp_path / "timings.json"
    path.write_bytes(content)
    assert timings.chapter_time("02") == timings.chapter_time("02") == "not measured yet"
    assert timings.fit_time("02", "MLP") is None
    (warning,) = recwarn.list
    assert f"The times in {path} are left out: " in str(warning.message)
    timings.write_timings({"chapters/02": RUN})
    assert timings.read_timings() == {"chapters/02": RUN}


@pytest.mark.parametrize("run", NO_RUNS.values(), ids=NO_RUNS)
def test_a_damaged_time_counts_as_none_and_the_others_stay(tmp_path, recwarn, run):
    (tmp_path / "timings.json").write_text(json.dumps({"chapters/02": run, "chapters/03": RUN}))
    assert timings.chapter_time("02") == "not measured yet"
    assert timings.fit_time("02", "MLP") is None
    assert timings.fit_time("03", "MLP") == (5.0, "a CPU")
    (warning,) = recwarn.list
    assert "chapters/02: expected seconds and the device, found" in str(warning.message)


@pytest.mark.parametrize(
    "make",
    [
        Path.mkdir,
        os.mkfifo,
        lambda path: path.symlink_to(path),
        lambda path: path.symlink_to("/dev/zero"),
    ],
    ids=["a folder", "a pipe", "a link to itself", "a device"],
)
def test_what_is_no_timings_file_is_named(tmp_path, make):
    make(tmp_path / "timings.json")
    with pytest.warns(UserWarning, match="timings.json are left out: expected a file"):
        assert timings.chapter_time("02") == "not measured yet"


def test_without_a_timings_file_nothing_is_said(recwarn):
    assert timings.read_timings() == {}
    assert not recwarn.list


def test_fits_are_noted_where_the_run_asks_for_it(tmp_path, monkeypatch):
    timings.note_fit("nobody asks", 1.0)
    monkeypatch.setenv("FMNIST_TIMINGS", str(tmp_path / "fits.json"))
    timings.note_fit("a", 1.23)
    timings.note_fit("b", np.float32(2))
    assert json.loads((tmp_path / "fits.json").read_text()) == {"a": 1.2, "b": 2.0}


def test_those_who_note_times_at_once_lose_none(tmp_path, monkeypatch):
    monkeypatch.setenv("FMNIST_TIMINGS", str(tmp_path / "fits.json"))

    def note(worker):
        for number in range(10):
            timings.note_fit(f"{worker}, {number}", number)
            timings.write_timings({f"chapters/{worker}, {number}": RUN})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(note, range(4)))
    assert len(timings.read_timings(tmp_path / "fits.json")) == 40
    assert len(timings.read_timings()) == 40


@pytest.mark.parametrize("place", ["file/fits.json", "folder", "file", "\0", "x" * 300])
def test_where_no_time_can_be_noted_the_fit_goes_on(tmp_path, monkeypatch, place):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    monkeypatch.setattr(timings, "write_atomically", _full) if place == "file" else None
    monkeypatch.setattr(os, "environ", {**os.environ, "FMNIST_TIMINGS": str(tmp_path / place)})
    with pytest.warns(UserWarning, match=r"The times of \['MLP'\] are not noted in "):
        timings.note_fit("MLP", 1.0)


def _full(path, content):
    raise OSError(28, "No space left on device")


def test_a_time_that_is_none_is_not_noted(tmp_path, monkeypatch):
    monkeypatch.setenv("FMNIST_TIMINGS", str(tmp_path / "fits.json"))
    timings.note_fit("a", 1.0)
    with pytest.warns(UserWarning, match=r"The times of \['b'\] are not noted"):
        timings.note_fit("b", float("nan"))
    assert timings.read_timings(tmp_path / "fits.json") == {"a": 1.0}
