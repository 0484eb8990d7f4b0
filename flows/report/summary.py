"""The last lines of a run in the terminal: verdict, scores, threshold, where to look."""

from pathlib import Path
from textwrap import wrap

from artifacts.text import article
from engine.run.display import duration
from engine.words import counted
from flows.report.finished import FinishedRun
from flows.stages.evidence import Images
from tasks.champion.records import Promotion
from tasks.data.records import Dataset
from tasks.evaluation.records import Evaluation, Interval

COLUMNS = 100


def summary_text(done: FinishedRun, report: Path, interface: str) -> str:
    """Return the summary of a finished run as plain text of at most 100 columns."""
    found, steps, problem = done.results, done.steps, done.asked.problem
    evaluation, choice, dataset = found.evaluation, found.choice, found.dataset
    binary = evaluation.binary
    question = problem.in_own_words(f"Is it {article(found.names.of(choice.digit))}?")
    reused = sum(step.reused for step in steps)
    nothing_new = "; nothing is new since an earlier run" if reused == len(steps) else ""
    seconds = sum(step.seconds for step in steps)
    loud = (
        f"THIS IS NOT {problem.asked_for.upper()}: {dataset.fallback_reason}\n"
        if dataset.fallback_reason
        else ""
    )
    return f"""
Goal of {evaluation.goal:.1%} on {dataset.title}: {evaluation.verdict.upper()}
{loud}{_left_out(dataset)}{_labelled_otherwise(done)}
{_score_table(evaluation)}

{question} The threshold {choice.threshold:.4g} on the scores of {choice.candidate}
out of fold      precision {choice.precision:.1%}, recall {choice.recall:.1%}
on the test set  precision {binary.precision.value:.1%}, recall {binary.recall.value:.1%}

{problem.in_own_words(_champion(done.promotion))}

{len(steps)} steps, {reused} reused, {duration(seconds)}{nothing_new}
Prediction digest  {evaluation.prediction_sha256}
Report             {report}
Prefect UI         {interface}"""


def _left_out(dataset: Dataset) -> str:
    if not dataset.n_left_out:
        return ""
    return (
        f"{dataset.n_left_out:,} training images equal a test image and were left out of training\n"
    )


def _labelled_otherwise(done: FinishedRun) -> str:
    new = done.besides.new_images if isinstance(done.besides, Images) else None
    if new is None or not new.n_otherwise:
        return ""
    return (
        f"Labels of {counted(new.n_otherwise, 'new image')} contradict an earlier one, which is "
        f"kept. The first: {new.duplicates[0]}\n"
    )


def _champion(promotion: Promotion) -> str:
    text = f"Champion: {promotion.decision.outcome}. {promotion.decision.reason}"
    return "\n".join(wrap(text, COLUMNS, break_long_words=False, break_on_hyphens=False))


def _score_table(evaluation: Evaluation) -> str:
    head = f"{evaluation.candidate:<18} test score   95 % interval"
    return "\n".join(
        [head, *(_score_row(name, score) for name, score in evaluation.headline.items())]
    )


def _score_row(name: str, score: Interval) -> str:
    return f"{name:<18} {score.value:>9.2%}    {score.low:.2%} to {score.high:.2%}"
