"""Factories of uncompiled Keras models with named layers, and ImageNet's networks."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "autoencoders": [
            "build_conv_autoencoder",
            "build_conv_encoder",
            "build_dense_autoencoder",
            "build_encoder_classifier",
        ],
        "classifiers": [
            "build_cnn",
            "build_deep_cnn",
            "build_lenet5",
            "build_mlp",
            "build_mlp_output",
            "build_resnet",
        ],
        "imagenet": ["NETWORKS", "WeightsError", "at_hand", "missing", "weights_file"],
        "lenet1998": ["TrainablePooling", "build_lenet5_1998", "codes", "connection_table", "scaled_tanh"],
        "transfer": ["build_body", "build_head", "build_transfer", "freeze", "hold_normalisation"],
    },
)
