"""A study while it runs: in this process, kept in a file, stopped and taken up again with nothing lost."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, TypeVar, runtime_checkable

import optuna

from ..data.expected import checked_count, checked_number
from ..data.parts import Part
from ..machine.bars import shows_bars, tqdm
from .choosing import end_of, sampler_of, suggest
from .database import COMPLETE, DONE, PRUNED, RUNNING, as_optuna, opened, told

if TYPE_CHECKING:
    from .study import Study

Row = dict[str, Any]
T = TypeVar("T")


class Steps(Protocol):
    """A training that is asked for one epoch at a time, and may be left at any of them."""

    def advance(self) -> float:
        """Train for an epoch; return the accuracy on the validation images after it."""


@runtime_checkable
class ByEpoch(Protocol):
    """A recipe that trains epoch by epoch, and so can be the base of a study."""

    by_epoch: ClassVar[Callable[..., Steps]]
    model: str
    architecture: Mapping[str, Any]
    epochs: int
    validation_size: int
    patience: int

    def but(self, **changes: Any) -> Self: ...
    def quick(self) -> Self: ...
    def decided_by(self) -> list[Callable[..., Any]]: ...


@dataclass
class Trial:
    """One point of a study: what is trained, and its validation accuracy after each epoch so far."""

    number: int
    seed: int
    recipe: ByEpoch
    scores: list[float] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class Searched:
    """A study that was run, and its trials that have ended, as `run` returns them."""

    study: Study
    rows: list[Row]

    def facts(self, parts: Sequence[Part]) -> dict[str, Any]:
        """Return what a record keeps of it; `parts` are not looked at again."""
        finished = [row["scores"][-1] for row in self.rows if not row["pruned"]]
        return {
            "kind": "study",
            "metrics": {"validation": {"accuracy": max(finished)}} if finished else {},  # of the best trial
            "epochs": sum(len(row["scores"]) for row in self.rows),
            "seconds": {"wall": round(sum(row["seconds"] for row in self.rows), 2)},
            "trials": self.rows,
        }


class Search(contextlib.AbstractContextManager["Search"]):
    """A study while it runs: hands out trials and keeps what they report, in a file that survives a crash.

    Whoever trains the trials, in this process or elsewhere, calls `next` and `report`.

    Parameters
    ----------
    study : Study
    file : Path, optional
        An SQLite database, made if need be. One that holds trials of this study is gone on with: what is
        finished stays, what was under way begins again under its number. Without it nothing is kept.
    on_trial : callable, optional
        Called with the row of each trial that has ended.

    Raises
    ------
    RuntimeError
        If the file is damaged or belongs to another study, or another process runs this one.
    OSError
        If the file cannot be made, read or written. If that happens later, the study goes on in memory, with
        a warning.
    """

    def __init__(
        self, study: Study, file: Path | str | None = None, *, on_trial: Callable[[Row], None] | None = None
    ) -> None:
        _require(study, file, on_trial)
        self.study, self._on_trial = study, on_trial
        self._file = None if file is None else Path(file)
        self._open: dict[int, optuna.Trial] = {}
        self._known: list[optuna.trial.FrozenTrial] = []
        self._space = json.loads(json.dumps(dict(study.space)))  # as the file keeps it: no tuples
        optuna.logging.set_verbosity(optuna.logging.ERROR)  # a damaged file is told here
        with contextlib.ExitStack() as stack:
            self._optuna = stack.enter_context(opened(study, self._file)) if self._file else as_optuna(study)
            self._bar = stack.enter_context(
                tqdm(desc=study.name, total=study.trials, unit="trial", leave=False, disable=not shows_bars())
            )
            self._bar.update(len(self.rows()))
            self._stack = stack.pop_all()

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def next(self) -> Trial | None:
        """Return the trial to train next; None once all are given out."""
        return self._kept(self._next)

    def _next(self) -> Trial | None:
        trials = self._optuna.get_trials(deepcopy=False)
        begun = [t.number for t in trials if t.state == RUNNING and t.number not in self._open]
        if not begun and self._is_given_out(trials):
            return None
        number = begun[0] if begun else len(trials)
        self._optuna.sampler = sampler_of(self.study, number)
        asked = self._begun(number) if begun else self._optuna.ask()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # Optuna would rather not choose among lists
            chosen = {name: suggest(asked, name, allowed) for name, allowed in self._space.items()}
        self._open[number] = asked
        self._look()
        return Trial(number, self.study.trial_seed(number), self.study.recipe_for(chosen))

    def _begun(self, number: int) -> optuna.Trial:
        return optuna.Trial(self._optuna, self._optuna.get_trials(deepcopy=False)[number]._trial_id)

    def _is_given_out(self, trials: list[optuna.trial.FrozenTrial]) -> bool:
        used = sum(len(trial.intermediate_values) for trial in trials)
        return len(trials) >= self.study.trials or 0 < self.study.budget <= used

    def report(self, trial: Trial, score: float, seconds: float) -> bool:
        """Keep a trial's validation accuracy after another epoch; return whether the trial is over."""
        checked_number(score, "score")
        trial.scores.append(score)
        trial.seconds += seconds
        epochs = self.study.recipe.epochs
        state = self._kept(lambda: end_of(self._open[trial.number], trial.scores, epochs))
        if state is None:
            return False
        self._kept(lambda: self._end(trial, state))
        self._look()
        del self._open[trial.number]
        self._bar.update()
        if self._on_trial:
            self._on_trial(next(row for row in self.rows() if row["number"] == trial.number))
        return True

    def _end(self, trial: Trial, state: optuna.trial.TrialState) -> None:
        asked = self._open[trial.number]
        asked.set_user_attr("scores", trial.scores)
        asked.set_user_attr("seconds", round(trial.seconds, 2))
        self._optuna.tell(asked, trial.scores[-1] if state == COMPLETE else None, state=state)

    def _kept(self, step: Callable[[], T]) -> T:
        """Take a step that the file keeps; where the file takes no more, say so and go on in memory."""
        try:
            return step()
        except optuna.exceptions.StorageInternalError as error:
            assert self._file
            warnings.warn(
                f"{told(self._file, error)}; the study goes on, but what ends from now on is in memory alone",
                stacklevel=4,
            )
            self._look()
            self._optuna = as_optuna(self.study)
            self._optuna.add_trials(self._known)
            self._open = {number: self._begun(number) for number in self._open}
            return step()

    def _look(self) -> None:
        """Remember the trials, for when the file can be read no more."""
        with contextlib.suppress(optuna.exceptions.StorageInternalError):
            self._known = self._optuna.get_trials(deepcopy=False)

    def rows(self) -> list[Row]:
        """Return the trials that have ended, by number, as a record keeps them."""
        return [
            {
                "number": trial.number,
                "seed": self.study.trial_seed(trial.number),
                "values": dict(trial.params),
                "scores": [round(score, 5) for score in trial.user_attrs["scores"]],
                "pruned": trial.state == PRUNED,
                "seconds": trial.user_attrs["seconds"],
            }
            for trial in self._kept(lambda: self._optuna.get_trials(deepcopy=False, states=DONE))
        ]


def run(
    study: Study,
    train_part: Part,
    validation_part: Part,
    *,
    file: Path | str | None = None,
    at_most: int | None = None,
    on_trial: Callable[[Row], None] | None = None,
) -> list[Row]:
    """Run a study in this process, one trial after the other, with a progress bar.

    Parameters
    ----------
    study : Study
    train_part, validation_part : Part
        Images uint8 ``(n, 28, 28)``, labels uint8 ``(n,)``.
    file : Path, optional
        Where trials are kept, see `Search`. Stopped in any way, the same call goes on where it was.
    at_most : int, optional
        Stop after so many trials.
    on_trial : callable, optional
        Called with the row of each trial that has ended.

    Returns
    -------
    list of dict
        Of each trial that has ended: ``number``, ``seed``, ``values``, ``scores`` (validation accuracy after
        each epoch), ``pruned``, ``seconds``.
    """
    if at_most is not None:
        checked_count(at_most, "at_most")
    with Search(study, file, on_trial=on_trial) as search:
        for _ in itertools.count() if at_most is None else range(at_most):
            if (trial := search.next()) is None:
                break
            begin = time.perf_counter()
            steps = trial.recipe.by_epoch(trial.recipe, train_part, validation_part, seed=trial.seed)
            is_over = False
            while not is_over:
                score = steps.advance()
                begin, took = time.perf_counter(), time.perf_counter() - begin
                is_over = search.report(trial, score, took)
        return search.rows()


def ended(study: Study, file: Path) -> int:
    """Return how many trials of a study have ended, of those that a file keeps."""
    if not file.exists():
        return 0
    with Search(study, file) as search:
        return len(search.rows())


def _require(study: Any, file: Any, on_trial: Any) -> None:
    """Refuse arguments of another kind."""
    is_path = isinstance(file, str | os.PathLike) and str(file) and "\0" not in str(file)
    for name, value, expected, is_right in (
        ("study", study, "a Study", isinstance(getattr(study, "space", None), Mapping)),
        ("file", file, "a path, or None", file is None or is_path),
        ("on_trial", on_trial, "a function of a row, or None", on_trial is None or callable(on_trial)),
    ):
        if not is_right:
            raise TypeError(f"{name}: expected {expected}, found {value!r}")
