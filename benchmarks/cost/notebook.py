"""Chapter 3's notebook as a plain script: its five stages and the forest on shifted copies.

Raw pixels 0-255 in float64, one image shifted at a time by scipy, every array kept: the way
the notebook does it. With ``--n-jobs 1`` as written there, with -1 on all cores for fairness.
"""

import numpy as np
from scipy.ndimage import shift
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    precision_recall_curve,
    precision_score,
    recall_score,
    roc_auc_score,
)
from sklearn.model_selection import cross_val_predict

from benchmarks.cost.contents import SEED, read_content, script_options
from benchmarks.cost.stopwatch import Stopwatch
from tasks.data.content import Content

DIGIT = 5
TARGET_PRECISION = 0.90
N_SPLITS = 3
SHIFTS = ((1, 0), (-1, 0), (0, 1), (0, -1))  # dx, dy in pixels


def run_notebook(content: Content, watch: Stopwatch, *, n_jobs: int) -> None:
    """Work through the notebook and print its figures.

    Parameters
    ----------
    n_jobs : int
        Cores for the folds of SGD and for the trees of a forest.
    """
    size = content.train_images[0].shape
    x_train, x_test = _as_rows(content.train_images), _as_rows(content.test_images)
    y_train, y_test = content.train_labels, content.test_labels
    is_digit = y_train == DIGIT

    sgd = SGDClassifier(random_state=SEED)
    with watch("SGD, 5 or not: predictions"):
        predicted = cross_val_predict(sgd, x_train, is_digit, cv=N_SPLITS, n_jobs=n_jobs)
    print(confusion_matrix(is_digit, predicted))
    print(precision_score(is_digit, predicted), recall_score(is_digit, predicted))
    with watch("SGD, 5 or not: scores"):
        scores = cross_val_predict(
            sgd, x_train, is_digit, cv=N_SPLITS, method="decision_function", n_jobs=n_jobs
        )
    precisions, recalls, _ = precision_recall_curve(is_digit, scores)
    reached = (precisions >= TARGET_PRECISION).argmax()
    print(precisions[reached], recalls[reached], roc_auc_score(is_digit, scores))

    forest = RandomForestClassifier(random_state=SEED, n_jobs=n_jobs)
    with watch("Random Forest, 5 or not"):
        chances = cross_val_predict(forest, x_train, is_digit, cv=N_SPLITS, method="predict_proba")[
            :, 1
        ]
    print(recall_score(is_digit, chances >= 0.5), roc_auc_score(is_digit, chances))

    with watch("Random Forest, ten classes"):
        predicted = cross_val_predict(forest, x_train, y_train, cv=N_SPLITS)
    print(confusion_matrix(y_train, predicted))

    with watch("Random Forest, final fit"):
        forest.fit(x_train, y_train)
        print("test accuracy", accuracy_score(y_test, forest.predict(x_test)))

    with watch("shifted copies, image by image"):
        x_shifted, y_shifted = with_shifted_copies(x_train, y_train, size)
    with watch("Random Forest on the shifted copies"):
        forest.fit(x_shifted, y_shifted)
        print("test accuracy, shifted", accuracy_score(y_test, forest.predict(x_test)))


def with_shifted_copies(
    rows: np.ndarray, labels: np.ndarray, size: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Append four copies of every image, moved by one pixel, and shuffle, as the notebook does.

    Parameters
    ----------
    rows : float64 array, shape (n, height * width)
    size : (height, width)

    Returns
    -------
    float64 array (5 n, height * width) and labels (5 n,)
    """
    augmented, augmented_labels = list(rows), list(labels)
    for dx, dy in SHIFTS:
        for row, label in zip(rows, labels, strict=True):
            augmented.append(shift(row.reshape(size), [dy, dx], cval=0).reshape(-1))
            augmented_labels.append(label)
    order = np.random.default_rng(SEED).permutation(len(augmented))
    return np.array(augmented)[order], np.array(augmented_labels)[order]


def _as_rows(images: np.ndarray) -> np.ndarray:
    """Return images as rows of float64, the type that fetch_openml gives."""
    return images.reshape(len(images), -1).astype(np.float64)


def main() -> None:
    """Run the notebook on the images that the command line names."""
    asked = script_options("Chapter 3's notebook as a plain script.").parse_args()
    watch = Stopwatch()
    with watch("read the images"):
        content = read_content(asked.data_dir)
    run_notebook(content, watch, n_jobs=asked.n_jobs)
    watch.write(asked.stages)


if __name__ == "__main__":
    main()
