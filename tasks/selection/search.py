"""Settings of a candidate beside the chosen ones, compared on out-of-fold scores."""

from engine.cache.task import cached_task
from engine.records import Record
from engine.store.objects import load_array
from engine.store.refs import ArrayRef
from tasks.models.records import CandidateSpec, Grid, OutOfFold, Setting
from tasks.selection.compare import mcnemar_exact, right_predictions
from tasks.selection.records import SettingScore, SettingsSearch


class Variant(Record):
    """A candidate in which one parameter has another value than the chosen one."""

    parameter: str
    value: Setting
    spec: CandidateSpec


def variants(spec: CandidateSpec, grid: Grid) -> tuple[Variant, ...]:
    """Return the candidate once for every value in the grid, the chosen values included.

    Parameters
    ----------
    grid : tuple of (parameter, values)
        Each value replaces the chosen one alone; the other parameters stay.
    """
    return tuple(
        Variant(parameter=name, value=value, spec=_replaced(spec, name, value))
        for name, values in grid
        for value in _with_chosen(spec, name, values)
    )


def _with_chosen(
    spec: CandidateSpec, name: str, values: tuple[Setting, ...]
) -> tuple[Setting, ...]:
    chosen = dict(spec.parameters)[name]
    return values if chosen in values else (*values, chosen)


def _replaced(spec: CandidateSpec, name: str, value: Setting) -> CandidateSpec:
    if dict(spec.parameters)[name] == value:
        return spec  # the very same, so that its fits are shared with a full run
    parameters = tuple((each, value if each == name else kept) for each, kept in spec.parameters)
    return spec.model_copy(
        update={"title": f"{spec.title}, {name} {value}", "parameters": parameters}
    )


@cached_task(name="compare settings", run_name="compare settings of {chosen.candidate.name}")
def compare_settings(
    chosen: OutOfFold,
    tried: tuple[OutOfFold, ...],
    values: tuple[tuple[str, Setting], ...],
    labels: ArrayRef,
) -> SettingsSearch:
    """Compare each tried setting with the chosen one on the same training images.

    Parameters
    ----------
    values : tuple of (parameter, value)
        What `tried` stands for, in its order.
    """
    import numpy as np

    y_true = load_array(labels)
    chosen_right = right_predictions(chosen, y_true)
    scores = []
    for each, (parameter, value) in zip(tried, values, strict=True):
        right = right_predictions(each, y_true)
        only_this = int((right & ~chosen_right).sum())
        only_chosen = int((chosen_right & ~right).sum())
        scores.append(
            SettingScore(
                parameter=parameter,
                value=value,
                is_chosen=each.candidate == chosen.candidate,
                fold_accuracies=each.fold_accuracies,
                mean_accuracy=float(np.mean(each.fold_accuracies)),
                std_accuracy=float(np.std(each.fold_accuracies, ddof=1)),
                mean_fit_seconds=float(np.mean(each.fit_seconds)),
                only_this_right=only_this,
                only_chosen_right=only_chosen,
                p_value=mcnemar_exact(only_this, only_chosen),
            )
        )
    return SettingsSearch(candidate=chosen.candidate, scores=tuple(scores))
