"""A name from outside is shown as the text it is, whatever it says."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from artifacts.page.html import html_report
from artifacts.page.index import RunRow, RunSummary, index_page
from artifacts.page.model_card import model_card
from artifacts.page.stopped import stopped_reports
from artifacts.publish import stage_markdown
from artifacts.render import RenderedReport
from artifacts.reports.dataset import dataset_report, new_images_report
from artifacts.text import as_text, code_block, command_block, quoted, table
from engine.cli import terminal
from engine.printable import printable
from tests.artifacts.test_html import PAGE, Elements
from tests.support.records import golden

NAMES = (
    "![5](http://127.0.0.1:9/x.png)",
    "[sign in](http://127.0.0.1:9/)",
    "<img src=http://127.0.0.1:9/x.png>",
    "<script>alert(1)</script>",
    "# heading",
    "> quotation",
    "- item",
    "7. The nights",
    "a | b",
    "`code` ``more``",
    "*stars* __lines__ ~~waves~~",
    "&lt;b&gt; &amp; &#33;",
    "\\![x](y) \\",
    "two\nlines\n# heading\n```",
    "\x1b[31mred\x1b]0;title\x07",
    "right\u202eleft",
    "\udcff.png",
    "http://127.0.0.1:9/x www.example.com a@example.com",
    "***",
    "=====",
)
# a reader of everything that either of Prefect's UIs reads, HTML too
READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
PLACES = {
    "a paragraph": ("{}", r"<p>(.*)</p>"),
    "a list": ("- {}", r"<ul>\n<li>(.*)</li>\n</ul>"),
    "a sentence": ("**{}** and {} more", r"<p><strong>(.*)</strong> and .* more</p>"),
    "a heading": ("# {}", r"<h1>(.*)</h1>"),
    "a cell": (None, r"(?s).*<td.*?>(.*)</td>\n</tr>\n</tbody>\n</table>"),
    "a quotation": ("> {}", r"<blockquote>\n<p>(.*)</p>\n</blockquote>"),
}


def read(place, name):
    """Return what a reader shows of a name in a place of a report, as HTML and as text."""
    template, pattern = PLACES[place]
    escaped = as_text(name)
    text = (
        table(("a", "b"), [("x", escaped)]) if template is None else template.replace("{}", escaped)
    )
    found = re.fullmatch(pattern, READER.render(text).strip())
    assert found, READER.render(text)
    return found[1]


def shown(name):
    """Return the one line that a person should see of a name."""
    return printable(name).replace("\n", "\\n").replace("\t", "\\t").strip()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", PLACES)
def test_a_name_is_the_same_text_wherever_it_stands(place, name):
    html = read(place, name)
    assert "<" not in html
    assert unescape(html).replace("\u2060", "") == shown(name)


@given(name=st.text(st.characters(codec=None), min_size=1, max_size=40))
def test_any_text_is_shown_as_it_is(name):
    if shown(name):
        html = read("a sentence", name) if "\u2060" not in name else ""
        assert "<" not in html
        assert not html or unescape(html).replace("\u2060", "") == shown(name)


def test_no_reader_finds_an_address_in_a_name():
    """The rules by which GitHub's markdown makes links of bare addresses."""
    name = as_text("http://a.example/x HTTPS://a.example www.a.example a@b.example")
    assert not re.search(r"(?i)(https?|ftp)://|www\.|[\w.]@\w", name)


def test_nothing_ends_a_block_of_code_from_within():
    for text in ("``` \n# heading", "`````", "~~~\n```text"):
        tokens = READER.parse(code_block(text))
        assert [token.type for token in tokens] == ["fence"]
        assert tokens[0].content == f"{text}\n"


def test_a_long_command_is_the_same_command_in_short_lines():
    import shlex

    command = "python -m flows.full_run --data-dir 'my images' " + "--seed 7 " * 20
    lines = command_block(command).splitlines()[1:-1]
    assert max(map(len, lines)) <= 64
    assert shlex.split(" ".join(line.removesuffix("\\") for line in lines)) == shlex.split(command)


def test_a_message_keeps_its_lines_and_shows_its_signs():
    html = READER.render(quoted("Cannot <b>write</b>:\n![x](y)"))
    assert html == (
        "<blockquote>\n<p>Cannot &lt;b&gt;write&lt;/b&gt;:<br />\n![x](y)</p>\n</blockquote>\n"
    )


def reports_with(name):
    """Every report that shows a name from outside."""
    odd = golden.DATASET.model_copy(
        update={"title": name, "source": name, "fallback_reason": name, "checks": (name,)}
    )
    (batch,) = golden.NEW_IMAGES.batches[:1]
    new = golden.NEW_IMAGES.model_copy(
        update={"batches": (batch.model_copy(update={"place": name}),), "duplicates": (name,)}
    )
    stop = golden.STOP.model_copy(update={"reason": name, "store": name, "traceback": name})
    card = model_card(
        dataset=odd,
        choice=golden.CHOICE,
        fitted=golden.FITTED,
        evaluation=golden.EVALUATION,
        again=golden.FACTS_TO_REPEAT,
    )
    texts = (dataset_report(odd), new_images_report(new), card)
    return (
        *(
            RenderedReport(key=f"r{place}", title=name, markdown=text, figures=())
            for place, text in enumerate(texts)
        ),
        *stopped_reports(stop),
    )


@pytest.mark.parametrize("name", NAMES)
def test_no_name_becomes_an_image_a_link_or_html_in_a_report(name):
    plain, odd = reports_with("name"), reports_with(name)
    page = PAGE.model_copy(update={"title": name, "verdict": name, "facts": ((name, name),)})
    text = html_report(page, odd)
    text.encode()  # no half of a character is left
    tags = [tag for tag, _ in Elements(text).found]
    expected = [tag for tag, _ in Elements(html_report(PAGE, plain)).found]
    extra = {"br", "h3"} if "\n" in name else set()  # a message of several lines keeps them
    assert [tag for tag in tags if tag not in extra] == [t for t in expected if t not in extra]
    for same, other in zip(plain, odd, strict=True):
        published = READER.parse(stage_markdown(other)[0])
        kinds = [token.type for token in published]
        assert kinds == [token.type for token in READER.parse(stage_markdown(same)[0])]
        inside = [child.type for token in published for child in token.children or ()]
        assert not {"image", "link_open", "html_inline"} & set(inside)
        assert not re.search("[\x00-\x08\x0b-\x1f\u202e\ud800-\udfff]", stage_markdown(other)[0])


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_all_runs_shows_a_name_as_text(name):
    row = RunRow(
        folder="2026-01-01T02-15-00-digits-00000000",
        started="2026-01-01 02:15",
        has_report=True,
        summary=RunSummary(dataset=name, verdict=name, headline=name, champion=name),
    )
    elements = Elements(index_page(name, [row]))
    (link,) = elements.all("a")
    assert link["href"].endswith("/report.html")
    assert ":" not in link["href"]
    assert not elements.all("img") + elements.all("script") + elements.all("b")


@pytest.mark.parametrize("tell", [terminal.say, terminal.complain])
def test_no_control_character_of_a_name_reaches_the_terminal(tell, capsys):
    tell("cannot read \x1b[31m\x07\udcff\u202e.png\nsecond line")
    said = "".join(capsys.readouterr())
    assert said.strip() == "cannot read \\x1b[31m\\x07\\xff\\u202e.png\nsecond line"
