"""What a run of `flows.predict` leaves: a table, JSON, one HTML report, an artifact, a review."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

from artifacts.page.html import Page
from artifacts.page.index import RunSummary
from artifacts.publish import publish_report
from artifacts.reports.predictions import KEY, TITLE, draw_predictions, headline
from engine.cli.terminal import say
from engine.printable import shown
from engine.run.flow_run import current_run
from engine.run.steps import StepRecord
from engine.store.files import write_atomically
from engine.words import counted
from flows.predict.config import PredictConfig
from flows.report.folder import step_rows, write_run_folder
from tasks.class_names import ClassNames
from tasks.errors import DataError
from tasks.handwriting.inputs import Given, pieces_of
from tasks.handwriting.labels import Labels
from tasks.handwriting.records import Convention
from tasks.scoring.ledger import Answer, Ledger
from tasks.scoring.records import Familiar, HoldBack, InUse
from tasks.scoring.review import Review
from tasks.scoring.summary import Gathering, Summary, Verdict, why_held_back

COLUMNS = (
    *("file", "image", "number", "left", "top", "right", "bottom"),
    *("digit", "probability", "runner_up", "held_back", "label"),
)

MOST_SAID = 5  # lost labels that are quoted in the terminal


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is known before anything is scored."""

    model: InUse
    layout: Convention
    familiar: Familiar
    hold_back: HoldBack


def publish_answers(  # noqa: PLR0913 - what was asked, found and is to be shown
    prepared: Prepared,
    ledger: Ledger,
    given: tuple[Given, ...],
    config: PredictConfig,
    folder: Path,
    *,
    n_before: int,
    steps: tuple[StepRecord, ...],
) -> Summary:
    """Write and publish the answers about some files; streams them from the ledger."""
    classes = prepared.model.champion.fitted.classes
    names = prepared.model.champion.names
    gathering = Gathering(classes, names, n_before=n_before, n_files=len(given))
    verdicts = _Verdicts(prepared, ledger, given, gathering, Labels())
    review = (
        Review(config.review, prepared.layout, names, normalise=config.normalise)
        if config.review
        else None
    )

    def write(file: BinaryIO) -> None:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        table = csv.writer(text)
        table.writerow(COLUMNS)
        for each in verdicts:
            table.writerow(_row(each, names))
            if review and each.why:
                review.add(each)
        text.detach()

    write_atomically(folder / "predictions.csv", write)
    summary = gathering.summary()
    if review:
        review.finish()
    report = draw_predictions(
        summary,
        gathering,
        prepared.hold_back,
        prepared.familiar,
        prepared.layout,
        normalise=config.normalise,
    )
    publish_report(report)
    facts = _facts(prepared, config, summary)
    page = Page(
        title="Handwritten digits: a person's own images",
        verdict=headline(summary),
        warning=None,
        facts=tuple((name, str(value)) for name, value in facts["facts"].items()),
        steps=step_rows(steps),
        unfolded=(KEY,),
    )
    scored = f"{counted(summary.n_digits, 'digit')} in {counted(summary.n_files, 'file')}"
    champion = prepared.model.champion
    line = RunSummary(dataset=champion.dataset_name, verdict="images scored", headline=scored)
    target = write_run_folder(folder, "predictions.json", facts, page, (report,), line)
    say(f"\n{TITLE}: {headline(summary)}")
    for path, problem in summary.problems:
        say(f"no answer for {shown(path)}: {problem}")
    for path, problem in summary.lost_labels[:MOST_SAID]:
        say(f"label not read, the image is answered: {shown(path)}: {problem}")
    if summary.n_lost_labels > MOST_SAID:
        say(f"and {counted(summary.n_lost_labels - MOST_SAID, 'more label')} not read")
    if review:
        say(f"Review             {review.sentence}")
    say(f"Answers            {folder / 'predictions.csv'}")
    say(f"Report             {target}")
    return summary


@dataclass
class _Verdicts:
    """Yields every verdict in the order the files were given, and gathers them meanwhile."""

    prepared: Prepared
    ledger: Ledger
    given: tuple[Given, ...]
    gathering: Gathering
    labels: Labels

    def __iter__(self) -> Iterator[Verdict]:
        for each in self.given:
            if each.problem:
                self.gathering.take_problem(each.path, each.problem)
            for piece in pieces_of(each):
                yield from self._of_piece(each, piece.first)

    def _of_piece(self, given: Given, first: int) -> Iterator[Verdict]:
        answers, problem = self.ledger.answers(given.sha256, first)
        if problem:
            self.gathering.take_problem(given.path, problem)
        for row, found in groupby(answers, key=lambda answer: answer.row):
            image = self._of_image(given, row, tuple(found))
            self.gathering.take(image)
            yield from image

    def _of_image(self, given: Given, row: int, found: tuple[Answer, ...]) -> list[Verdict]:
        # one label says nothing about several digits
        label = self._label(given, row) if len(found) == 1 else None
        return [
            Verdict(
                path=given.path,
                kind=given.kind,
                sha256=given.sha256,
                number=number,
                of=len(found),
                answer=answer,
                why=why_held_back(answer, self.prepared.hold_back, self.prepared.familiar),
                label=label,
            )
            for number, answer in enumerate(found)
        ]

    def _label(self, given: Given, row: int) -> int | None:
        try:
            return self.labels.of(given, row)
        except DataError as error:
            self.gathering.take_lost_label(given.path, str(error))
            return None


def _row(each: Verdict, names: ClassNames) -> tuple[object, ...]:
    answer = each.answer
    return (
        each.path.encode(errors="backslashreplace").decode(),
        answer.row,
        each.number,
        *answer.box,
        names.of(answer.digit),
        f"{answer.probability:.4f}",
        names.of(answer.runner_up),
        each.why,
        "" if each.label is None else names.of(each.label),
    )


def _facts(prepared: Prepared, config: PredictConfig, summary: Summary) -> dict[str, Any]:
    champion = prepared.model.champion
    return {
        "facts": {
            "flow run": str(current_run().id),
            "champion": champion.name,
            "model": champion.title,
            "model sha256": champion.model_sha256,
            **config.model_dump(mode="json"),
        },
        "summary": summary.model_dump(mode="json"),
        "hold_back": prepared.hold_back.model_dump(mode="json"),
        "familiar": prepared.familiar.model_dump(
            mode="json", include={"threshold", "expected", "false_alarms"}
        ),
        "layout": prepared.layout.model_dump(mode="json"),
    }
