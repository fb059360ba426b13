import numpy as np
import pytest

from fmnist_lessons.data.augmentation import erase, flip, shift


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


def test_erase_fills_one_square_of_about_half_of_the_images():
    black = np.zeros((2000, 28, 28), dtype=np.uint8)
    touched = erase(black, rng=np.random.default_rng(0), pixels=6) > 0
    sides, corners = [], []
    for image in touched[touched.any(axis=(1, 2))]:
        rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
        sides.append(max(np.ptp(rows), np.ptp(columns)) + 1)
        corners.append((rows[0], columns[0], rows[-1], columns[-1]))
        assert image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].mean() > 0.5  # no second square
    assert 900 < len(sides) < 1100
    assert set(sides) == {1, 2, 3, 4, 5, 6}
    assert np.min(corners) == 0  # up to the edges,
    assert np.max(corners) == 27  # and never over them


def test_erase_leaves_the_rest_and_draws_every_gray(images):
    erased = erase(images, rng=np.random.default_rng(0), pixels=28)
    changed = erased != images
    assert erased.dtype == np.uint8
    assert 0.3 < (~changed.any(axis=(1, 2))).mean() < 0.7
    assert set(np.unique(erased[changed])) == set(range(256))


@pytest.mark.parametrize("change", [shift, erase])
def test_no_pixels_change_nothing(images, change):
    assert (change(images, rng=np.random.default_rng(0), pixels=0) == images).all()


@pytest.mark.parametrize(
    "change",
    [flip, lambda x, rng: shift(x, rng=rng, pixels=1), lambda x, rng: erase(x, rng=rng, pixels=8)],
)
def test_the_input_stays_as_it_was(images, change):
    before = images.copy()
    change(images, rng=np.random.default_rng(0))
    assert (images == before).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda x, rng: flip(x[0], rng=rng),
            r"\(n, height, width\), found \(28, 28\); one image is images\[:1\]",
        ),
        (
            lambda x, rng: flip(x.reshape(-1, 784), rng=rng),
            r"found \(500, 784\); images.reshape\(-1, 28, 28\)",
        ),
        (lambda x, rng: flip("images", rng=rng), "images: expected shape .* found 'images'"),
        (lambda x, rng: flip(x.astype(object), rng=rng), "images: expected numbers, found object"),
        (lambda x, rng: flip(x, rng=0), r"rng: expected a NumPy Generator, found 0; make one with np.random"),
        (lambda x, rng: flip(x, rng=np.random.RandomState(0)), "rng: expected a NumPy Generator"),
        (
            lambda x, rng: shift(x, rng=rng, pixels=-1),
            "pixels: expected a whole number from 0 to 28, found -1",
        ),
        (lambda x, rng: shift(x, rng=rng, pixels=10**6), "from 0 to 28, found 1000000"),
        (lambda x, rng: shift(x, rng=rng, pixels=1.0), "from 0 to 28, found 1.0"),
        (lambda x, rng: shift(x, rng=rng, pixels=True), "from 0 to 28, found True"),
        (lambda x, rng: erase(x, rng=rng, pixels=29), "from 0 to 28, found 29"),
        (lambda x, rng: erase(x / 255, rng=rng, pixels=2), "uint8 .* found float64; .*without the division"),
        (lambda x, rng: erase(x * 1.0, rng=rng, pixels=2), r'found float64; images.astype\("uint8"\)'),
        (lambda x, rng: erase(x.astype(int), rng=rng, pixels=2), r'found int64; images.astype\("uint8"\)'),
    ],
)
def test_bad_input_says_what_was_expected(images, change, message):
    with pytest.raises(ValueError, match=message):
        change(images, np.random.default_rng(0))
