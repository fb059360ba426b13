"""Tests of fmnist_lessons.data: tiny files stand in for the official ones, except where a test says real."""

import errno
import gzip
import hashlib
import http.server
import os
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pooch
import pytest

from fmnist_lessons import data
from fmnist_lessons.data import DataError, DataWarning, load_fashion_mnist, read_idx, verify

REAL = os.environ.get("FMNIST_DATA_DIR") or pooch.os_cache("fmnist-lessons")
NAMES = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")
NAMES += ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")
needs_real_data = pytest.mark.skipif(
    not all((Path(REAL) / name).exists() for name in NAMES),
    reason="needs the real files: FMNIST_DATA_DIR is unset and nothing was downloaded yet",
)


def idx(array):
    header = b"\0\0\x08" + bytes([array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return gzip.compress(header + array.astype(np.uint8).tobytes(), mtime=0)


def tiny_files(n=200):
    rng = np.random.default_rng(0)
    files = {}
    for images, labels, size in ((*NAMES[:2], n), (*NAMES[2:], n // 4)):
        files[images] = idx(rng.integers(256, size=(size, 28, 28)))
        files[labels] = idx(np.sort(np.arange(size) % 10))
    return files


def checksums(files):
    return {name: hashlib.sha256(raw).hexdigest() for name, raw in files.items()}


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """No setting of the machine, no network, and a cache of one's own."""
    for name in ("FMNIST_DATA_DIR", "FMNIST_DATA", "FMNIST_QUICK", "FMNIST_MODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FMNIST_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(data, "_MIRRORS", ("http://127.0.0.1:9/",))


@pytest.fixture
def files(monkeypatch):
    files = tiny_files()
    monkeypatch.setattr(data, "_CHECKSUMS", checksums(files))
    return files


@pytest.fixture
def folder(tmp_path, files):
    (tmp_path / "data").mkdir()
    for name, raw in files.items():
        (tmp_path / "data" / name).write_bytes(raw)
    return tmp_path / "data"


@pytest.fixture
def serve():
    """Start a server on 127.0.0.1 whose requests `answer(handler)` answers; give its address."""
    servers = []

    def start(answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *arguments):
                pass

        Handler.do_GET = answer
        servers.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        servers[-1].daemon_threads = True
        threading.Thread(target=servers[-1].serve_forever, args=(0.02,), daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def send(raw, length=None):
    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(length or len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)

    return answer


def load(folder=None, **settings):
    return load_fashion_mnist(data_dir=folder, progress=False, **{"validation_size": 40, **settings})


def cached_files(tmp_path):
    return sorted(path.name for path in (tmp_path / "cache").glob("*"))


# Loading and splitting


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


def test_the_split_is_the_one_that_the_records_were_made_with():
    order = data._order(np.arange(60_000) // 7 % 10)
    digest = hashlib.sha256(order.astype("<u4").tobytes()).hexdigest()
    assert digest == "db8570a4c2ad4b542e3ffef7ed7f6d70ae3659c083b6b6273fc6a773f3f8d539"


@pytest.mark.parametrize("size", [0, 200, -1])
def test_a_validation_size_that_empties_a_part_is_refused(folder, size):
    with pytest.raises(ValueError, match="expected 1 to 199"):
        load(folder, validation_size=size)


def test_cached_parts_are_mapped_from_the_cache_read_only_and_not_decoded_again(folder, monkeypatch):
    first = load(folder)
    monkeypatch.setattr(data, "_read_verified", None)
    monkeypatch.setattr(gzip, "decompress", None)
    again = load(folder)
    for part in (first.train, again.train, again.validation):
        assert not part.images.flags.writeable
        assert not part.images.flags.owndata
        base = part.images
        while not isinstance(base, np.memmap):
            base = base.base
    assert np.array_equal(first.train.images, again.train.images)


def test_the_test_files_are_opened_only_when_test_is_read(folder):
    (folder / NAMES[2]).write_bytes(b"damaged")
    loaded = load(folder)
    with pytest.raises(DataError, match=NAMES[2]):
        _ = loaded.test


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
    monkeypatch.setattr(data, "_decode", None)
    assert len(load(folder).train) == 160
    monkeypatch.setattr(data, "_read_verified", None)
    assert len(load(folder).train) == 160


# Bad files


IMAGES = np.zeros((3, 28, 28))
BAD_FILES = {
    "cut short": (idx(IMAGES)[:-9], "a whole gzip file; found a file cut short after"),
    "empty": (b"", "found a file cut short|found 0 bytes|IDX magic"),
    "not gzip": (b"<html>sign in</html>", "not gzip and begin with b'<html>"),
    "damaged inside": (idx(IMAGES)[:12] + b"\xff\xff" + idx(IMAGES)[14:], "found damaged gzip"),
    "wrong magic": (gzip.compress(b"\0\0\x0d\3" + bytes(99)), "0x00000803.*found 0x00000d03"),
    "wrong dimensions": (gzip.compress(b"\0\0\x08\1\0\0\0\5" + bytes(4)), r"5 bytes.*\(5,\); found 4 bytes"),
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
    expected, found = data._CHECKSUMS[NAMES[1]], hashlib.sha256(raw).hexdigest()
    with pytest.raises(
        DataError, match=rf"{NAMES[1]}: expected SHA-256 {expected}; found {found} \(.*{fault}"
    ):
        load(folder)
    assert (folder / NAMES[1]).read_bytes() == raw


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
    monkeypatch.setattr(data, "_CHECKSUMS", checksums({**files, name: idx(array)}))
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
        patch.setattr(Path, "read_bytes", refuse)
        with pytest.raises(DataError, match=r"readable .gz file.*Permission denied"):
            load(folder)
    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(DataError, match=r"data: expected a readable folder.*Permission denied"):
        load(folder)


def test_the_setting_of_the_source_is_checked(monkeypatch):
    monkeypatch.setenv("FMNIST_DATA", "mnist")
    with pytest.raises(DataError, match="expected fashion-mnist or sketch; found 'mnist'"):
        load()


# The cache


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
import test_data
from fmnist_lessons import data
data._CHECKSUMS = test_data.checksums(test_data.tiny_files())
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))  # the image file has 157,000 bytes
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    loaded = data.load_fashion_mnist(data_dir={folder!r}, validation_size=40)
print(len(loaded.train), len(caught), caught[0].message)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
def test_a_cache_that_is_full_half_way_leaves_nothing_behind(folder, tmp_path):
    script = LIMITED.format(tests=str(Path(__file__).parent), folder=str(folder))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("160 1 cannot keep the decoded arrays")
    assert cached_files(tmp_path) == []


KILLED = """
import os, sys
import numpy as np
sys.path.insert(0, {tests!r})
import test_data
from fmnist_lessons import data
data._CHECKSUMS = test_data.checksums(test_data.tiny_files())

def die(file, arr):
    file.write(b"half of an array")
    file.flush()
    os._exit(9)

np.save = die
data.load_fashion_mnist(data_dir={folder!r}, validation_size=40)
"""


def test_what_a_killed_process_leaves_half_written_is_never_used(folder, tmp_path):
    script = KILLED.format(tests=str(Path(__file__).parent), folder=str(folder))
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
import test_data
from fmnist_lessons import data
data._CHECKSUMS = test_data.checksums(test_data.tiny_files(5_000))
data._MIRRORS = ({mirror!r},)
print("ready", flush=True)
sys.stdin.readline()
loaded = data.load_fashion_mnist(validation_size=1_000, progress=False)
print(loaded.train.images.sum(), loaded.validation.labels.sum(), loaded.test.images.sum())
"""


def test_two_processes_fill_an_empty_cache_at_once(serve, tmp_path):
    files = tiny_files(5_000)
    mirror = serve(lambda handler: send(files[handler.path.strip("/")])(handler))
    script = AT_ONCE.format(tests=str(Path(__file__).parent), mirror=mirror)
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


# Download


def test_the_first_address_that_gives_the_right_files_is_used(serve, files, tmp_path, monkeypatch):
    asked = []

    def answer(handler):
        asked.append(handler.path)
        send(files[handler.path.strip("/")])(handler)

    broken = serve(lambda handler: handler.send_error(404))
    other = serve(send(b"<html>sign in</html>"))
    half = serve(send(files[NAMES[0]][:1000], length=len(files[NAMES[0]])))
    monkeypatch.setattr(data, "_MIRRORS", (broken, other, half, serve(answer)))
    loaded = load()
    assert asked == [f"/{name}" for name in NAMES]
    assert (len(loaded.train), len(loaded.test)) == (160, 50)
    load()
    assert len(asked) == 4
    assert all(name.endswith((".gz", ".npy", ".json")) for name in cached_files(tmp_path))


def test_when_no_address_answers_the_error_lists_each_with_its_failure(serve, tmp_path, monkeypatch):
    silent = serve(lambda handler: time.sleep(2))
    monkeypatch.setattr(data, "_TIMEOUT", (0.2, 0.2))
    mirrors = (
        serve(lambda handler: handler.send_error(404)),
        silent,
        "http://127.0.0.1:9/",
        serve(send(b"x")),
    )
    monkeypatch.setattr(data, "_MIRRORS", mirrors)
    with pytest.raises(DataError) as caught:
        load()
    lines = str(caught.value).splitlines()
    assert NAMES[0] in lines[0]
    reasons = ("answered 404", "no answer within 0.2 s", "no connection", "another file than expected")
    for mirror, reason, line in zip(mirrors, reasons, lines[1:5], strict=True):
        assert f"{mirror}{NAMES[0]}: {reason}" in line
    assert "FMNIST_DATA_DIR" in lines[5]
    assert "FMNIST_DATA=sketch" in lines[5]
    assert cached_files(tmp_path) == []


def test_a_damaged_download_in_the_cache_is_not_replaced(serve, files, tmp_path, monkeypatch):
    monkeypatch.setattr(data, "_MIRRORS", (serve(lambda handler: send(files[handler.path[1:]])(handler)),))
    (tmp_path / "cache").mkdir()
    path = tmp_path / "cache" / NAMES[0]
    path.write_bytes(files[NAMES[0]][:-9])
    with pytest.raises(DataError, match=rf"{NAMES[0]}: expected SHA-256.*cut short.*Delete this file"):
        load()
    assert path.read_bytes() == files[NAMES[0]][:-9]


def test_without_data_a_cache_that_cannot_be_written_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("FMNIST_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(
        DataError, match=r"file: expected a cache folder that can be written.*FMNIST_CACHE_DIR"
    ):
        load()


# Drawn garments


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


# Verification


def test_verify_names_what_is_damaged_and_what_is_whole(folder, tmp_path):
    _ = load(folder).test
    assert [ok for _, ok, _ in verify(folder)] == [True] * 8
    (folder / NAMES[3]).unlink()
    path = next((tmp_path / "cache").glob("train*images.npy"))
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)[0]
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last ^ 1]))
    bad = {file: message for file, ok, message in verify(folder) if not ok}
    assert str(path) in bad
    assert "no such file" in bad[str(folder / NAMES[3])]
    assert str(folder / NAMES[0]) not in bad


def test_verify_of_an_empty_cache_says_that_nothing_is_there_yet():
    rows = verify()
    assert [ok for _, ok, _ in rows] == [False] * 4
    assert "Load the data once" in rows[0][2]


# The real data


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
