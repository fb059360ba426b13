"""The oracle of every refactoring: each record's fingerprint, computed anew from today's code."""

from fmnist_lessons.records import store
from fmnist_lessons.records.shelf import is_current


def test_each_record_of_the_book_is_the_one_that_todays_code_would_make():
    records = store.read(store.book_folder())
    assert records
    stale = {f"{r['chapter']}/{r['name']}" for r in records if not is_current(r)}
    assert not stale, "these records would have to be made anew: a change has reached what decides a fit"
