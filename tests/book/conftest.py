"""The built book, a server for it and a browser: made once for all tests of this folder.

Environment: ``FMNIST_BUILT_BOOK`` names a folder with a book that is built already, ``FMNIST_BROWSER`` a
Chromium. With ``FMNIST_REQUIRE_BROWSER=1`` a missing browser is a failure; otherwise its tests are skipped,
with a line at the very end.
"""

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NO_BROWSER = "NO BROWSER: the book was not opened in one"  # conftest.py looks for it
BUILD_SECONDS = 120  # the time within which the book has to build


@pytest.fixture(scope="session")
def built_book(tmp_path_factory) -> Path:
    """The folder of the built book's HTML."""
    if given := os.environ.get("FMNIST_BUILT_BOOK"):
        return Path(given).resolve()
    out = tmp_path_factory.mktemp("built_book")
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", str(ROOT)]
    done = subprocess.run(
        [*command, "--path-output", str(out), "-W", "-n", "--keep-going"],
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"jupyter-book build failed:\n{done.stdout[-5000:]}\n{done.stderr[-5000:]}"
    return out / "_build" / "html"


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def book_address(built_book) -> Iterator[str]:
    """Where the book is served, with a slash at the end."""
    handler = functools.partial(_QuietHandler, directory=str(built_book))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def _no_browser(why: str) -> None:
    if os.environ.get("FMNIST_REQUIRE_BROWSER") == "1":
        pytest.fail(f"{NO_BROWSER} ({why}), and FMNIST_REQUIRE_BROWSER=1 demands it")
    # a warning too: pytest-xdist hands it on to the main process, which may not have read this file
    warnings.warn(f"{NO_BROWSER} ({why}); its tests were skipped", stacklevel=2)
    pytest.skip(f"{NO_BROWSER} ({why}). Install Chromium, or name one in FMNIST_BROWSER.")


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium."""
    asked = os.environ.get("FMNIST_BROWSER")
    path = asked or next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None or shutil.which(path) is None:
        _no_browser(f"no {asked}" if asked else "none of " + ", ".join(BROWSERS))
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        _no_browser("the package playwright is missing")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()
