"""The task as a notebook calls it: verdicts, hints, and calls of learners' functions."""

from __future__ import annotations

import copy
import dis
import functools
import inspect
import os
import traceback
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .words import as_sentence, describe, describe_error, describe_inputs

_IDLE = {"CACHE", "RESUME", "NOP", "LOAD_CONST", "STORE_FAST", "RETURN_VALUE", "RETURN_CONST", "MAKE_CELL"}


class Wrong(Exception):  # noqa: N818 - it is read aloud: raise Wrong("the shape is not right")
    """An answer is wrong; the message says what is wrong, in a sentence for the learner."""


class Misfit(Wrong):
    """No answer to judge: it is of the wrong type. It costs no hint."""


class Unanswered(Exception):  # noqa: N818
    """The place for the answer still holds ``...``."""


class CheckFailed(AssertionError):  # noqa: N818
    """Raised instead of a printed line when the environment has ``FMNIST_CHECKS=raise`` (or 1, or true)."""


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
        _marking()  # an unknown value must not pass, whatever the answer is
        try:
            self._say("right", self._judge(*answers, **named))
            self.wrong_answers = 0
        except Unanswered:
            self._fail("not answered yet. Replace the … and run both cells again.")
        except Wrong as wrong:
            hint = "" if isinstance(wrong, Misfit) else self._next_hint()
            self._fail(f"not right yet. {as_sentence(str(wrong))}" + (f"\n{hint}" if hint else ""))

    def _judge(self, *answers: Any, **named: Any) -> str | None:
        try:
            inspect.signature(self.judge).bind(*answers, **named)
        except TypeError as error:
            raise Misfit(f"the cell that calls the check was changed ({error})") from None
        if any(answer is Ellipsis or _is_blank(answer) for answer in (*answers, *named.values())):
            raise Unanswered
        try:
            return self.judge(*answers, **named)
        except (Wrong, Unanswered):
            raise
        except Exception as error:  # an answer of a kind that no check thought of
            raise Misfit(f"the check could not read this answer: {describe_error(error)}") from error

    def _next_hint(self) -> str:
        self.wrong_answers += 1
        if not self.hints:
            return ""
        shown = min(self.wrong_answers, len(self.hints))
        return f"Hint {shown} of {len(self.hints)}: {self.hints[shown - 1]}"

    def _say(self, verdict: str, sentence: str | None) -> None:
        print(f"Task {self.number}: {verdict}." + (f" {as_sentence(sentence)}" if sentence else ""))

    def _fail(self, text: str) -> None:
        message = f"Task {self.number}: {text}"
        if _marking():
            raise CheckFailed(message) from None
        print(message)


def _marking() -> bool:
    """Whether FMNIST_CHECKS asks to raise where an answer is missing or wrong."""
    value = os.environ.get("FMNIST_CHECKS", "")
    if value.strip().lower() in ("raise", "1", "true"):
        return True
    if value.strip() in ("", "0"):
        return False
    raise ValueError(f"expected FMNIST_CHECKS to be raise, 1 or true (or 0, or not set), found {value!r}")


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


def call(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Call a learner's function on copies of the arguments and return what it returns.

    Raises `Unanswered` where its body is still ``...``, `Wrong` where it stops with an exception (with the
    exception's text), and `Misfit` where it returns nothing. NumPy's warnings are not shown: the verdict
    says it.
    """
    if not callable(function):
        raise Misfit(f"expected the answer to be a function, found {describe(function)}")
    if _is_blank(function):
        raise Unanswered
    name = getattr(function, "__name__", "function")
    try:
        with np.errstate(all="ignore"):
            result = function(*copy.deepcopy(arguments), **copy.deepcopy(named))
    except Exception as error:
        called = f"called with {describe_inputs(function, arguments)}" if arguments else ""
        where = ", ".join(filter(None, [_line_of(error, function), called]))
        where = f" ({where})" if where else ""
        raise Wrong(f"your function {name} stopped with {describe_error(error)}{where}") from error
    if result is Ellipsis:
        raise Unanswered
    if result is None:
        raise Misfit(f"your function {name} returns nothing (None): does its last line start with return?")
    return result


def _line_of(error: Exception, function: Callable[..., Any]) -> str:
    """Where in `function` the error arose, counted from its first line."""
    code = getattr(function, "__code__", None)
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code is code]
    return f"line {lines[-1] - code.co_firstlineno + 1} of the function" if code and lines else ""


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
