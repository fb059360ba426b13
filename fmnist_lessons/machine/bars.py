"""Progress bars, and seconds in words."""

import contextlib
import os
from collections.abc import Callable, Iterator

from tqdm.auto import tqdm as tqdm


def shows_bars() -> bool:
    """Return whether bars are wanted; ``FMNIST_PROGRESS=0`` keeps them out of stored notebooks."""
    return os.environ.get("FMNIST_PROGRESS", "1") != "0"


@contextlib.contextmanager
def bar(title: str, *, expected: tuple[float, str] | None = None) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on stderr, and yield ``on_step(done, total)`` that moves it."""
    about = f", about {in_words(expected[0])}" if expected else ""
    with tqdm(desc=title + about, unit="step", leave=False, disable=not shows_bars()) as shown:

        def on_step(done: int, total: int) -> None:
            shown.total = total
            shown.update(done - shown.n)

        yield on_step


def in_words(seconds: float) -> str:
    """Return seconds as a reader says them: "14 s", "2 min"."""
    if seconds < 10:
        return f"{max(seconds, 0.1):.1g} s"
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
