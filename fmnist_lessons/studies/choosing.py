"""What chooses the values of a trial, and when a trial is given up: Optuna, asked by a study."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna

if TYPE_CHECKING:
    from .study import Study


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
