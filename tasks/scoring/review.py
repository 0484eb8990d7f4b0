"""Write what was held back as a folder that a person labels and the next training run reads."""

import base64
import csv
import html
import io
import os
import re
from errno import EACCES, ENOTDIR
from pathlib import Path

from engine.errors import PlainError
from engine.printable import shown
from engine.words import counted
from tasks.class_names import NUMBERS, ClassNames
from tasks.data.files.folder import LABELS_CSV
from tasks.handwriting.records import Convention
from tasks.scoring.pictures import as_seen
from tasks.scoring.summary import Verdict, least_sure

PAGE = "look.html"
_OWN_NAME = re.compile(r"[0-9a-f]{16}-\d+-\d+\.png")


class ReviewError(PlainError):
    """The folder for review cannot be written."""


class Review:
    """Writes held-back digits as image files, a table with empty labels and a page to look at.

    An image that lies there already, and the label a person gave it, stay as they are.

    Parameters
    ----------
    folder : Path
    layout : Convention
        Of the champion's training images.
    names : ClassNames
    normalise : bool
        As of `tasks.handwriting.read.read_digits`.
    """

    def __init__(
        self, folder: Path, layout: Convention, names: ClassNames = NUMBERS, *, normalise: bool
    ) -> None:
        self._folder = folder.expanduser().absolute()
        self._layout = layout
        self._names = names
        self._normalise = normalise
        self._new: list[tuple[Verdict, str, str]] = []  # with the name and the cell of the page
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._known = _read_table(self._folder)
        except OSError as error:
            raise _cannot_write(self._folder, error) from error

    def add(self, verdict: Verdict) -> None:
        """Write one digit, as the model saw it; its name is of its content and place."""
        name = f"{verdict.sha256[:16]}-{verdict.answer.row}-{verdict.number}.png"
        if name in self._known:
            return
        from PIL import Image

        file = io.BytesIO()
        seen = as_seen(verdict, self._layout, normalise=self._normalise)
        Image.fromarray(seen).save(file, "PNG")
        try:
            (self._folder / name).write_bytes(file.getvalue())
        except OSError as error:
            raise _cannot_write(self._folder, error) from error
        self._known[name] = ""
        picture = base64.b64encode(file.getvalue()).decode()
        first, second = (
            self._called(each) for each in (verdict.answer.digit, verdict.answer.runner_up)
        )
        cell = (
            f'<figure><img src="data:image/png;base64,{picture}" alt="{name}">'
            f"<figcaption>{name}<br>taken for {first}, or {second} "
            f"({html.escape(verdict.why)})<br>{html.escape(shown(Path(verdict.path).name))}"
            "</figcaption></figure>\n"
        )
        self._new.append((verdict, name, cell))

    def finish(self) -> None:
        """Write the table and the page; behind what lies there, the least sure digit first."""
        left = (path.name for path in self._folder.glob("*.png") if _OWN_NAME.fullmatch(path.name))
        for name in left:  # of a run that was killed before it wrote the table
            self._known.setdefault(name, "")
        new = sorted(self._new, key=lambda each: least_sure(each[0]))
        for _, name, _ in new:
            self._known[name] = self._known.pop(name)
        try:
            with (self._folder / LABELS_CSV).open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([("file", "label"), *self._known.items()])
            if new:
                with (self._folder / PAGE).open("a", encoding="utf-8") as file:
                    file.write(_HEAD if file.tell() == 0 else "")
                    file.writelines(cell for *_, cell in new)
        except OSError as error:
            raise _cannot_write(self._folder, error) from error

    def _called(self, label: int) -> str:
        """Return the label, which the table takes, and the name of its class if it has one."""
        name = self._names.of(label)
        return str(label) if name == str(label) else html.escape(f"{label} ({name})")

    @property
    def sentence(self) -> str:
        """Say what lies there and what to do with it."""
        return (
            f"{counted(len(self._new), 'image')} written to {self._folder}: look at {PAGE}, fill "
            f"in the labels in {LABELS_CSV}, and train with --new-images {self._folder}"
        )


def require_review(folder: Path) -> None:
    """Require that a folder can take images for review, before anything is scored; makes nothing.

    Raises
    ------
    ReviewError
        If it is no folder, holds other files, or cannot be read or written.
    """
    place = folder.expanduser().absolute()
    there = next(each for each in (place, *place.parents) if each.exists())
    try:
        if not there.is_dir():
            raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR))
        if not os.access(there, os.W_OK | os.X_OK):
            raise PermissionError(EACCES, os.strerror(EACCES))
        if there == place:
            _read_table(place)
    except OSError as error:
        raise _cannot_write(place, error) from error


def _read_table(folder: Path) -> dict[str, str]:
    table = folder / LABELS_CSV
    if not table.exists():
        names = [path.name for path in folder.iterdir()]
        strangers = [name for name in names if not _OWN_NAME.fullmatch(name)]
        if strangers:
            raise ReviewError(
                f"Asked to write the images for review to {folder}; it holds other "
                f"files ({shown(strangers[0])}) and no {LABELS_CSV}. Give --review an empty or "
                "a new folder."
            )
        return {}
    with table.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))[1:]
    return {row[0]: row[1] if len(row) > 1 else "" for row in rows if row}


def _cannot_write(folder: Path, error: OSError) -> ReviewError:
    return ReviewError(
        f"Asked to write the images for review to {folder}; that cannot be done "
        f"({error.strerror or error}). Give --review a folder with write permission and room."
    )


_HEAD = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Images to label</title>
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<style>
body { font: 14px/1.4 sans-serif; margin: 1rem }
figure { display: inline-block; margin: .5rem; width: 15rem; vertical-align: top }
img { width: 112px; image-rendering: pixelated; border: 1px solid #8c959f }
figcaption { overflow-wrap: anywhere }
</style>
<h1>Images to label</h1>
<p>Write the digit, or the number of the class, of each image behind its file name in
<code>labels.csv</code>. Leave a line
without a label if you cannot tell: it is passed over.</p>
"""
