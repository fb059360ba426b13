"""Descriptions of studies: what they refuse, the points they stand for, their fingerprints."""

import json
import pickle

import numpy as np
import pytest
from curves import Curve

from fmnist_lessons.studies.study import Study, between
from fmnist_lessons.training import fingerprints
from fmnist_lessons.training.recipe import Recipe

SPACE = {"learning_rate": between(1e-4, 1e-1, log=True, grid=4), "batch_size": [64, 256]}
STUDY = Study(name="a search", base=Curve(), space=SPACE, trials=8, sampler="grid")


def test_the_grid_holds_every_pair_once_in_an_order_of_the_seed():
    points = [tuple(point.values()) for point in STUDY.grid()]
    assert sorted(points) == [(rate, size) for rate in (1e-4, 1e-3, 1e-2, 1e-1) for size in (64, 256)]
    others = [tuple(point.values()) for point in STUDY.but(seed=1).grid()]
    assert sorted(others) == sorted(points)
    assert others != points


@pytest.mark.parametrize(
    ("allowed", "values"),
    [
        (between(0.0, 0.5), [0.0, 0.25, 0.5]),
        (between(0.0, 0.5, grid=1), [0.0]),
        (between(64, 512, log=True, whole=True, grid=4), [64, 128, 256, 512]),
        (between(1, 2, whole=True, grid=9), [1, 2]),
    ],
)
def test_a_grid_takes_evenly_spread_values(allowed, values):
    study = STUDY.but(space={"learning_rate": allowed} if values[0] else {"pause": allowed}, trials=1)
    assert sorted(next(iter(point.values())) for point in study.grid()) == values


def test_a_point_becomes_a_recipe():
    space = {
        "optimizer": {"small": {"batch_size": 64}, "large": {"batch_size": 512, "learning_rate": 0.5}},
        "architecture.dropout": [0.2],
        "architecture.hidden": [[128, 64]],
    }
    study = Study(name="b", base=Curve(architecture={"normalise": True}), space=space, trials=2)
    recipe = study.recipe_for(
        {"optimizer": "large", "architecture.dropout": 0.2, "architecture.hidden": [128, 64]}
    )
    assert (recipe.batch_size, recipe.learning_rate) == (512, 0.5)
    assert recipe.architecture == {"normalise": True, "dropout": 0.2, "hidden": [128, 64]}
    assert study.recipe.architecture == {"normalise": True}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sampler": "bayes"}, "sampler: expected one of .*found 'bayes'"),
        ({"pruner": "median"}, "pruner: expected one of .*found 'median'"),
        ({"trials": 0}, "trials: expected a whole number, 1 or more, found 0"),
        ({"trials": 9}, "trials: expected at most 8, the points of the grid, found 9"),
        ({"budget": -1}, "budget: expected a whole number, 0 or more, found -1"),
        ({"space": {}}, "space: expected hyperparameters and their values, found {}"),
        ({"base": Curve(patience=3)}, "patience: expected 0 in a study, found 3: a trial is judged after"),
        ({"space": {"patience": [0, 2]}, "trials": 1}, "patience: expected 0 in a study, found 2"),
        ({"space": {"epochs": [4, 6]}, "trials": 1}, "epochs: expected 4 in all trials, as in base, found 6"),
        ({"space": {"learning_rate": 0.1}}, r"space\['learning_rate'\]: expected a list .*, found 0.1"),
        ({"space": {"learning_rate": []}}, r"space\['learning_rate'\]: expected a list .*, found \[\]"),
        ({"space": {"model": "curve"}}, r"space\['model'\]: expected a list of values, .*, found 'curve'"),
        ({"space": {"model": {"A": "a"}}}, r"space\['model'\]: expected .* names with the changes"),
        ({"space": {"learning_rate": (1e-4, 1e-1)}}, r"found \(0.0001, 0.1\): is between\(…\) meant"),
        (
            {"space": {"arch.dropout": [0.1]}},
            "expected architecture.… .*found 'arch.dropout'",
        ),
        ({"name": ""}, "name: expected a text that is not empty, found ''"),
        ({"name": " "}, "name: expected a text that is not empty, found ' '"),
        ({"name": None}, "name: expected a text that is not empty, found None"),
        ({"name": 7}, "name: expected a text that is not empty, found 7"),
        ({"trials": True}, "trials: expected a whole number, 1 or more, found True"),
        ({"trials": 1.5}, "trials: expected a whole number, 1 or more, found 1.5"),
        ({"trials": "8"}, "trials: expected a whole number, 1 or more, found '8'"),
        ({"trials": 10**9}, "trials: expected at most 100,000, found 1,000,000,000"),
        ({"seed": -1}, "seed: expected a whole number from 0 to .*, found -1"),
        ({"seed": None}, "seed: expected a whole number from 0 to .*, found None"),
        ({"seed": 10**9}, "seed: expected at most 4,000,000, found 1,000,000,000"),
        ({"budget": 1.5}, "budget: expected a whole number, 0 or more, found 1.5"),
        ({"budget": float("nan")}, "budget: expected a whole number, 0 or more, found nan"),
        ({"sampler": ["grid"]}, r"sampler: expected one of .*found \['grid'\]"),
        ({"pruner": None}, "pruner: expected one of .*found None"),
        ({"space": None}, "space: expected hyperparameters and their values, found None"),
        ({"space": ["learning_rate"]}, "space: expected hyperparameters and their values, found"),
        ({"space": {1: [0.1]}}, "space: expected names of hyperparameters, found 1"),
        ({"space": {None: [0.1]}}, "space: expected names of hyperparameters, found None"),
        ({"space": {"learning_rate": [0.1, float("nan")]}}, "space: .*for a record, found .*nan"),
        ({"space": {"learning_rate": [float("inf")]}}, "space: .*for a record, found .*inf"),
        ({"space": {"learning_rate": [{1, 2}]}}, "space: .*for a record, found .*set"),
        ({"space": {"learning_rate": [np.float32(0.1)]}}, "space: .*for a record, found .*float32"),
        ({"space": {"learning_rate": np.array([0.1])}}, "space: .*for a record, found .*array"),
        ({"space": {"learning_rate": [print]}}, "space: .*for a record, found .*print"),
        ({"space": {"batch_size": [64, 256, 64]}}, r"space\['batch_size'\]: expected different .*64 twice"),
        ({"space": {"flip": [1, True]}}, r"space\['flip'\]: expected different values, found True twice"),
        ({"space": {"batch_size": [*range(1, 2000)]}}, "expected at most 1,000 values, found 1,999"),
        ({"space": {"batch_size": range(1, 9)}}, r"space: .*for a record, found .*range\(1, 9\)"),
        ({"space": {"learning_rate": {}}}, r"space\['learning_rate'\]: expected a list .*, found {}"),
        ({"space": {"learning_rate": {"between": [1, 2]}}}, r"space\['learning_rate'\]: expected a list"),
        ({"space": {"learning_rate": {**between(1, 2), "between": 3}}}, "expected a list of values, between"),
        ({"space": {"learning_rate": {**between(1, 2), "between": [2, 1]}}}, "expected low < high, found 2"),
        ({"space": {"learning_rate": {**between(1, 2), "log": "yes"}}}, "expected True or False for log"),
        ({"space": {"batch_size": {8: {"batch_size": 8}}}}, r"space\['batch_size'\]: expected a list"),
        (
            {"space": {f"a{i}": [*range(30)] for i in range(5)}},
            "grid of at most 100,000 points, found 24,300",
        ),
        (
            {"base": {"epochs": 3}},
            "base: expected the values of a recipe with its model, found {'epochs': 3}",
        ),
        ({"base": {"model": "perceptron", "epochs": 3}}, "model: expected one of .*found 'perceptron'"),
    ],
)
def test_a_study_refuses_what_makes_no_sense(changes, message):
    with pytest.raises(ValueError, match=message):
        STUDY.but(**changes)


def test_a_name_that_the_recipe_does_not_know_is_found_before_anything_runs():
    with pytest.raises(TypeError, match="learnig_rate"):
        STUDY.but(space={"learnig_rate": [0.1]}, trials=1)


def test_a_range_whose_end_the_recipe_refuses_is_found_before_anything_runs():
    space = {"momentum": between(0.5, 1.5, grid=1)}
    with pytest.raises(ValueError, match=r"momentum: expected a number from 0 to below 1, found 1\.5"):
        Study(name="m", base=Recipe(model="mlp", optimizer="sgd", epochs=3), space=space, trials=1)


@pytest.mark.parametrize("base", [None, "mlp", 7, Curve, Recipe, [Curve()]])
def test_what_is_no_recipe_is_refused(base):
    with pytest.raises(TypeError, match="base: expected a Recipe that trains epoch by epoch, found"):
        STUDY.but(base=base)


def test_a_value_that_a_study_does_not_have_is_refused():
    with pytest.raises(TypeError, match=r"but: expected some of \['name', .*, found \['trial'\]"):
        STUDY.but(trial=3)


@pytest.mark.parametrize(
    ("ends", "settings", "message"),
    [
        ((0, 1), {"log": True}, "expected low < high, above 0, found 0 and 1"),
        ((2, 1), {}, "expected low < high, found 2 and 1"),
        ((1, 1), {}, "expected low < high, found 1 and 1"),
        ((0, float("inf")), {}, "expected low < high, found 0 and inf"),
        ((float("nan"), 1), {}, "expected low < high, found nan and 1"),
        ((-1.7e308, 1.7e308), {}, "expected low < high, found -1.7e"),
        ((0, 10**400), {}, "expected low < high, found 0 and 10000"),
        (("1", 2), {}, "expected two numbers, found '1' and 2"),
        ((None, 2), {}, "expected two numbers, found None and 2"),
        ((False, True), {}, "expected two numbers, found False and True"),
        ((1j, 2), {}, "expected two numbers, found 1j and 2"),
        ((64.5, 512), {"whole": True}, r"expected whole ends with whole=True, found 64\.5"),
        ((1, 10**20), {"whole": True}, "expected whole ends with whole=True, found 1 and 1000"),
        ((1, 2), {"log": 1}, "expected True or False for log and whole, found 1"),
        ((1, 2), {"whole": "no"}, "expected True or False for log and whole, found False and 'no'"),
        ((1, 2), {"grid": 0}, "grid: expected a whole number, 1 or more, found 0"),
        ((1, 2), {"grid": 2.5}, "grid: expected a whole number, 1 or more, found 2.5"),
        ((1, 2), {"grid": 10**9}, "grid: expected at most 1,000 values, found 1,000,000,000"),
    ],
)
def test_numbers_between_have_an_order(ends, settings, message):
    with pytest.raises(ValueError, match=message):
        between(*ends, **settings)


def test_a_search_that_is_no_grid_may_have_a_wide_space():
    space = {"architecture.a": [*range(1000)], "architecture.b": [*range(1000)], "architecture.c": [1, 2]}
    study = STUDY.but(space=space, sampler="random", trials=3)
    assert study.recipe_for(dict(zip(space, (999, 5, 2), strict=True))).architecture == {
        "a": 999,
        "b": 5,
        "c": 2,
    }


def test_a_study_survives_a_pickle_as_ray_sends_it():
    again = pickle.loads(pickle.dumps(STUDY))
    assert again == STUDY
    assert again.recipe == STUDY.recipe
    assert STUDY.but(name="b") != STUDY
    assert STUDY != "a search"


def test_every_trial_has_a_seed_of_its_own_and_none_of_a_comparison():
    seeds = {STUDY.but(seed=seed).trial_seed(number) for seed in range(5) for number in range(100)}
    assert len(seeds) == 500
    assert min(seeds) >= 1000


def test_the_fingerprint_knows_the_whole_description_and_survives_a_record():
    def fingerprint(study):
        return fingerprints.fingerprint(study, {})

    others = [
        STUDY.but(base=Curve(epochs=5)),
        STUDY.but(trials=7),
        STUDY.but(seed=1),
        STUDY.but(sampler="random"),
        STUDY.but(pruner="asha"),
        STUDY.but(space={**SPACE, "batch_size": [64, 512]}),
    ]
    assert len({fingerprint(study) for study in [STUDY, *others]}) == 7
    assert fingerprint(STUDY.but()) == fingerprint(STUDY)


def test_a_study_is_made_again_from_its_record():
    from fmnist_lessons.training.recipe import Recipe

    space = {**SPACE, "architecture.dropout": between(0.0, 0.5), "schedule": ["constant", "cosine"]}
    base = Recipe(model="mlp", epochs=3)
    study = Study(name="c", base=base, space=space, trials=5, sampler="random", seed=3)
    stored = json.loads(json.dumps(fingerprints.values_of(study)))
    again = Study(**stored)
    assert again == study
    assert again.recipe == base
    assert fingerprints.values_of(again) == stored
    assert stored["base"] == {"model": "mlp", "epochs": 3}
    assert fingerprints.fingerprint(again, {}) == fingerprints.fingerprint(study, {})
    deciding = study.decided_by()
    assert {recipe.schedule for recipe in deciding if recipe in study._recipes()} == {"constant", "cosine"}
    names = {getattr(function, "__name__", "") for function in deciding}
    assert {
        "EpochByEpoch",
        "sampler_of",
        "grid",
        "recipe_for",
        "trial_seed",
        "end_of",
    } <= names


def test_quick_mode_s_study_is_short():
    quick = STUDY.but(pruner="asha", budget=9).quick()
    assert (quick.trials, quick.recipe.epochs, quick.pruner, quick.budget) == (2, 1, "none", 0)
