"""Where files of our own go, and how they get there whole."""

import errno
import os
import stat
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def cache_folder() -> Path:
    """Return the folder of the cache: ``FMNIST_CACHE_DIR``, or the one that the system keeps for it."""
    asked = os.environ.get("FMNIST_CACHE_DIR")
    if not asked:
        from pooch import os_cache  # slow to import, and needed only here

        asked = os_cache("fmnist-lessons")
    return Path(asked).expanduser().absolute()


def models_folder() -> Path:
    """Return Keras's folder of weights: ``models`` in ``KERAS_HOME``, or in ``~/.keras``."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser() / "models"


def require_file(path: Path) -> os.stat_result:
    """Return what the system says of a file; refuse what would be read for ever or not at all.

    Raises
    ------
    FileNotFoundError
        If it is not there.
    OSError
        If it is a folder, a named pipe or a device.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}
        found = kinds.get(stat.S_IFMT(status.st_mode), "a device")
        raise OSError(errno.EINVAL, f"{found} in place of a file")
    return status


def write_atomically(path: Path, content: bytes | Callable[[BinaryIO], object]) -> None:
    """Write a file under a temporary name and move it into place; what fails half-way leaves nothing behind.

    Parameters
    ----------
    path : Path
        Its folder is made if need be.
    content : bytes or callable
        The bytes, or a function that writes them to the open file that it is given.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with partial.open("xb") as file:
            if callable(content):
                content(file)
            else:
                file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
