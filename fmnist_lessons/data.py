"""Fashion-MNIST: found or downloaded, verified, kept decoded, and split into named parts."""

import contextlib
import functools
import gzip
import hashlib
import json
import operator
import os
import uuid
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pooch
from tqdm.auto import tqdm

from fmnist_lessons.modes import mode

CLASS_NAMES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)

_CHECKSUMS = {  # SHA-256 of the official files
    "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}
_FILES = {
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}
_MIRRORS = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
)
_TIMEOUT = (5.0, 30.0)  # seconds to connect, seconds of silence
_SPLIT_SEED = 1

_WITHOUT = "set FMNIST_DATA_DIR to a folder with the four .gz files, or FMNIST_DATA=sketch for drawn garments"


class DataError(RuntimeError):
    """The data cannot be used; the text names the file, what was expected, what was found and what to do."""


class DataWarning(UserWarning):
    """The data are usable, but not in the way that was meant."""


class _UnavailableError(DataError):
    """The data are neither here nor to be had; nothing that is here is damaged."""


@dataclass(frozen=True, eq=False)
class Part:
    """A named part of the data.

    Attributes
    ----------
    images : ndarray of uint8, shape (n, 28, 28)
        Grey values, 0 (background) to 255. Read-only, mapped from the cache where there is one.
    labels : ndarray of uint8, shape (n,)
        Positions in `CLASS_NAMES`, 0 to 9. Read-only.
    name : str
        ``"train"``, ``"validation"`` or ``"test"``.
    source : str
        ``"fashion-mnist"``, or ``"sketch"`` for drawn garments.
    """

    images: np.ndarray
    labels: np.ndarray
    name: str
    source: str

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return f"Part({self.name!r}, {len(self):,} images, {self.source!r})"


@dataclass(frozen=True, eq=False)
class FashionMNIST:
    """The data set: `train` and `validation` at hand, `test` read from its own files on first access.

    Attributes
    ----------
    train, validation, test : Part
        The three parts.
    source : str
        ``"fashion-mnist"`` or ``"sketch"``.
    checksums : dict of str
        SHA-256 of each original file by its name; empty for drawn garments.
    """

    train: Part
    validation: Part
    source: str
    checksums: dict[str, str]
    _load_test: Callable[[], tuple[np.ndarray, np.ndarray]] = field(repr=False)

    @functools.cached_property
    def test(self) -> Part:
        """The test part."""
        return Part(*self._load_test(), name="test", source=self.source)


def load_fashion_mnist(
    *,
    validation_size: int = 10_000,
    data_dir: str | os.PathLike | None = None,
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
        If `validation_size` leaves one of the two parts empty.

    References
    ----------
    Xiao, Rasul, Vollgraf (2017), https://doi.org/10.48550/arXiv.1708.07747
    """
    asked = source or os.environ.get("FMNIST_DATA", "")
    if asked not in ("", "fashion-mnist", "sketch"):
        raise _fault("FMNIST_DATA (source)", "fashion-mnist or sketch", repr(asked), "Change or unset it.")
    if asked == "sketch":
        return _drawn(validation_size)
    folder = _given_folder(data_dir)
    try:
        pair = _load("train", folder, progress)
    except _UnavailableError as error:
        if asked or mode() != "quick":
            raise
        message = f"Quick mode goes on with drawn garments, NOT Fashion-MNIST, because of this:\n{error}"
        warnings.warn(message, DataWarning, stacklevel=2)
        return _drawn(validation_size)
    load_test = functools.partial(_load, "test", folder, progress)
    return _split(pair, validation_size, "fashion-mnist", dict(_CHECKSUMS), load_test)


def read_idx(path: str | os.PathLike, *, sha256: str | None = None) -> np.ndarray:
    """Read a gzipped IDX file of bytes.

    Parameters
    ----------
    path : path
        The .gz file.
    sha256 : str, optional
        The checksum that the .gz file must have.

    Returns
    -------
    ndarray of uint8
        Shape as in the file's header: (n, rows, columns) for images, (n,) for labels. Read-only.

    Raises
    ------
    DataError
        If the file is missing, cut short, not gzip, not IDX, or has another checksum.

    References
    ----------
    The format: http://yann.lecun.com/exdb/mnist/
    """
    path = Path(path)
    raw = _read_verified(path, sha256)
    try:
        content = gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise _fault(path, "a whole gzip file", _what_gzip_says(error, raw)) from None
    magic = content[:4]
    if len(magic) < 4 or magic[:3] != b"\0\0\x08" or magic[3] not in (1, 3):
        expected = "IDX magic 0x00000803 (images) or 0x00000801 (labels)"
        raise _fault(path, expected, f"0x{magic.hex()}")
    start = 4 + 4 * magic[3]
    shape = tuple(int.from_bytes(content[i : i + 4], "big") for i in range(4, start, 4))
    size = int(np.prod(shape, dtype=object))
    if len(content) != start + size:
        expected = f"{size:,} bytes after the header for the dimensions {shape}"
        raise _fault(path, expected, f"{max(len(content) - start, 0):,} bytes")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def source_files() -> list[Path]:
    """Return the paths of the four .gz files, in ``FMNIST_DATA_DIR`` or in the cache.

    Raises
    ------
    DataError
        If one of them is not there.
    """
    folder = _given_folder(None) or cache_folder()
    missing = [name for name in _CHECKSUMS if not (folder / name).exists()]
    if missing:
        raise _fault(folder, "the four .gz files", f"no {' and no '.join(missing)}")
    return [folder / name for name in _CHECKSUMS]


def verify(data_dir: str | os.PathLike | None = None) -> list[tuple[str, bool, str]]:
    """Check the four files and the decoded arrays in the cache, bit by bit.

    Parameters
    ----------
    data_dir : path, optional
        Folder of the four files; by default that of ``FMNIST_DATA_DIR``, without it the cache.

    Returns
    -------
    list of (file, ok, message)
        One entry for each file and for each decoded array; never raises for a damaged one.
    """
    given = data_dir or os.environ.get("FMNIST_DATA_DIR")
    folder = Path(given or cache_folder()).expanduser().absolute()
    return [row for group in _FILES for row in _verify_group(group, folder)]


def _verify_group(group: str, folder: Path) -> list[tuple[str, bool, str]]:
    rows = []
    for name in _FILES[group]:
        try:
            items = len(read_idx(folder / name, sha256=_CHECKSUMS[name]))
            rows.append((str(folder / name), True, f"whole, {items:,} items"))
        except DataError as error:
            rows.append((str(folder / name), False, str(error)))
    return rows + _compare_cached(group, folder)


def _compare_cached(group: str, folder: Path) -> list[tuple[str, bool, str]]:
    paths = [_array_path(group, kind) for kind in ("images", "labels")]
    try:
        cached = _open_cached(group)
        pair = _decode(group, folder) if cached else ()
    except (DataError, OSError) as error:
        return [(str(paths[0]), False, f"decoded arrays, not compared with the files: {error}")]
    rows = []
    for path, ours, theirs in zip(paths, cached or (), pair, strict=False):
        same = np.array_equal(ours, theirs)
        message = "decoded, equal to the file" if same else str(_fault(path, "the file's values", "others"))
        rows.append((str(path), same, message))
    return rows


def _drawn(validation_size: int) -> FashionMNIST:
    from fmnist_lessons.sketch import draw_garments  # Pillow is needed only here

    images, labels = draw_garments(60_000, seed=0)
    order = _order(labels)
    load_test = functools.partial(draw_garments, 10_000, seed=1)
    pair = _read_only(images[order], labels[order])
    return _split(pair, validation_size, "sketch", {}, load_test)


def _split(pair, validation_size: int, source: str, checksums: dict, load_test: Callable) -> FashionMNIST:
    images, labels = pair
    cut = len(labels) - operator.index(validation_size)
    if not 0 < cut < len(labels):
        raise ValueError(f"validation_size: expected 1 to {len(labels) - 1:,}, found {validation_size:,}")
    train = Part(images[:cut], labels[:cut], name="train", source=source)
    validation = Part(images[cut:], labels[cut:], name="validation", source=source)
    return FashionMNIST(train, validation, source, checksums, load_test)


def _order(labels: np.ndarray) -> np.ndarray:
    """Give a fixed order in which each stretch holds all classes alike, so that each cut is stratified."""
    # Raw bits: the one random stream that NumPy promises never to change.
    shuffle, jitter = np.random.PCG64(_SPLIT_SEED).random_raw(2 * len(labels)).reshape(2, -1)
    shuffled = np.argsort(shuffle, kind="stable")
    position = (jitter >> np.uint64(11)) * 2.0**-53
    for label in np.unique(labels):
        members = shuffled[labels[shuffled] == label]
        position[members] = (np.arange(len(members)) + position[members]) / len(members)
    return np.argsort(position, kind="stable")


# Finding and reading the files


def _given_folder(data_dir: str | os.PathLike | None) -> Path | None:
    given = data_dir or os.environ.get("FMNIST_DATA_DIR")
    if not given:
        return None
    folder = Path(given).expanduser().absolute()
    try:
        present = {path.name for path in folder.iterdir()}
    except OSError as error:
        raise _fault(folder, "a readable folder with the four .gz files", error.strerror) from None
    missing = [name for name in _CHECKSUMS if name not in present]
    if missing:
        raise _fault(folder, "the four .gz files", f"no {' and no '.join(missing)}")
    return folder


def _load(group: str, folder: Path | None, progress: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return (images, labels) from the decoded arrays in the cache, or from the files."""
    try:
        cached = _open_cached(group)
    except OSError:  # the attempt to write there, below, tells the user
        cached = None
    if cached and (folder is None or _same_files(group, folder)):
        return cached
    if folder is None:
        folder = cache_folder()
        _download_missing(folder, progress)
    stamps = _stamps(group, folder)
    if cached:
        for name in _FILES[group]:
            _read_verified(folder / name, _CHECKSUMS[name])
        _remember(group, stamps)
        return cached
    pair = _decode(group, folder)
    try:
        _store(group, pair)
        _remember(group, stamps)
        return _open_cached(group) or pair
    except OSError as error:
        reason = f"cannot keep the decoded arrays in {cache_folder()}: {error.strerror or error}."
        remedy = "They stay in memory; the next start decodes anew. Set FMNIST_CACHE_DIR to another folder."
        warnings.warn(f"{reason} {remedy}", DataWarning, stacklevel=3)
        return pair


def _decode(group: str, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    paths = [folder / name for name in _FILES[group]]
    images, labels = (read_idx(path, sha256=_CHECKSUMS[path.name]) for path in paths)
    if images.shape[1:] != (28, 28):
        raise _fault(paths[0], "images of shape (n, 28, 28)", images.shape)
    if labels.shape != images.shape[:1]:
        raise _fault(paths[1], f"{len(images):,} labels, one for each image of {paths[0].name}", labels.shape)
    if labels.max(initial=0) >= len(CLASS_NAMES):
        raise _fault(paths[1], "labels from 0 to 9", labels.max())
    if group == "train":
        order = _order(labels)
        images, labels = images[order], labels[order]
    return _read_only(images, labels)


def _read_only(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    images.flags.writeable = labels.flags.writeable = False
    return images, labels


def _read_verified(path: Path, sha256: str | None) -> bytes:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        remedy = "Load the data once, and it is downloaded." if _in_cache(path) else ""
        raise _fault(path, "a .gz file", "no such file", remedy) from None
    except OSError as error:
        raise _fault(path, "a readable .gz file", error.strerror) from None
    found = hashlib.sha256(raw).hexdigest()
    if sha256 not in (None, found):
        try:
            gzip.decompress(raw)
            more = "a whole gzip file"
        except (OSError, EOFError, zlib.error) as error:
            more = _what_gzip_says(error, raw)
        raise _fault(path, f"SHA-256 {sha256}", f"{found} ({more})")
    return raw


def _what_gzip_says(error: Exception, raw: bytes) -> str:
    if isinstance(error, EOFError):
        return f"a file cut short after {len(raw):,} bytes"
    if raw[:2] != b"\x1f\x8b":
        return f"{len(raw):,} bytes that are not gzip and begin with {raw[:12]!r}"
    return f"damaged gzip of {len(raw):,} bytes: {error}"


def _in_cache(what: object) -> bool:
    return Path(str(what)).is_relative_to(cache_folder())


def _fault(what: object, expected: str, found: object, remedy: str = "") -> DataError:
    if not remedy and _in_cache(what):
        remedy = "Delete this file from the cache and start again; it is made anew."
    remedy = remedy or f"Put the original there (from {_MIRRORS[0]}), or unset FMNIST_DATA_DIR to download."
    return DataError(f"{what}: expected {expected}; found {found}. {remedy}")


# The cache: the decoded arrays, named with the checksums of the files that they were made from


def cache_folder() -> Path:
    return (
        Path(os.environ.get("FMNIST_CACHE_DIR") or pooch.os_cache("fmnist-lessons")).expanduser().absolute()
    )


def _array_path(group: str, kind: str) -> Path:
    key = "-".join(_CHECKSUMS[name][:12] for name in _FILES[group])
    return cache_folder() / f"{group}-{key}-order{_SPLIT_SEED}.{kind}.npy"


def _open_cached(group: str) -> tuple[np.ndarray, np.ndarray] | None:
    arrays = []
    for kind, dimensions in (("images", 3), ("labels", 1)):
        path = _array_path(group, kind)
        try:
            array = np.asarray(np.lib.format.open_memmap(path, mode="r"))  # a view: stays mapped
        except FileNotFoundError:
            return None
        except (ValueError, EOFError) as error:
            raise _fault(path, "an array of uint8", error) from None
        if array.dtype != np.uint8 or array.ndim != dimensions:
            raise _fault(path, f"uint8 with {dimensions} dimensions", f"{array.dtype}, shape {array.shape}")
        arrays.append(array)
    images, labels = arrays
    if images.shape != (len(labels), 28, 28):
        raise _fault(_array_path(group, "images"), f"shape {(len(labels), 28, 28)}", images.shape)
    return images, labels


def _store(group: str, pair: tuple[np.ndarray, np.ndarray]) -> None:
    for kind, array in zip(("images", "labels"), pair, strict=True):
        path = _array_path(group, kind)
        if not path.exists():  # another process may have been faster
            _write_atomically(path, functools.partial(np.save, arr=array))


def _write_atomically(path: Path, write: Callable) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with partial.open("xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _stamps(group: str, folder: Path) -> dict[str, list[int]]:
    """Size and times of each file: equal stamps mean that a file need not be hashed again."""
    stamps = {}
    for path in (folder / name for name in _FILES[group]):
        try:
            status = path.stat()
        except OSError as error:
            raise _fault(path, "a readable .gz file", error.strerror) from None
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
        _write_atomically(path, lambda file: file.write(text.encode()))


# Download


def _download_missing(folder: Path, progress: bool) -> None:
    for name, sha256 in _CHECKSUMS.items():
        try:
            if not (folder / name).exists():  # a damaged one is left for `_decode` to name
                folder.mkdir(parents=True, exist_ok=True)
                _download(name, sha256, folder, progress)
        except OSError as error:
            found = error.strerror or error
            remedy = f"Set FMNIST_CACHE_DIR to a folder with 100 MB free, or {_WITHOUT}."
            text = _fault(folder, "a cache folder that can be written", found, remedy)
            raise _UnavailableError(str(text)) from None


def _download(name: str, sha256: str, folder: Path, progress: bool) -> None:
    import requests  # slow to import, and needed only here

    pooch.get_logger().setLevel("WARNING")
    failures = []
    for mirror in _MIRRORS:
        bar = tqdm(desc=name, total=1, unit="B", unit_scale=True, delay=0.5, disable=not progress)
        fetch = pooch.HTTPDownloader(progressbar=bar, chunk_size=2**16, timeout=_TIMEOUT)
        try:
            with bar:
                pooch.retrieve(mirror + name, sha256, fname=name, path=folder, downloader=fetch)
            return
        except (requests.RequestException, ValueError) as error:
            failures.append(f"  {mirror + name}: {_reason(error)}")
    found = "\n".join(failures)
    remedy = f"Connect to a network and try again, or {_WITHOUT}."
    raise _UnavailableError(
        f"{folder / name}: expected a download; found no address that gives it:\n{found}\n{remedy}"
    )


def _reason(error: Exception) -> str:
    import requests

    if isinstance(error, requests.HTTPError):
        return f"answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return f"no answer within {_TIMEOUT[isinstance(error, requests.ReadTimeout)]:g} s"
    if isinstance(error, requests.RequestException):
        return f"no connection ({type(error).__name__})"
    return f"another file than expected ({error})"
