"""Maps of what a model looks at, in the shape of the images it is given."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import PercentFormatter

from artifacts.figures.style import GREY, INK, WIDE, new_figure

DIVERGING = "RdBu_r"  # red for more than 0, blue for less; told apart by colour-blind readers
SEQUENTIAL = "cividis"
PER_ROW, MOST_PER_ROW = 5, 9
OUTLINE = 0.35  # share of a mean image's darkest pixel at which its outline is drawn


def occlusion_figure(
    drops: np.ndarray, means: np.ndarray, names: tuple[str, ...], *, are_probabilities: bool
) -> Figure:
    """Draw for each class what blanking a place takes from the true class's score.

    Parameters
    ----------
    drops : float array, shape (n_classes, height, width)
        All maps share one scale, centred on 0; the largest hundredth is drawn as strongly as
        the next, so that one class does not pale the others.
    means : float array of the same shape, 0-255
        Mean images, drawn as outlines; one of zeros says that the class had no images.
    """
    figure, panels = _class_panels(names)
    largest = max(float(np.quantile(np.abs(drops), 0.99)), 1e-12)
    for axes, drop, mean in zip(panels, drops, means, strict=False):
        image = _centred(axes, drop, largest, "drop")
        if mean.any() and min(mean.shape) > 1:  # in one line of pixels there is no outline
            axes.contour(mean, levels=[OUTLINE * mean.max()], colors=INK, linewidths=0.8)
        elif not mean.any():
            axes.text(
                0.5, 0.5, "no test\nimage", color=GREY, ha="center", va="center",
                transform=axes.transAxes,
            )  # fmt: skip
    unit = "probability" if are_probabilities else "score"
    bar = figure.colorbar(
        image, ax=panels, shrink=0.85, extend="both", label=f"fall of the true class's {unit}"
    )
    if are_probabilities:
        bar.ax.yaxis.set_major_formatter(PercentFormatter(1))
    return figure


def weights_figure(weights: np.ndarray, names: tuple[str, ...]) -> Figure:
    """Draw a linear model's weights, one map a class, all on one scale centred on 0.

    Parameters
    ----------
    weights : float array, shape (n_classes, height, width)
        The largest hundredth is drawn as strongly as the next: else few pixels show.
    """
    figure, panels = _class_panels(names)
    largest = max(float(np.quantile(np.abs(weights), 0.99)), 1e-12)
    for axes, own in zip(panels, weights, strict=False):
        image = _centred(axes, own, largest, "weight")
    figure.colorbar(image, ax=panels, shrink=0.85, extend="both", label="weight of a pixel's ink")
    return figure


def importance_figure(impurity: np.ndarray, permutation: np.ndarray) -> Figure:
    """Draw a forest's impurity importance beside its permutation importance.

    Parameters
    ----------
    impurity : float array, shape (height, width), sums to 1
    permutation : float array of the same shape
        Fall of accuracy as a fraction.
    """
    figure = new_figure((WIDE[0], 3.3))
    left, right = figure.subplots(1, 2)
    image = left.imshow(impurity, cmap=SEQUENTIAL, vmin=0, gid="impurity")
    bar = figure.colorbar(image, ax=left, label="share of all gain in purity")
    bar.ax.yaxis.set_major_formatter(PercentFormatter(1))
    left.set_title("impurity, while it was fitted", loc="left", fontsize=10)
    largest = max(float(np.abs(permutation).max()), 1e-12)
    image = _centred(right, permutation, largest, "permutation")
    bar = figure.colorbar(image, ax=right, label="fall of accuracy")
    bar.ax.yaxis.set_major_formatter(PercentFormatter(1))
    right.set_title("permutation, on test images", loc="left", fontsize=10)
    for axes in (left, right):
        axes.set_xticks([])
        axes.set_yticks([])
    return figure


def _class_panels(names: tuple[str, ...]) -> tuple[Figure, list[Axes]]:
    """Return a figure with one named panel for each class and none left over."""
    is_crowd = len(names) > 4 * PER_ROW
    columns = min(len(names), MOST_PER_ROW if is_crowd else PER_ROW)
    rows = -(-len(names) // columns)
    side = 0.8 if is_crowd else 1.3
    figure = new_figure((1.6 + side * columns, 0.3 + (side + 0.25) * rows))
    grid = figure.subplots(rows, columns, squeeze=False)
    panels = list(grid.ravel())
    for axes in panels[len(names) :]:
        axes.set_visible(False)
    for axes, name in zip(panels, names, strict=False):
        axes.set_title(name, loc="left", fontsize=7 if is_crowd else 10, pad=2)
        axes.set_xticks([])
        axes.set_yticks([])
    return figure, panels


def _centred(axes: Axes, values: np.ndarray, largest: float, gid: str) -> AxesImage:
    return axes.imshow(values, cmap=DIVERGING, vmin=-largest, vmax=largest, gid=gid)
