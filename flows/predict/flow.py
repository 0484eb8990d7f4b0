"""Read, normalise, score, publish: the flow behind ``python -m flows.predict``."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.client.schemas import State
from prefect.states import Completed, Failed

from engine.cache.task import key_parts
from engine.cli.shown import chosen_display
from engine.cli.terminal import note, say
from engine.run.display import PlainLines
from engine.run.flow_run import current_run, started_now
from engine.run.session import store_session
from engine.run.steps import Steps
from engine.run.workflow import Workflow
from engine.store.contents import Kept
from engine.store.location import store_at, store_root
from engine.store.objects import load_array
from engine.store.pruning import Limits
from engine.store.runs import RunLog
from engine.words import counted
from flows.predict.config import PredictConfig
from flows.predict.publish import Prepared, publish_answers
from flows.report.files import require_outputs
from flows.report.folder import folder_of
from flows.states import SOME_UNREAD
from tasks.handwriting.inputs import ROWS, ROWS_BYTES, Given, files_in, look_at, pieces_of
from tasks.handwriting.read import read_digits
from tasks.handwriting.records import Digits, Piece
from tasks.scoring.ledger import Answer, Ledger, opened_ledger
from tasks.scoring.prepare import champion_in_use, freeze_hold_back, learn_familiar, learn_layout
from tasks.scoring.records import InUse, Scored
from tasks.scoring.review import require_review
from tasks.scoring.score import score_digits


@flow(name="predict", flow_run_name=started_now)
def predict(config: PredictConfig) -> State[None]:
    """Score images with the champion; each image once, however often it is given.

    Ends as Failed by the name SomeUnread when files could not be read; the others are scored.
    """
    if config.review:
        require_review(config.review)
    with store_at(config.store_dir):
        model = champion_in_use(config.meant)
    limits = Limits(config.keep_runs, config.budget, Kept, "the folder of answers")
    with store_session(config.answers_dir, limits, say=say, wait=config.wait) as log:
        folder = folder_of(config.output_dir, current_run(), "predict")
        require_outputs(config.output_dir)
        step = Workflow()
        layout = step("measure the layout of the training images", learn_layout, model)
        familiar = step("learn what is familiar", learn_familiar, model)
        hold_back = step("freeze what is held back", freeze_hold_back, model, config.hold_back)
        declared = Prepared(model, layout, familiar, hold_back)
        steps = Steps(step.steps, display=chosen_display(say=say, log=note), log=log)
        steps.run()
        prepared = steps.value(declared)
        with opened_ledger(store_root(), setting_of(model, normalise=config.normalise)) as ledger:
            given = found_in(config, model)
            scoring = Scoring(prepared, ledger, log, normalise=config.normalise)
            scoring.score_new(given)
            shown = tuple(e for e in given if not (config.new_only and ledger.was_reported(e.name)))
            if not shown:
                say("Nothing new: every file is in an earlier report.")
                return Completed(name="NothingNew", message="Every file is in an earlier report.")
            with _whole_or_not_at_all(folder):
                summary = publish_answers(
                    prepared,
                    ledger,
                    shown,
                    config,
                    folder,
                    n_before=sum(scoring.n_before[each.path] for each in shown),
                    steps=steps.records,
                )
            ledger.report(each.name for each in shown)
    text = f"{counted(summary.n_digits, 'digit')} in {counted(summary.n_images, 'image')} scored"
    if summary.n_unread:
        return Failed(
            name=SOME_UNREAD,
            message=f"{counted(summary.n_unread, 'file')} gave no answer, or not for every image; "
            f"{text}. See {folder}.",
        )
    lost = summary.n_lost_labels
    labels = f" {counted(lost, 'label')} could not be read." if lost else ""
    return Completed(message=f"{text}, {summary.n_held_back:,} held back.{labels}")


@contextmanager
def _whole_or_not_at_all(folder: Path) -> Iterator[None]:
    """Remove a run's own folder if it cannot be finished."""
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def found_in(config: PredictConfig, model: InUse) -> tuple[Given, ...]:
    """Return the files that were given, each with what it holds."""
    height, width = model.champion.train.images.shape[1:]
    return tuple(look_at(path, (height, width)) for path in files_in(config.inputs))


def setting_of(model: InUse, *, normalise: bool) -> str:
    """Return what stands for the model, the code and the options that decide an answer."""
    later: Any = None  # what the steps before it make, of the model alone
    parts = (
        key_parts(learn_layout, model),
        key_parts(learn_familiar, model),
        key_parts(read_digits, (), later, normalise=normalise),
        key_parts(score_digits, model, later, later),
    )
    return " ".join(each.key for each in parts)


@dataclass
class Scoring:
    """Scores what the ledger does not know, some thousand images at a time."""

    prepared: Prepared
    ledger: Ledger
    log: RunLog
    normalise: bool
    n_before: dict[str, int] = field(default_factory=dict)

    def score_new(self, given: tuple[Given, ...]) -> None:
        """Score what is new; `n_before` is then how many images of each file had been scored.

        A killed run has kept what its last whole chunk answered, and goes on behind that.
        """
        self.n_before = {each.path: n_known(each, self.ledger) for each in given}
        unknown = {each.sha256: each.n_images - self.n_before[each.path] for each in given}
        total, start = sum(unknown.values()), time.perf_counter()
        done = 0
        for chunk in chunks_of(given, self.ledger):
            self._score(chunk, done)
            done += sum(piece.stop - piece.first for piece in chunk)
            rate = done / (time.perf_counter() - start)
            say(f"scored {done:,} of {counted(total, 'image')}, {rate:,.0f} a second")

    def _score(self, chunk: tuple[Piece, ...], done: int) -> None:
        step, which = Workflow(), f"from image {done + 1:,}"
        digits = step(
            f"read and normalise {which}",
            read_digits,
            chunk,
            self.prepared.layout,
            normalise=self.normalise,
        )
        scored = step(
            f"score {which}", score_digits, self.prepared.model, self.prepared.familiar, digits
        )
        steps = Steps(step.steps, display=PlainLines(note), log=self.log)
        steps.run()
        self.ledger.keep(answered(chunk, steps.value(digits), steps.value(scored)))


def n_known(given: Given, ledger: Ledger) -> int:
    """Return how many images of a file are answered."""
    pieces = pieces_of(given)
    return sum(e.stop - e.first for e in pieces if ledger.knows(given.sha256, e.first))


def chunks_of(given: tuple[Given, ...], ledger: Ledger) -> Iterator[tuple[Piece, ...]]:
    """Yield pieces that are not answered, each content once, about a thousand images together."""
    pieces: dict[tuple[str, int], Piece] = {}
    n_images = n_bytes = 0
    for each in given:
        for piece in pieces_of(each):
            name = piece.sha256, piece.first
            if name in pieces or ledger.knows(*name):
                continue
            pieces[name] = piece
            n_images += piece.stop - piece.first
            n_bytes += each.n_bytes if piece.kind == "picture" else 0
            if n_images >= ROWS or n_bytes >= ROWS_BYTES:
                yield tuple(pieces.values())
                pieces, n_images, n_bytes = {}, 0, 0
    if pieces:
        yield tuple(pieces.values())


def answered(
    chunk: tuple[Piece, ...], digits: Digits, scored: Scored
) -> list[tuple[Piece, list[Answer], str]]:
    """Return what is kept of each piece of a chunk."""
    found: list[list[Answer]] = [[] for _ in chunk]
    columns = (digits.sources, digits.boxes, scored.classes, scored.sureness)
    for source, box, classes, sure in zip(*(load_array(e).tolist() for e in columns), strict=True):
        found[source[0]].append(Answer(source[1], tuple(box), *classes, *sure))
    problems: dict[int, str] = dict(digits.problems)
    return [(piece, found[number], problems.get(number, "")) for number, piece in enumerate(chunk)]
