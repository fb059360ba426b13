"""What a network needs, measured in a process of its own."""

import pytest

from fmnist_lessons.training.footprint import footprints


@pytest.fixture(autouse=True)
def live(monkeypatch):
    monkeypatch.delenv("FMNIST_QUICK", raising=False)  # quick mode starts no process


def test_training_needs_more_than_predicting_and_the_file_holds_the_parameters():
    row = footprints({"small": {"network": "mobilenet", "size": 32}}).loc["small"]
    assert row["parameters"] == 1_832_976 + 4 * 768 + 768 * 10 + 10
    assert row["file_mb"] == pytest.approx(4e-6 * row["parameters"], rel=0.1)
    assert row["training_mb"] > row["predicting_mb"] > row["file_mb"]


def test_what_such_a_process_says_is_told():
    with pytest.raises(ValueError, match="size: expected 32 or more"):
        footprints({"large": {"network": "mobilenet", "size": 8}})
