"""What an answer has to be: its kind, its shape, its values. Each function raises `Wrong` where it is not."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable
from itertools import repeat
from typing import Any

import numpy as np

from ._words import describe, describe_shape, listed, short
from .tasks import Misfit, Wrong

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
        raise Misfit(f"expected {name} to be one number, found {describe(answer)}")
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
        raise Misfit(f"expected {name} to be an array of numbers, found {describe(answer)}")
    if strict and not isinstance(answer, np.ndarray):
        raise Wrong(
            f"expected {name} to be a NumPy array, found {describe(answer)}; np.array(…) makes one of it"
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
            f"{name}: expected shape {wanted}, found {describe_shape(found)}"
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
    tail = f", expected {short(expected)}" if reveal else ""
    if isinstance(expected, np.ndarray):
        expect_shape(found, expected.shape, name)
        raise Wrong(_describe_difference(np.asarray(found), expected, name, rtol, atol, reveal))
    if isinstance(expected, tuple) and isinstance(found, tuple) and len(found) == len(expected):
        pairs = enumerate(zip(found, expected, strict=True))
        position = next(i for i, pair in pairs if not _same(*pair, rtol, atol))
        raise Wrong(f"{name}: number {position + 1} of {len(found)} is not right (found {found}{tail})")
    if isinstance(expected, numbers.Real) and isinstance(found, numbers.Real):
        raise Wrong(f"{name} is too {'small' if found < expected else 'large'} (found {short(found)}{tail})")
    raise Wrong(f"{name} is not {short(found)}{tail}")


def expect_choice(
    answer: Any, expected: str | Iterable[str], choices: Iterable[str], name: str = "the answer"
) -> str:
    """Return the choice that `answer` names; capitals and spaces around it do not matter.

    `expected` is one of `choices`, or several that all count as right.
    """
    choices = tuple(choices)
    if not isinstance(answer, str):
        raise Misfit(
            f"expected {name} to be text in quotation marks, one of {listed(choices)}, "
            f"found {describe(answer)}"
        )
    known = {choice.strip().lower(): choice for choice in choices}
    chosen = known.get(answer.strip().lower())
    if chosen is None:
        raise Wrong(f"expected {name} to be one of {listed(choices)}, found {answer!r}")
    if chosen not in ({expected} if isinstance(expected, str) else set(expected)):
        raise Wrong(f"{name} is not {chosen!r}")
    return chosen


# --- comparing ----------------------------------------------------------------------------------


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
    tail = f", expected {short(expected[first])}" if reveal else ""
    return f"{text} (found {short(found[first])}{tail})"
