"""Notices in words: every template in both languages, with the same facts."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from notifications.render import CAUSES, Speech, render, source
from notifications.rules import RULES
from oms_service.kernel.languages import Language

NOW = datetime(2026, 11, 22, 1, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")
PLACE = re.compile(r"\{(\w+)\}")
FACTS = {
    "order": "A-10423",
    "first_item": {"ja": "ドリップコーヒー", "en": "drip coffee"},
    "further_items": 1,
    "new_from": "2026-11-24T15:00:00+00:00",
    "new_until": "2026-11-26T15:00:00+00:00",
    "cause": "snow",
    "return_number": "R-2345",
    "refund_minor": 1980,
    "currency": "JPY",
    "reason": "使用の跡があるため",
    "case_number": "C-1001",
    "new_day": "2026-12-10",
    "until_day": "2026-12-24",
    "link": "https://shop.example/waiting/x",
    "expected_from": "2026-11-24T15:00:00+00:00",
    "expected_until": "2026-11-26T15:00:00+00:00",
    "parcels": [
        {"carrier": {"ja": "ヤマト運輸", "en": "Yamato"}, "number": "123456789012"},
    ],
    "more_follows": False,
    "page": "https://shop.example/t/x",
    "calendar": "https://shop.example/t/x/delivery.ics",
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.template)
def test_both_languages_say_the_same_facts(rule: object) -> None:
    template = rule.template  # type: ignore[attr-defined]
    used = {
        language: [set(PLACE.findall(part)) for part in source(template, language)]
        for language in Language
    }
    assert used[Language.JAPANESE] == used[Language.ENGLISH]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.template)
def test_every_notice_can_be_said(rule: object, language: Language) -> None:
    words = render(rule.template, FACTS, Speech(language, NOW, TOKYO))  # type: ignore[attr-defined]
    assert words.subject
    assert "{" not in words.subject + words.text
    assert "\n\n\n" not in words.text


def test_what_may_come_back_is_told_with_its_label_and_the_terms() -> None:
    how = {
        "label": "https://shop.example/return-label/x",
        "terms": "https://shop.example/return-terms/1",
    }
    words = render("return_approved", {**FACTS, **how}, Speech(Language.JAPANESE, NOW, TOKYO))
    assert "返品ラベルはこちらです。\nhttps://shop.example/return-label/x" in words.text
    assert "返品特約はこちらです。\nhttps://shop.example/return-terms/1" in words.text
    plain = render("return_approved", FACTS, Speech(Language.ENGLISH, NOW, TOKYO))
    assert "label" not in plain.text


def test_a_delay_in_japanese_keeps_the_order_of_the_house() -> None:
    words = render("delay", FACTS, Speech(Language.JAPANESE, NOW, TOKYO))
    assert words.subject == "お届けの遅れについて(ご注文 A-10423)"
    assert words.text.split("\n")[:2] == [
        "ご注文 A-10423(ドリップコーヒーほか1点)のお届けが遅れる見込みです。申し訳ございません。",
        "大雪のため、配送に遅れが出ています。新しいお届け予定は11月25日(水)~26日(木)です。",
    ]


def test_a_delay_in_english_keeps_it_too() -> None:
    words = render("delay", FACTS, Speech(Language.ENGLISH, NOW, TOKYO))
    assert words.text.split("\n")[:2] == [
        "Your order A-10423 (drip coffee and 1 more) will arrive late, and we are sorry.",
        "Heavy snow is holding up parcels. We now expect it between Wed 25 and Thu 26 November.",
    ]


def test_an_unknown_cause_says_nothing() -> None:
    words = render("delay", {**FACTS, "cause": "overdue"}, Speech(Language.ENGLISH, NOW, TOKYO))
    assert words.text.split("\n")[1] == "We now expect it between Wed 25 and Thu 26 November."


def test_every_cause_is_said_in_both_languages() -> None:
    assert {frozenset(words) for words in CAUSES.values()} == {frozenset({"ja", "en"})}


def test_an_arrival_that_nobody_knows_is_said_to_be_unknown() -> None:
    facts = {**FACTS, "cause": "silence", "expected_from": None, "expected_until": None}
    words = render("stalled", facts, Speech(Language.JAPANESE, NOW, TOKYO))
    assert words.text.split("\n")[1] == (
        "配送会社からの更新が途絶えているため、所在を確認しております。新しいお届け予定は確認中です。"
    )
    english = render("late", facts, Speech(Language.ENGLISH, NOW, TOKYO))
    assert english.text.split("\n")[1] == (
        "The carrier has said nothing for some time, so we are asking where it is."
        " We do not have a new date yet."
    )


def test_what_has_left_is_told_with_its_carrier_and_where_to_look() -> None:
    words = render("shipped", FACTS, Speech(Language.JAPANESE, NOW, TOKYO))
    assert words.subject == "商品を発送しました(ご注文 A-10423)"
    assert words.text.split("\n") == [
        "ご注文 A-10423(ドリップコーヒーほか1点)を発送しました。",
        "お届け予定は11月25日(水)~26日(木)です。",
        "ヤマト運輸(お問い合わせ番号 1234-5678-9012)",
        "",
        "現在の状況はこちらでご覧いただけます。",
        "https://shop.example/t/x",
        "お届け予定をカレンダーに追加できます。",
        "https://shop.example/t/x/delivery.ics",
    ]


def test_two_parcels_of_a_part_of_an_order_are_told_as_such() -> None:
    facts = {
        **FACTS,
        "parcels": [
            *FACTS["parcels"],
            {"carrier": {"ja": "佐川急便", "en": "Sagawa"}, "number": "7"},
        ],  # type: ignore[misc]
        "more_follows": True,
        "expected_from": None,
        "expected_until": None,
    }
    words = render("shipped", facts, Speech(Language.ENGLISH, NOW, TOKYO))
    assert words.subject == "Your order A-10423 is on its way"
    assert words.text.split("\n")[:5] == [
        "Your order A-10423 (drip coffee and 1 more) has left us and is on its way.",
        "The page below will show when to expect it as soon as we know.",
        "Yamato, tracking number 1234-5678-9012",
        "Sagawa, tracking number 7",
        "The rest of your order follows in another parcel when it is ready.",
    ]
