"""Thresholds of every class, checked by trying every score."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifacts.reports.every_class import every_class_report
from engine.store.objects import save_array
from tasks.models.folds import validation_folds
from tasks.models.records import CandidateSpec, OutOfFold
from tasks.selection.every_class import cheapest_point, class_point, measure_every_class
from tasks.selection.records import EveryClass
from tasks.selection.threshold import select_threshold

SPEC = CandidateSpec(
    name="sgd",
    title="SGD",
    builder="sgd",
    parameters=(),
    response_method="decision_function",
    default_threshold=0.0,
)


@given(st.integers(0, 10_000), st.sampled_from([0.1, 1.0, 7.0]), st.sampled_from([0.5, 1.0, 20.0]))
def test_no_threshold_costs_less_than_the_cheapest(seed, cost_false_alarm, cost_miss):
    rng = np.random.default_rng(seed)
    y_true = rng.random(40) < 0.3
    scores = np.round(rng.normal(size=40) + y_true, 1)  # rounded: ties do occur
    point = cheapest_point(y_true, scores, cost_false_alarm=cost_false_alarm, cost_miss=cost_miss)
    costs = {
        t: cost_false_alarm * (~y_true[scores >= t]).sum() + cost_miss * y_true[scores < t].sum()
        for t in [*scores, np.inf]
    }
    assert point.cost == pytest.approx(min(costs.values()))
    asked = np.inf if point.threshold is None else point.threshold
    assert costs[asked] == pytest.approx(point.cost)
    assert point.false_alarms == (~y_true[scores >= asked]).sum()
    assert point.misses == y_true[scores < asked].sum()


def test_dear_false_alarms_silence_the_alarm_and_dear_misses_never_miss():
    y_true, scores = np.array([True, False, True, False]), np.array([0.1, 0.2, 0.3, 0.4])
    dear_alarm = cheapest_point(y_true, scores, cost_false_alarm=100, cost_miss=1)
    dear_miss = cheapest_point(y_true, scores, cost_false_alarm=1, cost_miss=100)
    assert (dear_alarm.threshold, dear_alarm.false_alarms) == (None, 0)
    assert (dear_miss.threshold, dear_miss.misses) == (0.1, 0)


def test_the_precision_of_each_fold_is_measured_at_the_one_threshold():
    y_true = np.array([True, True, False, True, False, False])
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.1, 0.2])
    folds = [np.array([0, 1, 2]), np.array([3, 4]), np.array([5])]
    point = class_point(
        y_true,
        scores,
        label=3,
        folds=folds,
        target_precision=0.75,
        cost_false_alarm=1,
        cost_miss=1,
    )
    assert (point.threshold, point.precision, point.recall) == (0.6, 0.75, 1.0)
    assert point.fold_precisions == (pytest.approx(2 / 3), 1.0, None)


def out_of_fold(labels, scores):
    """Scores of the classes 0 and 1, as a stage hands them on."""
    return OutOfFold(
        candidate=SPEC,
        classes=(0, 1),
        scores=save_array(scores),
        folds=tuple(map(save_array, validation_folds(labels, 2))),
        fold_accuracies=(1.0, 1.0),
        fit_seconds=(0.1, 0.1),
        n_train=len(labels) // 2,
        warnings=(),
    )


def two_classes():
    rng = np.random.default_rng(1)
    labels = np.tile(np.array([0, 1], np.uint8), 50)
    column = rng.normal(size=100) + 2 * labels
    return labels, np.column_stack([-column, column])


def test_the_target_digit_has_the_threshold_that_its_own_stage_chooses(store):
    labels, scores = two_classes()
    of, stored = out_of_fold(labels, scores), save_array(labels)
    every = measure_every_class.fn(of, stored, 0.9, 1.0, 1.0)
    for point in every.points:
        alone = select_threshold.fn(of, stored, point.label, 0.9)
        assert (point.threshold, point.recall) == (alone.threshold, alone.recall)


def test_a_class_out_of_reach_is_named_with_its_best_precision(store):
    labels, scores = two_classes()
    scores[1, 1] = -9.0  # the lowest score of all is a 1, ...
    scores[0, 1] = 99.0  # ... the highest a 0: precision 1 is out of reach for the 1
    every = measure_every_class.fn(out_of_fold(labels, scores), save_array(labels), 1.0, 1, 1)
    unreached = every.points[1]
    assert (unreached.threshold, unreached.recall, unreached.fold_precisions) == (None, None, ())
    text = every_class_report(every, "SGD").replace("\u00a0", " ")
    assert "Left out: the 1 reaches a precision of 100 % at no threshold" in text
    assert EveryClass.model_validate_json(every.model_dump_json()) == every


def test_when_no_class_reaches_it_the_report_still_comes_out(store):
    labels, scores = two_classes()
    scores[:] = 0.0
    every = measure_every_class.fn(out_of_fold(labels, scores), save_array(labels), 0.9, 1, 1)
    text = every_class_report(every, "SGD").replace("\u00a0", " ")
    assert "**No class reaches a precision of 90 % with SGD.**" in text
