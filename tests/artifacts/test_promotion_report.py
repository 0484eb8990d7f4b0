"""The promotion report and its pictures say what the comparison holds."""

import io

import numpy as np
import pytest
from PIL import Image
from scipy.stats import binomtest

from artifacts.figures.champion import N_SHOWN, both_scores_figure, changed_images_figure
from artifacts.figures.style import BLUE, MAX_PICTURE_BYTES, figure_png
from artifacts.reports.champion import (
    outcome_in_words,
    precision_in_words,
    promotion_report,
    sentence,
)
from tasks.champion.records import Decision
from tasks.data.records import LabelledImages
from tests.artifacts.test_figures import drawn
from tests.artifacts.test_reports import plain
from tests.support.records.promotions import CHALLENGER, CHAMPION, COMPARISON, a_promotion
from tests.support.records.scores import EVALUATION, score

TIED = a_promotion("statistically tied, champion kept")


def test_both_models_stand_side_by_side_with_their_intervals():
    text = plain(promotion_report(TIED))
    assert "champion since 2026-01-01 02:15 | this run" in text
    assert "98.00 % (97.00 % to 99.00 %) | 98.50 % (97.50 % to 99.50 %)" in text


def test_the_p_value_is_said_as_nights_out_of_a_number_of_nights():
    """Seven to one, both ways: 2 * (1 + 8) of 256 sequences of 8 coins."""
    assert binomtest(1, 8).pvalue == pytest.approx(18 / 256)
    text = plain(promotion_report(TIED))
    assert "7 are newly right and 1 newly wrong" in text
    assert "on 1 of 14 nights" in text
    assert "not taken for a difference" in text
    real = COMPARISON.model_copy(update={"p_value": 0.004})
    text = plain(promotion_report(a_promotion("promoted", comparison=real)))
    assert "on 1 of 250 nights" in text
    assert "taken for a real difference" in text
    coin = COMPARISON.model_copy(update={"p_value": 1.0})
    assert "on 100 of 100 nights" in promotion_report(
        a_promotion("statistically tied, champion kept", comparison=coin)
    )


def test_two_models_right_on_the_same_images_are_not_called_uneven():
    same = COMPARISON.model_copy(
        update={"newly_right": (), "newly_wrong": (), "both_right": 98, "p_value": 1.0}
    )
    text = promotion_report(a_promotion("statistically tied, champion kept", comparison=same))
    assert "no difference between the two shows" in text


@pytest.mark.parametrize(
    ("precision", "word"),
    [
        (0.93, "it gives the asked precision"),
        (0.895, "no more than chance"),
        (0.85, "no longer gives"),
    ],
)
def test_the_frozen_threshold_is_held_to_the_precision_it_was_chosen_for(precision, word):
    assert word in precision_in_words(score(precision), 0.9)


def test_the_champions_threshold_is_read_on_the_new_scores_where_that_means_something():
    read = COMPARISON.model_copy(update={"champions_threshold": EVALUATION.binary})
    text = plain(promotion_report(a_promotion("promoted", comparison=read)))
    assert "read on this run's scores gives precision 88.00 % (87.00 % to 89.00 %)" in text
    assert "means nothing on the scores" in promotion_report(TIED)


def test_a_first_champion_stands_alone():
    text = promotion_report(a_promotion("first champion", champion=None, comparison=None))
    assert "champion since" not in text
    assert "The champion is `b`" in text


def test_a_champion_that_was_kept_is_the_one_named():
    assert "The champion is `a`" in promotion_report(TIED)


def test_scores_on_other_test_images_are_said_to_be_no_comparison():
    images = CHAMPION.test.images.model_copy(update={"sha256": "f" * 64})
    other = CHAMPION.model_copy(
        update={"test": LabelledImages.model_construct(rows=images, labels=images)}
    )
    text = promotion_report(a_promotion("refused", champion=other, comparison=None))
    assert "say nothing about which model is better" in text


def test_a_champion_that_cannot_be_read_is_not_said_to_be_none():
    reason = "The champion in champion.json cannot be used and stays as it is."
    broken = a_promotion("refused", champion=None, comparison=None).model_copy(
        update={"decision": Decision(outcome="refused", reason=reason)}
    )
    text = promotion_report(broken)
    assert text.startswith(f"**Refused: {reason}**")
    assert "The champion is `" not in text


def test_a_run_is_named_by_what_became_of_its_winner():
    assert outcome_in_words(TIED) == "tied, champion kept"
    same = a_promotion("statistically tied, champion kept", challenger=CHAMPION, comparison=None)
    assert outcome_in_words(same) == "unchanged"
    assert sentence(TIED) == "Statistically tied, champion kept: The reason."


def test_each_models_scores_are_drawn_where_they_are():
    figure = both_scores_figure(CHAMPION.evaluation, CHALLENGER.evaluation)
    for name, model in (("champion", CHAMPION), ("this-run", CHALLENGER)):
        points = drawn(figure, f"scores-{name}").get_xdata()
        assert points[0] == model.evaluation.accuracy.value


@pytest.mark.parametrize("n", [0, 1, N_SHOWN + 5])
def test_images_that_changed_are_drawn_up_to_a_page_and_named_by_both_classes(n):
    images = np.random.default_rng(0).integers(0, 256, (n, 28, 28), dtype=np.uint8)
    figure = changed_images_figure(
        images,
        np.full(n, 4),
        np.full(n, 9),
        colour=BLUE,
        wording="{true}, was {said}",
    )
    headings = figure.findobj(lambda artist: artist.get_gid() == "heading")
    assert [each.get_text() for each in headings] == ["4, was 9"] * min(n, N_SHOWN)
    content = figure_png(figure)
    assert len(content) <= MAX_PICTURE_BYTES
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.width > 100
