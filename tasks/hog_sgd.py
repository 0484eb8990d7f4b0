"""The candidate of the SGD family on shape features, from plain settings."""

from tasks.kernel_sgd import StreamedKernelSGD
from tasks.shape_features import ShapeFeatures


def build_hog_sgd(  # noqa: PLR0913 - every setting of the candidate
    *,
    n_components: int,
    gamma: float,
    ridge: float,
    jitter: float,
    epochs: int,
    batch_size: int,
    random_state: int,
    n_jobs: int | None,
) -> StreamedKernelSGD:
    """Return the classifier of rows of pixels, unfitted.

    Parameters
    ----------
    n_components, gamma, ridge, epochs, batch_size, random_state, n_jobs
        As of `tasks.kernel_sgd.StreamedKernelSGD`.
    jitter : float
        As of `tasks.shape_features.ShapeFeatures`.
    """
    return StreamedKernelSGD(
        ShapeFeatures(jitter=jitter),
        n_components=n_components,
        gamma=gamma,
        ridge=ridge,
        epochs=epochs,
        batch_size=batch_size,
        random_state=random_state,
        n_jobs=n_jobs,
    )
