"""What a lesson shows at its top."""

from collections.abc import Mapping
from typing import Any

BANNER_MIME = "application/vnd.fmnist-lessons+json"  # what `fmnist run` and the tests read of a banner


class Banner:
    """What a chapter's first cell shows: data, device, versions, seed, mode, minutes."""

    def __init__(self, text: str, facts: Mapping[str, Any]) -> None:
        self.text, self.facts = text, dict(facts)

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"text/plain": self.text, BANNER_MIME: self.facts}


_MODE_MEANS = {
    "live": "",
    "quick": ": one epoch on a small sample; these numbers say nothing about the models",
    "record": ": fits that have no fresh record are trained and recorded",
}
