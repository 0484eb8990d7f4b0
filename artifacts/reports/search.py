"""Other values of each parameter of a candidate, compared on out-of-fold scores."""

from itertools import groupby

from matplotlib.figure import Figure

from artifacts.figures.style import GREY, INK, candidate_colour, new_figure
from artifacts.render import RenderedFigure, RenderedReport
from artifacts.text import percent, table
from engine.cache.task import cached_task
from engine.store.objects import save_bytes
from tasks.selection.records import SettingScore, SettingsSearch

KEY = "settings-{candidate}"
TITLE = "The settings of {candidate}"


def search_report(search: SettingsSearch) -> str:
    """Give each value's accuracy out of fold, what it costs and how it differs by chance."""
    rows: list[tuple[object, ...]] = [
        (
            each.parameter,
            f"**{each.value}**" if each.is_chosen else each.value,
            f"{percent(each.mean_accuracy)} ± {100 * each.std_accuracy:.2f}",
            f"{each.mean_fit_seconds:.1f}",
            "chosen" if each.is_chosen else f"{each.only_this_right} : {each.only_chosen_right}",
            "" if each.is_chosen else f"{each.p_value:.2g}",
        )
        for each in search.scores
    ]
    head = (
        "parameter",
        "value",
        "accuracy, mean ± std of folds",
        "fit seconds a fold",
        "images only it : only the chosen one has right",
        "p",
    )
    return f"""**{search.candidate.title}**: one parameter at a time is given another value than \
the chosen one (bold), the others stay.

{table(head, rows)}

All of it is out of fold: no test image was read. p is McNemar's exact test against \
the chosen setting on the same training images; of these {len(search.scores)} rows about one in \
20 would fall below 0.05 by chance alone.
"""


def search_figure(search: SettingsSearch) -> Figure:
    """Draw every fold's error, one panel a parameter, the chosen value in colour."""
    panels = [(name, list(rows)) for name, rows in groupby(search.scores, lambda s: s.parameter)]
    figure = new_figure((1.0 + 1.75 * len(panels), 3.3))
    row = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    colour = candidate_colour(search.candidate.name)
    for axes, (name, scores) in zip(row, panels, strict=True):
        for place, score in enumerate(scores):
            errors = [100 * (1 - accuracy) for accuracy in score.fold_accuracies]
            shade = colour if score.is_chosen else GREY
            axes.plot(
                [place] * len(errors), errors, "o", ms=4, alpha=0.6, color=shade,
                gid=f"errors-{name}-{score.value}",
            )  # fmt: skip
            axes.plot(place, 100 * (1 - score.mean_accuracy), "_", ms=20, mew=2.5, color=shade)
        axes.plot(
            range(len(scores)), [100 * (1 - s.mean_accuracy) for s in scores],
            color=GREY, lw=0.8, zorder=0,
        )  # fmt: skip
        axes.set_xticks(range(len(scores)), [_short(score) for score in scores], fontsize=8)
        axes.set_xlim(-0.6, len(scores) - 0.4)
        axes.set_title(name, fontsize=9, color=INK)
        axes.grid(axis="y", alpha=0.25)
    row[0].set_ylabel("error out of fold, %")
    return figure


def _short(score: SettingScore) -> str:
    return f"{score.value:g}" if isinstance(score.value, float) else str(score.value)


@cached_task(name="draw settings")
def draw_search(found: SettingsSearch) -> RenderedReport:
    """Render the table of settings and the figure of their errors."""
    from artifacts.figures.style import figure_png

    key = KEY.format(candidate=found.candidate.name.replace("_", "-"))
    title = found.candidate.title
    errors = RenderedFigure(
        key=f"{key}-errors",
        title=f"Error of {title} by setting",
        alt="Each fold's error for every value of every parameter; the chosen value is coloured.",
        image=save_bytes(figure_png(search_figure(found)), ".png"),
    )
    return RenderedReport(
        key=key,
        title=TITLE.format(candidate=title),
        markdown=search_report(found),
        figures=(errors,),
    )
