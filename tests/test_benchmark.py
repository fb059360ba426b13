from types import SimpleNamespace

from fmnist_lessons import benchmark, results


def test_the_recipes_race_to_the_target(garments, monkeypatch):
    mlp = {"model": "mlp", "architecture": {"hidden": [16]}, "batch_size": 50}
    records = [
        {"headline": "CNN as published", "recipe": {**mlp, "epochs": 12, "optimizer": "sgd"}},
        {"headline": "CNN", "recipe": {**mlp, "epochs": 9, "learning_rate": 0.01}},
    ]
    train, validation = garments
    data = SimpleNamespace(train=train, validation=validation, test=validation)
    monkeypatch.setattr(results, "read", lambda folder: records)
    monkeypatch.setattr(benchmark, "load_fashion_mnist", lambda: data)
    monkeypatch.setattr(benchmark, "TARGET", 0.6)
    header, published, *tried, ratio = benchmark._time_to_target()
    assert "60%" in header
    assert "published settings" in published
    assert all("below 60%" in line for line in tried[:-1])
    assert "below" not in tried[-1]
    assert "ratio 0." in ratio
