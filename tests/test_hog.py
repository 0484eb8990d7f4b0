"""The features are scikit-image's, or the paper's by brute force; sizes that cannot be."""

import numpy as np
import pytest
from skimage.feature import hog

from tasks.hog import HOG


def images(n=12, height=28, width=28, seed=0):
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (n, height // 4 + 1, width // 4 + 1))
    return np.kron(coarse, np.ones((1, 4, 4)))[:, :height, :width].astype(np.uint8)


@pytest.mark.parametrize(
    ("height", "width", "orientations", "cell", "block"),
    [(28, 28, 8, 4, 2), (28, 28, 9, 7, 1), (30, 21, 6, 5, 3), (8, 8, 9, 2, 2)],
)
def test_without_interpolation_the_features_are_those_of_scikit_image(
    height, width, orientations, cell, block
):
    pictures = images(height=height, width=width)
    made = HOG(
        height,
        orientations=orientations,
        cell_size=cell,
        block_size=block,
        interpolate=False,
        floor=1e-5,  # scikit-image's own
    ).fit_transform(pictures.reshape(len(pictures), -1))
    theirs = [
        hog(
            (picture / 255).astype(np.float32),
            orientations=orientations,
            pixels_per_cell=(cell, cell),
            cells_per_block=(block, block),
            block_norm="L2-Hys",
        )
        for picture in pictures
    ]
    np.testing.assert_allclose(made, theirs, atol=1e-5)
