"""Invoices, receipts and credit notes: what must stand on them, to the letter."""

from dataclasses import replace

import pytest

from oms_service.documents import facts
from oms_service.documents.bills import bill
from oms_service.kernel.languages import Language
from tests.factories.documents import REGISTRATION, make_bill
from tests.pdfs import embedded, pages


def said(pdf: bytes) -> list[str]:
    return [line for page in pages(pdf) for line in page]


def test_a_qualified_invoice_says_all_that_the_law_wants() -> None:
    lines = said(bill(make_bill()))
    assert lines[0] == "請求書(適格請求書)"
    for needed in (
        "佐藤 美咲 様",
        "I-000123",
        "2026年11月22日",
        "A-10423",
        "2026年11月20日",
        "みなと商店株式会社",
        f"登録番号 {REGISTRATION}",
        "3,830円",
        "※ドリップコーヒー",
        "マグ",
        "※は軽減税率(8%)対象です。",
    ):
        assert needed in lines
    table = lines[lines.index("対象額(税込)") :]
    assert table[:8] == [
        "対象額(税込)",
        "消費税額",
        "8%",
        "1,080円",
        "80円",
        "10%",
        "2,750円",
        "250円",
    ]


def test_without_a_registration_number_it_does_not_claim_to_be_qualified() -> None:
    text = "".join(said(bill(make_bill(registration=""))))
    assert text.startswith("請求書佐藤")
    assert "適格" not in text
    assert "登録番号" not in text


def test_in_english_the_same_facts_stand() -> None:
    lines = said(bill(make_bill(language=Language.ENGLISH)))
    assert lines[0] == "Invoice (qualified invoice)"
    assert "佐藤 美咲" in lines
    assert "22 November 2026" in lines
    assert "¥3,830" in lines
    assert "* ドリップコーヒー" in lines
    assert "* Reduced tax rate (8 %)." in lines


def test_sixty_lines_go_over_pages_each_with_the_head_of_the_table() -> None:
    made = pages(bill(make_bill(lines=[(f"品{n}", 100, 800) for n in range(60)])))
    assert [page[-1] for page in made] == ["1 / 2", "2 / 2"]
    assert all("品名" in page for page in made)
    assert sum(line.startswith("※品") for page in made for line in page) == 60


def test_a_reissued_receipt_says_so_and_the_first_does_not() -> None:
    first = make_bill("receipt", number="R-000001", purpose="事務用品代として")
    assert "再発行" not in said(bill(first))
    assert "再発行" in said(bill(replace(first, is_reissue=True)))
    assert "但し 事務用品代として" in said(bill(first))
    assert "電子データで発行しているため、収入印紙は不要です。" in said(bill(first))


def test_a_paper_receipt_has_room_for_its_revenue_stamp() -> None:
    lines = said(bill(make_bill("receipt", is_paper=True, stamp_minor=200, paid_by="代金引換")))
    assert lines[lines.index("収入印紙") + 1] == "200円"
    assert "お支払い方法 代金引換" in lines
    assert not any("電子データ" in line for line in lines)


def test_a_credit_note_names_the_invoice_it_refers_to() -> None:
    made = make_bill("credit_note", number="C-000001", about="I-000123", about_on=None)
    lines = said(bill(made))
    assert lines[0] == "返金明細書(適格返還請求書)"
    assert "I-000123" in lines


def test_the_same_values_are_the_same_bytes_with_every_typeface_embedded() -> None:
    made = bill(make_bill())
    assert made == bill(make_bill())
    assert embedded(made) == {"BIZUDPGothic-Regular", "BIZUDPGothic-Bold"}
    assert b"Helvetica" not in made


def test_an_erased_name_leaves_everything_else() -> None:
    assert "(消去済み)" in said(bill(make_bill(recipient="")))


@pytest.mark.parametrize("language", list(Language))
def test_what_is_kept_makes_the_same_document_again(language: Language) -> None:
    made = make_bill("receipt", language=language, purpose="お品代", stamp_minor=None)
    again = facts.read(
        facts.written(made), number=made.number, recipient=made.recipient, purpose=made.purpose
    )
    assert again == made
    assert "recipient" not in facts.written(made)
