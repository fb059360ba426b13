"""A study on a local Ray with two workers, one of which is killed in the middle of a trial."""

import contextlib
import os
import signal
import threading
import time
import weakref
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


def test_a_worker_that_has_nothing_to_do_makes_room_for_one_that_waits(monkeypatch):
    class Worker:
        def __init__(self):
            method = SimpleNamespace(remote=lambda *_: object())
            self.begin = self.advance = self.started = method

    hired = []

    def hire():
        worker = Worker()
        hired.append(weakref.ref(worker))
        return worker

    def wait(waiting, **_):
        if len(waiting) == 1:
            assert hired[0]() is None, "the second waits for the place of the first"
        return waiting[:1], waiting[1:]

    monkeypatch.setattr(ray, "wait", wait)
    monkeypatch.setattr(ray, "get", lambda _: (0.5, 0.1))
    with Search(Study(name="m", base=Curve(epochs=1), space=SPACE, trials=2, sampler="grid")) as search:
        cluster._Crew(search, hire, {}).work(workers=2)
        assert len(search.rows()) == 2


@pytest.fixture
def machines(monkeypatch):
    """Two machines, none with a GPU; nobody is hired."""
    found = {"CPU": 8.0, "memory": 1e9, "node:10.0.0.1": 1.0, "licence": 1.0}
    nodes = [{"Resources": found, "Alive": True}] * 2 + [{"Resources": {"GPU": 9.0}, "Alive": False}]
    monkeypatch.setattr(ray, "nodes", lambda: nodes)


GREEDY = [
    {"num_gpus": 0.25},
    {"num_cpus": 16},
    {"num_cpus": 4, "memory": 2e9},
    {"resources": {"gremlin": 1}},
    {"num_cpus": 1, "resources": {"licence": 2}},
]


@pytest.mark.parametrize("asked", GREEDY)
def test_what_no_machine_has_is_refused_or_on_a_growing_cluster_waited_for(asked, machines, monkeypatch):
    there = r"found machines with \[{'CPU': 8.0, 'memory': 1000000000.0, 'licence': 1.0}, {'CPU'"
    with pytest.raises(RuntimeError, match=f"resources: expected a machine with .*{there}.*: ask for less"):
        cluster._fitting(2, asked, may_grow=False)
    with pytest.warns(UserWarning, match="waiting for one, 300 s at most"):
        assert cluster._fitting(2, asked, may_grow=True) == 2


@pytest.mark.parametrize(
    ("asked", "room"),
    [
        ({"num_cpus": 1}, 16),
        ({"num_cpus": 5}, 2),
        ({"num_cpus": 0.5}, 20),
        ({"num_cpus": 0}, 20),
        ({"num_cpus": 1, "memory": 4e8}, 4),
        ({"resources": {"licence": 0.1}}, 20),
    ],
)
def test_no_more_workers_are_hired_than_there_is_room_for(asked, room, machines):
    expected = (
        contextlib.nullcontext() if room == 20 else pytest.warns(UserWarning, match=f"found it for {room}")
    )
    with expected:
        assert cluster._fitting(20, asked, may_grow=False) == room


def test_workers_that_find_no_place_are_not_waited_for_for_ever(machines, monkeypatch):
    monkeypatch.setattr(ray, "wait", lambda waiting, **_: ([], waiting))
    method = SimpleNamespace(remote=lambda *_: object())
    worker = SimpleNamespace(begin=method, started=method)
    with Search(Study(name="m", base=Curve(), space=SPACE, trials=2, sampler="grid")) as search:
        crew = cluster._Crew(search, lambda: worker, {"num_cpus": 1})
        with pytest.raises(
            RuntimeError, match=r"'num_cpus': 1} free for a worker, .*within 300 s: ask for less"
        ):
            crew.work(workers=2)


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        *(
            ({"workers": n}, ValueError, "workers: expected a whole number from 1 to 1,000, found")
            for n in (0, -1, 1.5, 10**6, True, "2", None)
        ),
        *(
            ({"resources": r}, TypeError, "resources: expected a mapping")
            for r in (2, "num_cpus", [("num_cpus", 1)])
        ),
        *(
            (
                {"resources": {"num_cpus": n}},
                ValueError,
                "resources: expected for num_cpus 0 or a number from",
            )
            for n in (-1, float("nan"), float("inf"), "2", None, True, 1e-9)
        ),
        ({"resources": {"num_gpus": 1.5}}, ValueError, r"num_gpus .*\(whole above 1\), found 1.5"),
        ({"resources": {"gpu": 1}}, ValueError, r"expected some of \['num_cpus', .*found \['gpu'\]"),
        ({"resources": {3: 1}}, ValueError, r"expected some of .*found \['3'\]"),
        (
            {"resources": {"resources": 3}},
            ValueError,
            "expected a mapping of the cluster's own names, found 3",
        ),
        ({"resources": {"resources": {"CPU": 1}}}, ValueError, "the cluster's own names, found {'CPU': 1}"),
        ({"resources": {"resources": {"x": -1}}}, ValueError, "expected for x 0 or a number"),
        ({"study": None}, TypeError, "study: expected a Study, found None"),
    ],
)
def test_an_argument_is_judged_before_ray_is_started(changes, kind, message, monkeypatch):
    monkeypatch.setattr(ray, "init", lambda **_: 1 / 0)
    study = Study(name="m", base=Curve(), space=SPACE, trials=2, sampler="grid")
    with pytest.raises(kind, match=message):
        run_on_ray(**{"study": study, "train_part": None, "validation_part": None, **changes})


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("127.0.0.1:9", ".*refused"),
        ("ray://127.0.0.1:9", ".*refused"),
        ("127.0.0.1:99999", ""),
        ("nonsense", "invalid literal"),
        (7, ""),
        ("auto", "nobody$"),
    ],
)
def test_an_address_where_no_cluster_runs_is_told_in_one_sentence(address, reason, monkeypatch):
    def init(**_):
        raise ConnectionError("nobody\nat all")

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", init)
    study = Study(name="m", base=Curve(), space=SPACE, trials=2, sampler="grid")
    found = f"address: expected that of a running Ray cluster, .*found {address!r}: {reason}"
    with pytest.raises(ConnectionError, match=found) as told:
        run_on_ray(study, None, None, address=address)
    assert "\n" not in str(told.value)
