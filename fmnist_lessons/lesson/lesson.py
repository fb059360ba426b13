"""`start()`: the one call at the top of a chapter; hands out data, runs recipes, shows records."""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from IPython.display import Markdown, display

from .. import plotting
from ..data.expected import checked_kind, refuse, require_value, shown
from ..data.loading import load_fashion_mnist
from ..data.parts import Part
from ..machine import device
from ..machine.modes import mode
from ..records import store, tables
from ..records.headlines import Headlines, read_headlines
from ..records.recorder import Recorder
from ..records.shelf import is_current
from ..studies.study import Study
from ..training.baselines import ESTIMATORS
from ..training.trainable import Trainable
from ..training.trained import Trained
from .arguments import checked_chapter, checked_part, checked_recipes, checked_seeds, checked_studies
from .live import Live
from .mode import Mode, Plan
from .quick import Quick
from .record import Record
from .shown import Banner, banner

if TYPE_CHECKING:
    from .progress import ProgressBar

MODES: dict[str, type[Mode]] = {kind.name: kind for kind in (Live, Quick, Record)}


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
    ValueError
        If `chapter` cannot be the name of one.
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
        self.chapter, self.seed = checked_chapter(chapter), seed
        self._dataset = load_fashion_mnist()
        self.data = LessonData(self._dataset.train, self._dataset.validation, self._dataset.source)
        self.machine = device.describe(uses_keras=uses_keras)
        self._recorder = Recorder(chapter, self._dataset, self.machine)
        self._mode = MODES[mode()](self._recorder, seed=seed)
        self._uses_keras = uses_keras

    @property
    def mode(self) -> str:
        """``"live"``, ``"quick"`` or ``"record"``."""
        return self._mode.name

    # What a chapter asks for at its top

    def banner(self, *, minutes: bool = True) -> Banner:
        """Return the lines that `start` shows."""
        time = self._mode.time() if minutes else None
        look = ""
        if self._uses_keras:
            from ..machine.backend import unusual_settings

            look = unusual_settings()
        return banner(
            self._dataset,
            self.machine,
            seed=self.seed,
            mode=self.mode,
            means=self._mode.means,
            time=time,
            look=look,
        )

    def sample(self, part: Part) -> tuple[np.ndarray, np.ndarray]:
        """Return ``(images, labels)`` to fit or to watch: the whole part; in quick mode a small sample."""
        chosen = self._mode.part(checked_part(part))
        return np.asarray(chosen.images), np.asarray(chosen.labels)

    def epochs(self, n: int) -> int:
        """Return `n`; in quick mode 1."""
        require_value("epochs", n)
        return self._mode.epochs(n)

    def progress(self, title: str) -> "ProgressBar":
        """Return a Keras callback: prints the expected time before the fit, shows a bar during it."""
        from .progress import ProgressBar

        return ProgressBar(title, chapter=self.chapter)

    def say(self, template: str, **values: Any) -> None:
        """Show a sentence with values in it: ``lesson.say("The MLP reaches {best:.1%}.", best=best)``."""
        checked_kind(template, "template", str, "text")
        try:
            text = template.format(**values)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            found, remedy = f"{type(error).__name__}: {error}", "double braces that are to be seen: {{ and }}"
            refuse("template", "a value for each name in braces", found, remedy)
        display(Markdown(text))

    # Recipes and studies

    def train(self, name: str, recipe: Trainable) -> Trained:
        """Train a recipe here and now with the session's seed, and keep its record as yours.

        In record mode nothing is recorded here, and the fit is a quick one: what is recorded is what
        `compare` and `final_test` ask for.

        Parameters
        ----------
        name : str
            How tables call it.
        recipe : Recipe, AutoencoderRecipe, EncoderRecipe, TransferRecipe, PCARecipe or BaselineRecipe

        Returns
        -------
        Fit
        """
        if not isinstance(name, str):
            raise TypeError(
                f'name: expected text first, as in lesson.train("MLP", recipe), found {shown(name)}'
            )
        (asked,) = self._recorder.plan(checked_recipes({name: recipe}))
        return self._mode.fit(asked)

    def compare(
        self, recipes: Mapping[str, Trainable], seeds: Iterable[int] | None = None, *, own: bool = True
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
        return self._mode.rows(self._plan(recipes, seeds), own=own)

    def final_test(
        self, recipes: Mapping[str, Trainable], seeds: Iterable[int] | None = None
    ) -> pd.DataFrame:
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
        return self._mode.tested(self._plan(recipes, seeds))

    def studies(self, studies: Iterable[Study], seeds: Iterable[int] = range(5)) -> pd.DataFrame:
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
        asked = checked_studies(studies)
        return self._mode.trials(self._recorder.plan_studies(asked, checked_seeds(seeds)))

    def search(self, study: Study, *, at_most: int | None = None, anew: bool = False) -> pd.DataFrame:
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
        (study,) = checked_studies([study])
        (asked,) = self._recorder.plan_studies([study], [study.seed])
        return self._mode.search(asked, at_most=at_most, anew=anew)

    # What the records say of the models

    def scoreboard(self) -> pd.DataFrame:
        """Return the cumulative table: every classifier that met the test set, in this or an earlier chapter.

        Returns
        -------
        DataFrame
            See `fmnist_lessons.records.tables.scoreboard`.
        """
        book = [
            {**r, "name": r["headline"], "fresh": self._is_fresh(r)}
            for r in store.read(store.book_folder())
            if "headline" in r and r["chapter"] <= self.chapter
        ]
        mine = [{**r, "name": f"{r['headline']} (this run)"} for r in self._mode.tested_here.values()]
        return tables.scoreboard(r for r in (*book, *mine) if "accuracy" in r["metrics"].get("test", {}))

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

    def _plan(self, recipes: Mapping[str, Trainable], seeds: Iterable[int] | None) -> Plan:
        planned = None if seeds is None else checked_seeds(seeds)
        return self._recorder.plan(checked_recipes(recipes), planned)
