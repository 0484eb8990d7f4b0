"""What Prefect's server does for the nightly run by itself, set up as often as one likes.

A run of a deployment that stops sending heartbeats is set to Crashed, and a webhook is called for
every nightly run that fails, crashes or may not replace the champion.
"""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import CallWebhook, ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

from flows.states import NOT_PROMOTED

NIGHTLY, PREDICT = "nightly", "predict"  # tags of the deployments in prefect.yaml
# a run may be dead before its first heartbeat has left its process; the server tells of Running
SIGNS_OF_LIFE = frozenset({"prefect.flow-run.Running", "prefect.flow-run.heartbeat"})
DEAD_RUNS = "digits: a nightly run without a heartbeat has crashed"
FAILED_RUNS = "digits: tell of a nightly run that failed"
UNPROMOTED_RUNS = "digits: tell of a nightly run whose winner was not promoted"
WEBHOOK_BLOCK = "digits-nightly"
# `text` is the field that Slack, Mattermost and others show; tojson quotes what it is given
PAYLOAD = (
    '{"text": {{ ("Nightly run " ~ event.resource["prefect.resource.name"] ~ ": "'
    ' ~ event.resource["prefect.state-name"] ~ ". "'
    ' ~ event.resource["prefect.state-message"]) | tojson }},'
    ' "state": {{ event.resource["prefect.state-name"] | tojson }},'
    ' "flow_run": {{ event.resource["prefect.resource.id"] | tojson }}}'
)


def closing_dead_runs(within: timedelta) -> AutomationCore:
    """Return the automation that sets a deployment's run without heartbeats to Crashed.

    Of each deployment one run is allowed at a time, and a dead one would hold that place.

    Any event of the run counts as a sign of life, whatever its name: a run ends in states of
    its own names too, such as GoalMissed, and must not be called crashed after that.
    """
    return AutomationCore(
        name=DEAD_RUNS,
        description=(
            f"A run that has sent no sign of life for {within.total_seconds():g} s is set "
            "to Crashed, so that it does not hold the place of the next one."
        ),
        trigger=EventTrigger(
            posture=Posture.Proactive,
            match={"prefect.resource.id": "prefect.flow-run.*"},
            match_related=_tagged(NIGHTLY, PREDICT),
            after=set(SIGNS_OF_LIFE),
            expect={"prefect.flow-run.*"},
            for_each={"prefect.resource.id"},
            threshold=1,
            within=within,
        ),
        actions=[
            ChangeFlowRunState(
                state=StateType.CRASHED,
                name="Crashed",
                message=f"No heartbeat for {within.total_seconds():g} s: its process is gone.",
            )
        ],
    )


def telling_of_nights(webhook: UUID) -> tuple[AutomationCore, ...]:
    """Return the automations that call a webhook for a nightly run that a person should look at.

    One looks at the type of a state, not its name, which may be GoalMissed. The other looks at
    the name that a completed run has when its winner is worse than the champion or refused.
    """
    return (
        _telling(
            FAILED_RUNS,
            "Calls the webhook for every nightly run that fails or crashes.",
            webhook,
            states={"prefect.state-type": ["FAILED", "CRASHED"]},
        ),
        _telling(
            UNPROMOTED_RUNS,
            "Calls the webhook for every nightly run whose winner is worse than the champion or "
            "was refused.",
            webhook,
            states={"prefect.state-name": [NOT_PROMOTED]},
        ),
    )


def still_told() -> tuple[str, ...]:
    """Return, in words, the runs that the webhook of an earlier start is still called for."""
    kinds = {FAILED_RUNS: "fails or crashes", UNPROMOTED_RUNS: "is not promoted"}
    with get_client(sync_client=True) as client:
        return tuple(
            words
            for name, words in kinds.items()
            if any(each.enabled for each in client.read_automations_by_name(name))
        )


def _telling(
    name: str, description: str, webhook: UUID, *, states: dict[str, str | list[str]]
) -> AutomationCore:
    return AutomationCore(
        name=name,
        description=description,
        trigger=EventTrigger(
            posture=Posture.Reactive,
            match={"prefect.resource.id": "prefect.flow-run.*"} | states,
            match_related=_tagged(NIGHTLY),
            expect={"prefect.flow-run.*"},
            threshold=1,
            within=timedelta(0),
        ),
        actions=[CallWebhook(block_document_id=webhook, payload=PAYLOAD)],
    )


def set_up(automations: Iterable[AutomationCore]) -> None:
    """Create each automation, or bring the one of its name up to date; never a second one."""
    with get_client(sync_client=True) as client:
        for automation in automations:
            found = client.read_automations_by_name(automation.name)
            if found:
                client.update_automation(found[0].id, automation)
            else:
                client.create_automation(automation)
            for double in found[1:]:
                client.delete_automation(double.id)


def save_webhook(url: str) -> UUID:
    """Keep the webhook's address, encrypted, in a block of Prefect's server."""
    block = Webhook(url=url, headers={"Content-Type": "application/json"})
    saved: UUID = block.save(WEBHOOK_BLOCK, overwrite=True)  # type: ignore[assignment]  # sync here
    return saved


def _tagged(*tags: str) -> dict[str, str | list[str]]:
    names = [f"prefect.tag.{tag}" for tag in tags]
    return {"prefect.resource.id": names, "prefect.resource.role": "tag"}
