"""A Keras model as a list of its layers; nothing of Keras is imported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .task import Misfit, Wrong
from .words import describe

_ACTIVATIONS = {
    "ReLU": "relu",
    "Softmax": "softmax",
    "LeakyReLU": "leaky_relu",
    "ELU": "elu",
    "PReLU": "prelu",
}
_PLAIN = {"max_value": None, "negative_slope": 0.0, "threshold": 0.0}  # the settings of a usual ReLU
_PASSED_THROUGH = ("MaxPooling2D", "Flatten", "Dropout")  # a ReLU before them or after them: the same


def layers_of(model: Any) -> list[tuple[Any, str]]:
    """Return each layer with the name of its activation, "linear" where it has none.

    Models inside the model are opened. An activation in a layer of its own counts as that of the layer
    before it, and is left out: ``Dense(100), ReLU()`` is ``Dense(100, activation="relu")``.

    Raises `Misfit` for anything but a Keras model.
    """
    if isinstance(model, type) or not hasattr(model, "layers") or not hasattr(model, "count_params"):
        raise Misfit(f"expected a Keras model, found {describe(model)}: keras.Sequential([…]) makes one")
    found: list[tuple[Any, str]] = []
    for layer in _opened(model):
        position = len(found) - 1
        while position > 0 and kind(found[position][0]) in _PASSED_THROUGH:
            position -= 1
        if kind(layer) not in (*_ACTIVATIONS, "Activation") or position < 0:
            found.append((layer, activation(layer)))
            continue
        before, own = found[position][0], found[position][1]
        found[position] = before, _one_after_the_other(own, activation(layer))
    return found


def expect_input(model: Any, shape: tuple[int, ...]) -> None:
    """Raise `Wrong` unless the model is built, for images of this shape."""
    known = getattr(model, "input_shape", None) if getattr(model, "built", False) else None
    if known is None:
        raise Wrong(f"the model does not know its input yet: begin with keras.Input({shape})")
    if (found := tuple(known)[1:]) != shape:
        raise Wrong(f"expected an input of shape {shape}, found {found}: look at keras.Input")


def kind(layer: Any) -> str:
    """Return the name of a layer's class."""
    return type(layer).__name__


def activation(layer: Any) -> str:
    """Return the name of a layer's activation; of an activation in a layer of its own, what it does."""
    name = _ACTIVATIONS.get(kind(layer))
    if name == "relu" and any(getattr(layer, key, usual) != usual for key, usual in _PLAIN.items()):
        return "relu with settings of its own"
    if name:
        return name
    function = getattr(layer, "activation", None)
    if function is None:
        return "linear"
    return getattr(function, "__name__", None) or activation(function)


def _one_after_the_other(first: str, second: str) -> str:
    if first == "linear" or first == second == "relu":
        return second
    return first if second == "linear" else f"{first}, then {second}"


def _opened(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _opened(layer)
        elif kind(layer) != "InputLayer":
            yield layer
