"""What differs between two descriptions of the same thing, such as two cache keys."""

from collections.abc import Mapping
from typing import Any, NamedTuple

ABSENT = "none"


class Change(NamedTuple):
    """A named value then and now; `ABSENT` where there was or is none."""

    name: str
    old: Any
    new: Any

    def __str__(self) -> str:
        return f"{self.name} {self.old} -> {self.new}"


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return what is not the same in both, in the order of the names' first appearance.

    Examples
    --------
    >>> [str(each) for each in changes({"seed": 1, "shift": 0}, {"seed": 2, "shift": 0})]
    ['seed 1 -> 2']
    """
    return tuple(
        Change(name, old.get(name, ABSENT), new.get(name, ABSENT))
        for name in dict.fromkeys([*old, *new])
        if old.get(name, ABSENT) != new.get(name, ABSENT)
    )


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Flatten nested dicts and lists to dotted path -> scalar.

    Examples
    --------
    >>> leaves({"folds": [3, {"seed": 1}]})
    {'folds.0': 3, 'folds.1.seed': 1}
    """
    items: Any
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        return {path: value}
    found: dict[str, Any] = {}
    for name, item in items:
        found |= leaves(item, f"{path}.{name}" if path else str(name))
    return found
