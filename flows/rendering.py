"""Keep a drawn figure in the store, under a key that begins with its stage."""

from typing import TYPE_CHECKING

from tasks.records import RenderedFigure
from tasks.store import save_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def stored_figure(stage: str, name: str, title: str, figure: "Figure", alt: str) -> RenderedFigure:
    """Render a figure, store it and return it with its title and its text.

    Parameters
    ----------
    stage, name : str
        Together the artifact's key: letters, digits and dashes.
    title, alt : str
        What the figure shows, short and for those who cannot see it.
    """
    from artifacts.style import figure_png

    return RenderedFigure(
        key=f"{stage}-{name}", title=title, alt=alt, image=save_bytes(figure_png(figure), ".png")
    )
