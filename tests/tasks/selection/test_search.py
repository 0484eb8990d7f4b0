"""The search for settings: what is tried, and how it is compared with the chosen ones."""

import numpy as np
import pytest
from scipy.stats import binom

from artifacts.reports.search import search_figure, search_report
from engine.errors import PlainError
from engine.store.objects import save_array
from tasks.models.candidates import CANDIDATES, settings_to_search
from tasks.selection.search import compare_settings, variants
from tests.tasks.selection.test_compare import out_of_fold


def test_each_variant_differs_from_the_chosen_settings_in_its_one_parameter():
    spec = CANDIDATES["hog_sgd"]
    chosen = dict(spec.parameters)
    tried = variants(spec, settings_to_search(spec))
    for each in tried:
        moved = {k: v for k, v in each.spec.parameters if chosen[k] != v}
        assert moved == ({} if each.spec == spec else {each.parameter: each.value})


@pytest.mark.parametrize("name", ["random_forest", "hog_sgd", "signed_hog_sgd"])
def test_the_chosen_value_is_among_those_of_every_parameter(name):
    spec = CANDIDATES[name]
    tried = variants(spec, settings_to_search(spec))
    for parameter, _ in settings_to_search(spec):
        assert [e.spec == spec for e in tried if e.parameter == parameter].count(True) == 1


def test_a_chosen_value_that_the_grid_forgot_is_tried_too():
    tried = variants(CANDIDATES["hog_sgd"], (("gamma", (1.0,)),))
    assert [each.value for each in tried] == [1.0, 0.03]


def test_a_candidate_without_settings_says_which_have_some():
    with pytest.raises(PlainError, match="random_forest,hog_sgd,signed_hog_sgd"):
        settings_to_search(CANDIDATES["sgd"])


@pytest.fixture
def found(store):
    """Ten images: the chosen setting errs on the last five, the other one on the first."""
    labels = np.array([0, 1] * 5, dtype=np.uint8)
    right = np.eye(2)[labels]
    chosen, other = right.copy(), right.copy()
    chosen[5:] = 1 - chosen[5:]
    other[0] = 1 - other[0]
    a = out_of_fold("hog_sgd", chosen, (0.6, 0.4), (1.0, 1.0))
    b = out_of_fold("hog_sgd", other, (0.8, 1.0), (2.0, 2.0))
    b = b.model_copy(
        update={"candidate": b.candidate.model_copy(update={"title": "another gamma"})}
    )
    values = (("gamma", 0.03), ("gamma", 0.06))
    return compare_settings.fn(a, (a, b), values, save_array(labels))


def test_settings_are_compared_on_the_images_that_only_one_of_them_has_right(found):
    chosen, other = found.scores
    assert chosen.is_chosen
    assert not other.is_chosen
    assert (other.only_this_right, other.only_chosen_right) == (5, 1)
    assert other.p_value == pytest.approx(2 * binom.cdf(1, 6, 0.5))
    assert chosen.p_value == 1.0


def test_the_report_gives_every_setting_a_row_and_the_figure_every_fold_a_point(found):
    text = search_report(found)
    assert "| gamma | **0.03** |" in text
    assert "| 5 : 1 | 0.22 |" in text
    (line,) = search_figure(found).findobj(lambda a: a.get_gid() == "errors-gamma-0.06")
    assert line.get_ydata() == pytest.approx([20.0, 0.0])
