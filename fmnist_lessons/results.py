"""The record of a fit: a JSON file for each recipe and seed, written, read, and gathered into tables."""

import ast
import base64
import dataclasses
import functools
import hashlib
import inspect
import json
import os
import re
import textwrap
import warnings
from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .files import cache_folder, write_atomically

Record = dict[str, Any]

CONFIDENCE_95 = 1.96  # standard deviations of a normal distribution
# 97.5 % quantiles of Student's t for 1, 2, … degrees of freedom: two to eleven seeds
STUDENT_T = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23)


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


def fingerprint(recipe: Any, checksums: Mapping[str, str]) -> str:
    """Return 16 hex digits that change with whatever decides a fit, but for the seed.

    That is the recipe's values (a value left at its default does not count), the source of the code that
    builds, augments and trains (comments and docstrings do not count) and the data's checksums.
    """
    decided_by = {function.__qualname__: _code(function) for function in recipe.decided_by()}
    return digest([values_of(recipe), decided_by, dict(checksums)])


def digest(content: Any) -> str:
    """Return 16 hex digits of the SHA-256 of `content`, which must be fit for JSON."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def values_of(recipe: Any) -> dict[str, Any]:
    """Return the values of a recipe, a dataclass, that are not at their defaults."""
    values = {f.name: (getattr(recipe, f.name), _default(f)) for f in dataclasses.fields(recipe)}
    return {name: value for name, (value, default) in values.items() if value != default}


def _default(f: dataclasses.Field[Any]) -> Any:
    return f.default_factory() if f.default_factory is not dataclasses.MISSING else f.default


@functools.cache  # a file that is edited while a recording runs must not change what that process records
def _code(function: Callable[..., Any]) -> str:
    """The source without comments, docstrings, blank lines and annotations of types."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return ast.unparse(tree)


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


def frame(records: Iterable[Record]) -> pd.DataFrame:
    """Return records as a table, a row for each fit.

    Accuracies are shares, ``nan`` where not measured. What rebuilds images has a mean squared error, in
    ``validation_mse``, instead of an accuracy; with noise also ``…_psnr`` (dB) and ``…_ssim``, with a class
    left out ``…_auc``; ``…_errors`` holds an error for each image. ``pretraining_seconds`` are not in
    ``seconds``. ``history`` holds a list for each quantity of an epoch.
    """
    return pd.DataFrame([_row(record) for record in records], columns=COLUMNS)


PARTS = ("train", "validation", "test")
MEASURES = ("mse", "psnr", "ssim", "auc")  # of what rebuilds images
COLUMNS = (
    "chapter",
    "name",
    "seed",
    "whose",
    "mode",
    "data_source",
    "fresh",
    "model",
    "kind",
    "train_accuracy",
    "validation_accuracy",
    "test_accuracy",
    "validation_loss",
    "test_loss",
    *(f"{part}_{measure}" for measure in MEASURES for part in PARTS),
    "epochs",
    "parameters",
    "seconds",
    "pretraining_seconds",
    "cpu_seconds",
    "peak_memory_mb",
    "microseconds_per_image",
    "file_kb",
    "device",
    "backend",
    "fingerprint",
    "validation_correct",
    "test_correct",
    "history",
    "validation_errors",
    "test_errors",
)


def _row(record: Record) -> dict[str, Any]:
    metrics = record["metrics"]
    row = {key: record.get(key) for key in COLUMNS if key in record}
    row.setdefault("whose", "book")
    row.setdefault("fresh", True)
    for part in PARTS:
        measured = metrics.get(part, {})
        row |= {f"{part}_{name}": measured.get(name, np.nan) for name in MEASURES}
        row[f"{part}_accuracy"] = measured.get("accuracy", np.nan)
        row[f"{part}_loss"] = measured.get("loss", np.nan)
        if "correct" in measured:
            row[f"{part}_correct"] = unpack(measured["correct"], measured["images"])
        if "errors" in measured:
            row[f"{part}_errors"] = unpack_errors(measured["errors"])
    row["epochs"] = len(record.get("history", {}).get("loss", [])) or np.nan
    row["seconds"] = record.get("seconds", {}).get("wall", np.nan)
    row["pretraining_seconds"] = record.get("seconds", {}).get("pretraining", np.nan)
    row["cpu_seconds"] = record.get("seconds", {}).get("cpu", np.nan)
    return {key: row.get(key) for key in COLUMNS}


def summarise(fits: pd.DataFrame, metric: str = "validation_accuracy") -> pd.DataFrame:
    """Return mean and spread over seeds for each name, in the order of first appearance.

    Parameters
    ----------
    fits : DataFrame
        From `frame`; costs of two devices are kept in rows of their own.
    metric : str
        A column of `fits`.

    Returns
    -------
    DataFrame
        Index ``name``; columns ``mean``, ``sd`` (standard deviation over seeds, ``nan`` for one seed),
        ``seeds``, ``parameters``, ``seconds`` (wall), ``cpu_seconds`` (all cores together; hardly moved by
        what else the machine does), ``device``, ``whose``. A name whose records are stale ends in
        "(stale)".

    Raises
    ------
    ValueError
        If there is no such column.
    """
    if metric not in fits:
        measured = [name for name in fits if str(name).startswith(("train_", "validation_", "test_"))]
        raise ValueError(f"metric: expected one of {measured}, found {metric!r}")
    fits = fits.assign(name=fits["name"].where(fits["fresh"].astype(bool), fits["name"] + " (stale)"))
    groups = fits.groupby(["name", "device", "whose"], sort=False, dropna=False)
    table = groups.agg(
        mean=(metric, "mean"),
        sd=(metric, "std"),
        seeds=("seed", "nunique"),
        parameters=("parameters", "first"),
        seconds=("seconds", "mean"),
        cpu_seconds=("cpu_seconds", "mean"),
    )
    table = table.reset_index(["device", "whose"])
    return table[[*table.columns[2:], "device", "whose"]]


def paired_differences(
    fits: pd.DataFrame, *, reference: str | None = None, metric: str = "validation"
) -> pd.DataFrame:
    """Return by how much each recipe differs from a reference, and whether that is more than noise.

    Fits of the same seed are compared. The margin joins two sources of chance: the seeds (Student's t on the
    paired differences) and the choice of the images (the differences image by image, averaged over seeds).

    Parameters
    ----------
    fits : DataFrame
        From `frame`.
    reference : str, optional
        The name to compare with; without it, each recipe is compared with the one before.
    metric : {"validation", "test", "validation_mse", "test_mse"}
        On which part; the accuracy, of which more is better, or the mean squared error, of which less is.

    Returns
    -------
    DataFrame
        Index ``name``; ``compared_with``; ``difference`` and ``margin`` (half of a 95 % interval) in the
        measure's own unit, accuracies as shares;
        ``verdict``: "better", "worse", "within the noise", or "one seed: not judged".

    Raises
    ------
    ValueError
        If the reference is not among the names, no recipe shares a seed with what it is compared with, or a
        fit does not have the measure.
    """
    if metric not in _COMPARED:
        raise ValueError(f"metric: expected one of {tuple(_COMPARED)}, found {metric!r}")
    names = list(dict.fromkeys(fits["name"]))
    if reference is not None and reference not in names:
        raise ValueError(f"reference: expected one of {names}, found {reference!r}")
    rows = {}
    for before, name in zip([None, *names], names, strict=False):
        other = reference or before
        if other is None or name == other:
            continue
        of = {n: fits[fits["name"] == n].drop_duplicates("seed").set_index("seed") for n in (name, other)}
        rows[name] = {"compared_with": other, **_difference(of[name], of[other], metric)}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("name")


# The measure of each fit, the same for each image, and whether more of it is better.
_COMPARED = {
    "validation": ("validation_accuracy", "validation_correct", True),
    "test": ("test_accuracy", "test_correct", True),
    "validation_mse": ("validation_mse", "validation_errors", False),
    "test_mse": ("test_mse", "test_errors", False),
}


def _difference(fits: pd.DataFrame, others: pd.DataFrame, metric: str) -> dict[str, Any]:
    seeds = fits.index.intersection(others.index)
    if seeds.empty:
        raise ValueError(
            f"expected fits of the same seeds, found {list(fits.index)} and {list(others.index)}"
        )
    measure, each, more_is_better = _COMPARED[metric]
    by_seed = (fits.loc[seeds, measure] - others.loc[seeds, measure]).astype(float)
    if by_seed.isna().any():
        raise ValueError(f"metric: expected fits that have a {measure}, found some without")
    difference = float(by_seed.mean())
    if len(seeds) < 2:
        return {"difference": difference, "margin": np.nan, "verdict": "one seed: not judged"}
    t = STUDENT_T[min(len(seeds) - 2, len(STUDENT_T) - 1)]
    from_seeds = t * float(by_seed.std()) / np.sqrt(len(seeds))
    sizes = {len(images) for table in (fits, others) for images in table.loc[seeds, each]}
    if len(sizes) > 1:
        raise ValueError(f"expected fits judged on the same images, found splits of {sorted(sizes)} images")
    by_image = np.mean([fits[each][s].astype(float) - others[each][s].astype(float) for s in seeds], axis=0)
    from_images = CONFIDENCE_95 * float(by_image.std()) / np.sqrt(len(by_image))
    margin = float(np.hypot(from_seeds, from_images))
    better = (difference > 0) == more_is_better
    verdict = "within the noise" if abs(difference) <= margin else "better" if better else "worse"
    return {"difference": difference, "margin": margin, "verdict": verdict}
