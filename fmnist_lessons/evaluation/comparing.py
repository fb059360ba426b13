"""Differences between recipes: how large they are, and whether that is more than chance."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize, stats

from ..data.expected import checked_kind, checked_name, refuse, shown
from ..data.expected_arrays import checked_numbers, checked_table
from .significance import holm

LEVEL, POWER = 0.05, 0.8  # a false alarm in one table of twenty; a true difference found four times in five
BETTER, WORSE, OPEN = "better", "worse", "within the noise"
SAME, ONE_SEED = "the same by algebra", "one seed: not judged"


def summarise(fits: pd.DataFrame, metric: str = "validation_accuracy") -> pd.DataFrame:
    """Return mean and spread over seeds for each name, in the order of first appearance.

    Parameters
    ----------
    fits : DataFrame
        From `frame`; costs of two devices are kept in rows of their own.
    metric : str
        A column of `fits`.

    Returns
    -------
    DataFrame
        Index ``name``; columns ``mean``, ``sd`` (standard deviation over seeds, ``nan`` for one seed),
        ``seeds``, ``parameters``, ``seconds`` (wall), ``cpu_seconds`` (all cores together; hardly moved by
        what else the machine does), ``device``, ``whose``. A name whose records are stale ends in
        "(stale)".

    Raises
    ------
    ValueError
        If `fits` are none, or there is no such column of numbers.
    """
    checked_table(fits, "fits", _SUMMARISED, COMPARE, empty=True)
    if not isinstance(metric, str) or metric not in fits:
        measured = [name for name in fits if str(name).startswith(("train_", "validation_", "test_"))]
        refuse("metric", f"one of {measured}", shown(metric))
    checked_numbers(fits[metric], metric)
    fits = fits.assign(name=fits["name"].where(fits["fresh"].astype(bool), fits["name"] + " (stale)"))
    groups = fits.groupby(["name", "device", "whose"], sort=False, dropna=False)
    table = groups.agg(
        mean=(metric, "mean"),
        sd=(metric, "std"),
        seeds=("seed", "nunique"),
        parameters=("parameters", "first"),
        seconds=("seconds", "mean"),
        cpu_seconds=("cpu_seconds", "mean"),
    )
    table = table.reset_index(["device", "whose"])
    return table[[*table.columns[2:], "device", "whose"]]


def differences(
    fits: pd.DataFrame,
    *,
    reference: str | None = None,
    metric: str = "validation",
    paired: bool = False,
    same: Collection[str] = (),
) -> pd.DataFrame:
    """Return by how much each recipe differs from a reference, and whether that is more than noise.

    Two kinds of chance count: the seeds, of each recipe on its own (Welch's test), and the choice of the
    images, which both have seen, so that they are compared image by image. The rows of the table are judged
    together, by Holm's correction: a difference may exceed its own margin and still be within the noise of a
    long table. `adjusted` judges the tables of a whole chapter together.

    Parameters
    ----------
    fits : DataFrame
        As `lesson.compare` returns it.
    reference : str, optional
        The name to compare with; without it, each recipe is compared with the one before.
    metric : {"validation", "test", "validation_mse", "test_mse"}
        On which part; the accuracy, of which more is better, or the mean squared error, of which less is.
    paired : bool
        Compare fits of the same seed. Right only where the seed draws something that both use, such as the
        images whose labels are known; the first weights are no such thing. Decide by the design, before
        looking at the numbers.
    same : list of str
        Names of rows that are proven to compute what they are compared with, in another way: nothing to test.

    Returns
    -------
    DataFrame
        Index ``name``; ``compared_with``; ``difference`` and ``margin`` (half of the 95 % interval of this
        difference alone), accuracies in percentage points, errors in their own unit; ``p_value``, adjusted;
        ``verdict``: "better", "worse", "within the noise", "the same by algebra" (as said by `same`, or equal
        for each seed and image), "one seed: not judged"; ``smallest_seen``, where it is within the noise: the
        smallest difference that these fits would show four times in five. Then what the verdict is made of:
        ``metric``, ``p_alone``, ``standard_error``, ``degrees_of_freedom``.

    Raises
    ------
    ValueError
        If `fits` are none, the reference is not among the names or `same` not among the rows, a pair shares
        no seed, the images differ, or a fit does not have the measure.

    References
    ----------
    B. L. Welch, "The generalization of Student's problem when several different population variances are
    involved", Biometrika 34 (1947), https://doi.org/10.1093/biomet/34.1-2.28: several sources of variance,
    here two recipes and the images, in one test.
    """
    measure, each, *_ = _COMPARED[checked_name(metric, "metric", _COMPARED)]
    checked_table(fits, "fits", ("name", "seed", measure, each), COMPARE, empty=True)
    checked_kind(paired, "paired", bool, "True or False")
    if isinstance(same, str) or not isinstance(same, Collection):
        refuse("same", "a list of names", shown(same))
    names = list(dict.fromkeys(fits["name"]))
    if reference is not None and reference not in names:
        refuse("reference", f"one of {names}", shown(reference))
    rows = {}
    for before, name in zip([None, *names], names, strict=False):
        other = reference or before
        if other is None or name == other:
            continue
        own, others = (
            fits[fits["name"] == n].drop_duplicates("seed").set_index("seed") for n in (name, other)
        )
        row = _difference(own, others, metric, paired)
        if name in same:
            row |= {"verdict": SAME, "p_alone": np.nan}
        rows[name] = {"compared_with": other, "metric": metric, **row}
    if strangers := [name for name in same if name not in list(rows)]:
        refuse("same", f"some of {list(rows)}", strangers)
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(COLUMNS))
    return _judged(table.astype(COLUMNS).rename_axis("name"))


COLUMNS = {"compared_with": object, "difference": float, "margin": float, "p_value": float}
COLUMNS |= {"verdict": object, "smallest_seen": float, "metric": object}
COLUMNS |= dict.fromkeys(["p_alone", "standard_error", "degrees_of_freedom"], float)
COMPARE, DIFFER = "lesson.compare(recipes) makes it", "differences(lesson.compare(recipes)) makes it"
_IN_WORDS = ("compared_with", "difference", "margin", "verdict", "smallest_seen", "metric")
_SUMMARISED = ("name", "seed", "fresh", "parameters", "seconds", "cpu_seconds", "device", "whose")


def adjusted(tables: Mapping[Any, pd.DataFrame]) -> pd.DataFrame:
    """Judge several tables of differences together, as one, by Holm's correction.

    Whoever asks more questions gets more false alarms. So what a chapter asks is judged once more as a whole:
    differences and margins stay, p-values grow, and a verdict may turn into "within the noise".

    Parameters
    ----------
    tables : mapping of str or int to DataFrame
        From `differences`, each under the name of its question.

    Returns
    -------
    DataFrame
        As from `differences`, with the index ``question`` and ``name``, and the column ``verdict_before``.

    Raises
    ------
    ValueError
        If there is no table, or one is none of `differences`.
    """
    if not isinstance(tables, Mapping) or not tables:
        refuse("tables", 'a dictionary such as {"width": differences(fits)}', shown(tables))
    for question, table in tables.items():
        checked_table(table, f"tables[{question!r}]", COLUMNS, DIFFER, empty=True)
    joined = pd.concat(tables, names=["question", "name"])
    return _judged(joined.assign(verdict_before=joined["verdict"]))


def in_words(table: pd.DataFrame) -> str:
    """Return a table of differences as a list in Markdown, a line for each difference."""
    checked_table(table, "table", _IN_WORDS, DIFFER, empty=True)
    lines = []
    names = [": ".join(map(str, name)) if isinstance(name, tuple) else name for name in table.index]
    for name, (_, row) in zip(names, table.iterrows(), strict=True):
        digits, unit = number_format(row["metric"])
        margin = "" if pd.isna(row["margin"]) else f" ± {row['margin']:{digits}}"
        size = f"{row['difference']:+{digits}}{margin}{unit}"
        seen = f" (seen from {row['smallest_seen']:{digits}}{unit} on)"
        verdict = row["verdict"] + (seen if row["verdict"] == OPEN else "")
        lines.append(f"- *{name}*, compared with *{row['compared_with']}*: {size}, {verdict}")
    return "\n".join(lines)


def number_format(metric: str) -> tuple[str, str]:
    """Return how a difference in this measure is written, and its unit."""
    return (".4f", "") if metric.endswith("mse") else (".2f", " points")


# The measure of each fit, the same for each image, its unit, and whether more of it is better.
_COMPARED = {
    "validation": ("validation_accuracy", "validation_correct", 100, True),
    "test": ("test_accuracy", "test_correct", 100, True),
    "validation_mse": ("validation_mse", "validation_errors", 1, False),
    "test_mse": ("test_mse", "test_errors", 1, False),
}


def _difference(own: pd.DataFrame, others: pd.DataFrame, metric: str, paired: bool) -> dict[str, Any]:
    """Return the difference of two recipes and its test alone; `own` and `others` have the seed as index."""
    measure, each, unit, _ = _COMPARED[metric]
    if paired:
        seeds = own.index.intersection(others.index)
        if seeds.empty:
            raise ValueError(
                f"expected fits of the same seeds, found {list(own.index)} and {list(others.index)}"
            )
        own, others = own.loc[seeds], others.loc[seeds]
    first, second = own[measure].astype(float), others[measure].astype(float)
    if first.isna().any() or second.isna().any():
        raise ValueError(f"metric: expected fits that have a {measure}, found some without")
    difference = unit * float(first.mean() - second.mean())
    if min(len(first), len(second)) < 2:
        return {"difference": difference, "verdict": ONE_SEED}
    sizes = {len(images) for images in (*own[each], *others[each])}
    if len(sizes) > 1:
        raise ValueError(f"expected fits judged on the same images, found splits of {sorted(sizes)} images")
    by_image = np.mean(list(own[each]), axis=0) - np.mean(list(others[each]), axis=0)  # (n,)
    samples = [first - second] if paired else [first, second]
    from_seeds = [float(sample.var()) / len(sample) for sample in samples]
    variance = float(by_image.var()) / len(by_image) + sum(from_seeds)
    spread = sum(v**2 / (len(sample) - 1) for v, sample in zip(from_seeds, samples, strict=True))
    freedom = variance**2 / spread if spread else np.inf
    error = unit * variance**0.5
    row = {"difference": difference, "margin": error * stats.t.ppf(1 - LEVEL / 2, freedom)}
    if first.sort_index().equals(second.sort_index()) and all(
        np.array_equal(own[each][seed], others[each][seed]) for seed in own.index
    ):
        return row | {"verdict": SAME}
    p = float(2 * stats.t.sf(abs(difference) / error, freedom)) if error else float(difference == 0)
    return row | {"p_alone": p, "standard_error": error, "degrees_of_freedom": freedom}


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with what hangs on all of its rows: p-values, verdicts, what could be seen."""
    table = table.assign(smallest_seen=np.nan)
    tested = table["p_alone"].notna()
    if not tested.any():
        return table
    table.loc[tested, "p_value"] = holm(table.loc[tested, "p_alone"])
    seen, more = table["p_value"] < LEVEL, table["difference"] > 0
    good = more == [_COMPARED[metric][-1] for metric in table["metric"]]
    table.loc[tested, "verdict"] = np.select([~seen, good], [OPEN, BETTER], WORSE)[tested]
    unseen = table[tested & ~seen]
    level = LEVEL / max(len(unseen), 1)  # what Holm's correction would ask of any one of them
    factors = [_found(freedom, level) for freedom in unseen["degrees_of_freedom"]]
    table.loc[unseen.index, "smallest_seen"] = unseen["standard_error"] * factors
    return table


def _found(freedom: float, level: float) -> float:
    """Return how many standard errors a difference must have for Student's test to find it with `POWER`."""
    needed, freedom = stats.t.ppf(1 - level / 2, freedom), min(freedom, 1e6)
    return float(optimize.brentq(lambda true: stats.nct.sf(needed, freedom, true) - POWER, 0, 2 * needed + 1))
