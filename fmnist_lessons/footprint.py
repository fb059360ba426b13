"""What a network needs: parameters, the size of its file, and memory to predict and to train. Chapter 07."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

BATCH = 128
AT_ONCE = 2  # processes; starting one takes longer than measuring in it
COLUMNS = ("parameters", "file_mb", "predicting_mb", "training_mb")


def footprints(architectures: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Measure networks with random weights, each in processes of its own.

    Parameters
    ----------
    architectures : mapping of str to mapping
        Names, and arguments of `fmnist_lessons.transfer.build_transfer`.

    Returns
    -------
    DataFrame
        Index: the names. ``parameters``; ``file_mb``, the .keras file without an optimiser's state;
        ``predicting_mb`` and ``training_mb``, by how much the largest memory of the process (resident set)
        lies above that before the network was built, in batches of 128 images; MB of 10⁶ bytes.

    Raises
    ------
    RuntimeError
        If such a process fails; the text holds what it said.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = {
            name: [pool.submit(_measured, name, values, doing) for doing in ("predicting", "training")]
            for name, values in architectures.items()
        }
    rows = {name: predicted.result() | trained.result() for name, (predicted, trained) in found.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(COLUMNS))


def _measured(name: str, architecture: Mapping[str, Any], doing: str) -> dict[str, Any]:
    """Return what `measure` finds, in a process of its own: a process keeps the memory that it once had."""
    command = [sys.executable, "-m", "fmnist_lessons.footprint", doing, json.dumps(dict(architecture))]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"{name}: expected its memory in {doing}, found an error:\n{ended.stderr}")
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


def measure(doing: str, architecture: Mapping[str, Any]) -> dict[str, Any]:
    """Measure one network in this process.

    Parameters
    ----------
    doing : {"predicting", "training"}
    architecture : mapping
        Arguments of `fmnist_lessons.transfer.build_transfer`; the weights are random.

    Returns
    -------
    dict
        ``<doing>_mb``; with "predicting" also ``parameters`` and ``file_mb``.
    """
    from .backend import keras
    from .machine import Meter
    from .transfer import build_transfer

    images = np.zeros((4 * BATCH, 28, 28), np.uint8)
    with Meter() as meter:
        before = meter.peak_memory_mb
        model = build_transfer(**{**architecture, "weights": False})
        if doing == "training":
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            model.compile(optimizer="adam", loss=loss)
            model.fit(images, np.zeros(len(images)), batch_size=BATCH, verbose=0)
        else:
            model.predict(images, batch_size=BATCH, verbose=0)
    measured = {f"{doing}_mb": round(meter.peak_memory_mb - before)}
    if doing == "training":
        return measured
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        size = path.stat().st_size / 1e6
    return {**measured, "parameters": model.count_params(), "file_mb": round(size, 1)}


def main(arguments: Iterable[str]) -> None:
    """Print as JSON what `measure` finds for what the command line asks."""
    doing, architecture = arguments
    print(json.dumps(measure(doing, json.loads(architecture))))


if __name__ == "__main__":
    main(sys.argv[1:])
