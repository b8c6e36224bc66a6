"""Mail by a server."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import unquote, urlsplit

from oms_service.adapters.mail.letters import NOT_AN_ADDRESS, HeadOf, Now, letter, letter_id
from oms_service.conversations.states import DeliveryState
from oms_service.conversations.transports import Outcome, Outgoing

TIMEOUT_S: Final = 20.0
_PORTS: Final = {"smtp": 587, "smtps": 465}
#: Replies from here on mean "never", those below "not now". Source: RFC 5321, 4.2.1.
_NEVER: Final = 500


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
    """Hands each message to one server, encrypted whenever that server can."""

    def __init__(self, server: Server, *, sender: str, head_of: HeadOf, now: Now) -> None:
        self._server = server
        self._sender = sender
        self._head_of = head_of
        self._now = now

    def send(self, message: Outgoing) -> Outcome:
        """Send one message.

        Raises:
            OSError, smtplib.SMTPException: the server cannot take it now; it may later.
        """
        try:
            head = self._head_of(message.language)
            mail = letter(message, sender=self._sender, head=head, now=self._now())
        except NOT_AN_ADDRESS:
            return Outcome(DeliveryState.FAILED, "the address cannot be written to")
        try:
            with self._session() as smtp:
                smtp.send_message(mail, from_addr=self._sender, to_addrs=[message.to])
        except smtplib.SMTPRecipientsRefused as refused:
            code, _ = next(iter(refused.recipients.values()))
            if code >= _NEVER:
                return Outcome(DeliveryState.FAILED, f"refused with {code}")
            raise
        except smtplib.SMTPDataError as refused:
            if refused.smtp_code >= _NEVER:
                return Outcome(DeliveryState.FAILED, f"refused with {refused.smtp_code}")
            raise
        return Outcome(DeliveryState.SENT, letter_id(message.key))

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """A session whose end decides nothing: a letter that was taken is not sent again."""
        smtp = self._connected()
        try:
            yield smtp
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()
        finally:
            smtp.close()

    def _connected(self) -> smtplib.SMTP:
        server, tls = self._server, ssl.create_default_context()
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
