"""What the data are: class names, the named parts, and how a part becomes another."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

Pair = tuple[np.ndarray, np.ndarray]  # images (n, 28, 28) and labels (n,), both uint8
VALIDATION_SIZE = 10_000  # images held out of the 60,000, unless another split is asked for
CLASS_NAMES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)


@dataclass(frozen=True, eq=False)
class Part:
    """A named part of the data.

    Attributes
    ----------
    images : ndarray of uint8, shape (n, 28, 28)
        Grey values, 0 (background) to 255. Read-only, mapped from the cache where there is one.
    labels : ndarray of uint8, shape (n,)
        Positions in `CLASS_NAMES`, 0 to 9. Read-only.
    name : str
        ``"train"``, ``"validation"`` or ``"test"``.
    source : str
        ``"fashion-mnist"``, or ``"sketch"`` for drawn garments.
    """

    images: np.ndarray
    labels: np.ndarray
    name: str
    source: str

    def __len__(self) -> int:
        return len(self.labels)

    def at(self, positions: np.ndarray | slice) -> "Part":
        """Return the images and labels at some positions, as a part of the same name."""
        return Part(self.images[positions], self.labels[positions], self.name, self.source)

    def __repr__(self) -> str:
        return f"Part({self.name!r}, {len(self):,} images, {self.source!r})"


@dataclass(frozen=True, eq=False)
class FashionMNIST:
    """The data set: `train` and `validation` at hand, `test` read from its own files on first access.

    Attributes
    ----------
    train, validation, test : Part
        The three parts.
    source : str
        ``"fashion-mnist"`` or ``"sketch"``.
    checksums : dict of str
        SHA-256 of each original file by its name; empty for drawn garments.
    """

    train: Part
    validation: Part
    source: str
    checksums: dict[str, str]
    _load_test: Callable[[], Pair] = field(repr=False)

    @functools.cached_property
    def test(self) -> Part:
        """The test part."""
        return Part(*self._load_test(), name="test", source=self.source)


def as_features(images: np.ndarray) -> np.ndarray:
    """Return images ``(n, 28, 28)`` as rows of float32 in 0 … 1, shape ``(n, 784)``."""
    return np.reshape(images, (len(images), -1)).astype(np.float32) / 255  # type: ignore[no-any-return]


def without(part: Part, left_out: int | None) -> Part:
    """Return `part` without the images of a class; with None, `part` itself."""
    if left_out is None:
        return part
    return part.at(part.labels != left_out)
