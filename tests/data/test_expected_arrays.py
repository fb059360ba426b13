"""The slips that are natural, each with the sentence that helps; and what fits in spite of its form."""

import ml_dtypes
import numpy as np
import pandas as pd
import pytest

from fmnist_lessons.data.expected_arrays import (
    checked_batch,
    checked_images,
    checked_labels,
    checked_logits,
    checked_members,
    checked_numbers,
    checked_pixels,
    checked_predictions,
    checked_probabilities,
    checked_table,
    checked_training_part,
)
from fmnist_lessons.data.parts import Part

IMAGES = np.random.default_rng(0).integers(0, 256, (20, 28, 28), dtype=np.uint8)
SCALED = IMAGES / np.float32(255)
LABELS = np.tile(np.arange(10, dtype=np.uint8), 2)
PROBABILITIES = np.random.default_rng(0).dirichlet(np.ones(10), 20).astype(np.float32)
LOGITS = 3 * np.log(PROBABILITIES)
ONE_HOT = np.eye(10, dtype=int)[LABELS]
COLOURED = np.repeat(IMAGES[..., None], 3, axis=-1)
WITHOUT = "give images without the division: the course's models scale the pixels themselves"


def refused(message, judge, *arguments, **settings):
    with pytest.raises(ValueError, match=message) as caught:
        judge(*arguments, **settings)
    assert len(str(caught.value)) < 300, "one sentence, not a listing of the array"


IMAGES_OF_ANOTHER_FORM = [
    (IMAGES[0], r"found \(28, 28\); one image is images\[:1\], not images\[0\]"),
    (IMAGES.reshape(-1, 784), r"found \(20, 784\); images.reshape\(-1, 28, 28\)"),
    (pd.DataFrame(IMAGES.reshape(-1, 784)), r"found \(20, 784\); images.to_numpy\(\).reshape"),
    (np.zeros((20, 785)), r"found \(20, 785\); one of the columns holds the labels"),
    (IMAGES[..., None], r"found \(20, 28, 28, 1\); images\[..., 0\]"),
    (COLOURED, r"found \(20, 28, 28, 3\); one grey value for each pixel, not three colours"),
    (IMAGES[:, :14], r"found \(20, 14, 28\)"),
    (IMAGES[:0], r"n of at least 1, found \(0, 28, 28\)"),
    (None, "found None"),
    ("images.npy", "found 'images.npy'"),
    ({"images": IMAGES}, "found a dict of 1"),
    ([IMAGES, IMAGES[0]], "images: expected an array, found a list of rows of different shapes"),
    (np.ma.masked_equal(IMAGES, 0), r"found one that is masked; fill it, as with images.filled\(0\)"),
]


@pytest.mark.parametrize("judge", [checked_images, checked_pixels])
@pytest.mark.parametrize(("images", "message"), IMAGES_OF_ANOTHER_FORM)
def test_images_of_another_form_are_told_how_they_fit(judge, images, message):
    refused(message, judge, images)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (SCALED, f"pixels from 0 to 255, found 0 to 1; {WITHOUT}"),
        (SCALED.astype(ml_dtypes.bfloat16), WITHOUT),
        ((IMAGES / 255).astype(np.uint8), f"found 0 to 1; {WITHOUT}"),
        (IMAGES > 99, "found bool"),
        (2 * SCALED - 1, f"found -1 to 1; {WITHOUT}"),
        ((IMAGES - IMAGES.mean()) / IMAGES.std(), WITHOUT),
        (IMAGES * 2.0, "found 0 to 510$"),
        (np.where(IMAGES > 250, np.nan, IMAGES), "found nan to nan"),
        (IMAGES.astype(str), "expected uint8 from 0 to 255, found <U3"),
        (IMAGES.astype(object), "found object"),
    ],
)
def test_pixels_that_a_recipe_would_scale_again_are_refused(images, message):
    refused(message, checked_pixels, images)


@pytest.mark.parametrize("images", [IMAGES, IMAGES.astype(np.float32), IMAGES.astype(int), list(IMAGES)])
def test_pixels_as_the_data_have_them_are_taken(images):
    checked_pixels(images)


def test_a_bounded_number_of_pixels_is_looked_at(monkeypatch):
    many = np.broadcast_to(IMAGES[:1], (10**9, 28, 28))  # 784 GB, were they read
    checked_pixels(many)
    checked_batch(many, uint8=True)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (IMAGES * 1.0, "uint8, or floats from 0 to 1, found 0 to 255; divide images by 255"),
        (2 * SCALED - 1, "floats from 0 to 1, found -1 to 1"),
        (SCALED * np.nan, "floats from 0 to 1, found nan to nan"),
        (IMAGES.astype(int), r'uint8 or floats from 0 to 1, found int64; images.astype\("uint8"\)'),
        (IMAGES.astype(complex), "found complex128"),
        (IMAGES > 99, "found bool"),
    ],
)
def test_images_to_be_drawn_have_one_of_two_scales(images, message):
    refused(message, checked_images, images)


def test_half_precision_becomes_single():
    for half in (np.float16, ml_dtypes.bfloat16):
        assert checked_images(SCALED.astype(half)).dtype == np.float32
        assert checked_probabilities(PROBABILITIES.astype(half)).dtype == np.float32
        assert checked_members([PROBABILITIES.astype(half)] * 2).dtype == np.float32
        assert checked_logits(LOGITS.astype(half)).dtype == np.float64
    assert checked_batch(SCALED.astype(np.float16)).dtype == np.float16, "augmentation keeps the dtype"


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (ONE_HOT, r"expected shape \(20,\), one for each image, found \(20, 10\); labels.argmax\(axis=1\)"),
        (PROBABILITIES, r"labels.argmax\(axis=1\)"),
        (LABELS[:, None], r"found \(20, 1\); labels\[:, 0\]"),
        (LABELS[:7], r"expected shape \(20,\), one for each image, found \(7,\)"),
        (LABELS[:0], r"found \(0,\)"),
        (LABELS + 1, "expected 0 to 9, found 1 to 10; classes count from 0: labels - 1"),
        (np.where(LABELS == 3, 255, LABELS), "expected 0 to 9, found 0 to 255$"),
        (LABELS.astype(int) - 1, "found -1 to 8$"),
        (LABELS.astype(float), r"expected whole numbers, found float64; labels.astype\(int\)"),
        (LABELS + 0.5, "expected whole numbers, found float64$"),
        (np.where(LABELS == 3, np.nan, LABELS), "expected whole numbers, found float64$"),
        (["Bag"] * 20, r"found <U3; \[CLASS_NAMES.index\(name\) for name in labels\]"),
        (pd.Series(["Bag"] * 20), r"CLASS_NAMES.index"),
        (LABELS > 4, "expected whole numbers, found bool$"),
        (LABELS.astype(object), "expected whole numbers, found object$"),
        (np.ma.masked_equal(LABELS, 3), "masked"),
        (None, "found None"),
        (7, "found 7"),
        ((label for label in LABELS), "found <generator"),
        ([[1, 2], [3]], "found a list of rows of different shapes"),
    ],
)
def test_labels_of_another_form_are_told_how_they_fit(labels, message):
    refused(message, checked_labels, labels, 20)


@pytest.mark.parametrize("labels", [LABELS, LABELS.tolist(), pd.Series(LABELS), LABELS.astype(np.int64)])
def test_labels_in_any_order_of_whole_numbers_fit(labels):
    assert checked_labels(labels, 20).tolist() == LABELS.tolist()


@pytest.mark.parametrize(
    ("probabilities", "message"),
    [
        (LOGITS, "are these logits\\? Apply a softmax first"),
        (1 / (1 + np.exp(-LOGITS)), "rows that sum to 1"),
        (100 * PROBABILITIES, "divide per cent by 100"),
        (PROBABILITIES / 2, "sums to 0.5"),
        (np.where(PROBABILITIES > 0.3, np.nan, PROBABILITIES), "finite numbers, found NaN or infinity"),
        (np.where(PROBABILITIES > 0.3, np.inf, PROBABILITIES), "finite numbers, found NaN or infinity"),
        (1.2 * np.eye(10)[LABELS] - 0.02, "found a minimum of -0.02"),
        (ONE_HOT, "expected floats, found int64"),
        (LABELS, r"expected shape \(20, 10\), found \(20,\); these look like predicted classes"),
        (PROBABILITIES.T, r"found \(10, 20\); probabilities.T"),
        (PROBABILITIES[:7], r"found \(7, 10\)$"),
        (PROBABILITIES[:, :9], r"found \(20, 9\)$"),
        (PROBABILITIES.astype(complex), "found complex128"),
        (PROBABILITIES.astype(object), "found object"),
        (PROBABILITIES.astype(str), "found <U"),
        (np.ma.masked_less(PROBABILITIES, 0.1), "masked"),
        (None, "found None"),
    ],
)
def test_what_is_no_probability_is_refused(probabilities, message):
    refused(message, checked_probabilities, probabilities, 20)
    refused("expected", checked_predictions, LABELS, probabilities)
    if np.shape(probabilities) == (20, 10):
        refused(r"members\[1\]: expected", checked_members, [PROBABILITIES, probabilities])


def test_one_image_has_one_row():
    refused(
        r"expected shape \(1, 10\), found \(10,\); p\[np.newaxis\]",
        checked_probabilities,
        PROBABILITIES[0],
        1,
        "p",
    )


@pytest.mark.parametrize(
    ("logits", "message"),
    [
        (PROBABILITIES, "expected logits, found probabilities: rows that sum to 1; give the model's output"),
        (np.where(LOGITS < -9, np.nan, LOGITS), "expected finite numbers"),
        (np.log(np.eye(10)[LABELS], where=ONE_HOT > 0, out=np.full((20, 10), -np.inf)), "finite numbers"),
        (LOGITS[:7], r"expected shape \(20, 10\), found \(7, 10\)"),
        (LOGITS.astype(str), "expected numbers, found <U"),
    ],
)
def test_what_is_no_logit_is_refused(logits, message):
    refused(message, checked_logits, logits, 20)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (PROBABILITIES, r"expected shape \(m, n, 10\), found \(20, 10\); one model is \[probabilities\]"),
        ({"a": PROBABILITIES}, r"found a dictionary; list\(members.values\(\)\)"),
        ([PROBABILITIES, PROBABILITIES[:7]], r"members\[1\]: .* found \(7, 10\)"),
        ([LABELS, LABELS], r"members\[0\]: .* found \(20,\); these look like predicted classes"),
        ([], "members: expected at least one, found none"),
        ([PROBABILITIES[:7]] * 2, r"members\[0\]: expected shape \(20, 10\), found \(7, 10\)"),
        (None, "found None"),
    ],
)
def test_members_are_probabilities_of_the_same_images(members, message):
    refused(message, checked_members, members, 20)


@pytest.mark.parametrize(
    ("values", "settings", "message"),
    [
        (
            [90.0, 92.5],
            {"shares": True},
            "expected shares between 0 and 1, found 90 to 92.5; divide per cent",
        ),
        ([0.9, -0.5], {"shares": True}, "found -0.5 to 0.9$"),
        ([0.9, np.inf], {"shares": True}, "found 0.9 to inf$"),
        (["0.9"], {}, "expected numbers, found <U3"),
        ([0.9, "0.9"], {}, "expected numbers"),
        ([0.9, 1j], {}, "expected numbers, found complex128"),
        (0.9, {}, "expected numbers, found 0.9"),
        (None, {}, "expected numbers, found None"),
    ],
)
def test_measures_are_numbers(values, settings, message):
    refused(message, checked_numbers, values, "score", **settings)


def test_what_was_not_measured_stays_open():
    assert np.isnan(checked_numbers([0.9, None, np.nan], "score", shares=True)).tolist() == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (None, "table: expected a DataFrame with the columns a, b, found None"),
        ({"a": [1], "b": [2]}, "found {'a'"),
        (np.ones((2, 2)), r"found ndarray of shape \(2, 2\)"),
        (pd.DataFrame({"a": [1]}), "found no b"),
        (pd.DataFrame({"a": [], "b": []}), "found no row"),
        (pd.DataFrame([[1, 2, 3]], columns=["a", "b", "a"]), "found a more than once"),
    ],
)
def test_a_table_has_its_columns(table, message):
    refused(message, checked_table, table, "table", ("a", "b"))


def part(images=IMAGES, labels=LABELS):
    return Part(images, labels, "train", "own")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            part(SCALED),
            "part.images: expected pixels from 0 to 255, found 0 to 1; .*scale the pixels themselves",
        ),
        (part(IMAGES.reshape(-1, 784)), r"part.images: expected shape .*; part.images.reshape\(-1, 28, 28\)"),
        (part(list(IMAGES)), r"part.images: expected a NumPy array, found list; np.asarray\(images\)"),
        (part(labels=LABELS.tolist()), "part.labels: expected a NumPy array, found list"),
        (part(labels=LABELS[:7]), r"part.labels: expected shape \(20,\), one for each image, found \(7,\)"),
        (part(labels=ONE_HOT), r"part.labels.argmax\(axis=1\)"),
        (part(labels=LABELS + 1), "part.labels - 1"),
        (part(labels=LABELS.astype(float)), r"part.labels.astype\(int\)"),
        (
            (IMAGES, LABELS),
            r"part: expected a Part, as data.train, found a tuple of 2; make one with Part\(images",
        ),
        (None, "part: expected a Part, as data.train, found None"),
        (IMAGES, r"found ndarray of shape \(20, 28, 28\)"),
    ],
)
def test_a_part_to_train_on_fits_together(given, message):
    refused(message, checked_training_part, given)


def test_a_part_that_fits_is_handed_on():
    assert checked_training_part(given := part()) is given
