"""The typeface of every document: BIZ UDPGothic, embedded as a subset, so that Japanese renders."""

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR: Final = "BIZUDPGothic"
BOLD: Final = "BIZUDPGothic-Bold"

_HOME: Final = Path(__file__).parents[2] / "node_modules/@expo-google-fonts/biz-udpgothic"
_FILES: Final = {
    REGULAR: "400Regular/BIZUDPGothic_400Regular.ttf",
    BOLD: "700Bold/BIZUDPGothic_700Bold.ttf",
}
#: What stands for a sign the typeface lacks, such as an emoji; printers know it as "geta".
UNKNOWN: Final = "〓"
_SPACE: Final = re.compile(r"\s+")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Mn"})


class NoTypeface(RuntimeError):
    """The files of the typeface are missing; the message says what to do."""


@cache
def face(name: str) -> TTFont:
    """The typeface, read once by each process and known to reportlab from then on.

    Raises:
        NoTypeface: its file is not there.
    """
    path = _HOME / _FILES[name]
    if not path.is_file():
        raise NoTypeface(f"{path} is missing: run setup/install.sh runtime")
    font = TTFont(name, str(path))
    pdfmetrics.registerFont(font)
    return font


@cache
def _known(name: str) -> frozenset[int]:
    return frozenset(face(name).face.charToGlyph)


def printable(text: str, name: str = REGULAR) -> str:
    """``text`` with single spaces, composed, and nothing the typeface cannot show."""
    known = _known(name)
    composed = _SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip()
    seen = (sign for sign in composed if unicodedata.category(sign) not in _UNSEEN)
    return "".join(sign if ord(sign) in known else UNKNOWN for sign in seen)


def width(text: str, name: str, size: float) -> float:
    """How wide a printed text is, in points."""
    return face(name).stringWidth(text, size)
