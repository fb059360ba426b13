"""The record of a fit: a JSON file for each recipe and seed, written and read; what does not fit is named."""

import functools
import hashlib
import json
import os
import re
import stat
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from ..machine.files import cache_folder, write_atomically
from .packing import pack as pack
from .packing import pack_errors as pack_errors
from .packing import unpack as unpack
from .packing import unpack_errors as unpack_errors

Record = dict[str, Any]
LARGEST = 10_000_000  # bytes of a record; the book's have up to 60,000
LONGEST = 80  # letters of a name in a path
IN_BOOK = {"mode": "record", "data_source": "fashion-mnist", "whose": "book"}
# how a file of float16 logits begins; the parser that NumPy has for it fails in many ways
HEADER = re.compile(
    rb"\x93NUMPY\x01\x00(?s:..){'descr': '<f2', 'fortran_order': False, 'shape': \((\d{1,9}), 10\), } *\n"
)
LOWEST = np.finfo(np.float16).min


def book_folder() -> Path:
    """Return the folder of the book's records: in a checkout ``book/results``, else inside the package."""
    package = Path(str(resources.files("fmnist_lessons")))
    checkout = package.parent / "book" / "results"
    return checkout if checkout.is_dir() else package / "book_results"


def own_folder() -> Path:
    """Return the folder of the learner's own records: ``FMNIST_RESULTS_DIR``, or one in the cache."""
    if asked := os.environ.get("FMNIST_RESULTS_DIR"):
        return Path(asked)
    return cache_folder() / "results"


def slug(name: str) -> str:
    """Return a name as part of a path: ``"+ one-pixel shifts"`` becomes ``"one-pixel-shifts"``.

    A name that is very long, or whose letters are not all in it, gets digits of its hash at the end.
    """
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    letters = [letter for letter in name if letter.isalnum()]
    if plain and len(plain) <= LONGEST and all(map(str.isascii, letters)):
        return plain
    return f"{plain[:LONGEST].rstrip('-') or 'unnamed'}-{_digits(name)}"


def path_of(record: Record, folder: Path) -> Path:
    """Return where a record belongs: ``<folder>/<chapter>/<name>/seed-<n>.json``.

    Where a record of another name with the same `slug` has that place, digits of a hash keep them apart.
    """
    places: dict[Path, Any] = {}
    for last in _folders(record["name"]):
        path = folder / record["chapter"] / last / f"seed-{record['seed']}.json"
        places[path] = _name_in(path)
    for wanted in (record["name"], None):
        for path, name in places.items():
            if name == wanted:
                return path
    raise FileExistsError(f"record: expected a place for {record['name']!r}, found others' at {list(places)}")


def write(record: Record, folder: Path, *, logits: Mapping[str, np.ndarray] | None = None) -> Path:
    """Write a record, and beside it the logits of a headline model; each file is moved into place whole.

    Parameters
    ----------
    record : dict
        NumPy's numbers are written as plain ones.
    folder : Path
    logits : mapping of str to ndarray (n, 10), optional
        Kept as float16 in ``seed-<n>.npz``, less each row's largest: no probability changes by that, and
        float16 is finest near 0.

    Returns
    -------
    Path
        Of the JSON file.

    Raises
    ------
    ValueError
        If the record or its logits would not fit when they are read; nothing is written then.
    """
    try:
        plain = _parsed(json.dumps(record, default=_plain))
        if fault := _fault(plain, is_book=folder == book_folder()):
            raise ValueError(fault)
        text = json.dumps(plain, indent=1, allow_nan=False) + "\n"
        if len(text) > LARGEST:
            raise ValueError(f"expected at most {LARGEST:,} bytes, found {len(text):,}")
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"record: expected one that fits; {error}") from None
    path = path_of(plain, folder)
    if logits is not None:
        shapes = {part: (n, 10) for part, n in _judged(plain).items()}
        if (found := {part: z.shape for part, z in logits.items()}) != shapes:
            raise ValueError(f"logits: expected the shapes {shapes}, found {found}")
        if not all(np.isfinite(z).all() for z in logits.values()):
            raise ValueError("logits: expected finite numbers, found NaN or infinity")
        halves: dict[str, Any] = {
            part: np.maximum(z - z.max(axis=1, keepdims=True), LOWEST).astype(np.float16)
            for part, z in logits.items()
        }
        write_atomically(path.with_suffix(".npz"), functools.partial(np.savez_compressed, **halves))
    write_atomically(path, text.encode())
    return path


def seconds_in_all(record: Record) -> float:
    """Return the seconds of a fit with whatever had to go before it."""
    return float(sum(seconds for name, seconds in record["seconds"].items() if name != "cpu"))


def read(folder: Path) -> list[Record]:
    """Return all records below `folder`, in the order of paths.

    One that does not fit, by its content or by its place, is named in a warning, once, and left out; so is
    the second of two that the recorder made of one recipe and seed.
    """
    records: list[Record] = []
    places: dict[tuple[Any, ...], Path] = {}
    is_book = folder == book_folder()
    for path in _files(folder):
        try:
            now = path.stat()
            state = (now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns)
            record = _parsed(_text_of(path, is_book, state))
            for key in _keys(record):
                if (other := places.setdefault(key, path)) != path:
                    raise ValueError(f"expected another name, recipe or seed than in {other}, found the same")
        except (OSError, ValueError, RecursionError) as error:
            warn_once(f"The record {path} is skipped: {reason(error)}")
            continue
        records.append(record)
    return records


def read_logits(record: Record, folder: Path) -> dict[str, np.ndarray]:
    """Return the stored logits of a headline model by part, float32 ``(n, 10)``.

    Raises
    ------
    OSError, ValueError
        If they cannot be read, or are not float16, finite and of the images that the record tells of.
    """
    images, path = _judged(record), path_of(record, folder).with_suffix(".npz")
    require_file(path, sum(20 * n + 2_000 for n in images.values()))
    try:
        with zipfile.ZipFile(path) as archive:
            found = sorted(archive.namelist())
            if found != sorted(f"{part}.npy" for part in images):
                raise ValueError(f"expected logits of {sorted(images)}, found {found}")
            return {part: _array_in(archive, part, n) for part, n in images.items()}
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise ValueError(f"expected an .npz file, found a damaged or another one ({error})") from None


@functools.cache
def warn_once(text: str) -> None:
    """Warn of something once in a process."""
    warnings.warn(text, stacklevel=3)


def _judged(record: Record) -> dict[str, int]:
    """The number of images in each part whose logits a headline model keeps."""
    metrics = record["metrics"]
    return {part: metrics[part]["images"] for part in ("validation", "test") if part in metrics}


def _array_in(archive: zipfile.ZipFile, part: str, n: int) -> np.ndarray:
    """Read the logits of `n` images; nothing larger is unpacked."""
    entry = archive.getinfo(f"{part}.npy")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{part}: expected zip's usual compression, found another")
    with archive.open(entry) as file:
        raw = file.read(20 * n + 1_000)
    header = HEADER.match(raw)
    if not header or int(header[1]) != n:
        raise ValueError(f"{part}: expected float16 logits of {n:,} images, found {raw[:99]!r}")
    if (found := len(raw) - header.end()) != 20 * n:
        raise ValueError(f"{part}: expected {20 * n:,} bytes, found {found:,}")
    logits = np.frombuffer(raw, "<f2", offset=header.end()).reshape(n, 10).astype(np.float32)
    if not np.isfinite(logits).all():
        raise ValueError(f"{part}: expected finite logits, found NaN or infinity")
    return logits


def _files(folder: Path) -> Iterator[Path]:
    """The files of records below `folder`; a folder that cannot be read is named."""
    for chapter in _entries(folder, but=FileNotFoundError):  # no record yet
        for name in _entries(chapter, but=NotADirectoryError):  # a file beside the folders
            yield from (path for path in _entries(name, but=NotADirectoryError) if path.match("seed-*.json"))


def _entries(folder: Path, *, but: type[OSError]) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except but:
        return []
    except OSError as error:
        warn_once(f"The records in {folder} are left out: expected a folder that can be read, found {error}")
        return []


@functools.lru_cache(maxsize=8192)
def _text_of(path: Path, is_book: bool, state: tuple[int, ...]) -> str:
    """Read and check a record once for each state of its file; ValueError says what does not fit."""
    require_file(path, LARGEST)
    text = path.read_bytes().decode("utf-8")
    record = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    if fault := _fault(record, is_book=is_book):
        raise ValueError(fault)
    place = "/".join(path.parts[-3:])
    expected = [f"{record['chapter']}/{n}/seed-{record['seed']}.json" for n in _folders(record["name"])]
    if place not in expected:
        raise ValueError(f"expected it at {expected[0]}, as chapter, name and seed say, found it at {place}")
    return text


def _parsed(text: str) -> Any:
    """Return what a JSON text holds, by the quicker parser; it does not see that a key is there twice."""
    from pydantic_core import from_json

    try:
        return from_json(text)
    except ValueError as error:
        raise ValueError(f"expected JSON, found another text ({error})") from None


def _fault(record: Any, *, is_book: bool) -> str:
    """Say what in a record does not fit; nothing where all fits."""
    from . import schema  # pydantic takes a moment, and a lesson's start needs no record

    if fault := schema.fault(record):
        return fault
    for key, expected in IN_BOOK.items() if is_book else ():
        if (found := record.get(key, expected)) != expected:
            return f"{key}: expected {expected!r} among the book's records, found {found!r}"
    return ""


def _keys(record: Record) -> Iterator[tuple[Any, ...]]:
    """What no other record may have; a learner may train one recipe under two names."""
    yield record["chapter"], record["name"], record["seed"]
    if record["mode"] == "record":
        yield record["fingerprint"], record["seed"]


def require_file(path: Path, most: int) -> None:
    """Raise ValueError unless there is a file of at most so many bytes."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise ValueError("expected a file, found a folder, a pipe or a device")
    if found.st_size > most:
        raise ValueError(f"expected at most {most:,} bytes, found {found.st_size:,}")


def reason(error: Exception) -> str:
    """What was expected and found, also where an error of Python's own tells of it."""
    if isinstance(error, UnicodeDecodeError):
        return f"expected text in UTF-8, found other bytes ({error.reason} at byte {error.start})"
    if isinstance(error, json.JSONDecodeError | RecursionError):
        return f"expected JSON, found another text ({error})"
    if isinstance(error, OSError):
        return f"expected a file that can be read, found {error}"
    return str(error)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(f"expected each key once, found {sorted(key for key, _ in pairs)}")
    return found


def _no_number(token: str) -> None:
    raise ValueError(f"expected JSON, found {token} in it")


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} {value!r}")


def _folders(name: str) -> tuple[str, str]:
    """The folders where records of a name may lie: the usual one, and that beside another of its slug."""
    return slug(name), f"{slug(name)}-{_digits(name)}"


def _digits(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:8]


def _name_in(path: Path) -> Any:
    """The name in the record at `path`; None where there is no record, or none that can be read."""
    try:
        require_file(path, LARGEST)
        return json.loads(path.read_bytes())["name"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
