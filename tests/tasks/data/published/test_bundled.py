"""The digits bundled with scikit-learn, compared with what scikit-learn gives."""

from collections import Counter

import numpy as np
from sklearn.datasets import load_digits

from tasks.data.content import check_content, content_digest
from tasks.data.published.bundled import read_bundled_digits


def test_both_parts_together_are_the_bundled_images_scaled_to_bytes():
    content = read_bundled_digits(seed=1)
    bunch = load_digits()
    expected = Counter(
        (label, tuple(round(255 * pixel / 16) for pixel in image.ravel()))
        for image, label in zip(bunch.images, bunch.target, strict=True)
    )
    found = Counter(
        (label, tuple(image.ravel()))
        for images, labels in (content[:2], content[2:])
        for image, label in zip(images, labels, strict=True)
    )
    assert found == expected


def test_each_class_has_its_share_of_the_test_set():
    content = read_bundled_digits(seed=1)
    everything = np.bincount(load_digits().target)
    share = np.bincount(content.test_labels) / everything
    assert len(content.test_labels) == 450
    np.testing.assert_allclose(share, 0.25, atol=0.005)


def test_the_seed_alone_decides_the_split():
    digests = [content_digest(read_bundled_digits(seed)) for seed in (1, 1, 2)]
    assert digests[0] == digests[1] != digests[2]


def test_they_are_a_sound_data_set_of_bytes():
    content = read_bundled_digits(seed=0)
    check_content(content, "scikit-learn")
    assert {array.dtype.name for array in content} == {"uint8"}
    assert content.train_images.max() == 255
