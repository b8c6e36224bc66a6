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
    "link": "https://shop.example/waiting/x",
    "expected_from": "2026-11-24T15:00:00+00:00",
    "expected_until": "2026-11-26T15:00:00+00:00",
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
