import sys

import numpy as np
import pytest

from fmnist_lessons.evaluation import comparing
from fmnist_lessons.lesson.lesson import Lesson, start
from fmnist_lessons.lesson.shown import BANNER_MIME
from fmnist_lessons.records import store
from fmnist_lessons.training.baselines import BaselineRecipe

NEAREST = BaselineRecipe("nearest_mean")
LOGISTIC = BaselineRecipe("logistic_regression", {"max_iter": 3})


@pytest.fixture
def start_lesson(monkeypatch, tmp_path):
    """Start a lesson on drawn garments in a mode; its records go to folders of the test."""
    monkeypatch.setenv("FMNIST_DATA", "sketch")
    monkeypatch.setenv("FMNIST_RESULTS_DIR", str(tmp_path / "own"))
    monkeypatch.setenv("FMNIST_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("FMNIST_DATA_DIR", raising=False)
    monkeypatch.delenv("FMNIST_QUICK", raising=False)
    monkeypatch.setattr(store, "book_folder", lambda: tmp_path / "book")

    def start_in(mode):
        monkeypatch.setenv("FMNIST_MODE", mode)
        return Lesson("01_the_data", seed=0, uses_keras=False)

    return start_in


@pytest.fixture
def lesson(start_lesson):
    return start_lesson("live")


def test_the_banner_says_what_a_run_rests_on(lesson):
    bundle = lesson.banner()._repr_mimebundle_()
    for words in (
        "DRAWN GARMENTS, NOT FASHION-MNIST",
        "50,000 to train",
        "CPU",
        "python 3",
        "Mode      live",
    ):
        assert words in bundle["text/plain"]
    assert bundle[BANNER_MIME]["data_source"] == "sketch"
    assert bundle[BANNER_MIME]["mode"] == "live"


def test_the_test_set_is_out_of_reach(lesson):
    with pytest.raises(AttributeError, match="read once for each frozen recipe"):
        _ = lesson.data.test


@pytest.mark.parametrize("wrong", [{}, ["a"], NEAREST, {"a": "nearest_mean"}, {"a": BaselineRecipe}])
def test_what_is_no_dictionary_of_recipes_is_refused_by_name(lesson, wrong):
    for ask in (lesson.compare, lesson.final_test):
        with pytest.raises(TypeError, match=r"expected a (dictionary|Recipe)"):
            ask(wrong)
    with pytest.raises(TypeError, match=r"name: expected text first"):
        lesson.train(NEAREST, "a")
    with pytest.raises(TypeError, match=r"seeds: expected whole numbers such as range\(5\), found 5"):
        lesson.compare({"a": NEAREST}, seeds=5)
    for ask in (lesson.compare, lesson.final_test):
        for seeds in ([], ["a"], [-1], [0.5]):
            with pytest.raises(ValueError, match=r"seeds: expected whole numbers, 0 or more.*found \["):
                ask({"a": NEAREST}, seeds=seeds)
    with pytest.raises(ValueError, match=r"name: expected text .* found ''"):
        lesson.train("", NEAREST)
    for n in (0, 2.5, "3"):
        with pytest.raises(ValueError, match="epochs: expected a whole number, 1 or more, found"):
            lesson.epochs(n)
    with pytest.raises(TypeError, match=r"part: expected lesson\.data\.train"):
        lesson.sample("train")
    with pytest.raises(TypeError, match=r"part: expected .*found a tuple of 2$"):
        lesson.sample((np.zeros((9, 28, 28)), np.zeros(9)))
    with pytest.raises(TypeError, match=r"recipes: expected a dictionary .*found a list of 9$"):
        lesson.compare([NEAREST] * 9)


@pytest.mark.parametrize("chapter", ["03", 3, "convolutional_networks", "03-convolutional-networks", ""])
def test_a_chapter_is_called_by_the_name_of_its_file(chapter):
    with pytest.raises(ValueError, match=r'chapter: expected .*"03_convolutional_networks", found'):
        start(chapter, uses_keras=False)


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("a set {1,2}", "KeyError: '1,2'"),
        ("{best}", "KeyError: 'best'"),
        ("{", "ValueError"),
        ("{}", "Index"),
    ],
)
def test_braces_without_a_value_are_told_to_be_doubled(lesson, template, found):
    with pytest.raises(ValueError, match=f"template: expected .*found {found}.*; double braces"):
        lesson.say(template, n=1)


def test_a_sentence_shows_values_and_doubled_braces(lesson, monkeypatch):
    said = []
    monkeypatch.setattr("fmnist_lessons.lesson.lesson.display", lambda shown: said.append(shown.data))
    lesson.say("a set {{1,2}} of {n}", n=2)
    assert said == ["a set {1,2} of 2"]


def test_live_everything_is_seen_and_quick_a_fixed_sample(lesson, start_lesson):
    assert len(lesson.sample(lesson.data.train)[0]) == 50_000
    assert lesson.epochs(10) == 10
    lesson = start_lesson("quick")
    images, labels = lesson.sample(lesson.data.train)
    assert images.shape == (2000, 28, 28)
    assert (lesson.sample(lesson.data.train)[1] == labels).all()
    assert len(set(labels)) == 10
    assert len(lesson.sample(lesson.data.validation)[0]) == 500
    assert lesson.epochs(10) == 1


def test_a_learners_fit_is_kept_apart_and_shown_as_yours(lesson, tmp_path, capsys):
    lesson.train("Nearest", NEAREST)
    assert not (tmp_path / "book").exists()
    rows = lesson.compare({"Nearest": NEAREST, "Logistic": LOGISTIC})
    assert rows[["name", "whose", "fresh"]].to_numpy().tolist() == [["Nearest", "yours", True]]
    assert np.isnan(rows["test_accuracy"]).all()
    assert "No record of 'Logistic'" in capsys.readouterr().out


def test_each_seed_counts_once_if_asked(lesson, make_record, capsys):
    lesson.train("Nearest", NEAREST)
    for seed in (0, 1):
        fingerprint = lesson._recorder.plan({"a": NEAREST})[0].key
        record = make_record("Nearest", seed, 0.7, chapter="01_the_data", fingerprint=fingerprint)
        store.write(record, store.book_folder())
    both = lesson.compare({"Nearest": NEAREST})
    assert both[["seed", "whose"]].to_numpy().tolist() == [[0, "book"], [1, "book"], [0, "yours"]]
    once = lesson.compare({"Nearest": NEAREST}, own=False)
    assert once[["seed", "whose"]].to_numpy().tolist() == [[0, "book"], [1, "book"]]
    store.path_of(record | {"seed": 0}, store.book_folder()).unlink()
    capsys.readouterr()
    assert lesson.compare({"Nearest": NEAREST}, seeds=[77]).empty
    said = capsys.readouterr().out
    assert "No record of 'Nearest' with the seeds [77]: the book has [1]." in said
    assert "train" not in said
    left = lesson.compare({"Nearest": NEAREST}, own=False)
    assert left[["seed", "whose"]].to_numpy().tolist() == [[1, "book"], [0, "yours"]]


def test_the_final_test_reads_once_and_fills_the_scoreboard(lesson, monkeypatch):
    assert lesson.scoreboard().empty
    lesson.train("Nearest", NEAREST)
    first = lesson.final_test({"Nearest": NEAREST})
    assert first["test_accuracy"].between(0.3, 1).all()

    def fails(*_, **__):
        raise AssertionError("the test set is read again")

    monkeypatch.setattr(lesson._recorder, "evaluate", fails)
    again = lesson.final_test({"Nearest": NEAREST})
    assert again["test_accuracy"].tolist() == first["test_accuracy"].tolist()
    table = lesson.scoreboard()
    assert list(table.index) == ["Nearest (this run)"]
    assert table["parameters"].tolist() == [7840]


def test_quick_mode_trains_two_and_records_nothing(start_lesson, tmp_path, capsys):
    lesson = start_lesson("quick")
    rows = lesson.compare({"a": NEAREST, "b": LOGISTIC, "c": LOGISTIC})
    assert rows["name"].tolist() == ["a", "c"]
    assert rows["whose"].unique().tolist() == ["quick run"]
    lesson.train("a", NEAREST)
    lesson.final_test({"a": NEAREST})
    assert not (tmp_path / "book").exists()
    assert not (tmp_path / "own").exists()
    assert "never recorded" in capsys.readouterr().out


def test_quick_mode_trains_recipes_that_differ_in_length_once(start_lesson):
    lesson = start_lesson("quick")
    longer, longest = (BaselineRecipe("logistic_regression", {"max_iter": n}) for n in (50, 70))
    fit = lesson.train("longer", longer)
    assert lesson.train("longest", longest) is fit
    assert lesson.train("another", NEAREST) is not fit


def test_record_mode_asks_for_the_seeds_of_the_command(start_lesson, monkeypatch):
    asked = []
    lesson = start_lesson("record")
    monkeypatch.setattr(
        lesson._recorder, "complete", lambda plan, test=False: asked.extend(one.seeds for one in plan)
    )
    lesson.compare({"a": NEAREST}, seeds=range(3))
    lesson.compare({"a": NEAREST})
    monkeypatch.setenv("FMNIST_SEEDS", "5,7")
    lesson.compare({"a": NEAREST}, seeds=range(3))
    lesson.compare({"a": NEAREST})
    assert asked == [(0, 1, 2), None, (5, 7), (5, 7)]


def test_a_stale_record_is_named(lesson, make_record, capsys):
    record = make_record("Nearest", 0, 0.7, chapter="01_the_data")
    store.write(record, store.book_folder())
    rows = lesson.compare({"Nearest": NEAREST})
    assert rows["fresh"].tolist() == [False]
    assert "The record of 'Nearest' is stale" in capsys.readouterr().out
    assert comparing.summarise(rows).index.tolist() == ["Nearest (stale)"]


def test_start_shows_the_banner(lesson, monkeypatch):
    shown = []
    monkeypatch.setattr("fmnist_lessons.lesson.lesson.display", shown.append)
    assert start("01_the_data", uses_keras=False).chapter == "01_the_data"
    assert "Time" in shown[0].text


def test_headlines_are_read_up_to_the_chapter_and_the_drawn_garments_are_named(lesson, monkeypatch, capsys):
    asked = {}

    class Models:
        names, fits = ("a", "b"), [1, 2, 3]

    monkeypatch.setattr(
        "fmnist_lessons.lesson.lesson.read_headlines",
        lambda data, until, is_fresh: asked.update(until=until) or Models(),
    )
    assert lesson.headlines().names == ("a", "b")
    assert asked == {"until": "01_the_data"}
    said = capsys.readouterr().out
    assert "2 models, 3 fits from the book's records." in said
    assert "drawn ones and do not belong to these fits" in said


def test_freshness_is_not_judged_where_keras_is_not_started(lesson, monkeypatch, make_record):
    network = make_record("a", 0, 0.9, model="mlp")
    baseline = make_record("b", 0, 0.8, model="nearest_mean")
    monkeypatch.setattr("fmnist_lessons.lesson.lesson.is_current", lambda record: False)
    monkeypatch.setenv("FMNIST_QUICK", "1")
    quick = Lesson("09_comparing_models", seed=0, uses_keras=False)
    assert quick._is_fresh(network)  # nothing is known against it
    assert not quick._is_fresh(baseline)
    assert "quick mode" in quick._why_not_judged
    monkeypatch.setitem(sys.modules, "fmnist_lessons.machine.backend", None)  # importing it fails
    assert "Keras does not start here" in lesson._why_not_judged
    assert lesson._is_fresh(network)
