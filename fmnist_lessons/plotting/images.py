"""Grids of images: garments with what a model says of them, filters, feature maps.

Garments are drawn as the data set defines them: 0 is the white background, 255 the darkest."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from ..data.expected import checked_count, checked_kind, checked_name, refuse, shown
from ..data.expected_arrays import checked_images, checked_labels, checked_numbers, checked_probabilities
from ..data.parts import CLASS_NAMES
from .style import SMALL, WIDTH, WRONG, is_sketch, say_source


def plot_images(
    images: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    predicted: ArrayLike | None = None,
    probabilities: ArrayLike | None = None,
    columns: int = 8,
    source: str = "fashion-mnist",
) -> Figure:
    """Draw images in a grid, with their classes and what a model says of them.

    Parameters
    ----------
    images : (n, 28, 28) uint8, or floats from 0 to 1
        At most 200 images.
    labels : (n,) integers from 0 to 9, optional
        True classes, written above the images.
    predicted : (n,) integers from 0 to 9, optional
        Predicted classes. A wrong one gets a cross and a frame, a right one a tick.
    probabilities : (n, 10) floats, optional
        The probability of the predicted class is written too. Without `predicted`, the most probable
        class is taken.
    columns : int
        Images in a row: 1 to 10 with names, 1 to 20 without.
    source : {"fashion-mnist", "sketch"}
        Where the images come from; drawn garments are named as such on the figure.

    Returns
    -------
    Figure
        One axes for each image.

    Raises
    ------
    ValueError
        If a shape, a type or a value is not as above.
    """
    is_sketch(source)  # refuses another word before anything is drawn
    pictures = checked_images(images, most=200)
    n = len(pictures)
    true = None if labels is None else checked_labels(labels, n)
    if probabilities is not None:
        shares = checked_probabilities(probabilities, n)
        predicted = shares.argmax(axis=1) if predicted is None else predicted
    guess = None if predicted is None else checked_labels(predicted, n, "predicted")
    titles = [""] * n if true is None else [CLASS_NAMES[label] for label in true]
    if guess is not None:
        says = shares[np.arange(n), guess] if probabilities is not None else None
        titles = _verdicts(titles, true, guess, says)
    lines = max(title.count("\n") + 1 for title in titles) if any(titles) else 0
    figure, axes = _grid(n, columns, most=10 if lines else 20, title_lines=lines)
    for i, (ax, picture, title) in enumerate(zip(axes, pictures, titles, strict=True)):
        ax.imshow(picture, cmap="gray_r", vmin=0, vmax=255 if picture.dtype == np.uint8 else 1)
        wrong = true is not None and guess is not None and guess[i] != true[i]
        ax.set_title(title, fontsize=SMALL, pad=3, color=WRONG if wrong else "black")
        ax.spines[:].set(visible=wrong, color=WRONG, linewidth=2)
    say_source(figure, source)
    return figure


def plot_class_gallery(
    images: ArrayLike, labels: ArrayLike, *, per_class: int = 10, source: str = "fashion-mnist"
) -> Figure:
    """Draw a row of images for each class: the first ones that the arrays hold.

    Parameters
    ----------
    images, labels
        (n, 28, 28) uint8 or floats from 0 to 1, and (n,) integers from 0 to 9; every class at least
        `per_class` times.
    per_class : int
        Images in a row, 1 to 20.
    source : {"fashion-mnist", "sketch"}
        As for `plot_images`.

    Returns
    -------
    Figure
        One axes with all images side by side, two pixels apart.
    """
    pictures = checked_images(images)
    rows = _by_class(checked_labels(labels, len(pictures)), checked_count(per_class, "per_class", 20))
    return _draw_rows(pictures[rows], CLASS_NAMES, source)


def plot_rows(
    rows: Mapping[str, ArrayLike], *, below: Sequence[str] = (), source: str = "fashion-mnist"
) -> Figure:
    """Draw rows of images with a name to the left of each, as what several changes make of the same garments.

    Parameters
    ----------
    rows : mapping of str to (n, 28, 28) uint8, or floats from 0 to 1
        Up to 12 rows of up to 20 images, in each row as many.
    below : sequence of str, optional
        A name for each column, written below it.
    source : {"fashion-mnist", "sketch"}
        As for `plot_images`.

    Returns
    -------
    Figure
        One axes with all images side by side, two pixels apart.
    """
    checked_kind(rows, "rows", Mapping, "a dictionary of names and images")
    checked_count(len(rows), "rows", 12)
    scaled = []
    for name, images in rows.items():
        try:
            pictures = checked_images(images, most=20)
        except ValueError as error:
            raise ValueError(f"row {name!r}: {error}") from None
        scaled.append(pictures / 255 if pictures.dtype == np.uint8 else pictures)
    if len({len(row) for row in scaled}) > 1:
        found = {name: len(row) for name, row in zip(rows, scaled, strict=True)}
        refuse("rows", "as many images in each row", found)
    if not isinstance(below, list | tuple) or len(below) not in (0, len(scaled[0])):
        refuse("below", f"a list of {len(scaled[0])} names, one for each column", shown(below))
    return _draw_rows(np.stack(scaled), list(rows), source, below=below)


def _draw_rows(
    pictures: np.ndarray, names: Sequence[str], source: str, *, below: Sequence[str] = ()
) -> Figure:
    """Draw ``(rows, columns, 28, 28)`` as one sheet."""
    is_sketch(source)
    n, columns = pictures.shape[:2]
    tiles = np.pad(pictures, ((0, 0), (0, 0), (0, 2), (0, 2)))
    sheet = tiles.transpose(0, 2, 1, 3).reshape(n * 30, columns * 30)
    width = min(WIDTH, 1.2 + 0.7 * columns)
    figure, ax = plt.subplots(figsize=(width, 0.3 + (width - 1.2) * n / columns), layout="constrained")
    # "nearest" invents no grey levels: sharp, and a file of half the size
    highest = 255 if sheet.dtype == np.uint8 else 1
    ax.imshow(sheet, cmap="gray_r", vmin=0, vmax=highest, interpolation="nearest")
    ax.set_yticks(np.arange(n) * 30 + 13.5, names)
    ax.set_xticks(np.arange(len(below)) * 30 + 13.5, below)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    say_source(figure, source)
    return figure


def plot_class_means(images: ArrayLike, labels: ArrayLike, *, source: str = "fashion-mnist") -> Figure:
    """Draw the mean image of each class.

    Parameters
    ----------
    images, labels, source
        As for `plot_class_gallery`; every class at least once.

    Returns
    -------
    Figure
        Ten axes in two rows, in the order of the classes.
    """
    pictures = checked_images(images)
    classes = checked_labels(labels, len(pictures))
    _by_class(classes, 1)
    scale = 255 if pictures.dtype == np.uint8 else 1
    means = [pictures[classes == k].mean(axis=0, dtype=np.float64) / scale for k in range(len(CLASS_NAMES))]
    return plot_images(np.stack(means), range(len(CLASS_NAMES)), columns=5, source=source)


def plot_filters(kernels: ArrayLike, *, label: str = "weight") -> Figure:
    """Draw the kernels of a first convolution, all on one colour scale with zero in its middle.

    Parameters
    ----------
    kernels : (height, width, 1, n) floats
        As a Keras ``Conv2D`` keeps them.
    label : str
        What the colours stand for.

    Returns
    -------
    Figure
        An axes for each kernel, titled with its index, and one for the colour bar.
    """
    weights = checked_maps(kernels, "kernels", ("height", "width", "1", "n"))
    checked_name(label, "label")
    bound = float(np.abs(weights).max()) or 1.0
    return _draw_maps(weights[:, :, 0, :], columns=8, cmap="PuOr", vmin=-bound, vmax=bound, label=label)


def plot_feature_maps(maps: ArrayLike, *, columns: int = 8, source: str = "fashion-mnist") -> Figure:
    """Draw the feature maps that a layer makes of one image, all on one colour scale.

    Parameters
    ----------
    maps : (height, width, n) floats
        One image's output of a convolution or a pooling.
    columns : int
        Maps in a row, 1 to 20.
    source : {"fashion-mnist", "sketch"}
        As for `plot_images`.

    Returns
    -------
    Figure
        An axes for each map, titled with its index, and one for the colour bar.
    """
    is_sketch(source)
    values = checked_maps(maps, "maps", ("height", "width", "n"))
    low, high = float(values.min()), float(values.max())
    figure = _draw_maps(values, columns=columns, cmap="viridis", vmin=low, vmax=high, label="activation")
    say_source(figure, source)
    return figure


def _verdicts(
    titles: list[str], true: np.ndarray | None, predicted: np.ndarray, says: np.ndarray | None
) -> list[str]:
    """Return the titles with a line for the predicted class and one for right or wrong and how sure."""
    texts = []
    for i, guess in enumerate(predicted):
        mark = "" if true is None else "✓" if guess == true[i] else "✗"
        sure = "" if says is None else f"{100 * says[i]:.0f} %"
        texts.append(
            "\n".join(filter(None, (titles[i], f"→ {CLASS_NAMES[guess]}", f"{mark} {sure}".strip())))
        )
    return texts


def _by_class(labels: np.ndarray, per_class: int) -> np.ndarray:
    """Return the indices of the first images of each class (10, per_class)."""
    rows = [np.flatnonzero(labels == k)[:per_class] for k in range(len(CLASS_NAMES))]
    for name, row in zip(CLASS_NAMES, rows, strict=True):
        if len(row) < per_class:
            refuse("labels", f"at least {per_class} of each class", f"{len(row)} of {name}")
    return np.stack(rows)


def _draw_maps(maps: np.ndarray, *, columns: int, label: str, **scale: Any) -> Figure:
    """Draw maps (h, w, n) with one colour bar."""
    figure, axes = _grid(maps.shape[2], columns, most=20, title_lines=1)
    for index, ax in enumerate(axes):
        drawn = ax.imshow(maps[:, :, index], **scale)
        ax.set_title(str(index), fontsize=SMALL, pad=3)
        ax.spines[:].set(visible=True, color="0.6", linewidth=0.5)
    figure.colorbar(drawn, ax=axes, label=label, fraction=0.05, pad=0.02)
    return figure


def _grid(n: int, columns: int, *, most: int, title_lines: int) -> tuple[Figure, list[Axes]]:
    """Return a figure with n square axes, no ticks, and room for titles."""
    columns = min(checked_count(columns, "columns", most), n)
    rows = -(-n // columns)
    side = min(1.3, WIDTH / columns)
    size = (max(2.6, columns * side), rows * (side + 0.14 * title_lines) + 0.2)
    figure, grid = plt.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")
    for ax in grid.flat:
        ax.set(xticks=[], yticks=[])
    for ax in grid.flat[n:]:
        ax.remove()
    return figure, list(grid.flat[:n])


def checked_maps(maps: ArrayLike, name: str, axes: tuple[str, ...]) -> np.ndarray:
    """Return finite floats with these axes, 1 to 128 maps."""
    array = checked_numbers(maps, name)
    expected = f"shape ({', '.join(axes)})"
    if array.ndim != len(axes) or not array.size or (len(axes) == 4 and array.shape[2] != 1):
        remedy = f"one image's are {name}[0]" if array.ndim == len(axes) + 1 else ""
        refuse(name, expected, array.shape, remedy)
    if array.shape[-1] > 128:
        refuse(name, f"{expected} with n of at most 128", array.shape)
    if not np.isfinite(array).all():
        refuse(name, "finite numbers", "NaN or infinity")
    return array
