"""The deployment in prefect.yaml: its schedule checked, its work pool there, and deployed."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectAlreadyExists
from pydantic import ValidationError

from engine.errors import PlainError

POOL = "digits"
# Nothing of how a run is started can be chosen by whoever asks for a run: neither its command nor
# an environment variable, by which one could be brought in. A dict as `env` would be added to
# even without a variable of that name, so there is none; a run has the environment of its worker.
TEMPLATE: dict[str, Any] = {
    "job_configuration": {"stream_output": True},
    "variables": {"type": "object", "properties": {}, "additionalProperties": False},
}


class DeploymentError(PlainError):
    """The deployment could not be made as it is written."""


def check_schedules(path: Path) -> tuple[str, ...]:
    """Check every schedule of a prefect.yaml before anything is started.

    Returns
    -------
    tuple of str
        Each schedule in words; one that is not active says so.

    Raises
    ------
    DeploymentError
        If the file cannot be read, an entry is no mapping, a schedule stands outside the list,
        is no cron or names no time zone.
    """
    deployments = _mappings(path, _read(path)["deployments"], "deployments")
    if any("schedule" in deployment for deployment in deployments):
        raise DeploymentError(
            f"Asked for the schedules in {path}; found one under `schedule`. Put it as an entry of "
            "the list `schedules`. Nothing was deployed."
        )
    return tuple(
        _checked(path, schedule)
        for deployment in deployments
        for schedule in _mappings(path, deployment.get("schedules") or [], "schedules")
    )


def make_work_pool() -> None:
    """Create the process work pool of the nightly run, or bring an earlier one up to date."""
    with get_client(sync_client=True) as client:
        try:
            client.create_work_pool(
                WorkPoolCreate(name=POOL, type="process", base_job_template=TEMPLATE)
            )
        except ObjectAlreadyExists:
            client.update_work_pool(POOL, WorkPoolUpdate(base_job_template=TEMPLATE))


def deploy(folder: Path, environment: dict[str, str]) -> None:
    """Deploy everything of the folder's prefect.yaml; what is there is brought up to date.

    Raises
    ------
    DeploymentError
        If Prefect refuses; says what it said.
    """
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DeploymentError(
            f"Asked to deploy {folder / 'prefect.yaml'}; Prefect refused:\n"
            f"{(done.stdout + done.stderr).strip()}\nCorrect the file and run again."
        )


def _read(path: Path) -> dict[str, Any]:
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise DeploymentError(
            f"Asked for the deployment in {path}; it cannot be read: {error}. Correct the file, "
            "or take it from the repository again."
        ) from error
    if not isinstance(content, dict) or not content.get("deployments"):
        raise DeploymentError(
            f"Asked for the deployment in {path}; found no deployments in it. Correct the file, "
            "or take it from the repository again."
        )
    return content


def _mappings(path: Path, found: object, name: str) -> list[dict[str, Any]]:
    if isinstance(found, list) and all(isinstance(each, dict) for each in found):
        return found
    raise DeploymentError(
        f"Asked for the {name} in {path}; found {found!r}. Give a list whose entries have names, "
        'such as "- cron: 15 2 * * *" for a schedule. Nothing was deployed.'
    )


def _checked(path: Path, schedule: dict[str, Any]) -> str:
    cron, timezone = schedule.get("cron"), schedule.get("timezone")
    paused = "" if schedule.get("active", True) else " (not active)"
    if "cron" not in schedule:
        return f"by an interval or a rule{paused}"  # Prefect checks these kinds itself
    try:
        CronSchedule(cron=str(cron), timezone=timezone)
    except ValidationError as error:
        wrong = error.errors()[0]
        asked = timezone if "timezone" in wrong["loc"] else cron
        raise DeploymentError(
            f"Asked for the schedule {asked!r} in {path}; {_without_prefix(wrong['msg'])}. Give "
            'cron five fields - minute, hour, day, month, weekday - such as "15 2 * * *", and '
            "timezone a name such as Europe/Berlin. Nothing was deployed."
        ) from error
    return f"{cron} in {timezone or 'UTC'}{paused}"


def _without_prefix(text: str) -> str:
    return text.removeprefix("Value error, ").rstrip(".")
