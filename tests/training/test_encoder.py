"""Classifiers that begin with an encoder, and their records beside those of autoencoders."""

import json
import pickle
from types import SimpleNamespace

import numpy as np
import pytest

from fmnist_lessons.data.parts import FashionMNIST
from fmnist_lessons.machine import sealed
from fmnist_lessons.machine.device import Machine
from fmnist_lessons.machine.sealed import CacheWarning
from fmnist_lessons.models.autoencoders import build_conv_encoder
from fmnist_lessons.records import recorder as recording
from fmnist_lessons.records import shelf, store, tables
from fmnist_lessons.records.recorder import Recorder
from fmnist_lessons.training import autoencoder, encoder, fingerprints, kept, kinds
from fmnist_lessons.training.autoencoder import AutoencoderRecipe
from fmnist_lessons.training.encoder import EncoderRecipe, draw_labelled
from fmnist_lessons.training.rebuilding import PCARecipe

ENCODER = {"code": 4, "filters": (2, 2, 2, 4)}
AUTOENCODER = AutoencoderRecipe(model="conv_autoencoder", architecture=ENCODER, epochs=1)
FROZEN = EncoderRecipe(
    mode="frozen", pretraining=AUTOENCODER, architecture={**ENCODER, "units": (8, 8)}, epochs=1
)
SCRATCH = FROZEN.but(mode="from scratch", pretraining={})


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FMNIST_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(kept, "_ENCODERS", {})


@pytest.fixture
def trained(monkeypatch):
    """The seeds of the autoencoders that were to be trained; their encoders are as they were built."""
    seeds = []

    def stand_in(recipe, *parts, seed, **more):
        seeds.append(seed)
        return SimpleNamespace(encoder=build_conv_encoder(**recipe.architecture), wall=1.5)

    monkeypatch.setattr(autoencoder, "train_autoencoder", stand_in)
    return seeds


@pytest.fixture
def recorder(garments, tmp_path, monkeypatch):
    train, validation = garments
    data = FashionMNIST(
        train, validation, "fashion-mnist", {}, lambda: (validation.images[:50], validation.labels[:50])
    )
    monkeypatch.setattr(store, "book_folder", lambda: tmp_path / "book")
    monkeypatch.setattr(recording, "memory_alone", lambda model, values: 123)
    return Recorder("06_autoencoders", data, Machine("a CPU", "CPU", "none"))


def weights(fit):
    return fit.model.get_layer("encoder").get_weights()


def same(some, others):
    return all(np.allclose(a, b) for a, b in zip(some, others, strict=True))


def test_a_frozen_encoder_stays_as_the_autoencoder_left_it_and_another_goes_on(garments, trained):
    left, _ = encoder.pretrained(AUTOENCODER, *garments, seed=0)
    frozen = FROZEN.train(*garments, seed=0)
    assert same(weights(frozen), left)
    assert not same(weights(FROZEN.but(mode="fine-tuned").train(*garments, seed=0)), left)
    assert frozen.pretraining_seconds == 1.5
    assert frozen.logits(garments[1]).shape == (200, 10)


def test_from_scratch_trains_no_autoencoder(garments, trained):
    fit = SCRATCH.train(*garments, seed=0)
    assert trained == []
    assert fit.pretraining_seconds is None


def test_ten_classifiers_share_one_autoencoder_of_their_seed(garments, trained, monkeypatch):
    first, _ = encoder.pretrained(AUTOENCODER, *garments, seed=0)
    encoder.pretrained(AUTOENCODER.but(), *garments, seed=0)
    assert trained == [0]
    monkeypatch.setattr(kept, "_ENCODERS", {})  # as another process finds it
    again, seconds = encoder.pretrained(AUTOENCODER, *garments, seed=0)
    assert trained == [0]
    assert same(first, again)
    assert seconds == 1.5
    encoder.pretrained(AUTOENCODER, *garments, seed=1)
    encoder.pretrained(AUTOENCODER.but(batch_size=64), *garments, seed=0)
    encoder.pretrained(AUTOENCODER, *garments[::-1], seed=0)
    assert trained == [0, 1, 0, 0]


def test_an_autoencoder_trained_for_its_own_sake_serves_the_classifiers(garments, trained):
    AUTOENCODER.train(*garments, seed=0)
    FROZEN.train(*garments, seed=0)
    assert trained == [0]


def test_the_seconds_of_an_encoder_are_those_of_this_device(garments, trained, monkeypatch):
    for device in ("a CPU", "a GPU", "a CPU"):
        monkeypatch.setattr(kept, "describe", lambda device=device: Machine(device, "CPU", "none"))
        encoder.pretrained(AUTOENCODER, *garments, seed=0)
    assert trained == [0, 0]


def changed(change):
    """Another content, under a checksum that is right."""

    def write(path):
        arrays, facts = sealed.read(path)
        sealed.write(path, change(arrays), facts)

    return write


def flip(path):
    raw = path.read_bytes()
    path.write_bytes(raw[:-200] + bytes([raw[-200] ^ 4]) + raw[-199:])


DAMAGE = {
    "a bit": flip,
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:100]),
    "a pickle": lambda path: path.write_bytes(pickle.dumps([np.ones(3)])),
    "a folder": lambda path: path.unlink() or path.mkdir(),
    "NaN": changed(lambda arrays: {**arrays, "w0": np.full_like(arrays["w0"], np.nan)}),
    "whole numbers": changed(lambda arrays: {**arrays, "w0": arrays["w0"].astype(int)}),
    "another shape": changed(lambda arrays: {**arrays, "w0": arrays["w0"][..., :1]}),
    "too few": changed(lambda arrays: {name: arrays[name] for name in ("w0", "seconds")}),
    "too many": changed(lambda arrays: {**{name: arrays[name] for name in arrays}, "w99": np.ones(2)}),
    "seconds below zero": changed(lambda arrays: {**arrays, "seconds": np.array(-1.0)}),
    "no seconds": changed(lambda arrays: {name: arrays[name] for name in arrays if name != "seconds"}),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_encoder_in_the_cache_is_named_and_trained_anew(
    damage, garments, trained, tmp_path, monkeypatch
):
    encoder.pretrained(AUTOENCODER, *garments, seed=0)
    (file,) = (tmp_path / "cache" / "encoders").iterdir()
    DAMAGE[damage](file)
    monkeypatch.setattr(kept, "_ENCODERS", {})
    with pytest.warns(CacheWarning, match=f"{file}: .*expected .*found .*made anew"):
        encoder.pretrained(AUTOENCODER, *garments, seed=0)
    assert trained == [0, 0]


def test_an_encoder_of_another_seed_in_its_place_is_not_used(garments, trained, tmp_path, monkeypatch):
    encoder.pretrained(AUTOENCODER, *garments, seed=0)
    (own,) = (tmp_path / "cache" / "encoders").iterdir()
    encoder.pretrained(AUTOENCODER, *garments, seed=1)
    (foreign,) = {*own.parent.iterdir()} - {own}
    foreign.replace(own)
    monkeypatch.setattr(kept, "_ENCODERS", {})
    with pytest.warns(CacheWarning, match="expected a file of this name, found a copy"):
        encoder.pretrained(AUTOENCODER, *garments, seed=0)
    assert trained == [0, 1, 0]


def test_labels_are_drawn_alike_from_each_class_with_the_seed():
    labels = np.repeat(np.arange(10), 500)
    for share, each in ((1.0, 500), (0.1, 50), (0.01, 5), (0.0001, 1)):
        chosen = draw_labelled(labels, share=share, seed=0)
        assert np.bincount(labels[chosen]).tolist() == [each] * 10
        assert (np.diff(chosen) > 0).all()
    first, again, other = (draw_labelled(labels, share=0.1, seed=s) for s in (0, 0, 1))
    assert (first == again).all()
    assert (first != other).any()
    with pytest.raises(ValueError, match="share: expected a number above 0, up to 1, found 10"):
        draw_labelled(labels, share=10, seed=0)
    with pytest.raises(ValueError, match=r"labels: expected shape \(n,\), found \(5, 28, 28\)"):
        draw_labelled(np.zeros((5, 28, 28)), share=0.1, seed=0)


def test_training_accuracy_is_that_of_the_images_whose_labels_were_used(garments, recorder, trained):
    fit = FROZEN.but(labels=0.1).train(*garments, seed=0)
    assert len(fit.labelled(garments[0])) == len(draw_labelled(garments[0].labels, share=0.1, seed=0))
    assert fit.labelled(garments[1]) is garments[1]
    record = recorder.record_of(recorder.plan({"a": FROZEN})[0], fit, garments, seed=0, mode="live")
    assert record["metrics"]["train"]["images"] == len(fit.chosen)
    assert record["metrics"]["validation"]["images"] == 200


@pytest.mark.parametrize("recipe", [PCARecipe(components=2), AUTOENCODER, FROZEN, SCRATCH])
def test_a_record_is_current_and_leads_back_to_its_recipe(recipe, recorder, request):
    if recipe is FROZEN:
        request.getfixturevalue("trained")
    recorder.complete(recorder.plan({"a": recipe}, [0]))
    (record,) = store.read(store.book_folder())
    assert shelf.is_current(record)
    assert type(kinds.recipe_of(record["model"], record["recipe"])) is type(recipe)
    assert shelf.find(recorder.plan({"a": recipe}, [0]), recorder.chapter)[0]["fresh"]
    row = tables.frame([record]).iloc[0]
    has_labels = isinstance(recipe, EncoderRecipe)
    assert row["kind"] == ("classifier" if has_labels else "autoencoder")
    assert np.isfinite(row["validation_accuracy"]) == has_labels
    assert np.isfinite(row["validation_mse"]) != has_labels
    assert np.isfinite(row["pretraining_seconds"]) == (recipe is FROZEN)


@pytest.mark.parametrize("recipe", [PCARecipe(components=2), FROZEN])
def test_the_final_evaluation_adds_the_test_set_and_trains_nothing_anew(recipe, recorder, trained):
    recorder.complete(recorder.plan({"a": recipe}, [0]))
    recorder.complete(recorder.plan({"b": recipe}, [0]), test=True)
    assert trained == ([0] if recipe is FROZEN else [])
    (record,) = store.read(store.book_folder())
    assert record["headline"] == "b"
    measure = "accuracy" if recipe is FROZEN else "mse"
    assert np.isfinite(record["metrics"]["test"][measure])
    kept = store.path_of(record, store.book_folder()).with_suffix(".npz")
    assert kept.exists() == (recipe is FROZEN)


def test_the_recipe_of_a_process_that_measures_memory_is_the_same(garments):
    values = json.loads(json.dumps(fingerprints.values_of(FROZEN)))
    again = kinds.recipe_of(FROZEN.model, values)
    assert fingerprints.fingerprint(again, {}) == fingerprints.fingerprint(FROZEN, {})
    assert again.quick().autoencoder.epochs == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mode": "thawed"}, "mode: expected one of .*found 'thawed'"),
        ({"mode": "from scratch"}, "pretraining: expected none, pretraining={}, with mode 'from scratch'"),
        ({"pretraining": {}}, "pretraining: expected an AutoencoderRecipe with mode 'frozen'"),
        ({"labels": 0}, "labels: expected a share above 0, up to 1, found 0"),
        ({"pretraining": "conv"}, "pretraining: expected an AutoencoderRecipe.*found 'conv'"),
        (
            {"architecture": {**ENCODER, "code": 5}},
            "architecture: expected the autoencoder's code, 4, found 5",
        ),
        ({"pretraining": AUTOENCODER.but(model="dense_autoencoder", architecture={})}, "a conv_autoencoder"),
        ({"pretraining": AUTOENCODER.but(left_out=9)}, "no class left out, that takes labels; found 9"),
        (
            {"pretraining": AUTOENCODER.but(validation_size=5000)},
            "expected the classifier's validation_size, 10000, found 5000",
        ),
        (
            {"pretraining": AUTOENCODER.but(architecture={**ENCODER, "normalise": False})},
            "expected the autoencoder's normalise, False, found True",
        ),
    ],
)
def test_a_recipe_refuses_what_makes_no_sense(changes, message):
    with pytest.raises(ValueError, match=message):
        FROZEN.but(**changes)


def test_an_encoder_at_its_defaults_is_the_one_with_the_same_values_written_out():
    usual = AUTOENCODER.but(architecture={})
    written = {"code": 32, "filters": [16, 32, 64, 128], "normalise": True}
    assert FROZEN.but(pretraining=usual, architecture=written).autoencoder == usual
    split = {"validation_size": 20_000}
    assert FROZEN.but(pretraining=AUTOENCODER.but(**split), **split).autoencoder.validation_size == 20_000


def test_what_pretrains_and_sets_the_weights_decides_the_fit():
    assert FROZEN.autoencoder in FROZEN.decided_by()
    deciding = {getattr(thing, "__name__", "") for thing in FROZEN.decided_by()}
    assert {"pretrained", "begun", "draw_labelled"} <= deciding
    assert "pretrained" not in {function.__name__ for function in SCRATCH.decided_by()}
