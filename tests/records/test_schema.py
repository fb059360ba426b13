"""Records that lie: what each says that cannot be, as a table of one change and the sentence for it."""

import json
import re

import numpy as np
import pytest

from fmnist_lessons.records import schema
from fmnist_lessons.records.packing import pack, pack_errors

NAN, INFINITY, GONE = float("nan"), float("inf"), object()
ANSWERS = np.arange(20) % 5 > 0  # 16 of 20 are right
ERRORS = np.linspace(0.01, 0.03, 20)
PLACE = {
    "chapter": "02_multilayer_perceptrons",
    "name": "a",
    "seed": 0,
    "model": "mlp",
    "recipe": {},
    "fingerprint": "f",
    "mode": "record",
    "data_source": "fashion-mnist",
    "checksums": {"train-images": "aa"},
    "device": "a CPU",
    "backend": "tensorflow",
    "versions": {"keras": "3.8"},
    "seconds": {"wall": 10.0, "cpu": 20},
}
MEASURED = {"accuracy": 0.8, "loss": 0.5, "images": 20, "correct": pack(ANSWERS)}
FIT = {
    **PLACE,
    "kind": "classifier",
    "metrics": {"train": {"accuracy": 1, "loss": 0.0, "images": 5}, "validation": MEASURED, "test": MEASURED},
    "history": {"loss": [0.7, 0.6], "val_accuracy": [0.7, 0.8]},
    "parameters": 7850,
    "peak_memory_mb": None,
    "microseconds_per_image": 3.5,
    "file_kb": 90,
    "headline": "A",
}
REBUILT = {"mse": 0.02, "images": 20, "psnr": 17.0, "ssim": 0.5, "auc": 0.9, "errors": pack_errors(ERRORS)}
REBUILDER = {**FIT, "kind": "autoencoder", "metrics": {"validation": REBUILT}, "history": {}}
TRIALS = [
    {
        "number": n,
        "seed": n,
        "values": {"lr": 0.1},
        "scores": [0.5, 0.6 + n / 10],
        "pruned": n > 1,
        "seconds": 1,
    }
    for n in range(3)
]
STUDY = {
    **PLACE,
    "kind": "study",
    "recipe": {"name": "a"},
    "metrics": {"validation": {"accuracy": 0.7}},
    "epochs": 6,
    "trials": TRIALS,
}


def is_share(place):
    """Whether a number at this place is one from 0 to 1."""
    return any(name in place for name in ("accuracy", "auc", "ssim", "scores"))


NO_NUMBERS = ["0.9", None, True, [0.9], NAN, INFINITY, -INFINITY, -1e-9]  # of which there is none below 0
NUMBERS = {
    "fit": [
        *(f"metrics.{part}.{name}" for part in ("train", "test") for name in ("accuracy", "loss", "images")),
        *("seed", "parameters", "seconds.wall", "seconds.cpu", "file_kb", "microseconds_per_image"),
        *("history.loss.1", "history.val_accuracy.0"),
    ],
    "rebuilder": [f"metrics.validation.{name}" for name in ("mse", "ssim", "auc", "images")],
    "study": [
        *("metrics.validation.accuracy", "epochs", "seconds.wall"),
        *("trials.0.scores.1", "trials.1.number", "trials.1.seed", "trials.2.seconds"),
    ],
}
PLACES = [(kind, place) for kind, places in NUMBERS.items() for place in places]
RECORDS = {"fit": FIT, "rebuilder": REBUILDER, "study": STUDY}
# record, place, what stands there, what is said of it
LIES = [
    *(
        (kind, place, 2.0, place.split(".")[0])
        for kind, places in NUMBERS.items()
        for place in places
        if is_share(place)
    ),
    *(
        (kind, place, 67.9, place.split(".")[0])
        for kind, places in NUMBERS.items()
        for place in places
        if is_share(place)
    ),
    ("fit", "seed", 1.0, "seed: expected a valid integer, found 1.0"),
    ("fit", "seed", "0", "seed: expected a valid integer, found '0'"),
    ("fit", "parameters", 7.5, "parameters: expected a valid integer"),
    ("fit", "metrics.test.images", 0, "images: expected greater than or equal to 1, found 0"),
    ("fit", "metrics.test.images", 24, "expected the accuracy of the answers, 0.666667, found 0.8"),
    ("fit", "metrics.test.images", 80, "expected answers for 80 images, found 3 bytes of eight each"),
    ("fit", "metrics.test.accuracy", 0.85, "expected the accuracy of the answers, 0.8, found 0.85"),
    ("fit", "metrics.test.accuracy", GONE, "metrics.test: expected the accuracy of the answers"),
    ("fit", "metrics.train.loss", GONE, r"expected \['loss'\] of such a fit, found \['acc"),
    ("fit", "metrics.test.correct", pack(~ANSWERS), "expected the accuracy of the answers, 0.2, found 0.8"),
    ("fit", "metrics.test.correct", pack(ANSWERS)[:-4], "expected answers for 20 images, found 0 bytes"),
    ("fit", "metrics.test.correct", pack(ANSWERS) * 2, "base64|found 6 bytes"),
    ("fit", "metrics.test.correct", "§§§§", "base64"),
    ("fit", "metrics.test.correct", "e30", "base64"),
    ("fit", "metrics.test.correct", GONE, r"metrics.test: expected \['correct'\] of such a fit"),
    ("fit", "metrics.test.correct", [True] * 20, "correct: expected a valid string"),
    ("fit", "metrics.validation", GONE, "metrics.validation: expected it, found nothing"),
    ("fit", "metrics.validation", None, "metrics.validation: expected a valid dictionary, found None"),
    ("fit", "metrics.validation", REBUILT, "expected .* of such a fit, found"),
    ("fit", "metrics", None, "metrics: expected a valid dictionary, found None"),
    ("fit", "metrics", [], "metrics: expected a valid dictionary"),
    ("fit", "kind", "autoencoder", r"metrics.train: expected \['mse'\] of such a fit"),
    ("fit", "kind", "study", "expected"),
    ("fit", "kind", "clasifier", "kind: expected 'classifier', 'autoencoder' or 'study'"),
    ("fit", "kind", None, "kind: expected"),
    ("fit", "history.loss", [0.7], "history: expected as many values of each quantity, found {'loss': 1"),
    ("fit", "history.loss", 0.7, "history.loss: expected a valid list"),
    ("fit", "history.val_accuracy", [0.7, 1.5], "val_accuracy: expected values from 0 to 1"),
    ("fit", "history.loss", [-0.1, 0.2], "loss: expected values from 0 to inf"),
    ("fit", "history", [], "history: expected a valid dictionary"),
    ("fit", "name", None, "name: expected a valid string"),
    ("fit", "name", 3, "name: expected a valid string"),
    ("fit", "chapter", "../02", "chapter: "),
    ("fit", "chapter", "..", "chapter: "),
    ("fit", "chapter", "", "chapter: "),
    ("fit", "chapter", "a/b", "chapter: "),
    ("fit", "chapter", "/etc", "chapter: "),
    ("fit", "chapter", "a\\b", "chapter: "),
    ("fit", "chapter", "C:", "chapter: "),
    ("fit", "chapter", "a\0", "chapter: "),
    ("fit", "chapter", "a\n", "chapter: "),
    ("fit", "chapter", "a" * 101, "chapter: "),
    ("fit", "chapter", 2, "chapter: "),
    ("fit", "model", "", "model: "),
    ("fit", "model", GONE, "model: expected it, found nothing"),
    ("fit", "recipe", {"model": "cnn"}, "model: expected that of the recipe, 'cnn', found 'mlp'"),
    ("fit", "recipe", None, "recipe: expected a valid dictionary"),
    ("fit", "fingerprint", "", "fingerprint: "),
    ("fit", "fingerprint", GONE, "fingerprint: expected it"),
    ("fit", "mode", "quick", "mode: expected 'record' or 'live', found 'quick'"),
    ("fit", "data_source", "mnist", "data_source: expected 'fashion-mnist' or 'sketch', found 'mnist'"),
    ("fit", "checksums", {"a": 1}, "checksums.a: expected a valid string, found 1"),
    ("fit", "device", GONE, "device: expected it"),
    ("fit", "device", None, "device: "),
    ("fit", "seconds", {}, "seconds.wall: expected it"),
    ("fit", "seconds", 10.0, "seconds: expected a valid dictionary"),
    ("fit", "headline", None, "headline: "),
    ("fit", "headline", "", "headline: "),
    ("fit", "whose", "nobody's", "whose: "),
    (
        "rebuilder",
        "metrics.validation.mse",
        0.021,
        "expected the errors' mean as mse, 0.0199989, found 0.021",
    ),
    ("rebuilder", "metrics.validation.mse", GONE, "expected the errors' mean as mse, 0.0199989, found nan"),
    ("rebuilder", "metrics.validation.errors", pack_errors(ERRORS[:-1]), "expected 20 finite errors"),
    ("rebuilder", "metrics.validation.errors", pack_errors(-ERRORS), "expected 20 finite errors, 0 or more"),
    ("rebuilder", "metrics.validation.errors", pack_errors(ERRORS * NAN), "expected 20 finite errors"),
    ("rebuilder", "metrics.validation.errors", pack_errors(ERRORS * INFINITY), "expected 20 finite errors"),
    ("rebuilder", "metrics.validation.errors", GONE, r"expected \['errors'\] of such a fit"),
    ("rebuilder", "metrics.validation.errors", "AAA=", "expected errors of two bytes each, found 2 bytes|20"),
    ("rebuilder", "metrics.validation.errors", "AA==", "expected errors of two bytes each, found 1"),
    ("rebuilder", "metrics.validation.psnr", INFINITY, "psnr: expected a finite number, found inf"),
    ("rebuilder", "metrics.validation.psnr", "17", "psnr: expected a valid number, found '17'"),
    ("rebuilder", "kind", "classifier", "of such a fit"),
    ("study", "metrics.validation.accuracy", 0.8, "accuracy: .*expected that of the trials.*0.7, found 0.8"),
    ("study", "metrics.validation.accuracy", GONE, "accuracy: .*expected that of the trials.*found None"),
    ("study", "epochs", 7, "epochs: .*6, found 7"),
    ("study", "trials", None, "trials: expected a valid list"),
    ("study", "trials", [], "epochs: .*0, found 6"),
    ("study", "trials.1", TRIALS[0], "trials: expected each number once, found one twice"),
    ("study", "trials.1.scores", [], "trials.1.scores: .*at least 1 item"),
    ("study", "trials.1.scores", [0.5, 7.5], "trials.1.scores.1: expected less than or equal to 1"),
    ("study", "trials.1.pruned", 0, "trials.1.pruned: expected a valid boolean"),
    ("study", "trials.1.values", None, "trials.1.values: expected a valid dictionary"),
    ("study", "trials.1.scores", GONE, "trials.1.scores: expected it, found nothing"),
    ("study", "seed", 1, "seed: .*0, found 1"),
    ("study", "name", "b", "name: .*'a', found 'b'"),
    ("study", "recipe", {"name": "a", "seed": 3}, "seed: .*3, found 0"),
    ("study", "kind", GONE, "metrics.validation.images: expected it, found nothing"),
]


def changed(record, place, value):
    """Return a copy of a record with another value at a place such as ``metrics.test.loss``."""
    record = json.loads(json.dumps(record))
    *above, last = [int(step) if step.isdigit() else step for step in place.split(".")]
    inside = record
    for step in above:
        inside = inside[step]
    if value is GONE:
        del inside[last]
    else:
        inside[last] = value
    return record


@pytest.mark.parametrize("kind", RECORDS)
def test_a_right_record_passes_and_so_do_keys_of_other_versions(kind):
    assert schema.fault(RECORDS[kind]) == ""
    assert schema.fault({**RECORDS[kind], "later": {"versions": [None, 1]}}) == ""
    assert schema.fault(changed(RECORDS[kind], "metrics.later", 5)) == ""
    assert schema.fault(changed(RECORDS[kind], "metrics.validation.later", None)) == ""


@pytest.mark.parametrize("value", NO_NUMBERS, ids=repr)
@pytest.mark.parametrize(("kind", "place"), PLACES)
def test_what_is_no_such_number_is_named(kind, place, value):
    assert schema.fault(changed(RECORDS[kind], place, value)).startswith(
        (place, place.rpartition(".")[0], "history: ")
    )


@pytest.mark.parametrize(("kind", "place", "value", "said"), LIES)
def test_a_lie_is_named_with_what_was_expected_and_found(kind, place, value, said):
    assert re.search(said, schema.fault(changed(RECORDS[kind], place, value)))


@pytest.mark.parametrize("content", [None, [], [FIT], "text", 1, {}], ids=repr)
def test_what_is_no_record_at_all_is_named(content):
    assert schema.fault(content).startswith(("expected a valid dictionary", "chapter: expected it"))
