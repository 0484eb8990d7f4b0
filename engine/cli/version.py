"""The name and the version of the project, read from its pyproject.toml: it is not installed."""

import tomllib

from engine.paths import ROOT


def name_and_version() -> str:
    """Return both as one line, such as ``name 1.2.3``."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return f"{project['name']} {project['version']}"
