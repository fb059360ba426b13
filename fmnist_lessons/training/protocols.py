"""What a lesson and the records ask of whatever can be recorded, and of what comes of it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

from ..data.parts import Part
from .trainable import OnStep


class Outcome(Protocol):
    """What comes of carrying out what can be recorded: a fit, or the trials of a study."""

    def facts(self, parts: Sequence[Part]) -> dict[str, Any]:
        """Return what a record keeps of it, measured on `parts`: training first, validation last."""


class Recordable(Protocol):
    """A recipe of any kind, or a study."""

    @property
    def model(self) -> str:
        """The name under which records know what is trained."""

    @property
    def validation_size(self) -> int:
        """So many of the 60,000 images are held out."""

    def but(self, **changes: Any) -> Self:
        """Return a copy with some values changed."""

    def quick(self) -> Self:
        """Return it as quick mode carries it out."""

    def decided_by(self) -> list[Callable[..., Any]]:
        """Return the code that decides its numbers."""

    def train(
        self,
        train_part: Part,
        validation_part: Part,
        *,
        seed: int,
        on_step: OnStep | None = None,
        kept: Path | None = None,
    ) -> Outcome:
        """Carry it out, or go on with what is kept under the path `kept`, and keep there what has ended."""
