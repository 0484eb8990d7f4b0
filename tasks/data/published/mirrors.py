"""MNIST's four IDX files from public mirrors over https."""

import sys
from pathlib import Path

from tasks.data.content import Content
from tasks.data.idx import PUBLISHED_NAMES, read_folder
from tasks.data.published.network import answer, download, run_module, scratch_folder
from tasks.errors import DataError, SourceUnavailable

MIRROR_URLS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist",
    "https://ossci-datasets.s3.amazonaws.com/mnist",
)


def read_mirror(base_url: str, *, seconds: float) -> Content:
    """Download the four gzipped files below `base_url` within `seconds` and read them.

    What was downloaded is deleted in any case.

    Raises
    ------
    SourceUnavailable
        If the mirror does not answer in time, refuses, or sends something else than four IDX
        files.
    """
    with scratch_folder() as folder:
        run_module("tasks.data.published.mirrors", base_url, str(folder), seconds=seconds)
        try:
            return read_folder(folder)
        except DataError as error:
            raise SourceUnavailable(
                f"sent something else than the IDX files of MNIST. {error}"
            ) from error


def download_files(base_url: str, folder: str) -> None:
    """Download the four gzipped files below `base_url` into `folder`."""
    for name in PUBLISHED_NAMES:
        download(f"{base_url.rstrip('/')}/{name}.gz", Path(folder, f"{name}.gz"))


if __name__ == "__main__":
    sys.exit(answer(download_files, sys.argv[1:]))
