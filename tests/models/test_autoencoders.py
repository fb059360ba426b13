import numpy as np
import pytest

from fmnist_lessons.models.autoencoders import (
    build_conv_autoencoder,
    build_conv_encoder,
    build_dense_autoencoder,
    build_encoder_classifier,
)
from fmnist_lessons.training.autoencoder import AutoencoderRecipe, ImageBatches
from fmnist_lessons.training.recipe import Recipe

DENSE = AutoencoderRecipe(model="dense_autoencoder", architecture={"code": 8, "hidden": (64,)}, epochs=3)
CONV = AutoencoderRecipe(
    model="conv_autoencoder", architecture={"code": 4, "filters": (2, 2, 2, 4)}, epochs=1, batch_size=50
)


@pytest.mark.parametrize("build", [build_dense_autoencoder, build_conv_autoencoder])
def test_an_autoencoder_gives_back_images_of_the_same_shape_from_a_code(build, garments):
    model = build(code=5)
    pixels = garments[0].images[:3]
    codes = model.get_layer("encoder").predict(pixels, verbose=0)
    images = model.get_layer("decoder").predict(codes, verbose=0)
    assert codes.shape == (3, 5)
    assert images.shape == (3, 28, 28)
    assert images.min() >= 0
    assert images.max() <= 1
    assert np.allclose(images, model.predict(pixels, verbose=0), atol=1e-5)
    assert not model.compiled


def test_parameters_are_those_by_hand():
    dense = 784 * 512 + 512 + 512 * 256 + 256 + 256 * 32 + 32
    dense += 32 * 256 + 256 + 256 * 512 + 512 + 512 * 784 + 784
    assert build_dense_autoencoder().count_params() == dense
    plain = build_conv_autoencoder(code=32, filters=(16, 32, 64, 128), normalise=False)
    kernels = [9 * a * b + b for a, b in ((1, 16), (16, 32), (32, 64), (64, 128))]
    mirrored = [9 * a * b + b for a, b in ((128, 64), (64, 32), (32, 16), (16, 1))]
    assert plain.count_params() == sum(kernels + mirrored) + 513 * 32 + 33 * 512


def test_each_block_halves_the_maps_of_the_padded_image():
    encoder = build_conv_encoder()
    assert encoder.get_layer("padding").output.shape == (None, 32, 32, 1)
    widths = [encoder.get_layer(f"pooling_{n}").output.shape[1:] for n in (1, 2, 3, 4)]
    assert widths == [(16, 16, 16), (8, 8, 32), (4, 4, 64), (2, 2, 128)]
    decoder = build_conv_autoencoder().get_layer("decoder")
    mirrored = [decoder.get_layer(f"transposed_{n}").output.shape[1:] for n in (4, 3, 2, 1)]
    assert mirrored == [(4, 4, 64), (8, 8, 32), (16, 16, 16), (32, 32, 1)]
    with pytest.raises(ValueError, match="filters: expected four numbers"):
        build_conv_encoder(filters=(8, 16))


def test_the_classifier_s_encoder_takes_an_autoencoder_s_weights():
    encoder = build_conv_autoencoder(code=6).get_layer("encoder")
    classifier = build_encoder_classifier(code=6, dropout=0.2)
    classifier.get_layer("encoder").set_weights(encoder.get_weights())
    dense = [layer.name for layer in classifier.layers if hasattr(layer, "units")]
    assert dense == ["hidden_1", "hidden_2", "logits"]
    assert classifier.output_shape == (None, 10)


def test_a_fit_learns_to_give_images_back(garments):
    steps = []
    fit = DENSE.train(*garments, seed=0, on_step=lambda done, total: steps.append((done, total)))
    assert steps[-1] == (12, 12)
    assert set(fit.history) == {"loss", "val_loss"}
    assert fit.history["val_loss"][-1] < 0.9 * fit.history["val_loss"][0]
    measured, _ = fit.measures(garments[1])
    assert measured["mse"] == pytest.approx(fit.history["val_loss"][-1], rel=1e-3)
    codes = fit.codes(garments[1])
    assert codes.shape == (200, 8)
    assert np.allclose(fit.decode(codes), fit.reconstructions(garments[1]), atol=1e-5)
    assert fit.parameters == fit.model.count_params()
    assert fit.microseconds_per_image(garments[1]) > 0
    assert fit.kind == "autoencoder"


def test_the_seed_decides_the_fit(garments):
    first, again, other = (CONV.train(*garments, seed=s).reconstructions(garments[1]) for s in (3, 3, 4))
    assert np.allclose(first, again, atol=1e-3)
    assert not np.allclose(first, other, atol=1e-2)


def test_the_images_that_go_in_are_noisy_and_those_to_be_given_back_are_clean(garments):
    train, _ = garments
    noisy = DENSE.but(noise="salt_and_pepper", noise_strength=0.5)
    batches = ImageBatches(train, noisy, seed=0)
    given, wanted = batches[0]
    assert given.dtype == np.uint8
    assert wanted.dtype == np.float32
    assert wanted.max() <= 1
    assert (np.abs(given / 255 - wanted) > 0.01).mean() > 0.3
    same_order = ImageBatches(train, DENSE, seed=0)[0]
    assert np.array_equal(same_order[1], wanted)
    assert np.allclose(same_order[0] / 255, wanted)
    batches.on_epoch_end()
    assert not np.array_equal(batches[0][0], given)


def test_denoising_is_measured_against_the_clean_images(garments):
    pytest.importorskip("skimage")
    recipe = DENSE.but(noise="gaussian", noise_strength=0.3)
    fit = recipe.train(*garments, seed=0)
    measured, _ = fit.measures(garments[1])
    assert set(measured) == {"mse", "images", "errors", "psnr", "ssim"}
    assert set(fit.measures(garments[0])[0]) == {"mse", "images"}
    assert measured["mse"] == pytest.approx(fit.history["val_loss"][-1], rel=1e-3)
    assert measured["psnr"] == pytest.approx(-10 * np.log10(measured["mse"]), abs=2)


def test_what_joins_the_halves_and_makes_the_fixed_noise_decides_the_fit():
    noisy = DENSE.but(noise="gaussian", noise_strength=0.3)
    plain, disturbed = ({f.__name__ for f in recipe.decided_by()} for recipe in (DENSE, noisy))
    assert "_joined" in plain
    assert disturbed - plain == {"gaussian", "fixed_noise"}


def test_a_class_that_is_left_out_is_not_trained_on(garments):
    steps = []
    fit = DENSE.but(left_out=3, epochs=1).train(
        *garments, seed=0, on_step=lambda done, total: steps.append(total)
    )
    kept = (garments[0].labels != 3).sum()
    assert steps[-1] == -(-kept // 128)
    assert 0 <= fit.measures(garments[1])[0]["auc"] <= 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "mlp"}, r"model: expected one of \('dense_autoencoder', 'conv_autoencoder'\)"),
        ({"noise": "gauss"}, "noise: expected one of"),
        ({"noise": "gaussian"}, "noise_strength: expected a number above 0 with the noise 'gaussian'"),
        ({"noise_strength": 0.2}, "noise_strength: expected 0 with the noise 'none'"),
        ({"noise": "gaussian", "noise_strength": 2}, "noise_strength: expected a number from 0 to below 1"),
        ({"left_out": "bag"}, "left_out: expected None or a class from 0 to 9"),
        ({"architecture": {"units": 3}}, "architecture: expected some of .*'units'"),
    ],
)
def test_a_recipe_refuses_what_makes_no_sense(changes, message):
    with pytest.raises(ValueError, match=message):
        DENSE.but(**changes)


def test_autoencoders_and_classifiers_do_not_mix():
    for name in ("label_smoothing", "erase", "patience"):
        with pytest.raises(TypeError, match=f"but: expected some of .*found .*{name}"):
            DENSE.but(**{name: 1})
    with pytest.raises(ValueError, match="model: expected one of"):
        Recipe(model="conv_autoencoder", epochs=1)
