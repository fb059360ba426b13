"""The models as their records tell of them, on records that the test writes itself."""

import io
import os
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from scipy.special import log_softmax

from fmnist_lessons.data.parts import FashionMNIST, Part
from fmnist_lessons.records import store
from fmnist_lessons.records.headlines import read_headlines
from fmnist_lessons.records.published import PUBLISHED, Published, beside_ours, published_table

CHAPTERS = Path(__file__).resolve().parents[2] / "book" / "chapters"
N_TEST, N_VALIDATION = 60, 40
RNG = np.random.default_rng(0)
TEST = (np.arange(N_TEST) % 10).astype(np.uint8)
LARGER = (np.arange(2 * N_VALIDATION) * 7 % 10).astype(np.uint8)  # its end is the validation part
VALIDATION = LARGER[-N_VALIDATION:]


def data(source="fashion-mnist"):
    parts = {
        name: Part(np.zeros((len(labels), 28, 28), np.uint8), labels, name, source)
        for name, labels in (("train", TEST), ("validation", VALIDATION), ("test", TEST))
    }
    return FashionMNIST(parts["train"], parts["validation"], source, {}, lambda: (parts["test"].images, TEST))


def write(folder, name, seed, wrong, *, validation=VALIDATION, headline=None, **more):
    """Write a record whose model is wrong on the first `wrong` images of each part."""
    logits, metrics = {}, {}
    for part, labels in (("validation", validation), ("test", TEST)):
        answers = np.where(np.arange(len(labels)) < wrong, (labels + 1) % 10, labels)
        logits[part] = 4 * np.eye(10)[answers] + RNG.normal(0, 0.1, (len(labels), 10))
        correct = answers == labels
        metrics[part] = {
            "accuracy": float(correct.mean()),
            "loss": -float(log_softmax(logits[part], axis=1)[np.arange(len(labels)), labels].mean()),
            "images": len(labels),
            "correct": store.pack(correct),
        }
    record = {
        "chapter": "02_multilayer_perceptrons",
        "name": name,
        "headline": headline or name,
        "seed": seed,
        "model": "mlp",
        "recipe": {"base": "some"},
        "fingerprint": f"fresh {name}{more.get('chapter')}",
        "mode": "record",
        "data_source": "fashion-mnist",
        "checksums": {},
        "metrics": metrics,
        "seconds": {"wall": 10.0 + seed, "cpu": 20.0},
        "parameters": 7850,
        "peak_memory_mb": 500,
        "microseconds_per_image": 10.0 + seed**2,
        "file_kb": 32,
        "device": "a CPU",
        **more,
    }
    store.write(record, folder, logits=logits)
    return record


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "book_folder", lambda: tmp_path)
    return tmp_path


def read(source="fashion-mnist", *, until="09"):
    return read_headlines(data(source), until=until, is_fresh=lambda record: record["fingerprint"] != "other")


@pytest.fixture
def models(folder):
    for seed in range(3):
        write(folder, "a", seed, wrong=6 + seed)
    larger = {"validation": LARGER, "chapter": "05_regularisation_and_augmentation", "model": "cnn"}
    write(folder, "b", 0, wrong=3, **larger, device="a GPU", seconds={"wall": 5.0, "pretraining": 7.0})
    return read(until="09_comparing_models")


def test_models_and_fits_come_from_the_records(models):
    assert models.names == ["a", "b"]
    assert models.seeds("a") == [0, 1, 2]
    assert models.recipe("a") == {"base": "some"}
    assert models.logits("a", 0).shape == models.probabilities("a", 0).shape == (N_TEST, 10)
    assert models.probabilities("a", 0).sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_who_was_right_comes_from_before_the_rounding(models):
    right = models.correct("a", 1)
    assert right.sum() == N_TEST - 7
    assert (right == (models.logits("a", 1).argmax(axis=1) == TEST)).all()
    assert models.share_right("a")[:10].tolist() == pytest.approx([0] * 6 + [1 / 3, 2 / 3, 1, 1])


def test_another_split_is_judged_on_the_images_that_all_share(models):
    assert models.logits("b", 0, "validation").shape == (N_VALIDATION, 10)
    # the three mistakes are among the first images of the larger part, which the others do not have
    assert models.correct("b", 0, "validation").all()
    assert models.scorecard().loc["b", "common_accuracy"] == 1
    assert (models.logits("b", 0, "validation").argmax(axis=1) == models.labels["validation"]).all()


def test_the_scorecard_shows_costs_of_one_device(models):
    card = models.scorecard()
    assert models.device == "a CPU"
    assert card.loc["a", "test_accuracy"] == pytest.approx(1 - 7 / N_TEST)
    assert card.loc["a", "sd"] == pytest.approx(1 / N_TEST)
    assert card.loc["a", ["seconds", "microseconds_per_image", "memory_mb"]].tolist() == [11, 11, 500]
    assert card.loc["a", ["seconds_from", "seconds_to"]].tolist() == [10, 12]
    assert card.loc["a", ["microseconds_from", "microseconds_to"]].tolist() == [10, 14]
    assert card.loc["b", ["seconds", "seconds_to", "memory_mb"]].isna().all()
    assert np.isnan(card.loc["b", "sd"])
    assert models.scorecard("a GPU").loc["b", "seconds"] == 12  # with the pretraining
    assert models.best_of_chapters() == ["a", "b"]


def test_what_is_no_headline_or_no_classifier_or_of_a_later_chapter_is_left_out(folder):
    write(folder, "a", 0, wrong=6)
    record = write(folder, "c", 0, wrong=6)
    del record["headline"]
    store.write(record, folder)
    measured = {"mse": 0.1, "images": 10, "errors": store.pack_errors(np.full(10, 0.1))}
    rebuilt = dict.fromkeys(("validation", "test"), measured)
    record |= {"kind": "autoencoder", "fingerprint": "d", "metrics": rebuilt}
    store.write({**record, "name": "d", "headline": "d"}, folder)
    write(folder, "e", 0, wrong=6, chapter="09_comparing_models")
    assert read(until="08_hyperparameter_studies").names == ["a"]


def test_logits_of_too_few_images_are_named_and_left_out(folder):
    write(folder, "a", 0, wrong=6)
    write(folder, "c", 0, wrong=1, validation=LARGER[:10])
    with pytest.warns(UserWarning, match="c, seed 0, .* validation: expected logits of 40 images, found 10"):
        assert read().names == ["a"]


def _stored(path):
    with np.load(path) as stored:
        return {part: stored[part] for part in stored.files}


def _zipped(path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def _header(shape, dtype="<f2", fortran=False):
    file = io.BytesIO()
    described = {"descr": dtype, "fortran_order": fortran, "shape": shape}
    np.lib.format.write_array_header_1_0(file, described)
    return file.getvalue()


def _with(change, part="test"):
    """Damage that stores another array, or none, for a part."""

    def damage(path):
        parts = _stored(path)
        parts[part] = change(parts[part])
        np.savez_compressed(path, **{part: z for part, z in parts.items() if z is not None})

    return damage


def _put(value):
    return lambda z: np.where(np.arange(10) == 3, value, z).astype(np.float16)


def _bomb(path, header, zeros=3_000_000):
    fine = _header((N_VALIDATION, 10)) + bytes(20 * N_VALIDATION)
    _zipped(path, {"validation.npy": fine, "test.npy": header + bytes(zeros)})


def _replaced(make):
    """Damage that puts something else in the file's place."""

    def damage(path):
        path.unlink()
        make(path)

    return damage


def _flip(path):
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 3] ^= 4
    path.write_bytes(raw)


FILE, NUMPYS, OTHER = "expected a file, found a folder", "expected an .npz file, found", "to another fit"
LOGITS = {  # what becomes of the file of logits, and what is said of it
    "gone": (Path.unlink, "expected a file that can be read, found .*No such file"),
    "empty": (lambda path: path.write_bytes(b""), NUMPYS),
    "text": (lambda path: path.write_text("logits"), NUMPYS),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[:-300]), NUMPYS),
    "its start cut": (lambda path: path.write_bytes(path.read_bytes()[300:]), "expected"),
    "zeros at the end": (lambda path: path.write_bytes(path.read_bytes()[:400] + bytes(400)), NUMPYS),
    "a bit": (_flip, "expected"),
    "a folder": (_replaced(Path.mkdir), FILE),
    "a pipe": (_replaced(os.mkfifo), FILE),
    "a device": (_replaced(lambda path: path.symlink_to("/dev/zero")), FILE),
    "an .npy file": (lambda path: path.write_bytes(_header((N_TEST, 10))), NUMPYS),
    "a large file": (lambda path: path.write_bytes(bytes(99_999)), "expected at most .* found 99,999"),
    "a part less": (_with(lambda z: None), r"expected logits of \['test', 'validation'\]"),
    "a part more": (lambda path: np.savez(path, train=1, **_stored(path)), "expected logits of"),
    "float32": (_with(lambda z: z.astype("<f4")), "expected float16 logits of 60 images, found .*<f4"),
    "big-endian": (_with(lambda z: z.astype(">f2")), "expected float16 logits of 60 images, found .*>f2"),
    "objects": (_with(lambda z: z.astype(object)), "expected float16 logits of 60 images, found"),
    "text in it": (_with(lambda z: z.astype(str)), "expected float16 logits of 60 images, found .*<U"),
    "a row less": (_with(lambda z: z[:-1]), "of 60 images, found .*59, 10"),
    "a class less": (_with(lambda z: z[:, :9]), "of 60 images, found .*60, 9"),
    "flat": (_with(np.ravel), "of 60 images, found .*600,"),
    "Fortran's order": (_with(np.asfortranarray), "of 60 images, found .*True"),
    "NaN": (_with(_put(np.nan)), "test: expected finite logits, found NaN or infinity"),
    "infinity": (_with(_put(-np.inf), "validation"), "validation: expected finite logits"),
    "scaled": (_with(lambda z: z * 2), "test: expected logits of a loss of .*, found"),
    "halved": (_with(lambda z: z / 2, "validation"), "validation: expected logits of a loss of .*, found"),
    "zeros": (_with(np.zeros_like), OTHER),
    "in another order": (_with(lambda z: z[::-1]), OTHER),
    "classes turned": (_with(lambda z: np.roll(z, 1, axis=1)), OTHER),
    "another's": (lambda path: path.write_bytes((path.parents[1] / "c" / path.name).read_bytes()), OTHER),
    "a bomb": (lambda path: _bomb(path, _header((N_TEST, 10))), "expected 1,200 bytes, found 2,0"),
    "a bomb's shape": (lambda path: _bomb(path, _header((10**9, 10)), 0), "of 60 images, found .*1000000000"),
    "too few bytes": (lambda path: _bomb(path, _header((N_TEST, 10)), 7), "expected 1,200 bytes, found 7"),
    "no header": (lambda path: _bomb(path, b"", 99), "of 60 images, found"),
    "a broken header": (lambda path: _bomb(path, _header((N_TEST, 10))[:40], 99), "of 60 images, found"),
    "format 3": (lambda path: _bomb(path, b"\x93NUMPY\3\0"), "of 60 images, found"),
    "LZMA": (
        lambda path: _zipped(path, dict.fromkeys(("test.npy", "validation.npy"), b""), 14),
        "usual comp",
    ),
    "a way out": (lambda path: _zipped(path, {"../test.npy": b""}), "expected logits of"),
}


@pytest.mark.parametrize(("damage", "said"), LOGITS.values(), ids=LOGITS)
def test_logits_that_do_not_fit_are_named_once_and_left_out(folder, recwarn, damage, said):
    for name, wrong in (("a", 6), ("b", 6), ("c", 40)):
        path = store.path_of(write(folder, name, 0, wrong=wrong), folder)
    path = path.parents[1] / "b" / "seed-0.npz"
    damage(path)
    assert read().names == read().names == ["a", "c"]
    (warning,) = recwarn.list
    assert re.search(f"^b, seed 0, .* its logits in {path} do not fit: .*{said}", str(warning.message))


def test_without_any_record_it_says_so(folder):
    with pytest.raises(ValueError, match="expected at least one classifier"):
        read()


def test_a_stale_record_says_so_and_two_chapters_may_use_one_name(folder):
    write(folder, "a", 0, wrong=6, fingerprint="other")
    write(folder, "b", 0, wrong=6, headline="CNN")
    write(folder, "b", 0, wrong=6, headline="CNN", chapter="03_convolutional_networks")
    assert read().names == ["a (stale)", "CNN, chapter 02", "CNN, chapter 03"]


def test_with_drawn_garments_the_records_tell_the_labels(folder):
    for seed in range(3):
        write(folder, "a", seed, wrong=6 + seed)
    models = read("sketch")
    known = slice(6, None)  # where at least one fit was right
    assert (models.labels["test"][known] == TEST[known]).all()
    assert (models.labels["validation"][known] == VALIDATION[known]).all()
    assert (models.labels["test"][:6] != (TEST[:6] + 1) % 10).all()  # not what all answered wrongly


# Published figures


def test_the_published_figures_stand_in_one_place_with_their_source():
    table = published_table()
    assert len(table) == len(PUBLISHED) == 9
    assert table["source"].nunique() == 1
    assert "published by the project this course grew from" in table["source"].iloc[0]
    shares = table[["train", "validation", "test"]].to_numpy()
    assert np.nanmin(shares) > 0.5
    assert np.nanmax(shares) < 1
    assert (table["differs"].str.len() > 10).all()
    assert table.loc[table["test"].isna(), "published"].tolist() == ["VGG16 with a classifier of its own"]


def test_ours_stand_beside_what_is_of_their_kind(models):
    asked = (
        Published("theirs", test=0.9, ours=("b", "a", "not recorded")),
        Published("no such", ours=("not recorded",)),
    )
    table = beside_ours(models, asked)
    assert table["ours"].tolist() == ["b", "a", "not recorded: no record", "not recorded: no record"]
    assert table["difference"].iloc[1] == pytest.approx(1 - 7 / N_TEST - 0.9)
    assert np.isnan(table["difference"].iloc[2])


def test_models_beside_published_figures_are_named_as_in_the_final_tests_of_the_chapters():
    chapters = "".join(path.read_text("utf-8") for path in CHAPTERS.glob("*.md"))
    named = {name for result in PUBLISHED for name in result.ours}
    assert {name for name in named if f'"{name}": ' not in chapters} == set()
