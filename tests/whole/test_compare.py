"""The champion and a whole run, set side by side by the command."""

import json

from tests.support.prefect_server import run_module


def test_the_champion_and_the_run_that_made_it_are_the_same(digits_run, prefect_server, tmp_path):
    store, outputs = digits_run.copy_to(tmp_path)
    done = run_module(
        *("flows.compare", "champion", digits_run.folder.name),
        *(f"--store-dir={store}", f"--output-dir={outputs}"),
        environment=prefect_server.environment,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    headline = f"No difference between the champion and {digits_run.folder.name} is proven"
    assert headline.replace("_", "\\_") in done.stdout
    assert "What is known of both is the same" in done.stdout
    (folder,) = outputs.glob("*-compare-*")
    facts = json.loads((folder / "comparison.json").read_text())
    assert facts["different"] == []
    assert facts["comparison"]["newly_right"] == facts["comparison"]["newly_wrong"] == []
    assert headline in (folder / "report.html").read_text()
    run = prefect_server.flow_runs()[0]
    keys = [a["key"] for a in prefect_server.artifacts() if a["flow_run_id"] == run["id"]]
    assert "9-two-runs" in keys
