"""A message as a letter: the headers that mail programs expect, and an id that never changes."""

import re
from collections.abc import Callable
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from typing import Final
from urllib.parse import urlsplit

from oms_service.adapters.mail.addresses import Addresses
from oms_service.adapters.mail.writing import POLICY, divide
from oms_service.appearance.current import Head
from oms_service.conversations.transports import Outgoing
from oms_service.kernel.languages import Language

_CONTINUED: Final = {
    Language.JAPANESE: "このメールは送信専用です。ご返信は承れません。",
    Language.ENGLISH: "This address only sends: replies to it are not read.",
}
_ANSWERED: Final = {
    Language.JAPANESE: "このメールにご返信いただくと、担当者に届きます。",
    Language.ENGLISH: "Reply to this mail and a colleague will read it.",
}
#: Below what asks its reader something: by a reply, or on a page where replies are not read.
_ASKED: Final = {
    True: {
        Language.JAPANESE: "ご返信をお待ちしております。このメールにそのままご返信ください。",
        Language.ENGLISH: "We are waiting for your answer: please reply to this mail.",
    },
    False: {
        Language.JAPANESE: "ご返信をお待ちしております。こちらのページからお答えください。",
        Language.ENGLISH: "We are waiting for your answer. Please give it on this page:",
    },
}

#: A letter in a frame of a page runs no script, loads nothing and leads nowhere.
CAGE: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; form-action 'none';"
    " base-uri 'none'; sandbox"
)
#: Mail programs know no linked style sheets; the colours are those of ``tokens.css``, by day in
#: place, by night for programs that read the few rules at the top.
_NIGHT: Final = (
    ":root{color-scheme:light dark}"
    "@media (prefers-color-scheme:dark){"
    "body{background:#191715!important;color:#eee9e2!important}"
    ".sheet{background:#23201d!important;color:#eee9e2!important;"
    "border-color:#3a352f!important}"
    ".shop{color:#eee9e2!important}.small{color:#b3a99d!important}"
    ".link{color:#9cc3e8!important}}"
)
_FRAME: Final = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>{shop}</title>
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<style>{night}</style></head>
<body style="margin:0;background:#faf7f2;color:#25211c;font:16px/1.7 {font}">
<div style="max-width:600px;margin:0 auto;padding:24px 16px">
<p class="shop" style="margin:0 0 16px;color:{colour};font-weight:600">{shop}</p>
<div class="sheet" style="{sheet}">
{body}
</div>
<p class="small" style="color:#655c51;font-size:14px">{shop}<br>{continued}</p>
</div></body></html>
"""
_SHEET: Final = (
    "background:#ffffff;color:#25211c;border:1px solid #e3dbd0;border-radius:8px;padding:24px"
)
_FONT: Final = "system-ui,'Hiragino Sans','Noto Sans JP',sans-serif"
_WHOLE_PAGE: Final = "<!doctype html"

#: What the library raises for addresses no mail can go to.
NOT_AN_ADDRESS: Final = (ValueError, IndexError, HeaderParseError)
#: The ids of letters that came in, as they may stand in a header of ours.
FIT_ID: Final = re.compile(r"<[!-;=?-~]{1,240}@[!-;=?-~]{1,240}>")
_FIT_URL: Final = re.compile(r"https?://[!-;=?-~]{1,1500}")
#: So many earlier letters are named: programs need the first and the last ones.
_MOST_BEFORE: Final = 10

Now = Callable[[], datetime]
HeadOf = Callable[[Language], Head]
"""What stands above a letter in a language."""


def letter(message: Outgoing, *, addresses: Addresses, head: Head, now: datetime) -> EmailMessage:
    """The mail to send: text always, and HTML beside it where ``extra["html"]`` has any."""
    user, _, domain = addresses.sender.rpartition("@")
    continued = _continued(message.language, takes_answers=addresses.takes_answers)
    mail = EmailMessage(policy=POLICY)
    mail["From"] = Address(" ".join(head.name.split()), user, domain)
    mail["To"] = Address(addr_spec=message.to)
    if reply_to := addresses.reply_to(message.message_id):
        mail["Reply-To"] = Address(addr_spec=reply_to)
    mail["Subject"] = " ".join(message.subject.split()) or head.name
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{addresses.letter_id(message.message_id)}>"
    _refer(mail, message, addresses)
    if message.is_automatic:
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
    _let_leave(mail, message.extra.get("unsubscribe"))
    said = message.text.replace("\r\n", "\n").rstrip("\n")
    if isinstance(path := message.extra.get("asks"), str):
        said = f"{said}\n\n{_asked(message.language, addresses, path)}"
    mail.set_content(f"{said}\n\n-- \n{head.name}\n{continued}\n", cte="base64")
    if isinstance(body := message.extra.get("html"), str):
        whole = _page(body, head=head, language=message.language, continued=continued)
        mail.add_alternative(whole, subtype="html", cte="base64")
    for file in message.files:
        kind, _, part = file.media_type.partition("/")
        mail.add_attachment(file.content, kind, part, cte="base64", filename=file.name)
    divide(mail)
    # At last: what is set before is taken for the first part's alone.
    mail["Content-Language"] = message.language.value
    return mail


def _refer(mail: EmailMessage, message: Outgoing, addresses: Addresses) -> None:
    """Name what was written before in the same matter, so that it is one thread to its reader."""
    if not message.thread:
        return
    root = f"<{addresses.thread_id(message.conversation_public_id, message.thread)}>"
    before = [
        f"<{addresses.letter_id(one)}>" if isinstance(one, int) else one
        for one in message.before[-_MOST_BEFORE:]
    ]
    named = [root, *(one for one in before if FIT_ID.fullmatch(one))]
    mail["In-Reply-To"] = named[-1]
    mail["References"] = " ".join(named)


def _let_leave(mail: EmailMessage, url: object) -> None:
    """The address by which one press ends letters of this kind. Source: RFC 8058."""
    if not isinstance(url, str) or not _FIT_URL.fullmatch(url):
        return
    mail["List-Unsubscribe"] = f"<{url}>"
    if urlsplit(url).scheme == "https":
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def page(body: str, *, head: Head, language: Language, takes_answers: bool) -> str:
    """A mail as a page, as its readers get it: a piece of HTML of ours in the shop's frame."""
    continued = _continued(language, takes_answers=takes_answers)
    return _page(body, head=head, language=language, continued=continued)


def _asked(language: Language, addresses: Addresses, path: str) -> str:
    """That an answer is awaited, and how to give it."""
    sentence = _ASKED[addresses.takes_answers][language]
    return sentence if addresses.takes_answers else f"{sentence}\n{addresses.site}{path}"


def _continued(language: Language, *, takes_answers: bool) -> str:
    return (_ANSWERED if takes_answers else _CONTINUED)[language]


def _page(body: str, *, head: Head, language: Language, continued: str) -> str:
    """A mail as a page; HTML of our own that is no whole page yet gets the shop's frame."""
    if body.lstrip()[: len(_WHOLE_PAGE)].lower() == _WHOLE_PAGE:
        return body
    return _FRAME.format(
        language=language.value,
        shop=escape(head.name),
        colour=head.colour,
        body=body,
        continued=continued,
        font=_FONT,
        night=_NIGHT,
        sheet=_SHEET,
    )
