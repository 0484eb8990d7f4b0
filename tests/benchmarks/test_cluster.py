"""Tables and plot of the cluster's benchmark, from figures whose ratios are known."""

import pytest

from benchmarks.cluster.figure import efficiency_figure
from benchmarks.cluster.results import (
    ClusterResults,
    Run,
    Simulated,
    run_table,
    simulated_table,
)
from benchmarks.cost.results import Machine

MACHINE = Machine(cores=2, memory_bytes=8 * 10**9, system="Linux", python="3.11.7")


def simulated(n_workers, seconds):
    """100 settings of three fits of 2 s each: 600 s of fits."""
    return Simulated(
        n_workers=n_workers,
        n_settings=100,
        fit_seconds=2.0,
        seconds=seconds,
        cpu_seconds=8.0,
        load_before=0.0,
    )


def search(n_workers, seconds):
    """One search; its driver took a tenth of the time."""
    return Run(
        name="search",
        n_workers=n_workers,
        seconds=seconds,
        cpu_seconds=seconds / 10,
        n_fits=36,
        digest="",
        load_before=0.0,
    )


def test_efficiency_is_the_share_of_the_workers_time_in_fits():
    assert simulated(1, 600).efficiency == pytest.approx(1)
    assert simulated(8, 100).efficiency == pytest.approx(600 / 800)
    assert simulated(8, 100).ideal_seconds == 2 * 38  # 300 fits on 8 workers: 38 turns


def test_the_table_counts_fits_a_second_and_the_drivers_cpu_for_each_step():
    found = ClusterResults(machine=MACHINE, simulated=(simulated(8, 100),))
    row = simulated_table(found).splitlines()[-1]
    assert row == "| 8 | 2 s | 300 | 100 s | 76 s | 75% | 3.0 | 20 ms |"


def test_speed_up_is_over_the_same_command_with_one_worker():
    found = ClusterResults(machine=MACHINE, runs=(search(1, 200), search(2, 110)))
    one, two = run_table(found).splitlines()[-2:]
    assert "| 1.00 | 100% |" in one
    assert "| 1.82 | 91% |" in two


def test_the_plot_has_a_line_for_each_length_of_a_fit():
    found = ClusterResults(machine=MACHINE, simulated=(simulated(8, 100), simulated(1, 600)))
    (line,) = efficiency_figure(found).axes[0].lines
    assert line.get_xydata().tolist() == [[1, 1], [8, 0.75]]
