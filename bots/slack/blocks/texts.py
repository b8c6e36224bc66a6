"""Text within Slack's limits: nothing in it mentions, links or formats but what we mean to.

Slack reads ``<...>`` as links and mentions, and ``*_~`` as formatting, in whatever it is told is
marked up. A ``Mark`` is text of which that is meant; every other text is escaped on its way in.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from bots.choices import units

#: What stands where there is nothing: Slack refuses texts of no length.
NOTHING: Final = "–"
_ELLIPSIS: Final = "…"
#: Nothing that stands in Slack is longer: of a longer text the rest need not be looked at.
_ENOUGH: Final = 12_000
#: What shows nothing and could hide or turn round what stands beside it.
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u00ad\u061c\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
_MANY_BREAKS: Final = re.compile(r"\n{3,}")
_SPACES: Final = re.compile(r"\s+")
#: Signs that format where a word begins or ends; within one they are only signs.
_FORMATS: Final = re.compile(r"(?<![^\W_])[*_~`]+|[*_~`]+(?![^\W_])")
_WIDE: Final = str.maketrans({"*": "＊", "_": "＿", "~": "～", "`": "｀", ">": "＞"})
#: What may be an emoji by its name.
_EMOJI: Final = re.compile(r":(?=([a-z0-9_+'-]{1,60}):)", re.IGNORECASE)
#: Emoji whose names hold no letter; of others of that kind there are times of day.
_NUMBERED: Final = frozenset({"+1", "-1", "100", "1234"})
_QUOTE: Final = re.compile(r"^[ \t]*>+", re.MULTILINE)
#: What Slack would read as a mention where it unescapes; plain texts need no more than this.
_CALLS: Final = re.compile(r"<(?=[!@#]|[a-z]+:)", re.IGNORECASE)
_ESCAPES: Final = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))
#: The smallest pieces of marked up text that may not be cut: a link, an entity.
_PIECE: Final = re.compile(r"<[^<>]*>|&(?:amp|lt|gt);")
_REGIONAL: Final = range(0x1F1E6, 0x1F200)
_TONES: Final = range(0x1F3FB, 0x1F400)
_TAGS: Final = range(0xE0020, 0xE0080)
_JOINER: Final = "\u200d"


class Mark(str):
    """Text whose signs are meant: ours, with what people wrote escaped in it."""

    __slots__ = ()


def clean(text: str, *, lines: bool = False) -> str:
    """Without what shows nothing and hides something; in one line unless ``lines``."""
    unified = text[: 2 * _ENOUGH].replace("\r\n", "\n").replace("\r", "\n")
    seen = _HIDDEN.sub("", unified[:_ENOUGH])
    if not lines:
        return _SPACES.sub(" ", seen).strip()
    rows = "\n".join(row.strip(" \t") for row in seen.split("\n"))
    return _MANY_BREAKS.sub("\n\n", rows).strip()


def plain(text: str, most: int, *, lines: bool = False) -> str:
    """For where Slack reads no marks: cleaned, cut, and never empty."""
    return cut(_CALLS.sub("＜", clean(text, lines=lines)), most) or NOTHING


def esc(text: str, most: int = 3_000, *, lines: bool = False) -> Mark:
    """For where Slack reads marks: what it would read as one is only a sign.

    A ``Mark`` is as it should be already.
    """
    if isinstance(text, Mark):
        return cut_mark(text, most)
    quiet = _QUOTE.sub(_widened, _EMOJI.sub(_unnamed, clean(text, lines=lines)))
    quiet = _FORMATS.sub(_widened, quiet)
    for sign, entity in _ESCAPES:
        quiet = quiet.replace(sign, entity)
    return cut_mark(Mark(quiet), most)


def mark(template: str, **values: object) -> Mark:
    """A text of ours with values of others: ``%(name)s`` are escaped, unless marks themselves."""
    return Mark(
        template
        % {name: esc(one if isinstance(one, str) else str(one)) for name, one in values.items()}
    )


def bold(text: str) -> Mark:
    """In bold, where there is anything to be."""
    said = esc(text)
    return Mark(f"*{said}*") if said else Mark("")


def linked(url: str, label: str) -> Mark:
    """A link to a page of ours, or its label alone where the address is none."""
    said = esc(label) or Mark(NOTHING)
    if not url.startswith(("https://", "http://")) or re.search(r"[\s<>|]", url):
        return said
    return Mark(f"<{url.replace('&', '&amp;')}|{said.replace('|', '¦')}>")


def joined(parts: Iterable[str], glue: str = " · ") -> Mark:
    """What there is of some texts, in one."""
    return Mark(glue.join(said for said in (esc(one, lines=True) for one in parts) if said))


def cut(text: str, most: int) -> str:
    """As many whole characters as a reader sees as fit into ``most`` units, with "…" where cut."""
    return text if units(text) <= most else _head(clusters(text), most)


def cut_mark(text: Mark, most: int) -> Mark:
    """The same for marked up text: neither a link nor an escaped sign is cut in two."""
    return text if units(text) <= most else Mark(_head(_pieces(text), most))


def _head(pieces: Iterator[str], most: int) -> str:
    left = most - units(_ELLIPSIS)
    kept = []
    for one in pieces:
        left -= units(one)
        if left < 0:
            break
        kept.append(one)
    return "".join(kept).rstrip() + _ELLIPSIS


def _pieces(text: str) -> Iterator[str]:
    end = 0
    for found in _PIECE.finditer(text):
        yield from clusters(text[end : found.start()])
        yield found.group()
        end = found.end()
    yield from clusters(text[end:])


def clusters(text: str) -> Iterator[str]:
    """The characters of a text as a reader sees them: a family of emoji is one."""
    held = ""
    for sign in text:
        if held and not _belongs(held, sign):
            yield held
            held = ""
        held += sign
    if held:
        yield held


def _belongs(before: str, sign: str) -> bool:
    code = ord(sign)
    if before[-1] == _JOINER or sign == _JOINER:
        return True
    if unicodedata.category(sign) in {"Mn", "Me", "Mc"} or code in _TONES or code in _TAGS:
        return True
    if code in _REGIONAL:
        flags = [one for one in before if ord(one) in _REGIONAL]
        return len(flags) == len(before) == 1
    return _is_hangul(before[-1], code)


def _is_hangul(last: str, code: int) -> bool:
    """Whether a Korean letter goes on with its syllable."""
    is_vowel_or_final = 0x1160 <= code <= 0x11FF  # noqa: PLR2004 - the block of them
    return is_vowel_or_final and (0x1100 <= ord(last) <= 0x11FF or 0xAC00 <= ord(last) <= 0xD7A3)  # noqa: PLR2004


def _unnamed(found: re.Match[str]) -> str:
    name = found.group(1)
    return "：" if name in _NUMBERED or any(one.isalpha() for one in name) else ":"


def _widened(found: re.Match[str]) -> str:
    return found.group().translate(_WIDE)
