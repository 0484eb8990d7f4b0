"""Whole runs on mails, and on mails and digits in one store."""

import json
import re
import shutil

import pytest

from engine.store.location import store_at
from engine.store.pruning import Limits, prune_store
from flows.kept import kept_objects
from tasks.champion.load import open_model
from tasks.champion.store import read_champion
from tests.support.prefect_server import run_module

SPAM = ("--dataset=made-mail", "--goal=0.9", "--candidates=sgd,n_grams")
DIGITS = ("--dataset=digits", "--candidates=sgd", "--shift=0", "--goal=0.5")
CALLS = (("flows.spam_run", SPAM), ("flows.full_run", DIGITS))


def run(server, folder, module, *words):
    done = run_module(
        module,
        f"--store-dir={folder / 'data'}",
        f"--output-dir={folder / 'outputs'}",
        *words,
        environment=server.environment,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def newest(folder, name):
    return max((folder / "outputs").glob(f"*{name}-*"))


@pytest.fixture(scope="module")
def both(prefect_server, tmp_path_factory):
    """Mails, digits, mails and digits again, in one store: what each run said."""
    folder = tmp_path_factory.mktemp("both")
    return folder, [run(prefect_server, folder, module, *words) for module, words in CALLS * 2]


@pytest.mark.slow
def test_the_second_run_of_each_problem_reuses_every_step(both):
    _, said = both
    for text in said[2:]:
        steps, reused = re.search(r"(\d+) steps, (\d+) reused", text).groups()
        # the picture of the nights is drawn from the second night on
        assert int(steps) - int(reused) <= 1


@pytest.mark.slow
def test_the_second_run_of_each_problem_gives_the_same_predictions(both):
    _, said = both
    digests = [re.search(r"Prediction digest +(\w+)", text)[1] for text in said]
    assert digests[:2] == digests[2:]
    assert digests[0] != digests[1]


@pytest.mark.slow
def test_each_problem_has_a_champion_of_its_own(both):
    _, said = both
    assert all("Champion: first champion." in text for text in said[:2])
    assert all("Same model as the champion" in text for text in said[2:])


@pytest.mark.slow
def test_the_history_of_a_problem_has_its_own_runs_alone(both):
    folder, _ = both
    names = [
        json.loads(path.read_text())["dataset"]["name"]
        for path in sorted((folder / "outputs").glob("2*/evaluation.json"))
    ]
    assert names == ["spam+made-mail", "digits"] * 2
    page = (newest(folder, "made-mail") / "report.html").read_text()
    assert "digits bundled with scikit-learn" not in page


@pytest.mark.slow
def test_no_artifact_of_one_problem_is_a_version_of_the_others(both, prefect_server):
    folder, _ = both
    by_problem = {}
    for path in (folder / "outputs").glob("2*/evaluation.json"):
        facts = json.loads(path.read_text())
        mine = {
            each["key"]
            for each in prefect_server.artifacts()
            if each["flow_run_id"] == facts["run"]
        }
        by_problem.setdefault(facts["dataset"]["name"], set()).update(mine)
    assert by_problem["spam+made-mail"]
    assert by_problem["digits"]
    assert by_problem["spam+made-mail"] & by_problem["digits"] == set()


@pytest.mark.slow
def test_pruning_to_one_run_of_a_data_set_leaves_nothing_of_either_problem_to_compute(
    both, prefect_server, tmp_path
):
    folder, _ = both
    shutil.copytree(folder / "data", tmp_path / "data")
    with store_at(tmp_path / "data"):
        prune_store(tmp_path / "data", Limits(1, 10_000, kept_objects), say=print)
        for dataset in ("digits", "spam+made-mail"):
            open_model(read_champion(dataset))
    for module, words in CALLS:
        said = run(prefect_server, tmp_path, module, *words, "--plan")
        assert re.search(r"^0 of \d+ steps would run", said, re.MULTILINE), said


@pytest.mark.slow
def test_the_report_speaks_of_mails(both):
    folder, _ = both
    page = (newest(folder, "made-mail") / "report.html").read_text()
    text = re.sub(r"data:image[^\"]*|<[^>]*>", " ", page[page.index("<body") :])
    assert "test mails" in text
    assert "test images" not in text
    assert "a spam" not in text


@pytest.mark.slow
def test_auto_without_an_answer_says_loudly_that_the_mails_are_made_up(prefect_server, tmp_path):
    """The site cannot answer within a fifth of a second, on whatever network."""
    said = run(
        prefect_server, tmp_path, "flows.spam_run", "--fetch-deadline=0.2", "--candidates=sgd"
    )
    assert "THIS IS NOT SPAMASSASSIN'S CORPUS" in said
    page = (newest(tmp_path, "made-mail") / "report.html").read_text()
    assert "This is not SpamAssassin&#39;s corpus." in page


@pytest.mark.slow
def test_a_target_out_of_reach_is_told(prefect_server, tmp_path):
    """One class is a coin: equal texts with both labels."""
    (tmp_path / "m").mkdir()
    rows = "".join(f"word{n // 2} again,{'spam' if n % 2 else 'ham'}\n" for n in range(120))
    (tmp_path / "m" / "m.csv").write_text(f"text,label\n{rows}")
    done = run_module(
        "flows.spam_run", "--dataset=mine", f"--data-dir={tmp_path / 'm'}", "--candidates=sgd",
        f"--store-dir={tmp_path / 'data'}", f"--output-dir={tmp_path / 'outputs'}",
        environment=prefect_server.environment,
    )  # fmt: skip
    assert done.returncode == 3
    assert "No threshold reaches precision 0.9900" in done.stderr
