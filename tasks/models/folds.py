"""Which images are fitted and which are scored: an image and its copies stay together."""

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from tasks.errors import DataError


def validation_folds(labels: np.ndarray, n_splits: int) -> list[np.ndarray]:
    """Split the source images into stratified folds, in order and without shuffling.

    The same split as scikit-learn's ``cross_val_predict(cv=n_splits)``, as in the book. It
    also leaks less: MNIST's neighbours were often written by one hand, and
    contiguous folds keep most of a hand's digits on one side.

    Parameters
    ----------
    labels : int array, shape (n_sources,)
    n_splits : int, at least 2

    Returns
    -------
    list of int64 arrays
        The source indices of each validation fold, ascending; together every image once.

    Raises
    ------
    DataError
        If a class has fewer images than there are folds.
    """
    classes, counts = np.unique(labels, return_counts=True)
    if counts.min() < n_splits:
        rarest = counts.argmin()
        lower = f", or lower --n-splits to {counts[rarest]}" if counts[rarest] > 1 else ""
        raise DataError(
            f"Asked for n_splits={n_splits} folds with every class in each; class "
            f"{classes[rarest]} has only {counts[rarest]} training image(s). "
            f"Add training images of that class, or leave it out of the data set{lower}."
        )
    split = StratifiedKFold(n_splits).split(np.zeros(len(labels)), labels)
    return [validation.astype(np.int64) for _, validation in split]


def grouped_folds(
    labels: np.ndarray, groups: np.ndarray, *, n_splits: int, seed: int
) -> list[np.ndarray]:
    """Split rows into folds that keep groups whole, with about equal shares of the classes.

    Parameters
    ----------
    labels, groups : int arrays, shape (n,)
        Rows that must not be apart are of one group.

    Returns
    -------
    list of int64 arrays
        The rows of each validation fold, ascending; together every row once.

    Raises
    ------
    DataError
        If a class has fewer groups than there are folds.
    """
    classes = np.unique(labels)
    counts = [len(np.unique(groups[labels == each])) for each in classes]
    if min(counts) < n_splits:
        raise DataError(
            f"Asked for {n_splits} folds with every class in each; class "
            f"{classes[np.argmin(counts)]} has only {min(counts)} groups of alike rows. Give more "
            "rows, or lower --n-splits."
        )
    split = StratifiedGroupKFold(n_splits, shuffle=True, random_state=seed)
    return [validation for _, validation in split.split(labels, labels, groups)]


def training_rows(validation: np.ndarray, *, n_sources: int, n_variants: int) -> np.ndarray:
    """Return the stacked rows whose source image is outside the validation fold.

    Parameters
    ----------
    validation : int array
        Source indices that must not be seen, nor any shifted copy of them.
    n_sources, n_variants : int
        Copy v of source image i is row ``v * n_sources + i`` of the stack.

    Returns
    -------
    int64 array, ascending
    """
    outside = np.setdiff1d(np.arange(n_sources, dtype=np.int64), validation)
    starts = np.arange(n_variants, dtype=np.int64)[:, np.newaxis] * n_sources
    rows: np.ndarray = (starts + outside).ravel()
    return rows
