"""What was measured as markdown: costs, bars, and where the time went."""

import statistics
from collections.abc import Sequence

from benchmarks.cost.bars import GIGABYTE, Bar, bars
from benchmarks.cost.results import Measured, Results, Stage
from benchmarks.measure import Measurement

TITLES = {
    "notebook": "the notebook as written, one job",
    "notebook-all-cores": "the notebook on all cores",
    "bare": "the workflow's fits and nothing else",
    "cold": "the workflow, cold",
    "warm": "the workflow again, running server",
    "trivial": "a flow of one trivial task, running server",
    "warm-ephemeral": "the workflow again, a server of its own",
    "trivial-ephemeral": "a flow of one trivial task, a server of its own",
    "precision": "another target precision, running server",
    "forest": "the forest alone, its folds reused",
    "cold-before": "the older commit, cold",
    "warm-before": "the older commit again, running server",
    "precision-before": "the older commit, another target precision",
}
OUTSIDE = "outside the steps: start, cache keys, publishing, report"


def report(found: Results) -> str:
    """Return everything as one markdown text."""
    parts = [
        heading(found),
        cost_table(found.measurements),
        bar_table(bars(found), found.beside),
    ]
    if "cold" in found.stages and "cold" in found.measurements:
        parts.append(stage_table(found.stages["cold"], whole=found.measurements["cold"][0].seconds))
    return "\n\n".join(parts) + "\n"


def heading(found: Measured) -> str:
    """Say on what, when and in how many sittings something was measured."""
    machine = found.machine
    return (
        f"{found.dataset}, {machine.cores} cores, {machine.memory_bytes / GIGABYTE:.0f} GB, "
        f"{machine.system}, Python {machine.python}, {found.sittings[0]}{_sittings(found)}"
    )


def cost_table(measurements: dict[str, tuple[Measurement, ...]]) -> str:
    """Return the cost of every part: medians over its repetitions, the largest memory."""
    rows = [
        (
            TITLES[name],
            f"{statistics.median(each.seconds for each in runs):.1f}",
            f"{statistics.median(each.cpu_seconds for each in runs):.1f}",
            f"{max(each.peak_bytes for each in runs) / GIGABYTE:.2f}",
            str(len(runs)),
            f"{max(each.load_before for each in runs):.1f}",
        )
        for name in TITLES
        if (runs := measurements.get(name))
    ]
    head = ("", "seconds", "CPU seconds", "peak memory, GB", "runs", "load before")
    return markdown_table(head, rows)


def bar_table(held: Sequence[Bar], beside: str | None = None) -> str:
    """Return every bar with what was measured against it, and of the commit `beside` it."""
    rows = [
        (
            bar.name,
            *(
                "" if value is None else _amount(value, bar.unit)
                for value in (bar.before, bar.measured, bar.limit, bar.aim)
            ),
            bar.verdict,
        )
        for bar in held
    ]
    return markdown_table(("what", beside or "before", "now", "bar", "aim", ""), rows)


def stage_table(stages: Sequence[Stage], *, whole: float) -> str:
    """Return where the seconds of a run went, the largest first, and what no stage explains.

    Parameters
    ----------
    whole : float
        Seconds of the whole process.
    """
    rest = Stage(name=OUTSIDE, seconds=whole - sum(stage.seconds for stage in stages))
    by_cost = sorted((*stages, rest), key=lambda stage: -stage.seconds)
    rows = [
        (stage.name, f"{stage.seconds:.2f}", f"{stage.seconds / whole:.1%}") for stage in by_cost
    ]
    return markdown_table(("where the cold run's time goes", "seconds", "share"), rows)


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a markdown table that also reads well as plain text: columns padded.

    >>> print(markdown_table(("", "s"), [("fit", "1.5"), ("score", "12.0")]))
    |       |    s |
    |-------|-----:|
    | fit   |  1.5 |
    | score | 12.0 |
    """
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    rule = "|".join(
        "-" * (width + 2) if place == 0 else "-" * (width + 1) + ":"
        for place, width in enumerate(widths)
    )
    lines = [_row(head, widths), f"|{rule}|", *(_row(row, widths) for row in rows)]
    return "\n".join(lines)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        cell.ljust(width) if place == 0 else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return f"| {' | '.join((first, *others))} |"


def _amount(value: float, unit: str) -> str:
    if unit == "fits":
        return f"{value:.0f}"
    return f"{value:.2f} {unit}".rstrip()


def _sittings(found: Measured) -> str:
    if len(found.sittings) == 1:
        return ", measured in one go"
    return (
        f", measured in {len(found.sittings)} sittings: ratios between parts of different "
        "sittings compare different hours of the machine"
    )
