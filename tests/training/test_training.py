import numpy as np
import pytest

from fmnist_lessons.data.parts import Part
from fmnist_lessons.lesson.progress import ProgressBar
from fmnist_lessons.machine.backend import keras
from fmnist_lessons.training.fitting import Batches, train
from fmnist_lessons.training.recipe import Recipe

RECIPE = Recipe(
    model="mlp",
    architecture={"hidden": (32,)},
    epochs=3,
    batch_size=50,
    optimizer="adamw",
    learning_rate=3e-3,
    weight_decay=0.01,
    schedule="cosine",
    warmup_epochs=1,
    label_smoothing=0.1,
    flip=True,
    shift=1,
)


def test_a_fit_learns_and_reports_what_it_cost(garments):
    steps = []
    fit = train(RECIPE, *garments, seed=0, on_step=lambda done, total: steps.append((done, total)))
    assert steps[-1] == (24, 24)
    assert set(fit.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert len(fit.history["loss"]) == 3
    assert fit.history["val_accuracy"][-1] > 0.5
    probabilities = fit.probabilities(garments[1])
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert fit.wall > 0
    assert fit.cpu > 0
    assert fit.peak_memory_mb > 50
    assert fit.parameters == 784 * 32 + 32 + 330
    assert fit.file_kb() > 100


def test_the_steps_of_an_epoch_that_no_execution_divides_are_not_reported_beyond_its_end(garments):
    steps = []
    train(RECIPE.but(batch_size=20), *garments, seed=0, on_step=lambda done, _: steps.append(done))
    assert steps == sorted(steps)
    assert steps[-1] == 60


def test_the_seed_decides_the_fit(garments):
    first, again, other = (train(RECIPE, *garments, seed=seed).logits(garments[1]) for seed in (3, 3, 4))
    assert np.allclose(first, again, atol=1e-3)
    assert not np.allclose(first, other, atol=1e-1)


def test_early_stopping_ends_the_training_and_takes_the_best_epochs_weights(garments):
    # A learning rate this large overshoots: the validation loss soon stops falling.
    recipe = Recipe(model="mlp", architecture={"hidden": (64,)}, epochs=40, learning_rate=0.03, patience=2)
    fit = train(recipe, *garments, seed=0)
    losses = fit.history["val_loss"]
    best = int(np.argmin(losses))
    assert len(losses) == best + 1 + 2 < 40
    validation = garments[1]
    chosen = fit.probabilities(validation)[np.arange(len(validation)), validation.labels]
    assert np.isclose(-np.log(chosen).mean(), losses[best], rtol=1e-3)


def test_an_epoch_shows_each_image_once_in_an_order_of_its_own():
    labels = np.arange(130) % 10
    images = np.repeat(np.arange(130, dtype=np.uint8), 784).reshape(-1, 28, 28)
    batches = Batches(Part(images, labels, "train", "sketch"), RECIPE.but(flip=False, shift=0), seed=0)
    assert len(batches) == 3

    def epoch():
        parts = [batches[i] for i in range(3)]
        order = np.concatenate([x[:, 0, 0] for x, _ in parts])
        assert (order % 10 == np.concatenate([y for _, y in parts]).argmax(axis=1)).all()
        return order

    first = epoch()
    batches.on_epoch_end()
    second = epoch()
    assert sorted(first) == sorted(second) == list(range(130))
    assert (first != second).any()


def test_the_learning_rate_warms_up_and_falls_to_zero(garments):
    model = RECIPE.build()
    from fmnist_lessons.training.fitting import compile_model

    compile_model(model, RECIPE, steps_per_epoch=10)
    rate = model.optimizer._learning_rate
    values = [float(keras.ops.convert_to_numpy(rate(step))) for step in (0, 5, 10, 20, 30)]
    assert values == pytest.approx([0, 1.5e-3, 3e-3, 1.5e-3, 0], abs=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "cnnn"}, "model: expected one of .*found 'cnnn'"),
        ({"optimizer": "sgdd"}, "optimizer: expected one of"),
        ({"schedule": "linear"}, "schedule: expected one of"),
        ({"architecture": {"normalize": True}}, "architecture: expected some of .*normalise.*'normalize'"),
        (
            {"model": "lenet5", "architecture": {"pooling": ["max"]}},
            r"architecture: expected text such as 'max' for pooling, found \['max'\]",
        ),
        (
            {"model": "lenet5_1998", "architecture": {"activation": "tanh"}},
            "architecture: expected nothing: lenet5_1998 takes no arguments, found 'activation'",
        ),
        (
            {"model": "mlp", "architecture": {"hidden": "128"}},
            r"hidden: expected a list such as \[128\], found the text '128'",
        ),
        ({"momentum": 0.9}, "momentum: expected 0 with adamw"),
        ({"optimizer": "sgd"}, "weight_decay: expected 0 with sgd"),
        ({"warmup_epochs": 3}, "warmup_epochs: expected fewer than the 3 epochs, found 3"),
        ({"schedule": "constant"}, "warmup_epochs: expected 0 with the constant schedule, found 1"),
    ],
)
def test_a_recipe_refuses_what_makes_no_sense(changes, message):
    with pytest.raises(ValueError, match=message):
        RECIPE.but(**changes)


def test_a_recipe_says_which_names_it_knows_and_what_it_cannot_be_built_of():
    with pytest.raises(TypeError, match=r"but: expected some of .*'learning_rate'.*found \['learnig_rate'\]"):
        RECIPE.but(learnig_rate=1)
    with pytest.raises(ValueError, match=r"architecture: expected what mlp can be built of.*'hidden': 128"):
        RECIPE.but(architecture={"hidden": 128}).build()


def test_the_progress_callback_tells_the_time_that_it_measured(garments, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FMNIST_TIMINGS", str(tmp_path / "fits.json"))
    model = RECIPE.build()
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    bar = ProgressBar("A fit", chapter="no chapter")
    model.fit(garments[0].images, garments[0].labels, epochs=2, verbose=0, callbacks=[bar])
    assert "A fit: no time measured yet" in capsys.readouterr().out
    assert '"A fit"' in (tmp_path / "fits.json").read_text()
