"""What people send is looked at and made harmless: types, names, pictures, and hostile files."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from oms_service.conversations.attachments_content import (
    LONGEST_NAME,
    LONGEST_SIDE,
    PREVIEW_SIDE,
    FileTooLarge,
    FileTypeRefused,
    FileUnreadable,
    Prepared,
    clean_name,
    prepare,
)
from oms_service.conversations.states import MediaType
from tests.factories.files import a_drawing, a_huge_png, a_pdf, a_photo

MEGABYTE = 1024 * 1024


def prepared(raw: bytes, name: str = "a.jpg", most_bytes: int = MEGABYTE) -> Prepared:
    return prepare(io.BytesIO(raw), name, most_bytes=most_bytes)


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


class TestPictures:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_nothing_of_what_a_camera_adds_is_kept(self, kind: str) -> None:
        raw = a_photo(kind=kind)
        assert b"SecretPhone" in raw
        found = prepared(raw)
        for kept in (found.content, found.preview or b""):
            assert b"Secret" not in kept
            picture = opened(kept)
            assert not picture.getexif()
            assert not {"exif", "xmp", "comment", "icc_profile"} & set(picture.info)

    def test_it_stands_upright_before_its_orientation_is_forgotten(self) -> None:
        found = prepared(a_photo(640, 480))
        assert (found.width, found.height) == (480, 640)
        red = opened(found.content).convert("RGB").getpixel((400, 60))
        assert isinstance(red, tuple)
        assert red[0] > 200
        assert red[1] < 60

    def test_a_large_one_is_kept_at_a_size_that_is_enough(self) -> None:
        found = prepared(a_photo(4032, 3024))
        assert (found.width, found.height) == (LONGEST_SIDE * 3 // 4, LONGEST_SIDE)
        assert max(opened(found.preview or b"").size) == PREVIEW_SIDE

    def test_a_small_one_is_not_made_larger(self) -> None:
        found = prepared(a_photo(30, 20))
        assert (found.width, found.height) == (20, 30)

    def test_what_is_clear_stays_clear_in_a_png_and_is_white_in_its_preview(self) -> None:
        found = prepared(a_drawing())
        assert found.media_type is MediaType.PNG
        assert opened(found.content).convert("RGBA").getpixel((5, 5)) == (20, 40, 60, 0)
        assert opened(found.preview or b"").getpixel((5, 5)) == (255, 255, 255)

    @pytest.mark.parametrize(
        ("raw", "kept"),
        [
            (a_photo(kind="WEBP"), MediaType.JPEG),
            (a_drawing(kind="WEBP"), MediaType.JPEG),
            (a_drawing(kind="GIF"), MediaType.PNG),
        ],
    )
    def test_others_become_one_of_two_kinds(self, raw: bytes, kept: MediaType) -> None:
        found = prepared(raw, "a.webp")
        assert found.media_type is kept
        assert found.name == {MediaType.JPEG: "a.jpg", MediaType.PNG: "a.png"}[kept]

    def test_the_same_picture_is_kept_as_the_same_bytes(self) -> None:
        assert prepared(a_photo()).sha256 == prepared(a_photo()).sha256

    def test_what_hides_behind_a_picture_is_gone(self) -> None:
        raw = a_photo() + b"PK\x03\x04<script>alert(1)</script>"
        assert b"script" not in prepared(raw).content


class TestHostileFiles:
    @pytest.mark.parametrize(
        "size", [(50_000, 50_000), (5001, 5000), (2**31 - 1, 2), (1, 25_000_000), (32_768, 1)]
    )
    def test_more_pixels_than_anybody_needs(self, size: tuple[int, int]) -> None:
        with pytest.raises(FileUnreadable):
            prepared(a_huge_png(*size))

    @pytest.mark.parametrize("cut", [3, 40, 200, 500])
    def test_a_picture_that_is_cut_off(self, cut: int) -> None:
        with pytest.raises(FileUnreadable):
            prepared(a_photo()[:cut])

    @pytest.mark.parametrize(
        "raw",
        [
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            b"\xef\xbb\xbf<?xml version='1.0'?><svg/>",
            b"just words, then < SCRIPT src=x>",
            b"<!DOCTYPE html><p>hi",
            b"words with a NUL \x00 in them",
            b"\x1b[2Jclears a terminal",
            b"MZ\x90\x00\x03\x00",
            b"PK\x03\x04\x14\x00",
            b"\x7fELF\x02\x01",
            "日本語".encode("shift_jis"),
            b"RIFF\x00\x00\x00\x00WAVE",
            b"BM\x00\x00",
            b"\x00\x00\x00\x18ftypheic",
        ],
    )
    def test_what_is_nothing_that_is_kept(self, raw: bytes) -> None:
        with pytest.raises(FileTypeRefused):
            prepared(raw, "innocent.jpg")

    def test_no_name_makes_a_file_what_it_is_not(self) -> None:
        assert prepared(a_pdf(), "photo.jpg").name == "photo.pdf"
        assert prepared(b"plain words", "page.html").name == "page.txt"

    def test_a_pdf_that_would_unpack_to_a_gigabyte_is_never_unpacked(self) -> None:
        raw = a_pdf(bytes(100 * MEGABYTE))
        assert len(raw) < MEGABYTE
        found = prepared(raw, "a.pdf")
        assert (found.content, found.preview) == (raw, None)

    def test_a_pdf_with_another_file_behind_it(self) -> None:
        with pytest.raises(FileTypeRefused):
            prepared(a_pdf() + b"PK\x03\x04" * 1000)

    def test_a_pdf_that_is_cut_off(self) -> None:
        with pytest.raises(FileUnreadable):
            prepared(a_pdf()[:-6])

    def test_nothing_at_all(self) -> None:
        with pytest.raises(FileUnreadable):
            prepared(b"")

    def test_no_more_is_read_than_may_be_sent(self) -> None:
        class Endless(io.RawIOBase):
            given = 0

            def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # any buffer
                self.given += len(buffer)
                return len(buffer)

        stream = Endless()
        with pytest.raises(FileTooLarge):
            prepare(stream, "a", most_bytes=MEGABYTE)  # type: ignore[arg-type]  # it reads
        assert stream.given <= MEGABYTE + 64 * 1024

    def test_exactly_as_much_as_may_be_sent(self) -> None:
        assert len(prepared(b"x" * MEGABYTE).content) == MEGABYTE
        with pytest.raises(FileTooLarge):
            prepared(b"x" * (MEGABYTE + 1))

    @given(
        start=st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"%PDF-"]),
        rest=st.binary(max_size=400),
    )
    def test_any_bytes_are_kept_or_refused_by_name(self, start: bytes, rest: bytes) -> None:
        try:
            found = prepared(start + rest)
        except (FileTypeRefused, FileUnreadable):
            return
        assert found.content


class TestNames:
    @pytest.mark.parametrize(
        ("given_name", "kept"),
        [
            ("写真 1.HEIC", "写真 1.jpg"),
            ("../../etc/passwd", "passwd.jpg"),
            ("C:\\fakepath\\IMG_1.JPG", "IMG_1.jpg"),
            ("a\x00b.png", "a b.jpg"),
            ("invoice\u202egpj.exe", "invoice gpj.jpg"),
            ("ハ\u309aン.jpg", "パン.jpg"),
            (".htaccess", "htaccess.jpg"),
            ("  .. ", "file.jpg"),
            ("", "file.jpg"),
            ("a\r\nSet-Cookie: x.jpg", "a Set-Cookie: x.jpg"),
        ],
    )
    def test_a_name_is_shown_and_goes_nowhere(self, given_name: str, kept: str) -> None:
        assert clean_name(given_name, MediaType.JPEG) == kept

    @given(st.text(max_size=300))
    def test_any_name_is_short_visible_and_no_path(self, name: str) -> None:
        kept = clean_name(name, MediaType.PDF)
        assert kept.endswith(".pdf")
        assert 5 <= len(kept) <= LONGEST_NAME + 4
        assert kept.isprintable()
        assert not set(kept) & {"/", "\\", "\0"}
