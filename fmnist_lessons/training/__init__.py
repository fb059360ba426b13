"""Recipes of every kind, and how they are carried out."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "autoencoder": ["AutoencoderRecipe"],
        "baselines": ["BaselineRecipe"],
        "encoder": ["EncoderRecipe", "draw_labelled"],
        "footprint": ["footprints"],
        "kept": ["features"],
        "rebuilding": ["PCARecipe"],
        "recipe": ["Recipe"],
        "transfer": ["TransferRecipe"],
    },
)
