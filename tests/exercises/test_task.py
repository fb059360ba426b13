"""The machinery of the checks: verdicts, hints, and messages for each kind of answer."""

import math

import numpy as np
import pandas as pd
import pytest

from fmnist_lessons import exercises
from fmnist_lessons.exercises import Task, Wrong, exercise, task
from fmnist_lessons.exercises.words import as_sentence, describe_inputs


@pytest.fixture(autouse=True)
def _printing(monkeypatch):
    monkeypatch.delenv("FMNIST_CHECKS", raising=False)


@pytest.fixture
def fingers() -> Task:
    @task("0.1", hints=("Look at your hands.", "Count both.", "5 + 5"))
    def fingers(answer):
        """How many fingers."""
        exercises.expect_equal(exercises.expect_integer(answer), 10)
        return "two hands"

    return fingers


@pytest.fixture
def doubling() -> Task:
    @task("0.2", hints=("Times two.",))
    def doubling(function):
        values = np.arange(3)
        exercises.expect_close(exercises.expect_array(exercises.call(function, values)), np.arange(3) * 2)

    return doubling


def test_a_task_keeps_the_name_and_the_docstring_of_its_judge(fingers):
    assert (fingers.__name__, fingers.__doc__) == ("fingers", "How many fingers.")


def test_unanswered_is_a_friendly_line_and_costs_no_hint(fingers, capsys):
    fingers(...)
    fingers(9)
    unanswered, wrong, hint = capsys.readouterr().out.splitlines()
    assert unanswered == "Task 0.1: not answered yet. Replace the … and run both cells again."
    assert wrong == "Task 0.1: not right yet. The answer is too small (found 9)."
    assert hint == "Hint 1 of 3: Look at your hands."


def test_each_wrong_answer_shows_the_next_hint_and_then_the_last_again(fingers, capsys):
    for _ in range(5):
        fingers(9)
    hints = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Hint")]
    assert [hint[5] for hint in hints] == ["1", "2", "3", "3", "3"]
    assert hints[-1].endswith("5 + 5")


def test_right_says_so_and_begins_anew(fingers, capsys):
    fingers(11)
    fingers(10)
    fingers(11)
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "Task 0.1: right. Two hands."
    assert lines[4].startswith("Hint 1")


def test_a_task_returns_nothing_so_that_the_cell_shows_only_the_verdict(fingers):
    assert fingers(10) is None


def test_a_task_without_hints_or_praise(capsys):
    bare = Task("0.3", (), lambda answer: exercises.expect_equal(answer, 1))
    bare(2)
    bare(1)
    assert capsys.readouterr().out.splitlines() == [
        "Task 0.3: not right yet. The answer is too large (found 2).",
        "Task 0.3: right.",
    ]


def test_raise_mode_raises_for_unanswered_and_for_wrong(fingers, monkeypatch, capsys):
    monkeypatch.setenv("FMNIST_CHECKS", "raise")
    with pytest.raises(exercises.CheckFailed, match=r"0\.1: not answered"):
        fingers(...)
    with pytest.raises(exercises.CheckFailed, match=r"too small(.|\n)*Hint 1"):
        fingers(1)
    fingers(10)
    assert "right" in capsys.readouterr().out


@pytest.mark.parametrize("value", ["raise", "Raise", "RAISE", "1", "true"])
def test_marking_is_asked_for_in_several_ways(fingers, monkeypatch, value):
    monkeypatch.setenv("FMNIST_CHECKS", value)
    with pytest.raises(exercises.CheckFailed):
        fingers(1)


@pytest.mark.parametrize("value", ["", "0"])
def test_marking_can_be_off(fingers, monkeypatch, value):
    monkeypatch.setenv("FMNIST_CHECKS", value)
    fingers(1)


@pytest.mark.parametrize("answer", [1, 10])
def test_an_unknown_marking_is_refused_whatever_the_answer(fingers, monkeypatch, answer):
    monkeypatch.setenv("FMNIST_CHECKS", "rise")
    with pytest.raises(ValueError, match=r"expected FMNIST_CHECKS to be raise.*found 'rise'"):
        fingers(answer)


@pytest.mark.parametrize("answer", [None, "ten", [1, 2], int])
def test_an_answer_of_the_wrong_type_costs_no_hint(fingers, answer, capsys):
    fingers(answer)
    assert "Hint" not in capsys.readouterr().out
    fingers(9)
    assert "Hint 1 of 3" in capsys.readouterr().out


def test_a_call_with_the_wrong_number_of_answers_is_explained(fingers, capsys):
    fingers()
    assert "the cell that calls the check was changed" in capsys.readouterr().out.lower()


def test_an_error_inside_the_check_is_a_wrong_answer_not_a_traceback(capsys):
    Task("0.4", (), lambda answer: answer["shape"])(3)
    assert "could not read this answer: TypeError" in capsys.readouterr().out


# --- functions ----------------------------------------------------------------------------------


def blank(values):
    """Double the values."""
    ...


def blank_assignment(values):
    """Double the values."""
    doubled = ...
    return doubled


def blank_without_return(values):
    doubled = ...  # noqa: F841


@pytest.mark.parametrize("function", [blank, blank_assignment, blank_without_return])
def test_a_function_whose_body_is_still_an_ellipsis_is_unanswered(doubling, function, capsys):
    doubling(function)
    assert "not answered yet" in capsys.readouterr().out


def test_a_right_function(doubling, capsys):
    doubling(lambda values: values * 2)
    assert capsys.readouterr().out == "Task 0.2: right.\n"


def test_a_function_may_use_an_ellipsis_as_an_index(doubling, capsys):
    doubling(lambda values: values[..., None][:, 0] * 2)
    assert "right." in capsys.readouterr().out


def test_an_exception_in_a_learners_function_is_shown_and_followed_by_a_hint(doubling, capsys):
    def stops(values):
        raise ValueError("no doubling today")

    doubling(stops)
    out = capsys.readouterr().out
    assert "Your function stops stopped with ValueError: no doubling today" in out
    assert "(line 2 of the function, called with values=[0, 1, 2])" in out
    assert "Hint 1 of 1: Times two." in out


@pytest.mark.parametrize(
    ("function", "inputs", "said"),
    [
        (
            lambda image, k: 0,
            (np.zeros((28, 28), np.uint8), 5),
            "image of shape (28, 28) and dtype uint8, k=5",
        ),
        (lambda table: 0, (np.array([[True, False]]),), "table=[[True, False]]"),
        (lambda x: 0, (np.array([1 / 3, 2.0]), 0.5), "[0.3333, 2.0], 0.5"),
        (lambda *both: 0, (np.zeros(20), 1), "an array of shape (20,), 1"),
    ],
)
def test_what_a_function_was_called_with_is_shown_if_small_else_by_its_shape(function, inputs, said):
    assert describe_inputs(function, inputs) == said


def test_a_function_that_forgets_to_return_is_told_so(doubling, capsys):
    def forgets(values):
        values * 2

    doubling(forgets)
    assert "returns nothing (None): does its last line start with return?" in capsys.readouterr().out


def test_a_function_that_changes_its_input_does_not_change_the_check(doubling, capsys):
    def in_place(values):
        values *= 2
        return values

    doubling(in_place)
    doubling(in_place)
    assert capsys.readouterr().out.count("right.") == 2


def test_a_value_instead_of_a_function(doubling, capsys):
    doubling(np.arange(3))
    assert (
        "expected the answer to be a function, found an array of shape (3,)"
        in capsys.readouterr().out.lower()
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("the sum is 3", "The sum is 3."),
        ("loss: you give 2!", "Loss: you give 2!"),
        ("none.", "None."),
        *((f"{code} is right", f"{code} is right.") for code in ("np.exp", "a_b", "f(x)", "c[0]:")),
    ],
)
def test_a_sentence_begins_with_a_capital_but_code_stays_as_it_is(text, sentence):
    assert as_sentence(text) == sentence


def test_warnings_of_numpy_do_not_stand_beside_the_verdict(recwarn):
    exercises.call(lambda values: np.exp(values), np.array([1000.0]))
    assert not recwarn.list


# --- trials -------------------------------------------------------------------------------------


def table(right, on=None, name="the result", **more):
    return exercise("0.5", name, right, on=on, hints=(), praise="", **more)


def trial(function, *inputs, right=lambda a, b: a + b, **more):
    """What is said of a function that is tried on these inputs."""
    return message(table(right, [inputs], **more).judge, function)


def test_a_table_says_what_it_is():
    adding = table(lambda a, b: a + b, [(1, 2), (3, 4)], wrong={"multiplied": lambda a, b: a * b})
    assert adding.__name__ == "task_0_5"
    assert adding.__doc__ == "Task 0.5: a function, tried on 2 inputs. Known mistakes: 1."


def test_a_trial_names_the_result_after_its_inputs():
    said = trial(lambda a, b: a, 1, 2, name="the sum of {0} and {1}")
    assert said == "the sum of 1 and 2 is too small (found 1)"
    assert trial(lambda a, b: a, 1, 2, name=lambda a, b: f"{b} more than {a}").startswith("2 more than 1 is")


def test_a_trial_knows_a_mistake_by_the_function_that_makes_it_and_says_what_was_found():
    wrong = {"multiplied, not added": lambda a, b: a * b, "nothing was added": 0}
    said = trial(lambda a, b: b * a, 2, 3, wrong=wrong)
    assert said == "The result: you give 6. Multiplied, not added. Tried with a=2, b=3"
    said = trial(lambda a, b: 0, 2, 3, wrong=wrong, name="the sum of {0} and {1}")
    assert said == "the sum of 2 and 3: you give 0. Nothing was added."


def test_a_mistake_that_makes_no_difference_on_these_inputs_is_right():
    table(lambda a, b: a + b, [(2, 2)], wrong={"multiplied": lambda a, b: a * b}).judge(lambda a, b: a * b)


def test_a_mistake_that_earlier_inputs_would_have_shown_is_not_told():
    wrong = {"multiplied, not added": lambda a, b: a * b, "b is taken twice": lambda a, b: 2 * b}
    adding = table(lambda a, b: a + b, [(3, 3), (2, 3)], wrong=wrong)
    assert "B is taken twice" in message(adding.judge, lambda a, b: 6)


@pytest.mark.parametrize(
    ("right", "found"),
    [
        *((2, found) for found in (0.5, float("nan"), "two", (1, 2), [1, 2])),
        *((0.5, np.ones(2)), (np.ones(2), 3.0), (np.ones(2), np.ones((2, 2)))),
    ],
)
def test_a_known_mistake_is_told_by_its_sentence_whatever_its_kind_and_shape(right, found):
    assert "not this" in trial(lambda: found, right=right, wrong={"not this": (found,)}).lower()
    assert "not this" in message(table(right, wrong={"not this": (found,)}).judge, found).lower()


@pytest.mark.parametrize(
    ("right", "found", "said"),
    [(1.0, True, "found the truth value True"), (np.array([True, True]), [1, 1], "bool, found dtype int")],
)
def test_what_is_right_but_of_another_kind_is_not_told_as_a_mistake(right, found, said):
    assert said in trial(lambda: found, right=right, wrong={"no difference here": right})


def test_a_mistake_in_an_array_is_not_shown_value_by_value():
    wrong = {"subtracted, not added": lambda a, b: a - b}
    said = trial(lambda a, b: a - b, np.ones(30), np.ones(30), wrong=wrong)
    assert said == "Subtracted, not added. Tried with a of shape (30,), b of shape (30,)"


def test_a_last_look_comes_after_all_inputs_have_passed():
    seen = []
    adding = table(lambda a: a + 1, [(1,), (2,)], then=lambda function, inputs: seen.append(inputs))
    assert "too small" in message(adding.judge, lambda a: 2)
    assert seen == []
    adding.judge(lambda a: a + 1)
    assert seen == [(1,), (2,)]


def test_a_function_that_writes_into_its_inputs_is_found_out():
    def writes(layer):
        layer["sizes"][0][0] = 5
        return layer

    layer = {"sizes": [np.array([1, 2])], "names": ["a"]}
    assert message(exercises.expect_untouched, writes, (layer,), "the layer was changed") == (
        "the layer was changed"
    )
    assert layer["sizes"][0][0] == 1
    exercises.expect_untouched(lambda layer: layer["sizes"][0] + 1, (layer,))


def test_a_trial_explains_an_error_that_it_knows():
    errors = {"not defined": "names need quotation marks"}
    said = trial(lambda a, b: undefined, 1, 2, errors=errors)  # noqa: F821
    where = "(line 1 of the function, called with a=1, b=2)"
    assert said.endswith(f"{where}: names need quotation marks")
    assert trial(lambda a, b: a / 0, 1, 2, errors=errors).endswith(where)
    said = trial(lambda a, b: math.exp(a), np.zeros(3), 2)
    assert said.endswith("math.exp, float and the like take one number, np.exp a whole array")


@pytest.mark.parametrize(
    ("right", "found", "said"),
    [
        (1_000_000, 1_000_001, "too large"),
        (np.array([1_000_000]), np.array([1_000_001]), "1 of 1 values not right"),
        (5, 5.5, "a whole number, found 5.5"),
        (0.5, "0.5", "one number, found the text"),
        (np.ones(2), 3, "an array of numbers, found the number 3"),
        (np.ones(2), np.array(["a", "b"]), r"an array of shape (2,) that holds text"),
        (np.ones(2), np.array([True, True]), "found True and False (dtype bool)"),
    ],
)
def test_a_trial_expects_the_kind_of_what_is_right(right, found, said):
    assert said in trial(lambda: found, right=right)


# --- kinds of answers ---------------------------------------------------------------------------


def message(function, *arguments, **named) -> str:
    with pytest.raises(Wrong) as caught:
        function(*arguments, **named)
    return str(caught.value)


@pytest.mark.parametrize("answer", [3, 3.0, np.float32(3), np.array(3), np.array([3]), pd.Series([3])])
def test_numbers_in_all_their_clothes(answer):
    assert exercises.expect_number(answer) == 3.0
    assert exercises.expect_integer(answer) == 3


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("12", "the text '12' (leave out the quotation marks)"),
        ("twelve", "the text 'twelve'"),
        ([1, 2], "a list of length 2"),
        ((1, 2), "a tuple of length 2"),
        (np.zeros((10, 1)), "an array of shape (10, 1) and dtype float64"),
        (None, "nothing (None)"),
        (True, "the truth value True"),
        (len, "a function (were the parentheses"),
        (pd.DataFrame({"a": [1, 2]}), "a DataFrame of shape (2, 1)"),
        (2 + 1j, "the number (2+1j)"),
        (["a", 1], "a list of length 2 that holds text"),
        ({"C1": "5"}, "a dict of length 1 that holds text"),
        (dict, "the class dict (were the parentheses that call it forgotten?)"),
    ],
)
def test_what_is_not_a_number_is_named(answer, found):
    assert found in message(exercises.expect_number, answer)


def test_a_dictionary_of_numbers_holds_no_text():
    assert message(exercises.expect_array, {"C1": 5}).endswith("found a dict of length 1")


def test_numbers_outside_of_their_range():
    assert "is nan" in message(exercises.expect_number, float("nan"))
    assert "at least 0, found -1" in message(exercises.expect_number, -1, low=0)
    assert "at most 1, found 90" in message(exercises.expect_number, 90, high=1)
    assert "a whole number, found 0.5" in message(exercises.expect_integer, 0.5)
    assert "a whole number, found 628630.5" in message(exercises.expect_integer, 628630.5)


@pytest.mark.parametrize("answer", [[1, 2], (1, 2), pd.Series([1, 2]), np.array([1, 2])])
def test_arrays_and_what_counts_as_one(answer):
    assert exercises.expect_array(answer, shape=(2,), kind="integer").tolist() == [1, 2]


@pytest.mark.parametrize("answer", ["12", 12, None, {1: 2}, [[1], [1, 2]], ["a", "b"], len])
def test_what_is_not_an_array_is_named(answer):
    assert "expected the answer to be an array of numbers, found" in message(exercises.expect_array, answer)


def test_arrays_of_the_wrong_kind_or_shape():
    assert "np.array(…) makes one" in message(exercises.expect_array, [1, 2], strict=True)
    assert "kind integer, found dtype float64" in message(exercises.expect_array, [0.5], kind="integer")
    assert "expected dtype float32, found float64" in message(exercises.expect_dtype, np.zeros(1), "float32")
    text = message(exercises.expect_array, np.zeros((10, 1)), "counts", shape=(10,))
    assert text == "counts: expected shape (10,), found (10, 1) (as many values, arranged otherwise)"
    assert "expected shape (any, 10), found (5, 3)" in message(
        exercises.expect_shape, np.zeros((5, 3)), (None, 10)
    )


# --- right or wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "expected"),
    [(1, 1.0), ("a", "a"), ((1, None), (1, None)), (np.eye(2), np.eye(2)), ([1, 2], np.array([1, 2]))],
)
def test_equal_answers(found, expected):
    exercises.expect_equal(found, expected)


def test_a_wrong_number_is_not_told_the_right_one_unless_asked():
    hidden = message(exercises.expect_equal, 9, 1234, "the count")
    assert "1234" not in hidden
    assert "the count is too small (found 9)" in hidden
    assert "expected 1234" in message(exercises.expect_equal, 9, 1234, reveal=True)


def test_a_typical_mistake_is_called_by_its_name():
    mistakes = ((0.5, "you forgot to square"),)
    assert message(exercises.expect_close, 0.50001, 0.25, mistakes=mistakes) == "you forgot to square"


def test_a_typical_mistake_in_a_named_result_says_what_was_found():
    said = message(exercises.expect_close, 0.5, 0.25, "the mean", mistakes=((0.5, "you forgot to square"),))
    assert said == "the mean: you give 0.5. You forgot to square."


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (3.14, "rounded too early, to 2 decimals. Do not round: the check looks at 4 decimals"),
        (3.141, "cut off too early, to 3 decimals. Do not round: the check looks at 4 decimals"),
        (3, "is too small"),  # may be anything
        (3.15, "is too large"),
    ],
)
def test_a_number_rounded_too_early_is_told_so(found, said):
    assert said in message(exercises.expect_close, found, np.pi, rtol=0, atol=5e-5)
    array, right = np.array([0.0, found]), np.array([0.0, np.pi])
    assert said.startswith("is too") or said in message(
        exercises.expect_close, array, right, rtol=0, atol=5e-5
    )


@pytest.mark.parametrize("found", [31, 31.4, 31.41593])
def test_whole_numbers_and_enough_decimals_count_as_rounded_where_they_are(found):
    right = 10 * np.pi
    if abs(found - right) < 5e-5:
        exercises.expect_close(found, right, rtol=0, atol=5e-5)
    else:
        assert "too early" in message(exercises.expect_close, found, right, rtol=0, atol=5e-5)
    assert "too early" not in message(exercises.expect_equal, found, right)


def test_wrong_arrays_tuples_and_texts():
    assert "1 of 4 values not right; the first at index (1, 0) (found 0)" in message(
        exercises.expect_equal, np.array([[1, 2], [0, 4]]), np.array([[1, 2], [3, 4]])
    )
    assert "found 0, expected 3)" in message(
        exercises.expect_equal, np.array([0]), np.array([3]), reveal=True
    )
    assert "expected shape (2,), found (3,)" in message(exercises.expect_equal, np.ones(3), np.ones(2))
    assert "number 2 of 2 is not right" in message(exercises.expect_equal, (26, 28), (26, 26))
    assert "number 1 of 2 is not right" in message(exercises.expect_equal, (26, 28), (None, 28))
    assert message(exercises.expect_equal, "relu", "softmax") == "the answer is not 'relu'"
    assert message(exercises.expect_equal, 1, "one") == "the answer is not 1"


def test_choices():
    choices = ("Shirt", "Coat", "Bag")
    assert exercises.expect_choice(" shirt", "Shirt", choices) == "Shirt"
    assert exercises.expect_choice("coat", ("Shirt", "Coat"), choices) == "Coat"
    assert "one of 'Shirt', 'Coat', 'Bag', found 'Blouse'" in message(
        exercises.expect_choice, "Blouse", "Shirt", choices
    )
    assert "text in quotation marks" in message(exercises.expect_choice, 6, "Shirt", choices)
    assert message(exercises.expect_choice, "Bag", "Shirt", choices) == "the answer is not 'Bag'"
    said = message(exercises.expect_choice, "bag", "Shirt", choices, mistakes=[("Bag", "it has no sleeves")])
    assert said == "the answer is not 'Bag'. It has no sleeves."
