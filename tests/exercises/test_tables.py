"""Every exercise that is a table tests itself: right is called right, each mistake by its sentence."""

import importlib
import pkgutil

import pytest

from fmnist_lessons import exercises
from fmnist_lessons.exercises import CheckFailed, Exercise
from fmnist_lessons.exercises.words import as_sentence

CHAPTERS = [
    importlib.import_module(f"{exercises.__name__}.{module.name}")
    for module in pkgutil.iter_modules(exercises.__path__)
    if module.name.startswith("chapter_")
]
TABLES = [value for chapter in CHAPTERS for value in vars(chapter).values() if isinstance(value, Exercise)]
ROWS = [
    pytest.param(table, mistake, sentence, id=f"{table.number}-{sentence[:40]}")
    for table in TABLES
    for mistake, sentence in table.known
]
pytestmark = pytest.mark.usefixtures("checks_raise")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.number)
def test_what_is_right_is_called_right(table, capsys):
    table(table.right)
    assert f"Task {table.number}: right." in capsys.readouterr().out


@pytest.mark.parametrize(("table", "mistake", "sentence"), ROWS)
def test_each_known_mistake_is_told_by_its_own_sentence(table, mistake, sentence):
    with pytest.raises(CheckFailed) as caught:
        table(mistake)
    assert as_sentence(sentence) in str(caught.value)
