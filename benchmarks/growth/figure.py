"""How time and memory grow with the number of images, on logarithmic axes."""

from collections.abc import Callable
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from artifacts.figures.style import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, figure_png, new_figure
from benchmarks.growth.law import PowerLaw
from benchmarks.growth.results import OUTSIDE, GrowthResults, TaskCost, law_of_memory, law_of_time

N_LINES = 6
SHAPES = "osD^vP"
COLOURS = (ORANGE, PURPLE, BLUE, GREEN, "#56B4E9", "#E69F00")


def growth_figure(found: GrowthResults) -> Figure:
    """Draw the most expensive tasks and what lies outside them: seconds, then added memory."""
    figure = new_figure((9.6, 6.2))
    time, memory = figure.subplots(1, 2)
    sizes = [run.n_images for run in found.ascending]
    most = [task for task in found.tasks if task != OUTSIDE][:N_LINES]
    styles = dict(zip(most, zip(COLOURS, SHAPES, strict=True), strict=False))
    styles[OUTSIDE] = (INK, "x")
    for task, (colour, shape) in styles.items():
        law = law_of_time(found, task)
        _draw(time, found, task, lambda cost: cost.seconds, law, (colour, shape))
        law = law_of_memory(found, task)
        if law is not None:
            _draw(memory, found, task, lambda cost: (cost.added_bytes or 0) / 1e6, law,
                  (colour, shape), scale=1e-6)  # fmt: skip
    for axes in (time, memory):
        axes.set(xscale="log", yscale="log")
    _guide(time, found)
    time.set(title="seconds", xlabel="images the task works on")
    memory.set(title="memory it adds at its peak, MB", xlabel="images the task works on")
    for axes in (time, memory):
        axes.grid(alpha=0.25)
        axes.set_xticks(sizes, [f"{n / 1000:.3g}k" for n in sizes], fontsize=8)
        axes.xaxis.set_minor_formatter(NullFormatter())  # its labels would run into each other
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.legend(
            fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=1, frameon=False
        )
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def write_growth_figure(found: GrowthResults, folder: Path) -> Path:
    """Write the plot into the folder as a PNG of at most 100 KB."""
    path = folder / "growth.png"
    path.write_bytes(figure_png(growth_figure(found)))
    return path


def _draw(  # noqa: PLR0913, PLR0917 - one line of a plot is made of these
    axes: Axes,
    found: GrowthResults,
    task: str,
    read: Callable[[TaskCost], float],
    law: PowerLaw | None,
    style: tuple[str, str],
    *,
    scale: float = 1.0,
) -> None:
    colour, shape = style
    runs = found.ascending
    sizes = [run.size_for(task) for run in runs]
    name = task if law is None else f"{task}: $n^{{{law.exponent:.2f}}}$"
    axes.plot(
        sizes,
        [read(run.tasks[task]) for run in runs],
        shape,
        ms=5,
        color=colour,
        label=name,
        gid=task,
    )
    if law is not None:
        ends = [min(sizes), max(sizes)]
        axes.plot(ends, [scale * law.at(n) for n in ends], color=colour, lw=1, alpha=0.8)


def _guide(axes: Axes, found: GrowthResults) -> None:
    """Draw the slope that is linear, to compare with."""
    first, last = found.ascending[0].n_images, found.ascending[-1].n_images
    start = found.ascending[0].tasks[found.tasks[0]].seconds
    bottom, top = axes.get_ylim()
    axes.plot([first, last], [start, start * last / first], ":", color=GREY, label="linear")
    axes.set_ylim(bottom, 2 * top)  # the guide may leave the picture, the points may not
