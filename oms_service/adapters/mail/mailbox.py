"""Mail where there is no server: files that any mail program opens, and their reader."""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from oms_service.adapters.mail.addresses import Addresses
from oms_service.adapters.mail.letters import NOT_AN_ADDRESS, HeadOf, Now, letter
from oms_service.conversations.states import DeliveryState
from oms_service.conversations.transports import Outcome, Outgoing


@dataclass(frozen=True)
class Letter:
    """One mail in the box."""

    id: str
    to: str
    subject: str
    text: str
    language: str
    at: datetime
    #: Its own id and where an answer to it goes; empty where nobody reads answers.
    message_id: str = ""
    reply_to: str = ""
    #: The letter as mail programs show it; empty of one that is text alone.
    html: str = ""


class MailboxTransport:
    """Writes each message into a folder as ``<id>.eml``; the same message is the same file."""

    def __init__(self, folder: Path, *, addresses: Addresses, head_of: HeadOf, now: Now) -> None:
        self._folder = folder
        self._addresses = addresses
        self._head_of = head_of
        self._now = now

    def send(self, message: Outgoing) -> Outcome:
        name = self._addresses.letter_id(message.message_id).partition("@")[0]
        path = self._folder / f"{name}.eml"
        if path.exists():
            return Outcome(DeliveryState.SENT, name)
        try:
            head = self._head_of(message.language)
            mail = letter(message, addresses=self._addresses, head=head, now=self._now())
        except NOT_AN_ADDRESS:
            return Outcome(DeliveryState.FAILED, "the address cannot be written to")
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(".part")
        draft.write_bytes(mail.as_bytes())
        draft.replace(path)
        return Outcome(DeliveryState.SENT, name)


def letters(folder: Path, *, limit: int = 50) -> list[Letter]:
    """The newest mails of a folder."""
    newest = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return [_read(path) for path in newest[:limit]]


def a_letter(folder: Path, letter_id: str) -> Letter | None:
    """One mail of a folder by its id."""
    path = folder / f"{letter_id}.eml"
    return _read(path) if re.fullmatch(r"[a-z0-9-]{1,80}", letter_id) and path.exists() else None


def _read(path: Path) -> Letter:
    mail: EmailMessage = message_from_bytes(path.read_bytes(), policy=SMTP)
    body, page = mail.get_body(("plain",)), mail.get_body(("html",))
    return Letter(
        id=path.stem,
        to=str(mail["To"].addresses[0].addr_spec),
        subject=str(mail["Subject"]),
        text=str(body.get_content()) if body else "",
        language=str(mail["Content-Language"] or ""),
        at=mail["Date"].datetime,
        message_id=str(mail["Message-ID"] or ""),
        reply_to=str(mail["Reply-To"].addresses[0].addr_spec) if mail["Reply-To"] else "",
        html=str(page.get_content()) if page else "",
    )
