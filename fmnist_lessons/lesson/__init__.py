"""`start()`: the one call at the top of a chapter."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "lesson": ["Lesson", "start"],
    },
)
