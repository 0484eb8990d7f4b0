"""Records of a person's own images: how a training set lays out its digits, what was found."""

from typing import Literal

from engine.records import Record
from engine.store.refs import ArrayRef

# "npy rows" is an array of two dimensions that holds an image in each row
Kind = Literal["picture", "IDX", "npy", "npy rows", "CSV"]


class Convention(Record):
    """How the images of a training set are laid out, as measured on them. Lengths are pixels.

    What is written fits a square of `box` pixels a side and has its `centred_by`, the centre of
    mass of the ink or of its box, at (`centre_y`, `centre_x`). Grey values reach `highest`; the
    ink is the bright part if `is_ink_bright`. `stroke` is the median width of a pen stroke.
    """

    height: int
    width: int
    box: int
    centred_by: Literal["mass", "box"]
    centre_y: float
    centre_x: float
    highest: int
    is_ink_bright: bool
    stroke: float


class Piece(Record):
    """Some images of one file: those from row `first` up to `stop`, not included.

    A picture is its only row. `sha256` is that of the file: the same content gives the same
    images wherever it lies, so the path is no part of a cache key.
    """

    costs = frozenset({"path"})

    path: str
    kind: Kind
    sha256: str
    first: int = 0
    stop: int = 1


class Digits(Record):
    """What is written in some images, laid out as the training images.

    `images` is uint8 (n, height, width). `sources` is int32 (n, 2): the piece and the row of the
    image each was found in. `boxes` is int32 (n, 4): left, top, right, bottom in its pixels, the
    last two not included. `problems` are pairs of a piece and why it could not be read.
    `n_images` is how many images were read.
    """

    images: ArrayRef
    sources: ArrayRef
    boxes: ArrayRef
    problems: tuple[tuple[int, str], ...]
    n_images: int
