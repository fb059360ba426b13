"""The artists that are drawn: how many, with what data and what words. No pixels are compared."""

from itertools import pairwise
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt
from matplotlib.container import ErrorbarContainer

from fmnist_lessons import plotting
from fmnist_lessons.data.parts import CLASS_NAMES

NOTE = "drawn garments, not Fashion-MNIST"
HISTORY = {"loss": [0.6, 0.4], "accuracy": [0.8, 0.9], "val_loss": [0.5, 0.45], "val_accuracy": [0.82, 0.85]}


@pytest.fixture(autouse=True)
def clean_matplotlib():
    with mpl.rc_context():
        yield
    plt.close("all")


@pytest.fixture
def images(tmp_path):
    """Forty images as the loader hands them out: uint8, memory-mapped, read-only."""
    pixels = np.random.default_rng(0).integers(0, 256, size=(40, 28, 28), dtype=np.uint8)
    np.save(tmp_path / "images.npy", pixels)
    return np.load(tmp_path / "images.npy", mmap_mode="r")


@pytest.fixture
def labels():
    """Every class four times."""
    return np.tile(np.arange(10, dtype=np.uint8), 4)


def image_of(ax):
    return np.asarray(ax.images[0].get_array())


def words_of(figure):
    """All text that is drawn on a figure."""
    return [text.get_text() for text in figure.findobj(mpl.text.Text)]


def confusion(counts):
    return pd.DataFrame(counts, index=list("abc"), columns=list("abc"))


def runs():
    values = {"MLP": [0.90, 0.92, 0.91], "CNN": [0.93, 0.93, 0.93], "once": [0.88]}
    rows = [(name, seed, value) for name, each in values.items() for seed, value in enumerate(each)]
    return pd.DataFrame(rows, columns=["name", "seed", "validation_accuracy"])


def test_use_style_undoes_a_dark_theme():
    plt.style.use("dark_background")
    plotting.use_style()
    figure, ax = plt.subplots()
    assert mpl.colors.to_rgba("white") == figure.get_facecolor() == ax.get_facecolor()
    assert ax.xaxis.label.get_color() == ax.title.get_color() == "black"
    assert not mpl.rcParams["savefig.transparent"]


def test_plot_images_draws_each_image_with_its_class(images, labels):
    figure = plotting.plot_images(images[:9], labels[:9], columns=4)
    assert len(figure.axes) == 9
    for ax, picture, label in zip(figure.axes, images, labels, strict=False):
        assert np.array_equal(image_of(ax), picture)
        assert ax.images[0].get_clim() == (0, 255)  # one scale for all, not each its own
        assert ax.get_title() == CLASS_NAMES[label]
    assert len({round(ax.get_position().x0, 3) for ax in figure.axes}) == 4


def test_plot_images_marks_what_is_wrong_by_more_than_colour(images):
    figure = plotting.plot_images(images[:2], [4, 4], predicted=[6, 4])
    wrong, right = figure.axes
    assert wrong.get_title() == "Coat\n→ Shirt\n✗"
    assert right.get_title() == "Coat\n→ Coat\n✓"
    assert all(spine.get_visible() for spine in wrong.spines.values())
    assert not any(spine.get_visible() for spine in right.spines.values())


def test_plot_images_takes_the_predicted_class_from_probabilities(images):
    shares = np.full((1, 10), 0.02)
    shares[0, 6] = 0.82
    assert (
        plotting.plot_images(images[:1], [4], probabilities=shares).axes[0].get_title()
        == "Coat\n→ Shirt\n✗ 82 %"
    )
    figure = plotting.plot_images(images[:1], probabilities=shares, predicted=[0])
    assert figure.axes[0].get_title() == "→ T-shirt/top\n2 %"


def test_plot_images_accepts_floats_and_no_labels(images):
    figure = plotting.plot_images(images[:3] / np.float32(255))
    assert figure.axes[0].images[0].get_clim() == (0, 1)
    assert all(ax.get_title() == "" for ax in figure.axes)


def test_titles_stay_apart_where_they_are_longest(images):
    boot, top = CLASS_NAMES.index("Ankle boot"), CLASS_NAMES.index("T-shirt/top")
    shares = np.tile(np.eye(10)[top], (20, 1))
    figure = plotting.plot_images(images[:20], [boot] * 20, probabilities=shares, columns=10)
    figure.canvas.draw()
    boxes = [ax.title.get_window_extent() for ax in figure.axes]
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes[:10]))
    assert boxes[10].y1 < figure.axes[0].get_window_extent().y0  # second row's titles under the first row


def test_plot_class_gallery_has_a_row_for_each_class(images, labels):
    ax = plotting.plot_class_gallery(images, labels, per_class=3).axes[0]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == list(CLASS_NAMES)
    sheet = image_of(ax)
    assert np.array_equal(sheet[4 * 30 : 4 * 30 + 28, 2 * 30 : 2 * 30 + 28], images[24])  # third coat
    assert 4 * 30 <= ax.get_yticks()[4] <= 4 * 30 + 28


def test_plot_rows_lays_named_rows_below_one_another(images):
    rows = {"stored": images[:3], "half as dark, mirrored": images[:3, :, ::-1] / 510}
    ax = plotting.plot_rows(rows).axes[0]
    assert not len(ax.get_xticks())
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["stored", "half as dark, mirrored"]
    sheet = image_of(ax)
    assert sheet.shape == (60, 90)
    assert np.allclose(sheet[:28, 30:58], images[1] / 255)
    assert np.allclose(sheet[30:58, 60:88], images[2, :, ::-1] / 510)
    assert 30 <= ax.get_yticks()[1] <= 58
    assert ax.images[0].get_clim() == (0, 1)


def test_plot_rows_writes_names_below_the_columns(images):
    ax = plotting.plot_rows({"a": images[:3]}, below=["left", "middle", "right"]).axes[0]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["left", "middle", "right"]
    assert 30 <= ax.get_xticks()[1] <= 58


def test_plot_class_means_draws_means(images, labels):
    figure = plotting.plot_class_means(images, labels)
    assert [ax.get_title() for ax in figure.axes] == list(CLASS_NAMES)
    assert np.allclose(image_of(figure.axes[3]), images[3::10].mean(axis=0) / 255)


def test_plot_pixel_histogram_shows_shares_of_all_pixels():
    pixels = np.zeros((2500, 28, 28), dtype=np.uint8)  # more than one part
    pixels[:625] = 255
    ax = plotting.plot_pixel_histogram(pixels)
    heights = [bar.get_height() for bar in ax.patches]
    assert len(heights) == 64
    assert (heights[0], heights[-1], sum(heights)) == (75, 25, 100)


def test_plot_curves_has_two_panels():
    figure = plotting.plot_curves({**HISTORY, "learning_rate": [1, 1]})
    loss, accuracy = figure.axes
    for ax, keys, scale in ((loss, ("loss", "val_loss"), 1), (accuracy, ("accuracy", "val_accuracy"), 100)):
        for line, key in zip(ax.lines, keys, strict=True):
            assert line.get_xdata().tolist() == [1, 2]
            assert line.get_ydata() == pytest.approx(scale * np.array(HISTORY[key]))
        assert [text.get_text() for text in ax.get_legend().get_texts()] == ["training", "validation"]
        assert len({line.get_linestyle() for line in ax.lines}) == 2  # apart without colour


def test_plot_curves_takes_a_frame_and_the_callers_axes():
    figure, axes = plt.subplots(2, 1)
    assert plotting.plot_curves(pd.DataFrame(HISTORY), axes=axes) is figure
    assert len(figure.axes) == 2
    assert len(axes[1].lines) == 2


def test_plot_confusion_writes_counts_and_colours_shares():
    ax = plotting.plot_confusion(confusion([[8, 2, 0], [0, 5, 5], [0, 0, 0]]))
    assert [text.get_text() for text in ax.texts] == list("820055000")
    assert np.allclose(image_of(ax), [[80, 20, 0], [0, 50, 50], [0, 0, 0]])
    assert [tick.get_text() for tick in ax.get_yticklabels()] == list("abc")
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("true class", "predicted class")


def test_plot_comparison_shows_means_deviations_and_seeds():
    ax = plotting.plot_comparison(runs(), reference=("published", 0.9114))
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["MLP", "CNN", "once"]
    assert ax.yaxis_inverted()  # the first name on top
    mlp, cnn, once = (bar for bar in ax.containers if isinstance(bar, ErrorbarContainer))
    assert mlp[0].get_xdata() == pytest.approx([91])
    assert mlp[2][0].get_segments()[0][:, 0] == pytest.approx([90, 92])  # sample deviation: 1 point
    assert cnn[2][0].get_segments()[0][:, 0] == pytest.approx([93, 93])
    assert not once.has_xerr
    dots = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 3]
    assert sorted(dots[0]) == pytest.approx([90, 91, 92])
    dashed = next(line for line in ax.lines if line.get_linestyle() == "--")
    assert dashed.get_xdata() == pytest.approx([91.14, 91.14])
    assert "published (91.14 %)" in words_of(ax.figure)


def test_plot_comparison_keeps_a_name_without_values():
    frame = pd.concat([runs(), pd.DataFrame({"name": ["LeNet"], "validation_accuracy": [np.nan]})])
    ax = plotting.plot_comparison(frame)
    assert ax.get_yticklabels()[-1].get_text() == "LeNet"
    assert [text.get_text() for text in ax.texts] == ["not measured"]


def differences():
    rows = {
        "flips": (0.4, 0.2, "better"),
        "dropout": (0.1, 0.3, "within the noise"),
        "erasing": (-0.6, 0.1, "worse"),
        "once": (-0.1, np.nan, "one seed: not judged"),
    }
    return pd.DataFrame(rows.values(), index=list(rows), columns=["difference", "margin", "verdict"])


def test_plot_differences_shows_margins_and_verdicts():
    ax = plotting.plot_differences(differences())
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["flips", "dropout", "erasing", "once"]
    assert ax.yaxis_inverted()
    bars = {bar.get_label(): bar for bar in ax.containers if isinstance(bar, ErrorbarContainer)}
    assert list(bars) == ["better", "within the noise", "worse", "one seed: not judged"]
    assert bars["worse"][0].get_xdata() == pytest.approx([-0.6])
    assert bars["worse"][0].get_ydata() == pytest.approx([2])
    assert bars["worse"][2][0].get_segments()[0][:, 0] == pytest.approx([-0.7, -0.5])
    assert len({bars[verdict][0].get_marker() for verdict in ("better", "within the noise", "worse")}) == 3
    assert any(list(line.get_xdata()) == [0, 0] for line in ax.lines)


def test_plot_trend_draws_a_line_of_means_for_each_kind():
    frame = pd.DataFrame(
        {
            "code": [2, 2, 8, 8, 2, 8, 8],
            "mse": [0.04, 0.06, 0.02, 0.02, 0.03, 0.01, np.nan],
            "kind": ["PCA", "PCA", "PCA", "PCA", "conv", "conv", "conv"],
        }
    )
    ax = plotting.plot_trend(frame, "code", "mse", by="kind")
    linear, conv = (bar for bar in ax.containers if isinstance(bar, ErrorbarContainer))
    assert linear[0].get_ydata() == pytest.approx([0.05, 0.02])
    assert conv[0].get_ydata() == pytest.approx([0.03, 0.01])
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["2", "8"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["PCA", "conv"]
    with pytest.raises(
        ValueError, match="expected a DataFrame with the columns code, mse, who, found no who"
    ):
        plotting.plot_trend(frame, "code", "mse", by="who")
    with pytest.raises(ValueError, match="expected at least one mse, found none in 1 rows"):
        plotting.plot_trend(frame[-1:], "code", "mse", by="kind")


def test_plot_filters_shares_one_scale_around_zero():
    kernels = np.random.default_rng(0).normal(size=(3, 5, 1, 12)).astype(np.float32)
    figure = plotting.plot_filters(kernels, label="value")
    *panels, bar = figure.axes
    assert bar.get_ylabel() == "value"
    assert len(panels) == 12
    assert np.allclose(image_of(panels[7]), kernels[:, :, 0, 7])
    bound = np.abs(kernels).max()
    assert {ax.images[0].get_clim() for ax in panels} == {(-bound, bound)}


def test_plot_feature_maps_shares_one_scale():
    maps = np.random.default_rng(0).random((13, 13, 5))
    *panels, _ = plotting.plot_feature_maps(maps, columns=3).axes
    assert [ax.get_title() for ax in panels] == list("01234")
    assert np.array_equal(image_of(panels[4]), maps[:, :, 4])
    assert {ax.images[0].get_clim() for ax in panels} == {(maps.min(), maps.max())}


@pytest.mark.parametrize("source", ["sketch", "fashion-mnist"])
def test_drawn_garments_are_named_as_such(images, labels, source):
    figures = [
        plotting.plot_images(images[:1], source=source),
        plotting.plot_class_gallery(images, labels, per_class=2, source=source),
        plotting.plot_class_means(images, labels, source=source),
        plotting.plot_rows({"stored": images[:2]}, source=source),
        plotting.plot_pixel_histogram(images, source=source).figure,
        plotting.plot_feature_maps(np.ones((4, 4, 2)), source=source),
    ]
    for figure in figures:
        assert (NOTE in words_of(figure)) == (source == "sketch")


def test_figures_are_narrow_enough_for_a_page_and_legible(images, labels):
    plotting.use_style()
    figures = [
        plotting.plot_images(images, labels, columns=10),
        plotting.plot_class_gallery(images, labels, per_class=4),
        plotting.plot_pixel_histogram(images).figure,
        plotting.plot_curves(HISTORY),
        plotting.plot_confusion(confusion(np.eye(3, dtype=int))).figure,
        plotting.plot_comparison(runs()).figure,
        plotting.plot_differences(differences()).figure,
        plotting.plot_rows(dict.fromkeys(["one", "two"], images[:10])),
        plotting.plot_feature_maps(np.ones((4, 4, 32)), columns=16),
    ]
    for figure in figures:
        assert figure.get_size_inches()[0] <= 9
        drawn = [text for text in figure.findobj(mpl.text.Text) if text.get_text()]
        assert min(text.get_fontsize() for text in drawn) >= 8


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda x, y: plotting.plot_images(x[0]), r"expected shape \(n, 28, 28\).*found \(28, 28\)"),
        (lambda x, y: plotting.plot_images(x[..., None]), r"found \(40, 28, 28, 1\)"),
        (lambda x, y: plotting.plot_images(x[:0]), r"found \(0, 28, 28\)"),
        (lambda x, y: plotting.plot_images(np.tile(x, (6, 1, 1))), "at most 200, found 240"),
        (
            lambda x, y: plotting.plot_images(x / 1.0),
            "floats from 0 to 1, found 0 to 255; divide images by 255",
        ),
        (lambda x, y: plotting.plot_images(x.astype(int)), "expected uint8 or floats from 0 to 1, found int"),
        (lambda x, y: plotting.plot_images(x, y[:3]), r"labels: expected shape \(40,\).*found \(3,\)"),
        (
            lambda x, y: plotting.plot_images(x, y, predicted=y + 1),
            "predicted: expected 0 to 9, found 1 to 10",
        ),
        (
            lambda x, y: plotting.plot_images(x, y, probabilities=y),
            r"expected shape \(40, 10\), found \(40,\)",
        ),
        (lambda x, y: plotting.plot_images(x, y, columns=11), "columns: expected .* 1 to 10, found 11"),
        (lambda x, y: plotting.plot_images(x, source="Sketch"), "source: expected .* found 'Sketch'"),
        (
            lambda x, y: plotting.plot_class_gallery(x, y, per_class=5),
            "at least 5 of each class, found 4 of T-shirt",
        ),
        (lambda x, y: plotting.plot_class_means(x[:9], y[:9]), "found 0 of Ankle boot"),
        (lambda x, y: plotting.plot_rows({}), "rows: expected a whole number from 1 to 12, found 0"),
        (lambda x, y: plotting.plot_rows({"a": x[:2], "b": x[:3]}), r"in each row, found \{'a': 2, 'b': 3\}"),
        (
            lambda x, y: plotting.plot_rows({"a": x[:2]}, below=["x"]),
            "below: expected a list of 2 names, .*found",
        ),
        (lambda x, y: plotting.plot_rows({"a": x[:2]}, below="ab"), "below: expected a list of .*found 'ab'"),
        (lambda x, y: plotting.plot_rows([x[:2]]), "rows: expected a dictionary of names and images"),
        (lambda x, y: plotting.plot_rows({"a": x[:21]}), "row 'a': .*expected at most 20, found 21"),
        (lambda x, y: plotting.plot_rows({"a": x[:3], "b": x[0]}), "row 'b': images: expected shape"),
        (lambda x, y: plotting.plot_differences(differences()[["margin"]]), "found no difference, verdict"),
        (lambda x, y: plotting.plot_differences(differences().iloc[:0]), "found no row"),
        (
            lambda x, y: plotting.plot_pixel_histogram(x / 255),
            "uint8 from 0 to 255, found float64; .*without the division",
        ),
        (lambda x, y: plotting.plot_curves({"loss": [1]}), "found no accuracy, val_loss, val_accuracy"),
        (lambda x, y: plotting.plot_curves({**HISTORY, "loss": [1]}), "one value for each epoch"),
        (lambda x, y: plotting.plot_curves(HISTORY, axes=[plt.gca()]), "axes: expected two Axes, found"),
        (
            lambda x, y: plotting.plot_curves({**HISTORY, "accuracy": [80, 90]}),
            "found 80 to 90; divide per cent",
        ),
        (lambda x, y: plotting.plot_curves({**HISTORY, "loss": ["a", "b"]}), "loss: expected numbers"),
        (lambda x, y: plotting.plot_curves(SimpleNamespace(history=HISTORY)), "; give history.history"),
        (
            lambda x, y: plotting.plot_confusion(confusion(np.eye(3, dtype=int)), ax=plt.subplots()),
            "ax: expected the Axes",
        ),
        (lambda x, y: plotting.plot_pixel_histogram(x, ax=plt.figure()), "ax: expected the Axes .*found"),
        (lambda x, y: plotting.plot_confusion(np.eye(3)), "expected a DataFrame .* found ndarray"),
        (lambda x, y: plotting.plot_confusion(confusion(np.eye(3))), "expected counts, found float64"),
        (lambda x, y: plotting.plot_comparison(runs(), "test_accuracy"), "found no test_accuracy"),
        (lambda x, y: plotting.plot_comparison(runs(), "seconds"), "expected an accuracy.*found 'seconds'"),
        (lambda x, y: plotting.plot_comparison(runs().iloc[:0]), "found no row"),
        (
            lambda x, y: plotting.plot_comparison(runs().assign(validation_accuracy=None)),
            "at least one .*, found none",
        ),
        (
            lambda x, y: plotting.plot_comparison(runs().assign(validation_accuracy=91.0)),
            "divide per cent by 100",
        ),
        (lambda x, y: plotting.plot_comparison(runs(), ["validation_accuracy"]), "metric: expected a name"),
        (
            lambda x, y: plotting.plot_comparison(runs(), reference=0.9),
            "reference: expected a label and an accuracy",
        ),
        (
            lambda x, y: plotting.plot_comparison(runs().to_dict()),
            "frame: expected a DataFrame with the columns name",
        ),
        (
            lambda x, y: plotting.plot_differences(differences().assign(difference=200.0)),
            "difference: expected percentage points, from -100 to 100, found 200",
        ),
        (
            lambda x, y: plotting.plot_differences(differences().assign(difference=[np.nan, 0, 0, 200])),
            "from -100 to 100, found 200",
        ),
        (
            lambda x, y: plotting.plot_differences(differences().assign(difference=np.nan)),
            "difference: expected at least one number, found none",
        ),
        (
            lambda x, y: plotting.plot_differences(differences().assign(margin=-1)),
            "margin: expected no number below 0",
        ),
        (
            lambda x, y: plotting.plot_trend(runs(), "seed", "validation_accuracy", by="name"),
            "above 0 on a logarithmic",
        ),
        (
            lambda x, y: plotting.plot_trend(runs(), "name", "seed", by="validation_accuracy"),
            "name: expected numbers",
        ),
        (lambda x, y: plotting.plot_trend(runs(), "seed", "seed", by="name"), "expected three columns"),
        (
            lambda x, y: plotting.plot_confusions([confusion(np.eye(3, dtype=int))]),
            "matrices: expected a dictionary",
        ),
        (
            lambda x, y: plotting.plot_confusions({"a": confusion(np.eye(3))}),
            r"matrices\['a'\]: expected counts",
        ),
        (lambda x, y: plotting.plot_images(x, np.eye(10)[y]), r"labels.argmax\(axis=1\)"),
        (lambda x, y: plotting.plot_images(x, probabilities=3 * np.eye(10)[y]), "are these logits"),
        (lambda x, y: plotting.plot_comparison(runs(), reference=("a", 91.14)), "reference: .* found 91.14"),
        (
            lambda x, y: plotting.plot_filters(np.ones((3, 3, 32))),
            r"\(height, width, 1, n\), found \(3, 3, 32\)",
        ),
        (lambda x, y: plotting.plot_filters(np.ones((3, 3, 2, 8))), r"found \(3, 3, 2, 8\)"),
        (lambda x, y: plotting.plot_feature_maps(np.ones((1, 9, 9, 4))), r"found \(1, 9, 9, 4\)"),
        (lambda x, y: plotting.plot_feature_maps(np.full((9, 9, 4), np.nan)), "found NaN"),
    ],
)
def test_bad_input_says_what_was_expected_and_found(images, labels, draw, message):
    with pytest.raises(ValueError, match=message):
        draw(images, labels)


@pytest.mark.parametrize(
    "draw",
    [
        lambda x, y: plotting.plot_images(x, source="drawn"),
        lambda x, y: plotting.plot_class_gallery(x, y, per_class=3, source="drawn"),
        lambda x, y: plotting.plot_pixel_histogram(x, source="drawn"),
        lambda x, y: plotting.plot_feature_maps(np.ones((4, 4, 2)), source="drawn"),
        lambda x, y: plotting.plot_comparison(runs(), reference=("published", 91.14)),
        lambda x, y: plotting.plot_confusions({"a": confusion(np.eye(3, dtype=int)), "b": None}),
    ],
)
def test_nothing_is_left_half_drawn(images, labels, draw):
    with pytest.raises(ValueError, match="expected"):
        draw(images, labels)
    assert not plt.get_fignums()


def test_differences_of_one_name_are_all_drawn():
    ax = plotting.plot_differences(differences().set_axis(["flips"] * 4))
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["flips"] * 4
    assert sum(len(bar[0].get_xdata()) for bar in ax.containers if isinstance(bar, ErrorbarContainer)) == 4


def cards():
    return pd.DataFrame(
        {"test_accuracy": [0.9, 0.92, 0.1, 0.91], "seconds": [10.0, 100.0, 5.0, np.nan]},
        index=["small", "large", "chance", "elsewhere"],
    )


def test_plot_pareto_numbers_the_models_and_draws_the_front():
    models = cards().loc[["elsewhere", "small", "large", "chance"]]
    front = np.array([False, True, True, True])
    ax = plotting.plot_pareto(models, "seconds", front=front, floor=0.8, label="training (s)")
    key = ax.get_legend().get_texts()
    assert [text.get_text() for text in key] == ["2 small", "3 large", "4 chance"]  # their rows in the table
    assert [text.get_fontweight() for text in key] == ["bold"] * 3
    assert [text.get_text() for text in ax.texts] == ["2", "3", "4"]
    *points, step = ax.get_lines()
    assert [p.get_marker() for p in points] == ["o", "o", "v"]
    assert points[2].get_ydata()[0] == 80  # drawn at the floor
    assert step.get_xdata().tolist() == [10, 100]
    assert (ax.get_xscale(), ax.get_xlabel()) == ("log", "training (s)")


def test_plot_pareto_writes_the_numbers_of_close_points_apart():
    models = pd.DataFrame({"test_accuracy": [0.9] * 6 + [0.8], "seconds": [10.0] * 6 + [99.0]})
    ax = plotting.plot_pareto(models, "seconds", front=np.ones(7, bool))
    places = np.array([text.get_position() for text in ax.texts[:6]])  # beside one and the same point
    distances = np.linalg.norm(places[:, None] - places, axis=2)[np.triu_indices(6, k=1)]
    assert distances.min() > 7


def test_plot_pareto_refuses_what_it_cannot_draw():
    with pytest.raises(ValueError, match="found no watts"):
        plotting.plot_pareto(cards(), "watts", front=np.ones(4, bool))
    with pytest.raises(ValueError, match="front: expected 4 values True or False"):
        plotting.plot_pareto(cards(), "seconds", front=[True])
    with pytest.raises(ValueError, match="expected numbers above 0 in seconds"):
        plotting.plot_pareto(cards().assign(seconds=0), "seconds", front=np.ones(4, bool))


def test_plot_confusions_draws_shares_on_one_scale():
    matrices = {f"model {i}": confusion([[8, 2, 0], [0, 10, 0], [1, 1, 0]]) for i in range(4)}
    figure = plotting.plot_confusions(matrices)
    panels = [ax for ax in figure.axes if ax.images]
    assert [ax.get_title() for ax in panels] == list(matrices)
    assert image_of(panels[0])[0].tolist() == [80, 20, 0]
    assert {ax.images[0].norm.vmax for ax in panels} == {100}
    assert "share of the true class (%)" in words_of(figure)
    with pytest.raises(ValueError, match="matrices: expected 1 to 12, found 0"):
        plotting.plot_confusions({})


def test_plot_reliability_draws_groups_and_the_diagonal():
    table = pd.DataFrame(
        {
            "low": [0.5, 0.9],
            "high": [0.6, 1.0],
            "images": [25, 75],
            "confidence": [0.55, 0.95],
            "accuracy": [0.4, 1],
        }
    )
    ax = plotting.plot_reliability(table)
    diagonal, points = ax.get_lines()
    assert diagonal.get_xdata().tolist() == diagonal.get_ydata().tolist() == [0, 100]
    assert points.get_ydata().tolist() == pytest.approx([40, 100])
    assert [bar.get_height() for bar in ax.patches] == pytest.approx([25, 75])
    with pytest.raises(ValueError, match="found no accuracy"):
        plotting.plot_reliability(table.drop(columns="accuracy"))
