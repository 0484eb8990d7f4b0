"""A reference for tests: set images upright as a step of a scikit-learn pipeline."""

import numpy as np
from sklearn.preprocessing import FunctionTransformer

from tasks.models.kernel_sgd.deskew import upright_maps
from tasks.models.kernel_sgd.image_rows import image_size, lanes_of, rows_of
from tasks.models.kernel_sgd.warp import affine_images


def upright(rows: np.ndarray) -> np.ndarray:
    """Return square images, given as rows of pixels, upright and in the middle."""
    images = lanes_of(rows, image_size(rows.shape[1]))
    return rows_of(affine_images(images, *upright_maps(images)))


def deskew() -> FunctionTransformer:
    """Return `upright` as a transformer, unfitted."""
    return FunctionTransformer(upright)
