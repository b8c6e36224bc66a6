"""Which way mail leaves, from the settings."""

from pathlib import Path

from oms_service.adapters.mail.addresses import Addresses
from oms_service.adapters.mail.letters import HeadOf, Now
from oms_service.adapters.mail.mailbox import MailboxTransport
from oms_service.adapters.mail.smtp import Pace, Server, SmtpTransport, at_once
from oms_service.conversations.transports import Transport


def mail_transport(
    *,
    smtp_url: str,
    folder: Path,
    addresses: Addresses,
    head_of: HeadOf,
    now: Now,
    pace: Pace = at_once,
) -> Transport:
    """The server's when there is one, else files in ``folder``."""
    if smtp_url:
        server = Server.from_url(smtp_url)
        return SmtpTransport(server, addresses=addresses, head_of=head_of, now=now, pace=pace)
    return MailboxTransport(folder, addresses=addresses, head_of=head_of, now=now)
