"""PREFECT_API_URL that leads to another service, or nowhere: one plain line, always."""

import atexit
from contextvars import copy_context

import pytest
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_CLIENT_MAX_RETRIES,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    temporary_settings,
)

from engine.server.in_use import (
    NO_PREFECT,
    ServerOutOfReach,
    changed_settings,
    require_answer,
    server_problem,
    use_server,
)
from engine.server.secret import is_ours
from tests.support.loopback import BROKEN, HTML, NOT_FOUND, Reply, serving

VERSION = "/api/admin/version"
READY = "/api/ready"
JSON = "application/json"
READILY = Reply(b"true", content_type=JSON)
ANSWERS = {
    "true": Reply(b"true", content_type=JSON),
    "a list": Reply(b"[]", content_type=JSON),
    "a number": Reply(b"3.8", content_type=JSON),
    "another text": Reply(b'"healthy"', content_type=JSON),
    "nothing": Reply(b""),
    "a page": HTML,
    "no text": Reply(bytes(range(128, 256))),
    "nested deeply": Reply(b"[" * 100_000, content_type=JSON),
}


def asked(reply):
    with (
        serving({VERSION: reply, READY: READILY}) as server,
        temporary_settings({PREFECT_API_URL: f"{server.url}/api"}),
    ):
        return server_problem()


def test_a_prefect_server_tells_its_version_and_that_it_has_its_database():
    replies = {VERSION: Reply(b'"3.8.8"', content_type=JSON), READY: READILY}
    assert asked(replies[VERSION]) is None
    lost = Reply(b"{}", status=503, content_type=JSON)
    with (
        serving(replies | {READY: lost}) as server,
        temporary_settings({PREFECT_API_URL: f"{server.url}/api"}),
    ):
        assert server_problem() == "it answers 503 Service Unavailable"


def test_a_setting_is_changed_for_the_block_and_no_other_is():
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        before = PREFECT_CLIENT_MAX_RETRIES.value()
        with changed_settings("client", max_retries=before + 4):
            assert PREFECT_CLIENT_MAX_RETRIES.value() == before + 4
            assert PREFECT_API_URL.value() == "http://127.0.0.1:9/api"
        assert PREFECT_CLIENT_MAX_RETRIES.value() == before


def test_a_run_of_the_command_line_gives_no_heartbeats_that_its_end_would_wait_for(monkeypatch):
    ends = []
    monkeypatch.setattr(atexit, "register", ends.append)

    def heartbeats():
        use_server()
        found = PREFECT_FLOWS_HEARTBEAT_FREQUENCY.value()
        ends.pop()()
        return found

    with (
        serving({VERSION: Reply(b'"3.9.1"', content_type=JSON), READY: READILY}) as server,
        temporary_settings(
            {PREFECT_API_URL: f"{server.url}/api", PREFECT_FLOWS_HEARTBEAT_FREQUENCY: 30}
        ),
    ):
        assert copy_context().run(heartbeats) is None
        assert PREFECT_FLOWS_HEARTBEAT_FREQUENCY.value() == 30


@pytest.mark.parametrize("what", ANSWERS)
def test_what_answers_otherwise_is_no_prefect_server(what):
    assert asked(ANSWERS[what]) == NO_PREFECT


@pytest.mark.parametrize(
    ("reply", "told"),
    [(NOT_FOUND, "404 Not Found"), (BROKEN, "500 Internal Server Error"), (Reply(b"", 302), "302")],
)
def test_an_error_of_another_service_is_one_line(reply, told):
    problem = asked(reply)
    assert told in problem
    assert "\n" not in problem


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1:4200/api", "ftp://127.0.0.1/api", "nonsense", "http://127.0.0.1:9/api"),
        "http://127.0.0.1:99999/api",
    ],
)
def test_an_address_that_leads_nowhere_is_told_with_what_to_do(address):
    assert not is_ours(address)
    with temporary_settings({PREFECT_API_URL: address}):
        with pytest.raises(ServerOutOfReach, match=r"does not answer .*unset") as told:
            require_answer(address)
        assert "\n" not in str(told.value)
