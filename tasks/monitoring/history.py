"""Runs in their order: equal ones joined to stretches, and what changed from one to another."""

from engine.differences import changes
from tasks.class_names import NUMBERS, ClassNames
from tasks.monitoring.records import Changes, HistoryEntry, HistoryPoint, NightFigures, Stretch

MOST_NAMED = 5  # nobody reads a list of every module
PLACES = {"store_dir", "output_dir", "data_dir"}  # where something lies changes no result


def stretches(entries: tuple[HistoryEntry, ...]) -> tuple[Stretch, ...]:
    """Join runs one after the other that found the same, oldest first.

    Parameters
    ----------
    entries : tuple of HistoryEntry, oldest first
    """
    found: list[Stretch] = []
    champions: set[str | None] = {None}
    for entry in entries:
        # by its first appearance: a run killed just after its promotion has left no entry
        is_new = entry.champion not in champions
        champions.add(entry.champion)
        if found and found[-1].figures == entry.figures:
            longer = {
                "last": entry.time,
                "n_runs": found[-1].n_runs + 1,
                "has_new_champion": found[-1].has_new_champion or is_new,
            }
            found[-1] = found[-1].model_copy(update=longer)
        else:
            found.append(
                Stretch(
                    first=entry.time,
                    last=entry.time,
                    n_runs=1,
                    figures=entry.figures,
                    outcome=entry.outcome,
                    has_new_champion=is_new,
                )
            )
    return tuple(found)


def points(found: tuple[Stretch, ...]) -> tuple[HistoryPoint, ...]:
    """Return stretches as they are drawn."""
    return tuple(
        HistoryPoint(time=each.first, figures=each.figures, has_new_champion=each.has_new_champion)
        for each in found
    )


def differences(before: HistoryEntry, now: HistoryEntry, names: ClassNames = NUMBERS) -> Changes:
    """Say what is different between two runs: what went in, and what came out."""
    return Changes(
        inputs=(*_data(before, now), *_options(before, now)),
        code=_code(before, now),
        libraries=tuple(map(str, sorted(changes(before.libraries, now.libraries)))),
        scores=_scores(before, now, names),
    )


def _data(before: HistoryEntry, now: HistoryEntry) -> tuple[str, ...]:
    if before.content_sha256 == now.content_sha256:
        return ()
    old, new = before.figures.n_train, now.figures.n_train
    if old == new:
        return (f"other images or labels, as many as before ({new:,} to train on)",)
    return (f"{abs(new - old):,} training images {'more' if new > old else 'fewer'}, now {new:,}",)


def _options(before: HistoryEntry, now: HistoryEntry) -> tuple[str, ...]:
    return tuple(
        f"--{each.name.replace('_', '-')} {each.old} -> {each.new}"
        for each in changes(before.knobs, now.knobs)
        if each.name not in PLACES
    )


def _code(before: HistoryEntry, now: HistoryEntry) -> tuple[str, ...]:
    names = sorted(each.name for each in changes(before.code, now.code))
    more = len(names) - MOST_NAMED
    return (*names[:MOST_NAMED], *((f"{more} more modules",) if more > 0 else ()))


def _scores(before: HistoryEntry, now: HistoryEntry, names: ClassNames) -> tuple[str, ...]:
    old, new = before.figures, now.figures
    found = [
        *((f"the winner {old.title} -> {new.title}",) if old.title != new.title else ()),
        *(
            f"{name} {score.value:.2%} -> {new.headline[name].value:.2%}"
            for name, score in old.headline.items()
            if score.value != new.headline[name].value
        ),
        *_operating_point(old, new, names),
    ]
    if before.prediction_sha256 != now.prediction_sha256 and not found:
        found.append("some test images are classified otherwise, with the same scores")
    return tuple(found)


def _operating_point(old: NightFigures, new: NightFigures, names: ClassNames) -> tuple[str, ...]:
    if (old.threshold, old.recall, old.digit) == (new.threshold, new.recall, new.digit):
        return ()
    threshold = f"{old.threshold:.4g} -> {new.threshold:.4g}"
    recall = f"{old.recall:.1%} -> {new.recall:.1%}"
    return (f"the threshold for a {names.in_sentence(new.digit)} {threshold}, its recall {recall}",)
