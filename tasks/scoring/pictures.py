"""Pictures of what was answered: they are read and laid out again, since only answers are kept."""

from typing import TYPE_CHECKING

from tasks.errors import DataError
from tasks.handwriting.normalise import digits_in, whole_image
from tasks.handwriting.read import read_piece
from tasks.handwriting.records import Convention, Piece
from tasks.scoring.summary import Verdict

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image


def original_of(verdict: Verdict) -> "np.ndarray":
    """Return the image a verdict is about, uint8 (height, width).

    Raises
    ------
    DataError
        If its file can no longer be read.
    """
    row = verdict.answer.row
    piece = Piece(
        path=verdict.path, kind=verdict.kind, sha256=verdict.sha256, first=row, stop=row + 1
    )
    return next(iter(read_piece(piece)))


def as_seen(
    verdict: Verdict, original: "np.ndarray", layout: Convention, *, normalise: bool
) -> "np.ndarray":
    """Return the digit as the model saw it, uint8 of the layout's size.

    Raises
    ------
    DataError
        If the file is no longer what was scored.
    """
    if not normalise:
        return whole_image(original, layout)
    found = digits_in(original, layout)
    if verdict.number >= len(found):
        raise DataError(f"{verdict.path} changed while it was scored. Run again.")
    return found[verdict.number][1]


def laid_out_picture(verdict: Verdict, layout: Convention, *, normalise: bool) -> "Image.Image":
    """Return the digit as an image file of the training set has it."""
    from PIL import Image

    return Image.fromarray(as_seen(verdict, original_of(verdict), layout, normalise=normalise))
