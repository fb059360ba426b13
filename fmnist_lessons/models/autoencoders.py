"""Factories of uncompiled Keras autoencoders and of classifiers that begin with an encoder. Chapter 06."""

from collections.abc import Callable, Sequence

from ..data.parts import CLASS_NAMES
from ..machine.backend import keras

IMAGE_SHAPE = (28, 28)


def build_dense_autoencoder(*, code: int = 32, hidden: Sequence[int] = (512, 256)) -> keras.Model:
    """Build an autoencoder of dense layers.

    Parameters
    ----------
    code : int
        Numbers between encoder and decoder.
    hidden : sequence of int
        Units of the encoder's hidden layers; the decoder has the same in the opposite order.

    Returns
    -------
    keras.Model
        Input ``(n, 28, 28)`` pixels in 0 … 255, output ``(n, 28, 28)`` in 0 … 1. Its two layers are models:
        ``encoder``, pixels to codes ``(n, code)``, and ``decoder``, codes to images.
    """
    encoder = keras.Sequential(
        [
            keras.Input(IMAGE_SHAPE, name="pixels"),
            keras.layers.Rescaling(1 / 255, name="rescaling"),
            keras.layers.Flatten(name="flatten"),
            *_relu_layers(hidden),
            keras.layers.Dense(code, name="code"),
        ],
        name="encoder",
    )
    decoder = keras.Sequential(
        [
            keras.Input((code,), name="code"),
            *_relu_layers(hidden[::-1]),
            keras.layers.Dense(IMAGE_SHAPE[0] * IMAGE_SHAPE[1], activation="sigmoid", name="pixels"),
            keras.layers.Reshape(IMAGE_SHAPE, name="image"),
        ],
        name="decoder",
    )
    return _joined(encoder, decoder, "dense_autoencoder")


def build_conv_autoencoder(
    *, code: int = 32, filters: Sequence[int] = (16, 32, 64, 128), normalise: bool = True
) -> keras.Model:
    """Build an autoencoder of four convolutions, each followed by pooling, and a decoder that mirrors them.

    Parameters
    ----------
    code : int
        Numbers between encoder and decoder.
    filters : sequence of four int
        Of the encoder's convolutions; the decoder has the same in the opposite order.
    normalise : bool
        Batch normalisation before each ReLU (Ioffe and Szegedy 2015,
        https://doi.org/10.48550/arXiv.1502.03167); its shift takes the bias's place.

    Returns
    -------
    keras.Model
        As `build_dense_autoencoder`. Images are padded to 32×32 inside, and cut to 28×28 at the end: 32 can
        be halved four times.
    """
    encoder = build_conv_encoder(code=code, filters=filters, normalise=normalise)
    unpadded = (IMAGE_SHAPE[0] + 4) // 2 ** len(filters)  # 2
    layers = keras.layers
    weights = {"kernel_initializer": "he_normal", "use_bias": not normalise}
    blocks: list[keras.Layer] = []
    for number, n in zip(range(len(filters), 1, -1), filters[-2::-1], strict=True):
        blocks += [
            layers.Conv2DTranspose(n, 3, strides=2, padding="same", name=f"transposed_{number}", **weights),
            *_activated(f"transposed_{number}", normalise=normalise),
        ]
    decoder = keras.Sequential(
        [
            keras.Input((code,), name="code"),
            layers.Dense(unpadded**2 * filters[-1], name="spread", **weights),
            *_activated("spread", normalise=normalise),
            layers.Reshape((unpadded, unpadded, filters[-1]), name="maps"),
            *blocks,
            layers.Conv2DTranspose(
                1, 3, strides=2, padding="same", activation="sigmoid", name="transposed_1"
            ),
            layers.Cropping2D(2, name="cropping"),
            layers.Reshape(IMAGE_SHAPE, name="image"),
        ],
        name="decoder",
    )
    return _joined(encoder, decoder, "conv_autoencoder")


def build_conv_encoder(
    *, code: int = 32, filters: Sequence[int] = (16, 32, 64, 128), normalise: bool = True
) -> keras.Model:
    """Build the encoder of `build_conv_autoencoder` alone; the arguments are the same.

    Returns
    -------
    keras.Model
        Input ``(n, 28, 28)`` pixels in 0 … 255, output codes ``(n, code)``. Layers ``rescaling``,
        ``channel``, ``padding``, then ``convolution_1``, ``convolution_1_normalised`` where asked for,
        ``convolution_1_activation``, ``pooling_1`` …, ``flatten``, ``code``.
    """
    if len(filters) != 4:
        raise ValueError(f"filters: expected four numbers, one for each block, found {filters}")
    blocks: list[keras.Layer] = []
    for number, n in enumerate(filters, start=1):
        name = f"convolution_{number}"
        blocks += [
            keras.layers.Conv2D(
                n, 3, padding="same", kernel_initializer="he_normal", use_bias=not normalise, name=name
            ),
            # Pooling first: the largest of four stays the largest, and there is a quarter of it left to do.
            keras.layers.MaxPooling2D(2, name=f"pooling_{number}"),
            *_activated(name, normalise=normalise),
        ]
    return keras.Sequential(
        [
            keras.Input(IMAGE_SHAPE, name="pixels"),
            keras.layers.Rescaling(1 / 255, name="rescaling"),
            keras.layers.Reshape((*IMAGE_SHAPE, 1), name="channel"),
            keras.layers.ZeroPadding2D(2, name="padding"),
            *blocks,
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(code, name="code"),
        ],
        name="encoder",
    )


def build_encoder_classifier(
    *,
    code: int = 32,
    filters: Sequence[int] = (16, 32, 64, 128),
    normalise: bool = True,
    units: Sequence[int] = (256, 128),
    dropout: float = 0.0,
) -> keras.Model:
    """Build a classifier: the encoder of `build_conv_autoencoder`, then dense layers on its codes.

    Parameters
    ----------
    code, filters, normalise
        As for `build_conv_autoencoder`.
    units : sequence of int
        Of the dense layers before the logits: two make a classifier of three dense layers.
    dropout : float in [0, 1)
        Share of each dense layer's outputs that is dropped in training.

    Returns
    -------
    keras.Model
        Input ``(n, 28, 28)`` pixels in 0 … 255, output ``(n, 10)`` logits. Its layers are the model
        ``encoder``, then ``code_normalised``, ``hidden_1`` … and ``logits``.
    """
    hidden: list[keras.Layer] = []
    for number, layer in enumerate(_relu_layers(units), start=1):
        hidden.append(layer)
        if dropout:
            hidden.append(keras.layers.Dropout(dropout, name=f"dropout_{number}"))
    return keras.Sequential(
        [
            keras.Input(IMAGE_SHAPE, name="pixels"),
            build_conv_encoder(code=code, filters=filters, normalise=normalise),
            # An encoder's codes have any size: a new classifier wants them around 0 and 1.
            keras.layers.BatchNormalization(name="code_normalised"),
            *hidden,
            keras.layers.Dense(len(CLASS_NAMES), name="logits"),
        ],
        name="encoder_classifier",
    )


def _relu_layers(units: Sequence[int]) -> list[keras.Layer]:
    return [
        keras.layers.Dense(n, activation="relu", kernel_initializer="he_normal", name=f"hidden_{number}")
        for number, n in enumerate(units, start=1)
    ]


def _activated(name: str, *, normalise: bool) -> list[keras.Layer]:
    """What follows a layer's sums: batch normalisation where asked for, and ReLU."""
    between = [keras.layers.BatchNormalization(name=f"{name}_normalised")] if normalise else []
    return [*between, keras.layers.ReLU(name=f"{name}_activation")]


def _joined(encoder: keras.Model, decoder: keras.Model, name: str) -> keras.Model:
    return keras.Sequential([keras.Input(IMAGE_SHAPE, name="pixels"), encoder, decoder], name=name)


AUTOENCODERS: dict[str, Callable[..., keras.Model]] = {
    "dense_autoencoder": build_dense_autoencoder,
    "conv_autoencoder": build_conv_autoencoder,
}
# What a builder calls beside Keras: its source enters the fingerprint of a record, as the builder's own does.
AUTOENCODER_PARTS: dict[str, tuple[Callable[..., object], ...]] = {
    "dense_autoencoder": (_relu_layers, _joined),
    "conv_autoencoder": (build_conv_encoder, _activated, _joined),
    "encoder_classifier": (build_conv_encoder, _activated, _relu_layers),
}
