"""Fits of every kind: kept as arrays and facts, and taken up again as they were."""

import pickle
import warnings

import numpy as np
import pytest
from tiny_network import tiny  # noqa: F401

from fmnist_lessons.machine.sealed import DamagedWarning
from fmnist_lessons.training.autoencoder import AutoencoderRecipe
from fmnist_lessons.training.baselines import BaselineRecipe
from fmnist_lessons.training.encoder import EncoderRecipe
from fmnist_lessons.training.rebuilding import PCARecipe
from fmnist_lessons.training.recipe import Recipe
from fmnist_lessons.training.transfer import TransferRecipe

SHAPE = {"code": 4, "filters": (2, 2, 2, 4)}
AUTOENCODER = AutoencoderRecipe(model="conv_autoencoder", architecture=SHAPE, epochs=1)
RECIPES = {
    "nearest mean": BaselineRecipe("nearest_mean"),
    "logistic regression": BaselineRecipe("logistic_regression", {"max_iter": 3}),
    "components": PCARecipe(components=3, left_out=2),
    "network": Recipe(model="mlp", architecture={"hidden": (8,), "normalise": True}, epochs=2),
    "autoencoder": AUTOENCODER,
    "encoder": EncoderRecipe(
        mode="frozen", pretraining=AUTOENCODER, architecture={**SHAPE, "units": (8,)}, epochs=1, labels=0.5
    ),
    "transfer": TransferRecipe(
        network="tiny", mode="frozen", architecture={"size": 16}, epochs=1, labels=0.5
    ),
}


@pytest.fixture(params=RECIPES)
def recipe(request, tiny):  # noqa: F811
    return RECIPES[request.param]


def never(*_, **__):
    raise AssertionError("trained again")


def test_a_fit_that_was_kept_is_taken_up_as_it_was(recipe, garments, tmp_path, monkeypatch):
    fit = recipe.train(*garments, seed=0, kept=tmp_path / "kept")
    monkeypatch.setattr(type(recipe), "carry_out", never)
    again = recipe.train(*garments, seed=0, kept=tmp_path / "kept")
    assert type(again) is type(fit)
    images = np.asarray(garments[1].images)
    assert again.predict(images) == pytest.approx(fit.predict(images), abs=1e-5)
    for name in ("history", "wall", "cpu", "peak_memory_mb", "pretraining_seconds", "parameters"):
        assert getattr(again, name) == getattr(fit, name)
    (measured, logits), (before, _) = again.measures(garments[0]), fit.measures(garments[0])
    assert measured["images"] == before["images"], "the images whose labels were used"
    assert (logits is None) == (fit.kind == "autoencoder")


class Poison:
    def __reduce__(self):
        return warnings.warn, ("code was run from a cache",)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", pickle.dumps(Poison()), None], ids=repr)
def test_what_is_no_kept_fit_is_told_and_trained_anew(content, garments, tmp_path):
    recipe, file = RECIPES["nearest mean"], tmp_path / "kept.fit"
    fit = recipe.train(*garments, seed=0, kept=tmp_path / "kept")
    file.write_bytes(file.read_bytes()[:-70] if content is None else content)
    with pytest.warns(DamagedWarning, match="kept.fit: expected .*trained anew") as caught:
        again = recipe.train(*garments, seed=0, kept=tmp_path / "kept")
    assert not any("code was run" in str(one.message) for one in caught)
    assert np.array_equal(again.logits(garments[1]), fit.logits(garments[1]))
    recipe.train(*garments, seed=0, kept=tmp_path / "kept")  # whole again: no warning


def test_the_fit_of_another_recipe_is_not_taken_up(garments, tmp_path):
    RECIPES["nearest mean"].train(*garments, seed=0, kept=tmp_path / "kept")
    with pytest.warns(DamagedWarning, match="trained anew"):
        fit = RECIPES["network"].train(*garments, seed=0, kept=tmp_path / "kept")
    assert fit.predict(np.asarray(garments[1].images)).shape == (200, 10)


def test_a_fit_that_cannot_be_kept_is_handed_out_with_a_warning(garments, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.warns(UserWarning, match="trained once more"):
        fit = RECIPES["nearest mean"].train(*garments, seed=0, kept=tmp_path / "file" / "kept")
    assert fit.logits(garments[1]).shape == (200, 10)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_recipe_knows_what_records_ask_of_it(recipe):
    assert recipe.validation_size == 10_000
    assert recipe.but() == recipe
    assert recipe.quick().model == recipe.model
    assert len(recipe.decided_by()) > 1


def test_no_file_of_ours_is_ever_unpickled():
    from pathlib import Path

    import fmnist_lessons

    sources = list(Path(fmnist_lessons.__file__).parent.rglob("*.py"))
    assert len(sources) > 50
    found = [
        f"{source.name}: {word}"
        for source in sources
        for word in ("pickle.load", "joblib.load", "allow_pickle=True", "read_pickle")
        if word in source.read_text(encoding="utf-8")
    ]
    assert found == []
