"""The workflow beside what a user would write instead: ``python -m benchmarks.cost``.

Every part is a process of its own, measured from start to end. This one stays small, since
Linux counts the memory of the process that starts another one as the other's.
"""

import argparse
import io
import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.cost.bars import BESIDE
from benchmarks.cost.contents import named_folder
from benchmarks.cost.results import Results, Stage, fits_among, grouped_steps, this_machine, write
from benchmarks.cost.tables import TITLES, report
from benchmarks.measure import Measurement, clean_environment, measure
from benchmarks.server import running_server
from engine.errors import PlainError
from engine.paths import ROOT


class Bench:
    """Measures the parts in turn and keeps what was found after each.

    Parameters
    ----------
    folder : Path
        Takes results.json, table.md, the plot and, until all is measured, the work.
    data_dir : Path or None
        The real MNIST; None for the digits bundled with scikit-learn.
    repeats : int
        How often the short runs are measured.
    beside : str or None
        An older commit, whose runs are measured in turn with these.
    """

    def __init__(
        self, folder: Path, data_dir: Path | None, *, repeats: int, beside: str | None = None
    ) -> None:
        self.folder = folder
        self.work = folder / "work"
        self.repeats = repeats
        self._data = ["--data-dir", str(data_dir.resolve())] if data_dir else []
        self._dataset = "mnist_784" if data_dir else "digits"
        self._open = ExitStack()
        self._server: dict[str, str] | None = None
        self.work.mkdir(parents=True, exist_ok=True)
        self.results = self._earlier() or Results(
            dataset="MNIST" if data_dir else "digits bundled with scikit-learn",
            machine=this_machine(),
            sittings=(),
            beside=beside,
        )

    def run(self, parts: Sequence[str]) -> Results:
        """Measure the named parts that have not been measured yet, in their order."""
        missing = [name for name in PARTS if name in parts and not self._measured(name)]
        self.folders = {"": ROOT} | (self._older() if self.results.beside else {})
        if missing:
            now = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
            self._keep(sittings=(*self.results.sittings, now))
        with self._open:
            for name in missing:
                print(f"\n{name}: {TITLES[name]}", flush=True)
                PARTS[name](self)
        if all(self._measured(name) for name in PARTS):
            for name in ("store", f"store{BESIDE}", "older"):  # nothing is left to resume
                shutil.rmtree(self.work / name, ignore_errors=True)
        return self.results

    def notebook(self) -> None:
        """Measure the notebook as written: one job."""
        self._script("notebook", "benchmarks.cost.notebook", n_jobs=1)

    def notebook_all_cores(self) -> None:
        """Measure the notebook with every fit on all cores."""
        self._script("notebook-all-cores", "benchmarks.cost.notebook", n_jobs=-1)

    def bare(self) -> None:
        """Measure the fits that the workflow does, and nothing else."""
        self._script("bare", "benchmarks.cost.bare", n_jobs=-1)

    def cold(self) -> None:
        """Measure the workflow from an empty store, against a running server."""
        for which in self.folders:
            shutil.rmtree(self.work / f"store{which}", ignore_errors=True)
            name = f"cold{which}"
            self._add(name, self._flow(name, self._running_server(), which=which))
            facts = self._newest_evaluation(which)
            self._keep(stages=self.results.stages | {name: grouped_steps(facts["steps"])})
            for each in facts["ranking"]["ranked"]:
                if each["candidate"] == "hog_sgd":
                    self._note_error(name, each["mean_accuracy"])

    def warm(self) -> None:
        """Measure the workflow again and a trivial flow, in turn, against a running server."""
        self._in_turn("warm", "trivial", self._running_server())

    def warm_ephemeral(self) -> None:
        """Measure the same, each run with a server that Prefect starts for it."""
        environment = clean_environment(self.work / "ephemeral")
        measure(
            "benchmarks.cost.trivial", environment=environment, log=self._log("first-ephemeral")
        )
        # the first run of all makes the database; it is nobody's daily cost
        self._in_turn("warm-ephemeral", "trivial-ephemeral", environment)

    def precision(self) -> None:
        """Measure runs after only the target precision has changed, to another one each time."""
        self._needs_cold_run()
        for turn in range(self.repeats):
            for which in self.folders:
                name, precision = f"precision{which}", 0.95 - turn / 1000
                asked = f"--target-precision={precision:g}"
                self._add(name, self._flow(name, self._running_server(), asked, which=which))
        self._keep(fits_after_change=fits_among(self._newest_evaluation()["steps"]))

    def forest(self) -> None:
        """Measure the forest as the only candidate, for its error on the test set."""
        self._needs_cold_run()
        only = ("--candidates=random_forest", "--no-promote")
        self._add("forest", self._flow("forest", self._running_server(), *only))
        self._note_error("forest", self._newest_evaluation()["evaluation"]["accuracy"]["value"])

    def _in_turn(self, flow: str, trivial: str, environment: dict[str, str]) -> None:
        self._needs_cold_run()
        for turn in range(len(self.results.measurements.get(flow, ())), self.repeats):
            log = self._log(f"{trivial}-{turn}")
            self._add(trivial, measure("benchmarks.cost.trivial", environment=environment, log=log))
            for which in self.folders:
                name = f"{flow}{which}"
                self._add(name, self._flow(f"{name}-{turn}", environment, which=which))

    def _note_error(self, name: str, accuracy: float) -> None:
        self._keep(errors=self.results.errors | {name: 100 * (1 - accuracy)})

    def _older(self) -> dict[str, Path]:
        """Unpack the older commit into a folder of its own; it runs in this environment."""
        folder, commit = self.work / "older", str(self.results.beside)
        if not folder.exists():
            done = subprocess.run(
                ["git", "-C", str(ROOT), "archive", commit],  # noqa: S607 - where the user has it
                capture_output=True,
                check=False,
            )
            if done.returncode:
                raise PlainError(
                    f"Asked to measure the commit {commit} too; git said: "
                    f"{done.stderr.decode().strip()}. Name a commit of this repository."
                )
            with tarfile.open(fileobj=io.BytesIO(done.stdout)) as packed:
                packed.extractall(folder, filter="data")
        return {BESIDE: folder}

    def _script(self, name: str, module: str, *, n_jobs: int) -> None:
        stages = self.work / f"{name}.json"
        cost = measure(
            module,
            *self._data,
            f"--n-jobs={n_jobs}",
            f"--stages={stages}",
            environment=clean_environment(self.work / "plain"),
            log=self._log(name),
        )
        seconds = json.loads(stages.read_text())
        found = tuple(Stage(name=stage, seconds=taken) for stage, taken in seconds.items())
        self._add(name, cost)
        self._keep(stages=self.results.stages | {name: found})

    def _flow(
        self, name: str, environment: dict[str, str], *options: str, which: str = ""
    ) -> Measurement:
        return measure(
            "flows.full_run",
            f"--dataset={self._dataset}",
            *self._data,
            f"--store-dir={self.work / f'store{which}'}",
            f"--output-dir={self.work / f'outputs{which}'}",
            *options,
            environment=environment,
            log=self._log(name),
            folder=self.folders[which],
        )

    def _running_server(self) -> dict[str, str]:
        if self._server is None:
            self._server = self._open.enter_context(running_server(self.work / "server"))
            # a server answers its first client more slowly than all others
            measure("benchmarks.cost.trivial", environment=self._server, log=self._log("first"))
        return self._server

    def _newest_evaluation(self, which: str = "") -> Any:
        runs = (self.work / f"outputs{which}").glob("*/evaluation.json")
        return json.loads(max(runs, key=lambda path: path.stat().st_mtime).read_text())

    def _needs_cold_run(self) -> None:
        if not self._measured("cold"):
            raise PlainError(
                "Asked to measure a run that reuses the results of another one; there is none "
                f"in {self.work}. Add the part cold, or --resume a benchmark that has it."
            )

    def _add(self, name: str, cost: Measurement) -> None:
        earlier = self.results.measurements.get(name, ())
        print(
            f"  {name}: {cost.seconds:.1f} s, CPU {cost.cpu_seconds:.1f} s, "
            f"{cost.peak_bytes / 1e9:.2f} GB",
            flush=True,
        )
        self._keep(measurements=self.results.measurements | {name: (*earlier, cost)})

    def _keep(self, **changes: Any) -> None:
        self.results = self.results.with_(**changes)
        write(self.results, self.folder / "results.json")

    def _measured(self, name: str) -> bool:
        needed = self.repeats if name.startswith(("warm", "precision")) else 1
        return len(self.results.measurements.get(name, ())) >= needed

    def _earlier(self) -> Results | None:
        path = self.folder / "results.json"
        return Results.model_validate_json(path.read_bytes()) if path.exists() else None

    def _log(self, name: str) -> Path:
        return self.work / f"{name}.log"


PARTS: dict[str, Callable[[Bench], None]] = {
    "notebook": Bench.notebook,
    "notebook-all-cores": Bench.notebook_all_cores,
    "bare": Bench.bare,
    "cold": Bench.cold,
    "warm": Bench.warm,
    "precision": Bench.precision,
    "forest": Bench.forest,
    "warm-ephemeral": Bench.warm_ephemeral,
}


def read_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line; the folder of MNIST may come from DIGITS_DATA_DIR.

    Raises
    ------
    PlainError
        If a part is unknown, or there are no images to work on.
    """
    options = argparse.ArgumentParser(prog="python -m benchmarks.cost", description=__doc__)
    options.add_argument("--data-dir", type=Path, help="folder with the four IDX files of MNIST")
    options.add_argument(
        "--small", action="store_true", help="the bundled digits: to see it work, in two minutes"
    )
    options.add_argument("--only", default="", help=f"parts, by commas, of {', '.join(PARTS)}")
    options.add_argument("--repeats", type=int, default=5, help="repetitions of the short runs")
    options.add_argument(
        "--output-dir", type=Path, default=Path("outputs/benchmark"), help="where results go"
    )
    options.add_argument("--beside", metavar="COMMIT", help="an older commit to measure in turn")
    options.add_argument("--resume", type=Path, help="folder of a benchmark: measure what it lacks")
    asked = options.parse_args(arguments)
    asked.only = tuple(name.strip() for name in asked.only.split(",") if name) or tuple(PARTS)
    unknown = [name for name in asked.only if name not in PARTS]
    if unknown:
        raise PlainError(
            f"Asked for the parts {', '.join(asked.only)}; there is no {', '.join(unknown)}. "
            f"Choose of {', '.join(PARTS)}."
        )
    asked.data_dir = None if asked.small else named_folder(asked.data_dir)
    return asked


def main() -> int:
    """Measure, then write the table and draw the plot; return the exit code."""
    try:
        asked = read_options()
        folder = asked.resume or asked.output_dir / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}"
        bench = Bench(folder.resolve(), asked.data_dir, repeats=asked.repeats, beside=asked.beside)
        found = bench.run(asked.only)
    except PlainError as error:
        print(f"\n{error}", file=sys.stderr)
        return 3
    text = report(found)
    (folder / "table.md").write_text(text)
    print(f"\n{text}")
    # only now: what is imported here would count as memory of every process started after it
    from benchmarks.cost.figures import write_benchmark_figure

    print(f"Results, table and plot: {write_benchmark_figure(found, folder).parent}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
