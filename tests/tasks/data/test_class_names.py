"""Names of classes: from the command line or a file, and text wherever they are shown."""

import os

import pytest

from artifacts.page.markdown import render_blocks, render_inline
from artifacts.text import named
from tasks.class_names import NUMBERS, ClassNames
from tasks.data.class_names import class_names
from tasks.errors import DataError

LABELS = (65, 66, 67)


@pytest.mark.parametrize("lines", ["A\nB\nC\n", "65 A\n66 B\n67 C\n", "66\tB\r\n65,A\n\n67: C"])
def test_a_file_beside_the_images_names_the_classes(tmp_path, lines):
    (tmp_path / "classes.txt").write_text(lines, encoding="utf-8-sig")
    assert class_names((), tmp_path, LABELS).all_of(LABELS) == ("A", "B", "C")


@pytest.mark.parametrize("asked", [("A", "B", "C"), ("67=C", "65=A", "66=B")])
def test_the_command_line_names_them_and_comes_first(tmp_path, asked):
    (tmp_path / "classes.txt").write_text("x\ny\nz\n")
    assert class_names(asked, tmp_path, LABELS).all_of(LABELS) == ("A", "B", "C")


def test_without_names_classes_are_called_by_their_numbers(tmp_path):
    assert class_names((), tmp_path, LABELS) == class_names((), None, LABELS) == NUMBERS
    assert NUMBERS.all_of(LABELS) == ("65", "66", "67")


def test_a_name_comes_before_a_number():
    """EMNIST's digits have ASCII codes: the class called 5 is number 53."""
    names = ClassNames(named=((53, "5"), (65, "A")))
    asked = [names.label_of(each) for each in (5, "5", "A", 65, "65", "a", "", "B", -1)]
    assert asked == [53, 53, 65, 65, 65, None, None, None, None]


def test_names_of_classes_that_are_not_there_are_passed_over(tmp_path):
    (tmp_path / "classes.txt").write_text("65 A\n66 B\n67 C\n68 D\n")
    assert class_names((), tmp_path, LABELS).named == ((65, "A"), (66, "B"), (67, "C"))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"A\nB\n", r"found 2 names for 3 classes \(65, 66, 67\)"),
        (b"65 A\n66 B\n", "found no name for the classes 67"),
        (b"A\nA\nB\n", "found A for several classes"),
        (b"65 A\n65 B\n66 C\n67 D\n", "found a class with two names"),
        (b"300 A\n66 B\n67 C\n65 D\n", "the labels 300, which are above 255"),
        (b"A\n\x1b[31mB\nC\n", "characters that can be shown"),
        (b"A\n" + b"B" * 41 + b"\nC\n", "1 to 40 characters"),
        (b"\xff\xfe\n", "it is not text in UTF-8"),
        (b"A\n" * 40_000, "found 80,000 bytes, at most 65,536 are read"),
    ],
)
def test_names_that_do_not_fit_are_told(tmp_path, content, found):
    (tmp_path / "classes.txt").write_bytes(content)
    with pytest.raises(DataError, match=found):
        class_names((), tmp_path, LABELS)


def test_a_pipe_in_place_of_the_file_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "classes.txt")
    with pytest.raises(DataError, match="it is a named pipe"):
        class_names((), tmp_path, LABELS)


@pytest.mark.parametrize(
    "name",
    ["<b>x</b>", "*x*", "_x_", "[x](http://e.com)", "`x`", "a|b", "&amp;", "![x](y)", "~~x~~",
     "http://e.com", "\\", "**x", "<script>alert(1)</script>", "$x$", '"x"'],
)  # fmt: skip
def test_no_markup_of_a_name_reaches_a_page(name):
    """Rendered, a name is its own text, escaped for HTML and nothing else."""
    from html import escape

    shown = named(ClassNames(named=((1, name),)), 1)
    text = escape(name, quote=False).replace('"', "&quot;")
    sentence = render_inline(f"the {shown} here")
    table = render_blocks(f"| class | n |\n|:--|--:|\n| {shown} | 1 |\n")
    # a word joiner, which nobody sees, keeps an address from becoming a link
    assert sentence.replace("\u2060", "") == f"the {text} here"
    assert f">{text}</td>" in table.replace("\u2060", "")
