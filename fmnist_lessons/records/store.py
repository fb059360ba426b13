"""The record of a fit: a JSON file for each recipe and seed, written, read, and gathered into tables."""

import base64
import functools
import json
import os
import re
import warnings
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from ..machine.files import cache_folder, write_atomically

Record = dict[str, Any]


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


def pack(correct: np.ndarray) -> str:
    """Return a boolean array ``(n,)`` as text, eight values a byte."""
    return base64.b64encode(np.packbits(correct).tobytes()).decode()


def unpack(text: str, n: int) -> np.ndarray:
    """Return the boolean array ``(n,)`` that `pack` made into text."""
    return np.unpackbits(np.frombuffer(base64.b64decode(text), np.uint8), count=n).astype(bool)


def pack_errors(errors: np.ndarray) -> str:
    """Return errors ``(n,)`` as text, two bytes (float16) a value."""
    return base64.b64encode(errors.astype("<f2").tobytes()).decode()


def unpack_errors(text: str) -> np.ndarray:
    """Return the errors, float64 ``(n,)``, that `pack_errors` made into text."""
    return np.frombuffer(base64.b64decode(text), "<f2").astype(np.float64)


def slug(name: str) -> str:
    """Return a name as part of a path: ``"+ one-pixel shifts"`` becomes ``"one-pixel-shifts"``."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "unnamed"


def path_of(record: Record, folder: Path) -> Path:
    """Return where a record belongs: ``<folder>/<chapter>/<name>/seed-<n>.json``."""
    return folder / str(record["chapter"]) / slug(record["name"]) / f"seed-{record['seed']}.json"


def write(record: Record, folder: Path, *, logits: Mapping[str, np.ndarray] | None = None) -> Path:
    """Write a record, and beside it the logits of a headline model; each file is moved into place whole.

    Parameters
    ----------
    record : dict
    folder : Path
    logits : mapping of str to ndarray (n, 10), optional
        Kept as float16 in ``seed-<n>.npz``, less each row's largest: no probability changes by that, and
        float16 is finest near 0.

    Returns
    -------
    Path
        Of the JSON file.
    """
    path = path_of(record, folder)
    if logits is not None:
        halves: dict[str, Any] = {
            part: (z - z.max(axis=1, keepdims=True)).astype(np.float16) for part, z in logits.items()
        }
        write_atomically(path.with_suffix(".npz"), functools.partial(np.savez_compressed, **halves))
    write_atomically(path, (json.dumps(record, indent=1) + "\n").encode())
    return path


def seconds_in_all(record: Record) -> float:
    """Return the seconds of a fit with whatever had to go before it."""
    return float(sum(seconds for name, seconds in record["seconds"].items() if name != "cpu"))


def read(folder: Path) -> list[Record]:
    """Return all records below `folder`, in the order of paths; an unreadable one is named and skipped."""
    records = []
    for path in sorted(folder.glob("*/*/seed-*.json")):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            missing = {"chapter", "name", "seed", "fingerprint", "metrics"} - set(record)
            if missing:
                raise ValueError(f"expected the keys {sorted(missing)}, found none of them")
        except (OSError, ValueError, TypeError) as error:
            place = path.relative_to(folder)
            warnings.warn(f"The record {place} is skipped, it cannot be read: {error}", stacklevel=2)
            continue
        records.append(record)
    return records


def read_logits(record: Record, folder: Path) -> dict[str, np.ndarray]:
    """Return the stored logits of a headline model by part, float32 ``(n, 10)``."""
    with np.load(path_of(record, folder).with_suffix(".npz")) as stored:
        return {part: stored[part].astype(np.float32) for part in stored.files}
