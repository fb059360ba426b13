"""Records as a table: a row for each fit."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from .store import Record, unpack, unpack_errors


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
