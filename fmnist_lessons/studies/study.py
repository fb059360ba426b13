"""A study is a search over hyperparameters, described once, wherever it is run."""

import itertools
import json
import math
import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Self, cast

import numpy as np

from ..data.expected import require_value
from ..data.parts import Part
from ..training.fingerprints import values_of
from ..training.trainable import OnStep
from .choosing import end_of, pruner_of, sampler_of, suggest
from .search import ByEpoch, Row, Searched, run

MOST_VALUES = 1_000  # of one hyperparameter: each is tried on the recipe before anything runs
MOST_END = 1e300  # of a range: beyond, its width would be infinite
MOST_POINTS = 100_000  # of a grid, which is made at once; and trials of a study
MOST_SEED = 4_000_000  # Keras takes seeds below 2**32, and a trial's is a thousand times the study's


def between(low: float, high: float, *, log: bool = False, whole: bool = False, grid: int = 3) -> Row:
    """Describe the numbers from `low` to `high`, both included.

    Parameters
    ----------
    low, high : float
    log : bool
        Spread them evenly over the orders of magnitude.
    whole : bool
        Whole numbers only.
    grid : int
        So many values a grid search takes; with 1 it takes `low` alone.

    Returns
    -------
    dict
        An entry of a study's `space`.
    """
    ends, expected = (low, high), f"low < high{', above 0' if log else ''}"
    if not all(isinstance(end, numbers.Real) and not isinstance(end, bool) for end in ends):
        raise ValueError(f"between: expected two numbers, found {low!r} and {high!r}")
    if not low < high or (log and low <= 0) or not -MOST_END <= low < high <= MOST_END:
        raise ValueError(f"between: expected {expected}, found {low} and {high}")
    if whole and not all(float(end).is_integer() and abs(end) <= 2**53 for end in ends):
        raise ValueError(f"between: expected whole ends with whole=True, found {low} and {high}")
    if not isinstance(log, bool) or not isinstance(whole, bool):
        raise ValueError(f"between: expected True or False for log and whole, found {log!r} and {whole!r}")
    require_value("grid", grid)
    if grid > MOST_VALUES:
        raise ValueError(f"grid: expected at most {MOST_VALUES:,} values, found {grid:,}")
    return {"between": [low, high], "log": log, "whole": whole, "grid": grid}


@dataclass(frozen=True, kw_only=True, eq=False)
class Study:
    """Everything that decides a search over hyperparameters.

    Parameters
    ----------
    name : str
        How tables call it.
    base : Recipe, or mapping of its values as a record keeps them
        What is varied; its epochs are those of a trial that is not pruned. Without early stopping: a trial is
        judged after each epoch.
    space : mapping
        A hyperparameter of the recipe, or ``"architecture.…"`` for an argument of its builder, and what it
        may be: a list of values, `between` two numbers, or names with the changes of the recipe that each
        stands for, such as ``{"SGD": {"optimizer": "sgd", "momentum": 0.9}, "Adam": {"optimizer": "adam"}}``.
    trials : int
        At most so many.
    sampler : {"grid", "random", "tpe"}
        How values are chosen. ``tpe`` is Bayesian: it learns from the trials before (Bergstra, Bardenet,
        Bengio and Kégl 2011).
    pruner : {"none", "asha", "hyperband"}
        Which trials are given up early: those outside of the best third after 1, 3, 9 … epochs (Li and others
        2020, https://doi.org/10.48550/arXiv.1810.05934), or the same with several first rungs (Li and others
        2018, https://doi.org/10.48550/arXiv.1603.06560).
    seed : int
        Of the search; trial n trains with seed 1000·(seed + 1) + n, so no trial has a seed of a comparison.
    budget : int
        Once so many epochs are used, no further trial begins. With 0 there is no such limit.

    Raises
    ------
    ValueError
        For a value that is not among those above, and for epochs or a validation size that vary: trials are
        compared after the same epochs, on the same images.
    """

    name: str
    base: ByEpoch | Mapping[str, Any]
    space: Mapping[str, Any]
    trials: int
    sampler: str = "tpe"
    pruner: str = "none"
    seed: int = 0
    budget: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise ValueError(f"name: expected a text that is not empty, found {self.name!r}")
        if not isinstance(self.recipe, ByEpoch) or isinstance(self.recipe, type):
            raise TypeError(f"base: expected a Recipe that trains epoch by epoch, found {self.recipe!r}")
        for name, choices in {"sampler": SAMPLERS, "pruner": PRUNERS}.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name}: expected one of {choices}, found {getattr(self, name)!r}")
        for name, most in {"trials": MOST_POINTS, "seed": MOST_SEED, "budget": math.inf}.items():
            require_value(name, getattr(self, name))
            if getattr(self, name) > most:
                raise ValueError(f"{name}: expected at most {most:,}, found {getattr(self, name):,}")
        if not isinstance(self.space, Mapping) or not self.space:
            raise ValueError(f"space: expected hyperparameters and their values, found {self.space!r}")
        for name, value in values_of(self).items():
            _require_json(name, value)
        for name, allowed in self.space.items():
            _require_entry(name, allowed)
        self._require_grid()
        for recipe in self._recipes():
            if recipe.patience:
                raise ValueError(
                    f"patience: expected 0 in a study, found {recipe.patience}: "
                    "a trial is judged after each epoch"
                )
            for name in ALIKE:
                common, found = getattr(self.recipe, name), getattr(recipe, name)
                if found != common:
                    raise ValueError(f"{name}: expected {common} in all trials, as in base, found {found}")

    def _require_grid(self) -> None:
        """Refuse a grid with too many points, or too few for the trials."""
        points = math.prod(len(_grid_values(allowed)) for allowed in self.space.values())
        if self.sampler == "grid" and points > MOST_POINTS:
            raise ValueError(
                f"space: expected a grid of at most {MOST_POINTS:,} points, found {points:,}: "
                "take fewer values, or another sampler"
            )
        if self.sampler == "grid" and self.trials > points:
            raise ValueError(
                f"trials: expected at most {points}, the points of the grid, found {self.trials}"
            )

    def __eq__(self, other: object) -> bool:
        """Whether a record would keep the same of both."""
        return isinstance(other, Study) and values_of(self) == values_of(other)

    def but(self, **changes: Any) -> Self:
        """Return a copy with some values changed: ``study.but(seed=1)``."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        if unknown := sorted(set(changes) - set(values)):
            raise TypeError(f"but: expected some of {list(values)}, found {unknown}")
        return type(self)(**{**values, **changes})

    def quick(self) -> Self:
        """Return the study cut to two trials of one epoch, as quick mode runs it: none can be pruned."""
        return self.but(base=self.recipe.quick(), trials=min(2, self.trials), pruner="none", budget=0)

    def grid(self) -> list[Row]:
        """Return all points of the grid, each a value for every hyperparameter, in an order of the seed."""
        values = [_grid_values(self.space[name]) for name in self.space]
        points = [dict(zip(self.space, point, strict=True)) for point in itertools.product(*values)]
        return [points[i] for i in np.random.default_rng(self.seed).permutation(len(points))]

    def recipe_for(self, chosen: Mapping[str, Any]) -> Any:
        """Return the recipe with the values that a trial has chosen."""
        changes: Row = {}
        for name, value in chosen.items():
            named = self.space[name]
            is_named = isinstance(named, Mapping) and "between" not in named
            changes |= named[value] if is_named else {name: value}
        inner = {name.partition(".")[2]: changes.pop(name) for name in list(changes) if "." in name}
        if inner:
            changes["architecture"] = {
                **self.recipe.architecture,
                **changes.get("architecture", {}),
                **inner,
            }
        return self.recipe.but(**changes)

    def trial_seed(self, number: int) -> int:
        """Return the seed that a trial trains with."""
        return 1000 * (self.seed + 1) + number

    @cached_property
    def recipe(self) -> ByEpoch:
        """The base, as a recipe."""
        if not isinstance(self.base, Mapping):
            return self.base
        from ..training.kinds import recipe_of  # a recipe is at hand otherwise, and its kind loaded

        if "model" not in self.base:
            raise ValueError(f"base: expected the values of a recipe with its model, found {self.base!r}")
        return cast(ByEpoch, recipe_of(self.base["model"], self.base))  # which was looked at when it was made

    @property
    def validation_size(self) -> int:
        """So many images are held out."""
        return int(self.recipe.validation_size)

    def train(
        self,
        train_part: Part,
        validation_part: Part,
        *,
        seed: int,
        on_step: OnStep | None = None,
        kept: Path | None = None,
    ) -> Searched:
        """Run the study, with its own seed, or go on with the trials kept under the path `kept`."""
        file = kept.with_suffix(".db") if kept else None
        return Searched(self, run(self, train_part, validation_part, file=file))

    @property
    def model(self) -> str:
        """The model of the base recipe."""
        return str(self.recipe.model)

    def decided_by(self) -> list[Callable[..., Any]]:
        """Return the code that decides the study's numbers: its source enters the fingerprint of a record."""
        chosen_by: list[Any] = [suggest, sampler_of, Study.grid, Study.recipe_for, Study.trial_seed]
        judged_by: list[Any] = [pruner_of, end_of, type(self.recipe).by_epoch]
        return [*chosen_by, *judged_by, *self._recipes()]

    def _recipes(self) -> list[ByEpoch]:
        """The base, and the recipe for each value of the space and for each end of a range."""
        tried = {name: _grid_values(allowed) for name, allowed in self.space.items()}
        first = {name: values[0] for name, values in tried.items()}
        for name, allowed in self.space.items():
            tried[name] += allowed["between"] if _is_range(allowed) else []
        return [
            self.recipe,
            *(self.recipe_for({**first, name: value}) for name in tried for value in tried[name]),
        ]


def _require_entry(name: str, allowed: Any) -> None:
    """Raise ValueError unless `allowed` says what a hyperparameter may be."""
    if not isinstance(name, str):
        raise ValueError(f"space: expected names of hyperparameters, found {name!r}")
    if "." in name and not name.startswith("architecture."):
        raise ValueError(f"space: expected architecture.… for an argument of the builder, found {name!r}")
    if _is_range(allowed):
        right = set(allowed) == RANGE and isinstance(allowed["between"], list | tuple)
        if right:
            between(*allowed["between"], **{key: allowed[key] for key in RANGE - {"between"}})
    elif isinstance(allowed, Mapping):
        right = all(isinstance(key, str) and isinstance(allowed[key], Mapping) for key in allowed)
    else:
        right = isinstance(allowed, list)
    if not right or not allowed:
        hint = ": is between(…) meant?" if isinstance(allowed, tuple) and len(allowed) == 2 else ""
        raise ValueError(
            f"space[{name!r}]: expected a list of values, between(low, high), or names with the changes that "
            f"each stands for, found {allowed!r}{hint}"
        )
    if len(allowed) > MOST_VALUES:
        raise ValueError(f"space[{name!r}]: expected at most {MOST_VALUES:,} values, found {len(allowed):,}")
    twice = [value for place, value in enumerate(allowed) if value in list(allowed)[:place]]
    if twice:
        raise ValueError(f"space[{name!r}]: expected different values, found {twice[0]!r} twice")


def _require_json(name: str, value: Any) -> None:
    """Raise ValueError for what a record cannot keep, such as NaN, a function or a NumPy array."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name}: expected numbers, texts, lists and dictionaries of Python's own, for a record, "
            f"found {value!r}: {error}"
        ) from error


def _is_range(allowed: Any) -> bool:
    return isinstance(allowed, Mapping) and "between" in allowed


def _grid_values(allowed: Any) -> list[Any]:
    """The values of a hyperparameter that a grid search takes."""
    if not isinstance(allowed, Mapping):
        return list(allowed)
    if "between" not in allowed:
        return list(allowed)  # names
    spaced = np.geomspace if allowed["log"] else np.linspace
    low, high = allowed["between"]
    inner = [float(f"{value:.4g}") for value in spaced(low, high, allowed["grid"])[1:-1]]
    values = [low, *inner, *([high] if allowed["grid"] > 1 else [])]
    return list(dict.fromkeys(round(value) for value in values)) if allowed["whole"] else values


RANGE = {"between", "log", "whole", "grid"}
ALIKE = ("epochs", "validation_size")  # of all trials of a study
SAMPLERS = ("grid", "random", "tpe")
PRUNERS = ("none", "asha", "hyperband")
