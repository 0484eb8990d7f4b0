"""What pruning keeps for the champions and for MNIST, whatever the last runs used."""

from engine.store.contents import Kept
from tasks.champion.files import earlier_pointer
from tasks.champion.store import outdated_records
from tasks.data.published.mnist import TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS

# with these MNIST never needs the network again
FETCHED = frozenset(each.sha256 for each in (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS))


def kept_objects() -> Kept:
    """Return what the store in use keeps beside its last runs."""
    return Kept(digests=FETCHED, referring=(earlier_pointer(),), outdated=outdated_records)
