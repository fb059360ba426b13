import numpy as np
import pytest

from fmnist_lessons.models import build_cnn, build_mlp


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        (build_mlp(()), 784 * 10 + 10),
        (build_mlp((128,)), 784 * 128 + 128 + 128 * 10 + 10),
        (build_mlp((256, 128), dropout=0.5), 784 * 256 + 256 + 256 * 128 + 128 + 128 * 10 + 10),
        (build_mlp((64,), normalise=True), 784 * 64 + 4 * 64 + 64 * 10 + 10),
        (build_cnn(), 32 * 9 + 32 + 13 * 13 * 32 * 100 + 100 + 100 * 10 + 10),
        (build_cnn(padding="same"), 32 * 9 + 32 + 14 * 14 * 32 * 100 + 100 + 100 * 10 + 10),
    ],
)
def test_parameters_by_hand(model, parameters):
    assert model.count_params() == parameters


@pytest.mark.parametrize("build", [build_mlp, build_cnn])
def test_pixels_are_scaled_inside(build):
    model = build()
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28), dtype=np.uint8)
    scaled = model.get_layer("rescaling")(images)
    assert np.asarray(scaled).max() <= 1
    logits = model.predict(images, verbose=0)
    assert logits.shape == (3, 10)
    assert not np.allclose(logits.sum(axis=1), 1), "the output is logits, not probabilities"


def test_the_published_network_has_the_published_layers():
    names = [layer.name for layer in build_cnn().layers]
    assert names == ["rescaling", "channel", "convolution", "pooling", "flatten", "hidden", "logits"]
