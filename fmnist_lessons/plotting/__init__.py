"""From arrays to figures: garments, curves, confusions and comparisons.

A function that draws one panel takes `ax` and returns the `Axes`; a grid of images returns the `Figure`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "charts": [
            "plot_comparison",
            "plot_confusion",
            "plot_curves",
            "plot_differences",
            "plot_pixel_histogram",
            "plot_trend",
        ],
        "comparing": ["plot_confusions", "plot_pareto", "plot_reliability"],
        "images": [
            "plot_class_gallery",
            "plot_class_means",
            "plot_feature_maps",
            "plot_filters",
            "plot_images",
            "plot_rows",
        ],
        "searches": ["plot_best_so_far", "plot_heat_map"],
        "style": ["use_style"],
    },
)
