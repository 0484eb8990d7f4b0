"""Read the table that names each image file and its label, as spreadsheets write it.

Comma, semicolon, tab or ``|`` separate the cells; the text is UTF-8, UTF-16 or, as older programs
write it, Windows-1252. What can be read in one way only is read; anything else is an error that
quotes the line.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from engine.printable import shown
from tasks.data.files.file_kinds import kind_of
from tasks.data.files.input_file import open_input
from tasks.errors import DataError

COLUMNS = ("file", "label")
SEPARATORS = ",;\t|"
MOST_BYTES = 50_000_000
MOST_QUOTED = 80  # characters of a line
LARGEST_LABEL = 255  # as in an IDX file, one unsigned byte
WANTED = "Begin it with the line file,label and give each image file one line."
# the one of 32 bits first: it begins with the one of 16 bits
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATOR_LINE = re.compile(r'\s*"?sep=.?"?[\s,;|]*', re.IGNORECASE)  # the first one, for Excel


def composed(name: str) -> str:
    """Return a file's name in one normal form: systems write letters with accents in two."""
    return unicodedata.normalize("NFC", name)


def read_labels(path: Path) -> dict[str, int | None]:
    """Read a table of labels.

    Returns
    -------
    labels : dict of file name -> label in 0 to 255, None where nobody has filled one in
        In the order of the lines; the names are in Unicode's normal form NFC.

    Raises
    ------
    DataError
        If the file is no text, its columns cannot be told, a file has two lines or a label that
        is no whole number. Quotes the line.
    """
    lines = list(io.StringIO(read_text(path), newline=""))  # ends of lines of all three systems
    labels: dict[str, int | None] = {}
    for number, name, text in _rows(path, lines):
        where = f"Read {shown(path)}, line {number}: found {_quoted(lines[number - 1])}; "
        if not name:
            raise DataError(f"{where}it names no file. Give the name of the image file.")
        if name in labels:
            raise DataError(f"{where}{shown(name)} has a line before this one. Give it one line.")
        if text == "":  # its cell is there: nobody has filled it in yet
            labels[name] = None
            continue
        text = text or ""  # noqa: PLW2901 - the line has no such cell
        if not re.fullmatch(r"[0-9]{1,3}", text) or int(text) > LARGEST_LABEL:
            raise DataError(
                f"{where}the label of {shown(name)} is {_quoted(text)}. Give the "
                "class of the image, such as the digit that it shows, as a whole number from 0 to "
                f"{LARGEST_LABEL}."
            )
        labels[name] = int(text)
    return labels


def _rows(path: Path, lines: list[str]) -> Iterator[tuple[int, str, str | None]]:
    """Yield the number of each line that holds anything, its file name and its label, if any."""
    start = next((at for at, line in enumerate(lines) if not _is_passed_over(line)), None)
    if start is None:
        raise DataError(f"Read {shown(path)}: it holds no line. {WANTED}")
    separator = _separator(path, start + 1, lines[start])
    rows = csv.reader(lines[start:], delimiter=separator, skipinitialspace=True)
    try:
        head = _columns(next(rows))
        for row in rows:
            cells = [cell.strip() for cell in row]
            number = start + rows.line_num
            if any(cells[len(head) :]):
                raise DataError(
                    f"Read {shown(path)}, line {number}: found {_quoted(lines[number - 1])}, "
                    f"which has more cells than the first line, {_quoted(lines[start])}. Put a "
                    "name that holds the separator between quotation marks."
                )
            found = dict(zip(head, cells, strict=False))
            if any(cells):
                yield number, composed(found.get("file", "")), found.get("label")
    except csv.Error as error:
        raise DataError(
            f"Read {shown(path)}, line {start + rows.line_num}: it cannot be read as CSV "
            f"({error}). {WANTED}"
        ) from error


def _separator(path: Path, number: int, line: str) -> str:
    """Return the one character that makes the columns of the first line."""
    for separator in SEPARATORS:
        columns = _columns(next(csv.reader([line], delimiter=separator, skipinitialspace=True)))
        if all(columns.count(name) == 1 for name in COLUMNS):
            return separator
    raise DataError(
        f"Read {shown(path)}, line {number}: found {_quoted(line)}, which does not name one "
        f"column file and one column label, separated by a comma, semicolon, tab or |. {WANTED}"
    )


def _columns(cells: list[str]) -> list[str]:
    return [cell.strip(' "\t\r\n\xa0\ufeff').casefold() for cell in cells]


def _is_passed_over(line: str) -> bool:
    """Whether a line before the columns says nothing: an empty one, or Excel's ``sep=;``."""
    return not line.strip(f' "{SEPARATORS}\r\n\ufeff\xa0') or bool(_SEPARATOR_LINE.fullmatch(line))


def read_text(path: Path, *, most_bytes: int = MOST_BYTES) -> str:
    """Return the text of a table, in whichever of the encodings it is.

    Raises
    ------
    DataError
        If the file is no text, or larger than `most_bytes`.
    """
    with open_input(path, most_bytes=most_bytes) as file:
        kind = kind_of(file, path.name)
        file.seek(0)
        content = file.read()
    if kind is not None:
        office = " (a workbook of a spreadsheet is one)" if kind == "zip" else ""
        raise DataError(
            f"Read {shown(path)}: found a file of the kind {kind}{office}, not a table of "
            "text. Save the table as CSV."
        )
    for encoding in _encodings(content):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataError(
        f"Read {shown(path)}: it is no text in UTF-8 or UTF-16. Save the table as CSV in UTF-8."
    )


def _encodings(content: bytes) -> tuple[str, ...]:
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    if marked:
        return (marked,)
    if b"\0" in content:  # no text of one byte a letter has it: UTF-16 without its mark
        return ("utf-16-le",) if content[1:2] == b"\0" else ("utf-16-be",)
    return "utf-8", "cp1252", "latin-1"


def _quoted(line: str) -> str:
    line = line.strip("\r\n")
    more = "..." if len(line) > MOST_QUOTED else ""
    return f"'{shown(line[:MOST_QUOTED])}{more}'"
