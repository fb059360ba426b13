"""What a lesson's methods accept: refused before anything is trained."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np


def _require_recipes(recipes: Any) -> None:
    """Refuse what is not a dictionary of names and recipes, before anything is trained."""
    if not isinstance(recipes, Mapping) or not recipes:
        raise TypeError(f'recipes: expected a dictionary such as {{"MLP": recipe}}, found {recipes!r}')
    for name, recipe in recipes.items():
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f"name: expected text that tables can call a recipe by, found {name!r}")
        if isinstance(recipe, type) or not hasattr(recipe, "decided_by"):
            raise TypeError(f"the recipe of {name!r}: expected a Recipe, found {recipe!r}")


def _whole_numbers(seeds: Any) -> list[int]:
    """Return the seeds as a list; refuse what is none."""
    if not isinstance(seeds, Iterable) or isinstance(seeds, str):
        raise TypeError(f"seeds: expected whole numbers such as range(5), found {seeds!r}")
    found = list(seeds)
    if not found or not all(isinstance(seed, int | np.integer) and seed >= 0 for seed in found):
        raise ValueError(f"seeds: expected whole numbers, 0 or more, such as range(5), found {found!r}")
    return [int(seed) for seed in found]


def _seeds(planned: list[int] | None) -> list[int] | None:
    """The seeds that ``fmnist record --seeds`` asks for, else the planned ones."""
    asked = os.environ.get("FMNIST_SEEDS")
    return [int(seed) for seed in asked.split(",")] if asked else planned
