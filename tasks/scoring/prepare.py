"""What must be known before anything is scored: the layout, what is familiar, when to hold back.

Each is made of what the champion learned from, its training images and its out-of-fold scores of
them, and frozen; the test images only show whether it holds.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from engine.cache.task import cached_task
from engine.store.location import store_at
from engine.store.objects import load_array, save_array
from tasks.champion.load import LoadedChampion, kept_out_of_fold, opened, require_champion
from tasks.champion.store import ChampionError
from tasks.handwriting.records import Convention
from tasks.scoring.records import Familiar, HoldBack, InUse

if TYPE_CHECKING:
    import numpy as np

_OPEN: dict[str, LoadedChampion] = {}  # the model that this process asks, by its digest


def champion_in_use(dataset: str | None) -> InUse:
    """Return the champion of a data set, or the only one, for tasks that work in another store.

    Raises
    ------
    ChampionError
        If there is none, or it cannot be used.
    """
    from engine.store.location import store_root

    champion = require_champion(dataset)
    return InUse(
        store=str(store_root()),
        champion=champion,
        model_sha256=champion.model_sha256,
        calibrated_on=kept_out_of_fold(champion).scores.sha256,
    )


def loaded(model: InUse) -> LoadedChampion:
    """Open the model once for this process.

    Raises
    ------
    ChampionError
        If it is no longer what it was when the run began.
    """
    if model.model_sha256 not in _OPEN:
        _OPEN.clear()
        with store_at(Path(model.store)):
            _OPEN[model.model_sha256] = opened(model.champion)
    found = _OPEN[model.model_sha256]
    if found.record.model_sha256 != model.model_sha256:
        raise ChampionError(f"The champion in {model.store} changed meanwhile. Run again.")
    return found


@cached_task(name="measure layout")
def learn_layout(model: InUse) -> Convention:
    """Measure how the champion's training images are laid out."""
    from tasks.handwriting.convention import measure_convention

    with store_at(Path(model.store)):
        return measure_convention(load_array(model.champion.train.images))


@cached_task(name="learn the familiar")
def learn_familiar(model: InUse) -> Familiar:
    """Keep what the champion learned from in few numbers, and set the distance that is too far."""
    from tasks.evaluation.intervals import wilson_interval
    from tasks.scoring.familiar import EXPECTED, Neighbours, threshold_of

    champion = model.champion
    out_of_fold = kept_out_of_fold(champion)
    with store_at(Path(model.store)):
        images, labels, scores, test, test_answers = (
            load_array(each)
            for each in (
                champion.train.images,
                champion.train.labels,
                out_of_fold.scores,
                champion.test.images,
                champion.evaluation.predictions,
            )
        )
    answers = _classes(model)[scores.argmax(axis=1)]
    near = Neighbours.of(images, labels)
    threshold = threshold_of(near, images, answers)
    too_far = near.distances(test, test_answers) > threshold
    return Familiar(
        mean=save_array(near.mean),
        axes=save_array(near.axes),
        references=save_array(near.references),
        labels=save_array(near.labels),
        threshold=threshold,
        expected=EXPECTED,
        false_alarms=wilson_interval(int(too_far.sum()), len(too_far)),
    )


@cached_task(name="freeze hold-back")
def freeze_hold_back(model: InUse, asked: str) -> HoldBack:
    """Choose on out-of-fold scores when to hold back, and read it on the test scores."""
    from tasks.scoring.hold_back import Sureness, frozen

    champion, out_of_fold = model.champion, kept_out_of_fold(model.champion)
    with store_at(Path(model.store)):
        learned = Sureness.out_of_fold(
            load_array(out_of_fold.scores), load_array(champion.train.labels), out_of_fold.classes
        )
        scores = load_array(champion.evaluation.scores)
        tested = Sureness.of(
            scores,
            loaded(model).probabilities(scores),
            load_array(champion.test.labels),
            out_of_fold.classes,
        )
    return frozen(asked, learned, tested)


def _classes(model: InUse) -> "np.ndarray":
    import numpy as np

    return np.asarray(model.champion.fitted.classes, np.uint8)
