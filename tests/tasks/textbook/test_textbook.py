"""``python -m flows.textbook`` from end to end: the book's figures, or a plain refusal."""

import json

import pytest

from flows.textbook.config import TextbookCommand
from tasks.textbook.models import BOOK_MODELS, N_SPLITS, book_models
from tests.support.prefect_server import clean_environment, run_module
from tests.support.runs import newest_output, step_lines


def run(environment, folders, *knobs):
    store, outputs = folders
    return run_module(
        "flows.textbook",
        f"--store-dir={store}",
        f"--output-dir={outputs}",
        *knobs,
        environment=environment,
    )


@pytest.fixture(scope="module")
def binary_sgd(prefect_server, mnist_folder, tmp_path_factory):
    """The book's cheapest model on the real MNIST, from an empty store."""
    base = tmp_path_factory.mktemp("textbook")
    folders = (base / "data", base / "outputs")
    knobs = (f"--data-dir={mnist_folder}", "--models=sgd")
    done = run(prefect_server.environment, folders, *knobs)
    assert done.returncode == 0, done.stderr
    return done, folders, knobs


def test_the_binary_sgd_of_the_book_is_equal_to_the_last_digit(binary_sgd):
    done, folders, _ = binary_sgd
    facts = json.loads((newest_output(folders, "parity.json") / "parity.json").read_text())
    ours = {row["name"]: row["ours"] for row in facts["rows"]}
    assert ours["threshold for 90 % precision"] == 3370.0194991439557
    assert ours["precision"] == 0.8370879772350012
    assert ours["ROC AUC"] == 0.9604938554008616
    assert facts["n_equal"] == len(facts["rows"]) == 14
    assert "All 14 figures of chapter 3" in done.stdout
    assert (newest_output(folders, "parity.json") / "report.html").stat().st_size > 20_000


def test_a_second_run_fits_nothing_and_publishes_the_comparison_again(binary_sgd, prefect_server):
    _, folders, knobs = binary_sgd
    before = {artifact["id"] for artifact in prefect_server.artifacts()}
    done = run(prefect_server.environment, folders, *knobs)
    assert done.returncode == 0, done.stderr
    assert set(step_lines(done.stdout).values()) == {"reused"}
    new = [each["key"] for each in prefect_server.artifacts() if each["id"] not in before]
    assert new == ["textbook-parity"]  # its figures are in it
    assert "14 of 14 figures equal" in prefect_server.flow_runs()[0]["name"]


def test_the_plan_of_a_warm_run_says_reused_for_every_step(binary_sgd, tmp_path):
    _, folders, knobs = binary_sgd
    done = run(clean_environment(tmp_path), folders, "--plan", *knobs)
    assert done.returncode == 0, done.stderr
    assert set(step_lines(done.stdout).values()) == {"reused"}
    assert "0 of 8 steps would run" in done.stdout


def test_another_data_set_is_refused_by_what_it_is(prefect_server, tmp_path):
    folders = (tmp_path / "data", tmp_path / "outputs")
    done = run(prefect_server.environment, folders, "--dataset=digits")
    assert done.returncode == 3
    assert "digits bundled with scikit-learn: 1,347 training images of 8 x 8" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        (["--models=svm"], "sgd, random_forest, sgd_ten_classes, sgd_standardised"),
        (["--n-jobs=0"], "0 cores cannot fit anything"),
        (["--seed=7"], "--seed"),
    ],
)
def test_an_option_the_book_does_not_have_exits_with_2(knobs, said, refused):
    code, told = refused(*knobs, ask=TextbookCommand.from_command_line)
    assert code == 2
    assert said in told
    assert "Traceback" not in told


@pytest.mark.parametrize("models", [("sgd",), ("random_forest",), tuple(BOOK_MODELS)])
def test_a_plan_walks_as_many_steps_as_were_announced(models, mnist_folder, tmp_path, capsys):
    from flows.textbook.__main__ import plan

    plan(TextbookCommand(models=models, data_dir=mnist_folder, store_dir=tmp_path))
    binary = [model for model in book_models(models) if model.question == "is it the digit?"]
    n_fits = sum(1 if model.side_by_side else N_SPLITS for model in book_models(models))
    # fetched, marked, compared, drawn; each model gathered, and two questions of a detector
    n = 4 + n_fits + len(models) + 2 * len(binary)
    assert f"[{n:>2}/{n}] " in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
