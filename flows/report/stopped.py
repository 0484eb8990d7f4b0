"""A run that stops leaves a report too: where, why, what is kept and how to go on."""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from artifacts.page.html import Page, html_report
from artifacts.page.index import RunSummary
from artifacts.page.stopped import KEY, Stop, stopped_reports
from artifacts.publish import publish_report
from artifacts.render import RenderedReport
from artifacts.start import KEY as START
from engine.errors import PlainError
from engine.run.flow_run import FlowRunFacts, current_run, rename_run
from engine.run.provenance import code_revision
from engine.run.steps import Steps
from engine.server.in_use import changed_settings
from engine.server.loss import ServerLost
from flows.report.asked import Asked
from flows.report.files import keep_output
from flows.report.folder import folder_of, step_rows
from flows.report.index import keep_summary


class Watch:
    """Knows how far a run has come, for the report of its stop."""

    def __init__(self) -> None:
        self.steps: Steps | None = None

    def __call__(self, steps: Steps) -> Steps:
        """Follow these steps from now on."""
        self.steps = steps
        return steps


@contextmanager
def reported_if_stopped(asked: Asked, *, say: Callable[[str], None]) -> Iterator[Watch]:
    """Write, and publish where that is possible, a report of whatever ends the block early.

    The error itself goes on its way unchanged; Ctrl-C and SIGTERM leave the file alone, because
    the flow run is closed by then.
    """
    watch = Watch()
    try:
        yield watch
    except ServerLost:
        raise  # the run has come to its end, and its own report is whole
    except BaseException as error:
        run = current_run()
        stop = stop_of(asked, watch.steps, error)
        reports = stopped_reports(stop)
        _write(asked, run, watch, stop, reports, say=say)
        if isinstance(error, Exception):
            _publish(asked, run, stop, reports, say=say)
        raise


def stop_of(asked: Asked, steps: Steps | None, error: BaseException) -> Stop:
    """Return what there is to say of a run that `error` stopped after these steps."""
    is_plain = isinstance(error, PlainError)
    done = steps.records if steps else ()
    return Stop(
        step=steps.label if steps else None,
        place=len(done) + 1 if steps and steps.is_at_work else len(done),
        total=steps.total if steps else None,
        reason=str(error) if is_plain else _words(error),
        traceback=_traceback(error) if isinstance(error, Exception) and not is_plain else "",
        done=tuple((label, fate) for label, fate, _ in step_rows(done)),
        store=str(asked.store_dir.expanduser().resolve()),
        command=asked.command_of(asked.part),
    )


def _words(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "It was interrupted (Ctrl-C)."
    if not isinstance(error, Exception):
        return "It was terminated from outside (SIGTERM)."
    return f"{type(error).__name__}: {error}"


def _traceback(error: Exception) -> str:
    return "".join(traceback.format_exception(error))


def _write(  # noqa: PLR0913 - the run, what is known of it and who says so
    asked: Asked,
    run: FlowRunFacts,
    watch: Watch,
    stop: Stop,
    reports: tuple[RenderedReport, ...],
    *,
    say: Callable[[str], None],
) -> None:
    page = Page(
        title=f"{asked.problem.title}: {asked.dataset}",
        verdict=f"The run stopped {stop.where}.",
        warning=None,
        badge="Stopped",
        badge_class="stopped",
        facts=(
            ("flow run", str(run.id)),
            ("code revision", code_revision()),
            *((name, str(value)) for name, value in asked.options.items()),
        ),
        steps=step_rows(watch.steps.records) if watch.steps else (),
        unfolded=(KEY,),
    )
    try:
        target = folder_of(asked.output_dir, run, asked.dataset) / "report.html"
        keep_output(target, html_report(page, reports).encode())
        keep_summary(
            target.parent, RunSummary(dataset=asked.dataset, verdict=f"stopped {stop.where}")
        )
    except (PlainError, OSError) as error:
        say(f"no report could be written: {error}")
    else:
        say(f"\nReport             {target}")


def _as_start(reports: tuple[RenderedReport, ...], prefix: str) -> RenderedReport:
    """Join the parts to the artifact to start with, so that no earlier verdict stands there."""
    text = "\n".join(
        [reports[0].markdown, *(f"## {each.title}\n\n{each.markdown}" for each in reports[1:])]
    )
    return RenderedReport(key=f"{prefix}{START}", title=reports[0].title, markdown=text, figures=())


def _publish(
    asked: Asked,
    run: FlowRunFacts,
    stop: Stop,
    reports: tuple[RenderedReport, ...],
    *,
    say: Callable[[str], None],
) -> None:
    at = stop.step or "its beginning"
    try:
        # a server that is gone may be the very reason: it is asked once
        with changed_settings("client", max_retries=0):
            publish_report(_as_start(reports, asked.problem.prefix))
            rename_run(run, f"{run.started:%Y-%m-%d %H:%M} {asked.dataset} stopped at: {at}")
    except Exception as error:  # noqa: BLE001 - the reason of the stop must reach the user, not this
        say(f"the report of the stop could not be published: {error}")
