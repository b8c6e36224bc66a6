"""Bytes of mail as text, whatever a program says they are: declared right, declared wrong, or not.

Nothing here raises, and what comes out may be stored: no NUL, no control characters, no halves of
surrogates.
"""

import base64
import binascii
import codecs
import quopri
import re
from typing import Final

#: What programs call it, and what they mean by it: the wider set that has all of the named one.
_MEANT: Final = {
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ms932": "cp932",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "cp51932": "euc_jp",
    "eucjp-ms": "euc_jp",
    "unicode-1-1-utf-7": "utf-7",
}
_JIS: Final = "iso-2022-jp"
_ESCAPE: Final = re.compile(rb"\x1b(\([BIJH]|\$[@B]|\$\([D@B])")
_GUESSED: Final = ("utf-8", "euc_jp", "cp932")
_UNFIT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\ud800-\udfff\ufeff]")
_WORD: Final = re.compile(r"=\?([A-Za-z0-9_.:+-]{1,40})(?:\*[^?]*)?\?([bBqQ])\?([^?]*)\?=")
_BETWEEN: Final = re.compile(r"[ \t\r\n]*")
_FOLDED: Final = re.compile(r"\r?\n[ \t]*|\r")


def decoded(content: bytes, charset: str = "") -> str:
    """Text that was declared to be in ``charset``, as far as that can be true."""
    named = charset.strip().strip("\"'").lower()
    if b"\x1b$" in content or (named.startswith(_JIS) and content.isascii()):
        return _clean(_from_jis(content))
    meant = _MEANT.get(named, named)
    for one in [meant] if meant and _is_known(meant) and not _is_vague(meant, content) else []:
        try:
            return _clean(content.decode(one))
        except (UnicodeError, LookupError, ValueError):
            break
    for one in _GUESSED:
        try:
            return _clean(content.decode(one))
        except UnicodeError:
            continue
    return _clean(content.decode("cp1252" if _is_vague(meant, content) else "utf-8", "replace"))


def header(value: str) -> str:
    """A header as its reader sees it: unfolded, encoded words decoded, on one line.

    ``value`` is as the library keeps it, bytes beyond ASCII as halves of surrogates.
    """
    if not value.isascii():
        value = decoded(value.encode("utf-8", "surrogateescape"))
    value = _FOLDED.sub(" ", value)
    said, at, pending = [], 0, (b"", "")
    for word in _WORD.finditer(value):
        between = value[at : word.start()]
        if not _BETWEEN.fullmatch(between) or not pending[0]:
            said += [decoded(*pending), between]
            pending = (b"", "")
        content, charset = _word(word), word[1].lower()
        if pending[1] not in {"", charset}:
            said.append(decoded(*pending))
            pending = (b"", "")
        # A character may be cut in two between words of one charset.
        pending, at = (pending[0] + content, charset), word.end()
    said += [decoded(*pending), value[at:]]
    return " ".join(_clean("".join(said)).split())


def _word(word: re.Match[str]) -> bytes:
    written = word[3].encode("ascii", "replace")
    if word[2] in "qQ":
        return quopri.decodestring(written, header=True)
    try:
        return base64.b64decode(written + b"=" * (-len(written) % 4))
    except (binascii.Error, ValueError):
        return b""


def _is_known(charset: str) -> bool:
    try:
        return codecs.lookup(charset)._is_text_encoding  # noqa: SLF001 - the only sign of one
    except (LookupError, ValueError):
        return False


def _is_vague(charset: str, content: bytes) -> bool:
    """Whether a charset fits any bytes at all, so that being told it says nothing."""
    return charset == "cp1252" and not content.isascii()


def _from_jis(content: bytes) -> str:
    """ISO-2022-JP as it is in use: with the characters that only Windows has, and half kana."""
    said, at, mode = [], 0, b"(B"
    for escape in _ESCAPE.finditer(content):
        said.append(_in_mode(content[at : escape.start()], mode))
        at, mode = escape.end(), escape[1]
    said.append(_in_mode(content[at:], mode))
    return "".join(said)


def _in_mode(content: bytes, mode: bytes) -> str:
    if mode == b"(I":
        return bytes(one | 0x80 for one in content).decode("cp932", "replace")
    if not mode.startswith(b"$"):
        return content.decode("utf-8", "replace")
    said = []
    for line in re.split(rb"(\r?\n)", content):
        if line.endswith(b"\n"):
            said.append(line.decode())
            continue
        pairs = (line[at : at + 2] for at in range(0, len(line) - 1, 2))
        said.append(b"".join(_shifted(pair) for pair in pairs).decode("cp932", "replace"))
    return "".join(said)


def _shifted(pair: bytes) -> bytes:
    """A pair of JIS as Shift_JIS has it; what is no pair stays a question mark."""
    row, cell = pair
    if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):  # noqa: PLR2004 - the square of JIS
        return b"?"
    lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)  # noqa: PLR2004 - as the standard maps them
    trail = cell + 0x7E if row % 2 == 0 else cell + (0x1F if cell < 0x60 else 0x20)  # noqa: PLR2004 - as above
    return bytes((lead, trail))


def _clean(said: str) -> str:
    return _UNFIT.sub("", said)
