"""What decides a fit, in sixteen digits: they change with it."""

import ast
import dataclasses
import functools
import hashlib
import inspect
import json
import textwrap
from collections.abc import Callable, Mapping
from typing import Any


def fingerprint(recipe: Any, checksums: Mapping[str, str]) -> str:
    """Return 16 hex digits that change with whatever decides a fit, but for the seed.

    That is the recipe's values (a value left at its default does not count), the source of the code that
    builds, augments and trains (comments and docstrings do not count) and the data's checksums.
    """
    decided_by = {function.__qualname__: _code(function) for function in recipe.decided_by()}
    return digest([values_of(recipe), decided_by, dict(checksums)])


def digest(content: Any) -> str:
    """Return 16 hex digits of the SHA-256 of `content`, which must be fit for JSON."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def values_of(recipe: Any) -> dict[str, Any]:
    """Return the values of a recipe, a dataclass, that are not at their defaults."""
    values = {f.name: (getattr(recipe, f.name), _default(f)) for f in dataclasses.fields(recipe)}
    return {name: _plain(value) for name, (value, default) in values.items() if value != default}


def _plain(value: Any) -> Any:
    """A recipe within a recipe as its values, which name its model."""
    is_recipe = dataclasses.is_dataclass(value)
    return {"model": value.model, **values_of(value)} if is_recipe else value


def _default(f: dataclasses.Field[Any]) -> Any:
    return f.default_factory() if f.default_factory is not dataclasses.MISSING else f.default


@functools.cache  # a file that is edited while a recording runs must not change what that process records
def _code(function: Callable[..., Any]) -> str:
    """The source without comments, docstrings, blank lines and annotations of types."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return ast.unparse(tree)
