"""What a test set can tell apart, against trying every case and against drawing test sets."""

from collections import Counter

import numpy as np
import pytest

from tasks.evaluation.resolution import (
    POWER,
    detectable,
    detectable_difference,
    fewest_disagreements,
    measure_resolution,
    most_losses,
    power,
    smallest_significant,
)
from tasks.selection.compare import mcnemar_exact


@pytest.mark.parametrize("n", [0, 1, 5, 6, 7, 8, 9, 20, 37, 100])
def test_the_smallest_significant_lead_is_found_by_trying_every_split(n):
    leads = [n - 2 * m for m in range(n // 2 + 1) if mcnemar_exact(m, n - m) < 0.05]
    assert smallest_significant(n) == (min(leads) if leads else None)
    assert most_losses(np.array([n]))[0] == (max((n - x) // 2 for x in leads) if leads else -1)


def test_five_wins_out_of_five_are_chance_and_six_out_of_six_are_not():
    """A fair coin falls on one side five times with 2 / 32 = 6.3 %, six times with 3.1 %."""
    assert 2 / 2 ** (fewest_disagreements() - 1) > 0.05 > 2 / 2 ** fewest_disagreements()


def test_power_is_the_share_of_drawn_test_sets_that_are_significant():
    """10,000 test sets of 300 images; their share is within 0.02 of the truth, four sigmas."""
    n, disagreement, difference = 300, 0.1, 0.05
    rng = np.random.default_rng(0)
    chances = [(disagreement + difference) / 2, (disagreement - difference) / 2, 1 - disagreement]
    wins, losses, _ = rng.multinomial(n, chances, size=10_000).T
    splits = Counter(zip(wins.tolist(), losses.tolist(), strict=True))
    significant = sum(count for split, count in splits.items() if mcnemar_exact(*split) < 0.05)
    drawn = significant / 10_000
    assert power(n, disagreement, difference) == pytest.approx(drawn, abs=0.02)


def test_without_a_difference_the_test_errs_in_less_than_5_percent():
    assert 0.02 < power(10_000, 0.02, 0.0) < 0.05
    assert power(10_000, 0.0, 0.0) == 0.0


def test_the_detectable_difference_is_where_the_power_crosses_80_percent():
    for n, disagreement in ((1000, 0.05), (10_000, 0.0122)):
        found = detectable_difference(n, disagreement)
        assert power(n, disagreement, found) == pytest.approx(POWER, abs=1e-3)
        assert power(n, disagreement, 0.8 * found) < POWER - 0.05


def test_a_power_of_80_percent_needs_about_what_the_book_formula_says():
    """Miettinen's normal approximation for paired proportions, 1968, as in Connor 1987."""
    n, disagreement = 10_000, 0.02
    found = detectable_difference(n, disagreement)
    needed = (1.96 * disagreement**0.5 + 0.8416 * (disagreement - found**2) ** 0.5) ** 2 / found**2
    assert needed == pytest.approx(n, rel=0.05)  # exact tests need a little more


def test_larger_test_sets_and_fewer_disagreements_show_smaller_differences():
    by_size = [detectable_difference(n, 0.05) for n in (500, 2000, 8000)]
    assert by_size == sorted(by_size, reverse=True)
    by_disagreement = [detectable_difference(10_000, share) for share in (0.01, 0.05, 0.2)]
    assert by_disagreement == sorted(by_disagreement)


def test_five_disagreements_cannot_show_anything():
    found = detectable("unlike", 100, 0.05)
    assert (found.smallest_significant, found.detectable) == (None, None)


def test_a_rival_disagrees_as_often_as_out_of_fold_or_on_all_mistakes_of_both():
    confusion = ((490, 10), (20, 480))
    found = measure_resolution.fn(confusion, 40, 20, 1200)
    assert [(r.why, r.disagreement) for r in found.rivals] == [
        ("runner-up", 0.05),
        ("unlike", 0.06),
    ]
    assert found.n_images == 1000
    alone = measure_resolution.fn(confusion, None, None, 1200)
    assert alone.rivals == found.rivals[1:]


def test_a_perfect_score_leaves_nothing_to_disagree_on():
    (rival,) = measure_resolution.fn(((5, 0), (0, 5)), None, None, 10).rivals
    assert (rival.disagreement, rival.detectable) == (0.0, None)
