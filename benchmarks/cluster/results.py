"""What was measured and simulated, and its tables."""

from benchmarks.cost.results import Machine
from engine.records import Record

N_FOLDS = 3


class Simulated(Record):
    """One search with fits that sleep: wall-clock and driver's CPU seconds of the whole."""

    n_workers: int
    n_settings: int
    fit_seconds: float
    seconds: float
    cpu_seconds: float
    load_before: float

    @property
    def n_fits(self) -> int:
        """How many fits there were."""
        return N_FOLDS * self.n_settings

    @property
    def ideal_seconds(self) -> float:
        """How long the fits take if every worker is at work all the time."""
        return self.fit_seconds * -(-self.n_fits // self.n_workers)

    @property
    def efficiency(self) -> float:
        """The share of the workers' time that is spent in fits."""
        return self.fit_seconds * self.n_fits / (self.seconds * self.n_workers)


class Run(Record):
    """One command with so many workers; None is the default, without Dask.

    `digest` is that of the predictions, empty for a search. `cpu_seconds` are of the driver and
    of what it started; external workers are not among them.
    """

    name: str
    n_workers: int | None
    seconds: float
    cpu_seconds: float
    n_fits: int
    digest: str
    load_before: float


class ClusterResults(Record):
    """Everything that ``python -m benchmarks.cluster`` has found so far."""

    machine: Machine
    runs: tuple[Run, ...] = ()
    simulated: tuple[Simulated, ...] = ()


def simulated_table(found: ClusterResults) -> str:
    """Return the simulated searches as a Markdown table."""
    lines = [
        "| workers | fits of | fits | took | all busy | efficiency | fits a second | CPU a step |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for each in sorted(found.simulated, key=lambda one: (-one.fit_seconds, one.n_workers)):
        n_steps = each.n_fits + each.n_settings
        lines.append(
            f"| {each.n_workers} | {each.fit_seconds:g} s | {each.n_fits:,} "
            f"| {each.seconds:,.0f} s | {each.ideal_seconds:,.0f} s | {each.efficiency:.0%} "
            f"| {each.n_fits / each.seconds:.1f} | {1000 * each.cpu_seconds / n_steps:.0f} ms |"
        )
    return "\n".join(lines)


def run_table(found: ClusterResults) -> str:
    """Return the measured commands as a Markdown table; speed-ups are over one worker."""
    lines = [
        "| command | workers | took | speed-up | efficiency | CPU of the driver | digest |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    for each in found.runs:
        ones = (one for one in found.runs if one.name == each.name and one.n_workers == 1)
        base = next(ones, None)
        gain = base.seconds / each.seconds if base and each.n_workers else None
        speed = f"{gain:.2f}" if gain else ""
        share = f"{gain / each.n_workers:.0%}" if gain and each.n_workers else ""
        lines.append(
            f"| {each.name} | {'none' if each.n_workers is None else each.n_workers} "
            f"| {each.seconds:,.0f} s | {speed} | {share} | {each.cpu_seconds:,.0f} s "
            f"| {each.digest[:12]} |"
        )
    return "\n".join(lines)
