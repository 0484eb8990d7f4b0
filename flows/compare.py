"""Two runs, or the champion and a run, side by side: ``python -m flows.compare A B``."""

import sys

if __name__ == "__main__" and not __package__:  # called as a file, it would not find its folders
    sys.stderr.write("Call it from the project's folder: python -m flows.compare\n")
    sys.exit(2)

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prefect import flow
from pydantic import Field, ValidationError
from pydantic_settings import CliPositionalArg, SettingsConfigDict

from artifacts.page.html import Page, html_report
from artifacts.page.index import RunSummary
from artifacts.publish import publish_report
from artifacts.render import RenderedReport
from artifacts.reports.champion import Judged, changed_figures
from artifacts.reports.two_runs import KEY, TITLE, two_runs_report
from artifacts.text import NOTHING
from engine.cli.command import RunCommand
from engine.cli.options import option
from engine.cli.terminal import run_from_command_line, say
from engine.differences import Change, changes, leaves
from engine.errors import DamagedFile, PlainError
from engine.run.flow_run import current_run, started_now
from engine.run.provenance import MadeWith
from engine.store.location import DEFAULT_STORE, store_at
from engine.store.objects import load_array, save_array
from engine.store.refs import ArrayRef
from flows.config import ENVIRONMENT_PREFIX, read_command
from flows.report.earlier import NoSuchRun, find_run, run_facts
from flows.report.files import keep_output
from flows.report.folder import folder_of
from flows.report.index import keep_summary
from tasks.champion.load import require_champion
from tasks.champion.promote import compare_predictions
from tasks.champion.records import Comparison
from tasks.data.names import names_meant_by
from tasks.evaluation.confidence import leads
from tasks.evaluation.records import Evaluation
from tasks.models.records import LabelledImages

CHAMPION = "champion"


class CompareCommand(RunCommand):
    """Scores with intervals and paired tests of two runs, and what was different between them."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        cli_kebab_case=True,
        cli_implicit_flags=True,
        cli_prog_name="python -m flows.compare",
    )

    first: CliPositionalArg[str] = Field(
        description="a run's folder, its flow run id, the beginning of either, or `champion`"
    )
    second: CliPositionalArg[str] = Field(description="the same, of the run to compare it with")
    dataset: str | None = option(None, "the data set whose champion is meant, as a run names it")
    store_dir: Path = option(DEFAULT_STORE, "folder in which the runs keep their results")
    output_dir: Path = option(Path("outputs"), "folder in which the runs left their reports")

    @property
    def parameters(self) -> tuple[str, str, Path, Path, str | None]:
        """What the flow is called with."""
        meant = names_meant_by(self.dataset)[0] if self.dataset else None
        return self.first, self.second, self.store_dir, self.output_dir, meant


@dataclass(frozen=True, slots=True)
class Side:
    """One of two models: its scores, its test images, and what it was made with."""

    name: str
    judged: Judged
    test: LabelledImages
    options: dict[str, Any]
    made_with: MadeWith

    @property
    def evaluation(self) -> Evaluation:
        """Its scores on the test images."""
        return self.judged.evaluation


@flow(name="compare", flow_run_name=started_now)
def compare(
    first: str, second: str, store_dir: Path, output_dir: Path, dataset: str | None = None
) -> None:
    """Set two runs side by side in the terminal, as an artifact and as a page."""
    sides = tuple(side_of(name, store_dir, output_dir, dataset) for name in (first, second))
    target = folder_of(output_dir, current_run(), "compare")
    with tempfile.TemporaryDirectory() as own, store_at(Path(own)):
        report = compared(sides[0], sides[1], store_dir)
        publish_report(report)
        say(f"\n{report.markdown}")
        page = Page(
            title=f"{TITLE}: {sides[0].name} and {sides[1].name}",
            verdict="Scores on the test images, image by image.",
            warning=None,
            facts=tuple((side.name, side.made_with.code_revision) for side in sides),
            steps=(),
        )
        keep_output(target / "report.html", html_report(page, (report,)).encode())
        compared_runs = " and ".join(side.name for side in sides)
        keep_summary(
            target,
            RunSummary(
                dataset=dataset or NOTHING, verdict="two runs compared", headline=compared_runs
            ),
        )
    say(f"Report             {target / 'report.html'}")


def side_of(name: str, store_dir: Path, output_dir: Path, dataset: str | None) -> Side:
    """Find the champion or a run.

    Raises
    ------
    PlainError
        If there is none of the name, or its files are no longer stored.
    """
    if name == CHAMPION:
        with store_at(store_dir):
            champion = require_champion(dataset)
        run, evaluation, test = champion.run_id, champion.evaluation, champion.test
        judged = Judged(champion.title, champion.fitted.n_train, evaluation)
        try:
            earlier = find_run(run, output_dir)
        except NoSuchRun:  # its report was removed: what the champion's record says is known
            made_with = MadeWith(
                content_sha256=champion.content_sha256,
                code_revision="unknown",
                code={},
                libraries=champion.libraries,
            )
            return Side("the champion", judged, test, {}, made_with)
        return Side("the champion", judged, test, earlier.options, earlier.made_with)
    earlier = find_run(name, output_dir)
    facts = run_facts(earlier.folder)
    try:
        with store_at(store_dir):
            judged = Judged(
                facts["fitted"]["candidate"]["title"],
                facts["fitted"]["n_train"],
                Evaluation.model_validate(facts["evaluation"]),
            )
            test = LabelledImages.model_validate(facts["dataset"]["test"])
    except (DamagedFile, ValidationError, KeyError) as error:
        raise PlainError(
            f"Asked to compare {earlier.folder.name}; what it found is not stored whole in "
            f"{store_dir}: {error} Name the store of that run with --store-dir, or run it again."
        ) from error
    return Side(earlier.folder.name, judged, test, earlier.options, earlier.made_with)


def compared(first: Side, second: Side, store_dir: Path) -> RenderedReport:
    """Compare two models on the same test images, and render what differs into the store in use."""
    comparison, figures = None, ()
    if first.test == second.test:
        with store_at(store_dir):
            labels = load_array(first.test.labels)
            comparison = compare_predictions(
                labels,
                load_array(first.evaluation.predictions),
                load_array(second.evaluation.predictions),
                leads(load_array(second.evaluation.scores)),
            )
        figures = _figures(comparison, first, second, store_dir)
    columns = [(side.name, side.judged) for side in (first, second)]
    return RenderedReport(
        key=KEY,
        title=f"{TITLE}: {first.name} and {second.name}",
        markdown=two_runs_report(columns, comparison, differences(first, second)),
        figures=figures,
    )


def _figures(comparison: Comparison, first: Side, second: Side, store_dir: Path) -> tuple[Any, ...]:
    """Draw from copies: nothing is written to the store of the runs, which may be at work."""

    def copied(ref: ArrayRef) -> ArrayRef:
        with store_at(store_dir):
            array = load_array(ref)
        return save_array(array)

    test = LabelledImages(rows=copied(first.test.images), labels=copied(first.test.labels))
    first_evaluation, second_evaluation = (
        side.evaluation.model_copy(update={"predictions": copied(side.evaluation.predictions)})
        for side in (first, second)
    )
    return changed_figures(
        KEY, comparison, (first_evaluation, second_evaluation), test, (first.name, second.name)
    )


def differences(first: Side, second: Side) -> tuple[Change, ...]:
    """Return the options, the data, the libraries and the modules that are not the same."""
    return changes(_described(first), _described(second))


def _described(side: Side) -> dict[str, Any]:
    made = side.made_with
    return leaves(
        {
            "option": side.options,
            "data": {"content sha256": made.content_sha256},
            "library": made.libraries,
            "code": made.code,
        }
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
