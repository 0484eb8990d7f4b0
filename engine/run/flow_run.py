"""The flow run that is at work: its identity, its name, and where Prefect shows it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext
from prefect.settings import PREFECT_UI_URL

from engine.server.in_use import is_own_server


def started_now() -> str:
    """Name a flow run by its start until its headline figure is known."""
    return f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S}"


@dataclass(frozen=True, slots=True)
class FlowRunFacts:
    """The flow run that is at work: its identity in Prefect and when it started."""

    id: UUID
    started: datetime


def current_run() -> FlowRunFacts:
    """Return the flow run whose flow is being executed."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        message = "A report belongs to a flow run; there is none here."
        raise RuntimeError(message)
    return FlowRunFacts(context.flow_run.id, context.start_time.astimezone())


def nobodys_run() -> FlowRunFacts:
    """Return the facts of no flow run, for a plan: it is made at this moment."""
    return FlowRunFacts(UUID(int=0), datetime.now().astimezone())


def rename_run(run: FlowRunFacts, name: str) -> None:
    """Give the flow run another name in Prefect."""
    with get_client(sync_client=True) as client:
        client.update_flow_run(run.id, name=name)


def interface_of(run: FlowRunFacts) -> str:
    """Say where the Prefect UI shows this run."""
    if is_own_server():
        return "run `make ui`, then open http://127.0.0.1:4200"
    return f"{PREFECT_UI_URL.value()}/runs/flow-run/{run.id}"
