"""Classifiers on a network that has learned already: what stays, what moves, and their records."""

import json

import numpy as np
import pytest
from tiny_network import build_tiny, tiny  # noqa: F401

from fmnist_lessons.data.parts import FashionMNIST, Part
from fmnist_lessons.machine.device import Machine
from fmnist_lessons.models.transfer import build_head, build_transfer
from fmnist_lessons.records import recorder as recording
from fmnist_lessons.records import shelf, store, tables
from fmnist_lessons.records.recorder import Recorder
from fmnist_lessons.training import fitting, kinds, transfer
from fmnist_lessons.training.transfer import TransferRecipe, repeated

FROZEN = TransferRecipe(network="tiny", mode="frozen", architecture={"size": 16}, epochs=2, batch_size=50)
FINE = FROZEN.but(mode="fine-tuned", head_epochs=1, learning_rate=0.01)

pytestmark = pytest.mark.usefixtures("tiny")


def layer(fit, name):
    return [w.numpy() for w in fit.model.get_layer("body").get_layer("network").get_layer(name).weights]


def published(tiny, name):  # noqa: F811
    return [weight.numpy() for weight in build_tiny(16, str(tiny)).get_layer(name).weights]


def same(some, others):
    return all(np.array_equal(a, b) for a, b in zip(some, others, strict=True))


def test_a_frozen_network_stays_and_its_classifier_learns(garments, tiny):  # noqa: F811
    quarters = {"size": 16, "layers": ["low", "high"], "grid": 4}
    fit = FROZEN.but(epochs=15, learning_rate=0.01, architecture=quarters).train(*garments, seed=0)
    for name in ("low_conv", "low_normalised", "high_conv", "high_normalised"):
        assert same(layer(fit, name), published(tiny, name))
    assert fit.history["val_accuracy"][-1] > 0.5  # of drawn garments; a guess has a tenth
    assert fit.pretraining_seconds > 0


def test_the_model_of_a_frozen_fit_says_of_images_what_its_features_say(garments):
    fit = FROZEN.train(*garments, seed=0)
    through_model = np.asarray(fit.model.predict(garments[1].images, verbose=0))
    assert fit.logits(garments[1]) == pytest.approx(through_model, abs=0.02)  # features are float16
    assert fit.logits(garments[1]).shape == (200, 10)


def test_the_frozen_part_stays_and_the_rest_is_tuned(garments, tiny):  # noqa: F811
    fit = FINE.but(architecture={"size": 16, "frozen_up_to": "low"}).train(*garments, seed=0)
    assert same(layer(fit, "low_conv"), published(tiny, "low_conv"))
    assert same(layer(fit, "low_normalised"), published(tiny, "low_normalised"))
    assert not same(layer(fit, "high_conv"), published(tiny, "high_conv"))


@pytest.mark.parametrize("mode", ["inference", "training"])
def test_batch_normalisation_keeps_its_running_means_in_inference_mode_only(mode, garments, tiny):  # noqa: F811
    architecture = {"size": 16, "frozen_up_to": "low", "normalisation": mode}
    fit = FINE.but(architecture=architecture).train(*garments, seed=0)
    scale, _, *running = layer(fit, "high_normalised")
    assert same(running, published(tiny, "high_normalised")[2:]) == (mode == "inference")
    assert np.array_equal(scale, published(tiny, "high_normalised")[0]) == (mode == "inference")
    assert not same(layer(fit, "high_conv"), published(tiny, "high_conv"))
    assert same(layer(fit, "low_normalised"), published(tiny, "low_normalised"))  # frozen, in both modes


def test_the_classifier_is_trained_first_on_the_frozen_network(garments, monkeypatch):
    stages, learn = [], fitting.train

    def watched(stage, *parts, build, **more):
        head = build() if stage.mode == "frozen" else build().get_layer("head")
        stages.append((stage.mode, stage.epochs, [w.numpy() for w in head.weights]))
        return learn(stage, *parts, build=build, **more)

    monkeypatch.setattr(transfer, "train", watched)
    fit = FINE.train(*garments, seed=0)
    alone = FINE.head_first.train(*garments, seed=0)
    assert [stage[:2] for stage in stages[:2]] == [("frozen", 1), ("fine-tuned", 2)]
    assert same(stages[1][2], [w.numpy() for w in alone.model.get_layer("head").weights])
    assert fit.pretraining_seconds > alone.pretraining_seconds


def test_from_scratch_reads_no_weights_and_computes_no_features(garments, tiny, tmp_path):  # noqa: F811
    tiny.unlink()
    scratch = FINE.but(architecture={"size": 16, "normalisation": "inference", "frozen_up_to": "low"})
    scratch = scratch.from_scratch()
    assert (scratch.mode, scratch.head_epochs, scratch.architecture) == ("from scratch", 0, {"size": 16})
    fit = scratch.train(*garments, seed=0)
    assert fit.pretraining_seconds is None
    assert not (tmp_path / "cache" / "features").exists()
    assert not np.array_equal(layer(fit, "low_normalised")[2], np.zeros(4))  # its running means have moved


def test_a_seed_gives_the_same_fit_and_another_seed_another_one(garments):
    first, again, other = (FINE.train(*garments, seed=seed).logits(garments[1]) for seed in (0, 0, 1))
    assert first == pytest.approx(again, abs=1e-4)
    assert not np.allclose(first, other, atol=0.01)


def test_few_labels_are_taken_several_times_in_an_epoch(garments, monkeypatch):
    monkeypatch.setattr(transfer, "FEWEST", 100)
    seen, learn = [], fitting.train

    def watched(stage, train_part, validation_part, **more):
        seen.append(len(train_part))
        return learn(stage, train_part, validation_part, **more)

    monkeypatch.setattr(transfer, "train", watched)
    fit = FROZEN.but(labels=0.1).train(*garments, seed=0)
    each = len(fit.chosen)
    assert seen == [-(-100 // each) * each]
    assert len(fit.labelled(garments[0])) == each
    few = Part(garments[0].images[:7], garments[0].labels[:7], "train", "sketch")
    assert np.bincount(repeated(few, FROZEN.but(labels=0.1)).images.sum(axis=(1, 2))).max() >= 15
    assert repeated(few, FROZEN) is few


def test_training_accuracy_of_a_tuned_network_is_that_of_so_many_images_at_most(garments, monkeypatch):
    monkeypatch.setattr(transfer, "FEWEST", 100)
    assert len(FINE.train(*garments, seed=0).labelled(garments[0])) == 100
    assert len(FROZEN.train(*garments, seed=0).labelled(garments[0])) == 400


@pytest.mark.parametrize("recipe", [FROZEN, FINE, FINE.from_scratch()], ids=lambda recipe: recipe.mode)
def test_a_record_is_current_and_leads_back_to_its_recipe(recipe, garments, tmp_path, monkeypatch):
    train, validation = garments
    test = validation.images[:50], validation.labels[:50]
    data = FashionMNIST(train, validation, "fashion-mnist", {}, lambda: test)
    monkeypatch.setattr(store, "book_folder", lambda: tmp_path / "book")
    monkeypatch.setattr(recording, "memory_alone", lambda model, values: 123)
    recorder = Recorder("07_transfer_learning", data, Machine("a CPU", "CPU", "none"))
    recorder.complete(recorder.plan({"a": recipe}, [0]), test=True)
    (record,) = store.read(store.book_folder())
    assert shelf.is_current(record)
    stored = json.loads(json.dumps(record))
    assert kinds.recipe_of(stored["model"], stored["recipe"]) == recipe
    row = tables.frame([record]).iloc[0]
    assert row["kind"] == "classifier"
    assert np.isfinite(row["pretraining_seconds"]) == (recipe.mode != "from scratch")
    assert record["metrics"]["test"]["images"] == 50
    assert record["parameters"] == recipe.build().count_params()


def test_the_network_its_weights_and_the_mode_decide_the_fit():
    assert FINE.head_first in FINE.decided_by()
    deciding = {getattr(thing, "__name__", "") for thing in FINE.decided_by()}
    expected = {"build_tiny", "from_minus_one_to_one", "build_body", "compute_features", "build_head", "flip"}
    assert expected - deciding == {"flip"}
    assert "compute_features" not in {function.__name__ for function in FINE.from_scratch().decided_by()}


def test_quick_mode_and_the_measure_of_memory_cut_the_stages():
    recipe = FINE.but(head_epochs=5, epochs=9, labels=0.2)
    one, quick = recipe.one_epoch(), recipe.quick()
    assert (one.epochs, one.head_epochs, one.architecture["size"]) == (1, 1, 16)
    assert (quick.epochs, quick.head_epochs, quick.architecture["size"], quick.labels) == (1, 1, 8, 1.0)
    assert recipe.but(architecture={**recipe.architecture, "momentum": 0.9}).quick() == quick


@pytest.mark.parametrize(
    ("recipe", "changes", "message"),
    [
        (FROZEN, {"mode": "thawed"}, "mode: expected one of .*found 'thawed'"),
        (FROZEN, {"network": "resnet"}, "network: expected one of .*found 'resnet'"),
        (FROZEN, {"head_epochs": 2}, "head_epochs: expected 0 with mode 'frozen', found 2"),
        (FINE, {"head_epochs": 0}, "head_epochs: expected 1 or more with mode 'fine-tuned', found 0"),
        (FROZEN, {"flip": True}, "expected none with mode 'frozen': features are made once"),
        (FROZEN, {"labels": 0}, "labels: expected a share above 0, up to 1, found 0"),
        (
            FROZEN,
            {"architecture": {"normalisation": "training", "frozen_up_to": "low"}},
            "architecture: expected no frozen_up_to, normalisation with mode 'frozen'",
        ),
        (FINE, {"architecture": {"weights": False}}, "expected no weights with mode 'fine-tuned'"),
        (FINE, {"architecture": {"width": 3}}, "architecture: expected some of .*found 'width'"),
        (FINE, {"architecture": {"momentum": 1.5}}, "momentum: expected a number from 0 to below 1"),
        (FROZEN, {"architecture": {"grid": 0}}, "grid: expected a whole number, 1 or more, found 0"),
        (FROZEN, {"architecture": {"layers": "high"}}, r"layers: expected a list such as \['high'\], found"),
    ],
)
def test_a_recipe_refuses_what_makes_no_sense(recipe, changes, message):
    with pytest.raises(ValueError, match=message):
        recipe.but(**changes)


def test_a_builder_refuses_a_layer_or_a_mode_that_is_not_there():
    with pytest.raises(ValueError, match="frozen_up_to: expected a layer such as 'high', found 'top'"):
        build_transfer("tiny", size=16, frozen_up_to="top")
    with pytest.raises(ValueError, match=r"normalisation: expected one of .*found 'none'"):
        build_transfer("tiny", size=16, normalisation="none")


def test_the_head_normalises_and_has_the_units_that_are_asked_for():
    head = build_head(12, units=(6, 5), dropout=0.3)
    assert head.input_shape == (None, 12)
    assert head.count_params() == 4 * 12 + 12 * 6 + 6 + 6 * 5 + 5 + 5 * 10 + 10
    assert [item.rate for item in head.layers if hasattr(item, "rate")] == [0.3, 0.3, 0.3]


def test_the_momentum_of_batch_normalisation_is_that_of_the_network_and_of_the_head():
    model = build_transfer("tiny", size=16, momentum=0.5)
    found = [
        model.get_layer("body").get_layer("network").get_layer(f"{name}_normalised")
        for name in ("low", "high")
    ]
    found.append(model.get_layer("head").layers[0])
    assert [layer.momentum for layer in found] == [0.5, 0.5, 0.5]
    assert FINE.but(architecture={"size": 16, "momentum": 0.9}).from_scratch().architecture["momentum"] == 0.9
