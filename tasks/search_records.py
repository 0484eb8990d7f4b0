"""What a search for settings found, value by value."""

from tasks.records import CandidateSpec, Record

Setting = str | int | float | bool | None
Grid = tuple[tuple[str, tuple[Setting, ...]], ...]


class SettingScore(Record):
    """How one value of one parameter fares out of fold, all others being as chosen.

    `only_this_right` and `only_chosen_right` count training images; `p_value` is the exact
    McNemar test on them, 1.0 for the chosen value itself.
    """

    costs = frozenset({"mean_fit_seconds"})

    parameter: str
    value: Setting
    is_chosen: bool
    fold_accuracies: tuple[float, ...]
    mean_accuracy: float
    std_accuracy: float
    mean_fit_seconds: float
    only_this_right: int
    only_chosen_right: int
    p_value: float


class SettingsSearch(Record):
    """All values that were tried for a candidate, parameter by parameter."""

    candidate: CandidateSpec
    scores: tuple[SettingScore, ...]
