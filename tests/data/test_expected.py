import numpy as np
import pytest

from fmnist_lessons.data.expected import (
    checked_class,
    checked_count,
    checked_name,
    checked_number,
    checked_rng,
    checked_seed,
)
from fmnist_lessons.training.recipe import Recipe

RECIPE = Recipe(model="mlp", epochs=3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "epochs: expected a whole number, 1 or more, found 0"),
        ({"epochs": "10"}, "epochs: expected a whole number, 1 or more, found '10'"),
        ({"shift": -1}, "shift: expected a whole number from 0 to 28, found -1"),
        ({"shift": 10**6}, "shift: expected a whole number from 0 to 28, found 1000000"),
        ({"erase": 29}, "erase: expected a whole number from 0 to 28, found 29"),
        ({"learning_rate": 0}, "learning_rate: expected a number above 0"),
        ({"learning_rate": float("inf")}, "learning_rate: expected a number above 0, found inf"),
        ({"learning_rate": 10**400}, "learning_rate: expected a number above 0, found 1000"),
        ({"learning_rate": float("nan")}, "learning_rate: expected a number above 0, found nan"),
        ({"learning_rate": "1e-3"}, "learning_rate: expected a number above 0, found '1e-3'"),
        ({"learning_rate": [1e-3]}, r"learning_rate: expected a number above 0, found \[0.001\]"),
        ({"weight_decay": float("inf")}, "weight_decay: expected a number, 0 or more, found inf"),
        ({"label_smoothing": 1.5}, "label_smoothing: expected a number from 0 to below 1"),
        ({"label_smoothing": 10}, "found 10; divide per cent by 100"),
        ({"flip": "no"}, "flip: expected True or False, found 'no'"),
        ({"architecture": (128,)}, "architecture: expected a dictionary"),
        ({"epochs": 3.0}, "epochs: expected a whole number, 1 or more, found 3.0"),
        ({"epochs": None}, "epochs: expected a whole number, 1 or more, found None"),
        ({"epochs": np.arange(3)}, r"epochs: expected .*, found ndarray of shape \(3,\)"),
        ({"epochs": True}, "epochs: expected a whole number, 1 or more, found True"),
    ],
)
def test_a_value_of_the_wrong_kind_or_out_of_range_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        RECIPE.but(**changes)


@pytest.mark.parametrize(
    ("judge", "value", "message"),
    [
        (checked_number, 91.4, "x: expected a number from 0 to 1, found 91.4; divide per cent by 100"),
        (checked_number, -1, "x: expected a number from 0 to 1, found -1$"),
        (checked_number, float("nan"), "found nan$"),
        (checked_number, np.array(0.5), "found array"),
        (checked_number, 1j, "found 1j"),
        (checked_seed, -1, "x: expected a whole number from 0 to 4,294,967,295, found -1"),
        (checked_seed, 2**32, "found 4294967296"),
        (checked_seed, "7", "found '7'"),
        (checked_seed, np.random.default_rng(0), "found Generator"),
        (checked_name, "", "x: expected a name, found ''"),
        (checked_name, 5, "x: expected a name, found 5"),
        (checked_name, ["a"], r"x: expected a name, found \['a'\]"),
        (checked_name, str.lower, "x: expected a name, found the function lower"),
        (checked_class, 10, "x: expected None or a class from 0 to 9, found 10"),
        (checked_class, 3.0, "found 3.0"),
        (checked_class, True, "found True"),
        (checked_count, np.bool_(True), "x: expected a whole number, 1 or more, found"),
        (checked_count, 2.0, "found 2.0"),
    ],
)
def test_a_single_value_is_judged(judge, value, message):
    with pytest.raises(ValueError, match=message):
        judge(value, "x")


def test_what_fits_is_handed_on():
    assert checked_count(np.int64(3), "n", 3) == 3
    assert checked_number(np.float32(0.5), "share") == 0.5
    assert checked_seed(2**32 - 1) == 2**32 - 1
    assert checked_name("count", "equal", ("width", "count")) == "count"
    assert checked_class(None, "left_out") is None
    assert checked_rng(rng := np.random.default_rng(0)) is rng
