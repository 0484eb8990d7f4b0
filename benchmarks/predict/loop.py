"""Does labelling what was held back help more than labelling as many images at random?"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from artifacts.text import interval
from engine.store.location import store_at
from engine.store.objects import load_array
from tasks.champion.load import require_champion
from tasks.evaluation.confidence import leads
from tasks.evaluation.intervals import wilson_interval
from tasks.models.build import fit_candidate
from tasks.models.candidates import CANDIDATES
from tasks.models.fitting import class_scores, flatten
from tasks.models.folds import validation_folds

N_FIRST = 3_000
SHARE = 0.05  # of the unseen images that may be held back
SEEDS = (0, 1, 2)


def measure_loop(store: Path, n_unseen: int, candidate: str = "random_forest") -> Iterator[str]:
    """Yield accuracy on the test images before, after, and with images picked at random.

    The threshold is the lead below which `SHARE` of the first training images fall out of fold.
    Labels are filled in from the truth.
    """
    with store_at(store):
        record = require_champion()
        images, labels = load_array(record.train.images), load_array(record.train.labels)
        test_images, test_labels = load_array(record.test.images), load_array(record.test.labels)
    spec = CANDIDATES[candidate]

    def scores(train: np.ndarray, asked: np.ndarray) -> np.ndarray:
        fitted = fit_candidate(spec, images[train], labels[train], seed=0, n_jobs=-1)
        return class_scores(fitted.model, flatten(asked), spec.response_method)

    def on_test(train: np.ndarray) -> str:
        found = scores(train, test_images).argmax(axis=1)
        return interval(wilson_interval(int((found == test_labels).sum()), len(found)))

    first = np.arange(N_FIRST)
    unseen = np.arange(N_FIRST, min(N_FIRST + n_unseen, len(labels)))
    out_of_fold = np.empty(N_FIRST)
    for fold in validation_folds(labels[first], 3):
        out_of_fold[fold] = leads(scores(np.setdiff1d(first, fold), images[fold]))
    threshold = float(np.quantile(out_of_fold, SHARE))
    of_unseen = scores(first, images[unseen])
    held = unseen[leads(of_unseen) < threshold]
    wrong = of_unseen.argmax(axis=1) != labels[unseen]
    is_held = np.isin(unseen, held)
    yield f"{spec.title}, trained on {N_FIRST:,} images: {on_test(first)} of the test images right"
    yield (
        f"{len(held):,} of {len(unseen):,} unseen images held back, {wrong[is_held].mean():.0%} of "
        f"them wrong; {wrong[~is_held].mean():.1%} of the answered ones are"
    )
    yield f"trained again with these and their labels: {on_test(np.append(first, held))}"
    for seed in SEEDS:
        drawn = np.random.default_rng(seed).choice(unseen, len(held), replace=False)
        yield f"with as many picked at random, seed {seed}: {on_test(np.append(first, drawn))}"
