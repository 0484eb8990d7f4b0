"""What was asked of a run: all that its reports and its folder know of the options."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artifacts.problem import Problem
from engine.cli.command import option_words

if TYPE_CHECKING:
    from engine.run.selection import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A run as it was asked for.

    ``datasets`` are the names that its champion and its nights are kept under. ``options`` are
    all of them as JSON's types, ``command`` is the whole run's command line, and
    ``server_patience`` is in seconds.
    """

    problem: Problem
    dataset: str
    datasets: tuple[str, ...]
    options: dict[str, Any]
    command: str
    part: "Selection"
    store_dir: Path
    output_dir: Path
    server_patience: float

    def command_of(self, part: "Selection") -> str:
        """Return the command line of a part of the run, quoted for a shell."""
        asked = {"only": part.only, "from": part.from_step, "to": part.to_step}
        given = [option_words(name, value) for name, value in asked.items() if value is not None]
        return " ".join([self.command, *(shlex.join(words) for words in given)])
