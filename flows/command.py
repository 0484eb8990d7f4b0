"""The command that makes a run again, or goes on with it: every knob that was given."""

import shlex
from typing import Any

from flows.config import RunConfig


def command_of(config: RunConfig, module: str = "flows.full_run") -> str:
    """Return the command line of a run, quoted for a shell.

    Knobs at their defaults are left out: the revision of the code says what those are.

    >>> command_of(RunConfig(data_dir=None, shift=0, store_dir="my data"))
    "python -m flows.full_run --store-dir 'my data' --shift 0"
    """
    words = ["python", "-m", module]
    for name, field in RunConfig.model_fields.items():
        value = getattr(config, name)
        if value != field.default:
            words += _option(name.replace("_", "-"), value)
    return shlex.join(words)


def _option(name: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [f"--{name}" if value else f"--no-{name}"]
    text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    # a value that begins with a dash would be read as an option of its own
    return [f"--{name}={text}"] if text.startswith("-") else [f"--{name}", text]
