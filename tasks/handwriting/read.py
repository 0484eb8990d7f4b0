"""Read pieces of files, find what is written in each image and lay it out: one cached task."""

import csv
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cache.task import cached_task
from engine.printable import shown
from engine.store.objects import save_array
from tasks.errors import DataError
from tasks.handwriting.records import Convention, Digits, Piece

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

NOTHING = "nothing is written on it"
MOST_ROWS_NAMED = 5
MOST_QUOTED = 20  # characters of a cell
HIGHEST = 255


def read_piece(piece: Piece) -> "Iterator[np.ndarray]":
    """Yield the images of a piece, each uint8 (height, width).

    Raises
    ------
    DataError
        If the file cannot be read or holds no grey values from 0 to 255.
    """
    import numpy as np

    from tasks.data.image_file import read_image

    path = Path(piece.path)
    if piece.kind == "picture":
        yield read_image(path, is_any=True)
        return
    images = _rows(piece, path)
    if not np.issubdtype(images.dtype, np.integer) or images.min() < 0 or images.max() > 255:
        raise DataError(
            f"Read {shown(path)}: found {images.dtype} values from {images.min():g} to "
            f"{images.max():g}. Give whole grey values from 0 to 255."
        )
    yield from images.astype(np.uint8)


def require_readable(images: "np.ndarray", layout: Convention) -> None:
    """Require that images of an array use the grey values, and have the ground of the training set.

    Images that lie together are judged together: one alone may be dim.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width)
    layout : Convention
        Only images of its size are held against its ground; others are searched for ink.

    Raises
    ------
    DataError
        If the grey values stay below half of 255, or the ground is ink.
    """
    import numpy as np

    high = int(images.max())
    if 0 < high < HIGHEST / 2:
        raise DataError(
            f"Read the file: found grey values from {images.min()} to {high}. Give whole grey "
            f"values that use 0 to {HIGHEST}: multiply these by {HIGHEST // high}."
        )
    if images.shape[1:] != (layout.height, layout.width):
        return
    edges = (images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1])
    edge = float(np.median(np.concatenate(edges, axis=1)))
    if abs(edge - (0 if layout.is_ink_bright else HIGHEST)) > HIGHEST / 2:
        raise DataError(
            f"Read the file: found images whose edge has the grey value {edge:g}; the ground of "
            f"the training images is {'dark' if layout.is_ink_bright else 'light'}. Turn the "
            f"values round: {HIGHEST} minus each."
        )


def _whole_piece(piece: Piece, layout: Convention) -> "Iterator[np.ndarray]":
    import numpy as np

    if piece.kind == "picture":
        yield from read_piece(piece)
        return
    images = np.stack(list(read_piece(piece)))
    require_readable(images, layout)
    yield from images


def _nothing_on(piece: Piece, rows: list[int]) -> str:
    if piece.kind == "picture":
        return NOTHING
    more = ", ..." if len(rows) > MOST_ROWS_NAMED else ""
    named = ", ".join(map(str, rows[:MOST_ROWS_NAMED]))
    return f"nothing is written on {len(rows):,} of its images: row {named}{more}, counted from 0"


def _rows(piece: Piece, path: Path) -> "np.ndarray":
    import numpy as np

    from tasks.data.idx import read_idx
    from tasks.models.kernel_sgd.image_rows import image_size

    rows = slice(piece.first, piece.stop)
    if piece.kind == "IDX":
        return read_idx(path, n_dimensions=3)[rows]
    if piece.kind in {"npy", "npy rows"}:
        array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
        if piece.kind == "npy rows":
            array = array.reshape(len(array), *image_size(array.shape[1]))
        if array.ndim not in {2, 3} or array.size == 0:
            raise DataError(
                f"Read {shown(path)}: found an array of shape {array.shape}. Give one image, "
                "(height, width), or several, (n, height, width)."
            )
        return array[rows] if array.ndim == 3 else array[np.newaxis]
    return _csv_rows(piece, path)


def _csv_rows(piece: Piece, path: Path) -> "np.ndarray":
    import numpy as np

    from tasks.handwriting.inputs import PIXEL_COLUMN, csv_columns, csv_lines
    from tasks.models.kernel_sgd.image_rows import image_size

    names = csv_columns(path)
    columns = [i for i, name in enumerate(names) if PIXEL_COLUMN.fullmatch(name)]
    size = image_size(len(columns))
    lines = islice(csv_lines(path), piece.first, piece.stop)
    rows = [_pixels_of(line, names, columns, f"{shown(path)}, line {i}") for i, line in lines]
    return np.array(rows, np.uint8).reshape(len(rows), *size)


def _pixels_of(line: str, names: list[str], columns: list[int], where: str) -> list[int]:
    """Read the pixels of one line; says the first that is no grey value."""
    cells = next(csv.reader([line]))
    if len(cells) != len(names):
        raise DataError(
            f"Read {where}: found {len(cells):,} cells; the first line names {len(names):,} "
            "columns. Give each image one line with a cell for each column."
        )
    pixels = []
    for column in columns:
        text = cells[column].strip().removesuffix(".0")
        if not (text.isdecimal() and text.isascii()) or len(text) > 3 or int(text) > HIGHEST:
            raise DataError(
                f"Read {where}: found '{shown(cells[column][:MOST_QUOTED])}' in the column "
                f"{shown(names[column])}. Give a whole grey value from 0 to {HIGHEST}."
            )
        pixels.append(int(text))
    return pixels


@cached_task(name="read digits")
def read_digits(pieces: tuple[Piece, ...], layout: Convention, *, normalise: bool) -> Digits:
    """Find the digits of some images and lay each out as the training images.

    Without `normalise` each image is one digit and is only shrunk to the size. A piece that
    cannot be read, or an image on which nothing is written, is a problem and stops nothing. Its
    text names no path: it holds for every file of the same content.
    """
    import numpy as np

    from tasks.handwriting.find import Box
    from tasks.handwriting.inputs import without_path
    from tasks.handwriting.normalise import digits_in, whole_image

    images, sources, boxes, problems, n_images = [], [], [], [], 0
    for number, piece in enumerate(pieces):
        empty: list[int] = []
        try:
            for row, grey in enumerate(_whole_piece(piece, layout), start=piece.first):
                n_images += 1
                if normalise:
                    found = digits_in(grey, layout)
                else:
                    whole = Box(0, 0, grey.shape[1], grey.shape[0])
                    found = [(whole, whole_image(grey, layout))]
                if not found:
                    empty.append(row)
                for box, image in found:
                    images.append(image)
                    sources.append((number, row))
                    boxes.append(box)
        except DataError as error:
            problems.append((number, without_path(str(error), Path(piece.path))))
        if empty:
            problems.append((number, _nothing_on(piece, empty)))
    n, size = len(images), (layout.height, layout.width)
    return Digits(
        images=save_array(np.array(images, np.uint8).reshape(n, *size)),
        sources=save_array(np.array(sources, np.int32).reshape(n, 2)),
        boxes=save_array(np.array(boxes, np.int32).reshape(n, 4)),
        problems=tuple(problems),
        n_images=n_images,
    )
