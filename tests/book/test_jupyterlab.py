"""JupyterLab as a learner uses it: a chapter run from the menu, and an exercise answered by hand.

A real server works on a copy of the notebooks, in quick mode, and Chromium drives it. What ran is read from
the notebook that JupyterLab saves. Nothing of the user's is read or changed.
"""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from fmnist_lessons.commands.notebooks import code_cells
from fmnist_lessons.exercises import chapter_02

NOTEBOOKS = Path(__file__).resolve().parents[2] / "book" / "notebooks"
CHAPTER = "chapters/02_multilayer_perceptrons.ipynb"
EXERCISES = "exercises/02_multilayer_perceptrons.ipynb"
START_SECONDS = 120  # the time within which the server has to answer
RUN_SECONDS = 300  # the time within which a notebook has to run
STOP_SECONDS = 30  # the time that the server has to stop its kernels
WINDOW = {"width": 1280, "height": 900}
NOT_A_LEARNERS = ("FMNIST_CHECKS", "FMNIST_MODE", "FMNIST_PROGRESS", "FMNIST_SEEDS")
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},  # every cell is on the page
}


# The server


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its address with a slash at the end, its token, and its folder."""

    address: str
    token: str
    folder: Path

    def call(self, path: str, method: str = "GET") -> list | dict | None:
        """Ask the server's own interface."""
        request = urllib.request.Request(
            self.address + path, method=method, headers={"Authorization": f"token {self.token}"}
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever proxy is set
        with direct.open(request, timeout=STOP_SECONDS) as answer:
            return json.loads(answer.read() or "null")

    def saved(self, notebook: str) -> NotebookNode:
        """A notebook as it is saved."""
        return nbformat.read(self.folder / notebook, as_version=4)


def copy_notebooks(target: Path) -> None:
    """Copy the notebooks, without stored outputs: a number beside a cell then means that it ran here."""
    shutil.copytree(NOTEBOOKS, target, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    for path in target.rglob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        for cell in code_cells(notebook):
            cell.update(outputs=[], execution_count=None)
        nbformat.write(notebook, path)


def environment_in(folder: Path) -> dict[str, str]:
    """The server's environment: quick mode, and settings of its own."""
    kept = {name: value for name, value in os.environ.items() if name not in NOT_A_LEARNERS}
    for name, values in SETTINGS.items():
        path = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")
    own = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    return {**kept, "FMNIST_QUICK": "1", **{name: str(folder / place) for name, place in own.items()}}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_address(runtime: Path, token: str, server: subprocess.Popen, log: Path) -> str:
    """The address that the server notes down once it has a port, as soon as it answers there."""
    end = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < end:
        for note in runtime.glob("jpserver-*.json"):
            try:
                address = json.loads(note.read_text(encoding="utf-8"))["url"]
                Lab(address, token, runtime).call("api/status")
            except (OSError, ValueError):
                continue  # half-written, or not listening yet
            return address
        time.sleep(0.2)
    said = log.read_text(encoding="utf-8", errors="replace")[-5000:]
    pytest.fail(f"JupyterLab did not start (exit status {server.poll()}):\n{said}")


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory) -> Iterator[Lab]:
    """JupyterLab on a copy of the notebooks; after `browser`, so that nothing starts without one."""
    home = tmp_path_factory.mktemp("jupyterlab")
    folder, log, token = home / "notebooks", home / "server.log", secrets.token_hex(16)
    copy_notebooks(folder)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
    command += [f"--port={free_port()}", f"--IdentityProvider.token={token}"]
    command += [f"--ServerApp.root_dir={folder}", "--LabApp.extension_manager=readonly"]
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    with log.open("wb") as out:
        server = subprocess.Popen(
            command, cwd=home, env=environment_in(home), stdout=out, stderr=subprocess.STDOUT
        )
    try:
        yield Lab(wait_for_address(home / "runtime", token, server, log), token, folder)
    finally:
        server.terminate()
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture
def page(browser, lab):
    """An empty tab; the kernels that its notebook started end with it."""
    context = browser.new_context(viewport=WINDOW)
    context.set_default_timeout(1000 * START_SECONDS)
    yield context.new_page()
    context.close()
    for session in lab.call("api/sessions"):
        lab.call(f"api/sessions/{session['id']}", "DELETE")


# What a learner does


def open_notebook(page, lab: Lab, notebook: str) -> None:
    """Open a notebook and wait for its kernel; the page says "idle" before it has one."""
    page.goto(f"{lab.address}lab/tree/{notebook}?reset&token={lab.token}")
    end = time.monotonic() + START_SECONDS
    while not any(session["kernel"]["connections"] for session in lab.call("api/sessions")):
        assert time.monotonic() < end, "no kernel was started"
        page.wait_for_timeout(200)
    page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for()


def choose(page, menu: str, item: str) -> None:
    page.locator("#jp-MainMenu .lm-MenuBar-itemLabel").get_by_text(menu, exact=True).click()
    page.locator(".lm-Menu-itemLabel").get_by_text(re.compile(f"^{item}")).click()


def save(page) -> None:
    """Press Ctrl+S, and wait until the server has the notebook."""

    def is_saving(answer) -> bool:
        return answer.request.method == "PUT" and "/api/contents/" in answer.url

    with page.expect_response(is_saving) as saving:
        page.keyboard.press("ControlOrMeta+s")
    assert saving.value.ok, f"JupyterLab could not save: {saving.value.status}"


def cell_of(page, number: int):
    return page.locator(".jp-Notebook .jp-Cell").nth(number)


def click_into(cell) -> None:
    cell.locator(".jp-InputArea-editor .cm-content").click()


def answer(page, cell, code: str) -> None:
    """Replace a cell's code and run it."""
    click_into(cell)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(code)
    run(page, cell)


def run(page, cell) -> None:
    """Run a cell with Shift+Enter, and wait until the number beside it is a new one."""
    prompt = cell.locator(".jp-InputPrompt")
    before = prompt.inner_text()
    click_into(cell)
    page.keyboard.press("Shift+Enter")
    prompt.filter(has_text=re.compile(r"\[\d+\]")).filter(has_not_text=before).wait_for()


def see(cell, *parts: str) -> None:
    """Wait until these parts, and nothing else, are what stands below a cell."""
    from playwright.sync_api import expect

    whole = r"\s*" + r"\s+".join(parts) + r"\s*"
    expect(cell.locator(".jp-OutputArea-output")).to_have_text(re.compile(f"^{whole}$"))


# What is saved


def errors_in(notebook: NotebookNode) -> list[str]:
    """What went wrong, and in which cells."""
    return [
        f"{output.ename}: {output.evalue} in the cell\n{cell.source}"
        for cell in code_cells(notebook)
        for output in cell.outputs
        if output.output_type == "error"
    ]


# The tests

# Once all cells are sent, a star stands beside each that waits; after an error, nothing. A dialogue would ask
# about a kernel that is missing or has died.
HAS_RUN = r"""() => {
  const prompts = [...document.querySelectorAll(".jp-Notebook .jp-CodeCell .jp-InputPrompt")];
  const texts = prompts.map((prompt) => prompt.textContent);
  const done = texts.some((text) => /\[\d+\]/.test(text)) && !texts.some((text) => text.includes("*"));
  return done || document.querySelector(".jp-Dialog") !== null;
}"""


def test_a_chapter_runs_from_the_menu(page, lab):
    open_notebook(page, lab, CHAPTER)
    choose(page, "Run", "Run All Cells")
    page.wait_for_function(HAS_RUN, timeout=1000 * RUN_SECONDS)
    assert page.locator(".jp-Dialog").all_inner_texts() == []
    save(page)
    saved = lab.saved(CHAPTER)
    assert errors_in(saved) == []
    skipped = [cell.source for cell in code_cells(saved) if cell.execution_count is None]
    assert skipped == []
    counts = [cell.execution_count for cell in code_cells(saved)]
    assert counts == list(range(1, len(counts) + 1))
    assert any(cell.outputs for cell in code_cells(saved))


def test_a_learner_gets_hints_and_then_the_answer_right(page, lab):
    code = [cell.source for cell in lab.saved(EXERCISES).cells]
    number_of_check = code.index("check.dense_parameters(answer)")
    number_of_answer = code.index("answer = ...")
    assert number_of_answer < number_of_check
    hints = [re.escape(hint) for hint in chapter_02.dense_parameters.hints]
    open_notebook(page, lab, EXERCISES)
    check, answer_cell = cell_of(page, number_of_check), cell_of(page, number_of_answer)

    click_into(check)
    choose(page, "Run", "Run All Above")
    run(page, check)
    see(check, r"Task 2\.1: not answered yet\. Replace the … .*")

    wrong = r"Task 2\.1: not right yet\. .*the biases are missing.*"
    answer(page, answer_cell, "answer = 28 * 28 * 64")
    run(page, check)
    see(check, wrong, f"Hint 1 of {len(hints)}: {hints[0]}")
    run(page, check)
    see(check, wrong, f"Hint 2 of {len(hints)}: {hints[1]}")

    answer(page, answer_cell, "answer = 28 * 28 * 64 + 64")
    run(page, check)
    see(check, r"Task 2\.1: right\. .*")

    save(page)
    saved = lab.saved(EXERCISES)
    assert saved.cells[number_of_answer].source == "answer = 28 * 28 * 64 + 64"
    assert errors_in(saved) == []
