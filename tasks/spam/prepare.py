"""Read the mails of a corpus, and split them so that alike ones are on the same side."""

from typing import TYPE_CHECKING

from engine.cache.task import cached_task
from engine.store.objects import save_array
from tasks.data.sources import Wanted
from tasks.models.records import Labelled
from tasks.spam.records import Grouped, Mails, MailSet, MailSource, Part

if TYPE_CHECKING:
    import numpy as np

TITLES = {
    "spam+spamassassin": "SpamAssassin's public corpus",
    "spam+made-mail": "300 MADE-UP mails",
}
LATER = {"easy_ham_2", "spam_2"}  # collected after the others


@cached_task(name="read mails", ignoring=("sources", "seconds"))
def read_corpus(wanted: Wanted, sources: MailSource, seconds: float) -> Mails:
    """Read and parse every mail of a source.

    Raises
    ------
    DataError
        If the mails are not those that are wanted, or cannot be read.
    SourceUnavailable
        If the site does not answer within `seconds`, or sends other mails.
    """
    import json

    import numpy as np

    from tasks.errors import DataError, SourceUnavailable
    from tasks.models.rows import save_lines
    from tasks.spam.corpus import PUBLISHED_SHA256, content_digest, is_spam, read_mails
    from tasks.spam.mail import parse_mail

    found = read_mails(sources, seconds)
    digest = content_digest(found)
    if wanted.name == "spam+spamassassin" and digest != PUBLISHED_SHA256:
        message = (
            f"Asked for SpamAssassin's public corpus from {sources.place}; found other mails, with "
            f"the digest {digest} where it has {PUBLISHED_SHA256}. Give mails of your own a name "
            "of their own: --dataset NAME."
        )
        raise (DataError if sources.kind == "folder" else SourceUnavailable)(message)
    lines = [parse_mail(mail) for _, mails in found for mail in mails]
    sizes = [len(mails) for _, mails in found]
    ends = np.cumsum(sizes)
    labels = np.repeat([is_spam(name) for name, _ in found], sizes).astype(np.uint8)
    where = {"made": "this project", "site": sources.place, "folder": f"the folder {sources.place}"}
    return Mails(
        name=wanted.name,
        title=TITLES.get(wanted.name, wanted.name),
        source=where[sources.kind],
        rows=save_lines(lines, labels),
        parts=tuple(
            (name, int(end) - n, int(end))
            for (name, _), n, end in zip(found, sizes, ends, strict=True)
        ),
        content_sha256=digest,
        n_undecoded=sum(json.loads(line)["undecoded"] > 0 for line in lines),
    )


@cached_task(name="split mails")
def split_mails(mails: Mails, seed: int) -> MailSet:
    """Keep a fifth of the mails for the test, in whole groups, shares of classes as they are.

    Raises
    ------
    DataError
        If there are too few mails of a class.
    """
    import numpy as np

    from engine.store.objects import load_array
    from tasks.models.folds import grouped_folds
    from tasks.models.rows import load_rows, save_lines
    from tasks.spam.groups import alike

    lines, labels = load_rows(mails.rows), load_array(mails.rows.labels)
    groups = alike(lines)
    test = grouped_folds(labels, groups, n_splits=5, seed=seed)[0]
    train = np.setdiff1d(np.arange(len(labels)), test)
    is_later = np.zeros(len(labels), bool)
    for name, start, end in mails.parts:
        is_later[start:end] = name in LATER

    def kept(rows: np.ndarray) -> Grouped:
        of = save_lines(list(lines[rows]), labels[rows])
        return Grouped(rows=of.rows, labels=of.labels, groups=save_array(groups[rows]))

    training = kept(train)
    return MailSet(
        name=mails.name,
        title=mails.title,
        source=mails.source,
        is_mnist=False,
        train=Labelled(rows=training.rows, labels=training.labels),
        test=save_lines(list(lines[test]), labels[test]),
        training=training,
        earlier=kept(train[~is_later[train]]),
        later=kept(train[is_later[train]]),
        classes=(0, 1),
        train_counts=_counts(labels[train]),
        test_counts=_counts(labels[test]),
        content_sha256=mails.content_sha256,
        checks=(f"no near-duplicate and no thread of the {len(lines):,} mails is on both sides",),
        fallback_reason=mails.fallback_reason,
        train_parts=_parts_among(train, mails.parts),
        test_parts=_parts_among(test, mails.parts),
        n_groups=len(np.unique(groups)),
        n_undecoded=mails.n_undecoded,
    )


def _counts(labels: "np.ndarray") -> tuple[int, ...]:
    return int((labels == 0).sum()), int((labels == 1).sum())


def _parts_among(rows: "np.ndarray", parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Return where each part lies among chosen rows, which are ascending."""
    import numpy as np

    places = [(name, *np.searchsorted(rows, (start, end))) for name, start, end in parts]
    return tuple((name, int(start), int(end)) for name, start, end in places)
