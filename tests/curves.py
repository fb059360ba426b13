"""A recipe whose training is a formula: studies can be tried without Keras, and each value is known."""

import dataclasses
import math
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar


class Climb:
    """Comes nearer to a recipe's height at each epoch; a log tells that it began, and in what process."""

    def __init__(self, recipe, train_part, validation_part, *, seed):
        self._recipe, self._epoch = recipe, 0
        if recipe.log:
            with Path(recipe.log).open("a") as log:
                log.write(f"{seed}:{os.getpid()} ")

    def advance(self):
        time.sleep(self._recipe.pause)
        self._epoch += 1
        return self._recipe.height() * (1 - 0.5**self._epoch)


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Best at a learning rate of 0.01 and a batch size of 256."""

    by_epoch: ClassVar[type] = Climb

    model: str = "curve"
    architecture: dict[str, Any] = field(default_factory=dict)
    epochs: int = 4
    learning_rate: float = 0.1
    batch_size: int = 128
    patience: int = 0
    validation_size: int = 10_000
    pause: float = 0.0
    log: str = ""

    def height(self):
        distance = abs(math.log10(self.learning_rate) + 2) + 0.1 * (self.batch_size != 256)
        return 0.9 - 0.1 * distance

    def but(self, **changes):
        return dataclasses.replace(self, **changes)

    def quick(self):
        return self.but(epochs=1)

    def decided_by(self):
        return []
