"""Several models as one: the mean of their probabilities, and which of them to take."""

import numpy as np
from numpy.typing import ArrayLike

from ..data.expected import checked_count, refuse, shown
from ..data.expected_arrays import checked_labels, checked_members, checked_numbers


def mean_probabilities(members: ArrayLike, *, weights: ArrayLike | None = None) -> np.ndarray:
    """Return the mean of what several models say.

    Parameters
    ----------
    members : (m, n, 10) floats
        The probabilities of each model for the same images.
    weights : (m,) numbers, optional
        None below 0, their sum above 0; equal ones without them.

    Returns
    -------
    (n, 10) float64
        Rows sum to 1.

    References
    ----------
    B. Lakshminarayanan, A. Pritzel, C. Blundell, "Simple and scalable predictive uncertainty estimation using
    deep ensembles" (2017), https://doi.org/10.48550/arXiv.1612.01474: one recipe, several seeds.
    """
    shares = checked_members(members)
    chosen = np.ones(len(shares)) if weights is None else checked_numbers(weights, "weights")
    if chosen.shape != (len(shares),) or not (chosen.min() >= 0 and 0 < chosen.sum() < np.inf):
        refuse("weights", f"{len(shares)} numbers, none below 0 and not all 0", shown(weights))
    return np.average(shares, axis=0, weights=chosen)


def choose_weights(labels: ArrayLike, members: ArrayLike, *, rounds: int = 20) -> np.ndarray:
    """Choose models for an ensemble one at a time, with replacement, by the cross-entropy of the mean.

    Each round takes in the model that makes the mean's cross-entropy smallest, also one that is in already. A
    model's weight is the share of rounds that took it.

    Parameters
    ----------
    labels : (n,) integers from 0 to 9
        Of validation images: weights are fitted, so not on test images.
    members : (m, n, 10) floats
        As for `mean_probabilities`.
    rounds : int
        1 to 10,000. The weights are multiples of one divided by it.

    Returns
    -------
    (m,) floats
        Sum to 1.

    References
    ----------
    R. Caruana, A. Niculescu-Mizil, G. Crew, A. Ksikes, "Ensemble selection from libraries of models" (2004),
    https://doi.org/10.1145/1015330.1015432
    """
    true = checked_labels(labels)
    shares = checked_members(members, len(true))
    rounds = checked_count(rounds, "rounds", 10_000)
    of_true = shares[:, np.arange(len(true)), true]  # (m, n): nothing else enters the cross-entropy
    taken, total = np.zeros(len(shares)), np.zeros(len(true))
    for _ in range(rounds):
        with np.errstate(divide="ignore"):
            losses = -np.log(total + of_true).mean(axis=1)
        best = int(losses.argmin())
        taken[best] += 1
        total += of_true[best]
    return taken / rounds
