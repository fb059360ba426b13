"""Answers and errors in words that a beginner knows."""

from __future__ import annotations

import inspect
import numbers
from typing import Any

import numpy as np

SMALL = 10  # an array of so many values is shown as it is


def describe(answer: Any) -> str:
    """What an answer is, in words that a beginner knows."""
    if answer is None:
        return "nothing (None)"
    if isinstance(answer, str):
        looks_like_number = answer.replace(".", "", 1).replace("_", "").lstrip("-").strip().isdigit()
        return f"the text {answer[:40]!r}" + (" (leave out the quotation marks)" if looks_like_number else "")
    if isinstance(answer, bool | np.bool_):
        return f"the truth value {answer}"
    if isinstance(answer, np.ndarray) and answer.dtype.kind in "US":
        return f"an array of shape {describe_shape(answer.shape)} that holds text"
    if isinstance(answer, np.ndarray):
        return f"an array of shape {describe_shape(answer.shape)} and dtype {answer.dtype}"
    if isinstance(answer, tuple | list | set | dict):
        values = answer.values() if isinstance(answer, dict) else answer
        text = " that holds text" if any(isinstance(value, str) for value in values) else ""
        return f"a {type(answer).__name__} of length {len(answer)}{text}"
    if isinstance(answer, type):
        return f"the class {answer.__name__} (were the parentheses that call it forgotten?)"
    if inspect.isroutine(answer):
        return "a function (were the parentheses that call it forgotten?)"
    if isinstance(answer, numbers.Number):
        return f"the number {short(answer)}"
    shape = getattr(answer, "shape", None)
    kind = type(answer).__name__
    return f"a {kind}" + (f" of shape {describe_shape(tuple(shape))}" if shape is not None else "")


def describe_inputs(function: Any, inputs: tuple[Any, ...]) -> str:
    """What a function was called with: small things as they are, large arrays by their shape."""
    try:
        names = [*inspect.signature(function).parameters][: len(inputs)]
    except (TypeError, ValueError):  # some of those written in C do not tell
        names = []
    if len(names) < len(inputs):
        return ", ".join(_describe_input("", value) for value in inputs)
    return ", ".join(map(_describe_input, names, inputs))


def _describe_input(name: str, value: Any) -> str:
    if isinstance(value, np.ndarray) and value.size > SMALL:
        kind = "" if value.dtype == float else f" and dtype {value.dtype}"
        return f"{name or 'an array'} of shape {describe_shape(value.shape)}{kind}"
    if isinstance(value, np.ndarray):
        text = str((value.round(4) if value.dtype.kind == "f" else value).tolist())
    else:
        text = short(value)
    return f"{name}={text}" if name else text


def describe_error(error: Exception) -> str:
    """The error's name and the beginning of its text."""
    text = str(error).strip()
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__


def describe_shape(shape: tuple[int, ...]) -> str:
    """A shape without NumPy's own kinds of integers."""
    return str(tuple(int(n) for n in shape))


def short(value: Any) -> str:
    """A value in at most 60 characters."""
    if isinstance(value, float | np.floating):
        return f"{value:.6g}"
    if isinstance(value, tuple):
        return f"({', '.join(map(short, value))})"[:60]
    return str(value)[:60] if isinstance(value, np.generic | int) else repr(value)[:60]


def listed(choices: tuple[str, ...]) -> str:
    """The choices in quotation marks, with commas between them."""
    return ", ".join(repr(choice) for choice in choices)


def as_sentence(text: str) -> str:
    """A capital at the start, unless the first word is code, and a full stop at the end."""
    text = text.strip()
    first = text.partition(" ")[0].rstrip(".,:;!?")
    if not any(sign in first for sign in "._([{"):
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."
