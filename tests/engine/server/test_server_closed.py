"""The server answers nothing but a health check to who does not know its secret.

Neither the name it is asked by nor the page that asks makes a difference: what a web page of any
origin may send is sent by a real browser, and everything the server has is asked for by hand.
"""

import http.client
import json
import shutil
import socket
from urllib.parse import urlsplit

import prefect
import pytest
from playwright.sync_api import sync_playwright
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.artifacts.test_ui import CHROMIUM, FLAGS
from tests.support.loopback import Reply, serving

ASKED = "requests without the secret, refused"
PAGE = "ways of a web page of another origin to the server, refused"
EVIL = "evil.example"
SOCKETS = (
    "/api/events/in",
    "/api/events/out",
    "/api/logs/out",
    "/api/task_runs/subscriptions/scheduled",
    "/api/work_pools/digits/workers/connect",
)
OPEN = {("GET", "/api/health"), ("GET", "/api/ready")}
SHAPES = (
    "/api/health/",
    "/api//health",
    "/api/health/../flows/filter",
    "/api/%68ealth/",
    "/api/variables/name/health",
    "/api/ready/x",
    "/api/docs",
    "/api/openapi.json",
    "/api/static/prefect-logo-mark-gradient.png",
    "/api/",
    "/api/metrics",
)


@pytest.fixture(scope="module")
def deployment(prefect_server):
    """A deployment that a run could be created of."""
    flow = prefect_server.ask("flows/", {"name": "attacked"})
    made = prefect_server.ask("deployments/", {"name": "attacked", "flow_id": flow["id"]})
    return made["id"]


@pytest.fixture(scope="module")
def every_request(prefect_server):
    """Every method and path that the API describes, placeholders filled."""
    from prefect.server.api.server import create_app  # seconds: only this fixture needs it

    described = create_app(final=True).openapi()
    found = {
        (method.upper(), "/api" + path.replace("{", "").replace("}", ""))
        for path, methods in described["paths"].items()
        for method in methods
    }
    assert len(found) > 150
    return found


def answer_to(server, method, path, headers=None):
    """Send one request as it is, unusual paths and a foreign Host included."""
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    body = None if method in {"GET", "HEAD", "OPTIONS"} else b"{}"
    connection.request(method, path, body, {"Content-Type": "application/json"} | (headers or {}))
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content, answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": f"http://{EVIL}"},
        {"Origin": "null"},
        {"Authorization": "Basic ZGlnaXRzOg=="},  # the name and no password
        {"Authorization": "Bearer x"},
    ],
    ids=["bare", "foreign origin", "no origin", "no password", "another scheme"],
)
def test_every_request_of_the_api_needs_the_secret(headers, every_request, prefect_server, count):
    answered = set()
    for method, path in sorted(every_request) + [("GET", path) for path in SHAPES]:
        count(ASKED, tried=1)
        status, _, sent = answer_to(prefect_server, method, path, headers)
        assert sent["Access-Control-Allow-Origin"] is None
        assert sent["WWW-Authenticate"] is None  # or a browser would keep and send it by itself
        if status != 401:
            answered.add((method, path))
        count(ASKED, held=1)
    assert answered == OPEN


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "POST", "PUT", "DELETE", "TRACE"])
def test_no_other_method_passes_as_the_health_check(method, prefect_server):
    assert answer_to(prefect_server, method, "/api/health")[0] == 401


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect"])
def test_it_does_not_describe_its_interface(path, prefect_server):
    assert answer_to(prefect_server, "GET", path)[0] == 404
    assert answer_to(prefect_server, "GET", path, prefect_server.header)[0] == 404


@pytest.mark.parametrize("host", [EVIL, f"{EVIL}:4200", "localhost", "[::1]", "127.0.0.1.nip.io"])
def test_under_another_name_it_answers_nothing_at_all(host, prefect_server, count):
    """A name that an attacker lets point to 127.0.0.1 (DNS rebinding) gains nothing."""
    with_secret = {"Host": host} | prefect_server.header
    for path in ("/api/health", "/api/admin/version", "/", "/ui-settings", "/openapi.json"):
        count(ASKED, tried=1)
        status, content, _ = answer_to(prefect_server, "GET", path, with_secret)
        assert (status, content) == (400, b"Invalid host header")
        count(ASKED, held=1)


def test_a_foreign_preflight_is_refused_and_its_own_is_not(prefect_server):
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,authorization",
    }
    path = "/api/deployments/filter"
    origins = (f"http://{EVIL}", "null", "http://localhost", prefect_server.url + "0")
    for origin in origins:
        status, _, sent = answer_to(prefect_server, "OPTIONS", path, asked | {"Origin": origin})
        assert status == 400
        assert sent["Access-Control-Allow-Origin"] is None
    own = answer_to(prefect_server, "OPTIONS", path, asked | {"Origin": prefect_server.url})
    assert own[0] == 200
    assert own[2]["Access-Control-Allow-Origin"] == prefect_server.url


def test_with_the_secret_it_answers(prefect_server):
    status, content, _ = answer_to(
        prefect_server, "GET", "/api/admin/version", prefect_server.header
    )
    assert (status, json.loads(content)) == (200, prefect.__version__)


@pytest.mark.parametrize("path", SOCKETS)
def test_a_web_socket_says_nothing_without_the_secret(path, prefect_server, count):
    url = prefect_server.url.replace("http", "ws") + path
    for token in (None, "", "digits:guessed"):
        count(ASKED, tried=1)
        first = {"type": "auth", "token": token}
        assert first_word(url, first, origin=f"http://{EVIL}") == "closed"
        count(ASKED, held=1)
    assert first_word(url, {"type": "anything"}, origin=f"http://{EVIL}") == "closed"
    signed_in = {"type": "auth", "token": prefect_server.secret}
    assert "auth_success" in first_word(url, signed_in, origin=prefect_server.url)


@pytest.mark.parametrize("path", SOCKETS)
def test_a_web_socket_is_refused_under_another_name_and_without_its_protocol(path, prefect_server):
    address = urlsplit(prefect_server.url)
    for host, protocols in ((EVIL, ["prefect"]), ("127.0.0.1", None)):
        link = socket.create_connection((address.hostname, address.port), timeout=60)
        with (
            pytest.raises(InvalidStatus),
            connect(f"ws://{host}:{address.port}{path}", sock=link, subprotocols=protocols),
        ):
            pytest.fail("The server opened a web socket.")


def first_word(url, message, *, origin):
    """Say something on a web socket and return what comes first, or that it was closed."""
    with connect(url, subprotocols=["prefect"], origin=origin, proxy=None) as link:
        link.send(json.dumps(message))
        try:
            return link.recv(timeout=60)
        except ConnectionClosed:
            return "closed"


# each way ends in what the page learned: an error, or what it could read
WAYS = """async ({api, deployment, secret}) => {
  const path = `${api}/deployments/${deployment}/create_flow_run`;
  const body = JSON.stringify(
    {state: {type: 'SCHEDULED'}, job_variables: {command: 'touch /tmp/attacked'}});
  const json = {'Content-Type': 'application/json', ...(secret && {Authorization: secret})};
  const read = async (url, how) => {
    try {
      const answer = await fetch(url, how);
      return answer.type === 'opaque' ? 'opaque' : `${answer.status}: ${await answer.text()}`;
    } catch (error) { return error.name; }
  };
  const socket = url => new Promise(done => {
    const link = new WebSocket(url, ['prefect']);
    link.onopen = () => link.send(JSON.stringify({type: 'auth', token: 'guessed'}));
    link.onmessage = event => done(event.data);
    link.onclose = () => done('closed');
  });
  return {
    'GET health': await read(`${api}/health`),
    'POST json': await read(path, {method: 'POST', headers: json, body}),
    'POST json with cookies':
      await read(path, {method: 'POST', headers: json, body, credentials: 'include'}),
    'POST as a form': await read(path, {method: 'POST', mode: 'no-cors', body,
      headers: {'Content-Type': 'text/plain'}, credentials: 'include'}),
    'POST without a type':
      await read(path, {method: 'POST', mode: 'no-cors', body: new Blob([body])}),
    'the blocks': await read(`${api}/block_documents/filter`,
      {method: 'POST', headers: json, body: '{"include_secrets": true}'}),
    'web socket': await socket(`${api.replace('http', 'ws')}/events/out`),
  };
}"""


@pytest.fixture(scope="module")
def chromium():
    """A browser for which evil.example is a name of this machine, as after DNS rebinding."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or CHROMIUM,
            args=[*FLAGS, f"--host-resolver-rules=MAP {EVIL} 127.0.0.1"],
        )
        yield started
        started.close()


def runs_of(server, deployment):
    wanted = {"deployments": {"id": {"any_": [deployment]}}}
    return len(server.ask("flow_runs/filter", wanted))


def tried_from(page, server, deployment, secret=None):
    asked = {"api": f"{server.url}/api", "deployment": deployment, "secret": secret}
    return page.evaluate(WAYS, asked)


@pytest.mark.browser
@pytest.mark.parametrize("name", ["127.0.0.1", EVIL])
def test_a_page_of_another_origin_learns_nothing_and_starts_nothing(
    name, chromium, deployment, prefect_server, count
):
    page = chromium.new_page()
    before = runs_of(prefect_server, deployment)
    html = Reply(b"<!doctype html><title>News</title>", content_type="text/html")
    with serving({"/news": html}) as site:
        page.goto(f"{site.url.replace('127.0.0.1', name)}/news")
        found = tried_from(page, prefect_server, deployment)
        with_secret = tried_from(page, prefect_server, deployment, prefect_server.header_text)
    page.close()
    count(PAGE, tried=2 * len(found))
    refused = {"TypeError", "opaque", "closed"}
    assert {way: got for way, got in (found | with_secret).items() if got not in refused} == {}
    assert runs_of(prefect_server, deployment) == before
    count(PAGE, held=2 * len(found))


@pytest.mark.browser
def test_a_page_that_has_rebound_its_name_to_the_server_is_not_even_shown(chromium, prefect_server):
    page = chromium.new_page()
    page.goto(prefect_server.url.replace("127.0.0.1", EVIL))
    assert page.inner_text("body") == "Invalid host header"
    found = page.evaluate("fetch('/api/health').then(answer => answer.text())")
    assert found == "Invalid host header"
    page.close()


@pytest.mark.browser
def test_a_page_of_the_server_itself_needs_the_secret_and_with_it_the_attack_works(
    chromium, deployment, prefect_server
):
    """So that it is the origin and the secret that stop the pages above, not a mistake in them."""
    page = chromium.new_page()
    page.goto(f"{prefect_server.url}/ui-settings")
    before = runs_of(prefect_server, deployment)
    without = tried_from(page, prefect_server, deployment)
    assert without.pop("GET health") == "200: true"
    assert without.pop("web socket") == "closed"
    assert {got.split(":")[0] for got in without.values() if got != "opaque"} == {"401"}
    assert runs_of(prefect_server, deployment) == before
    found = tried_from(page, prefect_server, deployment, prefect_server.header_text)
    assert found["POST json"].startswith("201:")
    assert found["the blocks"].startswith("200:")
    assert runs_of(prefect_server, deployment) == before + 2
    page.close()
