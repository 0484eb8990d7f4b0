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
from typing import Any, ParamSpec, TypeVar

from prefect import Task, task
from prefect.cache_policies import CachePolicy
from prefect.context import TaskRunContext

from tasks.records import Record, identity
from tasks.sealed_json import SealedJSONSerializer
from tasks.source_digest import code_digests, library_versions

P = ParamSpec("P")
R = TypeVar("R")


class KeyParts(Record):
    """Everything a cache key is made of, so that two keys can be compared part by part."""

    task: str
    inputs: dict[str, Any]
    code: dict[str, str]
    libraries: dict[str, str]

    @property
    def key(self) -> str:
        """The cache key: the task's name and the sha256 of all parts as canonical JSON."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return f"{self.task.replace(' ', '-')}-{hashlib.sha256(text.encode()).hexdigest()}"

    def differences(self, earlier: "KeyParts") -> tuple[str, ...]:
        """Say in words which parts moved since an earlier key of the same task."""
        old, new = _leaves(earlier.inputs), _leaves(self.inputs)
        moved = [
            _moved_input(name, old.get(name), new.get(name))
            for name in dict.fromkeys([*old, *new])
            if old.get(name) != new.get(name)
        ]
        code = sorted({*earlier.code, *self.code})
        moved += [
            f"code of {name}" for name in code if earlier.code.get(name) != self.code.get(name)
        ]
        libraries = sorted({*earlier.libraries, *self.libraries})
        moved += [
            f"{name} {earlier.libraries.get(name, 'none')} -> {self.libraries.get(name, 'none')}"
            for name in libraries
            if earlier.libraries.get(name) != self.libraries.get(name)
        ]
        return tuple(dict.fromkeys(moved))


@dataclass
class InputsCodeAndLibraries(CachePolicy):
    """Key a task by its inputs, the code it reaches and the versions of its libraries.

    Parameters named in `ignoring` decide how a result is made, never what it is.
    """

    ignoring: tuple[str, ...] = ()

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
    *, name: str, run_name: str | None = None, ignoring: tuple[str, ...] = ()
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
    """

    def decorate(function: Callable[P, R]) -> Task[P, R]:
        return task(
            name=name,
            task_run_name=run_name or name,
            cache_policy=InputsCodeAndLibraries(ignoring=ignoring),
            persist_result=True,
            result_serializer=SealedJSONSerializer(),
        )(function)

    return decorate


def key_parts(of: Task[P, R], *args: P.args, **kwargs: P.kwargs) -> KeyParts:
    """Return the parts of the cache key that a call of a cached task would have."""
    bound = inspect.signature(of.fn).bind(*args, **kwargs)
    bound.apply_defaults()
    policy = of.cache_policy
    if not isinstance(policy, InputsCodeAndLibraries):
        message = f"{of.name} is not a cached task, so it has no cache key."
        raise TypeError(message)
    return policy.parts(of, dict(bound.arguments))


def _leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Flatten nested inputs to dotted path -> scalar."""
    items: Any
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        return {path: value}
    found: dict[str, Any] = {}
    for name, item in items:
        found |= _leaves(item, f"{path}.{name}" if path else str(name))
    return found


def _moved_input(name: str, old: Any, new: Any) -> str:
    owner, _, field = name.rpartition(".")
    if field in {"sha256", "size_bytes"}:
        return f"another file for {owner}"
    return f"{name} {old} -> {new}"
