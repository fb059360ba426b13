"""Fashion-MNIST: found or downloaded, verified, split into named parts, and changed."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "augmentation": ["erase", "flip", "shift"],
        "idx_files": ["DataError", "DataWarning", "read_idx", "source_files"],
        "loading": ["load_fashion_mnist", "verify"],
        "noise": ["fixed_noise", "gaussian", "salt_and_pepper"],
        "parts": ["CLASS_NAMES", "VALIDATION_SIZE", "FashionMNIST", "Part", "as_features", "without"],
        "sketch": ["draw_garments"],
    },
)
