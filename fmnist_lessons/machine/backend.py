"""Keras, imported without the noise that its backends print when they start."""

import contextlib
import importlib.util
import json
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .files import full_path, kind_of

BACKENDS = ("tensorflow", "jax", "torch")
# Keras's settings for all models, as the course needs them: each decides a fit, though no recipe names it.
_USUAL = {
    "floatx": "float32",
    "dtype_policy": "float32",
    "image_data_format": "channels_last",
    "epsilon": "1e-07",
    "max_epochs": "None",
    "max_steps_per_epoch": "None",
}


_ANEW = "Delete the file, perhaps left by another course: Keras writes a new one."


class BackendError(ImportError):
    """Keras cannot start as it was asked to; the message says who asked, and for what."""


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


def _settings_path() -> Path:
    """Return where Keras looks for its settings; without a home that can be written, that is in /tmp."""
    if asked := os.environ.get("KERAS_HOME"):
        return full_path(asked, "KERAS_HOME") / "keras.json"
    with contextlib.suppress(RuntimeError):  # no home at all
        if os.access(Path.home(), os.W_OK):
            return Path.home() / ".keras" / "keras.json"
    return Path("/tmp/.keras/keras.json")


def _settings() -> dict[str, Any]:
    """Return what Keras's settings file says; refuse one that stops Keras. It passes over what is no JSON."""
    file = _settings_path()
    if not file.exists():
        return {}
    try:
        found = json.loads(file.read_bytes()) if file.is_file() else f"no file, but {kind_of(file)}"
    except ValueError:  # or another process is writing it
        return {}
    except (OSError, RecursionError) as error:
        found = f"{type(error).__name__}: {error}"
    if not isinstance(found, dict):
        raise BackendError(f"{file}: expected Keras's settings in JSON, found {found!r:.99}. {_ANEW}")
    return found


def _choose_backend() -> None:
    """Without a choice in KERAS_BACKEND or in Keras's settings, take the first backend that is installed."""
    installed = [name for name in BACKENDS if importlib.util.find_spec(name)]
    if not installed:
        raise BackendError(
            "Keras needs a backend: expected one of tensorflow, jax or torch to be installed, found none. "
            "Install TensorFlow with: pip install tensorflow"
        )
    written = _settings().get("backend", "tensorflow")  # Keras writes that of its own accord
    if asked := os.environ.get("KERAS_BACKEND"):
        where, remedy = "KERAS_BACKEND", "Change or unset it."
    else:
        asked = installed[0] if written == "tensorflow" else written
        where, remedy = f'{_settings_path()}, "backend"', _ANEW
    if asked in installed:
        os.environ["KERAS_BACKEND"] = asked
    else:
        known = f" You can install it: pip install {asked}" if asked in BACKENDS else ""
        raise BackendError(
            f"{where}: expected {' or '.join(installed)}, found {asked!r:.60}. {remedy}{known}"
        )


if "keras" not in sys.modules:
    _choose_backend()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # Several processes share a GPU: `fmnist run` and its kernel, the workers of the tests.
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    try:
        with _silent_stderr():
            import keras

            keras.ops.convert_to_numpy(keras.ops.zeros(1))  # starts the device, which prints too
    except Exception as error:  # whatever a broken installation or setting raises
        raise BackendError(
            f"Keras does not start: {type(error).__name__}: {error} "
            f"(its settings are those in {_settings_path()}, and in variables KERAS_…)"
        ) from error
    # Many small fits: they warn of retracing. Their import sets the level, so this comes after it.
    for noisy in ("tensorflow", "jax"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
else:
    import keras


def keras_settings() -> dict[str, str]:
    """Return the backend, and Keras's settings for all models, each of which decides a fit.

    Returns
    -------
    dict
        Of text: ``backend``, ``floatx``, ``dtype_policy``, ``image_data_format``, ``epsilon`` and, where this
        version of Keras knows them, ``max_epochs`` and ``max_steps_per_epoch``.
    """
    known = {name: getattr(keras.config, name, None) for name in ("backend", *_USUAL)}
    found = {name: ask() for name, ask in known.items() if ask}
    return {name: str(getattr(value, "name", value)) for name, value in found.items()}


def unusual_settings() -> str:
    """Return which of Keras's settings are not as the course needs them, and the remedy; "" if all are."""
    found = keras_settings()
    wrong = [f"{n} {v}, found {found[n]}" for n, v in _USUAL.items() if found.get(n, v) != v]
    if not wrong:
        return ""
    return (
        f"Keras's settings: expected {'; '.join(wrong)}. They would change what a recipe gives: start anew "
        f"without calls of keras.config.set_…, without variables KERAS_MAX_…, and without {_settings_path()}."
    )


def require_usual_axes() -> None:
    """Raise RuntimeError where Keras has the channels first, or other numbers than of 32 bits."""
    if keras.config.floatx() != "float32" or keras.config.image_data_format() != "channels_last":
        raise RuntimeError(unusual_settings())


def compile_steps(wanted: bool) -> None:
    """Have TensorFlow compile the steps of a training, or take them one operation after the other.

    Compiling pays from some dozens of steps on; quick mode takes fewer. Other backends are left as they are.
    """
    if keras.backend.backend() == "tensorflow":
        warnings.filterwarnings("ignore", message="Even though the `tf.config.experimental_run_functions")
        sys.modules["tensorflow"].config.run_functions_eagerly(not wanted)


__all__ = ["BACKENDS", "BackendError", "compile_steps", "keras", "keras_settings", "unusual_settings"]
