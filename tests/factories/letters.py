"""Mails as they come in, byte by byte."""

import base64
import quopri
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

SAMPLES: Final[list[dict[str, Any]]] = tomllib.loads(
    (Path(__file__).parents[1] / "data/mails/letters.toml").read_text(encoding="utf-8")
)["mail"]
BOUNDARY: Final = "=_between_the_parts"


def a_mail(
    text: str = "いつ届きますか。",
    *,
    sender: str = "misaki.sato@example.jp",
    to: str = "desk@shop.example",
    subject: str = "お問い合わせ",
    message_id: str = "<1@mail.example.jp>",
    more: Mapping[str, str] | None = None,
    files: Mapping[str, tuple[str, bytes]] | None = None,
) -> bytes:
    """A plain mail in UTF-8; ``more`` are further headers, ``files`` their types and contents."""
    head = {
        "From": sender,
        "To": to,
        "Subject": encoded(subject, "utf-8"),
        "Message-ID": message_id,
        "Date": "Sun, 22 Nov 2026 10:00:00 +0900",
        "Return-Path": f"<{sender}>",
        "MIME-Version": "1.0",
        **(more or {}),
    }
    plain = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode() + b"\r\n"
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items() if value).encode()
    if not files:
        return lines + plain
    parts = [plain, *(_file(name, *one) for name, one in files.items())]
    return lines + multipart("mixed", parts)


def multipart(kind: str, parts: list[bytes], *, boundary: str = BOUNDARY, more: str = "") -> bytes:
    """Several parts as one, from their Content-Type on."""
    edge = f"--{boundary}\r\n".encode()
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"{more}\r\n\r\n'.encode()
    return head + b"".join(edge + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()


def a_sample(one: Mapping[str, Any]) -> bytes:
    """One of ``SAMPLES``."""
    subject = encoded(one["subject"], one["subject_charset"]).replace("\r", "")
    head = (
        "From: =?utf-8?B?5L2Q6Jek?= <misaki.sato@example.jp>\n"
        f"To: desk@shop.example\nMessage-ID: <sample@example.jp>\nSubject: {subject}\n{one['head']}"
    )
    return head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + _content(one)


def a_bounce(
    original: str, *, to: str, status: str = "5.1.1", action: str = "failed", gone: str = ""
) -> bytes:
    """What a server says of a letter that it could not deliver."""
    notice = b"Content-Type: text/plain\r\n\r\nYour message could not be delivered.\r\n"
    report = (
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.jp\r\n\r\n"
        f"Final-Recipient: rfc822; {gone}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} <{gone}>: no such user\r\n"
    ).encode()
    head = f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: {original}\r\n".encode()
    return (
        "From: MAILER-DAEMON@mx.example.jp\r\nReturn-Path: <>\r\nAuto-Submitted: auto-replied\r\n"
        f"To: {to}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        f"Message-ID: <bounce-{status}-{action}@mx.example.jp>\r\n"
    ).encode() + multipart("report", [notice, report, head], more="; report-type=delivery-status")


def a_complaint(original: str, *, to: str, by: str) -> bytes:
    """What a mail service says when its user calls a letter spam."""
    notice = b"Content-Type: text/plain\r\n\r\nThis is an abuse report.\r\n"
    report = (
        "Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n"
        f"User-Agent: Service/1.0\r\nVersion: 1\r\nOriginal-Rcpt-To: <{by}>\r\n"
    ).encode()
    letter = f"Content-Type: message/rfc822\r\n\r\nMessage-ID: {original}\r\n\r\nx\r\n".encode()
    return (
        f"From: feedback@service.example\r\nTo: {to}\r\nSubject: complaint\r\n"
        "Message-ID: <complaint@service.example>\r\n"
    ).encode() + multipart("report", [notice, report, letter], more="; report-type=feedback-report")


def encoded(words: str, charset: str) -> str:
    """A header in encoded words, cut where programs cut them: in the middle of characters too."""
    if not charset or words.isascii():
        return words
    content = words.encode(charset)
    pieces = [content] if charset == "iso-2022-jp" else [content[:7], content[7:]]
    written = (base64.b64encode(one).decode() for one in pieces if one)
    return "\r\n ".join(f"=?{charset}?B?{one}?=" for one in written)


def _file(name: str, kind: str, content: bytes) -> bytes:
    head = (
        f'Content-Type: {kind}; name="{encoded(name, "utf-8")}"\r\n'
        f'Content-Disposition: attachment; filename="{encoded(name, "utf-8")}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + base64.encodebytes(content)


def _content(one: Mapping[str, Any]) -> bytes:
    body = one["body"]
    content = _as_jis(body) if one["charset"] == "jis-windows" else body.encode(one["charset"])
    match one.get("encoding"):
        case "base64":
            return base64.encodebytes(content)
        case "base64-cut":
            return base64.b64encode(content)[:-3]
        case "quoted-printable":
            return quopri.encodestring(content)
    return bytes(content)


def _as_jis(body: str) -> bytes:
    """ISO-2022-JP as Windows writes it: Shift_JIS's characters moved into the square of JIS."""
    said = b""
    for one in body:
        pair = one.encode("cp932")
        if len(pair) == 1:
            said += b"\x1b(B" + pair
            continue
        row = pair[0] - (0x70 if pair[0] < 0xA0 else 0xB0)
        low = pair[1] < 0x9F
        cell = pair[1] - (0x1F if pair[1] < 0x80 else 0x20) if low else pair[1] - 0x7E
        said += b"\x1b$B" + bytes((2 * row - low, cell))
    return said + b"\x1b(B"
