"""The true classes that lie beside a person's images, where there are any; an empty one is none."""

from pathlib import Path
from typing import TYPE_CHECKING

from tasks.data.files.folder import LABELS_CSV
from tasks.data.files.labels_csv import composed, read_labels
from tasks.handwriting.inputs import Given, csv_columns, label_file_of

if TYPE_CHECKING:
    import numpy as np


class Labels:
    """Looks labels up: in ``labels.csv``, the other file of an IDX pair, or a column ``label``."""

    def __init__(self) -> None:
        self._folder: tuple[Path, dict[str, int | None]] | None = None
        self._array: tuple[str, np.ndarray | None] | None = None

    def of(self, given: Given, row: int) -> int | None:
        """Return the label of one image, or None.

        Raises
        ------
        DataError
            If the table or the file of labels is not what it should be.
        """
        path = Path(given.path)
        if given.kind == "picture":
            return self._table(path.parent).get(composed(path.name))
        if self._array is None or self._array[0] != given.path:
            self._array = given.path, None  # asked once, even if it cannot be read
            self._array = given.path, _labels_beside(given, path)
        labels = self._array[1]
        return None if labels is None or row >= len(labels) else int(labels[row])

    def _table(self, folder: Path) -> dict[str, int | None]:
        if self._folder is None or self._folder[0] != folder:
            self._folder = folder, {}
            table = folder / LABELS_CSV
            if table.is_file():
                self._folder = folder, read_labels(table)
        return self._folder[1]


def _labels_beside(given: Given, path: Path) -> "np.ndarray | None":
    import pandas as pd

    from tasks.data.idx import read_idx

    if given.kind == "IDX":
        beside = label_file_of(path)
        return None if beside is None else read_idx(beside, n_dimensions=1)
    if given.kind == "CSV":
        names = [name.casefold() for name in csv_columns(path)]
        if "label" in names:
            column = names.index("label")
            found: np.ndarray = pd.read_csv(
                path, header=None, skiprows=1, usecols=[column]
            ).to_numpy()
            return found.ravel()
    return None
