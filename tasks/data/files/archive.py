"""Read the files of an archive in memory: nothing is unpacked, and only plain files are taken."""

import tarfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import gettempdir

from engine.printable import shown
from tasks.errors import DataError

ENDS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
MOST_BYTES = 2**30  # unpacked


def files_of(path: Path, *, most_of_a_file: int) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the first `most_of_a_file` bytes of each file, in the order of the names.

    Names are as the data filter of the standard library gives them: without a slash in front.

    Raises
    ------
    DataError
        If the archive is damaged, unpacks to more than 1 GiB, leads out of its folder, or holds
        a link or a device.
    """
    try:
        with tarfile.open(path) as archive:
            total = 0
            for member in sorted(archive, key=lambda each: each.name):
                # the folder is one to reason about alone: nothing is written
                safe = tarfile.data_filter(member, gettempdir())
                if not (safe.isfile() or safe.isdir()):
                    raise DataError(
                        f"Read {shown(path)}; {shown(member.name)} is a link or a device. "
                        "Give an archive of plain files."
                    )
                total += safe.size
                if total > MOST_BYTES:
                    raise DataError(
                        f"Read {shown(path)}; it unpacks to more than {MOST_BYTES:,} bytes. "
                        "Give a smaller one."
                    )
                file = archive.extractfile(member)
                if file is not None:
                    yield safe.name, file.read(most_of_a_file)
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise DataError(
            f"Read the archive {shown(path)}; it is damaged or not safe to unpack: {error}. "
            "Nothing of it was written. Fetch it again."
        ) from error
