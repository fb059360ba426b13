"""What this machine is: device, backend, versions, memory."""

import os
import platform
import re
import sys
import threading
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import TracebackType

import psutil

PACKAGES = ("keras", "tensorflow", "jax", "torch", "numpy", "pandas", "scikit-learn", "optuna")


def versions() -> dict[str, str]:
    """Return the versions of Python, this library and the packages that decide a fit, where installed."""
    found = {"python": platform.python_version()}
    for package in ("fmnist-lessons", *PACKAGES):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def processor() -> str:
    """Return the processor's name and the cores this process may use: ``"AMD EPYC, 2 cores"``."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        match = re.search(r"model name\s*:\s*(.+)", cpuinfo.read_text(errors="replace"))
        name = match[1].strip() if match else name
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{name}, {cores} core{'' if cores == 1 else 's'}"


def memory_gib() -> tuple[float, float]:
    """Return the machine's memory and what is free of it, in GiB."""
    memory = psutil.virtual_memory()
    return memory.total / 2**30, memory.available / 2**30


def accelerators() -> list[str]:
    """Return the names of the GPUs and TPUs that the Keras backend sees; starts the backend."""
    from .backend import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        tensorflow = sys.modules["tensorflow"]
        gpus = tensorflow.config.list_physical_devices("GPU")
        return [tensorflow.config.experimental.get_device_details(g).get("device_name", g.name) for g in gpus]
    if backend == "jax":
        return [d.device_kind for d in sys.modules["jax"].devices() if d.platform != "cpu"]
    if backend == "torch":
        cuda = sys.modules["torch"].cuda
        return [cuda.get_device_name(number) for number in range(cuda.device_count())]
    return []


@dataclass(frozen=True)
class Machine:
    """Where a fit ran: `device` in words, ``"GPU"`` or ``"CPU"`` as `kind`, the Keras `backend`."""

    device: str
    kind: str
    backend: str


def describe(*, uses_keras: bool = True) -> Machine:
    """Return the machine as records name it; with `uses_keras` the backend is started to ask for a GPU."""
    if not uses_keras:
        return Machine(processor(), "CPU", "none")
    from .backend import keras

    gpus = accelerators()
    device = gpus[0] if gpus else processor()
    return Machine(device, "GPU" if gpus else "CPU", str(keras.backend.backend()))


class Meter:
    """Measure a block: ``wall`` and ``cpu`` seconds, and ``peak_memory_mb``, sampled twenty times a second.

    The memory is that of the whole process (resident set, in MB of 10⁶ bytes), libraries included.
    """

    def __enter__(self) -> "Meter":
        self._process, self._done = psutil.Process(), threading.Event()
        self.peak_memory_mb = self._memory()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wall, self.cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        self._done.set()
        self._sampler.join()

    def _memory(self) -> float:
        return float(self._process.memory_info().rss / 1e6)

    def _sample(self) -> None:
        while not self._done.wait(0.05):
            self.peak_memory_mb = max(self.peak_memory_mb, self._memory())
