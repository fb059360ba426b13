"""Studies that run here: what they choose and give up, and that a stopped one loses and repeats nothing."""

import importlib
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from curves import Curve

from fmnist_lessons.studies.search import Search, run
from fmnist_lessons.studies.study import Study, between

SPACE = {"learning_rate": between(1e-4, 1e-1, log=True, grid=4), "batch_size": [64, 256]}
STUDY = Study(name="a search", base=Curve(epochs=9), space=SPACE, trials=8, sampler="random")
RUNNING = """
import sys
from pathlib import Path
from curves import Curve
from fmnist_lessons.studies.study import Study, between
from fmnist_lessons.studies.search import run

folder = Path(sys.argv[1])
space = {"learning_rate": between(1e-4, 1e-1, log=True), "batch_size": [64, 256]}
base = Curve(epochs=3, pause=0.1, log=str(folder / "began"))
study = Study(name="killed", base=base, space=space, trials=7, sampler="tpe", seed=2)

def tell(row):
    with (folder / "ended").open("a") as log:
        log.write(f"{row['seed']} ")

run(study, None, None, file=folder / "study.db", on_trial=tell)
"""


def values(rows):
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]


@pytest.mark.parametrize("sampler", ["grid", "random", "tpe"])
@pytest.mark.parametrize("pruner", ["none", "hyperband"])
def test_a_study_taken_up_again_chooses_as_if_it_had_not_been_stopped(sampler, pruner, tmp_path):
    study = STUDY.but(sampler=sampler, pruner=pruner)
    whole = run(study, None, None)
    file = tmp_path / "study.db"
    assert len(run(study, None, None, file=file, at_most=3)) == 3
    assert values(run(study, None, None, file=file)) == values(whole)
    assert values(run(study, None, None, file=file)) == values(whole), "nothing is left to do"
    assert [row["number"] for row in whole] == list(range(8))
    assert len({row["seed"] for row in whole}) == 8


def test_a_trial_that_was_under_way_begins_again_with_the_same_values(tmp_path):
    file = tmp_path / "study.db"
    with Search(STUDY, file) as search:
        first = search.next()
        search.report(first, 0.5, 1.0)
    with Search(STUDY, file) as search:
        again, following = search.next(), search.next()
        assert (again.number, again.seed, again.recipe) == (first.number, first.seed, first.recipe)
        assert again.scores == []
        assert following.number == 1
    assert values(run(STUDY, None, None, file=file)) == values(run(STUDY, None, None))


def test_a_trial_that_begins_again_is_not_judged_before_it_is_where_it_was(tmp_path):
    study, file = STUDY.but(pruner="asha"), tmp_path / "study.db"
    with Search(study, file) as search:
        first = search.next()
        while not search.report(first, 0.9, 0.1):
            pass
        second = search.next()
        assert not search.report(second, 0.95, 0.1)
        assert not search.report(second, 0.95, 0.1)
        search._open[second.number].report(0.1, 3)  # killed before it was judged
    with Search(study, file) as search:
        again = search.next()
        assert [search.report(again, score, 0.1) for score in (0.95, 0.95, 0.1)] == [False, False, True]
        assert search.rows()[1]["scores"] == [0.95, 0.95, 0.1]
        assert search.rows()[1]["pruned"]


def test_a_study_that_is_killed_goes_on_with_no_trial_lost_or_repeated(tmp_path):
    def start():
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path]),
        }
        return subprocess.Popen([sys.executable, "-c", RUNNING, str(tmp_path)], env=environment)

    ended, process, deadline = tmp_path / "ended", start(), time.monotonic() + 120
    while (not ended.exists() or len(ended.read_text().split()) < 3) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()  # SIGKILL where there are signals
    process.wait()
    kept = ended.read_text().split()
    assert 3 <= len(kept) < 7
    assert start().wait() == 0

    seeds = [str(3000 + number) for number in range(7)]
    assert sorted(ended.read_text().split()) == seeds, "each trial ended once"
    began = [entry.partition(":")[0] for entry in (tmp_path / "began").read_text().split()]
    repeated = {seed for seed in began if began.count(seed) > 1}
    assert set(began) == set(seeds)
    assert len(repeated) <= 1, "only the trial that was under way may begin twice"
    assert not repeated & set(kept)


def test_asha_gives_up_most_trials_and_keeps_the_best_of_those_it_saw():
    study = STUDY.but(trials=30, seed=1)
    whole, pruned = run(study, None, None), run(study.but(pruner="asha"), None, None)
    assert [row["values"] for row in pruned] == [row["values"] for row in whole]
    assert sum(len(row["scores"]) for row in pruned) < 0.6 * sum(len(row["scores"]) for row in whole)
    assert all(len(row["scores"]) in (1, 3) for row in pruned if row["pruned"])
    best = max(whole, key=lambda row: row["scores"][-1])
    finished = [row for row in pruned if not row["pruned"]]
    assert max(finished, key=lambda row: row["scores"][-1])["number"] == best["number"]


def test_hyperband_judges_the_trials_of_chapter_08_as_it_says():
    with Search(STUDY.but(trials=24, pruner="hyperband")) as search:
        for trial in iter(search.next, None):
            while not search.report(trial, 0.9, 0.1):
                pass
        pruner, ended = search._optuna.pruner, search._optuna.trials
        brackets = Counter(pruner._get_bracket_id(search._optuna, trial) for trial in ended)
    assert brackets == {0: 13, 1: 8, 2: 3}


def test_bayesian_search_comes_nearer_than_random_search():
    space = {"learning_rate": between(1e-6, 1.0, log=True), "batch_size": [64, 128, 256, 512]}

    def best(sampler, seed):
        study = Study(name="b", base=Curve(epochs=1), space=space, trials=40, sampler=sampler, seed=seed)
        return max(row["scores"][-1] for row in run(study, None, None))

    assert sum(best("tpe", seed) - best("random", seed) for seed in range(3)) > 0


def test_no_trial_begins_once_the_budget_is_used():
    rows = run(STUDY.but(budget=20, trials=100), None, None)
    assert [len(row["scores"]) for row in rows] == [9, 9, 9]


def test_a_file_belongs_to_one_study_and_one_process(tmp_path):
    file = tmp_path / "study.db"
    with Search(STUDY, file), pytest.raises(RuntimeError, match="expected to run this study alone, found"):
        Search(STUDY, file)
    other = r"expected the trials of a study with \{'trials': 5\}, found those of one with \{'trials': 8\}"
    with pytest.raises(RuntimeError, match=other):
        run(STUDY.but(trials=5), None, None, file=file)
    assert len(run(STUDY, None, None, file=str(file))) == 8


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        *(({"at_most": n}, ValueError, "at_most: expected a whole number") for n in (0, -1, 1.5, True, "3")),
        ({"study": None}, TypeError, "study: expected a Study, found None"),
        ({"study": STUDY.recipe}, TypeError, "study: expected a Study, found Curve"),
        ({"study": [STUDY]}, TypeError, r"study: expected a Study, found \[Study"),
        *(
            ({"file": path}, TypeError, "file: expected a path, or None")
            for path in (7, b"study.db", "", "a\0b", [])
        ),
        ({"file": "."}, RuntimeError, "found a folder"),
        ({"on_trial": "print"}, TypeError, "on_trial: expected a function of a row, or None, found 'print'"),
    ],
)
def test_an_argument_of_another_kind_is_named(changes, kind, message):
    arguments = {"study": STUDY, **changes}
    with pytest.raises(kind, match=message):
        run(arguments.pop("study"), None, None, **arguments)


@pytest.mark.parametrize("score", [7.5, -0.1, float("nan"), float("inf")])
def test_what_is_no_accuracy_is_never_kept(score):
    with Search(STUDY) as search:
        trial = search.next()
        with pytest.raises(ValueError, match="score: expected a number from 0 to 1, found"):
            search.report(trial, score, 0.1)
        assert trial.scores == []


def test_a_study_of_lists_is_taken_up_again(tmp_path):
    study = STUDY.but(space={"architecture.hidden": [(128,), (64, 64)]}, trials=4)
    run(study, None, None, file=tmp_path / "study.db", at_most=2)
    rows = run(study, None, None, file=tmp_path / "study.db")
    assert values(rows) == values(run(study, None, None))


def test_without_ray_one_sentence_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "fmnist_lessons.studies.cluster", raising=False)
    with pytest.raises(ModuleNotFoundError, match=r"expected Ray, found no ray: pip install .*\[cluster\]"):
        importlib.import_module("fmnist_lessons.studies.cluster")


def test_an_error_in_a_training_is_shown_and_the_study_can_go_on(tmp_path, monkeypatch):
    file = tmp_path / "study.db"
    monkeypatch.setattr(Curve, "height", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(STUDY, None, None, file=file)
    monkeypatch.undo()
    assert len(run(STUDY, None, None, file=file)) == 8


def test_a_network_trains_epoch_by_epoch(garments):
    from fmnist_lessons.training.fitting import EpochByEpoch, train
    from fmnist_lessons.training.recipe import Recipe

    architecture = {"hidden": (32,)}
    recipe = Recipe(model="mlp", architecture=architecture, epochs=6, batch_size=50, schedule="cosine")
    steps = EpochByEpoch(recipe, *garments, seed=5)
    scores = [steps.advance() for _ in range(6)]
    assert scores[0] == pytest.approx(train(recipe, *garments, seed=5).history["val_accuracy"][0], abs=0.011)
    assert scores[-1] > scores[0] + 0.1
    assert float(steps._model.optimizer.learning_rate) == pytest.approx(0, abs=1e-9), "all steps were taken"
