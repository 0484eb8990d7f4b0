"""Tell ink from ground, image by image: in uneven light, dark or light ink, on ruled paper."""

from typing import NamedTuple

import numpy as np
from scipy import ndimage

LEAST_CONTRAST = 16  # grey levels between ink and ground below which nothing is written
NOISE = 4.0  # standard deviations of the ground that are no ink
FIT_SIDE = 64  # pixels across of the small copy that the ground is fitted to
N_REFITS = 6
EVEN_SHARE = 0.75  # of the variance that two grey levels explain, at least, on even paper
EVEN_EDGE = 0.7  # of the image's edge that even paper holds, at least
EVEN_GAIN = 1.5  # times as wide as on the fitted ground the two classes may be on even paper
MAD_TO_STD = 1.4826  # of a normal distribution
LINE_SPAN = 0.7  # a ruled line crosses at least this share of the page
LINE_THICKNESS = 0.015  # and is at most so thick, in parts of its length


class Ink(NamedTuple):
    """How much each pixel differs from the ground, float32 (height, width), and which are ink."""

    contrast: np.ndarray
    is_ink: np.ndarray


def find_ink(grey: np.ndarray) -> Ink:
    """Find the ink of an image: what stands out from a ground that changes slowly.

    Ink is on the side of the ground, darker or lighter, to which the differences reach further.

    Parameters
    ----------
    grey : uint8 array, shape (height, width)
    """
    smooth = grey.astype(np.float32)
    if min(grey.shape) > FIT_SIDE:  # a small image has no pixels to spare
        smooth = ndimage.gaussian_filter(smooth, 1.0)
    contrast, noise = _above_ground(smooth)
    if (contrast**3).sum() < 0:
        contrast = -contrast
    np.maximum(contrast, 0, out=contrast)
    is_candidate = contrast > max(NOISE * noise, LEAST_CONTRAST / 2)
    nothing = Ink(contrast, np.zeros(grey.shape, bool))
    if not is_candidate.any():
        return nothing
    # Otsu expects two classes of like size; a page is nearly all ground
    near = ndimage.binary_dilation(is_candidate, iterations=2)
    threshold = otsu_threshold(contrast[near])
    is_ink = is_candidate & (contrast > threshold)
    if not is_ink.any() or contrast[is_ink].mean() < LEAST_CONTRAST:
        return nothing
    return Ink(contrast, without_ruled_lines(is_ink))


def even_ground_of(grey: np.ndarray) -> float | None:
    """Return the brightness of the paper if it is even, or nothing.

    The paper counts as even if two grey levels explain the image better than slow changes do:
    Otsu's two classes hold at least three quarters of the variance, which is their share in a
    linear gradient and more than in white noise, and no quadratic surface makes them much
    narrower. The ground is then the class that most of the image's edge belongs to, however much
    ink there is: a stroke touches the edge of a tightly cropped digit in a few places only.

    Parameters
    ----------
    grey : float32 array, shape (height, width)
    """
    is_high, within = _two_classes(grey)
    if is_high.all() or not is_high.any() or within > (1 - EVEN_SHARE) * float(grey.var()):
        return None  # one grey level, or more than two
    if within > EVEN_GAIN * _two_classes(grey - ground_of(grey))[1]:
        return None
    gap = float(grey[is_high].mean() - grey[~is_high].mean())
    if gap < NOISE * _local_noise(grey):
        return None
    edge = np.concatenate([is_high[0], is_high[-1], is_high[:, 0], is_high[:, -1]])
    share = float(edge.mean())
    if max(share, 1 - share) < EVEN_EDGE:
        return None  # as under the hard edge of a shadow
    return float(np.median(grey[is_high == (share > 0.5)]))


def ground_of(grey: np.ndarray) -> np.ndarray:
    """Return the paper's brightness as a quadratic surface that leaves the ink out.

    Least squares, fitted again to the pixels near the surface until it rests on the ground; a
    surface cannot follow a stroke, as a local mean would.

    Parameters
    ----------
    grey : float32 array, shape (height, width)
    """
    step = [max(1, side // FIT_SIDE) for side in grey.shape]
    values = grey[:: step[0], :: step[1]]
    terms = np.stack([np.broadcast_to(each, values.shape) for each in _quadratic(values.shape)])
    rows, values = terms.reshape(len(terms), -1).T, values.ravel()
    found = np.full(len(values), np.median(values))
    for _ in range(N_REFITS):
        distance = np.abs(values - found)
        is_near = distance <= max(2.5 * MAD_TO_STD * float(np.median(distance)), 2.0)
        coefficients = np.linalg.lstsq(rows[is_near], values[is_near], rcond=None)[0]
        found = rows @ coefficients
    ground = np.zeros(grey.shape, np.float32)
    for coefficient, term in zip(coefficients, _quadratic(grey.shape), strict=True):
        ground += np.float32(coefficient) * term
    return ground


def otsu_threshold(values: np.ndarray) -> float:
    """Return the threshold that parts values into the two classes that differ most.

    Otsu (1979), "A threshold selection method from gray-level histograms", on 256 bins.

    Parameters
    ----------
    values : float array, not empty

    Returns
    -------
    float
        The middle of the last bin of the lower class.
    """
    counts, edges = np.histogram(values, 256)
    middles = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1]
    above = counts.sum() - below
    sums = np.cumsum(counts * middles)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = sums[:-1] / below - (sums[-1] - sums[:-1]) / above
    between = np.nan_to_num(below * above * apart**2)
    return float(middles[between.argmax()])


def _above_ground(grey: np.ndarray) -> tuple[np.ndarray, float]:
    """Return how far each pixel lies above the ground, and the standard deviation of its noise."""
    level = even_ground_of(grey)
    if level is not None:
        return grey - np.float32(level), _local_noise(grey)
    contrast = grey - ground_of(grey)
    return contrast, MAD_TO_STD * float(np.median(np.abs(contrast)))


def _two_classes(values: np.ndarray) -> tuple[np.ndarray, float]:
    """Return which values are in the upper class of Otsu, and the variance within the classes."""
    is_high = values > otsu_threshold(values)
    classes = [values[part] for part in (is_high, ~is_high) if part.any()]
    return is_high, sum(float(each.var()) * each.size for each in classes) / values.size


def _local_noise(grey: np.ndarray) -> float:
    """Return the standard deviation of white noise, from neighbours: strokes are much wider."""
    steps = np.concatenate([np.diff(grey, axis=0).ravel(), np.diff(grey, axis=1).ravel()])
    return MAD_TO_STD * float(np.median(np.abs(steps))) / float(np.sqrt(2)) if steps.size else 0.0


def without_ruled_lines(is_ink: np.ndarray) -> np.ndarray:
    """Take out lines that cross the page, and close the gaps they leave in what is written.

    Parameters
    ----------
    is_ink : bool array, shape (height, width)
    """
    found = is_ink
    for axis in (0, 1):
        lines = _long_lines(found if axis else found.T)
        lines = lines if axis else lines.T
        if not lines.any():
            continue
        wide = ndimage.binary_dilation(lines, iterations=1)
        thickness = int(lines.sum(axis=1 - axis).max())
        structure = np.ones((2 * thickness + 3, 1) if axis else (1, 2 * thickness + 3), bool)
        left = found & ~wide
        # a stroke that crosses a line goes on at its other side
        found = left | (ndimage.binary_closing(left, structure) & wide)
    return found


def _long_lines(is_ink: np.ndarray) -> np.ndarray:
    """Return the thin, nearly horizontal lines that cross a page."""
    width = is_ink.shape[1]
    lines = np.zeros_like(is_ink)
    if width < FIT_SIDE:
        return lines
    # an opening by a long line, at a cost that does not grow with its length
    runs = ndimage.minimum_filter1d(is_ink.astype(np.uint8), width // 12, mode="constant")
    runs = ndimage.maximum_filter1d(runs, width // 12, origin=-(1 - width // 12 % 2)) > 0
    labels, _ = ndimage.label(runs, np.ones((3, 3), bool))
    for number, place in enumerate(ndimage.find_objects(labels), start=1):
        part = labels[place] == number
        span = part.shape[1]
        if span >= LINE_SPAN * width and part.sum() <= span * max(2.0, LINE_THICKNESS * span):
            lines[place] |= part
    return lines


def _quadratic(shape: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    """Return the terms of a quadratic surface, each of a shape that fits `shape`."""
    y = np.linspace(-1, 1, shape[0], dtype=np.float32)[:, np.newaxis]
    x = np.linspace(-1, 1, shape[1], dtype=np.float32)[np.newaxis]
    return np.ones((1, 1), np.float32), y, x, y * y, x * y, x * x
