"""Text sources: what becomes a notebook, and what is refused because a solution would be handed out."""

import pytest

from fmnist_lessons.commands import sources
from fmnist_lessons.commands.notebooks import code_cells, is_stale

SOURCE = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# Exercises: a topic

See {{repository}} and {{book}}.

```{code-cell} ipython3
:tags: [nbval-check-output]

### BEGIN SOLUTION
help_of_mine = 2
answer = 3 * help_of_mine
### END SOLUTION
print(1)
```

Prose between.

```{code-cell} ipython3
def double(x):
    ### BEGIN SOLUTION
    y = 2 * x
    return y
    ### END SOLUTION
```
"""
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


@pytest.fixture
def source(tmp_path):
    """Write a source, and return its path."""
    path = tmp_path / "exercises" / "01_a.md"
    path.parent.mkdir()
    path.write_text(SOURCE)
    return path


def test_the_learner_gets_blanks_and_the_teacher_solutions(source):
    learner, solved = sources.convert(source, solved=False), sources.convert(source)
    blank = [cell.source for cell in code_cells(learner)]
    assert blank == ["answer = ...\nprint(1)", "def double(x):\n    ..."]
    full = [cell.source for cell in code_cells(solved)]
    assert full[0] == "help_of_mine = 2\nanswer = 3 * help_of_mine\nprint(1)"
    assert full[1] == "def double(x):\n    y = 2 * x\n    return y"
    assert learner.cells[0].source.startswith("# Exercises: a topic")
    assert solved.cells[0].source.startswith("# Solutions: a topic")


def test_addresses_and_tags_arrive(source):
    notebook = sources.convert(source)
    assert sources.addresses()["repository"] in notebook.cells[0].source
    assert "{{" not in notebook.cells[0].source
    assert notebook.cells[1].metadata["tags"] == ["nbval-check-output"]
    assert is_stale(notebook)


@pytest.mark.parametrize(
    "marker",
    [
        "### BEGIN SOLUTION ",
        "### BEGIN SOLUTION\t",
        "###\tBEGIN SOLUTION",
        "###  BEGIN SOLUTION",
        "### BEGIN  SOLUTION",
        "###BEGIN SOLUTION",
        "## BEGIN SOLUTION",
        "# BEGIN SOLUTION",
        "#### BEGIN SOLUTION",
        "BEGIN SOLUTION",
        "### begin solution",
        "### Begin Solution",
        "# begin solution",
        "### BEGIN SOLUTIONS",
        "### BEGIN SOLUTION:",
        "### BEGIN SOLUTION ###",
        "### BEGIN SOLUTION of task 1",
        "### BEGIN_SOLUTION",
        "### BEGINSOLUTION",
        "### BEGIN-SOLUTION",
        "### BEGIN THE SOLUTION",
        "### BEGIN SOLUTON",
        "### BEIGN SOLUTION",
        "### BEGN SOLUTION",
        "### START SOLUTION",
        "### SOLUTION BEGIN",
        "### SOLUTION",
        "### BEGIN",
        "### ВЕGIN SОLUTION",  # with Cyrillic В, Е, О
        "### BEGIΝ SOLUTION",  # with a Greek capital Nu
        "＃＃＃ BEGIN SOLUTION",
        "### BEGIN\u00a0SOLUTION",
        "### BEGIN\u200b SOLUTION",
        "\ufeff### BEGIN SOLUTION",
        "\u00a0### BEGIN SOLUTION",
        "### BEGIN SOLUTION\u2028",
        "// BEGIN SOLUTION",
        "<!-- BEGIN SOLUTION -->",
        "x = 1  ### BEGIN SOLUTION",
        "### BEGIN HIDDEN TESTS",
        "### BEGIN MARK SCHEME",
    ],
)
def test_a_line_that_only_looks_like_a_marker_is_refused_with_its_line(source, marker):
    source.write_text(SOURCE.replace(BEGIN, marker, 1), encoding="utf-8")
    with pytest.raises(sources.SourceError, match=r"01_a\.md:14: expected ### BEGIN SOLUTION or"):
        sources.convert(source, solved=False)


OPENING = "```{code-cell} ipython3\n"


@pytest.mark.parametrize(
    ("before", "after", "line", "message"),
    [
        # markers without a partner, nested, across cells, outside of code
        (f"{END}\nprint", "print", 14, "expected ### END SOLUTION in this cell"),
        (f"{BEGIN}\nhelp", "help", 16, "expected a BEGIN before this END"),
        ("help_of_mine = 2", BEGIN, 15, "expected an END before the next BEGIN"),
        (f"{END}\nprint", f"{END}\n{END}\nprint", 18, "expected a BEGIN before this END"),
        (f"{BEGIN}\nhelp", f"{END}\nhelp", 14, "expected a BEGIN before this END"),
        (f"{END}\nprint(1)\n```", "print(1)\n```", 14, "expected ### END SOLUTION in this cell"),
        (f"{END}\nprint(1)\n```", f"```\n\n{OPENING}{END}", 14, "expected ### END SOLUTION in this cell"),
        ("Prose between.", BEGIN, 21, "expected solutions in code cells only"),
        ("Prose between.", f"```python\n{BEGIN}\n```", 22, "expected solutions in code cells only"),
        ("Prose between.", "From BEGIN SOLUTION to END SOLUTION.", 21, "alone in its line"),
        (f"    {END}", "    ### end solution", 28, "alone in its line"),
        # fences and cells
        ("print(1)\n```", "print(1)", 11, "found another in line 22"),
        ("return y\n    ### END SOLUTION\n```", f"return y\n    {END}", 23, "found the file's end"),
        ("Prose between.", "```python", 21, "found another in line 23"),
        (SOURCE[-4:], "```\n~~~", 30, "found the file's end"),
        (OPENING, "```{code_cell} ipython3\n", 11, "expected ```{code-cell} ipython3 at"),
        (OPENING, "```{Code-Cell} ipython3\n", 11, "expected ```{code-cell} ipython3 at"),
        (OPENING, "``` {code-cell} ipython3\n", 11, "expected ```{code-cell} ipython3 at"),
        (OPENING, "- ```{code-cell} ipython3\n", 11, "expected ```{code-cell} ipython3 at"),
        (OPENING, "~~~{code-cell} ipython3\n", 11, "expected ```{code-cell} ipython3 at"),
        # Python
        ("print(1)", "print(1", 11, r"expected Python in the cell that begins here"),
        ("print(1)", "  print(1)", 11, "unexpected indent"),
        ("    y = 2 * x\n    return y\n", "", 23, "expected an indented block"),
        ("print(1)", "print(“1”)", 11, "invalid character"),
        # conflicts of Git's
        ("Prose between.", "<<<<<<< HEAD\nProse\n=======\nText\n>>>>>>> other", 21, "'<<<<<<< HEAD'"),
        ("Prose between.", ">>>>>>> 1f2e3d4", 21, "expected a text without Git's conflicts"),
        ("print(1)", "=======", 18, "expected a text without Git's conflicts"),
        # front matter
        ("---\njupytext", "jupytext", 1, "begins with ---"),
        ("---\n\n# Exercises", "\n# Exercises", 1, "begins with ---"),
        ("kernelspec: {", "kernelspec: [", 1, "expected YAML between two lines"),
        ("jupytext:\n", "other:\n", 1, "its jupytext and kernelspec"),
        # letters
        ("Prose between.", "Prose\0between.", 21, r"the character '\x00'"),
        ("Prose between.", "Gar\ufffdon", 21, "for a lost one"),
    ],
)
def test_nothing_is_made_from_a_source_that_is_damaged(source, before, after, line, message):
    assert before in SOURCE
    source.write_text(after.join(SOURCE.rsplit(before, 1) if line > 29 else SOURCE.split(before, 1)), "utf-8")
    with pytest.raises(sources.SourceError) as refused:
        [sources.convert(source, solved=solved) for solved in (False, True)]
    assert str(refused.value).startswith(f"{source}:{line}: ")
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "an empty file"),
        (b" \n\n", "an empty file"),
        (SOURCE[:40].encode(), "begins with ---"),
        (SOURCE.encode("utf-16"), "the byte 0xff (number 1)"),
        (SOURCE.encode("utf-16-le"), r"the character '\x00'"),
        (SOURCE.encode("utf-32"), "the byte 0xff"),
        (SOURCE.replace("Prose", "Été").encode("cp1252"), ":21: expected UTF-8 text, found the byte 0xc9"),
        (SOURCE.replace("Prose", "“Prose”").encode("cp1252"), "the byte 0x93"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "the byte 0x89"),
        (SOURCE.split("```{code-cell}")[0].split("# Exercises")[0].encode(), "expected a heading"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_named(source, content, message):
    source.write_bytes(content)
    with pytest.raises(sources.SourceError) as refused:
        sources.convert(source)
    assert str(source) in str(refused.value)
    assert message in str(refused.value)


@pytest.mark.parametrize("place", ["folder", "nothing"])
def test_a_source_that_is_no_file_is_named(source, place):
    source.unlink()
    if place == "folder":
        source.mkdir()
    with pytest.raises(sources.SourceError, match=r"01_a\.md: expected a text file, found"):
        sources.convert(source)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + SOURCE.encode(),
        SOURCE.replace("\n", "\r\n").encode(),
        SOURCE.replace("print(1)\n", "%pip install x\n!ls\nawait f()\nprint(1)\n").encode(),
        SOURCE.replace("Prose between.", "````\n```{code}\n```\n````\n> ```\n> quoted\n> ```").encode(),
        SOURCE.replace("Prose between.", "In the end, solutions differ.\n\n## Solution\n\n## End").encode(),
        SOURCE.replace("print(1)", "# the solution is above\nresolution = 3  # begin with one").encode(),
        SOURCE.replace(
            "    y = 2 * x\n", '    """Doubles.\n\n    ```\n    double(2)\n    ```\n    """\n'
        ).encode(),
    ],
    ids=["mark", "windows", "ipython", "fences", "prose", "comments", "docstring"],
)
def test_what_editors_and_authors_may_do_is_no_damage(source, content):
    source.write_bytes(content)
    assert len(list(code_cells(sources.convert(source, solved=False)))) == 2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("", "expected the addresses"),
        ("title: a book", "expected the addresses"),
        ("repository: x\nhtml: y", "expected the addresses"),
        (
            "repository: {url: }\nhtml: {baseurl: }",
            "expected the repository's address, https://…, found None",
        ),
        ("repository: {url: [1}", "expected YAML"),
        ("repository:\n\turl: x", "expected YAML"),
    ],
)
def test_settings_without_the_addresses_are_named(tmp_path, monkeypatch, settings, message):
    (tmp_path / "_config.yml").write_text(settings)
    monkeypatch.setattr(sources, "root", lambda: tmp_path)
    with pytest.raises(sources.SourceError, match=r"_config\.yml: ") as refused:
        sources.addresses()
    assert message in str(refused.value)
