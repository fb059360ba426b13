"""For the whole suite, notebooks included: quick mode, the device in the header, a warning at the end."""

import os

os.environ.setdefault("FMNIST_QUICK", "1")  # the kernels that nbval starts inherit it
os.environ.setdefault("FMNIST_PROGRESS", "0")

NO_BROWSER = "NO BROWSER"  # as tests/book/conftest.py begins its reason


def pytest_report_header(config) -> str:
    """Say on which device the models of this run train."""
    from fmnist_lessons.machine import device

    here = device.describe()
    return f"device: {here.kind}, {here.device}; Keras on {here.backend}"


def pytest_terminal_summary(terminalreporter) -> None:
    """Say at the very end, and in colour, that the browser tests did not run."""
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(NO_BROWSER in str(report.longrepr) for report in skipped)
    if count:
        terminalreporter.section("NOT TESTED", sep="!", red=True, bold=True)
        terminalreporter.line(
            f"{NO_BROWSER}: {count} tests skipped; the book was not opened in one.", red=True, bold=True
        )
        terminalreporter.line("Install Chromium, or name one in FMNIST_BROWSER.", red=True)
