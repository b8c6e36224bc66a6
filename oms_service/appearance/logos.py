"""The shop's logo: whatever picture came, written anew as small PNGs and nothing else."""

import hashlib
import io
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Final

from oms_service.kernel.errors import DomainError

if TYPE_CHECKING:
    from PIL.Image import Image

#: What may come in: bytes, and pixels of the whole and of a side.
MOST_BYTES: Final = 1024 * 1024
MOST_PIXELS: Final = 16_000_000
MOST_OF_SIDE: Final = 8_000
LEAST_OF_SIDE: Final = 16
#: Three times as wide as it is shown at most, for screens with fine dots.
SHOWN_PX: Final = (480, 120)
#: The picture in a browser's tab and on a phone's home screen.
ICON_PX: Final = 180

_KINDS: Final = ("PNG", "JPEG", "WEBP")
_DECODING: Final = BoundedSemaphore(1)


class LogoRefused(DomainError):
    """The file cannot be the logo; ``why`` is a code: empty, large, kind, broken, pixels, small."""

    code = "logo-refused"
    http_status = 422

    def __init__(self, why: str) -> None:
        super().__init__(f"the file cannot be the logo: {why}")
        self.why = why


@dataclass(frozen=True, kw_only=True)
class Logo:
    """A logo as it is kept: PNG, without anything that came along with the file."""

    sha256: str
    content: bytes
    icon: bytes
    width_px: int
    height_px: int


def made(raw: bytes) -> Logo:
    """The logo in a file that somebody sent.

    The margin around it is cut off; one that is wide is scaled to the header's height. The icon
    is the picture as a square on a clear ground.

    Raises:
        LogoRefused: it is too large, too small, or no PNG, JPEG or WebP.
    """
    if not raw:
        raise LogoRefused("empty")
    if len(raw) > MOST_BYTES:
        raise LogoRefused("large")
    with _DECODING:
        try:
            return _made(raw)
        except DomainError:
            raise
        except Exception:  # noqa: BLE001 - whatever a decoder says of hostile bytes
            raise LogoRefused("broken") from None


def _made(raw: bytes) -> Logo:
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415 - rarely needed

    try:
        opened = Image.open(io.BytesIO(raw), formats=_KINDS)
    except UnidentifiedImageError:
        raise LogoRefused("kind") from None
    with opened:
        if opened.width * opened.height > MOST_PIXELS or max(opened.size) > MOST_OF_SIDE:
            raise LogoRefused("pixels")
        if min(opened.size) < LEAST_OF_SIDE:
            raise LogoRefused("small")
        opened.load()
        picture = ImageOps.exif_transpose(opened).convert("RGBA")
    filled = picture.getchannel("A").getbbox()
    if filled is None:
        raise LogoRefused("small")
    picture = picture.crop(filled)
    shown = picture.copy()
    shown.thumbnail(SHOWN_PX, Image.Resampling.LANCZOS)
    content = _png(shown)
    return Logo(
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        icon=_png(_square(picture)),
        width_px=shown.width,
        height_px=shown.height,
    )


def _square(picture: "Image") -> "Image":
    from PIL import Image  # noqa: PLC0415 - as above

    small = picture.copy()
    small.thumbnail((ICON_PX, ICON_PX), Image.Resampling.LANCZOS)
    square = Image.new("RGBA", (ICON_PX, ICON_PX), (0, 0, 0, 0))
    square.paste(small, ((ICON_PX - small.width) // 2, (ICON_PX - small.height) // 2))
    return square


def _png(picture: "Image") -> bytes:
    written = io.BytesIO()
    picture.info.clear()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()
