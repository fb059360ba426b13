"""`start()`: the one call at the top of a chapter; hands out data, runs recipes, shows records."""

import functools
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from IPython.display import Markdown, display

from .. import plotting
from ..data.expected import require_value
from ..data.loading import load_fashion_mnist
from ..data.parts import Part
from ..evaluation import comparing
from ..machine import device
from ..machine.bars import bar
from ..machine.modes import mode
from ..records import store, tables
from ..records.headlines import Headlines, read_headlines
from ..records.recorder import SEEDS, Recorder
from ..records.shelf import is_current
from ..records.timings import chapter_time, fit_time, note_fit, say_expected
from ..training.baselines import ESTIMATORS
from .arguments import _require_recipes, _seeds, _whole_numbers
from .shown import _MODE_MEANS, Banner

QUICK_TRAIN, QUICK_VALIDATION = 2_000, 500


@dataclass(frozen=True)
class LessonData:
    """The training and the validation part, and where they come from."""

    train: Part
    validation: Part
    source: str

    @property
    def test(self) -> Part:
        """Refuse: the test set is read once, by `Lesson.final_test`."""
        raise AttributeError(
            "The test set is read once for each frozen recipe, by lesson.final_test(…): "
            "choose on lesson.data.validation."
        )


def start(chapter: str, *, seed: int = 0, uses_keras: bool = True, exercises: bool = False) -> "Lesson":
    """Begin a chapter: load the data, set the plots' style, print what this run rests on.

    Parameters
    ----------
    chapter : str
        The name of its file, such as ``"02_multilayer_perceptrons"``.
    seed : int
        Of this session's live fits.
    uses_keras : bool
        Chapter 01 needs no Keras, and so does not wait for it.
    exercises : bool
        An exercise notebook: no minutes are shown.

    Returns
    -------
    Lesson

    Raises
    ------
    fmnist_lessons.data.DataError
        If the data are neither here nor to be had, or are damaged.
    """
    lesson = Lesson(chapter, seed=seed, uses_keras=uses_keras)
    plotting.use_style()
    if uses_keras:
        from ..machine.backend import compile_steps, keras

        compile_steps(lesson.mode != "quick")
        keras.utils.set_random_seed(seed)
    display(lesson.banner(minutes=not exercises))
    return lesson


class Lesson:
    """A chapter while it runs; made by `start`."""

    def __init__(self, chapter: str, *, seed: int, uses_keras: bool) -> None:
        self.chapter, self.seed, self.mode = chapter, seed, mode()
        self._dataset = load_fashion_mnist()
        self.data = LessonData(self._dataset.train, self._dataset.validation, self._dataset.source)
        self.machine = device.describe(uses_keras=uses_keras)
        self._fits: dict[str, Any] = {}
        self._quick_fits: dict[str, Any] = {}
        self._quick_records: dict[str, store.Record] = {}
        self._tested: dict[str, store.Record] = {}
        self._recorder = Recorder(chapter, self._dataset, self.machine)
        self._uses_keras = uses_keras

    # What a chapter asks for at its top

    def banner(self, *, minutes: bool = True) -> Banner:
        """Return the lines that `start` shows."""
        drawn = self.data.source == "sketch"
        versions = device.versions()
        names = ["python", "fmnist-lessons", "keras", self.machine.backend, "numpy", "scikit-learn"]
        shown = [f"{name} {versions[name]}" for name in names if name in versions]
        lines = [
            f"Data      {'DRAWN GARMENTS, NOT FASHION-MNIST' if drawn else 'Fashion-MNIST'}: "
            f"{len(self.data.train):,} to train, {len(self.data.validation):,} to validate, 10,000 to test",
            f"Device    {self.machine.kind}: {self.machine.device}",
            f"Versions  {', '.join(shown)}",
            f"Seed      {self.seed}",
            f"Mode      {self.mode}{_MODE_MEANS[self.mode]}",
        ]
        if minutes:
            quick = "quick: less than a minute; live: " if self.mode == "quick" else ""
            lines.append(f"Time      {quick}{chapter_time(self.chapter)}")
        facts = {
            "mode": self.mode,
            "data_source": self.data.source,
            "device": self.machine.device,
            "backend": self.machine.backend,
            "versions": versions,
        }
        return Banner("\n".join(lines), facts)

    def sample(self, part: Part) -> tuple[np.ndarray, np.ndarray]:
        """Return ``(images, labels)`` to fit or to watch: the whole part; in quick mode a small sample."""
        if not isinstance(part, Part):
            raise TypeError(f"part: expected lesson.data.train or lesson.data.validation, found {part!r}")
        chosen = self._part(part)
        return np.asarray(chosen.images), np.asarray(chosen.labels)

    def epochs(self, n: int) -> int:
        """Return `n`; in quick mode 1."""
        require_value("epochs", n)
        return n if self.mode == "live" else 1

    def progress(self, title: str) -> Any:
        """Return a Keras callback: prints the expected time before the fit, shows a bar during it."""
        from .progress import ProgressBar

        return ProgressBar(title, chapter=self.chapter)

    def say(self, template: str, **values: Any) -> None:
        """Show a sentence with values in it: ``lesson.say("The MLP reaches {best:.1%}.", best=best)``."""
        display(Markdown(template.format(**values)))

    # Recipes

    def train(self, name: str, recipe: Any) -> Any:
        """Train a recipe here and now with the session's seed, and keep its record as yours.

        In record mode nothing is recorded here, and the fit is a quick one: what is recorded is what
        `compare` and `final_test` ask for.

        Parameters
        ----------
        name : str
            How tables call it.
        recipe : Recipe, AutoencoderRecipe, EncoderRecipe, PCARecipe or BaselineRecipe

        Returns
        -------
        Fit
        """
        if not isinstance(name, str):
            raise TypeError(f'name: expected text first, as in lesson.train("MLP", recipe), found {name!r}')
        _require_recipes({name: recipe})
        fit = self._fit(name, recipe)
        if self.mode == "live":
            self._fits[self._recorder.fingerprint(recipe)] = fit
            store.write(self._measured(name, recipe, fit), store.own_folder())
        return fit

    def compare(
        self, recipes: Mapping[str, Any], seeds: Iterable[int] | None = None, *, own: bool = True
    ) -> pd.DataFrame:
        """Return the records of some recipes, a row for each fit.

        Live, nothing is trained: rows come from the book's records, and from your own where you have trained
        one. In quick mode the first and the last recipe are trained on a small sample, in record mode
        whatever has no fresh record.

        Parameters
        ----------
        recipes : mapping of str to a recipe of any kind
        seeds : iterable of int, optional
            Without it, five; three of a recipe whose fits take over three minutes.
        own : bool
            If False, a fit of yours is left out where the book has one of its seed: each seed counts once.

        Returns
        -------
        DataFrame
            See `fmnist_lessons.records.tables.frame`.
        """
        _require_recipes(recipes)
        planned = None if seeds is None else _whole_numbers(seeds)
        if self.mode == "quick":
            return self._quick_rows(recipes)
        if self.mode == "record":
            self._recorder.complete(recipes, _seeds(planned))
        rows = tables.frame(self._recorder.find(recipes, planned or SEEDS, own=self.mode == "live"))
        if not own:
            rows = rows.drop_duplicates(["name", "seed"], ignore_index=True)  # the book's come first
        self._say_whose(recipes, rows)
        return rows

    def studies(self, studies: Iterable[Any], seeds: Iterable[int] = range(5)) -> pd.DataFrame:
        """Return the trials of some studies from the records, a row for each trial.

        Live, nothing is searched. In quick mode the first and the last study are cut to two trials of one
        epoch, in record mode whatever has no fresh record is run; a recording that was stopped goes on with
        the trial that it was at.

        Parameters
        ----------
        studies : iterable of Study
        seeds : iterable of int
            Each study is run with each of them.

        Returns
        -------
        DataFrame
            See `fmnist_lessons.studies.trials_frame`.
        """
        from ..records import recorder, shelf
        from ..studies import trials

        asked, seeds = shelf.require_studies(studies), _whole_numbers(seeds)
        if self.mode == "quick":
            few = list({study.name: study for study in (asked[0], asked[-1])}.values())
            print(
                f"Quick mode: {', '.join(s.name for s in few)}, a few trials of one epoch on a small sample."
            )
            return pd.concat([self._search(study.quick()) for study in few], ignore_index=True)
        if self.mode == "record":
            recorder.complete(self._recorder, asked, _seeds(seeds) or seeds)
        found = shelf.find(self._recorder, asked, seeds)
        shelf.say_whose(asked, found)
        return trials.trials_frame(found)

    def search(self, study: Any, *, at_most: int | None = None, anew: bool = False) -> pd.DataFrame:
        """Run a study here and now, with a progress bar; stopped, the same call goes on where it was.

        In quick and in record mode it is cut short, and its trials are not kept.

        Parameters
        ----------
        study : Study
        at_most : int, optional
            Stop after so many trials of this call.
        anew : bool
            Throw away the trials of former calls.

        Returns
        -------
        DataFrame
            The trials that have ended, as from `studies`.
        """
        from ..records import shelf

        (study,) = shelf.require_studies([study])
        live = self.mode == "live"
        return self._search(study if live else study.quick(), keep=live, at_most=at_most, anew=anew)

    def _search(
        self, study: Any, *, keep: bool = False, at_most: int | None = None, anew: bool = False
    ) -> pd.DataFrame:
        """Run a study, kept in the learner's folder; or cut, once for all that differ in the name alone."""
        from ..records import recorder
        from ..studies import database, search, trials

        parts = self._parts(study.recipe)
        if keep:
            file = store.own_folder() / "studies" / f"{self._recorder.fingerprint(study)}.db"
            if anew:
                database.forget(file)
            left = min(study.trials - search.ended(study, file), at_most or study.trials)
            whole = fit_time(self.chapter, study.name)
            if left:
                say_expected(study.name, whole and (whole[0] * left / study.trials, whole[1]))
            rows = search.run(study, *parts, file=file, at_most=at_most)
            note_fit(study.name, sum(row["seconds"] for row in rows))
        else:
            key = self._recorder.fingerprint(study.but(name="-"))
            if key not in self._quick_fits:
                self._quick_fits[key] = search.run(study, *parts)
            rows = self._quick_fits[key]
        whose = "yours" if keep else "quick run"
        return trials.trials_frame([recorder.described(study, rows, whose=whose)])

    def final_test(self, recipes: Mapping[str, Any], seeds: Iterable[int] | None = None) -> pd.DataFrame:
        """Read the test set, once for each frozen recipe and seed.

        Live, the rows are the book's records, and this session's own fit of a recipe where there is one.

        Parameters
        ----------
        recipes : mapping of str to a recipe of any kind
            Under the names that the cumulative table shows.
        seeds : iterable of int, optional
            Without it, five; three of a recipe whose fits take over three minutes.

        Returns
        -------
        DataFrame
            See `fmnist_lessons.records.tables.frame`; one row for each fit that was tested.
        """
        _require_recipes(recipes)
        planned = None if seeds is None else _whole_numbers(seeds)
        if self.mode == "quick":
            return self._quick_rows(recipes, test=True)
        if self.mode == "record":
            self._recorder.complete(recipes, _seeds(planned), test=True)
        for name, recipe in recipes.items():
            self._test_mine(name, recipe)
        found = self._recorder.find(recipes, planned or SEEDS, own=False)
        book = [r for r in found if "test" in r["metrics"]]
        mine = [self._tested.get(self._recorder.fingerprint(recipe)) for recipe in recipes.values()]
        rows = tables.frame([*book, *filter(None, mine)])
        self._say_whose(recipes, rows)
        return rows

    def scoreboard(self) -> pd.DataFrame:
        """Return the cumulative table: every classifier that met the test set, in this or an earlier chapter.

        Returns
        -------
        DataFrame
            A row for each model and device: mean test accuracy ± standard deviation over seeds, parameters,
            and what a training cost: seconds, CPU seconds, MB of memory of a process that does nothing else.
        """
        records = [
            {**r, "name": r["headline"], "fresh": self._is_fresh(r)}
            for r in store.read(store.book_folder())
            if "headline" in r and r["chapter"] <= self.chapter and "accuracy" in r["metrics"].get("test", {})
        ]
        records += [
            {**r, "name": f"{r['headline']} (this run)"}
            for r in self._tested.values()
            if "accuracy" in r["metrics"]["test"]
        ]
        fits = tables.frame(records)
        if fits.empty:
            return pd.DataFrame(columns=list(_SCOREBOARD.values()))
        table = comparing.summarise(fits, "test_accuracy")
        spread = [_mean_and_spread(m, s) for m, s in zip(table["mean"], table["sd"], strict=True)]
        memory = comparing.summarise(fits, "peak_memory_mb")["mean"].round()
        table = table.assign(accuracy=spread, memory=memory.to_numpy()).round(
            {"seconds": 1, "cpu_seconds": 1}
        )
        return table[list(_SCOREBOARD)].rename(columns=_SCOREBOARD).rename_axis("model")

    def headlines(self) -> Headlines:
        """Return every classifier of this and the earlier chapters that met the test set, with its logits.

        Nothing is trained, in no mode. The logits on the test images were stored by `final_test`.
        """
        models = read_headlines(self._dataset, until=self.chapter, is_fresh=self._is_fresh)
        print(f"{len(models.names)} models, {len(models.fits)} fits from the book's records.")
        if self.mode == "quick":
            print("Quick mode trains less; nothing is trained here, so these are the records as they are.")
        if self.data.source == "sketch":
            print(
                "The garments here are drawn ones and do not belong to these fits. The labels are read back "
                "from the records: where a fit was right, its answer is the label."
            )
        if self._why_not_judged:
            print(f"Whether the networks' records are fresh is not judged: {self._why_not_judged}.")
        return models

    def _is_fresh(self, record: store.Record) -> bool:
        """Whether a record is fresh; one that cannot be judged here is not called stale."""
        if record["model"] not in ESTIMATORS and self._why_not_judged:
            return True
        return is_current(record)

    @functools.cached_property
    def _why_not_judged(self) -> str:
        """Why it cannot be told here whether a network's record is fresh; empty where it can.

        A fingerprint holds the source of what builds and trains, and to find that starts Keras.
        """
        if self._uses_keras:
            return ""
        if self.mode == "quick":
            return "quick mode does not start Keras for it"
        try:
            from ..machine.backend import keras  # noqa: F401
        except ImportError as error:
            return f"Keras does not start here ({str(error).rstrip('.')})"
        return ""

    # How recipes are trained

    def _part(self, part: Part) -> Part:
        if self.mode == "live":
            return part
        size = min(len(part), QUICK_TRAIN if part.name == "train" else QUICK_VALIDATION)
        chosen = np.random.default_rng(0).choice(len(part), size, replace=False)
        return Part(part.images[chosen], part.labels[chosen], part.name, part.source)

    def _parts(self, recipe: Any) -> tuple[Part, Part]:
        train, validation = self._recorder.parts(recipe)
        return self._part(train), self._part(validation)

    def _fit(self, name: str, recipe: Any) -> Any:
        """Train as the mode asks: the whole recipe, or, once for all lengths, one epoch on a small sample."""
        if self.mode != "live":
            recipe = recipe.quick()
        parts, key = self._parts(recipe), self._recorder.fingerprint(recipe)
        if self.mode != "live":
            if key not in self._quick_fits:
                self._quick_fits[key] = recipe.train(*parts, seed=self.seed)
            return self._quick_fits[key]
        say_expected(name, fit_time(self.chapter, name, key, self.machine.device))
        start = time.perf_counter()
        with bar(name) as on_step:
            fit = recipe.train(*parts, seed=self.seed, on_step=on_step)
        note_fit(name, time.perf_counter() - start)  # with what goes before the fit, where that is not kept
        return fit

    def _measured(self, name: str, recipe: Any, fit: Any) -> store.Record:
        parts = self._parts(recipe)
        record = self._recorder.measure(name, recipe, fit, parts, seed=self.seed, mode=self.mode)
        return {**record, "whose": "yours" if self.mode == "live" else "quick run"}

    def _quick_rows(self, recipes: Mapping[str, Any], *, test: bool = False) -> pd.DataFrame:
        names = list(dict.fromkeys([next(iter(recipes)), list(recipes)[-1]]))
        records = []
        for name in names:
            recipe, fit = recipes[name], self._fit(name, recipes[name])
            key = self._recorder.fingerprint(recipe.quick())
            if key not in self._quick_records:  # recipes of several lengths share a fit, and its record
                self._quick_records[key] = self._measured(name, recipe, fit)
            record = {**self._quick_records[key], "name": name}
            if test and "test" not in record["metrics"]:
                self._recorder.evaluate(record, fit, self._part(self._dataset.test))
            records.append(record)
        print(f"Quick mode: {', '.join(names)} trained for one epoch on a small sample; never recorded.")
        return tables.frame(records)

    def _test_mine(self, name: str, recipe: Any) -> None:
        """Test this session's own fit of a recipe, the first time it is asked for."""
        key = self._recorder.fingerprint(recipe)
        if key in self._fits and key not in self._tested:
            record = {**self._measured(name, recipe, self._fits[key]), "headline": name}
            record["peak_memory_mb"] = None  # that of this whole notebook would say nothing
            self._recorder.evaluate(record, self._fits[key], self._dataset.test)
            store.write(record, store.own_folder())
            self._tested[key] = record

    def _say_whose(self, recipes: Mapping[str, Any], rows: pd.DataFrame) -> None:
        """Print which device recorded what is shown, and what has no fresh record."""
        book = rows[(rows["whose"] == "book") & rows["fresh"].astype(bool)]
        if len(book):
            devices = ", ".join(sorted(set(book["device"])))
            print(f"{len(book)} fits from the book's records, trained on {devices}.")
        for name in recipes:
            mine = rows[rows["name"] == name]
            if mine.empty:
                print(f"No record of {name!r}: train it with lesson.train({name!r}, …).")
            elif not mine["fresh"].all():
                print(f"The record of {name!r} is stale: its recipe, code or data have changed since.")


_SCOREBOARD = {
    "accuracy": "test accuracy",
    "seeds": "seeds",
    "parameters": "parameters",
    "seconds": "seconds",
    "cpu_seconds": "CPU seconds",
    "memory": "memory, MB",
    "device": "device",
}


def _mean_and_spread(mean: float, sd: float) -> str:
    return f"{100 * mean:.2f} ± {100 * sd:.2f} %" if np.isfinite(sd) else f"{100 * mean:.2f} % (one seed)"
