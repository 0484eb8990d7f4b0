"""Which places of an image the model needs, as maps, and what each map cannot show."""

from artifacts.render import RenderedFigure, RenderedReport, stored_figure
from artifacts.text import interval, named
from engine.cache.task import cached_task
from engine.store.objects import load_array
from tasks.class_names import NUMBERS, ClassNames
from tasks.evidence.records import ForestImportance, LinearWeights, Occlusion

KEY = "5d-importance"
TITLE = "Which pixels the model uses"


def importance_report(
    occlusion: Occlusion,
    importances: tuple[ForestImportance | LinearWeights, ...],
    title: str,
    titles: tuple[str, ...],
    names: ClassNames = NUMBERS,
) -> str:
    """Explain every map: how it was made and what it cannot show.

    Parameters
    ----------
    importances : tuple of ForestImportance or LinearWeights
        Of the candidates whose fit gives importances or weights; `titles` are their names.
    """
    parts = [_occlusion_text(occlusion, title, names)]
    parts += [
        _forest_text(importance, name)
        if isinstance(importance, ForestImportance)
        else _linear_text(importance, name)
        for importance, name in zip(importances, titles, strict=True)
    ]
    parts += _left_out(importances)
    return "\n\n".join(parts) + "\n"


def _occlusion_text(occlusion: Occlusion, title: str, names: ClassNames) -> str:
    unit = "probability" if occlusion.are_probabilities else "score"
    side = occlusion.window
    seen = [n for n in occlusion.n_images if n]
    count = f"{min(seen)}" if min(seen) == max(seen) else f"{min(seen)} to {max(seen)}"
    unseen = [
        named(names, label)
        for label, n in zip(occlusion.classes, occlusion.n_images, strict=True)
        if not n
    ]
    missing = (
        f" Left out: the test set has no image of class {', '.join(unseen)}." if unseen else ""
    )
    window = "single pixel" if side == 1 else f"window of {side} x {side} pixels"
    return f"""**Which parts of an image {title} needs.** In the first {count} test images of every class a \
{window} is blanked, place by place, and the {unit} of the true class is computed again. It falls \
without the ink of red places and rises without that of blue ones. This works for any model, but \
only for places with ink: the map does not show what the model concludes from an empty place, nor \
what it could also read elsewhere.{missing}"""


def _forest_text(importance: ForestImportance, title: str) -> str:
    window = (
        "pixel"
        if importance.window == 1
        else f"window of {importance.window} x {importance.window} pixels"
    )
    return f"""**What {title} uses, by two measures**, of one fitted for this on {importance.n_fitted:,} \
training images without copies, which is {interval(importance.accuracy)} right on the test set. \
*Impurity importance* adds up how much purer each pixel's splits made the training images. It \
costs nothing beside the fit and shows every pixel; but it is measured on the images that the forest \
was fitted on, so it also counts overfitting, and it favours pixels with many grey levels. *Permutation importance* \
exchanges one {window} among {importance.n_permuted:,} test images and shows how much accuracy falls. It \
shows what is needed for unseen images; but where neighbouring pixels carry the same information the \
accuracy hardly falls, so a low value does not mean that a place is not used, and an exchange makes \
images that do not occur."""


def _linear_text(importance: LinearWeights, title: str) -> str:
    two = (
        " With two classes there is one question only: its maps are each other's negative."
        if len(importance.classes) == 2
        else ""
    )
    return f"""**The weights of {title}**, of one fitted for this on {importance.n_fitted:,} training images \
without copies, which is {interval(importance.accuracy)} right on the test set. A class's score is the sum \
of all pixels times their weights: ink on red raises the score of the class, ink on blue lowers it. \
The weights are the whole model. But where pixels always have ink together, only the sum of their \
weights is determined, so a single one means little, and weights of pixels that hardly ever have ink \
are random.{two}"""


def _left_out(importances: tuple[ForestImportance | LinearWeights, ...]) -> list[str]:
    missing = [
        text
        for kind, text in (
            (ForestImportance, "a forest's importances (`random_forest`)"),
            (LinearWeights, "a linear model's weights (`sgd`)"),
        )
        if not any(isinstance(importance, kind) for importance in importances)
    ]
    if not missing:
        return []
    return [f"Left out: {' and '.join(missing)}, which no candidate of this run has."]


@cached_task(name="draw importance")
def draw_importance(
    occlusion: Occlusion,
    importances: tuple[ForestImportance | LinearWeights, ...],
    title: str,
    titles: tuple[str, ...],
    names: ClassNames = NUMBERS,
) -> RenderedReport:
    """Render maps of what the winner loses when blanked, and what other models use."""
    from artifacts.figures.class_names import drawn_names
    from artifacts.figures.occlusion import occlusion_figure

    drops, means = load_array(occlusion.drops), load_array(occlusion.means)
    figure = occlusion_figure(
        drops,
        means,
        drawn_names(names, occlusion.classes),
        are_probabilities=occlusion.are_probabilities,
    )
    return RenderedReport(
        key=KEY,
        title=TITLE,
        markdown=importance_report(occlusion, importances, title, titles, names),
        figures=(
            stored_figure(
                KEY, "occlusion", f"What {title} loses when a part is blanked", figure,
                "For each class the places whose blanking lowers the score of the true class, in "
                "red, or raises it, in blue, over the outline of the class's mean image.",
            ),
            *(
                _importance_figure(importance, name, names)
                for importance, name in zip(importances, titles, strict=True)
            ),
        ),
    )  # fmt: skip


def _importance_figure(
    importance: ForestImportance | LinearWeights, title: str, names: ClassNames
) -> RenderedFigure:
    from artifacts.figures.class_names import drawn_names
    from artifacts.figures.occlusion import importance_figure, weights_figure

    if isinstance(importance, ForestImportance):
        return stored_figure(
            KEY, "importance", f"What {title} uses, by two measures",
            importance_figure(load_array(importance.impurity), load_array(importance.permutation)),
            "Impurity importance of every pixel beside the fall of accuracy when a small window "
            "is exchanged among images.",
        )  # fmt: skip
    return stored_figure(
        KEY, "weights", f"The weights of {title}",
        weights_figure(load_array(importance.weights), drawn_names(names, importance.classes)),
        "For each class the weight of every pixel: ink on red raises the score, ink on blue "
        "lowers it.",
    )  # fmt: skip
