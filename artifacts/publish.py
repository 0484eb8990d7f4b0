"""Publish a stored report to Prefect: one markdown artifact, one image artifact a figure.

The only module of this room that knows Prefect. Publishing is never cached: a warm run shows
everything again.
"""

import base64
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from prefect.artifacts import create_image_artifact, create_markdown_artifact

from artifacts.render import RenderedFigure, RenderedReport

# the UI's list loads the newest artifact of every key whole
MAX_ARTIFACT_BYTES = 300_000


# the server answers one while it reads the next; more than two at once gain nothing (measured)
AT_ONCE = 2


def publish_reports(reports: Sequence[RenderedReport], *, notice: str = "") -> None:
    """Create the artifacts of every stage, two stages at a time.

    Parameters
    ----------
    notice : str, optional
        What a reader of any stage must not miss; it stands above each text.
    """
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="publish")
    try:
        published = [
            pool.submit(copy_context().run, publish_report, report, notice=notice)
            for report in reports
        ]
        for each in published:
            each.result()
    finally:
        pool.shutdown(cancel_futures=True)  # one server lost is enough to know


def publish_report(report: RenderedReport, *, notice: str = "") -> None:
    """Create the artifacts of one stage in the flow run that is at work.

    The markdown artifact holds the stage's pictures too, so that it reads as one page; each
    picture is also an image artifact of its own, whose versions line up night after night.

    Parameters
    ----------
    notice : str, optional
        What a reader of any stage must not miss; it stands above the text.
    """
    create_markdown_artifact(
        key=report.key, markdown=stage_markdown(report, notice), description=report.title
    )
    for figure in report.figures:
        create_image_artifact(
            key=figure.key,
            image_url=data_uri(figure),
            description=f"**{figure.title}**\n\n{figure.alt}",
        )


def stage_markdown(report: RenderedReport, notice: str = "") -> str:
    """Return a stage's text with its pictures under it, as many as an artifact may hold."""
    above = f"> {notice}\n\n" if notice else ""
    text = f"# {report.title}\n\n{above}{report.markdown}"
    for figure in report.figures:
        picture = f"\n**{figure.title}**\n\n![{figure.alt}]({data_uri(figure)})\n"
        if len(text) + len(picture) > MAX_ARTIFACT_BYTES:
            text += f"\n**{figure.title}**: see the image artifact `{figure.key}`.\n"
        else:
            text += picture
    return text


def data_uri(figure: RenderedFigure) -> str:
    """Return a picture as an address that holds it; browsers refuse ``file:`` in the UI."""
    content = base64.b64encode(figure.image.path.read_bytes()).decode()
    return f"data:image/png;base64,{content}"
