"""Which values stand for blank paper and for full ink, and pixels brought to 0 to 255.

Every model takes bytes of 0 to 255. Other files say by `PixelRange` what they use; files that
use far less than 0 to 255 without saying so are refused, since a model would see hardly any ink.
"""

import re
from typing import TYPE_CHECKING

from engine.errors import PlainError
from tasks.errors import DataError
from tasks.pixel_range import PixelRange

if TYPE_CHECKING:
    import numpy as np

HIGHEST = 255
LEAST_SPAN = 128  # grey levels of 255; pixels of 0 to 1 or 0 to 16 reach far less
LEAST_OF_MOST = 32  # at least half of the images must span this much: stray pixels are no range
IMAGES_AT_ONCE = 1000
_NUMBER = r"-?\d+(?:\.\d+)?"
_RANGE = re.compile(rf"({_NUMBER})-({_NUMBER})")


def read_pixel_range(text: str) -> PixelRange:
    """Read a range as the command line has it: LOW-HIGH.

    Raises
    ------
    PlainError
        If it is no range.

    Examples
    --------
    >>> read_pixel_range("0-16"), read_pixel_range("-1-1")
    (PixelRange(low=0.0, high=16.0), PixelRange(low=-1.0, high=1.0))
    """
    found = _RANGE.fullmatch(text.strip())
    if found is None or float(found[1]) >= float(found[2]):
        raise PlainError(
            "give the value of blank paper, a dash and the larger value of full ink, such as 0-16"
        )
    return PixelRange(low=float(found[1]), high=float(found[2]))


def as_bytes(images: "np.ndarray", given: PixelRange | None, described: str) -> "np.ndarray":
    """Bring pixels to bytes of 0 to 255; bytes without a given range are returned as they are.

    Parameters
    ----------
    images : array of any numeric type, shape (n, height, width)
    given : PixelRange or None
    described : str
        How a message names where the images came from.

    Returns
    -------
    uint8 array of the same shape

    Raises
    ------
    DataError
        If values are no finite numbers or outside the range, or are no bytes and no range was
        given.
    """
    import numpy as np

    if images.size == 0 or (given is None and images.dtype == np.uint8):
        return images.astype(np.uint8, copy=False)
    low, high = images.min().item(), images.max().item()
    if not np.isfinite([low, high]).all():
        raise DataError(
            f"Read {described}: found pixels that are no finite number. Correct these images or "
            "leave them out."
        )
    if given is None:
        raise DataError(
            f"Read {described}: found pixels of the type {images.dtype.name} from {low:g} to "
            f"{high:g}, not bytes from 0 to 255. {remedy(low, high)}"
        )
    if low < given.low or high > given.high:
        raise DataError(
            f"Read {described}: asked for pixels of the range {given} (--pixel-range); found "
            f"{low:g} to {high:g}. Give a range that holds all of them, or scale the images."
        )
    scaled = np.empty(images.shape, np.uint8)
    factor = HIGHEST / (given.high - given.low)
    for start in range(0, len(images), IMAGES_AT_ONCE):  # floats of all would take 8 times the room
        part = slice(start, start + IMAGES_AT_ONCE)
        scaled[part] = np.rint((images[part].astype(np.float64) - given.low) * factor)
    return scaled


def check_reach(images: "np.ndarray", given: PixelRange | None, described: str) -> None:
    """Raise unless the pixels use a good part of 0 to 255.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width), n > 0
        After `as_bytes`.
    given : PixelRange or None
        The range they were brought from, so that a message names the values of the file.

    Raises
    ------
    DataError
        If all pixels lie within less than 128 grey levels, or those of half the images within
        less than 32.
    """
    import numpy as np

    flat = images.reshape(len(images), -1)
    lowest, highest = flat.min(axis=1), flat.max(axis=1)
    low, high = int(lowest.min()), int(highest.max())
    usual = int(np.median(highest - lowest))
    if high - low >= LEAST_SPAN and usual >= LEAST_OF_MOST:
        return
    unit = 1.0 if given is None else (given.high - given.low) / HIGHEST
    start = 0.0 if given is None else given.low
    asked = PixelRange(low=0, high=HIGHEST) if given is None else given
    found = f"{start + low * unit:.4g} to {start + high * unit:.4g}"
    if high - low >= LEAST_SPAN:
        raise DataError(
            f"Read {described}: asked for pixels of the range {asked}; found {found}, but in half "
            f"of the images they differ by {usual * unit:.4g} at most. Scale these images to the "
            "range of the others, or leave the others out."
        )
    raise DataError(
        f"Read {described}: asked for pixels of the range {asked}; found only {found}. "
        f"{remedy(start + low * unit, start + high * unit)}"
    )


def remedy(low: float, high: float) -> str:
    """Say what to do with images of this range."""
    if low >= high:
        return "All pixels are equal: give images on which something is written."
    found = PixelRange(low=float(f"{low:.4g}"), high=float(f"{high:.4g}"))
    option = f"--pixel-range {found}" if low >= 0 else f"--pixel-range={found}"
    return (
        "Say which values are blank paper and full ink, and they are scaled to 0 to 255: "
        f"{option} if these two are; or scale the images yourself."
    )
