"""Numbers, tables and names as a report writes them."""

import re
import shlex

from engine.printable import printable
from tasks.class_names import ClassNames
from tasks.evaluation.records import Interval

NOTHING = "-"  # in a table, for what there is none of
COMMAND_COLUMNS = 60  # of a code block in either of Prefect's UIs; they cut what is longer

_MARKUP = re.compile(r"[\\`*_\[\]<#&|~]")
_AT_THE_BEGINNING = re.compile(r"^([-+=>]|\d+(?=[.)]))")
# some readers make a link of a bare address, whatever is escaped in it
_ADDRESS = re.compile(r"(?i)(?:https?|ftp|mailto):|www(?=\.)|@")
_WORD_JOINER = "\u2060"  # no width, and no line is broken at it
_WORD = re.compile(r"[^\W\d_]{3,}")


def as_text(name: str) -> str:
    r"""Return a name from outside as markdown that shows it and obeys none of it.

    It becomes no image, link, heading, list, table or HTML, and keeps to its line.

    >>> as_text("![5](x).png")
    '!\\[5\\](x).png'
    """
    line = printable(name).replace("\n", "\\n").replace("\t", "\\t")
    line = _MARKUP.sub(lambda found: f"\\{found[0]}", line.strip())
    line = _AT_THE_BEGINNING.sub(_escaped_beginning, line)
    return _ADDRESS.sub(lambda found: found[0] + _WORD_JOINER, line)


def _escaped_beginning(found: re.Match[str]) -> str:
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"


def quoted(text: str) -> str:
    """Return a message of several lines as a quotation that shows it and obeys none of it."""
    lines = text.strip().splitlines() or [""]
    return "\\\n".join(f"> {as_text(line)}" for line in lines)


def code_block(text: str, language: str = "text") -> str:
    """Return a text as a block of code that nothing in the text can end."""
    text = printable(text.rstrip())
    longest = max((len(found) for found in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def command_block(command: str) -> str:
    """Return a command for a shell as a block of code with short lines.

    >>> print(command_block("python -m flows.full_run --seed 7"))
    ```console
    python -m flows.full_run --seed 7
    ```
    """
    parts: list[str] = []  # an option with its value, which stay together
    for word in map(shlex.quote, shlex.split(command)):
        if not parts or word.startswith("--"):
            parts.append(word)
        else:
            parts[-1] += f" {word}"
    lines = [parts[0]]
    for part in parts[1:]:
        if len(lines[-1]) + len(part) + 3 > COMMAND_COLUMNS:
            lines.append(f"    {part}")
        else:
            lines[-1] += f" {part}"
    return code_block(" \\\n".join(lines), "console")


def percent(value: float, digits: int = 2) -> str:
    r"""Write a fraction as percent, with a space that no line is broken at.

    >>> percent(0.98034)
    '98.03\xa0%'
    """
    return f"{value:.{digits}%}".replace("%", "\u00a0%")


def interval(score: Interval) -> str:
    """Write a score with the ends of its interval."""
    return f"{percent(score.value)} ({span(score.low, score.high)})"


def span(low: float, high: float, digits: int = 2) -> str:
    """Write two fractions as one piece that no line is broken in."""
    return f"{percent(low, digits)}\u00a0to\u00a0{percent(high, digits)}"


def table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """Write a markdown table; columns of figures are right, the first and those of words left.

    >>> print(table(("a", "b", "c"), [("x", 1, "one of them")]))
    | a | b | c |
    |:--|--:|:--|
    | x | 1 | one of them |
    """
    cells = [[_cell(value) for value in row] for row in rows]
    columns = list(zip(*cells, strict=True)) or [()] * len(head)
    sides = [":--", *(":--" if _is_of_words(column) else "--:" for column in columns[1:])]
    lines = [map(_cell, head), *cells]
    text = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([text[0], f"|{'|'.join(sides)}|", *text[1:]])


def _cell(value: object) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", str(value).replace("\n", " "))


def _is_of_words(cells: tuple[str, ...]) -> bool:
    return 2 * sum(bool(_WORD.search(cell)) for cell in cells) > len(cells)


def moment(time: str) -> str:
    r"""Write a moment of ISO 8601 to the minute, as one piece that no line is broken in.

    >>> moment("2026-01-02T02:15:07+01:00")
    '2026-01-02\xa002:15'
    """
    return time[:16].replace("T", "\u00a0")


def spread(folds: tuple[float, ...]) -> str:
    r"""Write the lowest and the highest of the folds' figures.

    >>> spread((0.981, 0.975, 0.979))
    '97.50\xa0%\xa0to\xa098.10\xa0%'
    """
    return span(min(folds), max(folds))


def chance(p_value: float) -> str:
    """Say a p value in plain words at the 5 % level."""
    shown = f"p = {p_value:.2g}" if p_value >= 1e-4 else "p < 0.0001"
    if p_value < 0.05:
        return f"more than chance ({shown})"
    return f"no more than chance would give ({shown})"


def article(name: int | str) -> str:
    r"""Write a class with its article, as it is spoken.

    >>> article(5), article(8), article(18), article("A"), article("B"), article("ankle boot")
    ('a 5', 'an 8', 'an 18', 'an A', 'a B', 'an ankle boot')
    """
    text = str(name)
    bare = text.lstrip("\\")
    if len(bare) == 1 and bare.isalpha():
        spoken = bare.upper() in "AEFHILMNORSX"
    else:
        spoken = bare.startswith("8") or bare in {"11", "18"} or bare[:1].lower() in set("aeio")
    return f"{'an' if spoken else 'a'} {text}"


def named(names: ClassNames, label: int) -> str:
    r"""Write a class's name in markdown, where no character of it is markup.

    >>> named(ClassNames(named=((1, "<b>*"),)), 1), named(ClassNames(), 1)
    ('\\<b>\\*', '1')
    """
    return as_text(names.of(label))
