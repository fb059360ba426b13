"""Images and labels on which the checks of chapter 01 try a learner's function."""

from __future__ import annotations

import numpy as np

from ..data.parts import CLASS_NAMES

CLASSES = len(CLASS_NAMES)


def random_images(n: int, *, seed: int) -> np.ndarray:
    """Return uint8 images of random pixels, shape (n, 28, 28)."""
    return np.random.default_rng(seed).integers(0, 256, (n, 28, 28)).astype(np.uint8)


def classes_with_near_pair(
    pair: tuple[int, int], *, seed: int, decoys: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return images and labels whose classes differ strongly, except for `pair`.

    With `decoys`, other pairs are nearest by other measures: (1, 6) by absolute differences, (2, 5) by
    medians.
    """
    rng = np.random.default_rng(seed)
    patterns = rng.integers(40, 140 if decoys else 200, (CLASSES, 28, 28))
    patterns[pair[1]] = patterns[pair[0]] + 12  # alike in shape, not in brightness
    labels = rng.permutation(np.repeat(np.arange(CLASSES), 20)).astype(np.uint8)
    if decoys:
        patterns[6], patterns[5] = patterns[1], patterns[2]
        patterns[6, 0, :20] += 100
    images = patterns[labels] + rng.integers(-20, 21, (len(labels), 28, 28))
    if decoys:
        images[np.flatnonzero(labels == 5)[:4]] += 90
    return np.clip(images, 0, 255).astype(np.uint8), labels


def images_near_means() -> list[tuple[np.ndarray, np.ndarray]]:
    """Return four images, each with ten means, that are nearest to one of them by squared differences.

    The first is nearest by every other measure too, as it is like the brightest mean. The next two differ
    from their mean in brightness. For the last one, other means are nearest by sums, by the largest
    difference, or by products.
    """
    rng = np.random.default_rng(8)
    means = rng.uniform(40, 200, (CLASSES, 28, 28))
    means[5] = np.where(means[5] > 125, 255, 0)  # the farthest from all others
    means[9] += 10  # the brightest
    means[7] -= 10  # the darkest
    brighter = ((9, 0), (3, -30), (0, -30))
    images = [means[label] + step + rng.normal(0, 20, (28, 28)) for label, step in brighter]
    return [*((np.clip(image, 0, 255), means) for image in images), _image_with_decoys()]


def _image_with_decoys() -> tuple[np.ndarray, np.ndarray]:
    image = np.random.default_rng(12).uniform(80, 120, (28, 28))
    means = image * np.linspace(1.3, 2.0, CLASSES)[:, None, None]
    for label, pixels, step in ((1, 20, 100), (4, 784, 10), (6, 150, 20)):  # 6 is the nearest
        change = np.zeros(784)
        change[:pixels] = step
        change[:pixels:2] *= -1 if label == 4 else 1
        means[label] = image + change.reshape(28, 28)
    return image, means


def leaks() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return two splits (training, validation): one without a leak, and one with five.

    Validation images of the first are almost alike to training images. In the second, some images occur
    twice in training, and one leaks three times.
    """
    train, fresh = random_images(40, seed=9), random_images(12, seed=10)
    almost = train[[1, 3, 0]]
    almost[0, 0, 0] ^= 1  # one pixel, in the first row and in the last
    almost[1, 27, 27] ^= 1
    almost[2] = train[0, ::-1]  # the same sum
    clean = train, np.concatenate([fresh, almost])
    leaky = np.concatenate([train, train[:5]]), np.concatenate([fresh, train[[7, 2, 2, 2, 30]], fresh[:1]])
    return clean, leaky
