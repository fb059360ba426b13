"""Which class of recipe trains which model."""

from .autoencoder_training import AutoencoderRecipe
from .autoencoders import AUTOENCODERS
from .pretraining import EncoderRecipe
from .training import Recipe
from .transfer import TransferRecipe

# Those whose models are not among the ones of `training.Recipe`.
RECIPES: dict[str, type[Recipe]] = {
    **dict.fromkeys(AUTOENCODERS, AutoencoderRecipe),
    "encoder_classifier": EncoderRecipe,
    "transfer": TransferRecipe,
}
