"""Pictures of several models: accuracy against a cost, confusion side by side, reliability."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator
from numpy.typing import ArrayLike

from ..data.expected import checked_count, checked_kind, checked_name, checked_number, refuse, shown
from ..data.expected_arrays import checked_numbers, checked_table
from .charts import checked_confusion
from .style import COLOURS, SMALL, WIDTH, axes_for


def plot_pareto(
    table: pd.DataFrame,
    cost: str,
    *,
    front: ArrayLike,
    score: str = "test_accuracy",
    label: str | None = None,
    floor: float = 0.0,
    ax: Axes | None = None,
) -> Axes:
    """Draw a score against a cost, and the Pareto front: the models that no other beats in both.

    Parameters
    ----------
    table : DataFrame
        Index names; a row for each model.
    cost : str
        A column of numbers above 0, drawn on a logarithmic scale. Models without a value are left out.
    front : (n,) bool
        Which rows of the table are on the front, from `evaluation.pareto_front`.
    score : str
        A column of accuracies between 0 and 1.
    label : str, optional
        Of the horizontal axis; the column's name without it.
    floor : float
        An accuracy below which models are drawn at the lower edge, as triangles that point down.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        A numbered point for each model, in the table's order; the key to the right names them, those on the
        front in bold. The front is a step line: at each cost, the best score that can be had for it.
    """
    checked_table(table, "table", (checked_name(cost, "cost"), checked_name(score, "score")))
    costs, scores = checked_numbers(table[cost], cost), checked_numbers(table[score], score, shares=True)
    chosen = np.asarray(front, dtype=object)
    if chosen.shape != (len(table),) or not all(isinstance(is_on, bool | np.bool_) for is_on in chosen):
        refuse("front", f"{len(table)} values True or False", shown(front))
    columns = {
        "cost": costs,
        "score": scores,
        "front": chosen.astype(bool),
        "number": np.arange(1, len(table) + 1),
    }
    models = pd.DataFrame(columns, index=table.index).dropna()
    if models.empty or not ((models["cost"] > 0) & (models["cost"] < np.inf)).all():
        refuse("table", f"numbers above 0 in {cost}", f"{table[cost].tolist()}")
    floor = checked_number(floor, "floor")
    label = cost.replace("_", " ") if label is None else checked_name(label, "label")
    ax = axes_for(ax, (8, 4.2))
    for name, x, value, on_front, number in models.itertuples(name=None):
        y, marker = 100 * max(value, floor), "v" if value < floor else "o"
        colour = COLOURS[0] if on_front else "0.45"
        ax.plot(x, y, marker, color=colour, ms=6, alpha=0.8, label=f"{number} {name}", zorder=3)
    drawn = models[models["front"] & (models["score"] >= floor)].sort_values("cost")
    ax.step(drawn["cost"], 100 * drawn["score"], where="post", color=COLOURS[0], lw=1, zorder=2)
    ax.set(xscale="log", xlabel=label, ylabel=f"{score.replace('_', ' ')} (%)")
    _plain_ticks(ax, decades=float(np.log10(models["cost"].max() / models["cost"].min())))
    ax.grid(color="0.93")
    ax.set_axisbelow(True)
    key = ax.legend(
        loc="upper left",
        bbox_to_anchor=(1.01, 1),
        frameon=False,
        handlelength=0,
        fontsize=SMALL,
        markerscale=0,
    )
    for text, on_front in zip(key.get_texts(), models["front"], strict=True):
        text.set_fontweight("bold" if on_front else "normal")
    points = np.column_stack([models["cost"], 100 * np.maximum(models["score"], floor)])
    _write_numbers(ax, points, models["number"], models["front"])
    return ax


def _write_numbers(ax: Axes, points: np.ndarray, numbers: pd.Series, front: pd.Series) -> None:
    """Write a number beside each point where neither a point nor another number is, a line to it if far."""
    ax.margins(0.06, 0.1)
    if isinstance(ax.figure, Figure):
        ax.figure.draw_without_rendering()  # the key has taken its room
    places = ax.transData.transform(points) * 72 / ax.figure.dpi  # in typographic points
    angles = np.deg2rad([135, 90, 180, 45, 225, 315, 0, 270])  # first where the front's line does not run
    around = np.concatenate([r * np.column_stack([np.cos(angles), np.sin(angles)]) for r in (10, 16, 24, 34)])
    taken = places
    for number, point, place, on_front in zip(numbers, points, places, front, strict=True):
        room = np.linalg.norm((place + around)[:, None] - taken, axis=2).min(axis=1)
        free = np.flatnonzero(room >= 9.5)
        step = around[free[0] if free.size else room.argmax()]
        taken = np.vstack([taken, place + step])
        ax.annotate(
            str(number),
            point,
            step,
            textcoords="offset points",
            color=COLOURS[0] if on_front else "0.25",
            fontsize=SMALL,
            fontweight="bold" if on_front else "normal",
            ha="center",
            va="center",
            zorder=4,
            bbox={"boxstyle": "square,pad=0.05", "fc": "white", "ec": "none", "alpha": 0.7},
            arrowprops={"arrowstyle": "-", "color": "0.6", "lw": 0.5} if np.hypot(*step) > 11 else None,
        )


def _plain_ticks(ax: Axes, *, decades: float) -> None:
    """Write numbers as people do below a logarithmic axis."""
    steps = [1.0] if decades > 2 else [1.0, 2.0, 5.0] if decades > 0.7 else [1.0, *np.arange(1.5, 10, 0.5)]
    ax.xaxis.set_major_locator(LogLocator(subs=steps, numticks=20))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    ax.minorticks_off()


def plot_confusions(matrices: Mapping[str, pd.DataFrame], *, columns: int = 3) -> Figure:
    """Draw several confusion matrices side by side, in colours only and on one scale.

    Parameters
    ----------
    matrices : mapping of str to DataFrame
        From `evaluation.confusion_matrix`, by the model's name; at most 12.
    columns : int
        Matrices in a row.

    Returns
    -------
    Figure
        An axes for each matrix, shares of the true class, and one for the colour bar.
    """
    checked_kind(matrices, "matrices", Mapping, "a dictionary of names and confusion matrices")
    if not 1 <= len(matrices) <= 12:
        refuse("matrices", "1 to 12", len(matrices))
    shares = [checked_confusion(matrix, f"matrices[{name!r}]")[1] for name, matrix in matrices.items()]
    columns = min(checked_count(columns, "columns", 12), len(matrices))
    rows = -(-len(matrices) // columns)
    size = (max(3.6, WIDTH * columns / 3), 0.9 + 2.6 * rows)
    figure, grid = plt.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")
    for number, (ax, (name, matrix)) in enumerate(zip(grid.flat, matrices.items(), strict=False)):
        drawn = ax.imshow(shares[number], cmap="cividis", norm=PowerNorm(0.4, vmin=0, vmax=100))
        lowest = number + columns >= len(matrices)
        ax.set_xticks(range(len(matrix)), list(matrix.columns) if lowest else [], rotation=90)
        ax.set_yticks(range(len(matrix)), list(matrix.index) if number % columns == 0 else [])
        ax.tick_params(length=0, labelsize=SMALL)
        ax.set_title(name, fontsize=9)
    for ax in grid.flat[len(matrices) :]:
        ax.remove()
    figure.colorbar(
        drawn, ax=list(grid.flat[: len(matrices)]), ticks=[0, 1, 5, 10, 25, 50, 100], shrink=0.8
    ).set_label("share of the true class (%)")
    figure.supxlabel("predicted class", fontsize=10)
    figure.supylabel("true class", fontsize=10)
    return figure


def plot_reliability(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how often a model was right against how sure it was: a reliability diagram.

    Parameters
    ----------
    table : DataFrame
        From `calibration.reliability_table`.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        A point for each group of images, in per cent, on the diagonal where the model is as sure as it is
        right, below it where it is too sure. Grey bars: the group's share of the images.
    """
    expected = ("low", "high", "images", "confidence", "accuracy")
    checked_table(table, "table", expected)
    for name in expected:
        checked_numbers(table[name], name, shares=name != "images")
    if table["images"].min() < 0 or not 0 < table["images"].sum() < np.inf:
        refuse("images", "numbers of images", f"{table['images'].tolist()}")
    ax = axes_for(ax, (4, 3.6))
    low, width = 100 * table["low"], 100 * (table["high"] - table["low"])
    share = 100 * table["images"] / table["images"].sum()
    ax.bar(low, share, width=width, align="edge", color="0.85", edgecolor="white", lw=0.5)
    ax.plot([0, 100], [0, 100], color="0.4", lw=1, linestyle="--")
    ax.plot(100 * table["confidence"], 100 * table["accuracy"], "o-", color=COLOURS[0], ms=4)
    ax.set(xlim=(0, 100), ylim=(0, 100), xlabel="confidence (%)", ylabel="accuracy (%)")
    return ax
