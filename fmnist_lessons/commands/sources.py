"""The text sources: read strictly, judged line by line, and made into notebooks."""

import ast
import codecs
import difflib
import re
import unicodedata
from pathlib import Path

import jupytext
import yaml
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

SOLUTION = re.compile(r"^([ \t]*)### BEGIN SOLUTION\n(.*?)^[ \t]*### END SOLUTION$", re.S | re.M)
KEPT_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}

_MARKER = re.compile(r"[ \t]*### (BEGIN|END) SOLUTION")
_BEGIN, _WHAT = r"(?:begin|start|end|stop)s?", r"(?:solutions?|hidden[\W_]*tests?|mark[\W_]*scheme)"
_LIKE_A_MARKER = re.compile(
    rf"#.*\b{_BEGIN}[\W_]*(?:of[\W_]*)?(?:the[\W_]*)?{_WHAT}|#[\W_]*{_WHAT}[\W_]*{_BEGIN}\b"
)
_HALF_A_MARKER = re.compile(
    rf"[\W_]*#[\W_]*(?:{_BEGIN}|{_WHAT})[\W_]*"
)  # a heading in prose, but not in code
_LOOK_ALIKES = str.maketrans("веіѕотӏԍոսεβιοτνı", "beisotlgnuebiotni")  # Cyrillic, Armenian, Greek
_FENCE = re.compile(r"(?P<before>[>*+\d.) \t-]*)(?P<fence>`{3,}|~{3,})(?P<info>[^`]*)")
_CONFLICT = re.compile(r"^(?:(?:<{7}|>{7}|\|{7})(?: .*)?|={7})$", re.M)


class SourceError(ValueError):
    """A text source, or ``_config.yml``, is not what it must be; the message names file and line."""


def root() -> Path:
    """Return the folder of the checkout that this library runs from.

    Raises
    ------
    FileNotFoundError
        If the library was installed without its checkout.
    """
    folder = Path(__file__).resolve().parents[2]
    if not (folder / "_config.yml").exists():
        raise FileNotFoundError(
            f"{folder}: expected a checkout of the course with _config.yml; notebooks are made there only"
        )
    return folder


def addresses() -> dict[str, str]:
    """Return the addresses of the repository and of the published book, from ``_config.yml``.

    Raises
    ------
    SourceError
        If they are not there.
    """
    path = root() / "_config.yml"
    try:
        settings = yaml.safe_load(read_text(path))
        found = {"repository": settings["repository"]["url"], "book": settings["html"]["baseurl"]}
    except yaml.YAMLError as error:
        raise SourceError(f"{path}: expected YAML, found this fault: {error}") from None
    except (KeyError, TypeError) as error:
        raise SourceError(
            f"{path}: expected the addresses `repository: url` and `html: baseurl`, found none ({error})"
        ) from None
    for name, address in found.items():
        if not isinstance(address, str) or not re.match(r"https?://\S+$", address):
            raise SourceError(f"{path}: expected the {name}'s address, https://…, found {address!r}")
    return {name: address.rstrip("/") for name, address in found.items()}


def convert(source: Path, *, solved: bool = True) -> NotebookNode:
    """Return the notebook without outputs that a text source describes.

    Parameters
    ----------
    source : Path
        A Jupytext MyST file. ``{{repository}}`` and ``{{book}}`` become the addresses in ``_config.yml``.
    solved : bool
        Without, each solution becomes ``name = ...`` or ``...``.

    Raises
    ------
    SourceError
        If the source is damaged, a cell is no Python, or a line looks like a solution's marker and is none.
    """
    text = read_text(source)
    starts = cell_lines(text, source)
    for name, address in addresses().items():
        text = text.replace("{{" + name + "}}", address)
    try:
        notebook = jupytext.reads(text, fmt="md:myst")
    except Exception as error:  # Jupytext's own errors, YAML's and JSON's: all are told of the file
        raise SourceError(f"{source}: expected a MyST notebook, found this fault: {error}") from None
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if len(code) != len(starts):
        raise SourceError(f"{source}: expected {len(starts)} code cells, found {len(code)}; is a fence open?")
    if not notebook.cells or notebook.cells[0].cell_type != "markdown":
        raise SourceError(f"{source}: expected a heading before the first code cell, found none")
    for cell, line in zip(code, starts, strict=True):
        cell.source = SOLUTION.sub(_solution if solved else _blank, cell.source)
        _require_python(cell.source, f"{source}:{line}")
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    if solved and source.parent.name == "exercises":
        heading = notebook.cells[0]
        heading.source = re.sub(r"^# Exercises", "# Solutions", heading.source)
    notebook.metadata = NotebookNode(kernelspec=KEPT_KERNEL, language_info={"name": "python"})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook  # type: ignore[no-any-return]


def read_text(path: Path) -> str:
    """Return a file's text, with ``\\n`` at the end of lines and without a byte order mark.

    Raises
    ------
    SourceError
        If it is no UTF-8 text (an editor's wrong guess must not become other letters), or in conflict.
    """
    if not path.is_file():
        found = "something else of this name" if path.exists() else "no such file"
        raise SourceError(f"{path}: expected a text file, found {found}")
    content = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    try:
        text = content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"{path}:{line}: expected UTF-8 text, found the byte 0x{content[error.start]:02x} "
            f"(number {error.start + 1}); save the file as UTF-8"
        ) from None
    if wrong := re.search("[\0-\x08\x0b-\x1f\x7f]", text):
        line = text.count("\n", 0, wrong.start()) + 1
        raise SourceError(f"{path}:{line}: expected UTF-8 text, found the character {wrong[0]!a} in it")
    if conflict := _CONFLICT.search(text):
        line = text.count("\n", 0, conflict.start()) + 1
        raise SourceError(f"{path}:{line}: expected a text without Git's conflicts, found {conflict[0]!r}")
    return text


def cell_lines(text: str, path: Path) -> list[int]:
    """Return the lines in which a source's code cells begin, counted from 1.

    Raises
    ------
    SourceError
        For front matter that is missing, a fence that stays open, and whatever looks like a solution's marker
        without being one of a pair in one code cell.
    """

    def fault(line: int, what: str) -> SourceError:
        return SourceError(f"{path}:{line}: {what}")

    begins = _front_matter(text, path)
    cells, fence, fence_line, in_cell, solution_line = [], "", 0, False, 0
    for number, line in enumerate(text.split("\n")[begins:], begins + 1):
        if "\ufffd" in line:
            raise fault(number, f"expected letters, found an editor's mark for a lost one: {line!r}")
        match = _FENCE.fullmatch(line)
        if match and fence and _may_close(match, fence, in_cell):
            if match["info"].strip():
                raise fault(fence_line, f"expected this fence to be closed, found another in line {number}")
            if solution_line:
                raise fault(solution_line, "expected ### END SOLUTION in this cell, found none")
            fence = ""
        elif match and not fence:
            fence, fence_line, info = match["fence"], number, match["info"].strip()
            in_cell = line.startswith("```{code-cell}")
            cells += [number] if in_cell else []
            if not in_cell and re.sub("[^a-z]", "", info.lower()).startswith("codecell"):
                raise fault(number, f"expected ```{{code-cell}} ipython3 at the line's start, found {line!r}")
        if kind := _MARKER.fullmatch(line):
            if not (fence and in_cell):
                raise fault(number, "expected solutions in code cells only, found a marker in text")
            if (kind[1] == "END") != bool(solution_line):
                missing = "an END before the next BEGIN" if solution_line else "a BEGIN before this END"
                raise fault(number, f"expected {missing} in the same cell, found none")
            solution_line = number if kind[1] == "BEGIN" else 0
        elif _looks_like_a_marker(line, code=bool(fence and in_cell)):
            raise fault(
                number, f"expected ### BEGIN SOLUTION or ### END SOLUTION alone in its line, found {line!r}"
            )
    if fence:
        raise fault(fence_line, "expected this fence to be closed, found the file's end")
    return cells


def _may_close(match: re.Match[str], fence: str, in_cell: bool) -> bool:
    """Return whether Markdown lets a line close a fence: one in a docstring is indented too far for it."""
    before = match["before"]
    deep = in_cell and (">" in before or len(before.expandtabs(4)) > 3)
    return match["fence"].startswith(fence) and not before.strip("> \t") and not deep


def _front_matter(text: str, path: Path) -> int:
    """Return how many lines the front matter has."""
    match = re.match(r"---[ \t]*\n(.*?)^---[ \t]*$", text, re.S | re.M)
    try:
        settings = yaml.safe_load(match[1]) if match else None
    except yaml.YAMLError as error:
        raise SourceError(f"{path}:1: expected YAML between two lines of ---, found: {error}") from None
    if not match or not isinstance(settings, dict) or not {"jupytext", "kernelspec"} <= set(settings):
        first = text.split("\n", 1)[0][:60]
        found = f"the first line {first!r}" if text.strip() else "an empty file"
        raise SourceError(
            f"{path}:1: expected a notebook that begins with ---, its jupytext and kernelspec, and ---, "
            f"found {found}"
        )
    return match[0].count("\n") + 1


def _looks_like_a_marker(line: str, *, code: bool) -> bool:
    """Return whether a marker may have been meant: another case, spelling or script, or more in the line."""
    plain = unicodedata.normalize("NFKD", line)
    if re.search(r"\b(BEGIN|END)[\W_]+SOLUTION", plain):
        return True
    plain = "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Mn"))
    plain = plain.casefold().translate(_LOOK_ALIKES)
    letters = re.sub("[^a-z]", "", plain)
    if _LIKE_A_MARKER.search(plain) or (code and _HALF_A_MARKER.fullmatch(plain)):
        return True
    return bool(difflib.get_close_matches(letters, ("beginsolution", "endsolution"), cutoff=0.88))


def _require_python(code: str, place: str) -> None:
    try:
        python = TransformerManager().transform_cell(code)
        compile(python, place, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as error:
        line = (error.text or "").strip()
        raise SourceError(
            f"{place}: expected Python in the cell that begins here, found {line!r} ({error.msg})"
        ) from None


def _solution(match: re.Match[str]) -> str:
    """The solution without its markers."""
    return match[2].rstrip("\n")


def _blank(match: re.Match[str]) -> str:
    """What the learner sees where the solution stood: ``name = ...`` or, in a function, ``...``."""
    last = re.findall(r"^([A-Za-z_]\w*(?:, *\w+)*) = ", match[2], re.M)
    return f"{last[-1]} = ..." if last and not match[1] else f"{match[1]}..."
