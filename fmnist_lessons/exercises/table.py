"""An exercise as a table; a learner's function is called, and what it returns compared with what is right."""

from __future__ import annotations

import copy
import numbers
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from .compare import expect_array, expect_close, expect_integer, expect_number, expect_unmistaken, same
from .task import Task, Wrong, call
from .words import as_sentence, describe_error, describe_inputs

Function = Callable[..., Any]
Inputs = tuple[Any, ...]
Mistakes = Iterable[tuple[Any, str]]

ERRORS = {
    "arrays can be converted to Python scalars": (
        "math.exp, float and the like take one number, np.exp a whole array"
    ),
}


class Exercise(Task):
    """A task that is a table: what is right, on which inputs, and the mistakes that are known by a sentence.

    Attributes
    ----------
    right : value or callable
        The right answer; of a function that is asked for, a function of the same inputs.
    cases : list of tuple, or None
        The inputs that a learner's function is tried on; None where the answer is a value.
    known : list of (mistake, sentence)
        A wrong answer, or a function that makes the mistake with the same inputs; a row for each.
    """

    def __init__(
        self,
        number: str,
        hints: Iterable[str],
        judge: Callable[[Any], str],
        right: Any,
        cases: list[Inputs] | None,
        known: list[tuple[Any, str]],
    ) -> None:
        super().__init__(number, hints, judge)
        self.right, self.cases, self.known = right, cases, known


def exercise(
    number: str,
    name: str | Callable[..., str],
    right: Any,
    *,
    hints: Iterable[str],
    praise: str,
    on: Iterable[Inputs] | None = None,
    wrong: Mapping[str, Any] = MappingProxyType({}),
    errors: Mapping[str, str] = MappingProxyType({}),
    then: Callable[[Any, Inputs], None] | None = None,
    **comparison: Any,
) -> Exercise:
    """Describe an exercise; the judge is always the same.

    An answer is compared with what is right, then with the known mistakes; only what is neither is described
    in general: its kind, its shape, its values. So a mistake of another kind is told by its own sentence,
    what is right in all but its kind is not told as a mistake, and a mistake may make no difference on some
    inputs. A mistake that earlier inputs would have shown is not told. A message says which inputs were
    tried, at its end where the name does not tell.

    Parameters
    ----------
    number : str
        As the exercise shows it, such as ``"4.1"``.
    name : str or callable
        How a message calls the answer; ``{0}`` stands for the first input. Or a function of the inputs.
    right : value or callable
        The right answer; of a function that is asked for, a function of the same inputs. Whole numbers are
        compared exactly.
    hints : sequence of str
        From a nudge to nearly the code.
    praise : str
        What is printed when the answer is right.
    on : iterable of tuple, optional
        The inputs that a learner's function is tried on; without it the answer is a value.
    wrong : mapping of str to a mistake, or to a tuple of several
        A sentence, and what commits the mistake that it names: values, or functions of the inputs. They are
        tried in this order.
    errors : mapping of str to str
        Part of the text of an error in the learner's function, and what it means.
    then : callable, optional
        ``(function, inputs)`` looks once more at what is right in value on all inputs: its dtype, its inputs
        unharmed.
    comparison
        ``rtol`` and ``atol`` of `expect_close`, and ``read``: ``(answer, name)`` → the value to compare.
        It raises `Wrong` where the answer is of another kind. By default it is made for what is right: a
        whole number, a number, or an array of numbers.

    Returns
    -------
    Exercise
    """
    cases = None if on is None else list(on)
    known = [
        (one, said) for said, ones in wrong.items() for one in (ones if type(ones) is tuple else (ones,))
    ]

    def judge(answer: Any) -> str:
        if cases is None:
            _expect(answer, right, _filled_in(name, ()), known, **comparison)
            return praise
        settings = {"rtol": 1e-4, "atol": 1e-7, **comparison}
        for i, inputs in enumerate(cases):
            possible = _unseen(known, right, cases[:i], settings["rtol"], settings["atol"])
            _expect_result(answer, inputs, right, name, possible, {**errors, **ERRORS}, **settings)
        if then is not None:
            for inputs in cases:
                then(answer, inputs)
        return praise

    judge.__name__ = f"task_{number.replace('.', '_')}"
    what = "a value" if cases is None else f"a function, tried on {len(cases)} inputs"
    judge.__doc__ = f"Task {number}: {what}. Known mistakes: {len(known)}."
    return Exercise(number, hints, judge, right, cases, known)


def expect_untouched(
    function: Function,
    inputs: Inputs,
    message: str = "an array that came in was changed: leave it as it is, and return a new one",
    **named: Any,
) -> None:
    """Raise `Wrong` with the message where a learner's function writes into what it is given."""
    given = copy.deepcopy(inputs)
    call(lambda: function(*given, **named))
    try:
        np.testing.assert_equal(given, inputs)
    except AssertionError:
        raise Wrong(message) from None


def _expect_result(
    function: Function,
    inputs: Inputs,
    right: Any,
    name: str | Callable[..., str],
    mistakes: Mistakes,
    errors: Mapping[str, str],
    **comparison: Any,
) -> None:
    named = _filled_in(name, inputs)
    answer = _call(function, inputs, errors)
    committed = ((_made_from(mistake, inputs), said) for mistake, said in mistakes)
    try:
        _expect(answer, _made_from(right, inputs), named, committed, **comparison)
    except Wrong as wrong:
        if not inputs or (named != name and named in str(wrong)):
            raise
        tried = f"Tried with {describe_inputs(function, inputs)}"
        raise type(wrong)(f"{as_sentence(str(wrong))} {tried}") from None


def _expect(
    answer: Any,
    expected: Any,
    name: str,
    mistakes: Mistakes,
    *,
    read: Callable[[Any, str], Any] | None = None,
    rtol: float = 1e-3,
    atol: float = 1e-8,
) -> None:
    """Pass what is right; tell a known mistake, then the answer in general."""
    expected = np.asarray(expected) if isinstance(expected, list) else expected
    rtol, atol = _tolerances(expected, rtol, atol)
    try:
        found = (read or _reader(expected))(answer, name)
    except Wrong:  # of another kind, though perhaps right in value: then no mistake is to blame
        if not same(answer, expected, rtol, atol):
            expect_unmistaken(answer, mistakes, name, rtol=rtol, atol=atol)
        raise
    expect_close(found, expected, name, rtol=rtol, atol=atol, mistakes=mistakes)


def _unseen(
    known: Mistakes, right: Any, passed: list[Inputs], rtol: float, atol: float
) -> Iterator[tuple[Any, str]]:
    """Those mistakes that make no difference on the inputs that an answer has passed already."""
    expected = [_made_from(right, inputs) for inputs in passed]
    for mistake, said in known:
        if all(
            same(_made_from(mistake, inputs), value, *_tolerances(value, rtol, atol))
            for inputs, value in zip(passed, expected, strict=True)
        ):
            yield mistake, said


def _tolerances(expected: Any, rtol: float, atol: float) -> tuple[float, float]:
    """Those for what is right: whole numbers are exact, but for the rounding of those that are computed."""
    return (1e-9, 0.0) if np.asarray(expected).dtype.kind in "iu" else (rtol, atol)


def _filled_in(name: str | Callable[..., str], inputs: Inputs) -> str:
    return name(*inputs) if callable(name) else name.format(*inputs)


def _made_from(recipe: Any, inputs: Inputs) -> Any:
    with np.errstate(all="ignore"):
        return recipe(*inputs) if callable(recipe) else recipe


def _reader(expected: Any) -> Callable[[Any, str], Any]:
    if isinstance(expected, np.ndarray):
        return partial(expect_array, kind="bool" if expected.dtype == bool else "number")
    return expect_integer if isinstance(expected, numbers.Integral) else expect_number


def _call(function: Function, inputs: Inputs, errors: Mapping[str, str]) -> Any:
    try:
        return call(function, *inputs)
    except Wrong as wrong:
        if isinstance(wrong.__cause__, Exception):
            for text, explanation in errors.items():
                if text in describe_error(wrong.__cause__):
                    raise Wrong(f"{wrong}: {explanation}") from None
        raise
