"""What a run is made with: the code's revision, a digest of each module, the libraries."""

import os
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path

from tasks.source_digest import code_digests

ROOT = Path(__file__).resolve().parents[1]
UNKNOWN = "unknown"
CHANGED = " with uncommitted changes"
PATIENCE_SECONDS = 10
COMPUTING = "flows.stages"  # reaches every module that decides a result
LIBRARIES = ("prefect", "scikit-learn", "numpy", "scipy", "joblib", "pandas", "matplotlib")


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


def computing_code() -> dict[str, str]:
    """Return the digest of each module that decides a result, comments and docstrings aside."""
    return code_digests(COMPUTING)


def library_versions() -> dict[str, str]:
    """Return the versions of Python and of what results and reports are made with."""
    python = ".".join(map(str, sys.version_info[:3]))
    return {"python": python} | {name: metadata.version(name) for name in LIBRARIES}
