"""Pages to read back: test images printed large, or digits drawn by a random pen."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

PAPER, INK = 235.0, 40.0  # grey values
ZOOM = 6  # a pixel of MNIST becomes so many across
CELL = 216  # pixels that each digit has for itself
ACROSS = 10  # digits in a line, and lines on a page


@dataclass(frozen=True, slots=True)
class Condition:
    """What a page suffers: `noise` is a standard deviation in grey values, `angle` in degrees.

    `shade` is the share of the light that is lost in the darkest corner. `name` says it in words.
    """

    name: str
    noise: float = 0.0
    shade: float = 0.0
    angle: float = 0.0
    is_ruled: bool = False
    is_inverted: bool = False


class PrintedPage(NamedTuple):
    """A page, uint8 (height, width), and the middle of each digit's cell, float (n, 2) as x, y."""

    grey: np.ndarray
    middles: np.ndarray


def printed_page(images: np.ndarray, how: Condition, rng: np.random.Generator) -> PrintedPage:
    """Print up to a hundred images on a page, each somewhere in its cell.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width), ink bright
    """
    rows = -(-len(images) // ACROSS)
    ink = np.zeros((rows * CELL, ACROSS * CELL), np.float32)
    middles = []
    for i, image in enumerate(images):
        row, column = divmod(i, ACROSS)
        large = Image.fromarray(image).resize(
            (image.shape[1] * ZOOM, image.shape[0] * ZOOM), Image.Resampling.BICUBIC
        )
        room = CELL - large.width
        top, left = (int(rng.integers(0, room + 1)) for _ in range(2))
        place = ink[row * CELL :, column * CELL :][
            top : top + large.height, left : left + large.width
        ]
        place += np.asarray(large, np.float32) / 255
        middles.append(
            (column * CELL + left + large.width / 2, row * CELL + top + large.height / 2)
        )
    return suffered(ink, np.array(middles), how, rng)


def suffered(
    ink: np.ndarray, middles: np.ndarray, how: Condition, rng: np.random.Generator
) -> PrintedPage:
    """Turn an amount of ink in [0, 1] into a page in a condition."""
    if how.is_ruled:
        ink[CELL // 3 :: CELL // 3] = np.maximum(ink[CELL // 3 :: CELL // 3], 0.6)
        ink[CELL // 3 + 1 :: CELL // 3] = np.maximum(ink[CELL // 3 + 1 :: CELL // 3], 0.6)
    if how.angle:
        height, width = ink.shape
        turned = Image.fromarray(ink).rotate(how.angle, Image.Resampling.BICUBIC, expand=True)
        turn = np.deg2rad(how.angle)
        from_middle = middles - (width / 2, height / 2)
        matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        middles = from_middle @ matrix.T + (turned.width / 2, turned.height / 2)
        ink = np.asarray(turned)
    grey = PAPER + (INK - PAPER) * np.clip(ink, 0, 1)
    y, x = np.mgrid[0 : grey.shape[0], 0 : grey.shape[1]]
    grey *= 1 - how.shade * (y / grey.shape[0] + x / grey.shape[1]) / 2
    grey += rng.normal(0, how.noise, grey.shape) if how.noise else 0
    grey = np.clip(grey, 0, 255)
    return PrintedPage(np.rint(255 - grey if how.is_inverted else grey).astype(np.uint8), middles)


Points = tuple[tuple[float, float], ...]


def _arc(centre: tuple[float, float], radii: tuple[float, float], start: int, end: int) -> Points:
    """Return points of an ellipse; angles in degrees, clockwise from the right."""
    turns = np.deg2rad(np.linspace(start, end, 25))
    x, y = (c + r * f(turns) for c, r, f in zip(centre, radii, (np.cos, np.sin), strict=True))
    return tuple(zip(x.tolist(), y.tolist(), strict=True))


# each digit as strokes of a pen in a square of side 1; x to the right, y down
STROKES: dict[int, tuple[Points, ...]] = {
    0: (_arc((0.5, 0.5), (0.32, 0.48), -90, 270),),
    1: (((0.36, 0.2), (0.54, 0.03), (0.54, 0.97)),),
    2: ((*_arc((0.48, 0.27), (0.3, 0.25), -170, 40), (0.2, 0.95), (0.84, 0.95)),),
    3: (_arc((0.45, 0.26), (0.28, 0.23), -150, 90) + _arc((0.45, 0.73), (0.32, 0.24), -90, 150),),
    4: (((0.58, 0.03), (0.17, 0.62), (0.86, 0.62)), ((0.64, 0.36), (0.62, 0.98))),
    5: (((0.78, 0.05), (0.3, 0.05), (0.26, 0.45), *_arc((0.45, 0.68), (0.32, 0.28), -130, 150)),),
    6: (((0.66, 0.03), (0.38, 0.3), *_arc((0.49, 0.69), (0.28, 0.27), -160, 205)),),
    7: (((0.18, 0.06), (0.82, 0.06), (0.42, 0.98)),),
    8: (_arc((0.5, 0.26), (0.23, 0.22), 90, -270) + _arc((0.5, 0.73), (0.28, 0.25), -90, 270),),
    9: ((*_arc((0.47, 0.3), (0.27, 0.27), 0, -360), (0.74, 0.3), (0.66, 0.98)),),
}


def drawn_page(digits: np.ndarray, how: Condition, rng: np.random.Generator) -> PrintedPage:
    """Draw digits with a pen whose size, slant, width and trembling are random.

    Parameters
    ----------
    digits : int array, shape (n,)
    """
    rows = -(-len(digits) // ACROSS)
    sheet = Image.new("F", (ACROSS * CELL, rows * CELL))
    pen = ImageDraw.Draw(sheet)
    middles = []
    for i, digit in enumerate(digits):
        row, column = divmod(i, ACROSS)
        size = rng.uniform(0.45, 0.8) * CELL
        wide, slant, turn = size * rng.uniform(0.75, 1.0), rng.normal(0, 0.12), rng.normal(0, 0.06)
        width = max(2, round(size * rng.uniform(0.04, 0.11)))
        middle = np.array([column + 0.5, row + 0.5]) * CELL + rng.uniform(-0.08, 0.08, 2) * CELL
        for stroke in STROKES[int(digit)]:
            points = np.array(stroke) - 0.5
            wobble = rng.normal(0, 0.018, 6)  # the whole stroke bends a little, as a hand does
            points[:, 0] += (
                wobble[0] * np.sin(5 * points[:, 1] + 40 * wobble[1]) - slant * points[:, 1]
            )
            points[:, 1] += wobble[2] * np.sin(5 * points[:, 0] + 40 * wobble[3])
            x, y = points[:, 0] * wide, points[:, 1] * size
            x, y = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
            path = [(float(a), float(b)) for a, b in zip(x + middle[0], y + middle[1], strict=True)]
            pen.line(path, fill=1.0, width=width, joint="curve")
            for a, b in (path[0], path[-1]):  # round ends
                r = width / 2
                pen.ellipse((a - r, b - r, a + r, b + r), fill=1.0)
        middles.append(middle)
    return suffered(np.array(sheet), np.array(middles), how, rng)
