"""Drift: each statistic against an independent computation, and what the report says of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from artifacts.figures.drift import distributions_figure, mean_pictures_figure
from artifacts.figures.style import MAX_PICTURE_BYTES, figure_png
from artifacts.reports.monitoring.drift import drift_report
from tasks.monitoring.drift import (
    ROWS_AT_ONCE,
    compare_training_sets,
    inks,
    pixel_moments,
    stability_index,
    standardised_difference,
)
from tests.artifacts.test_figures import drawn
from tests.artifacts.test_reports import plain


def some_set(n=4000, *, seed=0, shift=0, shares=None):
    """Noisy images whose ink is about normal, and labels of four classes."""
    rng = np.random.default_rng(seed)
    images = np.clip(rng.normal(100 + shift, 30, (n, 6, 6)), 0, 255).astype(np.uint8)
    return images, rng.choice(4, n, p=shares)


def over(drift):
    return {each.name for each in drift.over}


@given(st.integers(0, 1000))
def test_the_stability_index_is_both_relative_entropies_together(seed):
    """Kullback-Leibler there and back, by scipy."""
    p, q = (np.random.default_rng(seed + i).dirichlet(np.ones(5) * 5) for i in (0, 1))
    assert stability_index(p, q) == pytest.approx(entropy(p, q) + entropy(q, p), abs=1e-3)


def test_the_stability_index_of_a_worked_example():
    """(0.6 - 0.5) ln(0.6 / 0.5) + (0.4 - 0.5) ln(0.4 / 0.5)."""
    found = stability_index(np.array([0.5, 0.5]), np.array([0.6, 0.4]))
    assert found == pytest.approx(0.1 * np.log(0.6 / 0.5) - 0.1 * np.log(0.4 / 0.5))


def test_a_class_that_vanished_is_over_every_limit_and_finite():
    assert 0.1 < stability_index(np.array([0.5, 0.5]), np.array([1.0, 0.0])) < 10


def test_one_standard_deviation_apart_is_one():
    rng = np.random.default_rng(0)
    before, now = rng.normal(50, 10, 100_000), rng.normal(60, 10, 100_000)
    assert standardised_difference(before, now) == pytest.approx(1, abs=0.02)
    assert standardised_difference(np.ones(3), np.ones(3)) == 0
    assert standardised_difference(np.ones(3), np.ones(3) * 2) == float("inf")


def test_moments_in_parts_are_numpys_of_the_whole():
    images, _ = some_set(ROWS_AT_ONCE + 7)
    found = pixel_moments(images)
    assert found.mean == pytest.approx(images.mean(axis=0))
    assert found.std == pytest.approx(images.std(axis=0))


def test_two_samples_of_one_population_do_not_drift():
    drift = compare_training_sets(*some_set(seed=0), *some_set(seed=1))
    assert over(drift) == set()
    assert drift.outside == pytest.approx(0.01, abs=0.006)  # what a 99 % interval leaves outside


def test_other_shares_of_the_classes_are_only_that():
    tilted = some_set(seed=1, shares=[0.55, 0.15, 0.15, 0.15])
    assert over(compare_training_sets(*some_set(), *tilted)) == {"class balance"}


def test_darker_images_are_seen_by_ink_picture_and_range():
    drift = compare_training_sets(*some_set(), *some_set(seed=1, shift=20))
    assert over(drift) == {"mean ink", "mean picture", "out of range"}


def test_the_same_ink_at_another_place_is_seen_by_the_picture_alone():
    images, labels = some_set()
    images[:, :3] //= 2
    drift = compare_training_sets(images, labels, images[:, ::-1], labels)
    assert over(drift) == {"mean picture"}


def test_a_few_very_dark_images_are_out_of_range():
    images, labels = some_set()
    now = images.copy()
    now[::30] = 255
    drift = compare_training_sets(images, labels, now, labels)
    assert "out of range" in over(drift)
    assert drift.outside == pytest.approx(1 / 30 + 0.01, abs=0.003)


def test_the_report_names_what_drifted_each_limit_and_its_reason():
    drift = compare_training_sets(*some_set(), *some_set(seed=1, shift=20))
    text = plain(drift_report(drift, "2026-01-01T02:15:00+01:00"))
    assert "has drifted: mean ink, mean picture, out of range" in text
    assert "champion of 2026-01-01 02:15" in text
    assert "| class balance | population stability index |" in text
    for author in ("Siddiqi", "Cohen", "Austin"):
        assert author in text
    calm = compare_training_sets(*some_set(), *some_set(seed=1))
    assert "**No drift**" in drift_report(calm, "2026-01-01T02:15:00+01:00")


def test_the_pictures_show_the_difference_the_shares_and_the_range():
    before, now = some_set(), some_set(seed=1, shift=20)
    drift = compare_training_sets(*before, *now)
    means = [pixel_moments(images).mean for images, _ in (before, now)]
    figure = mean_pictures_figure(*means)
    shown = np.asarray(drawn(figure, "difference").get_array())
    assert shown == pytest.approx(means[1] - means[0])
    both = distributions_figure(
        drift, inks(before[0]), inks(now[0]), names=tuple(map(str, drift.classes))
    )
    lines = both.findobj(lambda artist: artist.get_gid() == "reference")
    assert [line.get_xdata()[0] for line in lines] == list(drift.ink_range)
    for each in (figure, both):
        assert len(figure_png(each)) <= MAX_PICTURE_BYTES


def test_one_blank_image_in_each_set_is_no_error():
    blank = np.zeros((1, 4, 4), np.uint8), np.zeros(1, np.uint8)
    drift = compare_training_sets(*blank, *blank)
    assert over(drift) == set()
    figure_png(
        distributions_figure(
            drift, inks(blank[0]), inks(blank[0]), names=tuple(map(str, drift.classes))
        )
    )
