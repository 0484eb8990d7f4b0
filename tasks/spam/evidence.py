"""What a filter reads, where it errs, and what other ways to test it would claim."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.cache.task import cached_task
from engine.store.objects import load_array, load_model
from engine.store.refs import ArrayRef
from tasks.models.records import CandidateSpec, FittedModel, Labelled, OutOfFold
from tasks.spam.records import Claim, Hardest, Mistake, Part, Telling

if TYPE_CHECKING:
    import numpy as np

N_WORDS, N_MISTAKES, SNIPPET = 15, 10, 70
SHOWN = str.maketrans({" ": "␣", "\n": "¶"})  # a piece may begin or end with a space
LATER = {"easy_ham_2", "spam_2"}  # collected after the others


@cached_task(name="claim")
def claim(name: str, of: OutOfFold, labels: ArrayRef, target_precision: float) -> Claim:
    """Return what a way of cross-validation claims."""
    return _claim(
        name, load_array(of.scores)[:, 1], load_array(labels), of.candidate, target_precision
    )


@cached_task(name="later mails", ignoring=("n_jobs",))
def claim_later(  # noqa: PLR0913, PLR0917 - a fit, its mails, and what is asked of it
    spec: CandidateSpec,
    train: Labelled,
    parts: tuple[Part, ...],
    target_precision: float,
    seed: int,
    n_jobs: int,
) -> Claim | None:
    """Fit on the earlier folders and score the later ones, all of them training mails."""
    import numpy as np

    from tasks.models.fitting import class_scores, fit_timed
    from tasks.models.rows import load_rows
    from tasks.spam.features import build

    later = np.zeros(train.n_rows, bool)
    for name, start, end in parts:
        later[start:end] = name in LATER
    if not later.any():
        return None
    lines, labels = load_rows(train), load_array(train.labels)
    fit = fit_timed(build(spec, seed=seed, n_jobs=n_jobs), lines[~later], labels[~later])
    scores = class_scores(fit.model, lines[later], spec.response_method)[:, 1]
    return _claim(
        "fitted on the earlier folders, scored on the later",
        scores,
        labels[later],
        spec,
        target_precision,
    )


@cached_task(name="hardest mails")
def find_hardest(test: Labelled, scores: ArrayRef, threshold: float) -> Hardest:
    """Return the test mails that are furthest on the wrong side of a threshold."""
    import json

    import numpy as np

    from tasks.models.rows import load_rows

    margins, labels = load_array(scores)[:, 1] - threshold, load_array(test.labels)
    wrong = np.flatnonzero((margins >= 0) != (labels == 1))
    hardest = wrong[np.argsort(-np.abs(margins[wrong]), kind="stable")][:N_MISTAKES]
    mails = [json.loads(line) for line in load_rows(test)[hardest]]
    mistakes = tuple(
        Mistake(
            is_spam=bool(labels[row]),
            margin=float(abs(margins[row])),
            snippet=" ".join(f"{mail['subject']} / {mail['text'][:300]}".split())[:SNIPPET],
        )
        for row, mail in zip(hardest, mails, strict=True)
    )
    return Hardest(mistakes=mistakes)


@cached_task(name="telling words")
def find_telling(fitted: FittedModel, train: Labelled) -> Telling:
    """Return the words, pieces and counts with the largest weights of a linear model."""
    import numpy as np

    from tasks.models.rows import load_rows
    from tasks.spam.features import GRAM, columns_of, texts_of
    from tasks.spam.mail import COUNTS

    model = load_model(fitted.model)
    parts = dict(model.named_steps["features"].transformer_list)
    words = parts["words"].get_feature_names_out()
    weights = np.ravel(model.named_steps["model"].coef_)
    ends = len(words), len(words) + len(COUNTS)
    of_pieces = weights[ends[1] :]
    names: dict[int, str] = {}
    wanted = {int(i) for i in _extreme(of_pieces)}
    for line in load_rows(train) if wanted else ():
        text = texts_of(line, headers=False)[0]
        for place in np.flatnonzero(np.isin(columns_of(text), list(wanted))):
            piece = text[place : place + GRAM]
            names.setdefault(int(columns_of(piece)[0]), piece.decode("latin-1").translate(SHOWN))
        if len(names) == len(wanted):
            break
    return Telling(
        words=_named(weights[: ends[0]], words),
        counts=_named(weights[ends[0] : ends[1]], COUNTS),
        pieces=tuple((names[i], float(of_pieces[i])) for i in _extreme(of_pieces) if i in names),
    )


def _extreme(weights: "np.ndarray") -> "np.ndarray":
    import numpy as np

    order = np.argsort(-weights, kind="stable")
    n = min(N_WORDS, len(order) // 2)
    chosen: np.ndarray = np.concatenate([order[:n], order[len(order) - n :]])
    return chosen


def _named(weights: "np.ndarray", names: "Sequence[str]") -> tuple[tuple[str, float], ...]:
    return tuple((str(names[i]), float(weights[i])) for i in _extreme(weights))


def _claim(
    name: str,
    scores: "np.ndarray",
    labels: "np.ndarray",
    spec: CandidateSpec,
    target_precision: float,
) -> Claim:
    from tasks.errors import UnreachablePrecision
    from tasks.selection.threshold import lowest_threshold

    try:
        recall = lowest_threshold(labels == 1, scores, target_precision=target_precision)[2]
    except UnreachablePrecision:
        recall = None
    right = (scores >= spec.default_threshold) == (labels == 1)
    return Claim(name=name, n_scored=len(labels), accuracy=float(right.mean()), recall=recall)
