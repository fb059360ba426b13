"""An exercise as a table; a learner's function is called, and what it returns compared with what is right."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from .compare import expect_array, expect_close, expect_equal, expect_integer, expect_number, is_right
from .task import Task, Wrong, call
from .words import as_sentence, describe_error, describe_inputs

Function = Callable[..., Any]
Mistakes = Iterable[tuple[Any, str]]

ERRORS = (
    (
        "arrays can be converted to Python scalars",
        "math.exp, float and the like take one number, np.exp a whole array",
    ),
)


def expect_result(
    function: Function,
    inputs: tuple[Any, ...],
    right: Any,
    name: str | Callable[..., str] = "the result",
    *,
    read: Callable[[Any, str], Any] | None = None,
    mistakes: Mistakes = (),
    errors: Iterable[tuple[str, str]] = (),
    rtol: float = 1e-3,
    atol: float = 1e-8,
) -> Any:
    """Call a learner's function, raise `Wrong` unless its result is right, and return that result.

    A message says which inputs were tried, at its end where the result's name does not tell.

    Parameters
    ----------
    function : callable
        The learner's.
    inputs : tuple
        What it is called with.
    right : callable or value
        The right result, or a function that computes it from the same inputs.
    name : str or callable
        How a message calls the result; ``{0}`` stands for the first input. Or a function of the inputs.
    read : callable, optional
        ``(answer, name)`` → the value to compare. It raises `Wrong` where the answer is of another kind.
        By default it is made for what is right: a whole number, a number, or an array of numbers.
    mistakes : pairs (callable or value, message)
        Typical wrong results, or functions that make the mistake with the same inputs. They are tried in
        this order, and only if the result is not right: so some may give what is right on some inputs.
    errors : pairs (text, explanation)
        Explains an error in the learner's function whose message holds this text.
    rtol, atol : float
        As in `expect_close`. Whole numbers are compared exactly.
    """
    named = name(*inputs) if callable(name) else name.format(*inputs)
    expected = _made_from(right, inputs)
    answer = _call(function, inputs, errors)
    if isinstance(expected, numbers.Integral):
        rtol, atol = 1e-12, 0.0
    committed = ((_made_from(mistake, inputs), message) for mistake, message in mistakes)
    try:
        try:
            found = (read or _reader(expected))(answer, named)
        except Wrong:  # of another kind: it may still be a known mistake
            is_right(answer, expected, named, rtol=rtol, atol=atol, mistakes=committed)
            raise
        expect_close(found, expected, named, rtol=rtol, atol=atol, mistakes=committed)
    except Wrong as wrong:
        if not inputs or (named != name and named in str(wrong)):
            raise
        tried = f"Tried with {describe_inputs(function, inputs)}"
        raise type(wrong)(f"{as_sentence(str(wrong))} {tried}") from None
    return found


def expect_results(
    function: Function,
    right: Function,
    cases: Iterable[tuple[Any, ...]],
    mistakes: Mistakes,
    name: str = "the result",
    *,
    rtol: float = 1e-4,
    atol: float = 1e-7,
) -> None:
    """Try a learner's function on several cases, each as `expect_result` does."""
    for inputs in cases:
        expect_result(function, inputs, right, name, mistakes=mistakes, rtol=rtol, atol=atol)


def _made_from(recipe: Any, inputs: tuple[Any, ...]) -> Any:
    with np.errstate(all="ignore"):
        return recipe(*inputs) if callable(recipe) else recipe


def _reader(expected: Any) -> Callable[[Any, str], Any]:
    if isinstance(expected, np.ndarray):
        return partial(expect_array, kind="bool" if expected.dtype == bool else "number")
    return expect_integer if isinstance(expected, numbers.Integral) else expect_number


def _call(function: Function, inputs: tuple[Any, ...], errors: Iterable[tuple[str, str]]) -> Any:
    try:
        return call(function, *inputs)
    except Wrong as wrong:
        if isinstance(wrong.__cause__, Exception):
            for text, explanation in (*errors, *ERRORS):
                if text in describe_error(wrong.__cause__):
                    raise Wrong(f"{wrong}: {explanation}") from None
        raise


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
        self, number: str, hints: Iterable[str], judge: Callable[[Any], str], right: Any, known: Mistakes
    ) -> None:
        super().__init__(number, hints, judge)
        self.right, self.known = right, list(known)


def exercise(
    number: str,
    name: str | Callable[..., str],
    right: Any,
    *,
    hints: Iterable[str],
    praise: str,
    on: Iterable[tuple[Any, ...]] | None = None,
    wrong: Mapping[str, Any] = MappingProxyType({}),
    errors: Mapping[str, str] = MappingProxyType({}),
    then: Callable[[Any, tuple[Any, ...]], None] | None = None,
    **comparison: Any,
) -> Exercise:
    """Describe an exercise; the judge is always the same.

    An answer is compared with what is right, then with the known mistakes; only what is neither is described
    in general: its kind, its shape, its values.

    Parameters
    ----------
    number : str
        As the exercise shows it, such as ``"4.1"``.
    name : str or callable
        How a message calls the answer, as in `expect_result`.
    right : value or callable
        The right answer; of a function that is asked for, a function of the same inputs.
    hints : sequence of str
        From a nudge to nearly the code.
    praise : str
        What is printed when the answer is right.
    on : iterable of tuple, optional
        The inputs that a learner's function is tried on; without it the answer is a value.
    wrong : mapping of str to a mistake, or to a tuple of several
        A sentence, and what commits the mistake that it names: values, or functions of the inputs.
    errors : mapping of str to str
        Part of the text of an error in the learner's function, and what it means.
    then : callable, optional
        ``(function, inputs)`` looks once more at what is right in value: its dtype, its inputs unharmed.
    comparison
        ``rtol`` and ``atol`` of `expect_close`, ``read`` of `expect_result`.

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
            _expect_value(answer, right, str(name), known, **comparison)
            return praise
        settings = {"rtol": 1e-4, "atol": 1e-7, **comparison}
        for inputs in cases:
            expect_result(answer, inputs, right, name, mistakes=known, errors=errors.items(), **settings)
            if then is not None:
                then(answer, inputs)
        return praise

    return Exercise(number, hints, judge, right, known)


def _expect_value(answer: Any, right: Any, name: str, known: Mistakes, **comparison: Any) -> None:
    if isinstance(right, list | np.ndarray):
        expected = np.asarray(right, dtype=float)
        mistakes = [(np.asarray(one, dtype=float), said) for one, said in known]
        found = expect_array(answer, name, shape=expected.shape, kind="number").astype(float)
        expect_equal(found, expected, name, mistakes=mistakes)
        return
    read = expect_integer if isinstance(right, int) else expect_number
    expect_close(read(answer, name), right, name, mistakes=known, **comparison)
