"""The bars the workflow is held to, and what was measured against each."""

from typing import Literal

from benchmarks.cost.results import Results
from engine.records import Record

GIGABYTE = 1e9


class Bar(Record):
    """A figure that should not be above `limit`, and better not above `aim`.

    `measured` is None while a part that it needs has not been measured.
    """

    name: str
    measured: float | None
    limit: float
    unit: Literal["", "s", "GB", "fits"]
    aim: float | None = None

    @property
    def verdict(self) -> str:
        """Say whether the bar is met, and the aim too where there is one."""
        if self.measured is None:
            return "not measured"
        if self.measured > self.limit:
            return "missed"
        if self.aim is None:
            return "met"
        return "met, aim reached" if self.measured <= self.aim else "met, aim not reached"


def bars(found: Results) -> tuple[Bar, ...]:
    """Hold what was measured against the bars, in the order of the benchmark's parts."""
    fits = found.fits_after_change
    return (
        Bar(
            name="cold run / notebook as written",
            measured=ratio(found, "cold", "notebook"),
            limit=1.0,
            aim=0.7,
            unit="",
        ),
        Bar(
            name="cold run / its fits alone",
            measured=ratio(found, "cold", "bare"),
            limit=1.05,
            unit="",
        ),
        Bar(
            name="memory of the cold run", measured=_gigabytes(found, "cold"), limit=3.0, unit="GB"
        ),
        Bar(
            name="warm run, running server",
            measured=found.median_seconds("warm"),
            limit=5.0,
            unit="s",
        ),
        Bar(
            name="warm run / flow of one trivial task",
            measured=ratio(found, "warm", "trivial"),
            limit=2.0,
            unit="",
        ),
        Bar(
            name="another target precision: fits",
            measured=None if fits is None else float(fits),
            limit=0,
            unit="fits",
        ),
        Bar(
            name="another target precision",
            measured=found.median_seconds("precision"),
            limit=10.0,
            unit="s",
        ),
    )


def ratio(found: Results, over: str, under: str) -> float | None:
    """Return one median time over another, None if one is missing."""
    numerator, denominator = found.median_seconds(over), found.median_seconds(under)
    return None if numerator is None or denominator is None else numerator / denominator


def _gigabytes(found: Results, name: str) -> float | None:
    measured = found.measurements.get(name)
    return max(each.peak_bytes for each in measured) / GIGABYTE if measured else None
