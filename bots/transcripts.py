"""A conversation written down: as a text to keep, and as the body of a mail."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

from oms_service.conversations.states import AuthorKind
from oms_service.conversations.views import MessageView
from oms_service.kernel.languages import Language
from oms_service.web import formats

#: In characters; of a longer conversation the end is written down.
LONGEST: Final = 60_000
_WHO: Final[Mapping[Language, Mapping[AuthorKind, str]]] = {
    Language.JAPANESE: {
        AuthorKind.CUSTOMER: "お客様",
        AuthorKind.BOT: "自動応答",
        AuthorKind.AGENT: "担当者",
        AuthorKind.NOTICE: "お知らせ",
    },
    Language.ENGLISH: {
        AuthorKind.CUSTOMER: "You",
        AuthorKind.BOT: "Automatic reply",
        AuthorKind.AGENT: "Colleague",
        AuthorKind.NOTICE: "Notice",
    },
}
_TITLE: Final = {
    Language.JAPANESE: "{shop}とのチャットの記録",
    Language.ENGLISH: "Your chat with {shop}",
}
_EARLIER: Final = {
    Language.JAPANESE: "(これより前のやり取りは省略しています)",
    Language.ENGLISH: "(What was said before is left out.)",
}
_FILE: Final = {Language.JAPANESE: "[ファイル: {name}]", Language.ENGLISH: "[File: {name}]"}


@dataclass(frozen=True)
class Transcript:
    """A conversation as it is handed out.

    ``said`` is in its order; ``is_cut`` says that more was said before it.
    """

    said: Sequence[MessageView]
    shop_name: str
    language: Language
    zone: ZoneInfo
    is_cut: bool = False

    @property
    def title(self) -> str:
        return _TITLE[self.language].format(shop=self.shop_name)

    def text(self) -> str:
        """Plain text, one block a message."""
        kept, is_cut = self._kept()
        blocks = [self.title]
        if is_cut:
            blocks.append(_EARLIER[self.language])
        day = None
        for one in kept:
            at = one.at.astimezone(self.zone)
            if at.date() != day:
                day = at.date()
                blocks.append(f"-- {self._day(one)} --")
            blocks.append("\n".join((self._who(one), *_lines(one, self.language))))
        return "\n\n".join(blocks) + "\n"

    def html(self) -> str:
        """What stands in the mail between the shop's name and its foot."""
        kept, is_cut = self._kept()
        parts = [f"<h1 {_style('margin:0 0 16px;font-size:20px')}>{escape(self.title)}</h1>"]
        if is_cut:
            parts.append(_paragraph(_EARLIER[self.language], _MUTED))
        day = None
        for one in kept:
            at = one.at.astimezone(self.zone)
            if at.date() != day:
                day = at.date()
                parts.append(_paragraph(self._day(one), _MUTED))
            ground = _GROUND.get(one.author_kind, "#f2ede5")
            words = "<br>".join(_linked(line) for line in _lines(one, self.language))
            parts.append(_paragraph(self._who(one), f"{_MUTED};margin:12px 0 2px"))
            box = f"background:{ground};border-radius:8px;padding:8px 12px;overflow-wrap:anywhere"
            parts.append(f'<div lang="{one.language.value}" {_style(box)}>{words}</div>')
        return "\n".join(parts)

    def _kept(self) -> tuple[Sequence[MessageView], bool]:
        """As much of the end as one reads, and whether anything is left out."""
        left = LONGEST
        for place in range(len(self.said) - 1, -1, -1):
            left -= len(self.said[place].text)
            if left < 0:
                return self.said[place + 1 :], True
        return self.said, self.is_cut

    def _who(self, one: MessageView) -> str:
        at = formats.clock_time(one.at.astimezone(self.zone), self.language)
        return f"{_WHO[self.language][one.author_kind]} {at}"

    def _day(self, one: MessageView) -> str:
        at = one.at.astimezone(self.zone)
        if self.language is Language.JAPANESE:
            return f"{at.year}年{at.month}月{at.day}日"
        return f"{at.day} {at:%B} {at.year}"


_LINK: Final = re.compile(r"https?://[^\s<>\"、。」)]+")
_MUTED: Final = "margin:12px 0;color:#655c51;font-size:14px"
_GROUND: Final[Mapping[AuthorKind, str]] = {
    AuthorKind.CUSTOMER: "#e8eef5",
    AuthorKind.NOTICE: "#faeed5",
}


def _lines(one: MessageView, language: Language) -> list[str]:
    files = [_FILE[language].format(name=file["name"]) for file in one.extra.get("files", ())]
    return [line for line in one.text.split("\n") if line.strip()] + files


def _linked(line: str) -> str:
    """The line as HTML; what is an address of the web can be pressed."""
    anchor = f'<a href="\\g<0>" {_style("color:#234b74")}>\\g<0></a>'
    return _LINK.sub(anchor, escape(line))


def _paragraph(text: str, style: str) -> str:
    return f"<p {_style(style)}>{escape(text)}</p>"


def _style(rules: str) -> str:
    return f'style="{rules}"'
