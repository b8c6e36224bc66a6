"""What a notice is made of: paragraphs, facts and buttons, said alike in text and in HTML.

A text is written line by line. ``- Label: value`` is a fact, ``[Label](address)`` a button, every
other line a paragraph; ``{name}`` stands for what is filled in. Lines are read before they are
filled in, so no name of a product and no word of a customer can become a button.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import ClassVar, Final

from oms_service.kernel.languages import Language

PLACE: Final = re.compile(r"\{([a-z_]+)\}")
_FACT: Final = re.compile(r"- ([^::{}]+)[::]\s*(.+)")
_BUTTON: Final = re.compile(r"\[([^\]]+)\]\(([^()\s]+)\)")
#: More buttons than this are a choice among equals, none of which stands out.
_FEW: Final = 2


@dataclass(frozen=True)
class Paragraph:
    kind: ClassVar[str] = "paragraph"
    text: str


@dataclass(frozen=True)
class Fact:
    kind: ClassVar[str] = "fact"
    label: str
    value: str


@dataclass(frozen=True)
class Button:
    kind: ClassVar[str] = "button"
    label: str
    url: str


Part = Paragraph | Fact | Button
Fill = Callable[[str], str]


def read(line: str) -> Part:
    """What one line of a text is, its places not yet filled in."""
    line = line.strip()
    if found := _FACT.fullmatch(line):
        return Fact(*found.groups())
    if found := _BUTTON.fullmatch(line):
        return Button(*found.groups())
    return Paragraph(line)


def parts(body: str, fill: Fill, is_there: Callable[[str], bool]) -> tuple[Part, ...]:
    """A text filled in; a fact or button of which a place is empty is left out, as are empty lines.

    Args:
        body: as written.
        fill: fills in the places of one piece.
        is_there: whether a place has something to say.
    """
    return tuple(_filled(body, fill, is_there))


def _filled(body: str, fill: Fill, is_there: Callable[[str], bool]) -> Iterable[Part]:
    for line in body.split("\n"):
        match read(line):
            case Paragraph(text):
                yield from (Paragraph(one) for one in _lines(fill(text)))
            case Fact(label, value) if all(map(is_there, PLACE.findall(value))):
                yield Fact(fill(label), " ".join(fill(value).split()))
            case Button(label, url) if all(map(is_there, PLACE.findall(url))):
                yield Button(fill(label), fill(url))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def as_text(said: Sequence[Part], language: Language) -> str:
    """For mail programs without HTML, and for chats; an empty line stands before the buttons."""
    lines: list[str] = []
    for before, part in zip((None, *said), said, strict=False):
        match part:
            case Paragraph(text):
                lines += ["", text] if isinstance(before, Button) else [text]
            case Fact(label, value):
                is_japanese = language is Language.JAPANESE
                lines.append(f"・{label}:{value}" if is_japanese else f"- {label}: {value}")
            case Button(label, url):
                first = before is not None and not isinstance(before, Button)
                lines += ["", label, url] if first else [label, url]
    return "\n".join(lines)


_P: Final = "margin:0 0 16px"
_TH: Final = "text-align:left;font-weight:normal;padding:4px 16px 4px 0;vertical-align:top"
_TD: Final = "padding:4px 0;font-weight:600"
_FILLED: Final = (
    "display:inline-block;padding:12px 20px;border-radius:8px;background:{0};border:1px solid {0};"
    "color:#ffffff;text-decoration:none;font-weight:600"
)
_OUTLINED: Final = (
    "display:inline-block;padding:12px 20px;border-radius:8px;background:#ffffff;"
    "border:1px solid {0};color:{0};text-decoration:none"
)
_PLAIN: Final = "color:{0}"


def as_html(said: Sequence[Part], accent: str) -> str:
    """The same as a piece of HTML with its styles inline, for the frame of the shop's letters."""
    buttons = [part for part in said if isinstance(part, Button)]
    pieces: list[str] = []
    rows: list[str] = []
    for part in said:
        if rows and not isinstance(part, Fact):
            pieces.append(_table(rows))
            rows = []
        match part:
            case Paragraph(text):
                pieces.append(f'<p style="{_P}">{escape(text)}</p>')
            case Fact(label, value):
                rows.append(
                    f'<tr><th scope="row" style="{_TH}">{escape(label)}</th>'
                    f'<td style="{_TD}">{escape(value)}</td></tr>'
                )
            case Button(label, url):
                style = _style(buttons, part).format(accent)
                kind = ' class="link"' if style.startswith("color:") else ""
                link = f'<a href="{escape(url)}"{kind} style="{style}">{escape(label)}</a>'
                pieces.append(f'<p style="{_P}">{link}</p>')
    if rows:
        pieces.append(_table(rows))
    return "\n".join(pieces)


def _style(buttons: Sequence[Button], this: Button) -> str:
    if len(buttons) > _FEW:
        return _OUTLINED
    return _FILLED if this is buttons[0] else _PLAIN


def _table(rows: Sequence[str]) -> str:
    return f'<table style="border-collapse:collapse;margin:0 0 16px">{"".join(rows)}</table>'
