"""What is asked for: recipes and studies under their names, each with its fingerprint, computed once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from ..studies.study import Study
from ..training.fingerprints import fingerprint
from ..training.protocols import Recordable
from ..training.trainable import Trainable

Kind = TypeVar("Kind", bound=Recordable, covariant=True)
SEEDS = (0, 1, 2, 3, 4)  # of each recipe, but only the first few where a fit takes long


@dataclass(frozen=True)
class Asked(Generic[Kind]):
    """One recipe, or one study, that a chapter asks for.

    Attributes
    ----------
    name : str
        How the chapter's tables call it.
    recipe : Trainable or Study
    key : str
        Its fingerprint on the data at hand.
    seeds : sequence of int, optional
        Those that are wanted; None: five, three of what takes long.
    """

    name: str
    recipe: Kind
    key: str
    seeds: tuple[int, ...] | None = None

    @property
    def shown(self) -> tuple[int, ...]:
        """The seeds of which records are shown."""
        return SEEDS if self.seeds is None else self.seeds

    def of(self, seeds: Iterable[int]) -> "Asked[Kind]":
        """Return the same with other seeds."""
        return replace(self, seeds=tuple(seeds))


def plan(
    recipes: Mapping[str, Trainable], seeds: Iterable[int] | None, checksums: Mapping[str, str]
) -> list[Asked[Trainable]]:
    """Return what is asked for: recipes by name, with some seeds, on the data with these checksums."""
    wanted = None if seeds is None else tuple(seeds)
    return [Asked(name, recipe, fingerprint(recipe, checksums), wanted) for name, recipe in recipes.items()]


def plan_studies(
    studies: Iterable[Study], seeds: Iterable[int], checksums: Mapping[str, str]
) -> list[Asked[Study]]:
    """Return what is asked for: each study with each seed, which is a value of the study."""
    seeded = [study.but(seed=seed) for study in studies for seed in seeds]
    return [Asked(study.name, study, fingerprint(study, checksums), (study.seed,)) for study in seeded]
