"""Stored reports -> one HTML file that needs nothing else: no server, no network."""

import base64
from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt

from tasks.records import Record, RenderedFigure, RenderedReport


class Page(Record):
    """What stands above the stages: title, the verdict in a sentence, and the run's facts.

    `facts` are pairs of a name and a value, such as the code revision; `steps` are rows of
    label, fate and reason.
    """

    title: str
    verdict: str
    warning: str | None
    facts: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, str, str], ...]


def html_report(
    page: Page,
    reports: tuple[RenderedReport, ...],
    *,
    read: Callable[[RenderedFigure], bytes] = lambda figure: figure.image.path.read_bytes(),
) -> str:
    """Return a self-contained HTML page of all stages, pictures inside.

    Parameters
    ----------
    page : Page
    reports : tuple of RenderedReport, in reading order
    read : callable, optional
        Returns a figure's PNG; reads it from the store by default.
    """
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.jinja").render(
        page=page,
        reports=reports,
        render=markdown.render,
        picture=lambda figure: base64.b64encode(read(figure)).decode(),
    )
