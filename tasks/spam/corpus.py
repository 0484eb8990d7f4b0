"""Mails with their folders' names: of a folder that a person names, of the site, or made up.

A folder's or archive's name says what is in it: `spam`, or `ham` for wanted mail.
"""

import csv
import hashlib
import io
import mailbox
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from engine.printable import shown
from engine.store.refs import file_sha256
from tasks.data.files.archive import ENDS, files_of
from tasks.data.files.input_file import require_regular
from tasks.data.files.labels_csv import read_text
from tasks.data.published.network import answer, download, run_module, scratch_folder
from tasks.data.sources import Wanted
from tasks.errors import DataError
from tasks.spam.mail import LARGEST_BYTES
from tasks.spam.records import MailSource

PUBLISHED, MADE = "spam+spamassassin", "spam+made-mail"
SITE = "https://spamassassin.apache.org/old/publiccorpus"
ARCHIVES = (
    "20030228_easy_ham", "20030228_easy_ham_2", "20030228_hard_ham", "20030228_spam",
    "20050311_spam_2",
)  # fmt: skip
PUBLISHED_SHA256 = "42bae79f6910c86b87ee355f4e4c9c5620a89ea1922dd64c7a975521733c0401"
LARGEST_CSV = 2**30
GIVE_BOTH = (
    "Give archives or folders of mail files, mbox files (.mbox) or maildirs with spam or ham in "
    "their names, of both kinds, or a CSV (.csv) with the columns text and label."
)
WORDS = ("the", "we", "you", "meeting", "list", "patch", "lunch", "report", "thanks", "code", "if")
LURES = ("free", "money", "offer", "click", "winner", "prize", "cheap", "loan", "credit", "$$$")

Asked = tuple[Wanted, MailSource]
Parts = list[tuple[str, list[bytes]]]


def plan_mails(
    datasets: tuple[str, ...], folder: Path | None, site: str = SITE
) -> tuple[Asked, Asked | None]:
    """Say which mails are read where, and what is read if they cannot be had: made-up ones.

    Raises
    ------
    DataError
        If a name is unknown and no folder is given, or the folder is none.
    """
    made = Wanted(name=MADE), MailSource(kind="made")
    known = Wanted(name=PUBLISHED, content_sha256=PUBLISHED_SHA256)
    if datasets == (MADE,):
        return made, None
    if folder is None and PUBLISHED in datasets:
        return (known, MailSource(kind="site", place=site)), made if MADE in datasets else None
    if folder is None:
        raise DataError(
            f"Asked for the mails {datasets[0].removeprefix('spam+')!r}; only auto, spamassassin "
            "and made-mail need no folder. Give one with --data-dir."
        )
    place = folder.expanduser().resolve()
    if not place.is_dir():
        raise DataError(f"Asked for mails in {shown(place)}; it is no folder. Name one.")
    source = MailSource(kind="folder", place=str(place))
    if PUBLISHED in datasets:
        return (known, source), None
    return (Wanted(name=datasets[0], content_sha256=files_digest(place)), source), None


def read_mails(source: MailSource, seconds: float) -> Parts:
    """Return each part's name with its mails, in the order of their names.

    Raises
    ------
    DataError
        If the folder is not what it should be.
    SourceUnavailable
        If the site does not answer in time.
    """
    if source.kind == "made":
        return made_mails()
    if source.kind == "folder":
        return _read_folder(Path(source.place))
    with scratch_folder() as folder:
        run_module("tasks.spam.corpus", source.place, str(folder), seconds=seconds)
        return _read_folder(folder)


def files_digest(folder: Path) -> str:
    """Return the sha256 of names and contents of a folder's files."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(os.fsencode(path.relative_to(folder)) + f"\0{file_sha256(path)}".encode())
    return digest.hexdigest()


def content_digest(parts: Parts) -> str:
    """Return the sha256 of all parts and mails, however they were packed."""
    digest = hashlib.sha256()
    for name, mails in parts:
        digest.update(f"{name}\0{len(mails)}\0".encode())
        for mail in mails:
            digest.update(hashlib.sha256(mail).digest())
    return digest.hexdigest()


def is_spam(name: str) -> bool:
    """Whether a part's name says spam.

    Raises
    ------
    DataError
        If it says neither spam nor ham.
    """
    if "spam" in name.lower() or "ham" in name.lower():
        return "spam" in name.lower()
    raise DataError(
        f"Asked for mails; found {shown(name)}, whose name says neither spam nor ham. {GIVE_BOTH}"
    )


def made_mails() -> Parts:
    """Return 200 wanted mails and 100 of spam, made of a few words each."""
    rng = random.Random(0)

    def mail(own: tuple[str, ...], n: int) -> bytes:
        text = [rng.choice(own if rng.random() < 0.8 else (*WORDS, *LURES)) for _ in range(40)]
        return f"Subject: {' '.join(text[:4])} {n}\n\n{' '.join(text)}\n".encode()

    return [
        ("made_ham", [mail(WORDS, n) for n in range(200)]),
        ("made_spam", [mail(LURES, n) for n in range(100)]),
    ]


def _read_folder(folder: Path) -> Parts:
    found: dict[str, list[bytes]] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.suffix.lower() in {".md", ".txt", ".html"}:
            continue
        for name, mail in _read_entry(path):
            found.setdefault(shown(name), []).append(mail)
    if {is_spam(name) for name in found} != {True, False}:
        kinds = " and ".join(sorted(found)) or "no mail"
        raise DataError(
            f"Asked for spam and wanted mail in {shown(folder)}; found {kinds}. {GIVE_BOTH}"
        )
    return sorted(found.items())


def _read_entry(path: Path) -> Iterator[tuple[str, bytes]]:
    name = path.name.lower()
    if path.is_dir():
        is_maildir = (path / "cur").is_dir()
        for folder in (path / "cur", path / "new") if is_maildir else (path,):
            for file in sorted(folder.glob("*")):
                if file.is_file() and file.name != "cmds":  # a list that the corpus was made by
                    yield path.name, _beginning(file)
        return
    require_regular(path)
    if name.endswith(ENDS):
        for member, mail in files_of(path, most_of_a_file=LARGEST_BYTES):
            if Path(member).name != "cmds":
                yield Path(member).parent.name or path.name.partition(".")[0], mail
    elif name.endswith(".csv"):
        yield from _read_csv(path)
    elif name.endswith((".mbox", ".mbx")):
        box = mailbox.mbox(path, create=False)
        yield from ((path.stem, box.get_bytes(key)[:LARGEST_BYTES]) for key in box.keys())  # noqa: SIM118 - no dict
        box.close()
    else:
        raise DataError(
            f"Asked for mails in {shown(path.parent)}; found {shown(path.name)}, which is none of "
            f"them. Take it away or name it by its kind. {GIVE_BOTH}"
        )


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST_BYTES)


def _read_csv(path: Path) -> Iterator[tuple[str, bytes]]:
    csv.field_size_limit(LARGEST_CSV)
    text = read_text(path, most_bytes=LARGEST_CSV)
    rows = csv.DictReader(io.StringIO(text, newline=""))
    columns = {str(name).strip().lower(): name for name in rows.fieldnames or ()}
    if not {"text", "label"} <= set(columns):
        raise DataError(
            f"Read {shown(path)}; its columns are {shown(', '.join(rows.fieldnames or ()))}. "
            "Give it the columns text and label."
        )
    for row in rows:
        label = str(row[columns["label"]]).strip().lower()
        name = {"1": "spam", "0": "ham"}.get(label, label)
        if name not in {"spam", "ham"}:
            raise DataError(
                f"Read {shown(path)}, line {rows.line_num}: the label is {shown(label)!r}. Give "
                "spam or ham."
            )
        text = str(row[columns["text"]] or "")
        yield f"{path.stem}:{name}", f"\n{text}".encode()[:LARGEST_BYTES]


def fetch_archives(site: str, folder: str) -> None:
    """Download the five published archives into a folder."""
    for name in ARCHIVES:
        download(f"{site}/{name}.tar.bz2", Path(folder) / f"{name}.tar.bz2")


if __name__ == "__main__":
    sys.exit(answer(fetch_archives, sys.argv[1:]))
