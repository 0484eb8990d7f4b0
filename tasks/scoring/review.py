"""Write what was held back as a folder that a person labels and the next training run reads."""

import base64
import csv
import html
import io
from pathlib import Path

from engine.errors import PlainError
from engine.file_names import shown
from tasks.data.files.folder import LABELS_CSV
from tasks.handwriting.records import Convention
from tasks.scoring.pictures import laid_out_picture
from tasks.scoring.summary import Verdict

PAGE = "look.html"


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
    normalise : bool
        As of `tasks.handwriting.read.read_digits`.
    """

    def __init__(self, folder: Path, layout: Convention, *, normalise: bool) -> None:
        self._folder = folder.expanduser().absolute()
        self._layout = layout
        self._normalise = normalise
        self._rows: list[tuple[str, str]] = []
        self._cells: list[str] = []
        self._n_new = 0
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._known = self._read_table()
        except OSError as error:
            raise self._cannot_write(error) from error

    def add(self, verdict: Verdict) -> None:
        """Write one digit, as the model saw it; its name is of its content and place."""
        name = f"{verdict.sha256[:16]}-{verdict.answer.row}-{verdict.number}.png"
        if name in self._known:
            return
        image = laid_out_picture(verdict, self._layout, normalise=self._normalise)
        file = io.BytesIO()
        image.save(file, "PNG")
        try:
            (self._folder / name).write_bytes(file.getvalue())
        except OSError as error:
            raise self._cannot_write(error) from error
        self._known[name] = ""
        self._n_new += 1
        picture = base64.b64encode(file.getvalue()).decode()
        answer = verdict.answer
        self._cells.append(
            f'<figure><img src="data:image/png;base64,{picture}" alt="{name}">'
            f"<figcaption>{name}<br>taken for {answer.digit}, or {answer.runner_up} "
            f"({html.escape(verdict.why)})<br>{html.escape(shown(Path(verdict.path).name))}"
            "</figcaption></figure>\n"
        )

    def finish(self) -> None:
        """Write the table and the page."""
        try:
            with (self._folder / LABELS_CSV).open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([("file", "label"), *self._known.items()])
            if self._cells:
                with (self._folder / PAGE).open("a", encoding="utf-8") as file:
                    file.write(_HEAD if file.tell() == 0 else "")
                    file.writelines(self._cells)
        except OSError as error:
            raise self._cannot_write(error) from error

    @property
    def sentence(self) -> str:
        """Say what lies there and what to do with it."""
        return (
            f"{self._n_new:,} images written to {self._folder}: look at {PAGE}, fill in the "
            f"labels in {LABELS_CSV}, and train with --new-images {self._folder}"
        )

    def _read_table(self) -> dict[str, str]:
        table = self._folder / LABELS_CSV
        if not table.exists():
            strangers = [path.name for path in self._folder.iterdir()]
            if strangers:
                raise ReviewError(
                    f"Asked to write the images for review to {self._folder}; it holds other "
                    f"files ({shown(strangers[0])}) and no {LABELS_CSV}. Give --review an empty or "
                    "a new folder."
                )
            return {}
        with table.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.reader(file))[1:]
        return {row[0]: row[1] if len(row) > 1 else "" for row in rows if row}

    def _cannot_write(self, error: OSError) -> ReviewError:
        return ReviewError(
            f"Asked to write the images for review to {self._folder}; that cannot be done "
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
<p>Write the digit of each image behind its file name in <code>labels.csv</code>. Leave a line
without a label if you cannot tell: it is passed over.</p>
"""
