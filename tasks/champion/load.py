"""Open the champion of a store for use from Python: `load_champion`.

Examples
--------
>>> from tasks.champion.load import load_champion
>>> champion = load_champion("data")                  # doctest: +SKIP
>>> champion.predict(images)                          # doctest: +SKIP
array([7, 2, 1], dtype=uint8)
"""

import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.store.location import DEFAULT_STORE, store_at, store_root
from engine.store.objects import load_array, load_model
from tasks.champion.meant import dataset_meant
from tasks.champion.records import Champion
from tasks.champion.store import ChampionError, datasets, read_champion
from tasks.errors import DataError
from tasks.models.records import OutOfFold

if TYPE_CHECKING:
    import numpy as np

BATCH = 256  # images scored together
LEAST_RANGE = 0.5  # of the training images' brightest pixel that a batch must reach


@dataclass(frozen=True)
class LoadedChampion:
    """A champion that can be asked. It takes images as it was trained on, and refuses others.

    Images are arrays of shape (n, height, width) or (n, height * width) with the `image_size` and
    the grey values, 0 to `highest`, of its training images. `python -m flows.predict` takes
    images of any kind and lays them out; this class does not.

    Attributes
    ----------
    record : Champion
        What the store keeps of it: scores, data, libraries.
    model : estimator
        The fitted scikit-learn estimator itself, for rows of pixels.
    """

    record: Champion
    model: Any
    store: Path

    @property
    def classes_(self) -> "np.ndarray":
        """The labels that the columns of `predict_proba` belong to, uint8 (n_classes,)."""
        import numpy as np

        return np.asarray(self.record.fitted.classes, np.uint8)

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width in pixels of the images it takes."""
        height, width = self.record.train.images.shape[1:]
        return height, width

    @cached_property
    def highest(self) -> int:
        """The largest grey value of its training images: 255 for MNIST."""
        with store_at(self.store):
            return int(load_array(self.record.train.images).max())

    def predict(self, images: "np.ndarray") -> "np.ndarray":
        """Return the class of each image, uint8 (n,).

        Raises
        ------
        DataError
            If the images have another shape or other grey values than the training images.
        """
        found: np.ndarray = self.classes_[self._scores(images).argmax(axis=1)]
        return found

    def predict_proba(self, images: "np.ndarray") -> "np.ndarray":
        """Return calibrated probabilities, float64 (n, n_classes), rows that sum to 1.

        They are calibrated on out-of-fold scores (`tasks.evaluation.calibration`). The largest
        may stand at another class than `predict` gives, where two scores are close.

        Raises
        ------
        DataError
            As `predict`.
        ChampionError
            If the champion's record holds no out-of-fold scores.
        """
        return self.probabilities(self._scores(images))

    def scores(self, pixels: "np.ndarray") -> "np.ndarray":
        """Return the model's own scores of rows of pixels, unchecked, float64 (n, n_classes)."""
        import numpy as np

        from tasks.models.scoring import scores_of_many

        if not len(pixels):
            return np.empty((0, len(self.classes_)))
        method = self.record.fitted.candidate.response_method
        batches = [pixels[i : i + BATCH] for i in range(0, len(pixels), BATCH)]
        return np.concatenate(scores_of_many(self.model, batches, method, n_jobs=-1))

    def probabilities(self, scores: "np.ndarray") -> "np.ndarray":
        """Calibrate scores."""
        from tasks.evaluation.calibration import calibrated_by

        return calibrated_by(self._calibration, scores)

    @cached_property
    def _calibration(self) -> Any:
        from tasks.evaluation.calibration import fit_calibration

        out_of_fold = kept_out_of_fold(self.record)
        with store_at(self.store):
            scores, labels = (
                load_array(each) for each in (out_of_fold.scores, self.record.train.labels)
            )
        return fit_calibration(scores, labels, out_of_fold.classes)

    def _scores(self, images: "np.ndarray") -> "np.ndarray":
        import numpy as np

        checked = self._checked(np.asarray(images))
        return self.scores(checked.reshape(len(checked), self.image_size[0] * self.image_size[1]))

    def _checked(self, images: "np.ndarray") -> "np.ndarray":
        """Return images as uint8, or say in what they differ from the training images."""
        import numpy as np

        height, width = self.image_size
        wanted = (
            f"The champion takes arrays of shape (n, {height}, {width}) or (n, {height * width}), "
            f"grey values from 0 to {self.highest} with the ground of its training images. "
            "`python -m flows.predict` takes any image file and lays it out so."
        )
        if images.shape[1:] not in {(height, width), (height * width,)}:
            raise DataError(f"Asked the champion about an array of shape {images.shape}. {wanted}")
        if not len(images):
            return images.astype(np.uint8)
        if not np.issubdtype(images.dtype, np.number) or not np.isfinite(images).all():
            raise DataError(f"Asked the champion about values that are no numbers. {wanted}")
        low, high = float(images.min()), float(images.max())
        is_whole = np.issubdtype(images.dtype, np.integer) or bool((images % 1 == 0).all())
        if low < 0 or high > self.highest or high < LEAST_RANGE * self.highest or not is_whole:
            whole = "" if is_whole else ", not all of them whole numbers"
            raise DataError(
                f"Asked the champion about grey values from {low:g} to {high:g}{whole}. {wanted}"
            )
        flat = images.reshape(len(images), height, width)
        edge = np.concatenate([flat[:, 0], flat[:, -1], flat[:, :, 0], flat[:, :, -1]], axis=1)
        if abs(float(np.median(edge)) - self._ground) > LEAST_RANGE * self.highest:
            raise DataError(
                f"Asked the champion about images whose edge has the grey value "
                f"{np.median(edge):g}; that of its training images is {self._ground:g}. It looks "
                f"like dark ink on a light ground or the other way round. {wanted}"
            )
        return images.astype(np.uint8)

    @cached_property
    def _ground(self) -> float:
        import numpy as np

        with store_at(self.store):
            images = load_array(self.record.train.images)[:1000]
        edge = [images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]]
        return float(np.median(np.concatenate(edge, axis=1)))


def load_champion(store: Path | str = DEFAULT_STORE, dataset: str | None = None) -> LoadedChampion:
    """Open the champion of a store.

    Nothing of the model is unpickled before its digest is checked.

    Parameters
    ----------
    store : path
        The folder that the runs keep their results in, their ``--store-dir``.
    dataset : str, optional
        Whose champion is meant, such as ``mnist_784``; not needed if there is one only.

    Raises
    ------
    ChampionError
        If there is no champion, its record is damaged, or it was made by another version.
    DamagedFile
        If the model is not the file that was stored.
    DataError
        If another scikit-learn made it.
    """
    with store_at(Path(store)):
        return opened(require_champion(dataset))


def require_champion(dataset: str | None = None) -> Champion:
    """Return the champion of a data set, or the only one, of the store in use.

    Raises
    ------
    ChampionError
        If there is none, or one has to be named; says how to make one.
    """
    champion = read_champion(dataset_meant(dataset)) if datasets() else None
    if champion is None:
        raise ChampionError(
            f"Asked for the champion in {store_root()}; there is none. Make one with "
            "`python -m flows.full_run` (the first run that meets the goal), or name the store "
            "that has one with --store-dir."
        )
    return champion


def opened(champion: Champion) -> LoadedChampion:
    """Open a champion of the store in use.

    Raises
    ------
    ChampionError
        If it is a model of something else than images.
    """
    if not champion.test.are_images:
        raise ChampionError(
            f"Asked to open the champion of {champion.dataset_name} for images; it was fitted on "
            "lines of text, such as mails. Name the champion of a set of images with --dataset; "
            "tasks.champion.load.open_model gives this one's estimator, which takes those lines."
        )
    return LoadedChampion(champion, open_model(champion), store_root())


def open_model(champion: Champion) -> Any:
    """Return a champion's model, its digest checked before a byte of it is unpickled.

    Raises
    ------
    DataError
        If another scikit-learn made it.
    """
    from sklearn.exceptions import InconsistentVersionWarning

    with warnings.catch_warnings():
        warnings.simplefilter("error", InconsistentVersionWarning)
        try:
            return load_model(champion.fitted.model)
        except InconsistentVersionWarning as warning:
            raise DataError(
                f"The model of {champion.name} was made by scikit-learn "
                f"{warning.original_sklearn_version}; this is {warning.current_sklearn_version}, "
                "which cannot be trusted to open it. Install the other version again."
            ) from warning


def kept_out_of_fold(champion: Champion) -> OutOfFold:
    """Return a champion's out-of-fold scores.

    Raises
    ------
    ChampionError
        If its record was written by a version that did not keep them.
    """
    if champion.out_of_fold is None:
        raise ChampionError(
            f"Asked how sure {champion.name} is; an earlier version of this project made it and "
            "kept no out-of-fold scores. Take it out of use with `python -m flows.champion "
            "retire` and run `python -m flows.full_run` again: what is stored is reused."
        )
    return champion.out_of_fold
