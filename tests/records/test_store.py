import numpy as np
import pytest
from scipy.special import softmax

from fmnist_lessons.evaluation import comparing
from fmnist_lessons.records import store, tables


def test_a_record_comes_back_as_it_was_written(tmp_path, make_record):
    record = make_record("+ flips", 3, 0.9)
    logits = {"test": np.random.default_rng(0).normal(size=(20, 10))}
    path = store.write(record, tmp_path, logits=logits)
    assert path == tmp_path / "02_multilayer_perceptrons" / "flips" / "seed-3.json"
    assert store.read(tmp_path) == [record]
    below = logits["test"] - logits["test"].max(axis=1, keepdims=True)
    assert np.allclose(store.read_logits(record, tmp_path)["test"], below, atol=1e-2)
    assert [p.name for p in path.parent.iterdir() if p.name.startswith(".")] == []


def test_logits_far_from_zero_keep_their_order_and_their_probabilities(tmp_path, make_record):
    gaps = np.linspace(0, 0.05, 10)  # float16 has steps of 1/16 at -80
    logits = -80 + np.stack([gaps, gaps[::-1], np.roll(gaps, 3)])
    record = make_record("far", 0, 0.9)
    store.write(record, tmp_path, logits={"test": logits})
    stored = store.read_logits(record, tmp_path)["test"]
    assert (stored.argsort(axis=1) == logits.argsort(axis=1)).all()
    assert np.allclose(softmax(stored, axis=1), softmax(logits, axis=1), atol=1e-4)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"chapter": 1}'])
def test_an_unreadable_record_is_named_and_skipped(tmp_path, make_record, content):
    good = store.write(make_record("good", 0, 0.9), tmp_path)
    good.with_name("seed-1.json").write_text(content)
    with pytest.warns(UserWarning, match="seed-1.json is skipped"):
        assert len(store.read(tmp_path)) == 1


def test_the_summary_never_mixes_devices_and_marks_the_stale(make_record):
    records = [make_record("a", s, 0.9 + s / 100) for s in range(3)]
    records += [make_record("a", 0, 0.8, device="a GPU"), make_record("b", 0, 0.7, fresh=False)]
    table = comparing.summarise(tables.frame(records))
    assert list(table.index) == ["a", "a", "b (stale)"]
    assert table["mean"].tolist() == pytest.approx([0.91, 0.8, 0.7])
    assert table["sd"].iloc[0] == pytest.approx(0.01)
    assert table["seconds"].tolist() == pytest.approx([11, 10, 10])


def test_a_difference_counts_only_beyond_the_noise(make_record):
    def fits(name, accuracies, **more):
        return [make_record(name, s, a, n=10_000, **more) for s, a in enumerate(accuracies)]

    base = fits("base", [0.900, 0.902, 0.898, 0.901, 0.899])
    better = fits("better", [0.920, 0.922, 0.918, 0.921, 0.919])
    same = fits("same", [0.901, 0.899, 0.902, 0.900, 0.898])
    table = comparing.paired_differences(tables.frame(base + better + same), reference="base")
    assert table["verdict"].tolist() == ["better", "within the noise"]
    assert table["difference"].iloc[0] == pytest.approx(0.02)
    stepwise = comparing.paired_differences(tables.frame(base + better + same))
    assert stepwise["compared_with"].tolist() == ["base", "better"]
    assert stepwise["verdict"].tolist() == ["better", "worse"]


def test_the_margin_is_the_textbook_one(make_record):
    records = [make_record("base", s, 0.9) for s in range(2)]
    others = [make_record("other", s, 0.9) for s in range(2)]
    for record, other in zip(records, others, strict=True):
        other["metrics"]["validation"] = dict(record["metrics"]["validation"])
    others[0]["metrics"]["validation"]["accuracy"] += 0.01
    others[1]["metrics"]["validation"]["accuracy"] += 0.03
    table = comparing.paired_differences(tables.frame(records + others))
    # equal images leave the seeds alone: t(1 degree) · sd/√2, with sd = 0.02/√2
    assert table["margin"].iloc[0] == pytest.approx(12.71 * 0.01, rel=1e-3)


def test_one_seed_is_not_judged_and_strangers_are_refused(make_record):
    fits = tables.frame([make_record("a", 0, 0.9), make_record("b", 0, 0.8), make_record("c", 1, 0.8)])
    assert comparing.paired_differences(fits[:2])["verdict"].tolist() == ["one seed: not judged"]
    with pytest.raises(ValueError, match="expected fits of the same seeds"):
        comparing.paired_differences(fits)
    with pytest.raises(ValueError, match="reference: expected one of"):
        comparing.paired_differences(fits, reference="z")
    splits = [make_record(name, s, 0.9, n=n) for name, n in (("a", 100), ("b", 200)) for s in range(2)]
    with pytest.raises(ValueError, match=r"the same images, found splits of \[100, 200\] images"):
        comparing.paired_differences(tables.frame(splits))


def test_of_an_error_less_is_better(make_record):
    def fits(name, errors):
        made = [make_record(name, seed, 0.9) for seed in range(len(errors))]
        for record, error in zip(made, errors, strict=True):
            each = np.random.default_rng(1).uniform(0.9 * error, 1.1 * error, 10_000)
            measured = {"mse": error, "images": 10_000, "errors": store.pack_errors(each)}
            record["metrics"] = {"validation": measured}
        return made

    linear, deeper = fits("linear", [0.015, 0.0151, 0.0149]), fits("deeper", [0.0105, 0.0106, 0.0104])
    frame = tables.frame([*linear, *deeper])
    table = comparing.paired_differences(frame, reference="linear", metric="validation_mse")
    assert table["verdict"].tolist() == ["better"]
    assert table["difference"].iloc[0] == pytest.approx(-0.0045)
    assert comparing.summarise(frame, "validation_mse")["mean"].tolist() == pytest.approx([0.015, 0.0105])
    with pytest.raises(ValueError, match=r"metric: expected one of .*'validation_mse'.*found 'mse'"):
        comparing.summarise(frame, "mse")
    with pytest.raises(ValueError, match="expected fits that have a validation_accuracy"):
        comparing.paired_differences(frame)
    with pytest.raises(ValueError, match=r"metric: expected one of .*found 'validation_loss'"):
        comparing.paired_differences(frame, metric="validation_loss")


def test_packed_errors_are_kept_to_three_digits():
    errors = np.random.default_rng(0).uniform(0.001, 0.1, 1000)
    assert store.unpack_errors(store.pack_errors(errors)) == pytest.approx(errors, rel=1e-3)
