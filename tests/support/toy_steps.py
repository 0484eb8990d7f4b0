"""A workflow of toy tasks that needs neither digits nor a server: ``python -m``, or imported.

The tasks compute, store and are looked up in this process as Prefect would do it.
"""

import json
import os
import sys
import time
from pathlib import Path

from prefect.states import Completed, Failed, Pending

from engine.cache.reuse import result_path, stored_result
from engine.cache.task import cached_task, key_parts
from engine.cli.shown import chosen_display, show
from engine.run.steps import Steps
from engine.run.workflow import Workflow
from engine.store.location import store_at
from engine.store.sealed import SealedJSONSerializer

SECONDS = "TOY_SECONDS"  # how long each task takes; it is no part of a key
LONG_PATH = "/somewhere/" + "deep/" * 30 + "report.html"


class InlineTask:
    """A cached task that runs without a flow run."""

    def __init__(self, name, function, **rules):
        task = cached_task(name=name, **rules)(function)
        self.name, self.fn, self.cache_policy = task.name, task.fn, task.cache_policy

    def __call__(self, *args, return_state, wait_for, **kwargs):
        assert return_state
        args = [each.unwrap() for each in args]  # this and the next as Prefect does
        kwargs = {name: each.unwrap() for name, each in kwargs.items()}
        if not all(each.unwrap().is_completed() for each in wait_for):
            return Pending(name="NotReady")
        parts = key_parts(self, *args, **kwargs)
        path = result_path(parts)
        if path.exists():
            return Completed(name="Cached", data=stored_result(parts))
        try:
            result = self.fn(*args, **kwargs)
        except ValueError as error:
            return Failed(data=error)
        serializer = SealedJSONSerializer()
        metadata = {"serializer": {"type": serializer.type}, "storage_key": path.name}
        text = serializer.dumps(result).decode()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"metadata": metadata, "result": text}))
        return Completed(data=result)


def _work():
    time.sleep(float(os.environ.get(SECONDS, "0")))


def count(text):
    _work()
    return len(text.split())


def double(number):
    _work()
    return 2 * number


def bar(number, sign):
    _work()
    if sign == "refused":
        message = "a refused sign"
        raise ValueError(message)
    return sign * number


COUNT, DOUBLE, BAR = (
    InlineTask("count", count),
    InlineTask("double", double),
    InlineTask("bar", bar),
)


def declare(step, text="b a c", sign="#"):
    """Declare five steps; the second and the third do not depend on each other."""
    counted = step("count the words", COUNT, text)
    doubled = step("double the count", DOUBLE, counted)
    step("draw a line that is as long as the count, part 1", BAR, counted, sign)
    again = step("double it again", DOUBLE, doubled)
    return step("draw the second line", BAR, again, sign)


def main(store, text, sign, detail, at_once):
    """Run the toy in a store; write what the log of the run holds if TOY_LOG names a file."""
    show(detail)
    log = []
    display = chosen_display(say=lambda line: print(line, flush=True), log=log.append)
    step = Workflow()
    declare(step, text, sign)
    with store_at(Path(store)):
        steps = Steps(
            step.steps,
            display=display,
            options={"text": "text", "sign": "sign"},
            at_once=int(at_once),
        )
        try:
            display.say(f"Report {LONG_PATH}")
            steps.run()
        except KeyboardInterrupt:
            print("interrupted", flush=True)
            sys.exit(130)
        except ValueError as error:
            print(error, flush=True)
            sys.exit(3)
    if os.environ.get("TOY_LOG"):
        Path(os.environ["TOY_LOG"]).write_text("\n".join(log))
    print("the end", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
