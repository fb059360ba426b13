import functools
import json
import os
import re
import warnings

import numpy as np
import pytest
from scipy.special import softmax

from fmnist_lessons.records import store


def test_a_record_comes_back_as_it_was_written(tmp_path, make_record):
    record = make_record("+ flips", 3, 0.9)
    logits = {"validation": np.random.default_rng(0).normal(size=(1000, 10))}
    path = store.write(record, tmp_path, logits=logits)
    assert path == tmp_path / "02_multilayer_perceptrons" / "flips" / "seed-3.json"
    assert store.read(tmp_path) == [record]
    below = logits["validation"] - logits["validation"].max(axis=1, keepdims=True)
    assert np.allclose(store.read_logits(record, tmp_path)["validation"], below, atol=1e-2)
    assert [p.name for p in path.parent.iterdir() if p.name.startswith(".")] == []


def test_logits_far_from_zero_keep_their_order_and_their_probabilities(tmp_path, make_record):
    gaps = np.linspace(0, 0.05, 10)  # float16 has steps of 1/16 at -80
    logits = -80 + np.stack([gaps, gaps[::-1], np.roll(gaps, 3)])
    record = make_record("far", 0, 0.9, n=3)
    store.write(record, tmp_path, logits={"validation": logits})
    stored = store.read_logits(record, tmp_path)["validation"]
    assert (stored.argsort(axis=1) == logits.argsort(axis=1)).all()
    assert np.allclose(softmax(stored, axis=1), softmax(logits, axis=1), atol=1e-4)


# Nothing damaged is used


DAMAGED = {  # what is made of the text of a right record, and what is said of it
    "empty": (lambda text: "", "expected JSON"),
    "blank": (lambda text: " \n", "expected JSON"),
    "cut": (lambda text: text[: len(text) // 2], "expected JSON"),
    "two in one": (lambda text: text + text, "expected JSON"),
    "in conflict": (lambda text: f"<<<<<<< ours\n{text}\n=======\n{text}\n>>>>>>> theirs", "expected JSON"),
    "Python's own": (lambda text: text.replace('"', "'"), "expected JSON"),
    "a comma too many": (lambda text: text[:-1] + ",}", "expected JSON"),
    "with a comment": (lambda text: "// a record\n" + text, "expected JSON"),
    "null": (lambda text: "null", "expected a valid dictionary, found None"),
    "a list": (lambda text: f"[{text}]", "expected a valid dictionary"),
    "a number": (lambda text: "3", "expected a valid dictionary, found 3"),
    "text": (lambda text: json.dumps(text), "expected a valid dictionary"),
    "no record": (lambda text: "{}", "chapter: expected it, found nothing"),
    "NaN": (lambda text: text.replace("0.3", "NaN"), "expected JSON"),
    "infinity": (lambda text: text.replace("0.3", "-Infinity"), "expected JSON"),
    "beyond floats": (lambda text: text.replace("0.3", "1e999"), "loss: expected a finite number, found inf"),
    "5,000 digits": (
        lambda text: text.replace("7850", "9" * 5000),
        "digits|out of range",
    ),
    "a key twice": (lambda text: '{"seed": 1, ' + text[1:], "expected each key once, found .*'seed', 'seed'"),
    "a key twice within": (lambda text: text.replace('"loss"', '"images"'), "expected each key once"),
    "nested deep": (lambda text: '{"a":' * 10_000 + "1" + "}" * 10_000, "expected JSON"),
    "lists nested deep": (lambda text: "[" * 10_000 + "]" * 10_000, "expected JSON"),
    "open for ever": (lambda text: "[" * 100_000, "expected JSON"),
    "nested within": (lambda text: f'{{"a": {"[" * 500}{"]" * 500}, {text[1:]}', "expected JSON"),
    "half a letter": (lambda text: text.replace("a CPU", "\\ud800"), "expected JSON"),
    "UTF-16": (lambda text: text.encode("utf-16"), "expected text in UTF-8, found other bytes"),
    "UTF-32": (lambda text: text.encode("utf-32"), "expected text in UTF-8, found other bytes"),
    "a byte order mark": (lambda text: text.encode("utf-8-sig"), "expected JSON"),
    "Latin-1": (lambda text: text.replace("a CPU", "é").encode("latin-1"), "expected text in UTF-8"),
    "zeros": (lambda text: bytes(len(text)), "expected JSON"),
    "zeros at the end": (lambda text: text.encode()[:99] + bytes(99), "expected JSON"),
    "random bytes": (lambda text: np.random.default_rng(0).bytes(999), "expected text in UTF-8"),
    "a zip file": (lambda text: b"PK\x03\x04\x14\0", "expected JSON"),
    "11 MB": (lambda text: text + " " * 11_000_000, "expected at most 10,000,000 bytes, found 11,0"),
}


@pytest.mark.parametrize(("damage", "said"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_record_is_named_once_and_left_out(tmp_path, make_record, damage, said):
    good = store.write(make_record("good", 0, 0.9), tmp_path)
    damaged = damage(json.dumps(make_record("good", 1, 0.9)))
    path = good.with_name("seed-1.json")
    path.write_bytes(damaged if isinstance(damaged, bytes) else damaged.encode())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert [r["seed"] for r in store.read(tmp_path)] == [0]
        assert [r["seed"] for r in store.read(tmp_path)] == [0]
    (warning,) = caught
    assert str(path) in str(warning.message)
    assert re.search(f"is skipped: .*(?:{said})", str(warning.message))


ELSEWHERE = {  # where a right record is put that belongs to 02_multilayer_perceptrons/good/seed-0.json
    "another seed": "02_multilayer_perceptrons/good/seed-1.json",
    "the seed with a zero": "02_multilayer_perceptrons/good/seed-00.json",
    "a browser's copy": "02_multilayer_perceptrons/good/seed-0 (1).json",
    "a copy": "02_multilayer_perceptrons/good/seed-0 copy.json",
    "another name": "02_multilayer_perceptrons/better/seed-0.json",
    "another chapter": "03_convolutional_networks/good/seed-0.json",
    "digits of another name": "02_multilayer_perceptrons/good-12345678/seed-0.json",
}


@pytest.mark.parametrize("place", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_copied_file_is_no_other_fit(tmp_path, make_record, place):
    record = make_record("good", 0, 0.9)
    good, copy = store.write(record, tmp_path), tmp_path / place
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(good.read_bytes())
    with pytest.warns(UserWarning, match=r"skipped: expected it at 02_\S+/good/seed-0.json, as .* found"):
        assert store.read(tmp_path) == [record]


NO_FILES = {
    "a folder": (lambda path: path.mkdir(), "expected a file, found a folder, a pipe or a device"),
    "a named pipe": (os.mkfifo, "expected a file, found a folder, a pipe or a device"),
    "a device": (
        lambda path: path.symlink_to("/dev/zero"),
        "expected a file, found a folder, a pipe or a dev",
    ),
    "a link to nothing": (lambda path: path.symlink_to("nowhere"), "expected a file that can be read, found"),
    "a link to itself": (lambda path: path.symlink_to(path), "expected a file that can be read, found"),
}


@pytest.mark.parametrize(("make", "said"), NO_FILES.values(), ids=NO_FILES)
def test_what_is_no_file_is_named(tmp_path, make_record, make, said):
    make(store.write(make_record("good", 0, 0.9), tmp_path).with_name("seed-1.json"))
    with pytest.warns(UserWarning, match=f"seed-1.json is skipped: {said}"):
        assert len(store.read(tmp_path)) == 1


def test_a_folder_that_cannot_be_read_is_named(tmp_path, make_record):
    good = store.write(make_record("good", 0, 0.9), tmp_path)
    for loop in (tmp_path / "03", good.parent.parent / "bad"):
        loop.symlink_to(loop)
    (tmp_path / "timings.json").write_text("{}")
    with pytest.warns(UserWarning, match="are left out: expected a folder that can be read") as caught:
        assert len(store.read(tmp_path)) == 1
    assert len(caught) == 2
    with pytest.warns(UserWarning, match="are left out: expected a folder that can be read, found .*seed-0"):
        assert store.read(good) == []
    assert store.read(tmp_path / "not yet") == []


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        ({"mode": "live"}, "mode: expected 'record' among the book's records, found 'live'"),
        ({"data_source": "sketch"}, "data_source: expected 'fashion-mnist' among the book's records, found"),
        ({"whose": "yours"}, "whose: expected 'book' among the book's records, found 'yours'"),
    ],
)
def test_what_the_recorder_did_not_make_is_none_of_the_books(tmp_path, make_record, monkeypatch, lie, said):
    record = make_record("a", 0, 0.9) | lie
    store.write(record, tmp_path)
    assert store.read(tmp_path) == [record]
    monkeypatch.setattr(store, "book_folder", lambda: tmp_path)
    with pytest.warns(UserWarning, match=said):
        assert store.read(tmp_path) == []
    with pytest.raises(ValueError, match=said):
        store.write(record, tmp_path)


def test_the_same_recipe_and_seed_twice_is_named_and_a_learner_may_train_it_twice(tmp_path, make_record):
    for name, mode in (("a", "record"), ("b", "record"), ("c", "live"), ("d", "live")):
        store.write(make_record(name, 0, 0.9, mode=mode), tmp_path)
    with pytest.warns(UserWarning, match=r"b.seed-0.json is skipped: .* than in \S+seed-0.json"):
        assert [r["name"] for r in store.read(tmp_path)] == ["a", "c", "d"]


def test_a_reader_that_changes_a_record_changes_no_other_readers(tmp_path, make_record):
    record = make_record("a", 0, 0.9)
    path = store.write(record, tmp_path)
    store.read(tmp_path)[0]["metrics"].clear()
    assert store.read(tmp_path) == [record]
    store.write(record | {"parameters": 1}, tmp_path)
    assert store.read(tmp_path)[0]["parameters"] == 1
    path.unlink()
    assert store.read(tmp_path) == []


def test_each_record_of_the_book_fits_and_lies_where_it_is_looked_for(recwarn):
    folder = store.book_folder()
    records = store.read(folder)
    assert {store.path_of(r, folder) for r in records} == set(folder.glob("*/*/*.json"))
    assert not recwarn.list


# Nothing is lost


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"later": float("nan")}, "not JSON compliant|not JSON"),
        ({"later": [float("inf")]}, "not JSON"),
        ({"later": np.float32("nan")}, "not JSON"),
        ({"later": np.zeros(3)}, "ndarray"),
        ({"later": {1, 2}}, "set {1, 2}"),
        ({"later": b"bytes"}, "bytes b'bytes'"),
        ({"later": {np.int64(1): 2}}, "keys must be str"),
        ({"later": 1j}, "complex"),
        ({"later": "x" * 11_000_000}, "expected at most 10,000,000 bytes"),
        ({"later": functools.reduce(lambda inner, _: [inner], range(500), 1)}, "recursion"),
        (
            {"metrics": {"validation": {"accuracy": 0.5, "loss": float("nan"), "images": 2}}},
            "loss: .* found nan",
        ),
        ({"chapter": "../elsewhere"}, "chapter: "),
        ({"chapter": "02/../../elsewhere"}, "chapter: "),
        ({"name": None}, "name: expected a valid string, found None"),
        ({"name": 3}, "name: expected a valid string, found 3"),
        ({"name": "\ud800"}, "hex escape|surrogate"),
        ({"seed": True}, "seed: expected a valid integer, found True"),
        ({"seed": -1}, "seed: expected greater than or equal to 0, found -1"),
        ({"seed": np.int64(-1)}, "seed: expected greater than or equal to 0, found -1"),
        ({"seed": 1.0}, "seed: expected a valid integer"),
        ({"seed": np.float64(1)}, "seed: expected a valid integer"),
        ({"seed": "1"}, "seed: expected a valid integer, found '1'"),
        ({"seed": "../../1"}, "seed: expected a valid integer"),
        ({"seed": None}, "seed: expected a valid integer, found None"),
    ],
)
def test_what_would_not_be_read_is_not_written(tmp_path, make_record, change, said):
    with pytest.raises(ValueError, match=f"^record: expected one that fits; (?s:.*)(?:{said})"):
        store.write({**make_record("a", 0, 0.9), **change}, tmp_path / "results")
    assert list(tmp_path.rglob("*")) == []


def test_a_record_that_holds_itself_is_not_written(tmp_path, make_record):
    record = make_record("a", 0, 0.9)
    record["later"] = record
    with pytest.raises(ValueError, match="record: expected one that fits; Circular"):
        store.write(record, tmp_path)


@pytest.mark.parametrize(
    ("logits", "said"),
    [
        ({"validation": np.full((4, 10), np.nan)}, "expected finite numbers"),
        ({"validation": np.full((4, 10), -np.inf)}, "expected finite numbers"),
        (
            {"validation": np.zeros((3, 10))},
            r"expected the shapes {'validation': \(4, 10\)}, found .*\(3, 10\)",
        ),
        ({"validation": np.zeros((4, 9))}, "expected the shapes"),
        ({"test": np.zeros((4, 10))}, "expected the shapes"),
        ({}, "expected the shapes"),
    ],
)
def test_logits_that_do_not_fit_are_not_written(tmp_path, make_record, logits, said):
    with pytest.raises(ValueError, match=f"^logits: {said}"):
        store.write(make_record("a", 0, 0.5, n=4), tmp_path, logits=logits)
    assert list(tmp_path.rglob("*")) == []


def test_logits_beyond_float16_become_its_lowest(tmp_path, make_record):
    record = make_record("a", 0, 0.5, n=2)
    store.write(record, tmp_path, logits={"validation": np.eye(10)[:2] * 1e6})
    stored = store.read_logits(record, tmp_path)["validation"]
    assert sorted(set(stored.ravel())) == [-65504, 0]


def test_numpys_numbers_become_plain_ones(tmp_path, make_record):
    record = make_record("a", 3, 0.9)
    odd = {"seed": np.int64(3), "parameters": np.uint8(7), "file_kb": np.float32(0.5), "later": np.True_}
    path = store.write(record | odd, tmp_path)
    assert path.name == "seed-3.json"
    assert store.read(tmp_path) == [record | {"parameters": 7, "file_kb": 0.5, "later": True}]


@pytest.mark.parametrize(
    "names",
    [
        ["flips", "+ flips", "Flips", "flips!", " flips", "fl(ips"],
        ["MLP", "mlp", "MLP+", "M.L.P", "m-l-p"],
        ["日本", "中国", "Привет", "привет", "مرحبا", "café", "caf", "cafè"],
        ["", " ", "+", "+++", "unnamed", "..", "/", "../../up", "\\", "\0", "\n"],
        ["a" * 300, "a" * 300 + "b", "b" + "a" * 300, "a" * 80, "a" * 81],
        ["x²", "x2", "x", "K", "\u212a", "ﬁt", "fit", "it"],
        ["seed-0.json", "seed 0 json", "CON", "nul", "."],
    ],
)
def test_each_name_keeps_a_record_of_its_own(tmp_path, make_record, names):
    folder = tmp_path / "results"
    for seed in (1, 0):
        for number, name in enumerate(names):
            record = make_record(name, seed, 0.5, n=4, fingerprint=f"{number}")
            logits = np.full((4, 10), -float(number))
            logits[:, 0] = 0
            assert folder in store.write(record, folder, logits={"validation": logits}).parents
    store.write(record, folder)  # again
    records = store.read(folder)
    assert sorted((r["name"], r["seed"]) for r in records) == sorted((n, s) for n in names for s in (0, 1))
    for record in records:
        assert store.read_logits(record, folder)["validation"].min() == -int(record["fingerprint"])
    assert [len(path.name) < 100 for path in folder.rglob("*")].count(False) == 0


def test_a_record_takes_the_place_of_a_damaged_one(tmp_path, make_record):
    record = make_record("a", 0, 0.9)
    path = store.write(record, tmp_path)
    path.write_text("{")
    assert store.write(record, tmp_path) == path
    assert store.read(tmp_path) == [record]


def test_packed_errors_are_kept_to_three_digits():
    errors = np.random.default_rng(0).uniform(0.001, 0.1, 1000)
    assert store.unpack_errors(store.pack_errors(errors)) == pytest.approx(errors, rel=1e-3)
