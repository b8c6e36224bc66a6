"""A mail as it came, read: who wrote what, what they answer, and whether a person wrote at all.

Mail is the work of a thousand programs, and of people who mean harm. Whatever the bytes are, a
``Mail`` comes out or ``Unreadable`` is raised, and nothing in it is longer than it may be.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import Compat32
from email.utils import getaddresses
from typing import Any, ClassVar, Final

from oms_service.adapters.mail import reports
from oms_service.adapters.mail.charsets import decoded, header
from oms_service.adapters.mail.cutting import cut
from oms_service.adapters.mail.pages import as_text
from oms_service.adapters.mail.reports import Report
from oms_service.kernel.errors import DomainError
from oms_service.kernel.languages import Language
from oms_service.kernel.text import mail_key

LONGEST_TEXT: Final = 20_000
LONGEST_SUBJECT: Final = 200
_NOT_BASE64: Final = re.compile(r"[^A-Za-z0-9+/]")
_LONGEST_ADDRESS: Final = 254
_MOST_PARTS: Final = 200
_MOST_DEEP: Final = 20
_MOST_IDS: Final = 30
_MOST_ADDRESSES: Final = 50
#: What takes the library too long to take apart is no mail of people: so many lines, so many
#: pieces, so many of them made of others, and so long or often said a header.
_MOST_LINES: Final = 500_000
_MOST_PIECES: Final = 5_000
_MOST_NESTED: Final = 60
_LONGEST_HEADER: Final = 20_000
_MOST_SAID: Final = 20
#: No more of a text is looked at; far more than anybody is shown.
_MOST_TEXT: Final = 200_000
_MOST_HTML: Final = 400_000
_ID: Final = re.compile(r"<[!-;=?-~]{1,240}@[!-;=?-~]{1,240}>")
_ADDRESS: Final = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,190}")
_JAPANESE: Final = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")
_AUTOMATIC_SUBJECT: Final = re.compile(
    r"^\s*(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office"
    r"|【?自動(?:返信|応答|配信))",
    re.IGNORECASE,
)
_MACHINES: Final = re.compile(
    r"(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?|auto-?reply)(?:[+-].*)?@",
    re.IGNORECASE,
)
_DAEMONS: Final = re.compile(r"(?:mailer-daemon|postmaster)@", re.IGNORECASE)
#: Where servers on the way say to whom a mail was really sent.
_TO: Final = ("To", "Cc", "Delivered-To", "X-Original-To", "X-Forwarded-To", "Envelope-To")
_TEXT: Final = frozenset({"text/plain", "text/html"})


class Unreadable(DomainError):
    """Bytes that are no mail."""

    code: ClassVar[str] = "mail-unreadable"
    http_status: ClassVar[int] = 422


@dataclass(frozen=True)
class Part:
    """A file that came along: its name as its sender calls it, and its content."""

    name: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail. Addresses are comparable; ``sender`` is empty where none can be read.

    ``message_id`` and ``references`` stand in angle brackets. ``rest`` is what was cut off
    ``text``. ``automatic`` says by a code that no person wrote it: ``auto``, ``bulk``, ``list``,
    ``no_sender`` or ``machine``; it is empty otherwise.
    """

    key: str
    message_id: str
    references: tuple[str, ...]
    sender: str
    sender_name: str
    to: tuple[str, ...]
    subject: str
    text: str
    rest: str
    files: tuple[Part, ...]
    automatic: str
    language: Language | None
    report: Report | None
    authentication: tuple[str, ...] = ()


def read(raw: bytes) -> Mail:
    """Read a mail.

    Raises:
        Unreadable: these bytes are none.
    """
    try:
        return _read(raw)
    except Unreadable:
        raise
    except (Exception, RecursionError) as error:  # noqa: BLE001 - whatever the library says of hostile bytes
        raise Unreadable(f"the mail cannot be read: {type(error).__name__}") from None


def key_of(raw: bytes, message_id: str) -> str:
    """By what a mail is known again: by its id, or by its bytes where it has none."""
    said = message_id.encode() if message_id else b"raw " + raw
    return hashlib.sha256(said).hexdigest()


class _Bounded(Compat32):
    """How the library reads headers, none of them longer than it may be."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:_LONGEST_HEADER]


class _Taking:
    """Makes the pieces of one mail for the library, which would take apart any number of them."""

    def __init__(self) -> None:
        self.pieces = 0
        self.nested = 0

    def piece(self, *given: Any, **named: Any) -> Message:
        self.pieces += 1
        if self.pieces > _MOST_PIECES:
            raise Unreadable("it has too many parts")
        return _Piece(self, *given, **named)


class _Piece(Message):
    """A part that counts when the library goes into it."""

    def __init__(self, taking: _Taking, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._taking = taking

    def get_boundary(self, failobj: Any = None) -> Any:
        self._taking.nested += 1
        if self._taking.nested > _MOST_NESTED:
            raise Unreadable("its parts have too many parts")
        return super().get_boundary(failobj)


def _read(raw: bytes) -> Mail:
    if raw.count(b"\n") > _MOST_LINES:
        raise Unreadable("it has too many lines")
    mail = message_from_bytes(raw, _class=_Taking().piece, policy=_Bounded())
    head = _Head(mail)
    if not any(head.has(name) for name in ("From", "Sender", "Date", "Message-ID", "Subject")):
        raise Unreadable("nothing says from whom it is")
    ids = _ID.findall(head.first("Message-ID"))
    name, sender = head.sender()
    parts = list(_parts(mail))
    said = _body(parts)
    words = cut(said)
    found = reports.read(mail) or _in_own_words(sender, said)
    subject = head.first("Subject")[:LONGEST_SUBJECT]
    own = ids[0] if ids else ""
    return Mail(
        key=key_of(raw, own),
        message_id=own,
        references=head.references(),
        sender=sender,
        sender_name=name[:120],
        to=head.recipients(),
        subject=subject,
        text=words.said[:LONGEST_TEXT],
        rest=words.rest[:LONGEST_TEXT],
        files=tuple(_files(parts)),
        automatic=_automatic(head, sender, subject),
        language=_language(f"{subject} {words.said}"),
        report=found,
        authentication=tuple(head.every("Authentication-Results"))[:5],
    )


def _in_own_words(sender: str, said: str) -> Report | None:
    """What a server's own sender says with a number in it is a report, in whatever form."""
    if not _DAEMONS.match(sender):
        return None
    found = reports.guess(said[:LONGEST_TEXT], originals=tuple(_ID.findall(said))[:_MOST_IDS])
    return found if found.status else None


class _Head:
    """The headers as their reader sees them."""

    def __init__(self, mail: Message) -> None:
        self._said: dict[str, list[str]] = {}
        for name, value in mail.raw_items():
            self._said.setdefault(str(name).lower(), []).append(str(value))

    def has(self, name: str) -> bool:
        return name.lower() in self._said

    def every(self, name: str) -> list[str]:
        return [header(one) for one in self._said.get(name.lower(), ())[:_MOST_SAID]]

    def first(self, name: str) -> str:
        return next(iter(self.every(name)), "")

    def sender(self) -> tuple[str, str]:
        """Name and address of who wrote; where several did, of the first."""
        for name in ("From", "Sender"):
            for shown, address in self._addresses(name):
                return shown, address
        return "", ""

    def recipients(self) -> tuple[str, ...]:
        found = [address for name in _TO for _, address in self._addresses(name)]
        return tuple(dict.fromkeys(found))[:_MOST_ADDRESSES]

    def references(self) -> tuple[str, ...]:
        """What it answers, the nearest first."""
        answered = _ID.findall(self.first("In-Reply-To"))
        before = _ID.findall(self.first("References"))[::-1]
        return tuple(dict.fromkeys([*answered, *before]))[:_MOST_IDS]

    def _addresses(self, name: str) -> Iterator[tuple[str, str]]:
        # Read before it is decoded: a name may hold what looks like an address.
        for shown, address in getaddresses(list(self._said.get(name.lower(), ())[:_MOST_SAID])):
            key = mail_key(header(address))
            if len(key) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(key):
                yield header(shown), key


def _parts(mail: Message, depth: int = 0, left: list[int] | None = None) -> Iterator[Message]:
    """The parts that hold something, in their order; mail within mail is one part."""
    left = left if left is not None else [_MOST_PARTS]
    if mail.get_content_maintype() == "multipart" and mail.is_multipart():
        if depth < _MOST_DEEP:
            for one in _chosen(mail, reports.inside(mail)):
                yield from _parts(one, depth + 1, left)
        return
    left[0] -= 1
    if left[0] >= 0:
        yield mail


def _chosen(mail: Message, content: list[Message]) -> list[Message]:
    """All parts, but of several ways to say the same the plain one, else the last."""
    content = content[:_MOST_PARTS]
    if mail.get_content_subtype() != "alternative" or not content:
        return content
    for one in content:
        if one.get_content_type() == "text/plain" and _text(one).strip():
            return [one]
    calendars = [one for one in content if one.get_content_type() == "text/calendar"]
    rest = [one for one in content if one not in calendars]
    return [*rest[-1:], *calendars]


def _body(parts: list[Message]) -> str:
    said = [_text(one) for one in parts if _is_body(one)]
    words = "\n\n".join(one.strip("\n") for one in said if one.strip())
    if words:
        return words[:_MOST_TEXT]
    for one in parts:
        inner = reports.inside(one)
        if one.get_content_type() == "message/rfc822" and inner:
            within = [_text(part) for part in _parts(inner[0]) if _is_body(part)]
            return "\n\n".join(part.strip("\n") for part in within if part.strip())[:_MOST_TEXT]
    return ""


def _is_body(part: Message) -> bool:
    is_named = bool(part.get_filename()) or part.get_content_disposition() == "attachment"
    return part.get_content_type() in _TEXT and not is_named


def _content(part: Message) -> bytes:
    way, written = str(part.get("Content-Transfer-Encoding", "")), part.get_payload()
    if way.strip().lower() == "base64" and isinstance(written, str):
        # Cut off on its way, or with a line of somebody's advertisement below: what there is.
        plain = _NOT_BASE64.sub("", written.partition("=")[0])
        plain = plain[:-1] if len(plain) % 4 == 1 else plain
        return base64.b64decode(plain + "=" * (-len(plain) % 4))
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _text(part: Message) -> str:
    charset = part.get_param("charset", "")
    said = decoded(_content(part), charset if isinstance(charset, str) else charset[2])
    said = said.replace("\r\n", "\n").replace("\r", "\n")
    if part.get_content_type() == "text/html":
        return as_text(said[:_MOST_HTML])
    said = said[:_MOST_TEXT]
    is_flowed = str(part.get_param("format", "")).lower() == "flowed"
    return (
        _unflowed(said, joins=str(part.get_param("delsp", "")).lower() == "yes")
        if is_flowed
        else said
    )


def _unflowed(said: str, *, joins: bool) -> str:
    """Lines that were broken only to fit, whole again. Source: RFC 3676."""
    lines: list[str] = []
    is_open = False
    for line in said.split("\n"):
        stuffed = line[1:] if line.startswith(" ") else line
        is_quoted = line.startswith(">")
        if is_open and lines and not is_quoted and line != "-- ":
            lines[-1] += stuffed
        else:
            lines.append(stuffed if not is_quoted else line)
        is_open = line.endswith(" ") and line != "-- " and not is_quoted
        if is_open and joins:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)


def _files(parts: list[Message]) -> Iterator[Part]:
    for one in parts:
        if _is_body(one):
            continue
        kind = one.get_content_type()
        if kind in {"message/delivery-status", "message/feedback-report", "text/rfc822-headers"}:
            continue
        content = _content(one)
        if kind == "message/rfc822":
            inner = reports.inside(one)
            content = inner[0].as_bytes() if inner else b""
        if content:
            yield Part(header(one.get_filename() or kind.replace("/", "."))[:200], content)


def _automatic(head: _Head, sender: str, subject: str) -> str:
    """By which sign no person wrote it; empty where there is none."""
    said = head.first("Auto-Submitted").partition(";")[0].strip().lower()
    suppresses = head.first("X-Auto-Response-Suppress").lower()
    signs = {
        "auto": said not in {"", "no"}
        or any(head.has(name) for name in ("X-Autoreply", "X-Autorespond", "X-Failed-Recipients"))
        or any(one in suppresses for one in ("all", "oof", "autoreply"))
        or bool(_AUTOMATIC_SUBJECT.match(subject)),
        "list": head.has("List-Id") or head.has("List-Post"),
        "bulk": head.first("Precedence").lower() in {"bulk", "junk", "list", "auto_reply"},
        "no_sender": not sender
        or any(one.strip() in {"<>", ""} for one in head.every("Return-Path")),
        "machine": bool(_MACHINES.match(sender)),
    }
    return next((name for name, is_there in signs.items() if is_there), "")


def _language(said: str) -> Language | None:
    if _JAPANESE.search(said):
        return Language.JAPANESE
    return Language.ENGLISH if re.search(r"[A-Za-z]{3}", said) else None
