"""What a data set must be for a run's candidates and folds: everything that is amiss at once."""

import shlex
from collections.abc import Iterator

from engine.records import Record
from tasks.class_names import ClassNames
from tasks.errors import DataError
from tasks.models.records import CandidateSpec

# pixels, by builder: two cells of gradients, to see where one lies
LEAST_SIDE = {"hog_sgd": 4, "random_forest_hog": 4}
MOST_LISTED = 8


class SetFacts(Record):
    """What is known of a data set before it is fetched; `train_counts` is None if unknown.

    `size` is (height, width) in pixels; `train_counts` are in the order of `classes`, before
    new images join.
    """

    size: tuple[int, int]
    classes: tuple[int, ...]
    train_counts: tuple[int, ...] | None = None


def require_served(  # noqa: PLR0913 - a set, and all that is asked of it
    facts: SetFacts,
    names: ClassNames,
    specs: tuple[CandidateSpec, ...],
    *,
    n_splits: int,
    shift: int,
    target: int | str | None,
    grows: bool,
) -> None:
    """Raise unless every fit and every question of a run can be served.

    Parameters
    ----------
    target : int, str or None
        The class of "is it a 5?", by label or name; None if nobody asks.
    grows : bool
        Whether new images join, so that a small class is no problem yet.

    Raises
    ------
    DataError
        With all that is amiss, and what to do about each.
    """
    found = [
        *_too_few_classes(facts),
        *(() if grows else _too_few_images(facts, names, n_splits)),
        *_too_small(facts, specs, shift),
        *(() if target is None else _unknown_target(facts, names, target)),
    ]
    if found:
        raise DataError("\n".join(found))


def _too_few_classes(facts: SetFacts) -> Iterator[str]:
    if len(facts.classes) < 2:
        yield (
            f"Asked to tell classes apart; found one class only ({facts.classes[0]}) in the "
            "training set. Add images of a second class, training and test."
        )


def _too_few_images(facts: SetFacts, names: ClassNames, n_splits: int) -> Iterator[str]:
    if facts.train_counts is None or len(facts.classes) < 2:
        return
    counts = zip(facts.classes, facts.train_counts, strict=True)
    few = [(label, n) for label, n in counts if n < n_splits]
    if not few:
        return
    rarest = min(n for _, n in few)
    each = _listed([f"class {names.of(label)} has {n:,}" for label, n in few])
    lower = f", or lower --n-splits to {rarest}" if rarest > 1 else ""
    them = "that class" if len(few) == 1 else "these classes"
    yield (
        f"Asked for {n_splits} folds with images of every class in each; {each} training "
        f"image{'s' if rarest > 1 or len(few) > 1 else ''}. Add training images of {them}, or "
        f"leave {'it' if len(few) == 1 else 'them'} out of the training and the test set{lower}."
    )


def _too_small(facts: SetFacts, specs: tuple[CandidateSpec, ...], shift: int) -> Iterator[str]:
    height, width = facts.size
    least = min(height, width)
    unserved = [spec.name for spec in specs if least < LEAST_SIDE.get(spec.builder, 1)]
    if unserved:
        served = [spec.name for spec in specs if spec.name not in unserved] or [
            "sgd",
            "random_forest",
        ]
        yield (
            f"Asked for the candidate {', '.join(unserved)}, which needs images of at least 4 x 4 "
            f"pixels; found {width} x {height}. Choose --candidates {','.join(served)}."
        )
    if shift >= least:
        yield (
            f"Asked to shift by {shift} pixels; the images are {width} x {height} pixels, so "
            f"nothing would be left of them. Choose --shift below {least}."
        )


def _unknown_target(facts: SetFacts, names: ClassNames, target: int | str) -> Iterator[str]:
    if names.label_of(target) not in facts.classes:
        yield (
            f"Asked for the target digit {target}; the training set has only the classes "
            f"{_listed(list(names.all_of(facts.classes)))}. Choose one of them, such as "
            f"--target-digit {shlex.quote(names.of(facts.classes[0]))}."
        )


def _listed(texts: list[str]) -> str:
    more = len(texts) - MOST_LISTED
    return ", ".join(texts[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")
