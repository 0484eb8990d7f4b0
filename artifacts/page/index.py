"""All runs of a folder of reports on one HTML page, each with a link to its own."""

from collections.abc import Sequence

from artifacts.page.html import render_page
from artifacts.text import NOTHING
from engine.records import Record


class RunSummary(Record):
    """A run in a line: its data set, its verdict, its main figure, the champion after it."""

    dataset: str
    verdict: str
    headline: str = NOTHING
    champion: str = NOTHING


class RunRow(Record):
    """A run's folder, when the run started, and what it found."""

    folder: str
    started: str
    has_report: bool
    summary: RunSummary


def index_page(folder: str, rows: Sequence[RunRow]) -> str:
    """Return the HTML page of all runs, in the order given."""
    return render_page("index.html.jinja", folder=folder, rows=rows)
