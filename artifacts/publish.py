"""Publish stored reports to Prefect: one markdown artifact a report, its pictures inside.

The only module of this room that knows Prefect. Publishing is never cached: a warm run shows
everything again.
"""

import base64
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import cast
from uuid import UUID

from prefect.artifacts import create_image_artifact, create_markdown_artifact

from artifacts.render import RenderedFigure, RenderedReport
from artifacts.text import as_text
from engine.printable import printable

# the UI's list loads the newest artifact of every key whole
MAX_ARTIFACT_BYTES = 300_000


# the server answers one while it reads the next; more than two at once gain nothing (measured)
AT_ONCE = 2


def publish_reports(reports: Sequence[RenderedReport], *, notice: str = "") -> tuple[UUID, ...]:
    """Create the artifacts of every stage, two stages at a time; return those of the texts.

    Parameters
    ----------
    notice : str, optional
        What a reader of any stage must not miss, as markdown; it stands above each text.
    """
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="publish")
    try:
        published = [
            pool.submit(copy_context().run, publish_report, report, notice=notice)
            for report in reports
        ]
        return tuple(each.result() for each in published)
    finally:
        pool.shutdown(cancel_futures=True)  # one server lost is enough to know


def publish_with_start(
    start: Callable[[Sequence[tuple[str, UUID]]], RenderedReport],
    reports: Sequence[RenderedReport],
    *,
    notice: str = "",
) -> None:
    """Create the artifacts of every stage, then the one to start with, which links to them.

    Parameters
    ----------
    start : callable
        Takes title and identity of each published report.
    """
    published = publish_reports(reports, notice=notice)
    titles = [report.title for report in reports]
    publish_report(start(list(zip(titles, published, strict=True))), notice=notice)


def publish_report(report: RenderedReport, *, notice: str = "") -> UUID:
    """Create the artifact of one stage in the flow run that is at work; return its identity.

    It holds the stage's pictures too, so that it reads as one page. A picture that it has no
    room for is an image artifact of its own.

    Parameters
    ----------
    notice : str, optional
        What a reader of any stage must not miss, as markdown; it stands above the text.
    """
    text, left_out = stage_markdown(report, notice)
    for figure in left_out:
        create_image_artifact(
            key=figure.key,
            image_url=data_uri(figure),
            description=f"**{as_text(figure.title)}**\n\n{as_text(figure.alt)}",
        )
    # a description is read as markdown: "7. Nights" would be shown as "1. Nights"
    published = create_markdown_artifact(
        key=report.key, markdown=text, description=as_text(report.title)
    )
    return cast("UUID", published)  # its type names a coroutine too, which it is elsewhere


def stage_markdown(
    report: RenderedReport, notice: str = ""
) -> tuple[str, tuple[RenderedFigure, ...]]:
    """Return a stage's text with its pictures under it, and the pictures it has no room for."""
    above = f"> {notice}\n\n" if notice else ""
    text = printable(f"# {as_text(report.title)}\n\n{above}{report.markdown}")
    left_out: list[RenderedFigure] = []
    for figure in report.figures:
        title, alt = as_text(figure.title), as_text(figure.alt)
        picture = f"\n**{title}**\n\n![{alt}]({data_uri(figure)})\n"
        if len(text) + len(picture) > MAX_ARTIFACT_BYTES:
            text += f"\n**{title}**: see the image artifact `{figure.key}`.\n"
            left_out.append(figure)
        else:
            text += picture
    return text, tuple(left_out)


def data_uri(figure: RenderedFigure) -> str:
    """Return a picture as an address that holds it; browsers refuse ``file:`` in the UI."""
    content = base64.b64encode(figure.image.path.read_bytes()).decode()
    return f"data:image/png;base64,{content}"
