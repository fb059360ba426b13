"""From arrays to figures: garments, curves, confusions and comparisons.

A function that draws one panel takes `ax` and returns the `Axes`; a grid of images returns the `Figure`.
Images are drawn as the data set defines them: 0 is the white background, 255 the darkest.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from .data import CLASS_NAMES

# Okabe and Ito, "Color Universal Design" (2008), https://jfly.uni-koeln.de/color/: blue, orange, green,
# vermilion, purple, sky blue, black; the yellow is too pale on white
_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#000000")
_WRONG = "#b34e00"  # vermilion, dark enough for small text on white (contrast over 4.5)
_WIDTH = 9.0  # inches: at 100 dpi as wide as the book's text
_SMALL = 8  # points
_SKETCH_NOTE = "drawn garments, not Fashion-MNIST"


def use_style() -> None:
    """Set Matplotlib's defaults for the course: white and opaque, colour-blind safe, readable on a phone.

    Called once by the first cell of a chapter. It changes `matplotlib.rcParams` and nothing else.
    """
    black = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
    white = ("figure.facecolor", "axes.facecolor", "savefig.facecolor")
    style: dict[Any, Any] = dict.fromkeys(black, "black") | dict.fromkeys(white, "white")
    style |= {
        "savefig.transparent": False,
        "figure.dpi": 100,
        "savefig.dpi": "figure",
        "font.size": 10,
        "axes.titlesize": 10,
        "axes.labelsize": 10,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "legend.fontsize": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": cycler(color=_COLOURS),
        "image.cmap": "viridis",
    }
    mpl.rcParams.update(style)


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
    pictures = _checked_images(images, most=200)
    n = len(pictures)
    true = None if labels is None else _checked_labels(labels, n)
    if probabilities is not None:
        shares = _checked_probabilities(probabilities, n)
        predicted = shares.argmax(axis=1) if predicted is None else predicted
    guess = None if predicted is None else _checked_labels(predicted, n, name="predicted")
    titles = [""] * n if true is None else [CLASS_NAMES[label] for label in true]
    if guess is not None:
        says = shares[np.arange(n), guess] if probabilities is not None else None
        titles = _verdicts(titles, true, guess, says)
    lines = max(title.count("\n") + 1 for title in titles) if any(titles) else 0
    figure, axes = _grid(n, columns, most=10 if lines else 20, title_lines=lines)
    for i, (ax, picture, title) in enumerate(zip(axes, pictures, titles, strict=True)):
        ax.imshow(picture, cmap="gray_r", vmin=0, vmax=255 if picture.dtype == np.uint8 else 1)
        wrong = true is not None and guess is not None and guess[i] != true[i]
        ax.set_title(title, fontsize=_SMALL, pad=3, color=_WRONG if wrong else "black")
        ax.spines[:].set(visible=wrong, color=_WRONG, linewidth=2)
    _say_source(figure, source)
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
    pictures = _checked_images(images)
    rows = _by_class(_checked_labels(labels, len(pictures)), _checked_count(per_class, "per_class", 20))
    chosen = pictures[rows]  # (10, per_class, 28, 28)
    tiles = np.pad(chosen, ((0, 0), (0, 0), (0, 2), (0, 2)))
    sheet = tiles.transpose(0, 2, 1, 3).reshape(len(rows) * 30, per_class * 30)
    width = min(_WIDTH, 1.2 + 0.7 * per_class)
    figure, ax = plt.subplots(
        figsize=(width, 0.3 + (width - 1.2) * len(rows) / per_class), layout="constrained"
    )
    ax.imshow(sheet, cmap="gray_r", vmin=0, vmax=255 if sheet.dtype == np.uint8 else 1)
    ax.set_yticks(np.arange(len(rows)) * 30 + 13.5, CLASS_NAMES)
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    _say_source(figure, source)
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
    pictures = _checked_images(images)
    classes = _checked_labels(labels, len(pictures))
    _by_class(classes, 1)
    scale = 255 if pictures.dtype == np.uint8 else 1
    means = [pictures[classes == k].mean(axis=0, dtype=np.float64) / scale for k in range(len(CLASS_NAMES))]
    return plot_images(np.stack(means), range(len(CLASS_NAMES)), columns=5, source=source)


def plot_pixel_histogram(images: ArrayLike, ax: Axes | None = None, *, source: str = "fashion-mnist") -> Axes:
    """Draw how often each pixel value occurs, on a logarithmic scale.

    Parameters
    ----------
    images : (n, 28, 28) uint8
    ax : Axes, optional
        Where to draw; a new figure without it.
    source : {"fashion-mnist", "sketch"}
        As for `plot_images`.

    Returns
    -------
    Axes
        64 bars of four pixel values each; their heights, in per cent of all pixels, sum to 100.
    """
    pictures = _checked_images(images)
    if pictures.dtype != np.uint8:
        raise ValueError(f"images: expected uint8, found {pictures.dtype}")
    counts = np.zeros(256, dtype=np.int64)
    for start in range(0, len(pictures), 1000):  # bincount makes 8 bytes of each pixel: a part at a time
        counts += np.bincount(pictures[start : start + 1000].ravel(), minlength=256)
    shares = 100 * counts.reshape(64, 4).sum(axis=1) / counts.sum()
    ax = _new_axes((6, 3.2)) if ax is None else ax
    ax.bar(np.arange(0, 256, 4), shares, width=4, align="edge", color=_COLOURS[0], edgecolor="white", lw=0.3)
    ax.set(yscale="log", ylim=(0.05, 100), xlim=(0, 256), xticks=[*range(0, 256, 32), 255])
    ax.set(xlabel="pixel value (0 = background, 255 = darkest)", ylabel="share of all pixels (%)")
    ax.set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    if _is_sketch(source):
        ax.text(1, 1.01, _SKETCH_NOTE, transform=ax.transAxes, ha="right", va="bottom", fontsize=9)
    return ax


def plot_curves(
    history: Mapping[str, Sequence[float]] | pd.DataFrame,
    *,
    axes: Sequence[Axes] | np.ndarray | None = None,
) -> Figure:
    """Draw loss and accuracy after each epoch, on the training and the validation images.

    Parameters
    ----------
    history : mapping or DataFrame
        ``loss``, ``accuracy``, ``val_loss`` and ``val_accuracy``, one value for each epoch, as in
        ``model.fit(…).history``; accuracies between 0 and 1. Other keys are left out.
    axes : two Axes, optional
        For the loss and for the accuracy; a new figure without them.

    Returns
    -------
    Figure
        Left the loss, right the accuracy in per cent.
    """
    curves = _checked_history(history)
    if axes is None:
        _, axes = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    if len(axes) != 2:
        raise ValueError(f"axes: expected 2, found {len(axes)}")
    epochs = np.arange(1, len(curves["loss"]) + 1)
    for ax, key, scale, label in zip(
        axes, ("loss", "accuracy"), (1, 100), ("loss", "accuracy (%)"), strict=True
    ):
        ax.plot(epochs, scale * curves[key], "o-", color=_COLOURS[0], markersize=4, label="training")
        ax.plot(
            epochs, scale * curves[f"val_{key}"], "s--", color=_COLOURS[1], markersize=4, label="validation"
        )
        ax.set(xlabel="epoch", ylabel=label)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        ax.legend(frameon=False)
    return cast(Figure, axes[0].figure)


def plot_confusion(matrix: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw a confusion matrix: counts as numbers, shares of the true class as colours.

    Parameters
    ----------
    matrix : DataFrame
        Square, from `evaluation.confusion_matrix`: a row for each true class, a column for each
        predicted one, counts.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        The colour scale is stretched at its lower end, or the few mistakes would all look alike.
    """
    if not isinstance(matrix, pd.DataFrame) or matrix.empty or list(matrix.index) != list(matrix.columns):
        found = matrix.shape if isinstance(matrix, pd.DataFrame) else type(matrix).__name__
        raise ValueError(
            f"matrix: expected a DataFrame with the same classes as rows and columns, found {found}"
        )
    counts = matrix.to_numpy()
    if not np.issubdtype(counts.dtype, np.integer) or counts.min() < 0:
        raise ValueError(f"matrix: expected counts, found {counts.dtype} with a minimum of {counts.min()}")
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax = _new_axes((7.6, 6.2)) if ax is None else ax
    stretch = PowerNorm(0.4, vmin=0, vmax=100)
    image = ax.imshow(shares, cmap="cividis", norm=stretch)
    for (row, column), count in np.ndenumerate(counts):
        ink = "black" if stretch(shares[row, column]) > 0.47 else "white"  # where both contrasts are equal
        ax.text(column, row, str(count), color=ink, fontsize=_SMALL, ha="center", va="center")
    ticks = [0, 1, 5, 10, 25, 50, 100]
    ax.figure.colorbar(image, ax=ax, ticks=ticks, label="share of the true class (%)")
    places = range(len(counts))
    ax.set_xticks(places, list(matrix.columns), rotation=45, ha="right", rotation_mode="anchor")
    ax.set_yticks(places, list(matrix.index))
    ax.tick_params(length=0)
    ax.set(xlabel="predicted class", ylabel="true class")
    return ax


def plot_comparison(
    frame: pd.DataFrame,
    metric: str = "validation_accuracy",
    *,
    reference: tuple[str, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Compare models over seeds: single runs as dots, the mean with one standard deviation to each side.

    Parameters
    ----------
    frame : DataFrame
        One row for each fit, with the columns ``name`` and `metric`, as `lesson.compare` returns it.
    metric : str
        A column of accuracies between 0 and 1.
    reference : (label, value), optional
        An accuracy between 0 and 1 that is drawn as a dashed line.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        A row for each name, in the order of first appearance; accuracy in per cent. A single run has no
        bar, and a name without any value says so.
    """
    runs = _checked_runs(frame, metric)
    ax = _new_axes((7.5, 1.3 + 0.45 * len(runs))) if ax is None else ax
    drawn: dict[str, Any] = {}
    for row, values in enumerate(runs.values()):
        if not len(values):
            ax.text(0.02, row, "not measured", transform=ax.get_yaxis_transform(), va="center")
            continue
        deviation = values.std(ddof=1) if len(values) > 1 else None
        below = np.full(len(values), row + 0.22)  # the axis points down
        drawn["single seeds"] = ax.plot(values, below, "o", color=_COLOURS[0], ms=5, alpha=0.6)[0]
        drawn["mean ± 1 standard deviation"] = ax.errorbar(
            values.mean(), row, xerr=deviation, fmt="D", color="black", ms=5, capsize=4
        )
    if reference is not None:
        label, value = reference
        _check_share(value, "reference")
        line = ax.axvline(100 * value, color=_COLOURS[3], linestyle="--")
        drawn[f"{label} ({100 * value:.2f} %)"] = line
    ax.set_yticks(range(len(runs)), list(runs))
    ax.set(ylim=(len(runs) - 0.4, -0.6), xlabel=f"{metric.replace('_', ' ')} (%)")
    ax.grid(axis="x", color="0.9")
    ax.set_axisbelow(True)
    ax.legend(drawn.values(), drawn, loc="lower right", bbox_to_anchor=(1, 1), ncols=3, frameon=False)
    return ax


def plot_filters(kernels: ArrayLike) -> Figure:
    """Draw the kernels of a first convolution, all on one colour scale with zero in its middle.

    Parameters
    ----------
    kernels : (height, width, 1, n) floats
        As a Keras ``Conv2D`` keeps them.

    Returns
    -------
    Figure
        An axes for each kernel, titled with its index, and one for the colour bar.
    """
    weights = _checked_maps(kernels, "kernels", ("height", "width", "1", "n"))
    bound = float(np.abs(weights).max()) or 1.0
    return _draw_maps(weights[:, :, 0, :], columns=8, cmap="PuOr", vmin=-bound, vmax=bound, label="weight")


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
    values = _checked_maps(maps, "maps", ("height", "width", "n"))
    low, high = float(values.min()), float(values.max())
    figure = _draw_maps(values, columns=columns, cmap="viridis", vmin=low, vmax=high, label="activation")
    _say_source(figure, source)
    return figure


def _draw_maps(maps: np.ndarray, *, columns: int, label: str, **scale: Any) -> Figure:
    """Draw maps (h, w, n) with one colour bar."""
    figure, axes = _grid(maps.shape[2], columns, most=20, title_lines=1)
    for index, ax in enumerate(axes):
        drawn = ax.imshow(maps[:, :, index], **scale)
        ax.set_title(str(index), fontsize=_SMALL, pad=3)
        ax.spines[:].set(visible=True, color="0.6", linewidth=0.5)
    figure.colorbar(drawn, ax=axes, label=label, fraction=0.05, pad=0.02)
    return figure


def _grid(n: int, columns: int, *, most: int, title_lines: int) -> tuple[Figure, list[Axes]]:
    """Return a figure with n square axes, no ticks, and room for titles."""
    columns = min(_checked_count(columns, "columns", most), n)
    rows = -(-n // columns)
    side = min(1.3, _WIDTH / columns)
    size = (max(2.6, columns * side), rows * (side + 0.14 * title_lines) + 0.2)
    figure, grid = plt.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")
    for ax in grid.flat:
        ax.set(xticks=[], yticks=[])
    for ax in grid.flat[n:]:
        ax.remove()
    return figure, list(grid.flat[:n])


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


def _new_axes(size: tuple[float, float]) -> Axes:
    """Return the axes of a new figure of this size in inches."""
    return plt.subplots(figsize=size, layout="constrained")[1]


def _is_sketch(source: str) -> bool:
    """Say whether the garments are drawn ones."""
    if source not in ("fashion-mnist", "sketch"):
        raise ValueError(f"source: expected 'fashion-mnist' or 'sketch', found {source!r}")
    return source == "sketch"


def _say_source(figure: Figure, source: str) -> None:
    """Write on the figure that its garments are drawn ones, where they are."""
    if _is_sketch(source):
        figure.supxlabel(_SKETCH_NOTE, fontsize=9)


def _checked_images(images: ArrayLike, *, most: int | None = None) -> np.ndarray:
    """Return (n, 28, 28), uint8 or floats from 0 to 1, without a copy."""
    array = np.asarray(images)
    if array.ndim != 3 or array.shape[1:] != (28, 28) or not len(array):
        raise ValueError(f"images: expected shape (n, 28, 28) with n of at least 1, found {array.shape}")
    if most is not None and len(array) > most:
        raise ValueError(f"images: expected at most {most}, found {len(array)}; give a slice, as images[:16]")
    if array.dtype == np.uint8:
        return array
    if not np.issubdtype(array.dtype, np.floating):
        raise ValueError(f"images: expected uint8 or floats from 0 to 1, found {array.dtype}")
    if not (array.min() >= 0 and array.max() <= 1):
        raise ValueError(f"images: expected floats from 0 to 1, found {array.min():.3g} to {array.max():.3g}")
    return array


def _checked_labels(labels: ArrayLike, n: int, *, name: str = "labels") -> np.ndarray:
    """Return (n,) whole numbers from 0 to 9."""
    array = np.asarray(labels)
    if array.shape != (n,):
        raise ValueError(f"{name}: expected shape ({n},), one for each image, found {array.shape}")
    if not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name}: expected whole numbers, found {array.dtype}")
    if array.min() < 0 or array.max() >= len(CLASS_NAMES):
        raise ValueError(
            f"{name}: expected 0 to {len(CLASS_NAMES) - 1}, found {array.min()} to {array.max()}"
        )
    return array


def _checked_probabilities(probabilities: ArrayLike, n: int) -> np.ndarray:
    """Return (n, 10) floats from 0 to 1."""
    array = np.asarray(probabilities)
    if array.shape != (n, len(CLASS_NAMES)):
        raise ValueError(f"probabilities: expected shape ({n}, {len(CLASS_NAMES)}), found {array.shape}")
    if not (array.min() >= 0 and array.max() <= 1.001):
        raise ValueError(
            f"probabilities: expected numbers from 0 to 1, found {array.min():.3g} to {array.max():.3g}; "
            "are these logits?"
        )
    return array


def _checked_count(count: int, name: str, most: int) -> int:
    """Return a whole number from 1 to `most`."""
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or not 1 <= count <= most:
        raise ValueError(f"{name}: expected a whole number from 1 to {most}, found {count!r}")
    return int(count)


def _check_share(value: float, name: str) -> None:
    """Refuse what is not an accuracy between 0 and 1."""
    if not 0 <= value <= 1:
        raise ValueError(f"{name}: expected an accuracy between 0 and 1, found {value}")


def _by_class(labels: np.ndarray, per_class: int) -> np.ndarray:
    """Return the indices of the first images of each class (10, per_class)."""
    rows = [np.flatnonzero(labels == k)[:per_class] for k in range(len(CLASS_NAMES))]
    for name, row in zip(CLASS_NAMES, rows, strict=True):
        if len(row) < per_class:
            raise ValueError(
                f"labels: expected at least {per_class} of each class, found {len(row)} of {name}"
            )
    return np.stack(rows)


def _checked_history(history: Mapping[str, Sequence[float]] | pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the four curves, equally long."""
    keys = ("loss", "accuracy", "val_loss", "val_accuracy")
    missing = [key for key in keys if key not in history]
    if missing:
        raise ValueError(f"history: expected {', '.join(keys)}, found no {', '.join(missing)}")
    curves = {key: np.asarray(history[key], dtype=float) for key in keys}
    shapes = {key: curve.shape for key, curve in curves.items()}
    if len(set(shapes.values())) > 1 or curves["loss"].ndim != 1 or not curves["loss"].size:
        raise ValueError(f"history: expected one value for each epoch in every list, found shapes {shapes}")
    return curves


def _checked_runs(frame: pd.DataFrame, metric: str) -> dict[str, np.ndarray]:
    """Return the values of each name in per cent, names in the order of first appearance."""
    if not metric.endswith("accuracy"):
        raise ValueError(f"metric: expected an accuracy, as 'validation_accuracy', found {metric!r}")
    missing = [column for column in ("name", metric) if column not in frame]
    if missing:
        raise ValueError(f"frame: expected the columns name and {metric}, found no {', '.join(missing)}")
    values = frame[metric].dropna().astype(float)
    if values.empty:
        raise ValueError(f"frame: expected at least one {metric}, found none in {len(frame)} rows")
    _check_share(values.min(), metric)
    _check_share(values.max(), metric)
    names = frame["name"].astype(str)
    return {
        name: 100 * frame.loc[names == name, metric].dropna().to_numpy(dtype=float) for name in names.unique()
    }


def _checked_maps(maps: ArrayLike, name: str, axes: tuple[str, ...]) -> np.ndarray:
    """Return finite floats with these axes, 1 to 128 maps."""
    array = np.asarray(maps, dtype=np.float64)
    expected = f"({', '.join(axes)})"
    if array.ndim != len(axes) or not array.size or (len(axes) == 4 and array.shape[2] != 1):
        raise ValueError(f"{name}: expected shape {expected}, found {array.shape}")
    if array.shape[-1] > 128:
        raise ValueError(f"{name}: expected shape {expected} with n of at most 128, found {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite numbers, found NaN or infinity")
    return array
