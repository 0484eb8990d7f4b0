"""What a run is made with: the code's revision, a digest of each module, the libraries."""

import os
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

from engine.cache.code import code_digests
from engine.differences import changes
from engine.paths import ROOT
from engine.records import Record
from engine.run.workflow import Step

UNKNOWN = "unknown"
CHANGED = " with uncommitted changes"
PATIENCE_SECONDS = 10
MOST_NAMED = 8
LIBRARIES = ("prefect", "scikit-learn", "numpy", "scipy", "joblib", "matplotlib")


@cache
def code_revision() -> str:
    """Return the revision of this project's own tree, looked up once: a run has one."""
    return revision_of(ROOT)


def revision_of(root: Path) -> str:
    """Return the commit of the working tree at `root`, and whether its files were changed since.

    Returns
    -------
    str
        The commit's full hash; followed by " with uncommitted changes" if a tracked file differs
        from it; "unknown" outside git, as in a copy without its history.
    """
    if not (root / ".git").exists():  # a folder inside another project's tree is not that tree
        return UNKNOWN
    # inside a hook git points these at the tree it works on, whatever -C says
    environment = {name: v for name, v in os.environ.items() if not name.startswith("GIT_")}
    described = ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, and `root` is this project's own folder
            ["git", "-C", str(root), *described],  # noqa: S607 - git is where the user has it
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return UNKNOWN
    return done.stdout.strip().replace("-dirty", CHANGED)


class MadeWith(Record):
    """What a run's results depend on beside its options.

    `code` are digests by module, `libraries` versions by distribution.
    """

    content_sha256: str
    code_revision: str
    code: dict[str, str]
    libraries: dict[str, str]


def made_with(content_sha256: str, steps: Iterable[Step]) -> MadeWith:
    """Return what a run of this moment depends on: its data, its code and its libraries."""
    modules = sorted({step.task.fn.__module__ for step in steps})
    code: dict[str, str] = {}
    for module in modules:
        code |= code_digests(module)
    return MadeWith(
        content_sha256=content_sha256,
        code_revision=code_revision(),
        code=dict(sorted(code.items())),
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
        f"{each.name}: {each.old} then, {each.new} now"
        for each in sorted(changes(then.libraries, now.libraries))
    ]
    modules = sorted(each.name for each in changes(then.code, now.code))
    if modules:
        named = ", ".join(modules[:MOST_NAMED])
        more = f" and {len(modules) - MOST_NAMED} more" if len(modules) > MOST_NAMED else ""
        found.append(
            f"the code of {named}{more}: revision {then.code_revision} then, "
            f"{now.code_revision} now"
        )
    return tuple(found)


def library_versions() -> dict[str, str]:
    """Return the versions of Python and of what results and reports are made with."""
    python = ".".join(map(str, sys.version_info[:3]))
    return {"python": python} | {name: metadata.version(name) for name in LIBRARIES}
