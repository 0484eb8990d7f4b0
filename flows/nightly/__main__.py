"""The nightly run on this machine, from server to worker: ``python -m flows.nightly``.

It can be stopped and started as often as one likes; each start brings
everything up to date and makes nothing twice.
"""

import sys

if __name__ == "__main__" and not __package__:  # called as a file, it would not find its folders
    sys.stderr.write("Call it from the project's folder: python -m flows.nightly\n")
    sys.exit(2)

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from subprocess import Popen
from typing import Any

from prefect.settings import PREFECT_API_URL, temporary_settings
from pydantic import HttpUrl
from pydantic_settings import SettingsConfigDict

from engine.cli.options import CommandSettings, option
from engine.cli.terminal import complain, run_command, say
from engine.paths import ROOT
from engine.run.exit_codes import DONE, STOPPED
from engine.server.in_use import access_to, access_to_started, require_answer
from engine.server.processes import api_at, ending_as_ctrl_c, server, worker
from engine.server.secret import SHOW, is_ours
from flows.config import ENVIRONMENT_PREFIX, read_command
from flows.nightly import automations
from flows.nightly.deployment import POOL, check_schedules, deploy, make_work_pool


class NightlyCommand(CommandSettings):
    """Server, deployment, automations and a worker for the nightly run, on this machine.

    The options of the run itself are in prefect.yaml, or environment variables of this command.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX, cli_prog_name="python -m flows.nightly"
    )

    webhook: HttpUrl | None = option(
        None, "address that is called when a nightly run fails, crashes or is not promoted"
    )
    port: int = option(4200, "port of loopback for the server", ge=1024, le=65535)
    crashed_after: int = option(
        90,
        "how long a run may be without a heartbeat; it sends one every 30 s",
        unit="seconds",
        ge=35,
        le=3600,
    )
    server_log: Path = option(
        Path("outputs/nightly/server.log"), "file that takes what the server says"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Set everything up and serve the nights until Ctrl-C; return the exit code."""
    return run_command(lambda: read_command(NightlyCommand, arguments), until_ctrl_c)


def until_ctrl_c(options: NightlyCommand) -> int:
    """Serve the nights; Ctrl-C is their end in order."""
    ending_as_ctrl_c()
    try:
        return serve(options)
    except KeyboardInterrupt:
        say("\nEverything has ended. The same command goes on from here.")
        return DONE


def serve(options: NightlyCommand) -> int:
    """Check the schedule, start a server unless there is one, set up, and run a worker."""
    schedules = check_schedules(ROOT / "prefect.yaml")
    with running_api(options) as (settings, server_process):
        # what a run needs goes to the worker and on to its runs, and nowhere else
        environment = os.environ | {setting.name: value for setting, value in settings.items()}
        with temporary_settings(settings):
            set_up(options, environment)
        with worker(POOL, environment) as process:
            say(_how_to_go_on(settings[PREFECT_API_URL], schedules))
            return _until_one_ends(process, server_process)


def set_up(options: NightlyCommand, environment: dict[str, str]) -> None:
    """Make the work pool, the deployment and the automations, or bring them up to date."""
    make_work_pool()
    say(f"work pool {POOL}: there")
    deploy(ROOT, environment)
    say("deployments full-run/nightly, predict/predict and spam-run/spam-nightly: up to date")
    wanted = [automations.closing_dead_runs(timedelta(seconds=options.crashed_after))]
    if options.webhook is not None:
        block = automations.save_webhook(str(options.webhook))
        wanted.extend(automations.telling_of_nights(block))
    automations.set_up(wanted)
    say(f"a run without a heartbeat for {options.crashed_after} s: set to Crashed")
    say(_who_is_told(options))


def _how_to_go_on(api: str, schedules: Sequence[str]) -> str:
    secret = f'PREFECT_API_AUTH_STRING="$({SHOW})" ' if is_ours(api) else ""
    return (
        f"Scheduled: {'; '.join(schedules) or 'nothing'}. The worker follows; Ctrl-C ends it all.\n"
        f"Without waiting for the night: PREFECT_API_URL={api} {secret}"
        "prefect deployment run full-run/nightly"
    )


def _who_is_told(options: NightlyCommand) -> str:
    if options.webhook:
        return "a run that fails, crashes or is not promoted: the webhook is called"
    if told := automations.still_told():
        return f"a run that {' or '.join(told)}: the webhook of an earlier start is called"
    return "no webhook was named (--webhook URL), so a failed night is seen in the UI alone"


@contextmanager
def running_api(options: NightlyCommand) -> Iterator[tuple[dict[Any, Any], Popen[bytes] | None]]:
    """Give the settings for a server: the one named, one of ours that is there, or a new one.

    One that was there before is left alone at the end. One at the port that is not ours is not
    used: whoever started it would be told the secret and what is run.

    Raises
    ------
    PlainError
        If the server that PREFECT_API_URL names does not answer, or none could be started.
    """
    named = PREFECT_API_URL.value()
    api = named or api_at(options.port)
    if named or is_ours(api):
        settings = access_to(api)
        with temporary_settings(settings):
            require_answer(api, named=bool(named))
        say(f"server: the one at {api}")
        yield settings, None
        return
    interface = api.removesuffix("/api")
    say(f"server: starting one at {interface} (it writes {options.server_log})")
    with server(options.port, dict(os.environ), options.server_log) as (_, process):
        say(f"to sign in at {interface}, paste what `{SHOW}` prints")
        yield access_to_started(api), process


def _until_one_ends(worker_process: Popen[bytes], server_process: Popen[bytes] | None) -> int:
    while worker_process.poll() is None:
        if server_process is not None and server_process.poll() is not None:
            complain("The server has ended by itself; see its log. Everything is ended.")
            return STOPPED
        time.sleep(0.5)
    complain(f"The worker has ended by itself with exit code {worker_process.returncode}.")
    return STOPPED


if __name__ == "__main__":
    sys.exit(main())
