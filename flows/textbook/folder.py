"""What a comparison with the book leaves: its folder, and its table in the terminal."""

from importlib import metadata
from typing import Any
from uuid import UUID

from artifacts.page.html import Page
from artifacts.reports.textbook import parity_verdict
from engine.run.steps import StepRecord
from flows.report.folder import step_rows
from flows.report.page import REPORTED_LIBRARIES
from flows.textbook.config import TextbookConfig
from flows.textbook.stages import BookFindings
from tasks.textbook.records import ParityRow


def parity_facts(
    config: TextbookConfig, found: BookFindings, steps: tuple[StepRecord, ...], *, run_id: UUID
) -> dict[str, Any]:
    """Return all that was measured and compared as JSON's types."""
    return {
        "run": str(run_id),
        "config": config.model_dump(mode="json"),
        "libraries": {name: metadata.version(name) for name in REPORTED_LIBRARIES},
        "content_sha256": found.dataset.content_sha256,
        "n_equal": found.parity.n_equal,
        "rows": [_row(row) for row in found.parity.rows],
        "detectors": [each.model_dump(mode="json") for each in found.detectors],
        "choices": [each.model_dump(mode="json") for each in found.choices],
        "out_of_fold": [each.model_dump(mode="json") for each in found.out_of_fold],
        "steps": [each.model_dump(mode="json") for each in steps],
    }


def parity_text(found: BookFindings, config: TextbookConfig) -> str:
    """Return the table as plain text of at most 100 columns."""
    lines = [f"{'figure':<33} {'the book':<19} {'here':<19} difference"]
    for model in config.book_models:
        lines += ["", model.spec.title]
        lines += [
            f"  {row.figure.name:<31} {row.figure.value:<19} {row.shown:<19} "
            + ("0, equal" if row.is_equal else f"{row.difference:+.4g}, explained")
            for row in found.parity.rows
            if row.figure.model == model.spec.name
        ]
    return "\n".join([*lines, "", parity_verdict(found.parity)])


def _row(row: ParityRow) -> dict[str, Any]:
    return {
        **row.figure.model_dump(mode="json"),
        "ours": row.ours,
        "difference": row.difference,
        "is_equal": row.is_equal,
        "explanation": row.explanation,
    }


def parity_page(
    config: TextbookConfig, found: BookFindings, steps: tuple[StepRecord, ...], *, run_id: UUID
) -> Page:
    """Return what stands above and below the comparison in the HTML report."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in REPORTED_LIBRARIES)
    return Page(
        title="Handwritten digits: the book's figures",
        verdict=parity_verdict(found.parity),
        warning=None,
        facts=(
            ("flow run", str(run_id)),
            ("content sha256", found.dataset.content_sha256),
            ("libraries", versions),
            *((name, str(value)) for name, value in config.model_dump(mode="json").items()),
        ),
        steps=step_rows(steps),
        unfolded=(found.report.key,),
    )
