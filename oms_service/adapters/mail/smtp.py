"""Mail by a server."""

import smtplib
import ssl
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Final, Self
from urllib.parse import unquote, urlsplit

from oms_service.adapters.mail.addresses import Addresses
from oms_service.adapters.mail.letters import NOT_AN_ADDRESS, HeadOf, Now, letter
from oms_service.conversations.states import DeliveryState
from oms_service.conversations.transports import CutOff, Outcome, Outgoing

TIMEOUT_S: Final = 20.0
_PORTS: Final = {"smtp": 587, "smtps": 465}
#: Replies from here on mean "never", those below "not now". Source: RFC 5321, 4.2.1.
_NEVER: Final = 500
_FINE: Final = 250
#: A connection is kept for so long after its last message, and for so many of them.
KEPT_S: Final = 10.0
MOST_TOGETHER: Final = 100

Pace = Callable[[], None]
"""Waits until one more message may leave, or raises ``TooMany`` where that takes long."""


def at_once() -> None:
    """No limit."""


@dataclass(frozen=True)
class Server:
    """Where mail is handed in, from ``smtp://user:password@host:587`` or ``smtps://``."""

    host: str
    port: int
    user: str
    password: str
    is_tls: bool

    @classmethod
    def from_url(cls, url: str) -> Self:
        parts = urlsplit(url)
        return cls(
            parts.hostname or "localhost",
            parts.port or _PORTS[parts.scheme],
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            parts.scheme == "smtps",
        )


class SmtpTransport:
    """Hands each message to one server, encrypted whenever that server can.

    Messages that follow each other go over one connection. It is given up after a while, after
    many messages, after whatever went wrong, and when the process ends.
    """

    def __init__(
        self,
        server: Server,
        *,
        addresses: Addresses,
        head_of: HeadOf,
        now: Now,
        pace: Pace = at_once,
    ) -> None:
        self._server = server
        self._addresses = addresses
        self._head_of = head_of
        self._now = now
        self._pace = pace
        self._line = _Line(server)
        self._turn = threading.Lock()
        weakref.finalize(self, self._line.hang_up)

    def send(self, message: Outgoing) -> Outcome:
        """Send one message.

        Raises:
            CutOff: the server went silent over it, and may have taken it.
            OSError, smtplib.SMTPException, TooMany: the server cannot take it now; it may later.
        """
        try:
            head = self._head_of(message.language)
            mail = letter(message, addresses=self._addresses, head=head, now=self._now())
        except NOT_AN_ADDRESS:
            return Outcome(DeliveryState.FAILED, "the address cannot be written to")
        self._pace()
        with self._turn:
            return self._hand_over(message, mail)

    def close(self) -> None:
        """Take leave of the server; the next message finds a new connection."""
        with self._turn:
            self._line.hang_up()

    def _hand_over(self, message: Outgoing, mail: EmailMessage) -> Outcome:
        sender = self._addresses.bounces_to(message.message_id)
        is_open = False
        try:
            smtp = self._line.open()
            is_open = True
            smtp.send_message(mail, from_addr=sender, to_addrs=[message.to])
        except BaseException as error:
            self._line.hang_up()
            code = _refused_for_good(error)
            if code is not None:
                return Outcome(DeliveryState.FAILED, f"refused with {code}")
            if is_open and _is_silence(error):
                raise CutOff(f"no answer: {type(error).__name__}") from error
            raise
        self._line.count()
        return Outcome(
            DeliveryState.SENT, self._addresses.letter_id(message.message_id).partition("@")[0]
        )


def is_down(error: Exception) -> bool:
    """Whether an error is of the server, not of one message or its reader."""
    of_one = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)
    return isinstance(error, OSError) and not isinstance(error, of_one)


class _Line:
    """One connection, kept while messages follow each other."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._smtp: smtplib.SMTP | None = None
        self._taken = 0
        self._used_at = 0.0

    def open(self) -> smtplib.SMTP:
        """The connection that is open, if it still answers; else a new one."""
        is_fresh = time.monotonic() - self._used_at < KEPT_S and self._taken < MOST_TOGETHER
        if self._smtp is not None and not (is_fresh and self._answers(self._smtp)):
            self.hang_up()
        if self._smtp is None:
            self._smtp, self._taken = _connected(self._server), 0
        return self._smtp

    def count(self) -> None:
        self._taken, self._used_at = self._taken + 1, time.monotonic()

    def hang_up(self) -> None:
        """Its end decides nothing: a letter that was taken is not sent again."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        with suppress(OSError, smtplib.SMTPException):
            smtp.quit()
        smtp.close()

    @staticmethod
    def _answers(smtp: smtplib.SMTP) -> bool:
        """Asked before each further message: what is lost on the way to DATA is not known."""
        try:
            return smtp.noop()[0] == _FINE
        except (OSError, smtplib.SMTPException):
            return False


def _is_silence(error: BaseException) -> bool:
    """Whether a server has answered nothing at all: the connection broke, or time ran out."""
    if isinstance(error, smtplib.SMTPException):
        return isinstance(error, smtplib.SMTPServerDisconnected)
    return isinstance(error, OSError)


def _refused_for_good(error: BaseException) -> int | None:
    """The reply by which a server said "never" to this message; None of all else."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, _ = next(iter(error.recipients.values()))
        case smtplib.SMTPDataError():
            code = error.smtp_code
        case _:
            return None
    return code if code >= _NEVER else None


def _connected(server: Server) -> smtplib.SMTP:
    tls = ssl.create_default_context()
    if server.is_tls:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=TIMEOUT_S, context=tls
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    try:
        smtp.ehlo()
        if not server.is_tls and smtp.has_extn("starttls"):
            smtp.starttls(context=tls)
            smtp.ehlo()
        if server.user:
            smtp.login(server.user, server.password)
    except BaseException:
        smtp.close()
        raise
    return smtp
