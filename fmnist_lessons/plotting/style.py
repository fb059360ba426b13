"""How figures look: colours, sizes, and the words on figures of drawn garments."""

from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..data.expected import checked_name, refuse, shown

# Okabe and Ito, "Color Universal Design" (2008), https://jfly.uni-koeln.de/color/: blue, orange, green,
# vermilion, purple, sky blue, black; the yellow is too pale on white
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#000000")
WRONG = "#b34e00"  # vermilion, dark enough for small text on white (contrast over 4.5)
WIDTH = 9.0  # inches: at 100 dpi as wide as the book's text
SMALL = 8  # points
SKETCH_NOTE = "drawn garments, not Fashion-MNIST"


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
        "axes.prop_cycle": cycler(color=COLOURS),
        "image.cmap": "viridis",
    }
    mpl.rcParams.update(style)


def axes_for(ax: Axes | None, size: tuple[float, float]) -> Axes:
    """Return the axes that were asked for, or those of a new figure of this size in inches."""
    if ax is None:
        return plt.subplots(figsize=size, layout="constrained")[1]
    if not isinstance(ax, Axes):
        refuse("ax", "the Axes of one panel", shown(ax), "figure, ax = plt.subplots() makes one")
    return ax


def is_sketch(source: str) -> bool:
    """Say whether the garments are drawn ones."""
    return checked_name(source, "source", ("fashion-mnist", "sketch")) == "sketch"


def say_source(figure: Figure, source: str) -> None:
    """Write on the figure that its garments are drawn ones, where they are."""
    if is_sketch(source):
        figure.supxlabel(SKETCH_NOTE, fontsize=9)
