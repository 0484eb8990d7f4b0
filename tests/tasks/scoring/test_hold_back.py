"""What is held back is chosen on out-of-fold scores, and what it promises is counted there."""

import numpy as np
import pytest

from tasks.scoring.hold_back import Sureness, frozen

CLASSES = (0, 1, 2)


def scores_of(n, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    scores = rng.normal(size=(n, 3))
    scores[np.arange(n), labels] += 1.5
    return scores, labels


def sureness(n=2000, seed=0):
    scores, labels = scores_of(n, seed)
    return Sureness.out_of_fold(scores, labels, CLASSES)


@pytest.mark.parametrize("share", ["1%", "2%", "12.5 %"])
def test_a_share_holds_back_that_share_of_the_training_images(share):
    learned, tested = sureness(), sureness(seed=1)
    found = frozen(share, learned, tested)
    assert found.by == "lead"
    assert found.share == pytest.approx(float(share.strip(" %")) / 100)
    answered = learned.lead >= found.threshold
    assert found.accuracy.value == learned.is_right[answered].mean()
    assert found.accuracy.value > learned.is_right.mean()


@pytest.mark.parametrize("probability", ["0.5", "0.9", ".8"])
def test_a_probability_is_the_threshold_itself(probability):
    learned, tested = sureness(), sureness(seed=1)
    found = frozen(probability, learned, tested)
    assert (found.by, found.threshold) == ("probability", float(probability))
    assert found.test_share == pytest.approx((tested.probability < float(probability)).mean())


def test_the_test_images_choose_nothing():
    learned = sureness()
    thresholds = {frozen("5%", learned, sureness(seed=seed)).threshold for seed in (1, 2, 3)}
    assert len(thresholds) == 1


def test_probabilities_of_out_of_fold_scores_are_calibrated_on_other_images():
    """Each image alone in its class: calibrated on itself it would be certain."""
    scores = np.random.default_rng(0).normal(size=(400, 2))
    labels = np.random.default_rng(1).integers(0, 2, 400)
    found = Sureness.out_of_fold(scores, labels, (0, 1))
    assert found.probability.mean() < 0.75  # noise says nothing: near one half


@pytest.mark.parametrize("asked", ["a few", "120%", "2", "-1%", "1.5"])
def test_what_is_neither_a_share_nor_a_probability_is_refused(asked):
    with pytest.raises(ValueError, match="Give a share, 2%, or a probability"):
        frozen(asked, sureness(), sureness())
