import json

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


def test_an_unreadable_timings_file_is_no_reason_to_stop(tmp_path):
    (tmp_path / "timings.json").write_text("{")
    assert timings.chapter_time("02") == "not measured yet"


def test_fits_are_noted_where_the_run_asks_for_it(tmp_path, monkeypatch):
    timings.note_fit("nobody asks", 1.0)
    monkeypatch.setenv("FMNIST_TIMINGS", str(tmp_path / "fits.json"))
    timings.note_fit("a", 1.23)
    timings.note_fit("b", 2.0)
    assert json.loads((tmp_path / "fits.json").read_text()) == {"a": 1.2, "b": 2.0}
