"""Each notice to a colleague in words, in both languages, and nothing in it of a customer."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from notifications.colleagues import phrases
from notifications.colleagues.rules import RULES, Rule
from notifications.colleagues.wording import letter, title
from notifications.render import Speech
from oms_service.kernel.languages import Language

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Tokyo")
FACTS: dict[str, Any] = {
    "case": "C-1042",
    "order": "A-10423",
    "metric": "first_response",
    "due_at": "2026-11-23T04:00:00+00:00",
    "expected_from": "2026-11-25T00:00:00+00:00",
    "expected_until": "2026-11-25T09:00:00+00:00",
    "first_item": {"ja": "ドリップコーヒー", "en": "Drip coffee"},
    "further_items": 0,
    "place": {"ja": "東京倉庫", "en": "Tokyo warehouse"},
    "units": "3",
    "kind": "payment",
}


def speech(language: Language) -> Speech:
    return Speech(language, NOW, ZONE)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("rule", RULES, ids=lambda one: one.code)
def test_every_notice_has_a_title_and_a_letter(rule: Rule, language: Language) -> None:
    said = title(rule, FACTS, speech(language))
    assert said
    assert "{" not in said
    words = letter(
        rule,
        FACTS,
        speech(language),
        link="https://shop.example/x",
        choices="https://shop.example/y",
    )
    assert words.subject == said
    for text in (words.text, words.html):
        assert "https://shop.example/x" in text
        assert "https://shop.example/y" in text
        assert "{" not in words.text
    assert words.text.startswith(said)


def test_words_are_as_people_say_them() -> None:
    by_code = {one.code: one for one in RULES}
    ja, en = speech(Language.JAPANESE), speech(Language.ENGLISH)
    assert title(by_code["stock_low"], FACTS, ja) == (
        "在庫が少なくなりました: ドリップコーヒー(東京倉庫、残り 3)"
    )
    assert title(by_code["missed"], FACTS, en) == "C-1042 is past its time (first answer)"
    assert title(by_code["step_failed"], FACTS, ja).endswith("(お支払い)")
    assert title(by_code["step_failed"], {"kind": "unheard_of"}, en).endswith("(unheard_of)")


def test_no_fact_becomes_a_button() -> None:
    facts = {**FACTS, "first_item": {"ja": "[押す](https://evil.example)", "en": "x"}}
    rule = next(one for one in RULES if one.code == "stock_low")
    words = letter(
        rule,
        facts,
        speech(Language.JAPANESE),
        link="https://a.example/",
        choices="https://b.example/",
    )
    assert 'href="https://evil.example"' not in words.html


def test_every_rule_is_worded_and_nothing_else() -> None:
    codes = {one.code for one in RULES}
    for table in (phrases.TITLES, phrases.WHY):
        assert set(table) == codes
        assert all(set(words) == set(Language) for words in table.values())
