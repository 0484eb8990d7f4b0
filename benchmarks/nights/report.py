"""The simulated nights as a table, as a plot and as JSON."""

from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from artifacts.figures.style import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, figure_png, new_figure
from artifacts.text import table
from benchmarks.nights.records import NightsFound

# colour and marker: an outcome is told apart without colours too
MARKERS: dict[str, tuple[str, str]] = {
    "first champion": (GREEN, "*"),
    "promoted": (GREEN, "^"),
    "tied": (BLUE, "o"),
    "worse": (ORANGE, "v"),
    "refused": (PURPLE, "X"),
}


def nights_table(found: NightsFound) -> str:
    """Return one markdown row a night."""
    rows: list[tuple[object, ...]] = [
        (
            f"{each.night}. {each.title}",
            "-" if each.n_images is None else f"{each.n_images:,}",
            "-"
            if each.accuracy is None
            else f"{each.accuracy:.2%} ({each.low:.2%} to {each.high:.2%})",
            " or ".join(each.expected),
            each.found,
            _p_value(each.p_value),
            f"{each.seconds:.0f} s",
            f"{each.n_reused} of {each.n_steps}" if each.n_steps else "-",
        )
        for each in found.nights
    ]
    head = ("night", "images", "accuracy", "expected", "found", "p", "time", "steps reused")
    return table(head, rows).replace("%", " %")


def nights_figure(found: NightsFound) -> Figure:
    """Draw each night's accuracy with its interval, the champion's, and the training images."""
    figure = new_figure((7.5, 4.6))
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    nights = [each.night for each in found.nights]
    above.step(
        [*nights, nights[-1] + 0.5],
        [*(each.champion_accuracy for each in found.nights), found.nights[-1].champion_accuracy],
        where="post",
        color=GREY,
        linewidth=1.5,
        label="the champion in use",
        gid="champion",
        zorder=1,
    )
    for kind, (colour, marker) in MARKERS.items():
        chosen = [each for each in found.nights if each.found == kind]
        if not chosen:
            continue
        # a refused night has no model of its own: it stands on the champion's line
        y = [each.accuracy or each.champion_accuracy for each in chosen]
        below_y = [at - (each.low or at) for at, each in zip(y, chosen, strict=True)]
        above_y = [(each.high or at) - at for at, each in zip(y, chosen, strict=True)]
        above.errorbar(
            [each.night for each in chosen],
            y,
            yerr=(below_y, above_y),
            fmt=marker,
            color=colour,
            markersize=8,
            capsize=3,
            elinewidth=1,
            label="refused, no model" if kind == "refused" else kind,
            gid=kind,
        )
    above.yaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    above.set_ylabel("test accuracy")
    above.set_title(f"Ten nights of {found.dataset}, {found.candidate}", color=INK, loc="left")
    above.legend(loc="lower right", frameon=False, fontsize=8)
    below.bar(nights, [each.n_images or 0 for each in found.nights], color=GREY, width=0.6)
    below.set_ylabel("images")
    below.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    below.set_xticks(nights)
    below.set_xlabel("night")
    for ax in (above, below):
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(axis="y", color="#E6E6E6", linewidth=0.6)
        ax.set_axisbelow(True)
    return figure


def write_nights(found: NightsFound, folder: Path) -> str:
    """Write nights.json, nights.md and nights.png; return the text of the table."""
    folder.mkdir(parents=True, exist_ok=True)
    text = (
        f"{found.dataset}, {found.n_test:,} test images, {found.candidate}, {found.machine}\n\n"
        f"{nights_table(found)}\n"
    )
    (folder / "nights.json").write_text(found.model_dump_json(indent=1))
    (folder / "nights.md").write_text(text)
    (folder / "nights.png").write_bytes(figure_png(nights_figure(found)))
    return text


def _p_value(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.2g}" if value >= 1e-4 else "< 0.0001"
