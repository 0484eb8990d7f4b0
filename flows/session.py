"""What every flow of this project works in: its store within limits, its display, its options."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from engine.cli.shown import chosen_display
from engine.cli.terminal import note, say
from engine.run.session import store_session
from engine.run.steps import Steps
from engine.store.pruning import Limits
from flows.config import OPTIONS, RunConfig
from flows.textbook.config import TextbookConfig
from tasks.champion.kept import kept_objects


@contextmanager
def run_session(config: RunConfig | TextbookConfig) -> Iterator[Callable[..., Steps]]:
    """Open the store of a flow run; give `Steps` with the display, log and options of the run.

    Raises
    ------
    StoreError
        If the folder is no store and not empty, or cannot be written.
    """
    limits = Limits(config.keep_runs, config.budget, kept_objects)
    with store_session(config.store_dir, limits, say=say) as log:
        display = chosen_display(say=say, log=note)
        yield partial(Steps, display=display, log=log, options=OPTIONS)
