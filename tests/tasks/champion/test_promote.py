"""Promotion: who replaces whom, and what is compared."""

from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.store.objects import save_array
from tasks.champion.promote import compare_predictions, decide
from tasks.champion.records import Champion, Comparison
from tasks.data.records import LabelledImages
from tests.support.records.champions import fitted_champion


@pytest.fixture
def champion(store) -> Champion:
    return fitted_champion("2026-01-01")


@pytest.fixture
def challenger(store) -> Champion:
    return fitted_champion("2026-01-02", n_train=300)


def compared(*, right: int, wrong: int, p_value: float) -> Comparison:
    return Comparison(
        n_test=400,
        both_right=400 - right - wrong,
        neither_right=0,
        p_value=p_value,
        newly_right=tuple(range(right)),
        newly_wrong=tuple(range(right, right + wrong)),
        champions_threshold=None,
    )


@given(st.integers(0, 10_000))
def test_the_p_value_is_that_of_counting_every_sequence_of_coins(seed):
    """The exact test by brute force: as far from half, or further, among all coin sequences."""
    rng = np.random.default_rng(seed)
    y_true, champion, challenger = (rng.integers(0, 3, 12) for _ in range(3))
    found = compare_predictions(y_true, champion, challenger, rng.random(12))
    newly_right = sum(c == y != b for y, b, c in zip(y_true, champion, challenger, strict=True))
    newly_wrong = sum(b == y != c for y, b, c in zip(y_true, champion, challenger, strict=True))
    assert (len(found.newly_right), len(found.newly_wrong)) == (newly_right, newly_wrong)
    n = newly_right + newly_wrong
    far = abs(newly_right - n / 2)
    sequences = [sum(coins) for coins in product((0, 1), repeat=n)]
    expected = sum(abs(heads - n / 2) >= far for heads in sequences) / len(sequences)
    assert found.p_value == pytest.approx(expected)


def test_every_image_is_counted_once_and_the_surest_stand_first():
    y_true = np.array([1, 1, 1, 1, 1])
    found = compare_predictions(
        y_true,
        np.array([0, 0, 1, 1, 0]),
        np.array([1, 1, 0, 1, 0]),
        np.array([0.1, 0.9, 0.5, 0.3, 0.2]),
    )
    assert found.newly_right == (1, 0)
    assert found.newly_wrong == (2,)
    assert (found.both_right, found.neither_right) == (1, 1)
    assert found.p_value == pytest.approx(2 * (comb(3, 0) + comb(3, 1)) / 2**3)


def test_without_a_champion_a_model_that_meets_the_goal_becomes_the_first(challenger):
    same = compared(right=0, wrong=0, p_value=1.0)
    assert decide(challenger, None, same).outcome == "first champion"


@pytest.mark.parametrize(
    ("counts", "outcome"),
    [
        ((20, 2, 0.0001), "promoted"),
        ((2, 20, 0.0001), "worse, champion kept"),
        ((9, 3, 0.146), "statistically tied, champion kept"),
        ((3, 9, 0.146), "statistically tied, champion kept"),
    ],
)
def test_only_what_is_better_by_more_than_chance_is_promoted(champion, challenger, counts, outcome):
    right, wrong, p_value = counts
    found = decide(challenger, champion, compared(right=right, wrong=wrong, p_value=p_value))
    assert found.outcome == outcome
    assert found.moves == (outcome == "promoted")
    assert f"{right} test images are newly right and {wrong} newly wrong" in found.reason


BETTER = compared(right=20, wrong=0, p_value=1e-6)


def test_other_test_images_are_refused_however_good_the_scores(champion, challenger):
    labels = save_array(np.zeros(400, np.uint8))
    other = challenger.model_copy(
        update={"test": LabelledImages(images=challenger.test.images, labels=labels)}
    )
    found = decide(other, champion, BETTER)
    assert found.outcome == "refused"
    old, new = champion.test.labels.sha256[:12], labels.sha256[:12]
    assert f"The test labels of digits are others (sha256 {new}...)" in found.reason
    assert f"its champion was judged on ({old}...)" in found.reason
    assert "retire --dataset digits" in found.reason


def test_more_training_images_are_no_reason_to_refuse(champion, challenger):
    """Only the test images must be the same: the training set is meant to grow."""
    grown = challenger.model_copy(update={"content_sha256": "f" * 64})
    assert decide(grown, champion, BETTER).outcome == "promoted"


def test_a_missed_goal_is_refused_with_the_three_scores(champion, store):
    missed = fitted_champion("2026-01-02", n_train=300, goal=0.999)
    for present in (champion, None):
        found = decide(missed, present, BETTER)
        assert found.outcome == "refused"
        assert "The goal of 99.9% was missed" in found.reason


def test_fallback_images_never_become_the_champion(challenger):
    found = decide(challenger, None, BETTER, fallback_reason="No source answered.")
    assert found.outcome == "refused"
    assert "No source answered." in found.reason


def test_a_champion_of_another_scikit_learn_is_kept_and_both_versions_are_named(
    champion, challenger
):
    old = champion.model_copy(update={"libraries": {"scikit-learn": "0.24.2"}})
    found = decide(challenger, old, BETTER)
    assert found.outcome == "refused"
    assert "made by scikit-learn 0.24.2" in found.reason
    assert challenger.libraries["scikit-learn"] in found.reason


def test_a_model_that_was_rolled_back_does_not_come_back_by_itself(champion, challenger):
    found = decide(challenger, champion, BETTER, taken_back=frozenset({challenger.model_sha256}))
    assert found.outcome == "refused"
    assert "rolled back by hand" in found.reason


def test_a_run_with_nothing_new_says_so_even_if_its_goal_is_higher_now(champion, store):
    again = fitted_champion("2026-01-02", goal=0.9999)
    found = decide(again, champion, compared(right=0, wrong=0, p_value=1.0))
    assert found.outcome == "statistically tied, champion kept"
    assert found.reason.startswith("Same model as the champion")


def test_the_same_model_at_another_threshold_says_what_the_champion_keeps(champion):
    choice = champion.choice.model_copy(update={"threshold": 1.5})
    again = champion.model_copy(update={"choice": choice})
    found = decide(again, champion, compared(right=0, wrong=0, p_value=1.0))
    assert "threshold 1.5" in found.reason
    assert "keeps the 5 at 0" in found.reason
