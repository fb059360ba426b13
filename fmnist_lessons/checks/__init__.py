"""What an exercise asks to tell right from wrong.

A check is a function that looks at a learner's answer. It raises :class:`Wrong` with one sentence on
what is wrong, or returns the sentence to print when the answer is right. ``@task`` turns it into a
:class:`Task`, which is what a notebook calls: it prints a friendly line for an answer not given yet,
one more hint for each wrong one, and never stops the notebook.
"""

from __future__ import annotations

import copy
import dis
import functools
import inspect
import math
import numbers
import os
from collections.abc import Callable, Iterable
from itertools import repeat
from typing import Any

import numpy as np

__all__ = [
    "CheckFailed",
    "Task",
    "Unanswered",
    "Wrong",
    "call",
    "expect_array",
    "expect_choice",
    "expect_close",
    "expect_dtype",
    "expect_equal",
    "expect_function",
    "expect_integer",
    "expect_number",
    "expect_shape",
    "expect_tuple",
    "task",
]


class Wrong(Exception):  # noqa: N818 - it is read aloud: raise Wrong("the shape is not right")
    """An answer is wrong; the message says what is wrong, in a sentence for the learner."""


class Unanswered(Exception):  # noqa: N818
    """The place for the answer still holds ``...``."""


class CheckFailed(AssertionError):  # noqa: N818
    """Raised instead of a printed line when the environment has ``FMNIST_CHECKS=raise``."""


class Task:
    """A check as a notebook calls it: ``check.class_counts(answer)`` prints one verdict.

    Parameters
    ----------
    number : str
        The task's number as the exercise shows it, such as ``"1.1"``.
    hints : sequence of str
        From a nudge to nearly the code. Each wrong answer shows the next; after the last, the last again.
    judge : callable
        Takes the answers; raises `Wrong`, or returns the sentence to print when they are right.
    """

    def __init__(self, number: str, hints: Iterable[str], judge: Callable[..., str | None]) -> None:
        functools.update_wrapper(self, judge)
        self.number = number
        self.hints = tuple(hints)
        self.judge = judge
        self.wrong_answers = 0

    def __call__(self, *answers: Any, **named: Any) -> None:
        try:
            self._say("right", self._judge(*answers, **named))
            self.wrong_answers = 0
        except Unanswered:
            self._fail("not answered yet. Replace the … and run both cells again.")
        except Wrong as wrong:
            hint = self._next_hint()
            self._fail(f"not right yet. {_sentence(str(wrong))}" + (f"\n{hint}" if hint else ""))

    def forget(self) -> None:
        """Start again with the first hint."""
        self.wrong_answers = 0

    def _judge(self, *answers: Any, **named: Any) -> str | None:
        try:
            inspect.signature(self.judge).bind(*answers, **named)
        except TypeError as error:
            raise Wrong(f"the cell that calls the check was changed ({error})") from None
        if any(answer is Ellipsis or _is_blank(answer) for answer in (*answers, *named.values())):
            raise Unanswered
        try:
            return self.judge(*answers, **named)
        except (Wrong, Unanswered):
            raise
        except Exception as error:  # an answer of a kind that no check thought of
            raise Wrong(f"the check could not read this answer: {_describe_error(error)}") from error

    def _next_hint(self) -> str:
        self.wrong_answers += 1
        if not self.hints:
            return ""
        shown = min(self.wrong_answers, len(self.hints))
        return f"Hint {shown} of {len(self.hints)}: {self.hints[shown - 1]}"

    def _say(self, verdict: str, sentence: str | None) -> None:
        print(f"Task {self.number}: {verdict}." + (f" {_sentence(sentence)}" if sentence else ""))

    def _fail(self, text: str) -> None:
        message = f"Task {self.number}: {text}"
        if os.environ.get("FMNIST_CHECKS") == "raise":
            raise CheckFailed(message) from None
        print(message)


def task(number: str, *, hints: Iterable[str] = ()) -> Callable[[Callable[..., str | None]], Task]:
    """Turn a judging function into a `Task` with graded hints.

    Parameters
    ----------
    number : str
        The task's number, such as ``"1.1"``.
    hints : sequence of str
        From the gentlest to nearly the code.

    Examples
    --------
    >>> @task("0.1", hints=("Count your fingers.",))
    ... def fingers(answer):
    ...     expect_equal(expect_integer(answer), 10)
    ...     return "Ten it is."
    >>> fingers(9)
    Task 0.1: not right yet. The answer is too small (found 9).
    Hint 1 of 1: Count your fingers.
    """
    return lambda judge: Task(number, hints, judge)


# --- learners' functions ------------------------------------------------------------------------


def call(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Call a learner's function on copies of the arguments and return what it returns.

    Raises `Unanswered` where its body is still ``...``, and `Wrong` where it stops with an exception
    (with the exception's text) or returns nothing.
    """
    expect_function(function)
    if _is_blank(function):
        raise Unanswered
    name = getattr(function, "__name__", "function")
    try:
        result = function(*copy.deepcopy(arguments), **copy.deepcopy(named))
    except Exception as error:
        raise Wrong(f"your function {name} stopped with {_describe_error(error)}") from error
    if result is Ellipsis:
        raise Unanswered
    if result is None:
        raise Wrong(f"your function {name} returns nothing (None): does its last line start with return?")
    return result


def expect_function(answer: Any, name: str = "the answer") -> None:
    """Raise `Wrong` unless `answer` can be called."""
    if not callable(answer):
        raise Wrong(f"expected {name} to be a function, found {_describe(answer)}")


# --- kinds of answers ---------------------------------------------------------------------------


def expect_number(
    answer: Any, name: str = "the answer", *, low: float | None = None, high: float | None = None
) -> float:
    """Return `answer` as a float; arrays and tensors of one value count as numbers.

    Raises `Wrong` for text, truth values, several values, nothing, not-a-number, or a value
    outside ``low … high`` (both included).
    """
    value = answer
    if not isinstance(answer, numbers.Number):
        array = _as_array(answer)
        if array is not None and array.shape in ((), (1,)):
            value = array.item()
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real | np.number):
        raise Wrong(f"expected {name} to be one number, found {_describe(answer)}")
    number = float(value)
    if np.isnan(number):
        raise Wrong(f"{name} is nan, not a number: was something divided by zero?")
    if low is not None and number < low:
        raise Wrong(f"expected {name} to be at least {low:g}, found {number:g}")
    if high is not None and number > high:
        raise Wrong(f"expected {name} to be at most {high:g}, found {number:g}")
    return number


def expect_integer(
    answer: Any, name: str = "the answer", *, low: int | None = None, high: int | None = None
) -> int:
    """Return `answer` as an int; 60000.0 counts as whole, 0.5 does not."""
    number = expect_number(answer, name, low=low, high=high)
    if not number.is_integer():
        raise Wrong(f"expected {name} to be a whole number, found {number:g}")
    return int(number)


def expect_tuple(
    answer: Any, name: str = "the answer", *, length: int | None = None
) -> tuple[int | None, ...]:
    """Return `answer`, a shape such as ``(10,)`` or ``(None, 10)``, as a tuple; a list is accepted."""
    if isinstance(answer, numbers.Number) and not isinstance(answer, bool):
        raise Wrong(
            f"expected {name} to be a tuple, found the number {answer}; "
            "a tuple of one number needs a comma: (n,)"
        )
    if isinstance(answer, np.ndarray):
        raise Wrong(f"expected {name} to be a tuple, found {_describe(answer)}")
    if not isinstance(answer, tuple | list):
        raise Wrong(f"expected {name} to be a tuple of whole numbers, found {_describe(answer)}")
    if length is not None and len(answer) != length:
        raise Wrong(f"expected {name} to hold {_count(length, 'number')}, found {len(answer)}")
    return tuple(
        None if value is None else expect_integer(value, f"number {position} of {name}")
        for position, value in enumerate(answer, start=1)
    )


def expect_array(
    answer: Any,
    name: str = "the answer",
    *,
    shape: tuple[int | None, ...] | None = None,
    kind: str | None = None,
    strict: bool = False,
) -> np.ndarray:
    """Return `answer` as a NumPy array; lists, Series, DataFrames and tensors are accepted.

    Parameters
    ----------
    answer : array-like
    name : str
        How a message calls the answer.
    shape : tuple of int or None, optional
        The expected shape, None for an axis of any length.
    kind : {"float", "integer", "number", "bool"}, optional
        The expected kind of the values.
    strict : bool
        Accept ndarray only, and say how to make one.
    """
    array = _as_array(answer)
    if array is None or array.dtype.kind in "OSU" or (array.ndim == 0 and not isinstance(answer, np.ndarray)):
        raise Wrong(f"expected {name} to be an array of numbers, found {_describe(answer)}")
    if strict and not isinstance(answer, np.ndarray):
        raise Wrong(
            f"expected {name} to be a NumPy array, found {_describe(answer)}; np.array(…) makes one of it"
        )
    kinds = {"float": "f", "integer": "iu", "number": "fiu", "bool": "b"}
    if kind is not None and array.dtype.kind not in kinds[kind]:
        raise Wrong(f"expected {name} to hold values of kind {kind}, found dtype {array.dtype}")
    if shape is not None:
        expect_shape(array, shape, name)
    return array


def expect_shape(array: Any, shape: tuple[int | None, ...], name: str = "the answer") -> None:
    """Raise `Wrong` unless `array` has `shape`, where None stands for an axis of any length."""
    found = tuple(np.shape(array))
    if len(found) != len(shape) or any(
        want not in (None, got) for got, want in zip(found, shape, strict=True)
    ):
        wanted = str(tuple(shape)).replace("None", "any")
        same_size = math.prod(found) == math.prod(n or 0 for n in shape)
        raise Wrong(
            f"{name}: expected shape {wanted}, found {_shape(found)}"
            + (" (as many values, arranged otherwise)" if same_size else "")
        )


def expect_dtype(array: np.ndarray, dtype: Any, name: str = "the answer") -> None:
    """Raise `Wrong` unless `array` has exactly this dtype."""
    if array.dtype != np.dtype(dtype):
        raise Wrong(f"{name}: expected dtype {np.dtype(dtype)}, found {array.dtype}")


# --- right or wrong -----------------------------------------------------------------------------


def expect_equal(
    found: Any,
    expected: Any,
    name: str = "the answer",
    *,
    reveal: bool = False,
    mistakes: Iterable[tuple[Any, str]] = (),
) -> None:
    """Raise `Wrong` unless `found` equals `expected`: numbers, text, tuples, or arrays.

    Parameters
    ----------
    found, expected : number, str, tuple or array
        What the learner has (after `expect_number` and the like) and what is right.
    name : str
        How a message calls the answer.
    reveal : bool
        Also show what was expected. Leave it False where that is the answer itself.
    mistakes : pairs (value, message)
        Typical wrong answers; one that is recognised is named by its message.
    """
    expect_close(found, expected, name, rtol=0.0, atol=0.0, reveal=reveal, mistakes=mistakes)


def expect_close(
    found: Any,
    expected: Any,
    name: str = "the answer",
    *,
    rtol: float = 1e-3,
    atol: float = 1e-8,
    reveal: bool = False,
    mistakes: Iterable[tuple[Any, str]] = (),
) -> None:
    """As `expect_equal`, within ``atol + rtol * |expected|``; arrays must also agree in shape."""
    if _same(found, expected, rtol, atol):
        return
    for value, message in mistakes:
        if _same(found, value, rtol, atol):
            raise Wrong(message)
    tail = f", expected {_short(expected)}" if reveal else ""
    if isinstance(expected, np.ndarray):
        expect_shape(found, expected.shape, name)
        raise Wrong(_describe_difference(np.asarray(found), expected, name, rtol, atol, reveal))
    if isinstance(expected, tuple) and isinstance(found, tuple) and len(found) == len(expected):
        pairs = enumerate(zip(found, expected, strict=True))
        position = next(i for i, pair in pairs if not _same(*pair, rtol, atol))
        raise Wrong(f"{name}: number {position + 1} of {len(found)} is not right (found {found}{tail})")
    if isinstance(expected, numbers.Real) and isinstance(found, numbers.Real):
        raise Wrong(f"{name} is too {'small' if found < expected else 'large'} (found {_short(found)}{tail})")
    raise Wrong(f"{name} is not {_short(found)}{tail}")


def expect_choice(
    answer: Any, expected: str | Iterable[str], choices: Iterable[str], name: str = "the answer"
) -> str:
    """Return the choice that `answer` names; capitals and spaces around it do not matter.

    `expected` is one of `choices`, or several that all count as right.
    """
    choices = tuple(choices)
    if not isinstance(answer, str):
        raise Wrong(
            f"expected {name} to be text in quotation marks, one of {_list(choices)}, "
            f"found {_describe(answer)}"
        )
    known = {choice.strip().lower(): choice for choice in choices}
    chosen = known.get(answer.strip().lower())
    if chosen is None:
        raise Wrong(f"expected {name} to be one of {_list(choices)}, found {answer!r}")
    if chosen not in ({expected} if isinstance(expected, str) else set(expected)):
        raise Wrong(f"{name} is not {chosen!r}")
    return chosen


# --- words --------------------------------------------------------------------------------------


def _is_blank(answer: Any) -> bool:
    """A function written in Python whose body is still ``...`` (or ``name = ...``, or ``pass``)."""
    code = getattr(answer, "__code__", None)
    if code is None or not inspect.isfunction(answer):
        return False
    return all(
        step.opname in _IDLE
        and (not step.opname.endswith("CONST") or step.argval in (None, Ellipsis, answer.__doc__))
        for step in dis.get_instructions(code)
    )


_IDLE = {"CACHE", "RESUME", "NOP", "LOAD_CONST", "STORE_FAST", "RETURN_VALUE", "RETURN_CONST", "MAKE_CELL"}


def _as_array(answer: Any) -> np.ndarray | None:
    if answer is None or isinstance(answer, str | bytes | dict | set) or callable(answer):
        return None
    try:
        return np.asarray(answer)
    except Exception:  # a list of lists of different lengths, a tensor of another library
        return None


def _same(found: Any, expected: Any, rtol: float, atol: float) -> bool:
    if isinstance(expected, str) or isinstance(found, str) or expected is None or found is None:
        return type(found) is type(expected) and found == expected
    if isinstance(expected, tuple) and isinstance(found, tuple):
        return len(found) == len(expected) and all(map(_same, found, expected, repeat(rtol), repeat(atol)))
    left, right = _as_array(found), _as_array(expected)
    if left is None or right is None or left.shape != right.shape:
        return False
    try:
        return bool(np.allclose(left.astype(float), right.astype(float), rtol=rtol, atol=atol))
    except (TypeError, ValueError):
        return bool(np.array_equal(left, right))


def _describe_difference(
    found: np.ndarray, expected: np.ndarray, name: str, rtol: float, atol: float, reveal: bool
) -> str:
    differ = ~np.isclose(found.astype(float), expected.astype(float), rtol=rtol, atol=atol)
    first = tuple(int(i) for i in np.argwhere(differ)[0])
    where = first[0] if len(first) == 1 else first
    text = f"{name}: {int(differ.sum())} of {differ.size} values not right; the first at index {where}"
    tail = f", expected {_short(expected[first])}" if reveal else ""
    return f"{text} (found {_short(found[first])}{tail})"


def _describe(answer: Any) -> str:
    """What an answer is, in words that a beginner knows."""
    if answer is None:
        return "nothing (None)"
    if isinstance(answer, str):
        looks_like_number = answer.replace(".", "", 1).replace("_", "").lstrip("-").strip().isdigit()
        return f"the text {answer[:40]!r}" + (" (leave out the quotation marks)" if looks_like_number else "")
    if isinstance(answer, bool | np.bool_):
        return f"the truth value {answer}"
    if isinstance(answer, np.ndarray):
        return f"an array of shape {_shape(answer.shape)} and dtype {answer.dtype}"
    if isinstance(answer, tuple | list | set | dict):
        return f"a {type(answer).__name__} of length {len(answer)}"
    if inspect.isroutine(answer):
        return "a function (were the parentheses that call it forgotten?)"
    if isinstance(answer, numbers.Number):
        return f"the number {answer}"
    shape = getattr(answer, "shape", None)
    kind = type(answer).__name__
    return f"a {kind}" + (f" of shape {_shape(tuple(shape))}" if shape is not None else "")


def _describe_error(error: Exception) -> str:
    text = str(error).strip()
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__


def _shape(shape: tuple[int, ...]) -> str:
    return str(tuple(int(n) for n in shape))


def _short(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return f"{value:.6g}"
    return str(value)[:60] if isinstance(value, tuple | np.generic | int) else repr(value)[:60]


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _list(choices: tuple[str, ...]) -> str:
    return ", ".join(repr(choice) for choice in choices)


def _sentence(text: str) -> str:
    """A capital at the start and a full stop at the end."""
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."
