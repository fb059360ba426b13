"""Drawn garments: a small stand-in for Fashion-MNIST, for machines with neither the data nor a network."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

_SCALE = 6  # garments are drawn this much larger, then reduced to 28 pixels
_DRAWINGS = 48  # different drawings of each class
_SHIFTS = tuple((down, right) for down in range(3) for right in range(3))


class _Pen:
    """Draws in units of the picture's side, mirrored about the middle where asked."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.image = Image.new("L", (28 * _SCALE, 28 * _SCALE))
        self.draw = ImageDraw.Draw(self.image)
        self.rng = rng
        self.shade = int(rng.integers(150, 220))

    def vary(self, value: float, by: float = 0.03) -> float:
        return value + self.rng.uniform(-by, by)

    def shape(self, *points: tuple[float, float], shade: float = 1.0) -> None:
        self.draw.polygon([self._pixel(point) for point in points], fill=self._grey(shade))

    def both(self, *points: tuple[float, float], shade: float = 1.0) -> None:
        self.shape(*points, shade=shade)
        self.shape(*((1 - x, y) for x, y in points), shade=shade)

    def line(self, *points: tuple[float, float], width: float = 0.03, shade: float = 0.4) -> None:
        side = 28 * _SCALE
        self.draw.line(
            [self._pixel(point) for point in points], self._grey(shade), max(1, round(width * side)), "curve"
        )

    def oval(self, left: float, top: float, right: float, bottom: float, shade: float = 0.0) -> None:
        self.draw.ellipse([*self._pixel((left, top)), *self._pixel((right, bottom))], fill=self._grey(shade))

    def _pixel(self, point: tuple[float, float]) -> tuple[float, float]:
        return point[0] * 28 * _SCALE, point[1] * 28 * _SCALE

    def _grey(self, shade: float) -> int:
        return int(min(255, self.shade * shade))


def draw_garments(n: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw simple garments of the ten classes, in the shape of Fashion-MNIST.

    Parameters
    ----------
    n : int
        How many images.
    seed : int
        Decides the drawings, their variation and their order.

    Returns
    -------
    images : ndarray of uint8, shape (n, 28, 28)
        Grey values, 0 (background) to 255. Read-only.
    labels : ndarray of uint8, shape (n,)
        Classes 0 to 9, as often as one another (give or take one) and shuffled. Read-only.
    """
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(n) % 10).astype(np.uint8)
    drawings = np.stack([_draw(draw, rng) for draw in _GARMENTS for _ in range(_DRAWINGS)])
    padded = np.pad(drawings, ((0, 0), (1, 1), (1, 1)))
    shifted = np.stack([padded[:, y : y + 28, x : x + 28] for y, x in _SHIFTS])  # (9, drawings, 28, 28)
    cloth = rng.integers(190, 257, size=(512, 28, 28), dtype=np.uint16)  # a grain, in parts of 256
    which = labels.astype(np.intp) * _DRAWINGS + rng.integers(_DRAWINGS, size=n)
    shift, grain = rng.integers(len(_SHIFTS), size=n), rng.integers(len(cloth), size=n)
    images = np.empty((n, 28, 28), np.uint8)
    for start in range(0, n, 1000):
        rows = slice(start, start + 1000)
        images[rows] = (shifted[shift[rows], which[rows]] * cloth[grain[rows]]) >> 8
    images.flags.writeable = labels.flags.writeable = False
    return images, labels


def _draw(draw: Callable[[_Pen], None], rng: np.random.Generator) -> np.ndarray:
    pen = _Pen(rng)
    draw(pen)
    return np.asarray(pen.image.resize((28, 28), Image.Resampling.BOX), dtype=np.uint16)


def _top(pen: _Pen, *, sleeve: float, hem: float, waist: float = 0.27, reach: float = 0.1) -> None:
    """Body and sleeves of what is worn above; `sleeve` is the height at which the sleeves end."""
    waist, hem = pen.vary(waist, 0.02), pen.vary(hem, 0.02)
    pen.shape((0.36, 0.07), (0.64, 0.07), (0.73, 0.13), (1 - waist, hem), (waist, hem), (0.27, 0.13))
    sleeve, reach = pen.vary(sleeve), pen.vary(reach, 0.02)
    width = 0.15 if sleeve < 0.5 else 0.12
    pen.both(
        (0.36, 0.07), (0.22, 0.13), (reach, sleeve), (reach + width, sleeve + 0.04), (0.3, 0.3), shade=0.9
    )


def _t_shirt(pen: _Pen) -> None:
    _top(pen, sleeve=0.34, hem=0.92, reach=0.06)
    pen.oval(0.4, 0.0, 0.6, pen.vary(0.14))


def _trouser(pen: _Pen) -> None:
    hip, foot = pen.vary(0.34), pen.vary(0.3)
    pen.both((hip, 0.04), (0.505, 0.04), (0.505, 0.3), (foot + 0.15, 0.96), (foot, 0.96))
    pen.line((hip, 0.09), (1 - hip, 0.09), shade=0.6)


def _pullover(pen: _Pen) -> None:
    _top(pen, sleeve=0.84, hem=0.86, waist=0.32, reach=0.06)
    pen.oval(0.41, 0.02, 0.59, 0.11, shade=0.5)
    pen.line((0.32, 0.8), (0.68, 0.8), shade=0.75)


def _dress(pen: _Pen) -> None:
    waist, hem = pen.vary(0.4, 0.02), pen.vary(0.27, 0.05)
    pen.shape((0.36, 0.12), (0.64, 0.12), (1 - waist, 0.42), (1 - hem, 0.96), (hem, 0.96), (waist, 0.42))
    pen.both((0.36, 0.02), (0.42, 0.02), (0.43, 0.15), (0.36, 0.15))
    pen.line((waist, 0.42), (1 - waist, 0.42), shade=0.6)


def _coat(pen: _Pen) -> None:
    _top(pen, sleeve=0.8, hem=0.96, waist=0.22)
    pen.line((0.5, 0.08), (0.5, 0.96), width=0.045, shade=0.15)
    pen.both((0.38, 0.03), (0.5, 0.3), (0.36, 0.3), shade=1.25)
    pen.both((0.28, 0.66), (0.42, 0.64), (0.42, 0.68), (0.28, 0.7), shade=0.5)


def _sandal(pen: _Pen) -> None:
    heel = pen.vary(0.6, 0.1)
    pen.shape((0.03, 0.78), (0.5, 0.74), (0.95, heel), (0.95, 0.83), (0.8, 0.83), (0.55, 0.83), (0.03, 0.85))
    pen.line((0.1, 0.78), (pen.vary(0.25), 0.58), (0.4, 0.76), width=0.06, shade=0.9)
    pen.line((0.45, 0.75), (0.72, pen.vary(0.36)), (0.92, heel), width=0.05, shade=0.9)
    pen.line((0.72, 0.38), (0.95, 0.42), (0.94, heel), width=0.05, shade=0.9)


def _shirt(pen: _Pen) -> None:
    _top(pen, sleeve=pen.vary(0.6, 0.2), hem=0.95, waist=0.29)
    pen.both((0.38, 0.03), (0.5, 0.12), (0.4, 0.19), shade=1.25)
    pen.line((0.5, 0.12), (0.5, 0.94), width=0.02, shade=0.75)
    for y in np.arange(0.22, 0.9, 0.16):
        pen.oval(0.475, y, 0.525, y + 0.05, shade=0.1)


def _sneaker(pen: _Pen) -> None:
    top, tip = pen.vary(0.4), pen.vary(0.04, 0.02)
    pen.shape(
        (tip, 0.66), (0.3, 0.56), (0.56, top), (0.7, top + 0.07), (0.93, top), (0.96, 0.74), (tip, 0.74)
    )
    pen.shape((0.02, 0.72), (0.97, 0.72), (0.96, 0.82), (0.04, 0.82), shade=1.35)
    for x in (0.36, 0.44, 0.52):
        pen.line((x, 0.56 - (x - 0.36) * 0.6), (x + 0.07, 0.66 - (x - 0.36) * 0.6), shade=0.3)


def _bag(pen: _Pen) -> None:
    top, side = pen.vary(0.42, 0.06), pen.vary(0.1, 0.05)
    pen.draw.arc(
        [*pen._pixel((0.28, top - 0.3)), *pen._pixel((0.72, top + 0.3))], 180, 360, pen.shade, 2 * _SCALE
    )
    pen.shape((side, top), (1 - side, top), (0.97 - side / 2, 0.92), (0.03 + side / 2, 0.92))
    pen.line((side, top + 0.14), (1 - side, top + 0.14), shade=0.6)
    pen.shape((0.45, top + 0.1), (0.55, top + 0.1), (0.55, top + 0.2), (0.45, top + 0.2), shade=1.4)


def _ankle_boot(pen: _Pen) -> None:
    top, heel = pen.vary(0.1, 0.06), pen.vary(0.8, 0.02)
    pen.shape((0.45, top), (0.9, top), (0.93, heel), (0.04, heel), (0.06, 0.68), (0.4, 0.52))
    pen.shape((0.04, heel), (0.94, heel), (0.95, 0.92), (0.72, 0.92), (0.7, 0.86), (0.04, 0.86), shade=0.5)
    pen.line((0.62, top + 0.03), (0.62, 0.46), width=0.05, shade=0.5)


_GARMENTS = (_t_shirt, _trouser, _pullover, _dress, _coat, _sandal, _shirt, _sneaker, _bag, _ankle_boot)
