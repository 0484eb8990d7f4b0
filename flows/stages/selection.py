"""Declare the stages of any problem, from the rows that are fitted to the final scores."""

from typing import NamedTuple

from prefect import Task

from engine.run.workflow import Workflow
from engine.store.refs import ArrayRef
from flows.stages.results import Found
from flows.workflow_config import WorkflowConfig
from tasks.class_names import ClassNames
from tasks.data.records import Dataset
from tasks.errors import UnreachablePrecision
from tasks.evaluation.confidence import measure_confidence
from tasks.evaluation.evaluate import evaluate, score_test_set
from tasks.evaluation.resolution import measure_resolution
from tasks.models.out_of_fold import gather_out_of_fold
from tasks.models.records import CandidateSpec, FittedModel, FoldScores, OutOfFold
from tasks.pixel_range import PixelRange
from tasks.selection.binary import measure_binary
from tasks.selection.compare import rank_candidates
from tasks.selection.every_class import measure_every_class
from tasks.selection.records import Ranking, ThresholdChoice
from tasks.selection.threshold import select_threshold


class Fitting(NamedTuple):
    """How every fit is made: folds of the cross-validation, seed, and processor cores."""

    n_splits: int
    seed: int
    n_jobs: int


class Fits(NamedTuple):
    """The tasks of a problem that fit its candidates, without one fold and on all rows.

    `training` is what both learn from.
    """

    of_fold: Task[..., FoldScores]
    of_all: Task[..., FittedModel]
    training: object


class Question(NamedTuple):
    """What a run asks of its candidates: `text` about the class `positive`.

    `target_precision` and the two costs are asked of a threshold, `goal` of the final scores.
    """

    text: str
    positive: int
    names: ClassNames
    specs: tuple[CandidateSpec, ...]
    how: Fitting
    target_precision: float
    cost_false_alarm: float
    cost_miss: float
    goal: float

    @property
    def titles(self) -> tuple[str, ...]:
        """The candidates as reports name them."""
        return tuple(spec.title for spec in self.specs)


def question_of(config: WorkflowConfig, text: str, positive: int, names: ClassNames) -> Question:
    """Return what a run asks by its options, of a class and by the names of a problem."""
    return Question(
        text=text,
        positive=positive,
        names=names,
        specs=config.specs,
        how=Fitting(config.n_splits, config.seed, config.n_jobs),
        target_precision=config.target_precision,
        cost_false_alarm=config.cost_false_alarm,
        cost_miss=config.cost_miss,
        goal=config.goal,
    )


def find(  # noqa: PLR0913, PLR0917 - the data, what is fitted on it, and what is asked
    step: Workflow,
    dataset: Dataset,
    fits: Fits,
    question: Question,
    test_parts: tuple[tuple[str, int, int], ...] = (),
    pixel_range: PixelRange | None = None,
) -> Found:
    """Declare the stages: cross-validate, choose, refit, evaluate.

    `test_parts` names parts of the test set, rows [start, end), whose scores are shown apart.
    """
    labels, how = dataset.train.labels, question.how
    scores = tuple(cross_validate(step, spec, fits, labels, how) for spec in question.specs)
    ranking = step("choose candidate", rank_candidates, scores, labels)
    choices = choose_thresholds(step, question, scores, labels, ranking)
    choice = step.value(choice_of_winner, choices, ranking)
    binaries = tuple(
        step(f"{question.text} {spec.title}", measure_binary, each, labels, question.positive)
        for spec, each in zip(question.specs, scores, strict=True)
    )
    winner = step.value(scores_of_winner, scores, ranking)

    fitted = step(
        "refit the winner",
        fits.of_all,
        winner.candidate,
        fits.training,
        how.seed,
        how.n_jobs,
    )
    final = step(
        "score the test set", score_test_set, fitted, dataset.test, question.how.seed, test_parts
    )
    evaluation = step(
        "evaluate on the test set", evaluate, final, choice, dataset.test.labels, question.goal
    )
    return Found(
        dataset=dataset,
        names=question.names,
        pixel_range=pixel_range,
        out_of_fold=scores,
        ranking=ranking,
        choices=choices,
        choice=choice,
        binaries=binaries,
        winner=winner,
        fitted=fitted,
        evaluation=evaluation,
        resolution=step(
            "what the test set can tell apart",
            measure_resolution,
            evaluation.confusion,
            ranking.only_first_right,
            ranking.only_second_right,
            dataset.train.n_rows,
        ),
        every_class=step(
            "every class of the winner",
            measure_every_class,
            winner,
            labels,
            question.target_precision,
            question.cost_false_alarm,
            question.cost_miss,
        ),
        confidence=step(
            "confidence of the winner",
            measure_confidence,
            winner.candidate,
            winner,
            labels,
            evaluation.scores,
            dataset.test.labels,
        ),
    )


def cross_validate(  # noqa: PLR0913, PLR0917 - a candidate, its fits, and how
    step: Workflow,
    spec: CandidateSpec,
    fits: Fits,
    labels: ArrayRef,
    how: Fitting,
    named: str = "",
) -> OutOfFold:
    """Fit one candidate once per fold and gather its scores of the rows it did not see.

    `named` names the steps instead of the candidate, where it is cross-validated in several ways.
    """
    folds = tuple(
        step(
            f"cross-validate {named or spec.title}, fold {fold + 1} of {how.n_splits}",
            fits.of_fold,
            spec,
            fold,
            fits.training,
            how.n_splits,
            how.seed,
            how.n_jobs,
        )
        for fold in range(how.n_splits)
    )
    return step(
        f"out-of-fold scores of {named or spec.title}", gather_out_of_fold, spec, folds, labels
    )


def choose_thresholds(
    step: Workflow,
    question: Question,
    out_of_fold: tuple[OutOfFold, ...],
    labels: ArrayRef,
    ranking: Ranking,
) -> tuple[ThresholdChoice, ...]:
    """Choose each candidate's operating point; only the winner's must be reachable.

    Raises
    ------
    UnreachablePrecision
        If the winner cannot give the asked precision.
    """
    choices = tuple(
        step.tolerating(
            UnreachablePrecision, when=step.value(str.__ne__, ranking.winner, spec.name)
        )(
            f"threshold of {spec.title}",
            select_threshold,
            scores,
            labels,
            question.positive,
            question.target_precision,
        )
        for spec, scores in zip(question.specs, out_of_fold, strict=True)
    )
    return step.value(_reached, choices)


def scores_of_winner(out_of_fold: tuple[OutOfFold, ...], ranking: Ranking) -> OutOfFold:
    """Return the winner's out-of-fold scores."""
    return next(each for each in out_of_fold if each.candidate.name == ranking.winner)


def choice_of_winner(choices: tuple[ThresholdChoice, ...], ranking: Ranking) -> ThresholdChoice:
    """Return the winner's operating point."""
    return next(each for each in choices if each.candidate == ranking.winner)


def _reached(
    choices: tuple[ThresholdChoice | UnreachablePrecision, ...],
) -> tuple[ThresholdChoice, ...]:
    return tuple(each for each in choices if isinstance(each, ThresholdChoice))
