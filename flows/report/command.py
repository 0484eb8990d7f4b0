"""The command that makes a run again, or goes on with it: every option that was given."""

from engine.cli.command import command_line_of, option_words
from engine.run.selection import Selection
from flows.workflow_config import WorkflowConfig


def command_of(config: WorkflowConfig, part: Selection = Selection()) -> str:  # noqa: B008 - frozen
    """Return the command line of a run or of a part of it, quoted for a shell.

    Options at their defaults are left out: the revision of the code says what those are.

    Examples
    --------
    >>> from flows.config import RunConfig
    >>> command_of(RunConfig(data_dir=None, shift=0, store_dir="my data"))
    "python -m flows.full_run --store-dir 'my data' --shift 0"
    >>> command_of(RunConfig(data_dir=None), Selection(from_step="refit", to_step="evaluate"))
    'python -m flows.full_run --from refit --to evaluate'
    """
    asked = {"only": part.only, "from": part.from_step, "to": part.to_step}
    given = [option_words(name, value) for name, value in asked.items() if value is not None]
    return command_line_of(config, *(word for words in given for word in words))
