"""The rows of a set as an estimator takes them."""

import numpy as np

from engine.store.objects import load_array, save_array
from tasks.models.fitting import flatten
from tasks.models.records import Labelled


def load_rows(of: Labelled) -> np.ndarray:
    """Return the rows of a set, one for each label.

    Returns
    -------
    array, shape (n, n_values), of numbers; or of lines of text, str objects of shape (n,)
    """
    rows = load_array(of.rows)
    if rows.ndim > 1:
        return flatten(rows)
    return np.array(rows.tobytes().decode().split("\n")[:-1], dtype=object)


def save_lines(lines: list[str], labels: np.ndarray) -> Labelled:
    """Store lines of text, none of which holds a newline, and their labels, uint8 (n,)."""
    content = np.frombuffer("".join(f"{line}\n" for line in lines).encode(), np.uint8)
    return Labelled(rows=save_array(content), labels=save_array(labels))
