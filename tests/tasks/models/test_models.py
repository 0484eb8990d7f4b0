"""Every candidate is an ordinary scikit-learn estimator; cores change no prediction."""

import numpy as np
import pytest

from engine.errors import PlainError
from tasks.models.build import CoarseInk, build_estimator, coarsen_pixels, scale_pixels
from tasks.models.candidates import CANDIDATES, candidate_specs
from tasks.models.fitting import class_scores, fit_timed

EVERY_BYTE = np.arange(256, dtype=np.uint8).reshape(16, 16)


def test_scaling_divides_each_pixel_by_255_in_float32():
    scaled = scale_pixels(EVERY_BYTE)
    assert scaled.dtype == np.float32
    np.testing.assert_array_equal(scaled, EVERY_BYTE.astype(np.float32) / np.float32(255))


@pytest.mark.parametrize("levels", [2, 8, 16, 256])
def test_coarsening_keeps_so_many_equally_wide_levels(levels):
    coarse = coarsen_pixels(EVERY_BYTE, levels)
    assert coarse.dtype == np.float32
    assert coarse.ravel().tolist() == [value // (256 // levels) for value in range(256)]


def test_pixels_that_are_nearly_always_blank_are_left_out():
    pixels = np.zeros((200, 4), np.uint8)
    pixels[:, 3], pixels[:2, 0], pixels[:1, 1] = 31, 255, 32  # 31 is of the lowest of 8 levels
    made = CoarseInk(grey_levels=8, least_share=0.01).fit(pixels)
    assert made.kept_.tolist() == [0]
    assert made.transform(pixels[1:3]).tolist() == [[7.0], [0.0]]


@pytest.mark.parametrize(("ink", "kept"), [((0, 0, 0), [0, 1, 2]), ((0, 1, 2), [2])])
def test_some_pixel_is_kept_however_blank_they_are(ink, kept):
    pixels = np.zeros((1000, 3), np.uint8)
    for pixel, n in enumerate(ink):
        pixels[:n, pixel] = 255
    assert CoarseInk(least_share=0.5).fit(pixels).kept_.tolist() == kept


def small_set(n=300):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, n).astype(np.uint8)
    pixels = rng.integers(0, 100, (n, 16), dtype=np.uint8)
    pixels[np.arange(n), labels] += 120
    return pixels, labels


@pytest.mark.parametrize("name", CANDIDATES)
def test_one_core_and_two_give_the_same_scores(name):
    pixels, labels = small_set()
    spec = CANDIDATES[name]
    scores = [
        class_scores(
            fit_timed(build_estimator(spec, seed=1, n_jobs=n_jobs), pixels, labels).model,
            pixels,
            spec.response_method,
        )
        for n_jobs in (1, 2)
    ]
    np.testing.assert_array_equal(*scores)


@pytest.mark.parametrize("name", CANDIDATES)
def test_two_classes_give_two_columns_whose_larger_one_is_the_prediction(name):
    pixels, labels = small_set()
    two = labels < 2
    spec = CANDIDATES[name]
    model = fit_timed(build_estimator(spec, seed=1, n_jobs=1), pixels[two], labels[two]).model
    scores = class_scores(model, pixels, spec.response_method)
    assert scores.shape == (len(pixels), 2)
    agree = model.classes_[scores.argmax(axis=1)] == model.predict(pixels)
    assert agree[np.abs(scores[:, 0] - scores[:, 1]) > 1e-9].all()


def test_warnings_of_a_fit_are_kept_as_text():
    pixels, labels = small_set()
    estimator = build_estimator(CANDIDATES["sgd"], seed=1, n_jobs=1)
    estimator.set_params(sgdclassifier__max_iter=1)
    fit = fit_timed(estimator, pixels, labels)
    assert any("ConvergenceWarning" in text for text in fit.warnings)


def test_an_unknown_candidate_lists_the_known_ones():
    with pytest.raises(PlainError, match=r"no svm\..*: sgd, random_forest, hog_sgd"):
        candidate_specs(("sgd", "svm"))
