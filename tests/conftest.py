"""Fixtures that several tests share."""

import json

import numpy as np
import pytest

from fmnist_lessons.data import Part
from fmnist_lessons.results import pack
from fmnist_lessons.sketch import draw_garments

NO_BROWSER = "NO BROWSER"  # as tests/book/conftest.py begins its reason


@pytest.fixture(scope="session")
def garments():
    """A small training and validation part of drawn garments."""
    images, labels = draw_garments(600, seed=0)
    return (
        Part(images[:400], labels[:400], "train", "sketch"),
        Part(images[400:], labels[400:], "validation", "sketch"),
    )


@pytest.fixture
def make_record():
    """Make a record as a fit leaves it, with the accuracy that is asked for."""

    def make(name, seed, accuracy, *, n=1000, fingerprint="f", **more):
        rng = np.random.default_rng(seed)
        correct = np.zeros(n, bool)
        correct[rng.permutation(n)[: round(accuracy * n)]] = True
        measured = {"accuracy": float(correct.mean()), "loss": 0.3, "images": n, "correct": pack(correct)}
        record = {
            "chapter": "02_multilayer_perceptrons",
            "name": name,
            "seed": seed,
            "fingerprint": fingerprint,
            "metrics": {"validation": measured},
            "seconds": {"wall": 10.0 + seed, "cpu": 20.0},
            "device": "a CPU",
            "parameters": 7850,
            **more,
        }
        return json.loads(json.dumps(record))

    return make


def pytest_terminal_summary(terminalreporter) -> None:
    """Say at the very end, and in colour, that the browser tests did not run."""
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(NO_BROWSER in str(report.longrepr) for report in skipped)
    if count:
        terminalreporter.section("NOT TESTED", sep="!", red=True, bold=True)
        terminalreporter.line(
            f"{NO_BROWSER}: {count} tests skipped; the book was not opened in one.", red=True, bold=True
        )
        terminalreporter.line("Install Chromium, or name one in FMNIST_BROWSER.", red=True)
