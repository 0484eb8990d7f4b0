"""Figures are tested by what they draw, never by pixels."""

import io
import string
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from sklearn.metrics import average_precision_score, precision_recall_curve

from artifacts.figures.class_names import drawn_name
from artifacts.figures.curves import (
    CandidateScores,
    precision_recall_figure,
    roc_figure,
    thinned,
    threshold_figure,
)
from artifacts.figures.images import mistakes_figure, sample_grid_figure, shifted_figure
from artifacts.figures.scores import (
    binary_confusion_figure,
    class_counts_figure,
    confusion_figure,
    error_grid_figure,
    error_rates,
    folds_figure,
    interval_figure,
)
from artifacts.figures.style import MAX_PICTURE_BYTES, candidate_colour, figure_png
from tasks.class_names import ClassNames
from tests.support.records.scores import BINARY, CHOICE, EVALUATION, RANKING


def drawn(figure: Figure, gid: str):
    """Return the one artist with this gid."""
    (found,) = figure.findobj(lambda artist: artist.get_gid() == gid)
    return found


def scores(n=5000, seed=0):
    rng = np.random.default_rng(seed)
    y_true = rng.random(n) < 0.2
    return y_true, rng.normal(size=n) + 2 * y_true


def test_the_chosen_point_is_marked_on_both_curves():
    y_true, s = scores()
    point = drawn(threshold_figure(y_true, s, CHOICE, "SGD"), "operating-point")
    assert list(point.get_xdata()) == [CHOICE.threshold] * 2
    assert list(point.get_ydata()) == [CHOICE.precision, CHOICE.recall]


def test_a_curve_is_a_part_of_scikit_learns_with_both_ends():
    y_true, s = scores()
    average = average_precision_score(y_true, s)
    figure = precision_recall_figure(
        y_true, (CandidateScores("sgd", "SGD", s),), (CHOICE,), (average,)
    )
    line = drawn(figure, "precision-recall-sgd")
    precision, recall, _ = precision_recall_curve(y_true, s)
    every = set(zip(recall, precision, strict=True))
    points = list(zip(line.get_xdata(), line.get_ydata(), strict=True))
    assert set(points) <= every
    assert points[0] == (recall[0], precision[0])
    assert points[-1] == (recall[-1], precision[-1])
    assert drawn(figure, "operating-point-sgd").get_xdata()[0] == CHOICE.recall


@pytest.mark.parametrize("n", [1, 2, 1499, 1500, 60_001])
def test_thinning_keeps_both_ends_and_at_most_1500_points(n):
    kept = thinned(n)
    assert (kept[0], kept[-1]) == (0, n - 1)
    assert len(kept) == min(n, 1500)
    assert (np.diff(kept) > 0).all()


def test_error_rates_are_rows_divided_by_their_sum_without_the_diagonal():
    rates = error_rates(np.array([[8, 2, 0], [1, 3, 0], [0, 0, 0]]))
    assert np.isnan(np.diag(rates)).all()
    assert (rates[0, 1], rates[1, 0], rates[2, 0]) == (0.2, 0.25, 0.0)


def test_the_goal_is_a_line_at_its_value_and_every_score_a_point():
    figure = interval_figure(EVALUATION)
    assert list(drawn(figure, "goal").get_xdata()) == [EVALUATION.goal] * 2
    points = figure.findobj(lambda artist: artist.get_gid() == "score")
    assert [p.get_xdata()[0] for p in points] == [
        EVALUATION.accuracy.value,
        EVALUATION.macro_precision.value,
        EVALUATION.macro_recall.value,
    ]


def test_every_fold_is_drawn_for_every_candidate():
    figure = folds_figure(RANKING)
    for each in RANKING.ranked:
        line = drawn(figure, f"folds-{each.candidate}")
        assert tuple(line.get_xdata()) == each.fold_accuracies


def test_the_sample_sheet_holds_the_first_images_of_each_class_in_its_row():
    images = np.arange(4, dtype=np.uint8)[:, None, None] * np.ones((1, 2, 2), np.uint8) + 1
    sheet = drawn(
        sample_grid_figure(images, np.array([1, 0, 1, 0]), (0, 1), names=("0", "1")), "samples"
    ).get_array()
    assert sheet[0, :4].tolist() == [2, 2, 4, 4]
    assert sheet[2, :4].tolist() == [1, 1, 3, 3]


def noisy(n, size):
    return np.random.default_rng(0).integers(0, 256, (n, size, size), dtype=np.uint8)


LETTERS = tuple(string.digits + string.ascii_letters)
# mistakes in one of fifty cells: a text in each of 3,844 would take a minute to draw
MANY = tuple(
    tuple(900 if row == column else 7 * ((13 * row + column) % 50 == 0) for column in range(62))
    for row in range(62)
)
FIGURES = {
    "samples of noise, the worst to compress": lambda: sample_grid_figure(
        noisy(200, 28), np.arange(200) % 10, tuple(range(10)), names=tuple("0123456789")
    ),
    "8x8 samples of two classes": lambda: sample_grid_figure(
        noisy(5, 8), np.arange(5) % 2, (0, 1), names=("0", "1")
    ),
    "class counts": lambda: class_counts_figure((5, 0), (1, 2), ("0", "1")),
    "shifted": lambda: shifted_figure(noisy(3, 8), ((0, 0), (-2, 0), (0, 2))),
    "shifted, blank image": lambda: shifted_figure(np.zeros((1, 8, 8), np.uint8), ((0, 0),)),
    "binary": lambda: binary_confusion_figure((BINARY,), ("SGD",), "5"),
    "three candidates": lambda: binary_confusion_figure((BINARY,) * 3, ("a", "b", "c"), "8"),
    "confusion of two classes": lambda: confusion_figure(((3, 0), (0, 0)), ("0", "1")),
    "confusion of 62 classes": lambda: confusion_figure(MANY, LETTERS),
    "errors of 62 classes": lambda: error_grid_figure(MANY, LETTERS),
    "counts of 62 classes": lambda: class_counts_figure((3,) * 62, (2,) * 62, LETTERS),
    "errors, none": lambda: error_grid_figure(((3, 0), (0, 2)), ("0", "1")),
    "roc": lambda: roc_figure(scores()[0], (CandidateScores("x", "X", scores()[1]),), (0.9,)),
    "no mistakes": lambda: mistakes_figure(noisy(0, 8), *[np.array([])] * 4),
    "two mistakes": lambda: mistakes_figure(noisy(2, 8), *[np.array([1, 2])] * 4),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_becomes_a_png_of_at_most_100_kb(name):
    content = figure_png(FIGURES[name]())
    assert len(content) <= MAX_PICTURE_BYTES
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.width > 100


def test_candidates_keep_their_colours_and_differ():
    names = ("sgd", "random_forest", "hog_sgd")
    assert len({candidate_colour(name) for name in names}) == 3


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("A", "A"),
        ("$x$ of $y$", "$x$ of $y$"),
        ("\u304a", "7"),  # a letter that the font lacks: the number
        ("a rather long name", "a rather long\u2026"),
        (None, "7"),
    ],
)
def test_a_class_is_named_in_a_figure_by_plain_text_that_its_font_has(name, shown):
    names = ClassNames(named=((7, name),) if name else ())
    text = Figure().text(0, 0, drawn_name(names, 7))
    as_drawn, is_formula = text._preprocess_math(text.get_text())
    assert (as_drawn, is_formula) == (shown, False)


def test_the_letters_of_62_classes_stand_beside_each_other():
    figure = confusion_figure(MANY, LETTERS)
    figure.canvas.draw()
    (axes,) = figure.axes
    for labels, side in ((axes.get_xticklabels(), 0), (axes.get_yticklabels(), 1)):
        places = sorted(
            label.get_window_extent().get_points()[:, side].tolist() for label in labels
        )
        assert all(one[1] <= next_[0] + 1 for one, next_ in pairwise(places))
