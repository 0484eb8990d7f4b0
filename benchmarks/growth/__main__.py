"""Time and memory of every task against the number of training images.

``python -m benchmarks.growth`` runs the workflow on the first 5,000 to 60,000 images of MNIST
and on all of them with their shifted copies, each from an empty store, against one server.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.cost.contents import named_folder, read_content
from benchmarks.cost.results import this_machine, write
from benchmarks.growth.measured_run import CLEAR, PLACE
from benchmarks.growth.results import GrowthResults, GrowthRun, task_costs
from benchmarks.growth.tables import growth_report
from benchmarks.measure import measure
from benchmarks.server import running_server
from engine.errors import PlainError
from tasks.data.content import Content
from tasks.data.idx import PUBLISHED_NAMES, write_idx

SIZES = (5_000, 10_000, 20_000, 40_000, 60_000, 300_000)
SMALL_SIZES = (200, 400, 800, 1_347, 6_735)
N_VARIANTS = 5


def write_prefix(content: Content, n: int, folder: Path) -> Path:
    """Write the first n training images and all test images as IDX files.

    Returns
    -------
    Path
        The folder, which must not hold another set.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = (content.train_images[:n], content.train_labels[:n], *content[2:])
    for name, array in zip(PUBLISHED_NAMES, kept, strict=True):
        write_idx(folder / name, array)
    return folder


class Growth:
    """Runs the workflow at each size and keeps what was found after each.

    Parameters
    ----------
    folder : Path
        Takes growth.json, growth.md, the plot and, while it runs, the work.
    content : Content
        The data set whose first images are taken.
    dataset : str
        Its name in the table.
    """

    def __init__(self, folder: Path, content: Content, dataset: str) -> None:
        self.path = folder / "growth.json"
        self.work = folder / "work"
        self.content = content
        self.work.mkdir(parents=True, exist_ok=True)
        self.results = (
            GrowthResults.model_validate_json(self.path.read_bytes())
            if self.path.exists()
            else GrowthResults(dataset=dataset, machine=this_machine(), sittings=())
        )

    def run(self, sizes: Sequence[int]) -> GrowthResults:
        """Measure the sizes that have not been measured yet, from the smallest on."""
        missing = [n for n in sorted(sizes) if n not in self.results.runs]
        if missing:
            now = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
            self._keep(self.results.model_copy(update={"sittings": (*self.results.sittings, now)}))
            with running_server(self.work / "server") as environment:
                # a server answers its first client more slowly than all others
                log = self.work / "first.log"
                measure("benchmarks.cost.trivial", environment=environment, log=log)
                for n in missing:
                    runs = self.results.runs | {n: self._measure(n, environment)}
                    self._keep(self.results.model_copy(update={"runs": runs}))
        return self.results

    def _measure(self, n: int, environment: dict[str, str]) -> GrowthRun:
        with_copies = n > len(self.content.train_labels)
        n_sources = n // N_VARIANTS if with_copies else n
        place = self.work / str(n)
        shutil.rmtree(place, ignore_errors=True)
        data = write_prefix(self.content, n_sources, place / "images")
        peaks = place / "peaks.json"
        cost = measure(
            "benchmarks.growth.measured_run",
            f"--dataset=first-{n_sources}",
            f"--data-dir={data}",
            f"--shift={1 if with_copies else 0}",
            f"--store-dir={place / 'store'}",
            f"--output-dir={place / 'outputs'}",
            environment=environment | {PLACE: str(peaks)},
            log=self.work / f"{n}.log",
        )
        facts = json.loads(next((place / "outputs").glob("*/evaluation.json")).read_text())
        memory = json.loads(peaks.read_text())
        shutil.rmtree(place)
        print(f"{n:>9,} images: {cost.seconds:.1f} s, CPU {cost.cpu_seconds:.1f} s", flush=True)
        return GrowthRun(
            n_images=n,
            n_sources=n_sources,
            seconds=cost.seconds,
            cpu_seconds=cost.cpu_seconds,
            tasks=task_costs(facts["steps"], memory, whole_seconds=cost.seconds),
        )

    def _keep(self, results: GrowthResults) -> None:
        self.results = results
        write(results, self.path)


def read_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line; the folder of MNIST may come from DIGITS_DATA_DIR.

    Raises
    ------
    PlainError
        If there are no images to work on, not as many as asked for, or no way to measure
        the memory of a task.
    """
    options = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    options.add_argument("--data-dir", type=Path, help="folder with the four IDX files of MNIST")
    options.add_argument(
        "--small", action="store_true", help="the bundled digits: to see it work, in two minutes"
    )
    options.add_argument("--only", default="", help="numbers of training images, by commas")
    options.add_argument(
        "--output-dir", type=Path, default=Path("outputs/growth"), help="where results go"
    )
    options.add_argument("--resume", type=Path, help="folder of results: measure what they lack")
    asked = options.parse_args(arguments)
    if not CLEAR.exists():
        raise PlainError(
            f"Asked for the memory of each task; it is read from {CLEAR.parent}, which this "
            "system does not have. Run it on Linux."
        )
    known = SMALL_SIZES if asked.small else SIZES
    asked.only = tuple(int(n) for n in asked.only.split(",") if n) or known
    unknown = [str(n) for n in asked.only if n not in known]
    if unknown:
        raise PlainError(
            f"Asked for {', '.join(unknown)} training images; the sizes are "
            f"{', '.join(map(str, known))}. Choose of these."
        )
    asked.data_dir = None if asked.small else named_folder(asked.data_dir)
    return asked


def main() -> int:
    """Measure, then write the tables and draw the plot; return the exit code."""
    try:
        asked = read_options()
        folder = asked.resume or asked.output_dir / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}"
        dataset = "digits bundled with scikit-learn" if asked.small else "MNIST"
        growth = Growth(folder.resolve(), read_content(asked.data_dir), dataset)
        found = growth.run(asked.only)
    except PlainError as error:
        print(f"\n{error}", file=sys.stderr)
        return 3
    text = growth_report(found)
    (folder / "growth.md").write_text(text)
    print(f"\n{text}")
    from benchmarks.growth.figure import write_growth_figure

    print(f"Results, tables and plot: {write_growth_figure(found, folder).parent}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
