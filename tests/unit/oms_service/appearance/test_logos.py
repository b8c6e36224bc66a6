"""Logos are written anew: nothing of the file that came stays, and nothing else gets in."""

import io

import pytest
from PIL import ExifTags, Image, ImageDraw

from oms_service.appearance import logos
from oms_service.appearance.logos import LogoRefused
from oms_service.appearance.models import MOST_LOGO


def drawn(size: tuple[int, int], kind: str = "PNG") -> bytes:
    """A red box with a clear (or white) margin of a quarter of the height."""
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    edge = size[1] // 4
    ImageDraw.Draw(picture).rectangle(
        (edge, edge, size[0] - edge - 1, size[1] - edge - 1), fill=(200, 30, 30, 255)
    )
    written = io.BytesIO()
    shown = picture if kind != "JPEG" else picture.convert("RGB")
    told = Image.Exif()
    told[ExifTags.Base.ImageDescription] = "secret"
    shown.save(written, kind, exif=told)
    return written.getvalue()


def test_the_margin_goes_and_the_size_is_that_of_the_header() -> None:
    logo = logos.made(drawn((1600, 800)))
    assert (logo.width_px, logo.height_px) == (360, 120)
    with Image.open(io.BytesIO(logo.icon)) as icon:
        assert (icon.format, icon.size, icon.getpixel((0, 0))) == ("PNG", (180, 180), (0, 0, 0, 0))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_every_kind_becomes_a_small_png_without_what_came_along(kind: str) -> None:
    logo = logos.made(drawn((400, 100), kind))
    with Image.open(io.BytesIO(logo.content)) as picture:
        assert (picture.format, picture.info) == ("PNG", {})
    assert b"secret" not in logo.content
    assert max(len(logo.content), len(logo.icon)) < MOST_LOGO


def test_the_same_picture_is_the_same_logo() -> None:
    assert logos.made(drawn((400, 100))).sha256 == logos.made(drawn((400, 100))).sha256


def clear() -> bytes:
    written = io.BytesIO()
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(written, "PNG")
    return written.getvalue()


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "empty"),
        (b"x" * (logos.MOST_BYTES + 1), "large"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "kind"),
        (b"GIF89a\x01\x00\x01\x00", "kind"),
        (drawn((400, 100))[:300], "broken"),
        (drawn((400, 8)), "small"),
        (drawn((8200, 20)), "pixels"),
        (clear(), "small"),
    ],
)
def test_what_is_no_logo_is_refused_with_a_reason(raw: bytes, why: str) -> None:
    with pytest.raises(LogoRefused) as refused:
        logos.made(raw)
    assert refused.value.why == why


def test_noise_of_the_largest_size_fits_the_table() -> None:
    noise = Image.effect_noise((480, 120), 90).convert("RGBA")
    noise.putalpha(Image.effect_noise((480, 120), 90))
    written = io.BytesIO()
    noise.save(written, "PNG")
    logo = logos.made(written.getvalue())
    assert max(len(logo.content), len(logo.icon)) <= MOST_LOGO
