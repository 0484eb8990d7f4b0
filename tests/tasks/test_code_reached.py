"""A field added to a record of one topic makes no task of an earlier topic run again."""

import pytest

from engine.cache.code import code_digests

LATER = {
    "tasks.models.cross_validate": {
        "selection",
        "evaluation",
        "evidence",
        "champion",
        "monitoring",
    },
    "tasks.models.refit": {"selection", "evaluation", "evidence", "champion", "monitoring"},
    "tasks.selection.compare": {"evaluation", "evidence", "champion", "monitoring"},
    "tasks.selection.threshold": {"evaluation", "evidence", "champion", "monitoring"},
    "tasks.selection.ten_classes": {"evaluation", "evidence", "champion", "monitoring"},
    "tasks.evaluation.evaluate": {"evidence", "champion", "monitoring"},
    "tasks.evidence.mistakes": {"champion", "monitoring"},
}


@pytest.mark.parametrize("module", LATER)
def test_a_task_reaches_no_record_of_a_later_topic(module):
    topics = {name.split(".")[1] for name in code_digests(module) if name.startswith("tasks.")}
    assert module.split(".")[1] in topics
    assert topics.isdisjoint(LATER[module])
