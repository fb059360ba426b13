"""Downloads from servers on this machine: good ones, broken ones, silent ones."""

import time

import pytest
from tiny_data import NAMES, cached_files, load, send

from fmnist_lessons.data import download
from fmnist_lessons.data.idx_files import DataError
from fmnist_lessons.machine import fetching

WITHOUT = ("FMNIST_DATA_DIR", "FMNIST_DATA=sketch")  # remedies
pytestmark = pytest.mark.usefixtures("alone")


def test_the_first_address_that_gives_the_right_files_is_used(serve, files, tmp_path, monkeypatch):
    asked = []

    def answer(handler):
        asked.append(handler.path)
        send(files[handler.path.strip("/")])(handler)

    broken = serve(lambda handler: handler.send_error(404))
    other = serve(send(b"<html>sign in</html>"))
    half = serve(send(files[NAMES[0]][:1000], length=len(files[NAMES[0]])))
    monkeypatch.setattr(download, "MIRRORS", (broken, other, half, serve(answer)))
    loaded = load()
    assert asked == [f"/{name}" for name in NAMES]
    assert (len(loaded.train), len(loaded.test)) == (160, 50)
    load()
    assert len(asked) == 4
    assert all(name.endswith((".gz", ".arrays", ".seen")) for name in cached_files(tmp_path))


def test_when_no_address_answers_the_error_lists_each_with_its_failure(serve, tmp_path, monkeypatch):
    silent = serve(lambda handler: time.sleep(2))
    monkeypatch.setattr(fetching, "TIMEOUT", (0.2, 0.2))
    mirrors = (
        serve(lambda handler: handler.send_error(404)),
        silent,
        "http://127.0.0.1:9/",
        serve(send(b"x")),
    )
    monkeypatch.setattr(download, "MIRRORS", mirrors)
    with pytest.raises(DataError) as caught:
        load()
    lines = str(caught.value).splitlines()
    for said in (f"{NAMES[0]}: expected a download; found no address that gives it", *WITHOUT):
        assert said in lines[0]
    reasons = ("answered 404", "no answer within 0.2 s", "no connection", "another file than expected")
    for mirror, reason, line in zip(mirrors, reasons, lines[1:], strict=True):
        assert f"{mirror}{NAMES[0]}: {reason}" in line
    assert cached_files(tmp_path) == []


def test_a_damaged_download_in_the_cache_is_not_replaced(serve, files, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "MIRRORS", (serve(lambda handler: send(files[handler.path[1:]])(handler)),))
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
