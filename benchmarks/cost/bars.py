"""The bars the workflow is held to, and what was measured against each."""

from typing import Literal

from benchmarks.cost.results import Results
from engine.records import Record

GIGABYTE = 1e9
FOREST = "cross-validate Random Forest"
BESIDE = "-before"  # ends the names of what was measured of an older commit


class Bar(Record):
    """A figure that should not be above `limit`, and better not above `aim`.

    `measured` is None while a part that it needs has not been measured, and `before` unless an
    older commit was measured in the same sitting.
    """

    name: str
    measured: float | None
    limit: float
    unit: Literal["", "GB", "fits", "%"]
    aim: float | None = None
    before: float | None = None

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
    rows: tuple[tuple[str, str, str, float, float], ...] = (
        ("cold run / notebook on all cores", "cold", "notebook-all-cores", 0.7, 0.5),
        ("cold run / its fits alone", "cold", "bare", 1.05, 1.03),
        ("warm run / flow of one trivial task", "warm", "trivial", 1.3, 1.2),
        ("another target precision / the same flow", "precision", "trivial", 2.5, 2.0),
    )
    fits, forest = (
        found.fits_after_change,
        (_forest(found, "cold"), _forest(found, f"cold{BESIDE}")),
    )
    return (
        *(
            Bar(
                name=name,
                measured=ratio(found, over, under),
                before=ratio(found, f"{over}{BESIDE}", under),
                limit=limit,
                aim=aim,
                unit="",
            )
            for name, over, under, limit, aim in rows
        ),
        Bar(
            name="cross-validation of the forest / before",
            measured=forest[0] / forest[1] if forest[0] and forest[1] else None,
            limit=0.65,
            aim=0.5,
            unit="",
        ),
        Bar(
            name="largest process of the cold run",
            measured=_gigabytes(found, "cold"),
            before=_gigabytes(found, f"cold{BESIDE}"),
            limit=2.0,
            aim=1.5,
            unit="GB",
        ),
        Bar(
            name="kernel model, error out of fold",
            measured=found.errors.get("cold"),
            before=found.errors.get(f"cold{BESIDE}"),
            limit=0.58,
            aim=0.5,
            unit="%",
        ),
        Bar(
            name="Random Forest, test error",
            measured=found.errors.get("forest"),
            limit=1.6,
            aim=1.3,
            unit="%",
        ),
        Bar(
            name="another target precision: fits",
            measured=None if fits is None else float(fits),
            limit=0,
            unit="fits",
        ),
    )


def ratio(found: Results, over: str, under: str) -> float | None:
    """Return one median time over another, None if one is missing."""
    numerator, denominator = found.median_seconds(over), found.median_seconds(under)
    return None if numerator is None or denominator is None else numerator / denominator


def _gigabytes(found: Results, name: str) -> float | None:
    measured = found.measurements.get(name)
    return max(each.peak_bytes for each in measured) / GIGABYTE if measured else None


def _forest(found: Results, name: str) -> float | None:
    stages = {stage.name: stage.seconds for stage in found.stages.get(name, ())}
    return stages.get(FOREST)
