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

from ..data.expected import checked_kind, checked_name, checked_number, refuse, shown
from ..data.expected_arrays import checked_images, checked_numbers, checked_table
from .style import COLOURS, SKETCH_NOTE, SMALL, axes_for, is_sketch


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
    pictures, of_sketch = checked_images(images, floats=False), is_sketch(source)
    counts = np.zeros(256, dtype=np.int64)
    for start in range(0, len(pictures), 1000):  # bincount makes 8 bytes of each pixel: a part at a time
        counts += np.bincount(pictures[start : start + 1000].ravel(), minlength=256)
    shares = 100 * counts.reshape(64, 4).sum(axis=1) / counts.sum()
    ax = axes_for(ax, (6, 3.2))
    ax.bar(np.arange(0, 256, 4), shares, width=4, align="edge", color=COLOURS[0], edgecolor="white", lw=0.3)
    ax.set(yscale="log", ylim=(0.05, 100), xlim=(0, 256), xticks=[*range(0, 256, 32), 255])
    ax.set(xlabel="pixel value (0 = background, 255 = darkest)", ylabel="share of all pixels (%)")
    ax.set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    if of_sketch:
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
    panels = list(np.ravel(np.asarray(axes, dtype=object)))
    if len(panels) != 2 or not all(isinstance(ax, Axes) for ax in panels):
        refuse("axes", "two Axes", shown(axes), "figure, axes = plt.subplots(1, 2) makes them")
    epochs = np.arange(1, len(curves["loss"]) + 1)
    for ax, key, scale, label in zip(
        panels, ("loss", "accuracy"), (1, 100), ("loss", "accuracy (%)"), strict=True
    ):
        ax.plot(epochs, scale * curves[key], "o-", color=COLOURS[0], markersize=4, label="training")
        ax.plot(
            epochs, scale * curves[f"val_{key}"], "s--", color=COLOURS[1], markersize=4, label="validation"
        )
        ax.set(xlabel="epoch", ylabel=label)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        ax.legend(frameon=False)
    return cast(Figure, panels[0].figure)


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
    counts, shares = checked_confusion(matrix, "matrix")
    ax = axes_for(ax, (7.6, 6.2))
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
    if reference is not None and not (isinstance(reference, tuple | list) and len(reference) == 2):
        refuse("reference", 'a label and an accuracy, as ("published", 0.91)', shown(reference))
    if reference is not None:
        label, value = checked_name(reference[0], "reference"), checked_number(reference[1], "reference")
    ax = axes_for(ax, (7.5, 1.3 + 0.45 * len(runs)))
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
        judged has no bar, one that is nan no marker. A bar is the margin of this difference alone, the
        verdict one of many: so a bar may clear zero and be within the noise.
    """
    checked_table(differences, "differences", ("difference", "margin", "verdict"))
    at, margin = (checked_numbers(differences[name], name) for name in ("difference", "margin"))
    if np.isnan(at).all():
        refuse("difference", "at least one number", "none")
    if (np.abs(at) > 100).any():
        refuse("difference", "percentage points, from -100 to 100", f"{at[np.nanargmax(np.abs(at))]:.3g}")
    if (margin < 0).any():
        refuse("margin", "no number below 0", f"{np.nanmin(margin):.3g}")
    verdicts = differences["verdict"].fillna("").astype(str).to_numpy()
    ax = axes_for(ax, (7.5, 1.3 + 0.35 * len(differences)))
    for verdict in filter(None, dict.fromkeys(verdicts)):
        rows = np.flatnonzero(verdicts == verdict)
        marker, colour = _VERDICTS.get(verdict, ("o", "0.5"))
        look: dict[str, Any] = {"fmt": marker, "color": colour, "ms": 6, "capsize": 4}
        ax.errorbar(at[rows], rows, xerr=margin[rows], label=verdict, **look)
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
    columns = [checked_name(value, name) for name, value in {"x": x, "metric": metric, "by": by}.items()]
    if len(set(columns)) < 3:
        refuse("x, metric, by", "three columns", f"{columns}")
    checked_table(frame, "frame", columns)
    checked_kind(log, "log", bool, "True or False")
    numbers = {column: checked_numbers(frame[column], column) for column in (x, metric)}
    fits = frame[columns].assign(**numbers).replace([np.inf, -np.inf], np.nan).dropna()
    if fits.empty:
        refuse("frame", f"at least one {metric}", f"none in {len(frame)} rows")
    if log and fits[x].min() <= 0:
        refuse(x, "numbers above 0 on a logarithmic scale", f"{fits[x].min():g}", "give log=False")
    ax = axes_for(ax, (6.5, 3.6))
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
    if not isinstance(history, Mapping | pd.DataFrame):
        remedy = "give history.history" if hasattr(history, "history") else ""
        refuse("history", f"a dictionary of {', '.join(keys)}", shown(history), remedy)
    if missing := [key for key in keys if key not in history]:
        refuse("history", ", ".join(keys), f"no {', '.join(missing)}")
    curves = {key: checked_numbers(history[key], key, shares=key.endswith("accuracy")) for key in keys}
    shapes = {key: curve.shape for key, curve in curves.items()}
    if len(set(shapes.values())) > 1 or curves["loss"].ndim != 1 or not curves["loss"].size:
        refuse("history", "one value for each epoch in every list", f"shapes {shapes}")
    return curves


def checked_confusion(matrix: pd.DataFrame, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the counts of a confusion matrix, and their shares of the true class in per cent."""
    if not isinstance(matrix, pd.DataFrame) or matrix.empty or list(matrix.index) != list(matrix.columns):
        refuse(name, "a DataFrame with the same classes as rows and columns", shown(matrix))
    counts = matrix.to_numpy()
    if not np.issubdtype(counts.dtype, np.integer) or counts.min() < 0:
        found = f"a minimum of {counts.min()}" if np.issubdtype(counts.dtype, np.integer) else counts.dtype
        refuse(name, "counts", found)
    return counts, 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


def checked_runs(frame: pd.DataFrame, metric: str) -> dict[str, np.ndarray]:
    """Return the values of each name in per cent, names in the order of first appearance."""
    if not checked_name(metric, "metric").endswith("accuracy"):
        refuse("metric", "an accuracy, as 'validation_accuracy'", f"{metric!r}")
    checked_table(frame, "frame", ("name", metric))
    values = checked_numbers(frame[metric], metric, shares=True)
    measured = np.isfinite(values)
    if not measured.any():
        refuse("frame", f"at least one {metric}", f"none in {len(frame)} rows")
    names = frame["name"].astype(str).to_numpy()
    return {name: 100 * values[measured & (names == name)] for name in dict.fromkeys(names)}
