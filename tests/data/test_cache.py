"""The decoded arrays: kept whole or not at all, never used when damaged, safe for two processes at once."""

import errno
import gzip
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from tiny_data import NAMES, cached_files, load, send, tiny_files

from fmnist_lessons.data import cache, idx_files
from fmnist_lessons.data.idx_files import DataError, DataWarning

pytestmark = pytest.mark.usefixtures("alone")


def forbid_hashing(monkeypatch):
    for module in (cache, idx_files):
        monkeypatch.setattr(module, "read_verified", None)


def test_cached_parts_are_mapped_from_the_cache_read_only_and_not_decoded_again(folder, monkeypatch):
    first = load(folder)
    forbid_hashing(monkeypatch)
    monkeypatch.setattr(gzip, "decompress", None)
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


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY", None])
def test_a_damaged_array_in_the_cache_is_named_and_neither_used_nor_replaced(folder, tmp_path, damage):
    load(folder)
    path = next((tmp_path / "cache").glob("train*images.npy"))
    raw = path.read_bytes()[:-500] if damage is None else damage
    path.write_bytes(raw)
    with pytest.raises(DataError, match=r"train.*images.npy: expected .*Delete this file"):
        load(folder)
    assert path.read_bytes() == raw


@pytest.mark.parametrize("step", ["mkdir", "replace"])
def test_a_cache_for_reading_only_gives_one_warning_and_the_data(folder, tmp_path, monkeypatch, step):
    def refuse(*arguments, **settings):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, step, refuse)
    with pytest.warns(DataWarning, match=r"cache: Read-only file system.*FMNIST_CACHE_DIR") as caught:
        loaded = load(folder)
    assert len(caught) == 1
    assert len(loaded.train) == 160
    assert not loaded.train.images.flags.writeable
    assert cached_files(tmp_path) == []


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
    assert done.stdout.startswith("160 1 cannot keep the decoded arrays")
    assert cached_files(tmp_path) == []


KILLED = """
import os, sys
import numpy as np
sys.path.insert(0, {tests!r})
import tiny_data
from fmnist_lessons.data import idx_files
from fmnist_lessons.data import loading as data
idx_files.CHECKSUMS.update(tiny_data.checksums(tiny_data.tiny_files()))

def die(file, arr):
    file.write(b"half of an array")
    file.flush()
    os._exit(9)

np.save = die
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
    assert len(cached_files(tmp_path)) == 1 + 3


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
    assert len(cached_files(tmp_path)) == 4 + 2 * 3  # the originals; arrays and stamps of train and test
