"""What every recipe can do: be changed, cut short, carried out, and taken up again."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from ..data.expected import checked_seed, with_changes
from ..data.expected_arrays import checked_training_part
from ..data.parts import Part
from ..machine import sealed

if TYPE_CHECKING:
    from .trained import Trained

SUFFIX = ".fit"  # of a kept fit's file
OnStep = Callable[[int, int], None]  # the steps done, and the steps in all


class Trainable(ABC):
    """A recipe of any kind: values that decide a fit, but for the seed.

    A subclass is a frozen dataclass. It names the class of its fits in `fits`, and has a `model` and a
    `validation_size`.
    """

    fits: ClassVar[type[Trained]]

    if TYPE_CHECKING:  # a field of most subclasses

        @property
        def model(self) -> str:
            """The name under which records know what is trained."""

        @property
        def validation_size(self) -> int:
            """So many of the 60,000 images are held out."""

    @abstractmethod
    def carry_out(
        self, train_part: Part, validation_part: Part, *, seed: int, on_step: OnStep | None = None
    ) -> Trained:
        """Train, whatever is kept; the arguments are those of `train`."""

    @abstractmethod
    def decided_by(self) -> list[Callable[..., Any]]:
        """Return the code that decides the fit's numbers: its source enters the fingerprint of a record."""

    def but(self, **changes: Any) -> Self:
        """Return a copy with some values changed: ``plain.but(epochs=20)``."""
        return cast(Self, with_changes(self, changes))

    @abstractmethod
    def one_epoch(self) -> Self:
        """Return the recipe cut to one epoch, by which its memory is measured."""

    def quick(self) -> Self:
        """Return the recipe as quick mode trains it."""
        return self.one_epoch()

    def train(
        self,
        train_part: Part,
        validation_part: Part,
        *,
        seed: int,
        on_step: OnStep | None = None,
        kept: Path | None = None,
    ) -> Trained:
        """Carry the recipe out.

        Parameters
        ----------
        train_part, validation_part : Part
            Images uint8 ``(n, 28, 28)``, labels uint8 ``(n,)``.
        seed : int
            Decides whatever is drawn.
        on_step : callable, optional
            Called with the steps done and the steps in all.
        kept : Path, optional
            Where the fit is kept once it has ended; one that is kept there already is taken up instead. The
            path has no suffix.

        Raises
        ------
        ValueError
            For parts whose images or labels are not what a recipe takes, and for what is no seed.
        RuntimeError
            If Keras is set to half precision throughout, or to another order of axes.
        """
        checked_training_part(train_part, "train_part")
        checked_training_part(validation_part, "validation_part")
        checked_seed(seed)
        if kept and (fit := self._taken_up(kept.with_suffix(SUFFIX))):
            return fit
        fit = self.carry_out(train_part, validation_part, seed=seed, on_step=on_step)
        if kept:
            _keep(fit, kept.with_suffix(SUFFIX))
        return fit

    def _taken_up(self, file: Path) -> Trained | None:
        try:
            return self.fits.taken_up(self, *sealed.read(file))
        except OSError:  # there is none, or none that can be read
            return None
        except (KeyError, TypeError, ValueError) as error:
            what = f"{file}: expected a fit that was kept, found another thing ({error})"
            warnings.warn(f"{what}. It is trained anew.", sealed.DamagedWarning, stacklevel=3)
            return None


def _keep(fit: Trained, file: Path) -> None:
    try:
        sealed.write(file, *fit.kept())
    except (OSError, ValueError) as error:
        what = f"{file}: expected to keep the fit until it is asked for again, found {error}"
        warnings.warn(f"{what}. It will be trained once more then.", stacklevel=3)
