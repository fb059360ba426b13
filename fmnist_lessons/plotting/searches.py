"""Pictures of searches: two hyperparameters against each other, and how the best score grows."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..data.expected import checked_name, refuse, shown
from ..data.expected_arrays import checked_numbers, checked_table
from .style import COLOURS, axes_for


def plot_heat_map(
    means: pd.DataFrame, spreads: pd.DataFrame | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw an accuracy for each pair of two hyperparameters.

    Parameters
    ----------
    means : DataFrame
        Accuracies between 0 and 1; the names of index and columns become the axes' labels. Missing values
        stay white.
    spreads : DataFrame, optional
        Of the same shape: standard deviations, written below the means.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        Numbers in per cent. The colours begin at the median less twice its distance from the best: pairs that
        fail altogether would leave no difference between the others. The best pair has a frame.
    """
    if not isinstance(means, pd.DataFrame) or not isinstance(spreads, pd.DataFrame | None):
        refuse("means, spreads", "a DataFrame each", f"{shown(means)} and {shown(spreads)}")
    values: np.ndarray = 100 * checked_numbers(means, "means", shares=True)
    if not np.isfinite(values).any():
        refuse("means", "at least one accuracy", "none")
    deviations: np.ndarray = np.full_like(values, np.nan)
    if spreads is not None:
        deviations = 100 * checked_numbers(spreads, "spreads", shares=True)
    if deviations.shape != values.shape:
        refuse("spreads", f"shape {values.shape}", deviations.shape)
    ax = axes_for(ax, (1.6 + 1.15 * values.shape[1], 1.2 + 0.62 * values.shape[0]))
    best, middle = float(np.nanmax(values)), float(np.nanmedian(values))
    worst = float(np.nanmin(values))
    low: float = max(worst, min(best - 3 * (best - middle), best - 0.1))
    high = max(best, low + 0.1)
    image = ax.imshow(values, cmap="cividis", vmin=low, vmax=high, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        if np.isnan(value):
            continue
        deviation = deviations[row, column]
        spread = "" if np.isnan(deviation) else f"\n±{deviation:.2f}"
        ink = "black" if value - low > 0.47 * (high - low) else "white"  # where both contrasts are equal
        ax.text(column, row, f"{value:.2f}{spread}", color=ink, fontsize=8, ha="center", va="center")
    row, column = np.unravel_index(np.nanargmax(values), values.shape)
    frame: dict[str, Any] = {"fill": False, "edgecolor": COLOURS[3], "linewidth": 3}
    ax.add_patch(_rectangle((column - 0.48, row - 0.48), **frame))
    ax.set_xticks(range(values.shape[1]), [f"{name}" for name in means.columns])
    ax.set_yticks(range(values.shape[0]), [f"{name}" for name in means.index])
    ax.tick_params(length=0)
    ax.set(xlabel=str(means.columns.name or ""), ylabel=str(means.index.name or ""))
    ax.figure.colorbar(image, ax=ax, label="accuracy (%)", extend="min")
    return ax


def _rectangle(corner: tuple[float, float], **look: Any) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle(corner, 0.96, 0.96, **look)


def plot_best_so_far(grown: pd.DataFrame, *, against: str = "epochs", ax: Axes | None = None) -> Axes:
    """Draw how the best score of searches grew.

    Parameters
    ----------
    grown : DataFrame
        From `studies.best_so_far`: ``study``, ``seed``, ``best`` between 0 and 1, and `against`.
    against : {"epochs", "trials"}
        What a search pays with.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Returns
    -------
    Axes
        A thick line for the mean over seeds of each study, from where all have a score, and a thin step for
        each seed; in per cent.
    """
    checked_name(against, "against", ("epochs", "trials"))
    checked_table(grown, "grown", ("study", "seed", "best", against))
    scores = checked_numbers(grown["best"], "best", shares=True)
    grown = grown.assign(**{"best": scores, against: checked_numbers(grown[against], against)})
    if np.isnan(scores).all():
        refuse("grown", "at least one score", "none")
    ax = axes_for(ax, (7, 3.8))
    for number, name in enumerate(dict.fromkeys(grown["study"])):
        colour = COLOURS[number % len(COLOURS)]
        runs = [run for _, run in grown[grown["study"] == name].groupby("seed")]
        for run in runs:
            ax.step(run[against], 100 * run["best"], where="post", color=colour, lw=0.6, alpha=0.5)
        places = np.unique(np.concatenate([run[against] for run in runs]))
        mean = 100 * np.mean([_at(run, against, places) for run in runs], axis=0)
        ax.step(places, mean, where="post", color=colour, lw=2.2, label=name)
    best = 100 * grown["best"]
    ax.set(xlabel=f"{against} used", ylabel="best validation accuracy so far (%)")
    ax.set_ylim(max(best.quantile(0.15) - 0.3, best.min() - 0.2), best.max() + 0.2)
    ax.grid(axis="y", color="0.9")
    ax.legend(frameon=False, loc="lower right")
    return ax


def _at(run: pd.DataFrame, against: str, places: np.ndarray) -> np.ndarray:
    """The best score of a run at each place; nan before its first."""
    last = np.searchsorted(run[against], places, side="right") - 1
    best = run["best"].to_numpy(dtype=float)
    return np.where(last >= 0, best[np.maximum(last, 0)], np.nan)
