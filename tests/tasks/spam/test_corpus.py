"""Mails of every kind of folder, and what is refused."""

import csv
import io
import mailbox
import tarfile

import pytest

from tasks.errors import DataError, SourceUnavailable
from tasks.spam.corpus import (
    ARCHIVES,
    PUBLISHED_SHA256,
    content_digest,
    files_digest,
    is_spam,
    made_mails,
    read_mails,
)
from tasks.spam.records import MailSource
from tests.support.loopback import Reply, serving

HAM = [b"Subject: lunch\n\nAt noon?", b"Subject: patch\n\nApplied."]
SPAM = [b"Subject: FREE\n\nClick now!"]


def read(folder):
    return read_mails(MailSource(kind="folder", place=str(folder)), 1)


def write_files(folder, mails):
    folder.mkdir(parents=True)
    for number, mail in enumerate(mails):
        (folder / f"{number:05}").write_bytes(mail)
    return folder


def write_archive(path, mails, folder):
    with tarfile.open(path, "w:bz2") as archive:
        for number, mail in enumerate(mails):
            member = tarfile.TarInfo(f"{folder}/{number:05}")
            member.size = len(mail)
            archive.addfile(member, io.BytesIO(mail))


def as_folders(folder):
    write_files(folder / "ham", HAM)
    write_files(folder / "spam", SPAM)


def as_archives(folder):
    folder.mkdir()
    write_archive(folder / "ham.tar.bz2", HAM, "ham")
    write_archive(folder / "20030228_spam.tar.bz2", SPAM, "spam")


def as_maildirs(folder):
    write_files(folder / "ham" / "cur", HAM)
    write_files(folder / "spam" / "new", SPAM)
    (folder / "spam" / "cur").mkdir()


@pytest.mark.parametrize("write", [as_folders, as_archives, as_maildirs])
def test_the_same_mails_are_read_however_they_are_packed(tmp_path, write):
    write(tmp_path / "mails")
    assert read(tmp_path / "mails") == [("ham", HAM), ("spam", SPAM)]


def test_an_mbox_is_read(tmp_path):
    for name, mails in (("ham", HAM), ("spam", SPAM)):
        box = mailbox.mbox(tmp_path / f"{name}.mbox")
        for mail in mails:
            box.add(mail)
        box.close()
    assert [(name, [each.strip() for each in mails]) for name, mails in read(tmp_path)] == [
        ("ham", HAM), ("spam", SPAM),
    ]  # fmt: skip


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_csv_is_read_in_the_encoding_that_it_has(tmp_path, charset):
    with (tmp_path / "m.csv").open("w", encoding=charset, newline="") as file:
        csv.writer(file).writerows([("Label", "Text"), ("ham", "café\nat noon"), ("1", "buy")])
    assert read(tmp_path) == [
        ("m:ham", ["\ncafé\nat noon".encode()]), ("m:spam", [b"\nbuy"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("text,kind\nx,ham\n", "columns are text, kind"),
        ("text,label\nx,perhaps\n", "line 2: the label is 'perhaps'"),
        ("text,label\nx,ham\n", "found m:ham. Give archives"),
        ("", "it is empty"),
    ],
)
def test_a_csv_that_cannot_be_used_is_refused(tmp_path, content, said):
    (tmp_path / "m.csv").write_text(content)
    with pytest.raises(DataError, match=said):
        read(tmp_path)


def with_name(name):
    return tarfile.TarInfo(name)


def link(kind, target):
    member = tarfile.TarInfo("spam/link")
    member.type, member.linkname = kind, target
    return member


def device():
    member = tarfile.TarInfo("spam/device")
    member.type = tarfile.CHRTYPE
    return member


@pytest.mark.parametrize(
    "member",
    [
        with_name("../spam/up"),
        with_name("spam/../../up"),
        link(tarfile.SYMTYPE, "/etc/passwd"),
        link(tarfile.SYMTYPE, "0"),
        link(tarfile.LNKTYPE, "../../up"),
        device(),
    ],
    ids=["up", "up again", "absolute link", "link", "hard link", "device"],
)
def test_an_archive_with_anything_but_plain_files_inside_it_is_refused(tmp_path, member):
    write_archive(tmp_path / "ham.tar.bz2", HAM, "ham")
    with tarfile.open(tmp_path / "spam.tar", "w") as archive:
        archive.addfile(member)
    before = sorted(tmp_path.parent.rglob("*"))
    with pytest.raises(DataError, match=r"spam\.tar"):
        read(tmp_path)
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_an_absolute_name_stays_a_name(tmp_path):
    """The data filter strips the slash; nothing is written in any case."""
    write_archive(tmp_path / "ham.tar.bz2", HAM, "ham")
    write_archive(tmp_path / "spam.tar.bz2", SPAM, "/spam")
    assert dict(read(tmp_path))["spam"] == SPAM


@pytest.mark.parametrize("keep", [0, 40, 200])
def test_a_truncated_archive_is_refused(tmp_path, keep):
    as_archives(tmp_path / "m")
    path = tmp_path / "m" / "ham.tar.bz2"
    content = path.read_bytes()
    path.write_bytes(content[: min(keep, len(content) - 20)])
    with pytest.raises(DataError, match=r"ham\.tar\.bz2"):
        read(tmp_path / "m")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("ham",), "found ham. Give archives"),
        ((), "found no mail"),
        (("post",), "neither spam nor ham"),
    ],
)
def test_a_folder_without_both_classes_is_refused(tmp_path, names, said):
    for name in names:
        write_files(tmp_path / name, HAM)
    with pytest.raises(DataError, match=said):
        read(tmp_path)


def test_a_changed_mail_changes_both_digests(tmp_path):
    as_folders(tmp_path / "m")
    before = files_digest(tmp_path / "m"), content_digest(read(tmp_path / "m"))
    (tmp_path / "m" / "ham" / "00000").write_bytes(b"Subject: lunch\n\nAt one?")
    after = files_digest(tmp_path / "m"), content_digest(read(tmp_path / "m"))
    assert all(one != other for one, other in zip(before, after, strict=True))


def test_the_site_is_asked_for_its_five_archives(tmp_path):
    as_archives(tmp_path / "m")
    content = {name: (tmp_path / "m" / "ham.tar.bz2").read_bytes() for name in ARCHIVES[:3]}
    content |= {n: (tmp_path / "m" / "20030228_spam.tar.bz2").read_bytes() for n in ARCHIVES[3:]}
    with serving({f"/{name}.tar.bz2": Reply(body) for name, body in content.items()}) as site:
        found = dict(read_mails(MailSource(kind="site", place=site.url), 60))
    assert found == {"ham": 3 * HAM, "spam": 2 * SPAM}


def test_a_site_that_lacks_an_archive_has_no_answer():
    with serving({}) as site, pytest.raises(SourceUnavailable, match="404"):
        read_mails(MailSource(kind="site", place=site.url), 60)


def test_made_up_mails_are_the_same_every_time_and_say_so():
    assert made_mails() == made_mails()
    assert all(name.startswith("made_") for name, _ in made_mails())


def test_the_published_corpus_has_its_digest(corpus_folder):
    parts = read_mails(MailSource(kind="folder", place=str(corpus_folder)), 1)
    assert content_digest(parts) == PUBLISHED_SHA256
    assert [(name, len(mails), is_spam(name)) for name, mails in parts] == [
        ("easy_ham", 2500, False), ("easy_ham_2", 1400, False), ("hard_ham", 250, False),
        ("spam", 500, True), ("spam_2", 1396, True),
    ]  # fmt: skip
