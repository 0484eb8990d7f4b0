"""The data set of a run: from the store, a folder, the network or scikit-learn's own digits.

What is wanted is known before anything is read: MNIST by its content digest, a user's own
set by the digest of its folder's content, the bundled digits by the seed that splits them.
That, and not the source, is what the cached task is keyed by.
"""

import difflib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cache.task import cached_task
from engine.records import Record
from engine.store.objects import save_array
from tasks.data.content import MNIST_SHA256, Content, check_content, classes_of, content_digest
from tasks.data.idx import find_files, read_folder
from tasks.data.names import AUTO, BUNDLED, KNOWN_NAMES, MNIST, known_name, require_name
from tasks.data.own.own_set import prepared
from tasks.data.published.mirrors import MIRROR_URLS
from tasks.data.published.mnist import looks_like_mnist
from tasks.data.published.openml import OPENML_URL
from tasks.data.records import Dataset, LabelledImages
from tasks.data.sources import Source, Wanted, not_mnist, read_first_that_answers
from tasks.errors import DataError
from tasks.models.servable import SetFacts
from tasks.pixel_range import PixelRange

if TYPE_CHECKING:
    import numpy as np

DEADLINE_SECONDS = 60.0
TITLES = {MNIST: "MNIST", BUNDLED: "digits bundled with scikit-learn"}
DIGITS = tuple(range(10))


class FetchPlan(Record):
    """A data set, the sources to try in turn, and what to take if none of them answers.

    `facts` are those of the images that a run learns from and is tested on.
    """

    wanted: Wanted
    sources: tuple[Source, ...]
    facts: SetFacts
    fallback: "FetchPlan | None" = None


def plan_fetch(  # noqa: PLR0913 - what is wanted, and the places that a test moves
    dataset: str,
    data_dir: Path | None,
    seed: int,
    pixel_range: PixelRange | None = None,
    *,
    openml_url: str = OPENML_URL,
    mirror_urls: tuple[str, ...] = MIRROR_URLS,
) -> FetchPlan:
    """Say which data a run uses and where it can be read, without a network call.

    A folder named for MNIST is compared with it by its headers and labels, which takes
    milliseconds; the pixels are compared when they are read, if the store lacks them. A
    user's own set is read whole, since its digest is what the run is keyed by. The bundled
    digits need no folder, so `data_dir` is not looked at for them.

    Parameters
    ----------
    dataset : str
        ``auto``, ``mnist_784``, ``digits`` or, with `data_dir`, a name of the user's own.
    data_dir : Path or None
        Folder with four IDX files.
    seed : int
        Splits the bundled digits, which have no published split.
    pixel_range : PixelRange, optional
        What the pixels of a user's own set use; 0 to 255 when left out.

    Raises
    ------
    DataError
        If the data set is unknown, or the folder is not what it should be.
    """
    dataset = known_name(dataset)
    bundled = FetchPlan(
        wanted=Wanted(name=BUNDLED, seed=seed),
        sources=(Source(kind="bundled"),),
        facts=SetFacts(size=(8, 8), classes=DIGITS),
    )
    if dataset == BUNDLED:
        return bundled
    if dataset not in KNOWN_NAMES:
        return _plan_own_set(dataset, data_dir, pixel_range)
    wanted = Wanted(name=MNIST, content_sha256=MNIST_SHA256)
    facts, store = SetFacts(size=(28, 28), classes=DIGITS), Source(kind="store")
    if data_dir is not None:
        folder = data_dir.expanduser().absolute()
        if not looks_like_mnist(find_files(folder)):
            content = read_folder(folder)
            check_content(content, f"the folder {folder}")
            raise not_mnist(folder, content_digest(content))
        named = Source(kind="folder", place=str(folder))
        return FetchPlan(wanted=wanted, sources=(store, named), facts=facts)
    network = (
        Source(kind="openml", place=openml_url),
        *(Source(kind="mirror", place=url) for url in mirror_urls),
    )
    return FetchPlan(
        wanted=wanted,
        sources=(store, *network),
        facts=facts,
        fallback=bundled if dataset == AUTO else None,
    )


def _plan_own_set(name: str, data_dir: Path | None, pixel_range: PixelRange | None) -> FetchPlan:
    if data_dir is None:
        raise _unknown_name(name)
    require_name(name)
    folder = data_dir.expanduser().absolute()
    digest, facts = _own_set(folder, pixel_range)
    return FetchPlan(
        wanted=Wanted(name=name, content_sha256=digest, pixel_range=pixel_range),
        sources=(Source(kind="folder", place=str(folder)),),
        facts=facts,
    )


def _unknown_name(name: str) -> DataError:
    near = difflib.get_close_matches(name.lower(), KNOWN_NAMES, n=1, cutoff=0.5)
    meant = f" Did you mean --dataset {near[0]}?" if near else ""
    return DataError(
        f"Asked for the data set {name[:80]!r}; known are {AUTO}, {MNIST} or {BUNDLED}.{meant} "
        "Choose one of these, or give the folder with the four IDX files of your own set with "
        "--data-dir; no other set is fetched by its name."
    )


def _own_set(folder: Path, pixel_range: PixelRange | None) -> tuple[str, SetFacts]:
    """Return the digest of a folder's content and what it is, read anew if a file has changed."""
    # asked for by the command line and again by the flow
    files = [
        (path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in find_files(folder)
    ]
    return _read_own_set(folder, pixel_range, tuple(files))


@lru_cache(maxsize=1)
def _read_own_set(
    folder: Path, pixel_range: PixelRange | None, _: tuple[tuple[str, int, int], ...]
) -> tuple[str, SetFacts]:
    content = read_folder(folder)
    kept = prepared(content, pixel_range, f"the folder {folder}").content
    classes = classes_of(kept)
    height, width = kept.train_images.shape[1:]
    counts = _counts(kept.train_labels, classes)
    facts = SetFacts(size=(height, width), classes=classes, train_counts=counts)
    return content_digest(content), facts


def store_dataset(content: Content, name: str, source: str, n_left_out: int = 0) -> Dataset:
    """Check a data set, put its four arrays into the store and describe it.

    Parameters
    ----------
    n_left_out : int
        Training images that are not in it any more, since they equal a test image.

    Raises
    ------
    DataError
        If images and labels do not fit together.
    """
    check_content(content, source)
    digest = content_digest(content)
    is_mnist = digest == MNIST_SHA256
    classes = classes_of(content)
    return Dataset(
        name=name,
        title=TITLES.get(name, name),
        source=source,
        is_mnist=is_mnist,
        train=_stored(content.train_images, content.train_labels),
        test=_stored(content.test_images, content.test_labels),
        classes=classes,
        train_counts=_counts(content.train_labels, classes),
        test_counts=_counts(content.test_labels, classes),
        content_sha256=digest,
        checks=(*checks_made(content, classes), _identity(digest, is_mnist=is_mnist)),
        n_left_out=n_left_out,
    )


def checks_made(content: Content, classes: tuple[int, ...]) -> tuple[str, ...]:
    """Say what `check_content` has found to hold, with this content's numbers."""
    n_train, height, width = content.train_images.shape
    n_test = len(content.test_images)
    return (
        f"{n_train:,} training and {n_test:,} test images of {height} x {width} pixels",
        "one byte for each pixel",
        "one label for each image, in the same order",
        f"every test label is one of the {len(classes)} classes of the training set",
    )


def _identity(digest: str, *, is_mnist: bool) -> str:
    if is_mnist:
        return f"the sha256 of all pixels and labels is that of the published MNIST, {digest}"
    return f"the sha256 of all pixels and labels is {digest}; these are not the MNIST images"


def _stored(images: "np.ndarray", labels: "np.ndarray") -> LabelledImages:
    return LabelledImages(rows=save_array(images), labels=save_array(labels))


def _counts(labels: "np.ndarray", classes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int((labels == each).sum()) for each in classes)


@cached_task(name="fetch", run_name="fetch {wanted.name}", ignoring=("sources", "deadline_seconds"))
def fetch_dataset(
    wanted: Wanted, sources: tuple[Source, ...], deadline_seconds: float = DEADLINE_SECONDS
) -> Dataset:
    """Put a data set into the store, from the first source that has it.

    The key is what is wanted, never where it comes from: with the data in the store no
    source is asked, whatever `sources` holds.
    """
    content, source = read_first_that_answers(wanted, sources, seconds=deadline_seconds)
    if wanted.name in {MNIST, BUNDLED}:  # as published: no training image of theirs is a test image
        return store_dataset(content, wanted.name, source.words)
    kept, n_left_out = prepared(content, wanted.pixel_range, source.words)
    return store_dataset(kept, wanted.name, source.words, n_left_out)
