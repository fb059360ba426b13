"""What the project's own files promise: dependencies, versions, addresses, commands."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import fmnist_lessons

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.lock", "requirements-book.lock")
PIN = re.compile(r"^(?P<name>[A-Za-z0-9][\w.-]*)(\[[\w,-]+\])?==(?P<version>[^\s;\\]+)")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def project() -> dict:
    return tomllib.loads(read("pyproject.toml"))["project"]


def requirements(*extras: str) -> list[Requirement]:
    """The base requirements and those of the extras; an extra may name this project's other extras."""
    table = project()
    found = [Requirement(line) for line in table["dependencies"]]
    waiting, seen = list(extras), set()
    while waiting:
        extra = waiting.pop()
        if extra in seen:
            continue
        seen.add(extra)
        for requirement in map(Requirement, table["optional-dependencies"][extra]):
            if canonicalize_name(requirement.name) == canonicalize_name(table["name"]):
                waiting.extend(requirement.extras)
            else:
                found.append(requirement)
    return found


def all_requirements() -> list[Requirement]:
    return requirements(*project()["optional-dependencies"])


def lower_bounds(found: list[Requirement]) -> dict[str, str]:
    """Package name → its lower bound, the highest where a package is named twice; "" where there is none."""
    bounds: dict[str, str] = {}
    for requirement in found:
        name = canonicalize_name(requirement.name)
        bound = next((item.version for item in requirement.specifier if item.operator == ">="), "")
        bounds[name] = max(bounds.get(name, ""), bound, key=lambda text: Version(text or "0"))
    return bounds


def blocks(lock: str) -> list[str]:
    """The lock file's requirements, each with the lines that continue it."""
    lines = [line for line in read(lock).splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return re.split(r"\n(?=\S)", "\n".join(lines))


def pins(lock: str) -> dict[str, set[str]]:
    """Package name → pinned versions: more than one where they differ by Python version or system."""
    found: dict[str, set[str]] = {}
    for block in blocks(lock):
        match = PIN.match(block)
        assert match, f"{lock}: expected name==version, found {block.splitlines()[0]!r}"
        found.setdefault(canonicalize_name(match["name"]), set()).add(match["version"])
    return found


def tracked_texts() -> list[tuple[str, str]]:
    """(path, text) of every tracked file that is UTF-8 text."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    run = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    paths = [path for path in run.stdout.decode().split("\0") if path and (ROOT / path).is_file()]
    if run.returncode or not paths:
        pytest.skip(f"git lists no files: {run.stderr.decode().strip()}")
    texts = []
    for path in paths:
        content = (ROOT / path).read_bytes()
        if b"\0" not in content:
            texts.append((path, content.decode("utf-8", errors="replace")))
    return texts


# --- dependencies ---------------------------------------------------------------------------------


def test_environment_yml_is_in_step_with_pyproject():
    listed = yaml.safe_load(read("environment.yml"))["dependencies"]
    conda = [Requirement(item.removeprefix("python-")) for item in listed if isinstance(item, str)]
    bounds = lower_bounds([item for item in conda if item.name != "pip"])
    del bounds["python"]
    (python,) = [item.specifier for item in conda if item.name == "python"]
    assert python == SpecifierSet(project()["requires-python"])
    assert bounds == lower_bounds(requirements("tensorflow", "lab"))
    assert {"pip": ["-e ."]} in listed


@pytest.mark.parametrize("name", ["tensorflow", "keras", "numpy", "pandas"])
def test_no_upper_bound_takes_colab_s_own_version_away(name):
    found = [item for item in all_requirements() if canonicalize_name(item.name) == name]
    assert found, f"pyproject.toml no longer names {name}"
    for requirement in found:
        operators = {item.operator for item in requirement.specifier}
        assert operators <= {">=", ">", "!="}, f"pyproject.toml: {requirement} has an upper bound"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock):
    without = [block.splitlines()[0] for block in blocks(lock) if "--hash=sha256:" not in block]
    assert not without


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_file_holds_no_address(lock):
    found = [line for line in read(lock).splitlines() if "://" in line or "index-url" in line]
    assert not found


def test_lock_file_covers_every_requirement():
    locked = pins("requirements.lock")
    wrong = []
    for requirement in all_requirements():
        versions = locked.get(canonicalize_name(requirement.name), set())
        if not versions or not all(
            requirement.specifier.contains(item, prereleases=True) for item in versions
        ):
            wrong.append(f"{requirement}: locked {sorted(versions) or 'nowhere'}")
    assert not wrong, "run `make lock`"


def test_book_s_lock_file_is_a_small_part_of_the_whole():
    whole, book = pins("requirements.lock"), pins("requirements-book.lock")
    differing = {name: versions for name, versions in book.items() if not versions <= whole.get(name, set())}
    assert not differing, "run `make lock`"
    assert "jupyter-book" in book
    assert not {"tensorflow", "keras", "jax", "torch"} & set(book)


def test_import_starts_neither_tensorflow_nor_what_draws():
    heavy = ("tensorflow", "keras", "jax", "torch", "matplotlib", "pandas", "sklearn")
    code = f"import sys, fmnist_lessons; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


# --- versions -------------------------------------------------------------------------------------


def test_versions_agree():
    table = tomllib.loads(read("pyproject.toml"))
    citation = yaml.safe_load(read("CITATION.cff"))
    newest = re.search(r"^## \[?(\d[^\s\]]*)\]? \W (\d{4}-\d\d-\d\d)$", read("CHANGELOG.md"), re.MULTILINE)
    assert newest, "CHANGELOG.md: expected a heading like '## 0.1.0 — 2026-11-21'"
    assert newest[1] == fmnist_lessons.__version__
    assert citation["version"] == fmnist_lessons.__version__
    assert str(citation["date-released"]) == newest[2]
    if "version" not in table["project"].get("dynamic", []):
        assert table["project"]["version"] == fmnist_lessons.__version__


# --- addresses and paths --------------------------------------------------------------------------


def test_repository_s_address_stands_in_one_place():
    settings = yaml.safe_load(read("_config.yml"))
    address = settings["repository"]["url"].rstrip("/")
    owner_and_name = "/".join(address.split("/")[-2:])  # Colab's and Binder's links hold this part only
    published = settings["html"]["baseurl"].split("://")[-1].rstrip("/")
    found = [
        path
        for path, text in tracked_texts()
        if (owner_and_name in text or published in text)
        and path != "_config.yml"
        and not path.startswith("book/notebooks/")
    ]
    assert not found, f"{owner_and_name} and {published} belong in _config.yml alone"


def test_no_path_of_some_machine():
    folders = "|".join(("home", "root", "work", "Users"))
    path_of_a_machine = re.compile(rf"(?<![\w.+-])/(?:{folders})/|\b[A-Z]:\\+Users\\")
    found = []
    for path, text in tracked_texts():
        for match in path_of_a_machine.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"{path}:{line}: {text[match.start() : match.start() + 60].splitlines()[0]}")
    assert not found


# --- commands -------------------------------------------------------------------------------------


def test_readme_and_makefile_name_the_same_targets():
    named = set(re.findall(r"(?:^|`)make ([a-z][\w-]*)", read("README.md"), re.MULTILINE))
    targets = set(re.findall(r"^([a-z][\w-]*):(?!=)", read("Makefile"), re.MULTILINE))
    assert named == targets


@pytest.mark.skipif(os.name == "nt", reason="make is missing on Windows")
def test_make_help_names_every_target():
    if shutil.which("make") is None:
        pytest.skip("no make")
    run = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    targets = set(re.findall(r"^([a-z][\w-]*):(?!=)", read("Makefile"), re.MULTILINE))
    missing = {target for target in targets if not re.search(rf"\b{target}\b", run.stdout)}
    assert not missing


@pytest.mark.skipif(os.name == "nt", reason="make is missing on Windows")
@pytest.mark.parametrize("python", ["no-such-python", "false", ""])
def test_without_a_python_that_fits_make_says_in_one_sentence_what_is_missing(tmp_path, python):
    if shutil.which("make") is None:
        pytest.skip("no make")
    command = ["make", "book", f"VENV={tmp_path / 'venv'}", f"PYTHON={python}"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    said = run.stderr.splitlines()[0]
    assert said.startswith(
        "make: expected Python 3.11, 3.12 or 3.13 with its module venv, found none; install"
    )
    assert run.returncode
    assert not (tmp_path / "venv").exists()


def test_make_looks_for_the_pythons_that_the_project_allows():
    allowed = SpecifierSet(project()["requires-python"])
    named = re.findall(r"python(3\.\d+)", read("Makefile").split("VENV :=")[0])
    assert named == [version for version in ("3.14", "3.13", "3.12", "3.11", "3.10") if version in allowed]


def test_readme_links_lead_somewhere():
    names = re.findall(r"\]\((?!https?:)([^)#]+)\)", read("README.md") + read("CONTRIBUTING.md"))
    assert names
    assert not [name for name in names if not (ROOT / name).exists()]
