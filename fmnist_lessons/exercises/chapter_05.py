"""The exercises to chapter 05: what is right, on which inputs, and what each mistake is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np

from . import (
    Function,
    Misfit,
    Wrong,
    call,
    exercise,
    expect_array,
    expect_choices,
    expect_supported,
    expect_untouched,
    task,
)
from .words import describe, listed

_rng = np.random.default_rng


@task(
    "5.1",
    hints=(
        "Two things happen: some numbers become zero, and the others become larger. By which factor, so that "
        "the mean stays?",
        "rng.random(values.shape) >= rate says which ones are kept, each with probability 1 - rate.",
        "values * kept / (1 - rate)",
    ),
)
def dropout(function: Function) -> str:
    """Try `function(values, rate, rng=…)`, dropout as it works in training."""
    values = _rng(51).uniform(1, 2, (60, 50))
    for rate in (0.4, 0.2, 0.75):
        found = _drop(function, values, rate, seed=1)
        _expect_scaled(found, values, rate)
        _expect_own_draws(found == 0)
        share = float(np.mean(found == 0))
        if abs(share - rate) > 0.05:
            swapped = ": it keeps what should be dropped" if abs(share - (1 - rate)) < 0.05 else ""
            raise Wrong(
                f"with rate={rate}, {share:.0%} of the numbers are zero; asked is {rate:.0%}{swapped}"
            )
    if not np.array_equal(found, _drop(function, values, rate, seed=1)):
        raise Wrong("the same rng gives another result each time: take all draws from rng")
    if np.array_equal(found, _drop(function, values, rate, seed=2)):
        raise Wrong("another rng gives the same result: take the draws from the rng that is passed in")
    expect_untouched(function, (values, 0.4), rng=_rng(1))
    return "On average each number is what it was, so at prediction nothing has to be done."


def _drop(function: Function, values: np.ndarray, rate: float, *, seed: int) -> np.ndarray:
    answer = call(function, values, rate, rng=_rng(seed))
    return expect_array(answer, "the result", shape=values.shape, kind="number").astype(float)


def _expect_scaled(found: np.ndarray, values: np.ndarray, rate: float) -> None:
    """Every number that is not zero has the right factor."""
    kept = found != 0
    if kept.all():
        raise Wrong(f"with rate={rate}, no number became zero")
    if not kept.any():
        raise Wrong(f"with rate={rate}, every number became zero")
    factors = found[kept] / values[kept]
    mistakes = (
        (1.0, "what is kept is not scaled: the sums of the next layer would be smaller than at prediction"),
        (1 / rate, "what is kept is divided by rate, the share that is dropped; divide by the share kept"),
        (1 - rate, "what is kept is multiplied by 1 - rate; it has to become larger, not smaller"),
        (1 + rate, "what is kept is multiplied by 1 + rate; to keep the mean, divide by 1 - rate"),
    )
    for factor, message in ((1 / (1 - rate), ""), *mistakes):
        if np.allclose(factors, factor, rtol=1e-3):
            if message:
                raise Wrong(message)
            return
    shares = (kept.mean(axis=axis, keepdims=True) for axis in (None, 0, 1))
    if any(np.allclose(found * share, values * kept) for share in shares):
        raise Wrong("the factor is 1 / (1 - rate), whatever share happened to be kept")
    if np.ptp(factors) < 1e-6:
        raise Wrong(f"with rate={rate}, what is kept is multiplied by {factors[0]:.4g}")
    raise Wrong(f"with rate={rate}, what is kept is not multiplied by one factor")


def _expect_own_draws(dropped: np.ndarray) -> None:
    if (dropped == dropped[:1]).all():
        raise Wrong("the same units are dropped for every image: draw for each number, not for each unit")
    if (dropped == dropped[:, :1]).all():
        raise Wrong("whole images are dropped: draw for each number, not for each image")
    for axis, line in ((1, "row"), (0, "column")):
        if np.ptp(dropped.sum(axis=axis)) == 0:
            raise Wrong(f"each {line} loses as many numbers as any other: give each number its own draw")


decayed_step = exercise(
    "5.2",
    "the array of weights",
    lambda w, g, r, d: w - r * g - r * d * w,
    on=[
        (_rng(52).normal(size=shape), _rng(53).normal(size=shape), rate, decay)
        for shape, rate, decay in (((5,), 0.1, 0.4), ((3, 4), 0.3, 0.2))
    ],
    wrong={
        "the decay is missing": lambda w, g, r, d: w - r * g,
        "the step against the gradient is missing": lambda w, g, r, d: w - r * d * w,
        "the decay makes the weights larger: mind its sign": lambda w, g, r, d: w - r * g + r * d * w,
        "the step goes along the gradient, not against it": lambda w, g, r, d: w + r * g - r * d * w,
        "both signs are wrong: gradient and decay are subtracted": lambda w, g, r, d: w + r * g + r * d * w,
        "the decay does not know the learning rate: multiply both": lambda w, g, r, d: w - r * g - d * w,
        "the decay acts on the weights after the step; asked is a share of what they were before": (
            lambda w, g, r, d: (w - r * g) * (1 - r * d)
        ),
        "the decay is twice as large as asked": lambda w, g, r, d: w - r * g - 2 * r * d * w,
        "the decay is half as large as asked: the ½ is the penalty's, and its gradient has none": (
            lambda w, g, r, d: w - r * g - r * d * w / 2
        ),
        "the decay is multiplied by the learning rate twice": lambda w, g, r, d: w - r * g - r**2 * d * w,
        "the decay shrinks the gradient; asked are smaller weights": lambda w, g, r, d: w - r * g * (1 - d),
        "the decay takes the square of the weights": lambda w, g, r, d: w - r * g - r * d * w**2,
        "the decay takes the same from every weight, not a share of it": (
            lambda w, g, r, d: w - r * g - r * d
        ),
        "the decay takes a share of the gradient, not of the weight": (
            lambda w, g, r, d: w - r * g - r * d * g
        ),
        "every weight shrinks by the same amount: L1": lambda w, g, r, d: w - r * g - r * d * np.sign(w),
        "this is the change; asked are the weights after it": lambda w, g, r, d: -r * g - r * d * w,
    },
    then=expect_untouched,
    hints=(
        "There are two changes, one from the gradient, one from the decay. Both begin with the old weights.",
        "The decay takes away learning_rate * decay * weights. The gradient has no part in it.",
        "weights - learning_rate * gradient - learning_rate * decay * weights",
    ),
    praise="For plain gradient descent this is the L2 penalty as well. For Adam it is not.",
)


def _against(p: np.ndarray, label: int, top: float, rest: float) -> float:
    """The cross-entropy to a target that is `top` for the label and `rest` for each other class."""
    target = np.full(len(p), rest)
    target[label] = top
    return float(-np.sum(target * np.log(p)))


def _smoothed(p: np.ndarray, label: int, epsilon: float) -> float:
    return _against(p, label, 1 - epsilon + epsilon / len(p), epsilon / len(p))


def _divergence(p: np.ndarray, label: int, epsilon: float) -> float:
    """The Kullback-Leibler divergence: without the target's own entropy."""
    target = np.full(len(p), epsilon / len(p))
    target[label] += 1 - epsilon
    return _smoothed(p, label, epsilon) - _smoothed(target, label, epsilon)


smoothed_loss = exercise(
    "5.3",
    "the loss",
    _smoothed,
    on=[
        (_rng(53).dirichlet(np.ones(n)), label, e)
        for n, label, e in ((10, 6, 0.1), (4, 0, 0.3), (10, 9, 0.0))
    ],
    wrong={
        "this is the plain cross-entropy; the smoothing is missing": lambda p, k, e: -np.log(p[k]),
        "the sign is wrong: a logarithm of a share is negative": lambda p, k, e: -_smoothed(p, k, e),
        "epsilon is spread over the other classes only; here every class gets a share, the true one too": (
            lambda p, k, e: _against(p, k, 1 - e, e / (len(p) - 1))
        ),
        "the shares of the other classes are missing": lambda p, k, e: -(1 - e) * np.log(p[k]),
        "the target sums to less than 1: the true class gets its share of epsilon as well": (
            lambda p, k, e: _against(p, k, 1 - e, e / len(p))
        ),
        "the true class keeps 1 on top of its share": (
            lambda p, k, e: _against(p, k, 1 + e / len(p), e / len(p))
        ),
        "each class gets a whole epsilon; its share is epsilon divided by the number of classes": (
            lambda p, k, e: _against(p, k, 1 - e, e),
            lambda p, k, e: _against(p, k, 1.0, e),
            lambda p, k, e: _against(p, k, 1 - (len(p) - 1) * e, e),
        ),
        "epsilon is divided by 10; here are 4 classes, not 10: divide by len(probabilities)": (
            lambda p, k, e: _against(p, k, 1 - e + e / 10, e / 10)
        ),
        "this is the KL divergence; the cross-entropy is -np.sum(target * np.log(…)) alone": _divergence,
        "this is the mean over the classes; asked is the sum": lambda p, k, e: _smoothed(p, k, e) / len(p),
        "the logarithm to base 2; asked is the natural one": lambda p, k, e: _smoothed(p, k, e) / np.log(2),
        "the logarithm to base 10; asked is the natural one": lambda p, k, e: _smoothed(p, k, e) / np.log(10),
        "smooth the target, not the probabilities": lambda p, k, e: -np.log((1 - e) * p[k] + e / len(p)),
    },
    hints=(
        "Write down the target first: as many numbers as there are probabilities, with the sum 1. Which one "
        "is large?",
        "Each class gets epsilon / len(probabilities); the true one gets 1 - epsilon more.",
        "target = np.full(n, epsilon / n), target[label] += 1 - epsilon, and then "
        "-np.sum(target * np.log(probabilities)).",
    ),
    praise="It is smallest where the probabilities equal the target, and even there it is not zero.",
)


def _walk(losses: list[float], patience: int, *, equal: bool = False, anew: bool = True) -> tuple[int, int]:
    """The best epoch and the last one trained, from 1; the keywords carry out typical mistakes."""
    best = waited = 0
    for epoch, loss in enumerate(losses[1:], 1):
        if loss < losses[best] or (equal and loss == losses[best]):
            best, waited = epoch, 0 if anew else waited
        else:
            waited += 1
        if waited >= patience:
            break
    return best + 1, epoch + 1


def _restored(losses: list[float], patience: int) -> int:
    return _walk(losses, patience)[0]


def _last_if_patient(losses: list[float], patience: int) -> int:
    best, end = _walk(losses, patience)
    return best if end < len(losses) else end


def _against_the_one_before(losses: list[float], patience: int) -> int:
    """Where progress means lower than the epoch before, not lower than the best."""
    waited = 0
    for epoch in range(1, len(losses)):
        waited = 0 if losses[epoch] < losses[epoch - 1] else waited + 1
        if waited >= patience:
            return int(np.argmin(losses[: epoch + 1])) + 1
    return int(np.argmin(losses)) + 1


restored_epoch = exercise(
    "5.4",
    "the epoch for losses={0}, patience={1}",
    _restored,
    on=[
        ([0.9, 0.5, 0.8, 0.7, 0.6, 0.55, 0.4, 0.9, 0.9, 0.9, 0.1], 3),
        ([0.5, 0.4, 0.45, 0.42, 0.3, 0.5, 0.5, 0.5, 0.1], 2),
        ([0.9, 0.6, 0.7, 0.65, 0.5, 0.55, 0.56, 0.57, 0.1], 3),
        ([0.5, 0.4, 0.4, 0.45, 0.45, 0.3], 2),
        ([0.9, 0.8, 0.7, 0.6, 0.5], 2),
        ([0.3, 0.4, 0.5, 0.2], 2),
        ([0.9, 0.5, 0.6, 0.4, 0.5, 0.3], 2),
        ([0.9, 0.5, 0.6, 0.7], 3),
    ],
    wrong={
        "epochs are counted from 1 here, not from 0": lambda v, n: _restored(v, n) - 1,
        "this looks at all losses, also at those after training has ended": lambda v, n: (
            int(np.argmin(v)) + 1
        ),
        "the count starts anew with each new best": lambda v, n: _walk(v, n, anew=False)[0],
        "also when patience never runs out the best epoch is restored, not the last": _last_if_patient,
        "this is the epoch after which training ends; asked is the one that is restored": (
            lambda v, n: _walk(v, n)[1]
        ),
        "where patience never runs out, the best epoch is later than that": lambda v, n: _walk(v, n)[1] - n,
        "a loss that is only equal is no progress": lambda v, n: _walk(v, n, equal=True)[0],
        "training goes on one epoch too long": lambda v, n: _restored(v, n + 1),
        "training ends one epoch too early": lambda v, n: _restored(v, max(n - 1, 1)),
        "progress means lower than the best so far, not than the epoch before": _against_the_one_before,
    },
    hints=(
        "Walk through the epochs and keep in mind which was the best so far. How long ago was it?",
        "Where epoch - best >= patience, training ends: leave the loop with break. Progress means lower than "
        "the best so far, not lower than the epoch before.",
        "for epoch, loss in enumerate(losses): if loss < losses[best]: best = epoch; "
        "if epoch - best >= patience: break. At the end return best + 1.",
    ),
    praise="Patience decides what training never gets to see.",
)


def _moved(
    images: np.ndarray, down: int, right: int, mode: Any = "constant", margin: int | None = None
) -> np.ndarray:
    _, rows, columns = images.shape
    margin = max(abs(down), abs(right)) if margin is None else margin
    padded = np.pad(images, ((0, 0), (margin, margin), (margin, margin)), mode)
    return padded[:, margin - down : margin - down + rows, margin - right : margin - right + columns]


def _as_they_came(function: Function, inputs: tuple[Any, ...]) -> None:
    """The result has the images' dtype, and the images are as they were."""
    given, found = inputs[0].dtype, np.asarray(call(function, *inputs)).dtype
    if found != given:
        raise Wrong(f"the images were {given}, the result is {found}; keep the dtype")
    expect_untouched(function, inputs)


move = exercise(
    "5.5",
    "the result for down={1}, right={2}",
    _moved,
    on=[
        (_rng(55).integers(1, 256, (3, 8, 6)).astype(np.uint8), down, right)
        for down, right in (
            *((0, 0), (2, 1), (2, 0), (0, 1), (-1, 0), (0, -2), (-3, 2), (1, -1)),
            *((6, 0), (0, -5), (9, 0)),  # what a fixed margin does not reach
        )
    ],
    wrong={
        "what leaves on one side comes in on the other; the gap has to be zero": (
            lambda x, d, r: np.roll(x, (d, r), axis=(1, 2))
        ),
        "axis 0 counts the images; rows and columns are the axes 1 and 2": (
            lambda x, d, r: np.roll(x, (d, r), axis=(0, 1))
        ),
        "the gap repeats the picture's edge; it has to be zero": lambda x, d, r: _moved(x, d, r, "edge"),
        "the margin is too narrow for this move; make it as wide as the move": (
            lambda x, d, r: _moved(x, d, r, margin=abs(d)),
            lambda x, d, r: _moved(x, d, r, margin=abs(r)),
            *(partial(_moved, margin=margin) for margin in range(9)),
        ),
        "it moves in the opposite direction": lambda x, d, r: _moved(x, -d, -r),
        "down and right have changed places": lambda x, d, r: _moved(x, r, d),
        "up and down are exchanged": lambda x, d, r: _moved(x, -d, r),
        "left and right are exchanged": lambda x, d, r: _moved(x, d, -r),
        "nothing moves to the side": lambda x, d, r: _moved(x, d, 0),
        "nothing moves down": lambda x, d, r: _moved(x, 0, r),
        "nothing moves": lambda x, d, r: x,
    },
    then=_as_they_came,
    hints=(
        "Put the images on a larger sheet of zeros. Which part do you cut out, if the garment is to lie "
        "further down?",
        "After np.pad with a margin on all sides, the picture as it was begins at row margin. To move it "
        "down, begin higher: at row margin - down.",
        "padded[:, margin - down : margin - down + rows, margin - right : margin - right + columns], "
        "where margin = max(abs(down), abs(right)).",
    ),
    praise="The library's `shift` does this with a place of its own for each image.",
)


CHANGES = ("mirrored", "upside down", "moved")
ALLOWED = {
    "clothes": {"mirrored", "moved"},
    "digits": {"moved"},
    "fields": {"mirrored", "upside down", "moved"},
}
_WHY_NOT = {
    ("clothes", "upside down"): "turned by 180° a shoe is still a shoe, but a shop shows none like that",
    ("digits", "upside down"): "turned by 180° a 6 is a 9, so labels become wrong",
    ("digits", "mirrored"): "nobody writes a mirrored 2 or 3, so such pictures will not be met",
}
_WHY = {
    ("clothes", "mirrored"): "a mirrored garment is the same garment, and shoes point either way",
    ("fields", "mirrored"): "seen from above, a mirrored field could be another field",
    ("fields", "upside down"): "seen from above there is no up and no down",
}
_WHY |= {(name, "moved"): "a pixel or two of difference in the cut changes no label" for name in ALLOWED}


@task(
    "5.6",
    hints=(
        "Ask two questions each time: is every label still right? Could such a picture arrive one day?",
        "For which data set is there no up and no down? In which does a change turn one class into another?",
        "Moving is fine for all three. Seen from above, everything is fine. A 6 and a 9 settle the digits.",
    ),
)
def allowed_changes(answer: Any) -> str:
    """Judge the changes that may be used for each of three data sets."""
    if not isinstance(answer, Mapping):
        raise Misfit(f"expected a dictionary from data sets to lists of changes, found {describe(answer)}")
    missing = [name for name in ALLOWED if name not in answer]
    if missing:
        raise Wrong(f"the dictionary has no entry for {listed(tuple(missing))}")
    for name, allowed in ALLOWED.items():
        chosen = expect_choices(answer[name], CHANGES, f"the changes for {name!r}")
        for change in CHANGES:
            if change in chosen and change not in allowed:
                raise Wrong(f"{name}: not {change!r}: {_WHY_NOT[name, change]}")
            if change in allowed and change not in chosen:
                raise Wrong(f"{name}: {change!r} is missing: {_WHY[name, change]}")
    return "The pictures decide, not the method. Whether such a change pays, only a measurement can tell."


def _cost(size: int, channels: int, width: int) -> int:
    return size * size * width * 9 * channels


def _work(
    size: int,
    filters: Iterable[int],
    cost: Function = _cost,
    *,
    half: Function = lambda size: size // 2,
    channels: int = 1,
) -> int:
    """What all the convolutions cost; other costs, halves and channels carry out typical mistakes."""
    work = 0
    for width in filters:
        work += cost(size, channels, width)
        size, channels = half(size), width
    return work


network_work = exercise(
    "5.7",
    "the work for size={0}, filters={1}",
    _work,
    on=[(30, (5, 7, 3)), (28, (16, 32, 64)), (28, (8,)), (32, (4, 8))],
    wrong={
        "the pooling is missing: each halves height and width": lambda s, f: _work(s, f, half=lambda n: n),
        "a left-over row is dropped: use //": lambda s, f: _work(s, f, half=lambda n: n / 2),
        "a left-over row is dropped, not rounded up": lambda s, f: _work(s, f, half=lambda n: -(-n // 2)),
        "the size is divided by 4: height and width are halved, and only their product is a quarter": (
            lambda s, f: _work(s, f, half=lambda n: n // 4)
        ),
        "the image has one channel, not three": lambda s, f: _work(s, f, channels=3),
        "a convolution reads all maps of the one before it, not one": (
            lambda s, f: _work(s, f, lambda n, c, w: n * n * w * 9)
        ),
        "pooling comes after the convolution, not before it": lambda s, f: _work(s // 2, f),
        "multiplications and additions are counted apart; asked are pairs": lambda s, f: 2 * _work(s, f),
        "the biases are counted, but they are not multiplied": (
            lambda s, f: _work(s, f, lambda n, c, w: n * n * w * (9 * c + 1)),
            lambda s, f: _work(s, f) + sum(f),
        ),
        "this is the work of one filter in each convolution; each has as many as `filters` says": (
            lambda s, f: _work(s, f, lambda n, c, w: n * n * 9 * c)
        ),
        "a filter has 3×3 weights for each map that it reads": lambda s, f: _work(s, f) // 9,
        "the kernel is as high as it is wide: 3×3, not 3": lambda s, f: _work(s, f) // 3,
        "these are the weights; each is used at every position": (
            lambda s, f: _work(s, f, lambda n, c, w: 9 * c * w)
        ),
        "this is the first convolution alone": lambda s, f: _work(s, f[:1]),
        "this is the last convolution alone; add them all up": lambda s, f: _work(s, f) - _work(s, f[:-1]),
        'with the padding "same" no position is lost at the edge': (
            lambda s, f: _work(s - 2, f, half=lambda n: n // 2 - 2)
        ),
    },
    hints=(
        "One convolution first: how many numbers come out, and what does each of them cost?",
        "size * size * width numbers come out, each costs 3 * 3 * channels. Then the size is halved, and "
        "width becomes the next layer's channels.",
        "for width in filters: work += size * size * width * 3 * 3 * channels; "
        "size, channels = size // 2, width.",
    ),
    praise="Half the size and twice the maps: the second convolution and the third cost the same.",
)


def _softmax(logits: np.ndarray, axis: int = -1) -> np.ndarray:
    exponentials = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=axis, keepdims=True))


def _without_overflow(answer: Any, name: str) -> np.ndarray:
    found = expect_array(answer, name, kind="number")
    if np.isnan(found).any():
        raise Wrong(f"{name} holds nan for large logits: subtract the largest of each row before np.exp")
    return found


_large = _rng(58).normal(size=(3, 4, 10))
_large[:, 1:, :2] = 1000, 998  # but not in the rows of the first image

mean_answer = exercise(
    "5.8",
    "the result",
    lambda z: _softmax(z).mean(axis=0),
    on=[(_rng(58).normal(0, 3, (2, 4, 10)),), (_rng(59).normal(0, 3, (5, 5, 5)),), (_large,)],
    read=_without_overflow,
    wrong={
        "the mean is taken over logits; asked is that of probabilities": lambda z: _softmax(z.mean(axis=0)),
        "the mean over the views is missing": _softmax,
        "these are logits still: the softmax is missing": lambda z: z.mean(axis=0),
        "the mean is taken over the images; the views are axis 0": lambda z: _softmax(z).mean(axis=1),
        "the softmax runs over the views; the classes are axis 2": lambda z: _softmax(z, axis=0).mean(axis=0),
        "the softmax runs over the images; the classes are axis 2": lambda z: _softmax(z, axis=1).mean(
            axis=0
        ),
        "nan was replaced, the answer is lost: subtract the largest of each row before np.exp": (
            lambda z: np.nan_to_num(np.exp(z) / np.exp(z).sum(axis=2, keepdims=True)).mean(axis=0)
        ),
        "the logits are cut off, so 1000 and 998 count the same; subtract the largest of each row": (
            lambda z: _softmax(np.minimum(z, 50)).mean(axis=0)
        ),
        "this is the sum over the views; its rows do not sum to 1": lambda z: _softmax(z).sum(axis=0),
        "this is the largest over the views; asked is the mean": lambda z: _softmax(z).max(axis=0),
        "the probabilities are multiplied; asked is their mean": lambda z: _softmax(z).prod(axis=0),
        "these are classes; asked are the probabilities": lambda z: _softmax(z).mean(axis=0).argmax(axis=1),
    },
    hints=(
        "First logits become probabilities, for each view and image. Then comes the mean. Over which axis?",
        "Subtract the largest logit of each row before np.exp, with keepdims=True. The classes are axis 2, "
        "the views axis 0.",
        "e = np.exp(logits - logits.max(axis=2, keepdims=True)); "
        "(e / e.sum(axis=2, keepdims=True)).mean(axis=0).",
    ),
    praise="Each row sums to 1 again, so the mean is a distribution, too.",
)


_SUPPORTED = {
    "a": "0.42 is more than its margin, 0.20",
    "d": "0.08 is little, but more than its margin, 0.05",
    "f": "-0.61 is further from zero than its margin, 0.30",
}
_UNSUPPORTED = {
    "b": "-0.15 is within its margin of 0.25: it may have done nothing, or even helped a little",
    "c": "no evidence of an effect is no evidence that there is none: a gain of 0.10 is possible",
    "e": "effects measured alone need not add up; nobody has measured the two together",
    "g": "the table knows 10 epochs only, and what holds a network back often pays later",
}


@task(
    "5.9",
    hints=(
        "Each difference is judged alone here: it is told from zero if it is larger than its margin, "
        "whatever its sign.",
        "Ask of each statement: does it speak of what was measured, one cure alone, in 10 epochs?",
        "Three of the seven hold: two cures that helped, and one that did harm.",
    ),
)
def supported(answer: Any) -> str:
    """Judge which statements a table of differences and margins supports."""
    expect_supported(answer, _SUPPORTED, _UNSUPPORTED)
    return "Larger than the margin, and no further than what was measured."
