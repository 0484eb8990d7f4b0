"""How much memory a fit will take at most, so that it is refused before it starts."""

from joblib import effective_n_jobs

from tasks.memory import require_memory
from tasks.records import CandidateSpec

FLOAT32, FLOAT64 = 4, 8  # bytes
# On MNIST a fully grown tree has 0.36 nodes an image at 10,000 images and 0.23 at 300,000.
NODES_PER_IMAGE = 0.3
NODE_BYTES = 64  # scikit-learn's record of a node, without the counts of its classes
SORTING_BYTES = 32  # an image's place, weight and value while a tree looks for its splits


def require_memory_for(
    spec: CandidateSpec, *, n_rows: int, n_pixels: int, n_classes: int, n_jobs: int
) -> None:
    """Refuse a fit that needs more memory than there is.

    Raises
    ------
    TooLittleMemory
        With the estimate and what is available; nothing was started then.
    """
    require_memory(
        estimated_bytes(spec, n_rows=n_rows, n_pixels=n_pixels, n_classes=n_classes, n_jobs=n_jobs),
        f"Fitting {spec.title} on {n_rows:,} images",
        "Free some memory, make no shifted copies (--shift 0), or leave this candidate out "
        "(--candidates).",
    )


def estimated_bytes(
    spec: CandidateSpec, *, n_rows: int, n_pixels: int, n_classes: int, n_jobs: int
) -> int:
    """Return about how many bytes a fit adds to the process at its peak.

    It counts the rows of pixels picked for it, the copy an estimator makes of them and what
    it learns. The kernel SGD on HOG makes no copy and says itself what it needs.

    Parameters
    ----------
    n_rows, n_pixels : int
        Training images, copies included, and pixels in each.
    n_classes : int
    n_jobs : int
        Processor cores, -1 for all.
    """
    picked = n_rows * n_pixels
    if spec.builder == "sgd":
        return picked + FLOAT32 * picked
    if spec.builder == "random_forest":
        n_trees = int(dict(spec.parameters)["n_estimators"] or 0)
        nodes = n_trees * NODES_PER_IMAGE * n_rows
        sorting = int(effective_n_jobs(n_jobs)) * SORTING_BYTES * n_rows
        return picked + FLOAT32 * picked + int(nodes * (NODE_BYTES + FLOAT64 * n_classes)) + sorting
    return picked
