"""Charts: the histogram of pixels, learning curves, the confusion matrix, comparisons over seeds."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from ..data.expected import check_share, checked_images
from .style import COLOURS, SKETCH_NOTE, SMALL, is_sketch, new_axes


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
    pictures = checked_images(images)
    if pictures.dtype != np.uint8:
        raise ValueError(f"images: expected uint8, found {pictures.dtype}")
    counts = np.zeros(256, dtype=np.int64)
    for start in range(0, len(pictures), 1000):  # bincount makes 8 bytes of each pixel: a part at a time
        counts += np.bincount(pictures[start : start + 1000].ravel(), minlength=256)
    shares = 100 * counts.reshape(64, 4).sum(axis=1) / counts.sum()
    ax = new_axes((6, 3.2)) if ax is None else ax
    ax.bar(np.arange(0, 256, 4), shares, width=4, align="edge", color=COLOURS[0], edgecolor="white", lw=0.3)
    ax.set(yscale="log", ylim=(0.05, 100), xlim=(0, 256), xticks=[*range(0, 256, 32), 255])
    ax.set(xlabel="pixel value (0 = background, 255 = darkest)", ylabel="share of all pixels (%)")
    ax.set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    if is_sketch(source):
        ax.text(1, 1.01, SKETCH_NOTE, transform=ax.transAxes, ha="right", va="bottom", fontsize=9)
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
    curves = checked_history(history)
    if axes is None:
        _, axes = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    if len(axes) != 2:
        raise ValueError(f"axes: expected 2, found {len(axes)}")
    epochs = np.arange(1, len(curves["loss"]) + 1)
    for ax, key, scale, label in zip(
        axes, ("loss", "accuracy"), (1, 100), ("loss", "accuracy (%)"), strict=True
    ):
        ax.plot(epochs, scale * curves[key], "o-", color=COLOURS[0], markersize=4, label="training")
        ax.plot(
            epochs, scale * curves[f"val_{key}"], "s--", color=COLOURS[1], markersize=4, label="validation"
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
    ax = new_axes((7.6, 6.2)) if ax is None else ax
    stretch = PowerNorm(0.4, vmin=0, vmax=100)
    image = ax.imshow(shares, cmap="cividis", norm=stretch)
    for (row, column), count in np.ndenumerate(counts):
        ink = "black" if stretch(shares[row, column]) > 0.47 else "white"  # where both contrasts are equal
        ax.text(column, row, str(count), color=ink, fontsize=SMALL, ha="center", va="center")
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
    runs = checked_runs(frame, metric)
    ax = new_axes((7.5, 1.3 + 0.45 * len(runs))) if ax is None else ax
    drawn: dict[str, Any] = {}
    for row, values in enumerate(runs.values()):
        if not len(values):
            ax.text(0.02, row, "not measured", transform=ax.get_yaxis_transform(), va="center")
            continue
        deviation = values.std(ddof=1) if len(values) > 1 else None
        below = np.full(len(values), row + 0.22)  # the axis points down
        drawn["single seeds"] = ax.plot(values, below, "o", color=COLOURS[0], ms=5, alpha=0.6)[0]
        drawn["mean ± 1 standard deviation"] = ax.errorbar(
            values.mean(), row, xerr=deviation, fmt="D", color="black", ms=5, capsize=4
        )
    if reference is not None:
        label, value = reference
        check_share(value, "reference")
        line = ax.axvline(100 * value, color=COLOURS[3], linestyle="--")
        drawn[f"{label} ({100 * value:.2f} %)"] = line
    ax.set_yticks(range(len(runs)), list(runs))
    ax.set(ylim=(len(runs) - 0.4, -0.6), xlabel=f"{metric.replace('_', ' ')} (%)")
    ax.grid(axis="x", color="0.9")
    ax.set_axisbelow(True)
    ax.legend(drawn.values(), drawn, loc="lower right", bbox_to_anchor=(1, 1), ncols=3, frameon=False)
    return ax


def plot_differences(differences: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw by how much models differ from a reference, with the margin of each difference.

    Parameters
    ----------
    differences : DataFrame
        From `evaluation.differences`: names, ``difference`` and ``margin`` in points, and ``verdict``.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        A row for each name, colour and marker after the verdict; a line at zero. A difference that is not
        judged has no bar. A bar is the margin of this difference alone, the verdict one of many: so a bar may
        clear zero and be within the noise.
    """
    columns = ["difference", "margin", "verdict"]
    missing = [column for column in columns if column not in differences]
    if missing or differences.empty:
        found = f"no {', '.join(missing)}" if missing else "no row"
        raise ValueError(f"differences: expected {', '.join(columns)}, found {found}")
    ax = new_axes((7.5, 1.3 + 0.35 * len(differences))) if ax is None else ax
    rows = pd.Series(range(len(differences)), index=differences.index)
    for verdict, of_verdict in differences.groupby("verdict", sort=False):
        marker, colour = _VERDICTS.get(str(verdict), ("o", "0.5"))
        look: dict[str, Any] = {"fmt": marker, "color": colour, "ms": 6, "capsize": 4, "label": str(verdict)}
        at = of_verdict["difference"]
        ax.errorbar(at, rows[of_verdict.index], xerr=of_verdict["margin"], **look)
    ax.axvline(0, color="black", linewidth=1)
    ax.set_yticks(range(len(differences)), list(differences.index))
    ax.set(ylim=(len(differences) - 0.4, -0.6), xlabel="difference (percentage points)")
    ax.grid(axis="x", color="0.9")
    ax.set_axisbelow(True)
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, frameon=False)
    return ax


_VERDICTS = {"better": (">", COLOURS[2]), "worse": ("<", COLOURS[3]), "within the noise": ("o", "0.5")}


def plot_trend(
    frame: pd.DataFrame, x: str, metric: str, *, by: str, log: bool = True, ax: Axes | None = None
) -> Axes:
    """Draw a measure against a number, a line for each kind: means with one standard deviation to each side.

    Parameters
    ----------
    frame : DataFrame
        One row for each fit, with the columns `x`, `metric` and `by`; rows without a value are left out.
    x : str
        A column of numbers, such as the size of a code.
    metric : str
        A column of numbers.
    by : str
        A column of names: one line each, in the order of first appearance.
    log : bool
        Draw `x` on a logarithmic scale.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        Single fits as small dots; a line's places are shifted a little, so that bars do not hide each other.
    """
    if missing := [column for column in (x, metric, by) if column not in frame]:
        raise ValueError(f"frame: expected the columns {x}, {metric} and {by}, found no {', '.join(missing)}")
    fits = frame[[x, metric, by]].dropna()
    if fits.empty:
        raise ValueError(f"frame: expected at least one {metric}, found none in {len(frame)} rows")
    ax = new_axes((6.5, 3.6)) if ax is None else ax
    for number, kind in enumerate(dict.fromkeys(fits[by])):
        own = fits[fits[by] == kind]
        means, deviations = (own.groupby(x)[metric].agg(how) for how in ("mean", "std"))
        factor = 1 + 0.03 * number if log else 1
        color, marker = COLOURS[number % len(COLOURS)], "os^Dv"[number % 5]
        bars = deviations.fillna(0)
        ax.errorbar(
            means.index * factor,
            means,
            yerr=bars,
            capsize=3,
            ms=6,
            color=color,
            marker=marker,
            label=str(kind),
        )
        ax.plot(own[x] * factor, own[metric], ".", color=color, ms=3, alpha=0.6)
    places = sorted(fits[x].unique())
    if log:
        ax.set_xscale("log")
        ax.minorticks_off()
    ax.set_xticks(places, [f"{place:g}" for place in places])
    ax.set(xlabel=x.replace("_", " "), ylabel=metric.replace("_", " "))
    ax.grid(axis="y", color="0.9")
    ax.legend(frameon=False)
    return ax


def checked_history(history: Mapping[str, Sequence[float]] | pd.DataFrame) -> dict[str, np.ndarray]:
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


def checked_runs(frame: pd.DataFrame, metric: str) -> dict[str, np.ndarray]:
    """Return the values of each name in per cent, names in the order of first appearance."""
    if not metric.endswith("accuracy"):
        raise ValueError(f"metric: expected an accuracy, as 'validation_accuracy', found {metric!r}")
    missing = [column for column in ("name", metric) if column not in frame]
    if missing:
        raise ValueError(f"frame: expected the columns name and {metric}, found no {', '.join(missing)}")
    values = frame[metric].dropna().astype(float)
    if values.empty:
        raise ValueError(f"frame: expected at least one {metric}, found none in {len(frame)} rows")
    check_share(values.min(), metric)
    check_share(values.max(), metric)
    names = frame["name"].astype(str)
    return {
        name: 100 * frame.loc[names == name, metric].dropna().to_numpy(dtype=float) for name in names.unique()
    }
