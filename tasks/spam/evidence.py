"""What a filter reads, and where it errs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.cache.task import cached_task
from engine.store.objects import load_array, load_model
from engine.store.refs import ArrayRef
from tasks.models.records import FittedModel, Labelled
from tasks.spam.records import Hardest, Mistake, Telling

if TYPE_CHECKING:
    import numpy as np

N_WORDS, N_MISTAKES, SNIPPET = 15, 10, 70
SHOWN = str.maketrans({" ": "␣", "\n": "¶"})  # a piece may begin or end with a space


@cached_task(name="hardest mails")
def find_hardest(test: Labelled, scores: ArrayRef) -> Hardest:
    """Return the test mails that are furthest from being called what they are, worst first."""
    import json

    import numpy as np

    from tasks.models.rows import load_rows

    margins, labels = np.diff(load_array(scores)).ravel() / 2, load_array(test.labels)
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
