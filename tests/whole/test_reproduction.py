"""A run is found by its name, made again from nothing, and what is different is named."""

import json

import pytest

from engine.run.provenance import MadeWith, different
from flows.report.earlier import NoSuchRun, find_run

THEN = MadeWith(
    content_sha256="c" * 64,
    code_revision="r" * 40,
    code={"tasks.models.folds": "1", "tasks.models.kernel_sgd.hog": "1"},
    libraries={"python": "3.11.9", "numpy": "2.0.0"},
)


@pytest.fixture
def outputs(tmp_path):
    """Two runs that left their folders."""
    for name, run in (
        ("2026-01-01T02-15-00-mnist_784-aaaaaaaa", "aaaaaaaa-0000-0000-0000-000000000000"),
        ("2026-01-02T02-15-00-mnist_784-aabbbbbb", "aabbbbbb-0000-0000-0000-000000000000"),
    ):
        facts = {
            "run": run,
            "config": {"dataset": "auto", "seed": 7, "store_dir": "data", "output_dir": "outputs"},
            "dataset": {"name": "mnist_784", "content_sha256": "c" * 64},
            "prediction_sha256": "p" * 64,
            "code_revision": "r" * 40,
            "made_with": {"code": THEN.code, "libraries": THEN.libraries},
        }
        (tmp_path / name).mkdir()
        (tmp_path / name / "evaluation.json").write_text(json.dumps(facts))
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        "2026-01-02",
        "2026-01-02T02-15-00-mnist_784-aabbbbbb",
        "aabbbbbb",
        "aabb",
        "aabbbbbb-0000-0000-0000-000000000000",
    ],
)
def test_a_run_is_meant_by_its_folder_its_id_or_the_beginning_of_either(name, outputs):
    assert find_run(name, outputs).run_id.startswith("aabbbbbb")


def test_a_path_needs_no_folder_of_runs(outputs, tmp_path_factory):
    path = outputs / "2026-01-01T02-15-00-mnist_784-aaaaaaaa"
    assert find_run(str(path), tmp_path_factory.mktemp("other")).run_id.startswith("aaaaaaaa")


def test_it_runs_with_the_same_knobs_on_the_data_that_was_read_and_never_promotes(
    outputs, tmp_path
):
    config = find_run("2026-01-01", outputs).config(tmp_path / "empty")
    assert (config.seed, config.dataset, config.promote) == (7, "mnist_784", False)
    assert config.store_dir == tmp_path / "empty"


def test_a_name_that_means_two_runs_or_none_lists_them(outputs):
    with pytest.raises(NoSuchRun, match=r"2 runs begin so: .*aaaaaaaa, .*aabbbbbb"):
        find_run("2026", outputs)
    with pytest.raises(NoSuchRun, match=r"there are: .*aaaaaaaa, .*aabbbbbb"):
        find_run("2027", outputs)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"config": {}, "dataset": {}}'])
def test_a_damaged_evaluation_is_a_plain_error(content, outputs):
    path = outputs / "2026-01-01T02-15-00-mnist_784-aaaaaaaa" / "evaluation.json"
    path.write_text(content)
    with pytest.raises(NoSuchRun, match=r"evaluation\.json cannot be used"):
        find_run("2026-01-01", outputs)


def test_a_knob_of_another_version_names_it_and_the_revision_to_check_out(outputs, tmp_path):
    path = outputs / "2026-01-01T02-15-00-mnist_784-aaaaaaaa" / "evaluation.json"
    facts = json.loads(path.read_text())
    facts["config"]["learning_rate"] = 0.1
    path.write_text(json.dumps(facts))
    with pytest.raises(NoSuchRun, match=r"learning_rate.*rrrr"):
        find_run("2026-01-01", outputs).config(tmp_path)


def test_nothing_is_different_from_itself():
    assert different(THEN, THEN) == ()
    # a commit that changed no module that decides a result is no difference
    assert different(THEN, THEN.model_copy(update={"code_revision": "x"})) == ()


def test_data_code_and_libraries_are_named_with_both_values():
    now = MadeWith(
        content_sha256="d" * 64,
        code_revision="s" * 40,
        code={
            "tasks.models.folds": "2",
            "tasks.models.kernel_sgd.warp": "1",
            "tasks.models.kernel_sgd.hog": "1",
        },
        libraries={"python": "3.12.1", "numpy": "2.0.0"},
    )
    data, library, code = different(THEN, now)
    assert data == f"the data: content sha256 {'c' * 64} then, {'d' * 64} now"
    assert library == "python: 3.11.9 then, 3.12.1 now"
    assert code == (
        "the code of tasks.models.folds, tasks.models.kernel_sgd.warp: "
        f"revision {'r' * 40} then, {'s' * 40} now"
    )
