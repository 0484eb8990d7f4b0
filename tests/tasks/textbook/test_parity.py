"""The comparison with the book: digit by digit, and nothing that differs passes as equal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from artifacts.figures.style import MAX_PICTURE_BYTES, figure_png
from artifacts.figures.textbook import is_fraction, parity_figure, probability_figure
from artifacts.reports.textbook import parity_report, parity_verdict
from tasks.errors import DataError
from tasks.textbook.compare import compared, figures_of_choice, figures_of_detector
from tasks.textbook.models import BOOK_MODELS
from tasks.textbook.probabilities import counts_by_hundredths, positive_share
from tasks.textbook.published import LAST_EQUAL_WITH, PUBLISHED
from tasks.textbook.records import BookFigure, Parity, ParityRow, ProbabilityCounts
from tests.artifacts.test_figures import drawn
from tests.support.records.scores import BINARY, CHOICE

TITLES = tuple((name, model.spec.title) for name, model in BOOK_MODELS.items())
BOOKS = {(each.model, each.name): float(each.value) for each in PUBLISHED}
COUNTS = ProbabilityCounts(
    candidate="random_forest",
    n_images=(50,) + (1,) * 100,
    n_positive=(0,) * 51 + (1,) * 50,
    low=0.5,
    high=0.6,
    n_between=9,
    share=1.0,
)


def parity_of(figures, *, scikit_learn=LAST_EQUAL_WITH):
    return Parity(rows=compared(figures, scikit_learn=scikit_learn), scikit_learn=scikit_learn)


def test_the_books_own_values_are_equal_to_the_book():
    parity = parity_of(BOOKS)
    assert parity.n_equal == len(parity.rows) == len(PUBLISHED)
    assert not any(row.explanation or row.difference for row in parity.rows)


@pytest.mark.parametrize("figure", PUBLISHED, ids=lambda each: f"{each.model} {each.name}")
def test_a_change_of_one_in_the_last_digit_is_seen(figure):
    book = float(figure.value)
    moved = max(book + 10.0**-figure.decimals, np.nextafter(book, np.inf))
    row = ParityRow(figure=figure, ours=moved)
    assert not row.is_equal
    assert row.difference == pytest.approx(moved - book, rel=0.01)


@given(st.floats(0, 1), st.integers(1, 17))
def test_a_value_printed_with_any_number_of_digits_is_equal_to_itself(value, decimals):
    figure = BookFigure(model="sgd", name="any", value=f"{value:.{decimals}f}")
    assert ParityRow(figure=figure, ours=value).is_equal


def test_the_books_figures_follow_from_its_own_confusion_matrix():
    """No digit was mistyped: precision, recall and F1 are what the four counts give."""
    sgd = {name: value for (model, name), value in BOOKS.items() if model == "sgd"}
    found, missed = sgd["fives called fives"], sgd["fives called others"]
    precision = found / (found + sgd["others called fives"])
    assert sgd["precision"] == precision
    assert sgd["recall"] == found / (found + missed)
    assert sgd["F1"] == pytest.approx(2 / (1 / precision + 1 / sgd["recall"]), rel=1e-15)
    n = found + missed + sgd["others called others"] + sgd["others called fives"]
    assert n == 60_000
    right = (found + sgd["others called others"]) / n
    assert right == pytest.approx(np.mean([sgd[f"accuracy, fold {i}"] for i in (1, 2, 3)]))


def test_only_what_was_measured_is_compared_and_every_name_is_one_of_the_books():
    figures = figures_of_detector(BINARY) | figures_of_choice(CHOICE)
    rows = compared(figures, scikit_learn=LAST_EQUAL_WITH)
    assert {(row.figure.model, row.figure.name) for row in rows} == set(figures)
    assert {row.figure.model for row in rows} == {"sgd"}


def test_with_another_scikit_learn_a_moved_figure_names_both_versions():
    parity = parity_of(BOOKS | {("sgd", "recall"): 0.65}, scikit_learn="2.0")
    (moved,) = [row for row in parity.rows if not row.is_equal]
    assert moved.figure.name == "recall"
    assert LAST_EQUAL_WITH in moved.explanation
    assert "2.0" in moved.explanation
    text = parity_report(parity, TITLES, ())
    assert moved.explanation in text
    assert f"{len(PUBLISHED) - 1} of {len(PUBLISHED)} figures" in parity_verdict(parity)


def test_the_report_has_a_row_for_every_figure_and_says_equal_only_where_it_is():
    text = parity_report(parity_of(BOOKS | {("sgd", "recall"): 0.65}), TITLES, (COUNTS,))
    lines = [line for line in text.splitlines() if line.startswith("| ") and "figure" not in line]
    assert len(lines) == len(PUBLISHED)
    assert [line for line in lines if not line.endswith("| equal |")] == [
        line for line in lines if "0.6500000000000000" in line
    ]


@given(st.integers(0, 1000))
def test_the_share_is_that_of_counting_one_by_one(seed):
    rng = np.random.default_rng(seed)
    probabilities = rng.integers(0, 11, 50) / 10
    y_true = rng.random(50) < 0.5
    inside = [bool(y) for y, p in zip(y_true, probabilities, strict=True) if 0.2 < p < 0.7]
    n, share = positive_share(y_true, probabilities, low=0.2, high=0.7)
    assert (n, share) == (len(inside), sum(inside) / len(inside))
    every, positive = counts_by_hundredths(y_true, probabilities)
    assert len(every) == len(positive) == 101
    for place in range(101):
        here = np.isclose(probabilities, place / 100)
        assert (every[place], positive[place]) == (here.sum(), (here & y_true).sum())


def test_a_range_without_a_sample_is_refused():
    with pytest.raises(DataError, match=r"0\.5 and 0\.6; none of 2 samples"):
        positive_share(np.array([True, False]), np.array([0.5, 0.6]), low=0.5, high=0.6)


def test_every_fraction_is_drawn_twice_and_at_its_value():
    parity = parity_of(BOOKS)
    figure = parity_figure(parity, TITLES)
    for gid in ("book", "ours"):
        points = figure.findobj(lambda artist, gid=gid: artist.get_gid() == gid)
        expected = [row.ours for row in parity.rows if is_fraction(row)]
        assert [point.get_xdata()[0] for point in points] == expected


def test_the_shares_are_drawn_at_their_probabilities():
    points = drawn(probability_figure(COUNTS), "shares").get_offsets()
    assert points[:, 0].tolist() == [i / 100 for i in range(101)]
    assert points[:, 1].tolist() == [0.0] * 51 + [1.0] * 50


@pytest.mark.parametrize(
    "draw",
    [
        lambda: parity_figure(parity_of(BOOKS), TITLES),
        lambda: parity_figure(parity_of({}), TITLES[:1]),
        lambda: probability_figure(COUNTS),
    ],
)
def test_every_figure_becomes_a_small_png(draw, tmp_path):
    content = figure_png(draw())
    (tmp_path / "figure.png").write_bytes(content)
    assert len(content) <= MAX_PICTURE_BYTES
    with Image.open(tmp_path / "figure.png") as picture:
        assert picture.width > 100
