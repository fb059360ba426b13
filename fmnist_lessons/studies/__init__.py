"""Searches over hyperparameters: described, run here or on a Ray cluster, and their trials."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "cluster": ["run_on_ray"],
        "search": ["Search", "run"],
        "study": ["Study", "between"],
        "trials": ["best_so_far", "best_trials", "importances", "trials_frame"],
    },
)
