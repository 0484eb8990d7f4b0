"""The classifier against a closed form, the reference estimators and scikit-learn's checks."""

import pickle
from copy import copy

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

from tasks.models.kernel_sgd.classifier import StreamedKernelSGD
from tasks.models.kernel_sgd.deskew import ink_moments
from tasks.models.kernel_sgd.features import ShapeFeatures
from tasks.models.kernel_sgd.hog import HOG
from tasks.models.kernel_sgd.image_rows import lanes_of
from tasks.models.kernel_sgd.preconditioner import Preconditioner, gaussian_kernel, squared_lengths
from tasks.models.memory import TooLittleMemory
from tests.support.upright import deskew


@pytest.fixture(scope="module")
def digits():
    """The bundled digits as rows of 8x8 pixels, 0-255: 1,200 to fit and 597 to score."""
    pixels, labels = load_digits(return_X_y=True)
    pixels = (pixels * 255 / 16).astype(np.uint8)
    return pixels[:1200], labels[:1200], pixels[1200:], labels[1200:]


def model(**parameters):
    return StreamedKernelSGD(
        **{
            "features": ShapeFeatures(),
            "n_components": 300,
            "ridge": 1e-3,
            "batch_size": 100,
            "random_state": 0,
        }
        | parameters
    )


def test_it_passes_scikit_learn_s_own_checks():
    check_estimator(
        StreamedKernelSGD(n_components=50, gamma=0.5, ridge=1e-2, epochs=20, batch_size=32),
        on_skip=None,
    )


def test_the_kernel_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    rows, landmarks = rng.random((2, 30, 40)).astype(np.float32)
    made = gaussian_kernel(rows, landmarks, squared_lengths(landmarks), gamma=0.3)
    np.testing.assert_allclose(made, rbf_kernel(rows, landmarks, gamma=0.3), atol=1e-5)


def test_the_preconditioner_multiplies_by_both_inverses():
    """Checked with numpy's general inverse, across the borders of the blocks."""
    rng = np.random.default_rng(0)
    landmarks = rng.normal(size=(700, 30)).astype(np.float32)
    gradient = rng.normal(size=(700, 3)).astype(np.float32)
    kernel = rbf_kernel(landmarks.astype(np.float64), gamma=0.05) + 1e-5 * np.eye(700)
    expected = np.linalg.inv(kernel) @ np.linalg.inv(kernel / 700 + 1e-2 * np.eye(700)) @ gradient
    made = Preconditioner(landmarks, gamma=0.05, ridge=1e-2, spread=map).apply(gradient, map)
    np.testing.assert_allclose(made, expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max())


def test_many_passes_come_to_the_maximum_likelihood_of_logistic_regression(digits):
    """scikit-learn's own solver on Nystroem's features of the same landmarks."""
    pixels, labels = (each[:400] for each in digits[:2])
    rows = (pixels / 255).astype(np.float32)
    rows += np.random.default_rng(0).normal(0, 1.0, rows.shape)  # classes must overlap
    ours = StreamedKernelSGD(n_components=20, gamma=0.01, epochs=600, batch_size=400).fit(
        rows, labels
    )
    theirs = LogisticRegression(C=np.inf, fit_intercept=False, max_iter=5000, tol=1e-8).fit(
        gaussian_kernel(rows, ours.landmarks_, squared_lengths(ours.landmarks_), gamma=0.01),
        labels,
    )

    def log_loss(scores):
        scores = scores - scores.max(axis=1, keepdims=True)
        return np.mean(np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(len(labels)), labels])

    kernel = gaussian_kernel(rows, ours.landmarks_, squared_lengths(ours.landmarks_), gamma=0.01)
    assert log_loss(ours.decision_function(rows)) == pytest.approx(
        log_loss(kernel @ theirs.coef_.T), rel=0.02
    )


@pytest.mark.parametrize("n_classes", [2, 10])
def test_log_probabilities_differ_as_the_scores_do_and_sum_to_1(digits, n_classes):
    pixels, labels, unseen, _ = digits
    chosen = labels < n_classes
    fitted = model().fit(pixels[chosen], labels[chosen])
    probabilities = fitted.predict_proba(unseen)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    scores = fitted.decision_function(unseen)
    apart = scores if n_classes == 2 else scores[:, 1] - scores[:, 0]
    found = np.log(probabilities[:, 1]) - np.log(probabilities[:, 0])
    np.testing.assert_allclose(found, apart, rtol=1e-4, atol=1e-4)


def test_the_scores_are_the_mean_of_those_of_the_views(digits):
    pixels, labels, unseen, _ = digits
    fitted = model(features=ShapeFeatures(n_views=3)).fit(pixels, labels)
    alone = copy(fitted)  # scores rows of features
    alone.features_, alone.n_features_in_ = None, fitted.landmarks_.shape[1]
    views = [alone.decision_function(view) for view in fitted.features_.views(unseen)]
    assert not np.allclose(views[0], views[1])
    found = fitted.decision_function(unseen)
    np.testing.assert_allclose(found, np.mean(views, axis=0), atol=1e-5)
    np.testing.assert_allclose(found[7:8], fitted.decision_function(unseen[7:8]), atol=1e-5)


def test_views_move_the_ink_as_far_one_way_as_the_other(digits):
    framed = np.pad(digits[0][:50].reshape(50, 8, 8), ((0, 0), (4, 4), (4, 4)))  # none is lost
    rows = framed.reshape(50, -1)
    features = ShapeFeatures(n_views=5).fit(rows)
    features.hog_ = FunctionTransformer()  # of the moved images themselves
    middles = [ink_moments(lanes_of(view, (16, 16)))[0] for view in features.views(rows)]
    for one, other in ((1, 2), (3, 4)):
        assert np.abs(middles[one] - middles[0]).max() > 0.1  # pixels
        np.testing.assert_allclose((middles[one] + middles[other]) / 2, middles[0], atol=0.03)


def test_without_jitter_there_is_one_view(digits):
    features = ShapeFeatures(n_views=5, jitter=0).fit(digits[0])
    (view,) = features.views(digits[2])
    np.testing.assert_array_equal(view, features.transform(digits[2]))


def test_a_model_stored_before_a_parameter_came_scores_as_it_did(digits):
    pixels, labels, unseen, _ = digits
    fitted = model().fit(pixels, labels)
    expected = fitted.decision_function(unseen)
    for name, holder in (
        ("n_views", fitted.features_),
        ("signed", fitted.features_),
        ("signed", fitted.features_.hog_),
    ):
        del vars(holder)[name]
    np.testing.assert_array_equal(fitted.decision_function(unseen), expected)


def test_one_thread_and_three_give_bitwise_the_same_scores(digits):
    pixels, labels, unseen, _ = digits
    scores = [model(n_jobs=n).fit(pixels, labels).decision_function(unseen) for n in (1, 3)]
    np.testing.assert_array_equal(*scores)


def test_another_seed_gives_other_scores(digits):
    pixels, labels, unseen, _ = digits
    scores = [model(random_state=s).fit(pixels, labels).decision_function(unseen) for s in (0, 1)]
    assert not np.array_equal(*scores)


def test_it_errs_less_than_averaged_sgd_on_nystroem_s_features(digits):
    pixels, labels, unseen, truth = digits
    reference = make_pipeline(
        deskew(),
        HOG(),
        Nystroem(gamma=0.03, n_components=300, random_state=0),
        SGDClassifier(average=True, random_state=0),
    )
    expected = reference.fit(pixels, labels).score(unseen, truth)
    assert expected > 0.9
    assert model().fit(pixels, labels).score(unseen, truth) >= expected


def test_it_can_be_the_last_step_of_a_pipeline(digits):
    pixels, labels, unseen, _ = digits
    alone = model(features=make_pipeline(deskew(), HOG()))
    last = make_pipeline(deskew(), HOG(), model(features=None))
    np.testing.assert_allclose(
        last.fit(pixels, labels).decision_function(unseen),
        alone.fit(pixels, labels).decision_function(unseen),
        atol=0.01,
    )


def test_two_passes_make_a_step_for_each_mini_batch(digits):
    pixels, labels, unseen, truth = digits
    fitted = model(epochs=2).fit(pixels, labels)
    assert fitted.n_steps_ == 24
    assert fitted.score(unseen, truth) > 0.9


def test_a_model_that_was_stored_scores_the_same(digits):
    pixels, labels, unseen, _ = digits
    fitted = model().fit(pixels, labels)
    content = pickle.dumps(fitted)
    assert len(content) < 2 * fitted.landmarks_.nbytes  # without what only fitting needs
    restored = pickle.loads(content)  # noqa: S301 - made in the line above
    np.testing.assert_array_equal(
        restored.decision_function(unseen), fitted.decision_function(unseen)
    )


def test_a_fit_without_the_memory_for_it_is_refused_before_it_starts(digits, monkeypatch):
    monkeypatch.setattr("tasks.models.memory.available_bytes", lambda: 10**6)
    with pytest.raises(
        TooLittleMemory, match=r"Fitting with n_components=300 needs about 0\.0 GiB"
    ):
        model().fit(*digits[:2])
