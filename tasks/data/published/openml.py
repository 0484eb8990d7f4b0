"""MNIST by name from OpenML, by its JSON interface, within a deadline.

OpenML's interface (https://www.openml.org/apis) is asked for the data set's number, then for
its description, which names the ARFF file and the file's md5. Reading happens in a process
that can be killed; its memory is given back with the process.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasks.data.content import N_MNIST_TRAIN, Content
from tasks.data.published.network import answer, download, run_module, scratch_folder
from tasks.errors import SourceUnavailable

if TYPE_CHECKING:
    import numpy as np

OPENML_URL = "https://www.openml.org"
SEARCH_PATH = "/api/v1/json/data/list/data_name/mnist_784/limit/2/data_version/1"
DESCRIPTION_PATH = "/api/v1/json/data/{number}"
LARGEST_BYTES = 256 * 2**20  # the table of 70,000 images has 128 MB
IMAGE_SIZE = (28, 28)


def read_openml(base_url: str, *, seconds: float) -> Content:
    """Fetch ``mnist_784``, version 1, within `seconds`; the first 60,000 rows are for training.

    What was downloaded is deleted in any case.

    Raises
    ------
    SourceUnavailable
        If OpenML does not answer in time, refuses, or sends something else than the data set.
    """
    import numpy as np

    with scratch_folder() as folder:
        run_module("tasks.data.published.openml", base_url, str(folder), seconds=seconds)
        images = np.load(folder / "images.npy", allow_pickle=False)
        labels = np.load(folder / "labels.npy", allow_pickle=False)
    cut = N_MNIST_TRAIN
    return Content(images[:cut], labels[:cut], images[cut:], labels[cut:])


def fetch_into(base_url: str, folder: str) -> None:
    """Fetch all 70,000 images and write ``images.npy`` and ``labels.npy`` into `folder`."""
    import numpy as np

    path = Path(folder, "mnist_784.arff")
    download_table(base_url.rstrip("/"), path)
    images, labels = read_table(path)
    np.save(Path(folder, "images.npy"), images)
    np.save(Path(folder, "labels.npy"), labels)


def download_table(base_url: str, path: Path) -> None:
    """Find the ARFF file of the data set, write it to `path` and compare its md5.

    Raises
    ------
    SourceUnavailable
        With the reason in plain words.
    """
    found = _ask(base_url + SEARCH_PATH, path)
    try:
        number = int(found["data"]["dataset"][0]["did"])
        described = _ask(base_url + DESCRIPTION_PATH.format(number=number), path)
        description = described["data_set_description"]
        url, md5 = str(description["url"]), str(description["md5_checksum"])
    except (LookupError, TypeError, ValueError) as error:
        raise _not_mnist("its description lacks what names the file", error) from error
    download(url, path, decoded=True, largest_bytes=LARGEST_BYTES)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
    if digest.hexdigest() != md5:
        raise _not_mnist(f"the md5 checksum is {digest.hexdigest()}, its description says {md5}")


def read_table(path: Path) -> "tuple[np.ndarray, np.ndarray]":
    """Return images, uint8 (n, 28, 28), and labels, uint8 (n,), from an ARFF file.

    A row has the pixels, then the class, which ARFF may write as ``5`` or as ``'5'``.

    Raises
    ------
    SourceUnavailable
        If rows differ in length or hold something else than bytes.
    """
    import numpy as np
    import pandas as pd

    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                if line.strip().lower() == "@data":
                    break
            table = pd.read_csv(
                file, header=None, dtype=np.uint8, quotechar="'", comment="%"
            ).to_numpy()
        return table[:, :-1].reshape(-1, *IMAGE_SIZE), table[:, -1]
    except ValueError as error:
        raise _not_mnist("its table cannot be read", error) from error


def _ask(url: str, path: Path) -> Any:
    download(url, path, decoded=True)
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        begins = path.read_bytes()[:20]
        raise SourceUnavailable(
            f"answered with something else than JSON (it begins with {begins!r})"
        ) from error


def _not_mnist(reason: str, error: Exception | None = None) -> SourceUnavailable:
    words = "" if error is None else f": {type(error).__name__}: {' '.join(str(error).split())}"
    return SourceUnavailable(f"sent something else than mnist_784 ({reason}{words})")


if __name__ == "__main__":
    sys.exit(answer(fetch_into, sys.argv[1:]))
