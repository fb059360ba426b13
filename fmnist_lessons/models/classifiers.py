"""Factories of uncompiled Keras models for 28×28 gray images; pixels are scaled inside the model."""

from collections.abc import Callable, Sequence
from typing import Any

from ..data.parts import CLASS_NAMES
from ..machine.backend import keras
from .lenet1998 import (
    CodeDistance,
    TableConvolution,
    TrainablePooling,
    build_lenet5_1998,
    codes,
    connection_table,
    scaled_tanh,
    uniform,
)

IMAGE_SHAPE = (28, 28)


def build_mlp(
    hidden: Sequence[int] = (128,),
    *,
    dropout: float = 0.0,
    activation: str = "relu",
    normalise: bool = False,
) -> keras.Model:
    """Build a multilayer perceptron: stem, backbone, classifier. Chapter 02 builds it by hand.

    Parameters
    ----------
    hidden : sequence of int
        Units of each hidden layer; empty gives softmax regression.
    dropout : float in [0, 1)
        Share of each hidden layer's outputs that is dropped in training.
    activation : str
        Keras name of the hidden layers' activation.
    normalise : bool
        Batch normalisation before each activation (Ioffe and Szegedy 2015,
        https://doi.org/10.48550/arXiv.1502.03167); its shift takes the bias's place.

    Returns
    -------
    keras.Model
        Input ``(n, 28, 28)`` pixels in 0 … 255, output ``(n, 10)`` logits. Layers ``rescaling``, ``flatten``,
        ``hidden_1``, ``normalised_1``, ``activation_1``, ``dropout_1`` …, ``logits``; the normalised and the
        dropout layers only where asked for.
    """
    layers: list[keras.Layer] = [
        keras.Input(IMAGE_SHAPE, name="pixels"),
        keras.layers.Rescaling(1 / 255, name="rescaling"),
        keras.layers.Flatten(name="flatten"),
    ]
    for number, units in enumerate(hidden, start=1):
        initializer = "he_normal" if activation == "relu" else "glorot_uniform"
        layers.append(
            keras.layers.Dense(
                units, use_bias=not normalise, kernel_initializer=initializer, name=f"hidden_{number}"
            )
        )
        if normalise:
            layers.append(keras.layers.BatchNormalization(name=f"normalised_{number}"))
        layers.append(keras.layers.Activation(activation, name=f"activation_{number}"))
        if dropout:
            layers.append(keras.layers.Dropout(dropout, name=f"dropout_{number}"))
    layers.append(keras.layers.Dense(len(CLASS_NAMES), name="logits"))
    return keras.Sequential(layers, name="mlp")


def build_mlp_output(hidden: Sequence[int] = (128,), *, output: str = "log-probabilities") -> keras.Model:
    """Build a multilayer perceptron that gives out something else than logits. Chapter 08.

    A loss that expects logits treats logarithms of probabilities rightly: their softmax is the probabilities.
    Of probabilities it makes something else.

    Parameters
    ----------
    hidden : sequence of int
        As for `build_mlp`.
    output : {"log-probabilities", "probabilities"}

    Returns
    -------
    keras.Model
        Input ``(n, 28, 28)`` pixels in 0 … 255, output ``(n, 10)``. The layers of `build_mlp`, then
        ``log_probabilities``, and where asked for ``probabilities``.
    """
    kinds = ("log-probabilities", "probabilities")
    if output not in kinds:
        raise ValueError(f"output: expected one of {kinds}, found {output!r}")
    model = keras.Sequential(build_mlp(hidden).layers, name="mlp_output")
    model.add(keras.layers.Activation("log_softmax", name="log_probabilities"))
    if output == "probabilities":
        # Not as a softmax layer: Keras on TensorFlow recognises one, and would mend the mistake.
        model.add(keras.layers.Activation("exponential", name="probabilities"))
    return model


def build_cnn(
    *,
    filters: int = 32,
    kernel_size: int = 3,
    units: int = 100,
    padding: str = "valid",
    initializer: str = "he_uniform",
) -> keras.Model:
    """Build the network of chapter 03: one convolution, 2×2 max pooling, one dense layer, a classifier.

    Parameters
    ----------
    filters, kernel_size, units : int
        Filters of the convolution, their height and width in pixels, units of the dense layer.
    padding : {"valid", "same"}
    initializer : str
        Keras name of the weights' initialiser in the two ReLU layers (He et al. 2015,
        https://doi.org/10.1109/ICCV.2015.123).

    Returns
    -------
    keras.Model
        Input ``(n, 28, 28)`` pixels in 0 … 255, output ``(n, 10)`` logits. Layers ``rescaling``, ``channel``,
        ``convolution``, ``pooling``, ``flatten``, ``hidden``, ``logits``.
    """
    relu = {"activation": "relu", "kernel_initializer": initializer}
    return keras.Sequential(
        [
            keras.Input(IMAGE_SHAPE, name="pixels"),
            keras.layers.Rescaling(1 / 255, name="rescaling"),
            keras.layers.Reshape((*IMAGE_SHAPE, 1), name="channel"),
            keras.layers.Conv2D(filters, kernel_size, padding=padding, name="convolution", **relu),
            keras.layers.MaxPooling2D(2, name="pooling"),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(units, name="hidden", **relu),
            keras.layers.Dense(len(CLASS_NAMES), name="logits"),
        ],
        name="cnn",
    )


def build_lenet5(
    *,
    activation: str = "relu",
    pooling: str = "max",
    initializer: str = "he_normal",
    normalise: bool = False,
) -> keras.Model:
    """Build LeNet-5 as it is usually simplified: full connections, plain pooling, a dense output. Chapter 04.

    The layers and widths are those of LeCun, Bottou, Bengio and Haffner 1998,
    https://doi.org/10.1109/5.726791; `build_lenet5_1998` builds the paper's own network.

    Parameters
    ----------
    activation : str
        Keras name of the activation after C1, C3, C5 and F6.
    pooling : {"max", "average"}
    initializer : str
        Keras name of the initialiser of all weights but the classifier's, which is Glorot's.
    normalise : bool
        Batch normalisation before each activation (Ioffe and Szegedy 2015,
        https://doi.org/10.48550/arXiv.1502.03167); its shift takes the bias's place.

    Returns
    -------
    keras.Model
        Input ``(n, 28, 28)`` pixels in 0 … 255, output ``(n, 10)`` logits. Layers ``rescaling``, ``channel``,
        ``c1``, ``s2``, ``c3``, ``s4``, ``c5``, ``flatten``, ``f6``, ``logits``; after C1, C3, C5 and F6 come
        ``…_normalised`` where asked for, and ``…_activation``. C1 pads the images to 32×32.
    """
    pools = {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}
    if pooling not in pools:
        raise ValueError(f"pooling: expected one of {tuple(pools)}, found {pooling!r}")
    weights = {"kernel_initializer": initializer, "use_bias": not normalise}

    def activated(layer: keras.Layer) -> list[keras.Layer]:
        between = [keras.layers.BatchNormalization(name=f"{layer.name}_normalised")] if normalise else []
        return [layer, *between, keras.layers.Activation(activation, name=f"{layer.name}_activation")]

    return keras.Sequential(
        [
            keras.Input(IMAGE_SHAPE, name="pixels"),
            keras.layers.Rescaling(1 / 255, name="rescaling"),
            keras.layers.Reshape((*IMAGE_SHAPE, 1), name="channel"),
            *activated(keras.layers.Conv2D(6, 5, padding="same", name="c1", **weights)),
            pools[pooling](2, name="s2"),
            *activated(keras.layers.Conv2D(16, 5, name="c3", **weights)),
            pools[pooling](2, name="s4"),
            *activated(keras.layers.Conv2D(120, 5, name="c5", **weights)),
            keras.layers.Flatten(name="flatten"),
            *activated(keras.layers.Dense(84, name="f6", **weights)),
            keras.layers.Dense(len(CLASS_NAMES), name="logits"),
        ],
        name="lenet5",
    )


def build_deep_cnn(
    *,
    filters: Sequence[int] = (16, 32, 64),
    hidden: Sequence[int] = (512, 256),
    dropout: float = 0.0,
    normalise: bool = False,
) -> keras.Model:
    """Build a plain deep network: convolutions with pooling, then dense layers. Chapter 05.

    Pooling stands before the activation: the maximum of ReLUs is the ReLU of the maximum, and what follows
    has a quarter of the numbers to work on.

    Parameters
    ----------
    filters : sequence of int
        Filters of each 3×3 convolution.
    hidden : sequence of int
        Units of each dense layer.
    dropout : float in [0, 1)
        Share of each dense layer's outputs that is dropped in training.
    normalise : bool
        Batch normalisation before each activation (Ioffe and Szegedy 2015,
        https://doi.org/10.48550/arXiv.1502.03167); its shift takes the bias's place.

    Returns
    -------
    keras.Model
        Input ``(n, 28, 28)`` pixels in 0 … 255, output ``(n, 10)`` logits. Layers ``rescaling``, ``channel``;
        for each entry of `filters` ``convolution_1``, ``pooling_1``, ``convolution_1_normalised``,
        ``convolution_1_activation``; ``flatten``; for each entry of `hidden` ``hidden_1``,
        ``hidden_1_normalised``, ``hidden_1_activation``, ``dropout_1``; ``logits``. The normalised and the
        dropout layers are there only where asked for.
    """
    weights = {"kernel_initializer": "he_normal", "use_bias": not normalise}

    def activation(name: str) -> list[keras.Layer]:
        between = [keras.layers.BatchNormalization(name=f"{name}_normalised")] if normalise else []
        return [*between, keras.layers.ReLU(name=f"{name}_activation")]

    layers: list[keras.Layer] = [
        keras.Input(IMAGE_SHAPE, name="pixels"),
        keras.layers.Rescaling(1 / 255, name="rescaling"),
        keras.layers.Reshape((*IMAGE_SHAPE, 1), name="channel"),
    ]
    for number, width in enumerate(filters, start=1):
        name = f"convolution_{number}"
        layers.append(keras.layers.Conv2D(width, 3, padding="same", name=name, **weights))
        layers += [keras.layers.MaxPooling2D(2, name=f"pooling_{number}"), *activation(name)]
    layers.append(keras.layers.Flatten(name="flatten"))
    for number, units in enumerate(hidden, start=1):
        name = f"hidden_{number}"
        layers += [keras.layers.Dense(units, name=name, **weights), *activation(name)]
        if dropout:
            layers.append(keras.layers.Dropout(dropout, name=f"dropout_{number}"))
    layers.append(keras.layers.Dense(len(CLASS_NAMES), name="logits"))
    return keras.Sequential(layers, name="deep_cnn")


def build_resnet(
    *, stem: int = 32, filters: Sequence[int] = (64, 128), blocks: int = 1, dropout: float = 0.2
) -> keras.Model:
    """Build a small residual network with batch normalisation and dropout. Chapter 05.

    After He, Zhang, Ren and Sun 2016, https://doi.org/10.1109/CVPR.2016.90, cut to what two CPU cores train
    in minutes: all convolutions but the first work on 14×14 positions or fewer.

    Parameters
    ----------
    stem : int
        Filters of the convolution at 28×28.
    filters : sequence of int
        Width of each stage; 2×2 max pooling before each: 14×14, 7×7, 4×4 positions and so on.
    blocks : int
        Residual blocks in a stage, after the convolution that changes the width; two convolutions each.
    dropout : float in [0, 1)
        Share of the averaged features that is dropped in training.

    Returns
    -------
    keras.Model
        Input ``(n, 28, 28)`` pixels in 0 … 255, output ``(n, 10)`` logits.
    """

    def convolution(x: Any, width: int, name: str, *, relu: bool = True) -> Any:
        x = keras.layers.Conv2D(
            width, 3, padding="same", use_bias=False, kernel_initializer="he_normal", name=name
        )(x)
        x = keras.layers.BatchNormalization(name=f"{name}_normalised")(x)
        return keras.layers.ReLU(name=f"{name}_activation")(x) if relu else x

    pixels = keras.Input(IMAGE_SHAPE, name="pixels")
    x = keras.layers.Rescaling(1 / 255, name="rescaling")(pixels)
    x = keras.layers.Reshape((*IMAGE_SHAPE, 1), name="channel")(x)
    x = keras.layers.Conv2D(stem, 3, padding="same", kernel_initializer="he_normal", name="stem")(x)
    x = keras.layers.ReLU(name="stem_activation")(x)
    for stage, width in enumerate(filters, start=1):
        x = keras.layers.MaxPooling2D(2, padding="same", name=f"stage_{stage}_pooling")(x)
        x = convolution(x, width, f"stage_{stage}_widen")
        for block in range(1, blocks + 1):
            name = f"stage_{stage}_block_{block}"
            change = convolution(x, width, f"{name}_first")
            change = convolution(change, width, f"{name}_second", relu=False)
            x = keras.layers.Add(name=f"{name}_sum")([x, change])
            x = keras.layers.ReLU(name=f"{name}_activation")(x)
    x = keras.layers.GlobalAveragePooling2D(name="average")(x)
    x = keras.layers.Dropout(dropout, name="dropout")(x)
    return keras.Model(pixels, keras.layers.Dense(len(CLASS_NAMES), name="logits")(x), name="resnet")


BUILDERS: dict[str, Callable[..., keras.Model]] = {
    "mlp": build_mlp,
    "mlp_output": build_mlp_output,
    "cnn": build_cnn,
    "lenet5": build_lenet5,
    "lenet5_1998": build_lenet5_1998,
    "deep_cnn": build_deep_cnn,
    "resnet": build_resnet,
}
# What a builder calls beside Keras: its source enters the fingerprint of a record, as the builder's own does.
PARTS: dict[str, tuple[Callable[..., Any], ...]] = {
    "mlp_output": (build_mlp,),
    "lenet5_1998": (
        scaled_tanh,
        uniform,
        connection_table,
        codes,
        TrainablePooling,
        TableConvolution,
        CodeDistance,
    ),
}
