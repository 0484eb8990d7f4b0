"""The Prefect UI on this machine, until Ctrl-C: ``python -m flows.ui``."""

import sys

if __name__ == "__main__" and not __package__:  # called as a file, it would not find its folders
    sys.stderr.write("Call it from the project's folder: python -m flows.ui\n")
    sys.exit(2)

import os
import time
from collections.abc import Sequence

from pydantic_settings import SettingsConfigDict

from engine.cli.options import CommandSettings, option
from engine.cli.terminal import complain, run_command, say
from engine.run.exit_codes import DONE, STOPPED
from engine.server.processes import api_at, ending_as_ctrl_c, server
from engine.server.secret import SHOW, is_ours
from flows.config import ENVIRONMENT_PREFIX, read_command


class UICommand(CommandSettings):
    """The Prefect UI on this machine, with the artifacts of every run so far."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX, cli_prog_name="python -m flows.ui"
    )

    port: int = option(4200, "port of loopback for the server", ge=1024, le=65535)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the UI until Ctrl-C; return the exit code."""
    return run_command(lambda: read_command(UICommand, arguments), until_ctrl_c)


def until_ctrl_c(options: UICommand) -> int:
    """Serve the UI; Ctrl-C is its end in order."""
    ending_as_ctrl_c()
    try:
        return serve(options.port)
    except KeyboardInterrupt:
        say("\nThe server has ended.")
        return DONE


def serve(port: int) -> int:
    """Run a server and say where its UI is and how to sign in."""
    api = api_at(port)
    how = f"open {api.removesuffix('/api')} and paste what `{SHOW}` prints"
    if is_ours(api):
        say(f"It is there already: {how}.")
        return DONE
    say("Starting Prefect's server ...")
    with server(port, dict(os.environ)) as (_, process):
        say(f"To see every run so far, {how}. Ctrl-C ends the server.")
        while process.poll() is None:
            time.sleep(0.5)
    complain(f"The server has ended by itself with exit code {process.returncode}.")
    return STOPPED


if __name__ == "__main__":
    sys.exit(main())
