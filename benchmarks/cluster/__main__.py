"""Speed-up with two workers, and a simulation of sixty-four: ``python -m benchmarks.cluster``.

The measurements run on MNIST (DIGITS_DATA_DIR); with ``--dataset digits`` on the bundled digits.
The simulation puts fits that sleep on Dask's real scheduler.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from artifacts.figures.style import figure_png
from benchmarks.cluster.dask_processes import dask_cluster
from benchmarks.cluster.figure import efficiency_figure
from benchmarks.cluster.results import ClusterResults, Run, Simulated, run_table, simulated_table
from benchmarks.cost.results import this_machine
from benchmarks.measure import Measurement, measure
from benchmarks.server import running_server
from engine.cluster.where import require_extra
from engine.errors import PlainError

PARTS = ("simulate", "run", "search")
LENGTHS = (10.0, 2.0, 0.5)  # seconds of a fit
WORKERS = (1, 4, 16, 64)
FITS_OF = 60.0  # seconds that each simulated search should take if all workers are busy


def main() -> int:
    """Measure what is asked for, and write table, plot and cluster.json; return the exit code."""
    asked = _read()
    try:
        require_extra()
        asked.output_dir.mkdir(parents=True, exist_ok=True)
        path = asked.output_dir / "cluster.json"
        found = (
            ClusterResults.model_validate_json(path.read_text())
            if path.exists()
            else ClusterResults(machine=this_machine())
        )
        with (
            TemporaryDirectory(prefix="cluster-", dir=asked.output_dir) as folder,
            running_server(Path(folder) / "home") as environment,
        ):
            bench = Bench(Path(folder), environment, asked)
            for part in asked.parts:
                for each in getattr(bench, part)():
                    found = _with(found, each)
                    path.write_text(found.model_dump_json(indent=1))
                    _write(found, asked.output_dir)
    except PlainError as error:
        print(error, file=sys.stderr)
        return 3
    print(f"{run_table(found)}\n\n{simulated_table(found)}\n\nwritten to {asked.output_dir}")
    return 0


class Bench:
    """Measures in a folder of its own, against one server."""

    def __init__(
        self, folder: Path, environment: dict[str, str], asked: argparse.Namespace
    ) -> None:
        self._folder = folder
        self._environment = environment
        self._asked = asked
        self._number = 0

    def simulate(self) -> Iterable[Simulated]:
        """Run searches with fits that sleep, the shorter ones last."""
        for seconds in self._asked.lengths:
            for n_workers in self._asked.workers:
                asked: int | None = self._asked.settings
                n_settings = asked or max(n_workers, int(FITS_OF * n_workers / seconds) // 3)
                yield self._simulated(n_workers, min(n_settings, 1000), seconds)

    def run(self) -> Iterable[Run]:
        """Run the whole workflow from an empty store: default, local cluster, two workers."""
        yield self._full_run(None)
        yield self._full_run(2, "--runner=dask", "--n-jobs=1", name="full_run, local cluster")
        with self._workers(2) as scheduler:
            yield self._full_run(
                2, "--runner=dask", f"--scheduler={scheduler}", name="full_run, two external"
            )

    def search(self) -> Iterable[Run]:
        """Search the settings with one worker and with two, each held to a core of its own."""
        for n_workers in (1, 2):
            with self._workers(n_workers) as scheduler:
                knobs = (f"--candidates={self._asked.candidates}", "--runner=dask")
                found, facts = self._measured(
                    "flows.search", *knobs, f"--scheduler={scheduler}", facts="search.json"
                )
                yield self._as_run("search", n_workers, found, facts["steps"], "")

    def _full_run(self, n_workers: int | None, *knobs: str, name: str = "full_run") -> Run:
        found, facts = self._measured("flows.full_run", *knobs, facts="evaluation.json")
        return self._as_run(name, n_workers, found, facts["steps"], facts["prediction_sha256"])

    def _as_run(
        self,
        name: str,
        n_workers: int | None,
        found: Measurement,
        facts: dict[str, Any],
        digest: str,
    ) -> Run:
        fits = [each for each in facts["steps"] if each["label"].startswith("cross-validate")]
        return Run(
            name=name,
            n_workers=n_workers,
            seconds=found.seconds,
            cpu_seconds=found.cpu_seconds,
            n_fits=len(fits),
            digest=digest,
            load_before=found.load_before,
        )

    def _measured(self, module: str, *knobs: str, facts: str) -> tuple[Measurement, dict[str, Any]]:
        self._number += 1
        place = self._folder / str(self._number)
        outputs = place / "outputs"
        place.mkdir()
        where = (f"--store-dir={place / 'store'}", f"--output-dir={outputs}")
        found = measure(
            *(module, f"--dataset={self._asked.dataset}", *where, *knobs, *self._asked.knobs),
            environment=self._environment,
            log=self._folder / f"{self._number}.log",
        )
        (path,) = outputs.glob(f"*/{facts}")
        return found, json.loads(path.read_text())

    def _workers(self, n_workers: int) -> AbstractContextManager[str]:
        self._number += 1
        folder = self._folder / f"dask-{self._number}"
        return dask_cluster(folder, self._environment, cores=range(n_workers))

    def _simulated(self, n_workers: int, n_settings: int, seconds: float) -> Simulated:
        self._number += 1
        folder = self._folder / f"simulated-{self._number}"
        folder.mkdir()
        quiet = {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL"}
        environment = self._environment | quiet
        with dask_cluster(folder, environment, sleeping=n_workers) as scheduler:
            load = os.getloadavg()[0]
            log = folder / "simulated.log"
            asked = (str(folder), scheduler, str(n_settings), str(seconds))
            measure("benchmarks.cluster.simulate", *asked, environment=environment, log=log)
        cost = json.loads(log.read_text().splitlines()[-1])
        found = Simulated(
            n_workers=n_workers,
            n_settings=n_settings,
            fit_seconds=seconds,
            load_before=load,
            **cost,
        )
        print(simulated_table(ClusterResults(machine=this_machine(), simulated=(found,))))
        return found


def _with(found: ClusterResults, new: Run | Simulated) -> ClusterResults:
    """Put a new result in the place of an earlier one of the same."""
    if isinstance(new, Run):
        runs = [
            each for each in found.runs if (each.name, each.n_workers) != (new.name, new.n_workers)
        ]
        return found.model_copy(update={"runs": (*runs, new)})
    simulated = [
        each
        for each in found.simulated
        if (each.n_workers, each.fit_seconds) != (new.n_workers, new.fit_seconds)
    ]
    return found.model_copy(update={"simulated": (*simulated, new)})


def _write(found: ClusterResults, folder: Path) -> None:
    (folder / "cluster.md").write_text(f"{run_table(found)}\n\n{simulated_table(found)}\n")
    if found.simulated:
        (folder / "cluster.png").write_bytes(figure_png(efficiency_figure(found)))


def _read() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__)
    parser.add_argument("parts", nargs="*", default=PARTS, help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--dataset", default="mnist_784", help="of the measured runs")
    parser.add_argument("--candidates", default="hog_sgd", help="of the search")
    parser.add_argument("--knobs", nargs="*", default=(), help="further options of the runs")
    parser.add_argument("--lengths", nargs="*", type=float, default=LENGTHS, help="of fits, in s")
    parser.add_argument("--workers", nargs="*", type=int, default=WORKERS, help="simulated")
    parser.add_argument("--settings", type=int, help="simulated; as many as take a minute")
    parser.add_argument("--output-dir", type=Path, default=Path("outputs/cluster"))
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"{', '.join(unknown)}: found no such part; there are {', '.join(PARTS)}")
    return asked


if __name__ == "__main__":
    sys.exit(main())
