"""Descriptions of studies: what they refuse, the points they stand for, their fingerprints."""

import json

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


def test_what_is_no_recipe_or_no_value_of_a_study_is_refused():
    with pytest.raises(TypeError, match="base: expected a Recipe that trains epoch by epoch, found None"):
        STUDY.but(base=None)
    with pytest.raises(TypeError, match=r"but: expected some of \['name', .*, found \['trial'\]"):
        STUDY.but(trial=3)


def test_numbers_between_have_an_order():
    with pytest.raises(ValueError, match="between: expected low < high, above 0, found 0 and 1"):
        between(0, 1, log=True)
    with pytest.raises(ValueError, match="between: expected low < high, found 2 and 1"):
        between(2, 1)
    with pytest.raises(ValueError, match="between: expected low < high, found 0 and inf"):
        between(0, float("inf"))
    with pytest.raises(ValueError, match=r"between: expected whole ends with whole=True, found 64\.5"):
        between(64.5, 512, whole=True)


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
    assert fingerprints.fingerprint(again, {}) == fingerprints.fingerprint(study, {})
    deciding = study.decided_by()
    assert {recipe.schedule for recipe in deciding if recipe in study._recipes()} == {"constant", "cosine"}
    names = {getattr(function, "__name__", "") for function in deciding}
    assert {
        "EpochByEpoch",
        "sampler_of",
        "grid",
        "_grid_values",
        "recipe_for",
        "trial_seed",
        "end_of",
    } <= names


def test_quick_mode_s_study_is_short():
    quick = STUDY.but(pruner="asha", budget=9).quick()
    assert (quick.trials, quick.recipe.epochs, quick.pruner, quick.budget) == (2, 1, "none", 0)
