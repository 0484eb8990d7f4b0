"""A plain error stands in the log of a run once; whatever else happens stands there as before."""

import logging
import sys

import pytest

from engine.errors import PlainError
from engine.run.told_once import ToldOnce

MESSAGE = "Asked for 'it's \x1b[31m here';\nfound \"nothing\". Give a folder."


@pytest.fixture
def log():
    """What Prefect's logs would take of the records that are sent to them."""
    kept, once = [], ToldOnce()

    def send(name, message, error=None, level=logging.ERROR):
        info = None
        if error is not None:
            try:
                raise error
            except type(error):
                info = sys.exc_info()
        record = logging.LogRecord(name, level, "a file", 1, message, (), info)
        if once.filter(record):
            kept.append(logging.Formatter("%(message)s").format(record))

    send.kept = kept
    return send


def pass_through_prefect(log, error):
    """Send the records of an error on its way through task, flow, engine and process."""
    state = f"Finished in state Failed({f'Run encountered an exception: Error: {error}'!r})"
    log("prefect.task_runs", f"Task run failed with exception: {error!r}", error)
    log("prefect.task_runs", state)
    log("prefect.flow_runs", f"Encountered exception during execution: {error!r}", error)
    log("prefect.flow_runs", state)
    log("prefect.flow_runs", "Engine execution exited with unexpected exception", error)
    log("prefect.engine", "Execution of flow run exited with unexpected exception", error)


def test_a_plain_error_is_told_once_and_without_a_traceback(log):
    pass_through_prefect(log, PlainError(MESSAGE))
    text = "\n".join(log.kept)
    assert text == f"{MESSAGE}\nFinished in state Failed".replace("\x1b", "\\x1b")


def test_an_unexpected_error_keeps_its_tracebacks(log):
    pass_through_prefect(log, ZeroDivisionError(MESSAGE))
    assert len(log.kept) == 6
    assert sum("Traceback" in text for text in log.kept) == 4


def test_a_second_plain_error_is_told_too_and_other_lines_stay(log):
    pass_through_prefect(log, PlainError("the first"))
    log("prefect.flow_runs", "[ 1/41] fetch: reused", level=logging.INFO)
    log("prefect.task_runs", "Finished in state Completed()", level=logging.INFO)
    pass_through_prefect(log, PlainError("the second"))
    assert log.kept == [
        "the first",
        "Finished in state Failed",
        "[ 1/41] fetch: reused",
        "Finished in state Completed()",
        "the second",
        "Finished in state Failed",
    ]
