"""Proxies and the umask of a process: loopback is asked directly, strangers cannot write."""

import os
import tempfile
import urllib.request

import httpx
import pytest

from engine.cli.surroundings import (
    name_usable_temporary_folder,
    prepare_process,
    reach_loopback_directly,
)
from tests.support.loopback import Reply, serving

NOWHERE = "http://127.0.0.1:9"  # no proxy listens there
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in (*PROXIES, "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize("name", [*PROXIES, *(each.lower() for each in PROXIES)])
def test_loopback_is_asked_without_the_proxy_that_is_set(name, monkeypatch):
    monkeypatch.setenv(name, NOWHERE)
    with serving({"/": Reply(b"here")}) as server:
        for host in ("127.0.0.1", "localhost"):
            url = server.url.replace("127.0.0.1", host)
            if not name.lower().startswith("https"):
                with pytest.raises(httpx.TransportError):
                    httpx.get(url, timeout=5)
        reach_loopback_directly()
        for host in ("127.0.0.1", "localhost"):
            url = server.url.replace("127.0.0.1", host)
            assert httpx.get(url).content == b"here"
            with urllib.request.urlopen(url, timeout=5) as answer:
                assert answer.read() == b"here"


def test_a_socks_proxy_does_not_keep_a_client_from_loopback(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    reach_loopback_directly()
    with serving({"/": Reply(b"here")}) as server:
        assert httpx.get(server.url).content == b"here"


def test_what_a_person_named_stays_and_other_hosts_still_go_through_the_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "example.org, 10.0.0.1")
    monkeypatch.setenv("HTTP_PROXY", NOWHERE)
    reach_loopback_directly()
    reach_loopback_directly()
    assert os.environ["NO_PROXY"] == "example.org,10.0.0.1,127.0.0.1,localhost,::1"
    assert os.environ["no_proxy"] == os.environ["NO_PROXY"]
    assert urllib.request.proxy_bypass("example.org")
    assert not urllib.request.proxy_bypass("www.openml.org")
    with pytest.raises(httpx.ConnectError):  # at the proxy: nothing listens there
        httpx.get("http://www.openml.org", timeout=5)


def test_a_person_who_wants_no_proxy_at_all_keeps_that(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    reach_loopback_directly()
    assert os.environ["NO_PROXY"] == "*"


@pytest.mark.parametrize(("before", "after"), [(0o000, 0o002), (0o022, 0o022), (0o077, 0o077)])
def test_what_a_command_writes_cannot_be_changed_by_every_user(before, after):
    kept = os.umask(before)
    try:
        prepare_process()
        assert os.umask(0o022) == after
    finally:
        os.umask(kept)


@pytest.mark.parametrize("named", ["/no/such", "/proc"])
def test_a_temporary_folder_that_cannot_be_used_is_replaced_by_one_that_can(named, monkeypatch):
    monkeypatch.setenv("TMPDIR", named)
    monkeypatch.setattr(tempfile, "tempdir", None)
    name_usable_temporary_folder()
    assert os.access(os.environ["TMPDIR"], os.W_OK)
    assert os.environ["TMPDIR"] != named
