"""A message as a letter: the headers that mail programs expect, and an id that never changes."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from typing import Final

from oms_service.appearance.current import Head
from oms_service.conversations.transports import Outgoing
from oms_service.kernel.languages import Language

_CONTINUED: Final = {
    Language.JAPANESE: "このメールは送信専用です。ご返信は承れません。",
    Language.ENGLISH: "This address only sends: replies to it are not read.",
}

#: Mail programs know no style sheets; the colours are those of ``tokens.css`` by day.
_FRAME: Final = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>{shop}</title></head>
<body style="margin:0;background:#faf7f2;color:#25211c;font:16px/1.7 {font}">
<div style="max-width:600px;margin:0 auto;padding:24px 16px">
<p style="margin:0 0 16px;color:{colour};font-weight:600">{shop}</p>
<div style="background:#ffffff;border:1px solid #e3dbd0;border-radius:8px;padding:24px">
{body}
</div>
<p style="color:#655c51;font-size:14px">{shop}<br>{continued}</p>
</div></body></html>
"""
_FONT: Final = "system-ui,'Hiragino Sans','Noto Sans JP',sans-serif"

#: What the library raises for addresses no mail can go to.
NOT_AN_ADDRESS: Final = (ValueError, IndexError, HeaderParseError)

Now = Callable[[], datetime]
HeadOf = Callable[[Language], Head]
"""What stands above a letter in a language."""


def letter_id(key: str) -> str:
    """The id of a letter, from the key of its sending: tried twice it is still one letter."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _page(body: str, *, head: Head, language: Language) -> str:
    """A mail as a page: ``body`` is HTML of our own between the shop's name and the foot."""
    return _FRAME.format(
        language=language.value,
        shop=escape(head.name),
        colour=head.colour,
        body=body,
        continued=_CONTINUED[language],
        font=_FONT,
    )


def letter(message: Outgoing, *, sender: str, head: Head, now: datetime) -> EmailMessage:
    """The mail to send."""
    shop_name = head.name
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
    if isinstance(body := message.extra.get("html"), str):
        page = _page(body, head=head, language=message.language)
        mail.add_alternative(page, subtype="html", cte="base64")
    for file in message.files:
        kind, _, part = file.media_type.partition("/")
        mail.add_attachment(file.content, kind, part, cte="base64", filename=file.name)
    return mail
