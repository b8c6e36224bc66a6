"""Reports of mail servers: a letter did not arrive, or its reader calls it spam."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum
from typing import Final

from oms_service.adapters.mail.charsets import header
from oms_service.kernel.text import mail_key

_STATUS: Final = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_REPLY: Final = re.compile(r"(?<![\d.])([45])\d\d(?=[ -])")
_ID: Final = re.compile(r"<[!-;=?-~]{1,240}@[!-;=?-~]{1,240}>")
_MOST: Final = 40
_LONGEST_DETAIL: Final = 120
_LONGEST_FIELD: Final = 2_000
#: Permanent by their number, and yet not about the address: full, too large, refused as spam.
_NOT_THE_ADDRESS: Final = ("5.2.2", "5.2.3", "5.3.4", "5.7.")


class ReportKind(StrEnum):
    """What a report says."""

    #: It will never arrive.
    FAILED = "failed"
    #: It has not arrived yet.
    DELAYED = "delayed"
    #: Its reader calls it spam. Source: RFC 5965.
    COMPLAINT = "complaint"
    #: It arrived, or nothing that concerns us.
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a server says of one letter; ``status`` is as of RFC 3463, or empty."""

    kind: ReportKind
    recipient: str
    status: str
    detail: str
    originals: tuple[str, ...]

    @property
    def is_hard(self) -> bool:
        """Whether the address itself does not work, so that writing there again is of no use."""
        failed = self.kind is ReportKind.FAILED and self.status.startswith("5.")
        return failed and not self.status.startswith(_NOT_THE_ADDRESS)


def read(mail: Message) -> Report | None:
    """The report that a mail is; None of any other mail. Source: RFC 3464."""
    kind = str(mail.get_param("report-type", "")).lower()
    parts = list(_parts(mail))
    if kind == "feedback-report" or _has(parts, "message/feedback-report"):
        return _complaint(parts)
    if kind == "delivery-status" or _has(parts, "message/delivery-status"):
        return _failure(parts)
    return None


def inside(part: Message) -> list[Message]:
    """The parts that a part is made of; none of one that holds something itself."""
    content = part.get_payload()
    return [one for one in content if isinstance(one, Message)] if isinstance(content, list) else []


def guess(words: str, *, originals: tuple[str, ...] = ()) -> Report:
    """What a server says that keeps to no form: judged by the numbers in its words."""
    found = _STATUS.search(words)
    reply = _REPLY.search(words)
    status = found[0] if found else f"{reply[1]}.0.0" if reply else ""
    is_final = not status.startswith("4")
    return Report(
        kind=ReportKind.FAILED if is_final else ReportKind.DELAYED,
        recipient="",
        status=status,
        detail="",
        originals=originals,
    )


def _failure(parts: list[Message]) -> Report:
    fields: dict[str, str] = {}
    for one in parts:
        if one.get_content_type() == "message/delivery-status":
            for block in _blocks(one):
                fields |= block
    action = fields.get("action", "").lower().strip()
    status = _STATUS.search(fields.get("status", ""))
    kinds = {"failed": ReportKind.FAILED, "delayed": ReportKind.DELAYED}
    recipient = fields.get("final-recipient") or fields.get("original-recipient", "")
    return Report(
        kind=kinds.get(action, ReportKind.OTHER),
        recipient=_address(recipient),
        status=status[0] if status else "",
        detail=_without_addresses(fields.get("diagnostic-code", "")),
        originals=_originals(parts),
    )


def _complaint(parts: list[Message]) -> Report:
    fields: dict[str, str] = {}
    for one in parts:
        if one.get_content_type() == "message/feedback-report":
            for block in _blocks(one):
                fields |= block
    kind = fields.get("feedback-type", "").strip().lower()
    is_about_us = kind in {"abuse", "fraud", "other", "opt-out", "opt-out-list"}
    return Report(
        kind=ReportKind.COMPLAINT if is_about_us else ReportKind.OTHER,
        recipient=_address(fields.get("original-rcpt-to", "")),
        status="",
        detail=kind[:_LONGEST_DETAIL],
        originals=_originals(parts),
    )


def _blocks(part: Message) -> Iterator[dict[str, str]]:
    """The groups of fields of a report, however the library has taken them apart."""
    for one in inside(part)[:_MOST]:
        yield {
            str(name).lower(): header(str(value)) for name, value in list(one.raw_items())[:_MOST]
        }
        if isinstance(one.get_payload(), str):
            yield _fields(str(one.get_payload()))
    if isinstance(content := part.get_payload(), str):
        yield _fields(content)


def _fields(text: str) -> dict[str, str]:
    found = {}
    for line in text.replace("\r\n ", " ").replace("\n ", " ").splitlines()[:_MOST]:
        name, colon, value = line.partition(":")
        if colon and re.fullmatch(r"[A-Za-z-]{2,40}", name):
            found[name.lower()] = header(value[:_LONGEST_FIELD])
    return found


def _originals(parts: list[Message]) -> tuple[str, ...]:
    """The ids of the letter that a report is about."""
    found: list[str] = []
    for one in parts:
        content, inner = one.get_payload(), inside(one)
        if one.get_content_type() == "message/rfc822" and inner:
            found += _ID.findall(header(str(inner[0].get("Message-ID", ""))))
        elif one.get_content_type() == "text/rfc822-headers" and isinstance(content, str):
            head = re.search(r"^message-id:\s*(\S+)", content, re.IGNORECASE | re.MULTILINE)
            found += _ID.findall(head[1]) if head else []
    return tuple(dict.fromkeys(found))[:_MOST]


def _address(field: str) -> str:
    """``rfc822; a@b`` as an address."""
    return mail_key(field.rpartition(";")[2].strip().strip("<>"))[:254]


def _without_addresses(words: str) -> str:
    """What a server said, without whom it said it of."""
    words = re.sub(r"\S+@\S+", "…", words.partition(";")[2] or words)
    return " ".join(words.split())[:_LONGEST_DETAIL]


def _parts(mail: Message) -> Iterator[Message]:
    if mail.get_content_maintype() != "multipart":
        return
    for one in inside(mail)[:_MOST]:
        yield one
        if one.get_content_maintype() == "multipart":
            yield from inside(one)[:_MOST]


def _has(parts: list[Message], kind: str) -> bool:
    return any(one.get_content_type() == kind for one in parts)
