"""Which way mail leaves, from the settings."""

from pathlib import Path

from oms_service.adapters.mail.letters import HeadOf, Now
from oms_service.adapters.mail.mailbox import MailboxTransport
from oms_service.adapters.mail.smtp import Server, SmtpTransport
from oms_service.conversations.transports import Transport


def mail_transport(
    *, smtp_url: str, folder: Path, sender: str, head_of: HeadOf, now: Now
) -> Transport:
    """The server's when there is one, else files in ``folder``."""
    if smtp_url:
        return SmtpTransport(Server.from_url(smtp_url), sender=sender, head_of=head_of, now=now)
    return MailboxTransport(folder, sender=sender, head_of=head_of, now=now)
