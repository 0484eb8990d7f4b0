"""Is a mail spam? The whole job through the same workflow: ``python -m flows.spam_run``."""

import os
import sys

if __name__ == "__main__" and not __package__:  # called as a file, it would not find its folders
    sys.stderr.write("Call it from the project's folder: python -m flows.spam_run\n")
    sys.exit(2)

from dataclasses import dataclass

from prefect import flow
from prefect.client.schemas import State

from artifacts.render import RenderedReport
from artifacts.reports.binary import draw_binary
from artifacts.reports.comparison import draw_comparison
from artifacts.reports.confidence import draw_confidence
from artifacts.reports.every_class import draw_every_class
from artifacts.reports.final_scores import draw_evaluation
from artifacts.reports.precision_recall import draw_precision_recall
from artifacts.reports.spam import (
    card_of,
    draw_claims,
    draw_corpus,
    draw_hardest,
    draw_promotion_of_mails,
    draw_telling,
)
from engine.cli.misspelt import refuse_unknown_variables
from engine.cli.terminal import run_from_command_line
from engine.run.exit import leave
from engine.run.flow_run import FlowRunFacts, started_now
from engine.run.selection import Selection
from engine.run.workflow import Workflow
from flows.report.finished import FinishedRun
from flows.session import ask_for
from flows.spam.config import VARIABLES, SpamCommand, SpamConfig
from flows.stages import champion, monitoring, selection
from flows.stages.results import Found
from flows.whole_run import Declared, declared_steps, run_whole, tell_plan_of
from tasks.class_names import ClassNames
from tasks.data.sources import Wanted
from tasks.errors import DataError, SourceUnavailable
from tasks.evaluation.confidence import measure_confidence
from tasks.evaluation.evaluate import evaluate
from tasks.evaluation.records import Confidence
from tasks.evaluation.resolution import measure_resolution
from tasks.models.records import OutOfFold
from tasks.selection.compare import rank_candidates
from tasks.selection.every_class import measure_every_class
from tasks.selection.records import EveryClass
from tasks.spam.candidates import reading_headers
from tasks.spam.corpus import PUBLISHED_SHA256, SITE, files_digest
from tasks.spam.evidence import claim, claim_later, find_hardest, find_telling
from tasks.spam.fits import cross_validate_mails, refit_mails
from tasks.spam.prepare import read_corpus, split_mails
from tasks.spam.records import Claim, Hardest, Mails, MailSet, MailSource, Telling

SPAM = 1
NAMES = ClassNames(named=((0, "wanted mail"), (SPAM, "spam")))
PUBLISHED = Wanted(name="spam+spamassassin", content_sha256=PUBLISHED_SHA256)
MADE = Wanted(name="spam+made-mail")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpamFound(Found):
    """What a run on mails finds out besides; `telling` is None for a model without weights."""

    dataset: MailSet
    every_class: EveryClass
    confidence: Confidence
    claims: tuple[Claim | None, ...]
    hardest: Hardest
    telling: Telling | None


def read(step: Workflow, config: SpamConfig, site: str = SITE) -> Mails:
    """Declare the reading of the mails that are asked for, or of made-up ones instead."""
    wanted, source, deadline = *planned(config, site), config.fetch_deadline
    if config.dataset != "auto" or source.kind == "folder":
        return step("fetch the mails", read_corpus, wanted, source, deadline)
    found: Mails | SourceUnavailable = step.tolerating(SourceUnavailable)(
        "fetch the mails", read_corpus, wanted, source, deadline
    )
    instead = step.when(step.value(isinstance, found, SourceUnavailable))(
        "make up mails instead", read_corpus, MADE, MailSource(kind="made"), deadline
    )
    return step.value(_the_one_there_is, found, instead)


def planned(config: SpamConfig, site: str = SITE) -> tuple[Wanted, MailSource]:
    """Return what is wanted, and where it is read.

    Raises
    ------
    DataError
        If a name is unknown and no folder is given, or the folder is none.
    """
    name, folder = config.dataset, config.data_dir
    if config.datasets == (MADE.name,):
        return MADE, MailSource(kind="made")
    if folder is None:
        if PUBLISHED.name not in config.datasets:
            raise DataError(
                f"Asked for the mails {name!r}; only auto, spamassassin and made-mail need no "
                "folder. Give one with --data-dir."
            )
        return PUBLISHED, MailSource(kind="site", place=site)
    place = folder.expanduser().resolve()
    if not place.is_dir():
        raise DataError(f"Asked for mails in {place}; it is no folder. Give one with --data-dir.")
    source = MailSource(kind="folder", place=str(place))
    if PUBLISHED.name in config.datasets:
        return PUBLISHED, source
    return Wanted(name=config.datasets[0], content_sha256=files_digest(place)), source


def find(step: Workflow, config: SpamConfig) -> SpamFound:
    """Declare the stages: fetch, split, cross-validate, choose, refit, evaluate."""
    specs, precision = config.specs, config.target_precision
    how = selection.Fitting(config.n_splits, config.seed, config.n_jobs)
    mails: MailSet = step("split the mails", split_mails, read(step, config), config.seed)
    train, test, labels = mails.train, mails.test, mails.train.labels

    grouped = (train, mails.groups)
    scores = tuple(
        selection.cross_validate(step, spec, cross_validate_mails, grouped, labels, how)
        for spec in specs
    )
    ranking = step("choose candidate", rank_candidates, scores, labels)
    choices = selection.choose_thresholds(step, specs, scores, labels, ranking, SPAM, precision)
    choice = step.value(selection.choice_of_winner, choices, ranking)
    winner = step.value(selection.scores_of_winner, scores, ranking)

    fitted = step("refit the winner", refit_mails, winner.candidate, train, how.seed, how.n_jobs)
    evaluation = step(
        "evaluate on the test set",
        evaluate,
        fitted,
        choice,
        test,
        config.goal,
        config.seed,
        mails.test_parts,
    )
    is_linear = step.value(str.__ne__, winner.candidate.builder, "random_forest")
    return SpamFound(
        dataset=mails,
        names=NAMES,
        pixel_range=None,
        out_of_fold=scores,
        ranking=ranking,
        choices=choices,
        choice=choice,
        binaries=selection.detect_positive(step, "is it spam?", specs, scores, labels, SPAM),
        fitted=fitted,
        evaluation=evaluation,
        resolution=step(
            "what the test set can tell apart",
            measure_resolution,
            evaluation.confusion,
            ranking.only_first_right,
            ranking.only_second_right,
            step.value(len_of, mails),
        ),
        every_class=step(
            "both classes of the winner",
            measure_every_class,
            winner,
            labels,
            precision,
            config.cost_false_alarm,
            config.cost_miss,
        ),
        confidence=step(
            "confidence of the winner",
            measure_confidence,
            winner.candidate,
            winner,
            labels,
            evaluation.scores,
            test.labels,
        ),
        claims=_claims(step, mails, winner, config, how),
        hardest=step(
            "hardest mails",
            find_hardest,
            test,
            evaluation.scores,
            winner.candidate.default_threshold,
        ),
        telling=step.when(is_linear)("telling words", find_telling, fitted, train),
    )


def _claims(
    step: Workflow, mails: MailSet, winner: OutOfFold, config: SpamConfig, how: selection.Fitting
) -> tuple[Claim | None, ...]:
    """Declare what other ways to test the winner would claim, on the training mails alone."""
    labels, precision = mails.train.labels, config.target_precision
    spec = step.value(reading_headers, winner.candidate, not config.headers)
    other = f"the winner {'without' if config.headers else 'with all'} headers"
    ways = (
        ("as chosen: alike mails together", None, winner.candidate, mails.groups),
        (
            "careless: alike mails on both sides",
            "the winner, alike mails apart",
            winner.candidate,
            None,
        ),
        (f"{other}, alike mails together", other, spec, mails.groups),
    )
    claims = []
    for name, among, candidate, groups in ways:
        of = winner
        if among is not None:
            of = selection.cross_validate(
                step, candidate, cross_validate_mails, (mails.train, groups), labels, how, among
            )
        claims.append(step(f"claim: {name}", claim, name, of, labels, precision))
    later = step(
        "later mails", claim_later, winner.candidate, mails.train, mails.train_parts, precision,
        how.seed, how.n_jobs,
    )  # fmt: skip
    return (*claims, later)


def draw(step: Workflow, of: SpamFound, config: SpamConfig) -> tuple[RenderedReport, ...]:
    """Render what each stage found."""
    scores, labels, winner = of.out_of_fold, of.dataset.train.labels, of.ranking.winner
    titles, title = tuple(spec.title for spec in config.specs), of.fitted.candidate.title
    test = of.dataset.test
    return (
        step("draw the mails", draw_corpus, of.dataset),
        step("draw: is it spam?", draw_binary, of.binaries, titles, SPAM, NAMES),
        step(
            "draw precision against recall",
            draw_precision_recall,
            scores,
            labels,
            of.choices,
            of.binaries,
            winner,
            NAMES,
        ),
        step(
            "draw the comparison",
            draw_comparison,
            scores,
            labels,
            of.binaries,
            of.ranking,
            SPAM,
            NAMES,
        ),
        step("draw both classes", draw_every_class, of.every_class, title, NAMES),
        step(
            "draw the final scores",
            draw_evaluation,
            of.evaluation,
            of.resolution,
            title,
            of.dataset.title,
            NAMES,
        ),
        step(
            "draw the confidence",
            draw_confidence,
            of.confidence,
            of.evaluation.scores,
            test.labels,
            of.evaluation.classes,
            title,
        ),
        step("draw the claims", draw_claims, of.claims, config.target_precision),
        step("draw the hardest mails", draw_hardest, of.hardest),
        step("draw the telling words", draw_telling, of.telling, title),
    )


def declare(
    step: Workflow,
    config: SpamConfig,
    run: FlowRunFacts,
    incumbent: champion.Incumbent,
    history: monitoring.History,
) -> Declared:
    """Declare every step of a run; nothing runs yet."""
    results = find(step, config)
    meeting = champion.meet_champion(
        step, results, incumbent, run, draw_promotion_of_mails, may_move=config.promote
    )
    return Declared(
        results=results,
        meeting=meeting,
        drift=None,
        reports=draw(step, results, config),
        nights=monitoring.draw_nights(step, results, meeting.promotion, history),
    )


@flow(name="spam-run", flow_run_name=started_now)
def spam_run(config: SpamConfig, part: Selection = Selection()) -> State[None]:  # noqa: B008 - frozen
    """Tell spam from wanted mail, from fetch to a published verdict and a champion."""
    return run_whole(config, part, declare, card)


def card(done: FinishedRun) -> str:
    """Return the model card of a filter."""
    found = done.results
    return card_of(found.dataset, found.fitted, found.evaluation, found.choice, done.again)


def plan(asked: SpamCommand) -> None:
    """Say what would run."""
    tell_plan_of(asked.part, asked.config, declare)


def look(asked: SpamCommand) -> None:
    """Look for the mails and the steps that are asked for, without a server.

    Raises
    ------
    UsageError
        If a step or a variable is unknown.
    DataError
        If the mails are unknown, or their folder is none.
    """
    refuse_unknown_variables(os.environ, "SPAM_", VARIABLES)
    planned(asked.config)
    if not asked.part.is_all:
        asked.part.of(declared_steps(asked.config, declare))


def ask() -> SpamCommand:
    """Read the command line; tell what is wrong before any server starts."""
    return ask_for(SpamCommand, look)


def len_of(mails: MailSet) -> int:
    """Return how many training mails there are."""
    return mails.train.n_rows


def _the_one_there_is(found: Mails | SourceUnavailable, instead: Mails | None) -> Mails:
    if isinstance(found, SourceUnavailable):
        assert instead is not None  # for the type checker: it was made on this very condition
        return instead.model_copy(update={"fallback_reason": str(found)})
    return found


if __name__ == "__main__":
    leave(run_from_command_line(spam_run, plan, ask))
