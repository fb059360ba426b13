"""Records as a table: a row for each fit."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from ..evaluation.comparing import summarise
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


def scoreboard(records: Iterable[Record]) -> pd.DataFrame:
    """Return the cumulative table of classifiers that met the test set.

    Returns
    -------
    DataFrame
        A row for each name and device: mean test accuracy ± standard deviation over seeds, parameters, and
        what a training cost: seconds, CPU seconds, MB of memory of a process that does nothing else.
    """
    fits = frame(records)
    if fits.empty:
        return pd.DataFrame(columns=list(_SCOREBOARD.values()))
    table = summarise(fits, "test_accuracy")
    spread = [_mean_and_spread(m, s) for m, s in zip(table["mean"], table["sd"], strict=True)]
    memory = summarise(fits, "peak_memory_mb")["mean"].round()
    table = table.assign(accuracy=spread, memory=memory.to_numpy()).round({"seconds": 1, "cpu_seconds": 1})
    return table[list(_SCOREBOARD)].rename(columns=_SCOREBOARD).rename_axis("model")


_SCOREBOARD = {
    "accuracy": "test accuracy",
    "seeds": "seeds",
    "parameters": "parameters",
    "seconds": "seconds",
    "cpu_seconds": "CPU seconds",
    "memory": "memory, MB",
    "device": "device",
}


def _mean_and_spread(mean: float, sd: float) -> str:
    return f"{100 * mean:.2f} ± {100 * sd:.2f} %" if np.isfinite(sd) else f"{100 * mean:.2f} % (one seed)"
