"""Two runs, or the champion and a run, side by side: ``python -m flows.compare A B``."""

import sys

if __name__ == "__main__" and not __package__:  # called as a file, it would not find its folders
    sys.stderr.write("Call it from the project's folder: python -m flows.compare\n")
    sys.exit(2)

import tempfile
from pathlib import Path
from typing import Any

from prefect import flow
from pydantic import Field
from pydantic_settings import CliPositionalArg, SettingsConfigDict

from artifacts.page.html import Page
from artifacts.page.index import RunSummary
from artifacts.publish import publish_report
from artifacts.render import RenderedReport
from artifacts.reports.champion import changed_figures
from artifacts.reports.two_runs import KEY, TITLE, headline, two_runs_report
from engine.cli.command import RunCommand
from engine.cli.options import option
from engine.cli.terminal import run_from_command_line, say
from engine.run.flow_run import current_run, started_now
from engine.store.location import store_at
from engine.store.objects import load_array, save_array
from engine.store.refs import ArrayRef
from flows.config import RunConfig, read_command, same_option
from flows.report.folder import folder_of, write_run_folder
from flows.report.side import Side, differences, side_of
from tasks.champion.promote import compare_predictions
from tasks.champion.records import Comparison
from tasks.data.names import names_meant_by
from tasks.evaluation.confidence import leads
from tasks.models.records import LabelledImages


class CompareCommand(RunCommand):
    """Scores with intervals and paired tests of two runs, and what was different between them."""

    model_config = SettingsConfigDict(
        **(RunConfig.model_config | {"cli_prog_name": "python -m flows.compare"})
    )

    first: CliPositionalArg[str] = Field(
        description="a run's folder, its flow run id, the beginning of either, or `champion`"
    )
    second: CliPositionalArg[str] = Field(description="the same, of the run to compare it with")
    dataset: str | None = option(None, "the data set whose champion is meant, as a run names it")
    store_dir: Path = same_option("store_dir")
    output_dir: Path = same_option("output_dir")
    plan: bool = option(False, "say which two are meant, and compare nothing")

    @property
    def parameters(self) -> tuple[str, str, Path, Path, str | None]:
        """What the flow is called with."""
        meant = names_meant_by(self.dataset)[0] if self.dataset else None
        return self.first, self.second, self.store_dir, self.output_dir, meant


@flow(name="compare", flow_run_name=started_now)
def compare(
    first: str, second: str, store_dir: Path, output_dir: Path, dataset: str | None = None
) -> None:
    """Set two runs side by side in the terminal, as an artifact and as a page."""
    old, new = (side_of(name, store_dir, output_dir, dataset) for name in (first, second))
    folder = folder_of(output_dir, current_run(), "compare")
    with tempfile.TemporaryDirectory() as own, store_at(Path(own)):
        comparison = paired(old, new, store_dir)
        report = compared(old, new, comparison, store_dir)
        publish_report(report)
        say(f"\n{report.markdown}")
        page = Page(
            title=report.title,
            verdict=headline(old.name, new.name, comparison),
            warning=None,
            facts=tuple((f"code revision of {each.name}", each.revision) for each in (old, new)),
            steps=(),
            unfolded=(KEY,),
        )
        facts = {
            "compared": [old.name, new.name],
            "comparison": comparison and comparison.model_dump(mode="json"),
            "different": [each._asdict() for each in differences(old, new)],
        }
        line = RunSummary(
            dataset=new.dataset,
            verdict="two runs compared",
            headline=f"{old.name} and {new.name}",
        )
        target = write_run_folder(folder, "comparison.json", facts, page, (report,), line)
    say(f"Report             {target}")


def paired(first: Side, second: Side, store_dir: Path) -> Comparison | None:
    """Compare two models image by image; None if they were judged on other test images."""
    if first.test != second.test:
        return None
    old, new = first.judged.evaluation, second.judged.evaluation
    with store_at(store_dir):
        return compare_predictions(
            load_array(first.test.labels),
            load_array(old.predictions),
            load_array(new.predictions),
            leads(load_array(new.scores)),
        )


def compared(
    first: Side, second: Side, comparison: Comparison | None, store_dir: Path
) -> RenderedReport:
    """Render the scores and what differs into the store in use."""
    return RenderedReport(
        key=KEY,
        title=f"{TITLE}: {first.name} and {second.name}",
        markdown=two_runs_report(
            [(side.name, side.judged) for side in (first, second)],
            comparison,
            differences(first, second),
            tuple(side.name for side in (first, second) if side.options is None),
        ),
        figures=_figures(comparison, first, second, store_dir) if comparison else (),
    )


def _figures(comparison: Comparison, first: Side, second: Side, store_dir: Path) -> tuple[Any, ...]:
    """Draw from copies: nothing is written to the store of the runs, which may be at work."""

    def copied(ref: ArrayRef) -> ArrayRef:
        with store_at(store_dir):
            array = load_array(ref)
        return save_array(array)

    test = LabelledImages(rows=copied(first.test.images), labels=copied(first.test.labels))
    first_evaluation, second_evaluation = (
        each.model_copy(update={"predictions": copied(each.predictions)})
        for each in (first.judged.evaluation, second.judged.evaluation)
    )
    return changed_figures(
        KEY,
        comparison,
        (first_evaluation, second_evaluation),
        test,
        (first.name, second.name),
        second.names,
    )


def plan(asked: CompareCommand) -> None:
    """Say which two are meant."""
    for name in (asked.first, asked.second):
        say(side_of(name, *asked.parameters[2:]).name)


def ask() -> CompareCommand:
    """Read the command line and look both up.

    Raises
    ------
    PlainError
        If an option is unknown, or one of the two cannot be found.
    """
    asked = read_command(CompareCommand)
    for name in (asked.first, asked.second):
        side_of(name, *asked.parameters[2:])
    return asked


if __name__ == "__main__":
    sys.exit(run_from_command_line(compare, plan, ask))
