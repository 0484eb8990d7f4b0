"""Whether the training data has drifted since the champion learned, in words."""

from artifacts.words import percent, table
from tasks.records_drift import Drift

NO_CHAMPION = (
    "There is nothing to compare the training images with: no champion has been chosen yet, or the "
    "one there is could not be read. The first model that meets the goal becomes the champion.\n"
)
SAME = "**No drift**: the training images are those the champion learned from, to the last pixel.\n"
OTHER_SIZE = (
    "The champion learned from images of another size, so the two sets cannot be compared.\n"
)


def drift_report(drift: Drift, since: str) -> str:
    """Give each statistic with its limit, and warn of those beyond it.

    Parameters
    ----------
    drift : Drift
    since : str
        When the champion learned, an ISO 8601 time.
    """
    rows: list[tuple[object, ...]] = [
        (
            each.name,
            each.statistic,
            f"{each.value:.3f}",
            f"{each.limit:g}",
            "**over**" if each.is_over else "within",
        )
        for each in drift.statistics
    ]
    limits = "\n".join(f"- {each.name}: {each.reason}" for each in drift.statistics)
    return f"""{_verdict(drift)}

This run has {drift.n_now:,} training images, the champion of {since[:16].replace("T", " ")} had \
{drift.n_before:,}. Their mean ink is {drift.ink_now:.1f} of 255 now and was {drift.ink_before:.1f}; \
{percent(drift.outside)} of this run's images are lighter or darker than 99 % of the champion's were \
({drift.ink_range[0]:.1f} to {drift.ink_range[1]:.1f}).

{table(("what", "statistic", "value", "limit", ""), rows)}

The limits are the ones in use for each statistic:

{limits}
"""


def _verdict(drift: Drift) -> str:
    if not drift.over:
        return "**No drift**: every statistic is within its limit."
    named = ", ".join(each.name for each in drift.over)
    return (
        f"**The training data has drifted: {named}.** Look at the pictures below before you trust "
        "a model that was chosen for the earlier data; if the change is meant, the next champion "
        "will have learned from it."
    )
