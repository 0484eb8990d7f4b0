"""One visual language: sizes, colours and the way a figure becomes a small PNG."""

import io

from matplotlib.figure import Figure
from PIL import Image

MAX_PICTURE_BYTES = 100_000

# Okabe and Ito's palette: told apart by colour-blind readers, and in print
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
GREY, INK = "#767676", "#222222"
_CANDIDATE_COLOURS = {"sgd": BLUE, "random_forest": ORANGE, "hog_sgd": GREEN}

WIDE, SQUARE = (7.5, 3.8), (5.6, 5.0)
_SHADES = 256


def candidate_colour(name: str) -> str:
    """Return a candidate's colour, the same in every figure."""
    return _CANDIDATE_COLOURS.get(name, PURPLE)


def new_figure(size: tuple[float, float] = WIDE) -> Figure:
    """Return an empty figure of `size` in inches, without pyplot, whose state is shared."""
    return Figure(figsize=size, layout="constrained")


def figure_png(figure: Figure) -> bytes:
    """Render a figure as a PNG of at most 100 KB.

    A palette of 256 colours is enough for every figure here and takes a third of the room;
    the resolution falls only if that does not suffice.

    Raises
    ------
    ValueError
        If even a coarse picture is too large.
    """
    for dpi in (120, 96, 72, 54):
        content = _render(figure, dpi)
        if len(content) <= MAX_PICTURE_BYTES:
            return content
    message = f"A figure takes {len(content):,} bytes at 54 dpi; split it in two."
    raise ValueError(message)


def _render(figure: Figure, dpi: int) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=dpi)
    picture = Image.open(file).convert("RGB").quantize(_SHADES)
    small = io.BytesIO()
    picture.save(small, format="png", optimize=True)
    return small.getvalue()
