"""The benchmark as pictures: where the seconds of each run go, and how they grow."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from artifacts.figures.style import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, figure_png, new_figure
from benchmarks.cost.results import Results, Stage

LONG = {
    "notebook": "notebook,\nas written",
    "notebook-all-cores": "notebook,\nall cores",
    "bare": "the workflow's\nfits alone",
    "cold": "the workflow,\ncold",
}
SHORT = {
    "trivial": ("one trivial task", GREY),
    "warm": ("the workflow again", BLUE),
    "precision": ("another target precision", GREEN),
    "trivial-ephemeral": ("one trivial task,\nserver of its own", GREY),
    "warm-ephemeral": ("the workflow again,\nserver of its own", BLUE),
}
# what a stage's name begins with or holds -> which kind of work it is
KINDS = (
    ("SGD", BLUE, ("SGD",)),
    ("Random Forest, originals", "#F0B48A", ("Random Forest, ",)),
    ("Random Forest, with copies", ORANGE, ("Random Forest",)),
    ("refit of the winner", PURPLE, ("refit",)),
)
OTHER = ("everything else", GREY)


def benchmark_figure(found: Results) -> Figure:
    """Draw the long runs by kind of work, and the short ones."""
    figure = new_figure((8.6, 5.6))
    long, short = figure.subplots(2, 1, height_ratios=(4, 5))
    _draw_long(long, found)
    _draw_short(short, found)
    return figure


def write_benchmark_figure(found: Results, folder: Path) -> Path:
    """Write the benchmark's plot into its folder as a PNG of at most 100 KB."""
    path = folder / "benchmark.png"
    path.write_bytes(figure_png(benchmark_figure(found)))
    return path


def kinds_of(stages: Sequence[Stage], whole: float) -> dict[str, float]:
    """Add up a run's stages by kind of work; what no stage explains is "everything else".

    Parameters
    ----------
    whole : float
        Seconds of the whole process.
    """
    seconds = dict.fromkeys([*(name for name, _, _ in KINDS), OTHER[0]], 0.0)
    for stage in stages:
        seconds[_kind(stage.name)] += stage.seconds
    seconds[OTHER[0]] += whole - sum(stage.seconds for stage in stages)
    return seconds


def _kind(stage: str) -> str:
    is_fit = stage.startswith(("cross-validate", "refit", "SGD", "Random Forest"))
    for name, _, words in KINDS:
        if is_fit and any(word in stage for word in words):
            return name
    return OTHER[0]


def _draw_long(axes: Axes, found: Results) -> None:
    rows = [name for name in LONG if name in found.measurements]
    colours = {name: colour for name, colour, _ in KINDS} | dict([OTHER])
    for place, name in enumerate(rows):
        cost, left = found.measurements[name][0], 0.0
        for kind, seconds in kinds_of(found.stages.get(name, ()), cost.seconds).items():
            axes.barh(place, seconds, 0.66, left, color=colours[kind], gid=f"{name}: {kind}")
            left += seconds
        label = f" {cost.seconds:,.0f} s, {cost.peak_bytes / 1e9:.1f} GB"
        axes.text(left, place, label, va="center", color=INK, fontsize=9)
    _rows(axes, [LONG[name] for name in rows])
    axes.set_xlim(0, 1.22 * max((found.measurements[name][0].seconds for name in rows), default=1))
    for kind, colour in colours.items():
        axes.barh(0, 0, color=colour, label=kind)
    axes.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=5, frameon=False, fontsize=8.5)
    axes.set_xlabel("seconds of the whole process, and memory of its largest one")


def _draw_short(axes: Axes, found: Results) -> None:
    rows = [name for name in SHORT if name in found.measurements]
    for place, name in enumerate(rows):
        median = found.median_seconds(name) or 0.0
        axes.barh(place, median, 0.66, color=SHORT[name][1], gid=name)
        each = [cost.seconds for cost in found.measurements[name]]
        axes.plot(each, [place] * len(each), "|", ms=9, color=INK, alpha=0.6)
        axes.text(max(each), place, f"  {median:.1f} s", va="center", color=INK, fontsize=9)
    _rows(axes, [SHORT[name][0] for name in rows])
    axes.margins(x=0.16)
    axes.set_xlabel("seconds of the whole process: the median, and a mark for each repetition")


def _rows(axes: Axes, names: list[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", alpha=0.25)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
