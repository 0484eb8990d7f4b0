"""The workflow with the memory of each of its steps: ``python -m benchmarks.growth.measured_run``.

Takes the workflow's own options. BENCHMARK_PEAKS names the file that takes the memory.
"""

import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import ClassVar

import flows.session
from engine.cli.terminal import run_from_command_line
from engine.run.steps import Steps
from engine.run.workflow import Step
from flows.command_line import CommandLine
from flows.full_run import declare, full_run
from flows.whole_run import tell_plan_of
from tasks.models.memory import peak_memory_bytes, resident_bytes

PLACE = "BENCHMARK_PEAKS"
CLEAR = Path("/proc/self/clear_refs")
FORGET_PEAK = "5"  # proc(5): resets the peak resident size


class MeasuredSteps(Steps):
    """Runs steps as the workflow does, and keeps the resident size around each."""

    memory: ClassVar[dict[str, tuple[int, int]]] = {}

    def run_one(self, step: Step) -> None:
        """Run one step; its memory is kept by its label, in bytes."""
        CLEAR.write_text(FORGET_PEAK)
        before = resident_bytes("VmRSS")
        if before is None:
            message = "This system does not tell the resident size of a process."
            raise OSError(message)
        super().run_one(step)
        self.memory[step.label] = (before, peak_memory_bytes())


def main() -> int:
    """Run the workflow, then write the memory of its steps; return its exit code."""
    setattr(flows.session, "Steps", MeasuredSteps)  # noqa: B010 - mypy forbids the plain form
    plan = partial(tell_plan_of, declare=declare)
    code = run_from_command_line(full_run, plan, CommandLine.from_command_line)
    Path(os.environ[PLACE]).write_text(json.dumps(MeasuredSteps.memory))
    return code


if __name__ == "__main__":
    sys.exit(main())
