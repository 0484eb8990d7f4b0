"""Draw what the models look at and what they withstand once, and store what was drawn."""

from flows.rendering import stored_figure
from tasks.caching import cached_task
from tasks.records import LabelledImages, RenderedFigure, RenderedReport
from tasks.records_behaviour import ForestLook, LinearLook, Occlusion, Robustness
from tasks.store import load_array

LOOKS_KEY = "5d-what-it-looks-at"


@cached_task(name="draw looks")
def draw_looks(
    occlusion: Occlusion,
    looks: tuple[ForestLook | LinearLook, ...],
    title: str,
    titles: tuple[str, ...],
) -> RenderedReport:
    """Render maps of what the winner loses when blanked, and what other models use."""
    from artifacts.behaviour_reports import looks_report
    from artifacts.looking_figures import occlusion_figure

    drops, means = load_array(occlusion.drops), load_array(occlusion.means)
    figure = occlusion_figure(
        drops, means, occlusion.classes, are_probabilities=occlusion.are_probabilities
    )
    return RenderedReport(
        key=LOOKS_KEY,
        title="5d. What the model looks at",
        markdown=looks_report(occlusion, looks, title, titles),
        figures=(
            stored_figure(
                LOOKS_KEY, "occlusion", f"What {title} loses when a part is blanked", figure,
                "For each class the places whose blanking lowers the score of the true class, in "
                "red, or raises it, in blue, over the outline of the class's mean image.",
            ),
            *(_look_figure(look, name) for look, name in zip(looks, titles, strict=True)),
        ),
    )  # fmt: skip


def _look_figure(look: ForestLook | LinearLook, title: str) -> RenderedFigure:
    from artifacts.looking_figures import importance_figure, weights_figure

    if isinstance(look, ForestLook):
        return stored_figure(
            LOOKS_KEY, "importance", f"What {title} uses, by two measures",
            importance_figure(load_array(look.impurity), load_array(look.permutation)),
            "Impurity importance of every pixel beside the fall of accuracy when a small window "
            "is exchanged among images.",
        )  # fmt: skip
    return stored_figure(
        LOOKS_KEY, "weights", f"The weights of {title}",
        weights_figure(load_array(look.weights), look.classes),
        "For each class the weight of every pixel: ink on red speaks for the class, ink on blue "
        "against it.",
    )  # fmt: skip


@cached_task(name="draw robustness")
def draw_robustness(robustness: Robustness, test: LabelledImages, title: str) -> RenderedReport:
    """Render accuracy against the strength of each disturbance, and what they look like."""
    from artifacts.behaviour_reports import robustness_report
    from artifacts.robustness_figures import disturbed_figure, robustness_figure
    from tasks.perturb import KINDS

    key = "5e-what-the-shifts-bought"
    image = load_array(test.images)[:1]
    shown = {
        kind.name: [(at, kind.disturb(image, at, robustness.seed)[0]) for at in kind.strengths]
        for kind in KINDS
    }
    return RenderedReport(
        key=key,
        title="5e. What the shifts bought",
        markdown=robustness_report(robustness, title),
        figures=(
            stored_figure(
                key, "curves", "Accuracy on disturbed images", robustness_figure(robustness),
                "Accuracy with 95 % intervals against the strength of shifts, turns, blur and "
                f"noise{', with augmentation and without' * robustness.is_compared}.",
            ),
            stored_figure(
                key, "images", "What the disturbances look like", disturbed_figure(shown),
                "The first test image under every disturbance, in the strengths of the curves.",
            ),
        ),
    )  # fmt: skip
