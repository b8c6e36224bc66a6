"""Order numbers, mail, phone, postal codes and one-time codes, and what is none of them."""

import pytest

from bots.understanding.heard import Kind
from tests.unit.bots.understanding.slots.hearing import heard

ORDERS_EN = [
    ("where is A-10423", ("A10423",)),
    ("#W2611340", ("W2611340",)),
    ("my order # W 261 1340 please", ("W2611340",)),
    ("order 10423", ("10423",)),
    ("order number: 10423", ("10423",)),
    ("order no. 10423", ("10423",)),
    ("it's order number one zero four two three", ("10423",)),
    ("order number one two three four", ("1234",)),
    ("the number is A dash one oh four two three", ("A10423",)),
    ("order number double five oh one two", ("55012",)),
    ("W two six one one three four zero", ("W2611340",)),
    ("double-u 2 six 1 one 3 four 0", ("W2611340",)),
    ("A-10423 and A-10424", ("A10423", "A10424")),
    ("10423, 10424 and 10425", ("10423", "10424", "10425")),
    ("ord-55012", ("ORD55012",)),
    ("ORD 55012 hasn't come", ("ORD55012",)),
    ("a10423 where is it", ("A10423",)),
    ("A-10423 2 of them are broken", ("A10423",)),
    ("order A-10423 arrives on 12/3 right?", ("A10423",)),
    ("A-10423, and my phone is 090-1234-5678", ("A10423",)),
    ("w2611340", ("W2611340",)),
    ("status of 10045871", ("10045871",)),
    ("I forgot the W, it is 2611340", ("2611340",)),
    ("no.10423", ("10423",)),
    ("purchase 9502126 please", ("9502126",)),
    ("ORDER #A-10423!!", ("A10423",)),
    ("A - 10423", ("A10423",)),
    ("it's W 66 20 114", ("W6620114",)),
    ("invoice for 20-4471", ("204471",)),
]
ORDERS_JA = [
    ("A-10423はどこですか", ("A10423",)),
    ("Ａ－１０４２３", ("A10423",)),
    ("＃Ｗ２６１ １３４０", ("W2611340",)),
    ("注文番号10423です", ("10423",)),
    ("注文番号は一〇四二三です", ("10423",)),
    ("一〇四二三", ("10423",)),
    ("エーの10423はまだですか", ("A10423",)),
    ("エー、ハイフン、10423です", ("A10423",)),
    ("ダブリュー2611340", ("W2611340",)),
    ("注文番号はいちまるよんにーさんです", ("10423",)),
    ("エーのいちまるよんにーさん", ("A10423",)),
    ("A-10423とA-10424の件", ("A10423", "A10424")),
    ("10423と10424", ("10423", "10424")),
    ("A-10423 2個返品したい", ("A10423",)),
    ("A-10423を25日に届けて", ("A10423",)),
    ("注文(A-10423)について", ("A10423",)),
    ("注文番号「10423」", ("10423",)),
    ("オーダーNo.10423", ("10423",)),
    ("10423番の注文", ("10423",)),
    ("10423の注文を取り消したい", ("10423",)),
    ("a10423の件です", ("A10423",)),
    ("Ｗー２６１１３４０", ("W2611340",)),
    ("受注番号:10045871", ("10045871",)),
    ("ＯＲＤ－５５０１２", ("ORD55012",)),
    ("注文番号は、A 10423 です。", ("A10423",)),
    ("電話は090-1234-5678、注文はA-10423", ("A10423",)),
]
NO_ORDERS = [
    "call me on 090-1234-5678",
    "my phone number is 09012345678",
    "my phone is 5551234567",
    "(212) 555-0100",
    "+81 90 1234 5678",
    "my zip is 19122",
    "Yusuf Rossi in 19122",
    "Yusuf Rossi, 19122",
    "Springfield IL 62704",
    "SW1A 1AA",
    "K1A 0B6",
    "a.10423@example.jp",
    "it cost $12.50",
    "refund 1980 yen",
    "the card ending in 4242",
    "card 4242 4242 4242 4242",
    "the 10000mAh charger",
    "a 1000-piece puzzle",
    "tracking number 1234 5678 9012",
    "my code is 246810",
    "on 2026-12-25",
    "12/25/2026",
    "123 Main St, Springfield IL 62704",
    "two or three days",
    "between 14:00 and 16:00",
    "〒160-0022",
    "郵便番号は1600022です",
    "160-0022",
    "電話は０９０－１２３４－５６７８です",
    "1,980円",
    "2万円の商品",
    "末尾4242のカード",
    "10000mAhのバッテリー",
    "2026年12月25日",
    "確認コードは246810です",
    "伝票番号は123456789012です",
    "2個返品",
    "2つ目の商品",
    "東京都渋谷区神南1-2-3",
    "24cmのスニーカー",
    "午後2時から4時",
    "3日以内に返品できますか",
    "携帯09012345678",
    "500mlのボトル",
]
CONTACTS = [
    ("Hanako@Example.JP です", "mail", "hanako@example.jp"),
    ("ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ", "mail", "hanako@example.jp"),
    (
        "メールはhanako.sato+shop@mail.example.co.jpです",
        "mail",
        "hanako.sato+shop@mail.example.co.jp",
    ),
    ("hanako @ example.jp", "mail", "hanako@example.jp"),
    ("mail: yusuf_rossi@example.com, thanks", "mail", "yusuf_rossi@example.com"),
    ("my email is YUSUF@EXAMPLE.COM", "mail", "yusuf@example.com"),
    ("meet me @ noon", "mail", None),
    ("電話は０９０－１２３４－５６７８", "phone", "09012345678"),
    ("０９０ー１２３４ー５６７８", "phone", "09012345678"),
    ("(03) 1234-5678", "phone", "0312345678"),
    ("03(1234)5678", "phone", "0312345678"),
    ("０３−１２３４−５６７８", "phone", "0312345678"),
    ("0120-123-456", "phone", "0120123456"),
    ("090 1234 5678", "phone", "09012345678"),
    ("+81 90 1234 5678", "phone", "+819012345678"),
    ("+81(0)90-1234-5678", "phone", "+819012345678"),
    ("call +1 212 555 0100", "phone", "+12125550100"),
    ("212-555-0100", "phone", "2125550100"),
    ("(212)555-0100", "phone", "2125550100"),
    ("1-212-555-0100", "phone", "12125550100"),
    ("+44 7911 123456", "phone", "+447911123456"),
    ("07911 123456", "phone", "07911123456"),
    ("my mobile is 5551234567", "phone", "5551234567"),
    ("携帯は09012345678", "phone", "09012345678"),
    ("TEL090-1234-5678", "phone", "09012345678"),
    ("A-10423", "phone", None),
    ("160-0022", "phone", None),
    ("〒160-0022 新宿区", "postal", "1600022"),
    ("１６０－００２２", "postal", "1600022"),
    ("１６０ー００２２", "postal", "1600022"),
    ("160の0022です", "postal", "1600022"),
    ("郵便番号 1600022", "postal", "1600022"),
    ("郵便番号は160 0022", "postal", "1600022"),
    ("〒1600022", "postal", "1600022"),
    ("my zip is 10083", "postal", "10083"),
    ("zip code 10083-1234", "postal", "100831234"),
    ("19122-1234", "postal", "191221234"),
    ("zipcode: 19122", "postal", "19122"),
    ("I live in Denver, 80279", "postal", "80279"),
    ("Denver CO 80279", "postal", "80279"),
    ("my postcode is sw1a 1aa", "postal", "SW1A1AA"),
    ("SW1A 1AA", "postal", "SW1A1AA"),
    ("M1 1AE", "postal", "M11AE"),
    ("K1A 0B6", "postal", "K1A0B6"),
    ("postal code k1a0b6", "postal", "K1A0B6"),
    ("Mei Davis, 80217", "postal", "80217"),
    ("the 1st, 2nd and 3rd", "postal", None),
    ("コードは２４６８１０です", "code", "246810"),
    ("認証番号 246810", "code", "246810"),
    ("the code is 246 810", "code", "246810"),
    ("246810", "code", "246810"),
    ("24681", "code", None),
]


@pytest.mark.parametrize(("text", "keys"), ORDERS_EN + ORDERS_JA)
def test_order_numbers_are_found_however_they_are_typed(text: str, keys: tuple[str, ...]) -> None:
    assert heard(text).order_keys == keys


@pytest.mark.parametrize("text", NO_ORDERS)
def test_other_figures_are_no_order_numbers(text: str) -> None:
    assert heard(text).order_keys == ()


@pytest.mark.parametrize(("text", "name", "value"), CONTACTS)
def test_contacts_are_found_in_their_shapes(text: str, name: str, value: str | None) -> None:
    assert getattr(heard(text), name) == value


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("160-0022", Kind.ORDER, "1600022"),
        ("09012345678", Kind.ORDER, "09012345678"),
        ("261 1340", Kind.ORDER, "2611340"),
        ("2 6 1 1 3 4 0", Kind.ORDER, "2611340"),
        ("19122", Kind.ORDER, "19122"),
        ("one nine one two two", Kind.ORDER, "19122"),
    ],
)
def test_whoever_is_asked_for_an_order_gives_one(text: str, kind: Kind, key: str) -> None:
    assert key in heard(text, kind).order_keys


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("m1 1ae", "postal", "M11AE"),
        ("19122", "postal", "19122"),
        ("1600022", "postal", "1600022"),
        ("one six zero zero zero two two", "postal", "1600022"),
        ("5551234567", "phone", "5551234567"),
        ("090 1234 5678", "phone", "09012345678"),
        ("ゼロキュウゼロイチニーサンヨンゴーロクナナハチ", "phone", "09012345678"),
    ],
)
def test_whoever_is_asked_for_a_proof_gives_one(text: str, name: str, value: str) -> None:
    assert getattr(heard(text, Kind.PROOF), name) == value


def test_numbers_are_found_in_the_midst_of_a_long_message() -> None:
    text = "I was waiting. " * 40 + "It is A-10423, mail me at a@example.com. " + "Really. " * 60
    found = heard(text)
    assert (found.order_keys, found.mail) == (("A10423",), "a@example.com")
