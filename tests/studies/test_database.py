"""The file of a study: what is wrong with it is named, it is never used, and nothing that ended is lost."""

import contextlib
import errno
import os
import shutil
import sqlite3
import warnings
from pathlib import Path

import pytest
from curves import Curve

from fmnist_lessons.studies import database
from fmnist_lessons.studies.database import DamagedStudyError, forget, told
from fmnist_lessons.studies.search import Search, run
from fmnist_lessons.studies.study import Study, between

SPACE = {"learning_rate": between(1e-4, 1e-1, log=True, grid=4), "batch_size": [64, 256]}
STUDY = Study(name="s", base=Curve(epochs=3), space=SPACE, trials=4, sampler="random")


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A file with two trials that ended, and one under way."""
    file = tmp_path_factory.mktemp("begun") / "study.db"
    run(STUDY, None, None, file=file, at_most=2)
    with Search(STUDY, file) as search:
        search.report(search.next(), 0.5, 0.1)
    return file


@pytest.fixture
def file(begun, tmp_path):
    return Path(shutil.copy(begun, tmp_path / "study.db"))


def sql(script):
    def change(file):
        with contextlib.closing(sqlite3.connect(file)) as opened:
            opened.executescript(script)

    return change


def instead(script):
    return lambda file: (file.unlink(), sql(script)(file))


def content(change):
    return lambda file: file.write_bytes(change(file.read_bytes()))


def scores(text):
    return sql(f"UPDATE trial_user_attributes SET value_json='{text}' WHERE key='scores' AND trial_id=1")


def chosen(change, trial=1):
    return sql(f"UPDATE trial_params SET {change} AND trial_id={trial}")


def reported(change, trial=2):
    return sql(f"UPDATE trial_intermediate_values SET {change} WHERE trial_id={trial}")


EXTRA = """INSERT INTO trial_params(trial_id, param_name, param_value, distribution_json)
SELECT trial_id, 'momentum', 0.5, distribution_json FROM trial_params WHERE param_name='learning_rate'"""
ADDED = "INSERT INTO trials(number, study_id, state) VALUES (3, 1, 'RUNNING'), (4, 1, 'RUNNING')"
DAMAGES = {
    "a half": (content(lambda raw: raw[: len(raw) // 2]), "cannot read .*malformed"),
    "a hundred bytes": (content(lambda raw: raw[:100]), "cannot read .*malformed"),
    "five bytes": (content(lambda raw: raw[:5]), "a file of another kind"),
    "a page less": (content(lambda raw: raw[:-4096]), "cannot read .*malformed"),
    "zeros": (content(lambda raw: bytes(len(raw))), "only zeros"),
    "zeros at the end": (content(lambda raw: raw[: len(raw) // 2].ljust(len(raw), b"\0")), "malformed"),
    "noise": (content(lambda raw: raw[:12288] + bytes(range(256)) * 64 + raw[28672:]), "it damaged"),
    "text": (lambda file: file.write_text("learning rate 0.01 was best"), "a file of another kind"),
    "a folder": (lambda file: (file.unlink(), file.mkdir()), "a folder"),
    "other tables": (instead("CREATE TABLE notes(x)"), r"other tables, \['notes'\]"),
    "another's studies": (instead("CREATE TABLE studies(x)"), "no such column: study_name"),
    "no trials": (sql("DROP TABLE trials"), r"none of its tables \['trials'\]"),
    "no scores' table": (sql("DROP TABLE trial_user_attributes"), "none of its tables"),
    "no column": (sql("ALTER TABLE trials DROP COLUMN datetime_complete"), "no such column"),
    "an older schema": (sql("UPDATE alembic_version SET version_num='v2.6.0.a'"), "no longer compatible"),
    "a newer schema": (sql("UPDATE alembic_version SET version_num='v99.0.0'"), "no longer compatible"),
    "another name": (sql("UPDATE studies SET study_name='mine'"), r"other studies of Optuna, \['mine'\]"),
    "two studies": (sql("INSERT INTO studies(study_name) VALUES ('mine')"), "other studies of Optuna"),
    "the lowest": (sql("UPDATE study_directions SET direction='MINIMIZE'"), "look for the highest"),
    "no description": (sql("DELETE FROM study_user_attributes"), "described as None"),
    "a description in words": (
        sql("UPDATE study_user_attributes SET value_json='\"x\"'"),
        "described as 'x'",
    ),
    "a broken description": (sql("UPDATE study_user_attributes SET value_json='{'"), "cannot read"),
    "7.5": (scores("[0.1, 0.2, 7.5]"), r"\[0.1, 0.2, 7.5\] in trial 0 instead of accuracies from 0 to 1"),
    "below 0": (scores("[0.1, 0.2, -0.5]"), "instead of accuracies from 0 to 1"),
    "NaN": (scores("[0.1, NaN, 0.2]"), "instead of accuracies from 0 to 1"),
    "words for scores": (scores('[0.1, 0.2, "high"]'), "instead of accuracies from 0 to 1"),
    "one score": (scores("0.3"), "instead of accuracies from 0 to 1"),
    "null": (scores("null"), "instead of accuracies from 0 to 1"),
    "half a list": (scores("[0.1,"), "cannot read"),
    "no score": (scores("[]"), r"\[\] in trial 0 instead of 3 scores"),
    "too few scores": (scores("[0.1, 0.2]"), "instead of 3 scores"),
    "other scores": (scores("[0.1, 0.2, 0.3]"), r"instead of the last of \[0.1, 0.2, 0.3\]"),
    "scores gone": (sql("DELETE FROM trial_user_attributes WHERE key='scores'"), "accuracies from 0 to 1"),
    "seconds gone": (sql("DELETE FROM trial_user_attributes WHERE key='seconds'"), "seconds, 0 or more"),
    "seconds below 0": (
        sql("UPDATE trial_user_attributes SET value_json='-1' WHERE key='seconds'"),
        "seconds, 0 or more",
    ),
    "another value": (sql("UPDATE trial_values SET value=0.99"), r"\[0.99\] in trial 0 instead of the last"),
    "a value in words": (sql("UPDATE trial_values SET value='high'"), "instead of the last"),
    "value gone": (sql("DELETE FROM trial_values"), "None in trial 0 instead of the last"),
    "reported 7.5": (reported("intermediate_value=7.5"), "trial 1 instead of accuracies from 0 to 1"),
    "reported NaN": (
        reported("intermediate_value=NULL, intermediate_value_type='NAN'"),
        "trial 1 instead of accuracies",
    ),
    "under way with 7.5": (reported("intermediate_value=7.5", trial=3), r"\[7.5\] in trial 2"),
    "another epoch": (reported("step=step+6"), "instead of epochs from 1 to 3 at most"),
    "a number twice": (sql("UPDATE trials SET number=0"), r"the numbers \[0, 0, 0\]"),
    "a number left out": (sql("UPDATE trials SET number=7 WHERE number=1"), r"the numbers \[0, 7, 2\]"),
    "no number": (sql("UPDATE trials SET number=NULL WHERE number=1"), r"the numbers \[0, None, 2\]"),
    "a trial gone": (sql("DELETE FROM trials WHERE number=0"), r"the numbers \[1, 2\]"),
    "too many": (sql(ADDED), "at most 4 are asked for"),
    "failed": (sql("UPDATE trials SET state='FAIL'"), "'FAIL' in trial 0"),
    "waiting": (sql("UPDATE trials SET state='WAITING' WHERE number=2"), "'WAITING' in trial 2"),
    "pruned": (sql("UPDATE trials SET state='PRUNED'"), "'PRUNED' in trial 0"),
    "an unknown state": (sql("UPDATE trials SET state='HAPPY'"), "cannot read .*HAPPY"),
    "another hyperparameter": (chosen("param_name='momentum' WHERE param_name='batch_size'"), "'momentum'"),
    "one more": (sql(EXTRA), "'momentum'"),
    "one less": (sql("DELETE FROM trial_params WHERE param_name='batch_size'"), "instead of values of"),
    "out of range": (chosen("param_value=0.5 WHERE param_name='learning_rate'"), "'learning_rate': 0.5"),
    "under way out of range": (chosen("param_value=0.5 WHERE param_name='learning_rate'", 3), "in trial 2"),
    "no such choice": (chosen("param_value=9 WHERE param_name='batch_size'"), "cannot read"),
    "other choices": (
        sql("UPDATE trial_params SET distribution_json=replace(distribution_json, '64', '32')"),
        "'batch_size': 32",
    ),
    "a broken choice": (chosen("distribution_json='{' WHERE param_name='batch_size'"), "cannot read"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_file_is_named_never_used_and_left_as_it_is(name, file):
    change, message = DAMAGES[name]
    change(file)
    before = file.read_bytes() if file.is_file() else None
    with pytest.raises(DamagedStudyError, match=message) as caught:
        run(STUDY, None, None, file=file)
    assert str(caught.value).startswith(f"{file}: expected an SQLite database with trials, found ")
    assert str(caught.value).endswith(": move it away, and the study begins anew")
    assert before is None or file.read_bytes() == before


def test_a_damaged_file_that_is_moved_away_makes_room_for_the_study(file):
    DAMAGES["zeros"][0](file)
    with pytest.raises(DamagedStudyError, match="move it away, and the study begins anew"):
        Search(STUDY, file)
    shutil.move(file, file.with_name("away"))
    with Search(STUDY, file) as search:
        assert search.rows() == []


@pytest.mark.parametrize(
    "beside",
    [
        content(lambda _: b""),  # killed as it was made
        instead("CREATE TABLE x(y); DROP TABLE x"),
        lambda file: file.with_name("study.db.lock").write_text("4242"),  # of a dead process
        lambda file: file.with_name("study.db-journal").write_bytes(b"rubbish"),
    ],
)
def test_what_harms_nothing_is_no_reason_to_stop(beside, file):
    beside(file)
    with Search(STUDY, file) as search:
        assert search.next().number in (0, 2)


@pytest.mark.parametrize("name", ["a b", "50%", "100%25", "what?", "no#1", "{url}", "é", "a'b", "x&mode=ro"])
def test_a_file_lies_where_it_is_asked_for(name, tmp_path):
    file = tmp_path / name / f"{name}.db"
    assert len(run(STUDY, None, None, file=file, at_most=1)) == 1
    assert sorted(path.name for path in file.parent.iterdir()) == [file.name, f"{file.name}.lock"]
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with Search(STUDY, file) as search:
        assert len(search.rows()) == 1


@pytest.mark.parametrize(
    ("number", "kind", "remedy"),
    [
        (errno.EACCES, PermissionError, "in a folder that may be written"),
        (errno.EROFS, OSError, "in a folder that may be written"),
        (errno.ENOSPC, OSError, "make room"),
        (errno.EDQUOT, OSError, "make room"),
        (errno.ENOLCK, OSError, "in a folder that may be written"),
    ],
)
@pytest.mark.parametrize("step", ["pathlib.Path.mkdir", "filelock.FileLock.acquire"])
def test_what_the_system_refuses_is_not_told_as_another_process(
    step, number, kind, remedy, tmp_path, monkeypatch
):
    def refuse(*_, **__):
        raise OSError(number, os.strerror(number), "there")

    monkeypatch.setattr(step, refuse)
    with pytest.raises(
        kind, match=rf"can be read and written, found: {os.strerror(number)} \(there\): .*{remedy}"
    ):
        Search(STUDY, tmp_path / "study.db")


def test_a_path_that_leads_nowhere_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "a.db.lock").mkdir()
    for place, message in (
        (tmp_path / "file" / "study.db", "Not a directory|File exists"),
        (tmp_path / ("x" * 300), "File name too long .*: give it a shorter name"),
        (tmp_path / "a.db", r"Is a directory \(.*a.db.lock\)"),
    ):
        with pytest.raises(OSError, match=message) as caught:
            Search(STUDY, place)
        assert str(caught.value).startswith(f"{place}: expected a file that can be read and written, found")


def troubled(script, place=":memory:"):
    with contextlib.closing(sqlite3.connect(place, timeout=0)) as opened:
        opened.executescript(script)


def locked(script, place):
    with contextlib.closing(sqlite3.connect(place, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        troubled(script, place)


@pytest.mark.parametrize(
    ("trouble", "message"),
    [
        (
            lambda make, _: troubled(
                f"{make}; PRAGMA max_page_count=1; INSERT INTO t VALUES (zeroblob(9999))"
            ),
            "found a disk without room: make room",
        ),
        (
            lambda make, _: troubled(f"PRAGMA query_only=1; {make}"),
            "found one that may only be read: name a file",
        ),
        (lambda make, folder: troubled(make, folder), "found one that cannot be opened: name a file"),
        (
            lambda make, folder: locked(make, folder / "study.db"),
            "found that another program has locked it: close that program",
        ),
    ],
)
def test_each_trouble_of_sqlite_has_its_own_sentence(trouble, message, tmp_path):
    with pytest.raises(sqlite3.Error) as caught:
        trouble("CREATE TABLE t(x)", tmp_path)
    assert message in str(told(Path("study.db"), caught.value))


@pytest.mark.parametrize("trials_before", [0, 1, 3])
@pytest.mark.parametrize("trouble", ["may only be read", "cannot be read"])
def test_a_file_that_takes_no_more_ends_no_study(trouble, trials_before, tmp_path):
    study, file = (
        STUDY.but(base=Curve(epochs=9), trials=8, sampler="tpe", pruner="asha"),
        tmp_path / "study.db",
    )

    def break_it(row):
        if row["number"] == trials_before:
            engine = search._optuna._storage._backend.engine
            connections = [engine.raw_connection() for _ in range(5)]
            for connection in connections:
                connection.driver_connection.execute("PRAGMA query_only=1")
                connection.close()
            if trouble == "cannot be read":
                file.write_bytes(b"nonsense" * 10_000)

    def without_seconds(rows):
        return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]

    with Search(study, file, on_trial=break_it) as search, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for trial in iter(search.next, None):
            steps = trial.recipe.by_epoch(trial.recipe, None, None, seed=trial.seed)
            while not search.report(trial, steps.advance(), 0.1):
                pass
        rows = search.rows()
    assert without_seconds(rows) == without_seconds(run(study, None, None))
    (warning,) = [str(one.message) for one in caught if str(file) in str(one.message)]
    assert warning.endswith("; the study goes on, but what ends from now on is in memory alone")
    if trouble == "may only be read":
        with Search(study, file) as search:
            assert len(search.rows()) == trials_before + 1, "what ended before is kept"


def test_a_study_is_forgotten_with_all_that_lies_beside_it_but_not_while_it_runs(file):
    with Search(STUDY, file), pytest.raises(RuntimeError, match="expected to run this study alone"):
        forget(file)
    file.with_name("study.db-journal").write_bytes(b"")
    forget(file)
    forget(file)
    assert list(file.parent.iterdir()) == []


def test_two_files_of_one_stem_do_not_keep_each_other_out(tmp_path):
    with Search(STUDY, tmp_path / "a.db"), Search(STUDY, tmp_path / "a.sqlite") as other:
        assert other.rows() == []


def test_a_study_that_could_not_be_opened_leaves_no_lock(file, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(database, "_require_own", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            Search(STUDY, file)
    with Search(STUDY, file) as search:
        assert len(search.rows()) == 2
