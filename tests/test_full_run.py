"""The whole job from end to end, on a real Prefect server."""

import json
import re
from pathlib import Path

import pytest
from prefect_server import PrefectServer, clean_environment, run_module
from report_figures import untrue

from flows.config import RunConfig
from flows.stages import number_of_steps

STAGES = (
    "0a-dataset",
    "0b-augmentation",
    "0c-drift",
    "1-is-it-a-5-or-not",
    "2-precision-against-recall",
    "2b-every-class",
    "3-which-candidate",
    "4-evaluating-the-winner",
    "5-final-scores",
    "5b-how-sure",
    "5c-mistakes",
    "5d-what-it-looks-at",
    "5e-what-the-shifts-bought",
    "6-champion",
    "7-history",
)
N_STEPS = number_of_steps(RunConfig())


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A store and an output folder that the runs of this module share."""
    base = tmp_path_factory.mktemp("runs")
    return base / "data", base / "outputs"


def run_digits(server: PrefectServer, folders, *knobs: str):
    store, outputs = folders
    return run_module(
        "flows.full_run",
        "--dataset=digits",
        f"--store-dir={store}",
        f"--output-dir={outputs}",
        *knobs,
        environment=server.environment,
    )


def step_lines(output: str) -> dict[str, str]:
    """Map each step's label to what became of it: ``reused`` or a duration."""
    lines = [line for line in output.splitlines() if line.startswith("[") and "running" not in line]
    return {line.split("] ", 1)[1].rsplit(": ", 1)[0]: line.rsplit(": ", 1)[1] for line in lines}


def newest_output(folders, found="evaluation.json") -> Path:
    """The folder of the last run that came to its end; one that stopped has not `found` this."""
    kept = folders[1].glob(f"*/{found}")
    return max(kept, key=lambda path: path.stat().st_mtime).parent


def test_a_first_run_computes_every_step_and_ends_with_a_verdict(prefect_server, folders):
    done = run_digits(prefect_server, folders)
    assert done.returncode == 0, done.stderr
    steps = step_lines(done.stdout)
    assert len(steps) == N_STEPS
    assert "reused" not in steps.values()
    assert "Goal of 97.0%" in done.stdout
    facts = json.loads((newest_output(folders) / "evaluation.json").read_text())
    assert facts["evaluation"]["n_test"] == sum(facts["dataset"]["test_counts"])
    assert facts["prediction_sha256"] in done.stdout


def test_a_second_run_reuses_every_step_and_publishes_everything_again(prefect_server, folders):
    before = len(prefect_server.artifacts())
    done = run_digits(prefect_server, folders)
    assert done.returncode == 0, done.stderr
    assert set(step_lines(done.stdout).values()) == {"reused"}
    published = prefect_server.artifacts()[: len(prefect_server.artifacts()) - before]
    keys = {artifact["key"] for artifact in published}
    assert set(STAGES) <= keys
    pictures = [artifact for artifact in published if artifact["type"] == "image"]
    assert len(pictures) >= len(STAGES)
    assert all(p["data"].startswith("data:image/png;base64,") for p in pictures)
    assert (newest_output(folders) / "report.html").stat().st_size > 50_000


def test_another_target_precision_fits_nothing(prefect_server, folders):
    done = run_digits(prefect_server, folders, "--target-precision=0.95")
    steps = step_lines(done.stdout)
    ran = {label for label, fate in steps.items() if fate != "reused"}
    assert done.returncode == 0, done.stderr
    assert not any("cross-validate" in label or "refit" in label for label in ran)
    assert "threshold of Random Forest" in ran


def test_the_run_is_named_by_date_data_set_and_headline_figure(prefect_server, folders):
    run_digits(prefect_server, folders)
    name = prefect_server.flow_runs()[0]["name"]
    facts = json.loads((newest_output(folders) / "evaluation.json").read_text())
    assert f"{facts['evaluation']['accuracy']['value']:.2%}" in name
    assert "digits" in name


def test_a_required_goal_that_is_missed_fails_by_name_and_exits_with_1(prefect_server, folders):
    done = run_digits(prefect_server, folders, "--goal=0.999", "--require-goal")
    assert done.returncode == 1
    run = prefect_server.flow_runs()[0]
    assert (run["state"]["type"], run["state"]["name"]) == ("FAILED", "GoalMissed")
    assert "missed" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_folder_is_a_plain_error_that_says_what_to_do(prefect_server, folders, tmp_path):
    done = run_module(
        "flows.full_run",
        "--dataset=mnist_784",
        f"--data-dir={tmp_path / 'nowhere'}",
        f"--store-dir={folders[0]}",
        f"--output-dir={folders[1]}",
        environment=prefect_server.environment,
    )
    assert done.returncode == 3
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_a_store_that_cannot_be_written_is_a_plain_error(prefect_server, tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = run_module(
        "flows.full_run",
        "--dataset=digits",
        f"--store-dir={tmp_path / 'file'}",
        f"--output-dir={tmp_path / 'outputs'}",
        environment=prefect_server.environment,
    )
    assert done.returncode == 3
    assert "--store-dir" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        (["--n-splits=1"], "greater than or equal to 2"),
        (["--target-precision=1.5"], "less than or equal to 1"),
        (["--candidates=svm"], "sgd, random_forest"),
        (["--no-such-knob=1"], "no-such-knob"),
    ],
)
def test_a_bad_knob_exits_with_2_before_anything_runs(knobs, said, tmp_path):
    done = run_module("flows.full_run", *knobs, environment=clean_environment(tmp_path))
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_plan_of_a_warm_run_says_reused_for_every_step_and_writes_nothing(
    prefect_server, folders, tmp_path
):
    run_digits(prefect_server, folders)
    before = {path: path.stat().st_mtime_ns for path in folders[0].rglob("*")}
    done = run_module(
        "flows.full_run",
        "--plan",
        "--dataset=digits",
        f"--store-dir={folders[0]}",
        environment=clean_environment(tmp_path),
    )
    assert done.returncode == 0, done.stderr
    assert set(step_lines(done.stdout).values()) == {"reused"}
    assert "\n0 of " in done.stdout
    assert {path: path.stat().st_mtime_ns for path in folders[0].rglob("*")} == before


def test_an_unknown_data_set_lists_the_known_ones(prefect_server, folders):
    store, outputs = folders
    done = run_module(
        "flows.full_run",
        "--dataset=emnist",
        f"--store-dir={store}",
        f"--output-dir={outputs}",
        environment=prefect_server.environment,
    )
    assert done.returncode == 3
    assert "auto, mnist_784 or digits" in done.stderr


def test_one_candidate_and_no_shift_still_give_every_report(prefect_server, folders):
    done = run_digits(prefect_server, folders, "--candidates=sgd", "--shift=0")
    assert done.returncode == 0, done.stderr
    page = (newest_output(folders) / "report.html").read_text()
    assert "nothing to compare it with" in page
    assert "No copies were added" in page


def test_auto_without_an_answer_says_loudly_that_it_is_not_mnist(prefect_server, tmp_path):
    """No source answers within a fifth of a second, on whatever network."""
    done = run_module(
        "flows.full_run",
        "--fetch-deadline=0.2",
        "--candidates=sgd",
        f"--store-dir={tmp_path / 'data'}",
        f"--output-dir={tmp_path / 'outputs'}",
        environment=prefect_server.environment,
    )
    assert done.returncode == 0, done.stderr
    assert "THIS IS NOT MNIST" in done.stdout
    run = prefect_server.flow_runs()[0]
    assert "NOT MNIST" in run["name"]
    mine = [a for a in prefect_server.artifacts() if a["flow_run_id"] == run["id"]]
    stages = [a["data"] for a in mine if a["type"] == "markdown"]
    assert len(stages) == len(STAGES)
    assert all("not the images of MNIST" in text for text in stages)
    page = next((tmp_path / "outputs").glob("*/report.html")).read_text()
    assert "This is not MNIST." in page
    assert "Traceback" not in done.stdout + done.stderr


def test_the_same_seed_gives_the_same_predictions_with_one_core_and_with_two(
    prefect_server, tmp_path
):
    digests = set()
    for n_jobs in ("1", "2"):
        folders = (tmp_path / n_jobs, tmp_path / f"outputs-{n_jobs}")
        done = run_digits(prefect_server, folders, f"--n-jobs={n_jobs}")
        assert done.returncode == 0, done.stderr
        assert "reused" not in step_lines(done.stdout).values()
        facts = json.loads((newest_output(folders) / "evaluation.json").read_text())
        digests.add(facts["prediction_sha256"])
    assert len(digests) == 1


@pytest.fixture(scope="module")
def page_and_facts(prefect_server, folders):
    """The HTML report of a run and its evaluation.json."""
    assert run_digits(prefect_server, folders).returncode == 0
    folder = newest_output(folders)
    facts = json.loads((folder / "evaluation.json").read_text())
    return (folder / "report.html").read_text(), facts


def test_every_figure_of_the_html_report_is_that_of_evaluation_json(page_and_facts):
    assert untrue(*page_and_facts) == []


@pytest.mark.parametrize("name", ["accuracy", "macro_precision", "macro_recall"])
@pytest.mark.parametrize("part", ["value", "low", "high"])
def test_a_changed_figure_in_the_html_report_would_be_noticed(name, part, page_and_facts):
    page, facts = page_and_facts
    shown = f"{facts['evaluation'][name][part]:.2%}".replace("%", "\u00a0%")
    places = [found.start() for found in re.finditer(re.escape(shown), page)]
    changed = str((int(shown[0]) + 1) % 10)
    noticed = [at for at in places if untrue(page[:at] + changed + page[at + 1 :], facts)]
    assert len(noticed) >= 4  # twice on the first page, in the final scores and the model card
    assert noticed[:2] == places[:2]
