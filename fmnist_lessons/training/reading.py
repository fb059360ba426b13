"""What decides a fit, read from the code: what a recipe lists, and all that is read from there."""

import dataclasses
import functools
import importlib
import inspect
import json
import sys
import types
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..data.cache import order_of
from .sources import Source, source_of

# Where reading stops. These rooms judge arguments, show, measure and keep; they decide no number …
ROOMS = ("machine", "data.expected", "data.expected_arrays")
# … nor do these: they show progress, keep what was made, fetch and verify, set the pace of a backend, tell a
# cost, and make a recipe of values, which count themselves.
NOTHING = frozenset(
    {
        *("StepReporter", "features", "keep", "kept", "weights_file"),
        *("STEPS_PER_EXECUTION", "address", "smallest", "pretraining_seconds", "but", "recipe"),
    }
)
# And these count where a recipe lists them alone, for it lists them where it uses them.
WHERE_LISTED = frozenset(
    {
        *("flip", "shift", "erase", "early_stopping", "fixed_noise", "NOISES"),
        *("autoencoder", "pretrained", "freeze", "hold_normalisation", "train"),
    }
)
OURS = __name__.partition(".")[0]


class Reading:
    """All that decides the fits of a recipe, and of the recipes within it.

    Attributes
    ----------
    recipes : list
        The recipe, and those that it lists.
    found : set of str
        Sources, and constants with their names.
    libraries : set of str
        Packages that are used.
    """

    def __init__(self, recipe: Any) -> None:
        self.recipes, self.found, self.libraries = [recipe], set[str](), set[str]()
        self._read: set[Any] = set()
        self._asked = {("carry_out", False)}  # by whoever trains
        self._classes: dict[type, None] = {}
        listed: list[Any] = [order_of]
        for each in self.recipes:  # which grows
            for item in each.decided_by():
                (self.recipes if hasattr(item, "decided_by") else listed).append(item)
        self._texts = set(_texts(self.recipes))
        for each in self.recipes:
            self._join(type(each))
        for item in dict.fromkeys(listed):
            self._code(item)

    def _code(self, thing: Any) -> Source:
        """Count a function or a whole class, and read on from it."""
        thing = inspect.unwrap(getattr(thing, "__func__", thing))
        source = source_of(thing, _refusals(thing.__module__))
        if thing in self._read:
            return source
        self._read.add(thing)
        self.found.add(source.text)
        if not _is_ours(thing):
            return source
        space = vars(sys.modules[thing.__module__]) if isinstance(thing, type) else thing.__globals__
        around = {} if isinstance(thing, type) else inspect.getclosurevars(thing).nonlocals
        for (name, *chain), looked_up in sorted(source.names):
            if name in around or name in space:
                self._name(around.get(name, space.get(name)), [name, *chain], looked_up=looked_up)
        for level, module, name in sorted(source.imports):
            package = space["__package__"] if level else None
            self._name(_imported("." * level + module, name, package), [name], looked_up=False)
        for asked in sorted(source.attributes - self._asked):
            self._asked.add(asked)
            for known in list(self._classes):
                self._member(known, *asked)
        return source

    def _name(self, thing: Any, chain: list[str], *, looked_up: bool) -> None:
        """Count what code finds under a name."""
        name, *rest = chain
        while rest and isinstance(thing, types.ModuleType) and _is_ours(thing):
            name, *rest = rest
            thing = getattr(thing, name)
        if name not in NOTHING | WHERE_LISTED and not _is_beyond(thing):
            self._constant(name, self._value(thing, looked_up=looked_up and not rest))

    def _constant(self, name: str, value: Any) -> None:
        self.found.add(f"{name} = {json.dumps(value)}")

    def _value(self, thing: Any, *, looked_up: bool = False) -> Any:
        """A value as JSON can have it; functions and classes in it are read."""
        if isinstance(thing, Mapping):
            named = sorted(key for key in thing if looked_up and key in self._texts)
            return [[self._value(key), self._value(thing[key])] for key in named or thing]
        if isinstance(thing, list | tuple):
            return [self._value(item) for item in thing]
        if isinstance(thing, set | frozenset):
            return sorted(map(ascii, thing))
        if isinstance(thing, functools.partial):
            return [self._value(part) for part in (thing.func, thing.args, thing.keywords)]
        if isinstance(thing, np.ndarray | np.generic):
            return [str(thing.dtype), thing.tolist()]
        if thing is None or isinstance(thing, bool | int | float | complex | str | bytes):
            return ascii(thing)
        if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
            names = [f.name for f in dataclasses.fields(thing) if f.name not in NOTHING]
            return [type(thing).__name__, [[name, self._value(getattr(thing, name))] for name in names]]
        return self._object(thing)

    def _object(self, thing: Any) -> str:
        """The name of a function, a class or a module, which is read if it is ours."""
        name = "" if isinstance(thing, types.ModuleType) else _name_of(thing)
        if name is None:
            raise TypeError(
                "fingerprint: expected code that reads numbers, text, functions, classes and tables of such, "
                f"found that it reads {thing!r}: name it in NOTHING if it decides no number"
            )
        if not _is_ours(thing):
            self.libraries.add(package := _home(thing).partition(".")[0])
            return f"{package}.{name}"
        if name in NOTHING | WHERE_LISTED or isinstance(thing, types.ModuleType) or _is_beyond(thing):
            return name
        if isinstance(thing, type) and not _is_called_back(thing):
            self._join(thing)
        else:
            self._code(thing)
        return name

    def _join(self, known: type) -> None:
        """Count of a class what the code asks for, and what Python itself asks for."""
        if known in self._classes:
            return
        self._classes[known] = None
        for asked in sorted(self._asked):
            self._member(known, *asked)
        if not hasattr(known, "decided_by"):  # a recipe's values are read when they are made and judged
            own = [name for base in known.__mro__ if _is_ours(base) for name in vars(base)]
            for name in own:
                if name.startswith("__") and name not in ("__repr__", "__module__", "__doc__"):
                    self._member(known, name, False)

    def _member(self, known: type, name: str, looked_up: bool) -> None:
        """Count what an attribute of a class is."""
        if name in NOTHING | WHERE_LISTED:
            return
        for base in known.__mro__:
            if not _is_ours(base) or name not in vars(base):
                continue
            member = vars(base)[name]
            parts = ("fget", "__func__", "func")  # of a property, a class method, a cached property
            function = next((getattr(member, part) for part in parts if hasattr(member, part)), member)
            if not isinstance(function, types.FunctionType):
                is_value = hasattr(known, "decided_by") and name in {
                    f.name for f in dataclasses.fields(known)
                }
                if not is_value and not name.startswith("__"):
                    self._constant(name, self._value(member, looked_up=looked_up))
                return
            if function.__code__.co_filename.startswith("<") or not _is_ours(function):  # dataclass's work
                return
            if (("super",), False) not in self._code(function).names:
                return


def _texts(value: Any) -> Iterable[str]:
    """All texts among the values of recipes."""
    if isinstance(value, str):
        yield value
    elif dataclasses.is_dataclass(value):
        yield from _texts([getattr(value, f.name) for f in dataclasses.fields(value)])
    elif isinstance(value, Mapping | list | tuple):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(inner)


@functools.cache
def _refusals(module: str) -> frozenset[str]:
    """The names in a module of what is from a room that decides no number."""
    return frozenset(name for name, thing in vars(sys.modules[module]).items() if _is_beyond(thing))


def _imported(module: str, name: str, package: str | None) -> Any:
    found = importlib.import_module(module, package)
    return (
        getattr(found, name) if hasattr(found, name) else importlib.import_module(f"{module}.{name}", package)
    )


def _name_of(thing: Any) -> str | None:
    """The name of a function or a class; None of what is neither."""
    return getattr(thing, "__qualname__", None) or getattr(thing, "__name__", None)


def _home(thing: Any) -> str:
    """The module that a module, a function or a class is from."""
    if isinstance(thing, types.ModuleType):
        return thing.__name__
    return getattr(thing, "__module__", None) or type(thing).__module__


def _is_ours(thing: Any) -> bool:
    return _home(thing).partition(".")[0] == OURS


def _is_beyond(thing: Any) -> bool:
    """Whether a function, a class or a module is from a room that decides no number."""
    if not isinstance(thing, types.ModuleType) and not _name_of(thing):
        return False
    home = _home(thing)
    return any(home == room or home.startswith(f"{room}.") for room in (f"{OURS}.{room}" for room in ROOMS))


def _is_called_back(known: type) -> bool:
    """Whether a library calls a class's methods: it has a base class from there."""
    foreign = {_home(base).partition(".")[0] for base in known.__mro__ if not _is_ours(base)}
    return bool(foreign - sys.stdlib_module_names)
