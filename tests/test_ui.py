"""What a person sees: both of Prefect's UIs and the HTML report, in a real browser."""

import shutil

import pytest
from playwright.sync_api import sync_playwright
from prefect_server import run_module
from test_full_run import STAGES

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
def published(prefect_server, tmp_path_factory):
    """The artifacts of one run by key, and the run's folder."""
    base = tmp_path_factory.mktemp("ui")
    done = run_module(
        "flows.full_run",
        "--dataset=digits",
        f"--store-dir={base / 'data'}",
        f"--output-dir={base / 'outputs'}",
        environment=prefect_server.environment,
    )
    assert done.returncode == 0, done.stderr
    run = prefect_server.flow_runs()[0]["id"]
    mine = [a for a in prefect_server.artifacts() if a["flow_run_id"] == run]
    return {artifact["key"]: artifact for artifact in mine}, next((base / "outputs").iterdir())


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.mark.parametrize("prefix", ["/artifacts/artifact/", "/v2/artifacts/artifact/"])
def test_each_stages_text_and_pictures_show_in_both_uis(prefix, prefect_server, published, browser):
    artifacts, _ = published
    page = browser.new_page()
    for key in STAGES:
        title = artifacts[key]["description"]
        n_pictures = artifacts[key]["data"].count("data:image/png;base64,")
        page.goto(f"{prefect_server.url}{prefix}{artifacts[key]['id']}")
        page.get_by_role("heading", name=title).first.wait_for(timeout=PATIENCE_MS)
        page.wait_for_function(
            "n => [...document.images].filter("
            "i => i.src.startsWith('data:image/png') && i.naturalWidth > 100).length >= n",
            arg=n_pictures,
            timeout=PATIENCE_MS,
        )
    page.close()


@pytest.mark.parametrize("prefix", ["/artifacts/artifact/", "/v2/artifacts/artifact/"])
def test_every_image_artifact_shows_its_picture_in_both_uis(
    prefix, prefect_server, published, browser
):
    artifacts, _ = published
    pictures = [artifact for artifact in artifacts.values() if artifact["type"] == "image"]
    assert len(pictures) >= 12
    page = browser.new_page()
    for artifact in pictures:
        page.goto(f"{prefect_server.url}{prefix}{artifact['id']}")
        page.wait_for_function(
            "() => [...document.images].some("
            "i => i.src.startsWith('data:image/png') && i.naturalWidth > 100)",
            timeout=PATIENCE_MS,
        )
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
