"""The decoded arrays: kept whole or not at all, never used when damaged, safe for two processes at once."""

import errno
import gzip
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from tiny_data import NAMES, cached_files, load, send, tiny_files

from fmnist_lessons.data import cache, idx_files
from fmnist_lessons.data.idx_files import DataError
from fmnist_lessons.data.loading import verify
from fmnist_lessons.machine import sealed
from fmnist_lessons.machine.sealed import CacheWarning, DamagedWarning

pytestmark = pytest.mark.usefixtures("alone")


def forbid_hashing(monkeypatch):
    for module in (cache, idx_files):
        monkeypatch.setattr(module, "read_verified", None)


def arrays_of(group, tmp_path):
    return next((tmp_path / "cache").glob(f"{group}*.arrays"))


def test_cached_parts_are_mapped_from_the_cache_read_only_and_not_decoded_again(folder, monkeypatch):
    first = load(folder)
    forbid_hashing(monkeypatch)
    monkeypatch.setattr(gzip, "GzipFile", None)
    again = load(folder)
    for part in (first.train, again.train, again.validation):
        assert not part.images.flags.writeable
        assert not part.images.flags.owndata
        base = part.images
        while not isinstance(base, np.memmap):
            base = base.base
    assert np.array_equal(first.train.images, again.train.images)


def test_an_original_that_changed_after_it_was_cached_is_noticed_and_left_alone(folder):
    load(folder)
    path = folder / NAMES[0]
    changed = path.read_bytes()[:-1] + b"\1"
    path.write_bytes(changed)
    with pytest.raises(DataError, match="SHA-256"):
        load(folder)
    assert path.read_bytes() == changed


def test_an_original_that_was_only_copied_anew_is_hashed_but_not_decoded(folder, files, monkeypatch):
    load(folder)
    os.utime(folder / NAMES[0], (1, 1))
    monkeypatch.setattr(cache, "_decode", None)
    assert len(load(folder).train) == 160
    forbid_hashing(monkeypatch)
    assert len(load(folder).train) == 160


def changed(**other):
    """The arrays under a checksum that is right, some of them others."""

    def change(path):
        arrays, _ = sealed.read(path)
        sealed.write(path, {**arrays, **{name: make(arrays[name]) for name, make in other.items()}}, {})

    return change


def flipped(position):
    def flip(path):
        raw = bytearray(path.read_bytes())
        raw[position] ^= 16
        path.write_bytes(raw)

    return flip


def put(make):
    """Something else in the file's place."""
    return lambda path: path.unlink() or make(path)


DAMAGE = {
    "a pixel": flipped(5_000),
    "a label": flipped(-60),
    "the header": flipped(140),
    "the checksum": flipped(40),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-500]),
    "zeros in the second half": lambda path: path.write_bytes(path.read_bytes()[:80_000] + bytes(77_000)),
    "an array of NumPy": put(lambda path: np.save(path.open("wb"), np.zeros((160, 28, 28), np.uint8))),
    "a label of 200": changed(labels=lambda labels: np.where(labels == 9, 200, labels).astype(np.uint8)),
    "labels as int64": changed(labels=lambda labels: labels.astype(int)),
    "labels as text": changed(labels=lambda labels: labels.astype(str)),
    "labels one-hot": changed(labels=lambda labels: np.eye(10, dtype=np.uint8)[labels]),
    "fewer labels": changed(labels=lambda labels: labels[:-1]),
    "images as floats": changed(images=lambda images: images / np.float32(255)),
    "images in rows": changed(images=lambda images: images.reshape(-1, 784)),
    "other images": changed(images=lambda images: images[:, :27]),
    "no images": lambda path: sealed.write(path, {"labels": np.zeros(3, np.uint8)}, {}),
    "those of the test": lambda path: shutil.copy(arrays_of("test", path.parents[1]), path),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_arrays_in_the_cache_are_named_and_made_anew(folder, tmp_path, damage):
    first = load(folder)
    _, images, labels = first.test, first.train.images.copy(), first.train.labels.copy()
    path = arrays_of("train", tmp_path)
    whole = path.read_bytes()
    DAMAGE[damage](path)
    assert [ok for file, ok, _ in verify(folder) if file == str(path)] == [False]
    with pytest.warns(DamagedWarning, match=rf"{path.name}: .*expected .*found .*made anew") as caught:
        again = load(folder)
    assert len(caught) == 1
    assert np.array_equal(again.train.images, images)
    assert np.array_equal(again.train.labels, labels)
    assert path.read_bytes() == whole


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_in_the_cache_is_named_and_the_data_are_decoded(folder, tmp_path, make):
    load(folder)
    path = arrays_of("train", tmp_path)
    put(make)(path)
    with pytest.warns(CacheWarning, match=r"expected a sealed file, found a (folder|named pipe|device)"):
        assert len(load(folder).train) == 160


@pytest.mark.parametrize("damage", ["[" * 100_000, "null", "", '{"/data": 1}'])
def test_damaged_notes_of_the_files_seen_are_not_believed(folder, tmp_path, monkeypatch, damage):
    load(folder)
    next((tmp_path / "cache").glob("train*.seen")).write_text(damage)
    read, hashed = cache.read_verified, []
    monkeypatch.setattr(cache, "read_verified", lambda *asked: hashed.append(asked) or read(*asked))
    with pytest.warns(DamagedWarning, match="seen: expected a sealed file"):
        load(folder)
    assert len(hashed) == 2
    load(folder)
    assert len(hashed) == 2


@pytest.mark.parametrize("step", ["mkdir", "replace"])
def test_a_cache_for_reading_only_gives_one_warning_and_the_data(folder, tmp_path, monkeypatch, step):
    def refuse(*arguments, **settings):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, step, refuse)
    with pytest.warns(CacheWarning, match=r"cache: Read-only file system.*FMNIST_CACHE_DIR") as caught:
        loaded = load(folder)
    assert len(caught) == 1
    assert len(loaded.train) == 160
    assert not loaded.train.images.flags.writeable
    assert cached_files(tmp_path) == []


def test_a_full_cache_for_reading_only_is_all_that_is_needed(folder, monkeypatch):
    load(folder)
    os.utime(folder / NAMES[0], (1, 1))  # so that there is something new to note

    def refuse(*arguments, **settings):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(load(folder).train) == 160


LIMITED = """
import resource, sys, warnings
import numpy as np
sys.path.insert(0, {tests!r})
import tiny_data
from fmnist_lessons.data import idx_files
from fmnist_lessons.data import loading as data
idx_files.CHECKSUMS.update(tiny_data.checksums(tiny_data.tiny_files()))
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))  # the image file has 157,000 bytes
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    loaded = data.load_fashion_mnist(data_dir={folder!r}, validation_size=40)
print(len(loaded.train), len(caught), caught[0].message)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
def test_a_cache_that_is_full_half_way_leaves_nothing_behind(folder, tmp_path):
    script = LIMITED.format(tests=str(Path(__file__).parents[1]), folder=str(folder))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("160 1 cannot keep files in")
    assert cached_files(tmp_path) == []


KILLED = """
import os, sys
sys.path.insert(0, {tests!r})
import tiny_data
from fmnist_lessons.data import idx_files
from fmnist_lessons.data import loading as data
idx_files.CHECKSUMS.update(tiny_data.checksums(tiny_data.tiny_files()))
os.fsync = lambda descriptor: os._exit(9)
data.load_fashion_mnist(data_dir={folder!r}, validation_size=40)
"""


def test_what_a_killed_process_leaves_half_written_is_never_used(folder, tmp_path):
    script = KILLED.format(tests=str(Path(__file__).parents[1]), folder=str(folder))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == 9
    assert len(cached_files(tmp_path)) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(load(folder).train) == 160
    assert [name.rsplit(".")[-1] for name in cached_files(tmp_path)] == ["arrays", "seen"]


AT_ONCE = """
import sys, time
sys.path.insert(0, {tests!r})
import tiny_data
from fmnist_lessons.data import download, idx_files
from fmnist_lessons.data import loading as data
idx_files.CHECKSUMS.update(tiny_data.checksums(tiny_data.tiny_files(5_000)))
download.MIRRORS = ({mirror!r},)
print("ready", flush=True)
sys.stdin.readline()
loaded = data.load_fashion_mnist(validation_size=1_000, progress=False)
print(loaded.train.images.sum(), loaded.validation.labels.sum(), loaded.test.images.sum())
"""


def test_two_processes_fill_an_empty_cache_at_once(serve, tmp_path):
    files = tiny_files(5_000)
    mirror = serve(lambda handler: send(files[handler.path.strip("/")])(handler))
    script = AT_ONCE.format(tests=str(Path(__file__).parents[1]), mirror=mirror)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    both = [subprocess.Popen([sys.executable, "-W", "error", "-c", script], **pipes) for _ in range(2)]
    assert [process.stdout.readline() for process in both] == ["ready\n"] * 2
    for process in both:
        process.stdin.write("go\n")
        process.stdin.flush()
    (first, first_errors), (second, second_errors) = (process.communicate(timeout=60) for process in both)
    assert first_errors == second_errors == ""
    assert first == second != ""
    assert len(cached_files(tmp_path)) == 4 + 2 * 2  # the originals; arrays and stamps of train and test
