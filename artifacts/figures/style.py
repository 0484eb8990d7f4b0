"""One visual language: sizes, colours and the way a figure becomes a small PNG."""

import io

import numpy as np
from matplotlib.axis import XAxis, YAxis
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from PIL import Image

MAX_PICTURE_BYTES = 100_000

# Okabe and Ito's palette: told apart by colour-blind readers, and in print. Each candidate has
# one of these; what belongs to no candidate is drawn in SLATE, STONE and INK.
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
GREY, INK = "#767676", "#222222"
SLATE, STONE = "#3D4C5C", "#8792A0"
RUST = "#B84500"  # the palette's orange, dark enough for letters
FRAME = "#8C959F"
_CANDIDATE_COLOURS = {"sgd": BLUE, "random_forest": ORANGE, "hog_sgd": GREEN}

ORANGES = "Oranges"  # the shades of mistakes, in every grid

WIDE, SQUARE = (7.5, 3.8), (5.6, 5.0)
ROOM_ACROSS = 60  # letters that stand beside each other under a figure


def candidate_colour(name: str) -> str:
    """Return a candidate's colour, the same in every figure."""
    return _CANDIDATE_COLOURS.get(name, PURPLE)


def new_figure(size: tuple[float, float] = WIDE) -> Figure:
    """Return an empty figure of `size` in inches, without pyplot, whose state is shared."""
    return Figure(figsize=size, layout="constrained")


def set_names(axis: XAxis | YAxis, places: np.ndarray, names: tuple[str, ...]) -> None:
    """Write the classes' names beside an axis, smaller and upright where they need the room."""
    size = 10 if len(names) <= 12 else 8 if len(names) <= 30 else 6.5
    is_tight = axis.axis_name == "x" and len(names) * max(map(len, names)) > ROOM_ACROSS
    axis.set_ticks(places, names, fontsize=size, rotation=90 if is_tight else 0)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21, as WCAG 2 defines it.

    >>> round(contrast("#000000", "#ffffff"), 1)
    21.0
    """
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def style_axes(figure: Figure) -> None:
    """Give every axes of a figure the common frame: two thin lines, and dark letters."""
    for axes in figure.axes:
        is_picture = bool(axes.images) or bool(axes.findobj(QuadMesh, include_self=False))
        for side, spine in axes.spines.items():
            if not is_picture:
                spine.set_visible(spine.get_visible() and side in {"left", "bottom"})
                spine.set_color(FRAME)
        axes.tick_params(color=FRAME, labelcolor=INK)
        axes.set_axisbelow(True)
        for text in (axes.xaxis.label, axes.yaxis.label):
            text.set_color(text.get_color() if is_picture else INK)
        legend = axes.get_legend()
        if legend is not None:
            legend.get_frame().set(edgecolor="none", alpha=0.85)


def figure_png(figure: Figure) -> bytes:
    """Render a figure as a PNG of at most 100 KB.

    A palette of 256 colours is enough for every figure here and takes a third of the room;
    the resolution falls only if that does not suffice, and then the number of colours.

    Raises
    ------
    ValueError
        If even a coarse picture is too large.
    """
    for dpi, colours in ((120, 256), (96, 256), (72, 256), (54, 256), (54, 24), (40, 16)):
        content = _render(figure, dpi, colours)
        if len(content) <= MAX_PICTURE_BYTES:
            return content
    message = f"A figure takes {len(content):,} bytes at {dpi} dpi; split it in two."
    raise ValueError(message)


def _render(figure: Figure, dpi: int, colours: int) -> bytes:
    file = io.BytesIO()
    style_axes(figure)
    figure.savefig(file, format="png", dpi=dpi)
    picture = Image.open(file).convert("RGB").quantize(colours)
    small = io.BytesIO()
    picture.save(small, format="png", optimize=True)
    return small.getvalue()
