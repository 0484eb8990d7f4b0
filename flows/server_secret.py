"""The secret to sign in to the Prefect UI: ``python -m flows.server_secret`` prints it."""

import sys

if __name__ == "__main__" and not __package__:  # called as a file, it would not find its folders
    sys.stderr.write("Call it from the project's folder: python -m flows.server_secret\n")
    sys.exit(2)


from pydantic_settings import BaseSettings, SettingsConfigDict

from engine.cli.terminal import run_command, say
from engine.server.secret import SHOW, server_secret
from flows.config import read_command


class SecretCommand(BaseSettings):
    """Print the secret of this person's servers."""

    model_config = SettingsConfigDict(extra="forbid", cli_prog_name=SHOW)


if __name__ == "__main__":
    sys.exit(run_command(lambda: read_command(SecretCommand), lambda _: say(server_secret())))
