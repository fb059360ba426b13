"""Fashion-MNIST: found or downloaded, verified, kept decoded, and split into named parts."""

import functools
import operator
import os
import warnings
from collections.abc import Callable
from pathlib import Path

from ..machine.files import FolderError, cache_folder, full_path
from ..machine.modes import mode
from . import cache
from .cache import order_of
from .download import UnavailableError
from .idx_files import CHECKSUMS, FILES, DataError, DataWarning, fault, given_folder, read_idx
from .parts import VALIDATION_SIZE, FashionMNIST, Pair, Part


def asked_source(source: str | None = None) -> str:
    """Return `source` or what ``FMNIST_DATA`` asks for: "fashion-mnist", "sketch", or "" for neither.

    Raises
    ------
    DataError
        For anything else.
    """
    asked = source or os.environ.get("FMNIST_DATA", "")
    if asked not in ("", "fashion-mnist", "sketch"):
        raise fault("FMNIST_DATA (source)", "fashion-mnist or sketch", repr(asked), "Change or unset it.")
    return asked


def load_fashion_mnist(
    *,
    validation_size: int = VALIDATION_SIZE,
    data_dir: str | os.PathLike[str] | None = None,
    source: str | None = None,
    progress: bool = True,
) -> FashionMNIST:
    """Load Fashion-MNIST, split into train, validation and test.

    Looks in `data_dir`, then in the cache, then downloads. The split of the 60,000 images is stratified and
    always the same, and a larger validation part contains every smaller one.

    Parameters
    ----------
    validation_size : int
        How many of the 60,000 images go into the validation part.
    data_dir : path, optional
        Folder with the four official .gz files; by default that of ``FMNIST_DATA_DIR``.
    source : {"fashion-mnist", "sketch"}, optional
        By default what ``FMNIST_DATA`` says. If neither is set: Fashion-MNIST, and in quick mode the drawn
        garments, with a `DataWarning`, where there are neither data nor a network.
    progress : bool
        Show a progress bar during a download.

    Raises
    ------
    DataError
        If a file is missing, damaged or not to be had, or ``FMNIST_DATA`` is none of the two sources.
    ValueError
        If `validation_size` leaves one of the two parts empty, or a setting names no folder.

    References
    ----------
    Xiao, Rasul, Vollgraf (2017), https://doi.org/10.48550/arXiv.1708.07747
    """
    asked = asked_source(source)
    if asked == "sketch":
        return _drawn(validation_size)
    folder = given_folder(data_dir)
    try:
        pair = cache.load_pair("train", folder, progress)
    except UnavailableError as error:
        if asked or mode() != "quick":
            raise
        message = f"Quick mode goes on with drawn garments, NOT Fashion-MNIST, because of this:\n{error}"
        warnings.warn(message, DataWarning, stacklevel=2)
        return _drawn(validation_size)
    load_test = functools.partial(cache.load_pair, "test", folder, progress)
    return _split(pair, validation_size, "fashion-mnist", dict(CHECKSUMS), load_test)


def verify(data_dir: str | os.PathLike[str] | None = None) -> list[tuple[str, bool, str]]:
    """Check the four files and the decoded arrays in the cache, bit by bit.

    Parameters
    ----------
    data_dir : path, optional
        Folder of the four files; by default that of ``FMNIST_DATA_DIR``, without it the cache.

    Returns
    -------
    list of (file, ok, message)
        One entry for each file and for each decoded pair, or one for a folder that is not there; never
        raises for a damaged one.
    """
    given = data_dir or os.environ.get("FMNIST_DATA_DIR")
    try:
        cache_folder()  # where the decoded arrays are
        folder = full_path(given, "FMNIST_DATA_DIR (data_dir)") if given else cache_folder()
    except FolderError as error:
        return [(str(error).partition(":")[0], False, str(error))]
    if not folder.is_dir():
        what = "a file" if folder.exists() else "no such folder"
        remedy = "" if given else "Open a chapter, and the data are downloaded."
        return [(str(folder), False, str(fault(folder, "a folder with the four .gz files", what, remedy)))]
    return [row for group in FILES for row in _verify_group(group, folder)]


def _verify_group(group: str, folder: Path) -> list[tuple[str, bool, str]]:
    rows = []
    for name in FILES[group]:
        try:
            items = len(read_idx(folder / name, sha256=CHECKSUMS[name]))
            rows.append((str(folder / name), True, f"whole, {items:,} items"))
        except DataError as error:
            rows.append((str(folder / name), False, str(error)))
    return rows + cache.compare_pair(group, folder)


def _drawn(validation_size: int) -> FashionMNIST:
    from .sketch import draw_garments  # Pillow is needed only here

    images, labels = draw_garments(60_000, seed=0)
    order = order_of(labels)
    load_test = functools.partial(draw_garments, 10_000, seed=1)
    pair = cache.read_only(images[order], labels[order])
    return _split(pair, validation_size, "sketch", {}, load_test)


def _split(
    pair: Pair,
    validation_size: int,
    source: str,
    checksums: dict[str, str],
    load_test: Callable[[], Pair],
) -> FashionMNIST:
    images, labels = pair
    cut = len(labels) - operator.index(validation_size)
    if not 0 < cut < len(labels):
        raise ValueError(f"validation_size: expected 1 to {len(labels) - 1:,}, found {validation_size:,}")
    train = Part(images[:cut], labels[:cut], name="train", source=source)
    validation = Part(images[cut:], labels[cut:], name="validation", source=source)
    return FashionMNIST(train, validation, source, checksums, load_test)
