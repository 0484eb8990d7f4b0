"""What makes a task's result reusable: its inputs, the code that decides it, the libraries.

Prefect's own policies are not enough here: ``INPUTS`` does not know which task it keys, and
``TASK_SOURCE`` reads one function's text, so an edited function next to it is a stale hit.
Results are stored as JSON, because only then are the references inside them checked when
they are read back: a lost or damaged file makes exactly its task run again.
"""

import hashlib
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, ParamSpec, TypeVar

from prefect import Task, task
from prefect.cache_policies import CachePolicy
from prefect.context import TaskRunContext

from engine.cache.code import code_digests, library_versions
from engine.differences import Change, changes, leaves
from engine.records import Record, identity
from engine.store.sealed import SealedJSONSerializer

P = ParamSpec("P")
R = TypeVar("R")

CORES = "n_jobs"  # the parameter of a task that takes cores; it changes no result


class KeyParts(Record):
    """Everything a cache key is made of, so that two keys can be compared part by part."""

    task: str
    inputs: dict[str, Any]
    code: dict[str, str]
    libraries: dict[str, str]

    @cached_property
    def key(self) -> str:
        """The cache key: the task's name and the sha256 of all parts as canonical JSON."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return f"{self.task.replace(' ', '-')}-{hashlib.sha256(text.encode()).hexdigest()}"

    def differences(self, earlier: "KeyParts") -> tuple["Difference", ...]:
        """Return which parts are not those of an earlier key of the same task."""
        inputs = [
            Difference(change.name.split(".")[0], _input_text(change))
            for change in changes(leaves(earlier.inputs), leaves(self.inputs))
        ]
        code = [
            Difference(None, f"code of {each.name}")
            for each in sorted(changes(earlier.code, self.code))
        ]
        libraries = [
            Difference(None, str(each))
            for each in sorted(changes(earlier.libraries, self.libraries))
        ]
        return tuple(dict.fromkeys([*inputs, *code, *libraries]))


class Difference(NamedTuple):
    """One part of a key that is not the earlier one, in words.

    `parameter` is the task's parameter it belongs to; None for code and libraries.
    """

    parameter: str | None
    text: str


@dataclass
class InputsCodeAndLibraries(CachePolicy):
    """Key a task by its inputs, the code it reaches and the versions of its libraries.

    Parameters named in `ignoring` decide how a result is made, never what it is.

    `memory` takes the arguments of a call by their names and returns the bytes that it adds to its
    process at most.
    """

    ignoring: tuple[str, ...] = ()
    memory: Callable[..., int] | None = None

    def compute_key(
        self,
        task_ctx: TaskRunContext,
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],  # noqa: ARG002 - Prefect's signature
        **_: Any,
    ) -> str:
        """Return the key Prefect looks the result up by."""
        return self.parts(task_ctx.task, inputs).key

    def parts(self, of: Task[..., Any], inputs: dict[str, Any]) -> KeyParts:
        """Return the parts of the key of one call of a task."""
        kept = {name: identity(v) for name, v in inputs.items() if name not in self.ignoring}
        module = of.fn.__module__
        return KeyParts(
            task=of.name,
            inputs=kept,
            code=code_digests(module),
            libraries=library_versions(module),
        )


def cached_task(
    *,
    name: str,
    run_name: str | None = None,
    ignoring: tuple[str, ...] = (),
    memory: Callable[..., int] | None = None,
) -> Callable[[Callable[P, R]], Task[P, R]]:
    """Decorate a function of records as a Prefect task whose result is kept and reused.

    Parameters
    ----------
    name : str
        The task's name, lower case; it begins every cache key.
    run_name : str, optional
        Prefect's template for the name of one run, such as ``"fit {spec.name}"``; the task's
        name by default.
    ignoring : tuple of str
        Parameters that are not part of the key, such as ``n_jobs``.
    memory : callable, optional
        Takes the same arguments by their names; returns the bytes that a call needs at most.
    """

    def decorate(function: Callable[P, R]) -> Task[P, R]:
        return task(
            name=name,
            task_run_name=run_name or name,
            cache_policy=InputsCodeAndLibraries(ignoring=ignoring, memory=memory),
            persist_result=True,
            result_serializer=SealedJSONSerializer(),
        )(function)

    return decorate


def key_parts(of: Task[P, R], *args: P.args, **kwargs: P.kwargs) -> KeyParts:
    """Return the parts of the cache key that a call of a cached task would have."""
    return _policy(of).parts(of, bound_arguments(of, *args, **kwargs))


def bound_arguments(of: Task[P, R], *args: P.args, **kwargs: P.kwargs) -> dict[str, Any]:
    """Return the arguments of a call by the names of its parameters, defaults among them."""
    bound = inspect.signature(of.fn).bind(*args, **kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)


def takes_cores(of: Task[..., Any]) -> bool:
    """Whether a task is one that takes cores for a while: such may be computed elsewhere."""
    return CORES in _policy(of).ignoring


def memory_needed(of: Task[P, R], *args: P.args, **kwargs: P.kwargs) -> int:
    """Return about how many bytes a call needs at most; 0 where the task does not tell."""
    estimate = _policy(of).memory
    return estimate(**bound_arguments(of, *args, **kwargs)) if estimate else 0


def _policy(of: Task[..., Any]) -> InputsCodeAndLibraries:
    if not isinstance(of.cache_policy, InputsCodeAndLibraries):
        message = f"{of.name} is not a cached task, so it has no cache key."
        raise TypeError(message)
    return of.cache_policy


def _input_text(change: Change) -> str:
    owner, _, field = change.name.rpartition(".")
    return f"another file for {owner}" if field in {"sha256", "size_bytes"} else str(change)
