"""Small made-up data sets and folders of IDX files for tests."""

from pathlib import Path

import numpy as np

from tasks.data.content import Content
from tasks.data.idx import PUBLISHED_NAMES, write_idx


def small_content(*, seed: int = 0, size: tuple[int, int] = (6, 5)) -> Content:
    """Return 12 training and 6 test images of noise in the classes 3, 4 and 7."""
    rng = np.random.default_rng(seed)
    classes = np.array([3, 4, 7], np.uint8)
    return Content(
        rng.integers(0, 256, (12, *size), np.uint8),
        np.tile(classes, 4),
        rng.integers(0, 256, (6, *size), np.uint8),
        np.tile(classes, 2),
    )


def write_folder(folder: Path, content: Content, *, end: str = ".gz", mark: str = "-") -> Path:
    """Write the four IDX files of a data set, with `mark` before ``idx`` and this ending."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in zip(PUBLISHED_NAMES, content, strict=True):
        write_idx(folder / f"{name.replace('-idx', f'{mark}idx')}{end}", array)
    return folder
