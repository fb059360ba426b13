"""From arrays to figures: garments, curves, confusions and comparisons.

A function that draws one panel takes `ax` and returns the `Axes`; a grid of images returns the `Figure`.
"""

from .charts import (
    plot_comparison,
    plot_confusion,
    plot_curves,
    plot_differences,
    plot_pixel_histogram,
    plot_trend,
)
from .comparing import plot_confusions, plot_pareto, plot_reliability
from .images import (
    plot_class_gallery,
    plot_class_means,
    plot_feature_maps,
    plot_filters,
    plot_images,
    plot_rows,
)
from .searches import plot_best_so_far, plot_heat_map
from .style import use_style

__all__ = [
    "plot_best_so_far",
    "plot_class_gallery",
    "plot_class_means",
    "plot_comparison",
    "plot_confusion",
    "plot_confusions",
    "plot_curves",
    "plot_differences",
    "plot_feature_maps",
    "plot_filters",
    "plot_heat_map",
    "plot_images",
    "plot_pareto",
    "plot_pixel_histogram",
    "plot_reliability",
    "plot_rows",
    "plot_trend",
    "use_style",
]
