"""Lay out a digit as the training images are: cropped, scaled, centred, in their grey values.

The way of MNIST (LeCun, Bottou, Bengio, Haffner 1998, part III): scaled into a box with its
ratio kept, the grey values coming from anti-aliasing, and put into the image by its centre of
mass. Sizes and centre are those measured on the training set.
"""

import numpy as np
from PIL import Image
from scipy import ndimage

from tasks.handwriting.convention import ink_box, stroke_width
from tasks.handwriting.find import Box, Found, find_digits
from tasks.handwriting.ink import Ink, find_ink
from tasks.handwriting.records import Convention

LEAST_STROKE = 0.75  # of the training set's stroke: thinner pens are thickened up to it
# of Pillow's filters the one that came nearest to MNIST's training images printed large
RESAMPLING = Image.Resampling.HAMMING
EDGE = 1  # pixels around the ink that hold its soft edge
AS_IT_IS_BOX, AS_IT_IS_CENTRE = 1, 1.0  # pixels by which an image may differ from the convention


def digits_in(grey: np.ndarray, convention: Convention) -> list[tuple[Box, np.ndarray]]:
    """Find the digits of an image and lay each out as the training images.

    An image that is laid out so already is used as it is.

    Parameters
    ----------
    grey : uint8 array, shape (height, width)

    Returns
    -------
    list of (Box, uint8 array of the convention's height and width), in reading order
    """
    if is_laid_out(grey, convention):
        box = Box(0, 0, convention.width, convention.height)
        return [(box, grey)]
    height, width = grey.shape
    is_one = height <= 2 * convention.height and width <= 2 * convention.width
    ink = find_ink(grey)
    found = find_digits(ink, is_one=is_one)
    return [(each.box, laid_out(each, ink, convention)) for each in found]


def is_laid_out(grey: np.ndarray, convention: Convention) -> bool:
    """Whether an image has the size, ground, box and centre of the training images."""
    if grey.shape != (convention.height, convention.width):
        return False
    ink = _ink_up(grey, convention)
    if grey.max() > convention.highest or ink.max() < convention.highest / 2:
        return False
    is_ink = ink > 0.02 * convention.highest
    edge = np.concatenate([is_ink[0], is_ink[-1], is_ink[:, 0], is_ink[:, -1]])
    if convention.box < min(grey.shape) and edge.mean() > 0.25:
        return False
    top, left, bottom, right = ink_box(is_ink)
    centre = np.subtract(_centre(ink, convention), (convention.centre_y, convention.centre_x))
    is_in_box = abs(max(bottom - top, right - left) - convention.box) <= AS_IT_IS_BOX
    return is_in_box and bool((np.abs(centre) <= AS_IT_IS_CENTRE).all())


def laid_out(found: Found, ink: Ink, convention: Convention) -> np.ndarray:
    """Return one digit as an image of the convention, uint8 (height, width)."""
    amount = _amount_of_ink(found, ink)
    scale = convention.box / max(amount.shape)
    missing = LEAST_STROKE * convention.stroke / scale - stroke_width(amount > 0.5)
    if missing >= 1:
        amount = _thickened(amount, missing / 2)
        scale = convention.box / max(amount.shape)
    height, width = (max(1, round(side * scale)) for side in amount.shape)
    resized = Image.fromarray(amount).resize((width, height), RESAMPLING)
    small = np.clip(np.asarray(resized), 0, None)
    small = small * (convention.highest / max(float(small.max()), 1e-6))
    return _placed(np.rint(np.clip(small, 0, convention.highest)).astype(np.uint8), convention)


def whole_image(grey: np.ndarray, convention: Convention) -> np.ndarray:
    """Return a whole image shrunk to the convention's size and ground, nothing looked for.

    This is what is left when normalising is turned off.
    """
    size = (convention.width, convention.height)
    small = np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BOX), np.float32)
    is_bright = float(np.median(small)) > (float(small.max()) + float(small.min())) / 2
    if is_bright == convention.is_ink_bright:
        small = 255 - small
    scaled: np.ndarray = np.rint(small * (convention.highest / 255)).astype(np.uint8)
    return scaled


def _amount_of_ink(found: Found, ink: Ink) -> np.ndarray:
    """Return how much of each pixel is ink, float32 in [0, 1], with the digit's soft edge."""
    own = np.pad(found.is_ink, EDGE)
    box = found.box
    contrast = np.pad(ink.contrast[box.top : box.bottom, box.left : box.right], EDGE)
    full = float(np.percentile(contrast[own], 75))
    near = ndimage.binary_dilation(own, iterations=EDGE)
    amount: np.ndarray = np.clip(contrast / max(full, 1e-6), 0, 1) * near
    return amount[EDGE:-EDGE, EDGE:-EDGE].astype(np.float32)


def _thickened(amount: np.ndarray, by: float) -> np.ndarray:
    """Let the ink grow by so many pixels on every side."""
    reach = int(np.ceil(by))
    padded = np.pad(amount, reach)
    distance = ndimage.distance_transform_edt(padded <= 0.5)
    grown: np.ndarray = np.maximum(padded, np.clip(by + 0.5 - distance, 0, 1))
    return grown.astype(np.float32)


def _placed(small: np.ndarray, convention: Convention) -> np.ndarray:
    """Put a scaled digit into the image by its centre; what would not fit is moved inside."""
    size = (convention.height, convention.width)
    small = small[: size[0], : size[1]]
    centre = _centre(small, convention)
    aim = (convention.centre_y, convention.centre_x)
    top, left = (
        int(np.clip(round(aim[axis] - centre[axis]), 0, size[axis] - small.shape[axis]))
        for axis in (0, 1)
    )
    image = np.zeros(size, np.uint8)
    image[top : top + small.shape[0], left : left + small.shape[1]] = small
    return _ink_up(image, convention)


def _centre(ink: np.ndarray, convention: Convention) -> tuple[float, float]:
    if convention.centred_by == "mass":
        y, x = ndimage.center_of_mass(ink)
        return float(y), float(x)
    top, left, bottom, right = ink_box(ink > 0.02 * convention.highest)
    return (top + bottom - 1) / 2, (left + right - 1) / 2


def _ink_up(image: np.ndarray, convention: Convention) -> np.ndarray:
    """Exchange the training set's grey values for ones that grow with the ink, or back."""
    if convention.is_ink_bright:
        return image
    turned: np.ndarray = convention.highest - np.minimum(image, convention.highest)
    return turned
