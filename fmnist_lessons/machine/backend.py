"""Keras, imported without the noise that its backends print when they start."""

import contextlib
import importlib.util
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

BACKENDS = ("tensorflow", "jax", "torch")


@contextlib.contextmanager
def _silent_stderr() -> Iterator[None]:
    """Send file descriptor 2 to nowhere: TensorFlow's C++ start-up writes there before its logger exists."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _choose_backend() -> None:
    """Without KERAS_BACKEND, take the first backend that is installed."""
    if os.environ.get("KERAS_BACKEND"):
        return
    installed = [name for name in BACKENDS if importlib.util.find_spec(name)]
    if not installed:
        raise ModuleNotFoundError(
            "Keras needs a backend: expected one of tensorflow, jax or torch to be installed, found none. "
            "Install TensorFlow with: pip install tensorflow"
        )
    settings = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "keras.json"
    if not settings.exists() or "tensorflow" not in installed:
        os.environ["KERAS_BACKEND"] = installed[0]


if "keras" not in sys.modules:
    _choose_backend()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # Several processes share a GPU: `fmnist run` and its kernel, the workers of the tests.
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    with _silent_stderr():
        import keras

        keras.ops.convert_to_numpy(keras.ops.zeros(1))  # starts the device, which prints too
    # Many small fits: they warn of retracing. Their import sets the level, so this comes after it.
    for noisy in ("tensorflow", "jax"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
else:
    import keras


def compile_steps(wanted: bool) -> None:
    """Have TensorFlow compile the steps of a training, or take them one operation after the other.

    Compiling pays from some dozens of steps on; quick mode takes fewer. Other backends are left as they are.
    """
    if keras.backend.backend() == "tensorflow":
        warnings.filterwarnings("ignore", message="Even though the `tf.config.experimental_run_functions")
        sys.modules["tensorflow"].config.run_functions_eagerly(not wanted)


__all__ = ["BACKENDS", "compile_steps", "keras"]
