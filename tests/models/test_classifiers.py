import os
import subprocess
import sys

import numpy as np
import pytest

from fmnist_lessons.machine.backend import keras
from fmnist_lessons.models.classifiers import (
    BUILDERS,
    PARTS,
    build_cnn,
    build_deep_cnn,
    build_lenet5,
    build_mlp,
    build_resnet,
)
from fmnist_lessons.models.lenet1998 import (
    TrainablePooling,
    build_lenet5_1998,
    codes,
    connection_table,
    scaled_tanh,
)
from fmnist_lessons.training.recipe import Recipe


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        (build_mlp(()), 784 * 10 + 10),
        (build_mlp((128,)), 784 * 128 + 128 + 128 * 10 + 10),
        (build_mlp((256, 128), dropout=0.5), 784 * 256 + 256 + 256 * 128 + 128 + 128 * 10 + 10),
        (build_mlp((64,), normalise=True), 784 * 64 + 4 * 64 + 64 * 10 + 10),
        (build_cnn(), 32 * 9 + 32 + 13 * 13 * 32 * 100 + 100 + 100 * 10 + 10),
        (build_cnn(padding="same"), 32 * 9 + 32 + 14 * 14 * 32 * 100 + 100 + 100 * 10 + 10),
        (
            build_deep_cnn(filters=(4, 8), hidden=(20,)),
            (9 + 1) * 4 + (9 * 4 + 1) * 8 + (7 * 7 * 8 + 1) * 20 + 21 * 10,
        ),
        (
            build_deep_cnn(filters=(4, 8), hidden=(20,), normalise=True, dropout=0.5),
            (9 + 4) * 4 + (9 * 4 + 4) * 8 + (7 * 7 * 8 + 4) * 20 + 21 * 10,
        ),
        (
            build_resnet(stem=4, filters=(8, 16), blocks=2),
            10 * 4 + 9 * (4 * 8 + 4 * 8 * 8) + 5 * 4 * 8 + 9 * (8 * 16 + 4 * 16 * 16) + 5 * 4 * 16 + 17 * 10,
        ),
    ],
)
def test_parameters_by_hand(model, parameters):
    assert model.count_params() == parameters


@pytest.mark.parametrize("build", BUILDERS.values())
def test_pixels_are_scaled_inside(build):
    model = build()
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28), dtype=np.uint8)
    scaled = model.get_layer("rescaling")(images)
    assert np.asarray(scaled).max() <= (1.175 if build is build_lenet5_1998 else 1)
    logits = model.predict(images, verbose=0)
    assert logits.shape == (3, 10)
    assert not np.allclose(logits.sum(axis=1), 1), "the output is logits, not probabilities"


def test_the_published_network_has_the_published_layers():
    names = [layer.name for layer in build_cnn().layers]
    assert names == ["rescaling", "channel", "convolution", "pooling", "flatten", "hidden", "logits"]


def test_pooling_before_or_after_relu_is_the_same():
    x = np.random.default_rng(0).normal(size=(2, 6, 6, 3)).astype("float32")
    pool, relu = keras.layers.MaxPooling2D(2), keras.layers.ReLU()
    assert bool(keras.ops.all(pool(relu(x)) == relu(pool(x))))


def test_a_residual_block_that_adds_nothing_passes_on_what_it_got():
    model = build_resnet(stem=4, filters=(8,))
    scale = model.get_layer("stage_1_block_1_second_normalised")
    scale.gamma.assign(np.zeros(8))
    inner = keras.Model(
        model.input,
        [model.get_layer(f"stage_1_{name}_activation").output for name in ("widen", "block_1")],
    )
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28), dtype=np.uint8)
    before, after = (keras.ops.convert_to_numpy(x) for x in inner(images))
    assert before.shape == (3, 14, 14, 8)
    assert np.allclose(before, after)


def parameters_of(model):
    """The trained numbers of each layer that has some."""
    counts = {
        layer.name: sum(int(np.prod(w.shape)) for w in layer.trainable_weights) for layer in model.layers
    }
    return {name: count for name, count in counts.items() if count}


def shapes_of(model, names=("c1", "s2", "c3", "s4", "c5", "f6", "logits")):
    return [model.get_layer(name).output.shape[1:] for name in names]


LENET_SHAPES = [(28, 28, 6), (14, 14, 6), (10, 10, 16), (5, 5, 16), (1, 1, 120), (84,), (10,)]


def test_lenet5_has_the_layers_of_the_paper():
    model = build_lenet5()
    assert shapes_of(model) == LENET_SHAPES
    by_hand = {"c1": 156, "c3": 2416, "c5": 48_120, "f6": 10_164, "logits": 850}
    assert parameters_of(model) == by_hand
    assert model.count_params() == 61_706


def test_each_step_of_the_modernisation_is_an_argument():
    model = build_lenet5(activation="sigmoid", pooling="average", initializer="glorot_uniform")
    config = {layer.name: layer.get_config() for layer in model.layers}
    assert [config[f"{name}_activation"]["activation"] for name in ("c1", "c3", "c5", "f6")] == [
        "sigmoid"
    ] * 4
    assert type(model.get_layer("s2")).__name__ == "AveragePooling2D"
    assert type(build_lenet5().get_layer("s4")).__name__ == "MaxPooling2D"
    assert config["f6"]["kernel_initializer"]["class_name"] == "GlorotUniform"
    with pytest.raises(ValueError, match="pooling: expected one of"):
        build_lenet5(pooling="mean")


def test_normalised_layers_lose_their_bias_and_get_scale_and_shift():
    model = build_lenet5(normalise=True)
    names = [layer.name for layer in model.layers]
    for name, units in {"c1": 6, "c3": 16, "c5": 120, "f6": 84}.items():
        at = names.index(name)
        assert names[at : at + 3] == [name, f"{name}_normalised", f"{name}_activation"]
        assert len(model.get_layer(name).get_weights()) == 1
        assert [w.shape for w in model.get_layer(f"{name}_normalised").get_weights()] == [(units,)] * 4
    assert sum(parameters_of(model).values()) == 61_706 + 226


def test_padding_to_32_is_padding_same_in_c1():
    model = build_lenet5()
    image = np.random.default_rng(0).random((1, 28, 28, 1)).astype("float32")
    same = model.get_layer("c1")(image)
    valid = keras.layers.Conv2D(6, 5)
    padded = keras.layers.ZeroPadding2D(2)(image)
    valid.build(padded.shape)
    valid.set_weights(model.get_layer("c1").get_weights())
    assert np.allclose(same, valid(padded), atol=1e-5)


def test_the_network_of_1998_has_sixty_thousand_trained_parameters():
    model = build_lenet5_1998()
    assert shapes_of(model) == LENET_SHAPES
    by_hand = {"c1": 156, "s2": 12, "c3": 1516, "s4": 32, "c5": 48_120, "f6": 10_164}
    assert parameters_of(model) == by_hand
    assert sum(by_hand.values()) == 60_000


def test_the_table_of_c3_is_the_papers():
    table = """
        X...XXX..XXXX.XX
        XX...XXX..XXXX.X
        XXX...XXX..X.XXX
        .XXX..XXXX..X.XX
        ..XXX..XXXX.XX.X
        ...XXX..XXXX.XXX
    """
    assert ["".join("X" if x else "." for x in row) for row in connection_table()] == table.split()


def test_c3_reads_what_the_table_says_and_nothing_else():
    layer = build_lenet5_1998().get_layer("c3")
    kernel = np.asarray(layer.full_kernel())
    assert np.array_equal((kernel != 0).any(axis=(0, 1)), connection_table())
    assert np.count_nonzero(kernel) == 1500
    # a map that reads three others starts with larger weights than one that reads six
    largest = np.abs(kernel).max(axis=(0, 1, 2))
    assert largest[0] <= 2.4 / 75
    assert largest[15] <= 2.4 / 150 < largest[0]
    maps = np.random.default_rng(0).random((2, 14, 14, 6)).astype("float32")
    changed = maps.copy()
    changed[..., 3] = 0
    differ = np.abs(np.asarray(layer(maps)) - np.asarray(layer(changed))).max(axis=(0, 1, 2)) > 0
    assert np.array_equal(differ, connection_table()[3])


def test_trainable_pooling_scales_the_sum_of_four():
    layer = TrainablePooling()
    maps = np.random.default_rng(0).random((2, 4, 6, 3)).astype("float32")
    layer.build(maps.shape)
    coefficient, bias = np.float32([1, -2, 0.5]), np.float32([0, 1, -1])
    layer.set_weights([coefficient, bias])
    sums = maps.reshape(2, 2, 2, 3, 2, 3).sum(axis=(2, 4))
    assert np.allclose(layer(maps), coefficient * sums + bias, atol=1e-5)


def test_the_output_is_minus_the_squared_distance_to_fixed_codes():
    layer = build_lenet5_1998().get_layer("logits")
    states = np.random.default_rng(0).normal(size=(3, 84)).astype("float32")
    assert set(np.unique(codes())) == {-1, 1}
    assert np.array_equal(codes(), codes())
    assert len(np.unique(codes(), axis=1).T) == 10
    distances = ((states[:, :, None] - codes()) ** 2).sum(axis=1)
    assert np.allclose(layer(states), -distances, rtol=1e-4)


def test_scaled_tanh_keeps_one():
    assert np.allclose(scaled_tanh(np.float32([-1, 0, 1])), [-1, 0, 1], atol=1e-4)


def test_the_network_of_1998_is_saved_whole_and_its_codes_do_not_train(tmp_path):
    model = build_lenet5_1998()
    before = [np.array(w) for w in model.get_weights()]
    images = np.random.default_rng(0).integers(0, 256, (20, 28, 28), dtype=np.uint8)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(images, np.arange(20) % 10, verbose=0)
    moved = [not np.array_equal(old, new) for old, new in zip(before, model.get_weights(), strict=True)]
    assert moved == [True] * 12 + [False]
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert np.allclose(loaded.predict(images, verbose=0), model.predict(images, verbose=0), rtol=1e-4)


def test_what_a_builder_calls_enters_the_fingerprint():
    parts = Recipe(model="lenet5_1998", epochs=1).decided_by()
    assert {connection_table, codes, TrainablePooling} <= set(parts)
    assert all(name in BUILDERS for name in PARTS)


def test_the_network_of_1998_runs_on_another_backend():
    code = (
        "from fmnist_lessons.models import build_lenet5_1998; import numpy as np;"
        "print(build_lenet5_1998().predict(np.zeros((2, 28, 28), 'uint8'), verbose=0).shape)"
    )
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    ended = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert ended.stdout.split("\n")[-2] == "(2, 10)"
