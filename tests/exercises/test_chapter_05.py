"""Each check of chapter 05 against right answers and typical wrong ones."""

import numpy as np
import pytest
from judging import right, wrong

from fmnist_lessons.exercises import chapter_05 as check

pytestmark = pytest.mark.usefixtures("checks_raise")


# 5.1


def _dropped(values, rate, rng, *, factor=None, shape=None, chance=None):
    kept = rng.random(shape or values.shape) >= (rate if chance is None else chance)
    return values * kept * (1 / (1 - rate) if factor is None else factor)


def test_dropout(capsys):
    right(check.dropout, lambda v, r, *, rng: _dropped(v, r, rng), capsys)
    right(check.dropout, lambda v, r, rng: np.where(rng.random(v.shape) < r, 0, v / (1 - r)), capsys)
    right(check.dropout, lambda v, r, rng: v * rng.binomial(1, 1 - r, v.shape) / (1 - r), capsys)


def _kept_shares(values, rate, rng, axis=None):
    kept = rng.random(values.shape) >= rate
    return values * kept / kept.mean(axis=axis, keepdims=True)


def _exactly(values, rate, rng):
    order = rng.random(values.shape).argsort(axis=1).argsort(axis=1)
    return values * (order >= int(rate * values.shape[1])) / (1 - rate)


def _in_place(values, rate, *, rng):
    values[rng.random(values.shape) < rate] = 0
    values /= 1 - rate
    return values


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda v, r, rng: _dropped(v, r, rng, factor=1), "is not scaled"),
        (lambda v, r, rng: _dropped(v, r, rng, factor=1 / r), "divided by rate"),
        (lambda v, r, rng: _dropped(v, r, rng, factor=1 - r), "larger, not smaller"),
        (lambda v, r, rng: _dropped(v, r, rng, factor=1 + r), "multiplied by 1 \\+ rate"),
        (lambda v, r, rng: _dropped(v, r, rng, factor=3), "multiplied by 3"),
        (lambda v, r, rng: _dropped(v, r, rng) ** 2, "not multiplied by one factor"),
        (lambda v, r, rng: _dropped(v, r, rng, chance=1 - r), "keeps what should be dropped"),
        (lambda v, r, rng: _dropped(v, r, rng, chance=0.5), "asked is 40%"),
        (lambda v, r, rng: v / (1 - r), "no number became zero"),
        (lambda v, r, rng: 0 * v, "every number became zero"),
        (lambda v, r, rng: _dropped(v, r, rng, shape=(1, v.shape[1])), "same units are dropped"),
        (lambda v, r, rng: _dropped(v, r, rng, shape=(len(v), 1)), "whole images are dropped"),
        (lambda v, r, rng: _dropped(v, r, np.random.default_rng()), "take all draws from rng"),
        (lambda v, r, rng: _dropped(v, r, np.random.default_rng(0)), "another rng gives the same"),
        (_kept_shares, "whatever share happened"),
        (lambda v, r, rng: _kept_shares(v, r, rng, axis=0), "whatever share happened"),
        (lambda v, r, rng: _kept_shares(v, r, rng, axis=1), "whatever share happened"),
        (_exactly, "each row loses as many"),
        (lambda v, r, rng: _exactly(v.T, r, rng).T, "each column loses as many"),
        (_in_place, "that came in was changed"),
        (lambda v, r, rng: _dropped(v, r, rng)[0], "expected shape"),
    ],
)
def test_dropout_knows_what_is_wrong(answer, says):
    wrong(check.dropout, answer, says=says)


# 5.2


def test_decayed_step(capsys):
    right(check.decayed_step, lambda w, g, r, d: w - r * g - r * d * w, capsys)
    right(check.decayed_step, lambda w, g, r, d: (1 - r * d) * w - r * g, capsys)
    right(check.decayed_step, lambda w, g, r, d: w - r * (g + d * w), capsys)


def _step_in_place(weights, gradient, learning_rate, decay):
    weights *= 1 - learning_rate * decay
    weights -= learning_rate * gradient
    return weights


def _gradient_in_place(weights, gradient, learning_rate, decay):
    gradient += decay * weights
    return weights - learning_rate * gradient


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda w, g, r, d: w - r * g, "decay is missing"),
        (lambda w, g, r, d: (1 - r * d) * w, "against the gradient is missing"),
        (lambda w, g, r, d: (1 + r * d) * w - r * g, "mind its sign"),
        (lambda w, g, r, d: (1 - r * d) * w + r * g, "goes along the gradient"),
        (lambda w, g, r, d: (1 - d) * w - r * g, "does not know the learning rate"),
        (lambda w, g, r, d: (1 - r * d) * (w - r * g), "after the step"),
        (lambda w, g, r, d: w - r * (g + 2 * d * w), "twice as large"),
        (lambda w, g, r, d: w - r * (g + d * w**2), "square of the weights"),
        (lambda w, g, r, d: w - r * (g + d), "the same from every weight"),
        (lambda w, g, r, d: w - r * (g + d * g), "share of the gradient"),
        (lambda w, g, r, d: w - r * (g + d * np.sign(w)), "L1"),
        (lambda w, g, r, d: -r * (g + d * w), "this is the change"),
        (lambda w, g, r, d: w + r * (g + d * w), "both signs"),
        (lambda w, g, r, d: w - r * (g + d / 2 * w), "half as large"),
        (lambda w, g, r, d: w - r * (g + r * d * w), "learning rate twice"),
        (lambda w, g, r, d: w - r * g * (1 - d), "shrinks the gradient"),
        (_step_in_place, "that came in was changed"),
        (_gradient_in_place, "that came in was changed"),
        (lambda w, g, r, d: w, "values not right"),
        (lambda w, g, r, d: 0.5, "to be an array"),
    ],
)
def test_decayed_step_knows_what_is_wrong(answer, says):
    wrong(check.decayed_step, answer, says=says)


# 5.3


def _loss(p, label, epsilon, *, top=None, rest=None):
    n = len(p)
    target = np.full(n, epsilon / n if rest is None else rest(n, epsilon))
    target[label] = 1 - epsilon + epsilon / n if top is None else top(n, epsilon)
    return -np.sum(target * np.log(p))


def test_smoothed_loss(capsys):
    right(check.smoothed_loss, _loss, capsys)
    right(
        check.smoothed_loss,
        lambda p, k, e: -(1 - e) * np.log(p[k]) - e * np.mean(np.log(p)),
        capsys,
    )


def _divergence(p, label, epsilon):
    target = np.full(len(p), epsilon / len(p))
    target[label] += 1 - epsilon
    return np.sum(target * np.log(target / p))


def _ten_classes(p, label, epsilon):
    return -np.sum(((1 - epsilon) * np.eye(10)[label] + epsilon / 10) * np.log(p))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda p, k, e: -np.log(p[k]), "smoothing is missing"),
        (lambda p, k, e: -_loss(p, k, e), "sign is wrong"),
        (
            lambda p, k, e: _loss(p, k, e, top=lambda n, e: 1 - e, rest=lambda n, e: e / (n - 1)),
            "other classes only",
        ),
        (
            lambda p, k, e: _loss(p, k, e, rest=lambda n, e: 0.0, top=lambda n, e: 1 - e),
            "other classes are missing",
        ),
        (lambda p, k, e: _loss(p, k, e, top=lambda n, e: 1 - e), "sums to less than 1"),
        (lambda p, k, e: _loss(p, k, e, top=lambda n, e: 1 + e / n), "keeps 1"),
        (lambda p, k, e: _loss(p, k, e, top=lambda n, e: 1 - e, rest=lambda n, e: e), "a whole epsilon"),
        (lambda p, k, e: _loss(p, k, e, top=lambda n, e: 1, rest=lambda n, e: e), "a whole epsilon"),
        (
            lambda p, k, e: _loss(p, k, e, top=lambda n, e: 1 - (n - 1) * e, rest=lambda n, e: e),
            "a whole epsilon",
        ),
        (_divergence, "KL divergence"),
        (_ten_classes, "broadcast"),
        (lambda p, k, e: _loss(p, k, e) / len(p), "mean over the classes"),
        (lambda p, k, e: _loss(p, k, e) / np.log(2), "base 2"),
        (lambda p, k, e: _loss(p, k, e) / np.log(10), "base 10"),
        (lambda p, k, e: -np.log((1 - e) * p[k] + e / len(p)), "not the probabilities"),
        (lambda p, k, e: 0.1, "too (small|large)"),
        (lambda p, k, e: p, "one number"),
    ],
)
def test_smoothed_loss_knows_what_is_wrong(answer, says):
    wrong(check.smoothed_loss, answer, says=says)


def test_no_hint_to_the_smoothed_loss_counts_on_ten_classes():
    assert not any("ten" in hint.split() for hint in check.smoothed_loss.hints)


# 5.4


def _end(losses, patience):
    """The number of epochs trained, by looking back from each epoch."""
    for epoch in range(1, len(losses) + 1):
        if epoch - (int(np.argmin(losses[:epoch])) + 1) >= patience:
            return epoch
    return len(losses)


def test_restored_epoch(capsys):
    right(check.restored_epoch, lambda v, n: int(np.argmin(v[: _end(v, n)])) + 1, capsys)
    right(check.restored_epoch, lambda v, n: np.argmin(v[: _end(v, n)]) + 1, capsys)


def _last_best(losses, patience):
    waited, best = 0, 0
    for epoch, loss in enumerate(losses):
        waited, best = (0, epoch) if loss <= losses[best] else (waited + 1, best)
        if waited >= patience:
            break
    return best + 1


def _never_anew(losses, patience):
    waited, best = 0, 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[best]:
            best = epoch
        else:
            waited += 1
        if waited == patience:
            break
    return best + 1


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda v, n: int(np.argmin(v[: _end(v, n)])), "counted from 1"),
        (lambda v, n: int(np.argmin(v)) + 1, "after training has ended"),
        (_end, "after which training ends"),
        (lambda v, n: _end(v, n) - n, "never runs out"),
        (lambda v, n: int(np.argmin(v[: _end(v, n + 1)])) + 1, "one epoch too long"),
        (lambda v, n: int(np.argmin(v[: _end(v, max(n - 1, 1))])) + 1, "one epoch too early"),
        (_last_best, "only equal"),
        (_never_anew, "count starts anew"),
        (lambda v, n: len(v) if _end(v, n) == len(v) else _end(v, n) - n, "restored, not the last"),
        (lambda v, n: 1.5, "whole number"),
        (lambda v, n: 8, "too large"),
    ],
)
def test_restored_epoch_knows_what_is_wrong(answer, says):
    wrong(check.restored_epoch, answer, says=says)


def test_restored_epoch_names_progress_against_the_epoch_before():
    def answer(losses, patience):
        waited = 0
        for epoch in range(1, len(losses)):
            waited = 0 if losses[epoch] < losses[epoch - 1] else waited + 1
            if waited >= patience:
                return int(np.argmin(losses[: epoch + 1])) + 1
        return int(np.argmin(losses)) + 1

    wrong(check.restored_epoch, answer, says="than the epoch before")


# 5.5


def _by_indices(images, down, right):
    out = np.zeros_like(images)
    _, rows, columns = images.shape
    for row in range(max(down, 0), rows + min(down, 0)):
        for column in range(max(right, 0), columns + min(right, 0)):
            out[:, row, column] = images[:, row - down, column - right]
    return out


def _cut(images, down, right, margin, mode="constant"):
    _, rows, columns = images.shape
    padded = np.pad(images, ((0, 0), (margin, margin), (margin, margin)), mode)
    return padded[:, margin - down : margin - down + rows, margin - right : margin - right + columns]


def _move_in_place(images, down, right):
    images[:] = _by_indices(images, down, right)
    return images


def test_move(capsys):
    right(check.move, _by_indices, capsys)
    right(check.move, lambda x, d, r: _cut(x, d, r, 20), capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda x, d, r: np.roll(x, (d, r), axis=(1, 2)), "comes in on the other"),
        (lambda x, d, r: np.roll(x, (d, r), axis=(0, 1)), "axis 0 counts the images"),
        (lambda x, d, r: _cut(x, d, r, 20, "edge"), "repeats the picture's edge"),
        (lambda x, d, r: _cut(x, d, r, 5), "margin is too narrow"),
        (lambda x, d, r: _cut(x, d, r, 6), "margin is too narrow"),
        (lambda x, d, r: _cut(x, d, r, abs(d)), "margin is too narrow"),
        (_move_in_place, "that came in was changed"),
        (lambda x, d, r: _by_indices(x, -d, -r), "opposite direction"),
        (lambda x, d, r: _by_indices(x, r, d), "changed places"),
        (lambda x, d, r: _by_indices(x, -d, r), "opposite direction|up and down"),
        (lambda x, d, r: _by_indices(x, d, -r), "opposite direction|left and right"),
        (lambda x, d, r: _by_indices(x, d, 0), "nothing moves to the side|nothing moves"),
        (lambda x, d, r: _by_indices(x, 0, r), "nothing moves down|nothing moves"),
        (lambda x, d, r: x, "nothing moves"),
        (lambda x, d, r: _by_indices(x, d, r).astype(float), "keep the dtype"),
        (lambda x, d, r: _by_indices(x, d, r)[:, 1:], "expected shape"),
        (lambda x, d, r: _by_indices(x, abs(d), abs(r)), "opposite|values not right|up and down"),
    ],
)
def test_move_knows_what_is_wrong(answer, says):
    wrong(check.move, answer, says=says)


# 5.6

ALL = ["mirrored", "upside down", "moved"]
RIGHT = {"clothes": ["mirrored", "moved"], "digits": ["moved"], "fields": ALL}


@pytest.mark.parametrize(
    "answer",
    [
        RIGHT,
        {**RIGHT, "clothes": ("moved", "mirrored")},
        {**RIGHT, "digits": {"Moved "}},
        {**RIGHT, "cats": []},
    ],
)
def test_allowed_changes(answer, capsys):
    right(check.allowed_changes, answer, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({**RIGHT, "clothes": ALL}, "shop shows none like that"),
        ({**RIGHT, "clothes": ["moved"]}, "clothes: 'mirrored' is missing"),
        ({**RIGHT, "digits": ["moved", "mirrored"]}, "nobody writes"),
        ({**RIGHT, "digits": ["moved", "upside down"]}, "a 9"),
        ({**RIGHT, "digits": []}, "digits: 'moved' is missing"),
        ({**RIGHT, "fields": ["moved", "mirrored"]}, "no up and no down"),
        ({**RIGHT, "fields": ["moved", "turned"]}, "found 'turned'"),
        ({**RIGHT, "fields": "moved"}, "a list of texts"),
        ({**RIGHT, "fields": dict.fromkeys(ALL, True)}, "those that you choose, found a dict"),
        ({"clothes": ["moved"]}, "no entry for 'digits', 'fields'"),
        ([ALL, ["moved"], ALL], "expected a dictionary"),
    ],
)
def test_allowed_changes_knows_what_is_wrong(answer, says):
    wrong(check.allowed_changes, answer, says=says)


# 5.7


def _layers(size, filters):
    """(size, channels, width) of each convolution."""
    return [
        (size // 2**i, channels, width)
        for i, (channels, width) in enumerate(zip((1, *filters), filters, strict=False))
    ]


def _halving(size, filters, half):
    """The work where `half` says what the pooling leaves."""
    work, channels = 0, 1
    for width in filters:
        work += size * size * 9 * channels * width
        size, channels = half(size), width
    return work


def _without_padding(size, filters):
    work, channels = 0, 1
    for width in filters:
        size -= 2
        work += size * size * width * 9 * channels
        size, channels = size // 2, width
    return work


def test_network_work(capsys):
    right(check.network_work, lambda s, f: sum(n * n * 9 * c * w for n, c, w in _layers(s, f)), capsys)
    right(check.network_work, lambda s, f: np.sum([n * n * 9.0 * c * w for n, c, w in _layers(s, f)]), capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda s, f: sum(s * s * 9 * c * w for _, c, w in _layers(s, f)), "pooling is missing"),
        (lambda s, f: sum(n * n * 9 * w for n, _, w in _layers(s, f)), "reads all maps"),
        (lambda s, f: sum((n // 2) ** 2 * 9 * c * w for n, c, w in _layers(s, f)), "after the convolution"),
        (lambda s, f: 2 * sum(n * n * 9 * c * w for n, c, w in _layers(s, f)), "asked are pairs"),
        (lambda s, f: sum(n * n * c * w for n, c, w in _layers(s, f)), "3×3 weights"),
        (lambda s, f: sum(n * n * 3 * c * w for n, c, w in _layers(s, f)), "as high as it is wide"),
        (lambda s, f: sum(9 * c * w for _, c, w in _layers(s, f)), "these are the weights"),
        (lambda s, f: s * s * 9 * f[0], "first convolution alone"),
        (lambda s, f: (lambda n, c, w: n * n * 9 * c * w)(*_layers(s, f)[-1]), "last convolution alone"),
        (lambda s, f: _halving(s, f, lambda n: n / 2), "use //"),
        (lambda s, f: _halving(s, f, lambda n: (n + 1) // 2), "not rounded up"),
        (lambda s, f: _halving(s, f, lambda n: n // 4), "divided by 4"),
        (lambda s, f: _halving(s, f, lambda n: n // 2) + 2 * s * s * 9 * f[0], "one channel, not three"),
        (lambda s, f: sum(n * n * 9 * c for n, c, w in _layers(s, f)), "one filter"),
        (lambda s, f: sum(n * n * (9 * c + 1) * w for n, c, w in _layers(s, f)), "biases are counted"),
        (lambda s, f: sum(n * n * 9 * c * w + w for n, c, w in _layers(s, f)), "biases are counted"),
        (_without_padding, "no position is lost"),
        (lambda s, f: 1_919_232, "too (small|large)"),
        (lambda s, f: f, "one number"),
    ],
)
def test_network_work_knows_what_is_wrong(answer, says):
    wrong(check.network_work, answer, says=says)


# 5.8


def _shares(logits, axis=2):
    e = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def test_mean_answer(capsys):
    right(check.mean_answer, lambda z: _shares(z).mean(axis=0), capsys)
    right(check.mean_answer, lambda z: sum(_shares(z)) / len(z), capsys)


def _bare(logits):
    e = np.exp(logits)
    return (e / e.sum(axis=2, keepdims=True)).mean(axis=0)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda z: _shares(z.mean(axis=0), axis=1), "taken over logits"),
        (_shares, "mean over the views is missing"),
        (lambda z: z.mean(axis=0), "softmax is missing"),
        (lambda z: _shares(z).mean(axis=1), "over the images"),
        (lambda z: _shares(z, axis=0).mean(axis=0), "runs over the views"),
        (lambda z: _shares(z, axis=1).mean(axis=0), "runs over the images"),
        (lambda z: _shares(z).sum(axis=0), "the sum over the views"),
        (lambda z: _shares(z).max(axis=0), "the largest"),
        (lambda z: _shares(z).prod(axis=0), "are multiplied"),
        (lambda z: _shares(z).mean(axis=0).argmax(axis=1), "these are classes"),
        (_bare, "nan for large logits"),
        (lambda z: np.nan_to_num(_bare(z)), "nan was replaced"),
        (lambda z: _shares(np.clip(z, -50, 50)).mean(axis=0), "are cut off"),
        (lambda z: _shares(np.clip(z, -700, 700)).mean(axis=0), "are cut off"),
        (lambda z: _bare(z - z.max()), "nan for large logits"),
        (lambda z: z * 0, "expected shape"),
    ],
)
def test_mean_answer_knows_what_is_wrong(answer, says):
    wrong(check.mean_answer, answer, says=says)


# 5.9


@pytest.mark.parametrize("answer", [["a", "d", "f"], ("F", "a", "d "), {"a", "d", "f"}])
def test_supported(answer, capsys):
    right(check.supported, answer, capsys)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (["a", "b", "d", "f"], "b is not supported: -0.15"),
        (["c"], "no evidence"),
        (["a", "e"], "need not add up"),
        (["a", "d", "f", "g"], "10 epochs"),
        (["a", "f"], "all you chose are right.*chosen\\."),
        (["a"], "2 are missing"),
        (["a", "h"], "found 'h'"),
        ("adf", "a list of texts"),
        ({"a": True, "d": True, "f": True}, "those that you choose, found a dict"),
    ],
)
def test_supported_knows_what_is_wrong(answer, says):
    wrong(check.supported, answer, says=says)
