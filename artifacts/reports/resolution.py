"""Resolution -> markdown: which differences this test set can show, and which it cannot."""

from artifacts.text import NOTHING, percent, table
from tasks.evaluation.records import Resolution


def resolution_text(resolution: Resolution, title: str) -> str:
    """Say which differences in accuracy this test set can show, and which it cannot."""
    rows: list[tuple[object, ...]] = [
        (
            {"runner-up": "the runner-up", "unlike": "one as good, wrong elsewhere"}[rival.why],
            percent(rival.disagreement),
            _points(rival.smallest_significant),
            _points(rival.detectable),
        )
        for rival in resolution.rivals
    ]
    head = (
        "compared with",
        "images they disagree on",
        "smallest significant, points",
        "shown in 80 % of cases, points",
    )
    return f"""{_smallest(resolution, title)}

{table(head, rows)}

Only images that exactly one of two models gets right tell them apart, by McNemar's exact test at 5 %. \
The third column is the smallest difference in accuracy that would be significant here; the last the \
true one that turns out significant in four of five test sets of this size, computed exactly. \
{_runner_up(resolution)}The last row is a model as accurate as \
{title} that makes none of the same mistakes. The interval of the accuracy above reaches \
{100 * resolution.half_width:.2f} points to either side on average."""


def _runner_up(resolution: Resolution) -> str:
    if all(rival.why != "runner-up" for rival in resolution.rivals):
        return ""
    return "The runner-up's disagreement is the one observed out of fold. "


def _smallest(resolution: Resolution, title: str) -> str:
    n = f"{resolution.n_images:,} test images"
    first = resolution.rivals[0]
    if first.detectable is None:
        return (
            f"**These {n} cannot show a difference reliably** between {title} and a model that disagrees "
            f"with it on {percent(first.disagreement)} of them: there are too few disagreements."
        )
    return (
        f"**A difference of less than {_points(first.detectable)} points can go unnoticed on these {n}.** "
        "A better model that gains less may well be better, but this test set cannot be relied on to "
        "show it."
    )


def _points(fraction: float | None) -> str:
    return NOTHING if fraction is None else f"{100 * fraction:.2f}"
