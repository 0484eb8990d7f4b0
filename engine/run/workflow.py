"""The steps of a run, declared in order before any of them runs.

A flow calls tasks as it would call functions. Each call is noted as a `Step`, and what it gives
is a `Handle`: it stands for the result, attributes included, and can be passed to later calls,
as with ``dask.delayed``. Running, planning, explaining and selecting are readers of the same
steps. For a type checker a handle has the type of the result it stands for.

Examples
--------
>>> workflow = Workflow()
>>> both = workflow.value(sorted, (2, 1))
>>> resolve((both, "as it is"), {})
([1, 2], 'as it is')
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, NoReturn, ParamSpec, TypeVar, cast

from prefect import Task

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One declared call of a cached task.

    `known_as` is its label among the steps of all workflows of a store.
    `condition` is a handle or a plain value: the step is passed over, and gives None, unless it
    holds. An exception of a type in `tolerated` is the step's result, not the end of the run, if
    `tolerated_if` holds. `upstream` are the steps whose results this call takes, each once, in
    order of first use; `behind` are all that its result stands on.
    """

    label: str
    known_as: str
    task: Task[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    upstream: tuple["Step", ...]
    behind: frozenset["Step"]
    condition: Any = True
    tolerated: tuple[type[Exception], ...] = ()
    tolerated_if: Any = True


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A value that a plain function makes of handles; it is quick, and it is not stored."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]


class Handle:
    """What a step or a value will give, or an attribute of it."""

    __slots__ = ("_path", "_source")

    def __init__(self, source: Step | Value, path: tuple[str, ...] = ()) -> None:
        self._source = source
        self._path = path

    def __getattr__(self, name: str) -> "Handle":
        """Return the handle of an attribute."""
        if name.startswith("__"):
            raise AttributeError(name)
        return Handle(self._source, (*self._path, name))

    def _refuse(self, *_: object) -> NoReturn:
        """Refuse what only the result itself could answer."""
        message = (
            f"{self!r} is declared, not computed, so it cannot be looped over, compared or asked "
            "whether it is true. Do that in a function given to Workflow.value."
        )
        raise TypeError(message)

    __bool__ = __iter__ = __len__ = __getitem__ = __eq__ = __lt__ = __gt__ = _refuse
    __hash__ = None  # type: ignore[assignment]  # what cannot be compared cannot be hashed

    def __repr__(self) -> str:
        source = self._source
        name = source.label if isinstance(source, Step) else source.function.__name__
        return ".".join([f"<{name}>", *self._path])


class NotComputed(Exception):
    """A value was asked for whose step has no result."""

    def __init__(self, step: Step) -> None:
        super().__init__(step.label)
        self.step = step


@dataclass(frozen=True, slots=True)
class Workflow:
    """Collects the steps of a run; calling it declares one.

    `when` and `tolerating` return the same workflow with other rules for what is declared next.
    A workflow with a `prefix` of its own is not compared with others in the same store.
    """

    prefix: str = ""
    steps: list[Step] = field(default_factory=list)
    _condition: Any = True
    _tolerated: tuple[type[Exception], ...] = ()
    _tolerated_if: Any = True

    def __call__(self, label: str, task: Task[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Declare a step.

        Parameters
        ----------
        label : str
            Names the step in this and in every other run; no two steps have the same.
        task, args, kwargs
            A cached task and its arguments, handles among them.

        Returns
        -------
        Handle
            It stands for the task's result, and a type checker takes it for that.
        """
        if any(step.label == label for step in self.steps):
            message = f"Asked for a step named {label!r}; there is one already. Name it otherwise."
            raise ValueError(message)
        rules = (self._condition, self._tolerated, self._tolerated_if)
        upstream = steps_behind((args, kwargs, *rules))
        known_as, behind = f"{self.prefix}{label}", needed_by(upstream)
        step = Step(label, known_as, task, args, kwargs, upstream, behind, *rules)
        self.steps.append(step)
        return cast("R", Handle(step))

    def value(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Declare a value that a quick, pure function makes of results."""
        return cast("R", Handle(Value(function, args, kwargs)))

    def when(self, condition: bool) -> "Workflow":  # noqa: FBT001 - it reads as a sentence
        """Declare steps that are passed over, and give None, unless the condition holds."""
        return replace(self, _condition=condition)

    def tolerating(self, *kinds: type[Exception], when: bool = True) -> "Workflow":
        """Declare steps that give such an exception as their result, if `when` holds."""
        return replace(self, _tolerated=kinds, _tolerated_if=when)


def resolve(value: Any, results: Mapping[Step, Any]) -> Any:
    """Return a value with every handle in it replaced by what it stands for.

    Looks into tuples, dicts and dataclasses.

    Raises
    ------
    NotComputed
        If a step that is needed has no result.
    """
    if isinstance(value, Handle):
        return _read(value, results)
    if isinstance(value, tuple):
        return tuple(resolve(each, results) for each in value)
    if isinstance(value, dict):
        return {name: resolve(each, results) for name, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        found = {each.name: resolve(getattr(value, each.name), results) for each in fields(value)}
        return replace(value, **found)
    return value


def steps_behind(value: Any) -> tuple[Step, ...]:
    """Return the steps that a value leads to, each once, in order of first use."""
    return tuple(dict.fromkeys(_sources(value)))


def needed_by(steps: Iterable[Step]) -> frozenset[Step]:
    """Return these steps and every step that their results stand on."""
    chosen = frozenset(steps)
    return chosen.union(*(step.behind for step in chosen))


def _read(handle: Handle, results: Mapping[Step, Any]) -> Any:
    source = handle._source  # noqa: SLF001 - a handle shows no name of its own
    if isinstance(source, Value):
        found = source.function(
            *resolve(source.args, results), **resolve(dict(source.kwargs), results)
        )
    elif source in results:
        found = results[source]
    else:
        raise NotComputed(source)
    for name in handle._path:  # noqa: SLF001 - as above
        found = getattr(found, name)
    return found


def _sources(value: Any) -> Iterator[Step]:
    if isinstance(value, Handle):
        source = value._source  # noqa: SLF001 - as above
        yield from (
            (source,) if isinstance(source, Step) else _sources((source.args, dict(source.kwargs)))
        )
    elif isinstance(value, tuple):
        for each in value:
            yield from _sources(each)
    elif isinstance(value, dict):
        yield from _sources(tuple(value.values()))
    elif is_dataclass(value) and not isinstance(value, type):
        yield from _sources(tuple(getattr(value, each.name) for each in fields(value)))
