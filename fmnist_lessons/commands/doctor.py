"""What `fmnist doctor` looks at, for a learner whose chapter does not run."""

import sys
from collections.abc import Callable, Iterator

from ..data.loading import asked_source, verify
from ..machine import device
from ..machine.files import cache_folder
from ..machine.modes import mode

Finding = tuple[str, str, bool]  # topic, what was found, whether it is well
MEMORY_NEEDED_GIB = 3.5


def findings() -> Iterator[Finding]:
    """Yield (topic, what was found, whether it is well), cheapest first."""
    for topic, look in _LOOKS.items():
        try:
            for line, well in look():
                yield topic, line, well
        except Exception as error:  # whatever a broken installation raises is what the learner must read
            yield topic, str(error) or repr(error), False


def _python() -> Iterator[tuple[str, bool]]:
    yield sys.version.split()[0], (3, 11) <= sys.version_info < (3, 14)


def _versions() -> Iterator[tuple[str, bool]]:
    yield ", ".join(f"{name} {v}" for name, v in device.versions().items() if name != "python"), True


def _memory() -> Iterator[tuple[str, bool]]:
    total, free = device.memory_gib()
    too_little = f"; a chapter wants {MEMORY_NEEDED_GIB} GiB" if free < MEMORY_NEEDED_GIB else ""
    yield f"{free:.1f} of {total:.1f} GiB free{too_little}", not too_little


def _settings() -> Iterator[tuple[str, bool]]:
    """The environment variables that chapters read."""
    yield f"{mode()} mode, data: {asked_source() or 'fashion-mnist'}", True


def _backend() -> Iterator[tuple[str, bool]]:
    here = device.describe()
    yield f"Keras on {here.backend}, {here.kind}: {here.device}", True


def _keras() -> Iterator[tuple[str, bool]]:
    try:
        from ..machine import backend
    except ImportError:
        yield _NOT_STARTED, False
        return
    wrong = backend.unusual_settings()
    yield wrong or ", ".join(f"{name} {value}" for name, value in backend.keras_settings().items()), not wrong


def _cache() -> Iterator[tuple[str, bool]]:
    yield str(cache_folder()), True


def _data() -> Iterator[tuple[str, bool]]:
    for file, whole, message in verify():
        yield message if file in message else f"{file}: {message}", whole


def _weights() -> Iterator[tuple[str, bool]]:
    try:
        from ..models import imagenet
    except ImportError:
        yield _NOT_STARTED, False
        return
    here = [name for name in imagenet.NETWORKS if imagenet.at_hand(name)]
    damaged = []
    for name in here:
        try:
            imagenet.weights_file(name)
        except imagenet.WeightsError as error:
            damaged.append(str(error))
    whole = ", ".join(here) or "none here yet; only chapter 07 needs some, and fetches them"
    yield "\n".join(damaged) or whole, not damaged


_NOT_STARTED = "not looked at: Keras does not start"
_LOOKS: dict[str, Callable[[], Iterator[tuple[str, bool]]]] = {
    "Python": _python,
    "Versions": _versions,
    "Memory": _memory,
    "Settings": _settings,
    "Backend": _backend,
    "Keras": _keras,
    "Cache": _cache,
    "Data": _data,
    "Weights": _weights,
}
