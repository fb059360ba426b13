"""What a lesson's methods accept: refused before anything is trained."""

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..data.expected import refuse, shown
from ..data.parts import Part
from ..studies.study import Study
from ..training.trainable import Trainable


def checked_chapter(chapter: Any) -> str:
    """Return the name of a chapter; refuse what cannot be one."""
    if not isinstance(chapter, str) or not re.fullmatch(r"\d\d_[a-z][a-z0-9_]*", chapter):
        refuse("chapter", 'the name of its file, such as "03_convolutional_networks"', shown(chapter))
    return chapter


def checked_recipes(recipes: Any) -> dict[str, Trainable]:
    """Return names and recipes; refuse what is no dictionary of them."""
    if not isinstance(recipes, dict) or not recipes:
        raise TypeError(f'recipes: expected a dictionary such as {{"MLP": recipe}}, found {shown(recipes)}')
    for name, recipe in recipes.items():
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f"name: expected text that tables can call a recipe by, found {shown(name)}")
        if not isinstance(recipe, Trainable):
            raise TypeError(f"the recipe of {name!r}: expected a Recipe, found {shown(recipe)}")
    return recipes


def checked_studies(studies: Any) -> list[Study]:
    """Return studies as a list; refuse what is none, and two of one name."""
    found = list(studies) if isinstance(studies, Iterable) else [studies]
    if not found or not all(isinstance(study, Study) for study in found):
        raise TypeError(f"studies: expected a list of Study, found {shown(studies)}")
    names = [study.name for study in found]
    if len(set(names)) < len(names):
        raise ValueError(f"studies: expected names of their own, found {names}")
    return found


def checked_seeds(seeds: Any) -> list[int]:
    """Return the seeds as a list; refuse what is none."""
    if not isinstance(seeds, Iterable) or isinstance(seeds, str):
        raise TypeError(f"seeds: expected whole numbers such as range(5), found {shown(seeds)}")
    found = list(seeds)
    if not found or not all(isinstance(seed, int | np.integer) and seed >= 0 for seed in found):
        raise ValueError(f"seeds: expected whole numbers, 0 or more, such as range(5), found {shown(found)}")
    return [int(seed) for seed in found]


def checked_part(part: Any) -> Part:
    """Return the part; refuse what is none."""
    if not isinstance(part, Part):
        raise TypeError(f"part: expected lesson.data.train or lesson.data.validation, found {shown(part)}")
    return part
