"""Networks of Keras Applications, and weights files that are right, missing, cut short or wrong."""

import dataclasses
import hashlib
import os
from pathlib import Path

import h5py
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


def at(name, monkeypatch, address, raw=None):
    """The network's file is at another address; `raw` is the published one."""
    checksum = f"sha256:{hashlib.sha256(raw).hexdigest()}" if raw else NETWORKS[name].checksum
    changed = dataclasses.replace(NETWORKS[name], address=address, checksum=checksum)
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
    at(name, monkeypatch, "http://127.0.0.1:9/", path.read_bytes())
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(folder.parent))  # read at its import
    md5 = hashlib.md5(path.read_bytes()).hexdigest()  # Keras looks at it too
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


def scaled(path, by):
    def scale(_, item):
        if isinstance(item, h5py.Dataset):
            item[...] = item[...] * np.float32(by)

    with h5py.File(path, "r+") as file:
        file.visititems(scale)


def put_there(make):
    return lambda path: path.unlink() or make(path)


DAMAGE = {
    "a bit": lambda path: path.write_bytes(path.read_bytes()[:-9] + b"~" + path.read_bytes()[-8:]),
    "cut": lambda path: os.truncate(path, path.stat().st_size - 1000),
    "longer": lambda path: os.truncate(path, path.stat().st_size + 1),
    "empty": lambda path: path.write_bytes(b""),
    "a page": lambda path: path.write_bytes(b"<html>not found</html>"),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "weights of zero": lambda path: scaled(path, 0),
    "weights that are NaN": lambda path: scaled(path, np.nan),
    "weights that are infinite": lambda path: scaled(path, np.inf),
    "weights scaled": lambda path: scaled(path, 2),
    "another network": lambda path: write_weights(NETWORKS["mobilenet"].build(64, None), path),
    "a folder": put_there(Path.mkdir),
    "a pipe": put_there(os.mkfifo),
    "a device": put_there(lambda path: path.symlink_to("/dev/zero")),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_no_other_file_than_the_published_one_is_used_and_none_replaced(
    folder, mobilenet_file, monkeypatch, damage
):
    at("mobilenet", monkeypatch, "http://127.0.0.1:9/", mobilenet_file[1])
    path = put(folder, "mobilenet", mobilenet_file[1])
    assert imagenet.weights_file("mobilenet") == path
    DAMAGE[damage](path)
    before = path.lstat()
    for mode in ("0", "1"):  # quick mode does not go on with a damaged file
        monkeypatch.setenv("FMNIST_QUICK", mode)
        with pytest.raises(WeightsError, match=r"expected the published file \(sha256:.* Move the file away"):
            imagenet.load("mobilenet", 32, weights=True)
    after = path.lstat()
    assert all(getattr(before, f) == getattr(after, f) for f in ("st_ino", "st_size", "st_mtime_ns"))


@pytest.mark.parametrize("name", NAMES)
def test_each_network_has_a_checksum_of_its_own(name, folder, mobilenet_file):
    put(folder, name, mobilenet_file[1])
    with pytest.raises(
        WeightsError, match=rf"expected the published file \({NETWORKS[name].checksum}\), found"
    ):
        imagenet.weights_file(name)


def test_a_folder_for_reading_only_is_told_with_the_remedy(folder):
    folder.write_text("a file")
    with pytest.raises(UnavailableWeightsError, match=r"models: expected a folder .*exists.* Set KERAS_HOME"):
        imagenet.weights_file("vgg16")


def test_weights_are_downloaded_once_and_moved_into_place(folder, mobilenet_file, serve, monkeypatch):
    asked = []

    def answer(handler):
        asked.append(handler.path)
        send(mobilenet_file[1])(handler)

    at("mobilenet", monkeypatch, serve(answer), mobilenet_file[1])
    for _ in range(2):
        path = imagenet.weights_file("mobilenet")
    assert asked == ["/" + NETWORKS["mobilenet"].file]
    assert path.read_bytes() == mobilenet_file[1]
    assert [file.name for file in folder.iterdir()] == [path.name]


def test_a_mirror_with_other_weights_is_refused_and_leaves_nothing_behind(
    folder, mobilenet_file, serve, monkeypatch
):
    for raw, found in (
        (b"<html>please log in</html>", "a web page"),
        (mobilenet_file[1], "another file than"),
    ):
        at("mobilenet", monkeypatch, serve(send(raw)))
        with pytest.raises(UnavailableWeightsError, match=f"{folder}.*expected a download; found {found}"):
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
