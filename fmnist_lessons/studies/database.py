"""The file of a study: for one process at a time, judged before it is used, named where it is damaged."""

from __future__ import annotations

import contextlib
import errno
import functools
import json
import math
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import filelock
import optuna

from ..training.fingerprints import values_of
from .choosing import pruner_of

if TYPE_CHECKING:
    from .study import Study

COMPLETE, PRUNED, RUNNING = (optuna.trial.TrialState[name] for name in ("COMPLETE", "PRUNED", "RUNNING"))
DONE = (COMPLETE, PRUNED)
SQLITE = b"SQLite format 3\0"  # how every such file begins
TABLES = {
    *("study_directions", "study_user_attributes", "trials", "trial_params", "trial_values"),
    *("trial_intermediate_values", "trial_user_attributes", "version_info", "alembic_version"),
}
ANEW = "move it away, and the study begins anew"
ELSEWHERE = "name a file in a folder that may be written"
ROOM = "make room, or name a file elsewhere"
# What SQLite calls a trouble that does not lie in the file's content; what it is; what to do.
TROUBLES = {
    "SQLITE_FULL": ("a disk without room", ROOM),
    "SQLITE_READONLY": ("one that may only be read", ELSEWHERE),
    "SQLITE_PERM": ("no permission", ELSEWHERE),
    "SQLITE_CANTOPEN": ("one that cannot be opened", ELSEWHERE),
    "SQLITE_IOERR": ("a disk that fails, or a quota used up", ROOM),
    "SQLITE_BUSY": ("that another program has locked it", "close that program"),
}
REMEDIES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), ROOM),
    errno.ENAMETOOLONG: "give it a shorter name",
}


@contextlib.contextmanager
def opened(study: Study, file: Path) -> Iterator[optuna.Study]:
    """Open the file of a study, made if need be, and keep every other process out.

    Raises
    ------
    RuntimeError
        If another process runs the study, or the file holds something else or is damaged.
    OSError
        If the file cannot be made, read or written.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(_only_one(file))
        try:
            _require_database(file)
            creator = functools.partial(sqlite3.connect, file.absolute(), check_same_thread=False)
            storage = optuna.storages.RDBStorage("sqlite:///study", engine_kwargs={"creator": creator})
            stack.callback(storage.engine.dispose)
            kept = as_optuna(study, storage)
            directions, attributes = kept.directions, kept.user_attrs
            trials = storage.get_all_trials(kept._study_id)
        except DamagedStudyError:
            raise
        except Exception as error:  # a damaged file makes Optuna and SQLAlchemy raise almost anything
            raise told(file, error) from error
        if directions != [optuna.study.StudyDirection.MAXIMIZE]:
            raise _damaged(file, "a study that does not look for the highest accuracy")
        described = json.loads(json.dumps(values_of(study)))
        _require_own(file, described, attributes.get("study", None if trials else described))
        _require_trials(study, described["space"], file, trials)
        try:
            kept.set_user_attr("study", described)
        except optuna.exceptions.StorageInternalError as error:
            raise told(file, error) from error
        yield kept


def as_optuna(study: Study, storage: optuna.storages.BaseStorage | None = None) -> optuna.Study:
    """Return a study as Optuna knows it, with the trials that are in a storage, if there is one."""
    return optuna.create_study(
        storage=storage,
        study_name="study",
        direction="maximize",
        pruner=pruner_of(study),
        load_if_exists=True,
    )


def forget(file: Path) -> None:
    """Remove the file of a study, with what lies beside it; refused while a process runs that study."""
    with _only_one(file) as lock:
        try:
            for end in ("", "-journal", "-wal", "-shm"):
                file.with_name(file.name + end).unlink(missing_ok=True)
        except OSError as error:
            raise told(file, error) from error
        with contextlib.suppress(OSError):  # Windows removes no file that is open
            lock.unlink()


def told(file: Path, error: Exception) -> Exception:
    """Return the error that says in a sentence what has become of a study's file."""
    cause: BaseException | None = error
    while cause and not isinstance(cause, sqlite3.Error | OSError):
        cause = cause.__cause__
    expected = f"{file}: expected a file that can be read and written, found"
    if isinstance(cause, OSError):
        remedy = REMEDIES.get(cause.errno or 0, ELSEWHERE)
        return type(cause)(f"{expected}: {cause.strerror} ({cause.filename}): {remedy}")
    code = str(getattr(cause, "sqlite_errorname", ""))  # only what SQLite itself raises has one
    for name, (found, remedy) in TROUBLES.items():
        if code.startswith(name):
            return OSError(f"{expected} {found}: {remedy}")
    reason = str(cause or error) or type(error).__name__
    return _damaged(file, f"what Optuna {optuna.__version__} cannot read ({reason})")


class DamagedStudyError(RuntimeError):
    """A study's file that is damaged, or is something else."""


def _damaged(file: Path, found: str) -> DamagedStudyError:
    return DamagedStudyError(f"{file}: expected an SQLite database with trials, found {found}: {ANEW}")


@contextlib.contextmanager
def _only_one(file: Path) -> Iterator[Path]:
    """Keep a second process out, by a lock that ends with this one, however; give the lock's path."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and not file.is_file():
            raise _damaged(file, "a folder" if file.is_dir() else "something that is no file")
        path = file.with_name(f"{file.name}.lock")
        lock = filelock.FileLock(path, timeout=0)
        lock.acquire()
    except filelock.Timeout:
        raise RuntimeError(
            f"{file}: expected to run this study alone, found that another process does: "
            "wait until it ends, or end it"
        ) from None
    except (OSError, ValueError) as error:
        raise told(file, error) from error
    try:
        yield path
    finally:
        lock.release()


def _require_database(file: Path) -> None:
    """Refuse a file that is something else, or damaged, before anything is written into it."""
    if not file.exists():
        return
    with file.open("rb") as opened:
        start = opened.read(len(SQLITE))
    if start not in (b"", SQLITE):
        raise _damaged(file, "only zeros" if not start.strip(b"\0") else "a file of another kind")
    with contextlib.closing(sqlite3.connect(file)) as database:
        (complaint,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if complaint != "ok":
            raise _damaged(file, f"it damaged ({complaint.splitlines()[-1]})")
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'")}
        if tables and "studies" not in tables:
            raise _damaged(file, f"other tables, {sorted(tables)}")
        names = [name for (name,) in database.execute("SELECT study_name FROM studies")] if tables else []
    if names not in ([], ["study"]):
        raise _damaged(file, f"other studies of Optuna, {names}")
    if names and (missing := sorted(TABLES - tables)):
        raise _damaged(file, f"none of its tables {missing}")


def _require_own(file: Path, described: Mapping[str, Any], found: Any) -> None:
    """Refuse the trials of another study."""
    if not isinstance(found, Mapping):
        raise _damaged(file, f"trials of a study that is described as {found!r}")
    if found != described:
        expected, other = (
            {name: one[name] for name in one if one[name] != two.get(name)}
            for one, two in ((described, found), (found, described))
        )
        raise RuntimeError(
            f"{file}: expected the trials of a study with {expected}, found those of one with {other}: "
            "take another file"
        )


def _require_trials(
    study: Study, space: Mapping[str, Any], file: Path, trials: list[optuna.trial.FrozenTrial]
) -> None:
    """Refuse trials that the study cannot have left behind."""
    numbers = [trial.number for trial in trials]
    if numbers != list(range(len(trials))) or len(trials) > study.trials:
        raise _damaged(file, f"trials with the numbers {numbers} where at most {study.trials} are asked for")
    for trial in trials:
        for is_right, expected, found in _judged(study, space, trial):
            if not is_right:
                raise _damaged(file, f"{found!r} in trial {trial.number} instead of {expected}")


def _judged(
    study: Study, space: Mapping[str, Any], trial: optuna.trial.FrozenTrial
) -> Iterator[tuple[bool, str, Any]]:
    """Whether a trial is right in each respect, what was expected and what was found; until one is wrong."""
    epochs, reported, has_ended = study.recipe.epochs, trial.intermediate_values, trial.state in DONE
    states = [RUNNING, COMPLETE] if study.pruner == "none" else [RUNNING, COMPLETE, PRUNED]
    yield trial.state in states, f"one of {[state.name for state in states]}", trial.state.name
    names = {name for name, value in trial.params.items() if name in space and _holds(space[name], value)}
    is_chosen = names == set(trial.params) and (names == set(space) or not has_ended)
    yield is_chosen, f"values of {dict(space)}", trial.params
    accuracies = "accuracies from 0 to 1"
    yield _are_shares(list(reported.values())), accuracies, list(reported.values())
    is_row = sorted(reported) == [*range(1, len(reported) + 1)] and len(reported) <= epochs
    yield is_row, f"epochs from 1 to {epochs} at most", sorted(reported)
    if has_ended:
        scores, seconds = trial.user_attrs.get("scores", ()), trial.user_attrs.get("seconds")
        yield _are_shares(scores), accuracies, scores
        expected = f"{epochs} scores" if trial.state == COMPLETE else f"1 to {epochs - 1} scores"
        is_long = len(scores) == epochs if trial.state == COMPLETE else 1 <= len(scores) < epochs
        yield is_long, expected, scores
        yield trial.state == PRUNED or trial.values == scores[-1:], f"the last of {scores}", trial.values
        yield isinstance(seconds, int | float) and 0 <= seconds < math.inf, "seconds, 0 or more", seconds


def _are_shares(scores: Any) -> bool:
    return isinstance(scores, list) and all(isinstance(s, int | float) and 0 <= s <= 1 for s in scores)


def _holds(allowed: Any, value: Any) -> bool:
    """Whether an entry of a space holds a value."""
    if not isinstance(allowed, Mapping) or "between" not in allowed:
        return value in list(allowed)
    low, high = allowed["between"]
    return isinstance(value, int if allowed["whole"] else float) and bool(low <= value <= high)
