"""Reading and verifying IDX files: tiny ones stand in for the official ones."""

import errno
import gzip
import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
from tiny_data import NAMES, checksums, idx, load

from fmnist_lessons.data import idx_files
from fmnist_lessons.data.idx_files import DataError, read_idx

pytestmark = pytest.mark.usefixtures("alone")


BOMB = gzip.compress(bytes(47_040_017))
IMAGES = np.zeros((3, 28, 28))
BAD_FILES = {
    "cut short": (idx(IMAGES)[:-9], "a whole gzip file; found a file cut short after"),
    "empty": (b"", "found a file cut short|found 0 bytes|IDX magic"),
    "not gzip": (b"<html>sign in</html>", "not gzip and begin with b'<html>"),
    "damaged inside": (idx(IMAGES)[:12] + b"\xff\xff" + idx(IMAGES)[14:], "found damaged gzip"),
    "wrong magic": (gzip.compress(b"\0\0\x0d\3" + bytes(99)), "0x00000803.*found 0x00000d03"),
    "wrong dimensions": (gzip.compress(b"\0\0\x08\1\0\0\0\5" + bytes(4)), r"5 bytes.*\(5,\); found 4 bytes"),
    "a bomb": (BOMB, "at most 47,040,016 bytes unpacked; found more in 45,"),
    "a bomb in its second part": (idx(IMAGES) + BOMB, "at most 47,040,016 bytes unpacked; found more"),
    "something after the end": (idx(IMAGES) + b"x" * 50, "found damaged gzip"),
    "a size of 10¹⁸": (gzip.compress(b"\0\0\x08\3" + 12 * b"\x0f" + bytes(99)), "found 99 bytes"),
    "header cut": (gzip.compress(b"\0\0\x08\3\0\0"), "found 0 bytes"),
}


@pytest.mark.parametrize("fault", BAD_FILES)
def test_read_idx_says_what_is_wrong_with_a_file(tmp_path, fault):
    raw, message = BAD_FILES[fault]
    (tmp_path / "file.gz").write_bytes(raw)
    with pytest.raises(DataError, match=f"file.gz: expected .*({message}).* or unset FMNIST_DATA_DIR"):
        read_idx(tmp_path / "file.gz")


@pytest.mark.parametrize("fault", ["cut short", "not gzip"])
def test_a_wrong_checksum_is_named_with_its_likely_reason(folder, fault):
    raw, _ = BAD_FILES[fault]
    (folder / NAMES[1]).write_bytes(raw)
    expected, found = idx_files.CHECKSUMS[NAMES[1]], hashlib.sha256(raw).hexdigest()
    with pytest.raises(
        DataError, match=rf"{NAMES[1]}: expected SHA-256 {expected}; found {found} \(.*{fault}"
    ):
        load(folder)
    assert (folder / NAMES[1]).read_bytes() == raw


def test_files_that_have_changed_places_are_recognised(folder):
    images, labels = (folder / name for name in NAMES[:2])
    content = images.read_bytes()
    images.write_bytes(labels.read_bytes())
    labels.write_bytes(content)
    with pytest.raises(DataError, match=rf"{NAMES[0]}: .*\(the content of {NAMES[1]}\)"):
        load(folder)


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        (NAMES[0], np.zeros((200, 28, 27)), r"expected images of shape \(n, 28, 28\); found \(200, 28, 27\)"),
        (NAMES[0], np.zeros(200), r"expected images of shape \(n, 28, 28\); found \(200,\)"),
        (NAMES[1], np.zeros(199), r"expected 200 labels.*found \(199,\)"),
        (NAMES[1], np.full(200, 10), "expected labels from 0 to 9; found 10"),
    ],
)
def test_images_and_labels_that_do_not_fit_are_refused(folder, files, monkeypatch, name, array, message):
    (folder / name).write_bytes(idx(array))
    monkeypatch.setitem(idx_files.CHECKSUMS, name, checksums({name: idx(array)})[name])
    with pytest.raises(DataError, match=f"{name}: {message}"):
        load(folder)


def test_an_incomplete_folder_is_an_error_even_with_a_full_cache(folder):
    load(folder)
    (folder / NAMES[3]).unlink()
    with pytest.raises(DataError, match=f"expected the four .gz files; found no {NAMES[3]}"):
        load(folder)


def test_a_missing_or_unreadable_folder_or_file_is_an_error(tmp_path, folder, monkeypatch):
    with pytest.raises(DataError, match=r"nowhere: expected a readable folder.*No such file"):
        load(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"expected a readable folder.*Not a directory"):
        load(folder / NAMES[0])
    with pytest.raises(DataError, match=f"{NAMES[0]}: expected a .gz file; found no such file"):
        read_idx(tmp_path / NAMES[0])

    def refuse(*arguments):
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        with pytest.raises(DataError, match=r"readable .gz file.*Permission denied"):
            load(folder)
    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(DataError, match=r"data: expected a readable folder.*Permission denied"):
        load(folder)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_is_refused_at_once(folder, make):
    (folder / NAMES[0]).unlink()
    make(folder / NAMES[0])
    with pytest.raises(DataError, match=r"expected a .gz file; found a (folder|named pipe|device)"):
        load(folder)


def test_no_more_is_read_of_a_file_than_the_data_can_have(folder):
    os.truncate(folder / NAMES[0], 10**11)
    with pytest.raises(DataError, match=f"{NAMES[0]}: expected at most 47,040,016 bytes; found more"):
        load(folder)
