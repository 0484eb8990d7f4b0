"""Fit the chosen candidate on every training image and its copies."""

from tasks.caching import cached_task
from tasks.records import CandidateSpec, FittedModel, TrainingSet
from tasks.store import load_array, save_model


@cached_task(name="refit", run_name="refit {spec.name}", ignoring=("n_jobs",))
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
    import numpy as np

    from tasks.fit_memory import require_memory_for
    from tasks.fitting import fit_timed, flatten
    from tasks.memory import peak_memory_bytes
    from tasks.models import build_estimator

    images = load_array(training.stacked.images)
    labels = load_array(training.stacked.labels)
    require_memory_for(
        spec,
        n_rows=len(labels),
        n_pixels=flatten(images).shape[1],
        n_classes=len(np.unique(labels)),
        n_jobs=n_jobs,
    )
    fit = fit_timed(build_estimator(spec, seed=seed, n_jobs=n_jobs), flatten(images), labels)
    return FittedModel(
        candidate=spec,
        classes=tuple(int(each) for each in fit.model.classes_),
        model=save_model(fit.model),
        n_train=len(labels),
        fit_seconds=fit.seconds,
        peak_memory_bytes=peak_memory_bytes(),
        warnings=fit.warnings,
    )
