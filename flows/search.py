"""Other settings of the candidates, compared out of fold: ``python -m flows.search``."""

from prefect import flow

from artifacts.html import Page, html_report
from artifacts.publish import publish_report
from flows.config import RunConfig
from flows.leaving import leave
from flows.new_images import fetch_and_join, n_steps
from flows.outputs import keep_output, require_outputs
from flows.plan import PlanSteps
from flows.reporting import current_run, folder_of
from flows.room import Room
from flows.stages import Step, out_of_fold_of
from flows.steps import Steps, duration
from flows.terminal import run_from_command_line, say
from flows.workplace import opened
from tasks.augment import augment
from tasks.caching import cached_task
from tasks.candidates import settings_to_search
from tasks.location import store_at
from tasks.records import RenderedFigure, RenderedReport
from tasks.search import compare_settings, variants
from tasks.search_records import SettingsSearch
from tasks.store import save_bytes


@flow(name="search")
def search(config: RunConfig) -> None:
    """Compare each candidate's settings with others on out-of-fold scores; read no test image."""
    room = Room(config.keep_runs, config.budget)
    with opened(config.store_dir, room, say=say) as log:
        require_outputs(config.output_dir)
        step = Steps(total=number_of_steps(config), say=say, log=log)
        reports = find_and_draw(step, config)
        for report in reports:
            publish_report(report)
            say(f"\n{report.markdown}")
        run = current_run()
        page = Page(
            title="Handwritten digits: the settings of the candidates",
            verdict="Chosen settings against others, on out-of-fold scores alone.",
            warning=None,
            facts=tuple((k, str(v)) for k, v in config.model_dump(mode="json").items()),
            steps=tuple(
                (each.label, "reused" if each.reused else duration(each.seconds), each.why)
                for each in step.records
            ),
        )
        target = folder_of(config.output_dir, run, "search") / "report.html"
        keep_output(target, html_report(page, reports).encode())
        say(f"Report             {target}")


def number_of_steps(config: RunConfig) -> int:
    """Count the steps: fetch, augment, and per candidate its variants, a comparison, a drawing."""
    return (
        2
        + n_steps(config)
        + sum(
            2 + (config.n_splits + 1) * len({each.spec for each in variants(spec, grid)})
            for spec, grid in ((spec, settings_to_search(spec)) for spec in config.specs)
        )
    )


def find_and_draw(step: Step, config: RunConfig) -> tuple[RenderedReport, ...]:
    """Walk the stages up to the comparison of settings, for every candidate asked for."""
    grids = [(spec, settings_to_search(spec)) for spec in config.specs]
    dataset, _ = fetch_and_join(step, config)
    labels = dataset.train.labels
    training = step("augment", augment, dataset.train, config.shift)
    reports = []
    for spec, grid in grids:
        chosen = out_of_fold_of(step, config, spec, training, labels)
        tried = variants(spec, grid)
        scores = tuple(
            chosen
            if each.spec == spec
            else out_of_fold_of(step, config, each.spec, training, labels)
            for each in tried
        )
        found = step(
            f"compare the settings of {spec.title}",
            compare_settings,
            chosen,
            scores,
            tuple((each.parameter, each.value) for each in tried),
            labels,
        )
        reports.append(step(f"draw the settings of {spec.title}", draw_search, found))
    return tuple(reports)


@cached_task(name="draw settings")
def draw_search(found: SettingsSearch) -> RenderedReport:
    """Render the table of settings and the figure of their errors."""
    from artifacts.search_report import search_figure, search_report
    from artifacts.style import figure_png

    name, title = found.candidate.name.replace("_", "-"), found.candidate.title
    errors = RenderedFigure(
        key=f"settings-{name}-errors",
        title=f"Error of {title} by setting",
        alt="Each fold's error for every value of every parameter; the chosen value is coloured.",
        image=save_bytes(figure_png(search_figure(found)), ".png"),
    )
    return RenderedReport(
        key=f"settings-{name}",
        title=f"The settings of {title}",
        markdown=search_report(found),
        figures=(errors,),
    )


def tell_search_plan(config: RunConfig) -> None:
    """Say which fits are stored and about how long the others take."""
    step = PlanSteps(total=number_of_steps(config), say=say)
    with store_at(config.store_dir):
        find_and_draw(step, config)
    say(
        f"\n{step.would_run} of {step.total} steps would run, {duration(step.expected_seconds)} "
        "of them known."
    )


if __name__ == "__main__":
    leave(run_from_command_line(search, tell_search_plan))
