"""What a run leaves in its own folder: report.html, figures and evaluation.json."""

import json
import os
from dataclasses import fields
from importlib import metadata
from pathlib import Path
from typing import Any
from uuid import UUID

from artifacts.first_page import BADGE_CLASSES
from artifacts.html import Page, html_report
from artifacts.promotion_reports import sentence
from artifacts.words import percent
from flows.config import RunConfig
from flows.marked_folder import OUTPUT_FOLDER, is_marked, mark_of
from flows.page import REPORTED_LIBRARIES, first_page_of, model_card_of
from flows.revision import code_revision, computing_code, library_versions
from flows.stages import Findings
from flows.steps import StepRecord, duration
from tasks.errors import PlainError, StoreError
from tasks.promotion_records import Promotion
from tasks.records import RenderedReport
from tasks.store import write_atomically


class OutputError(PlainError):
    """The folder of a run's reports could not be written."""


def write_outputs(  # noqa: PLR0913 - everything a run found goes into its folder
    folder: Path,
    config: RunConfig,
    found: Findings,
    promotion: Promotion,
    reports: tuple[RenderedReport, ...],
    *,
    steps: tuple[StepRecord, ...],
    run_id: UUID,
) -> Path:
    """Write the run's evaluation.json, its figures and one self-contained HTML report.

    Returns
    -------
    Path
        The HTML report.
    """
    facts = evaluation_facts(config, found, promotion, steps, run_id=run_id)
    text = json.dumps(facts, indent=2, sort_keys=True) + "\n"
    keep_output(folder / "evaluation.json", text.encode())
    for figure in (figure for report in reports for figure in report.figures):
        content = figure.image.path.read_bytes()
        keep_output(folder / "figures" / f"{figure.key}.png", content)
    target = folder / "report.html"
    page = html_report(page_of(config, found, promotion, steps, run_id=run_id), reports)
    keep_output(target, page.encode())
    return target


def keep_output(path: Path, content: bytes) -> None:
    """Write a file of a run's own folder, whole or not at all.

    Raises
    ------
    OutputError
        If the folder cannot be written or has no room.
    """
    try:
        write_atomically(path, lambda file: file.write(content))
    except StoreError as error:
        reason = getattr(error.__cause__, "strerror", None) or error.__cause__
        raise OutputError(
            f"Cannot write {path}: {reason}. Give the reports a folder with room and write "
            "permission (--output-dir) and run the same command again: what was computed is kept."
        ) from error


def require_outputs(folder: Path) -> Path:
    """Mark the folder of all runs' reports and try to write in it, before anything is computed.

    Returns
    -------
    Path
        The folder, absolute.

    Raises
    ------
    StoreError
        If it holds what is not this project's.
    OutputError
        If it cannot be written: a run would move the champion and could not say so.
    """
    place = folder.expanduser().resolve()
    if not is_marked(place, OUTPUT_FOLDER):
        keep_output(place / OUTPUT_FOLDER.mark, mark_of(OUTPUT_FOLDER))
    trial = place / f".trial-{os.getpid()}"
    keep_output(trial, b"")
    trial.unlink(missing_ok=True)
    return place


def page_of(
    config: RunConfig,
    found: Findings,
    promotion: Promotion,
    steps: tuple[StepRecord, ...],
    *,
    run_id: UUID,
) -> Page:
    """Return what stands above and below the stages: verdict, facts and steps."""
    evaluation, dataset = found.evaluation, found.dataset
    title = found.fitted.candidate.title
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in REPORTED_LIBRARIES)
    return Page(
        title=f"Handwritten digits: {dataset.title}",
        verdict=(
            f"The goal of {percent(evaluation.goal, 0)} is {evaluation.verdict}: {title} "
            f"classifies {percent(evaluation.accuracy.value)} of {evaluation.n_test:,} test "
            f"images rightly. {sentence(promotion)}"
        ),
        warning=dataset.fallback_reason,
        facts=(
            ("flow run", str(run_id)),
            ("code revision", code_revision()),
            ("content sha256", dataset.content_sha256),
            ("prediction digest", evaluation.prediction_sha256),
            ("model sha256", found.fitted.model.sha256),
            ("libraries", versions),
            *((name, str(value)) for name, value in config.model_dump(mode="json").items()),
        ),
        steps=step_rows(steps),
        badge=evaluation.verdict[0].upper() + evaluation.verdict[1:],
        badge_class=BADGE_CLASSES[evaluation.verdict],
        first=first_page_of(found),
        card=model_card_of(config, found),
    )


def step_rows(steps: tuple[StepRecord, ...]) -> tuple[tuple[str, str, str], ...]:
    """Return label, fate and reason of each step, as a page shows them."""
    return tuple(
        (step.label, "reused" if step.reused else duration(step.seconds), step.why)
        for step in steps
    )


def evaluation_facts(
    config: RunConfig,
    found: Findings,
    promotion: Promotion,
    steps: tuple[StepRecord, ...],
    *,
    run_id: UUID,
) -> dict[str, Any]:
    """Return everything a run found as JSON's types, with what is needed to make it again."""
    return {
        "run": str(run_id),
        "code_revision": code_revision(),
        "made_with": {"code": computing_code(), "libraries": library_versions()},
        "config": config.model_dump(mode="json"),
        "libraries": {name: metadata.version(name) for name in REPORTED_LIBRARIES},
        "prediction_sha256": found.evaluation.prediction_sha256,
        "verdict": found.evaluation.verdict,
        "promotion": promotion_facts(promotion),
        "steps": _plain(steps),
        **{field.name: _plain(getattr(found, field.name)) for field in fields(found)},
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
    return value.model_dump(mode="json")
