"""Files as people send them: photographs as telephones take them, and worse."""

import io
import zlib

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from oms_service.conversations import attachments, attachments_content
from oms_service.conversations.attachments import Rules
from oms_service.conversations.attachments_queries import AttachmentView
from oms_service.kernel.actors import Actor
from oms_service.runtime import Runtime

RULES = Rules(file_bytes=1_000_000, per_message=3, matter_bytes=3_000_000)


def a_photo(width: int = 640, height: int = 480, *, kind: str = "JPEG", shade: int = 90) -> bytes:
    """A photograph taken with the telephone upright, with place, device, thumbnail and XMP."""
    picture = Image.new("RGB", (width, height), (shade, 120, 60))
    picture.paste((250, 0, 0), (0, 0, width // 2, height // 2))
    exif = Image.Exif()
    exif[Base.Make], exif[Base.Orientation] = "SecretPhone", 6
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] = (35.0, 41.0, 22.0)
    written = io.BytesIO()
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>SecretPlace</x:xmpmeta>"
    picture.save(written, kind, exif=exif, xmp=xmp, comment=b"SecretComment")
    return written.getvalue()


def a_drawing(width: int = 64, height: int = 64, *, kind: str = "PNG") -> bytes:
    """A picture with something clear in it."""
    written = io.BytesIO()
    Image.new("RGBA", (width, height), (20, 40, 60, 0)).save(written, kind)
    return written.getvalue()


def a_huge_png(width: int, height: int) -> bytes:
    """A few bytes that claim to be a picture of that size."""
    head = width.to_bytes(4) + height.to_bytes(4) + bytes((8, 2, 0, 0, 0))

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)

    body = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


def a_pdf(stream: bytes = b"") -> bytes:
    """A PDF whose one stream unpacks to ``stream``."""
    packed = zlib.compress(stream)
    said = b"1 0 obj << /Length %d /Filter /FlateDecode >> stream\n" % len(packed)
    return b"%PDF-1.7\n" + said + packed + b"\nendstream endobj\ntrailer << >>\n%%EOF\n"


def upload(
    runtime: Runtime,
    actor: Actor,
    scope: str,
    *,
    key: str = "k1",
    content: bytes | None = None,
    name: str = "dent.jpg",
) -> AttachmentView:
    """A file that waits to be sent, stored where the runtime keeps files."""
    raw = io.BytesIO(content or a_photo())
    prepared = attachments_content.prepare(raw, name, most_bytes=RULES.file_bytes)
    with runtime.unit_of_work(actor) as uow:
        begun = attachments.begin(uow, scope=scope, key=key, prepared=prepared)
    runtime.files.put(begun.store_key, io.BytesIO(prepared.content))
    if begun.preview_key and prepared.preview:
        runtime.files.put(begun.preview_key, io.BytesIO(prepared.preview))
    with runtime.unit_of_work(actor) as uow:
        return attachments.finish(uow, begun.view.id)
