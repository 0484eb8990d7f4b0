"""A plain error stands once in the log of a run, without a traceback.

Prefect logs an error at each level that it passes: the task, the flow, the engine, the process. The
message of a plain error says all that there is to say, and is the same at each of them.
"""

import logging

from engine.errors import PlainError
from engine.printable import printable

FLOW_LOG = "prefect.flow_runs"
_LOGS = (FLOW_LOG, "prefect.task_runs", "prefect.engine", "prefect.flow_engine")


class ToldOnce(logging.Filter):
    """Lets the flow's log take a plain error's message once, and drops every other record of it."""

    def __init__(self) -> None:
        super().__init__()
        self._met: set[str] = set()  # as a record shows the message
        self._told: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is kept."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, PlainError):
            return self._is_first(str(error), record)
        text = record.getMessage()
        if not text.startswith("Finished in state") or not any(met in text for met in self._met):
            return True
        record.msg, record.args = "Finished in state Failed", ()
        return record.name == FLOW_LOG

    def _is_first(self, message: str, record: logging.LogRecord) -> bool:
        self._met.add(repr(message)[1:-1])
        if record.name != FLOW_LOG or message in self._told:
            return False
        self._told.add(message)
        record.msg, record.args = printable(message), ()
        record.exc_info = record.exc_text = None
        return True


_ONCE = ToldOnce()


def tell_plain_errors_once() -> None:
    """Let no log of this process repeat a plain error; called again it changes nothing."""
    for name in _LOGS:
        logging.getLogger(name).addFilter(_ONCE)
