"""What is unlike anything learned is told by its distance to training images of its class."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tasks.scoring import familiar
from tasks.scoring.familiar import EXPECTED, Neighbours, kept_out, threshold_of

BUNCH = load_digits()
IMAGES, LABELS = (BUNCH.images * 15).astype(np.uint8), BUNCH.target.astype(np.uint8)


def test_a_distance_is_that_of_the_nearest_image_of_the_class(monkeypatch):
    """With all axes and no blur it is the plain distance of pixels, found by trying all."""
    monkeypatch.setattr(familiar, "N_AXES", 64)
    monkeypatch.setattr(familiar, "BLUR", 0.0)
    near = Neighbours.of(IMAGES, LABELS)
    inside = np.setdiff1d(np.arange(len(IMAGES)), kept_out(len(IMAGES)))
    references, its = IMAGES[inside].reshape(len(inside), -1) / 255, LABELS[inside]
    asked = kept_out(len(IMAGES))[:40]
    answers = np.roll(LABELS[asked], 1)
    found = near.distances(IMAGES[asked], answers)
    for row, answer, distance in zip(asked, answers, found, strict=True):
        apart = references[its == answer] - IMAGES[row].ravel() / 255
        assert distance == pytest.approx(np.sqrt((apart**2).sum(axis=1)).min(), rel=1e-3)


def test_the_threshold_flags_the_expected_share_of_images_kept_out():
    near = Neighbours.of(IMAGES, LABELS)
    threshold = threshold_of(near, IMAGES, LABELS)
    rows = kept_out(len(IMAGES))
    flagged = near.distances(IMAGES[rows], LABELS[rows]) > threshold
    assert flagged.mean() == pytest.approx(EXPECTED, abs=1.5 / len(rows))


def test_noise_and_unknown_classes_are_too_far():
    near = Neighbours.of(IMAGES, LABELS)
    threshold = threshold_of(near, IMAGES, LABELS)
    noise = np.random.default_rng(0).integers(0, 241, (50, 8, 8)).astype(np.uint8)
    assert (near.distances(noise, np.arange(50) % 10) > threshold).mean() > 0.9
    assert np.isinf(near.distances(IMAGES[:3], np.array([77, 77, 77]))).all()
