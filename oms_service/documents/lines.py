"""Breaking text into lines: Latin between words, Japanese between signs."""

import re
from typing import Final

from oms_service.documents import faces

#: A run of Latin letters, digits and what joins them stays together, as far as a hyphen; any other
#: sign stands alone.
_PIECE: Final = re.compile(r"[!-,.-~À-ɏ]+-*|-+|\s|.")
#: Signs that may not begin a line, and those that may not end one. Source: JIS X 4051.
_NOT_FIRST: Final = frozenset(
    "、。，．・：；？！ー）」』】〕》〉ぁぃぅぇぉっゃゅょァィゥェォッャュョ々％円)]}"
)
_NOT_LAST: Final = frozenset("（「『【〔《〈¥([{")


def broken(text: str, font: str, size: float, width: float, *, most: int = 0) -> list[str]:
    """The lines of ``text`` at ``width`` points; at most ``most``, the last with an ellipsis.

    A word wider than a line is cut. An empty text is one empty line.
    """
    done: list[str] = []
    line = ""
    for piece in _pieces(faces.printable(text, font), font, size, width):
        if line and faces.width(line + piece.rstrip(), font, size) > width:
            line, carried = _leave(line, piece)
            done.append(line.rstrip())
            line = carried + piece.lstrip() if carried or piece.strip() else ""
        else:
            line += piece
    lines = [*done, line.rstrip()]
    if most and len(lines) > most:
        lines = [*lines[: most - 1], _shortened(lines[most - 1], font, size, width)]
    return lines


def fitted(text: str, font: str, size: float, width: float) -> str:
    """One line: cut with an ellipsis where it is too long."""
    return broken(text, font, size, width, most=1)[0]


def _pieces(text: str, font: str, size: float, width: float) -> list[str]:
    found: list[str] = []
    for piece in _PIECE.findall(text):
        fits = faces.width(piece, font, size) <= width
        found += [piece] if fits else list(piece)
    return found


def _leave(line: str, piece: str) -> tuple[str, str]:
    """What ends this line, and what of it has to go along to the next."""
    if piece[0] not in _NOT_FIRST and line[-1] not in _NOT_LAST:
        return line, ""
    cut = len(line) - 1
    while cut > 0 and (line[cut] in _NOT_FIRST or line[cut - 1] in _NOT_LAST):
        cut -= 1
    if cut <= 0 or len(line) - cut > 4:  # noqa: PLR2004 - more would leave a hole
        return line, ""
    return line[:cut], line[cut:]


def _shortened(line: str, font: str, size: float, width: float) -> str:
    while line and faces.width(line + "…", font, size) > width:
        line = line[:-1]
    return line + "…"
