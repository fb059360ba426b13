"""Loading and splitting: tiny files stand in for the official ones, except where a test says real."""

import hashlib
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from tiny_data import NAMES, checksums, load

from fmnist_lessons.data.idx_files import DataError, DataWarning, read_idx
from fmnist_lessons.data.loading import load_fashion_mnist, verify
from fmnist_lessons.machine.files import FolderError, cache_folder

pytestmark = pytest.mark.usefixtures("alone")

REAL = os.environ.get("FMNIST_DATA_DIR") or cache_folder()
needs_real_data = pytest.mark.skipif(
    not all((Path(REAL) / name).exists() for name in NAMES),
    reason="needs the real files: FMNIST_DATA_DIR is unset and nothing was downloaded yet",
)


def test_the_parts_hold_every_image_once_with_its_own_label(folder, files):
    images, labels = (read_idx(folder / name) for name in NAMES[:2])
    loaded = load(folder)
    assert [len(part) for part in (loaded.train, loaded.validation, loaded.test)] == [160, 40, 50]
    expected = {image.tobytes(): label for image, label in zip(images, labels, strict=True)}
    for part in (loaded.train, loaded.validation):
        for image, label in zip(part.images, part.labels, strict=True):
            assert expected.pop(image.tobytes()) == label
    assert not expected
    assert loaded.source == loaded.test.source == "fashion-mnist"
    assert loaded.checksums == checksums(files)


def test_the_split_is_stratified_and_a_larger_validation_part_contains_a_smaller_one(folder):
    small, large = load(folder, validation_size=40), load(folder, validation_size=80)
    assert np.bincount(small.validation.labels).tolist() == [4] * 10
    assert np.bincount(large.train.labels).tolist() == [12] * 10
    assert np.array_equal(large.validation.images[-40:], small.validation.images)


@pytest.mark.parametrize("size", [0, 200, -1])
def test_a_validation_size_that_empties_a_part_is_refused(folder, size):
    with pytest.raises(ValueError, match="expected 1 to 199"):
        load(folder, validation_size=size)


def test_the_test_files_are_opened_only_when_test_is_read(folder):
    (folder / NAMES[2]).write_bytes(b"damaged")
    loaded = load(folder)
    with pytest.raises(DataError, match=NAMES[2]):
        _ = loaded.test


def test_the_setting_of_the_source_is_checked(monkeypatch):
    monkeypatch.setenv("FMNIST_DATA", "mnist")
    with pytest.raises(DataError, match="expected fashion-mnist or sketch; found 'mnist'"):
        load()


def test_drawn_garments_are_used_when_asked_for(monkeypatch):
    monkeypatch.setenv("FMNIST_DATA", "sketch")
    loaded = load_fashion_mnist()
    assert [len(part) for part in (loaded.train, loaded.validation, loaded.test)] == [50_000, 10_000, 10_000]
    assert {loaded.source, loaded.train.source, loaded.validation.source, loaded.test.source} == {"sketch"}
    assert loaded.train.images.shape == (50_000, 28, 28)
    assert loaded.checksums == {}
    assert np.bincount(loaded.validation.labels).tolist() == [1_000] * 10
    assert not loaded.train.images.flags.writeable


def test_only_quick_mode_falls_back_on_drawn_garments_and_says_so(monkeypatch):
    with pytest.raises(DataError, match="FMNIST_DATA=sketch"):
        load()
    monkeypatch.setenv("FMNIST_QUICK", "1")
    with pytest.warns(DataWarning, match="drawn garments, NOT Fashion-MNIST") as caught:
        assert load().source == "sketch"
    assert len(caught) == 1
    with pytest.raises(DataError):
        load(source="fashion-mnist")


def test_quick_mode_does_not_hide_a_damaged_file(folder, monkeypatch):
    monkeypatch.setenv("FMNIST_QUICK", "1")
    (folder / NAMES[0]).write_bytes(b"damaged")
    with pytest.raises(DataError, match="SHA-256"):
        load(folder)


def test_verify_names_what_is_damaged_and_what_is_whole(folder, tmp_path):
    _ = load(folder).test
    assert [ok for _, ok, _ in verify(folder)] == [True] * 6
    (folder / NAMES[3]).unlink()
    path = next((tmp_path / "cache").glob("train*.arrays"))
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)[0]
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last ^ 1]))
    bad = {file: message for file, ok, message in verify(folder) if not ok}
    assert str(path) in bad
    assert "no such file" in bad[str(folder / NAMES[3])]
    assert str(folder / NAMES[0]) not in bad


def test_verify_of_no_cache_says_that_nothing_is_there_yet():
    rows = verify()
    assert [ok for _, ok, _ in rows] == [False]
    assert "found no such folder. Open a chapter" in rows[0][2]


@pytest.mark.parametrize("setting", ["FMNIST_DATA_DIR", "FMNIST_CACHE_DIR"])
@pytest.mark.parametrize("asked", ["~nobody-of-that-name", "~nobody-of-that-name/data", "here"])
def test_a_setting_that_names_no_folder_is_told_by_all_alike(setting, asked, monkeypatch):
    def gone():
        raise FileNotFoundError

    monkeypatch.setenv(setting, asked)
    monkeypatch.setattr(os, "getcwd", gone)
    found = rf"{setting}.*: expected a folder, found '{asked}' and .*Set {setting}.* to a path from the root"
    with pytest.raises(FolderError, match=found):
        load()
    ((file, whole, message),) = verify()
    assert file in message
    assert not whole
    assert "expected a folder" in message


@needs_real_data
def test_the_real_data_are_whole_and_split_as_the_book_says():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loaded = load_fashion_mnist(data_dir=REAL)
    for part, each in ((loaded.train, 5_000), (loaded.validation, 1_000), (loaded.test, 1_000)):
        assert part.images.shape == (10 * each, 28, 28)
        assert part.images.dtype == part.labels.dtype == np.uint8
        assert np.bincount(part.labels).tolist() == [each] * 10
    digest = hashlib.sha256(loaded.validation.images.tobytes()).hexdigest()
    assert digest == "a9008705ef0ea9e37c4750024eec329cac84f73a164c851ab53136ae4dc818fe"
    large = load_fashion_mnist(data_dir=REAL, validation_size=20_000)
    assert np.bincount(large.train.labels).tolist() == [4_000] * 10
