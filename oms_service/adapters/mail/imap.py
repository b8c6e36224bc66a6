"""A mailbox on a server, read by IMAP: what is new in it, one mail after the other."""

import hashlib
import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import unquote, urlsplit

TIMEOUT_S: Final = 20.0
_PORTS: Final = {"imap": 143, "imaps": 993}
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
#: Why a mailbox is not read: its server answers, and says no.
REFUSED: Final = "refused"
_NUMBER: Final = re.compile(rb"\d{1,10}")


class MailBoxAway(Exception):
    """A mailbox cannot be read now; ``why`` is a code."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class MailRefused(Exception):
    """The server is there and does not hand out this one mail."""


@dataclass(frozen=True)
class Place:
    """Where a mailbox is, from ``imaps://user:password@host:993/INBOX``."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str
    is_tls: bool

    @classmethod
    def from_url(cls, url: str) -> Self:
        parts = urlsplit(url)
        return cls(
            parts.hostname or "localhost",
            parts.port or _PORTS[parts.scheme],
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            unquote(parts.path.strip("/")) or "INBOX",
            parts.scheme == "imaps",
        )

    @property
    def key(self) -> str:
        """By what this mailbox is remembered: a digest, since a user's name may be an address."""
        said = f"{self.host}:{self.port} {self.user} {self.folder}"
        return hashlib.sha256(said.encode()).hexdigest()


class Opened:
    """A mailbox that is open. Mails are named by their numbers in it, ``uid``."""

    def __init__(self, imap: imaplib.IMAP4, *, uid_validity: int, uid_next: int) -> None:
        self._imap = imap
        self.uid_validity = uid_validity
        self.uid_next = uid_next

    def after(self, uid: int) -> list[int]:
        """The mails that came after one, in their order."""
        # A range up to the newest has the newest in it, even where that is an earlier one.
        return [one for one in self._search(f"UID {uid + 1}:*") if one > uid]

    def unseen(self) -> list[int]:
        """The mails that nobody has read, in their order."""
        return self._search("UNSEEN")

    def mail(self, uid: int, *, most_bytes: int) -> bytes | None:
        """The bytes of a mail, no more than so many; None where it is gone.

        Raises:
            MailRefused: the server says no to this one.
        """
        try:
            answer = self._ask("FETCH", str(uid), f"(BODY.PEEK[]<0.{most_bytes}>)")
        except MailBoxAway as error:
            if error.why == REFUSED:
                raise MailRefused from None
            raise
        return next((bytes(one[1]) for one in answer if isinstance(one, tuple)), None)

    def mark(self, uid: int) -> None:
        """Note on the server that a mail was read; of no consequence if it cannot."""
        with suppress(MailBoxAway):
            self._ask("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")

    def _search(self, what: str) -> list[int]:
        answer = self._ask("SEARCH", what)
        found = (_NUMBER.findall(one) for one in answer if isinstance(one, bytes))
        return sorted({int(one) for numbers in found for one in numbers})

    def _ask(self, command: str, *given: str) -> list[bytes | tuple[bytes, bytes] | None]:
        try:
            said, answer = self._imap.uid(command, *given)
        except (imaplib.IMAP4.error, OSError) as error:
            raise MailBoxAway(_code(error)) from None
        if said != "OK":
            raise MailBoxAway(REFUSED)
        return list(answer)


@contextmanager
def opened(place: Place) -> Iterator[Opened]:
    """A mailbox, open until the block ends.

    Raises:
        MailBoxAway: the server does not answer, knows no such user or folder, or would have the
            password sent in the clear.
    """
    try:
        imap = _connected(place)
    except (imaplib.IMAP4.error, OSError) as error:
        raise MailBoxAway(_code(error)) from None
    try:
        yield _selected(imap, place)
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            imap.logout()
        with suppress(OSError):
            imap.shutdown()


def _connected(place: Place) -> imaplib.IMAP4:
    tls = ssl.create_default_context()
    if place.is_tls:
        return imaplib.IMAP4_SSL(place.host, place.port, ssl_context=tls, timeout=TIMEOUT_S)
    imap = imaplib.IMAP4(place.host, place.port, timeout=TIMEOUT_S)
    try:
        _cover(imap, place, tls)
    except BaseException:
        with suppress(OSError):
            imap.shutdown()
        raise
    return imap


def _cover(imap: imaplib.IMAP4, place: Place, tls: ssl.SSLContext) -> None:
    """Encrypt the connection; a password goes in the clear nowhere but within this machine."""
    if "STARTTLS" in imap.capabilities:
        imap.starttls(tls)
    elif place.host not in _HERE:
        raise MailBoxAway("no_tls")


def _selected(imap: imaplib.IMAP4, place: Place) -> Opened:
    try:
        imap.login(place.user, place.password)
    except imaplib.IMAP4.error:
        raise MailBoxAway("login") from None
    except OSError as error:
        raise MailBoxAway(_code(error)) from None
    try:
        folder = place.folder.replace("\\", "\\\\").replace('"', '\\"')
        said, _ = imap.select(f'"{folder}"')
        if said != "OK":
            raise MailBoxAway("folder")
        validity, following = _told(imap, "UIDVALIDITY"), _told(imap, "UIDNEXT")
    except (imaplib.IMAP4.error, OSError) as error:
        raise MailBoxAway(_code(error)) from None
    return Opened(imap, uid_validity=validity, uid_next=following)


def _told(imap: imaplib.IMAP4, what: str) -> int:
    """A number that the server gives with the folder; 1 where it says none."""
    _, said = imap.response(what)
    numbers = _NUMBER.findall(said[0]) if said and isinstance(said[0], bytes) else []
    return int(numbers[0]) if numbers else 1


def _code(error: Exception) -> str:
    return "away" if isinstance(error, OSError | imaplib.IMAP4.abort) else REFUSED
