"""Tests of fmnist_lessons.sketch."""

import numpy as np

from fmnist_lessons.data.sketch import draw_garments


def test_garments_have_the_shape_of_the_data_set_and_balanced_classes():
    images, labels = draw_garments(1_000, seed=0)
    assert (images.shape, images.dtype) == ((1_000, 28, 28), np.uint8)
    assert (labels.shape, labels.dtype) == ((1_000,), np.uint8)
    assert np.bincount(labels).tolist() == [100] * 10
    assert len(np.unique(labels[:100])) == 10  # shuffled
    assert np.bincount(draw_garments(13, seed=0)[1], minlength=10).max() == 2


def test_the_seed_decides_everything():
    first, again, other = (draw_garments(200, seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])


def test_garments_vary_within_a_class_and_stand_before_a_black_background():
    images, labels = draw_garments(500, seed=0)
    for label in range(10):
        assert len(np.unique(images[labels == label], axis=0)) > 40
    assert (images == 0).mean() > 0.3
    assert images.reshape(len(images), -1).max(axis=1).min() > 100


def test_classes_can_be_told_apart_on_drawings_of_another_seed():
    images, labels = draw_garments(2_000, seed=0)
    others, truth = draw_garments(500, seed=1)
    means = np.stack([images[labels == label].mean(axis=0) for label in range(10)])
    distances = ((others[:, None].astype(float) - means) ** 2).sum(axis=(2, 3))
    assert (distances.argmin(axis=1) == truth).mean() > 0.8
