"""One fit per fold gives what scikit-learn's own cross-validation gives, number for number."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import cross_val_predict, cross_val_score
from sklearn.preprocessing import StandardScaler

from engine.errors import PlainError
from engine.store.objects import load_array, save_array
from tasks.errors import DataError
from tasks.models.out_of_fold import gather_out_of_fold
from tasks.textbook.fits import POSITIVE, book_estimator, fit_as_the_book, fit_folds, mark_digit
from tasks.textbook.models import BOOK_MODELS, book_models

# an SGD that warns of not converging would drown what matters here
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def small():
    """300 bundled digits as uint8 in 0-255, as MNIST has them."""
    bunch = load_digits()
    return (bunch.data[:300] * 15).astype(np.uint8), bunch.target[:300].astype(np.uint8)


def ours(name, pixels, labels, *, folds=(0, 1, 2), n_jobs=2):
    spec = BOOK_MODELS[name].spec
    fits, texts = fit_folds(spec, folds, pixels, labels, n_splits=3, seed=42, n_jobs=n_jobs)
    return fits, texts


def as_the_notebook(name, pixels, labels):
    """What the notebook writes: fold accuracies and scores from two calls of scikit-learn."""
    estimator = (
        RandomForestClassifier(random_state=42)
        if name == "random_forest"
        else SGDClassifier(random_state=42)
    )
    x = pixels.astype("float64")
    if name == "sgd_standardised":
        x = StandardScaler().fit_transform(x)
    method = BOOK_MODELS[name].spec.response_method
    return (
        cross_val_score(estimator, x, labels, cv=3, scoring="accuracy"),
        cross_val_predict(estimator, x, labels, cv=3, method=method),
    )


@pytest.mark.parametrize("name", BOOK_MODELS)
def test_scores_and_accuracies_are_those_of_cross_val_predict_and_cross_val_score(name, small):
    pixels, digits = small
    is_binary = BOOK_MODELS[name].question == "is it the digit?"
    labels = (digits == 5).astype(np.uint8) if is_binary else digits
    accuracies, scores = as_the_notebook(name, pixels, labels == 1 if is_binary else labels)
    fits, _ = ours(name, pixels, labels)
    assert [fit.accuracy for fit in fits] == list(accuracies)
    for fit in fits:
        expected = scores[fit.validation]
        found = fit.scores[:, POSITIVE] if expected.ndim == 1 else fit.scores
        assert np.array_equal(found, expected)


@pytest.mark.parametrize("name", ["sgd", "sgd_ten_classes", "random_forest"])
def test_folds_side_by_side_are_the_folds_fitted_alone(name, small):
    pixels, digits = small
    together, _ = ours(name, pixels, digits)
    for fold, fit in enumerate(together):
        (alone,), _ = ours(name, pixels, digits, folds=(fold,), n_jobs=1)
        assert np.array_equal(alone.scores, fit.scores)
        assert np.array_equal(alone.validation, fit.validation)


def test_what_threads_warn_of_is_kept_and_no_filter_is_left_behind(small):
    import warnings

    before = (list(warnings.filters), warnings.showwarning)
    _, texts = ours("sgd", *small)
    assert any("ConvergenceWarning" in text for text in texts)
    assert (list(warnings.filters), warnings.showwarning) == before


def test_a_stored_run_of_all_folds_covers_every_image_once(small, store):
    pixels, digits = small
    images, labels = save_array(pixels.reshape(-1, 8, 8)), save_array(digits)
    fives = mark_digit.fn(labels, 5)
    assert np.array_equal(load_array(fives) == POSITIVE, digits == 5)
    spec = BOOK_MODELS["sgd"].spec
    done = fit_as_the_book.fn(spec, (0, 1, 2), images, fives, 3, 42, 2)
    gathered = gather_out_of_fold.fn(spec, done.folds, fives)
    _, scores = as_the_notebook("sgd", pixels, digits == 5)
    assert gathered.classes == (0, POSITIVE)
    assert np.array_equal(load_array(gathered.scores)[:, POSITIVE], scores)


def test_the_scaler_has_seen_all_images_as_in_the_book(small):
    pixels, _ = small
    scaler = book_estimator("standardised_sgd", pixels, seed=0, n_jobs=1)[0]
    whole = StandardScaler().fit_transform(pixels.astype(float))
    assert np.array_equal(scaler.transform(pixels[:7]), whole[:7])


def test_a_class_with_fewer_images_than_folds_is_refused(small):
    pixels, _ = small
    with pytest.raises(DataError, match=r"class 1 has only 2"):
        ours("sgd", pixels[:50], (np.arange(50) < 2).astype(np.uint8))


@pytest.mark.parametrize("names", [("svm",), (), ("sgd", "sgd")])
def test_a_wrong_name_of_a_model_lists_the_books(names):
    with pytest.raises(PlainError, match=r"sgd, random_forest, sgd_ten_classes, sgd_standardised"):
        book_models(names)


def test_a_builder_the_book_does_not_have_is_refused():
    with pytest.raises(ValueError, match="no model 'knn'"):
        book_estimator("knn", np.zeros((1, 1), np.uint8), seed=0, n_jobs=1)
