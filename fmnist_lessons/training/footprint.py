"""What a network needs: parameters, the size of its file, and memory to predict and to train. Chapter 07."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..machine.modes import mode
from ..machine.processes import each_in_its_own_process

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
        If such a process dies, as one does that the system ends for lack of memory.
    """
    if mode() == "quick":
        return pd.DataFrame(list(map(measure, architectures.values())), index=list(architectures))
    found = each_in_its_own_process(measure, architectures.values(), at_once=AT_ONCE)
    return pd.DataFrame(found, index=list(architectures))


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
