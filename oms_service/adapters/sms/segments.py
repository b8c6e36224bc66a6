"""How many parts a short message takes, and how a text is cut to what is allowed: pure.

As 3GPP TS 23.038 has it: 160 signs of the GSM alphabet or 70 of UTF-16 in one part, 153 or 67 in
each of several. A sign of two units never lies across two parts.
"""

from collections.abc import Sequence
from typing import Final

#: More parts than these are no short message.
MOST: Final = 3
_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: Behind an escape: two units each.
_ESCAPED: Final = frozenset("\f^{}\\[~]|€")
_GSM: Final = (160, 153)
_UTF_16: Final = (70, 67)
_PLANE: Final = 0xFFFF
#: Longer words are never looked at to their end.
_LONGEST: Final = 500


def is_gsm(text: str) -> bool:
    """Whether the GSM alphabet holds all of a text."""
    return all(sign in _BASIC or sign in _ESCAPED for sign in text)


def count(text: str) -> int:
    """The parts that a text is sent in; an empty one is sent as one."""
    if is_gsm(text):
        return _parts([1 + (sign in _ESCAPED) for sign in text], _GSM)
    return _parts([1 + (ord(sign) > _PLANE) for sign in text], _UTF_16)


def fitted(words: str, link: str, *, most: int = MOST) -> str:
    """``words`` and the link below them in at most ``most`` parts.

    Words are cut, the link never is: where it leaves no room, it stands alone.
    """
    words = " ".join(words.split())
    whole = f"{words}\n{link}" if words else link
    if count(whole) <= most:
        return whole
    for end in range(min(len(words), _LONGEST), 0, -1):
        kept = words[:end].rstrip()
        # An ellipsis of one sign is not of the GSM alphabet and would halve the room.
        tail = "..." if is_gsm(kept + link) else "…"
        short = f"{kept}{tail}\n{link}"
        if count(short) <= most:
            return short
    return link


def _parts(units: Sequence[int], room: tuple[int, int]) -> int:
    alone, together = room
    if sum(units) <= alone:
        return 1
    parts, used = 1, 0
    for each in units:
        if used + each > together:
            parts, used = parts + 1, 0
        used += each
    return parts
