"""The nights in their order: equal ones drawn together, and what changed from one to another."""

from tasks.records import Interval
from tasks.records_history import Changes, HistoryEntry, HistoryPoint, NightFigures, Stretch

MOST_NAMED = 5  # a list of every module is read by nobody
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
        # by its first appearance: a run killed just after it crowned has left no entry
        crowned = entry.champion not in champions
        champions.add(entry.champion)
        if found and found[-1].figures == entry.figures:
            longer = {
                "last": entry.time,
                "n_runs": found[-1].n_runs + 1,
                "crowned": found[-1].crowned or crowned,
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
                    crowned=crowned,
                )
            )
    return tuple(found)


def points(found: tuple[Stretch, ...]) -> tuple[HistoryPoint, ...]:
    """Return stretches as they are drawn."""
    return tuple(
        HistoryPoint(time=each.first, figures=each.figures, crowned=each.crowned) for each in found
    )


def changes(before: HistoryEntry, now: HistoryEntry) -> Changes:
    """Say what is different between two runs: what went in, and what came out."""
    return Changes(
        inputs=(*_changed_data(before, now), *_changed_knobs(before, now)),
        code=_changed_code(before, now),
        libraries=_moved(before.libraries, now.libraries),
        scores=_changed_scores(before, now),
    )


def _changed_data(before: HistoryEntry, now: HistoryEntry) -> tuple[str, ...]:
    if before.content_sha256 == now.content_sha256:
        return ()
    old, new = before.figures.n_train, now.figures.n_train
    if old == new:
        return (f"other images or labels, as many as before ({new:,} to train on)",)
    return (f"{abs(new - old):,} training images {'more' if new > old else 'fewer'}, now {new:,}",)


def _changed_knobs(before: HistoryEntry, now: HistoryEntry) -> tuple[str, ...]:
    names = [name for name in dict.fromkeys([*before.knobs, *now.knobs]) if name not in PLACES]
    return tuple(
        f"--{name.replace('_', '-')} {before.knobs.get(name)} -> {now.knobs.get(name)}"
        for name in names
        if before.knobs.get(name) != now.knobs.get(name)
    )


def _changed_code(before: HistoryEntry, now: HistoryEntry) -> tuple[str, ...]:
    names = sorted({*before.code, *now.code})
    moved = [name for name in names if before.code.get(name) != now.code.get(name)]
    named = moved[:MOST_NAMED]
    if len(moved) > MOST_NAMED:
        named.append(f"{len(moved) - MOST_NAMED} more modules")
    return tuple(named)


def _moved(before: dict[str, str], now: dict[str, str]) -> tuple[str, ...]:
    return tuple(
        f"{name} {before.get(name, 'none')} -> {now.get(name, 'none')}"
        for name in sorted({*before, *now})
        if before.get(name) != now.get(name)
    )


def _changed_scores(before: HistoryEntry, now: HistoryEntry) -> tuple[str, ...]:
    old, new = before.figures, now.figures
    found = [
        *((f"the winner {old.title} -> {new.title}",) if old.title != new.title else ()),
        *_changed_score("accuracy", old.accuracy, new.accuracy),
        *_changed_score("macro precision", old.macro_precision, new.macro_precision),
        *_changed_score("macro recall", old.macro_recall, new.macro_recall),
        *_changed_point(old, new),
    ]
    if before.prediction_sha256 != now.prediction_sha256 and not found:
        found.append("some test images are classified otherwise, with the same scores")
    return tuple(found)


def _changed_score(name: str, old: Interval, new: Interval) -> tuple[str, ...]:
    return (f"{name} {old.value:.2%} -> {new.value:.2%}",) if old.value != new.value else ()


def _changed_point(old: NightFigures, new: NightFigures) -> tuple[str, ...]:
    if (old.threshold, old.recall, old.digit) == (new.threshold, new.recall, new.digit):
        return ()
    moved = f"{old.threshold:.4g} -> {new.threshold:.4g}"
    recall = f"{old.recall:.1%} -> {new.recall:.1%}"
    return (f"the threshold for a {new.digit} {moved}, its recall {recall}",)
