"""One mail, as it was sent -> a line of JSON with its text, headers and counts.

No mail stops a run: what cannot be decoded is counted, and read as far as that goes.
"""

import email
import json
import re
from collections.abc import Iterator
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr

from selectolax.lexbor import LexborHTMLParser

LARGEST_BYTES = 2**20  # what is read of a mail; the largest of the public corpus has 300 kB
LARGEST_HTML = 100_000  # characters; deeply nested marks take time quadratic in their number
LARGEST_TEXT = 20_000  # characters that are kept
LINK = re.compile(r"https?://([^\s/\"'<>:?]*)", re.IGNORECASE)
# what a mailing list adds says which list it was, not what the mail is
LIST_TAG = re.compile(r"^((?:(?:re|fwd?)\s*:\s*)*)\[[^\]]{2,30}\]\s*", re.IGNORECASE)
LIST_FOOTER = re.compile(
    r"\n_{20,}\s*\n.*|\n-{30,}\s*\n[^\n]*(?:list|sponsor).*", re.IGNORECASE | re.DOTALL
)
MESSAGE_ID = re.compile(r"<[^<>\s]+>")
THREAD = ("Message-ID", "In-Reply-To", "References")
COUNTS = (
    "links", "hosts", "numeric hosts", "capitals", "capitals of subject", "exclamation marks",
    "exclamation marks of subject", "dollar signs", "percent signs", "letters beyond ASCII",
    "characters", "marks for a character of text", "HTML parts", "HTML alone", "parts",
    "attachments", "pictures", "quoted lines", "reply", "sender without a name",
    "digits of the sender", "reply to another address", "longest word", "undecoded parts",
    "gap in subject",
)  # fmt: skip


def parse_mail(content: bytes) -> str:
    """Return a mail as a line of JSON.

    Parameters
    ----------
    content : bytes
        RFC 822 text; of more than 1 MiB the rest is not read.

    Returns
    -------
    str
        With `subject` and `text` without what a mailing list added, `headers` (all but the
        subject), `counts` in the order of `COUNTS`, `thread` (message ids), `undecoded`.
    """
    message = email.message_from_bytes(content[:LARGEST_BYTES])
    parts = list(_text_parts(message))
    plain = [_html_text(text) if is_html else text for text, is_html, _ in parts]
    whole = LIST_FOOTER.sub("", "\n".join(plain))[:LARGEST_TEXT]
    subject = LIST_TAG.sub(r"\1", _header(message, "Subject"))
    ids = (MESSAGE_ID.findall(_header(message, name)) for name in THREAD)
    fields = {
        "subject": subject,
        "text": whole,
        "headers": "\n".join(
            f"{name}: {_decoded_header(value)}"
            for name, value in message.items()
            if name.lower() != "subject"
        )[:LARGEST_TEXT],
        "counts": _counts(message, subject, whole, parts),
        "thread": sorted({each for found in ids for each in found}),
        "undecoded": sum(not is_sure for *_, is_sure in parts),
    }
    return json.dumps(fields)


def decode(content: bytes, charset: str | None) -> tuple[str, bool]:
    """Decode bytes by the charset they claim, by UTF-8 or by Windows-1252.

    Returns
    -------
    text : str
    is_sure : bool
        False if the claim is false, so that letters may be wrong.
    """
    for name in (charset or "ascii", "utf-8"):
        try:
            return content.decode(name), True
        except (LookupError, ValueError):
            continue
    return content.decode("cp1252", errors="replace"), False


def _text_parts(message: Message) -> Iterator[tuple[str, bool, bool]]:
    for part in message.walk():
        if part.is_multipart() or part.get_content_maintype() != "text":
            continue
        try:
            content, charset = part.get_payload(decode=True), part.get_content_charset()
        except (LookupError, ValueError, AssertionError, TypeError):
            content, charset = str(part.get_payload()).encode("utf-8", "replace"), "x-broken"
        text, is_sure = decode(content if isinstance(content, bytes) else b"", charset)
        is_html = part.get_content_subtype() == "html" or text.lstrip()[:5].lower() == "<html"
        yield text, is_html, is_sure


def _html_text(source: str) -> str:
    tree = LexborHTMLParser(source[:LARGEST_HTML])
    for node in tree.css("script, style, noscript, template"):
        node.decompose()
    return tree.body.text(separator=" ") if tree.body else ""


def _header(message: Message, name: str) -> str:
    return _decoded_header(message.get(name, ""))


def _decoded_header(value: object) -> str:
    try:
        parts = decode_header(str(value))
    except (MessageError, ValueError):
        return str(value)
    return "".join(
        part if isinstance(part, str) else decode(part, charset)[0] for part, charset in parts
    )


def _counts(
    message: Message, subject: str, text: str, parts: list[tuple[str, bool, bool]]
) -> list[float]:
    hosts = [host.lower() for source, *_ in parts for host in LINK.findall(source)]
    n_source = sum(len(source) for source, *_ in parts)
    n_html = sum(is_html for _, is_html, _ in parts)
    kinds = [part.get_content_maintype() for part in message.walk() if not part.is_multipart()]
    name, sender = parseaddr(_header(message, "From"))
    _, reply = parseaddr(_header(message, "Reply-To"))
    found = (
        len(hosts), len(set(hosts)), sum(each.replace(".", "").isdigit() for each in hosts),
        _capitals(text), _capitals(subject), text.count("!"), subject.count("!"), text.count("$"),
        text.count("%"), sum(letter > "\x7f" for letter in text) / max(len(text), 1), len(text),
        n_source / (len(text) + 1), n_html, n_html > 0 and n_html == len(parts), len(kinds),
        len(kinds) - len(parts), kinds.count("image"),
        sum(line.startswith(">") for line in text.splitlines()),
        bool(re.match(r"\s*re\s*:", subject, re.IGNORECASE)), not name,
        sum(map(str.isdigit, sender.partition("@")[0])), reply.lower() not in {"", sender.lower()},
        max(map(len, text.split()), default=0), sum(not is_sure for *_, is_sure in parts),
        bool(re.search(r"\s{4}", subject)),
    )  # fmt: skip
    return [float(each) for each in found]


def _capitals(text: str) -> float:
    return sum(map(str.isupper, text)) / max(sum(map(str.isalpha, text)), 1)
