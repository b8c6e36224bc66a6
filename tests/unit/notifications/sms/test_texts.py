"""Notices as short messages: every rule in both languages, never too long, nothing of a person."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.examples import facts_of
from notifications.render import Speech, Wording, source
from notifications.rules import BY_TEMPLATE
from notifications.sms.texts import NUMBERS, TOLD, short
from notifications.sms.words import CODE, START, STOPPED
from oms_service.adapters.sms.segments import MOST, count
from oms_service.kernel.languages import Language

NOW = datetime(2026, 11, 22, 1, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")
SITE = "https://shop.example"
SNAPSHOTS = Path(__file__).parents[1] / "snapshots"
#: As long as the token of a tracking link is, and longer than any other of ours.
LONG = "https://orders.shop.example/t/" + "x" * 90


def said(template: str, language: Language, facts: dict[str, Any] | None = None) -> str:
    told = facts_of(template) if facts is None else facts
    return short(template, told, Speech(language, NOW, TOKYO), site=SITE)


@pytest.mark.parametrize("language", Language)
def test_every_text_is_worded_as_it_was_read_over(language: Language) -> None:
    """Written anew with ``SNAPSHOTS=write``; whoever changes a word reads the difference."""
    texts = ((one, said(one, language)) for one in BY_TEMPLATE)
    whole = "\n".join(f"## {one} ({count(text)})\n\n{text}\n" for one, text in texts)
    path = SNAPSHOTS / f"sms.{language}.txt"
    if os.environ.get("SNAPSHOTS") == "write":
        path.write_text(whole, encoding="utf-8")
    assert whole == path.read_text(encoding="utf-8")
    assert "{" not in whole


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("template", BY_TEMPLATE)
def test_nothing_of_a_person_stands_in_a_text(template: str, language: Language) -> None:
    secret = "Sato-Misaki"
    facts = facts_of(template) | {
        "first_item": {"ja": secret, "en": secret},
        "place": {"ja": secret, "en": secret},
        "reason": secret,
        "code": secret,
        "slip": secret,
        "parcels": [{"carrier": {"ja": secret, "en": secret}, "number": secret}],
        "amount_minor": 987654,
        "refund_minor": 987654,
        "settled_minor": 987654,
    }
    text = said(template, language, facts)
    assert secret not in text
    assert "987" not in text
    assert text == said(template, language), "nothing of these facts is told"
    assert source(template, language).places, "the letter does tell facts"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("template", BY_TEMPLATE)
def test_with_long_links_and_numbers_a_text_has_three_parts_at_most(
    template: str, language: Language
) -> None:
    links = dict.fromkeys(("page", "link", "pay", "label"), LONG)
    numbers = dict.fromkeys(NUMBERS, "A-" + "9" * 80)
    text = said(template, language, facts_of(template) | links | numbers)
    assert count(text) <= MOST
    words, _, link = text.rpartition("\n")
    assert link in {LONG, SITE + TOLD}
    assert words


def test_a_question_leads_to_its_page_and_to_none_of_the_answers() -> None:
    assert said("satisfaction", Language.ENGLISH).endswith("\nhttps://example.invalid/case/x")


def test_a_day_is_told_only_where_it_is_known() -> None:
    facts = facts_of("shipped") | {"expected_from": None, "expected_until": None}
    text = said("shipped", Language.ENGLISH, facts)
    assert text == "Your order A-10423 is on its way\nhttps://example.invalid/t/x"
    assert said("shipped", Language.ENGLISH).startswith(
        "Your order A-10423 is on its way. Expect it between Wed 25 and Thu 26 November.\n"
    )


def test_the_shops_own_subject_is_used_unless_it_says_more_than_a_number() -> None:
    def of(subject: str) -> str:
        speech = Speech(Language.ENGLISH, NOW, TOKYO)
        wording = Wording(subject, "Hello.\n[Here]({page})")
        return short("delivered", facts_of("delivered"), speech, site=SITE, wording=wording)

    assert of("{order} is here!") == "A-10423 is here!\nhttps://example.invalid/t/x"
    assert of("{items} came") == (
        "Your order A-10423 has been delivered\nhttps://example.invalid/t/x"
    )


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("words", [CODE, STOPPED, START])
def test_what_the_house_says_fits_with_a_long_name(
    words: dict[str, str], language: Language
) -> None:
    text = words[language].format(shop="み" * 20, code="123456", minutes=10)
    assert count(f"{text}\n{SITE}/account/notices/number") <= MOST


@given(st.text(max_size=300), st.integers(0, 90), st.sampled_from(list(Language)))
def test_whatever_a_shop_writes_fits_and_keeps_its_link(
    subject: str, length: int, language: Language
) -> None:
    link = "https://shop.example/" + "x" * length
    facts = facts_of("delivered") | {"page": link}
    wording = Wording(subject.replace("{", "").replace("}", ""), "[x]({page})")
    text = short("delivered", facts, Speech(language, NOW, TOKYO), site=SITE, wording=wording)
    assert text.endswith(link)
    assert count(text) <= MOST
