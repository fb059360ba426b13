"""Files that are written whole or not at all."""

from pathlib import Path

import pytest

from fmnist_lessons.machine.files import write_atomically


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
