"""Risk, coverage and reliability against counting by hand and against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss

from artifacts.figures.confidence import RiskBand, reliability_figure, risk_figure
from artifacts.reports.confidence import confidence_report
from engine.store.objects import load_array, save_array
from tasks.evaluation.calibration import brier_score, calibrated, reliability_bins
from tasks.evaluation.confidence import (
    coverage_points,
    leads,
    measure_confidence,
    risk_area,
    risk_curve,
)
from tests.tasks.selection.test_every_class import SPEC, out_of_fold, two_classes


@given(st.integers(0, 10_000))
def test_the_risk_at_a_lead_is_the_error_rate_of_all_that_lead_by_as_much(seed):
    rng = np.random.default_rng(seed)
    lead, right = np.round(rng.random(30), 1), rng.random(30) < 0.8
    curve = risk_curve(lead, right)
    assert curve.coverage[-1] == 1
    assert list(curve.lead) == sorted(set(lead), reverse=True)
    for asked, coverage, risk in zip(curve.lead, curve.coverage, curve.risk, strict=True):
        assert coverage == pytest.approx((lead >= asked).mean())
        assert risk == pytest.approx((~right[lead >= asked]).mean())


def test_the_lead_is_the_first_minus_the_second_of_each_row():
    scores = np.array([[0.1, 0.7, 0.2], [3.0, -1.0, 2.5]])
    assert leads(scores) == pytest.approx([0.5, 0.5])


def test_the_area_of_three_images_is_the_mean_of_their_three_risks():
    curve = risk_curve(np.array([3.0, 2.0, 1.0]), np.array([True, False, True]))
    assert risk_area(curve) == pytest.approx((0 + 1 / 2 + 1 / 3) / 3)


def test_coverages_are_at_least_those_asked_for_and_equal_leads_stay_together():
    lead = np.repeat([5.0, 4.0, 3.0, 2.0], 25)
    points = coverage_points(risk_curve(lead, np.ones(100, bool)))
    assert [each.coverage for each in points] == [1.0, 0.5]


def test_two_classes_have_twice_scikit_learns_binary_brier_score():
    rng = np.random.default_rng(0)
    y_true, p = rng.random(50) < 0.4, rng.random(50)
    score = brier_score(np.column_stack([1 - p, p]), np.column_stack([~y_true, y_true]))
    assert score.value == pytest.approx(2 * brier_score_loss(y_true, p))
    assert score.low < score.value < score.high


def test_probabilities_that_keep_their_word_lie_within_their_bins_intervals():
    """Right with exactly the said probability: nine of ten intervals at least must cover it."""
    rng = np.random.default_rng(3)
    p = rng.random(20_000)
    bins = reliability_bins(p, rng.random(20_000) < p)
    assert sum(each.n_images for each in bins) == 20_000
    assert sum(b.accuracy.low <= b.mean_probability <= b.accuracy.high for b in bins) >= 9


def test_a_probability_of_one_falls_into_the_last_bin():
    (only,) = reliability_bins(np.ones(3), np.ones(3, bool))
    assert (only.low, only.high, only.n_images) == (pytest.approx(0.9), 1.0, 3)


def test_calibration_is_isotonic_one_class_against_the_rest_and_rows_sum_to_one():
    labels, scores = two_classes()
    found = calibrated(scores, labels, scores, (0, 1))
    one = IsotonicRegression(out_of_bounds="clip").fit(scores[:, 1], labels == 1)
    # with two classes whose scores mirror each other the two columns already sum to 1
    assert found[:, 1] == pytest.approx(one.predict(scores[:, 1]))
    assert found.sum(axis=1) == pytest.approx(np.ones(100))


def test_of_no_scores_come_no_probabilities():
    scores, labels = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 1])
    assert calibrated(scores, labels, scores[:0], (0, 1)).shape == (0, 2)


def test_calibration_never_reads_a_test_label(store):
    """The same probabilities, whatever the test labels are."""
    labels, scores = two_classes()
    of, train, kept = out_of_fold(labels, scores), save_array(labels), save_array(scores)
    first = measure_confidence.fn(SPEC, of, train, kept, train)
    other = measure_confidence.fn(SPEC, of, train, kept, save_array(1 - labels))
    assert first.probabilities == other.probabilities
    assert first.coverages != other.coverages
    assert load_array(first.probabilities).shape == (100, 2)


def plain(text):
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize("method", ["decision_function", "predict_proba"])
def test_the_report_says_what_is_left_out_for_scores_that_are_no_probabilities(store, method):
    labels, scores = two_classes()
    if method == "predict_proba":
        scores = calibrated(scores, labels, scores, (0, 1))
    spec = SPEC.model_copy(update={"response_method": method})
    of, train, kept = out_of_fold(labels, scores), save_array(labels), save_array(scores)
    confidence = measure_confidence.fn(spec, of, train, kept, train)
    text = plain(confidence_report(confidence, "SGD"))
    is_left_out = "Left out: SGD gives scores of a decision function" in text
    assert is_left_out == (method == "decision_function")
    assert len(confidence.reliabilities) == (1 if is_left_out else 2)
    assert "would catch" in text


def test_no_error_and_equal_leads_are_said(store):
    labels = np.tile(np.array([0, 1], np.uint8), 10)
    scores = np.column_stack([labels == 0, labels == 1]).astype(float)
    of, train, kept = out_of_fold(labels, scores), save_array(labels), save_array(scores)
    sure = measure_confidence.fn(SPEC, of, train, kept, train)
    assert "right on every test image" in confidence_report(sure, "SGD")
    wrong = measure_confidence.fn(SPEC, of, train, kept, save_array(1 - labels))
    assert "equally confident of every image" in confidence_report(wrong, "SGD")


def test_the_words_beside_points_that_lie_close_do_not_cover_each_other(store):
    labels, scores = two_classes()
    of, train, kept = out_of_fold(labels, scores), save_array(labels), save_array(scores)
    confidence = measure_confidence.fn(SPEC, of, train, kept, train)
    whole, point = confidence.coverages[:2]
    close = [
        point.model_copy(update={"coverage": c, "n_answered": int(2000 * c), "n_errors": n})
        for c, n in ((0.98, 15), (0.97, 14), (0.8, 3))
    ]
    ends = np.array([0.5, 1.0])
    band = RiskBand(ends, 0.01 * ends, 0.01 * ends, 0.02 * ends)
    figure = risk_figure(band, confidence.model_copy(update={"coverages": (whole, *close)}))
    words = figure.findobj(lambda a: a.get_gid() == "errors-left")
    assert [each.get_text() for each in words] == ["15 left", "3 left"]


def test_the_figures_draw_the_records_values(store):
    labels, scores = two_classes()
    of, train, kept = out_of_fold(labels, scores), save_array(labels), save_array(scores)
    confidence = measure_confidence.fn(SPEC, of, train, kept, train)
    curve = risk_curve(leads(scores), scores.argmax(axis=1) == labels)
    band = RiskBand(curve.coverage, curve.risk, curve.risk, curve.risk)
    points = risk_figure(band, confidence).findobj(lambda a: a.get_gid() == "coverage-point")
    assert [p.get_xdata()[0] for p in points] == [c.coverage for c in confidence.coverages[1:]]
    (line,) = reliability_figure(confidence.reliabilities).findobj(
        lambda a: a.get_gid() == "reliability-0"
    )
    bins = confidence.reliabilities[0].bins
    assert list(line.get_ydata()) == [b.accuracy.value for b in bins]
