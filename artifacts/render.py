"""Keep a drawn figure in the store, under a key that begins with its stage."""

from typing import TYPE_CHECKING

from engine.store.objects import save_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure
from engine.records import Record
from engine.store.refs import FileRef


class RenderedFigure(Record):
    """A stored PNG with its artifact key, its title and a text for those who cannot see it."""

    key: str
    title: str
    alt: str
    image: FileRef


class RenderedReport(Record):
    """One stage's report as it is published: markdown and figures, in order."""

    key: str
    title: str
    markdown: str
    figures: tuple[RenderedFigure, ...]


def stored_figure(stage: str, name: str, title: str, figure: "Figure", alt: str) -> RenderedFigure:
    """Render a figure, store it and return it with its title and its text.

    Parameters
    ----------
    stage, name : str
        Together the artifact's key: letters, digits and dashes.
    title, alt : str
        What the figure shows, short and for those who cannot see it.
    """
    from artifacts.figures.style import figure_png

    return RenderedFigure(
        key=f"{stage}-{name}", title=title, alt=alt, image=save_bytes(figure_png(figure), ".png")
    )
