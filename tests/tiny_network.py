"""A network of two blocks that stands in for those of Keras Applications, with weights of its own."""

import dataclasses

import pytest
from pooch import file_hash
from weight_files import write_weights

from fmnist_lessons.machine.backend import keras
from fmnist_lessons.models.imagenet import NETWORKS, Network, from_minus_one_to_one


def build_tiny(size, weights):
    """Build two blocks of convolution, batch normalisation and ReLU that halve the width."""
    layers = [keras.Input((size, size, 3))]
    for name, filters in (("low", 4), ("high", 8)):
        layers += [
            keras.layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False, name=f"{name}_conv"),
            keras.layers.BatchNormalization(name=f"{name}_normalised"),
            keras.layers.ReLU(name=name),
        ]
    model = keras.Sequential(layers)
    model = keras.Model(model.inputs, model.outputs[0])
    if weights:
        model.load_weights(weights)
    return model


def write_tiny(path):
    """Write other random weights, which from now on are the published ones."""
    write_weights(build_tiny(16, None), path)
    NETWORKS["tiny"] = dataclasses.replace(NETWORKS["tiny"], checksum=f"sha256:{file_hash(path)}")
    return path


NETWORKS["tiny"] = Network(build_tiny, from_minus_one_to_one, 8, "tiny.h5", "http://127.0.0.1:9/", "")


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """The name of the tiny network; its weights are here, and the caches are empty. Gives the path."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("FMNIST_CACHE_DIR", str(tmp_path / "cache"))
    keras.utils.set_random_seed(7)
    return write_tiny(tmp_path / "models" / "tiny.h5")
