"""The fits of the workflow and nothing else: no Prefect, no store, no reports.

What the workflow costs beyond this is what orchestration, caching and reporting cost.
"""

import hashlib
import io

import numpy as np

from benchmarks.cost.contents import read_content, script_options
from benchmarks.cost.stopwatch import Stopwatch
from flows.config import RunConfig
from tasks.data.content import Content
from tasks.evidence.extra_fits import rows_of_a_part, shows_importance, without_augmentation
from tasks.models.build import build_estimator
from tasks.models.fitting import class_scores, flatten
from tasks.models.folds import training_rows, validation_folds
from tasks.models.records import CandidateSpec


def fit_everything(
    content: Content, config: RunConfig, watch: Stopwatch
) -> tuple[CandidateSpec, np.ndarray]:
    """Do every fit of a run, predict the test set and say which candidate is the best.

    Returns
    -------
    CandidateSpec
        The candidate with the best mean fold accuracy.
    uint8 array, shape (n_test,)
        Its predictions.
    """
    with watch("shifted copies"):
        images = stacked(content.train_images, config.shift)
        labels = np.tile(content.train_labels, len(images) // len(content.train_images))
    accuracies = {}
    for spec in config.specs:
        with watch(f"cross-validate {spec.title}"):
            accuracies[spec] = np.mean(fold_accuracies(spec, images, labels, content, config))
    winner = max(accuracies, key=lambda spec: float(accuracies[spec]))
    with watch("refit the winner"):
        model = build_estimator(winner, seed=config.seed, n_jobs=config.n_jobs)
        model.fit(flatten(images), labels)
    fit_for_evidence(winner, content, config, watch)
    with watch("predict the test set"):
        scores = class_scores(model, flatten(content.test_images), winner.response_method)
    return winner, model.classes_[scores.argmax(axis=1)]


def fit_for_evidence(
    winner: CandidateSpec, content: Content, config: RunConfig, watch: Stopwatch
) -> None:
    """Do the fits that only the evidence needs: without augmentation, and for importances."""
    pixels, labels = flatten(content.train_images), content.train_labels
    plain = without_augmentation(winner)
    if config.shift or plain != winner:  # else it is the winner itself
        with watch("refit without augmentation"):
            build_estimator(plain, seed=config.seed, n_jobs=config.n_jobs).fit(pixels, labels)
    part = rows_of_a_part(len(labels), seed=config.seed)
    for spec in filter(shows_importance, config.specs):
        with watch(f"fit {spec.title} on a part"):
            model = build_estimator(spec, seed=config.seed, n_jobs=config.n_jobs)
            model.fit(pixels[part], labels[part])


def fold_accuracies(
    spec: CandidateSpec,
    images: np.ndarray,
    labels: np.ndarray,
    content: Content,
    config: RunConfig,
) -> list[float]:
    """Fit a candidate once per fold, and score it on the originals it did not see."""
    n = len(content.train_labels)
    accuracies = []
    for validation in validation_folds(content.train_labels, config.n_splits):
        rows = training_rows(validation, n_sources=n, n_variants=len(images) // n)
        model = build_estimator(spec, seed=config.seed, n_jobs=config.n_jobs)
        model.fit(flatten(images[rows]), labels[rows])
        scores = class_scores(model, flatten(images[validation]), spec.response_method)
        predicted = model.classes_[scores.argmax(axis=1)]
        accuracies.append(float(np.mean(predicted == labels[validation])))
    return accuracies


def stacked(images: np.ndarray, shift: int) -> np.ndarray:
    """Return the images and their copies moved left, right, up and down, in this order.

    The workflow's own function stands in a module that imports Prefect.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width)
    shift : int
        Pixels; 0 adds no copies.
    """
    if shift == 0:
        return images
    height, width = images.shape[1:]
    room = np.pad(images, ((0, 0), (shift, shift), (shift, shift)))
    corners = ((1, 1), (1, 2), (1, 0), (2, 1), (0, 1))  # top and left, in steps of the shift
    return np.concatenate(
        [room[:, y * shift : y * shift + height, x * shift : x * shift + width] for y, x in corners]
    )


def digest(predictions: np.ndarray) -> str:
    """Return the sha256 of the predictions as ``.npy``: the workflow's prediction digest."""
    file = io.BytesIO()
    np.save(file, predictions, allow_pickle=False)
    return hashlib.sha256(file.getvalue()).hexdigest()


def main() -> None:
    """Run the fits on the images that the command line names, with the default options."""
    asked = script_options("The fits of the workflow and nothing else.").parse_args()
    config = RunConfig(n_jobs=asked.n_jobs)
    watch = Stopwatch()
    with watch("read the images"):
        content = read_content(asked.data_dir, config.seed)
    winner, predictions = fit_everything(content, config, watch)
    print(f"{winner.name} {np.mean(predictions == content.test_labels):.4f} {digest(predictions)}")
    watch.write(asked.stages)


if __name__ == "__main__":
    main()
