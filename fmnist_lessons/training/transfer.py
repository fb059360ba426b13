"""Transfer learning: classifiers on a network that has learned from other pictures. Chapter 07."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from ..data.parts import Part
from ..machine.backend import keras, require_usual_axes
from ..models.imagenet import NETWORKS, load, network
from ..models.transfer import SIZE, build_body, build_head, build_transfer, freeze, hold_normalisation, pool
from .encoder import draw_labelled
from .fitting import BATCH_FOR_PREDICTION, Fit, train
from .kept import compute_features, features
from .recipe import ClassifierRecipe
from .trainable import OnStep

MODES = ("frozen", "fine-tuned", "from scratch")
FEWEST = 10_000  # images in an epoch: where there are fewer labels, each image is taken several times
QUICK_BATCH = 500
TIMED = 2_000  # images by which the time per image is measured


@dataclass
class TransferFit(Fit):
    """A trained classifier; `pretraining_seconds` are those of the features and of the head trained first."""

    recipe: "TransferRecipe"

    def labelled(self, part: Part) -> Part:
        """Return of the training part the images that were used, or 10,000 of them; other parts whole.

        They serve to measure the training accuracy, and a pass through the network takes its time.
        """
        used = super().labelled(part)
        if part.name != "train" or self.recipe.mode == "frozen":  # whose features are there already
            return used
        return used.at(slice(FEWEST))

    def logits(self, part: Part) -> np.ndarray:
        """Return the model's output for each image, float32 ``(n, 10)``."""
        if self.recipe.mode != "frozen":
            return super().logits(part)
        found, _ = features(part.images, **self.recipe.body)
        predict = self.model.get_layer("head").predict_on_batch
        starts = range(0, len(found), BATCH_FOR_PREDICTION)  # in pieces: as float32 they need twice the room
        pieces = [np.asarray(found[s : s + BATCH_FOR_PREDICTION], np.float32) for s in starts]
        return np.concatenate([np.asarray(predict(piece)) for piece in pieces])

    def microseconds_per_image(self, part: Part) -> float:
        """Return the time of one image from pixels to logits, in batches of 1,000, after a warm-up, in µs."""
        return super().microseconds_per_image(part.at(slice(TIMED)))


def train_transfer(
    recipe: "TransferRecipe",
    train_part: Part,
    validation_part: Part,
    *,
    seed: int,
    on_step: OnStep | None = None,
) -> TransferFit:
    """Train a recipe's classifier: the head on features, the head and then the network, or all from scratch.

    Parameters
    ----------
    recipe : TransferRecipe
    train_part, validation_part : Part
        Images uint8 ``(n, 28, 28)``, labels uint8 ``(n,)``.
    seed : int
        Of the choice of labels, initialisation, order and augmentation.
    on_step : callable, optional
        Called with the steps done and the steps in all, of each stage.

    Returns
    -------
    TransferFit
        Its costs are those of the last stage; the seconds of the stages before stand apart.
    """
    chosen = draw_labelled(train_part.labels, share=recipe.labels, seed=seed)
    parts, before = [train_part.at(chosen), validation_part], None
    keras.utils.set_random_seed(seed)
    model = recipe.build()
    to_train, head = model, model.get_layer("head")
    if recipe.mode == "frozen":
        model.get_layer("body").trainable, to_train = False, head
        made = [features(part.images, **recipe.body, on_step=on_step) for part in parts]
        before = sum(seconds for _, seconds in made)
        parts = [
            dataclasses.replace(part, images=np.asarray(found, np.float32))
            for (found, _), part in zip(made, parts, strict=True)
        ]
    elif recipe.mode == "fine-tuned":
        first = recipe.head_first.train(train_part, validation_part, seed=seed, on_step=on_step)
        head.set_weights(first.model.get_layer("head").get_weights())
        before = first.wall + (first.pretraining_seconds or 0.0)
    given = repeated(parts[0], recipe)
    fit = train(recipe, given, parts[1], seed=seed, on_step=on_step, build=lambda: to_train)
    return TransferFit(recipe, model, fit.history, fit.wall, fit.cpu, fit.peak_memory_mb, before, chosen)


def repeated(part: Part, recipe: "TransferRecipe") -> Part:
    """Return the part; with few labels each image several times, so that an epoch has `FEWEST`."""
    if recipe.labels == 1:
        return part
    return part.at(np.tile(np.arange(len(part)), -(-FEWEST // len(part))))


# What a mode has no use for, or decides itself.
_NO_USE = {
    "frozen": {"network", "weights", "frozen_up_to", "normalisation"},
    "fine-tuned": {"network", "weights"},
    "from scratch": {"network", "weights", "frozen_up_to", "normalisation"},
}


@dataclass(frozen=True, kw_only=True)
class TransferRecipe(ClassifierRecipe):
    """Everything that decides a fit of a classifier on a network of Keras Applications, but for the seed.

    A `ClassifierRecipe`, and

    Parameters
    ----------
    mode : {"frozen", "fine-tuned", "from scratch"}
        The network stays as ImageNet left it, its features are computed once and the head alone is trained;
        the head first, then both; or both from random weights.
    labels : float in (0, 1]
        Share of the training images that are used, the same of each class, drawn with the seed. An epoch has
        at least 10,000 images: where there are fewer, each is taken several times.
    head_epochs : int
        Of the head, before the network is fine-tuned; with the other modes 0.

    Raises
    ------
    ValueError
        For a value that is not among those above, or one that the mode has no use for.
    """

    builders: ClassVar = {"transfer": build_transfer}
    fits = TransferFit

    model: str = "transfer"
    network: str = "mobilenet"
    mode: str
    labels: float = 1.0
    head_epochs: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        network(self.network)
        if self.mode not in MODES:
            raise ValueError(f"mode: expected one of {MODES}, found {self.mode!r}")
        if (self.mode == "fine-tuned") != (self.head_epochs > 0):
            expected = "1 or more" if self.mode == "fine-tuned" else "0"
            raise ValueError(
                f"head_epochs: expected {expected} with mode {self.mode!r}, found {self.head_epochs}"
            )
        if self.mode == "frozen" and self.augmentations():
            raise ValueError("flip, shift, erase: expected none with mode 'frozen': features are made once")
        if found := sorted(_NO_USE[self.mode] & set(self.architecture)):
            raise ValueError(f"architecture: expected no {', '.join(found)} with mode {self.mode!r}")

    @property
    def body(self) -> dict[str, Any]:
        """What decides the features: arguments of `fmnist_lessons.training.features`."""
        known = {name: self.architecture[name] for name in ("layers", "grid") if name in self.architecture}
        return {"network": self.network, "size": self.architecture.get("size", SIZE), **known}

    @property
    def head_first(self) -> "TransferRecipe":
        """The recipe by which the head is trained before the network is fine-tuned."""
        return TransferRecipe(
            network=self.network,
            mode="frozen",
            architecture=self._architecture_for("frozen"),
            epochs=self.head_epochs,
            labels=self.labels,
            validation_size=self.validation_size,
        )

    def build(self) -> keras.Model:
        """Build the recipe's model, uncompiled, with ImageNet's weights unless it is trained from scratch."""
        require_usual_axes()
        scratch: dict[str, Any] = (
            {"weights": False, "normalisation": "training"} if self.mode == "from scratch" else {}
        )
        return build_transfer(self.network, **self.architecture, **scratch)

    def from_scratch(self) -> Self:
        """Return the recipe of the same network from random weights, trained whole in one stage."""
        kept = self._architecture_for("from scratch")
        return self.but(mode="from scratch", head_epochs=0, architecture=kept)

    def _architecture_for(self, mode: str) -> dict[str, Any]:
        """What another mode has a use for."""
        return {name: value for name, value in self.architecture.items() if name not in _NO_USE[mode]}

    def one_epoch(self) -> Self:
        """Return the recipe cut to one epoch of each stage; one of few images, but for frozen features."""
        labels = 1.0 if self.mode == "frozen" else 0.01
        return self.but(epochs=1, warmup_epochs=0, head_epochs=min(self.head_epochs, 1), labels=labels)

    def quick(self) -> Self:
        """Return the recipe cut to one epoch, on the smallest images and in a few large batches.

        They are too few for a momentum to matter, so that recipes which differ in it share a quick fit.
        """
        smallest = {**self.architecture, "size": NETWORKS[self.network].smallest}
        smallest.pop("momentum", None)
        batch_size = max(self.batch_size, QUICK_BATCH)
        return self.one_epoch().but(architecture=smallest, batch_size=batch_size, labels=1.0)

    def carry_out(
        self, train_part: Part, validation_part: Part, *, seed: int, on_step: OnStep | None = None
    ) -> TransferFit:
        """Train: `fmnist_lessons.training.transfer.train_transfer`."""
        return train_transfer(self, train_part, validation_part, seed=seed, on_step=on_step)

    def decided_by(self) -> list[Callable[..., Any]]:
        """Return the code that decides the fit's numbers: its source enters the fingerprint of a record."""
        asked = network(self.network)
        building: list[Callable[..., Any]] = [
            asked.build,
            asked.preprocessing,
            load,
            build_body,
            pool,
            build_head,
        ]
        deciding: list[Any] = [draw_labelled, repeated, train_transfer]
        if self.mode != "from scratch":
            deciding += [compute_features, freeze, hold_normalisation]
        if self.mode == "fine-tuned":
            deciding.append(self.head_first)
        return [*super().decided_by(), *building, *deciding]
