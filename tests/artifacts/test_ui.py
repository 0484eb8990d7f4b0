"""What a person sees: both of Prefect's UIs and the HTML report, in a real browser."""

import itertools
import json
import re
import shutil
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import sync_playwright

from tests.support.runs import STAGES

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or "chromium"
# the background services would be refused by a closed network, many at a time
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def published(digits_run):
    """The artifacts of one run by key, and the run's folder."""
    return digits_run.artifacts, digits_run.folder


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


START = "0-start-here"


def keys_of(folder):
    """The artifacts this run must have: one a section of its report, and one to begin with."""
    page = (folder / "report.html").read_text()
    stages = set(re.findall(r'<section id="([^"]+)"', page)) - {"top", "model-card", "run"}
    return stages | {START}


def test_every_stage_is_one_artifact_and_every_figure_is_published_once(published):
    artifacts, folder = published
    assert set(artifacts) == keys_of(folder) == set(STAGES)
    everything = "".join(str(artifact["data"]) for artifact in artifacts.values())
    figures = list((folder / "figures").glob("*.png"))
    assert len(figures) >= 12
    contents = [b64encode(path.read_bytes()).decode() for path in figures]
    assert [everything.count(content) for content in contents] == [
        contents.count(content) for content in contents
    ]


def test_every_picture_and_every_artifact_is_small(published):
    artifacts, folder = published
    for path in (folder / "figures").glob("*.png"):
        assert path.stat().st_size <= 100_000, path.name
    for key, artifact in artifacts.items():
        assert len(json.dumps(artifact["data"])) <= 300_000, key


@pytest.fixture(params=["v1", "v2"])
def signed_in(request, prefect_server, browser):
    """A page of each UI, signed in by a person's own steps, and where its pages begin."""
    version, url = request.param, prefect_server.url
    begin = url if version == "v1" else f"{url}/v2"
    context = browser.new_context()
    context.add_cookies([{"name": "prefect_ui_version", "value": version, "url": url}])
    page = context.new_page()
    page.goto(f"{begin}/runs")
    page.wait_for_url(re.compile("/login"), timeout=PATIENCE_MS)
    page.locator("input[type=password]").fill(prefect_server.secret)
    page.get_by_role("button", name="Login").click()
    page.wait_for_url(re.compile("/(runs|dashboard)"), timeout=PATIENCE_MS)
    yield page, begin
    context.close()


def test_signed_in_a_person_sees_the_run_and_not_before(digits_run, signed_in):
    page, begin = signed_in
    name = digits_run.flow_run["name"]
    page.goto(f"{begin}/runs")
    page.get_by_text(name).first.wait_for(timeout=PATIENCE_MS)
    page.evaluate("() => localStorage.clear()")
    page.goto(f"{begin}/runs")
    page.wait_for_url(re.compile("/login"), timeout=PATIENCE_MS)
    assert name not in page.inner_text("body")


def test_every_text_and_every_picture_shows_in_both_uis(signed_in, published):
    artifacts, folder = published
    page, begin = signed_in
    for key in sorted(keys_of(folder)):
        page.goto(f"{begin}/artifacts/artifact/{artifacts[key]['id']}")
        title = artifacts[key]["description"]
        page.get_by_role("heading", name=title).first.wait_for(timeout=PATIENCE_MS)
        n_pictures = artifacts[key]["data"].count("data:image/png;base64,")
        page.wait_for_function(
            "n => [...document.images].filter("
            "i => i.src.startsWith('data:image/png') && i.naturalWidth > 100).length >= n",
            arg=n_pictures,
            timeout=PATIENCE_MS,
        )


def test_the_artifact_to_begin_with_leads_to_every_report_in_both_uis(signed_in, published):
    artifacts, folder = published
    page, begin = signed_in
    stages = sorted(keys_of(folder) - {START})
    page.goto(f"{begin}/artifacts/artifact/{artifacts[START]['id']}")
    link = page.get_by_role("link", name=artifacts["5-final-scores"]["description"])
    link.first.wait_for(timeout=PATIENCE_MS)
    # one of the UIs draws the text a second time, and has no links in between
    page.wait_for_function(
        "wanted => { const shown = [...document.links].map(link => link.href.split('?')[0]);"
        " return wanted.every(each => shown.includes(each)) }",
        arg=[f"{begin}/artifacts/artifact/{artifacts[key]['id']}" for key in stages],
        timeout=PATIENCE_MS,
    )
    # one of the UIs opens it in the same tab, the other in a new one
    link.first.evaluate("link => link.removeAttribute('target')")
    link.first.click()
    heading = page.get_by_role("heading", name=artifacts["5-final-scores"]["description"])
    heading.first.wait_for(timeout=PATIENCE_MS)


# the colours a reader really gets, each text against the nearest ground behind it
CONTRASTS = """() => {
  const channels = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(
    c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  ).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const found = {};
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    if (!walk.currentNode.textContent.trim()) continue;
    const element = walk.currentNode.parentElement;
    const pair = [light(channels(getComputedStyle(element).color)), light(ground(element))].sort();
    const [low, high] = pair[0] < pair[1] ? pair : [pair[1], pair[0]];
    found[element.tagName + '.' + element.className] = (high + 0.05) / (low + 0.05);
  }
  return found;
}"""


def test_every_text_of_the_report_stands_out_as_wcag_asks(published, browser):
    page = browser.new_page()
    page.goto((published[1] / "report.html").as_uri())
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) >= 10
    assert {name: ratio for name, ratio in contrasts.items() if ratio < 4.5} == {}
    page.close()


def test_the_report_needs_no_network_and_no_script_and_becomes_pages(published, browser):
    page = browser.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto((published[1] / "report.html").as_uri())
    content = page.pdf(format="A4")
    assert {url.split(":")[0] for url in asked} <= {"file", "data"}
    assert len([url for url in asked if url.startswith("file:")]) == 1
    assert said == []
    assert len(re.findall(rb"/Type */Page\b", content)) >= 5
    page.close()


def test_the_headings_of_the_report_are_in_order(published, browser):
    page = browser.new_page()
    page.goto((published[1] / "report.html").as_uri())
    levels = page.evaluate(
        "() => [...document.querySelectorAll('h1,h2,h3,h4,h5')].map(h => +h.tagName[1])"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(deeper - level <= 1 for level, deeper in itertools.pairwise(levels))
    page.close()


HOSTILE = """
<img src="{0}/i.png"><script src="{0}/s.js"></script><link rel="stylesheet" href="{0}/c.css">
<iframe src="{0}/f.html"></iframe><object data="{0}/o.svg"></object><video src="{0}/v.mp4"></video>
<style>@import url("{0}/m.css"); body {{ background: url("{0}/b.png") }}</style>
<form action="{0}/form" id="form"><button>send</button></form><base href="{0}/">
<p onclick="fetch('{0}/x')" id="clicked">text</p>
</body>"""


@pytest.mark.parametrize("name", ["report.html", "../index.html"])
def test_a_page_loads_nothing_even_with_markup_that_asks_for_it(name, published, browser, tmp_path):
    """The pages hold no such markup; this is what their policy stands against."""
    asked = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as listener:
        Thread(target=listener.serve_forever, daemon=True).start()
        markup = HOSTILE.format(f"http://127.0.0.1:{listener.server_port}")
        text = (published[1] / name).read_text().replace("</body>", markup)
        policy = re.search(r'<meta http-equiv="Content-Security-Policy"[^>]*>', text)[0]
        for has_policy in (True, False):
            target = tmp_path / f"{has_policy}.html"
            target.write_text(text if has_policy else text.replace(policy, ""))
            page = browser.new_page()
            page.goto(target.as_uri())
            page.locator("#clicked").click()
            page.evaluate("() => document.getElementById('form').requestSubmit()")
            page.wait_for_timeout(500)
            page.close()
            if has_policy:
                assert asked == []
        listener.shutdown()
    assert {"/i.png", "/s.js", "/c.css", "/f.html"} <= set(asked)  # what is seen without it


def test_the_page_of_all_runs_leads_to_each_report_and_fits_a_phone(published, browser):
    page = browser.new_page(viewport={"width": 375, "height": 800})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((published[1].parent / "index.html").as_uri())
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 375
    page.get_by_role("link").first.click()
    page.get_by_text("Is it to be believed?").wait_for(timeout=PATIENCE_MS)
    assert {url.split(":")[0] for url in asked} <= {"file", "data"}
    page.close()


# what has a scroll bar of its own because it is wider than its box
CUT = """() => [...document.querySelectorAll('.scroll:not(.matrix), .picture, pre')].filter(
  e => e.scrollWidth > e.clientWidth + 1).map(e => e.closest('section').id + ': ' + e.innerText)"""


@pytest.mark.parametrize("width", [360, 1280])
def test_the_html_report_shows_every_picture_and_fits_a_phone(width, published, browser):
    _, folder = published
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto((folder / "report.html").as_uri())
    page.evaluate("() => document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate(CUT) == []
    shown = page.evaluate("() => [...document.images].map(i => i.getBoundingClientRect().right)")
    assert max(shown) <= width
    widths = page.evaluate("() => [...document.images].map(i => i.naturalWidth)")
    assert len(widths) >= 12
    assert min(widths) > 100
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    for link in page.locator("nav a").all():
        target = link.get_attribute("href")
        assert target is not None
        assert page.locator(f"[id='{target[1:]}']").count() == 1
    page.close()
