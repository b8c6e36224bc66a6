"""HTML of mail as plain text: what a reader sees of it. Nothing is fetched, nothing acts.

What the writer's program marks as quoted comes out with ``>`` before it, as in plain mail.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

_UNSEEN: Final = frozenset(
    {"script", "style", "head", "title", "template", "noscript", "svg", "object", "iframe"}
)
#: They have no end, so that nothing is inside of them.
_VOID: Final = frozenset({"br", "img", "hr", "meta", "link", "input", "col", "area", "base", "wbr"})
_BLOCKS: Final = frozenset(
    {
        *("p", "div", "table", "tr", "ul", "ol", "li", "blockquote", "pre", "section", "article"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "header", "footer", "form", "address", "dl", "dd"),
    }
)
_SPACED: Final = frozenset({"p", "blockquote", "ul", "ol", "table", "h1", "h2", "h3"})
#: By what programs mark the mail that is answered.
_QUOTED: Final = re.compile(
    r"gmail_quote|gmail_extra|yahoo_quoted|moz-cite-prefix|protonmail_quote|tutanota_quote"
    r"|divRplyFwdMsg|appendonsend|OLK_SRC_BODY|mail-quote|cite",
    re.IGNORECASE,
)
_FROM_HERE: Final = re.compile(r"divRplyFwdMsg|appendonsend", re.IGNORECASE)
_SPACE: Final = re.compile(r"[ \t\r\n\f\xa0\u200b\u200c\u200d]+")
_HIDDEN: Final = re.compile(r"display\s*:\s*none|font-size\s*:\s*0(?:px)?\s*(?:;|$)", re.IGNORECASE)
_MOST_DEEP: Final = 400


def as_text(page: str) -> str:
    """The text of a page, paragraph by paragraph."""
    reader = _Reader()
    reader.feed(_closed(page))
    reader.close()
    return reader.text()


def _closed(page: str) -> str:
    """A page without what begins and never ends: the library would look for each end to the last.

    Sections of ``<![`` it may not know; they are passed over like any other declaration.
    """
    page = page.replace("<![", "<!")
    seen, end, rest = page.rpartition("-->")
    page = seen + end + rest.replace("<!--", " ")
    seen, end, rest = page.rpartition(">")
    return seen + end + rest.replace("<", " ")


@dataclass
class _Open:
    """An element that is not closed yet."""

    tag: str
    is_unseen: bool = False
    is_quoted: bool = False
    href: str = ""
    said: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[_Open] = []
        self._lines: list[str] = []
        self._line = ""
        self._has_words = False
        self._unseen = 0
        self._quotes = 0
        self._rest_is_quoted = False

    def text(self) -> str:
        self._end_line()
        said = "\n".join(line.rstrip() for line in self._lines)
        return re.sub(r"\n{3,}", "\n\n", said).strip("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "br":
            self._end_line(always=True)
        elif tag == "hr":
            self._break(tag)
            self._say("-" * 20)
            self._break(tag)
        elif tag == "img" and not self._unseen and len(given.get("alt", "")) > 1:
            self._say(f"[{_SPACE.sub(' ', given['alt']).strip()}]")
        if tag in _VOID or len(self._open) >= _MOST_DEEP:
            return
        marks = f"{given.get('class', '')} {given.get('id', '')} {given.get('type', '')}"
        if tag in _BLOCKS:
            self._break(tag)
        self._rest_is_quoted = self._rest_is_quoted or bool(_FROM_HERE.search(marks))
        made = _Open(
            tag,
            is_unseen=tag in _UNSEEN or bool(_HIDDEN.search(given.get("style", ""))),
            is_quoted=tag == "blockquote" or (tag == "div" and bool(_QUOTED.search(marks))),
            href=given.get("href", "") if tag == "a" else "",
        )
        self._open.append(made)
        self._unseen += made.is_unseen
        self._quotes += made.is_quoted
        if tag == "li":
            self._say("- ")

    def handle_endtag(self, tag: str) -> None:
        if not any(one.tag == tag for one in self._open[-_MOST_DEEP:]):
            return
        if tag in _BLOCKS:
            self._end_line()
        closed = None
        while closed is None or closed.tag != tag:
            closed = self._open.pop()
            self._name_link(closed)
            self._unseen -= closed.is_unseen
            self._quotes -= closed.is_quoted
        if tag in _BLOCKS:
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        if any(one.tag == "pre" for one in self._open):
            first, *more = data.split("\n")
            self._line += first
            for line in more:
                self._end_line(always=True)
                self._line = line
            self._has_words = bool(self._line.strip())
            return
        said = _SPACE.sub(" ", data)
        self._say(said)
        for one in self._open[-3:]:
            if one.href:
                one.said.append(said)

    def _name_link(self, closed: _Open) -> None:
        """Where a link leads, unless its words say so themselves."""
        said = "".join(closed.said).strip()
        if not closed.href.startswith(("https://", "http://")) or self._unseen:
            return
        if said.rstrip("/") != closed.href.rstrip("/"):
            self._say(f" ({closed.href[:300]})")

    def _say(self, words: str) -> None:
        if not self._unseen:
            # A line is looked at once, not again with each piece that is added to it.
            said = words if self._has_words else words.lstrip()
            self._line += said
            self._has_words = self._has_words or bool(said)

    def _break(self, tag: str) -> None:
        self._end_line()
        if tag in _SPACED and self._lines and self._lines[-1].strip("> "):
            self._lines.append("> " * self._depth() if self._depth() else "")

    def _end_line(self, *, always: bool = False) -> None:
        said = self._line.rstrip()
        self._line, self._has_words = "", False
        if said or always:
            self._lines.append("> " * self._depth() + said)

    def _depth(self) -> int:
        return min(self._quotes + self._rest_is_quoted, 4)
