"""The secret to sign in to the Prefect UI: ``python -m flows.server_secret`` prints it."""

import sys

from pydantic_settings import BaseSettings, SettingsConfigDict

from engine.cli.options import read_command_line
from engine.cli.terminal import run_command, say
from engine.server.secret import SHOW, server_secret


class SecretCommand(BaseSettings):
    """Print the secret of this person's servers."""

    model_config = SettingsConfigDict(extra="forbid", cli_prog_name=SHOW)


if __name__ == "__main__":
    sys.exit(run_command(lambda: read_command_line(SecretCommand), lambda _: say(server_secret())))
