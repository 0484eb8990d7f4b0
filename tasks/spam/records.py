"""Records of mails as they were found, as they were split, and of what a filter shows."""

from typing import Literal

from engine.records import Record
from engine.store.refs import ArrayRef
from tasks.data.records import Dataset
from tasks.models.records import Labelled

Part = tuple[str, int, int]  # a folder of the corpus, and its rows [start, end)


class MailSource(Record):
    """Where mails are read; `place` is a folder, or the address that archives lie under."""

    kind: Literal["folder", "site", "made"]
    place: str = ""


class Grouped(Labelled):
    """Mails with the group of each, int64 (n,): equal for near-duplicates and within a thread.

    Without `groups` each mail is by itself.
    """

    groups: ArrayRef | None = None


class Mails(Record):
    """Every mail of a corpus, spam being class 1, in the order of the parts.

    `n_undecoded` counts the mails whose charset is not what it claims.
    """

    name: str
    title: str
    source: str
    rows: Labelled
    parts: tuple[Part, ...]
    content_sha256: str
    n_undecoded: int
    fallback_reason: str | None = None


class MailSet(Dataset):
    """Mails for training and a fifth for the test; alike ones are on the same side.

    `training` is `train` with the groups within which no fold may divide it; of these mails `later`
    were collected after the `earlier` ones, none where that is not known.
    """

    training: Grouped
    earlier: Grouped
    later: Labelled
    train_parts: tuple[Part, ...]
    test_parts: tuple[Part, ...]
    n_groups: int
    n_undecoded: int


class Mistake(Record):
    """A test mail on the wrong side of the default threshold by `margin`, and its beginning."""

    is_spam: bool
    margin: float
    snippet: str


class Hardest(Record):
    """The test mails that are most wrong, the worst first."""

    mistakes: tuple[Mistake, ...]


class Telling(Record):
    """Words and pieces with the largest weights for spam (positive) and against it."""

    words: tuple[tuple[str, float], ...]
    pieces: tuple[tuple[str, float], ...]
    counts: tuple[tuple[str, float], ...]
