"""Where files of our own go, what they are, and how they get there whole."""

import contextlib
import os
import stat
import sys
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

if sys.platform != "win32":
    import fcntl


class FolderError(ValueError):
    """A setting names no folder; the text says which, what was found and what to do."""


def cache_folder() -> Path:
    """Return the folder of the cache: ``FMNIST_CACHE_DIR``, or the one that the system keeps for it.

    Raises
    ------
    FolderError
        If there is no such user, no home folder, or, for a relative path, no current folder.
    """
    asked = os.environ.get("FMNIST_CACHE_DIR")
    if not asked:
        from pooch import os_cache  # slow to import, and needed only here

        with contextlib.suppress(RuntimeError):  # no home folder, as is told below
            asked = str(os_cache("fmnist-lessons"))
    return full_path(asked or "~", "FMNIST_CACHE_DIR")


def models_folder() -> Path:
    """Return Keras's folder of weights: ``models`` in ``KERAS_HOME``, or in ``~/.keras``.

    Raises
    ------
    FolderError
        As `cache_folder`.
    """
    return full_path(os.environ.get("KERAS_HOME") or "~/.keras", "KERAS_HOME") / "models"


def full_path(asked: str | os.PathLike[str], setting: str) -> Path:
    """Return an absolute path of what a user wrote for `setting`: ``~`` and ``~user`` are homes."""
    try:
        return Path(asked).expanduser().absolute()
    except RuntimeError:  # of `expanduser`
        found = "no home folder" if Path(asked).parts[0] == "~" else "no such user"
    except OSError:  # of `absolute`
        found = "the current folder gone"
    raise FolderError(
        f"{setting}: expected a folder, found {os.fspath(asked)!r} and {found}. "
        f"Set {setting} to a path from the root."
    )


def kind_of(path: Path) -> str:
    """Return "a file", or what is there in its place: what would be read for ever, or not at all.

    Raises
    ------
    OSError
        If nothing is there, or it cannot be looked at.
    """
    kinds = {stat.S_IFREG: "a file", stat.S_IFDIR: "a folder", stat.S_IFIFO: "a named pipe"}
    return kinds.get(stat.S_IFMT(path.stat().st_mode), "a device")


def write_atomically(path: Path, content: bytes | Callable[[BinaryIO], object]) -> None:
    """Write a file under a temporary name and move it into place; what fails half-way leaves nothing behind.

    What writers left in that folder that were killed is removed.

    Parameters
    ----------
    path : Path
        Its folder is made if need be.
    content : bytes or callable
        The bytes, or a function that writes them to the open file that it is given.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_left_behind(path.parent)
    file = _new_file(path.parent)
    partial = Path(file.name)
    try:
        with file:
            if callable(content):
                content(file)
            else:
                file.write(content)
            file.flush()
            os.fsync(file.fileno())
            if sys.platform != "win32":  # where it must be closed before
                partial.replace(path)
        if sys.platform == "win32":
            partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _new_file(folder: Path) -> BinaryIO:
    """Open a new temporary file, locked until it is closed, however its process ends."""
    while True:
        file = (folder / f".{uuid.uuid4().hex}.part").open("xb")
        if sys.platform != "win32":
            with contextlib.suppress(OSError):  # file systems that know no locks: nothing is removed there
                fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:  # else another writer removed it before it was locked
            return file
        file.close()


def _remove_left_behind(folder: Path) -> None:
    """Remove temporary files that no living writer has locked (or, on Windows, opened)."""
    for partial in folder.glob(".*" + "[0-9a-f]" * 32 + ".part"):
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                partial.unlink()
            else:
                with partial.open("r+b") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    partial.unlink()


def require_writable(folder: Path) -> None:
    """Raise OSError, which names the folder, unless files can be written there; it is made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        found = f"{folder}: expected a folder that can be written, found {error.strerror or error}"
        raise OSError(error.errno, found) from None
