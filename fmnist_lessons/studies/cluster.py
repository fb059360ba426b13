"""A study on a Ray cluster: the same description, trained by workers that may come and go."""

import math
import numbers
import os
import socket
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..data.expected import checked_count
from ..data.parts import Part
from .search import ByEpoch, Row, Search, Trial
from .study import Study

try:
    import ray
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"run_on_ray: expected Ray, found no {error.name}: pip install 'fmnist-lessons[cluster]'",
        name=error.name,
    ) from error

LIVES = 3  # a trial whose worker has died so often is not tried again
MOST_WORKERS = 1000
PATIENCE = 300  # seconds in which a cluster has to find a place for the first worker
KNOWN = {"num_cpus": "CPU", "num_gpus": "GPU", "memory": "memory"}  # as options and as resources of Ray


class TrialWorker:
    """Trains one trial at a time, an epoch at each call; lives in a process of its own, on any machine."""

    def __init__(self, parts: tuple[Part, Part]) -> None:
        self._parts = parts

    def started(self) -> None:
        """Answer, which a worker without a place does not."""

    def begin(self, recipe: ByEpoch, seed: int) -> tuple[float, float]:
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
        Trials at a time, 1 to 1000; fewer, with a warning, where Ray is started here and has no room for all.
    address : str, optional
        Of a running cluster, ``"auto"`` on one of its machines; without it Ray is started here.
    resources : mapping, optional
        Of each worker, as Ray calls them: ``{"num_cpus": 2, "num_gpus": 0.5}``, also ``memory`` in bytes and
        ``resources``, a mapping of names that the cluster has given itself; by default one CPU.

    Returns
    -------
    list of dict
        As from `fmnist_lessons.studies.run`.

    Raises
    ------
    RuntimeError
        If no machine has the resources (a cluster with an address may be growing: it is waited for, five
        minutes long), or three workers have died of the same trial.
    ConnectionError
        If there is no cluster at the address.
    """
    workers, asked = checked_count(workers, "workers", MOST_WORKERS), _checked_resources(resources)
    address, ours = address or os.environ.get("RAY_ADDRESS"), not ray.is_initialized()
    with Search(study, file, on_trial=on_trial) as search:
        if ours:
            _start(address)
        try:
            workers = _fitting(min(workers, study.trials), asked, may_grow=address is not None)
            parts = ray.put((_plain(train_part), _plain(validation_part)))
            kind: Any = ray.remote(TrialWorker).options(**asked)  # type: ignore[arg-type]
            _Crew(search, lambda: kind.remote(parts), asked).work(workers)
            return search.rows()
        finally:
            if ours:
                ray.shutdown()


def _start(address: str | None) -> None:
    try:
        if address not in (None, "auto", "local"):
            host, _, port = str(address).removeprefix("ray://").rpartition(":")
            socket.create_connection(
                (host.strip("[]"), int(port)), timeout=10
            ).close()  # Ray tries for minutes
        ray.init(address=address, include_dashboard=False if address is None else None, log_to_driver=False)
    except Exception as error:  # Ray has no class of its own for this
        if address is None:
            raise
        raise ConnectionError(
            f"address: expected that of a running Ray cluster, as `ray start --head` prints it, "
            f"found {address!r}: {str(error).partition(chr(10))[0]}"
        ) from error


def _checked_resources(resources: Any) -> dict[str, Any]:
    """Return what a worker is given, as options of Ray; refuse other names and what is no amount."""
    if resources is None:
        return {"num_cpus": 1}
    if not isinstance(resources, Mapping):
        raise TypeError(f"resources: expected a mapping such as {{'num_cpus': 1}}, found {resources!r}")
    if unknown := sorted(set(map(str, resources)) - {*KNOWN, "resources"}):
        raise ValueError(f"resources: expected some of {[*KNOWN, 'resources']}, found {unknown}")
    own = resources.get("resources", {})
    if not isinstance(own, Mapping) or not all(isinstance(n, str) and n not in KNOWN.values() for n in own):
        raise ValueError(f"resources: expected a mapping of the cluster's own names, found {own!r}")
    for name, amount in {**resources, "resources": 0, **own}.items():
        is_number = isinstance(amount, numbers.Real) and not isinstance(amount, bool)
        is_shared = name == "num_gpus" and is_number and amount > 1 and amount % 1
        if not is_number or not (amount == 0 or 1e-4 <= amount < math.inf) or is_shared:
            expected = "0 or a number from 0.0001" + " (whole above 1)" * (name == "num_gpus")
            raise ValueError(f"resources: expected for {name} {expected}, found {amount!r}")
    return dict(resources)


def _fitting(workers: int, asked: Mapping[str, Any], *, may_grow: bool) -> int:
    """Return how many workers to hire; refuse what no machine has, unless the cluster may grow."""
    needed = {KNOWN[name]: amount for name, amount in asked.items() if name in KNOWN}
    needed = {name: amount for name, amount in {**needed, **asked.get("resources", {})}.items() if amount}
    room = workers
    if needed:
        room = sum(
            min(int(machine.get(name, 0) / amount + 1e-9) for name, amount in needed.items())
            for machine in _machines()
        )
    if not room and not may_grow:
        raise RuntimeError(f"{_no_place(asked)}: ask for less")
    if not room:
        warnings.warn(f"{_no_place(asked)}: waiting for one, {PATIENCE} s at most", stacklevel=3)
    elif room < workers and not may_grow:
        warnings.warn(
            f"workers: expected room for {workers}, found it for {room}: so many work", stacklevel=3
        )
    return workers if may_grow else min(workers, room)


def _machines() -> list[Mapping[str, float]]:
    """The resources of each machine of the cluster."""
    return [machine["Resources"] for machine in ray.nodes() if machine["Alive"]]


def _no_place(asked: Mapping[str, Any]) -> str:
    found = [
        {name: amount for name, amount in machine.items() if not name.startswith("node:")}
        for machine in _machines()
    ]
    return f"resources: expected a machine with {dict(asked)} free for a worker, found machines with {found}"


class _Crew:
    """The workers, and what each of them trains."""

    def __init__(self, search: Search, hire: Callable[[], Any], asked: Mapping[str, Any]) -> None:
        self._search, self._hire, self._asked = search, hire, asked
        self._busy: dict[Any, tuple[Any, Any, Trial]] = {}  # by the answer: the worker, its start, the trial
        self._deaths: dict[int, int] = {}

    def work(self, workers: int) -> None:
        """Train all trials of the search."""
        for _ in range(workers):
            if (trial := self._search.next()) is not None:
                self._begin_anew(trial)
        while self._busy:
            answers, _ = ray.wait(list(self._busy), timeout=PATIENCE)
            if answers:
                self._take(answers[0])
            elif not ray.wait([start for _, start, _ in self._busy.values()], timeout=0)[0]:
                raise RuntimeError(f"{_no_place(self._asked)} within {PATIENCE} s: ask for less")

    def _take(self, answer: Any) -> None:
        """Take a worker's answer, and let it go on; one that has nothing to do makes room for another."""
        worker, start, trial = self._busy.pop(answer)
        try:
            score, seconds = ray.get(answer)
        except (ray.exceptions.RayActorError, ray.exceptions.OutOfMemoryError) as error:
            self._replace(trial, error)
            return
        if not self._search.report(trial, score, seconds):
            self._busy[worker.advance.remote()] = worker, start, trial
        elif (following := self._search.next()) is not None:
            self._begin(worker, start, following)

    def _begin(self, worker: Any, start: Any, trial: Trial) -> None:
        self._busy[worker.begin.remote(trial.recipe, trial.seed)] = worker, start, trial

    def _begin_anew(self, trial: Trial) -> None:
        worker = self._hire()
        self._begin(worker, worker.started.remote(), trial)

    def _replace(self, trial: Trial, error: Exception) -> None:
        """Let a new worker begin the trial of one that died."""
        deaths = self._deaths[trial.number] = self._deaths.get(trial.number, 0) + 1
        if deaths >= LIVES:
            raise RuntimeError(
                f"trial {trial.number}: expected a worker to finish it, found that {deaths} died: is there "
                "memory enough for so many workers?"
            ) from error
        self._begin_anew(Trial(trial.number, trial.seed, trial.recipe))


def _plain(part: Part) -> Part:
    """The part with arrays in memory, which Ray shares between the workers of a machine."""
    return Part(np.array(part.images), np.array(part.labels), part.name, part.source)
