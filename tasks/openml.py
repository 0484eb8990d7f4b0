"""MNIST by name from OpenML, as the notebook does it, but within a deadline.

scikit-learn's ``fetch_openml`` has no time limit and keeps a corrupt download for ever
(scikit-learn#34260), so it runs in a process that can be killed, with a cache folder that is
deleted afterwards. Its memory is given back with the process, too.
"""

import json
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError

from tasks.content import N_MNIST_TRAIN, Content
from tasks.deadline import answer, run_module, scratch_folder
from tasks.errors import SourceUnavailable

if TYPE_CHECKING:
    import numpy as np

OPENML_URL = "https://www.openml.org"
SEARCH_PATH = "/api/v1/json/data/list/data_name/mnist_784/limit/2/data_version/1"
SILENCE_SECONDS = 10.0
IMAGE_SIZE = (28, 28)
N_PIXELS = IMAGE_SIZE[0] * IMAGE_SIZE[1]
# Bytes from the start: pandas would make 64-bit integers, eight times the memory. Words for
# the class: as a category scikit-learn 1.9 cannot read it with pandas 3.1 (scikit-learn#34892).
COLUMN_TYPES = dict.fromkeys(range(N_PIXELS), "uint8") | {N_PIXELS: "str"}


def read_openml(base_url: str, *, seconds: float) -> Content:
    """Fetch ``mnist_784``, version 1, within `seconds`; the first 60,000 rows are for training.

    What was downloaded is deleted whatever happens.

    Raises
    ------
    SourceUnavailable
        If OpenML does not answer in time, refuses, or sends something else than the data set.
    """
    import numpy as np

    with scratch_folder() as folder:
        run_module("tasks.openml", base_url, str(folder), seconds=seconds)
        images = np.load(folder / "images.npy", allow_pickle=False)
        labels = np.load(folder / "labels.npy", allow_pickle=False)
    cut = N_MNIST_TRAIN
    return Content(images[:cut], labels[:cut], images[cut:], labels[cut:])


def fetch_into(base_url: str, folder: str) -> None:
    """Fetch all 70,000 images and write ``images.npy`` and ``labels.npy`` into `folder`."""
    import numpy as np

    base_url = base_url.rstrip("/")
    ask_whether_it_answers(base_url, Path(folder))
    images, labels = call_fetch_openml(base_url, folder)
    np.save(Path(folder, "images.npy"), images)
    np.save(Path(folder, "labels.npy"), labels)


def ask_whether_it_answers(base_url: str, folder: Path) -> None:
    """Raise `SourceUnavailable` unless the search for the data set answers with JSON.

    It is the first question ``fetch_openml`` asks, too. Asked here it costs no import of
    scikit-learn when there is no network, and is retried with back-off and jitter.
    """
    from tasks.downloads import download

    path = folder / "search.json"
    download(base_url + SEARCH_PATH, path)
    try:
        json.loads(path.read_bytes())
    except ValueError as error:
        begins = path.read_bytes()[:20]
        raise SourceUnavailable(
            f"answered with something else than JSON (it begins with {begins!r})"
        ) from error


def call_fetch_openml(base_url: str, folder: str) -> "tuple[np.ndarray, np.ndarray]":
    """Return images, uint8 (n, 28, 28), and labels, uint8 (n,), by scikit-learn's own reader.

    Raises
    ------
    SourceUnavailable
        With the reason in plain words.
    """
    import socket

    from sklearn.datasets import _openml, fetch_openml

    socket.setdefaulttimeout(SILENCE_SECONDS)  # fetch_openml sets none
    for name in ("_SEARCH_NAME", "_DATA_INFO", "_DATA_FEATURES", "_DATA_QUALITIES"):
        setattr(_openml, name, getattr(_openml, name).replace(OPENML_URL, base_url))
    try:
        bunch = fetch_openml(
            "mnist_784",
            version=1,
            data_home=folder,
            as_frame=False,
            parser="pandas",
            read_csv_kwargs={"dtype": COLUMN_TYPES},
            delay=random.uniform(0.5, 1.5),
        )
        return _as_images(bunch.data), _as_labels(bunch.target)
    except HTTPError as error:
        raise SourceUnavailable(f"answered {error.code} {error.reason} for {error.url}") from error
    except URLError as error:
        raise SourceUnavailable(f"could not be reached ({error.reason})") from error
    except Exception as error:  # whatever a parser makes of wrong content
        words = " ".join(str(error).split())
        raise SourceUnavailable(
            f"sent something else than mnist_784 ({type(error).__name__}: {words})"
        ) from error


def _as_images(table: "np.ndarray") -> "np.ndarray":
    return table.astype("uint8", casting="safe").reshape(len(table), *IMAGE_SIZE)


def _as_labels(words: "np.ndarray") -> "np.ndarray":
    """Turn ``5`` and ``'5'``, as ARFF may write a class, into the number 5."""
    import numpy as np

    return np.array([int(word.strip("'")) for word in words], np.uint8)


if __name__ == "__main__":
    sys.exit(answer(fetch_into, sys.argv[1:]))
