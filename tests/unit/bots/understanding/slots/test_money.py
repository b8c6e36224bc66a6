"""Amounts of money and ways to pay."""

import pytest

from bots.understanding.values import ORIGINAL_PAYMENT, PaymentHeard
from oms_service.kernel.money import Money
from tests.unit.bots.understanding.slots.hearing import heard

AMOUNTS = [
    ("1,980円", [(1_980, "JPY")]),
    ("１，９８０円", [(1_980, "JPY")]),
    ("¥1980", [(1_980, "JPY")]),
    ("￥1,980の商品", [(1_980, "JPY")]),
    ("1980えん", [(1_980, "JPY")]),
    ("2万円", [(20_000, "JPY")]),
    ("1万5千円", [(15_000, "JPY")]),
    ("三千円", [(3_000, "JPY")]),
    ("12,800円と3,000円", [(12_800, "JPY"), (3_000, "JPY")]),
    ("10000円以上", [(10_000, "JPY")]),
    ("送料550円がかかった", [(550, "JPY")]),
    ("10ドル", [(1_000, "USD")]),
    ("50ユーロ", [(5_000, "EUR")]),
    ("$12.50", [(1_250, "USD")]),
    ("US$ 12", [(1_200, "USD")]),
    ("$1,150 left", [(115_000, "USD")]),
    ("12.50 dollars", [(1_250, "USD")]),
    ("200 bucks", [(20_000, "USD")]),
    ("usd 9.99", [(999, "USD")]),
    ("£5", [(500, "GBP")]),
    ("€10.20", [(1_020, "EUR")]),
    ("1980 yen", [(1_980, "JPY")]),
    ("it was $20 but I paid $25.00", [(2_000, "USD"), (2_500, "USD")]),
    ("99 euros", [(9_900, "EUR")]),
    ("A-10423", []),
    ("2個", []),
    ("24cm", []),
    ("12/3", []),
    ("1.5円", []),
    ("two of them", []),
    ("size 42", []),
    ("円の形", []),
    ("$", []),
]
PAYMENTS_EN = [
    ("my gift card", ("gift_card", "", "", False)),
    ("use the giftcard", ("gift_card", "", "", False)),
    ("refund to GC", ("gift_card", "", "", False)),
    ("my credit card", ("card", "", "", False)),
    ("the card ending 1234", ("card", "1234", "", False)),
    ("the credit card ending in 1234", ("card", "1234", "", False)),
    ("my visa", ("card", "", "visa", False)),
    ("visa card ending in 4242", ("card", "4242", "visa", False)),
    ("my amex credit card", ("card", "", "amex", False)),
    ("the mastercard with last four digits 9212", ("card", "9212", "mastercard", False)),
    ("**** 9212", ("card", "9212", "", False)),
    ("the other card", ("card", "", "", True)),
    ("a different credit card", ("card", "", "", True)),
    ("paypal", ("paypal", "", "", False)),
    ("my Pay Pal account", ("paypal", "", "", False)),
    ("store credit", ("store_credit", "", "", False)),
    ("bank transfer", ("bank_transfer", "", "", False)),
    ("to my bank account", ("bank_transfer", "", "", False)),
    ("at a convenience store", ("konbini", "", "", False)),
    ("cash on delivery", ("cash_on_delivery", "", "", False)),
    ("COD please", ("cash_on_delivery", "", "", False)),
    ("the original payment method", (ORIGINAL_PAYMENT, "", "", False)),
    ("back the same way I paid", (ORIGINAL_PAYMENT, "", "", False)),
    ("change it from paypal to my gift card", ("gift_card", "", "", False)),
    ("my gift card instead of paypal", ("gift_card", "", "", False)),
    ("not paypal, use the credit card", ("card", "", "", False)),
    ("I paid with my visa but want it on the gift card", ("gift_card", "", "", False)),
]
PAYMENTS_JA = [
    ("ギフトカードで", ("gift_card", "", "", False)),
    ("ギフト券を使いたい", ("gift_card", "", "", False)),
    ("クレジットカード", ("card", "", "", False)),
    ("クレカで払いたい", ("card", "", "", False)),
    ("末尾1234のカード", ("card", "1234", "", False)),
    ("カード(下4桁は1234)", ("card", "1234", "", False)),
    ("下四桁が９２１２のカードです", ("card", "9212", "", False)),
    ("VISAカード", ("card", "", "visa", False)),
    ("アメックスでお願いします", ("card", "", "amex", False)),
    ("JCBの末尾4242", ("card", "4242", "jcb", False)),
    ("別のカードで", ("card", "", "", True)),
    ("もう一枚のカード", ("card", "", "", True)),
    ("ペイパル", ("paypal", "", "", False)),
    ("PayPalで", ("paypal", "", "", False)),
    ("ストアクレジットで返金", ("store_credit", "", "", False)),
    ("銀行振込", ("bank_transfer", "", "", False)),
    ("口座に振り込んでください", ("bank_transfer", "", "", False)),
    ("コンビニ払い", ("konbini", "", "", False)),
    ("コンビニで払いたい", ("konbini", "", "", False)),
    ("代引き", ("cash_on_delivery", "", "", False)),
    ("代金引換でお願いします", ("cash_on_delivery", "", "", False)),
    ("元の支払い方法", (ORIGINAL_PAYMENT, "", "", False)),
    ("購入時の支払い方法に返金", (ORIGINAL_PAYMENT, "", "", False)),
    ("代引きからコンビニ払いに変更", ("konbini", "", "", False)),
    ("paypalからギフトカードに変更したい", ("gift_card", "", "", False)),
    ("カードではなくギフトカードで", ("gift_card", "", "", False)),
    ("クレジットカード払いをやめて銀行振込に", ("bank_transfer", "", "", False)),
]
NO_PAYMENTS = [
    "where is my order",
    "the SD card",
    "a greeting card set",
    "I need a receipt",
    "10423",
    "the red one",
    "it has been discounted",
    "cardigan",
    "the postcard",
    "change the address",
    "ポイントカード",
    "SDカード",
    "カーディガン",
    "注文はどこですか",
    "返金はいつですか",
    "領収書をください",
    "コンパクト",
]


@pytest.mark.parametrize(("text", "amounts"), AMOUNTS)
def test_amounts_of_money(text: str, amounts: list[tuple[int, str]]) -> None:
    assert list(heard(text).amounts) == [Money(*amount) for amount in amounts]


@pytest.mark.parametrize(("text", "wanted"), PAYMENTS_EN + PAYMENTS_JA)
def test_ways_to_pay(text: str, wanted: tuple[str, str, str, bool]) -> None:
    kind, last4, brand, is_other = wanted
    assert heard(text).payment == PaymentHeard(
        kind=kind, last4=last4, brand=brand, is_other=is_other
    )


@pytest.mark.parametrize("text", NO_PAYMENTS)
def test_other_words_are_no_way_to_pay(text: str) -> None:
    assert heard(text).payment is None


def test_of_a_whole_card_number_only_the_end_is_kept() -> None:
    found = heard("charge 4242 4242 4242 4242 please")
    assert (found.payment, found.order_keys) == (PaymentHeard(kind="card", last4="4242"), ())
    assert heard("4242 4242 4242 4241").payment is None
