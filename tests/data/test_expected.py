import pytest

from fmnist_lessons.training.recipe import Recipe

RECIPE = Recipe(model="mlp", epochs=3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "epochs: expected a whole number, 1 or more, found 0"),
        ({"epochs": "10"}, "epochs: expected a whole number, 1 or more, found '10'"),
        ({"shift": -1}, "shift: expected a whole number, 0 or more"),
        ({"learning_rate": 0}, "learning_rate: expected a number above 0"),
        ({"label_smoothing": 1.5}, "label_smoothing: expected a number from 0 to below 1"),
        ({"flip": "no"}, "flip: expected True or False, found 'no'"),
        ({"architecture": (128,)}, "architecture: expected a dictionary"),
        ({"epochs": True}, "epochs: expected a whole number, 1 or more, found True"),
    ],
)
def test_a_value_of_the_wrong_kind_or_out_of_range_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        RECIPE.but(**changes)
