"""A study while it runs: in this process, kept in a file, stopped and taken up again with nothing lost."""

import contextlib
import itertools
import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import optuna

from ..data.parts import Part
from ..machine.bars import shows_bars, tqdm
from ..training.fingerprints import values_of
from .study import Study, end_of, pruner_of, sampler_of, suggest

Row = dict[str, Any]
SQLITE = b"SQLite format 3\0"  # how every such file begins
DONE = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)


@dataclass
class Trial:
    """One point of a study: what is trained, and its validation accuracy after each epoch so far."""

    number: int
    seed: int
    recipe: Any
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
        If the file belongs to another study, or another process runs this one.
    """

    def __init__(
        self, study: Study, file: Path | str | None = None, *, on_trial: Callable[[Row], None] | None = None
    ) -> None:
        self.study, self._on_trial = study, on_trial
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._stack = contextlib.ExitStack()
        if file is not None:
            file = Path(file)
            file.parent.mkdir(parents=True, exist_ok=True)
            _require_database(file)
            self._stack.enter_context(_only_one(file))
        url = None if file is None else f"sqlite:///{file}"
        self._optuna = optuna.create_study(
            storage=url,
            study_name="study",
            direction="maximize",
            pruner=pruner_of(study),
            load_if_exists=True,
        )
        self._require_own(file)
        running = self._optuna.get_trials(deepcopy=False, states=[optuna.trial.TrialState.RUNNING])
        self._interrupted = [(trial.number, trial._trial_id) for trial in running]
        self._open: dict[int, optuna.Trial] = {}
        self._bar = self._stack.enter_context(
            tqdm(desc=study.name, total=study.trials, unit="trial", leave=False, disable=not shows_bars())
        )
        self._bar.update(len(self.rows()))

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _require_own(self, file: Path | str | None) -> None:
        described = json.loads(json.dumps(values_of(self.study)))
        found = self._optuna.user_attrs.setdefault("study", described)
        if found != described:
            self._stack.close()
            expected, other = (
                {name: one[name] for name in one if one[name] != two.get(name)}
                for one, two in ((described, found), (found, described))
            )
            raise RuntimeError(
                f"{file}: expected the trials of a study with {expected}, found those of one with {other}: "
                "take another file"
            )
        self._optuna.set_user_attr("study", described)

    def next(self) -> Trial | None:
        """Return the trial to train next; None once all are given out."""
        if self._interrupted:
            number, identity = self._interrupted.pop(0)
            self._optuna.sampler = sampler_of(self.study, number)
            asked = optuna.Trial(self._optuna, identity)
        elif self._is_given_out():
            return None
        else:
            number = len(self._optuna.get_trials(deepcopy=False))
            self._optuna.sampler = sampler_of(self.study, number)
            asked = self._optuna.ask()
        chosen = {name: suggest(asked, name, allowed) for name, allowed in self.study.space.items()}
        self._open[asked.number] = asked
        return Trial(asked.number, self.study.trial_seed(asked.number), self.study.recipe_for(chosen))

    def _is_given_out(self) -> bool:
        trials = self._optuna.get_trials(deepcopy=False)
        used = sum(len(trial.intermediate_values) for trial in trials)
        return len(trials) >= self.study.trials or 0 < self.study.budget <= used

    def report(self, trial: Trial, score: float, seconds: float) -> bool:
        """Keep a trial's validation accuracy after another epoch; return whether the trial is over."""
        asked = self._open[trial.number]
        trial.scores.append(score)
        trial.seconds += seconds
        state = end_of(asked, trial.scores, self.study.recipe.epochs)
        if state is None:
            return False
        asked.set_user_attr("scores", trial.scores)
        asked.set_user_attr("seconds", round(trial.seconds, 2))
        is_complete = state == optuna.trial.TrialState.COMPLETE
        self._optuna.tell(asked, score if is_complete else None, state=state)
        del self._open[trial.number]
        self._bar.update()
        if self._on_trial:
            self._on_trial(next(row for row in self.rows() if row["number"] == trial.number))
        return True

    def rows(self) -> list[Row]:
        """Return the trials that have ended, by number, as a record keeps them."""
        return [
            {
                "number": trial.number,
                "seed": self.study.trial_seed(trial.number),
                "values": dict(trial.params),
                "scores": [round(score, 5) for score in trial.user_attrs["scores"]],
                "pruned": trial.state == optuna.trial.TrialState.PRUNED,
                "seconds": trial.user_attrs["seconds"],
            }
            for trial in self._optuna.get_trials(deepcopy=False, states=DONE)
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


def _require_database(file: Path) -> None:
    """Refuse a file that is something else, before anything is written into it."""
    if not file.exists():
        return
    with file.open("rb") as opened:
        start = opened.read(len(SQLITE))
    if start not in (b"", SQLITE):
        raise RuntimeError(f"{file}: expected an SQLite database with trials, found a file of another kind")


@contextlib.contextmanager
def _only_one(file: Path) -> Iterator[None]:
    """Keep a second process out: a lock of the database's own kind, which ends with the process, however."""
    lock = sqlite3.connect(file.with_suffix(".lock"), timeout=0, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        lock.close()
        raise RuntimeError(
            f"{file}: expected to run this study alone, found that another process does"
        ) from None
    try:
        yield
    finally:
        lock.close()
