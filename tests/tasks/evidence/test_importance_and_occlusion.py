"""What a model looks at, where it is known: models that look at one place made by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.inspection import permutation_importance

from artifacts.figures.occlusion import importance_figure, occlusion_figure, weights_figure
from artifacts.figures.style import MAX_PICTURE_BYTES, figure_png
from artifacts.reports.evidence.occlusion import importance_report
from engine.store.objects import load_array, load_model, save_array
from tasks.data.records import LabelledImages
from tasks.evidence import extra_fits, occlusion
from tasks.evidence.importance import (
    fitted_on_a_part,
    measure_forest_importance,
    measure_linear_weights,
    permutation_map,
)
from tasks.evidence.occlusion import blanked, measure_occlusion
from tasks.evidence.robustness import originals
from tasks.evidence.windows import map_of, windows_over
from tasks.models.candidates import CANDIDATES
from tasks.models.refit import refit
from tests.tasks.evaluation.test_confidence import plain as plain_text
from tests.tasks.evidence.test_robustness import bars


class OnePixel:
    """A model of 8 x 8 images that looks at the ink of one pixel and at nothing else."""

    classes_ = np.array([0, 1])

    def __init__(self, row, column):
        self.place = row * 8 + column

    def get_params(self):
        return {}

    def set_params(self):
        return self

    def predict_proba(self, pixels):
        ink = pixels[:, self.place] / 255
        return np.column_stack([1 - ink, ink])


class TwoPixels(ClassifierMixin, BaseEstimator):
    """A model of 8 x 8 images that needs two pixels, the first more than the second."""

    classes_ = np.array([0, 1])

    def fit(self, *_):
        return self

    def predict_proba(self, pixels):
        ink = (2 * pixels[:, 10].astype(float) + pixels[:, 20]) / 765
        return np.column_stack([1 - ink, ink])

    def predict(self, pixels):
        return self.predict_proba(pixels).argmax(axis=1)


def noise(n, size=8, seed=0):
    return np.random.default_rng(seed).integers(1, 256, (n, size, size), dtype=np.uint8)


@pytest.mark.parametrize(("height", "width"), [(28, 28), (8, 8), (6, 5), (17, 40), (1, 1)])
def test_windows_cover_every_pixel_and_stay_inside(height, width):
    windows = windows_over(height, width)
    covered = np.zeros((height, width), int)
    for place in range(len(windows.corners)):
        cut = covered[windows.at(place)]
        assert cut.shape == (windows.side, windows.side)
        cut += 1
    assert covered.min() >= 1
    ones = np.ones(len(windows.corners))
    assert map_of(windows, ones) == pytest.approx(np.ones((height, width)))


def test_a_map_is_the_mean_of_the_windows_over_each_pixel():
    windows = windows_over(28, 28)
    values = np.random.default_rng(0).normal(size=len(windows.corners))
    found = map_of(windows, values)
    for row, column in ((0, 0), (13, 14), (27, 27), (5, 20)):
        over = [
            value
            for value, (top, left) in zip(values, windows.corners, strict=True)
            if top <= row < top + 4 and left <= column < left + 4
        ]
        assert found[row, column] == pytest.approx(np.mean(over))


def test_a_copy_lacks_one_window_and_windows_without_ink_have_no_copy():
    images = np.zeros((2, 28, 28), np.uint8)
    images[0, 3, 5] = 9
    images[1, 10:20, 10:20] = 200
    windows = windows_over(28, 28)
    copies, image, window = blanked(images, windows)
    for copy, i, place in zip(copies, image, window, strict=True):
        expected = images[i].copy()
        assert expected[windows.at(place)].any()
        expected[windows.at(place)] = 0
        assert np.array_equal(copy, expected)
    with_ink = sum(
        images[i][windows.at(place)].any() for i in (0, 1) for place in range(len(windows.corners))
    )
    assert len(copies) == with_ink


def occlusion_of(model, images, labels, monkeypatch, classes=(0, 1)):
    monkeypatch.setattr(occlusion, "load_model", lambda _: model)
    test = LabelledImages(images=save_array(images), labels=save_array(labels))
    spec = CANDIDATES["random_forest"]
    fitted = SimpleNamespace(candidate=spec, classes=classes, model=None)
    return measure_occlusion.fn(fitted, test, 1)


def test_a_model_of_one_pixel_loses_its_ink_there_and_nothing_elsewhere(store, monkeypatch):
    images = noise(10)
    labels = np.array([1] * 5 + [0] * 5, np.uint8)
    found = occlusion_of(OnePixel(2, 6), images, labels, monkeypatch)
    drops = load_array(found.drops)
    expected = np.zeros((2, 8, 8))
    expected[1, 2, 6] = (images[:5, 2, 6] / 255).mean()
    expected[0, 2, 6] = -(images[5:, 2, 6] / 255).mean()
    assert drops == pytest.approx(expected)
    assert load_array(found.means)[1] == pytest.approx(images[:5].mean(axis=0))


def test_a_class_without_test_images_is_left_out_and_said(store, monkeypatch):
    found = occlusion_of(OnePixel(2, 6), noise(4), np.zeros(4, np.uint8), monkeypatch)
    assert found.n_images == (4, 0)
    assert not load_array(found.drops)[1].any()
    text = plain_text(importance_report(found, (), "The model", ()))
    assert "Left out: the test set has no image of class 1." in text
    assert "Left out: a forest's importances (`random_forest`) and a linear model's weights" in text
    figure = occlusion_figure(
        load_array(found.drops), load_array(found.means), (0, 1), are_probabilities=True
    )
    assert len(figure_png(figure)) <= MAX_PICTURE_BYTES


def test_permutation_importance_is_scikit_learns_of_single_pixels():
    """In images of 8 x 8 pixels a window is a pixel."""
    images, model = noise(400), TwoPixels()
    rows = images.reshape(400, -1)
    labels = model.predict(rows)
    found = permutation_map(model, images, labels, seed=0, n_jobs=1).ravel()
    judge = permutation_importance(
        model, rows, labels, scoring="accuracy", n_repeats=20, random_state=1
    )
    assert set(np.flatnonzero(found)) == {10, 20}
    for place in (10, 20):
        spread = judge.importances[place].std()
        assert abs(found[place] - judge.importances_mean[place]) < 4 * spread


def test_a_forest_uses_only_the_pixels_that_tell_the_classes_apart(store):
    """Bars through the middle: the corners hold noise alone."""
    train, test = bars(200, 0), bars(100, 1)
    found = measure_forest_importance.fn(CANDIDATES["random_forest"], train, test, 0, 1)
    impurity, permutation = load_array(found.impurity), load_array(found.permutation)
    cross = np.zeros((8, 8), bool)
    cross[3:5], cross[:, 3:5] = True, True
    assert impurity.sum() == pytest.approx(1)
    assert impurity[cross].sum() > 0.95
    assert (found.n_fitted, found.n_permuted, found.accuracy.value) == (200, 100, 1.0)
    assert permutation.shape == (8, 8)
    figure = importance_figure(impurity, permutation)
    (drawn,) = figure.findobj(lambda artist: artist.get_gid() == "permutation")
    low, high = drawn.get_clim()
    assert low == -high  # 0 is in the middle of the colours
    assert len(figure_png(figure)) <= MAX_PICTURE_BYTES


def test_the_weights_are_those_with_which_the_model_scores(store):
    train, test = bars(200, 0), bars(100, 1)
    spec = CANDIDATES["sgd"]
    found = measure_linear_weights.fn(spec, train, test, 0, 1)
    weights = load_array(found.weights)
    fit, n_fitted = fitted_on_a_part(spec, train, seed=0, n_jobs=1)
    pixels = load_array(test.images).reshape(100, -1)
    scores = pixels / 255 @ weights[1].ravel() + fit.model[-1].intercept_[0]
    assert scores == pytest.approx(fit.model.decision_function(pixels), rel=1e-4, abs=1e-3)
    assert np.array_equal(weights[0], -weights[1])  # two classes are one question
    assert n_fitted == 200
    text = plain_text(importance_report(EMPTY, (found,), "The model", ("SGD",)))
    assert "With two classes there is one question only" in text
    assert "a linear model's weights (`sgd`)" not in text
    figure = weights_figure(weights, (0, 1))
    drawn = figure.findobj(lambda artist: artist.get_gid() == "weight")
    assert all(image.get_clim()[0] == -image.get_clim()[1] for image in drawn)
    assert len(drawn) == 2


def test_only_so_many_images_are_fitted_and_the_seed_draws_them(store, monkeypatch):
    monkeypatch.setattr(extra_fits, "N_FITTED", 50)
    train = bars(200, 0)
    fits = [fitted_on_a_part(CANDIDATES["sgd"], train, seed=s, n_jobs=1) for s in (0, 0, 1)]
    first, again, other = (fit.model[-1].coef_ for fit, _ in fits)
    assert {n for _, n in fits} == {50}
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_real_winner_needs_the_ink_of_its_bars(store):
    train, test = bars(120, 0), bars(40, 1)
    fitted = refit.fn(CANDIDATES["random_forest"], originals(train), 0, 1)
    drops = load_array(measure_occlusion.fn(fitted, test, 1).drops)
    assert load_model(fitted.model).score(load_array(train.images).reshape(120, -1),
                                          load_array(train.labels)) == 1.0  # fmt: skip
    upright = np.zeros((8, 8), bool)
    upright[:, 3:5] = True
    assert drops[1][upright].mean() > 3 * abs(drops[1][~upright].mean())


EMPTY = SimpleNamespace(classes=(0, 1), n_images=(3, 3), window=1, are_probabilities=True)


def test_ten_maps_of_28_by_28_noise_stay_small():
    drops = np.random.default_rng(0).normal(size=(10, 28, 28))
    means = np.stack([255 - noise(1, 28, seed)[0] for seed in range(10)])
    for figure in (
        occlusion_figure(drops, means, tuple(range(10)), are_probabilities=False),
        weights_figure(drops, tuple(range(10))),
    ):
        assert len(figure_png(figure)) <= MAX_PICTURE_BYTES
