"""Speed, as ratios measured side by side in one run."""

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..data.idx_files import source_files
from ..data.loading import load_fashion_mnist
from ..data.parts import Part
from ..machine import device
from ..machine.processes import run_apart
from ..records import store

TARGET = 0.90
REPEATS = 9
AUGMENTED_EPOCHS = 4
SHORT_EPOCHS = (2, 3, 4, 6, 8)  # lengths at which chapter 03's recipe is tried, shortest first
# What holds a network back pays only in long trainings.
UNRESTRAINED = {"flip": False, "shift": 0, "label_smoothing": 0.0, "warmup_epochs": 0}


def lines() -> Iterator[str]:
    """Yield the benchmark's report, line by line as it is measured."""
    yield from _loader()
    yield from _augmentation()
    yield from _time_to_target()


def _loader() -> Iterator[str]:
    """Cached loading, in turns with Keras's own loader on the same files."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "datasets" / "fashion-mnist"
        folder.mkdir(parents=True)
        for path in source_files():
            shutil.copy(path, folder)
        yield run_apart(compare_loaders, environment={"KERAS_HOME": home})


def compare_loaders() -> str:
    """Return a line with the loaders' median seconds and ratio; ``KERAS_HOME`` holds the data for Keras's."""
    from ..machine.backend import keras

    def ours() -> int:
        data = load_fashion_mnist()
        return sum(int(part.images.sum()) for part in (data.train, data.validation, data.test))

    def theirs() -> int:
        (images, _), (test_images, _) = keras.datasets.fashion_mnist.load_data()
        return int(images.sum()) + int(test_images.sum())

    if ours() != theirs():
        raise RuntimeError("benchmark: expected both loaders to give the same pixels, found others")
    pairs = [(_seconds(ours), _seconds(theirs)) for _ in range(REPEATS)]
    our, their = (statistics.median(times) for times in zip(*pairs, strict=True))
    return (
        f"Loader, cached, every pixel read, median of {REPEATS}: fmnist_lessons {our * 1e3:.1f} ms, "
        f"keras.datasets {their * 1e3:.1f} ms, ratio {their / our:.0f}"
    )


def _seconds(do: Callable[[], object]) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


def _augmentation() -> Iterator[str]:
    """Seconds to make an epoch's batches with every augmentation, in turns with training on them."""
    from ..training.fitting import Batches
    from ..training.recipe import Recipe

    train = load_fashion_mnist().train
    recipe = Recipe(model="cnn", epochs=AUGMENTED_EPOCHS, flip=True, shift=2, erase=8)
    batches = Batches(train, recipe, seed=0)
    training = _epoch_seconds(recipe, train)
    next(training)  # the first epoch builds the graph
    pairs = [(_seconds(lambda: [batches[i] for i in range(len(batches))]), s) for _, s in training]
    make, fit = (statistics.median(times) for times in zip(*pairs, strict=True))
    yield (
        f"Augmentation (flip, shift, erase) of {len(train):,} images, median of {len(pairs)}: {make:.2f} s, "
        f"an epoch of chapter 03's network on them {fit:.2f} s: it waits for at most {make / fit:.0%}"
    )


def _time_to_target() -> Iterator[str]:
    """Training seconds until 90 % of the test images are right: published settings against chapter 03's."""
    from ..training.recipe import Recipe

    data = load_fashion_mnist()
    records = store.read(store.book_folder())
    recorded = {r["headline"]: r for r in records if "headline" in r}
    missing = {"CNN", "CNN as published"} - set(recorded)
    if missing:
        raise RuntimeError(f"benchmark: expected records of {sorted(missing)}; run fmnist record 03")
    published = Recipe(**recorded["CNN as published"]["recipe"])
    ours = Recipe(**recorded["CNN"]["recipe"])
    yield f"Seconds of training to {TARGET:.0%} of the test images, seed 0, on {device.describe().device}:"
    slow = _first_reach(published, data.train, data.test)
    yield f"  published settings: {_reached(*slow)}"
    for name, recipe in (("", ours), (" without augmentation and smoothing", ours.but(**UNRESTRAINED))):
        for epochs in SHORT_EPOCHS:
            fast = _at_the_end(recipe.but(epochs=epochs), data.train, data.validation, data.test)
            yield f"  chapter 03's recipe{name}, {epochs} epochs: {_reached(*fast)}"
            if fast[0] >= TARGET:
                yield f"  ratio {fast[1] / slow[1]:.2f}" + ("" if slow[0] >= TARGET else " at most")
                break


def _reached(accuracy: float, seconds: float) -> str:
    return f"{accuracy:.2%} after {seconds:.1f} s" + ("" if accuracy >= TARGET else f", below {TARGET:.0%}")


def _at_the_end(recipe, train: Part, validation: Part, test: Part) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    """Accuracy on the test images, and the seconds of the whole training."""
    fit = recipe.train(train, validation, seed=0)
    return _accuracy(fit.logits(test), test), fit.wall


def _first_reach(recipe, train: Part, test: Part) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    """The first epoch's end with the target reached: accuracy, and seconds without the tests in between."""
    from ..training.fitting import BATCH_FOR_PREDICTION

    accuracy, seconds = 0.0, 0.0
    for model, epoch in _epoch_seconds(recipe, train):
        seconds += epoch
        logits = model.predict(np.asarray(test.images), batch_size=BATCH_FOR_PREDICTION, verbose=0)
        accuracy = _accuracy(logits, test)
        if accuracy >= TARGET:
            break
    return accuracy, seconds


def _epoch_seconds(recipe, train: Part) -> Iterator[tuple[Any, float]]:  # type: ignore[no-untyped-def]
    """Train epoch by epoch: the model after each, and the seconds that the epoch took."""
    from ..machine.backend import keras
    from ..training.fitting import Batches, compile_model

    keras.utils.set_random_seed(0)
    batches = Batches(train, recipe, seed=0)
    model = recipe.build()
    compile_model(model, recipe, steps_per_epoch=len(batches))
    for _ in range(recipe.epochs):
        yield model, _seconds(lambda: model.fit(batches, verbose=0))


def _accuracy(logits: np.ndarray, part: Part) -> float:
    return float((np.asarray(logits).argmax(axis=1) == part.labels).mean())
