"""A run that left its folder, found again by its name; and what is different today."""

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from flows.config import RunConfig, UsageError
from flows.revision import code_revision, computing_code, library_versions
from tasks.records import Record

MOST_NAMED = 8
OWN_PLACES = ("store_dir", "output_dir")


class NoSuchRun(UsageError):
    """The run that was named cannot be found, or cannot be read."""


class MadeWith(Record):
    """What a run's results depend on beside its knobs."""

    content_sha256: str
    code_revision: str
    code: dict[str, str]
    libraries: dict[str, str]


class EarlierRun(Record):
    """A run as its evaluation.json tells it; `knobs` are those that decided its results."""

    folder: Path
    run_id: str
    knobs: dict[str, Any]
    prediction_sha256: str
    made_with: MadeWith

    def config(self, store: Path) -> RunConfig:
        """Return the same knobs for another store; it may not promote.

        Raises
        ------
        NoSuchRun
            If a knob is not known today.
        """
        try:
            return RunConfig(**self.knobs, store_dir=store, output_dir=self.folder.parent)
        except ValidationError as error:
            named = ", ".join(str(each["loc"][0]) for each in error.errors())
            raise NoSuchRun(
                f"Asked for the run in {self.folder}; its knobs ({named}) are not those of this "
                "version. Check out the revision it was made with: "
                f"{self.made_with.code_revision}."
            ) from error


def find_run(name: str, outputs: Path) -> EarlierRun:
    """Return the run that is meant by a folder, a run's id, or the beginning of either.

    Raises
    ------
    NoSuchRun
        If none or several are meant, or its evaluation.json cannot be read.
    """
    direct = Path(name).expanduser()
    if (direct / "evaluation.json").is_file():
        return read_run(direct.resolve())
    folders = [path.parent for path in sorted(outputs.glob("*/evaluation.json"))]
    # a folder ends with the first eight digits of its run's id
    found = [each for each in folders if each.name.startswith(name) or _is_id_of(name, each)]
    if len(found) == 1:
        return read_run(found[0].resolve())
    shown = ", ".join(each.name for each in (found or folders)[-MOST_NAMED:])
    which = f"{len(found)} runs begin so: {shown}" if found else f"there are: {shown or 'none'}"
    raise NoSuchRun(
        f"Asked for the run {name} in {outputs}; {which}. Name one by its folder, its flow run "
        "id or the beginning of either, and the folder of the runs with --output-dir."
    )


def _is_id_of(name: str, folder: Path) -> bool:
    short = folder.name[-8:]
    return len(name) >= 4 and (short.startswith(name) or name.startswith(short))


def read_run(folder: Path) -> EarlierRun:
    """Read what a run left in its folder.

    Raises
    ------
    NoSuchRun
        If its evaluation.json is damaged or lacks what is needed to make the run again.
    """
    path = folder / "evaluation.json"
    try:
        facts = json.loads(path.read_bytes())
        knobs = {k: v for k, v in facts["config"].items() if k not in OWN_PLACES}
        # what was read, not what was hoped for: `auto` may find another source today
        knobs |= {"dataset": facts["dataset"]["name"], "promote": False, "require_goal": False}
        return EarlierRun(
            folder=folder,
            run_id=facts["run"],
            knobs=knobs,
            prediction_sha256=facts["prediction_sha256"],
            made_with=MadeWith(
                content_sha256=facts["dataset"]["content_sha256"],
                code_revision=facts["code_revision"],
                **facts["made_with"],
            ),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoSuchRun(
            f"Asked for the run in {folder}; {path.name} cannot be used: {error!r}. It is damaged, "
            "or older than what is recorded for making a run again. Name another run."
        ) from error


def made_with_today(content_sha256: str) -> MadeWith:
    """Return what a run of this moment depends on."""
    return MadeWith(
        content_sha256=content_sha256,
        code_revision=code_revision(),
        code=computing_code(),
        libraries=library_versions(),
    )


def different(then: MadeWith, now: MadeWith) -> tuple[str, ...]:
    """Say what a run was made with that is not the same today, the data first."""
    found = []
    if then.content_sha256 != now.content_sha256:
        found.append(
            f"the data: content sha256 {then.content_sha256} then, {now.content_sha256} now"
        )
    found += [
        f"{name}: {then.libraries.get(name, 'none')} then, {now.libraries.get(name, 'none')} now"
        for name in sorted({*then.libraries, *now.libraries})
        if then.libraries.get(name) != now.libraries.get(name)
    ]
    moved = [
        name
        for name in sorted({*then.code, *now.code})
        if then.code.get(name) != now.code.get(name)
    ]
    if moved:
        named = ", ".join(moved[:MOST_NAMED])
        more = f" and {len(moved) - MOST_NAMED} more" if len(moved) > MOST_NAMED else ""
        found.append(
            f"the code of {named}{more}: revision {then.code_revision} then, "
            f"{now.code_revision} now"
        )
    return tuple(found)
