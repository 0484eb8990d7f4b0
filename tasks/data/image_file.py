"""Read one image file that somebody gave as grey pixels: of any format, within stated limits.

What a file is, is decided by its content. Its kind, its size and the size of its picture are
checked before any pixel is decoded: at most `MOST_BYTES` bytes and `MOST_PIXELS` pixels.
"""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO

from engine.printable import shown
from tasks.data.files.file_kinds import READERS, kind_of
from tasks.data.files.grey import grey_pixels
from tasks.data.files.input_file import open_input
from tasks.errors import DataError

if TYPE_CHECKING:
    import numpy as np

MOST_BYTES = 100_000_000
MOST_PIXELS = 50_000_000  # a page of A4 at 600 dots per inch has 35 million
PNG_END = b"\xaeB`\x82"  # the checksum of its last chunk
_stderr_is_away = Lock()
READABLE = ", ".join(READERS).replace(", HEIC", " or HEIC (by the package pillow-heif)")


def read_image(
    path: Path, *, size: tuple[int, int] | None = None, is_any: bool = False
) -> "np.ndarray":
    """Read one image file as grey pixels.

    It is turned as its EXIF orientation says. 16 bits are scaled to 8, 65535 becoming 255;
    colours become their luma (ITU-R BT.601). Transparent parts get a ground: white behind dark
    ink and black behind light ink; if most of the picture is opaque, its own median grey.

    Parameters
    ----------
    path : Path
    size : (int, int), optional
        Height and width in pixels that the image must have, those of the training images.
    is_any : bool
        Whether it may be any picture, not one that is laid out as the training images: of an
        animation or of several pages the first is taken, not refused, and colours of the same
        luma are told apart. Of the pictures in a camera's JPEG file the first is always taken:
        the others are previews.

    Returns
    -------
    pixels : uint8 array, shape (height, width), in 0 to 255

    Raises
    ------
    DataError
        If it is no regular file, no image of a kind that is read, damaged or cut short, too
        large, of another size, or holds more than one frame. Names the file.
    """
    with open_input(path, most_bytes=MOST_BYTES) as file:
        kind = kind_of(file, path.name)
        reader = _reader(path, kind)
        try:
            with warnings.catch_warnings():  # of odd but harmless tags; what matters is raised
                warnings.simplefilter("ignore")
                return _read(path, file, reader, size, is_any=is_any)
        except DataError:
            raise
        except MemoryError as error:
            raise DataError(
                f"Read {shown(path)}: there is not enough free memory to decode it. Give a "
                "smaller picture."
            ) from error
        except Exception as error:  # Pillow's plug-ins answer damage by errors of any kind
            raise DataError(
                f"Read {shown(path)}: it is not a whole {kind} file "
                f"({shown(str(error)) or type(error).__name__}). Copy or save it again."
            ) from error


def needs_a_plugin(kind: str | None) -> str:
    """Return what a kind needs that is not installed, as a message says it; empty if nothing."""
    if kind == "HEIC" and find_spec("pillow_heif") is None:
        return "HEIC, which needs the package pillow-heif (pip install pillow-heif)"
    return ""


def _reader(path: Path, kind: str | None) -> str:
    if kind not in READERS or needs_a_plugin(kind):
        found = needs_a_plugin(kind) or kind
        found = f"of the kind {found}" if found else "of no kind known by its content"
        raise DataError(
            f"Read {shown(path)}: it would not be read, it is {found}. Save it as {READABLE}, "
            "or move it elsewhere."
        )
    if kind == "HEIC":
        from pillow_heif import register_heif_opener

        register_heif_opener()
    return READERS[kind]


def _read(
    path: Path, file: BinaryIO, reader: str, size: tuple[int, int] | None, *, is_any: bool
) -> "np.ndarray":
    from PIL import ImageOps

    image = _header(file, reader)
    _check_header(path, (image.height, image.width), size)
    # n_frames may walk through the file, so it comes after the size is known
    if not is_any and image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise DataError(
            f"Read {shown(path)}: found {image.n_frames} frames, an animation or several "
            "pages. Save the one that is meant as a file of its own."
        )
    if reader == "PNG":
        if not image.tile:
            raise OSError("it holds no pixels")
        image.verify()  # every chunk's checksum; decoding alone does not notice a missing end
        if file.read(4) != PNG_END:
            raise OSError("its end is missing")
        image = _header(file, reader)
    with _quiet_libtiff() if reader == "TIFF" else nullcontext():
        image.load()
    ImageOps.exif_transpose(image, in_place=True)
    if size and (image.height, image.width) != size:
        raise wrong_size(path, (image.height, image.width), size)
    return grey_pixels(image, name=shown(path), by_colour=is_any)


@contextmanager
def _quiet_libtiff() -> Iterator[None]:
    """Keep from the terminal what libtiff writes to file descriptor 2 about damaged files."""
    with _stderr_is_away:  # one at a time: the second would take the first one's place for it
        kept = os.dup(2)
        away = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(away, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(away)
            os.close(kept)


def _header(file: BinaryIO, reader: str) -> Any:
    """Open an image by the plug-in itself: Pillow's `open` gives up on large ones nameless."""
    from PIL import Image

    Image.init()
    file.seek(0)
    factory, _ = Image.OPEN[reader]
    return factory(file, "")


def _check_header(path: Path, found: tuple[int, int], size: tuple[int, int] | None) -> None:
    height, width = found
    # an image that lies on its side, as EXIF may say, is checked again once it is turned
    if size and sorted(found) != sorted(size):
        raise wrong_size(path, found, size)
    if height * width > MOST_PIXELS:
        raise DataError(
            f"Read {shown(path)}: found {width:,} x {height:,} pixels; at most "
            f"{MOST_PIXELS:,} are decoded. Give a smaller picture."
        )


def wrong_size(path: Path, found: tuple[int, ...], size: tuple[int, int]) -> DataError:
    """Return the error to raise for an image whose height and width are not those asked for."""
    (height, width), (its_height, its_width) = size, found
    return DataError(
        f"Read {shown(path)}: found {its_width} x {its_height} pixels; the training images "
        f"are {width} x {height}. Give images of that size."
    )
