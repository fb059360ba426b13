"""Figures published by the projects that this course grew from, as they stand there, and what is unknown.

They are single numbers without a spread over seeds. What was not said is None, and is shown as unknown."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from .headlines import Headlines

SOURCE = "published by the project this course grew from"


@dataclass(frozen=True)
class Published:
    """One published result.

    Attributes
    ----------
    what : str
        The model, as it was called.
    train, validation, test : float, optional
        Accuracies between 0 and 1.
    train_loss, test_loss : float, optional
        The loss, of whatever kind it was.
    said : str
        What was said of the set-up.
    differs : str
        What differs from ours, or cannot be known.
    ours : tuple of str
        Our models of that kind, by their names in the table of all models.
    source : str
    """

    what: str
    train: float | None = None
    validation: float | None = None
    test: float | None = None
    train_loss: float | None = None
    test_loss: float | None = None
    said: str = ""
    differs: str = ""
    ours: tuple[str, ...] = ()
    source: str = SOURCE


PUBLISHED = (
    Published(
        "MLP of stem, backbone and classifier",
        train=0.9041,
        test=0.8733,
        train_loss=0.2604,
        said="learning rate 0.01, best of four; Adam over SGD; negative log-likelihood over cross-entropy; "
        "batches of 256, best of three; 10 to 50 epochs; ReLU over sigmoid and tanh",
        differs="Widths, number of training images and of seeds unknown, and by which images the settings "
        "were chosen. Chapter 08 trains a small MLP by these settings; our other two were chosen on "
        "validation images.",
        ours=("MLP", "MLP, published settings", "MLP, found by search"),
    ),
    Published(
        "one convolution of 32 filters 3×3, pooling, 100 dense units",
        test=0.9114,
        said="He initialisation, SGD with learning rate 0.01 and momentum 0.9",
        differs="Epochs, batch size, padding, number of training images and seeds unknown. Chapter 03 trains "
        "the same layers, once by these settings and once by a longer recipe.",
        ours=("CNN", "CNN as published"),
    ),
    Published(
        "fixed architecture, tuning only",
        train=0.9071,
        validation=0.894,
        test=0.9117,
        test_loss=0.269,
        said="40,000 images to train, 20,000 to validate, 10,000 to test; augmentation",
        differs="Chapter 05 uses the same split; the architecture and the number of seeds are unknown.",
        ours=("CNN, tuned on 40,000",),
    ),
    Published(
        "LeNet-5",
        test=0.89,
        differs="The whole recipe is unknown, and which LeNet-5 it was. Our row with sigmoids shows a "
        "training that fails.",
        ours=("LeNet-5 of 1998", "LeNet-5", "LeNet-5, sigmoid"),
    ),
    Published(
        "a tutorial's CNN",
        test=0.88,
        differs="Layers and recipe unknown.",
        ours=("CNN", "CNN as published"),
    ),
    Published(
        "custom CNN with dropout and batch normalisation",
        test=0.92,
        said="dropout and batch normalisation",
        differs="Layers and recipe unknown. Ours are a residual network and a deep one, each with both.",
        ours=("Custom CNN", "Deep CNN, regularised"),
    ),
    Published(
        "EfficientNet, fine-tuned",
        test=0.919,
        said="about 20 MB",
        differs="Variant, image size, epochs and seeds unknown. The name of ours says whether it began with "
        "ImageNet's weights or from scratch.",
        ours=("EfficientNetB0, fine-tuned", "EfficientNetB0, from scratch"),
    ),
    Published(
        "convolutional autoencoder, its encoder with three dense layers",
        train=0.9964,
        test=0.9234,
        said="best of Adam, RMSprop, Adadelta and several learning rates",
        differs="Size of the code, epochs and seeds unknown, and by which images the best was chosen.",
        ours=(
            "Encoder and classifier, fine-tuned",
            "Encoder and classifier, four times the rate",
            "Encoder and classifier, from scratch",
        ),
    ),
    Published(
        "VGG16 with a classifier of its own",
        said="beside the autoencoder; no figure is given",
        differs="Nothing to compare with. Ours needs ImageNet's weights.",
        ours=("VGG16, frozen, dense classifier",),
    ),
)


def published_table(results: Iterable[Published] = PUBLISHED) -> pd.DataFrame:
    """Return the published figures as they stand, and what was said of the set-up.

    Returns
    -------
    DataFrame
        A row for each result: ``published`` (its name), the accuracies and losses (``nan`` where unknown),
        ``said``, ``differs``, ``source``.
    """
    rows = [{f.name: getattr(r, f.name) for f in fields(r) if f.name != "ours"} for r in results]
    table = pd.DataFrame(rows).rename(columns={"what": "published"})
    numbers = ["train", "validation", "test", "train_loss", "test_loss"]
    return table.assign(**{name: table[name].astype(float) for name in numbers})


def beside_ours(models: Headlines, results: Iterable[Published] = PUBLISHED) -> pd.DataFrame:
    """Set each published test accuracy beside those of our models of the same kind.

    Parameters
    ----------
    models : Headlines
    results : iterable of Published

    Returns
    -------
    DataFrame
        A row for each published result and each of our models of its kind: ``published``, ``theirs``,
        ``ours`` (the model, or that the book has no record of it), ``mean``, ``sd``, ``seeds``, and
        ``difference``, ours minus theirs; accuracies as shares.
    """
    card = models.scorecard()
    rows = []
    for result in results:
        row = {"published": result.what, "theirs": np.nan if result.test is None else result.test}
        for name in result.ours:
            if name not in card.index:
                rows.append({**row, "ours": f"{name}: no record", "mean": np.nan, "sd": np.nan, "seeds": 0})
                continue
            ours = card.loc[name]
            rows.append(
                {**row, "ours": name, "mean": ours["test_accuracy"], "sd": ours["sd"], "seeds": ours["seeds"]}
            )
    table = pd.DataFrame(rows)
    return table.assign(difference=table["mean"] - table["theirs"])
