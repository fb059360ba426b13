"""A study is a search over hyperparameters, described once, wherever it is run."""

import itertools
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import optuna

from ..data.expected import require_value
from ..training.fingerprints import values_of

Row = dict[str, Any]


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
    if not low < high or (log and low <= 0) or not all(map(math.isfinite, ends)):
        raise ValueError(f"between: expected {expected}, found {low} and {high}")
    if whole and not all(float(end).is_integer() for end in ends):
        raise ValueError(f"between: expected whole ends with whole=True, found {low} and {high}")
    require_value("grid", grid)
    return {"between": [low, high], "log": log, "whole": whole, "grid": grid}


@dataclass(frozen=True, kw_only=True)
class Study:
    """Everything that decides a search over hyperparameters.

    Parameters
    ----------
    name : str
        How tables call it.
    base : Recipe
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
    base: Any
    space: Mapping[str, Any]
    trials: int
    sampler: str = "tpe"
    pruner: str = "none"
    seed: int = 0
    budget: int = 0

    def __post_init__(self) -> None:
        recipe = self.base
        if isinstance(recipe, Mapping):
            from ..training.kinds import recipe_of

            recipe = recipe_of(recipe["model"], recipe)
        if not hasattr(recipe, "by_epoch"):
            raise TypeError(f"base: expected a Recipe that trains epoch by epoch, found {recipe!r}")
        object.__setattr__(self, "_recipe", recipe)
        object.__setattr__(self, "base", {"model": recipe.model, **values_of(recipe)})  # as a record keeps it
        for name, allowed in {"sampler": SAMPLERS, "pruner": PRUNERS}.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name}: expected one of {tuple(allowed)}, found {getattr(self, name)!r}")
        for name in ("trials", "seed", "budget"):
            require_value(name, getattr(self, name))
        if not isinstance(self.space, Mapping) or not self.space:
            raise ValueError(f"space: expected hyperparameters and their values, found {self.space!r}")
        for name, allowed in self.space.items():
            _require_entry(name, allowed)
        grid = self.grid()
        if self.sampler == "grid" and self.trials > len(grid):
            raise ValueError(
                f"trials: expected at most {len(grid)}, the points of the grid, found {self.trials}"
            )
        for recipe in [*self._recipes(), *self._ends()]:
            if patience := getattr(recipe, "patience", 0):
                raise ValueError(
                    f"patience: expected 0 in a study, found {patience}: a trial is judged after each epoch"
                )
            for name in ALIKE:
                common, found = getattr(self.recipe, name, None), getattr(recipe, name, None)
                if found != common:
                    raise ValueError(f"{name}: expected {common} in all trials, as in base, found {found}")

    def but(self, **changes: Any) -> Self:
        """Return a copy with some values changed: ``study.but(seed=1)``."""
        values = {field.name: getattr(self, field.name) for field in fields(self)} | {"base": self.recipe}
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

    @property
    def recipe(self) -> Any:
        """The base, as a recipe."""
        return self.__dict__["_recipe"]

    @property
    def model(self) -> str:
        """The model of the base recipe."""
        return str(self.recipe.model)

    def decided_by(self) -> list[Callable[..., Any]]:
        """Return the code that decides the study's numbers: its source enters the fingerprint of a record."""
        chosen_by = [suggest, sampler_of, Study.grid, _grid_values, Study.recipe_for, Study.trial_seed]
        judged_by = [pruner_of, end_of, type(self.recipe).by_epoch]
        return [*chosen_by, *judged_by, *self._recipes()]

    def _recipes(self) -> list[Any]:
        """The base, and the recipe for each value of the space."""
        first = self.grid()[0]
        singly = [{**first, name: value} for name in self.space for value in _grid_values(self.space[name])]
        return [self.recipe, *map(self.recipe_for, singly)]

    def _ends(self) -> list[Any]:
        """The recipe at each end of each range: so none is out of bounds only in some later trial."""
        first = self.grid()[0]
        ranges = {name: allowed["between"] for name, allowed in self.space.items() if _is_range(allowed)}
        return [self.recipe_for({**first, name: end}) for name, ends in ranges.items() for end in ends]


def _require_entry(name: str, allowed: Any) -> None:
    """Raise ValueError unless `allowed` says what a hyperparameter may be."""
    if "." in name and not name.startswith("architecture."):
        raise ValueError(f"space: expected architecture.… for an argument of the builder, found {name!r}")
    is_named = isinstance(allowed, Mapping) and not _is_range(allowed)
    right = allowed and (
        isinstance(allowed, list)
        or _is_range(allowed)
        or (is_named and all(isinstance(changes, Mapping) for changes in allowed.values()))
    )
    if not right:
        hint = ": is between(…) meant?" if isinstance(allowed, tuple) and len(allowed) == 2 else ""
        raise ValueError(
            f"space[{name!r}]: expected a list of values, between(low, high), or names with the changes that "
            f"each stands for, found {allowed!r}{hint}"
        )


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


def suggest(trial: optuna.Trial, name: str, allowed: Any) -> Any:
    """Choose a value of an entry of the space, and return it."""
    if not isinstance(allowed, Mapping) or "between" not in allowed:
        return trial.suggest_categorical(name, list(allowed))
    suggest = trial.suggest_int if allowed["whole"] else trial.suggest_float
    return suggest(name, *allowed["between"], log=allowed["log"])


def sampler_of(study: Study, number: int) -> optuna.samplers.BaseSampler:
    """Return what chooses a trial's values: seeded for each, so that a study taken up again chooses alike."""
    seed = int(np.random.SeedSequence([study.seed, number]).generate_state(1)[0])
    if study.sampler == "tpe":
        return optuna.samplers.TPESampler(seed=seed, n_startup_trials=min(10, math.ceil(study.trials / 3)))
    chosen = optuna.samplers.RandomSampler(seed=seed)
    if study.sampler == "random":
        return chosen
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.PartialFixedSampler(study.grid()[number], chosen)


def pruner_of(study: Study, *, reduction: int = 3) -> optuna.pruners.BasePruner:
    """Return what gives hopeless trials up: one of `reduction` goes on, after 1, 3, 9, 27 … epochs."""
    if study.pruner == "asha":
        return optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=reduction)
    if study.pruner == "hyperband":
        epochs = study.recipe.epochs
        return optuna.pruners.HyperbandPruner(max_resource=epochs, reduction_factor=reduction)
    return optuna.pruners.NopPruner()


def end_of(trial: optuna.Trial, scores: Sequence[float], epochs: int) -> optuna.trial.TrialState | None:
    """Tell Optuna the last of a trial's scores; return how the trial ends with it, None if it goes on.

    A trial that begins again reports its first epochs twice. Until it is where it was, it is not judged.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is reported twice counts once
        trial.report(scores[-1], len(scores))
    if len(scores) >= epochs:
        return optuna.trial.TrialState.COMPLETE
    furthest = trial.storage.get_trial(trial._trial_id).last_step or 0
    is_pruned = len(scores) >= furthest and trial.should_prune()
    return optuna.trial.TrialState.PRUNED if is_pruned else None


ALIKE = ("epochs", "validation_size")  # of all trials of a study
SAMPLERS = ("grid", "random", "tpe")
PRUNERS = ("none", "asha", "hyperband")
