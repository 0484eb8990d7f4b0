"""Which champion a person means, of those that a store keeps."""

from engine.store.location import store_root
from tasks.champion.records import Champion
from tasks.champion.store import ChampionError, datasets, read_history, read_standing


def dataset_meant(name: str | None) -> str:
    """Return the data set of this name, or the only one there is if none is named.

    Raises
    ------
    ChampionError
        If it has no champion and never had, or one has to be named.
    """
    known = datasets()
    if name in known or (name is None and len(known) == 1):
        return name or known[0]
    if not known:
        found = "there is none yet. The first run that meets the goal makes one"
    elif name is None:
        found = f"each of these data sets has its own: {', '.join(known)}. Name one with --dataset"
    else:
        found = f"only these data sets have one: {', '.join(known)}. Name one of them"
    of = "" if name is None else f" of the data set {name}"
    raise ChampionError(f"Asked for the champion{of} in {store_root()}; {found}.")


def one_before(dataset: str, name: str | None = None) -> Champion:
    """Return the champion of a data set that a rollback puts back into use.

    It is the one named, or the one before the present champion. Without a log nothing says which
    models were taken back by hand: then only the sole whole one is chosen unasked.

    Raises
    ------
    ChampionError
        If there is none, or a person has to choose.
    """
    history = read_history(dataset)
    whole = {each.name: each for each in history}
    if name in whole:
        return whole[name]
    choice = _choice_of(history, dataset)
    if name is not None:
        found = f"the history of {dataset} has no whole one of this name. {choice}"
        raise ChampionError(f"Asked for the champion {name}; {found} Nothing was changed.")
    try:
        standing = read_standing(dataset)
    except ChampionError as error:
        if len(history) == 1:
            return history[0]
        found = f"which one that is cannot be known: {error.__cause__} {choice}"
    else:
        before = standing.line[1:2]
        if before and before[0] in whole:
            return whole[before[0]]
        if standing.in_use is None:
            found = f"no champion is in use. {choice}"
        elif before:
            found = f"the one before it, {before[0]}, is no longer stored whole."
        else:
            found = "it is the first one."
    raise ChampionError(
        f"Asked for the champion before the present one on {dataset}; {found} Nothing was changed."
    )


def _choice_of(history: tuple[Champion, ...], dataset: str) -> str:
    if not history:
        return (
            "There is no whole one in the history. Begin anew with `python -m flows.champion "
            f"retire --dataset {dataset}`; the next run that meets the goal becomes the champion."
        )
    return (
        "Name the one to use with `python -m flows.champion rollback NAME`: "
        f"{', '.join(each.name for each in reversed(history))} (newest first)."
    )
