"""A trial: a learner's function is called, and what it returns is compared with what is right."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np

from ._words import as_sentence, describe_error, describe_inputs
from .expect import expect_array, expect_close, expect_integer, expect_number
from .tasks import Wrong, call

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
    name: str = "the result",
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
    name : str
        How a message calls the result; ``{0}`` stands for the first input.
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
    named = name.format(*inputs)
    expected = _made_from(right, inputs)
    answer = _call(function, inputs, errors)
    if isinstance(expected, numbers.Integral):
        rtol = atol = 0.0
    committed = ((_made_from(mistake, inputs), message) for mistake, message in mistakes)
    try:
        found = (read or _reader(expected))(answer, named)
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
        return partial(expect_array, kind="number")
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
