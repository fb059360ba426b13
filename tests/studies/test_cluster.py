"""A study on a local Ray with two workers, one of which is killed in the middle of a trial."""

import os
import signal
import threading
import time
from collections import Counter
from types import SimpleNamespace

import curves
import pytest
from curves import Curve

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'fmnist-lessons[cluster]'")

from fmnist_lessons.data.parts import Part  # noqa: E402
from fmnist_lessons.studies import cluster  # noqa: E402
from fmnist_lessons.studies.cluster import run_on_ray  # noqa: E402
from fmnist_lessons.studies.search import Search, run  # noqa: E402
from fmnist_lessons.studies.study import Study, between  # noqa: E402

SPACE = {"learning_rate": between(1e-4, 1e-1, log=True, grid=4), "batch_size": [64, 256]}
ray.cloudpickle.register_pickle_by_value(curves)  # the workers do not see the folder of the tests


@pytest.fixture(scope="module")
def local_ray():
    for attempts_left in (3, 2, 1, 0):  # on a busy machine a part of Ray may come up too late for another
        try:
            ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
            break
        except Exception:
            ray.shutdown()
            if not attempts_left:
                raise
    yield
    ray.shutdown()


@pytest.fixture
def nothing(local_ray):
    images, labels = [[0]], [0]
    return Part(images, labels, "train", "sketch"), Part(images, labels, "validation", "sketch")


class Killer(threading.Thread):
    """Kills the worker that begins the fourth trial, as it begins."""

    def __init__(self, log):
        super().__init__(daemon=True)
        self._log, self.victim = log, None

    def run(self):
        while self.victim is None:
            time.sleep(0.01)
            began = self._log.read_text().split() if self._log.exists() else []
            if len(began) > 3:
                self.victim = began[3]
                os.kill(int(self.victim.partition(":")[2]), signal.SIGKILL)


def test_a_worker_is_killed_in_the_middle_and_the_study_ends_complete(tmp_path, nothing):
    log = tmp_path / "began"
    base = Curve(epochs=3, pause=0.3, log=str(log))
    study = Study(name="on Ray", base=base, space=SPACE, trials=8, sampler="grid")
    ended, killer = [], Killer(log)
    killer.start()
    file = tmp_path / "study.db"
    rows = run_on_ray(study, *nothing, file=file, workers=2, on_trial=lambda row: ended.append(row["number"]))
    killer.join(timeout=5)
    assert killer.victim, "no worker was killed"
    assert [row["number"] for row in rows] == sorted(ended) == list(range(8)), "complete, each once"
    points = [tuple(row["values"].values()) for row in rows]
    assert sorted(points) == sorted(tuple(point.values()) for point in study.grid()), "no duplicates"
    began = Counter(entry.partition(":")[0] for entry in log.read_text().split())
    assert began == Counter([str(row["seed"]) for row in rows] + [killer.victim.partition(":")[0]])
    here = run(study.but(base=Curve(epochs=3)), None, None)
    assert [row["scores"] for row in rows] == [row["scores"] for row in here], "as in one process"


def test_two_workers_share_the_trials_and_pruning_and_a_stop_work_as_in_one_process(tmp_path, nothing):
    study = Study(name="p", base=Curve(epochs=9), space=SPACE, trials=8, sampler="random", pruner="asha")
    file = tmp_path / "study.db"
    with Search(study, file) as search:  # begun elsewhere, and stopped with one trial ended, one under way
        first = search.next()
        while not search.report(first, 0.9, 0.1):
            pass
        search.next()
    rows = run_on_ray(study, *nothing, file=file, workers=2)
    assert [row["number"] for row in rows] == list(range(8))
    assert any(row["pruned"] for row in rows)
    assert rows[0]["scores"] == [0.9] * 9
    here = run(study, None, None)
    assert [row["values"] for row in rows] == [row["values"] for row in here]


def test_a_trial_that_kills_its_workers_is_given_up_with_a_reason(nothing, monkeypatch):
    class Deadly:
        def __init__(self, *_, **__):
            os._exit(1)

    monkeypatch.setattr(cluster, "LIVES", 2)
    monkeypatch.setattr(Curve, "by_epoch", Deadly)
    study = Study(name="d", base=Curve(), space=SPACE, trials=1, sampler="grid")
    with pytest.raises(RuntimeError, match="trial 0: expected a worker to finish it, found that 2 died"):
        run_on_ray(study, *nothing, workers=1)


@pytest.mark.parametrize("error", [ray.exceptions.RayActorError(), ray.exceptions.OutOfMemoryError("")])
def test_a_worker_that_died_or_took_too_much_memory_is_replaced(error, monkeypatch):
    answers, hired = iter([(0.5, 0.1), error, (0.5, 0.1), (0.6, 0.1)]), []

    def hire():  # one that Ray would hand out
        hired.append(SimpleNamespace(remote=lambda *_: object()))
        return SimpleNamespace(begin=hired[-1], advance=hired[-1], started=hired[-1])

    def get(_):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(ray, "wait", lambda waiting, **_: (waiting[:1], waiting[1:]))
    monkeypatch.setattr(ray, "get", get)
    with Search(Study(name="m", base=Curve(epochs=2), space=SPACE, trials=1, sampler="grid")) as search:
        cluster._Crew(search, hire, {}).work(workers=1)
        assert [row["scores"] for row in search.rows()] == [[0.5, 0.6]]
    assert len(hired) == 2
