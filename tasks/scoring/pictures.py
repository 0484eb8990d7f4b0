"""Pictures of what was answered: they are read and laid out again, since only answers are kept."""

from functools import lru_cache
from typing import TYPE_CHECKING

from tasks.errors import DataError
from tasks.handwriting.normalise import digits_in, whole_image
from tasks.handwriting.read import read_piece
from tasks.handwriting.records import Convention, Piece
from tasks.scoring.summary import Verdict

if TYPE_CHECKING:
    import numpy as np


def original_of(verdict: Verdict) -> "np.ndarray":
    """Return the image a verdict is about, uint8 (height, width).

    Raises
    ------
    DataError
        If its file can no longer be read.
    """
    return _read(_piece_of(verdict))


def as_seen(verdict: Verdict, layout: Convention, *, normalise: bool) -> "np.ndarray":
    """Return the digit as the model saw it, uint8 of the layout's size.

    Raises
    ------
    DataError
        If the file can no longer be read, or is no longer what was scored.
    """
    found = _laid_out(_piece_of(verdict), layout, normalise)
    if verdict.number >= len(found):
        raise DataError(f"{verdict.path} changed while it was scored. Run again.")
    return found[verdict.number]


def _piece_of(verdict: Verdict) -> Piece:
    row = verdict.answer.row
    return Piece(
        path=verdict.path, kind=verdict.kind, sha256=verdict.sha256, first=row, stop=row + 1
    )


@lru_cache(maxsize=2)  # the digits of a page are asked for one after the other
def _read(piece: Piece) -> "np.ndarray":
    return next(iter(read_piece(piece)))


@lru_cache(maxsize=2)
def _laid_out(piece: Piece, layout: Convention, normalise: bool) -> "list[np.ndarray]":  # noqa: FBT001 - part of the key
    image = _read(piece)
    return (
        [seen for _, seen in digits_in(image, layout)]
        if normalise
        else [whole_image(image, layout)]
    )
