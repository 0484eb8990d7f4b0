"""Tables of labels as spreadsheets and people write them; what can be read in two ways is not."""

import codecs
import os

import pytest

from tasks.data.files.labels_csv import read_labels
from tasks.errors import DataError

LABELS = {"000.png": 5, "001.png": 0, "é 2.png": 255}
PLAIN = "file,label\n000.png,5\n001.png,0\né 2.png,255\n"
TABLES = {
    "plain": PLAIN,
    "without the last end of line": PLAIN.rstrip("\n"),
    "semicolons": PLAIN.replace(",", ";"),
    "tabs": PLAIN.replace(",", "\t"),
    "bars": PLAIN.replace(",", "|"),
    "capitals in the first line": PLAIN.replace("file,label", "File,LABEL"),
    "spaces after the commas": PLAIN.replace(",", ", "),
    "spaces on both sides": PLAIN.replace(",", "  ,\t "),
    "quoted cells": '"file","label"\n"000.png","5"\n"001.png",0\né 2.png,"255"\n',
    "quoted cells after spaces": PLAIN.replace("000.png,5", '"000.png",  "5"'),
    "columns the other way round": "label,file\n5,000.png\n0,001.png\n255,é 2.png\n",
    "more columns": 'id,file,note,label\n1,000.png,"a, b",5\n2,001.png,,0\n3,é 2.png,c,255\n',
    "empty rows": "\n" + PLAIN.replace("\n", "\n\n") + "\n\n",
    "rows of empty cells": ",,\n" + PLAIN + ",\n,,,\n , \n",
    "empty cells behind": PLAIN.replace("\n", ",,\n"),
    "a space that does not break": PLAIN.replace(",5", ",\xa05\xa0"),
    "a line for Excel": "sep=,\n" + PLAIN,
    "a line for Excel, semicolons": "SEP=;\r\n" + PLAIN.replace(",", ";"),
    "a line for Excel, tabs": "sep=\t\n" + PLAIN.replace(",", "\t"),
    "a quoted line for Excel": '"sep=;"\n' + PLAIN.replace(",", ";"),
    "zeros before the label": PLAIN.replace(",5", ",005"),
    "an accent of two characters": PLAIN.replace("é", "e\u0301"),
}  # fmt: skip
ENDS = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}
ENCODINGS = {
    "UTF-8": ("utf-8", b""),
    "UTF-8 with its mark": ("utf-8", codecs.BOM_UTF8),
    "UTF-16 of Windows": ("utf-16-le", codecs.BOM_UTF16_LE),
    "UTF-16, the other order": ("utf-16-be", codecs.BOM_UTF16_BE),
    "UTF-16 without its mark": ("utf-16-le", b""),
    "UTF-16, the other order, without its mark": ("utf-16-be", b""),
    "UTF-32": ("utf-32-le", codecs.BOM_UTF32_LE),
    "Windows-1252": ("cp1252", b""),
    "Latin-1": ("latin-1", b""),
}


def write(folder, text, encoding="UTF-8", end="LF"):
    name, mark = ENCODINGS[encoding]
    path = folder / "labels.csv"
    path.write_bytes(mark + text.replace("\r\n", "\n").replace("\n", ENDS[end]).encode(name))
    return path


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("table", TABLES)
def test_what_can_be_read_in_one_way_only_is_read(table, end, tmp_path):
    assert read_labels(write(tmp_path, TABLES[table], end=end)) == LABELS


@pytest.mark.parametrize("table", ["plain", "tabs", "a line for Excel, semicolons", "empty rows"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_encodings_of_spreadsheets_are_told_apart(encoding, table, tmp_path):
    assert read_labels(write(tmp_path, TABLES[table], encoding, "CRLF")) == LABELS


def test_the_euro_sign_of_windows_and_bytes_that_it_does_not_use_are_read(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_bytes(b"file,label\n\x80.png,5\n")
    assert read_labels(path) == {"€.png": 5}
    path.write_bytes(b"file,label\n\x81\xe9.png,5\n")
    assert read_labels(path) == {"\x81é.png": 5}


def test_the_order_is_that_of_the_lines(tmp_path):
    lines = "".join(f"{i}.png,{i}\n" for i in (3, 1, 2))
    assert list(read_labels(write(tmp_path, f"file,label\n{lines}"))) == ["3.png", "1.png", "2.png"]


HEAD = "file,label\n000.png,5\n"
REFUSED = {
    "no line at all": ("\n,,\n\n", r"labels.csv: it holds no line"),
    "only a line for Excel": ("sep=;\n", r"labels.csv: it holds no line"),
    "no first line": ("000.png,5\n001.png,0\n", r"line 1: found '000\.png,5', which does not name"),
    "other names": ("name,digit\na,5\n", r"line 1: found 'name,digit'"),
    "one column missing": ("file;class\na;5\n", r"line 1: found 'file;class'"),
    "a column twice": ("file,label,label\na,5,6\n", r"line 1: found 'file,label,label'"),
    "spaces as separator": ("file label\na 5\n", r"line 1: found 'file label'"),
    "a separator that changes": (HEAD + "001.png;5\n", r"line 3: found '001\.png;5'; the label of"),
    "a word": (HEAD + "001.png,five\n", r"line 3: found '001\.png,five'.* is 'five'\. Give the cl"),
    "a fraction": (HEAD + "001.png,5.0\n", r"line 3: .* is '5\.0'\. .* whole number from 0 to 255"),
    "a decimal comma": (HEAD + '001.png,"5,0"\n', r"line 3: .* is '5,0'"),
    "a sign": (HEAD + "001.png,-1\n", r"line 3: .* is '-1'"),
    "an exponent": (HEAD + "001.png,5E+00\n", r"line 3: .* is '5E\+00'"),
    "too large": (HEAD + "001.png,256\n", r"line 3: .* is '256'"),
    "four digits": (HEAD + "001.png,0005\n", r"line 3: .* is '0005'"),
    "a digit of another script": (HEAD + "001.png,\u0665\n", "line 3: .* is '\u0665'"),
    "no cell for a label": (HEAD + "001.png\n", r"line 3: .* is ''"),
    "no name": (HEAD + ",5\n", r"line 3: found ',5'; it names no file"),
    "a line twice": (HEAD + "\n000.png,5\n", r"line 4: found '000\.png,5'; 000\.png has a line"),
    "the same name in two forms": (
        "file,label\né.png,5\ne\u0301.png,5\n",
        r"line 3: .*é\.png has a line before",
    ),
    "a comma in a name": (
        HEAD + "a,b.png,5\n",
        r"line 3: found 'a,b\.png,5', which has more cells",
    ),
    "a quotation mark that is not closed": (HEAD + '"001.png,5\n002.png,6\n', r"line [345]: found"),
    "a character that acts": (HEAD + "\x1b[31m.png,x\n", r"found '\\x1b\[31m\.png,x'"),
    "a long line": (HEAD + "a" * 500 + ",x\n", r"found 'a{80}\.\.\.'"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_anything_else_is_refused_with_the_line_that_was_found(kind, tmp_path):
    text, said = REFUSED[kind]
    with pytest.raises(DataError, match=said) as error:
        read_labels(write(tmp_path, text))
    assert str(error.value).isprintable()


@pytest.mark.parametrize("end", ENDS)
def test_the_line_is_counted_as_an_editor_counts_it(end, tmp_path):
    text = "sep=;\n\nfile;label\n\n000.png;5\n;\n001.png;x\n"
    with pytest.raises(DataError, match=r"line 7: found '001\.png;x'"):
        read_labels(write(tmp_path, text, end=end))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\3\4" + bytes(30), r"of the kind zip \(a workbook of a spreadsheet is one\)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "of the kind Office"),
        (b"\x89PNG\r\n\x1a\n", "of the kind PNG"),
        (b"%PDF-1.7", "of the kind PDF"),
        (b"", r"it is empty \(0 bytes\)"),
        (codecs.BOM_UTF16_LE + b"f\0i", "no text in UTF-8 or UTF-16"),
    ],
)
def test_a_file_that_is_no_text_is_refused(content, said, tmp_path):
    (tmp_path / "labels.csv").write_bytes(content)
    with pytest.raises(DataError, match=rf"labels.csv: .*{said}"):
        read_labels(tmp_path / "labels.csv")


@pytest.mark.timeout(10)
def test_a_table_that_is_a_pipe_or_too_large_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "labels.csv")
    with pytest.raises(DataError, match="a named pipe"):
        read_labels(tmp_path / "labels.csv")
    (tmp_path / "large.csv").touch()
    os.truncate(tmp_path / "large.csv", 10**12)
    with pytest.raises(DataError, match="at most 50,000,000 are read"):
        read_labels(tmp_path / "large.csv")


def test_a_label_that_nobody_has_filled_in_yet_is_none(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("file,label\na.png,\nb.png,7\nc.png, \n")
    assert read_labels(path) == {"a.png": None, "b.png": 7, "c.png": None}
