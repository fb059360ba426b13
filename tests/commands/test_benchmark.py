import re
from types import SimpleNamespace

from fmnist_lessons.commands import benchmark
from fmnist_lessons.records import store


def test_the_recipes_race_to_the_target(garments, monkeypatch):
    mlp = {"model": "mlp", "architecture": {"hidden": [16]}, "batch_size": 50}
    records = [
        {"headline": "CNN as published", "recipe": {**mlp, "epochs": 12, "optimizer": "sgd"}},
        {"headline": "CNN", "recipe": {**mlp, "epochs": 9, "learning_rate": 0.01}},
    ]
    train, validation = garments
    data = SimpleNamespace(train=train, validation=validation, test=validation)
    monkeypatch.setattr(store, "read", lambda folder: records)
    monkeypatch.setattr(benchmark, "load_fashion_mnist", lambda: data)
    monkeypatch.setattr(benchmark, "TARGET", 0.6)
    header, published, *raced = benchmark._time_to_target()
    assert "60%" in header
    assert "published settings" in published
    ends = [number for number, line in enumerate(raced) if "ratio" in line]
    assert len(ends) == 2, "each variant goes on until it is there"
    for number, line in enumerate(raced):
        is_last = number + 1 in ends
        assert number in ends or is_last != ("below 60%" in line)
    assert sum("without augmentation" in line for line in raced) == ends[1] - ends[0] - 1


def test_what_augmentation_costs_is_set_against_an_epoch(garments, monkeypatch):
    monkeypatch.setattr(benchmark, "load_fashion_mnist", lambda: SimpleNamespace(train=garments[0]))
    (line,) = benchmark._augmentation()
    assert "of 400 images, median of 3" in line
    assert re.search(r"it waits for at most \d+%$", line)
