"""McNemar's exact test against a sum of binomial coefficients."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.store.objects import save_array
from tasks.models.candidates import CANDIDATES
from tasks.models.records import OutOfFold
from tasks.selection.compare import mcnemar_exact, rank_candidates


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_chance_of_so_uneven_a_split_of_fair_coins(first, second):
    n = first + second
    ways = [comb(n, k) for k in range(n + 1)]
    as_uneven = sum(w for w in ways if w <= ways[first])
    assert mcnemar_exact(first, second) == pytest.approx(as_uneven / 2**n)


def test_mcnemar_of_a_worked_example():
    # 1 against 7 of 8 discordant pairs: 2 * (1 + 8) / 2^8
    assert mcnemar_exact(1, 7) == pytest.approx(18 / 256)


def out_of_fold(name, scores, accuracies, seconds):
    return OutOfFold(
        candidate=CANDIDATES[name],
        classes=(0, 1),
        scores=save_array(scores),
        folds=(),
        fold_accuracies=accuracies,
        fit_seconds=seconds,
        n_train=4,
        warnings=(),
    )


def test_the_better_mean_wins_and_the_test_counts_who_alone_is_right(store):
    labels = save_array(np.array([0, 1, 0, 1], np.uint8))
    right = np.array([[1.0, 0], [0, 1], [1, 0], [0, 1]])
    half = right[:, ::-1].copy()
    half[0] = right[0]
    candidates = (
        out_of_fold("sgd", half, (0.2, 0.3), (1.0, 1.0)),
        out_of_fold("random_forest", right, (1.0, 1.0), (9.0, 9.0)),
    )
    ranking = rank_candidates.fn(candidates, labels)
    assert ranking.winner == "random_forest"
    assert (ranking.only_first_right, ranking.only_second_right) == (3, 0)
    assert ranking.p_value == pytest.approx(0.25)
    assert not ranking.is_significant


def test_of_equals_the_cheaper_fit_wins(store):
    labels = save_array(np.array([0, 1], np.uint8))
    scores = np.eye(2)
    candidates = (
        out_of_fold("random_forest", scores, (0.9, 0.9), (5.0, 5.0)),
        out_of_fold("sgd", scores, (0.9, 0.9), (1.0, 1.0)),
    )
    assert rank_candidates.fn(candidates, labels).winner == "sgd"


def test_a_single_candidate_wins_without_a_test(store):
    labels = save_array(np.array([0, 1], np.uint8))
    only = out_of_fold("sgd", np.eye(2), (0.9, 0.8), (1.0, 1.0))
    ranking = rank_candidates.fn((only,), labels)
    assert (ranking.winner, ranking.p_value) == ("sgd", None)
