"""Slips, labels, pick lists and manifests."""

import io
from dataclasses import replace

import pytest
from reportlab.pdfgen.canvas import Canvas

from oms_service.documents import codes
from oms_service.documents.faces import REGULAR, printable, width
from oms_service.documents.lines import broken
from oms_service.documents.papers import (
    Manifest,
    ManifestRow,
    PackingSlip,
    Party,
    PickList,
    ShippingLabel,
)
from oms_service.documents.slips import label, manifest, packing_slip, pick_list
from oms_service.kernel.languages import Language
from tests.factories.documents import DAY, ISSUER, RECIPIENT, make_items
from tests.pdfs import pages

LABEL = ShippingLabel(
    language=Language.JAPANESE,
    carrier="自社便",
    service="手渡し",
    number="B-2K7QX9",
    order_number="A-10423",
    box_index=1,
    box_count=2,
    sender=ISSUER.party,
    recipient=RECIPIENT,
    ships_on=DAY,
    weight_g=1250,
)
SLIP = PackingSlip(
    language=Language.JAPANESE,
    order_number="A-10423",
    box_number="B-2K7QX9",
    box_index=1,
    box_count=2,
    ordered_on=None,
    packed_on=DAY,
    sender=ISSUER.party,
    recipient=RECIPIENT,
    items=make_items(2),
)


def test_a_packing_slip_says_what_is_in_the_box_and_no_price() -> None:
    (page,) = pages(packing_slip(SLIP))
    assert page[0] == "納品書"
    assert "〒160-0022" in page
    assert "佐藤 美咲 様" in page
    assert "B-2K7QX9 (1/2)" in page
    assert page[page.index("SKU-000") : page.index("SKU-000") + 3] == [
        "SKU-000",
        "ドリップコーヒー 0",
        "1",
    ]
    assert "合計点数 3" in page
    assert not any("円" in line for line in page)


def test_in_english_names_stand_without_sama() -> None:
    (page,) = pages(packing_slip(replace(SLIP, language=Language.ENGLISH)))
    assert page[0] == "Packing slip"
    assert "佐藤 美咲" in page
    assert "22 November 2026" in page


def test_a_label_is_one_small_page_with_where_it_goes() -> None:
    pdf = label(LABEL)
    (page,) = pages(pdf)
    assert b"/MediaBox [ 0 0 297.6378 419.5276 ]" in pdf
    assert page[:3] == ["自社便", "1/2", "手渡し"]
    assert "東京都新宿区新宿1-2-3" in page
    assert "1.25 kg" in page
    assert "B-2K7QX9" in page


def test_a_very_long_recipient_stays_on_the_one_page() -> None:
    long = Party(name="長い名前の会社" * 12, postal_code="1600022", lines=("新宿" * 40, "棟" * 60))
    assert len(pages(label(replace(LABEL, recipient=long)))) == 1


def test_a_pick_list_follows_the_bins() -> None:
    items = [replace(item, place=f"A A-{n}") for n, item in enumerate(make_items(3))]
    wanted = PickList(
        language=Language.ENGLISH,
        number="P-4X2K9Q",
        location="Yokohama",
        printed_at="2026-11-22 09:10",
        items=items,
    )
    (page,) = pages(pick_list(wanted))
    assert [line for line in page if line.startswith("A A-")] == ["A A-0", "A A-1", "A A-2"]


def test_a_manifest_counts_and_weighs() -> None:
    row = ManifestRow(
        box_number="B-1", tracking_number="123", order_number="A-1", region="東京都", weight_g=400
    )
    wanted = Manifest(
        language=Language.JAPANESE,
        number="M-1",
        carrier="ヤマト運輸",
        location="横浜倉庫",
        day=DAY,
        sender=ISSUER.party,
        rows=[row] * 50,
    )
    made = pages(manifest(wanted))
    assert len(made) == 2
    assert "個口数 50 総重量 20.00 kg" in made[1]


def test_signs_the_typeface_lacks_are_shown_as_geta() -> None:
    assert printable("㈱髙島屋 😀\n箸\x00") == "㈱髙島屋 〓 箸"


def test_japanese_breaks_anywhere_but_before_a_full_stop() -> None:
    lines = broken("これはとても長い文です。次の文です。", REGULAR, 10, 110)
    assert "".join(lines) == "これはとても長い文です。次の文です。"
    assert len(lines) > 1
    assert not any(line.startswith("。") for line in lines)
    assert all(width(line, REGULAR, 10) <= 110 for line in lines)


def test_latin_breaks_between_words_and_a_word_without_end_is_cut() -> None:
    assert broken("drip coffee", REGULAR, 10, width("drip coff", REGULAR, 10)) == ["drip", "coffee"]
    assert all(width(one, REGULAR, 10) <= 40 for one in broken("a" * 99, REGULAR, 10, 40))


def test_code_128_refuses_what_it_cannot_say() -> None:
    with pytest.raises(ValueError, match="ASCII"):
        codes.code128(Canvas(io.BytesIO()), "注文", 0, 0, width=100, height=10)
