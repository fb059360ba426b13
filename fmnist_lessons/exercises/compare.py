"""What an answer has to be: its kind, its shape, its values. Each function raises `Wrong` where it is not."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping
from itertools import repeat
from typing import Any

import numpy as np

from .task import Misfit, Wrong
from .words import as_sentence, describe, describe_shape, listed, short

ANSWER = "the answer"  # what the learner typed in, so that no message has to repeat it

# --- kinds of answers ---------------------------------------------------------------------------


def expect_number(
    answer: Any, name: str = ANSWER, *, low: float | None = None, high: float | None = None
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
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise Misfit(f"expected {name} to be one number, found {describe(answer)}")
    number = float(value)
    if np.isnan(number):
        raise Wrong(
            f"{name} is nan, not a number: was something divided by zero, or the log of a negative taken?"
        )
    if low is not None and number < low:
        raise Wrong(f"expected {name} to be at least {low:g}, found {number:g}")
    if high is not None and number > high:
        raise Wrong(f"expected {name} to be at most {high:g}, found {number:g}")
    return number


def expect_integer(
    answer: Any, name: str = ANSWER, *, low: int | None = None, high: int | None = None
) -> int:
    """Return `answer` as an int; 60000.0 counts as whole, 0.5 does not."""
    number = expect_number(answer, name, low=low, high=high)
    if not number.is_integer():
        raise Wrong(f"expected {name} to be a whole number, found {number:.15g}")
    return int(number)


def expect_array(
    answer: Any,
    name: str = ANSWER,
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
        found = "True and False (dtype bool)" if array.dtype == bool else f"dtype {array.dtype}"
        raise Wrong(f"expected {name} to hold values of kind {kind}, found {found}")
    if shape is not None:
        expect_shape(array, shape, name)
    return array


def expect_shape(array: Any, shape: tuple[int | None, ...], name: str = ANSWER) -> None:
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


def expect_dtype(array: np.ndarray, dtype: Any, name: str = ANSWER) -> None:
    """Raise `Wrong` unless `array` has exactly this dtype."""
    if array.dtype != np.dtype(dtype):
        raise Wrong(f"{name}: expected dtype {np.dtype(dtype)}, found {array.dtype}")


# --- right or wrong -----------------------------------------------------------------------------


def expect_equal(
    found: Any,
    expected: Any,
    name: str = ANSWER,
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
        If it is a result with a name of its own, the message says first what was found.
    """
    expect_close(found, expected, name, rtol=0.0, atol=0.0, reveal=reveal, mistakes=mistakes)


def expect_close(
    found: Any,
    expected: Any,
    name: str = ANSWER,
    *,
    rtol: float = 1e-3,
    atol: float = 1e-8,
    reveal: bool = False,
    mistakes: Iterable[tuple[Any, str]] = (),
) -> None:
    """As `expect_equal`, within ``atol + rtol * |expected|``; arrays must also agree in shape.

    An answer that is right but for having been rounded is told so.
    """
    if same(found, expected, rtol, atol):
        return
    expect_unmistaken(found, mistakes, name, rtol=rtol, atol=atol)
    expect_unrounded(found, expected, name, rtol=rtol, atol=atol)
    tail = f", expected {short(expected)}" if reveal else ""
    if isinstance(expected, np.ndarray):
        expect_shape(found, expected.shape, name)
        raise Wrong(_describe_difference(np.asarray(found), expected, name, rtol, atol, reveal))
    if isinstance(expected, tuple) and isinstance(found, tuple) and len(found) == len(expected):
        pairs = enumerate(zip(found, expected, strict=True))
        position = next(i for i, pair in pairs if not same(*pair, rtol, atol))
        raise Wrong(
            f"{name}: number {position + 1} of {len(found)} is not right (found {short(found)}{tail})"
        )
    if isinstance(expected, numbers.Real) and isinstance(found, numbers.Real):
        raise Wrong(f"{name} is too {'small' if found < expected else 'large'} (found {short(found)}{tail})")
    raise Wrong(f"{name} is not {short(found)}{tail}")


def expect_unmistaken(
    found: Any, mistakes: Iterable[tuple[Any, str]], name: str = ANSWER, *, rtol: float, atol: float
) -> None:
    """Raise `Wrong` with the message of the first of `mistakes` (pairs: value, message) that `found` is."""
    for value, message in mistakes:
        if same(found, value, rtol, atol):
            unseen = name != ANSWER and isinstance(found, numbers.Number | str | tuple)
            raise Wrong(f"{name}: you give {short(found)}. {as_sentence(message)}" if unseen else message)


def expect_unrounded(found: Any, expected: Any, name: str = ANSWER, *, rtol: float, atol: float) -> None:
    """Raise `Wrong` where `found` is `expected` rounded (or cut off) to fewer decimals than are compared."""
    left, right = _as_array(found), _as_array(expected)
    if left is None or right is None or left.shape != right.shape:
        return
    if not {left.dtype.kind, right.dtype.kind} <= set("fiu"):
        return
    tolerance = atol + rtol * float(np.abs(right).max(initial=0))
    rounded = _rounded(left, right)
    if rounded and tolerance:
        way, decimals = rounded
        compared = int(-math.log10(2 * tolerance))
        more = f": the check looks at {_decimals(compared)}" if compared > decimals else ""
        raise Wrong(f"{name}: {way} too early, to {_decimals(decimals)}. Do not round{more}")


def expect_choice(
    answer: Any,
    expected: str | Iterable[str],
    choices: Iterable[str],
    name: str = ANSWER,
    *,
    mistakes: Iterable[tuple[str, str]] = (),
) -> str:
    """Return the choice that `answer` names; capitals and spaces around it do not matter.

    `expected` is one of `choices`, or several that all count as right. `mistakes` are pairs of a wrong
    choice and what speaks against it.
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
        reason = dict(mistakes).get(chosen)
        raise Wrong(f"{name} is not {chosen!r}" + (f". {as_sentence(reason)}" if reason else ""))
    return chosen


def expect_choices(answer: Any, choices: tuple[str, ...], name: str = ANSWER) -> set[str]:
    """Return a list of choices as a set; capitals and spaces around them do not matter."""
    if isinstance(answer, str) or not isinstance(answer, Iterable):
        raise Misfit(f"expected {name} to be a list of texts, found {describe(answer)}")
    if isinstance(answer, Mapping):
        raise Misfit(f"expected {name} to be a list of those that you choose, found {describe(answer)}")
    found = [value.strip().lower() if isinstance(value, str) else value for value in answer]
    unknown = [value for value in found if value not in choices]
    if unknown:
        raise Wrong(f"{name}: expected some of {listed(choices)}, found {unknown[0]!r}")
    return set(found)


def expect_supported(answer: Any, supported: Mapping[str, str], unsupported: Mapping[str, str]) -> None:
    """Raise `Wrong` unless a list of letters names exactly the statements that a result supports.

    Both mappings go from a statement's letter to the reason why it is, or is not, supported.
    """
    if isinstance(answer, str) or not isinstance(answer, Iterable):
        raise Misfit(
            f'give a list of letters in quotation marks, such as ["c", "g"], found {describe(answer)}'
        )
    statements = tuple(sorted((*supported, *unsupported)))
    chosen = expect_choices(answer, statements, "the list of letters")
    for letter in statements:
        if letter in chosen and letter in unsupported:
            raise Wrong(f"{letter} is not supported: {unsupported[letter]}")
    missing = [letter for letter in supported if letter not in chosen]
    if missing:
        more = f" ({len(missing)} are missing)" if len(missing) > 1 else ""
        raise Wrong(f"all you chose are right, but not all that are right are chosen{more}")


# --- comparing ----------------------------------------------------------------------------------


def _as_array(answer: Any) -> np.ndarray | None:
    if answer is None or isinstance(answer, str | bytes | dict | set) or callable(answer):
        return None
    try:
        return np.asarray(answer)
    except Exception:  # a list of lists of different lengths, a tensor of another library
        return None


def same(found: Any, expected: Any, rtol: float, atol: float) -> bool:
    """Whether both are of one shape and agree within ``atol + rtol * |expected|``, number by number.

    A truth value is no number; an array of them may stand for zeros and ones.
    """
    if isinstance(expected, str) or isinstance(found, str) or expected is None or found is None:
        return type(found) is type(expected) and found == expected
    if isinstance(expected, tuple) and isinstance(found, tuple):
        return len(found) == len(expected) and all(map(same, found, expected, repeat(rtol), repeat(atol)))
    left, right = _as_array(found), _as_array(expected)
    if left is None or right is None or left.shape != right.shape:
        return False
    if left.ndim == 0 and (left.dtype == bool) != (right.dtype == bool):
        return False
    try:
        return bool(np.allclose(left.astype(float), right.astype(float), rtol, atol, equal_nan=True))
    except (TypeError, ValueError):
        return bool(np.array_equal(left, right))


def _rounded(found: np.ndarray, expected: np.ndarray) -> tuple[str, int] | None:
    """How, and to how many decimals, `found` was made from `expected`."""
    largest = np.abs(found).max(initial=0)
    for decimals in range(6):
        unit = 10.0**-decimals
        for way, done in (("rounded", np.round), ("cut off", np.trunc)):
            near = np.allclose(found, done(expected / unit) * unit, rtol=0, atol=1e-3 * unit)
            if near and largest >= 10 * unit:  # two digits at least: 1 is not 1.46 rounded
                return way, decimals
    return None


def _decimals(number: int) -> str:
    return {0: "a whole number", 1: "1 decimal"}.get(number, f"{number} decimals")


def _describe_difference(
    found: np.ndarray, expected: np.ndarray, name: str, rtol: float, atol: float, reveal: bool
) -> str:
    differ = ~np.isclose(found.astype(float), expected.astype(float), rtol=rtol, atol=atol)
    first = tuple(int(i) for i in np.argwhere(differ)[0])
    where = first[0] if len(first) == 1 else first
    text = f"{name}: {int(differ.sum())} of {differ.size} values not right; the first at index {where}"
    tail = f", expected {short(expected[first])}" if reveal else ""
    return f"{text} (found {short(found[first])}{tail})"
