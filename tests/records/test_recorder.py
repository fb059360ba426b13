"""Recordings that are stopped and taken up again, on real subprocesses; records that grow by a test."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest

from fmnist_lessons.data.parts import FashionMNIST
from fmnist_lessons.machine.device import Machine
from fmnist_lessons.records import recorder as recording
from fmnist_lessons.records import shelf, store
from fmnist_lessons.records.recorder import Recorder
from fmnist_lessons.training.baselines import BaselineRecipe

SEEDS = range(6)
NEAREST = BaselineRecipe("nearest_mean")
RECORDING = """
import sys, time
from pathlib import Path
from fmnist_lessons.records import store as results
from fmnist_lessons.training.baselines import BaselineRecipe
from fmnist_lessons.data.parts import FashionMNIST, Part
from fmnist_lessons.machine.device import Machine
from fmnist_lessons.records.recorder import Recorder
from fmnist_lessons.data.sketch import draw_garments

folder = Path(sys.argv[1])
results.book_folder = lambda: folder / "book"
images, labels = draw_garments(300, seed=0)
parts = [Part(images[:200], labels[:200], "train", "fashion-mnist")]
parts += [Part(images[200:], labels[200:], "validation", "fashion-mnist")]
data = FashionMNIST(*parts, "fashion-mnist", {}, lambda: (images[:50], labels[:50]))
train = BaselineRecipe.train

def slow_train(recipe, *given, seed, **more):
    with (folder / "started").open("a") as log:
        log.write(f"{seed} ")
    time.sleep(0.3)
    return train(recipe, *given, seed=seed, **more)

BaselineRecipe.train = slow_train
recorder = Recorder("01_the_data", data, Machine("a CPU", "CPU", "none"))
recorder.complete(recorder.plan({"Nearest class mean": BaselineRecipe("nearest_mean")}, range(6)))
"""


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FMNIST_CACHE_DIR", str(tmp_path / "cache"))


def _start(tmp_path):
    quiet = {**os.environ, "FMNIST_PROGRESS": "0"}
    return subprocess.Popen([sys.executable, "-c", RECORDING, str(tmp_path)], env=quiet)


def test_a_recording_that_is_killed_goes_on_with_no_fit_lost_or_repeated(tmp_path):
    process = _start(tmp_path)
    deadline = time.monotonic() + 120
    while len(store.read(tmp_path / "book")) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()  # SIGKILL where there are signals
    process.wait()
    kept = store.read(tmp_path / "book")
    assert 2 <= len(kept) < 6
    assert _start(tmp_path).wait() == 0

    records = store.read(tmp_path / "book")
    assert [r["seed"] for r in records] == list(SEEDS)
    assert records[: len(kept)] == kept
    started = (tmp_path / "started").read_text().split()
    repeated = {seed for seed in started if started.count(seed) > 1}
    assert len(repeated) <= 1, "only the fit that was under way may start twice"
    assert not repeated & {str(r["seed"]) for r in kept}


def _anew(recorder):
    """What the next recording works with."""
    return Recorder(recorder.chapter, recorder.data, recorder.machine)


@pytest.fixture
def recorder(garments, tmp_path, monkeypatch):
    train, validation = garments
    reads = []

    def load_test():
        reads.append(1)
        return validation.images[:50], validation.labels[:50]

    data = FashionMNIST(train, validation, "fashion-mnist", {}, load_test)
    monkeypatch.setattr(store, "book_folder", lambda: tmp_path / "book")
    recorder = Recorder("01_the_data", data, Machine("a CPU", "CPU", "none"))
    recorder.reads = reads
    return recorder


def test_the_test_set_is_read_by_the_final_evaluation_only_and_trains_nothing_anew(recorder, monkeypatch):
    recorder.complete(recorder.plan({"step 3": NEAREST}, [0]))
    assert recorder.reads == []
    (before,) = store.read(store.book_folder())
    assert "test" not in before["metrics"]

    def fails(*_, **__):
        raise AssertionError("trained again")

    plan = recorder.plan({"Nearest class mean": NEAREST}, [0])  # before: what trains is in the fingerprint
    monkeypatch.setattr(BaselineRecipe, "carry_out", fails)
    monkeypatch.setattr(recording, "memory_alone", lambda model, values: 123)
    recorder.complete(plan, test=True)
    (after,) = store.read(store.book_folder())
    assert after["name"] == "step 3"
    assert after["headline"] == "Nearest class mean"
    assert after["peak_memory_mb"] == 123
    assert after["metrics"]["validation"] == before["metrics"]["validation"]
    assert after["metrics"]["test"]["images"] == 50
    stored = store.read_logits(after, store.book_folder())
    assert {name: z.shape for name, z in stored.items()} == {"validation": (200, 10), "test": (50, 10)}
    recorder.reads.clear()
    recorder.complete(plan, test=True)
    assert recorder.reads == []


def test_the_same_recipe_under_two_names_is_trained_once(recorder):
    recorder.complete(recorder.plan({"first": NEAREST, "second": BaselineRecipe("nearest_mean")}, [0, 1]))
    assert len(store.read(store.book_folder())) == 2
    found = shelf.find(recorder.plan({"second": NEAREST}, [0, 1]), recorder.chapter)
    assert [r["name"] for r in found] == ["second", "second"]


def test_a_recipe_whose_fits_take_long_gets_three_seeds_and_any_other_five(recorder, monkeypatch):
    quick, slow = NEAREST, BaselineRecipe("nearest_mean", {"shrink_threshold": 0.1})
    record_of = Recorder.record_of

    def slowly(self, asked, *args, **settings):
        record = record_of(self, asked, *args, **settings)
        if asked.recipe is slow:
            record["seconds"] |= {"wall": 100.0, "pretraining": 90.0}
        return record

    monkeypatch.setattr(Recorder, "record_of", slowly)
    recorder.complete(recorder.plan({"slow": slow, "quick": quick}))
    seeds = {}
    for record in store.read(store.book_folder()):
        seeds.setdefault(record["name"], []).append(record["seed"])
    assert seeds == {"slow": [0, 1, 2], "quick": [0, 1, 2, 3, 4]}


def test_two_recipes_of_one_name_in_a_chapter_are_refused_before_a_record_is_lost(recorder):
    recorder.complete(recorder.plan({"a": NEAREST, "b": NEAREST}, [0]))
    (before,) = store.read(store.book_folder())
    other = BaselineRecipe("nearest_mean", {"shrink_threshold": 0.1})
    with pytest.raises(ValueError, match=r"^a: expected one recipe of this name in 01_the_data"):
        recorder.complete(recorder.plan({"c": other, "a": other}, [0]))
    assert store.read(store.book_folder()) == [before]


def test_a_changed_recipe_makes_the_record_stale_and_recording_replaces_it(recorder, monkeypatch):
    recorder.complete(recorder.plan({"a": NEAREST}, [0]))
    changed = BaselineRecipe("nearest_mean", {"shrink_threshold": 0.1})
    assert [r["fresh"] for r in shelf.find(recorder.plan({"a": changed}, [0]), recorder.chapter)] == [False]
    _anew(recorder).complete(recorder.plan({"a": changed}, [0]))
    assert [r["fresh"] for r in shelf.find(recorder.plan({"a": changed}, [0]), recorder.chapter)] == [True]
    assert len(store.read(store.book_folder())) == 1


def test_a_headline_passes_on_to_the_changed_recipe(recorder, monkeypatch):
    monkeypatch.setattr(recording, "memory_alone", lambda model, values: 123)
    recorder.complete(recorder.plan({"old step": NEAREST}, [0]))
    recorder.complete(recorder.plan({"Nearest class mean": NEAREST}, [0]), test=True)
    changed = BaselineRecipe("nearest_mean", {"shrink_threshold": 0.1})
    _anew(recorder).complete(recorder.plan({"Nearest class mean": changed}, [0]), test=True)
    headlines = {r["name"]: r.get("headline") for r in store.read(store.book_folder())}
    assert headlines == {"old step": None, "Nearest class mean": "Nearest class mean"}


def test_a_record_is_current_as_long_as_its_recipe_gives_its_fingerprint(recorder):
    recorder.complete(recorder.plan({"a": NEAREST}, [0]))
    (record,) = store.read(store.book_folder())
    assert shelf.is_current(record)
    assert not shelf.is_current({**record, "recipe": {"settings": {"shrink_threshold": 0.1}}})
    assert not shelf.is_current({**record, "recipe": {"unknown": 1}})


def test_a_recipe_is_fitted_and_judged_on_the_split_that_it_asks_for(recorder, garments):
    from fmnist_lessons.training.recipe import Recipe

    recipe = Recipe(model="mlp", epochs=1)
    assert recorder.parts(recipe) == garments
    assert recorder.parts(NEAREST) == garments
    drawn = FashionMNIST(*garments, "sketch", {}, lambda: garments[0])
    recorder = Recorder("01_the_data", drawn, Machine("a CPU", "CPU", "none"))
    other = recipe.but(validation_size=20_000)
    train, validation = recorder.parts(other)
    assert (len(train), len(validation), validation.source) == (40_000, 20_000, "sketch")
    first, second = recorder.plan({"a": recipe, "b": other})
    assert first.key != second.key


def test_drawn_garments_are_never_recorded(recorder, garments):
    recorder.data = FashionMNIST(*garments, "sketch", {}, lambda: None)
    with pytest.raises(RuntimeError, match="expected Fashion-MNIST for a record, found 'sketch'"):
        recorder.complete(recorder.plan({"a": NEAREST}, [0]))


def test_the_evaluation_is_that_of_the_logits(recorder, garments):
    fit = NEAREST.train(*garments, seed=0)
    record = {"metrics": {}}
    logits = recorder.evaluate(record, fit, garments[1])
    measured = record["metrics"]["validation"]
    correct = store.unpack(measured["correct"], measured["images"])
    assert (correct == (logits.argmax(axis=1) == garments[1].labels)).all()
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    by_hand = -np.log(probabilities[np.arange(200), garments[1].labels]).mean()
    assert measured["loss"] == pytest.approx(by_hand, rel=1e-4)
    assert recorder.evaluate({"metrics": {}}, fit, garments[0]).shape == (400, 10)
