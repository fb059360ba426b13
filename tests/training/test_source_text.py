"""The source of code as the fingerprint sees it."""

import hashlib
import textwrap

import pytest

from fmnist_lessons.training import sources

# What Pythons 3.11 to 3.13 write, split or count differently, and what they do not.
AWKWARD = r'''
def awkward(x: "int", /, w: float = 1.5e300, *rest, key: str = 'k', **more) -> "list[int]":
    """A docstring."""
    chosen: list[int] = [i for i in rest if i > x]
    texts = (f"a{{b}}{x!r:>{w}}{chosen = }" "tail" f"{x:.{w}f}", rf"\d{x}" f"{{" "}}", u"é", "\U0001fae8")
    nested = f"{x['q']} {f'{x}'} {x:}" f"", f'{x + 1=!s:^{x}.{w}}', f"{x:%Y-%m}{'n'}", "\x00\ud800"
    match x:
        case {"a": 1, **others} if others:
            return -1j, b"\xff", ..., None, True
        case [1, *_] | (2 as y):
            pass
    try:
        with open(x) as a, (open(x)) as b:
            x[1:2, ..., *rest] = 10**3 if (z := a) else b
    except* ValueError as error:
        print(error)

    async def inner():
        async with x as z:
            return [await v async for v in z], (lambda v, /, n=1: v + n)(*rest)

    return texts, nested, inner, [*rest, *chosen], {**more, "k": key}, y, z
'''


def source(text):
    return sources.read(textwrap.dedent(text), frozenset({"require_batch"}))


def test_a_source_is_written_alike_by_every_python():
    found = source(AWKWARD)
    assert hashlib.sha256(found.text.encode()).hexdigest()[:16] == "af35f5c9f141d278"
    assert {chain for chain, _ in found.names} == {("open",), ("print",), ("ValueError",)}


def function(*lines, head="x, n=2"):
    return source(f"def f({head}):\n    " + "\n    ".join(lines)).text


FIRST, LAST = "y = x[0] * n", "return g(y)"
REFUSAL = "if n < 1:", "    raise ValueError(n)"
ALIKE = {
    "a docstring": function('"""Doubled."""', FIRST, LAST),
    "comments": function("# twice", FIRST, "", LAST + "  # so"),
    "types": function("y: float = x[0] * n", "return cast(int, g(y))", head="x: list, n: int = 2"),
    "a type alone": function("y: float", FIRST, LAST),
    "a refusal": function(*REFUSAL, FIRST, LAST),
    "a refusal by name": function("require_batch(x)", FIRST, LAST),
    "lines": function("y = (x[0]", "  * n)", LAST, head="\n x,\n n=2,\n"),
}
OTHERS = {
    "a number": function("y = x[1] * n", LAST),
    "a default": function(FIRST, LAST, head="x, n=3"),
    "the kind of a number": function(FIRST, LAST, head="x, n=2.0"),
    "an operation": function("y = x[0] / n", LAST),
    "an order of arguments": function(FIRST, LAST, head="n, x=2"),
    "a call": function("shuffle(x)", FIRST, LAST),
    "what a refusal by name gives back": function("x = require_batch(x)", FIRST, LAST),
    "what is done where nothing is refused": function(*REFUSAL, "else:", "    n = 1", FIRST, LAST),
    "what a refusal computes": function("if (n := n + 1) < 1:", "    raise ValueError(n)", FIRST, LAST),
    "a case": function("if n < 1:", "    n = 1", FIRST, LAST),
    "an error that is caught": function("try:", "    " + FIRST, "except IndexError:", "    y = 0", LAST),
}


@pytest.mark.parametrize("what", ALIKE)
def test_what_decides_no_number_is_left_out(what):
    assert ALIKE[what] == function(FIRST, LAST)


@pytest.mark.parametrize("what", OTHERS)
def test_what_may_decide_a_number_counts(what):
    assert OTHERS[what] != function(FIRST, LAST)


def test_the_words_of_an_error_are_left_out():
    start = "try:", "    return g(x)", "except KeyError as error:"
    first, second = (
        function(*start, f"    text = {word!r}", "    raise TypeError(text)") for word in ("no", "never")
    )
    assert first == second != function(*start, "    return 0")


def test_what_is_read_from_outside_is_known_from_what_is_not():
    found = source(
        """
        class Layer(base.Layer):
            width = WIDTH

            def call(self, x, size=SIZE):
                from .tables import entry
                local = [TABLE[name].size for name in x.names]
                return {entry(key): other.part.f(SIZE) for key, other in local} | self.settings[x]
        """,
    )
    names = {"base.Layer", "WIDTH", "SIZE", "TABLE"}
    assert {".".join(chain) for chain, _ in found.names} == names
    assert {".".join(chain) for chain, looked_up in found.names if looked_up} == {"TABLE"}
    assert found.attributes >= {("names", False), ("settings", True), ("size", False), ("f", False)}
    assert found.imports == {(1, "tables", "entry")}
