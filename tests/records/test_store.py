import json

import numpy as np
import pytest
from scipy.special import softmax

from fmnist_lessons.data import augmentation
from fmnist_lessons.records import store
from fmnist_lessons.training import fingerprints, recipe
from fmnist_lessons.training.recipe import Recipe

RECIPE = Recipe(model="mlp", architecture={"hidden": (128,)}, epochs=10, flip=True)
CHECKSUMS = {"train-images": "aa"}


def test_a_record_comes_back_as_it_was_written(tmp_path, make_record):
    record = make_record("+ flips", 3, 0.9)
    logits = {"test": np.random.default_rng(0).normal(size=(20, 10))}
    path = store.write(record, tmp_path, logits=logits)
    assert path == tmp_path / "02_multilayer_perceptrons" / "flips" / "seed-3.json"
    assert store.read(tmp_path) == [record]
    below = logits["test"] - logits["test"].max(axis=1, keepdims=True)
    assert np.allclose(store.read_logits(record, tmp_path)["test"], below, atol=1e-2)
    assert [p.name for p in path.parent.iterdir() if p.name.startswith(".")] == []


def test_logits_far_from_zero_keep_their_order_and_their_probabilities(tmp_path, make_record):
    gaps = np.linspace(0, 0.05, 10)  # float16 has steps of 1/16 at -80
    logits = -80 + np.stack([gaps, gaps[::-1], np.roll(gaps, 3)])
    record = make_record("far", 0, 0.9)
    store.write(record, tmp_path, logits={"test": logits})
    stored = store.read_logits(record, tmp_path)["test"]
    assert (stored.argsort(axis=1) == logits.argsort(axis=1)).all()
    assert np.allclose(softmax(stored, axis=1), softmax(logits, axis=1), atol=1e-4)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"chapter": 1}'])
def test_an_unreadable_record_is_named_and_skipped(tmp_path, make_record, content):
    good = store.write(make_record("good", 0, 0.9), tmp_path)
    good.with_name("seed-1.json").write_text(content)
    with pytest.warns(UserWarning, match="seed-1.json is skipped"):
        assert len(store.read(tmp_path)) == 1


@pytest.mark.parametrize(
    "changed",
    [
        RECIPE.but(epochs=11),
        RECIPE.but(architecture={"hidden": (129,)}),
        RECIPE.but(flip=False),
        RECIPE.but(schedule="cosine"),
    ],
)
def test_the_fingerprint_changes_with_the_recipe(changed):
    assert fingerprints.fingerprint(changed, CHECKSUMS) != fingerprints.fingerprint(RECIPE, CHECKSUMS)


def test_the_fingerprint_changes_with_data_and_code_but_not_with_comments(monkeypatch):
    before = fingerprints.fingerprint(RECIPE, CHECKSUMS)
    assert fingerprints.fingerprint(RECIPE, {"train-images": "bb"}) != before
    real = fingerprints.inspect.getsource

    def commented(function):
        return real(function) + "    # a comment\n\n"

    def changed(function):
        source = real(function)
        return source.replace("< 0.5", "< 0.4") if function is augmentation.flip else source

    monkeypatch.setattr(fingerprints, "_code", fingerprints._code.__wrapped__)
    monkeypatch.setattr(fingerprints.inspect, "getsource", commented)
    assert fingerprints.fingerprint(RECIPE, CHECKSUMS) == before
    monkeypatch.setattr(fingerprints.inspect, "getsource", changed)
    assert fingerprints.fingerprint(RECIPE, CHECKSUMS) != before
    assert fingerprints.fingerprint(RECIPE.but(flip=False), CHECKSUMS) == fingerprints.fingerprint(
        RECIPE.but(flip=False), CHECKSUMS
    )


def test_a_recipe_survives_the_journey_through_json():
    values = json.loads(json.dumps(fingerprints.values_of(RECIPE)))
    again = recipe.Recipe(**values)
    assert fingerprints.fingerprint(again, CHECKSUMS) == fingerprints.fingerprint(RECIPE, CHECKSUMS)


def test_packed_errors_are_kept_to_three_digits():
    errors = np.random.default_rng(0).uniform(0.001, 0.1, 1000)
    assert store.unpack_errors(store.pack_errors(errors)) == pytest.approx(errors, rel=1e-3)
