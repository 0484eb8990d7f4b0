"""The frozen records that stages exchange: scalars, tuples and references, never arrays.

A reference names a stored file by its digest and checks the file when it is read back
from JSON, so a cached result whose file was lost or damaged cannot be used by mistake.
Fractions lie in [0, 1]; times are seconds; sizes are bytes.
"""

from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A value that never changes; two records with equal fields are equal.

    Fields named in `costs` say what a result cost, not what it is. They are no part of a
    cache key: a task that runs again to the same result must not make the next one run.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    costs: ClassVar[frozenset[str]] = frozenset()


def identity(value: Any) -> Any:
    """Turn a record, a tuple of them or a scalar into JSON's types, without its costs."""
    if isinstance(value, Record):
        fields = [name for name in type(value).model_fields if name not in value.costs]
        return {name: identity(getattr(value, name)) for name in fields}
    if isinstance(value, tuple | list):
        return [identity(item) for item in value]
    if isinstance(value, dict):
        return {str(name): identity(item) for name, item in value.items()}
    return str(value) if isinstance(value, Path) else value
