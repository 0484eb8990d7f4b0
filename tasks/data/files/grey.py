"""Turn a decoded picture of any mode into grey pixels: 16 bits, colours, transparency."""

from typing import TYPE_CHECKING, Any

from tasks.errors import DataError

if TYPE_CHECKING:
    import numpy as np

HALF = 128  # of 255
PHOTOMETRIC, WHITE_IS_ZERO = 262, 0  # a tag of TIFF and its value
LUMA = (0.299, 0.587, 0.114)  # of ITU-R BT.601, as Pillow has it
MORE_IN_COLOUR = 2.0  # times the luma's standard deviation that colours must have to be taken
SAMPLE_SIDE = 256  # pixels across that colours are measured on


def grey_pixels(image: Any, *, name: str, by_colour: bool = False) -> "np.ndarray":
    """Return a decoded Pillow image as grey pixels, uint8 (height, width).

    Parameters
    ----------
    image : PIL.Image.Image
    name : str
        How a message names its file.
    by_colour : bool
        Where colours differ and their luma hardly does, as with red on green, let the grey
        values follow the colours instead.

    Raises
    ------
    DataError
        If the pixels are 32-bit numbers: the file does not say what range they have.
    """
    import numpy as np

    if image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PPM"):
        return _of_16_bits(image)
    if image.mode in {"I", "F"}:
        raise DataError(
            f"Read {name}: its pixels are 32-bit numbers, whose range the file does not say. "
            "Save it with 8 or 16 bits a pixel."
        )
    if image.mode == "LAB":
        return np.asarray(image.getchannel("L"), np.uint8)
    if not image.has_transparency_data:
        is_grey = image.mode in {"1", "L"} or not by_colour
        return np.asarray(image.convert("L") if is_grey else grey_of_colours(image), np.uint8)
    both = image.convert("LA")
    return on_its_ground(np.asarray(both.getchannel("L")), np.asarray(both.getchannel("A")))


def on_its_ground(grey: "np.ndarray", alpha: "np.ndarray") -> "np.ndarray":
    """Lay a transparent picture on the ground that it is meant for.

    If most of it is transparent, what is seen is ink: dark ink belongs on white, light ink on
    black. Otherwise it brings its own ground, the median grey of what is seen.

    Parameters
    ----------
    grey, alpha : uint8 arrays, shape (height, width)

    Examples
    --------
    >>> import numpy as np
    >>> ink = np.array([[0, 255, 0, 0]], np.uint8)
    >>> on_its_ground(np.zeros_like(ink), ink).tolist(), on_its_ground(ink, ink).tolist()
    ([[255, 0, 255, 255]], [[0, 255, 0, 0]])
    """
    import numpy as np

    if alpha.min() == 255:
        return grey
    clearest = grey[alpha >= (int(alpha.max()) + 1) // 2]
    if alpha.mean() > HALF:
        ground = int(np.median(clearest))
    else:
        ground = 255 if clearest.mean() < HALF else 0
    share = alpha.astype(np.uint16)
    return np.asarray((grey * share + ground * (255 - share) + 127) // 255, np.uint8)


def grey_of_colours(image: Any) -> Any:
    """Return a picture in grey: its luma, or its first principal component if that tells far more.

    Which end of the component is bright is arbitrary.

    Examples
    --------
    >>> from PIL import Image
    >>> picture = Image.new("RGB", (2, 1), (200, 0, 0))
    >>> picture.putpixel((1, 0), (0, 102, 0))  # of the same luma
    >>> low, high = grey_of_colours(picture).getextrema()
    >>> high - low > 150
    True
    """
    import numpy as np

    rgb = image.convert("RGB")
    step = max(1, max(rgb.size) // SAMPLE_SIDE)
    sample = np.asarray(rgb)[::step, ::step].reshape(-1, 3).astype(np.float64)
    axis = np.linalg.eigh(np.cov(sample.T))[1][:, -1] if len(sample) > 1 else np.array(LUMA)
    axis /= np.abs(axis).sum()  # so that grey values stay within 255 of each other
    if (sample @ axis).std() <= MORE_IN_COLOUR * (sample @ LUMA).std():
        return rgb.convert("L")
    return rgb.convert("L", (*axis, -255 * axis[axis < 0].sum()))


def _of_16_bits(image: Any) -> "np.ndarray":
    import numpy as np

    values = np.asarray(image).astype(np.uint32)
    grey = ((values + 128) // 257).astype(np.uint8)
    if image.format == "TIFF" and image.tag_v2.get(PHOTOMETRIC) == WHITE_IS_ZERO:
        return 255 - grey  # of 8 bits Pillow has done it
    key = image.info.get("transparency")  # the one grey value that a PNG calls transparent
    if isinstance(key, int):
        return on_its_ground(grey, np.where(values == key, 0, 255).astype(np.uint8))
    return grey
