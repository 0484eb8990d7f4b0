"""Where to begin: the verdict of the newest run, and links to each of its reports."""

from collections.abc import Sequence
from uuid import UUID

from artifacts.page.first_page import FirstPage
from artifacts.render import RenderedReport
from artifacts.text import as_text, code_block, percent, span, table

KEY = "0-start-here"
TITLE = "Start here"


def start_report(  # noqa: PLR0913 - all that a reader begins with
    title: str,
    sentences: str,
    first: FirstPage,
    links: Sequence[tuple[str, UUID]],
    *,
    facts: Sequence[str],
    page: str,
) -> RenderedReport:
    """Return the verdict, the scores, a link to each report, and where the HTML report lies.

    An address is relative to the page of an artifact, since Prefect's two UIs lie at different
    places of their server, and a server may be started again at another port.

    Parameters
    ----------
    title : str
        The verdict in a few words.
    sentences : str
        The verdict, and what became of the champion.
    links : sequence of (title, identity of an artifact)
    facts : sequence of str
        What identifies the run: its start, its data set.
    page : str
        The path of the HTML report.
    """
    scores: list[tuple[object, ...]] = [
        (name, percent(score.value), span(score.low, score.high)) for name, score in first.scores
    ]
    weak = "\n".join(f"- {sentence}" for sentence in first.weak)
    listed = "\n".join(f"- [{as_text(title)}](../artifact/{report})" for title, report in links)
    text = f"""**{as_text(sentences)}**

{as_text("; ".join(facts))}

{table(("on the test set", "score", "95 % interval"), scores)}

## Where it fails

{weak}

## The reports of this run

{listed}

An artifact that is not listed here is of another command, of a part of a run, or of an earlier \
version.

## The whole report as one file

A browser does not open a file from this page. Open it on the machine of the run:

{code_block(page)}
"""
    return RenderedReport(key=KEY, title=f"{TITLE}: {title}", markdown=text, figures=())
