"""A study on a Ray cluster: the same description, trained by workers that may come and go."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import ray

from ..data.parts import Part
from .search import Row, Search, Trial
from .study import Study

LIVES = 3  # a trial whose worker has died so often is not tried again


class TrialWorker:
    """Trains one trial at a time, an epoch at each call; lives in a process of its own, on any machine."""

    def __init__(self, parts: tuple[Part, Part]) -> None:
        self._parts = parts

    def begin(self, recipe: Any, seed: int) -> tuple[float, float]:
        """Begin a trial; return the validation accuracy after its first epoch, and the seconds it took."""
        start = time.perf_counter()
        self._steps = recipe.by_epoch(recipe, *self._parts, seed=seed)
        return self._steps.advance(), time.perf_counter() - start

    def advance(self) -> tuple[float, float]:
        """Go on with the trial for an epoch."""
        start = time.perf_counter()
        return self._steps.advance(), time.perf_counter() - start


def run_on_ray(
    study: Study,
    train_part: Part,
    validation_part: Part,
    *,
    file: Path | str | None = None,
    workers: int = 2,
    address: str | None = None,
    resources: Mapping[str, float] | None = None,
    on_trial: Callable[[Row], None] | None = None,
) -> list[Row]:
    """Run a study on a Ray cluster, several trials at a time.

    This process keeps the file and decides; workers only train. One that dies is replaced, and its trial
    begins again under its number. If this process dies, the same call goes on where it was. Which values
    Bayesian search and pruning choose depends on the order in which trials end, so two runs may differ.

    Parameters
    ----------
    study, train_part, validation_part, file, on_trial
        As for `fmnist_lessons.studies.run`. The parts are sent to the workers, which need no data.
    workers : int
        Trials at a time.
    address : str, optional
        Of a running cluster, ``"auto"`` on one of its machines; without it Ray is started here.
    resources : mapping, optional
        Of each worker, as Ray calls them: ``{"num_cpus": 2, "num_gpus": 0.5}``; by default one CPU.

    Returns
    -------
    list of dict
        As from `fmnist_lessons.studies.run`.

    Raises
    ------
    RuntimeError
        If three workers have died of the same trial.
    """
    ours = not ray.is_initialized()
    if ours:
        ray.init(address=address, include_dashboard=False if address is None else None, log_to_driver=False)
    try:
        with Search(study, file, on_trial=on_trial) as search:
            parts = ray.put((_plain(train_part), _plain(validation_part)))
            kind: Any = ray.remote(TrialWorker).options(**dict(resources or {"num_cpus": 1}))  # type: ignore[arg-type]
            _Crew(search, lambda: kind.remote(parts)).work(workers)
            return search.rows()
    finally:
        if ours:
            ray.shutdown()


class _Crew:
    """The workers, and what each of them trains."""

    def __init__(self, search: Search, hire: Callable[[], Any]) -> None:
        self._search, self._hire = search, hire
        self._busy: dict[Any, tuple[Any, Trial]] = {}
        self._deaths: dict[int, int] = {}

    def work(self, workers: int) -> None:
        """Train all trials of the search."""
        for _ in range(workers):
            if (trial := self._search.next()) is not None:
                self._begin(self._hire(), trial)
        while self._busy:
            (answer,), _ = ray.wait(list(self._busy))
            worker, trial = self._busy.pop(answer)
            try:
                score, seconds = ray.get(answer)
            except (ray.exceptions.RayActorError, ray.exceptions.OutOfMemoryError) as error:
                self._replace(trial, error)
                continue
            if not self._search.report(trial, score, seconds):
                self._busy[worker.advance.remote()] = worker, trial
            elif (following := self._search.next()) is not None:
                self._begin(worker, following)

    def _begin(self, worker: Any, trial: Trial) -> None:
        self._busy[worker.begin.remote(trial.recipe, trial.seed)] = worker, trial

    def _replace(self, trial: Trial, error: Exception) -> None:
        """Let a new worker begin the trial of one that died."""
        deaths = self._deaths[trial.number] = self._deaths.get(trial.number, 0) + 1
        if deaths >= LIVES:
            raise RuntimeError(
                f"trial {trial.number}: expected a worker to finish it, found that {deaths} died: is there "
                "memory enough for so many workers?"
            ) from error
        self._begin(self._hire(), Trial(trial.number, trial.seed, trial.recipe))


def _plain(part: Part) -> Part:
    """The part with arrays in memory, which Ray shares between the workers of a machine."""
    return Part(np.array(part.images), np.array(part.labels), part.name, part.source)
