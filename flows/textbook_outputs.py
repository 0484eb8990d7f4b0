"""What a comparison with the book leaves: its folder, and its table in the terminal."""

import json
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from artifacts.html import Page, html_report
from artifacts.parity_report import parity_verdict
from flows.page import REPORTED_LIBRARIES
from flows.steps import StepRecord, duration
from flows.textbook_config import TextbookConfig
from flows.textbook_stages import BookFindings
from tasks.records_parity import ParityRow
from tasks.store import write_atomically


def write_textbook_outputs(
    folder: Path,
    config: TextbookConfig,
    found: BookFindings,
    steps: tuple[StepRecord, ...],
    *,
    run_id: UUID,
) -> Path:
    """Write the run's parity.json, its figures and one self-contained HTML report.

    Returns
    -------
    Path
        The HTML report.
    """
    facts = parity_facts(config, found, steps, run_id=run_id)
    text = json.dumps(facts, indent=2, sort_keys=True) + "\n"
    write_atomically(folder / "parity.json", _content(text.encode()))
    for figure in found.report.figures:
        content = figure.image.path.read_bytes()
        write_atomically(folder / "figures" / f"{figure.key}.png", _content(content))
    target = folder / "report.html"
    page = html_report(_page(config, found, steps, run_id=run_id), (found.report,))
    write_atomically(target, _content(page.encode()))
    return target


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


def _page(
    config: TextbookConfig, found: BookFindings, steps: tuple[StepRecord, ...], *, run_id: UUID
) -> Page:
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
        steps=tuple(
            (step.label, "reused" if step.reused else duration(step.seconds), step.why)
            for step in steps
        ),
    )


def _content(content: bytes) -> Callable[[BinaryIO], int]:
    return lambda file: file.write(content)
