"""How the classes of a data set are called."""

import re

from engine.records import Record


class ClassNames(Record):
    """Pairs of a label and its name; a class without one is called by its number.

    Examples
    --------
    >>> names = ClassNames(named=((65, "A"),))
    >>> names.of(65), names.of(66), names.label_of("A"), names.label_of("66")
    ('A', '66', 65, 66)
    """

    named: tuple[tuple[int, str], ...] = ()

    def of(self, label: int) -> str:
        """Return how a class is called."""
        return dict(self.named).get(int(label), str(int(label)))

    def all_of(self, labels: tuple[int, ...]) -> tuple[str, ...]:
        """Return how several classes are called."""
        return tuple(map(self.of, labels))

    def in_sentence(self, label: int) -> str:
        """Return a class's name, or its number if the name could be taken for markup."""
        name = self.of(label)
        return name if re.fullmatch(r"[\w '-]+", name) and "_" not in name else str(label)

    def label_of(self, asked: int | str) -> int | None:
        """Return the class that is called so; a name comes before a number. None for no class."""
        text = str(asked).strip()
        by_name = {name: label for label, name in self.named}
        if text in by_name:
            return by_name[text]
        return int(text) if re.fullmatch(r"\d{1,3}", text) else None


NUMBERS = ClassNames()
