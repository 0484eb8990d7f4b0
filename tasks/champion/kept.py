"""What pruning keeps for the champion and for MNIST, whatever the last runs used."""

from pathlib import Path

from engine.store.contents import Kept
from tasks.champion.store import ChampionError, earlier_pointer, entry_path, read_standing
from tasks.data.mnist import TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS

KEPT_BEFORE = 1  # champions before the present one: what a rollback needs
# with these MNIST never needs the network again
FETCHED = frozenset(each.sha256 for each in (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS))


def kept_objects() -> Kept:
    """Return what the store in use keeps beside its last runs."""
    return Kept(digests=FETCHED, referring=(earlier_pointer(),), outdated=outdated_records)


def outdated_records() -> frozenset[Path]:
    """Return the records of champions that the one in use followed long ago.

    What a rollback needs stays, and so does what was rolled back: its digest keeps it from coming
    back by itself. If the log cannot be read, nothing is known and no record is outdated.
    """
    try:
        line = read_standing().line
    except ChampionError:
        return frozenset()
    return frozenset(entry_path(name) for name in line[1 + KEPT_BEFORE :])
