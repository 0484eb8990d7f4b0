"""The true classes that lie beside a person's images, where there are any; an empty one is none."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from engine.printable import shown
from tasks.data.files.folder import LABELS_CSV
from tasks.data.files.labels_csv import LARGEST_LABEL, MOST_QUOTED, composed, read_labels
from tasks.errors import DataError
from tasks.handwriting.inputs import Given, csv_columns, csv_lines, label_file_of

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
            If the table or the file of labels, asked for the first time, or the image's own
            cell is not what it should be.
        """
        path = Path(given.path)
        if given.kind == "picture":
            return self._table(path.parent).get(composed(path.name))
        if self._array is None or self._array[0] != given.path:
            self._array = given.path, None  # asked once, even if it cannot be read
            self._array = given.path, _labels_beside(given, path)
        labels = self._array[1]
        return None if labels is None or row >= len(labels) else _label(str(labels[row]), row)

    def _table(self, folder: Path) -> dict[str, int | None]:
        if self._folder is None or self._folder[0] != folder:
            self._folder = folder, {}
            table = folder / LABELS_CSV
            if table.is_file():
                self._folder = folder, read_labels(table)
        return self._folder[1]


def _labels_beside(given: Given, path: Path) -> "np.ndarray | None":
    import numpy as np

    from tasks.data.idx import read_idx

    if given.kind == "IDX":
        beside = label_file_of(path)
        return None if beside is None else read_idx(beside, n_dimensions=1)
    if given.kind == "CSV":
        names = [name.casefold() for name in csv_columns(path)]
        if "label" in names:
            column = names.index("label")
            cells = (line.split(",", column + 1) for _, line in csv_lines(path))
            return np.array(
                [(each[column : column + 1] or [""])[0].strip(' "\r\n') for each in cells]
            )
    return None


def _label(cell: str, row: int) -> int | None:
    """Read a cell; an empty one is no label. Some programs write whole numbers as ``7.0``."""
    found = re.fullmatch(r"(?P<whole>\d{1,3})(\.0+)?|", cell.strip(), re.ASCII)
    if found is None or int(found["whole"] or 0) > LARGEST_LABEL:
        raise DataError(
            f"the label of row {row}, counted from 0, is '{shown(cell[:MOST_QUOTED])}'. Give a "
            f"whole number from 0 to {LARGEST_LABEL}."
        )
    return int(found["whole"]) if found["whole"] else None
