"""Errors a user can act on: what was asked, what was found, what to do."""

from engine.errors import PlainError


class DataError(PlainError):
    """The images or labels are not what they claim to be."""


class SourceUnavailable(PlainError):
    """A source of the data set did not answer; another one may."""


class UnreachablePrecision(PlainError, ValueError):
    """No threshold reaches the asked precision on the out-of-fold scores."""
