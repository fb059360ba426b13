"""What every task of the chapters has to do, whatever it asks for."""

import numpy as np
import pytest

from fmnist_lessons.exercises import (
    Task,
    chapter_01,
    chapter_02,
    chapter_03,
    chapter_04,
    chapter_05,
    chapter_06,
    chapter_07,
    chapter_08,
    chapter_09,
)

CHAPTERS = {  # and how many tasks
    1: (chapter_01, 11),
    2: (chapter_02, 10),
    3: (chapter_03, 10),
    4: (chapter_04, 9),
    5: (chapter_05, 9),
    6: (chapter_06, 8),
    7: (chapter_07, 8),
    8: (chapter_08, 8),
    9: (chapter_09, 8),
}


def tasks(chapter):
    return [value for value in vars(chapter).values() if isinstance(value, Task)]


def answered(task, answer):
    task(*[answer] * (3 if task is chapter_02.diagnosis else 1))


every_task = pytest.mark.parametrize(
    "task",
    [task for chapter, _ in CHAPTERS.values() for task in tasks(chapter)],
    ids=lambda task: task.number,
)


@pytest.mark.parametrize("number", CHAPTERS)
def test_the_tasks_are_numbered_and_have_graded_hints(number):
    chapter, count = CHAPTERS[number]
    assert [task.number for task in tasks(chapter)] == [f"{number}.{i}" for i in range(1, count + 1)]
    assert all(len(task.hints) == 3 for task in tasks(chapter))


@every_task
def test_unanswered_is_said_and_does_not_stop_the_notebook(task, capsys):
    answered(task, ...)
    answered(task, lambda *_, **__: ...)
    assert capsys.readouterr().out.count("not answered yet") == 2


@every_task
@pytest.mark.parametrize("answer", [None, "text", [], {}, np.zeros(3), object(), len, [[]], {"a": 1}])
def test_an_odd_answer_is_wrong_and_nothing_else(task, answer, capsys):
    answered(task, answer)
    said = capsys.readouterr().out
    assert "not right yet" in said
    assert "could not read" not in said
