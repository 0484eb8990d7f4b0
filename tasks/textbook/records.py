"""Records of the comparison with the book: what it prints, what was measured here."""

from engine.records import Record


class BookFigure(Record):
    """A figure as the book prints it: `value` has exactly the digits that are published."""

    model: str
    name: str
    value: str

    @property
    def decimals(self) -> int:
        """How many digits stand after the point."""
        return len(self.value.partition(".")[2])


class ParityRow(Record):
    """One figure of the book beside ours; `explanation` is empty if the two are equal."""

    figure: BookFigure
    ours: float
    explanation: str = ""

    @property
    def shown(self) -> str:
        """Our value with as many decimals as the book gives."""
        return f"{self.ours:.{self.figure.decimals}f}"

    @property
    def is_equal(self) -> bool:
        """Whether the two agree in every digit the book gives."""
        return self.shown == self.figure.value

    @property
    def difference(self) -> float:
        """Ours less the book's, both with the digits the book gives."""
        return float(self.shown) - float(self.figure.value)


class Parity(Record):
    """All figures that were compared, in the book's order, and the library that made ours."""

    rows: tuple[ParityRow, ...]
    scikit_learn: str

    @property
    def n_equal(self) -> int:
        """How many figures agree in every digit the book gives."""
        return sum(row.is_equal for row in self.rows)


class ProbabilityCounts(Record):
    """Images by the probability they were given, rounded to hundredths: 0.00, 0.01 ... 1.00.

    `n_positive` counts those of them that are positive. `n_between` images have a
    probability strictly between `low` and `high`, unrounded; `share` of them are positive.
    """

    candidate: str
    n_images: tuple[int, ...]
    n_positive: tuple[int, ...]
    low: float
    high: float
    n_between: int
    share: float
