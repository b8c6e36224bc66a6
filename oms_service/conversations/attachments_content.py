"""What is in a file that somebody sent: looked at, made harmless, never believed.

The type is what the first bytes say, not what a browser says or a name ends in. Pictures are
decoded and written anew: what a camera adds (place, time, device, a thumbnail of what was cut
off) and what somebody hid in them stays behind. Nothing else is ever unpacked.
"""

import hashlib
import io
import re
import unicodedata
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import IO, TYPE_CHECKING, ClassVar, Final

from oms_service.conversations.states import MediaType
from oms_service.kernel.errors import DomainError

if TYPE_CHECKING:
    from PIL.Image import Image

#: Sides of what is kept and of its preview, in pixels: enough to judge a scratch by.
LONGEST_SIDE: Final = 2560
PREVIEW_SIDE: Final = 480
#: A photograph is decoded at a part of its size, other pictures whole: four bytes a pixel.
MOST_PIXELS_OF_PHOTO: Final = 60_000_000
MOST_PIXELS: Final = 25_000_000
#: No camera makes longer pictures, and each row costs memory of its own, however short it is.
MOST_PIXELS_OF_SIDE: Final = 32_767
LONGEST_NAME: Final = 100
_QUALITY: Final = 85
_CHUNK: Final = 64 * 1024
#: How far behind its end mark a PDF may go on: what follows further is another file.
_AFTER_END: Final = 1024
_MARKUP: Final = re.compile(rb"<\s*(?:!doctype|\?xml|svg|html|head|body|script|iframe)", re.I)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BOM: Final = b"\xef\xbb\xbf"
#: Pictures decoded at a time in a process: each may take a quarter of a gigabyte.
_DECODING: Final = BoundedSemaphore(2)

#: Kinds of pictures that are read, and what they are kept as.
_PICTURES: Final = {
    "JPEG": MediaType.JPEG,
    "WEBP": MediaType.JPEG,
    "PNG": MediaType.PNG,
    "GIF": MediaType.PNG,
}
PICTURES: Final = frozenset(_PICTURES.values())
#: What a browser offers to choose; telephones turn their own formats into one of these.
ACCEPTED: Final = "image/jpeg,image/png,image/webp,image/gif,application/pdf,text/plain"
_ENDINGS: Final = {
    MediaType.JPEG: ".jpg",
    MediaType.PNG: ".png",
    MediaType.PDF: ".pdf",
    MediaType.TEXT: ".txt",
}


class FileTooLarge(DomainError):
    """More bytes than a file may have."""

    code: ClassVar[str] = "file-too-large"
    http_status: ClassVar[int] = 413


class FileTypeRefused(DomainError):
    """No kind of file that is kept here, whatever its name says."""

    code: ClassVar[str] = "file-type-refused"
    http_status: ClassVar[int] = 415


class FileUnreadable(DomainError):
    """Empty, broken, or a picture with more pixels than anybody needs."""

    code: ClassVar[str] = "file-unreadable"
    http_status: ClassVar[int] = 422


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A file as it will be kept. ``width`` and ``height`` are pixels, 0 of what is no picture."""

    name: str
    media_type: MediaType
    content: bytes
    preview: bytes | None = None
    width: int = 0
    height: int = 0

    @property
    def sha256(self) -> str:
        """Of what is kept, in hex."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class _Picture:
    content: bytes
    preview: bytes
    media_type: MediaType
    size: tuple[int, int]


def prepare(stream: IO[bytes], name: str, *, most_bytes: int) -> Prepared:
    """Read a file to its end and make it what will be kept.

    Raises:
        FileTooLarge: it goes on beyond ``most_bytes``; no more than that is read.
        FileTypeRefused: it is nothing that is kept here.
        FileUnreadable: it is empty, broken, or has too many pixels.
    """
    raw = _read(stream, most_bytes)
    if not raw:
        raise FileUnreadable("the file is empty")
    kind = _picture_kind(raw)
    if kind is not None:
        picture = _cleaned(raw, kind)
        width, height = picture.size
        return Prepared(
            name=clean_name(name, picture.media_type),
            media_type=picture.media_type,
            content=picture.content,
            preview=picture.preview,
            width=width,
            height=height,
        )
    found = MediaType.PDF if _is_pdf(raw) else MediaType.TEXT
    if found is MediaType.TEXT:
        _assert_text(raw)
    return Prepared(name=clean_name(name, found), media_type=found, content=raw)


def clean_name(name: str, media_type: MediaType) -> str:
    """A name to show and to save by: no path, nothing invisible, the ending of what it is."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(" " if unicodedata.category(one) in _HIDDEN else one for one in last)
    stem = " ".join(seen.split()).strip(". ")
    if "." in stem:
        stem = stem.rpartition(".")[0].rstrip(". ")
    return f"{stem[:LONGEST_NAME].rstrip() or 'file'}{_ENDINGS[media_type]}"


def _read(stream: IO[bytes], most: int) -> bytes:
    read = bytearray()
    while piece := stream.read(_CHUNK):
        read += piece
        if len(read) > most:
            raise FileTooLarge(f"a file has at most {most} bytes")
    return bytes(read)


def _picture_kind(raw: bytes) -> str | None:
    if raw.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if raw.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    return "WEBP" if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP" else None


def _is_pdf(raw: bytes) -> bool:
    """A PDF from its first byte to its end, and nothing behind it."""
    if not raw.startswith(b"%PDF-"):
        return False
    end = raw.rfind(b"%%EOF")
    if end < 0:
        raise FileUnreadable("the PDF is cut off")
    if len(raw) - end > _AFTER_END:
        raise FileTypeRefused("something else follows the PDF")
    return True


def _assert_text(raw: bytes) -> None:
    """Text in UTF-8 that no browser could take for a page."""
    try:
        words = raw.removeprefix(_BOM).decode()
    except UnicodeDecodeError:
        raise FileTypeRefused("neither a picture, a PDF nor text in UTF-8") from None
    if _CONTROL.search(words):
        raise FileTypeRefused("not plain text")
    if _MARKUP.search(raw):
        raise FileTypeRefused("a page or a drawing of markup, not plain text")


def _cleaned(raw: bytes, kind: str) -> _Picture:
    with _DECODING:
        try:
            return _written_anew(raw, kind)
        except DomainError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a decoder says of hostile bytes
            raise FileUnreadable(f"the picture cannot be read: {type(error).__name__}") from None


def _written_anew(raw: bytes, kind: str) -> _Picture:
    from PIL import Image, ImageOps  # noqa: PLC0415 - most processes never see a picture

    with Image.open(io.BytesIO(raw), formats=[kind]) as opened:
        is_photo = kind == "JPEG"
        if opened.width * opened.height > (MOST_PIXELS_OF_PHOTO if is_photo else MOST_PIXELS):
            raise FileUnreadable("the picture has too many pixels")
        if max(opened.size) > MOST_PIXELS_OF_SIDE:
            raise FileUnreadable("the picture is too long")
        if is_photo:
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        opened.load()
        profile = opened.info.get("icc_profile")
        upright = ImageOps.exif_transpose(opened)
    media_type = _PICTURES[kind]
    is_clear = media_type is MediaType.PNG and upright.has_transparency_data
    shown = _on_white(upright) if not is_clear else upright.convert("RGBA")
    shown.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=2.0)
    if profile and shown.mode == "RGB":
        shown = _in_srgb(shown, profile)
    shown.info.clear()
    small = _on_white(shown)
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), reducing_gap=2.0)
    small.info.clear()
    return _Picture(
        _encoded(shown, media_type), _encoded(small, MediaType.JPEG), media_type, shown.size
    )


def _on_white(picture: "Image") -> "Image":
    """Without anything clear, as a new picture."""
    if not picture.has_transparency_data:
        return picture.convert("RGB") if picture.mode != "RGB" else picture.copy()
    from PIL import Image  # noqa: PLC0415 - as above

    layer = picture.convert("RGBA")
    white = Image.new("RGB", layer.size, "white")
    white.paste(layer, mask=layer.getchannel("A"))
    return white


def _in_srgb(picture: "Image", profile: bytes) -> "Image":
    """The colours as they were meant, for a file that carries no profile."""
    from PIL import ImageCms  # noqa: PLC0415 - as above

    try:
        meant = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        done = ImageCms.profileToProfile(
            picture, meant, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):
        return picture
    return done or picture


def _encoded(picture: "Image", media_type: MediaType) -> bytes:
    written = io.BytesIO()
    if media_type is MediaType.JPEG:
        picture.save(written, "JPEG", quality=_QUALITY)
    else:
        picture.save(written, "PNG", compress_level=4)
    return written.getvalue()
