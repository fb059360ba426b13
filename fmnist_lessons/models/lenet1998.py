"""LeNet-5 as its paper describes it (LeCun, Bottou, Bengio and Haffner 1998), for garments.

What Keras has no layer for: trainable pooling, a convolution that sees only some of the maps before it, and
an output of distances to fixed codes. Section and table numbers are those of the paper,
https://doi.org/10.1109/5.726791."""

from typing import Any

import numpy as np

from ..data.parts import CLASS_NAMES
from ..machine.backend import keras


@keras.saving.register_keras_serializable("fmnist_lessons")  # type: ignore[untyped-decorator]
def scaled_tanh(values: Any) -> Any:
    """Return ``1.7159 · tanh(2/3 · values)``, which maps 1 to 1 and −1 to −1 (appendix A)."""
    return 1.7159 * keras.ops.tanh(2 / 3 * values)


def uniform(fan_in: int) -> keras.initializers.Initializer:
    """Return an initialiser: uniform from ``−2.4 / fan_in`` to ``2.4 / fan_in`` (appendix A)."""
    return keras.initializers.RandomUniform(-2.4 / fan_in, 2.4 / fan_in)


def connection_table() -> np.ndarray:
    """Return which maps of S2 each map of C3 reads: bool, shape (6, 16), the paper's table I.

    Six maps read three neighbours, six read four neighbours, three read two pairs, and one reads all six.
    Map 5 and map 0 count as neighbours.
    """
    three = [{first, (first + 1) % 6, (first + 2) % 6} for first in range(6)]
    four = [reads | {(first + 3) % 6} for first, reads in enumerate(three)]
    pairs = [{0, 1, 3, 4}, {1, 2, 4, 5}, {0, 2, 3, 5}]
    columns = [*three, *four, *pairs, set(range(6))]
    return np.array([[row in reads for reads in columns] for row in range(6)])


def codes() -> np.ndarray:
    """Return a code of 84 numbers, each −1 or 1, for each class: float32, shape (84, 10).

    The paper's codes are pictures of characters, 7×12 pixels, drawn by hand. There are none of garments, so
    these are drawn at random, once and for all.
    """
    return np.random.default_rng(1998).choice([-1, 1], size=(84, len(CLASS_NAMES))).astype(np.float32)


@keras.saving.register_keras_serializable("fmnist_lessons")
class TrainablePooling(keras.layers.Layer):
    """Adds up 2×2 squares; each map has one coefficient and one bias, both trained (section II-B)."""

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Make the two numbers of each map."""
        maps = (input_shape[-1],)
        self.coefficient = self.add_weight(name="coefficient", shape=maps, initializer=uniform(4))
        self.bias = self.add_weight(name="bias", shape=maps, initializer="zeros")

    def call(self, inputs: Any) -> Any:
        """Turn ``(n, h, w, maps)`` into ``(n, h/2, w/2, maps)``."""
        sums = 4 * keras.ops.average_pool(inputs, 2, strides=2)
        return self.coefficient * sums + self.bias


@keras.saving.register_keras_serializable("fmnist_lessons")
class TableConvolution(keras.layers.Layer):
    """A 5×5 convolution in which each map reads only the maps that the table names (section II-B)."""

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Make one 5×5 kernel for each cross in the table, and one bias for each map."""
        table = connection_table()
        before, after = np.nonzero(table)
        self._shape = (5, 5, *table.shape)
        self._place = np.zeros((len(before), table.size), np.float32)  # (60, 96): where each kernel belongs
        self._place[np.arange(len(before)), before * table.shape[1] + after] = 1
        fan_in = 25 * table.sum(axis=0)[after]
        self.kernels = self.add_weight(
            name="kernels",
            shape=(5, 5, len(before)),
            initializer=lambda shape, dtype=None: uniform(1)(shape, dtype) / keras.ops.cast(fan_in, dtype),
        )
        self.bias = self.add_weight(name="bias", shape=table.shape[1:], initializer="zeros")

    def full_kernel(self) -> Any:
        """Return the kernel of an ordinary convolution, (5, 5, 6, 16), with zeros where nothing is read."""
        placed = keras.ops.matmul(self.kernels, keras.ops.cast(self._place, self.kernels.dtype))
        return keras.ops.reshape(placed, self._shape)

    def call(self, inputs: Any) -> Any:
        """Turn ``(n, h, w, 6)`` into ``(n, h - 4, w - 4, 16)``."""
        return keras.ops.conv(inputs, self.full_kernel(), strides=1, padding="valid") + self.bias


@keras.saving.register_keras_serializable("fmnist_lessons")
class CodeDistance(keras.layers.Layer):
    """Minus the squared distance to the code of each class: the paper's radial basis functions as logits.

    The codes are weights that do not train, so a saved model keeps them.
    """

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Make the codes."""
        self.codes = self.add_weight(
            name="codes",
            shape=(input_shape[-1], len(CLASS_NAMES)),
            initializer=lambda shape, dtype=None: keras.ops.convert_to_tensor(codes(), dtype),
            trainable=False,
        )

    def call(self, inputs: Any) -> Any:
        """Turn ``(n, 84)`` into ``(n, 10)``: −(‖x‖² − 2 x·code + ‖code‖²)."""
        squares = keras.ops.sum(inputs**2, axis=-1, keepdims=True) + keras.ops.sum(self.codes**2, axis=0)
        return 2 * keras.ops.matmul(inputs, self.codes) - squares


def build_lenet5_1998() -> keras.Model:
    """Build LeNet-5 with all that the paper gave it: 60,000 trainable parameters. Chapter 04 explains each.

    Returns
    -------
    keras.Model
        Input ``(n, 28, 28)`` pixels in 0 … 255, output ``(n, 10)`` logits. Layers ``channel``, ``padding``
        (to 32×32), ``rescaling`` (background −0.1, darkest 1.175), ``c1``, ``s2``, ``c3``, ``s4``, ``c5``,
        ``flatten``, ``f6``, ``logits``, whose 840 codes do not train; after each of C1 to F6 comes
        ``…_activation``.
    """

    def squash(name: str) -> keras.Layer:
        return keras.layers.Activation(scaled_tanh, name=f"{name}_activation")

    return keras.Sequential(
        [
            keras.Input((28, 28), name="pixels"),
            keras.layers.Reshape((28, 28, 1), name="channel"),
            keras.layers.ZeroPadding2D(2, name="padding"),
            keras.layers.Rescaling(1.275 / 255, offset=-0.1, name="rescaling"),
            keras.layers.Conv2D(6, 5, kernel_initializer=uniform(25), name="c1"),
            squash("c1"),
            TrainablePooling(name="s2"),
            squash("s2"),
            TableConvolution(name="c3"),
            squash("c3"),
            TrainablePooling(name="s4"),
            squash("s4"),
            keras.layers.Conv2D(120, 5, kernel_initializer=uniform(400), name="c5"),
            squash("c5"),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(84, kernel_initializer=uniform(120), name="f6"),
            squash("f6"),
            CodeDistance(name="logits"),
        ],
        name="lenet5_1998",
    )
