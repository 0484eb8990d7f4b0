"""Which runs Prefect's server looks after: told by Prefect's own way of matching."""

from datetime import timedelta
from uuid import uuid4

import pytest
import yaml
from prefect.events.schemas.events import Resource

from engine.paths import ROOT
from flows.nightly.automations import closing_dead_runs, telling_of_nights

DEPLOYMENTS = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]


def is_matched(automation, tags):
    tagged = automation.trigger.match_related
    return any(
        tagged.matches(
            Resource({"prefect.resource.id": f"prefect.tag.{tag}", "prefect.resource.role": "tag"})
        )
        for tag in tags
    )


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda each: each["name"])
def test_a_dead_run_of_every_deployment_is_closed_and_the_webhook_is_told_of_nights(deployment):
    assert is_matched(closing_dead_runs(timedelta(seconds=90)), deployment["tags"])
    is_nightly = "nightly" in deployment["name"]
    for telling in telling_of_nights(uuid4()):
        assert is_matched(telling, deployment["tags"]) == is_nightly


def test_a_run_of_nobodys_deployment_is_left_alone():
    assert not is_matched(closing_dead_runs(timedelta(seconds=90)), ["somebody", "digits"])
