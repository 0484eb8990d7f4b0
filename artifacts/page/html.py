"""Stored reports -> one HTML file that needs nothing else: no server, no network."""

import base64
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from artifacts.page.first_page import FirstPage, score_bars
from artifacts.page.markdown import lead_of, render_blocks, render_inline, render_parts
from artifacts.render import RenderedFigure, RenderedReport
from engine.printable import printable
from engine.records import Record

# a page loads nothing, runs nothing and sends nothing, whatever a name from outside may say
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'"
)


class Page(Record):
    """What stands above and below the stages: title, the verdict in a sentence, the run's facts.

    `facts` are pairs of a name and a value, such as the code revision; `steps` are rows of
    label, outcome and reason. `badge` is the verdict in a word or two and `badge_class` its
    colour; `first` is what a person sees first, and `card` the model card as markdown.
    `unfolded` are the keys of the reports whose whole text stands open.
    """

    title: str
    verdict: str
    warning: str | None
    facts: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, str, str], ...]
    badge: str = ""
    badge_class: str = ""
    first: FirstPage | None = None
    card: str = ""
    unfolded: tuple[str, ...] = ()
    asked_for: str = "MNIST"


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
    content = cache(read)
    leads = [(report.key, lead_of(report.markdown)) for report in reports]
    return render_page(
        "report.html.jinja",
        page=page,
        reports=reports,
        parts=render_parts,
        render=render_blocks,
        inline=render_inline,
        bars=score_bars(page.first) if page.first else (),
        leads=[(key, lead) for key, lead in leads if lead and not page.verdict.startswith(lead)],
        key_figures=_chosen(page.first.pictures if page.first else (), reports),
        picture=lambda figure: base64.b64encode(content(figure)).decode(),
        size=lambda figure: png_size(content(figure)),
    )


def render_page(template: str, **values: Any) -> str:
    """Return an HTML page made of a template in this folder.

    What is put into it is text: its markup is escaped, its control characters are written out.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(policy=CONTENT_SECURITY_POLICY, **values)


def _finalized(value: object) -> object:
    return type(value)(printable(value)) if isinstance(value, str) else value


def png_size(content: bytes) -> tuple[int, int]:
    """Return width and height of a PNG in pixels, from its header."""
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _chosen(
    keys: tuple[str, ...], reports: tuple[RenderedReport, ...]
) -> list[tuple[str, RenderedFigure]]:
    """Return the named figures with the key of the report each is in; absent ones are left out."""
    found = {figure.key: (report.key, figure) for report in reports for figure in report.figures}
    return [found[key] for key in keys if key in found]
