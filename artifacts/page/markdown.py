"""A report's markdown as parts of the HTML page: headings in order, tables in their own box."""

import re
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml

TOP_LEVEL = 3  # a report's title is the page's second level
_LEAD = re.compile(r"\A\s*\*\*(.+?)\*\*", re.DOTALL)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    parser.add_render_rule("th_open", _column_head)
    return parser


def render_blocks(markdown: str) -> str:
    """Return a report's text as HTML below a heading of the second level.

    Its own headings become the third level and deeper, without a gap; each table can be
    scrolled in a box of its own, also from the keyboard.
    """
    parser = _parser()
    tokens = parser.parse(markdown)
    headings = [token for token in tokens if token.type.startswith("heading_")]
    ranks = sorted({token.tag for token in headings})
    for token in headings:
        token.tag = f"h{min(TOP_LEVEL + ranks.index(token.tag), 6)}"
    return str(parser.renderer.render(tokens, parser.options, {}))


def render_inline(markdown: str) -> str:
    """Return one line of markdown as HTML without a paragraph around it."""
    return str(_parser().renderInline(markdown))


def lead_of(markdown: str) -> str:
    """Return the sentence in bold that a report begins with; empty if it begins otherwise.

    A name in bold is no sentence: it is short or begins with a small letter.

    >>> lead_of("**The 8 is hardest**: of 100 ... ")
    'The 8 is hardest'
    >>> lead_of("**MNIST**: 60,000 images")
    ''
    """
    found = _LEAD.match(markdown)
    lead = " ".join(found.group(1).split()).rstrip(".:") if found else ""
    return lead if len(lead.split()) > 3 and not lead[0].islower() else ""


def _table_open(_renderer: Any, tokens: Any, place: int, *_: Any) -> str:
    end = next(i for i in range(place, len(tokens)) if tokens[i].type == "table_close")
    heads = [tokens[i + 1].content for i in range(place, end) if tokens[i].type == "th_open"]
    label = escapeHtml(f"Table: {', '.join(filter(None, heads))}")
    return f'<div class="scroll" role="group" aria-label="{label}" tabindex="0"><table>\n'


def _column_head(renderer: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    tokens[place].attrSet("scope", "col")
    return str(renderer.renderToken(tokens, place, options, env))
