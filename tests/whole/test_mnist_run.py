"""The whole job on the real MNIST: the figures that the project promises."""

import json

import pytest

from tests.support.prefect_server import run_module, with_all_cores
from tests.support.report_figures import untrue
from tests.support.runs import STAGES, newest_output, step_lines

GIB = 2**30
# the first run takes ten minutes on two cores, and more where other tests run beside it
pytestmark = pytest.mark.timeout(2700)


@pytest.fixture(scope="module")
def cold_run(prefect_server, mnist_folder, tmp_path_factory):
    """One run from an empty store; returns its facts, its output and the folders."""
    base = tmp_path_factory.mktemp("mnist")
    folders = (base / "data", base / "outputs")
    done = run(prefect_server, mnist_folder, folders)
    assert done.returncode == 0, done.stderr
    facts = json.loads((newest_output(folders) / "evaluation.json").read_text())
    return facts, done, folders


def run(server, mnist_folder, folders, *knobs):
    return run_module(
        "flows.full_run",
        f"--data-dir={mnist_folder}",
        f"--store-dir={folders[0]}",
        f"--output-dir={folders[1]}",
        *knobs,
        environment=with_all_cores(server.environment),
        timeout=2400,
    )


def test_kernel_sgd_on_shapes_wins_and_reaches_99_2_percent(cold_run):
    facts, _, _ = cold_run
    assert facts["ranking"]["winner"] == "hog_sgd"
    assert facts["ranking"]["p_value"] < 0.05
    assert facts["evaluation"]["accuracy"]["value"] >= 0.992
    assert facts["verdict"] == "met"


def test_the_chosen_threshold_gives_the_asked_precision_out_of_fold(cold_run):
    facts, _, _ = cold_run
    assert facts["choice"]["precision"] >= 0.9
    assert facts["choice"]["recall"] > 0.9


def test_the_largest_process_stays_below_3_gb(cold_run):
    facts, _, _ = cold_run
    assert 0.5 * GIB < facts["fitted"]["peak_memory_bytes"] < 3e9


def test_a_second_run_reuses_everything_and_publishes_it_again(
    cold_run, prefect_server, mnist_folder
):
    # right after the first: a run with other knobs between them would be one night more to report
    facts, _, folders = cold_run
    before = {artifact["id"] for artifact in prefect_server.artifacts()}
    done = run(prefect_server, mnist_folder, folders)
    assert done.returncode == 0, done.stderr
    assert set(step_lines(done.stdout).values()) == {"reused"}
    new = [a for a in prefect_server.artifacts() if a["id"] not in before]
    assert set(STAGES) <= {artifact["key"] for artifact in new}
    again = json.loads((newest_output(folders) / "evaluation.json").read_text())
    assert again["prediction_sha256"] == facts["prediction_sha256"]


def test_another_digit_and_precision_fit_nothing(cold_run, prefect_server, mnist_folder):
    _, _, folders = cold_run
    done = run(prefect_server, mnist_folder, folders, "--target-digit=8", "--target-precision=0.95")
    ran = {label for label, fate in step_lines(done.stdout).items() if fate != "reused"}
    assert done.returncode == 0, done.stderr
    assert not any("cross-validate" in label or "refit" in label for label in ran)
    assert "threshold of Kernel SGD on HOG" in ran


def test_the_shifted_forest_reaches_98_percent_and_its_intervals_lie_above_97(
    cold_run, prefect_server, mnist_folder
):
    _, _, folders = cold_run
    done = run(prefect_server, mnist_folder, folders, "--candidates=sgd,random_forest")
    assert done.returncode == 0, done.stderr
    facts = json.loads((newest_output(folders) / "evaluation.json").read_text())
    evaluation = facts["evaluation"]
    assert facts["ranking"]["winner"] == "random_forest"
    assert evaluation["n_test"] == 10_000
    assert evaluation["accuracy"]["value"] >= 0.98
    for score in ("accuracy", "macro_precision", "macro_recall"):
        assert evaluation[score]["value"] >= 0.97
        assert evaluation[score]["low"] > 0.97
    assert facts["verdict"] == "met"
    assert 0.5 * GIB < facts["fitted"]["peak_memory_bytes"] < 3e9


def test_every_picture_and_artifact_is_small_enough_for_the_list_page(cold_run, prefect_server):
    assert cold_run
    for artifact in prefect_server.artifacts():
        size = len(json.dumps(artifact["data"]))
        limit = 300_000 if artifact["type"] == "markdown" else 100_000 * 4 / 3 + 100
        assert size <= limit, artifact["key"]


def test_every_figure_of_the_html_report_is_that_of_evaluation_json(cold_run):
    facts, _, folders = cold_run
    (folder,) = (p.parent for p in folders[1].glob(f"*{facts['run'][:8]}/evaluation.json"))
    assert untrue((folder / "report.html").read_text(), facts) == []
