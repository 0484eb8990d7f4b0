"""How growth is fitted and told: laws that are known beforehand, and runs made up of them."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.cost.contents import read_content
from benchmarks.cost.results import Machine
from benchmarks.growth.__main__ import read_options, write_prefix
from benchmarks.growth.figure import growth_figure
from benchmarks.growth.law import PowerLaw, fitted_law
from benchmarks.growth.results import (
    OUTSIDE,
    GrowthResults,
    GrowthRun,
    TaskCost,
    law_of_memory,
    law_of_time,
    task_costs,
)
from benchmarks.growth.tables import claims, growth_report
from engine.errors import PlainError
from engine.paths import ROOT
from tasks.data.idx import read_folder

SIZES = (5_000, 10_000, 20_000, 40_000, 60_000)
MACHINE = Machine(cores=2, memory_bytes=8 * 10**9, system="Linux", python="3.11.7")


def growth(**laws):
    """Runs on the first images and on all with copies, whose tasks follow (factor, exponent)."""
    runs = {}
    for n in (*SIZES, 300_000):
        run = GrowthRun(
            n_images=n, n_sources=min(n, 60_000), seconds=1.0, cpu_seconds=1.0, tasks={}
        )
        costs = {}
        for name, (factor, exponent) in laws.items():
            task = name.replace("_", " ")
            size = run.size_for(task)
            costs[task] = TaskCost(
                seconds=factor * size**exponent, added_bytes=1_000 * size, peak_bytes=10**9
            )
        runs[n] = run.model_copy(update={"tasks": costs})
    return GrowthResults(dataset="a set", machine=MACHINE, sittings=("then",), runs=runs)


@given(st.floats(-2, 3), st.floats(1e-6, 1e6))
def test_a_known_power_law_is_found(exponent, factor):
    law = fitted_law(SIZES, [factor * n**exponent for n in SIZES])
    assert law.exponent == pytest.approx(exponent, abs=1e-6)
    assert law.factor == pytest.approx(factor, rel=1e-4)
    assert law.standard_error == pytest.approx(0, abs=1e-6)
    assert law.at(300_000) == pytest.approx(factor * 300_000**exponent, rel=1e-3)


def test_the_fit_is_that_of_an_independent_least_squares():
    """numpy.polyfit on the logarithms gives the same line and the same variance of its slope."""
    costs = np.array([1.0, 2.5, 3.9, 9.1, 11.0])
    law = fitted_law(SIZES, list(costs))
    (slope, start), covariance = np.polyfit(np.log(SIZES), np.log(costs), 1, cov=True)
    assert law.exponent == pytest.approx(slope)
    assert law.factor == pytest.approx(np.exp(start))
    assert law.standard_error == pytest.approx(np.sqrt(covariance[0, 0]))


def test_one_size_tells_no_law():
    with pytest.raises(ValueError, match="two different sizes"):
        fitted_law([10, 10, 10], [1.0, 2.0, 3.0])


def test_noise_around_linear_growth_is_not_called_faster_than_linear():
    rng = np.random.default_rng(0)
    wrong = sum(
        fitted_law(SIZES, [n * np.exp(rng.normal(0, 0.2)) for n in SIZES]).is_faster_than_linear
        for _ in range(200)
    )
    assert wrong < 200 * 0.15
    assert PowerLaw(exponent=1.3, factor=1.0, standard_error=0.1).is_faster_than_linear


def test_only_fits_are_measured_against_the_images_with_copies():
    found = growth(refit=(1e-5, 1.2), evaluate=(1e-4, 0.5))
    assert law_of_time(found, "refit").exponent == pytest.approx(1.2)
    assert law_of_time(found, "evaluate").exponent == pytest.approx(0.5)
    assert law_of_memory(found, "refit").exponent == pytest.approx(1.0)


def test_augmenting_has_no_law_where_one_run_alone_makes_copies():
    assert law_of_time(growth(augment=(1e-6, 1.0)), "augment") is None


def test_a_task_that_adds_less_than_a_megabyte_has_no_law_of_memory():
    found = growth(evaluate=(1e-4, 0.5))
    run = found.runs[5_000]
    little = {"evaluate": run.tasks["evaluate"].model_copy(update={"added_bytes": 1_000})}
    runs = found.runs | {5_000: run.model_copy(update={"tasks": little})}
    assert law_of_memory(found, "evaluate") is not None
    assert law_of_memory(found.model_copy(update={"runs": runs}), "evaluate") is None


@pytest.mark.parametrize(
    ("laws", "said"),
    [
        ({"refit": (1e-6, 1.5), "fetch": (1e-4, 1.0)}, "faster than linearly: met."),
        ({"refit": (1e-6, 1.5), "fetch": (1e-6, 1.5)}, "missed by fetch (1.50 ± 0.00)"),
    ],
)
def test_only_a_task_that_fits_nothing_can_miss_the_claim(laws, said):
    assert said in claims(growth(**laws, **{OUTSIDE: (5.0, 0.0)}))


@pytest.mark.parametrize(("exponent", "said"), [(0.05, "met"), (0.5, "missed")])
def test_what_lies_outside_the_tasks_must_not_grow(exponent, said):
    assert claims(growth(**{OUTSIDE: (5.0, exponent)})).endswith(f"0.00, {said}.")


def test_the_costs_of_a_run_add_up_to_the_whole_process():
    steps = [
        {"label": "fetch", "seconds": 1.0},
        {"label": "cross-validate SGD, fold 1 of 2", "seconds": 2.0},
        {"label": "cross-validate SGD, fold 2 of 2", "seconds": 3.0},
    ]
    memory = {step["label"]: (100, 100 + 50 * i) for i, step in enumerate(steps)}
    costs = task_costs(steps, memory, whole_seconds=10.0)
    assert sum(cost.seconds for cost in costs.values()) == pytest.approx(10.0)
    assert costs["cross-validate SGD"] == TaskCost(seconds=5.0, added_bytes=100, peak_bytes=200)
    assert costs[OUTSIDE].seconds == pytest.approx(4.0)


def test_a_prefix_is_read_back_as_the_first_images_with_the_whole_test_set(tmp_path):
    content = read_content(None)
    found = read_folder(write_prefix(content, 100, tmp_path))
    assert np.array_equal(found.train_images, content.train_images[:100])
    assert np.array_equal(found.train_labels, content.train_labels[:100])
    assert np.array_equal(found.test_images, content.test_images)
    assert np.array_equal(found.test_labels, content.test_labels)


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from Linux's /proc")
def test_the_peak_is_forgotten_before_the_next_step():
    program = """
from benchmarks.growth.measured_run import CLEAR, FORGET_PEAK
from tasks.models.memory import peak_memory_bytes
held = bytearray(b"x") * 300_000_000
del held
before = peak_memory_bytes()
CLEAR.write_text(FORGET_PEAK)
print(before, peak_memory_bytes())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    before, after = map(int, done.stdout.split())
    assert before - after > 250e6


def test_the_points_of_the_plot_are_the_costs_that_were_measured():
    found = growth(refit=(1e-5, 1.2), **{OUTSIDE: (5.0, 0.0)})
    time = growth_figure(found).axes[0]
    drawn = next(line for line in time.lines if line.get_gid() == "refit")
    assert list(drawn.get_xdata()) == [*SIZES, 300_000]
    assert list(drawn.get_ydata()) == [run.tasks["refit"].seconds for run in found.ascending]


def test_the_report_survives_the_file_and_names_the_run_with_copies():
    found = growth(refit=(1e-5, 1.2), **{OUTSIDE: (5.0, 0.0)})
    again = GrowthResults.model_validate_json(found.model_dump_json())
    assert growth_report(again) == growth_report(found)
    assert "60,000 + copies" in growth_report(found)


def test_a_size_that_is_not_measured_is_refused_with_those_that_are():
    assert read_options(["--small", "--only=200,800"]).only == (200, 800)
    with pytest.raises(PlainError, match=r"Asked for 7 .*200, 400, 800"):
        read_options(["--small", "--only=7"])
