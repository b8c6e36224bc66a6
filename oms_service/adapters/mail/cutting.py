"""What somebody wrote, apart from what they answer and from what stands below their name.

Rules of ours over lines, for the programs of both languages; ``docs/adr`` says why no library.
What is cut is kept: whoever reads the message may unfold it, and a cut that left nothing is none.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_DATE: Final = r"(?:\d{4}\s*[年/.-]\s*\d{1,2}\s*[月/.-]\s*\d{1,2}|\d{1,2}[./ ]\S{1,9}[./ ]\s?\d{4})"
#: One line that says: from here on stands what is answered.
_INTRODUCTIONS: Final = tuple(
    re.compile(one, re.IGNORECASE)
    for one in (
        r"^\s*On\b.{6,240}\bwrote\s*[:：]\s*$",
        r"^\s*Le\b.{6,200}\ba écrit\s*[:：]\s*$",
        r"^\s*Am\b.{6,200}\bschrieb.{0,120}[:：]\s*$",
        rf"^\s*{_DATE}.{{0,200}}[:：]\s*$",
        rf"^\s*{_DATE}.{{0,200}}<[^<>\s]+@[^<>\s]+>\s*(?:wrote)?\s*[:：]?\s*$",
        r"^.{0,120}(?:さん|様|さま)?(?:は|が)?(?:書きました|書いた|のメッセージ|からのメール)\s*[:：]\s*$",
        (
            r"^\s*-{2,}\s*(?:Original Message|Original-Nachricht|Forwarded message|Reply message"
            r"|元のメッセージ|元のメール|オリジナルメッセージ|転送メッセージ|転送されたメッセージ"
            r"|Forwarded by.{0,80})\s*-{2,}\s*$"
        ),
        r"^\s*(?:Begin forwarded message|転送されたメッセージ)\s*[:：]\s*$",
    )
)
#: The head that Outlook and others put above what is answered: a first line, and others soon after.
_HEAD_FIRST: Final = re.compile(
    r"^\s*>?\s*\*?(?:From|差出人|送信者|発信者)\*?\s*[:：]\s*\S", re.IGNORECASE
)
_HEAD_MORE: Final = re.compile(
    r"^\s*>?\s*\*?(?:Sent|Date|To|Cc|Subject|送信日時|送信日|日時|日付|宛先|受信者|件名|題名)\*?"
    r"\s*[:：]",
    re.IGNORECASE,
)
_RULE: Final = re.compile(r"^\s*(?:_{8,}|-{8,}|={8,}|─{4,}|━{4,})\s*$")
_QUOTED: Final = re.compile(r"^\s{0,2}[>＞|]")
_SIGNED: Final = re.compile(r"^--\s?$")
#: What telephones and free mail add at the end.
_FOOT: Final = re.compile(
    r"^\s*(?:Sent from (?:my|Mail|Yahoo|Outlook|Samsung|AOL).{0,80}|Get Outlook for \w+.{0,60}"
    r"|Sent via .{0,60}"
    r"|.{0,40}(?:iPhone|iPad|Android|スマートフォン|スマホ|携帯|ケータイ|ガラホ)\s*"
    r"(?:から|より)(?:の)?(?:送信|返信)(?:しました|しています|です)?[。.]?"
    r"|(?:docomo|ドコモ|au|ソフトバンク|SoftBank|楽天|Rakuten).{0,30}(?:から|より)送信.{0,10}"
    r"|Yahoo!メール\s*アプリ?.{0,20}"
    r"|.{0,20}Outlook(?: for .{1,20})?\s*(?:を入手|から送信|で送信).{0,20}"
    r"|Gmail\s*(?:から|より)送信.{0,10}|Xperia.{0,30}送信.{0,10}|Galaxy.{0,30}送信.{0,10})\s*$",
    re.IGNORECASE,
)
#: A line of ornament, as stands above and below a name in Japan.
_ORNAMENT: Final = re.compile(r"^\s*[-=_*~+#.・‥…─━═ー―＝－＊☆★◆◇■□●○◎♪*~〜]{6,}\s*$")
_CONTACT: Final = re.compile(
    r"@|〒|\bTEL\b|\bFAX\b|電話|携帯|https?://|株式会社|有限会社|\d{2,4}-\d{2,4}-\d{3,4}",
    re.IGNORECASE,
)
_LONGEST_SIGNATURE: Final = 12
_WRAPPED: Final = 3
_HEAD_WITHIN: Final = 5


@dataclass(frozen=True)
class Cut:
    """What was written now, and what was cut off: quoted words, signature."""

    said: str
    rest: str


def cut(text: str) -> Cut:
    """Part what is new from what is not; where nothing new is found, all of it is."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    said, rest = _without_history(lines)
    said, signature = _without_signature(said)
    words = _joined(said)
    if not words:
        return Cut(_joined(lines), "")
    return Cut(words, _joined([*signature, *([""] if signature and rest else []), *rest]))


def _without_history(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    begun = _introduction(lines)
    if begun is None:
        return _without_quotes_at_end(lines)
    start, after = begun
    body = lines[after:]
    first = next((at for at, line in enumerate(body) if line.strip()), None)
    if first is None or not _QUOTED.match(body[first]):
        return list(lines[:start]), list(lines[start:])
    blocks = _blocks(body[first:])
    own = [block for is_quoted, block in blocks if not is_quoted and _joined(block)]
    if not own:
        return list(lines[:start]), list(lines[start:])
    quoted = [block for is_quoted, block in blocks if is_quoted]
    if len(quoted) > 1:
        # Answers between the lines of what they answer are read together with it.
        return [*lines[:start], *body], list(lines[start:after])
    written = [line for block in own for line in block]
    return [*lines[:start], *written], [*lines[start:after], *quoted[0]]


def _introduction(lines: Sequence[str]) -> tuple[int, int] | None:
    """Where the line that introduces what is answered begins, and where it ends."""
    for at, line in enumerate(lines):
        if not line.strip():
            continue
        for length in range(1, _WRAPPED + 1):
            whole = " ".join(one.strip() for one in lines[at : at + length])
            if len(whole) < 400 and any(one.match(whole) for one in _INTRODUCTIONS):  # noqa: PLR2004 - longer is prose
                return at, min(at + length, len(lines))
            if at + length < len(lines) and not lines[at + length].strip():
                break
        if _is_head(lines, at):
            start = at - 1 if at and _RULE.match(lines[at - 1]) else at
            return start, at
    return None


def _is_head(lines: Sequence[str], at: int) -> bool:
    if not _HEAD_FIRST.match(lines[at]):
        return False
    soon = [line for line in lines[at + 1 : at + 1 + _HEAD_WITHIN] if line.strip()]
    return sum(bool(_HEAD_MORE.match(line)) for line in soon) >= 2  # noqa: PLR2004 - one may be prose


def _without_quotes_at_end(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    end = len(lines)
    while end and (not lines[end - 1].strip() or _QUOTED.match(lines[end - 1])):
        end -= 1
    return list(lines[:end]), list(lines[end:])


def _blocks(lines: Sequence[str]) -> list[tuple[bool, list[str]]]:
    """Runs of quoted lines and of others; an empty line belongs to the run it stands in."""
    found: list[tuple[bool, list[str]]] = []
    for line in lines:
        is_quoted = bool(_QUOTED.match(line))
        if found and (not line.strip() or found[-1][0] == is_quoted):
            found[-1][1].append(line)
        else:
            found.append((is_quoted, [line]))
    return found


def _without_signature(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    for at, line in enumerate(lines):
        if _SIGNED.match(line) and len(lines) - at <= _LONGEST_SIGNATURE * 2:
            return _without_foot(lines[:at], lines[at:])
    return _without_foot(lines, [])


def _without_foot(lines: Sequence[str], cut_off: Sequence[str]) -> tuple[list[str], list[str]]:
    end = _filled(lines)
    while end and _FOOT.match(lines[end - 1]):
        end = _filled(lines[: end - 1])
    start = _ornamented(lines[:end])
    end = _filled(lines[:start]) if start is not None else end
    return list(lines[:end]), [*lines[end:], *cut_off]


def _ornamented(lines: Sequence[str]) -> int | None:
    """Where a name and address between lines of ornament begin, if the text ends so."""
    for at in range(max(0, len(lines) - _LONGEST_SIGNATURE), len(lines)):
        below = [line for line in lines[at + 1 :] if not _ORNAMENT.match(line)]
        if _ORNAMENT.match(lines[at]) and below and any(_CONTACT.search(one) for one in below):
            return at
    return None


def _filled(lines: Sequence[str]) -> int:
    """How many lines there are without the empty ones at the end."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return end


def _joined(lines: Sequence[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
