import numpy as np
import pytest

from fmnist_lessons.augmentation import flip, shift


@pytest.fixture
def images():
    return np.random.default_rng(1).integers(1, 256, (500, 28, 28), dtype=np.uint8)


def test_flip_mirrors_about_half_and_leaves_the_rest(images):
    flipped = flip(images, rng=np.random.default_rng(0))
    same = (flipped == images).all(axis=(1, 2))
    mirrored = (flipped == images[:, :, ::-1]).all(axis=(1, 2))
    assert (same ^ mirrored).all()
    assert 200 < mirrored.sum() < 300
    assert flipped.dtype == np.uint8


def test_shift_moves_by_every_offset_and_fills_with_zeros(images):
    moved = shift(images, rng=np.random.default_rng(0), pixels=1)
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    seen = np.zeros((500, 9), bool)
    for k in range(9):
        down, right = divmod(k, 3)
        seen[:, k] = (moved == padded[:, down : down + 28, right : right + 28]).all(axis=(1, 2))
    assert (seen.sum(axis=1) == 1).all()
    assert seen.any(axis=0).all()


def test_shift_by_zero_changes_nothing(images):
    assert (shift(images, rng=np.random.default_rng(0), pixels=0) == images).all()


@pytest.mark.parametrize("change", [flip, lambda x, rng: shift(x, rng=rng, pixels=1)])
def test_the_input_stays_as_it_was(images, change):
    before = images.copy()
    change(images, rng=np.random.default_rng(0))
    assert (images == before).all()


def test_bad_input_says_what_was_expected(images):
    with pytest.raises(ValueError, match=r"expected shape \(n, height, width\), found \(28, 28\)"):
        flip(images[0], rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="expected at least 0, found -1"):
        shift(images, rng=np.random.default_rng(0), pixels=-1)
