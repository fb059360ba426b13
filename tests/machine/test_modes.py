import pytest

from fmnist_lessons.machine.modes import mode


def test_quick_is_a_switch(monkeypatch):
    monkeypatch.setenv("FMNIST_QUICK", "yes")
    with pytest.raises(ValueError, match="FMNIST_QUICK: expected 0 or 1, found 'yes'"):
        mode()


@pytest.mark.parametrize(
    ("quick", "asked", "expected"),
    [("1", "", "quick"), ("1", "record", "quick"), ("0", "record", "record"), ("", "", "live")],
)
def test_the_environment_decides(monkeypatch, quick, asked, expected):
    monkeypatch.setenv("FMNIST_QUICK", quick)
    monkeypatch.setenv("FMNIST_MODE", asked)
    assert mode() == expected


def test_a_misspelt_mode_is_refused(monkeypatch):
    monkeypatch.setenv("FMNIST_QUICK", "0")
    monkeypatch.setenv("FMNIST_MODE", "fast")
    with pytest.raises(ValueError, match="expected live, quick or record, found 'fast'"):
        mode()
