"""Features of a frozen network: what they are, and that they are computed once for what decides them."""

import os

import numpy as np
import pytest
from tiny_network import build_tiny, tiny, write_tiny  # noqa: F401

from fmnist_lessons.machine import sealed
from fmnist_lessons.machine.backend import keras
from fmnist_lessons.machine.sealed import CacheWarning, DamagedWarning
from fmnist_lessons.models.transfer import build_body
from fmnist_lessons.training import kept as module
from fmnist_lessons.training.kept import features

SETTINGS = {"network": "tiny", "size": 16, "layers": ["low", "high"]}


@pytest.fixture
def passes(tiny, monkeypatch):  # noqa: F811
    """The number of images of each pass that was computed."""
    seen, compute = [], module.compute_features

    def counted(body, images, **more):
        seen.append(len(images))
        return compute(body, images, **more)

    monkeypatch.setattr(module, "compute_features", counted)
    return seen


@pytest.fixture
def images(garments):
    return garments[1].images[:20]


def test_features_are_the_means_of_the_maps_of_the_prepared_images(images, tiny):  # noqa: F811
    found, seconds = features(images, **SETTINGS)
    three = np.repeat(images[..., None], 3, axis=-1).astype("float32")
    enlarged = keras.ops.image.resize(three, (16, 16), interpolation="bilinear")
    base = build_tiny(16, str(tiny))
    both = keras.Model(base.input, [base.get_layer("low").output, base.get_layer("high").output])
    maps = [np.asarray(m) for m in both.predict(np.asarray(enlarged) / 127.5 - 1, verbose=0)]
    assert found.shape == (20, 4 + 8)
    assert found == pytest.approx(np.concatenate([m.mean(axis=(1, 2)) for m in maps], axis=1), abs=2e-3)
    assert seconds > 0
    quarters = features(images, **SETTINGS, grid=2)[0][:, :16].reshape(20, 2, 2, 4)  # of the 8×8 map
    assert quarters == pytest.approx(maps[0].reshape(20, 2, 4, 2, 4, 4).mean(axis=(2, 4)), abs=2e-3)


def test_a_pass_is_computed_once_also_for_another_process(images, passes):
    first, seconds = features(images, **SETTINGS)
    again, same_seconds = features(images.copy(), **{**SETTINGS, "layers": ("low", "high")})
    assert passes == [20]
    assert np.array_equal(first, again)
    assert seconds == same_seconds
    assert not again.flags.writeable


def test_whatever_decides_the_features_asks_for_a_new_pass(images, passes, tiny):  # noqa: F811
    features(images, **SETTINGS)
    features(images[:19], **SETTINGS)
    features(images, **{**SETTINGS, "size": 24})
    features(images, **{**SETTINGS, "layers": ["high"]})
    features(images, **SETTINGS, grid=2)
    assert passes == [20, 19, 20, 20, 20]
    before = features(images, **SETTINGS)[0]
    write_tiny(tiny)
    assert not np.array_equal(features(images, **SETTINGS)[0], before)


def changed(**other):
    """The arrays under a checksum that is right, some of them others."""

    def change(path):
        arrays, facts = sealed.read(path)
        made = {name: make(arrays[name].copy()) for name, make in other.items()}
        sealed.write(path, {**arrays, **made}, facts)

    return change


def one(value):
    def put(array):
        array[3, 4] = value
        return array

    return put


def flip(path):
    raw = path.read_bytes()
    path.write_bytes(raw[:300] + bytes([raw[300] ^ 1]) + raw[301:])


DAMAGE = {
    "a bit": flip,
    "cut": lambda path: path.write_bytes(path.read_bytes()[:200]),
    "empty": lambda path: path.write_bytes(b""),
    "an array of NumPy": lambda path: path.write_bytes(b"\x93NUMPY\x01\x00v\x00" + bytes(500)),
    "a pipe": lambda path: path.unlink() or os.mkfifo(path),
    "NaN": changed(features=one(np.nan)),
    "infinity": changed(features=one(-np.inf)),
    "fewer images": changed(features=lambda array: array[1:]),
    "float32": changed(features=np.float32),
    "maps": changed(features=lambda array: array.reshape(20, 2, -1)),
    "seconds below zero": changed(seconds=lambda _: np.array(-1.0)),
    "no number of seconds": changed(seconds=lambda _: np.array(np.nan)),
    "seconds that never end": changed(seconds=lambda _: np.array(np.inf)),
    "seconds of each image": changed(seconds=lambda _: np.ones(20)),
    "seconds in words": changed(seconds=lambda _: np.array("a minute")),
    "no seconds": lambda path: sealed.write(path, {"features": np.zeros((20, 12), np.float16)}, {}),
    "no features": lambda path: sealed.write(path, {"seconds": np.array(1.0)}, {}),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_features_that_are_damaged_are_named_and_computed_anew(damage, images, passes, tmp_path):
    whole = features(images, **SETTINGS)[0].copy()
    (kept,) = (tmp_path / "cache" / "features").iterdir()
    DAMAGE[damage](kept)
    with pytest.warns(DamagedWarning, match=f"{kept}: .*expected .*found .*made anew"):
        assert np.array_equal(features(images, **SETTINGS)[0], whole)
    assert passes == [20, 20]
    features(images, **SETTINGS)
    assert passes == [20, 20]


OTHERS = {
    "images": lambda images: features(images[::-1], **SETTINGS),
    "size": lambda images: features(images, **{**SETTINGS, "size": 24}),
    "layers": lambda images: features(images, **{**SETTINGS, "layers": ["high", "low"]}),
}


@pytest.mark.parametrize("other", OTHERS)
def test_features_of_something_else_in_their_place_are_not_used(other, images, passes, tmp_path):
    folder = tmp_path / "cache" / "features"
    whole = features(images, **SETTINGS)[0].copy()
    (own,) = folder.iterdir()
    OTHERS[other](images)
    (foreign,) = set(folder.iterdir()) - {own}
    foreign.replace(own)
    with pytest.warns(DamagedWarning, match="expected a file of this name, found a copy"):
        assert np.array_equal(features(images, **SETTINGS)[0], whole)


def test_features_that_are_no_numbers_are_not_kept(images, tiny, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(module, "compute_features", lambda *_, **more: np.full((20, 12), np.nan, np.float16))
    features(images, **SETTINGS)
    assert not (tmp_path / "cache" / "features").exists()


def test_a_cache_that_cannot_be_written_is_done_without(images, passes, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.warns(
        CacheWarning, match="cannot keep files in .*cache/features: .*FMNIST_CACHE_DIR"
    ) as caught:
        assert features(images, **SETTINGS)[0].shape == (20, 12)
    assert len(caught) == 1
    assert passes == [20]


def test_progress_is_told_by_batches(images, tiny, monkeypatch):  # noqa: F811
    monkeypatch.setattr(module, "BATCH", 8)
    steps = []
    found, _ = features(images, **SETTINGS, on_step=lambda done, total: steps.append((done, total)))
    assert steps == [(1, 3), (2, 3), (3, 3)]
    monkeypatch.setattr(module, "BATCH", 250)
    whole, _ = features(images, **{**SETTINGS, "size": 16, "grid": 1})
    assert np.array_equal(found, whole)


def test_a_layer_that_is_not_there_and_a_grid_that_does_not_fit_are_refused(tiny):  # noqa: F811
    with pytest.raises(ValueError, match=r"layers: expected layers of tiny, such as 'high', found \['top'\]"):
        build_body("tiny", size=16, layers=["top"])
    with pytest.raises(ValueError, match="grid: expected one that divides the map's width, found 3 for"):
        build_body("tiny", size=16, grid=3)
