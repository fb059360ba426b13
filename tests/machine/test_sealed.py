"""Files of arrays and facts: what was written is read, and nothing else."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from fmnist_lessons.machine import sealed
from fmnist_lessons.machine.sealed import DamagedError, DamagedWarning

ARRAYS = {
    "halves": np.arange(12, dtype=np.float16).reshape(3, 4).T,  # not in C order
    "one": np.float64(2.5),
    "none": np.zeros((0, 5), np.int32),
    "names": np.array(["Bag", "Coat"]),
    "big end first": np.arange(3, dtype=">u4"),
    "not a number": np.array([np.nan, -np.inf]),
}
FACTS = {"seconds": 1.5, "layers": ["low", "high"], "text": "é\n"}


@pytest.fixture
def path(tmp_path):
    sealed.write(tmp_path / "kept" / "a.sealed", ARRAYS, FACTS)
    return tmp_path / "kept" / "a.sealed"


def test_what_was_written_is_read_read_only(path):
    arrays, facts = sealed.read(path)
    assert facts == FACTS
    assert list(arrays) == list(ARRAYS)
    for name, array in arrays.items():
        assert array.dtype == ARRAYS[name].dtype
        np.testing.assert_array_equal(array, ARRAYS[name], strict=True)
        assert array.flags.c_contiguous
        assert not array.flags.writeable


def test_not_one_bit_may_change(path):
    raw = path.read_bytes()
    for position in range(0, len(raw), 3):
        bit = 1 << position % 8
        path.write_bytes(raw[:position] + bytes([raw[position] ^ bit]) + raw[position + 1 :])
        with pytest.raises(DamagedError, match=r"a.sealed: expected .*found"):
            sealed.read(path)


def told(text):
    """A checksum that is right, of a first line that is not."""
    return lambda raw: sealed._front(body := text + b"\n" + bytes(64)) + body


def array(kind, shape):
    return told(b'{"name": "a.sealed", "facts": {}, "arrays": {"a": ["%s", %s]}}' % (kind, shape))


DAMAGE = {
    "empty": lambda raw: b"",
    "half a first line": lambda raw: raw[:60],
    "the first line alone": lambda raw: raw[:128],
    "cut": lambda raw: raw[:-64],
    "longer": lambda raw: raw + bytes(64),
    "zeros in the second half": lambda raw: raw[: len(raw) // 2] + bytes(len(raw) // 2),
    "zeros": lambda raw: bytes(len(raw)),
    "text": lambda raw: b"<html>not here</html>",
    "an older form": lambda raw: raw.replace(b"sealed-1", b"sealed-0"),
    "no JSON": told(b"\xff\xfe"),
    "JSON of another kind": told(b"[1, 2]"),
    "facts missing": told(b'{"name": "a.sealed", "arrays": {}}'),
    "nested too deep": told(b"[" * 100_000),
    "objects": array(b"|O", b"[2]"),
    "more than there is": array(b"<f8", b"[1000000000000]"),
    "sizes below zero": array(b"<f8", b"[-2, -4]"),
    "no kind of number": array(b"<q9", b"[2]"),
    "a pickle": lambda raw: b"\x80\x04\x95" + bytes(500),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_was_not_written_so_is_refused_by_name(path, damage):
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    with pytest.raises(DamagedError, match=r"a.sealed: expected .*found"):
        sealed.read(path)
    with pytest.warns(DamagedWarning, match="made anew") as caught:
        assert sealed.take(path, lambda arrays, facts: None) is None
    assert len(caught) == 1


def test_a_copy_under_another_name_is_refused(path):
    shutil.copy(path, path.with_name("b.sealed"))
    with pytest.raises(DamagedError, match=r"expected a file of this name, found a copy of 'a.sealed'"):
        sealed.read(path.with_name("b.sealed"))


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_is_refused_at_once(tmp_path, make):
    make(tmp_path / "a")
    with pytest.raises(DamagedError, match=r"found a (folder|named pipe|device)"):
        sealed.read(tmp_path / "a")


def test_nothing_there_is_another_thing_than_damage(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path / "nowhere", tmp_path / "file" / "a"):
        assert sealed.take(path, lambda arrays, facts: None) is None


def test_what_a_check_says_is_told_with_the_name(path):
    def check(arrays, facts):
        raise ValueError("expected 3 arrays, found 6")

    with pytest.warns(DamagedWarning, match=r"a.sealed: expected 3 arrays, found 6. It is not used"):
        assert sealed.take(path, check) is None


@pytest.mark.parametrize(
    ("arrays", "facts"),
    [
        ({"a": np.array([{}], object)}, {}),
        ({"a": np.zeros(2, [("x", int)])}, {}),
        ({"a": [[1], [1, 2]]}, {}),
        ({}, {"seconds": float("nan")}),
        ({}, {"part": object()}),
    ],
)
def test_what_cannot_be_kept_so_is_refused_and_nothing_is_written(tmp_path, arrays, facts):
    with pytest.raises((ValueError, TypeError)):
        sealed.write(tmp_path / "a", arrays, facts)
    assert list(tmp_path.iterdir()) == []


def test_the_facts_are_json(path):
    assert json.loads(path.read_bytes()[128:].partition(b"\n")[0])["facts"] == FACTS
