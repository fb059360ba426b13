"""Answers and errors in words that a beginner knows."""

from __future__ import annotations

import inspect
import numbers
from typing import Any

import numpy as np


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
        text = " that holds text" if any(isinstance(value, str) for value in answer) else ""
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


def describe_input(value: Any) -> str:
    """What a function was called with: small things as they are, arrays by their shape."""
    return describe(value) if isinstance(value, np.ndarray) and value.ndim else short(value)


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
    """A capital at the start and a full stop at the end."""
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."
