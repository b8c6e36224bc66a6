"""Files for B2クラウド, e飛伝Ⅲ and ゆうプリR: golden cells, limits, and what comes back."""

import csv
import io
from dataclasses import replace
from datetime import date

import pytest

from oms_service.adapters.carriers.programs import Contracts, b2_cloud, ehiden, yupuri
from oms_service.adapters.carriers.sheets import SheetFormat, encodable, in_lines, width, written
from oms_service.ports.labels import Unreadable, Unwritable
from tests.factories.documents import CUSTOMER, make_row

CONTRACTS = Contracts(yamato_customer="045-000-00001", sagawa_customer="123456789012")
FORMATS = (b2_cloud(CONTRACTS), ehiden(CONTRACTS), yupuri())


def table(body: bytes) -> list[list[str]]:
    assert body.endswith(b'"\r\n')
    return list(csv.reader(io.StringIO(body.decode("cp932"), newline="")))


def cells(form: SheetFormat, line: list[str]) -> dict[str, str]:
    """What is filled, by column."""
    named = zip((column.name for column in form.columns), line, strict=True)
    return {name: cell for name, cell in named if cell}


def test_b2_cloud_takes_95_columns_with_a_head() -> None:
    form = FORMATS[0]
    made = form.write([make_row()])
    head, line = table(made.body)
    assert made.name == "yamato-20261122.csv"
    assert (len(head), head[0], head[3], head[94]) == (
        95,
        "お客様管理番号",
        "伝票番号",
        "投函完了メール（ご依頼主宛）メールメッセージ",
    )
    assert cells(form, line) == {
        "お客様管理番号": "B-2K7QX9",
        "送り状種類": "0",
        "クール区分": "0",
        "出荷予定日": "2026/11/22",
        "お届け先電話番号": "090-1234-5678",
        "お届け先郵便番号": "160-0022",
        "お届け先住所": "東京都新宿区新宿1-2-3",
        "お届け先アパートマンション名": "新宿ハイツ101",
        "お届け先名": "佐藤 美咲",
        "敬称": "様",
        "ご依頼主電話番号": "045-000-0000",
        "ご依頼主郵便番号": "231-0023",
        "ご依頼主住所": "神奈川県横浜市中区山下町279-1",
        "ご依頼主アパートマンション": "みなとビル3F",
        "ご依頼主名": "みなと商店株式会社",
        "品名１": "コーヒー",
        "発行枚数": "1",
        "請求先顧客コード": "04500000001",
        "運賃管理番号": "01",
    }


def test_cash_on_delivery_makes_it_a_collect() -> None:
    row = replace(make_row(), cash_minor=5_400, cash_tax_minor=400)
    said = cells(FORMATS[0], table(FORMATS[0].write([row]).body)[1])
    assert (said["送り状種類"], said["ｺﾚｸﾄ代金引換額（税込)"], said["内消費税額等"]) == (
        "2",
        "5400",
        "400",
    )


def test_ehiden_takes_74_columns_and_breaks_addresses_at_sixteen_signs() -> None:
    form = FORMATS[1]
    head, line = table(form.write([make_row()]).body)
    said = cells(form, line)
    assert (len(head), head[9], head[61]) == (74, "お客様管理番号", "お問い合せ送り状No.")
    assert said["お届け先住所１"] == "東京都新宿区新宿1-2-3 新宿ハイツ"
    assert said["お届け先住所２"] == "101"
    assert (said["お客様コード"], said["出荷個数"], said["元着区分"]) == ("123456789012", "1", "1")


def test_yupuri_takes_117_columns_without_a_head() -> None:
    form = FORMATS[2]
    (line,) = table(form.write([make_row()]).body)
    said = cells(form, line)
    assert len(line) == 117
    assert (line[0], line[1], line[12], line[19]) == (
        "B-2K7QX9",
        "20261122",
        "160-0022",
        "090-1234-5678",
    )
    assert (said["商品サイズ区分"], said["重量合計（ｇ）"]) == ("080", "1200")


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.slug)
def test_what_the_encoding_lacks_is_replaced_and_told(form: SheetFormat) -> None:
    odd = replace(CUSTOMER, name="𠮷田 はな子😀", line2="あ\u2013ハイツ")
    made = form.write([make_row(recipient=odd)])
    text = made.body.decode("cp932")
    assert "吉田 はな子〓" in text
    assert "あ-ハイツ" in text
    assert {(one.row, one.reference, one.signs) for one in made.replaced} == {
        (1, "B-2K7QX9", "𠮷😀"),
        (1, "B-2K7QX9", "\u2013"),
    }


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.slug)
def test_what_does_not_fit_is_a_problem_of_its_row_and_no_file_is_made(form: SheetFormat) -> None:
    rows = [
        make_row("B-1"),
        make_row("B-2", recipient=replace(CUSTOMER, phone="", name="長" * 60)),
    ]
    with pytest.raises(Unwritable) as unfit:
        form.write(rows)
    assert {(one.row, one.reference, one.code) for one in unfit.value.problems} == {
        (2, "B-2", "missing"),
        (2, "B-2", "too_long"),
    }


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.slug)
def test_numbers_come_back_from_a_file_of_the_program(form: SheetFormat) -> None:
    body = written(
        [
            ["出荷日", form.reference_names[0], form.number_names[0]],
            ["2026/11/22", "B-1", "1234-5678-9012"],
            ["2026/11/22", "", "1234-5678-9013"],
            ["2026/11/22", "B-3", ""],
            ["2026/11/22", "B-4", "8.11029E+11"],
            ["2026/11/22", "B-5", "お調べ中"],
            ["2026/11/22", "B-6", '="012345678901"'],
        ]
    )
    results = form.read(body)
    assert [(one.row, one.reference, one.tracking_number) for one in results.shipped] == [
        (2, "B-1", "1234-5678-9012"),
        (7, "B-6", "012345678901"),
    ]
    assert [(one.row, one.code) for one in results.problems] == [
        (3, "missing"),
        (4, "missing"),
        (5, "rounded_by_a_spreadsheet"),
        (6, "not_a_number"),
    ]


def test_b2_cloud_results_without_a_head_are_read_by_their_places() -> None:
    (shipped,) = FORMATS[0].read(written([["B-1", "0", "0", "123456789012"]])).shipped
    assert (shipped.reference, shipped.tracking_number) == ("B-1", "123456789012")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty"),
        (b"\x81", "not_csv"),
        (b'"never closed\r\n', "not_csv"),
        (b"a,b\r\n1,2\r\n", "columns_missing"),
        (b"x\r\n" * 2_001, "too_many_rows"),
        (b"x" * (2 * 1024 * 1024 + 1), "too_large"),
    ],
)
def test_another_file_is_refused_with_its_reason(body: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        FORMATS[1].read(body)
    assert refused.value.code == code


def test_widths_count_half_width_signs() -> None:
    assert width("東京a") == 5
    assert in_lines("あいうえお", 4, 3) == ["あい", "うえ", "お"]
    assert in_lines("あいうえおかき", 4, 2) == ["あい", "うえおかき"]
    assert encodable("é①") == ("e①", "é")


@pytest.mark.parametrize(
    ("typed", "written_as"),
    [
        ('=HYPERLINK("http://x","y")', '・=HYPERLINK("http://x","y")'),
        ("+81", "・+81"),
        ("@SUM(A1)", "・@SUM(A1)"),
        ("-2+3", "‐2+3"),
        ("＝1+1", "・＝1+1"),
        ("  =1+1", "・=1+1"),
        ("\t=1+1", "・=1+1"),
        ("\u200b=1+1", "・=1+1"),
    ],
)
@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.slug)
def test_no_cell_that_a_customer_typed_is_a_formula_for_a_spreadsheet(
    form: SheetFormat, typed: str, written_as: str
) -> None:
    row = make_row()
    made = form.write([replace(row, recipient=replace(row.recipient, name=typed, line2=typed))])
    shown = table(made.body)
    assert written_as in shown[-1]
    assert [cell for line in shown for cell in line if cell[:1] in set("=+@-＝＋＠－")] == []
    assert made.replaced


def test_a_part_of_an_address_that_begins_with_a_hyphen_still_fits() -> None:
    street = "東京都新宿区新宿一丁目二十三番-45"
    first, second, _third = in_lines(street, 30, 3)
    assert (first, second) == (street[:15], "-45")
    assert encodable(second) == ("‐45", "-")
    assert encodable("新宿1-2-3") == ("新宿1-2-3", "")


@pytest.mark.parametrize(
    ("form", "code", "told"),
    [
        (FORMATS[0], "1416", {"お届け予定日": "2026/11/25", "配達時間帯": "1416"}),
        (FORMATS[1], "14", {"配達日": "2026/11/25", "配達指定時間帯": "14"}),
        (FORMATS[2], "53", {"配達指定日／希望日": "20261125", "配達時間帯区分": "53"}),
    ],
    ids=lambda given: getattr(given, "slug", ""),
)
def test_the_wished_day_and_hours_are_told(
    form: SheetFormat, code: str, told: dict[str, str]
) -> None:
    row = replace(make_row(), deliver_on=date(2026, 11, 25), window=code)
    said = cells(form, table(form.write([row]).body)[-1])
    assert {name: said[name] for name in told} == told
    without = cells(form, table(form.write([make_row()]).body)[-1])
    assert {without.get(name, "") for name in told} <= {"", "00"}
