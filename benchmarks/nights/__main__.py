"""Ten simulated nights, each a run of its own: ``python -m benchmarks.nights``.

The training set of the real MNIST comes in ten parts: the first is there, nine are fed in
through the folder of new images, one delivery of them with wrong labels. Every night is judged
on all 10,000 test images; the champion's file must move on the nights it should, and no other.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.cost.contents import named_folder, read_content
from benchmarks.cost.results import this_machine
from benchmarks.measure import clean_environment
from benchmarks.nights.plan import Deliveries, Night, ten_nights
from benchmarks.nights.records import NightFound, NightsFound
from benchmarks.server import running_server
from engine.errors import PlainError
from engine.paths import ROOT
from engine.run.exit_codes import DONE, INTERRUPTED, STOPPED
from tasks.champion.records import Outcome
from tasks.models.candidates import CANDIDATES

DATASET = "parts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the nights are simulated, and the options of all of them."""

    work: Path
    deliveries: Deliveries
    environment: dict[str, str]
    options: tuple[str, ...]

    @property
    def log(self) -> Path:
        """The champion's log."""
        return self.work / "store" / "champions" / f"{DATASET}.jsonl"


def simulate(place: Place, nights: Sequence[Night]) -> tuple[NightFound, ...]:
    """Run the nights in turn and say of each what came of it."""
    found: list[NightFound] = []
    for number, night in enumerate(nights, start=1):
        night.before(place.deliveries)
        before = place.log.read_bytes() if place.log.exists() else b""
        start = time.perf_counter()
        code, output = _run(place, night, number)
        seconds = time.perf_counter() - start
        moved = place.log.exists() and place.log.read_bytes() != before
        facts = _newest_evaluation(place.work / "outputs") if code == DONE else {}
        found.append(_night(number, night, facts, output, seconds=seconds, moved=moved, last=found))
        latest = found[-1]
        shown = "no model" if latest.accuracy is None else f"{latest.accuracy:.2%}"
        mark = "as expected" if latest.is_as_expected else "NOT AS EXPECTED"
        print(
            f"night {number:>2}, {night.title}: {shown}, {latest.found} ({mark}), "
            f"{seconds:.0f} s\n          {latest.reason}",
            flush=True,
        )
    return tuple(found)


def _run(place: Place, night: Night, number: int) -> tuple[int, str]:
    """Run one night and return its exit code and what it said.

    Raises
    ------
    PlainError
        If it ended neither well nor with a plain refusal.
    """
    module = (
        ["benchmarks.nights.offline", "flows.full_run"] if night.offline else ["flows.full_run"]
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            *module,
            f"--data-dir={place.deliveries.start}",
            f"--new-images={place.deliveries.new}",
            f"--store-dir={place.work / 'store'}",
            f"--output-dir={place.work / 'outputs'}",
            *place.options,
        ],
        cwd=ROOT,
        env=place.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    log = place.work / f"night-{number:02}.log"
    log.write_text(done.stdout)
    if done.returncode not in {DONE, STOPPED}:
        raise PlainError(
            f"Night {number} ended with exit code {done.returncode}; all it said is in {log}. "
            "Mend what it says and begin again."
        )
    return done.returncode, done.stdout


def _night(  # noqa: PLR0913 - everything that one night leaves
    number: int,
    night: Night,
    facts: dict[str, Any],
    output: str,
    *,
    seconds: float,
    moved: bool,
    last: Sequence[NightFound],
) -> NightFound:
    promotion = facts.get("promotion", {})
    outcome = Outcome(promotion["outcome"]) if facts else Outcome.REFUSED
    accuracy = facts["evaluation"]["accuracy"] if facts else {}
    steps = facts.get("steps", ())
    kept = last[-1].champion_accuracy if last else 0.0
    return NightFound(
        night=number,
        title=night.title,
        n_images=facts["dataset"]["train"]["images"]["shape"][0] if facts else None,
        accuracy=accuracy.get("value"),
        low=accuracy.get("low"),
        high=accuracy.get("high"),
        expected=night.expected,
        found=outcome.short,
        reason=promotion.get("reason") or _complaint(output),
        p_value=(promotion.get("comparison") or {}).get("p_value"),
        champion_accuracy=accuracy["value"] if moved and accuracy else kept,
        champion_moved=moved,
        seconds=seconds,
        n_steps=len(steps),
        n_reused=sum(step["reused"] for step in steps),
    )


def _complaint(output: str) -> str:
    """Return the plain error a run ended with: the line before the last one."""
    lines = [line for line in output.splitlines() if line.strip()]
    return next((line for line in reversed(lines) if not line.startswith("What was comp")), "")


def _newest_evaluation(outputs: Path) -> dict[str, Any]:
    newest = max(outputs.glob("*/evaluation.json"), key=lambda path: path.stat().st_mtime)
    found: dict[str, Any] = json.loads(newest.read_text())
    return found


def read_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line; the folder of MNIST may come from DIGITS_DATA_DIR."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.nights", description=__doc__)
    options.add_argument("--data-dir", type=Path, help="folder with the four IDX files of MNIST")
    options.add_argument("--small", action="store_true", help="the bundled digits, in minutes")
    options.add_argument(
        "--output-dir", type=Path, default=Path("outputs/nights"), help="where results go"
    )
    asked = options.parse_args(arguments)
    asked.data_dir = None if asked.small else named_folder(asked.data_dir)
    return asked


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate the nights, write what came of them; return 1 if a night is not as expected."""
    from benchmarks.nights.report import write_nights

    asked = read_options(arguments)
    folder = (asked.output_dir / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}").resolve()
    work = folder / "work"
    candidate, goal = ("sgd", 0.5) if asked.small else ("hog_sgd", 0.97)
    content = read_content(asked.data_dir)
    try:
        work.mkdir(parents=True)
        with running_server(_made(work / "server")) as server:
            place = Place(
                work=work,
                deliveries=Deliveries(work, content),
                environment=clean_environment(work / "server") | server,
                options=(
                    f"--dataset={DATASET}",
                    f"--candidates={candidate}",
                    "--shift=0",
                    f"--goal={goal}",
                ),
            )
            nights = simulate(place, ten_nights())
    except PlainError as error:
        print(f"\n{error}", file=sys.stderr)
        return STOPPED
    except KeyboardInterrupt:
        print(f"\nInterrupted. What the nights left so far is in {folder}.", file=sys.stderr)
        return INTERRUPTED
    found = NightsFound(
        dataset="digits bundled with scikit-learn" if asked.small else "MNIST",
        n_test=len(content.test_labels),
        candidate=CANDIDATES[candidate].title,
        machine=f"{this_machine().cores} cores",
        nights=nights,
    )
    print(f"\n{write_nights(found, folder)}\nTable, plot and JSON: {folder}")
    for failure in found.failures():
        print(f"Not as expected: {failure}", file=sys.stderr)
    return 1 if found.failures() else DONE


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    sys.exit(main())
