import numpy as np
import pytest

from fmnist_lessons.data.parts import without
from fmnist_lessons.training.rebuilding import PCARecipe


def test_principal_components_keep_more_with_more_of_them(garments):
    errors = []
    for components in (2, 20, 200):
        fit = PCARecipe(components=components).train(*garments, seed=0)
        assert fit.codes(garments[1]).shape == (200, components)
        assert fit.reconstructions(garments[1]).shape == (200, 28, 28)
        assert fit.parameters == 784 * (components + 1)
        errors.append(fit.measures(garments[1])[0]["mse"])
    assert errors == sorted(errors, reverse=True)
    assert fit.kind == "autoencoder"
    assert fit.microseconds_per_image(garments[1]) > 0
    assert fit.file_kb() > 100


def test_what_components_draw_outside_the_range_of_pixels_is_cut_off(garments):
    fit = PCARecipe(components=8).train(*garments, seed=0)
    rebuilt = fit.reconstructions(garments[1])
    uncut = fit.model.inverse_transform(fit.codes(garments[1])).reshape(-1, 28, 28)
    assert uncut.min() < 0
    assert rebuilt.min() == 0
    assert rebuilt.max() <= 1
    assert np.allclose(rebuilt, np.clip(uncut, 0, 1))
    assert fit.measures(garments[1])[0]["mse"] < np.mean((garments[1].images / 255 - uncut) ** 2)


def test_what_is_measured_is_the_mean_of_each_image_s_error(garments):
    measured, logits = PCARecipe(components=8).train(*garments, seed=0).measures(garments[1])
    assert logits is None
    errors = measured["errors"]
    assert measured["images"] == len(errors) == 200
    assert errors.mean() == pytest.approx(measured["mse"], rel=1e-3)
    assert set(measured) == {"mse", "images", "errors"}
    assert "errors" not in PCARecipe(components=8).train(*garments, seed=0).measures(garments[0])[0]


def test_a_class_left_out_is_found_again_or_not(garments):
    train, validation = garments
    assert set(without(train, 8).labels) == set(range(10)) - {8}
    assert without(train, None) is train
    measured, _ = PCARecipe(components=8, left_out=8).train(train, validation, seed=0).measures(validation)
    assert 0 <= measured["auc"] <= 1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"components": 0}, "components: expected a whole number from 1 to 784, found 0"),
        ({"components": 785}, "components: expected a whole number from 1 to 784, found 785"),
        ({"components": 2.5}, "components: expected a whole number"),
        ({"components": 2, "left_out": 10}, "left_out: expected None or a class from 0 to 9, found 10"),
    ],
)
def test_a_recipe_of_components_refuses_what_makes_no_sense(values, message):
    with pytest.raises(ValueError, match=message):
        PCARecipe(**values)
    with pytest.raises(ValueError, match=message):
        PCARecipe(components=2).but(**values)
