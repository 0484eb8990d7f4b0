"""The page of all runs, and the link to the newest, in a folder that may hold anything of ours."""

import json

import pytest

from artifacts.page.index import RunSummary
from engine.store.marks import OUTPUT_FOLDER, is_marked
from flows.report.earlier import find_run
from flows.report.files import require_outputs
from flows.report.index import keep_summary
from tests.artifacts.test_html import Elements

EARLIER = {
    "dataset": {"title": "digits"},
    "verdict": "missed",
    "fitted": {"candidate": {"title": "SGD"}},
    "evaluation": {"accuracy": {"value": 0.9}},
    "promotion": {"outcome": "statistically tied, champion kept"},
}
LINE = RunSummary(dataset="digits", verdict="met")


def a_run(outputs, name, *, summary=None, **files):
    folder = outputs / name
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("a report")
    for file, content in files.items():
        (folder / f"{file}.json").write_text(content)
    if summary:
        keep_summary(folder, summary)
    return folder


def rows_of(outputs):
    """The rows of the page, each a list of its cells, and the links."""
    page = (outputs / "index.html").read_text()
    body = page.split("<tbody>")[1]
    rows = [
        [cell.split(">", 1)[1] for cell in row.split("</td>")[:-1]]
        for row in body.split("<tr>")[1:]
    ]
    return rows, [each["href"] for each in Elements(page).all("a")]


@pytest.fixture
def outputs(tmp_path):
    return require_outputs(tmp_path / "outputs")


def test_runs_of_every_kind_stand_on_the_page_newest_first(outputs):
    a_run(outputs, "2026-01-01T02-15-00-digits-00000001", evaluation=json.dumps(EARLIER))
    a_run(outputs, "2026-01-02T02-15-00-digits-00000002")  # one that stopped, of an earlier version
    a_run(outputs, "2026-01-03T02-15-00-digits-00000003", evaluation='{"verdict": "met"}')
    (outputs / "2026-01-04T02-15-00-digits-00000004").mkdir()  # at work, or killed
    (outputs / "nightly").mkdir()
    last = RunSummary(dataset="MNIST", verdict="met", headline="SGD 99 %", champion="promoted")
    a_run(outputs, "2026-01-05T02-15-00-mnist_784-00000005", summary=last)
    rows, links = rows_of(outputs)
    assert [row[1:] for row in rows] == [
        ["MNIST", "met", "SGD 99 %", "promoted"],
        ["digits", "not ended", "-", "-"],
        ["digits", "stopped", "-", "-"],
        ["digits", "stopped", "-", "-"],
        ["digits", "missed", "SGD 90.00\u00a0%", "tied, champion kept"],
    ]
    assert links == [
        f"{folder}/report.html"
        for folder in (
            "2026-01-05T02-15-00-mnist_784-00000005",
            "2026-01-03T02-15-00-digits-00000003",
            "2026-01-02T02-15-00-digits-00000002",
            "2026-01-01T02-15-00-digits-00000001",
        )
    ]


def test_the_latest_is_the_run_that_has_just_ended_whatever_its_end(outputs):
    for number, verdict in enumerate(("met", "stopped at step 2 of 41, augment"), 1):
        name = f"2026-01-0{number}T02-15-00-digits-0000000{number}"
        folder = a_run(outputs, name, summary=RunSummary(dataset="digits", verdict=verdict))
        assert (outputs / "latest").resolve() == folder
        assert rows_of(outputs)[0][0][2] == verdict
    assert not [path for path in outputs.iterdir() if path.name.startswith((".writing", ".latest"))]


def test_where_links_are_impossible_a_file_names_the_latest(outputs, monkeypatch):
    def refused(*_, **__):
        raise PermissionError

    a_run(outputs, "2026-01-01T02-15-00-digits-00000001", summary=LINE)
    monkeypatch.setattr("pathlib.Path.symlink_to", refused)
    a_run(outputs, "2026-01-02T02-15-00-digits-00000002", summary=LINE)
    assert (outputs / "latest").read_text() == "2026-01-02T02-15-00-digits-00000002\n"


def test_a_copy_of_the_folder_in_which_the_link_became_a_folder_is_left_as_it_is(outputs):
    (outputs / "latest").mkdir()
    (outputs / "latest" / "report.html").write_text("a copy")
    a_run(outputs, "2026-01-01T02-15-00-digits-00000001", summary=LINE)
    assert (outputs / "latest" / "report.html").read_text() == "a copy"
    assert len(rows_of(outputs)[0]) == 1


def test_the_folder_is_known_as_ours_when_its_mark_is_lost(outputs):
    a_run(outputs, "2026-01-01T02-15-00-digits-00000001", summary=LINE)
    (outputs / OUTPUT_FOLDER.mark).unlink()
    assert not is_marked(outputs, OUTPUT_FOLDER)  # nothing there is a stranger
    require_outputs(outputs)


def test_a_run_is_found_once_although_the_latest_links_to_it(outputs, monkeypatch):
    monkeypatch.setattr("flows.report.earlier.read_run", lambda folder: folder)
    name = "2026-01-01T02-15-00-digits-00000001"
    folder = a_run(outputs, name, summary=LINE, evaluation="{}")
    assert find_run("2026-01-01", outputs) == find_run("latest", outputs) == folder
