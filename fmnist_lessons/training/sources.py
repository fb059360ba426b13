"""The source of a function, cut down to what decides a number, and written alike by every Python."""

import ast
import functools
import inspect
import json
import symtable
import textwrap
from dataclasses import dataclass
from typing import Any

NOT_WRITTEN = ("ctx", "kind", "type_comment", "type_params")
LEAVES = (ast.Return, ast.Continue, ast.Break)


@dataclass(frozen=True)
class Source:
    """What a piece of code is, and what it reads.

    Attributes
    ----------
    text : str
        Its syntax tree as JSON.
    names : frozenset of (tuple of str, bool)
        Names from outside of the code with their attributes, ``("keras", "layers", "Dense")``; and whether
        the code looks an entry up in them, ``TABLE[key]``.
    attributes : frozenset of (str, bool)
        Attributes of whatever object, ``build`` of ``recipe.build()``; and whether an entry is looked up.
    imports : frozenset of (int, str, str)
        What the code itself imports from other modules: the dots, the module, the name.
    """

    text: str
    names: frozenset[tuple[tuple[str, ...], bool]]
    attributes: frozenset[tuple[str, bool]]
    imports: frozenset[tuple[int, str, str]]


@functools.cache  # a file that is edited while a recording runs must not change what that process records
def source_of(thing: Any, refusals: frozenset[str]) -> Source:
    """Return the source of a function or a class, read as by `read`."""
    try:
        return read(textwrap.dedent(inspect.getsource(inspect.unwrap(thing))), refusals)
    except (OSError, SyntaxError) as error:
        raise TypeError(
            f"{thing!r}: expected a function or class whose source can be read, found none ({error}): "
            "write it with def, in a file"
        ) from error


def read(text: str, refusals: frozenset[str]) -> Source:
    """Return what the text of a function or a class is, and what it reads.

    What decides no number is left out: comments, docstrings, types, and refusals: what has been trained was
    not refused. A refusal is ``if …: raise …``, the words of an error, an ``except`` that only raises, and a
    call of nothing but a function named among the `refusals`.
    """
    tree = _Reduced(refusals).visit(ast.parse(text))
    for node in ast.walk(tree):
        if (body := getattr(node, "body", None)) == []:
            body.append(ast.Pass())
    reader = _Reader()
    reader.visit(tree)
    outer = _names_from_outside(symtable.symtable(ast.unparse(ast.fix_missing_locations(tree)), "-", "exec"))
    names = frozenset((chain, looked_up) for chain, looked_up in reader.names if chain[0] in outer)
    written = json.dumps(_written(tree.body), separators=(",", ":"))
    return Source(written, names, frozenset(reader.attributes), frozenset(reader.imports))


class _Reduced(ast.NodeTransformer):
    """Takes out what decides no number."""

    def __init__(self, refusals: frozenset[str]) -> None:
        self._refusals = refusals

    def visit(self, node: Any) -> Any:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            node.body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        return super().visit(node)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        return self.visit(ast.Assign([node.target], node.value)) if node.value else None

    def visit_Call(self, node: ast.Call) -> Any:
        is_cast = isinstance(node.func, ast.Name) and node.func.id == "cast"
        return self.visit(node.args[1]) if is_cast else self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> ast.Raise:
        return ast.Raise()

    def visit_If(self, node: ast.If) -> Any:
        binds = any(isinstance(part, ast.NamedExpr) for part in ast.walk(node.test))
        is_refusal = len(node.body) == 1 and isinstance(node.body[0], ast.Raise) and not node.orelse
        return None if is_refusal and not binds else self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> Any:
        if isinstance(node.body[-1], ast.Raise) and not any(isinstance(n, LEAVES) for n in ast.walk(node)):
            node.name, node.body = None, [ast.Raise()]
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> Any:
        called = node.value.func if isinstance(node.value, ast.Call) else None
        is_refusal = isinstance(called, ast.Name) and called.id in self._refusals
        return None if is_refusal else self.generic_visit(node)


class _Reader(ast.NodeVisitor):
    """Gathers the names and attributes that are read."""

    def __init__(self) -> None:
        self.names: set[tuple[tuple[str, ...], bool]] = set()
        self.attributes: set[tuple[str, bool]] = set()
        self.imports: set[tuple[int, str, str]] = set()

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._read(node.value, looked_up=True)
        self.visit(node.slice)

    def visit_Name(self, node: ast.Name) -> None:
        self._read(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._read(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.imports |= {(node.level, node.module or "", alias.name) for alias in node.names}

    def _read(self, node: ast.expr, *, looked_up: bool = False) -> None:
        chain: list[str] = []
        while isinstance(node, ast.Attribute):
            self.attributes.add((node.attr, looked_up and not chain))
            chain, node = [node.attr, *chain], node.value
        if isinstance(node, ast.Name):
            self.names.add(((node.id, *chain), looked_up))
        else:
            self.visit(node)


def _names_from_outside(table: symtable.SymbolTable) -> set[str]:
    """The names that a scope, and the scopes inside it, find neither in themselves nor around them."""
    is_top = table.get_type() == "module"
    names = {s.get_name() for s in table.get_symbols() if s.is_referenced() and (is_top or s.is_global())}
    return names.union(*map(_names_from_outside, table.get_children()))


def _written(node: Any) -> Any:
    """A syntax tree as lists. Pythons differ in empty fields, and in where they cut the text of f-strings."""
    if isinstance(node, list):
        return [_written(item) for item in node]
    if isinstance(node, ast.Constant):
        return [type(node.value).__name__, ascii(node.value)]
    if not isinstance(node, ast.AST):
        return node
    fields = {name: value for name, value in ast.iter_fields(node) if name not in NOT_WRITTEN}
    if isinstance(node, ast.JoinedStr):
        fields["values"] = _joined(node.values)
    if isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
        fields["format_spec"] = _joined(node.format_spec.values)
    written = [[name, _written(value)] for name, value in fields.items() if value not in (None, [])]
    return [type(node).__name__, *written]


def _joined(pieces: list[Any]) -> list[Any]:
    """The pieces of an f-string, with neighbouring texts as one."""
    joined: list[Any] = []
    for piece in pieces:
        if not isinstance(piece, ast.Constant):
            joined.append(piece)
        elif joined and isinstance(joined[-1], ast.Constant):
            joined[-1] = ast.Constant(str(joined[-1].value) + str(piece.value))
        elif piece.value:
            joined.append(piece)
    return joined
