"""Whole runs that many tests look at, and commands that end before anything runs."""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.cli.terminal import run_from_command_line
from flows import full_run
from tests.support.prefect_server import PrefectServer, run_module, with_all_cores
from tests.support.runs import newest_output


@dataclass(frozen=True)
class DigitsRun:
    """One run of all candidates on the bundled digits, from an empty store to its verdict.

    Tests read it and copy its store; none runs anything in its folders.
    """

    base: Path
    folder: Path
    said: str
    flow_run: dict[str, Any]
    artifacts: dict[str, dict[str, Any]]
    facts: dict[str, Any]

    @property
    def digest(self) -> str:
        """The digest of its predictions."""
        return self.facts["prediction_sha256"]

    @property
    def page(self) -> str:
        """Its HTML report."""
        return (self.folder / "report.html").read_text()

    def copy_to(self, base: Path) -> tuple[Path, Path]:
        """Copy store and outputs, for runs that go on from it."""
        for name in ("data", "outputs"):
            shutil.copytree(self.base / name, base / name, symlinks=True)
        return base / "data", base / "outputs"


def run_digits(server: PrefectServer, folders: tuple[Path, Path], *knobs: str):
    """Run the job on the bundled digits as a process, with a store and an output folder."""
    return run_module(
        "flows.full_run",
        "--dataset=digits",
        f"--store-dir={folders[0]}",
        f"--output-dir={folders[1]}",
        *knobs,
        environment=with_all_cores(server.environment),
    )


def first_digits_run(server: PrefectServer, base: Path) -> DigitsRun:
    """Make the run, on two cores."""
    folders = base / "data", base / "outputs"
    done = run_digits(server, folders, "--n-jobs=2")
    assert done.returncode == 0, done.stderr + done.stdout
    folder = newest_output(folders)
    flow_run = server.flow_runs()[0]
    mine = [each for each in server.artifacts() if each["flow_run_id"] == flow_run["id"]]
    return DigitsRun(
        base=base,
        folder=folder,
        said=done.stdout,
        flow_run=flow_run,
        artifacts={artifact["key"]: artifact for artifact in mine},
        facts=json.loads((folder / "evaluation.json").read_text()),
    )


def ended_at_once(
    monkeypatch, capsys, *knobs: str, ask: Callable[[], Any] = full_run.ask
) -> tuple[int, str]:
    """Call a command in this process, where it must end before its flow begins and say no result.

    Returns
    -------
    code : int
    said : str
        What it wrote to standard error.
    """

    def never(*_: object, **__: object) -> None:
        message = "the flow began"
        raise AssertionError(message)

    monkeypatch.setattr(sys, "argv", ["a command", *knobs])
    try:
        code = run_from_command_line(never, never, ask)
    except SystemExit as ended:  # argparse ends the process itself
        code = int(ended.code or 0)
    out, said = capsys.readouterr()
    assert out == ""
    return code, said
