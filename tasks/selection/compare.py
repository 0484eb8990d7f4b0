"""Which candidate is superior, and is the difference more than chance?"""

from typing import TYPE_CHECKING

from engine.cache.task import cached_task
from engine.store.objects import load_array
from engine.store.refs import ArrayRef
from tasks.models.records import OutOfFold
from tasks.selection.records import RankedCandidate, Ranking

if TYPE_CHECKING:
    import numpy as np


def mcnemar_exact(only_first_right: int, only_second_right: int) -> float:
    """Return the two-sided p value of the exact McNemar test.

    Only the images on which exactly one of two models is right tell them apart; were both
    equally good, each such image would be a fair coin (McNemar 1947, in its exact
    binomial form).

    Parameters
    ----------
    only_first_right, only_second_right : int
        Images that only the first, only the second model classifies rightly.

    Returns
    -------
    float in (0, 1]
        1.0 when no image tells them apart.
    """
    from scipy.stats import binomtest

    n = only_first_right + only_second_right
    return float(binomtest(only_first_right, n).pvalue) if n else 1.0


def rank(out_of_fold: tuple[OutOfFold, ...]) -> list[RankedCandidate]:
    """Order candidates by mean fold accuracy; of equals the cheaper fit stands first."""
    import numpy as np

    rows = [
        RankedCandidate(
            candidate=each.candidate.name,
            title=each.candidate.title,
            fold_accuracies=each.fold_accuracies,
            mean_accuracy=float(np.mean(each.fold_accuracies)),
            std_accuracy=float(np.std(each.fold_accuracies, ddof=1)),
            mean_fit_seconds=float(np.mean(each.fit_seconds)),
        )
        for each in out_of_fold
    ]
    return sorted(rows, key=lambda row: (-row.mean_accuracy, row.mean_fit_seconds))


def right_predictions(out_of_fold: OutOfFold, labels: "np.ndarray") -> "np.ndarray":
    """Return for each training image whether its out-of-fold prediction is right."""
    import numpy as np

    predicted = np.asarray(out_of_fold.classes)[load_array(out_of_fold.scores).argmax(axis=1)]
    right: np.ndarray = predicted == labels
    return right


@cached_task(name="choose candidate")
def rank_candidates(out_of_fold: tuple[OutOfFold, ...], labels: ArrayRef) -> Ranking:
    """Rank the candidates and test the first against the second on the same images."""
    ranked = rank(out_of_fold)
    winner = ranked[0].candidate
    if len(ranked) == 1:
        return Ranking(ranked=tuple(ranked), winner=winner)
    by_name = {each.candidate.name: each for each in out_of_fold}
    y_true = load_array(labels)
    first, second = (right_predictions(by_name[row.candidate], y_true) for row in ranked[:2])
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    return Ranking(
        ranked=tuple(ranked),
        winner=winner,
        p_value=mcnemar_exact(only_first, only_second),
        only_first_right=only_first,
        only_second_right=only_second,
    )
