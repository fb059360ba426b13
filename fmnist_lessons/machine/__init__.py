"""What this machine is, and where files of ours go."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "backend": ["compile_steps", "keras"],
        "device": ["Machine", "Meter", "describe"],
        "files": ["cache_folder", "models_folder"],
        "modes": ["mode"],
    },
)
