"""What a network needs: parameters, the size of its file, and memory to predict and to train. Chapter 07."""

import json
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd

from ..machine.modes import mode

BATCH = 128
AT_ONCE = 2  # processes; starting one takes longer than measuring in it


def footprints(architectures: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Measure networks with random weights, each in a process of its own; in quick mode all in this one.

    Another process starts TensorFlow once more, and that takes longer than all the rest. Quick mode does
    without, and its numbers say nothing.

    Parameters
    ----------
    architectures : mapping of str to mapping
        Names, and arguments of `fmnist_lessons.models.build_transfer`.

    Returns
    -------
    DataFrame
        Index: the names. ``parameters``; ``file_mb``, the .keras file without an optimiser's state;
        ``predicting_mb`` and ``training_mb``, by how much the largest memory of the process (resident set)
        lies above that before the network was built, in batches of 128 images; MB of 10⁶ bytes.
        It predicts first.

    Raises
    ------
    RuntimeError
        If such a process fails; the text holds what it said.
    """
    if mode() == "quick":
        return pd.DataFrame(list(map(measure, architectures.values())), index=list(architectures))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(_measured, architectures, architectures.values())
        return pd.DataFrame(list(found), index=list(architectures))


def _measured(name: str, architecture: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `measure` finds, in a process of its own: a process keeps the memory that it once had."""
    command = [sys.executable, "-m", "fmnist_lessons.training.footprint", json.dumps(dict(architecture))]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"{name}: expected what it needs, found an error:\n{ended.stderr}")
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


def measure(architecture: Mapping[str, Any]) -> dict[str, Any]:
    """Measure one network in this process.

    Parameters
    ----------
    architecture : mapping
        Arguments of `fmnist_lessons.models.build_transfer`; the weights are random.

    Returns
    -------
    dict
        The columns of `footprints`.
    """
    from ..machine.backend import keras
    from ..machine.device import Meter
    from ..models.transfer import build_transfer
    from .fitting import keras_file_kb

    images = np.zeros((4 * BATCH, 28, 28), np.uint8)
    with Meter() as meter:
        before = meter.peak_memory_mb
        model = build_transfer(**{**architecture, "weights": False})
        model.predict(images, batch_size=BATCH, verbose=0)
        predicting = meter.peak_memory_mb - before
        file_mb = keras_file_kb(model) / 1e3
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(optimizer="adam", loss=loss)
        model.fit(images, np.zeros(len(images)), batch_size=BATCH, verbose=0)
    return {
        "parameters": model.count_params(),
        "file_mb": round(file_mb, 1),
        "predicting_mb": round(predicting),
        "training_mb": round(meter.peak_memory_mb - before),
    }


if __name__ == "__main__":
    print(json.dumps(measure(json.loads(sys.argv[1]))))
