import numpy as np
import pandas as pd
import pytest
from scipy import stats

from fmnist_lessons.evaluation.comparing import _found, adjusted, differences, in_words, summarise
from fmnist_lessons.records import store, tables

N = 10_000


def fits(images=None, **accuracies):
    """Return made-up fits, a seed for each accuracy; where the images are fixed, only seeds are chance."""
    rows = []
    for name, of_seeds in accuracies.items():
        for seed, accuracy in enumerate(of_seeds):
            order = np.random.default_rng(seed).permutation(N)
            correct = np.zeros(N, bool)
            correct[order[: round(accuracy * N)]] = True
            correct = correct if images is None else images
            rows.append((name, seed, accuracy, correct))
    return pd.DataFrame(rows, columns=["name", "seed", "validation_accuracy", "validation_correct"])


BASE = [0.900, 0.902, 0.898, 0.901, 0.899]
SAME_LUCK = [accuracy + 0.002 for accuracy in BASE]


def test_the_summary_never_mixes_devices_and_marks_the_stale(make_record):
    records = [make_record("a", s, 0.9 + s / 100) for s in range(3)]
    records += [make_record("a", 0, 0.8, device="a GPU"), make_record("b", 0, 0.7, fresh=False)]
    table = summarise(tables.frame(records))
    assert list(table.index) == ["a", "a", "b (stale)"]
    assert table["mean"].tolist() == pytest.approx([0.91, 0.8, 0.7])
    assert table["sd"].iloc[0] == pytest.approx(0.01)
    assert table["seconds"].tolist() == pytest.approx([11, 10, 10])


def test_a_difference_counts_only_beyond_the_noise():
    table = fits(base=BASE, better=[a + 0.02 for a in BASE], alike=[0.901, 0.899, 0.902, 0.900, 0.898])
    found = differences(table, reference="base")
    assert found["verdict"].tolist() == ["better", "within the noise"]
    assert found["difference"].tolist() == pytest.approx([2, 0])
    stepwise = differences(table)
    assert stepwise["compared_with"].tolist() == ["base", "better"]
    assert stepwise["verdict"].tolist() == ["better", "worse"]


@pytest.mark.parametrize("other", [[0.91, 0.93, 0.90], [0.9, 0.95]])
def test_where_the_images_leave_no_doubt_it_is_the_textbook_test(other):
    everything_right = np.ones(N, bool)
    table = fits(everything_right, base=BASE, other=other)
    row = differences(table.assign(seed=range(len(table)))).iloc[0]
    welch = stats.ttest_ind(other, BASE, equal_var=False)
    assert row["p_value"] == pytest.approx(welch.pvalue)
    assert row["margin"] / 100 == pytest.approx(np.ptp(welch.confidence_interval(0.95)) / 2)
    pair = differences(fits(everything_right, base=BASE[: len(other)], other=other), paired=True).iloc[0]
    expected = stats.ttest_rel(other, BASE[: len(other)])
    assert pair["p_value"] == pytest.approx(expected.pvalue)


def test_the_images_are_a_chance_of_their_own():
    first, second = (np.random.default_rng(0).random((2, N)) < [[0.9], [0.91]]).astype(bool)
    table = pd.concat([fits(first, a=[first.mean()] * 3), fits(second, b=[second.mean()] * 3)])
    row = differences(table).iloc[0]
    margin = 1.96 * np.std(second.astype(float) - first) / np.sqrt(N)
    assert row["margin"] == pytest.approx(100 * margin, rel=1e-4)
    assert row["degrees_of_freedom"] == np.inf


def test_pairing_by_seed_is_for_what_a_seed_draws_for_both():
    table = fits(np.ones(N, bool), base=BASE, other=SAME_LUCK)
    assert differences(table)["verdict"].tolist() == ["within the noise"]
    assert differences(table, paired=True)["verdict"].tolist() == ["better"]
    few = table[(table["name"] == "base") | (table["seed"] > 2)]
    assert (
        differences(few)["degrees_of_freedom"].iloc[0]
        != differences(few, paired=True)["degrees_of_freedom"].iloc[0]
    )
    strangers = table.assign(seed=range(len(table)))
    with pytest.raises(ValueError, match=r"expected fits of the same seeds, found \[5, .*\] and \[0, "):
        differences(strangers, paired=True)


def test_a_long_table_asks_for_more():
    """A difference that holds alone, at p = 0.03, does not hold among five."""
    small = [a + 0.0027 for a in BASE]
    others = {f"other {n}": [a - 0.0001 * n for a in BASE] for n in range(1, 5)}
    alone = differences(fits(np.ones(N, bool), base=BASE, small=small), reference="base")
    among = differences(fits(np.ones(N, bool), base=BASE, small=small, **others), reference="base")
    assert alone["p_value"].iloc[0] == pytest.approx(among["p_alone"].iloc[0])
    assert alone["margin"].iloc[0] == among["margin"].iloc[0]
    assert (alone.loc["small", "verdict"], among.loc["small", "verdict"]) == ("better", "within the noise")
    assert among.loc["small", "p_value"] == pytest.approx(5 * alone.loc["small", "p_value"])


def test_tables_of_a_chapter_are_judged_as_one():
    first = differences(fits(np.ones(N, bool), base=BASE, small=[a + 0.0027 for a in BASE]))
    second = differences(fits(np.ones(N, bool), base=BASE, alike=BASE[::-1], larger=[a + 0.02 for a in BASE]))
    one = differences(fits(base=BASE[:1], other=BASE[1:2]))
    none = differences(fits(base=BASE))
    together = adjusted({"width": first, "depth": second, "seeds": one, "nothing": none})
    assert together.index.tolist() == [
        ("width", "small"),
        ("depth", "alike"),
        ("depth", "larger"),
        ("seeds", "other"),
    ]
    assert together["verdict"].tolist() == [
        "within the noise",
        "within the noise",
        "better",
        "one seed: not judged",
    ]
    assert adjusted({"width": first})["verdict"].tolist() == ["better"]


@pytest.mark.parametrize("freedom", [1.0, 2.0, 3.5, 8.0, 50.0, 1e4, 1e7, np.inf])
@pytest.mark.parametrize("level", [0.05, 0.005, 0.0002])
def test_the_power_is_what_it_says_by_drawing(freedom, level):
    """statsmodels' TTestPower says 7.07 for 4 degrees at 0.00125, where the power is 45 %."""
    rng = np.random.default_rng(0)
    scale = 1 if freedom == np.inf else np.sqrt(rng.chisquare(freedom, 100_000) / freedom)
    drawn = (rng.normal(size=100_000) + _found(freedom, level)) / scale
    assert (drawn > stats.t.ppf(1 - level / 2, freedom)).mean() == pytest.approx(0.8, abs=0.01)


def test_equal_for_each_seed_and_image_or_proven_is_the_same_by_algebra():
    table = fits(base=BASE, twin=BASE, rounded=[a + 0.0001 for a in BASE])
    found = differences(table, reference="base", same=["rounded"])
    assert found["verdict"].tolist() == ["the same by algebra"] * 2
    assert found["p_value"].isna().all()
    assert differences(table, reference="base").loc["rounded", "verdict"] == "within the noise"
    assert differences(table[table["seed"] == 0], reference="base")["verdict"].unique() == [
        "one seed: not judged"
    ]


def test_lines_say_what_was_found_and_what_could_have_been():
    table = fits(base=BASE, better=[a + 0.02 for a in BASE], alike=[0.901, 0.899, 0.902, 0.900, 0.898])
    better, alike = in_words(differences(table, reference="base")).splitlines()
    assert better.startswith("- *better*, compared with *base*: +2.00 ± ")
    assert better.endswith(" points, better")
    assert alike.startswith("- *alike*, compared with *base*: +0.00 ± ")
    assert " points, within the noise (seen from 0." in alike


def test_one_seed_is_not_judged_and_strangers_are_refused():
    table = fits(a=[0.9], b=[0.8])
    assert differences(table)["verdict"].tolist() == ["one seed: not judged"]
    assert ": -10.00 points, one seed: not judged" in in_words(differences(table))
    with pytest.raises(ValueError, match="reference: expected one of"):
        differences(table, reference="z")
    half = fits(a=BASE, b=BASE)
    half["validation_correct"] = [
        c[: N // 2] if n == "b" else c for n, c in zip(half["name"], half["validation_correct"], strict=True)
    ]
    with pytest.raises(ValueError, match=r"the same images, found splits of \[5000, 10000\] images"):
        differences(half)


FITS = fits(a=BASE, b=BASE[::-1])
DIFFERENCES = differences(FITS)
COMPARE = r"; lesson\.compare\(recipes\) makes it"
DIFFER = r"; differences\(lesson\.compare\(recipes\)\) makes it"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: differences({"a": "recipe"}), f"fits: expected a DataFrame .*found {{'a'.*{COMPARE}"),
        (lambda: differences(DIFFERENCES), f"fits: .*found no name, seed, .*{COMPARE}"),
        (lambda: differences(None), f"fits: .*found None{COMPARE}"),
        (lambda: differences(FITS, metric=["test"]), r"metric: expected one of .*found \['test'\]"),
        (lambda: differences(FITS, same="bob"), "same: expected a list of names, found 'bob'"),
        (lambda: differences(FITS, same=["a", "B"]), r"same: expected some of \['b'\], found \['a', 'B'\]"),
        (lambda: differences(FITS, paired="no"), "paired: expected True or False, found 'no'"),
        (lambda: in_words(FITS), f"table: .*found no compared_with, .*{DIFFER}"),
        (lambda: adjusted(DIFFERENCES), "tables: expected a dictionary such as .*found DataFrame of shape"),
        (lambda: adjusted({}), "tables: expected a dictionary such as .*found {}"),
        (lambda: adjusted({"seeds": FITS}), rf"tables\['seeds'\]: .*found no compared_with, .*{DIFFER}"),
        (lambda: summarise({"a": "recipe"}), f"fits: expected a DataFrame .*{COMPARE}"),
        (lambda: summarise(DIFFERENCES), f"fits: .*found no name, seed, .*{COMPARE}"),
    ],
)
def test_what_is_no_table_of_that_kind_is_refused_with_what_makes_one(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_summary_is_of_numbers(make_record):
    frame = tables.frame([make_record("a", 0, 0.9)])
    for metric in ("device", "name", "validation_correct"):
        with pytest.raises(ValueError, match=f"{metric}: expected numbers, found"):
            summarise(frame, metric)
    with pytest.raises(ValueError, match=r"metric: expected one of .*found \['test_accuracy'\]"):
        summarise(frame, ["test_accuracy"])
    assert summarise(frame.iloc[:0]).empty


def test_of_an_error_less_is_better(make_record):
    def errors(name, means):
        made = [make_record(name, seed, 0.9) for seed in range(len(means))]
        for record, error in zip(made, means, strict=True):
            each = np.random.default_rng(1).uniform(0.9 * error, 1.1 * error, 10_000)
            measured = {"mse": error, "images": 10_000, "errors": store.pack_errors(each)}
            record["metrics"] = {"validation": measured}
        return made

    linear, deeper = errors("linear", [0.015, 0.0151, 0.0149]), errors("deeper", [0.0105, 0.0106, 0.0104])
    frame = tables.frame([*linear, *deeper])
    table = differences(frame, reference="linear", metric="validation_mse")
    assert table["verdict"].tolist() == ["better"]
    assert table["difference"].iloc[0] == pytest.approx(-0.0045)
    assert in_words(table).startswith("- *deeper*, compared with *linear*: -0.0045 ± 0.0002, better")
    assert summarise(frame, "validation_mse")["mean"].tolist() == pytest.approx([0.015, 0.0105])
    with pytest.raises(ValueError, match=r"metric: expected one of .*'validation_mse'.*found 'mse'"):
        summarise(frame, "mse")
    with pytest.raises(ValueError, match="expected fits that have a validation_accuracy"):
        differences(frame)
    with pytest.raises(ValueError, match=r"metric: expected one of .*found 'validation_loss'"):
        differences(frame, metric="validation_loss")
