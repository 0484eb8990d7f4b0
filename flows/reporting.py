"""Draw what a run found, publish it to Prefect and keep it in the run's own folder."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext
from prefect.settings import PREFECT_UI_URL

from artifacts.promotion_reports import fate
from artifacts.publish import publish_reports
from flows import drawing
from flows.config import RunConfig
from flows.evidence import draw_evidence
from flows.new_images import draw_data_set
from flows.outputs import require_outputs, write_outputs
from flows.pending import PENDING, is_pending
from flows.server_in_use import is_own_server
from flows.server_loss import reached, wait_for_server
from flows.stages import Findings, Step
from flows.steps import StepRecord
from flows.summary import summary_text
from tasks.promotion_records import Promotion
from tasks.records import Ranking, RenderedReport


@dataclass(frozen=True, slots=True)
class FlowRunFacts:
    """The flow run that is at work: its identity in Prefect and when it started."""

    id: UUID
    started: datetime


def draw(step: Step, config: RunConfig, found: Findings) -> tuple[RenderedReport, ...]:
    """Render each stage's report, in the order a reader of the notebook knows."""
    dataset, scores, ranking = found.dataset, found.out_of_fold, found.ranking
    labels, digit, title = dataset.train.labels, config.target_digit, winner_title(config, ranking)
    titles = tuple(spec.title for spec in config.specs)
    return (
        draw_data_set(step, dataset, found.new_images),
        step("draw the augmentation", drawing.draw_augmentation, found.training),
        step("draw: is it the digit?", drawing.draw_binary, found.binaries, titles, digit),
        step(
            "draw precision against recall",
            drawing.draw_precision_recall,
            scores,
            labels,
            found.choices,
            found.binaries,
            ranking.winner,
        ),
        step(
            "draw the comparison",
            drawing.draw_comparison,
            scores,
            labels,
            found.binaries,
            ranking,
            digit,
        ),
        step("draw all classes", drawing.draw_ten_classes, found.ten_classes, title),
        step(
            "draw the final scores",
            drawing.draw_evaluation,
            found.evaluation,
            found.resolution,
            title,
            dataset.title,
        ),
        *draw_evidence(step, config, dataset, found.evaluation, found.evidence, title),
    )


def winner_title(config: RunConfig, ranking: Ranking) -> Any:
    """Return the winner's name as reports write it; pending while the ranking is."""
    if is_pending(ranking):
        return PENDING
    return next(spec.title for spec in config.specs if spec.name == ranking.winner)


def publish_and_keep(  # noqa: PLR0913 - all that a run found, and where to say it
    config: RunConfig,
    found: Findings,
    promotion: Promotion,
    reports: tuple[RenderedReport, ...],
    steps: tuple[StepRecord, ...],
    *,
    say: Callable[[str], None],
) -> Path:
    """Publish every report to Prefect, write the run's folder and say where to look.

    Publishing is no task: a cached task does not run, and a warm run must show everything.

    Returns
    -------
    Path
        The run's folder.
    """
    reason = found.dataset.fallback_reason
    notice = f"**These are not the images of MNIST.** {reason}" if reason else ""
    reports = tuple(sorted(reports, key=lambda report: report.key))  # keys begin with the place
    run = current_run()
    folder = folder_of(config.output_dir, run, found.dataset.name)
    page = write_outputs(folder, config, found, promotion, reports, steps=steps, run_id=run.id)
    say(summary_text(found, promotion, steps, page, interface_of(run)))
    # whatever it answers, the run's own folder is there
    wait_for_server(config.server_patience, say=say)
    with reached():
        publish_reports(reports, notice=notice)
        rename_run(run, headline(run, found, promotion))
    return folder


def folder_of(output_dir: Path, run: FlowRunFacts, what: str) -> Path:
    """Return the folder a run leaves its outputs in: its start, its data set and its identity.

    Raises
    ------
    PlainError
        If the folder of all runs' reports is not ours, or cannot be written.
    """
    name = f"{run.started:%Y-%m-%dT%H-%M-%S}-{what}-{str(run.id)[:8]}"
    return require_outputs(output_dir) / name


def current_run() -> FlowRunFacts:
    """Return the flow run whose flow is being executed."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        message = "A report belongs to a flow run; there is none here."
        raise RuntimeError(message)
    return FlowRunFacts(context.flow_run.id, context.start_time.astimezone())


def headline(run: FlowRunFacts, found: Findings, promotion: Promotion) -> str:
    """Name a finished run: date, data set, the figure asked for first, the champion's fate."""
    evaluation = found.evaluation
    name = found.dataset.name + (" (NOT MNIST)" if found.dataset.fallback_reason else "")
    return (
        f"{run.started:%Y-%m-%d %H:%M} {name} {evaluation.candidate} "
        f"{evaluation.accuracy.value:.2%} {evaluation.verdict}, {fate(promotion)}"
    )


def rename_run(run: FlowRunFacts, name: str) -> None:
    """Give the flow run another name in Prefect."""
    with get_client(sync_client=True) as client:
        client.update_flow_run(run.id, name=name)


def interface_of(run: FlowRunFacts) -> str:
    """Say where the Prefect UI shows this run."""
    if is_own_server():
        return "run `make ui`, then open http://127.0.0.1:4200"
    return f"{PREFECT_UI_URL.value()}/runs/flow-run/{run.id}"
