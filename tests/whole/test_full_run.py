"""The whole job from end to end, on a real Prefect server."""

import json
import re

import pytest

from engine.run.flow_run import nobodys_run
from engine.run.workflow import Workflow
from flows.config import RunConfig
from flows.full_run import declare
from flows.stages.champion import Incumbent
from flows.stages.monitoring import History
from flows.whole_run import declare_run
from tests.support.prefect_server import clean_environment, run_module
from tests.support.report_figures import untrue
from tests.support.runs import STAGES, newest_output, step_lines
from tests.support.whole_runs import run_digits


def number_of_steps(config):
    workflow = Workflow()
    declare_run(workflow, config, declare, nobodys_run(), Incumbent(None), History((), 0))
    return sum(step.condition is True for step in workflow.steps)


N_STEPS = number_of_steps(RunConfig(dataset="digits"))


@pytest.fixture(scope="module")
def folders(digits_run, tmp_path_factory):
    """A store and an output folder in which the whole run was made, free to go on in."""
    return digits_run.copy_to(tmp_path_factory.mktemp("runs"))


def facts_of(folders):
    return json.loads((newest_output(folders) / "evaluation.json").read_text())


def test_a_first_run_computes_every_step_and_ends_with_a_verdict(digits_run):
    steps = step_lines(digits_run.said)
    assert len(steps) == N_STEPS
    assert "reused" not in steps.values()
    assert "Goal of 97.0%" in digits_run.said
    facts = digits_run.facts
    assert facts["evaluation"]["n_test"] == sum(facts["dataset"]["test_counts"])
    assert facts["prediction_sha256"] in digits_run.said


def test_a_second_run_reuses_every_step_and_publishes_everything_again(prefect_server, folders):
    before = {artifact["id"] for artifact in prefect_server.artifacts()}
    done = run_digits(prefect_server, folders)
    assert done.returncode == 0, done.stderr
    assert set(step_lines(done.stdout).values()) == {"reused"}
    published = [each for each in prefect_server.artifacts() if each["id"] not in before]
    assert sorted(artifact["key"] for artifact in published) == sorted(STAGES)
    pictures = re.findall(
        r"!\[[^]]+\]\(data:image/png;base64,", "".join(a["data"] for a in published)
    )
    assert len(pictures) == len(list((newest_output(folders) / "figures").iterdir()))
    assert (newest_output(folders) / "report.html").stat().st_size > 50_000


@pytest.mark.slow
def test_another_target_precision_fits_nothing(prefect_server, folders):
    done = run_digits(prefect_server, folders, "--target-precision=0.95")
    steps = step_lines(done.stdout)
    ran = {label for label, fate in steps.items() if fate != "reused"}
    assert done.returncode == 0, done.stderr
    assert not any("cross-validate" in label or "refit" in label for label in ran)
    assert "threshold of Random Forest" in ran


def test_the_run_is_named_by_date_data_set_and_headline_figure(digits_run):
    name = digits_run.flow_run["name"]
    assert f"{digits_run.facts['evaluation']['accuracy']['value']:.2%}" in name
    assert "digits" in name


def test_a_required_goal_that_is_missed_fails_by_name_and_exits_with_1(prefect_server, folders):
    done = run_digits(prefect_server, folders, "--goal=0.999", "--require-goal")
    assert done.returncode == 1
    run = prefect_server.flow_runs()[0]
    assert (run["state"]["type"], run["state"]["name"]) == ("FAILED", "GoalMissed")
    assert "missed" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_folder_is_a_plain_error_that_says_what_to_do(refused, tmp_path):
    folders = f"--data-dir={tmp_path / 'nowhere'}", f"--store-dir={tmp_path / 'data'}"
    code, said = refused("--dataset=mnist_784", *folders)
    assert code == 3
    assert "nowhere" in said
    assert "Traceback" not in said


def test_a_store_that_cannot_be_written_is_a_plain_error(prefect_server, tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = run_digits(prefect_server, (tmp_path / "file", tmp_path / "outputs"))
    assert done.returncode == 3
    assert "--store-dir" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_a_bad_option_exits_with_2_before_anything_runs(tmp_path):
    done = run_module("flows.full_run", "--n-splits=1", environment=clean_environment(tmp_path))
    assert done.returncode == 2
    assert "greater than or equal to 2" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        (["--n-splits=1"], "greater than or equal to 2"),
        (["--target-precision=1.5"], "less than or equal to 1"),
        (["--candidates=svm"], "sgd, random_forest"),
        (["--no-such-knob=1"], "no-such-knob"),
    ],
)
def test_every_bad_option_is_told_with_what_is_allowed(knobs, said, refused):
    code, told = refused(*knobs)
    assert code == 2
    assert said in told
    assert "Traceback" not in told


def test_the_plan_of_a_warm_run_says_reused_for_every_step_and_writes_nothing(digits_run, tmp_path):
    store = digits_run.base / "data"
    before = {path: path.stat().st_mtime_ns for path in store.rglob("*")}
    done = run_module(
        "flows.full_run",
        "--plan",
        "--dataset=digits",
        f"--store-dir={store}",
        environment=clean_environment(tmp_path),
    )
    assert done.returncode == 0, done.stderr
    assert set(step_lines(done.stdout).values()) == {"reused"}
    assert "\n0 of " in done.stdout
    assert {path: path.stat().st_mtime_ns for path in store.rglob("*")} == before


def test_an_unknown_data_set_lists_the_known_ones(refused, tmp_path):
    code, said = refused("--dataset=emnist", f"--store-dir={tmp_path}")
    assert code == 3
    assert "auto, mnist_784 or digits" in said


@pytest.mark.slow
def test_one_candidate_and_no_shift_still_give_every_report(prefect_server, folders):
    done = run_digits(prefect_server, folders, "--candidates=sgd", "--shift=0")
    assert done.returncode == 0, done.stderr
    page = (newest_output(folders) / "report.html").read_text()
    assert "nothing to compare it with" in page
    assert "No copies were added" in page


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_same_seed_gives_the_same_predictions_with_one_core_and_with_two(
    digits_run, prefect_server, tmp_path
):
    folders = (tmp_path / "data", tmp_path / "outputs")
    done = run_digits(prefect_server, folders, "--n-jobs=1")
    assert done.returncode == 0, done.stderr
    assert "reused" not in step_lines(done.stdout).values()
    assert (digits_run.facts["config"]["n_jobs"], facts_of(folders)["config"]["n_jobs"]) == (2, 1)
    assert facts_of(folders)["prediction_sha256"] == digits_run.digest


@pytest.fixture(scope="module")
def page_and_facts(digits_run):
    """The HTML report of a run and its evaluation.json."""
    return digits_run.page, digits_run.facts


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
