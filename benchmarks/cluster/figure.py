"""Where a cluster saturates: the efficiency against the number of workers."""

from matplotlib.figure import Figure

from artifacts.figures.style import BLUE, GREEN, ORANGE, PURPLE, new_figure
from benchmarks.cluster.results import ClusterResults

COLOURS = (BLUE, ORANGE, GREEN, PURPLE)


def efficiency_figure(found: ClusterResults) -> Figure:
    """Draw a line for each length of a fit."""
    figure = new_figure((6.4, 4.0))
    axes = figure.subplots()
    lengths = sorted({each.fit_seconds for each in found.simulated}, reverse=True)
    for colour, seconds in zip(COLOURS, lengths, strict=False):
        points = sorted(
            (each.n_workers, each.efficiency)
            for each in found.simulated
            if each.fit_seconds == seconds
        )
        axes.plot(*zip(*points, strict=True), "o-", color=colour, label=f"fits of {seconds:g} s")
    workers = sorted({each.n_workers for each in found.simulated})
    axes.set(
        xscale="log",
        ylim=(0, 1.05),
        xlabel="workers of one thread",
        ylabel="share of their time spent in fits",
    )
    axes.set_xticks(workers, [str(each) for each in workers])
    axes.minorticks_off()
    axes.grid(alpha=0.25)
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return figure
