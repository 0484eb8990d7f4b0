"""A report's markdown as parts of the HTML page: headings in order, tables that fit the screen."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from engine.printable import printable

TOP_LEVEL = 3  # a report's title is the page's second level
MATRIX_COLUMNS = 11  # a table of as many is a matrix, whose rows stay rows on a phone
PHONE_CHARACTERS = 43  # in a row of a table on a phone
CELL_MARGIN = 1.6  # characters of room beside each cell
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[ \u00a0]\d\d:\d\d)?")
_LEAD = re.compile(r"\A\s*\*\*(.+?)\*\*", re.DOTALL)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    # a report has none, so whatever looks like one is a name from outside
    parser.disable(["image", "link", "autolink", "reference"])
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    parser.add_render_rule("th_open", _column_head)
    parser.add_render_rule("text", _text)
    return parser


def render_blocks(markdown: str) -> str:
    """Return a report's text as HTML below a heading of the second level.

    Its own headings become the third level and deeper, without a gap; each table can be
    scrolled in a box of its own, also from the keyboard.
    """
    return _html(_tokens(markdown))


def render_parts(markdown: str) -> tuple[str, str]:
    """Return a report's text as `render_blocks` does, in two parts: what it says first, the rest.

    First come the quotations and the paragraph at its beginning; a paragraph that ends with a
    colon takes what it announces along.
    """
    tokens = _tokens(markdown)
    end = _end_of_lead(tokens)
    return _html(tokens[:end]), _html(tokens[end:])


def render_inline(markdown: str) -> str:
    """Return one line of markdown as HTML without a paragraph around it."""
    return str(_parser().renderInline(printable(markdown)))


def lead_of(markdown: str) -> str:
    """Return the sentence in bold that a report begins with; empty if it begins otherwise.

    A name in bold is no sentence: it is short or begins with a small letter.

    >>> lead_of("**The 8 is hardest**: of 100 ... ")
    'The 8 is hardest'
    >>> lead_of("**MNIST**: 60,000 images")
    ''
    """
    found = _LEAD.match(markdown)
    lead = " ".join(found.group(1).split(" ")).rstrip(".:") if found else ""
    return lead if len(lead.split()) > 3 and not lead[0].islower() else ""


def _tokens(markdown: str) -> list[Token]:
    tokens = _parser().parse(printable(markdown))
    headings = [token for token in tokens if token.type.startswith("heading_")]
    ranks = sorted({token.tag for token in headings})
    for token in headings:
        token.tag = f"h{min(TOP_LEVEL + ranks.index(token.tag), 6)}"
    _name_cells(tokens)
    return tokens


def _html(tokens: Sequence[Token]) -> str:
    parser = _parser()
    return str(parser.renderer.render(tokens, parser.options, {}))


def _end_of_lead(tokens: Sequence[Token]) -> int:
    announces = False
    for place, token in enumerate(tokens):
        if token.level or token.nesting > 0 or token.type == "inline":
            continue
        if announces or token.type not in {"paragraph_close", "blockquote_close"}:
            return place + 1 if announces else 0
        if token.type == "paragraph_close":
            announces = tokens[place - 1].content.rstrip("*").endswith(":")
            if not announces:
                return place + 1
    return len(tokens)


def _name_cells(tokens: Sequence[Token]) -> None:
    """Give each cell of a table the name of its column, which a narrow screen shows beside it."""
    heads: list[str] = []
    column = 0
    for place, token in enumerate(tokens):
        if token.type == "table_open":
            heads = []
        elif token.type == "tr_open":
            column = 0
        elif token.type == "th_open":
            heads.append(tokens[place + 1].content)
        elif token.type == "td_open":
            token.attrSet("data-label", heads[column])
            column += 1


def _table_open(_renderer: Any, tokens: Any, place: int, *_: Any) -> str:
    end = next(i for i in range(place, len(tokens)) if tokens[i].type == "table_close")
    heads = [tokens[i + 1].content for i in range(place, end) if tokens[i].type == "th_open"]
    label = escapeHtml(f"Table: {', '.join(filter(None, heads))}")
    kind = " matrix" if len(heads) >= MATRIX_COLUMNS else " cards" * _is_wide(tokens[place:end])
    return f'<div class="scroll{kind}" role="group" aria-label="{label}" tabindex="0"><table>\n'


def _text(_renderer: Any, tokens: Any, place: int, *_: Any) -> str:
    """Keep a date and its time on one line."""
    text = str(escapeHtml(tokens[place].content))
    return _MOMENT.sub(r'<span class="moment">\g<0></span>', text)


def _is_wide(table: Sequence[Token]) -> bool:
    """Whether the longest words of a table's columns do not fit side by side on a phone."""
    longest: list[int] = []
    column = 0
    for place, token in enumerate(table):
        if token.type == "tr_open":
            column = 0
        elif token.type in {"th_open", "td_open"}:
            # split at spaces alone: a line is not broken at a no-break space
            words = table[place + 1].content.split(" ")
            longest += [0] * (column + 1 - len(longest))
            longest[column] = max(longest[column], *map(len, words))
            column += 1
    return sum(longest) + CELL_MARGIN * len(longest) > PHONE_CHARACTERS


def _column_head(renderer: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    tokens[place].attrSet("scope", "col")
    return str(renderer.renderToken(tokens, place, options, env))
