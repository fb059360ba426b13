"""A progress bar beside a fit in plain Keras."""

import contextlib
import time
from typing import Any

from ..machine.bars import bar
from ..records.timings import fit_time, note_fit, say_expected
from ..training.fitting import StepReporter


class ProgressBar(StepReporter):
    """For a fit in plain Keras: prints the expected time, shows a bar, and reports the seconds it took."""

    def __init__(self, title: str, *, chapter: str) -> None:
        super().__init__(lambda done, total: None)
        self._title, self._chapter = title, chapter

    def on_train_begin(self, logs: Any = None) -> None:
        """Print what to expect, and open the bar."""
        say_expected(self._title, fit_time(self._chapter, self._title))
        self._stack = contextlib.ExitStack()
        self._on_step = self._stack.enter_context(bar(self._title))
        self._start = time.perf_counter()

    def on_train_end(self, logs: Any = None) -> None:
        """Close the bar."""
        self._stack.close()
        note_fit(self._title, time.perf_counter() - self._start)
