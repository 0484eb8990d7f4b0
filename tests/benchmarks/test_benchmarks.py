"""The benchmark measures what it says, and its plain scripts do the workflow's own fits."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest

from benchmarks.cost.__main__ import PARTS, Bench, read_options
from benchmarks.cost.bare import digest, fit_everything, stacked
from benchmarks.cost.bars import Bar, bars
from benchmarks.cost.contents import read_content
from benchmarks.cost.figures import benchmark_figure, kinds_of
from benchmarks.cost.notebook import with_shifted_copies
from benchmarks.cost.results import Machine, Results, Stage, fits_among, grouped_steps
from benchmarks.cost.stopwatch import Stopwatch
from benchmarks.cost.tables import TITLES, cost_table, report, stage_table
from benchmarks.measure import CommandFailed, Measurement, clean_environment, measure
from engine.errors import PlainError
from engine.paths import ROOT
from flows.config import RunConfig
from flows.full_run import declare
from flows.stages.champion import Incumbent
from tasks.data.augment import shift_offsets, stack_shifted
from tasks.models import build as models
from tests.support.inline import computed

MACHINE = Machine(cores=2, memory_bytes=8 * 10**9, system="Linux", python="3.11.7")


def cost(seconds, *, peak_bytes=10**9, load=0.0):
    return Measurement(
        seconds=seconds, cpu_seconds=2 * seconds, peak_bytes=peak_bytes, load_before=load
    )


def results(**seconds):
    """Results whose parts took these seconds; an underscore stands for a hyphen."""
    return Results(
        dataset="a set",
        machine=MACHINE,
        sittings=("2026-01-01 00:00 UTC",),
        measurements={
            name.replace("_", "-"): tuple(cost(each) for each in values)
            for name, values in seconds.items()
        },
    )


@pytest.fixture
def built(monkeypatch):
    """Every estimator that is built, by its candidate's builder and its settings."""
    calls = []

    def noting(name, build):
        def note_and_build(**settings):
            calls.append((name, tuple(sorted(settings.items()))))
            return build(**settings)

        return note_and_build

    for name, build in list(models._BUILDERS.items()):
        monkeypatch.setitem(models._BUILDERS, name, noting(name, build))
    return calls


@pytest.mark.slow
def test_the_bare_fits_are_those_of_the_workflow_and_predict_exactly_the_same(store, built):
    """The workflow's own tasks, called as plain functions, from fetch to evaluation."""
    config = RunConfig(dataset="digits")
    found, _ = computed(lambda step: declare(step, config, Incumbent(None)).found)
    in_workflow = sorted(built)
    built.clear()
    content = read_content(None, config.seed)
    winner, predictions = fit_everything(content, config, Stopwatch())
    assert winner.name == found.ranking.winner
    assert digest(predictions) == found.evaluation.prediction_sha256
    assert sorted(built) == in_workflow


def test_the_bare_fits_need_neither_prefect_nor_a_store():
    program = "import sys, benchmarks.cost.bare;"
    program += " print({'prefect', 'engine.store.objects'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("shift", [0, 1, 2])
def test_the_bare_copies_are_those_of_the_workflow(shift):
    images = np.random.default_rng(0).integers(0, 256, (4, 6, 5), np.uint8)
    assert np.array_equal(stacked(images, shift), stack_shifted(images, shift_offsets(shift)))


def test_the_notebooks_copies_are_those_of_the_workflow_shuffled():
    images = np.random.default_rng(0).integers(0, 256, (3, 6, 5), np.uint8)
    rows = images.reshape(3, -1).astype(float)
    copies, labels = with_shifted_copies(rows, np.arange(3), (6, 5))
    ours = stack_shifted(images, shift_offsets(1)).reshape(15, -1)
    assert sorted(map(tuple, np.rint(copies))) == sorted(map(tuple, ours))
    for row, label in zip(copies, labels, strict=True):
        assert any(np.allclose(row, ours[label + 3 * variant]) for variant in range(5))


def test_a_measured_process_costs_the_memory_and_the_time_it_uses(tmp_path):
    """A process of 200 MB whose child takes 400 MB and sleeps half a second."""
    program = tmp_path / "takes_memory.py"
    program.write_text(
        "import subprocess, sys, time\n"
        "mine = bytearray(b'x') * 200_000_000\n"
        "theirs = \"held = bytearray(b'x') * 400_000_000; import time; time.sleep(0.5)\"\n"
        "subprocess.run([sys.executable, '-c', theirs], check=True)\n"
    )
    outer = (
        "import os, sys; from pathlib import Path; from benchmarks.measure import measure\n"
        f"print(measure('takes_memory', environment=dict(os.environ, PYTHONPATH={str(tmp_path)!r}),"
        f" log=Path({str(tmp_path / 'log')!r})).model_dump_json())"
    )  # a small process measures: this one may be larger than what it would measure
    done = subprocess.run(
        [sys.executable, "-c", outer], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = Measurement.model_validate_json(done.stdout)
    assert 400e6 < found.peak_bytes < 550e6
    assert found.seconds > 0.5
    assert found.cpu_seconds > 0


def test_a_command_that_fails_is_no_measurement(tmp_path):
    with pytest.raises(CommandFailed, match=r"no_such_module.*exit code 1") as caught:
        measure("no_such_module", environment=clean_environment(tmp_path), log=tmp_path / "its.log")
    assert "No module named no_such_module" in str(caught.value)


@pytest.mark.parametrize(
    ("measured", "limit", "aim", "verdict"),
    [
        (None, 1.0, None, "not measured"),
        (1.0, 1.0, None, "met"),
        (1.001, 1.0, 0.7, "missed"),
        (0.9, 1.0, 0.7, "met, aim not reached"),
        (0.7, 1.0, 0.7, "met, aim reached"),
    ],
)
def test_a_bar_is_met_up_to_its_limit(measured, limit, aim, verdict):
    bar = Bar(name="any", measured=measured, limit=limit, aim=aim, unit="")
    assert bar.verdict == verdict


def test_the_bars_are_ratios_of_medians():
    found = results(
        notebook_all_cores=(100.0,),
        bare=(50.0,),
        cold=(60.0,),
        cold_before=(75.0,),
        warm=(3.0, 9.0, 4.0),
        trivial=(2.0, 2.5, 1.0),
    )
    held = {bar.name: bar for bar in bars(found)}
    assert held["cold run / notebook on all cores"].measured == pytest.approx(0.6)
    assert held["cold run / its fits alone"].before == pytest.approx(1.5)
    assert held["cold run / its fits alone"].measured == pytest.approx(1.2)
    assert held["cold run / its fits alone"].verdict == "missed"
    assert held["warm run / flow of one trivial task"].measured == pytest.approx(2.0)
    assert held["warm run / flow of one trivial task"].before is None
    assert held["another target precision / the same flow"].verdict == "not measured"


def test_the_forest_is_held_against_the_older_commit():
    def fits(seconds):
        return (Stage(name="cross-validate Random Forest", seconds=seconds),)

    found = results().with_(stages={"cold": fits(30.0), "cold-before": fits(60.0)})
    bar = next(each for each in bars(found) if each.name.startswith("cross-validation"))
    assert (bar.measured, bar.verdict) == (0.5, "met, aim reached")


def test_an_older_commit_that_is_not_there_is_told(tmp_path):
    bench = Bench(tmp_path, None, repeats=1, beside="no-such-commit")
    with pytest.raises(PlainError, match=r"no-such-commit .*git said"):
        bench.run(("cold",))


def test_a_fit_after_only_the_precision_changed_misses_its_bar():
    steps = [
        {"task": "refit", "reused": False},
        {"task": "refit", "reused": True},
        {"task": "evaluate", "reused": False},
    ]
    found = results().with_(fits_after_change=fits_among(steps))
    bar = next(each for each in bars(found) if each.unit == "fits")
    assert (bar.measured, bar.verdict) == (1.0, "missed")


def test_the_steps_of_a_run_are_added_up_and_none_is_lost():
    labels = ["fetch", "cross-validate SGD, fold 1 of 2", "cross-validate SGD, fold 2 of 2"]
    labels += ["draw the data set", "draw: is it the digit?"]
    steps = [{"label": label, "seconds": 2.0**i} for i, label in enumerate(labels)]
    grouped = {stage.name: stage.seconds for stage in grouped_steps(steps)}
    assert grouped == {"fetch": 1.0, "cross-validate SGD": 6.0, "draw": 24.0}


def test_the_table_of_where_time_goes_adds_up_to_the_whole_process():
    table = stage_table([Stage(name="fit", seconds=6.0), Stage(name="draw", seconds=1.0)], whole=8)
    rows = [line.split("|") for line in table.splitlines()[2:]]
    assert rows[0][1].strip() == "fit"
    assert sum(float(row[2]) for row in rows) == pytest.approx(8.0)
    assert sum(float(row[3].strip(" %")) for row in rows) == pytest.approx(100.0)


def test_the_cost_table_takes_medians_of_time_and_the_most_memory():
    runs = (cost(1.0), cost(9.0, peak_bytes=3 * 10**9), cost(2.0, load=7.5))
    last = cost_table({"warm": runs}).splitlines()[-1].split("|")
    assert [cell.strip() for cell in last[2:-1]] == ["2.0", "4.0", "3.00", "3", "7.5"]


def test_a_table_from_two_sittings_says_so():
    found = results(bare=(1.0,))
    assert "measured in one go" in report(found)
    assert "2 sittings" in report(found.with_(sittings=("a", "b")))


def test_results_survive_their_file():
    found = results(bare=(1.0,), warm_ephemeral=(2.0, 3.0))
    assert Results.model_validate_json(found.model_dump_json()) == found


def test_each_kind_of_work_gets_its_share_and_the_rest_is_named():
    stages = [
        Stage(name="SGD, 5 or not: scores", seconds=1.0),
        Stage(name="Random Forest, final fit", seconds=2.0),
        Stage(name="Random Forest on the shifted copies", seconds=4.0),
        Stage(name="shifted copies, image by image", seconds=8.0),
    ]
    assert list(kinds_of(stages, 31.0).values()) == [1.0, 2.0, 4.0, 0.0, 24.0]


def test_the_plots_bars_are_as_long_as_the_runs_took():
    figure = benchmark_figure(results(bare=(8.0,), warm=(3.0, 4.0, 9.0), precision=(6.0,)))
    widths = {patch.get_gid(): patch.get_width() for axes in figure.axes for patch in axes.patches}
    assert widths["warm"] == 4.0
    assert sum(width for gid, width in widths.items() if gid and gid.startswith("bare")) == 8.0


def test_every_part_has_a_title_and_an_unknown_one_is_refused_with_the_list():
    assert set(PARTS) <= set(TITLES)
    assert read_options(["--small", "--only", "bare, cold"]).only == ("bare", "cold")
    with pytest.raises(PlainError, match=r"no fast.*notebook, notebook-all-cores, bare"):
        read_options(["--small", "--only=fast"])


def test_without_a_folder_of_mnist_the_benchmark_says_what_to_do():
    with pytest.raises(PlainError, match="--small"):
        read_options([])


def test_no_room_of_the_workflow_imports_its_benchmark():
    rooms = ("engine", "tasks", "artifacts", "flows")
    found = [
        path
        for room in rooms
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"^\s*(from|import) benchmarks", path.read_text(), re.MULTILINE)
    ]
    assert found == []


@pytest.mark.slow
def test_the_notebook_keeps_the_seconds_of_its_stages(tmp_path):
    stages = tmp_path / "stages.json"
    measure(
        "benchmarks.cost.notebook",
        "--n-jobs=1",
        f"--stages={stages}",
        environment=clean_environment(tmp_path / "home"),
        log=tmp_path / "log",
    )
    names = list(json.loads(stages.read_text()))
    assert len(names) == 8
    assert names[-1] == "Random Forest on the shifted copies"
