"""Every pixel is where scipy puts it."""

import numpy as np
from scipy.ndimage import affine_transform

from tasks.models.kernel_sgd.warp import affine_images


def test_affine_maps_are_those_of_scipy():
    rng = np.random.default_rng(0)
    images = rng.random((9, 12, 20), dtype=np.float32)
    matrices = np.eye(2)[:, :, np.newaxis] + rng.normal(0, 0.4, (2, 2, 20))
    anchors = np.array([[4.0], [5.5]]) + rng.normal(0, 2, (2, 20))
    made = affine_images(images, matrices, anchors)
    for i in range(20):
        offset = anchors[:, i] - matrices[:, :, i] @ [4.0, 5.5]
        expected = affine_transform(
            images[:, :, i], matrices[:, :, i], offset, order=1, mode="grid-constant"
        )
        np.testing.assert_allclose(made[:, :, i], expected, atol=1e-5)


def test_the_identity_changes_nothing():
    images = np.random.default_rng(0).random((5, 6, 3), dtype=np.float32)
    matrices = np.repeat(np.eye(2)[:, :, np.newaxis], 3, axis=2)
    anchors = np.repeat([[2.0], [2.5]], 3, axis=1)
    np.testing.assert_array_equal(affine_images(images, matrices, anchors), images)
