"""Is a mail spam? The whole job through the same workflow: ``python -m flows.spam_run``."""

import sys

if __name__ == "__main__" and not __package__:  # called as a file, it would not find its folders
    sys.stderr.write("Call it from the project's folder: python -m flows.spam_run\n")
    sys.exit(2)

from dataclasses import dataclass
from functools import partial

from prefect import flow
from prefect.client.schemas import State

from artifacts.reports.spam import card_of, draw_claims, draw_corpus, draw_hardest, draw_telling
from engine.run.flow_run import started_now
from engine.run.selection import Selection
from engine.run.workflow import Workflow
from flows.report.finished import FinishedRun
from flows.spam.config import SpamCommand, SpamConfig
from flows.stages.champion import Incumbent
from flows.stages.data import first_or_other
from flows.stages.reports import draw_stages
from flows.stages.selection import Fits, Question, cross_validate, find, question_of
from flows.whole_run import Stages, ask_about, main, run_whole
from tasks.class_names import ClassNames
from tasks.errors import UnreachablePrecision
from tasks.evaluation.evaluate import evaluate, score_test_set
from tasks.evaluation.records import Evaluation
from tasks.models.records import CandidateSpec, OutOfFold
from tasks.selection.records import ThresholdChoice
from tasks.selection.threshold import select_threshold
from tasks.spam.candidates import reading_headers
from tasks.spam.corpus import plan_mails
from tasks.spam.evidence import find_hardest, find_telling
from tasks.spam.fits import cross_validate_mails, refit_mails
from tasks.spam.prepare import read_corpus, split_mails
from tasks.spam.records import Grouped, Hardest, Telling

SPAM = 1
NAMES = ClassNames(named=((0, "wanted mail"), (SPAM, "spam")))
LABELS = "fetch the mails", "make up mails instead"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfMails:
    """What a run on mails finds out besides.

    `claims` and `at` are the scores of the winner by other tests, and the thresholds they would
    choose, None out of reach; `later` is its test on later mails, None where none are known, and
    `telling` is None for a model without weights.
    """

    claims: tuple[OutOfFold, ...]
    at: tuple[ThresholdChoice | None, ...]
    later: Evaluation | None
    hardest: Hardest
    telling: Telling | None


def declare(step: Workflow, config: SpamConfig, _: Incumbent) -> Stages:
    """Declare the stages: fetch, split, cross-validate, choose, refit, evaluate; and draw them."""
    question = question_of(config, "is it spam?", SPAM, NAMES)
    wanted, other = plan_mails(config.datasets, config.data_dir)
    read = first_or_other(step, LABELS, read_corpus, wanted, other, config.fetch_deadline)
    mails = step("split the mails", split_mails, read, config.seed)
    fits = Fits(cross_validate_mails, refit_mails, mails.training)
    found = find(step, mails, fits, question, mails.test_parts)

    spec, seed, n_jobs = found.winner.candidate, config.seed, config.n_jobs
    ways = {
        "alike mails on both sides": (spec, step.value(apart, mails.training)),
        f"{'no' if config.headers else 'all'} headers": (
            step.value(reading_headers, spec, not config.headers), mails.training
        ),
    }  # fmt: skip
    claims = [claimed_by(step, name, *way, question) for name, way in ways.items()]
    if_later = step.when(step.value(bool, mails.later.n_rows))
    fitted = if_later("refit on earlier mails", refit_mails, spec, mails.earlier, seed, n_jobs)
    scored = if_later("score later mails", score_test_set, fitted, mails.later, seed)
    besides = OfMails(
        claims=tuple(scores for scores, _ in claims),
        at=tuple(choice for _, choice in claims),
        later=if_later(
            "test on later mails", evaluate, scored, found.choice, mails.later.labels, config.goal
        ),
        hardest=step("hardest mails", find_hardest, mails.test, found.evaluation.scores),
        telling=step.when(step.value(str.__ne__, spec.builder, "random_forest"))(
            "telling words", find_telling, found.fitted, mails.train
        ),
    )
    names, scores = ("as chosen", *ways), (found.winner, *besides.claims)
    return Stages(
        found,
        besides,
        reports=(
            *draw_stages(step, found, question),
            step("draw the mails", draw_corpus, mails),
            step(
                "draw the claims", draw_claims, names, scores, (found.choice, *besides.at),
                besides.later,
            ),
            step("draw the hardest mails", draw_hardest, besides.hardest),
            step("draw the telling words", draw_telling, besides.telling, spec.title),
        ),
    )  # fmt: skip


def claimed_by(
    step: Workflow, name: str, spec: CandidateSpec, training: Grouped, question: Question
) -> tuple[OutOfFold, ThresholdChoice | None]:
    """Declare what a way to test the winner would claim, on the training mails alone."""
    fits, labels = Fits(cross_validate_mails, refit_mails, training), training.labels
    scores = cross_validate(step, spec, fits, labels, question.how, f"the winner, {name}")
    choice = step.tolerating(UnreachablePrecision)(
        f"threshold, {name}", select_threshold, scores, labels, SPAM, question.target_precision
    )
    return scores, step.value(unless_unreachable, choice)


def apart(training: Grouped) -> Grouped:
    """Return mails each of which is a group of its own."""
    return training.model_copy(update={"groups": None})


def unless_unreachable(found: ThresholdChoice | UnreachablePrecision) -> ThresholdChoice | None:
    """Return a threshold, or None if none gives the asked precision."""
    return found if isinstance(found, ThresholdChoice) else None


ask = partial(ask_about, SpamCommand, declare)


@flow(name="spam-run", flow_run_name=started_now)
def spam_run(config: SpamConfig, part: Selection = Selection()) -> State[None]:  # noqa: B008 - frozen
    """Tell spam from wanted mail, from fetch to a published verdict and a champion."""
    return run_whole(config, part, declare, card)


def card(done: FinishedRun) -> str:
    """Return the model card of a filter."""
    found = done.results
    return card_of(found.dataset, found.fitted, found.evaluation, found.choice, done.again)


if __name__ == "__main__":
    main(spam_run, ask, declare)
