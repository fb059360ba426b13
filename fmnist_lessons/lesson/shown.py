"""What a lesson shows at its top."""

from collections.abc import Mapping
from typing import Any

from ..data.parts import FashionMNIST
from ..machine import device

BANNER_MIME = "application/vnd.fmnist-lessons+json"  # what `fmnist run` and the tests read of a banner


class Banner:
    """What a chapter's first cell shows: data, device, versions, seed, mode, minutes."""

    def __init__(self, text: str, facts: Mapping[str, Any]) -> None:
        self.text, self.facts = text, dict(facts)

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"text/plain": self.text, BANNER_MIME: self.facts}


def banner(
    data: FashionMNIST,
    here: device.Machine,
    *,
    seed: int,
    mode: str,
    means: str,
    time: str | None,
    look: str = "",
) -> Banner:
    """Return the banner of a lesson.

    Parameters
    ----------
    data, here
        What the lesson rests on.
    seed : int
    mode, means : str
        The mode's name, and what it means.
    time : str, optional
        How long the chapter takes; without it no line says so.
    look : str
        What is not as the course needs it.
    """
    drawn = data.source == "sketch"
    versions = device.versions()
    names = ["python", "fmnist-lessons", "keras", here.backend, "numpy", "scikit-learn"]
    shown = [f"{name} {versions[name]}" for name in names if name in versions]
    lines = [
        f"Data      {'DRAWN GARMENTS, NOT FASHION-MNIST' if drawn else 'Fashion-MNIST'}: "
        f"{len(data.train):,} to train, {len(data.validation):,} to validate, 10,000 to test",
        f"Device    {here.kind}: {here.device}",
        f"Versions  {', '.join(shown)}",
        f"Seed      {seed}",
        f"Mode      {mode}{means}",
        *([f"Time      {time}"] if time else []),
        *([f"LOOK      {look}"] if look else []),
    ]
    facts = {
        "mode": mode,
        "data_source": data.source,
        "device": here.device,
        "backend": here.backend,
        "versions": versions,
    }
    return Banner("\n".join(lines), facts)
