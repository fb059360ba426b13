"""What an exercise asks to tell right from wrong.

Most checks are tables: :func:`exercise` takes what is right, on which inputs, and which sentence knows
which mistakes. What is no table is a function that looks at a learner's answer. It raises :class:`Wrong`
with one sentence on what is wrong, or returns the sentence to print when the answer is right. ``@task``
turns it into a :class:`Task`, which is what a notebook calls: it prints a friendly line for an answer not
given yet, one more hint for each wrong one, and never stops the notebook.
"""

from .compare import (
    expect_array,
    expect_choice,
    expect_choices,
    expect_close,
    expect_dtype,
    expect_equal,
    expect_integer,
    expect_number,
    expect_shape,
    expect_supported,
    expect_unrounded,
)
from .table import Exercise, Function, exercise, expect_untouched
from .task import CheckFailed, Misfit, Task, Unanswered, Wrong, call, task

__all__ = [
    "CheckFailed",
    "Exercise",
    "Function",
    "Misfit",
    "Task",
    "Unanswered",
    "Wrong",
    "call",
    "exercise",
    "expect_array",
    "expect_choice",
    "expect_choices",
    "expect_close",
    "expect_dtype",
    "expect_equal",
    "expect_integer",
    "expect_number",
    "expect_shape",
    "expect_supported",
    "expect_unrounded",
    "expect_untouched",
    "task",
]
