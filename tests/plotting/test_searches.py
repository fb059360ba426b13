"""The pictures of searches, by the artists that they draw."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from fmnist_lessons import plotting


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def table():
    values = [[0.85, 0.88, np.nan], [0.10, 0.89, 0.87]]
    index = pd.Index([0.001, 0.01], name="learning rate")
    return pd.DataFrame(values, index=index, columns=pd.Index([64, 256, 512], name="batch size"))


def test_a_heat_map_tells_every_pair_and_frames_the_best():
    ax = plotting.plot_heat_map(table(), table() / 100)
    assert [text.get_text() for text in ax.texts][:2] == ["85.00\n±0.85", "88.00\n±0.88"]
    assert len(ax.texts) == 5
    (frame,) = ax.patches
    assert (frame.get_x() + 0.48, frame.get_y() + 0.48) == pytest.approx((1, 1))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("batch size", "learning rate")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["0.001", "0.01"]
    (image,) = ax.images
    low, high = image.get_clim()
    assert 50 < low < 87, "a pair that fails leaves colours for the others"
    assert high == 89


def test_a_heat_map_without_spread_has_means_alone():
    ax = plotting.plot_heat_map(table(), table() * np.nan)
    assert ax.texts[0].get_text() == "85.00"


def grown():
    rows = [("a", 0, 9, np.nan), ("a", 0, 18, 0.8), ("a", 1, 9, 0.7), ("b", 0, 9, 0.6), ("b", 0, 10, 0.9)]
    return pd.DataFrame(rows, columns=["study", "seed", "epochs", "best"])


def test_the_best_so_far_has_a_thick_line_for_each_study_and_a_thin_one_for_each_seed():
    ax = plotting.plot_best_so_far(grown())
    thick = [line for line in ax.lines if line.get_linewidth() > 1]
    assert [line.get_label() for line in thick] == ["a", "b"]
    assert len(ax.lines) == 5
    assert thick[0].get_ydata()[-1] == pytest.approx(75), "the mean over seeds, each at its last"
    assert np.isnan(thick[0].get_ydata()[0]), "not before all have a score"
    assert ax.get_xlabel() == "epochs used"


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (
            lambda: plotting.plot_heat_map(table() * 100),
            "means: expected shares between 0 and 1, found 10 to 89; divide per cent",
        ),
        (
            lambda: plotting.plot_heat_map(table(), table().T),
            r"expected shape \(2, 3\), found \(3, 2\)",
        ),
        (lambda: plotting.plot_heat_map(table().to_numpy()), "means, spreads: expected a DataFrame each"),
        (lambda: plotting.plot_heat_map(-table()), "means: expected shares between 0 and 1, found -0.89"),
        (lambda: plotting.plot_heat_map(table() * np.nan), "expected at least one accuracy, found none"),
        (
            lambda: plotting.plot_heat_map(table(), table() * 100),
            "spreads: expected shares .* divide per cent",
        ),
        (lambda: plotting.plot_best_so_far(grown(), against="hours"), "against: .* found 'hours'"),
        (lambda: plotting.plot_best_so_far(grown().assign(best=70)), "best: expected shares .* per cent"),
        (lambda: plotting.plot_best_so_far(grown().drop(columns="best")), "found no best"),
        (lambda: plotting.plot_best_so_far(grown().head(1)), "expected at least one score, found none"),
    ],
)
def test_what_cannot_be_drawn_is_named(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
