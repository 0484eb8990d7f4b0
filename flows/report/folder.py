"""What a run leaves in its own folder: report.html, figures and evaluation.json."""

import json
from dataclasses import fields, is_dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from artifacts.page.first_page import BADGE_CLASSES
from artifacts.page.html import Page, html_report
from artifacts.page.index import RunSummary
from artifacts.render import RenderedReport
from artifacts.reports.champion import outcome_in_words, sentence
from artifacts.text import percent
from engine.run.display import duration
from engine.run.flow_run import FlowRunFacts
from engine.run.steps import StepRecord
from flows.report.files import keep_output, require_outputs
from flows.report.finished import FinishedRun
from flows.report.index import keep_summary
from flows.report.page import REPORTED_LIBRARIES, first_page_of
from tasks.champion.records import Promotion


def write_outputs(done: FinishedRun, reports: tuple[RenderedReport, ...], card: str) -> Path:
    """Write the run's evaluation.json, its figures and one self-contained HTML report.

    Returns
    -------
    Path
        The HTML report.
    """
    folder = folder_of(done.asked.output_dir, done.run, done.results.dataset.name)
    evaluation = done.results.evaluation
    summary = RunSummary(
        dataset=done.results.dataset.title,
        verdict=evaluation.verdict,
        headline=f"{done.results.fitted.candidate.title} {percent(evaluation.accuracy.value)}",
        champion=outcome_in_words(done.promotion),
    )
    facts = evaluation_facts(done)
    return write_run_folder(folder, "evaluation.json", facts, page_of(done, card), reports, summary)


def write_run_folder(  # noqa: PLR0913, PLR0917 - all that a folder holds
    folder: Path,
    name: str,
    facts: dict[str, Any],
    page: Page,
    reports: tuple[RenderedReport, ...],
    summary: RunSummary,
) -> Path:
    """Write what a run leaves: its facts as JSON under `name`, its figures and an HTML report.

    The page of all runs then lists it by its `summary`.

    Returns
    -------
    Path
        The HTML report.
    """
    keep_output(folder / name, (json.dumps(facts, indent=2, sort_keys=True) + "\n").encode())
    for figure in (figure for report in reports for figure in report.figures):
        keep_output(folder / "figures" / f"{figure.key}.png", figure.image.path.read_bytes())
    target = folder / "report.html"
    keep_output(target, html_report(page, reports).encode())
    keep_summary(folder, summary)
    return target


def folder_of(output_dir: Path, run: FlowRunFacts, name: str) -> Path:
    """Return the folder a run leaves its outputs in: its start, a name and its identity.

    Raises
    ------
    PlainError
        If the folder of all runs' reports is not ours, or cannot be written.
    """
    folder = f"{run.started:%Y-%m-%dT%H-%M-%S}-{name}-{str(run.id)[:8]}"
    return require_outputs(output_dir) / folder


def page_of(done: FinishedRun, card: str) -> Page:
    """Return what stands above and below the stages: verdict, facts and steps."""
    found = done.results
    evaluation, dataset = found.evaluation, found.dataset
    title = found.fitted.candidate.title
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in REPORTED_LIBRARIES)
    return Page(
        title=f"{done.asked.problem.title}: {dataset.title}",
        verdict=done.asked.problem.in_own_words(
            f"The goal of {percent(evaluation.goal, 0)} is {evaluation.verdict}: {title} "
            f"classifies {percent(evaluation.accuracy.value)} of {evaluation.n_test:,} test "
            f"images rightly. {sentence(done.promotion)}"
        ),
        warning=dataset.fallback_reason,
        facts=(
            ("flow run", str(done.run.id)),
            ("code revision", done.made_with.code_revision),
            ("content sha256", dataset.content_sha256),
            ("prediction digest", evaluation.prediction_sha256),
            ("model sha256", found.fitted.model.sha256),
            ("libraries", versions),
            *((name, str(value)) for name, value in done.asked.options.items()),
        ),
        steps=step_rows(done.steps),
        badge=evaluation.verdict[0].upper() + evaluation.verdict[1:],
        badge_class=BADGE_CLASSES[evaluation.verdict],
        first=first_page_of(found, done.asked.problem),
        card=card,
        asked_for=done.asked.problem.asked_for,
    )


def step_rows(steps: tuple[StepRecord, ...]) -> tuple[tuple[str, str, str], ...]:
    """Return label, fate and reason of each step, as a page shows them."""
    return tuple(
        (step.label, "reused" if step.reused else duration(step.seconds), step.why)
        for step in steps
    )


def evaluation_facts(done: FinishedRun) -> dict[str, Any]:
    """Return everything a run found as JSON's types, with what is needed to make it again."""
    found = done.results
    return {
        "run": str(done.run.id),
        "code_revision": done.made_with.code_revision,
        "made_with": {"code": done.made_with.code, "libraries": done.made_with.libraries},
        "config": done.asked.options,
        "libraries": {name: metadata.version(name) for name in REPORTED_LIBRARIES},
        "prediction_sha256": found.evaluation.prediction_sha256,
        "verdict": found.evaluation.verdict,
        "promotion": promotion_facts(done.promotion),
        "steps": _plain(done.steps),
        **_plain(found),
        **_plain(done.besides),
    }


def promotion_facts(promotion: Promotion) -> dict[str, Any]:
    """Return the outcome and the comparison; of the two models only what names them."""
    before, after = promotion.champion, promotion.in_use
    return {
        "outcome": promotion.decision.outcome,
        "reason": promotion.decision.reason,
        "champion_before": before and before.name,
        "champion_now": after and after.name,
        "comparison": promotion.comparison and _plain(promotion.comparison),
    }


def _plain(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value.model_dump(mode="json")
