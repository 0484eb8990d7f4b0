"""Small real champions: models fitted on the bundled digits, stored with all they need."""

from contextlib import redirect_stderr
from importlib import metadata
from io import StringIO
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier

from engine.store.location import store_root
from engine.store.objects import load_array, save_array, save_model
from tasks.champion import smoke_test
from tasks.champion.records import Champion
from tasks.data.records import LabelledImages
from tasks.evaluation.evaluate import evaluate, score_test_set
from tasks.models.candidates import candidate_specs
from tasks.models.folds import validation_folds
from tasks.models.records import FittedModel, OutOfFold
from tasks.selection.records import ThresholdChoice

N_TEST = 400
DATASET = "digits"


def stored_digits() -> tuple[LabelledImages, LabelledImages]:
    """Put training and test images of the bundled digits into the store in use."""
    bunch = load_digits()
    images, labels = (bunch.images * 15).astype(np.uint8), bunch.target.astype(np.uint8)
    train, test = (
        LabelledImages(images=save_array(images[part]), labels=save_array(labels[part]))
        for part in (slice(N_TEST, None), slice(N_TEST))
    )
    return train, test


def fitted_champion(
    name: str, *, n_train: int = 1000, goal: float = 0.5, dataset: str = DATASET
) -> Champion:
    """Fit a small model on the first `n_train` images and judge it on the test images."""
    train, test = stored_digits()
    bunch = load_digits()
    pixels = (bunch.data * 15).astype(np.uint8)
    model = SGDClassifier(max_iter=20, tol=None, random_state=0).fit(
        pixels[N_TEST : N_TEST + n_train], bunch.target[N_TEST : N_TEST + n_train]
    )
    fitted = FittedModel(
        candidate=candidate_specs(("sgd",))[0],
        classes=tuple(range(10)),
        model=save_model(model),
        n_train=n_train,
        fit_seconds=0.1,
        peak_memory_bytes=1,
        warnings=(),
    )
    choice = ThresholdChoice(
        candidate="sgd", digit=5, threshold=0.0, precision=0.9, recall=0.8, target_precision=0.9
    )
    return Champion(
        name=name,
        run_id="00000000-0000-0000-0000-000000000000",
        time="2026-01-01T02:15:00+00:00",
        dataset_name=dataset,
        dataset_title="digits",
        content_sha256="0" * 64,
        train=train,
        test=test,
        fitted=fitted,
        choice=choice,
        evaluation=evaluate.fn(score_test_set.fn(fitted, test, 0), choice, test.labels, goal),
        libraries={"scikit-learn": metadata.version("scikit-learn")},
    )


def with_out_of_fold(champion: Champion) -> Champion:
    """Give a champion out-of-fold scores of all its training images, as a run keeps them."""
    images, labels = load_array(champion.train.images), load_array(champion.train.labels)
    scores = np.empty((len(labels), 10))
    for fold in validation_folds(labels, 3):
        rows = np.setdiff1d(np.arange(len(labels)), fold)
        model = SGDClassifier(max_iter=20, tol=None, random_state=0)
        model.fit(images[rows].reshape(len(rows), -1), labels[rows])
        scores[fold] = model.decision_function(images[fold].reshape(len(fold), -1))
    kept = OutOfFold(
        candidate=champion.fitted.candidate,
        classes=champion.fitted.classes,
        scores=save_array(scores),
        folds=(),
        fold_accuracies=(),
        fit_seconds=(),
        n_train=len(labels),
        warnings=(),
    )
    return champion.model_copy(update={"out_of_fold": kept})


def failure_here(record: Path) -> str | None:
    """Ask a model as the smoke test does, but in this process: a fresh one imports scikit-learn."""
    with redirect_stderr(StringIO()) as said:
        return said.getvalue() if smoke_test.answer([str(store_root()), str(record)]) else None
