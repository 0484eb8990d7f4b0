"""How much memory a fit needs at most, how much there is, and how much a process has taken."""

import resource
import sys
from collections.abc import Iterator
from math import prod
from pathlib import Path

from joblib import effective_n_jobs

from engine.errors import PlainError
from engine.memory_limit import memory_limit
from tasks.data.records import TrainingSet
from tasks.models.records import CandidateSpec

GIB = 2**30
FLOAT32, FLOAT64 = 4, 8  # bytes
# On MNIST a fully grown tree has 0.38 nodes an image at 50,000 images and 0.27 at 200,000.
NODES_PER_IMAGE = 0.3
NODE_BYTES = 64  # scikit-learn's record of a node, without the counts of its classes
SORTING_BYTES = 32  # an image's place, weight and value while a tree looks for its splits


class TooLittleMemory(PlainError, MemoryError):
    """What is asked needs more memory than there is."""


def available_bytes(root: Path = Path("/")) -> int | None:
    """Return the least of what the machine, the container's and the process's limit leave.

    Parameters
    ----------
    root : Path
        Where ``proc`` and ``sys`` lie.

    Returns
    -------
    int or None
        Bytes; None where the system gives no figure.
    """
    return min(_limits(root), default=None)


def require_memory(needed: int, what: str, remedy: str) -> None:
    """Raise `TooLittleMemory` if `needed` bytes are more than there are.

    Parameters
    ----------
    what : str
        What needs them, as the subject of a sentence.
    remedy : str
        What to do, as a whole sentence.
    """
    available = available_bytes()
    if available is not None and needed > available:
        raise TooLittleMemory(
            f"{what} needs about {needed / GIB:.1f} GiB of memory; {available / GIB:.1f} GiB are "
            f"available, so it was not started. {remedy}"
        )


def require_memory_to_fit(
    spec: CandidateSpec, *, n_rows: int, n_pixels: int, n_classes: int, n_jobs: int
) -> None:
    """Refuse a fit that needs more memory than there is.

    Raises
    ------
    TooLittleMemory
        With the estimate and what is available; nothing was started then.
    """
    require_memory(
        fit_bytes(spec, n_rows=n_rows, n_pixels=n_pixels, n_classes=n_classes, n_jobs=n_jobs),
        f"Fitting {spec.title} on {n_rows:,} images",
        "Free some memory, make no shifted copies (--shift 0), or leave this candidate out "
        "(--candidates).",
    )


def fit_bytes(
    spec: CandidateSpec, *, n_rows: int, n_pixels: int, n_classes: int, n_jobs: int
) -> int:
    """Return about how many bytes a fit adds to the process at its peak.

    It counts the rows of pixels picked for it, the copy an estimator makes of them and what
    it learns. The kernel SGD on HOG makes no copy; its own fit compares what it needs.

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
    if spec.builder in {
        "random_forest",
        "random_forest_hog",
    }:  # MNIST has as many features as pixels
        n_trees = int(dict(spec.parameters)["n_estimators"] or 0)
        nodes = n_trees * NODES_PER_IMAGE * n_rows
        sorting = int(effective_n_jobs(n_jobs)) * SORTING_BYTES * n_rows
        return picked + FLOAT32 * picked + int(nodes * (NODE_BYTES + FLOAT64 * n_classes)) + sorting
    return picked


def refit_bytes(spec: CandidateSpec, training: TrainingSet, n_jobs: int, **_: object) -> int:
    """Return about how many bytes the fit of a whole training set needs at most."""
    return _bytes_of(spec, training, training.stacked.images.shape[0], n_jobs)


def fold_bytes(
    spec: CandidateSpec, training: TrainingSet, n_splits: int, n_jobs: int, **_: object
) -> int:
    """Return about how many bytes the fit without one fold needs at most."""
    n_rows = training.stacked.images.shape[0]
    return _bytes_of(spec, training, n_rows - n_rows // n_splits, n_jobs)


def _bytes_of(spec: CandidateSpec, training: TrainingSet, n_rows: int, n_jobs: int) -> int:
    import numpy as np

    from engine.store.objects import load_array  # a plain fit asks for memory, and has no store

    n_pixels = prod(training.stacked.images.shape[1:])
    n_classes = len(np.unique(load_array(training.stacked.labels)))
    return fit_bytes(spec, n_rows=n_rows, n_pixels=n_pixels, n_classes=n_classes, n_jobs=n_jobs)


def peak_memory_bytes() -> int:
    """Return the largest resident size this process has had so far.

    On Linux a process inherits the peak of getrusage(2) from the one that starts it; the
    status file's VmHWM is the process's own.
    """
    own = resident_bytes("VmHWM")
    if own is not None:
        return own
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # elsewhere it counts in KiB


def resident_bytes(name: str) -> int | None:
    """Return a size from proc_pid_status(5); None where the system has no such line.

    Parameters
    ----------
    name : str
        VmRSS, the resident size now, or VmHWM, its peak since it was last forgotten.
    """
    return _named_bytes(Path("/proc/self/status"), name)


def _limits(root: Path) -> Iterator[int]:
    free = _named_bytes(root / "proc/meminfo", "MemAvailable")
    if free is not None:
        yield free
    group = root / "sys/fs/cgroup"
    limit, used = _text(group / "memory.max").strip(), _text(group / "memory.current").strip()
    if limit.isdigit() and used.isdigit():
        yield max(int(limit) - int(used), 0)
    own = memory_limit()
    if own is not None:
        yield max(own - (resident_bytes("VmRSS") or 0), 0)


def _named_bytes(path: Path, name: str) -> int | None:
    for line in _text(path).splitlines():
        found, _, value = line.partition(":")
        if found == name:
            return int(value.split()[0]) * 1024  # the line is in KiB
    return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""
