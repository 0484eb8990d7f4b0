"""How the runs of the commands share a store."""

from contextlib import nullcontext

import pytest

from flows import session
from flows.config import RunConfig


@pytest.mark.parametrize(
    ("kind", "series"), [("", "digits"), ("in part", "digits in part"), ("search", "digits search")]
)
def test_parts_and_searches_are_counted_apart_from_whole_runs(kind, series, monkeypatch):
    """Ten looks at a part of a run would else push the results of the whole run out."""
    asked = {}
    monkeypatch.setattr(
        session, "store_session", lambda *_, **given: asked.update(given) or nullcontext()
    )
    with session.run_session(RunConfig(dataset="digits"), kind=kind):
        assert asked["series"] == series
