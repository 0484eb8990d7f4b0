"""Mails with their folders' names: of a folder that a person names, of the site, or made up.

A folder's or archive's name says what is in it: `spam`, or `ham` for wanted mail.
"""

import csv
import hashlib
import mailbox
import random
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

from tasks.data.published.network import answer, download, run_module, scratch_folder
from tasks.errors import DataError
from tasks.spam.mail import LARGEST_BYTES, decode
from tasks.spam.records import MailSource

SITE = "https://spamassassin.apache.org/old/publiccorpus"
ARCHIVES = (
    "20030228_easy_ham", "20030228_easy_ham_2", "20030228_hard_ham", "20030228_spam",
    "20050311_spam_2",
)  # fmt: skip
PUBLISHED_SHA256 = "42bae79f6910c86b87ee355f4e4c9c5620a89ea1922dd64c7a975521733c0401"
ARCHIVE_ENDS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
LARGEST_ARCHIVE_BYTES = 2**30  # unpacked
CSV_FIELD_BYTES = 2**26
WORDS = ("the", "we", "you", "meeting", "list", "patch", "lunch", "report", "thanks", "code", "if")
LURES = ("free", "money", "offer", "click", "winner", "prize", "cheap", "loan", "credit", "$$$")


def read_mails(source: MailSource, seconds: float) -> list[tuple[str, list[bytes]]]:
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
        digest.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def content_digest(parts: list[tuple[str, list[bytes]]]) -> str:
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
    if "spam" in name.lower():
        return True
    if "ham" in name.lower():
        return False
    raise DataError(
        f"Asked for mails; found {name!r}, whose name says neither spam nor ham. Name folders, "
        "archives and mbox files by what is in them, or give a CSV with the columns text and label."
    )


def made_mails() -> list[tuple[str, list[bytes]]]:
    """Return 200 wanted mails and 100 of spam, made of a few words each."""
    rng = random.Random(0)

    def mail(own: tuple[str, ...], n: int) -> bytes:
        text = [rng.choice(own if rng.random() < 0.8 else (*WORDS, *LURES)) for _ in range(40)]
        return f"Subject: {' '.join(text[:4])} {n}\n\n{' '.join(text)}\n".encode()

    return [
        ("made_ham", [mail(WORDS, n) for n in range(200)]),
        ("made_spam", [mail(LURES, n) for n in range(100)]),
    ]


def _read_folder(folder: Path) -> list[tuple[str, list[bytes]]]:
    if not folder.is_dir():
        raise DataError(f"Asked for mails in {folder}; it is no folder. Give one with --data-dir.")
    found: dict[str, list[bytes]] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.suffix.lower() in {".md", ".txt", ".html"}:
            continue
        for name, mail in _read_entry(path):
            found.setdefault(name, []).append(mail)
    classes = {is_spam(name) for name in found}
    if classes != {True, False}:
        kinds = " and ".join(sorted(found)) or "no mail"
        raise DataError(
            f"Asked for spam and wanted mail in {folder}; found {kinds}. Give both: archives or "
            "folders of mail files, mbox files or maildirs with spam or ham in their names, or a "
            "CSV with the columns text and label."
        )
    return sorted(found.items())


def _read_entry(path: Path) -> Iterator[tuple[str, bytes]]:
    name = path.name.lower()
    if path.is_dir():
        is_maildir = (path / "cur").is_dir()
        folders = [path / "cur", path / "new"] if is_maildir else [path]
        files = [each for folder in folders for each in sorted(folder.glob("*")) if each.is_file()]
        yield from ((path.name, _beginning(each)) for each in files if each.name != "cmds")
    elif name.endswith(ARCHIVE_ENDS):
        yield from _read_archive(path)
    elif name.endswith(".csv"):
        yield from _read_csv(path)
    elif name.endswith((".mbox", ".mbx")):
        box = mailbox.mbox(path, create=False)
        yield from ((path.stem, box.get_bytes(key)[:LARGEST_BYTES]) for key in box.keys())  # noqa: SIM118 - no dict
        box.close()
    else:
        raise DataError(
            f"Asked for mails in {path.parent}; found {path.name}, which is no archive, folder, "
            "mbox (.mbox) or CSV (.csv). Take it away or name it by its kind."
        )


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST_BYTES)


def _read_archive(path: Path) -> Iterator[tuple[str, bytes]]:
    """Read an archive's mails in memory; what the data filter refuses ends the reading."""
    try:
        with tarfile.open(path) as archive, scratch_folder() as nowhere:
            total = 0
            for member in sorted(archive, key=lambda each: each.name):
                tarfile.data_filter(member, str(nowhere))
                if not (member.isfile() or member.isdir()):
                    raise DataError(
                        f"Read {path}; {member.name} is a link or a device. "
                        "Give an archive of plain files."
                    )
                total += member.size
                if total > LARGEST_ARCHIVE_BYTES:
                    raise DataError(
                        f"Read {path}; it unpacks to more than "
                        f"{LARGEST_ARCHIVE_BYTES:,} bytes. Give a smaller one."
                    )
                file = archive.extractfile(member)
                if file is not None and Path(member.name).name != "cmds":
                    folder = Path(member.name).parent.name or path.name.partition(".")[0]
                    yield folder, file.read(LARGEST_BYTES)
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise DataError(
            f"Read the archive {path}; it is damaged or not safe to unpack: {error}. Nothing of it "
            "was written. Fetch it again."
        ) from error


def _read_csv(path: Path) -> Iterator[tuple[str, bytes]]:
    text, _ = decode(path.read_bytes().removeprefix(b"\xef\xbb\xbf"), None)
    csv.field_size_limit(CSV_FIELD_BYTES)
    rows = csv.DictReader(text.splitlines(keepends=True))
    columns = {str(name).strip().lower(): name for name in rows.fieldnames or ()}
    if not {"text", "label"} <= set(columns):
        raise DataError(
            f"Read {path}; its columns are {', '.join(map(str, rows.fieldnames or ())) or 'none'}. "
            "Give it the columns text and label."
        )
    for number, row in enumerate(rows, 2):
        label = str(row[columns["label"]]).strip().lower()
        name = {"1": "spam", "0": "ham"}.get(label, label)
        if name not in {"spam", "ham"}:
            raise DataError(f"Read {path}; row {number} has the label {label!r}. Give spam or ham.")
        yield f"{path.stem}:{name}", b"\n" + str(row[columns["text"]] or "").encode()


def fetch_archives(site: str, folder: str) -> None:
    """Download the five published archives into a folder."""
    for name in ARCHIVES:
        download(f"{site}/{name}.tar.bz2", Path(folder) / f"{name}.tar.bz2")


if __name__ == "__main__":
    sys.exit(answer(fetch_archives, sys.argv[1:]))
