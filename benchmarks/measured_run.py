"""The workflow with the memory of each of its steps: ``python -m benchmarks.measured_run``.

Takes the workflow's own options. BENCHMARK_PEAKS names the file that takes the memory.
"""

import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from prefect import Task

import flows.full_run
from flows.plan import tell_plan
from flows.steps import Steps
from flows.terminal import run_from_command_line, say
from tasks.memory import peak_memory_bytes, resident_bytes

PLACE = "BENCHMARK_PEAKS"
CLEAR = Path("/proc/self/clear_refs")
FORGET_PEAK = "5"  # proc(5): resets the peak resident size


class MeasuredSteps(Steps):
    """Runs steps as the workflow does, and keeps the resident size around each."""

    memory: ClassVar[dict[str, tuple[int, int]]] = {}

    def __call__(self, label: str, task: Task[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run one step; its memory is kept by its label, in bytes."""
        CLEAR.write_text(FORGET_PEAK)
        before = resident_bytes("VmRSS")
        if before is None:
            message = "This system does not tell the resident size of a process."
            raise OSError(message)
        result = super().__call__(label, task, *args, **kwargs)
        self.memory[label] = (before, peak_memory_bytes())
        return result


def main() -> int:
    """Run the workflow, then write the memory of its steps; return its exit code."""
    setattr(flows.full_run, "Steps", MeasuredSteps)  # noqa: B010 - mypy forbids the plain form
    code = run_from_command_line(flows.full_run.full_run, partial(tell_plan, say=say))
    Path(os.environ[PLACE]).write_text(json.dumps(MeasuredSteps.memory))
    return code


if __name__ == "__main__":
    sys.exit(main())
