"""What `fmnist doctor` looks at, for a learner whose chapter does not run."""

import sys
from collections.abc import Iterator

from ..data.idx_files import DataError
from ..data.loading import asked_source, verify
from ..machine import device
from ..machine.files import cache_folder
from ..machine.modes import mode

Finding = tuple[str, str, bool]  # topic, what was found, whether it is well
MEMORY_NEEDED_GIB = 3.5


def findings() -> Iterator[Finding]:
    """Yield (topic, what was found, whether it is well), cheapest first."""
    yield "Python", sys.version.split()[0], sys.version_info >= (3, 11)
    versions = device.versions()
    yield "Versions", ", ".join(f"{name} {v}" for name, v in versions.items() if name != "python"), True
    total, free = device.memory_gib()
    too_little = f"; a chapter wants {MEMORY_NEEDED_GIB} GiB" if free < MEMORY_NEEDED_GIB else ""
    yield "Memory", f"{free:.1f} of {total:.1f} GiB free{too_little}", not too_little
    yield _settings()
    yield _backend()
    yield from _data()
    yield _weights()


def _settings() -> Finding:
    """The environment variables that chapters read."""
    try:
        source = asked_source(None)
        return "Settings", f"{mode()} mode, data: {source or 'fashion-mnist'}", True
    except (ValueError, DataError) as error:
        return "Settings", str(error), False


def _backend() -> Finding:
    try:
        here = device.describe()
    except Exception as error:  # whatever a broken installation raises is what the learner must read
        return "Backend", f"Keras does not start: {type(error).__name__}: {error}", False
    return "Backend", f"Keras on {here.backend}, {here.kind}: {here.device}", True


def _data() -> Iterator[Finding]:
    yield "Cache", str(cache_folder()), True
    for file, whole, message in verify():
        yield "Data", message if file in message else f"{file}: {message}", whole


def _weights() -> Finding:
    try:
        from ..models import imagenet
    except Exception:  # imagenet needs Keras, and what a broken one raises stands under "Backend"
        return "Weights", "not looked at: Keras does not start", False
    here = [name for name in imagenet.NETWORKS if imagenet.at_hand(name)]
    damaged = []
    for name in here:
        try:
            imagenet.weights_file(name)
        except imagenet.WeightsError as error:
            damaged.append(str(error))
    if damaged:
        return "Weights", "\n".join(damaged), False
    return "Weights", ", ".join(here) or "none here yet; only chapter 07 needs some, and fetches them", True
