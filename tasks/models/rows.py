"""The rows of a set as an estimator takes them."""

import numpy as np

from engine.store.objects import load_array
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
