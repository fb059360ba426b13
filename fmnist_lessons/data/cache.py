"""The data decoded once and kept: arrays named with the checksums of the files that they were made from."""

import contextlib
import functools
import json
import warnings
from pathlib import Path

import numpy as np

from ..machine.files import cache_folder, write_atomically
from .download import download_missing
from .idx_files import CHECKSUMS, FILES, DataError, DataWarning, fault, read_pair, read_verified
from .parts import Pair


def load_pair(group: str, folder: Path | None, progress: bool) -> Pair:
    """Return (images, labels) from the decoded arrays in the cache, or from the files."""
    try:
        cached = _open_pair(group)
    except OSError:  # the attempt to write there, below, tells the user
        cached = None
    if cached and (folder is None or _same_files(group, folder)):
        return cached
    if folder is None:
        folder = cache_folder()
        download_missing(folder, progress)
    stamps = _stamps(group, folder)
    if cached:
        for name in FILES[group]:
            read_verified(folder / name, CHECKSUMS[name])
        _remember(group, stamps)
        return cached
    pair = _decode(group, folder)
    try:
        _store(group, pair)
        _remember(group, stamps)
        return _open_pair(group) or pair
    except OSError as error:
        reason = f"cannot keep the decoded arrays in {cache_folder()}: {error.strerror or error}."
        remedy = "They stay in memory; the next start decodes anew. Set FMNIST_CACHE_DIR to another folder."
        warnings.warn(f"{reason} {remedy}", DataWarning, stacklevel=3)
        return pair


def compare_pair(group: str, folder: Path) -> list[tuple[str, bool, str]]:
    """Say of each decoded array whether it equals the files in `folder`: (path, equal, message)."""
    paths = [_array_path(group, kind) for kind in ("images", "labels")]
    try:
        cached = _open_pair(group)
    except (DataError, OSError) as error:
        return [(str(paths[0]), False, str(error))]
    if not cached:
        return []
    try:
        pair = _decode(group, folder)
    except DataError:  # the rows of the files say why
        return []
    rows = []
    for path, ours, theirs in zip(paths, cached, pair, strict=True):
        same = np.array_equal(ours, theirs)
        message = "decoded, equal to the file" if same else str(fault(path, "the file's values", "others"))
        rows.append((str(path), same, message))
    return rows


def read_only(images: np.ndarray, labels: np.ndarray) -> Pair:
    """Return the two arrays, which from here on refuse to be changed."""
    images.flags.writeable = labels.flags.writeable = False
    return images, labels


def _decode(group: str, folder: Path) -> Pair:
    images, labels = read_pair(group, folder)
    if group == "train":
        order = order_of(labels)
        images, labels = images[order], labels[order]
    return read_only(images, labels)


def _array_path(group: str, kind: str) -> Path:
    key = "-".join(CHECKSUMS[name][:12] for name in FILES[group])
    return cache_folder() / f"{group}-{key}-order{SPLIT_SEED}.{kind}.npy"


def _open_pair(group: str) -> Pair | None:
    arrays = []
    for kind, dimensions in (("images", 3), ("labels", 1)):
        path = _array_path(group, kind)
        try:
            array = np.asarray(np.lib.format.open_memmap(path, mode="r"))  # a view: stays mapped
        except FileNotFoundError:
            return None
        except (ValueError, EOFError) as error:
            raise fault(path, "an array of uint8", error) from None
        if array.dtype != np.uint8 or array.ndim != dimensions:
            raise fault(path, f"uint8 with {dimensions} dimensions", f"{array.dtype}, shape {array.shape}")
        arrays.append(array)
    images, labels = arrays
    if images.shape != (len(labels), 28, 28):
        raise fault(_array_path(group, "images"), f"shape {(len(labels), 28, 28)}", images.shape)
    return images, labels


def _store(group: str, pair: Pair) -> None:
    for kind, array in zip(("images", "labels"), pair, strict=True):
        path = _array_path(group, kind)
        if not path.exists():  # another process may have been faster
            write_atomically(path, functools.partial(np.save, arr=array))


def _stamps(group: str, folder: Path) -> dict[str, list[int]]:
    """Size and times of each file: equal stamps mean that a file need not be hashed again."""
    stamps = {}
    for path in (folder / name for name in FILES[group]):
        try:
            status = path.stat()
        except OSError as error:
            raise fault(path, "a readable .gz file", error.strerror) from None
        stamps[str(path)] = [status.st_size, status.st_mtime_ns, status.st_ctime_ns]
    return stamps


def _remembered(group: str) -> dict[str, list[int]]:
    try:
        remembered = json.loads(_array_path(group, "images").with_suffix(".json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return remembered if isinstance(remembered, dict) else {}


def _same_files(group: str, folder: Path) -> bool:
    remembered = _remembered(group)
    return all(remembered.get(path) == stamp for path, stamp in _stamps(group, folder).items())


def _remember(group: str, stamps: dict[str, list[int]]) -> None:
    text = json.dumps({**_remembered(group), **stamps}, indent=1)
    path = _array_path(group, "images").with_suffix(".json")
    with contextlib.suppress(OSError):  # a cache for reading only: the files are hashed each time
        write_atomically(path, text.encode())


SPLIT_SEED = 1


def order_of(labels: np.ndarray) -> np.ndarray:
    """Give a fixed order in which each stretch holds all classes alike, so that each cut is stratified."""
    # Raw bits: the one random stream that NumPy promises never to change.
    shuffle, jitter = np.random.PCG64(SPLIT_SEED).random_raw(2 * len(labels)).reshape(2, -1)
    shuffled = np.argsort(shuffle, kind="stable")
    position = (jitter >> np.uint64(11)) * 2.0**-53
    for label in np.unique(labels):
        members = shuffled[labels[shuffled] == label]
        position[members] = (np.arange(len(members)) + position[members]) / len(members)
    return np.argsort(position, kind="stable")
