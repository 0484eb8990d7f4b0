"""How costs grow, as markdown: seconds, memory, and what is held against the claims."""

from benchmarks.cost.results import FITS
from benchmarks.cost.tables import heading, markdown_table
from benchmarks.growth.law import PowerLaw
from benchmarks.growth.results import OUTSIDE, GrowthResults, law_of_memory, law_of_time

FLAT = 0.1  # an exponent below: tenfold the images, a quarter more of the time


def growth_report(found: GrowthResults) -> str:
    """Return everything as one markdown text."""
    return (
        "\n\n".join([heading(found), time_table(found), memory_table(found), claims(found)]) + "\n"
    )


def time_table(found: GrowthResults) -> str:
    """Return the seconds of every task at every number of images, and their exponents."""
    rows = [
        (
            task,
            *(f"{run.tasks[task].seconds:.2f}" for run in found.ascending),
            exponent_text(law_of_time(found, task)),
        )
        for task in found.tasks
    ]
    whole = ("whole process", *(f"{run.seconds:.1f}" for run in found.ascending), "")
    return markdown_table(_head("seconds", found), [*rows, whole])


def memory_table(found: GrowthResults) -> str:
    """Return the peak memory during every task, and the exponents of what it adds."""
    rows = [
        (
            task,
            *(f"{(run.tasks[task].peak_bytes or 0) / 1e6:,.0f}" for run in found.ascending),
            exponent_text(law_of_memory(found, task)),
        )
        for task in found.tasks
        if task != OUTSIDE
    ]
    return markdown_table(_head("peak memory, MB", found), rows)


def claims(found: GrowthResults) -> str:
    """Say of both claims whether they hold: no task but a fit beyond linear, nothing else grows."""
    laws = {task: law_of_time(found, task) for task in found.tasks}
    beyond = [
        f"{task} ({exponent_text(law)})"
        for task, law in laws.items()
        if law and law.is_faster_than_linear and not task.startswith(FITS)
    ]
    outside = laws[OUTSIDE]
    return "\n".join(
        [
            "- Nothing but the fits grows faster than linearly: "
            + (f"missed by {', '.join(beyond)}." if beyond else "met."),
            f"- What lies outside the tasks does not grow (exponent at most {FLAT}): "
            + (
                "not measured."
                if outside is None
                else f"{exponent_text(outside)}, {'met' if outside.exponent <= FLAT else 'missed'}."
            ),
        ]
    )


def exponent_text(law: PowerLaw | None) -> str:
    """Write an exponent with two standard errors, or a dash.

    >>> exponent_text(PowerLaw(exponent=1.104, factor=2.0, standard_error=0.02))
    '1.10 ± 0.04'
    """
    return "–" if law is None else f"{law.exponent:.2f} ± {2 * law.standard_error:.2f}"  # noqa: RUF001 - a dash in an empty cell


def _head(first: str, found: GrowthResults) -> tuple[str, ...]:
    sizes = (
        f"{run.n_sources:,} + copies" if run.has_copies else f"{run.n_images:,}"
        for run in found.ascending
    )
    return (first, *sizes, "exponent")
