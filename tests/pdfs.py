"""The text of our PDFs, page by page: enough of the format to read what we write ourselves."""

import base64
import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj\s(.*?)endobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)\s*endstream", re.DOTALL)
_SHOWN = re.compile(rb"/(\S+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj", re.DOTALL)
_ESCAPED = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)


def pages(pdf: bytes) -> list[list[str]]:
    """Every line of text on each page, in the order in which it was written."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    fonts = {
        name.decode(): _meanings(objects[int(cmap)])
        for body in objects.values()
        for name in re.findall(rb"/Name /(\S+)", body)
        for cmap in re.findall(rb"/ToUnicode (\d+) 0 R", body)
    }
    found = []
    for body in objects.values():
        contents = re.search(rb"/Contents (\d+) 0 R", body)
        if contents and b"/Type /Page" in body:
            found.append(_lines(_stream(objects[int(contents[1])]), fonts))
    return found


def embedded(pdf: bytes) -> set[str]:
    """The typefaces whose glyphs are in the file."""
    names = re.findall(rb"/FontName /\w+\+([\w-]+)", pdf)
    assert len(re.findall(rb"/FontFile2 ", pdf)) == len(names)
    return {name.decode() for name in names}


def _stream(body: bytes) -> bytes:
    found = _STREAM.search(body)
    assert found is not None
    data = found[1]
    if b"/ASCII85Decode" in body:
        data = base64.a85decode(b"<~" + data.strip(), adobe=True)
    return zlib.decompress(data) if b"/FlateDecode" in body else data


def _meanings(body: bytes) -> dict[int, str]:
    text = _stream(body).decode()
    return {
        int(code, 16): chr(int(sign, 16))
        for code, sign in re.findall(r"^<(\w+)> <(\w+)>$", text, re.MULTILINE)
        if len(sign) == 4
    }


def _lines(content: bytes, fonts: dict[str, dict[int, str]]) -> list[str]:
    """One entry for each run of ``Tj`` between ``BT`` and ``ET``."""
    lines = []
    font: dict[int, str] = {}
    # The operators stand alone; a box may well be called B-ZETCVECD.
    for block in re.findall(rb"(?<!\S)BT\s(.*?)\sET(?!\S)", content, re.DOTALL):
        said = ""
        for name, raw in _SHOWN.findall(block):
            if name:
                font = fonts.get(name.decode(), {})
            else:
                said += "".join(font[code] for code in _ESCAPED.sub(_unescaped, raw))
        lines.append(said)
    return lines


def _unescaped(found: "re.Match[bytes]") -> bytes:
    one = found[1]
    if len(one) == 3:
        return bytes([int(one, 8)])
    return {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}.get(one, one)
