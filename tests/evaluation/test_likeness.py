"""Errors of images that differ by a known amount, and pairs that cannot be compared."""

import ml_dtypes
import numpy as np
import pytest

from fmnist_lessons.evaluation.likeness import likeness, squared_errors

IMAGES = np.random.default_rng(0).integers(30, 226, (5, 28, 28), dtype=np.uint8)
REBUILT = IMAGES / np.float32(255)


def test_an_error_is_measured_on_pixels_in_0_to_1():
    assert squared_errors(IMAGES, REBUILT + 0.1) == pytest.approx([0.01] * 5, rel=1e-5)
    assert squared_errors(IMAGES, IMAGES + np.uint8(25)) == pytest.approx([(25 / 255) ** 2] * 5, rel=1e-5)
    assert likeness(IMAGES, REBUILT + 0.1)["psnr"] == pytest.approx(20, abs=1e-4)


def test_noise_makes_less_alike_and_one_gray_level_does_not(garments):
    images = garments[1].images[:20]
    assert likeness(images, np.clip(images / 255 + 0.1, 0, 1))["ssim"] < 0.95
    assert likeness(images, np.where(images < 255, images + 1, 254).astype(np.uint8))["ssim"] > 0.95


def test_equal_images_are_as_like_as_can_be():
    assert likeness(IMAGES, IMAGES) == {"psnr": np.inf, "ssim": pytest.approx(1)}


def test_half_precision_is_taken():
    for half in (np.float16, ml_dtypes.bfloat16):
        assert squared_errors(IMAGES, REBUILT.astype(half)).max() < 1e-4
        assert likeness(IMAGES, REBUILT.astype(half))["ssim"] > 0.99


@pytest.mark.parametrize("compare", [squared_errors, likeness])
@pytest.mark.parametrize(
    ("images", "rebuilt", "message"),
    [
        (REBUILT, REBUILT, "images: expected uint8 .*, found float32; .*without the division by 255"),
        (IMAGES, IMAGES * 1.0, "rebuilt: .* floats from 0 to 1, found 30 to 225; divide rebuilt by 255"),
        (IMAGES, REBUILT * np.nan, "rebuilt: .* found nan"),
        (IMAGES, REBUILT[:3], r"rebuilt: expected shape \(5, 28, 28\), found \(3, 28, 28\)"),
        (IMAGES, REBUILT.reshape(-1, 784), r"rebuilt.reshape\(-1, 28, 28\)"),
        (IMAGES[:0], REBUILT[:0], "n of at least 1"),
        (IMAGES, None, "rebuilt: .* found None"),
    ],
)
def test_what_cannot_be_compared_is_named(compare, images, rebuilt, message):
    with pytest.raises(ValueError, match=message):
        compare(images, rebuilt)
