"""Steps that may fail, without a server: the toy's tasks hold back as Prefect's do."""

import pytest

from engine.run.display import PlainLines
from engine.run.steps import Steps
from engine.run.workflow import Workflow
from tests.support.toy_steps import BAR, COUNT


def declared(*, is_tolerated):
    step = Workflow()
    number = step("count", COUNT, "b a c")
    bar = step.tolerating(ValueError, when=is_tolerated)("bar", BAR, number, "refused")
    return step, step("words of it", COUNT, step.value(str, bar))


def test_a_tolerated_failure_is_the_result_that_the_next_step_takes(store):
    step, words = declared(is_tolerated=True)
    said = []
    steps = Steps(step.steps, display=PlainLines(said.append))
    steps.run()
    assert steps.value(words) == 3  # "a refused sign"
    told = [line.removeprefix("[ 2/3] bar: ") for line in said[1:3]]
    assert told[0].startswith("stopped after ")
    assert told[1] == "none: a refused sign"


def test_a_failure_that_is_not_tolerated_ends_the_run_at_its_step(store):
    step, _ = declared(is_tolerated=False)
    said = []
    steps = Steps(step.steps, display=PlainLines(said.append))
    with pytest.raises(ValueError, match="a refused sign"):
        steps.run()
    assert said[-1].startswith("[ 2/3] bar: stopped after ")
    assert [record.label for record in steps.records] == ["count"]


@pytest.mark.parametrize(("prefix", "reason"), [("", "first time"), ("mail-", "text")])
def test_steps_of_another_problem_in_the_store_are_not_what_a_step_is_compared_with(
    store, prefix, reason
):
    def reason_of(prefix, text):
        step = Workflow(prefix)
        step("count", COUNT, text)
        steps = Steps(step.steps, display=PlainLines(lambda _: None))
        steps.run()
        return steps.records[0].reason

    reason_of("mail-", "a letter")
    assert reason in reason_of(prefix, "digits of a page")
