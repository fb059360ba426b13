"""The book's models as their records and stored logits tell of them: nothing is trained here."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import log_softmax, softmax

from ..data.parts import FashionMNIST
from . import store, tables
from .shelf import is_current

PARTS = ("validation", "test")
# How near the stored logits have to come to what was measured before they were rounded:
AGREEING = 0.995  # of the images; LeNet-5 of 1998 has ties
NEAR = 1e-3  # of the loss


class Headlines:
    """Every classifier of the book that has met the test set; made by `lesson.headlines`.

    Attributes
    ----------
    fits : DataFrame
        A row for each model and seed, as `records.tables.frame` gives it, with two more columns:
        ``training_seconds``, which hold a pretraining of our own too, and ``common_accuracy``, on the
        validation images that all models share.
    labels : dict of str to (n,) integers
        True classes by part, ``"validation"`` and ``"test"``.
    images : (n, 28, 28) uint8
        The test images.
    source : str
        ``"fashion-mnist"``, or ``"sketch"``: then the images are drawn ones and do not belong to the logits,
        and the labels are those that the records tell.
    """

    def __init__(self, records: Iterable[store.Record], data: FashionMNIST) -> None:
        records = list(records)
        if not records:
            raise ValueError("records: expected at least one classifier with logits, found none")
        records = _named_apart(records)
        self._records = {(r["name"], r["seed"]): r for r in records}
        self.fits = tables.frame(records)
        self.source, self.images = data.source, data.test.images
        self.labels = {part: np.asarray(getattr(data, part).labels) for part in PARTS}
        if self.source == "sketch":
            self.labels = {part: self._labels_told(part) for part in PARTS}
        seconds = [store.seconds_in_all(r) for r in records]
        common = [self.correct(r["name"], r["seed"], "validation").mean() for r in records]
        self.fits = self.fits.assign(training_seconds=seconds, common_accuracy=common)

    @property
    def names(self) -> list[str]:
        """The models, in the order of the chapters."""
        return list(dict.fromkeys(self.fits["name"]))

    @property
    def device(self) -> str:
        """The device on which most of the models were trained: costs are those on this one."""
        return str(self.fits.groupby("device", sort=False)["name"].nunique().idxmax())

    def seeds(self, name: str) -> list[int]:
        """Return the seeds of a model."""
        return self.fits.loc[self.fits["name"] == name, "seed"].tolist()

    def recipe(self, name: str) -> dict[str, Any]:
        """Return the values of a model's recipe that are not at their defaults."""
        return dict(next(r["recipe"] for (of, _), r in self._records.items() if of == name))

    def logits(self, name: str, seed: int, part: str = "test") -> np.ndarray:
        """Return the stored logits, float32 ``(n, 10)``.

        Of the validation part, those for the images that all models share: a larger validation part has the
        smaller one at its end.
        """
        return np.asarray(self._records[name, seed]["logits"][part][-len(self.labels[part]) :])

    def probabilities(self, name: str, seed: int, part: str = "test") -> np.ndarray:
        """Return the softmax of the stored logits, float32 ``(n, 10)``."""
        return np.asarray(softmax(self.logits(name, seed, part), axis=1))

    def correct(self, name: str, seed: int, part: str = "test") -> np.ndarray:
        """Return for each image whether the model was right, bool ``(n,)``, as measured before rounding."""
        measured = self._records[name, seed]["metrics"][part]
        return store.unpack(measured["correct"], measured["images"])[-len(self.labels[part]) :]

    def share_right(self, name: str, part: str = "test") -> np.ndarray:
        """Return for each image the share of the model's seeds that were right, float ``(n,)``."""
        return np.asarray(np.mean([self.correct(name, seed, part) for seed in self.seeds(name)], axis=0))

    def scorecard(self, device: str | None = None) -> pd.DataFrame:
        """Return what each model reaches and costs.

        Parameters
        ----------
        device : str, optional
            Whose costs to show; by default that of most models. Costs measured elsewhere are ``nan``.

        Returns
        -------
        DataFrame
            Index ``name``; ``chapter``, ``seeds``; ``test_accuracy`` and ``sd``, mean and standard deviation
            over the seeds; ``common_accuracy``, on the validation images that all models share;
            ``test_loss``; ``parameters``; ``file_kb``; and of the device ``seconds`` (training, with a
            pretraining of our own; mean over seeds), ``microseconds_per_image`` (median over seeds) and
            ``memory_mb`` (peak of a process that does nothing but train, for one epoch). Times are noisy:
            ``seconds_from``, ``seconds_to``, ``microseconds_from`` and ``microseconds_to`` are the smallest
            and the largest over the seeds.
        """
        device = self.device if device is None else device
        reached = self.fits.groupby("name", sort=False).agg(
            chapter=("chapter", "first"),
            seeds=("seed", "nunique"),
            test_accuracy=("test_accuracy", "mean"),
            sd=("test_accuracy", "std"),
            common_accuracy=("common_accuracy", "mean"),
            test_loss=("test_loss", "mean"),
            parameters=("parameters", "first"),
            file_kb=("file_kb", "mean"),
        )
        there = self.fits[self.fits["device"] == device]
        costs = there.groupby("name", sort=False).agg(
            seconds=("training_seconds", "mean"),
            seconds_from=("training_seconds", "min"),
            seconds_to=("training_seconds", "max"),
            microseconds_per_image=("microseconds_per_image", "median"),
            microseconds_from=("microseconds_per_image", "min"),
            microseconds_to=("microseconds_per_image", "max"),
            memory_mb=("peak_memory_mb", "mean"),
        )
        return reached.join(costs.astype(float))

    def best_of_chapters(self) -> list[str]:
        """Return one model for each chapter, the best on the validation images that all models share."""
        card = self.scorecard()
        return card.groupby("chapter", sort=False)["common_accuracy"].idxmax().tolist()

    def _labels_told(self, part: str) -> np.ndarray:
        """Return the labels that the records tell: where a fit was right, its answer is the label.

        Where none was right, the class is taken that the fits together find most probable among those that
        none of them answered.
        """
        rows, n = np.arange(len(self.labels[part])), len(self.labels[part])
        told, answered, sure = (np.zeros((n, 10)) for _ in range(3))
        for name, seed in self._records:
            probabilities = self.probabilities(name, seed, part)
            answers = probabilities.argmax(axis=1)
            told[rows, answers] += self.correct(name, seed, part)
            answered[rows, answers] += 1
            sure += probabilities
        guessed = np.where(answered, -1, sure).argmax(axis=1)
        return np.asarray(np.where(told.any(axis=1), told.argmax(axis=1), guessed))


def read_headlines(
    data: FashionMNIST, *, until: str, is_fresh: Callable[[store.Record], bool] = is_current
) -> Headlines:
    """Return the classifiers of the book's records that have met the test set, with their logits.

    Parameters
    ----------
    data : FashionMNIST
        For labels and test images. The logits on the test images were stored when each recipe met them.
    until : str
        The last chapter whose records are read.
    is_fresh : callable
        ``record`` → whether it is fresh; the name of any other ends in "(stale)".

    Raises
    ------
    ValueError
        If there is none. One whose logits do not fit is named in a warning, once, and left out.
    """
    kept = []
    for record in store.read(store.book_folder()):
        if "headline" not in record or record["chapter"] > until:
            continue
        if "accuracy" not in record["metrics"].get("test", {}):
            continue  # it rebuilds images
        try:
            logits = store.read_logits(record, store.book_folder())
            _require_own(logits, record, data)
        except (OSError, ValueError) as error:
            place = store.path_of(record, store.book_folder()).with_suffix(".npz")
            store.warn_once(
                f"{record['headline']}, seed {record['seed']}, is left out: its logits in {place} do not "
                f"fit: {store.reason(error)}"
            )
            continue
        stale = "" if is_fresh(record) else " (stale)"
        kept.append({**record, "logits": logits, "name": record["headline"] + stale})
    return Headlines(kept, data)


def _require_own(logits: dict[str, np.ndarray], record: store.Record, data: FashionMNIST) -> None:
    """Raise ValueError for logits that are not those of the record, on the images that all models share."""
    for part in PARTS:
        measured, labels = record["metrics"][part], np.asarray(getattr(data, part).labels)
        wanted, found = len(labels), len(logits[part])
        if found < wanted or (part == "test" and found != wanted):
            raise ValueError(f"{part}: expected logits of {wanted:,} images, found {found:,}")
        if "correct" not in measured:
            raise ValueError(f"{part}: expected the images that were right, found none")
        if data.source == "sketch":
            continue  # its labels are other images'
        shared = logits[part][-wanted:]
        correct = store.unpack(measured["correct"], found)[-wanted:]
        agreeing = float(np.mean((shared.argmax(axis=1) == labels) == correct))
        if agreeing < AGREEING:
            raise ValueError(
                f"{part}: expected logits that are right where the record is, found them to agree on "
                f"{agreeing:.0%} of the images; they belong to another fit"
            )
        loss = -float(log_softmax(shared, axis=1)[np.arange(wanted), labels].mean())
        if found == wanted and not math.isclose(loss, measured["loss"], rel_tol=NEAR, abs_tol=NEAR):
            raise ValueError(f"{part}: expected logits of a loss of {measured['loss']:.4g}, found {loss:.4g}")


def _named_apart(records: list[store.Record]) -> list[store.Record]:
    """Add the chapter to a name that two chapters use."""
    chapters: dict[str, set[str]] = {}
    for record in records:
        chapters.setdefault(record["name"], set()).add(record["chapter"])
    return [
        {**r, "name": f"{r['name']}, chapter {r['chapter'][:2]}"} if len(chapters[r["name"]]) > 1 else r
        for r in records
    ]
