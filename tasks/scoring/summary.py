"""What the answers of a run amount to, gathered one by one: counts, scores, what to show."""

import heapq
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from engine.records import Record
from tasks.class_names import NUMBERS, ClassNames
from tasks.evaluation.records import Interval
from tasks.handwriting.records import Kind
from tasks.models.records import Matrix
from tasks.scoring.ledger import Answer
from tasks.scoring.records import Familiar, HoldBack

Why = Literal["", "unsure", "unlike"]
N_UNSURE_SHOWN = 24  # held-back digits that a report shows
N_PER_CLASS = 12  # answered digits of each class that it shows
N_PAGES_SHOWN = 4
N_PROBLEMS_SHOWN = 50


@dataclass(frozen=True, slots=True, order=True)
class Verdict:
    """An answer, the file it is about, and why it is held back, if it is.

    `kind` and `sha256` are the file's; `number` counts the digits of its image from 0, and
    `of` is how many there are. `label` is the true class, if it is known.
    """

    path: str
    kind: Kind
    sha256: str
    number: int
    of: int
    answer: Answer
    why: Why
    label: int | None = None


class Labelled(Record):
    """Scores where labels were given: of all digits, of those answered; rows true, columns said."""

    n: int
    accuracy: Interval
    accuracy_answered: Interval
    confusion: Matrix


class Summary(Record):
    """Counts of a run. `counts` are answers by class, those held back left out.

    `n_images` counts images with a digit, `n_before` the images that an earlier run had scored.

    `problems` are pairs of a file and what is wrong with it, the first ones, and `lost_labels`
    those of files whose labels could not be read, `n_lost_labels` in all: the images are answered.
    """

    classes: tuple[int, ...]
    names: ClassNames = NUMBERS
    n_files: int
    n_images: int
    n_digits: int
    n_before: int
    counts: tuple[int, ...]
    n_unsure: int
    n_unlike: int
    n_unread: int
    problems: tuple[tuple[str, str], ...]
    n_without_label: int
    n_lost_labels: int
    lost_labels: tuple[tuple[str, str], ...]
    labelled: Labelled | None

    @property
    def n_held_back(self) -> int:
        """Digits that are passed to a person."""
        return self.n_unsure + self.n_unlike


def why_held_back(answer: Answer, hold_back: HoldBack, familiar: Familiar) -> Why:
    """Say why an answer is held back; empty if it is given."""
    if answer.distance > familiar.threshold:
        return "unlike"
    sureness = answer.lead if hold_back.by == "lead" else answer.probability
    return "unsure" if sureness < hold_back.threshold else ""


def least_sure(verdict: Verdict) -> tuple[float, float, str, int, int]:
    """Return what verdicts are sorted by: the probability, then the lead, then the place."""
    answer = verdict.answer
    return answer.probability, answer.lead, verdict.path, answer.row, verdict.number


@dataclass
class Gathering:
    """Takes the verdicts of a run one after the other; keeps counts and the few to show."""

    classes: tuple[int, ...]
    names: ClassNames = NUMBERS
    n_before: int = 0
    n_files: int = 0
    n_images: int = 0
    n_unread: int = 0
    n_without_label: int = 0
    n_lost_labels: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[int, int, bool]] = field(default_factory=Counter)
    counts: Counter[int] = field(default_factory=Counter)
    problems: list[tuple[str, str]] = field(default_factory=list)
    lost_labels: list[tuple[str, str]] = field(default_factory=list)
    pages: list[list[Verdict]] = field(default_factory=list)
    answered: dict[int, list[Verdict]] = field(default_factory=dict)
    _unsure: list[tuple[float, float, Verdict]] = field(default_factory=list)
    _last_unread: str = ""

    def take(self, verdicts: list[Verdict]) -> None:
        """Take the verdicts of one image, in reading order."""
        self.n_images += 1
        if len(verdicts) > 1 and len(self.pages) < N_PAGES_SHOWN:
            self.pages.append(verdicts)
        for each in verdicts:
            self._take_one(each)

    def take_problem(self, path: str, problem: str) -> None:
        """Take a file that, in whole or in part, could not be read or has nothing written on it.

        A file counts once, whose problems come one after the other.
        """
        self.n_unread += path != self._last_unread
        self._last_unread = path
        if len(self.problems) < N_PROBLEMS_SHOWN:
            self.problems.append((path, problem))

    def take_lost_label(self, path: str, problem: str) -> None:
        """Take a label, or a table of labels, that could not be read."""
        self.n_lost_labels += 1
        if len(self.lost_labels) < N_PROBLEMS_SHOWN:
            self.lost_labels.append((path, problem))

    @property
    def held_back(self) -> list[Verdict]:
        """The held-back digits to show, the least probable answer first."""
        return [each for *_, each in sorted(self._unsure, key=lambda item: least_sure(item[-1]))]

    def summary(self) -> Summary:
        """Return what was gathered."""
        counts = tuple(self.counts[label] for label in self.classes)
        return Summary(
            classes=self.classes,
            names=self.names,
            n_files=self.n_files,
            n_images=self.n_images,
            n_digits=sum(counts) + self.reasons["unsure"] + self.reasons["unlike"],
            n_before=self.n_before,
            counts=counts,
            n_unsure=self.reasons["unsure"],
            n_unlike=self.reasons["unlike"],
            n_unread=self.n_unread,
            problems=tuple(self.problems),
            n_without_label=self.n_without_label,
            n_lost_labels=self.n_lost_labels,
            lost_labels=tuple(self.lost_labels),
            labelled=self._labelled(),
        )

    def _take_one(self, each: Verdict) -> None:
        answer = each.answer
        if each.label is None:
            self.n_without_label += 1
        else:
            self.pairs[each.label, answer.digit, bool(each.why)] += 1
        if each.why:
            self.reasons[each.why] += 1
            # the heap's first is the surest of those kept
            item = (-answer.probability, -answer.lead, each)
            (heapq.heappush if len(self._unsure) < N_UNSURE_SHOWN else heapq.heappushpop)(
                self._unsure, item
            )
            return
        self.counts[answer.digit] += 1
        shown = self.answered.setdefault(answer.digit, [])
        if len(shown) < N_PER_CLASS:
            shown.append(each)

    def _labelled(self) -> Labelled | None:
        if not self.pairs:
            return None
        from tasks.evaluation.intervals import wilson_interval

        def accuracy(pairs: Iterable[tuple[tuple[int, int, bool], int]]) -> Interval:
            counted = list(pairs)
            right = sum(count for (true, said, _), count in counted if true == said)
            return wilson_interval(right, sum(count for _, count in counted))

        every = list(self.pairs.items())
        return Labelled(
            n=sum(self.pairs.values()),
            accuracy=accuracy(every),
            accuracy_answered=accuracy(item for item in every if not item[0][2]),
            confusion=tuple(
                tuple(
                    self.pairs[true, said, False] + self.pairs[true, said, True]
                    for said in self.classes
                )
                for true in self.classes
            ),
        )
