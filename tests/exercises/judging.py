"""How the tests of the checks say what a check has to answer."""

import pytest

from fmnist_lessons.exercises import CheckFailed


def right(task, answer, capsys):
    """Expect the check to call `answer` right."""
    task(answer)
    assert f"Task {task.number}: right." in capsys.readouterr().out


def wrong(task, *answers, says):
    """Expect the check to read the answers, to call them wrong, and to say why, in upper or lower case."""
    with pytest.raises(CheckFailed, match=f"(?i){says}") as caught:
        task(*answers)
    assert "could not read" not in str(caught.value)
