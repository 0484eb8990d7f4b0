"""What was read of the mails, what other tests would claim, which mails and words tell most."""

from itertools import zip_longest
from statistics import fmean

from artifacts.render import RenderedReport
from artifacts.text import interval, percent, table
from engine.cache.task import cached_task
from tasks.data.records import Dataset
from tasks.evaluation.records import Evaluation
from tasks.models.records import FittedModel, OutOfFold
from tasks.selection.records import ThresholdChoice
from tasks.spam.records import Hardest, MailSet, Telling


def quoted(text: str) -> str:
    """Return a piece of a mail as text that is never markup, not in a table either.

    >>> quoted("a|b `c`  <b>d")
    "`a¦b 'c' <b>d`"
    """
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return f"`{' '.join(shown.replace('|', '¦').replace('`', chr(39)).split()) or '(space)'}`"


@cached_task(name="draw mails")
def draw_corpus(mails: MailSet) -> RenderedReport:
    """Render which mails there are, on which side, and what could not be decoded."""
    sides = ((mails.train_parts, "training"), (mails.test_parts, "test"))
    sizes = {side: {name: end - start for name, start, end in parts} for parts, side in sides}
    rows: list[tuple[object, ...]] = [
        (quoted(name), f"{n:,}", f"{sizes['test'].get(name, 0):,}")
        for name, n in sizes["training"].items()
    ]
    n = mails.train.n_rows + mails.test.n_rows
    text = f"""{mails.title}, from {quoted(mails.source)}: {n:,} mails in {mails.n_groups:,} groups of \
alike ones. {mails.checks[0][0].upper()}{mails.checks[0][1:]}.

{table(("part", "training", "test"), rows)}

Of {mails.n_undecoded:,} mails some letters may be wrong: their charset is not what they claim. \
Content sha256 `{mails.content_sha256}`.
"""
    return RenderedReport(key="0-dataset", title="The mails", markdown=text, figures=())


@cached_task(name="draw claims")
def draw_claims(
    names: tuple[str, ...],
    scores: tuple[OutOfFold, ...],
    choices: tuple[ThresholdChoice | None, ...],
    later: Evaluation | None,
) -> RenderedReport:
    """Render what other ways to test the same model would claim."""
    rows: list[tuple[object, ...]] = [
        (
            name,
            f"{of.scores.shape[0]:,}",
            percent(fmean(of.fold_accuracies)),
            *((percent(at.precision), percent(at.recall)) if at else ("not reached", "")),
        )
        for name, of, at in zip(names, scores, choices, strict=True)
    ]
    if later is not None:
        frozen = later.binary.precision, later.binary.recall
        rows.append(
            (
                "fitted on the earlier folders, scored on the later with the chosen threshold",
                f"{later.n_test:,}",
                percent(later.accuracy.value),
                *(percent(each.value) for each in frozen),
            )
        )
    head = ("training mails, tested by models that did not see them", "mails", "accuracy",
            "precision", "recall")  # fmt: skip
    text = f"""The first row is what the choices were made on. A careless split lets near-duplicates and \
replies stand on both sides. The headers of a collected corpus tell how it was collected (its lists, its \
dates, the host that received it), so their gain would not hold elsewhere. Precision and recall are at \
the lowest threshold that reaches the asked precision.

{table(head, rows)}
"""
    return RenderedReport(
        key="6-other-tests", title="What other tests would claim", markdown=text, figures=()
    )


@cached_task(name="draw hardest mails")
def draw_hardest(hardest: Hardest) -> RenderedReport:
    """Render the beginnings of the test mails that are most wrong."""
    rows: list[tuple[object, ...]] = [
        ("spam" if each.is_spam else "wanted", f"{each.margin:.3g}", quoted(each.snippet))
        for each in hardest.mistakes
    ]
    text = "No test mail is on the wrong side of the default threshold.\n"
    if rows:
        shown = table(("is", "beyond the threshold by", "begins"), rows)
        text = f"The test mails furthest on the wrong side of the default threshold.\n\n{shown}\n"
    return RenderedReport(
        key="7-hardest-mails", title="The hardest mails", markdown=text, figures=()
    )


@cached_task(name="draw telling words")
def draw_telling(telling: Telling | None, title: str) -> RenderedReport:
    """Render the words, pieces of text and counts with the largest weights."""
    if telling is None:
        text = f"{title} has no weights, so none are shown.\n"
    else:
        tables = [
            f"**{name}**\n\n{_both_sides(weights)}"
            for name, weights in (
                ("Words and pairs of words", telling.words),
                ("Pieces of four bytes", telling.pieces),
                ("Counts", telling.counts),
            )
            if weights
        ]
        text = f"The largest weights of {title}, for spam and against it.\n\n" + "\n\n".join(tables)
    return RenderedReport(
        key="8-telling-words", title="The most telling words", markdown=f"{text}\n", figures=()
    )


def _both_sides(weights: tuple[tuple[str, float], ...]) -> str:
    ordered = sorted(weights, key=lambda each: -each[1])
    sides = (
        [(quoted(name), f"{weight:.2f}") for name, weight in ordered if weight > 0],
        [(quoted(name), f"{weight:.2f}") for name, weight in reversed(ordered) if weight < 0],
    )
    rows: list[tuple[object, ...]] = [
        (*spam, *wanted) for spam, wanted in zip_longest(*sides, fillvalue=("", ""))
    ]
    return table(("for spam", "weight", "against", "weight"), rows)


def card_of(
    dataset: Dataset,
    fitted: FittedModel,
    evaluation: Evaluation,
    choice: ThresholdChoice,
    command: str,
) -> str:
    """Return a filter's model card as markdown."""
    binary = evaluation.binary
    return f"""**{fitted.candidate.title}**, fitted on {fitted.n_train:,} mails of {dataset.title}. It \
calls a mail spam from {choice.threshold:.6g} on, chosen out of fold for a precision of \
{percent(choice.target_precision, 1)}; on the test set precision {interval(binary.precision)}, recall \
{interval(binary.recall)}.

The mails are of 2002 and 2003 where they are SpamAssassin's: spam of today is another kind, so fit it \
on your own mails. A wanted mail lost is worse than spam seen: put what it calls spam into a folder, and \
delete nothing by it.

```console
{command}
```
"""
