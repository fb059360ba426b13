"""Files that are written whole or not at all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fmnist_lessons.machine.files import FolderError, cache_folder, kind_of, models_folder, write_atomically


@pytest.mark.parametrize("content", [b"new", lambda file: file.write(b"new")])
def test_bytes_or_a_function_that_writes_them_go_to_a_folder_made_for_them(tmp_path, content):
    path = tmp_path / "folder" / "a.json"
    write_atomically(path, content)
    assert path.read_bytes() == b"new"
    assert [p.name for p in path.parent.iterdir()] == ["a.json"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_text("old")

    def fails(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, b"new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("name", ["a" * 255, "衣" * 80, "%#?.json"])
def test_whatever_name_a_system_allows_is_written(tmp_path, name):
    write_atomically(tmp_path / name, b"new")
    assert (tmp_path / name).read_bytes() == b"new"


KILLED = """
import os, signal, sys
from pathlib import Path
from fmnist_lessons.machine.files import write_atomically

def die(file):
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)

write_atomically(Path(sys.argv[1]) / "a", die)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
def test_what_killed_writers_left_goes_and_what_living_ones_write_stays(tmp_path):
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    (left,) = tmp_path.iterdir()
    assert left.read_bytes() == b"half"
    of_an_older_version, of_others = (
        tmp_path / f".a.json.{'0a' * 16}.part",
        tmp_path / ".b.part",
    )
    of_an_older_version.touch()
    of_others.touch()

    def slow(file):
        write_atomically(tmp_path / "b", b"meanwhile")
        file.write(b"still here")

    write_atomically(tmp_path / "a", slow)
    assert (tmp_path / "a").read_text() == "still here"
    assert sorted(path.name for path in tmp_path.iterdir()) == [of_others.name, "a", "b"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("~nobody-of-that-name/x", "no such user"),
        ("~", "no home folder"),
        ("here", "the current folder gone"),
    ],
)
@pytest.mark.parametrize(
    ("setting", "folder"), [("FMNIST_CACHE_DIR", cache_folder), ("KERAS_HOME", models_folder)]
)
def test_a_setting_that_names_no_folder_is_told_alike(asked, found, setting, folder, monkeypatch):
    def gone():
        raise FileNotFoundError

    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as where there is no home
    monkeypatch.setattr(os, "getcwd", gone)
    monkeypatch.setenv(setting, asked)
    with pytest.raises(FolderError, match=f"{setting}: expected a folder, found {asked!r} and {found}. Set"):
        folder()


@pytest.mark.parametrize("folder", [cache_folder, models_folder])
def test_folders_without_settings_or_a_home_are_told_alike(folder, monkeypatch):
    for name in ("FMNIST_CACHE_DIR", "KERAS_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert folder().is_absolute()
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    with pytest.raises(FolderError, match=r"no home folder. Set (FMNIST_CACHE_DIR|KERAS_HOME) to a path"):
        folder()


def test_relative_settings_are_of_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FMNIST_CACHE_DIR", "c")
    monkeypatch.setenv("KERAS_HOME", "k")
    assert (cache_folder(), models_folder()) == (tmp_path / "c", tmp_path / "k" / "models")


def test_what_is_in_the_place_of_a_file_is_named(tmp_path):
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    places = (tmp_path / "file", tmp_path, tmp_path / "pipe", Path("/dev/zero"))
    assert [kind_of(path) for path in places] == ["a file", "a folder", "a named pipe", "a device"]
    with pytest.raises(FileNotFoundError):
        kind_of(tmp_path / "nowhere")
