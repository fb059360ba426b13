"""The records of fits and studies: written, found, stale or fresh; what they say of the models."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "headlines": ["Headlines", "read_headlines"],
        "published": ["PUBLISHED", "SOURCE", "Published", "beside_ours", "published_table"],
    },
)
