"""What a person sees: both of Prefect's UIs and the HTML report, in a real browser."""

import itertools
import json
import re
import shutil

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


def keys_of(folder):
    """The artifacts this run must have: one a section of its report, one a figure it kept."""
    page = (folder / "report.html").read_text()
    stages = set(re.findall(r'<section id="([^"]+)"', page)) - {"top", "model-card", "run"}
    return stages, {path.stem for path in (folder / "figures").glob("*.png")}


def test_every_stage_and_every_figure_of_the_report_is_an_artifact(published):
    artifacts, folder = published
    stages, figures = keys_of(folder)
    assert set(STAGES) <= stages
    assert len(figures) >= 12
    assert stages | figures <= set(artifacts)


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
    stages, figures = keys_of(folder)
    page, begin = signed_in
    for key in sorted(stages | figures):
        page.goto(f"{begin}/artifacts/artifact/{artifacts[key]['id']}")
        if key in stages:
            title = artifacts[key]["description"]
            page.get_by_role("heading", name=title).first.wait_for(timeout=PATIENCE_MS)
        n_pictures = artifacts[key]["data"].count("data:image/png;base64,")
        assert n_pictures or key in stages
        page.wait_for_function(
            "n => [...document.images].filter("
            "i => i.src.startsWith('data:image/png') && i.naturalWidth > 100).length >= n",
            arg=n_pictures,
            timeout=PATIENCE_MS,
        )


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


@pytest.mark.parametrize("width", [360, 1280])
def test_the_html_report_shows_every_picture_and_fits_a_phone(width, published, browser):
    _, folder = published
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto((folder / "report.html").as_uri())
    widths = page.evaluate("() => [...document.images].map(i => i.naturalWidth)")
    assert len(widths) >= 12
    assert min(widths) > 100
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    for link in page.locator("nav a").all():
        target = link.get_attribute("href")
        assert target is not None
        assert page.locator(f"[id='{target[1:]}']").count() == 1
    page.close()
