"""The HTML report needs nothing but itself."""

import base64
import re
from html.parser import HTMLParser

import pytest

from artifacts.figures.style import figure_png, new_figure
from artifacts.page.html import Page, html_report
from artifacts.page.index import index_page
from artifacts.page.markdown import render_blocks, render_parts
from artifacts.publish import MAX_ARTIFACT_BYTES, publish_report, stage_markdown
from artifacts.render import RenderedFigure, RenderedReport
from engine.store.objects import save_bytes

PAGE = Page(
    title="Digits <and> signs",
    verdict="The goal is met.",
    warning=None,
    facts=(("seed", "42"),),
    steps=(("augment", "reused", ""),),
)


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture
def reports(store):
    figure = RenderedFigure(
        key="0a-dataset-samples",
        title="Samples",
        alt='Twelve images "of" each class',
        image=save_bytes(figure_png(new_figure()), ".png"),
    )
    return (
        RenderedReport(key="0a-dataset", title="Data", markdown="| a |\n|---|\n| 1 |", figures=()),
        RenderedReport(key="5-final", title="End", markdown="**bold** <b>x</b>", figures=(figure,)),
    )


def test_every_picture_is_inside_and_has_a_text(reports):
    elements = Elements(html_report(PAGE, reports))
    (picture,) = elements.all("img")
    assert picture["alt"] == 'Samples. Twelve images "of" each class'
    content = base64.b64decode(picture["src"].removeprefix("data:image/png;base64,"))
    assert content == reports[1].figures[0].image.path.read_bytes()


def test_nothing_is_loaded_from_elsewhere(reports):
    text = html_report(PAGE, reports)
    assert not re.search(r'(src|href)="(?!data:image/png|#)', text)
    assert "@import" not in text
    assert "<script" not in text


def test_every_link_of_the_navigation_leads_somewhere(reports):
    elements = Elements(html_report(PAGE, reports))
    targets = {attributes.get("id") for _, attributes in elements.found}
    links = [attributes["href"].removeprefix("#") for attributes in elements.all("a")]
    assert {"0a-dataset", "5-final", "run", "top"} <= set(links) <= targets


def test_tables_are_rendered_and_html_in_texts_is_not(reports):
    text = html_report(PAGE, reports)
    assert '<td data-label="a">1</td>' in text
    assert "<strong>bold</strong>" in text
    assert "&lt;b&gt;x&lt;/b&gt;" in text
    assert "Digits &lt;and&gt; signs" in text


def test_a_fallback_is_said_loudly(reports):
    page = PAGE.model_copy(update={"warning": "No source of MNIST answered."})
    assert "This is not MNIST." in html_report(page, reports)
    assert "This is not MNIST." not in html_report(PAGE, reports)


def test_a_stage_becomes_one_artifact_with_its_pictures(reports, monkeypatch):
    made = []
    monkeypatch.setattr(
        "artifacts.publish.create_markdown_artifact", lambda **facts: made.append(facts)
    )
    monkeypatch.setattr(
        "artifacts.publish.create_image_artifact", lambda **facts: made.append(facts)
    )
    publish_report(reports[1])
    (text,) = made
    assert text["key"] == "5-final"
    assert text["markdown"].count("data:image/png;base64,") == 1


def test_a_picture_that_an_artifact_has_no_room_for_is_left_to_one_of_its_own(reports):
    many = reports[1].model_copy(update={"figures": reports[1].figures * 2000})
    text, left_out = stage_markdown(many)
    assert len(text) <= MAX_ARTIFACT_BYTES + 2000 * 100
    assert "see the image artifact `0a-dataset-samples`" in text
    assert text.count("data:image/png") + len(left_out) == 2000


def test_every_page_says_that_nothing_may_be_loaded(reports):
    for text in (html_report(PAGE, reports), index_page("outputs", [])):
        (policy,) = [
            each["content"]
            for each in Elements(text).all("meta")
            if each.get("http-equiv") == "Content-Security-Policy"
        ]
        directives = dict(part.split(" ", 1) for part in policy.split("; "))
        assert directives.pop("default-src") == "'none'"
        assert directives.pop("img-src") == "data:"
        assert "script-src" not in directives
        assert not re.search(r"https?:|\*|'self'", policy)


def test_what_a_report_says_first_stands_open_and_the_rest_is_folded(reports):
    text = "**The 8 is hardest of all.** It is.\n\n| a |\n|---|\n| 1 |\n\nAnd so on."
    lead, rest = render_parts(text)
    assert lead == "<p><strong>The 8 is hardest of all.</strong> It is.</p>\n"
    assert "<td" in rest
    assert "And so on" in rest
    announced = render_parts("> Beware.\n\n**What changed:**\n\n- code\n\nMore.")
    assert "<li>code</li>" in announced[0]
    assert announced[1] == "<p>More.</p>\n"
    report = reports[0].model_copy(update={"markdown": text})
    folded = html_report(PAGE, (report,))
    assert folded.index("<summary>Tables and details") < folded.index("And so on")
    opened = html_report(PAGE.model_copy(update={"unfolded": (report.key,)}), (report,))
    assert "Tables and details" not in opened


@pytest.mark.parametrize(
    ("cell", "is_card"),
    [
        ("97.50 %", False),
        ("97.50\u00a0%\u00a0to\u00a098.50\u00a0% " + "y" * 42, True),
        ("97.50 % to 98.50 % and many words between which a line may be broken", False),
    ],
    ids=["narrow", "a long word", "words that wrap"],
)
def test_a_table_becomes_cards_on_a_phone_only_if_its_words_do_not_fit(cell, is_card):
    table = f"| a | b |\n|---|---|\n| x | {cell} |"
    assert ('class="scroll cards"' in render_blocks(table)) == is_card
    assert 'data-label="b"' in render_blocks(table)


def test_a_date_and_its_time_stay_on_one_line_and_attributes_stay_as_they_are():
    html = render_blocks("| since 2026-01-02 02:15 |\n|---|\n| 2026-01-02\u00a002:15, <2 runs> |")
    assert '<span class="moment">2026-01-02\u00a002:15</span>, &lt;2 runs&gt;' in html
    assert 'data-label="since 2026-01-02 02:15"' in html
