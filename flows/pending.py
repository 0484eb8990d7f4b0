"""A result that is not there yet, so that a plan can walk the same stages as a run."""

from typing import Any, TypeGuard


class Pending:
    """Stands for the result of a step that would have to run; so do all its attributes."""

    def __getattr__(self, name: str) -> "Pending":
        """Return the same: what belongs to a pending result is pending."""
        if name.startswith("__"):
            raise AttributeError(name)
        return self


PENDING: Any = Pending()


def is_pending(value: Any) -> TypeGuard[Pending]:
    """Whether a value, or anything inside a tuple, waits for a step that did not run."""
    if isinstance(value, tuple):
        return any(is_pending(item) for item in value)
    return isinstance(value, Pending)
