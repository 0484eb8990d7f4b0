"""A step that is named wrongly is told with the names that are nearest."""

import re

import pytest

from engine.errors import UsageError
from engine.run.selection import Selection
from engine.run.workflow import Workflow
from tests.support.toy_steps import declare


def steps():
    step = Workflow()
    declare(step)
    return step.steps


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("cuont", "count"), ("duoble", "double"), ("count teh words", "count the words")],
)
def test_a_misspelt_name_gives_the_nearest_first_and_then_all(name, nearest):
    with pytest.raises(UsageError) as refused:
        Selection(only=name).of(steps())
    text = str(refused.value)
    assert text.startswith(f"Asked for the step '{name}'; the nearest are: {nearest}")
    assert text.index("the nearest are") < text.index("the names are: count, double, bar.")


def test_a_name_like_no_other_gives_the_list_alone():
    with pytest.raises(UsageError, match=re.escape("'zzz'; the names are: count, double, bar.")):
        Selection(from_step="zzz").of(steps())
