"""Studies that run here: what they choose and give up, and that a stopped one loses and repeats nothing."""

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
    foreign = tmp_path / "notes.txt"
    foreign.write_text("learning rate 0.01 was best")
    with pytest.raises(RuntimeError, match="expected an SQLite database with trials, found a file"):
        run(STUDY, None, None, file=str(foreign))
    assert foreign.read_text() == "learning rate 0.01 was best"
    assert len(run(STUDY, None, None, file=file)) == 8


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
