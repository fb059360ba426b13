"""The trials of studies as tables, and what they say of a space."""

import math
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import optuna
import pandas as pd

from .study import Study

FOREST_SEED = 0  # of the random forest behind the importances
COLUMNS = ("study", "seed", "number", "whose", "fresh", "score", "epochs", "seconds", "pruned")


def trials_frame(records: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the trials of studies as a table, a row for each trial.

    ``score`` is the validation accuracy after the last epoch that the trial was given (``nan`` if it was
    given none), ``epochs`` their number. ``values`` holds what was chosen, as `Study.recipe_for` takes it,
    and ``scores`` the accuracy after each epoch; each hyperparameter also has a column of its own.
    """
    rows = [
        {
            **dict.fromkeys(COLUMNS),
            "study": record["name"],
            "seed": record["seed"],
            "whose": record.get("whose", "book"),
            "fresh": record.get("fresh", True),
            **{key: trial[key] for key in ("number", "pruned", "seconds", "values", "scores")},
            "score": trial["scores"][-1] if trial["scores"] else math.nan,
            "epochs": len(trial["scores"]),
            **{name.rpartition(".")[2]: value for name, value in trial["values"].items()},
        }
        for record in records
        for trial in record["trials"]
    ]
    frame = pd.DataFrame(rows, columns=None if rows else [*COLUMNS, "values", "scores"])
    return frame.astype({"score": float, "epochs": int, "pruned": bool})


def best_so_far(trials: pd.DataFrame) -> pd.DataFrame:
    """Return how the best score of each study grew with the epochs that it used.

    Parameters
    ----------
    trials : DataFrame
        From `trials_frame`.

    Returns
    -------
    DataFrame
        A row for each trial, in the order of their numbers: ``study``, ``seed``, ``trials`` and ``epochs``
        used so far, and ``best``, the highest score of those not pruned (``nan`` before the first).
    """
    names = {name: place for place, name in enumerate(dict.fromkeys(trials["study"]))}
    ordered = trials.assign(place=trials["study"].map(names)).sort_values(["place", "seed", "number"])
    ordered = ordered.reset_index(drop=True)
    groups = ordered.groupby(["study", "seed"], sort=False)
    finished = ordered["score"].where(~ordered["pruned"]).fillna(-np.inf)
    best = finished.groupby([ordered["study"], ordered["seed"]], sort=False).cummax()
    return ordered[["study", "seed"]].assign(
        trials=groups.cumcount() + 1, epochs=groups["epochs"].cumsum(), best=best.replace(-np.inf, np.nan)
    )


def best_trials(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the best trial of each study and seed: a row of `trials` each, pruned ones left out."""
    finished = _finished(trials).reset_index(drop=True)
    return finished.loc[finished.groupby(["study", "seed"], sort=False)["score"].idxmax()]


def importances(study: Study, trials: pd.DataFrame) -> pd.Series:
    """Return which share of the scores' variance each hyperparameter explains by itself (fANOVA).

    A random forest learns the score from the values, and its variance over the space is taken apart (Hutter,
    Hoos and Leyton-Brown 2014, https://proceedings.mlr.press/v32/hutter14.html). Every value that a random
    search may draw counts alike: a logarithmic hyperparameter is weighed evenly over its logarithm.

    Parameters
    ----------
    study : Study
        Whose space the trials come from.
    trials : DataFrame
        From `trials_frame`; pruned ones do not count.

    Returns
    -------
    Series
        The main effect of each hyperparameter as a share; what they leave of 1 is interaction. ``nan`` for
        fewer than four trials, equal scores or equal values.
    """
    finished = _finished(trials)
    names = list(study.space)
    varied = (finished["score"].nunique(), finished["values"].map(str).nunique())
    if len(finished) < 4 or min(varied) < 2:
        return pd.Series(np.nan, index=names)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    rebuilt = optuna.create_study(direction="maximize")
    distributions = {name: _distribution(allowed) for name, allowed in study.space.items()}
    for values, score in zip(finished["values"], finished["score"], strict=True):
        places = {name: _place(study.space[name], value) for name, value in values.items()}
        rebuilt.add_trial(
            optuna.trial.create_trial(params=places, distributions=distributions, value=float(score))
        )
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=FOREST_SEED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shares = optuna.importance.get_param_importances(rebuilt, evaluator=evaluator, normalize=False)
    return pd.Series(shares).reindex(names)


def _finished(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials that were not pruned, and have a score."""
    return trials[~trials["pruned"] & trials["score"].notna()]


def _distribution(allowed: Any) -> optuna.distributions.BaseDistribution:
    """The axis on which values are drawn evenly: Optuna's forest takes no logarithms."""
    if not isinstance(allowed, Mapping) or "between" not in allowed:
        return optuna.distributions.CategoricalDistribution(list(allowed))
    low, high = (_place(allowed, end) for end in allowed["between"])
    if allowed["whole"] and not allowed["log"]:
        return optuna.distributions.IntDistribution(low, high)
    return optuna.distributions.FloatDistribution(low, high)


def _place(allowed: Any, value: Any) -> Any:
    """Where a value lies on that axis."""
    is_range = isinstance(allowed, Mapping) and "between" in allowed
    return math.log10(value) if is_range and allowed["log"] else value
