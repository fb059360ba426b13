"""What decides a fit makes its records stale, and nothing else does."""

import dataclasses
import importlib.util
import json
import subprocess
import sys

import keras
import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier

from fmnist_lessons.data import augmentation, cache, noise, parts
from fmnist_lessons.models import autoencoders, classifiers, imagenet, lenet1998
from fmnist_lessons.models import transfer as bodies
from fmnist_lessons.studies import study
from fmnist_lessons.studies.study import Study
from fmnist_lessons.training import (
    baselines,
    encoder,
    fingerprints,
    fitting,
    kept,
    reading,
    schedules,
    sources,
    transfer,
)
from fmnist_lessons.training.autoencoder import AutoencoderRecipe
from fmnist_lessons.training.baselines import BaselineRecipe
from fmnist_lessons.training.encoder import EncoderRecipe
from fmnist_lessons.training.kinds import recipe_of
from fmnist_lessons.training.rebuilding import PCAFit, PCARecipe
from fmnist_lessons.training.recipe import ClassifierRecipe, NetworkRecipe, Recipe
from fmnist_lessons.training.transfer import TransferRecipe

CHECKSUMS = {"train-images": "aa"}
PLAIN = Recipe(model="mlp", architecture={"hidden": (128,)}, epochs=3)
CODER = AutoencoderRecipe(model="conv_autoencoder", epochs=1, shift=1)
SPACE = {"optimizer": ["adam", "rmsprop"], "flip": [True]}
RECIPES = {
    "plain": PLAIN,
    "sgd": PLAIN.but(optimizer="sgd", momentum=0.9, schedule="step"),
    "patient": PLAIN.but(patience=2, flip=True),
    "erasing": PLAIN.but(erase=8, schedule="one-cycle"),
    "cnn": Recipe(model="cnn", epochs=1, optimizer="rmsprop", schedule="exponential"),
    "1998": Recipe(model="lenet5_1998", epochs=1, optimizer="adadelta", schedule="exponential"),
    "coder": CODER,
    "noisy": AutoencoderRecipe(model="dense_autoencoder", epochs=1, noise="gaussian", noise_strength=0.2),
    "frozen": EncoderRecipe(mode="frozen", epochs=1, optimizer="adamw", pretraining=CODER),
    "labelled": EncoderRecipe(mode="from scratch", epochs=1, optimizer="adamw", labels=0.1),
    "fine": TransferRecipe(mode="fine-tuned", epochs=2, head_epochs=1, optimizer="sgd", schedule="cosine"),
    "vgg": TransferRecipe(mode="frozen", network="vgg16", epochs=1, optimizer="adamw"),
    "new": TransferRecipe(mode="from scratch", epochs=1, optimizer="adamw"),
    "nearest": BaselineRecipe("nearest_mean"),
    "logistic": BaselineRecipe("logistic_regression"),
    "pca": PCARecipe(components=8),
    "study": Study(name="s", base=PLAIN, space=SPACE, trials=2),
}
ALL = set(RECIPES)
BASELINES = {"nearest", "logistic"}
NETWORKS = ALL - BASELINES - {"pca"}
BODIES = {"fine", "vgg", "new"}
CODERS = {"coder", "noisy"}
MLPS = {"plain", "sgd", "patient", "erasing", "study"}


def fingerprint(recipe):
    return fingerprints.fingerprint(recipe, CHECKSUMS)


@pytest.fixture(scope="module")
def before():
    return {name: fingerprint(recipe) for name, recipe in RECIPES.items()}


def stale(before):
    return {name for name, recipe in RECIPES.items() if fingerprint(recipe) != before[name]}


def value(module, name, new):
    """Change a constant, in the module whose code reads it."""
    return lambda patch: patch.setattr(module, name, new)


def entry(table, key, new):
    return lambda patch: patch.setitem(table, key, new)


def reordered(table):
    def apply(patch):
        key = next(iter(table))
        first = table[key]
        patch.delitem(table, key)
        patch.setitem(table, key, first)

    return apply


def network(name, **changes):
    table = imagenet.NETWORKS
    return lambda patch: patch.setitem(table, name, dataclasses.replace(table[name], **changes))


def code(changed, old, new):
    """Change the source of a function or a class."""

    def apply(patch):
        real, read = sources.inspect.getsource, sources.source_of

        def source_of(thing, refusals):
            return (
                sources.source_of.__wrapped__(thing, refusals) if thing is changed else read(thing, refusals)
            )

        def getsource(thing):
            source = real(thing)
            if thing is not changed:
                return source
            assert old in source
            return source.replace(old, new)

        patch.setattr(reading, "source_of", source_of)
        patch.setattr(sources.inspect, "getsource", getsource)

    return apply


def another(*_, **__):
    """A function in the place of another."""


NO_NAMES = (*parts.CLASS_NAMES, "Hat")
LION = keras.optimizers.Lion
ADAMS = {"plain", "patient", "erasing", "study", "coder", "noisy", "frozen"}
MEANS = "means = (103.939, "
# What is changed, and whose records are stale then: those, and no others.
CHANGES = {
    # tables
    "Adam": (entry(schedules.OPTIMIZERS, "adam", LION), {*ADAMS, "fine"}),  # Adam trains its head
    "SGD": (entry(schedules.OPTIMIZERS, "sgd", LION), {"sgd", "fine"}),
    "RMSprop": (entry(schedules.OPTIMIZERS, "rmsprop", LION), {"cnn", "study"}),
    "a table's order": (reordered(schedules.OPTIMIZERS), set()),
    "another optimiser": (entry(schedules.OPTIMIZERS, "lion", LION), set()),
    "a schedule": (entry(schedules.SCHEDULES, "step", another), {"sgd"}),
    "a schedule's code": (code(schedules.SCHEDULES["exponential"], "0.01", "0.02"), {"cnn", "1998"}),
    "a builder": (entry(classifiers.BUILDERS, "cnn", another), {"cnn"}),
    "an autoencoder's builder": (entry(autoencoders.AUTOENCODERS, "dense_autoencoder", another), {"noisy"}),
    "a noise": (entry(noise.NOISES, "gaussian", noise.salt_and_pepper), {"noisy"}),
    "another noise": (entry(noise.NOISES, "salt_and_pepper", another), set()),
    "an estimator": (entry(baselines.ESTIMATORS, "logistic_regression", RidgeClassifier), {"logistic"}),
    "a preprocessing": (network("vgg16", preprocessing=imagenet.as_they_are), {"vgg"}),
    "a network": (network("mobilenet", build=imagenet.vgg16), {"fine", "new"}),
    "a weights file": (network("mobilenet", file="other.h5"), {"fine", "new"}),
    "a checksum of weights": (network("vgg16", checksum="sha256:0"), {"vgg"}),
    "the address of weights": (network("mobilenet", address="https://example.org/"), set()),
    "what a mode has no use for": (entry(transfer._NO_USE, "frozen", {"units"}), {"fine", "vgg"}),
    # constants
    "images in an epoch": (value(transfer, "FEWEST", 5_000), BODIES),
    "images in a pass": (value(kept, "BATCH", 100), {"fine", "vgg"}),
    "width of images": (value(bodies, "SIZE", 96), BODIES),
    "shape of images": (value(classifiers, "IMAGE_SHAPE", (32, 32)), {*MLPS, "cnn"}),
    "number of classes, of batches": (value(fitting, "CLASS_NAMES", NO_NAMES), NETWORKS),
    "number of classes, of LeNet-5": (value(lenet1998, "CLASS_NAMES", NO_NAMES), {"1998"}),
    "images in a validation batch": (value(fitting, "BATCH_FOR_PREDICTION", 99), NETWORKS - CODERS),
    "seed of the split": (value(cache, "SPLIT_SEED", 2), ALL),
    "steps at a time": (value(fitting, "STEPS_PER_EXECUTION", 7), set()),
    "images in a quick batch": (value(transfer, "QUICK_BATCH", 7), set()),
    # methods
    "augmentations": (code(NetworkRecipe.augmentations, "if wanted", "if not wanted"), NETWORKS),
    "augmentations of classifiers": (
        code(ClassifierRecipe.augmentations, "+ ([", "+ 2 * (["),
        NETWORKS - CODERS,
    ),
    "build": (value(NetworkRecipe, "build", another), NETWORKS - BODIES),
    "body": (value(TransferRecipe, "body", property(another)), BODIES),
    "what is done with a recipe": (value(AutoencoderRecipe, "carry_out", another), {*CODERS, "frozen"}),
    "the head's recipe": (code(TransferRecipe.head_first.fget, "epochs=", "batch_size=9, epochs="), BODIES),
    "quick mode": (value(Recipe, "quick", another), set()),
    "grid of a study": (value(Study, "grid", study.Study.grid), set()),
    "seed of a trial": (code(Study.trial_seed, "1000", "2000"), {"study"}),
    # functions
    "flips": (code(augmentation.flip, "< 0.5", "< 0.4"), {"patient", "study"}),
    "erasing": (code(augmentation.erase, "256", "255"), {"erasing"}),
    "what erasing calls": (code(augmentation._between, ">= 0", "> 0"), {"erasing"}),
    "noise": (code(noise.gaussian, "255 *", "256 *"), {"noisy"}),
    "noise of validation": (code(noise.fixed_noise, "6, 1000", "7, 1000"), {"noisy"}),
    "early stopping": (code(fitting.early_stopping, "restore_best_weights=True", ""), {"patient"}),
    "batches": (code(fitting.Batches, "self._epoch += 1", "self._epoch += 2"), NETWORKS),
    "training": (code(fitting.train, "batch_size=", "batch="), NETWORKS - CODERS),
    "training of baselines": (code(baselines.train, "(seed)", "(seed + 1)"), BASELINES),
    "pretraining": (code(encoder.pretrained, "is None", "is not None"), {"frozen"}),
    "choice of labels": (code(encoder.draw_labelled, "seed, 2", "seed, 3"), {"frozen", "labelled", *BODIES}),
    "a layer": (code(lenet1998.TrainablePooling, "4 *", "2 *"), {"1998"}),
    "preprocessing": (code(imagenet.less_channel_means, MEANS, "means = (99, "), {"vgg"}),
    "features": (code(baselines.as_features, "255", "256"), {*BASELINES, "pca"}),
    "codes of components": (code(PCAFit.encode, "(images)", "(images[:, ::-1])"), {"pca"}),
    "steps of a study": (code(fitting.EpochByEpoch, "+= 1", "+= 2"), {"study"}),
    "progress": (code(fitting.StepReporter, "or 1", "or 2"), set()),
    "fetching weights": (code(imagenet.weights_file, "exists", "is_file"), set()),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_changed_makes_the_records_stale_that_it_decides(what, before, monkeypatch):
    change, expected = CHANGES[what]
    change(monkeypatch)
    assert stale(before) == expected


SETTINGS = {
    "floatx": (keras.config.set_floatx, "float16", "float32"),
    "dtype_policy": (keras.config.set_dtype_policy, "mixed_bfloat16", "float32"),
    "image_data_format": (keras.config.set_image_data_format, "channels_first", "channels_last"),
    "epsilon": (keras.config.set_epsilon, 1e-3, 1e-7),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_of_keras_makes_the_records_of_networks_stale(name, before):
    change, unusual, usual = SETTINGS[name]
    try:
        change(unusual)
        assert fingerprints.unusual_settings() == {name: unusual}
        assert stale(before) == NETWORKS
    finally:
        change(usual)
    assert fingerprints.unusual_settings() == {}
    assert stale(before) == set()


def test_the_settings_are_asked_for_without_starting_keras_for_a_baseline():
    code = (
        "import sys; from fmnist_lessons.training import BaselineRecipe, PCARecipe, fingerprints;"
        "recipes = [BaselineRecipe('nearest_mean'), PCARecipe(components=8)];"
        "print([fingerprints.fingerprint(recipe, {'train-images': 'aa'}) for recipe in recipes]);"
        "assert 'keras' not in sys.modules"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == str([fingerprint(RECIPES[name]) for name in ("nearest", "pca")])


def test_a_name_at_which_reading_stops_is_one_that_the_code_has():
    met = {field.name for field in dataclasses.fields(imagenet.Network)}
    for recipe in RECIPES.values():
        for thing in reading.Reading(recipe)._read:
            source = sources.source_of(thing, frozenset())
            met |= {name for chain, _ in source.names for name in chain}
            met |= {name for name, _ in source.attributes} | {name for *_, name in source.imports}
    assert met >= reading.NOTHING | reading.WHERE_LISTED
    assert all(importlib.util.find_spec(f"fmnist_lessons.{room}") for room in reading.ROOMS)


@pytest.mark.parametrize(
    "changed",
    [
        {"epochs": 11},
        {"architecture": {"hidden": (129,)}},
        {"flip": True},
        {"schedule": "cosine"},
        {"validation_size": 20_000},
    ],
)
def test_the_fingerprint_changes_with_each_value(changed):
    assert fingerprint(PLAIN.but(**changed)) != fingerprint(PLAIN)


def test_the_fingerprint_changes_with_the_data():
    assert fingerprints.fingerprint(PLAIN, {"train-images": "bb"}) != fingerprint(PLAIN)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_survives_the_journey_through_json(name):
    recipe = RECIPES[name]
    values = json.loads(json.dumps(fingerprints.values_of(recipe)))
    again = Study(**values) if name == "study" else recipe_of(recipe.model, values)
    assert fingerprint(again) == fingerprint(recipe)


def test_a_number_is_the_same_whether_numpy_made_it():
    architecture = {"hidden": (np.int64(128),)}
    assert fingerprint(PLAIN.but(epochs=np.int64(3), architecture=architecture)) == fingerprint(PLAIN)
    assert fingerprint(PLAIN.but(learning_rate=np.float64(0.01))) == fingerprint(
        PLAIN.but(learning_rate=0.01)
    )


def test_a_default_that_changes_is_seen_and_a_new_option_that_is_off_is_not():
    def kind(*fields):
        made = dataclasses.make_dataclass("Kind", fields, bases=(Recipe,), frozen=True, kw_only=True)
        return fingerprint(made(model="mlp", epochs=1))

    assert kind() == kind(("mirror", bool, False)) == kind(("layers", str, ""))
    assert kind() != kind(("batch_size", int, 64))
    assert kind() != kind(("flip", bool, True))


def test_what_cannot_be_told_is_refused(monkeypatch):
    monkeypatch.setattr(fitting, "BATCH_FOR_PREDICTION", object())
    with pytest.raises(TypeError, match=r"expected code that reads numbers.* found that it reads <object"):
        fingerprint(PLAIN)
    typed = eval("lambda: 1000", vars(fitting))  # as at a prompt
    monkeypatch.setattr(fitting, "BATCH_FOR_PREDICTION", typed)
    with pytest.raises(TypeError, match=r"a function or class whose source can be read.* write it with def"):
        fingerprint(PLAIN)
    with pytest.raises(TypeError, match=r"expected numbers, text, lists and dictionaries, found <object"):
        fingerprint(BaselineRecipe("nearest_mean", {"metric": object()}))
