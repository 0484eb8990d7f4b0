"""Ask the champion about digits that were found and laid out."""

from engine.cache.task import cached_task
from engine.store.objects import load_array, save_array
from tasks.handwriting.records import Digits
from tasks.scoring.prepare import loaded
from tasks.scoring.records import Familiar, InUse, Scored


@cached_task(name="score digits")
def score_digits(model: InUse, familiar: Familiar, digits: Digits) -> Scored:
    """Score digits: answer, runner-up, calibrated probability, lead, distance."""
    import numpy as np

    from tasks.evaluation.confidence import leads
    from tasks.scoring.familiar import Neighbours

    images = load_array(digits.images)
    champion = loaded(model)
    scores = champion.scores(images.reshape(len(images), images.shape[1] * images.shape[2]))
    best = np.argsort(-scores, axis=1, kind="stable")[:, :2]
    answers = champion.classes_[best]
    probability = champion.probabilities(scores)[np.arange(len(best)), best[:, 0]]
    near = Neighbours(
        *(
            load_array(e)
            for e in (familiar.mean, familiar.axes, familiar.references, familiar.labels)
        )
    )
    distance = near.distances(images, answers[:, 0])
    return Scored(
        classes=save_array(answers),
        sureness=save_array(np.column_stack([probability, leads(scores), distance])),
    )
