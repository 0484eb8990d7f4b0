"""A person's own images: what the champion answers, how sure it is, and what it passes on."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from artifacts.render import RenderedFigure, RenderedReport, stored_figure
from artifacts.text import as_text, interval, named, percent, table
from engine.printable import shown
from engine.words import counted
from tasks.class_names import ClassNames
from tasks.errors import DataError
from tasks.handwriting.records import Convention
from tasks.scoring.records import Familiar, HoldBack
from tasks.scoring.summary import Gathering, Labelled, Summary, Verdict

if TYPE_CHECKING:
    from artifacts.figures.predictions import Seen

KEY = "8-predictions"
TITLE = "A person's own images"
MOST_LISTED = 20  # files in a table of problems
WORDS = {"unsure": "not sure", "unlike": "unlike anything learned"}


def headline(summary: Summary) -> str:
    """Say in a sentence what was answered."""
    before = f" {counted(summary.n_before, 'image')} had been scored before." * (
        summary.n_before > 0
    )
    return (
        f"{counted(summary.n_digits, 'digit')} found in {counted(summary.n_images, 'image')}: "
        f"{sum(summary.counts):,} answered, {summary.n_held_back:,} held back; "
        f"{counted(summary.n_unread, 'file')} not answered in full.{before}"
    )


def predictions_report(summary: Summary, hold_back: HoldBack, familiar: Familiar) -> str:
    """Say what was answered, what was held back and why, and what could not be read."""
    parts = [
        f"**{headline(summary)}**",
        _problems(summary.problems, counted(summary.n_unread, "file") + " not answered in full"),
        table(
            ("answer", "digits"),
            [
                (named(summary.names, label), f"{n:,}")
                for label, n in zip(summary.classes, summary.counts, strict=True)
            ],
        ),
        _promise(summary, hold_back),
        _unlike(summary, familiar),
        _labelled(summary.labelled, summary.n_without_label) if summary.labelled else "",
        _problems(summary.lost_labels, f"Labels that could not be read: {summary.n_lost_labels:,}"),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _promise(summary: Summary, hold_back: HoldBack) -> str:
    rule = (
        f"the least sure {hold_back.asked}: those whose first score leads the second by less than "
        f"{hold_back.threshold:.3g}"
        if hold_back.by == "lead"
        else f"answers with a calibrated probability below {hold_back.threshold:g}"
    )
    return (
        f"**Held back are {rule}.** Here {counted(summary.n_unsure, 'digit')} fell below. The threshold was chosen on "
        f"out-of-fold scores of the training images, where it holds back {percent(hold_back.share)} "
        f"and {interval(hold_back.accuracy)} of the others are right. On the test images, which "
        f"chose nothing, it holds back {percent(hold_back.test_share)} and "
        f"{interval(hold_back.test_accuracy)} of the others are right. Images that are written or "
        "taken otherwise than the training images may be answered less well."
    )


def _unlike(summary: Summary, familiar: Familiar) -> str:
    return (
        f"**Unlike anything learned: {counted(summary.n_unlike, 'digit')}.** Their distance to the "
        "nearest training image of the class they are taken for exceeds "
        f"{familiar.threshold:.2f}, as it does for {percent(familiar.expected, 0)} of training "
        f"images kept out. Of the test images {interval(familiar.false_alarms)} are flagged: these "
        "are false alarms."
    )


def _labelled(found: Labelled, n_without: int) -> str:
    lack = "has" if n_without == 1 else "have"
    without = f" {counted(n_without, 'digit')} {lack} no label." if n_without else ""
    return (
        f"**Labels were given for {counted(found.n, 'digit')}.**{without} Right are "
        f"{interval(found.accuracy)} of them all, and {interval(found.accuracy_answered)} of those "
        "that were answered."
    )


def _problems(problems: tuple[tuple[str, str], ...], title: str) -> str:
    if not problems:
        return ""
    rows: list[tuple[object, ...]] = [
        (as_text(Path(path).name), as_text(problem)) for path, problem in problems[:MOST_LISTED]
    ]
    more = len(problems) > MOST_LISTED
    rest = f"\n\nThese are the first {MOST_LISTED}; predictions.json has more." * more
    return f"**{title}**\n\n" + table(("file", "why"), rows) + rest


def draw_predictions(  # noqa: PLR0913 - what was found, and by which rules
    summary: Summary,
    gathering: Gathering,
    hold_back: HoldBack,
    familiar: Familiar,
    layout: Convention,
    *,
    normalise: bool,
) -> RenderedReport:
    """Render the pages with their boxes, what was held back, the answers, the confusions."""
    from artifacts.figures.class_names import drawn_name, drawn_names
    from artifacts.figures.predictions import answers_figure, gallery_figure
    from artifacts.figures.scores import confusion_figure

    is_bright, figures, called = layout.is_ink_bright, [], partial(drawn_name, summary.names)

    def seen_of(verdicts: list[Verdict]) -> "list[Seen]":
        return [each for v in verdicts if (each := _seen(v, layout, called, normalise=normalise))]

    held_back = seen_of(gathering.held_back)
    if held_back:
        figures.append(
            stored_figure(
                KEY, "held-back", "Held back: the least sure first",
                gallery_figure(held_back, is_ink_bright=is_bright),
                "Of each digit the original with its box, and beside it what the model saw.",
            )
        )  # fmt: skip
    answered = {
        called(label): [each.seen for each in seen_of(verdicts)]
        for label, verdicts in sorted(gathering.answered.items())
    }
    answered = {name: images for name, images in answered.items() if images}
    if answered:
        most = max(map(len, answered.values()))
        figures.append(
            stored_figure(
                KEY, "answers", "Answered, as the model saw them",
                answers_figure(answered, most, is_ink_bright=is_bright),
                "The first digits of each answer, laid out as the training images are.",
            )
        )  # fmt: skip
    figures += [
        found for i, page in enumerate(gathering.pages) if (found := _page(i, page, summary.names))
    ]
    if summary.labelled:
        figures.append(
            stored_figure(
                KEY, "confusion", "Confusion matrix of the labelled digits",
                confusion_figure(summary.labelled.confusion, drawn_names(summary.names, summary.classes)),
                "True classes as rows, answers as columns, those held back included.",
            )
        )  # fmt: skip
    return RenderedReport(
        key=KEY,
        title=TITLE,
        markdown=predictions_report(summary, hold_back, familiar),
        figures=tuple(figures),
    )


def _seen(
    verdict: Verdict, layout: Convention, called: Callable[[int], str], *, normalise: bool
) -> "Seen | None":
    """Return what to show of a verdict; None if its file has gone meanwhile."""
    from artifacts.figures.predictions import Seen, surroundings
    from tasks.scoring.pictures import as_seen, original_of

    answer = verdict.answer
    try:
        grey = original_of(verdict)
        seen = as_seen(verdict, layout, normalise=normalise)
    except DataError:
        return None
    part, box = surroundings(grey, answer.box)
    why = f"\n{WORDS[verdict.why]}" if verdict.why else ""
    text = f"{called(answer.digit)} ({answer.probability:.0%}), or {called(answer.runner_up)}{why}"
    return Seen(part, box, seen, text, shown(Path(verdict.path).name))


def _page(i: int, verdicts: list[Verdict], names: ClassNames) -> RenderedFigure | None:
    from artifacts.figures.class_names import drawn_name
    from artifacts.figures.predictions import page_figure
    from tasks.scoring.pictures import original_of

    try:
        grey = original_of(verdicts[0])
    except DataError:
        return None
    figure = page_figure(
        grey,
        [each.answer.box for each in verdicts],
        [drawn_name(names, each.answer.digit) for each in verdicts],
        held=[bool(each.why) for each in verdicts],
    )
    text = " ".join(f"{names.of(e.answer.digit)}{'?' if e.why else ''}" for e in verdicts)
    return stored_figure(
        KEY, f"page-{i + 1}", f"Page: {shown(Path(verdicts[0].path).name)}", figure,
        f"A box around each digit that was found, orange where it is held back. In reading "
        f"order: {text}.",
    )  # fmt: skip
