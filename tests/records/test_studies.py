"""Records of studies: written once, found again, read as tables."""

import json

import numpy as np
import pandas as pd
import pytest
from curves import Curve

from fmnist_lessons.data.parts import FashionMNIST
from fmnist_lessons.lesson.arguments import checked_studies
from fmnist_lessons.machine.device import Machine
from fmnist_lessons.records import shelf, store
from fmnist_lessons.records.recorder import Recorder
from fmnist_lessons.studies import search
from fmnist_lessons.studies.study import Study, between
from fmnist_lessons.studies.trials import best_so_far, best_trials, importances, trials_frame

SPACE = {"learning_rate": between(1e-4, 1e-1, log=True, grid=4), "batch_size": [64, 256]}
STUDY = Study(name="random", base=Curve(epochs=3), space=SPACE, trials=8, sampler="random")


@pytest.fixture
def recorder(garments, tmp_path, monkeypatch):
    monkeypatch.setenv("FMNIST_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(store, "book_folder", lambda: tmp_path / "book")
    data = FashionMNIST(*garments, "fashion-mnist", {}, lambda: garments[0])
    return Recorder("08_hyperparameter_studies", data, Machine("a CPU", "CPU", "none"))


def test_a_study_is_recorded_once_for_each_seed_beside_the_fits(recorder, tmp_path, monkeypatch):
    recorder.complete(recorder.plan_studies([STUDY], [0, 1]))
    written = sorted(str(path.relative_to(tmp_path)) for path in (tmp_path / "book").rglob("*.json"))
    place = "book/08_hyperparameter_studies/random"
    assert written == [f"{place}/seed-0.json", f"{place}/seed-1.json"]
    assert not list((tmp_path / "cache" / "under_way").glob("*")), "nothing is left under way"
    record = json.loads((tmp_path / written[1]).read_text())
    assert record["kind"] == "study"
    assert record["epochs"] == 24
    assert [trial["number"] for trial in record["trials"]] == list(range(8))
    assert record["metrics"]["validation"]["accuracy"] == max(t["scores"][-1] for t in record["trials"])
    assert record["versions"]["optuna"]

    monkeypatch.setattr("fmnist_lessons.studies.study.run", lambda *_, **__: 1 / 0)
    recorder.complete(recorder.plan_studies([STUDY], [0, 1]))


def test_a_changed_study_is_found_stale_and_recorded_anew(recorder, capsys):
    recorder.complete(recorder.plan_studies([STUDY], [0]))
    changed = STUDY.but(trials=5)
    assert [r["fresh"] for r in shelf.find(recorder.plan_studies([STUDY], [0]), recorder.chapter)] == [True]
    stale = shelf.find(recorder.plan_studies([changed], [0]), recorder.chapter)
    assert [r["fresh"] for r in stale] == [False]
    shelf.say_whose(recorder.plan_studies([changed, STUDY.but(name="new")], [0]), stale)
    said = capsys.readouterr().out
    assert "The record of 'random' is stale" in said
    assert "No record of 'new'" in said
    anew = Recorder(recorder.chapter, recorder.data, recorder.machine)  # as the next recording has one
    anew.complete(anew.plan_studies([changed], [0]))
    assert len(shelf.find(recorder.plan_studies([changed], [0]), recorder.chapter)[0]["trials"]) == 5
    assert len(store.read(store.book_folder())) == 1


def test_a_recording_that_is_stopped_goes_on_with_the_trial_it_was_at(recorder, monkeypatch):

    real = search.run
    monkeypatch.setattr(
        "fmnist_lessons.studies.study.run", lambda *parts, **kept: real(*parts, **kept, at_most=3) and 1 / 0
    )
    with pytest.raises(ZeroDivisionError):
        recorder.complete(recorder.plan_studies([STUDY], [0]))
    assert store.read(store.book_folder()) == []
    begun = []

    def noted(*parts, **kept):
        return real(*parts, **kept, on_trial=lambda row: begun.append(row["number"]))

    monkeypatch.setattr("fmnist_lessons.studies.study.run", noted)
    recorder.complete(recorder.plan_studies([STUDY], [0]))
    assert begun == [3, 4, 5, 6, 7]


def test_drawn_garments_are_never_recorded(recorder, garments):
    recorder.data = FashionMNIST(*garments, "sketch", {}, lambda: None)
    with pytest.raises(RuntimeError, match="expected Fashion-MNIST for a record, found 'sketch'"):
        recorder.complete(recorder.plan_studies([STUDY], [0]))


@pytest.fixture
def trials(recorder):
    studies = [STUDY, STUDY.but(name="ASHA", pruner="asha")]
    recorder.complete(recorder.plan_studies(studies, [0, 1]))
    return trials_frame(shelf.find(recorder.plan_studies(studies, [0, 1]), recorder.chapter))


def test_the_table_has_a_row_for_each_trial(trials):
    assert len(trials) == 32
    assert {"learning_rate", "batch_size", "score", "epochs", "pruned", "values", "scores"} <= set(trials)
    first = trials.iloc[0]
    assert first["values"] == {"learning_rate": first["learning_rate"], "batch_size": first["batch_size"]}
    assert first["score"] == first["scores"][-1]
    assert STUDY.recipe_for(first["values"]).learning_rate == first["learning_rate"]


@pytest.mark.parametrize("scores", [[], [[]], [[], []], [[], [0.5], [], [0.6], [0.4], [0.3]]])
def test_a_trial_without_a_score_counts_as_none(scores):
    rows = [
        {"number": n, "pruned": False, "seconds": 1.0, "values": {"batch_size": 64}, "scores": one}
        for n, one in enumerate(scores)
    ]
    table = trials_frame([{"name": "s", "seed": 0, "trials": rows}])
    assert list(table["epochs"]) == [len(one) for one in scores]
    assert list(best_trials(table)["number"]) == [3] * (len(scores) > 2)
    assert len(best_so_far(table)) == len(scores)
    assert len(importances(STUDY.but(space={"batch_size": [64, 128]}), table)) == 1


def test_the_best_so_far_never_falls_and_pays_for_every_epoch(trials):
    grown = best_so_far(trials)
    for (name, seed), run in grown.groupby(["study", "seed"]):
        own = trials[(trials["study"] == name) & (trials["seed"] == seed)]
        assert run["epochs"].iloc[-1] == own["epochs"].sum()
        assert (run["best"].dropna().diff().dropna() >= 0).all()
        assert run["best"].iloc[-1] == own.loc[~own["pruned"].astype(bool), "score"].max()
    assert list(dict.fromkeys(grown["study"])) == ["random", "ASHA"]


def test_the_best_trials_are_one_for_each_study_and_seed_and_none_was_pruned(trials):
    best = best_trials(pd.concat([trials, trials.iloc[:3].assign(study="other")]))
    assert len(best) == 5
    assert not best["pruned"].any()


def test_what_matters_is_found_and_too_little_is_not_judged(trials):
    of_random = trials[trials["study"] == "random"]
    shares = importances(STUDY, of_random)
    assert 0.8 < shares["learning_rate"] <= shares.sum() <= 1
    assert importances(STUDY, of_random.head(3)).isna().all()
    assert importances(STUDY, of_random.assign(score=0.5)).isna().all()


def _drawn(study, height, n=100):
    """Trials of a random search whose score is a function of the values."""
    rng = np.random.default_rng(5)
    rates, dropouts = 10 ** rng.uniform(-4, -1, n), rng.uniform(0, 0.5, n)
    values = [dict(zip(study.space, pair, strict=True)) for pair in zip(rates, dropouts, strict=True)]
    scores = [height(*pair.values()) for pair in values]
    return importances(study, pd.DataFrame({"values": values, "score": scores, "pruned": False}))


def test_a_logarithmic_hyperparameter_counts_evenly_over_its_logarithm():
    space = {"learning_rate": between(1e-4, 1e-1, log=True), "architecture.dropout": between(0.0, 0.5)}
    study = STUDY.but(space=space)
    shares = _drawn(study, lambda rate, dropout: 0.88 - 0.05 * (rate < 1e-3) - 0.01 * (dropout > 0.25))
    assert shares["learning_rate"] > 0.8, "a third of the axis, though a hundredth of the rates"
    assert shares["architecture.dropout"] < 0.15


def test_what_the_main_effects_leave_of_one_is_interaction():
    space = {"learning_rate": between(1e-4, 1e-1, log=True), "architecture.dropout": between(0.0, 0.5)}
    middle = 10**-2.5
    shares = _drawn(
        STUDY.but(space=space), lambda rate, dropout: 0.9 - 0.1 * ((rate > middle) != (dropout > 0.25))
    )
    assert shares.sum() < 0.3


def test_what_is_no_list_of_studies_is_refused(recorder):
    with pytest.raises(TypeError, match="studies: expected a list of Study"):
        checked_studies([STUDY.recipe])
    with pytest.raises(ValueError, match="studies: expected names of their own"):
        checked_studies([STUDY, STUDY.but(seed=1)])


def test_a_lesson_searches_live_and_goes_on_and_cuts_in_quick_mode(monkeypatch, tmp_path, capsys):
    from fmnist_lessons.lesson.lesson import Lesson

    monkeypatch.setenv("FMNIST_DATA", "sketch")
    monkeypatch.setenv("FMNIST_RESULTS_DIR", str(tmp_path / "own"))
    monkeypatch.setenv("FMNIST_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("FMNIST_DATA_DIR", raising=False)
    monkeypatch.setenv("FMNIST_QUICK", "0")
    monkeypatch.setattr(store, "book_folder", lambda: tmp_path / "book")
    lesson = Lesson("08_hyperparameter_studies", seed=0, uses_keras=False)
    assert len(lesson.search(STUDY, at_most=3)) == 3
    monkeypatch.setattr("fmnist_lessons.lesson.live.fit_time", lambda *_: (80.0, "a CPU"))
    capsys.readouterr()
    whole = lesson.search(STUDY)
    assert "random: expect about 50 s" in capsys.readouterr().out, "five of eight trials are left"
    assert len(whole) == 8
    lesson.search(STUDY)
    assert "expect" not in capsys.readouterr().out, "nothing is left"
    assert len(lesson.search(STUDY, at_most=2, anew=True)) == 2
    assert set(whole["whose"]) == {"yours"}
    assert lesson.studies([STUDY]).empty
    assert "No record of 'random'" in capsys.readouterr().out

    monkeypatch.setenv("FMNIST_QUICK", "1")
    lesson = Lesson("08_hyperparameter_studies", seed=0, uses_keras=False)
    many = [STUDY, STUDY.but(name="b", sampler="grid"), STUDY.but(name="c", pruner="asha")]
    quick = lesson.studies(many, seeds=range(2))
    assert list(quick["study"]) == ["random", "random", "c", "c"]
    assert set(quick["epochs"]) == {1}
    assert np.isfinite(quick["score"]).all()
