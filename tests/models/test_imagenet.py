"""Networks of Keras Applications, and weights files that are right, missing, cut short or wrong."""

import dataclasses
import hashlib

import numpy as np
import pytest
from keras.src.applications import efficientnet  # its table of checksums
from tiny_data import send
from weight_files import write_weights

from fmnist_lessons.models import imagenet
from fmnist_lessons.models.imagenet import NETWORKS, UnavailableWeightsError, WeightsError, WeightsWarning

NAMES = ("mobilenet", "vgg16", "efficientnetb0")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder of Keras's own without weights, and no network."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("FMNIST_QUICK", raising=False)
    monkeypatch.delenv("FMNIST_MODE", raising=False)
    for name in NAMES:
        at(name, monkeypatch, "http://127.0.0.1:9/")
    return tmp_path / "models"


def at(name, monkeypatch, address, md5=""):
    changed = dataclasses.replace(NETWORKS[name], address=address, md5=md5)
    monkeypatch.setitem(NETWORKS, name, changed)


@pytest.fixture(scope="module")
def mobilenet_file(tmp_path_factory):
    """MobileNet with random weights, and a file of them."""
    model = NETWORKS["mobilenet"].build(32, None)
    return model, write_weights(model, tmp_path_factory.mktemp("made") / "weights.h5").read_bytes()


def put(folder, name, raw):
    folder.mkdir(exist_ok=True)
    (folder / NETWORKS[name].file).write_bytes(raw)
    return folder / NETWORKS[name].file


@pytest.mark.parametrize("name", NAMES)
def test_weights_that_are_here_are_those_of_the_network(name, folder, monkeypatch):
    made = NETWORKS[name].build(32, None)
    path = write_weights(made, folder / NETWORKS[name].file)
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    at(name, monkeypatch, "http://127.0.0.1:9/", md5)
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(folder.parent))  # read at its import
    monkeypatch.setitem(efficientnet.WEIGHTS_HASHES, "b0", ("", md5))
    assert imagenet.at_hand(name)
    loaded = imagenet.load(name, 40, weights=True)
    assert all(np.array_equal(a, b) for a, b in zip(loaded.get_weights(), made.get_weights(), strict=True))
    assert loaded.input_shape == (None, 40, 40, 3)
    if name == "efficientnetb0":  # Keras's own preprocessing of pretrained weights, by a layer without any
        assert len(loaded.layers) == len(made.layers) + 1


def test_missing_weights_are_named_with_the_remedy(folder):
    with pytest.raises(UnavailableWeightsError) as caught:
        imagenet.weights_file("vgg16")
    said = str(caught.value)
    assert NETWORKS["vgg16"].file in said
    assert "http://127.0.0.1:9/" in said
    assert f"put it into {folder}" in said
    assert not list(folder.glob("*"))
    assert not imagenet.at_hand("vgg16")
    assert NETWORKS["vgg16"].file in imagenet.missing("vgg16")


def test_quick_mode_goes_on_with_random_weights_and_says_so(monkeypatch):
    monkeypatch.setenv("FMNIST_QUICK", "1")
    with pytest.warns(WeightsWarning, match="RANDOM weights, NOT ImageNet's"):
        assert imagenet.weights_file("mobilenet") is None


def test_a_file_cut_short_is_an_error_and_stays(folder, mobilenet_file, monkeypatch):
    path = put(folder, "mobilenet", mobilenet_file[1][:-1000])
    for mode in ("0", "1"):  # quick mode does not go on with a damaged file
        monkeypatch.setenv("FMNIST_QUICK", mode)
        with pytest.raises(WeightsError, match=r"expected a whole HDF5 file, found .*Move the file away"):
            imagenet.load("mobilenet", 32, weights=True)
    assert path.read_bytes() == mobilenet_file[1][:-1000]


def test_a_file_of_another_kind_or_network_is_an_error(folder, mobilenet_file):
    put(folder, "mobilenet", b"<html>not found</html>")
    with pytest.raises(WeightsError, match="expected a whole HDF5 file, found 22 bytes"):
        imagenet.weights_file("mobilenet")
    put(folder, "vgg16", mobilenet_file[1])
    with pytest.raises(
        WeightsError, match="expected the weights of vgg16 without its classifier, found other"
    ):
        imagenet.load("vgg16", 32, weights=True)


def test_a_file_with_another_checksum_is_an_error(folder, mobilenet_file, monkeypatch):
    put(folder, "mobilenet", mobilenet_file[1])
    at("mobilenet", monkeypatch, "http://127.0.0.1:9/", "0" * 32)
    with pytest.raises(WeightsError, match=r"expected the MD5 checksum 0{32}, found [0-9a-f]{32}"):
        imagenet.weights_file("mobilenet")


def test_weights_are_downloaded_once_and_moved_into_place(folder, mobilenet_file, serve, monkeypatch):
    asked = []

    def answer(handler):
        asked.append(handler.path)
        send(mobilenet_file[1])(handler)

    at("mobilenet", monkeypatch, serve(answer))
    for _ in range(2):
        path = imagenet.weights_file("mobilenet")
    assert asked == ["/" + NETWORKS["mobilenet"].file]
    assert path.read_bytes() == mobilenet_file[1]
    assert [file.name for file in folder.iterdir()] == [path.name]


def test_a_download_of_something_else_leaves_nothing_behind(folder, serve, monkeypatch):
    at("mobilenet", monkeypatch, serve(send(b"<html>please log in</html>")))
    with pytest.raises(WeightsError, match="expected a whole HDF5 file"):
        imagenet.weights_file("mobilenet")
    assert not list(folder.iterdir())


def test_random_weights_need_no_file_and_read_none(folder, mobilenet_file):
    put(folder, "mobilenet", b"broken")
    assert imagenet.load("mobilenet", 32, weights=False).count_params() == mobilenet_file[0].count_params()


def test_what_the_networks_do_not_have_is_refused():
    with pytest.raises(ValueError, match=r"network: expected one of .*found 'resnet'"):
        imagenet.load("resnet", 64, weights=False)
    with pytest.raises(ValueError, match="size: expected 32 or more for vgg16, found 28"):
        imagenet.load("vgg16", 28, weights=False)


@pytest.mark.parametrize("name", NAMES)
def test_the_preprocessing_is_that_of_keras(name):
    import keras

    module = {"mobilenet": "mobilenet", "vgg16": "vgg16", "efficientnetb0": "efficientnet"}[name]
    gray = np.repeat(np.arange(0, 256, 5, dtype="float32").reshape(1, -1, 1, 1), 3, axis=-1)
    ours = np.asarray(NETWORKS[name].preprocessing()(gray))
    theirs = getattr(keras.applications, module).preprocess_input(gray.copy())
    assert ours == pytest.approx(theirs, abs=1e-3)
