"""Classifiers whose body is a network of Keras Applications. Chapter 07."""

from collections.abc import Sequence

from ..data.parts import CLASS_NAMES
from ..machine.backend import keras
from .classifiers import IMAGE_SHAPE
from .imagenet import NETWORKS, load

SIZE = 64  # width of the images, in pixels
NORMALISATIONS = ("inference", "training")


def build_transfer(
    network: str = "mobilenet",
    *,
    size: int = SIZE,
    layers: Sequence[str] = (),
    grid: int = 1,
    weights: bool = True,
    frozen_up_to: str = "",
    normalisation: str = "inference",
    momentum: float = 0.99,
    units: Sequence[int] = (),
    dropout: float = 0.0,
) -> keras.Model:
    """Build a classifier whose body is a network of Keras Applications.

    Parameters
    ----------
    network, size, layers, grid, weights
        As of `fmnist_lessons.models.build_body`.
    frozen_up_to : str
        The layers of the network up to this one keep their weights; empty: none is frozen.
    normalisation : {"inference", "training"}
        Batch normalisation inside the network goes on with the mean and spread that it has learned, or
        takes those of each training batch.
    units, dropout, momentum
        As of `build_head`.

    Returns
    -------
    keras.Model
        Input ``(n, 28, 28)`` pixels in 0 … 255, output ``(n, 10)`` logits. Layers ``body`` and ``head``.

    Raises
    ------
    ValueError
        For values that are not among those above.
    """
    if normalisation not in NORMALISATIONS:
        raise ValueError(f"normalisation: expected one of {NORMALISATIONS}, found {normalisation!r}")
    body = build_body(network, size=size, layers=layers, grid=grid, weights=weights)
    trunk = body.get_layer("network")
    if frozen_up_to:
        freeze(trunk, up_to=frozen_up_to)
    if normalisation == "inference":
        hold_normalisation(trunk)
    for layer in trunk.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = momentum
    head = build_head(body.output.shape[1], units=units, dropout=dropout, momentum=momentum)
    pixels = keras.Input(body.input.shape[1:], name="pixels")
    return keras.Model(pixels, head(body(pixels)), name=network)


def build_head(
    n: int, *, units: Sequence[int] = (), dropout: float = 0.0, momentum: float = 0.99
) -> keras.Model:
    """Build the classifier on `n` features.

    Parameters
    ----------
    n : int
    units : sequence of int
        Of the dense layers before the last; empty: the last alone.
    dropout : float in [0, 1)
        Before each dense layer.
    momentum : float in [0, 1)
        Of batch normalisation: the share of the running means that stays at each step.

    Returns
    -------
    keras.Model
        Input ``(n, features)``, output ``(n, 10)`` logits. The features are normalised first: those of
        different layers differ in size.
    """
    layers: list[keras.Layer] = [
        keras.Input((n,), name="features"),
        keras.layers.BatchNormalization(momentum=momentum),
    ]
    for number in units:
        layers += [keras.layers.Dropout(dropout), keras.layers.Dense(number, activation="relu")]
    layers += [keras.layers.Dropout(dropout), keras.layers.Dense(len(CLASS_NAMES), name="logits")]
    return keras.Sequential(layers, name="head")


def freeze(model: keras.Model, *, up_to: str) -> None:
    """Keep the weights of the layers up to and including `up_to` as they are.

    Raises
    ------
    ValueError
        If the model has no such layer.
    """
    names = [layer.name for layer in model.layers]
    if up_to not in names:
        raise ValueError(f"frozen_up_to: expected a layer such as {names[-1]!r}, found {up_to!r}")
    for layer in model.layers[: names.index(up_to) + 1]:
        layer.trainable = False


def hold_normalisation(model: keras.Model) -> None:
    """Keep the batch normalisation of a model in inference mode while the rest is trained.

    Keras runs batch normalisation that is not trainable in inference mode; its scale and shift stay as well.
    ``training=False`` in the call is not enough: ``fit`` overrules it in a functional model
    (https://github.com/keras-team/keras/issues/20285).
    """
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False


def build_body(
    network: str, *, size: int, layers: Sequence[str] = (), grid: int = 1, weights: bool = True
) -> keras.Model:
    """Build what turns pixels into features: resize, three channels, preprocessing, network, pooling.

    Parameters
    ----------
    network : {"mobilenet", "vgg16", "efficientnetb0"}
    size : int
        Width to which the images are enlarged, in pixels.
    layers : sequence of str
        Layers whose maps are taken; empty: the network's last.
    grid : int
        Each map is averaged within ``grid × grid`` parts; 1 is global average pooling.
    weights : bool
        ImageNet's weights, or random ones.

    Returns
    -------
    keras.Model
        Input ``(n, 28, 28)`` pixels in 0 … 255, output ``(n, features)``. Layers ``resized``,
        ``three_channels``, ``preprocessing``, ``network``, ``features``.

    Raises
    ------
    ValueError
        For a layer that the network does not have, or a map that is smaller than the grid.
    WeightsError
        See `fmnist_lessons.models.weights_file`.
    """
    base = load(network, size, weights=weights)
    known = {layer.name: layer.output for layer in base.layers}
    if unknown := [name for name in layers if name not in known]:
        raise ValueError(
            f"layers: expected layers of {network}, such as {base.layers[-1].name!r}, found {unknown}"
        )
    maps = [known[name] for name in layers] or [base.output]
    for one in maps:
        if len(one.shape) != 4 or one.shape[1] % grid:
            raise ValueError(
                f"grid: expected one that divides the map's width, found {grid} for {one.shape[1:]}"
            )
    trunk = keras.Model(base.input, maps, name="network")
    pixels = keras.Input(IMAGE_SHAPE, name="pixels")
    x = keras.layers.Reshape((*IMAGE_SHAPE, 1), name="one_channel")(pixels)
    x = keras.layers.Resizing(size, size, interpolation="bilinear", name="resized")(x)
    x = keras.layers.Concatenate(name="three_channels")([x, x, x])
    x = NETWORKS[network].preprocessing()(x)
    pooled = [pool(one, grid) for one in trunk(x)]
    features = keras.layers.Concatenate(name="features")(pooled) if len(pooled) > 1 else pooled[0]
    return keras.Model(pixels, features, name="body")


def pool(maps: keras.KerasTensor, grid: int) -> keras.KerasTensor:
    """Average maps ``(n, h, w, channels)`` within ``grid × grid`` equal parts, and flatten the result."""
    if grid == 1:
        return keras.layers.GlobalAveragePooling2D()(maps)
    return keras.layers.Flatten()(keras.layers.AveragePooling2D(maps.shape[1] // grid)(maps))
