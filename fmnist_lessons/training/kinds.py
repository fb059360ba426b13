"""Which kind of recipe trains which model."""

from collections.abc import Mapping
from typing import Any

from .baselines import ESTIMATORS, BaselineRecipe
from .rebuilding import PCARecipe
from .trainable import Trainable


def recipe_of(model: str, values: Mapping[str, Any]) -> Trainable:
    """Return the recipe of a model that has these values, as a record keeps them.

    Keras starts for a network's alone.
    """
    if model in ESTIMATORS:
        return BaselineRecipe(**values)
    if model == "pca":
        return PCARecipe(**values)
    from ..models.autoencoders import AUTOENCODERS
    from .autoencoder import AutoencoderRecipe
    from .encoder import EncoderRecipe
    from .recipe import Recipe
    from .transfer import TransferRecipe

    if values.get("pretraining"):
        values = {**values, "pretraining": AutoencoderRecipe(**values["pretraining"])}
    kinds: dict[str, type[Trainable]] = {
        **dict.fromkeys(AUTOENCODERS, AutoencoderRecipe),
        "encoder_classifier": EncoderRecipe,
        "transfer": TransferRecipe,
    }
    return kinds.get(model, Recipe)(**values)
