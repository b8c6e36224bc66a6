"""A message as a letter: the headers that mail programs expect, and an id that never changes."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from oms_service.conversations.transports import Outgoing
from oms_service.kernel.languages import Language

_CONTINUED: Final = {
    Language.JAPANESE: "このメールは送信専用です。ご返信は承れません。",
    Language.ENGLISH: "This address only sends: replies to it are not read.",
}

#: What the library raises for addresses no mail can go to.
NOT_AN_ADDRESS: Final = (ValueError, IndexError, HeaderParseError)

Now = Callable[[], datetime]


def letter_id(key: str) -> str:
    """The id of a letter, from the key of its sending: tried twice it is still one letter."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def letter(message: Outgoing, *, sender: str, shop_name: str, now: datetime) -> EmailMessage:
    """The mail to send."""
    user, _, domain = sender.partition("@")
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(shop_name, user, domain)
    mail["To"] = Address(addr_spec=message.to)
    mail["Subject"] = " ".join(message.subject.split()) or shop_name
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{letter_id(message.key)}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    said = message.text.replace("\r\n", "\n").rstrip("\n")
    mail.set_content(f"{said}\n\n-- \n{shop_name}\n{_CONTINUED[message.language]}\n", cte="base64")
    mail["Content-Language"] = message.language.value
    for file in message.files:
        kind, _, part = file.media_type.partition("/")
        mail.add_attachment(file.content, kind, part, cte="base64", filename=file.name)
    return mail
