"""Fit the chosen candidate on every training image and its copies."""

from typing import TYPE_CHECKING

from engine.cache.task import cached_task
from engine.store.objects import load_array, save_model
from tasks.data.records import TrainingSet
from tasks.models.memory import refit_bytes
from tasks.models.records import CandidateSpec, FittedModel

if TYPE_CHECKING:
    from tasks.models.fitting import Fit


@cached_task(name="refit", run_name="refit {spec.name}", ignoring=("n_jobs",), memory=refit_bytes)
def refit(spec: CandidateSpec, training: TrainingSet, seed: int, n_jobs: int) -> FittedModel:
    """Fit the winner on the whole training set; the same inputs give the same predictions.

    Parameters
    ----------
    n_jobs : int
        Processor cores, -1 for all; not part of the cache key, as it changes no prediction.

    Raises
    ------
    TooLittleMemory
        If the fit would need more memory than there is.
    """
    from tasks.models.build import fit_candidate

    images = load_array(training.stacked.images)
    labels = load_array(training.stacked.labels)
    return kept_fit(
        spec, fit_candidate(spec, images, labels, seed=seed, n_jobs=n_jobs), len(labels)
    )


def kept_fit(spec: CandidateSpec, fit: "Fit", n_train: int) -> FittedModel:
    """Keep a fit on `n_train` rows in the store, and return its record."""
    from tasks.models.memory import peak_memory_bytes

    return FittedModel(
        candidate=spec,
        classes=tuple(int(each) for each in fit.model.classes_),
        model=save_model(fit.model),
        n_train=n_train,
        fit_seconds=fit.seconds,
        peak_memory_bytes=peak_memory_bytes(),
        warnings=fit.warnings,
    )
