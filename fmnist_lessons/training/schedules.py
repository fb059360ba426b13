"""The optimisers and the schedules of learning rates that a recipe can name."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from ..machine.backend import keras

if TYPE_CHECKING:
    from .recipe import NetworkRecipe

Schedule: TypeAlias = "keras.optimizers.schedules.LearningRateSchedule"


def _constant(recipe: NetworkRecipe, steps_per_epoch: int) -> float:
    return recipe.learning_rate


def _cosine(recipe: NetworkRecipe, steps_per_epoch: int) -> Schedule:
    warmup = recipe.warmup_epochs * steps_per_epoch
    return keras.optimizers.schedules.CosineDecay(
        0.0 if warmup else recipe.learning_rate,
        decay_steps=recipe.epochs * steps_per_epoch - warmup,
        warmup_target=recipe.learning_rate if warmup else None,
        warmup_steps=warmup,
    )


def _step(recipe: NetworkRecipe, steps_per_epoch: int) -> Schedule:
    steps, rate = recipe.epochs * steps_per_epoch, recipe.learning_rate
    return keras.optimizers.schedules.PiecewiseConstantDecay(
        [steps // 2, 3 * steps // 4], [rate, rate / 10, rate / 100]
    )


def _exponential(recipe: NetworkRecipe, steps_per_epoch: int) -> Schedule:
    steps = recipe.epochs * steps_per_epoch
    return keras.optimizers.schedules.ExponentialDecay(recipe.learning_rate, steps, decay_rate=0.01)


def _one_cycle(recipe: NetworkRecipe, steps_per_epoch: int) -> Schedule:
    rise = max(3 * recipe.epochs * steps_per_epoch // 10, 1)
    return keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate / 25,
        decay_steps=max(recipe.epochs * steps_per_epoch - rise, 1),
        warmup_target=recipe.learning_rate,
        warmup_steps=rise,
    )


OPTIMIZERS = {
    "sgd": keras.optimizers.SGD,
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "rmsprop": keras.optimizers.RMSprop,
    "adadelta": keras.optimizers.Adadelta,
}
SCHEDULES = {
    "constant": _constant,
    "cosine": _cosine,
    "step": _step,
    "exponential": _exponential,
    "one-cycle": _one_cycle,
}


def optimizer_of(recipe: NetworkRecipe, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    """Return a recipe's optimiser, with its schedule of learning rates."""
    rate = SCHEDULES[recipe.schedule](recipe, steps_per_epoch)
    settings = {"momentum": recipe.momentum, "weight_decay": recipe.weight_decay}
    return OPTIMIZERS[recipe.optimizer](rate, **{name: value for name, value in settings.items() if value})
