"""The data decoded once and kept: arrays named with the checksums of the files that they were made from."""

import contextlib
from pathlib import Path
from typing import Any

import numpy as np

from ..machine import sealed
from ..machine.files import cache_folder
from .download import download_missing
from .idx_files import CHECKSUMS, FILES, DataError, fault, read_pair, read_verified
from .parts import Pair


def load_pair(group: str, folder: Path | None, progress: bool) -> Pair:
    """Return (images, labels) from the decoded arrays in the cache, or from the files."""
    cached = _open_pair(group)
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
    images, labels = _decode(group, folder)
    sealed.put(_path(group), {"images": images, "labels": labels}, {})
    if kept := _open_pair(group):
        _remember(group, stamps)
    return kept or (images, labels)


def compare_pair(group: str, folder: Path) -> list[tuple[str, bool, str]]:
    """Say whether the decoded arrays equal the files in `folder`: (path, equal, message), or nothing."""
    path = _path(group)
    try:
        arrays, facts = sealed.read(path)
        _require_pair(arrays, facts)
        decoded = _decode(group, folder)
    except (FileNotFoundError, NotADirectoryError, DataError):  # the rows of the files say why
        return []
    except (OSError, ValueError, KeyError) as error:
        return [(str(path), False, str(error))]
    if all(np.array_equal(arrays[kind], array) for kind, array in zip(_KINDS, decoded, strict=True)):
        return [(str(path), True, "decoded, equal to the files")]
    return [(str(path), False, str(fault(path, "the files' values", "others")))]


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


_KINDS = ("images", "labels")


def _path(group: str, what: str = "arrays") -> Path:
    key = "-".join(CHECKSUMS[name][:12] for name in FILES[group])
    return cache_folder() / f"{group}-{key}-order{SPLIT_SEED}.{what}"


def _open_pair(group: str) -> Pair | None:
    kept = sealed.take(_path(group), _require_pair)
    return (kept[0]["images"], kept[0]["labels"]) if kept else None


def _require_pair(arrays: dict[str, np.ndarray], facts: dict[str, Any]) -> None:
    images, labels = arrays["images"], arrays["labels"]
    shapes = [labels.shape[:1], (*labels.shape[:1], 28, 28)]
    if [labels.shape, images.shape] != shapes or not images.dtype == labels.dtype == np.uint8:
        found = f"{images.dtype} {images.shape} and {labels.dtype} {labels.shape}"
        raise ValueError(f"expected images (n, 28, 28) and labels (n,) of uint8; found {found}")
    if labels.max(initial=0) > 9:
        raise ValueError(f"expected labels from 0 to 9; found {labels.max()}")


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


def _remembered(group: str) -> dict[str, Any]:
    kept = sealed.take(_path(group, "seen"), lambda arrays, facts: None)
    return kept[1] if kept else {}


def _same_files(group: str, folder: Path) -> bool:
    remembered = _remembered(group)
    return all(remembered.get(path) == stamp for path, stamp in _stamps(group, folder).items())


def _remember(group: str, stamps: dict[str, list[int]]) -> None:
    with contextlib.suppress(OSError):  # a cache for reading only: the files are hashed each time
        sealed.write(_path(group, "seen"), {}, {**_remembered(group), **stamps})


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
