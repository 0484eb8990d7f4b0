"""Where the images of a data set can be read, and trying one place after the other.

Network sources fail here in plain words and within a deadline; what they send is compared
with the wanted digest and never kept if it differs.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from engine.records import Record
from tasks.data.content import MNIST_SHA256, Content, content_digest
from tasks.data.idx import read_folder
from tasks.data.published.bundled import read_bundled_digits
from tasks.data.published.mirrors import read_mirror
from tasks.data.published.mnist import read_stored_mnist
from tasks.data.published.openml import read_openml
from tasks.errors import DataError, SourceUnavailable
from tasks.pixel_range import PixelRange


class Source(Record):
    """Where a data set can be read; `place` is a folder or the URL a source begins with."""

    kind: Literal["store", "folder", "openml", "mirror", "bundled"]
    place: str = ""

    @property
    def words(self) -> str:
        """The source as a sentence names it."""
        return {
            "store": "this project's store",
            "folder": f"the folder {self.place}",
            "openml": f"OpenML ({self.place})",
            "mirror": f"the mirror {self.place}",
            "bundled": "the digits bundled with scikit-learn",
        }[self.kind]


class Wanted(Record):
    """What decides the content: its digest where it is known, else the seed that splits it.

    The digest is of the images as they are read; `pixel_range` says how those of a user's own
    set are brought to 0 to 255 after that.
    """

    name: str
    content_sha256: str | None = None
    seed: int | None = None
    pixel_range: PixelRange | None = None


def read_first_that_answers(
    wanted: Wanted, sources: tuple[Source, ...], *, seconds: float
) -> tuple[Content, Source]:
    """Return the content from the first source that has it, and that source.

    Each source may use half of the time that is left, and the last one all of it, so that a
    source that hangs leaves time for the next.

    Raises
    ------
    SourceUnavailable
        If none had it; says what each one answered.
    DataError
        If a folder the user named is not what it should be: that is no reason to look
        elsewhere.
    """
    failures = []
    for source, share in with_shares(sources, seconds):
        try:
            content = _read(source, wanted, share)
        except SourceUnavailable as error:
            failures.append(f"{source.words} {error}")
        else:
            return content, source
    raise SourceUnavailable(
        f"Asked for {wanted.name}; no source gave it within {seconds:g} s: "
        f"{'; '.join(failures)}. Check the network and run again, allow more time with "
        "--fetch-deadline, or give --data-dir a folder with the four IDX files."
    )


def with_shares(sources: tuple[Source, ...], seconds: float) -> Iterator[tuple[Source, float]]:
    """Give each source half of the seconds that are left when its turn comes, the last all."""
    ends = time.monotonic() + seconds
    for source in sources:
        left = max(ends - time.monotonic(), 0.0)
        yield source, left if source is sources[-1] else left / 2


def _read(source: Source, wanted: Wanted, seconds: float) -> Content:
    readers: dict[str, Callable[[], Content]] = {
        "store": read_stored_mnist,
        "folder": lambda: read_folder(Path(source.place)),
        "openml": lambda: read_openml(source.place, seconds=seconds),
        "mirror": lambda: read_mirror(source.place, seconds=seconds),
        "bundled": lambda: read_bundled_digits(wanted.seed or 0),
    }
    content = readers[source.kind]()
    found = content_digest(content)
    if wanted.content_sha256 in {None, found}:
        return content
    if source.kind != "folder":
        raise SourceUnavailable(
            f"sent images with the digest {found}, not those of {wanted.name} "
            f"({wanted.content_sha256}); they were not kept"
        )
    if wanted.content_sha256 == MNIST_SHA256:
        raise not_mnist(Path(source.place), found)
    raise DataError(
        f"Read {source.words}: its content has the digest {found}, and had "
        f"{wanted.content_sha256} a moment ago. Run again when nothing writes to it."
    )


def not_mnist(folder: Path, found: str) -> DataError:
    """Return the error for a folder that was named for MNIST and holds something else."""
    return DataError(
        f"Asked for MNIST from the folder {folder}; found other images or labels, with the "
        f"digest {found} where MNIST has {MNIST_SHA256}. A set of your own is welcome under its "
        "own name: add --dataset NAME."
    )
