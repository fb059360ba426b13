"""Networks of Keras Applications, what they want to be fed, and their ImageNet weights."""

import contextlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..machine import fetching
from ..machine.backend import keras
from ..machine.bars import shows_bars
from ..machine.files import kind_of, models_folder
from ..machine.modes import mode

MOST = 10**8  # bytes: no weights file here is larger
ORIGIN = "https://storage.googleapis.com/"
_APPLICATIONS = ORIGIN + "tensorflow/keras-applications/"


class WeightsError(RuntimeError):
    """Weights cannot be used; the text names the file, what was expected, what was found and what to do."""


class UnavailableWeightsError(WeightsError):
    """The weights are neither here nor to be had; nothing that is here is damaged."""


class WeightsWarning(UserWarning):
    """Weights are used that are not those of ImageNet."""


def mobilenet(size: int, weights: str | None) -> keras.Model:
    """Build MobileNet of width 0.75 (Howard et al. 2017, https://doi.org/10.48550/arXiv.1704.04861)."""
    shape = (size, size, 3)
    return keras.applications.MobileNet(shape, alpha=0.75, include_top=False, weights=weights)


def vgg16(size: int, weights: str | None) -> keras.Model:
    """Build VGG16 (Simonyan and Zisserman 2015, https://doi.org/10.48550/arXiv.1409.1556)."""
    return keras.applications.VGG16(include_top=False, weights=weights, input_shape=(size, size, 3))


def efficientnetb0(size: int, weights: str | None) -> keras.Model:
    """Build EfficientNetB0 (Tan and Le 2019, https://doi.org/10.48550/arXiv.1905.11946).

    Keras gives it a layer more, which scales the channels, if asked for "imagenet", but not for a path.
    """
    published = "imagenet" if weights else None
    return keras.applications.EfficientNetB0(
        include_top=False, weights=published, input_shape=(size, size, 3)
    )


def from_minus_one_to_one() -> keras.Layer:
    """MobileNet's preprocessing: pixels 0 … 255 become −1 … 1."""
    return keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="preprocessing")


def less_channel_means() -> keras.Layer:
    """VGG16's preprocessing: less ImageNet's mean of blue, green and red.

    The three channels of a gray image are equal, so that their order needs no turning.
    """
    means = (103.939, 116.779, 123.68)
    return keras.layers.Normalization(mean=means, variance=(1.0, 1.0, 1.0), name="preprocessing")


def as_they_are() -> keras.Layer:
    """EfficientNet's preprocessing is part of the network: it takes pixels 0 … 255."""
    return keras.layers.Identity(name="preprocessing")


@dataclass(frozen=True)
class Network:
    """A network, what it wants, and the file of its weights.

    Attributes
    ----------
    build : callable
        Takes the width of the square image, and the path of a weights file or None.
    preprocessing : callable
        Gives the layer between pixels 0 … 255 and the network.
    smallest : int
        Width of the smallest image that Keras lets it take.
    file, address : str
        Of the weights without the classifier for ImageNet's classes.
    checksum : str
        Of that file, such as ``"sha256:…"``, or the ``"md5:…"`` that Keras publishes. No other one is used.
    """

    build: Callable[[int, str | None], keras.Model]
    preprocessing: Callable[[], keras.Layer]
    smallest: int
    file: str
    address: str
    checksum: str


NETWORKS: dict[str, Network] = {
    "mobilenet": Network(
        mobilenet,
        from_minus_one_to_one,
        32,
        "mobilenet_7_5_224_tf_no_top.h5",
        _APPLICATIONS + "mobilenet/",
        "sha256:353ac9865c5ad9ff35a4ef9e21e734fb9a01f9bb0d69fcac600a12de95b30e54",
    ),
    "vgg16": Network(
        vgg16,
        less_channel_means,
        32,
        "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
        _APPLICATIONS + "vgg16/",
        "md5:6d6bbae143d832006294945121d1f1fc",
    ),
    "efficientnetb0": Network(
        efficientnetb0,
        as_they_are,
        32,
        "efficientnetb0_notop.h5",
        ORIGIN + "keras-applications/",
        "md5:50bc09e76180e00e4465e1a485ddc09d",
    ),
}


def network(name: str) -> Network:
    """Return the network of that name.

    Raises
    ------
    ValueError
        For another name.
    """
    if name not in NETWORKS:
        raise ValueError(f"network: expected one of {tuple(NETWORKS)}, found {name!r}")
    return NETWORKS[name]


def at_hand(name: str) -> bool:
    """Return whether the file of a network's ImageNet weights is here; nothing is downloaded."""
    return (models_folder() / network(name).file).exists()


def missing(name: str) -> str:
    """Return the line that says that a network's ImageNet weights are not here, and where to put them."""
    return (
        f"{name}: its ImageNet weights are not here. With internet, weights_file({name!r}) fetches them. "
        f"Without, {_by_hand(network(name))}."
    )


def weights_file(name: str) -> Path | None:
    """Return the path of a network's ImageNet weights, fetched where they are not here yet.

    Parameters
    ----------
    name : {"mobilenet", "vgg16", "efficientnetb0"}

    Returns
    -------
    Path or None
        None in quick mode alone, with a `WeightsWarning`, where the weights are neither here nor to be had:
        the network then has random ones.

    Raises
    ------
    UnavailableWeightsError
        If the file is neither here nor to be had.
    WeightsError
        If what is there is another file than the published one. It is never replaced.
    """
    asked = network(name)
    path = models_folder() / asked.file
    if not path.exists():
        try:
            _fetch(asked, path)
        except UnavailableWeightsError as error:
            if mode() != "quick":
                raise
            message = f"Quick mode goes on with RANDOM weights, NOT ImageNet's, because of this:\n{error}"
            warnings.warn(message, WeightsWarning, stacklevel=2)
            return None
    _require_published(asked, path)
    return path


def load(name: str, size: int, *, weights: bool) -> keras.Model:
    """Build a network without its classifier, with ImageNet's weights or with random ones.

    Parameters
    ----------
    name : {"mobilenet", "vgg16", "efficientnetb0"}
    size : int
        Width and height of the images, in pixels.
    weights : bool
        ImageNet's weights, or random ones.

    Returns
    -------
    keras.Model
        Input ``(n, size, size, 3)``, preprocessed; output maps ``(n, h, w, channels)``.

    Raises
    ------
    WeightsError
        See `weights_file`; also if the file holds the weights of another network.
    ValueError
        For a name or a size that the network does not have.
    """
    asked = network(name)
    if size < asked.smallest:
        raise ValueError(f"size: expected {asked.smallest} or more for {name}, found {size}")
    path = weights_file(name) if weights else None
    if path is None:
        return asked.build(size, None)
    try:
        return asked.build(size, str(path))
    except (OSError, KeyError, ValueError) as error:
        found = f"other ones ({str(error).splitlines()[0]})"
        raise _fault(asked, path, f"the weights of {name} without its classifier", found) from error


def _fetch(asked: Network, path: Path) -> None:
    """Download the weights; what is not the published file is not kept."""
    try:
        addresses, without = [asked.address + asked.file], _by_hand(asked)
        fetching.fetch(
            path, addresses, checksum=asked.checksum, most=MOST, bars=shows_bars(), without=without
        )
    except fetching.UnavailableError as error:
        raise UnavailableWeightsError(str(error)) from None
    except OSError as error:
        remedy = f"Set KERAS_HOME to a folder that can be written, or {_by_hand(asked)}."
        expected = f"{path.parent}: expected a folder that can be written"
        raise UnavailableWeightsError(f"{expected}, found {error.strerror or error}. {remedy}") from None


def _require_published(asked: Network, path: Path) -> None:
    """Raise WeightsError unless the file has the checksum of the published one."""
    from pooch import file_hash

    try:
        found = kind_of(path)
        if found == "a file":
            algorithm, _, right = asked.checksum.partition(":")
            found = file_hash(str(path), alg=algorithm)
            if found == right:
                return
            found = f"{found}, of {path.stat().st_size:,} bytes"
    except OSError as error:
        found = f"a file that cannot be read ({error.strerror})"
    raise _fault(asked, path, f"the published file ({asked.checksum})", found)


def _fault(asked: Network, path: Path, expected: Any, found: Any) -> WeightsError:
    away = "Move the file away, and it is downloaded anew. Without internet, " if path.exists() else "Or "
    return WeightsError(f"{path}: expected {expected}, found {found}. {away}{_by_hand(asked)}.")


def _by_hand(asked: Network) -> str:
    """What to do on a machine without internet; no path of this machine stands in stored outputs."""
    folder = models_folder()
    with contextlib.suppress(RuntimeError, ValueError):  # no home, or not in it
        folder = "~" / folder.relative_to(Path.home())
    return f"fetch {asked.address}{asked.file} on a machine that has it, and put it into {folder}"
