"""The four official files of Fashion-MNIST, gzipped IDX: what they are called, found, verified and read."""

import gzip
import hashlib
import io
import os
import zlib
from pathlib import Path

import numpy as np

from ..machine.files import cache_folder, full_path, kind_of

CHECKSUMS = {  # SHA-256 of the official files
    "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}
FILES = {
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}
MOST = 16 + 60_000 * 28 * 28  # bytes of the largest file, unpacked: no more are read of any
ORIGIN = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"  # named on the data set's page


class DataError(RuntimeError):
    """The data cannot be used; the text names the file, what was expected, what was found and what to do."""


class DataWarning(UserWarning):
    """The data are usable, but not in the way that was meant."""


def read_idx(path: str | os.PathLike[str], *, sha256: str | None = None) -> np.ndarray:
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
    raw = read_verified(path, sha256)
    try:
        content = _unpack(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise fault(path, "a whole gzip file", _what_gzip_says(error, raw)) from None
    if len(content) > MOST:
        raise fault(path, f"at most {MOST:,} bytes unpacked", f"more in {len(raw):,} packed ones")
    magic = content[:4]
    if len(magic) < 4 or magic[:3] != b"\0\0\x08" or magic[3] not in (1, 3):
        expected = "IDX magic 0x00000803 (images) or 0x00000801 (labels)"
        raise fault(path, expected, f"0x{magic.hex()}")
    start = 4 + 4 * magic[3]
    shape = tuple(int.from_bytes(content[i : i + 4], "big") for i in range(4, start, 4))
    size = int(np.prod(shape, dtype=object))
    if len(content) != start + size:
        expected = f"{size:,} bytes after the header for the dimensions {shape}"
        raise fault(path, expected, f"{max(len(content) - start, 0):,} bytes")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def read_pair(group: str, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the verified images (n, 28, 28) and labels (n,) of ``"train"`` or ``"test"``, as stored."""
    paths = [folder / name for name in FILES[group]]
    images, labels = (read_idx(path, sha256=CHECKSUMS[path.name]) for path in paths)
    if images.shape[1:] != (28, 28):
        raise fault(paths[0], "images of shape (n, 28, 28)", images.shape)
    if labels.shape != images.shape[:1]:
        raise fault(paths[1], f"{len(images):,} labels, one for each image of {paths[0].name}", labels.shape)
    if labels.max(initial=0) > 9:
        raise fault(paths[1], "labels from 0 to 9", labels.max())
    return images, labels


def source_files() -> list[Path]:
    """Return the paths of the four .gz files, in ``FMNIST_DATA_DIR`` or in the cache.

    Raises
    ------
    DataError
        If one of them is not there.
    """
    folder = given_folder(None) or cache_folder()
    missing = [name for name in CHECKSUMS if not (folder / name).exists()]
    if missing:
        raise fault(folder, "the four .gz files", f"no {' and no '.join(missing)}")
    return [folder / name for name in CHECKSUMS]


def given_folder(data_dir: str | os.PathLike[str] | None) -> Path | None:
    """Return `data_dir`, else ``FMNIST_DATA_DIR``, refused unless all four files are there; None if unset."""
    given = data_dir or os.environ.get("FMNIST_DATA_DIR")
    if not given:
        return None
    folder = full_path(given, "FMNIST_DATA_DIR (data_dir)")
    try:
        present = {path.name for path in folder.iterdir()}
    except OSError as error:
        raise fault(folder, "a readable folder with the four .gz files", error.strerror) from None
    missing = [name for name in CHECKSUMS if name not in present]
    if missing:
        raise fault(folder, "the four .gz files", f"no {' and no '.join(missing)}")
    return folder


def read_verified(path: Path, sha256: str | None) -> bytes:
    """Return the bytes of a .gz file that has this checksum, or may have any."""
    try:
        if (kind := kind_of(path)) != "a file":
            raise fault(path, "a .gz file", kind)
        with path.open("rb") as file:
            raw = file.read(MOST + 1)
    except FileNotFoundError:
        remedy = "Load the data once, and it is downloaded." if _in_cache(path) else ""
        raise fault(path, "a .gz file", "no such file", remedy) from None
    except OSError as error:
        raise fault(path, "a readable .gz file", error.strerror) from None
    if len(raw) > MOST:
        raise fault(path, f"at most {MOST:,} bytes", "more")
    found = hashlib.sha256(raw).hexdigest()
    if sha256 not in (None, found):
        expected = f"SHA-256 {sha256}"
        for name, checksum in CHECKSUMS.items():
            if checksum == found:
                remedy = f"Rename it to {name}, and put the right file in its place."
                raise fault(path, expected, f"{found} (the content of {name})", remedy)
        raise fault(path, expected, f"{found} ({_likely_reason(raw)})")
    return raw


def _unpack(raw: bytes) -> bytes:
    return gzip.GzipFile(fileobj=io.BytesIO(raw)).read(MOST + 1)


def _likely_reason(raw: bytes) -> str:
    try:
        _unpack(raw)
        return "a whole gzip file"
    except (OSError, EOFError, zlib.error) as error:
        return _what_gzip_says(error, raw)


def _what_gzip_says(error: Exception, raw: bytes) -> str:
    if isinstance(error, EOFError):
        return f"a file cut short after {len(raw):,} bytes"
    if raw[:2] != b"\x1f\x8b":
        return f"{len(raw):,} bytes that are not gzip and begin with {raw[:12]!r}"
    return f"damaged gzip of {len(raw):,} bytes: {error}"


def fault(what: object, expected: str, found: object, remedy: str = "") -> DataError:
    """Return the error that says what was expected of a file or setting, what was found and what to do."""
    if not remedy and _in_cache(what):
        remedy = "Delete this file from the cache and start again; it is made anew."
    remedy = remedy or f"Put the original there (from {ORIGIN}), or unset FMNIST_DATA_DIR to download."
    return DataError(f"{what}: expected {expected}; found {found}. {remedy}")


def _in_cache(what: object) -> bool:
    return isinstance(what, Path) and what.is_relative_to(cache_folder())
