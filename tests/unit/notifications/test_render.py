"""Notices in words: every template in both languages, with the same facts."""

import os
import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.examples import facts_of
from notifications.phrases import CAUSES
from notifications.render import MAY_BE_EMPTY, Speech, Wording, Words, render, source
from notifications.rules import BY_TEMPLATE
from oms_service.kernel.languages import Language

NOW = datetime(2026, 11, 22, 1, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")
SNAPSHOTS = Path(__file__).parent / "snapshots"
TAGS = re.compile(r"<[^>]+>")
ALL = (*BY_TEMPLATE, "satisfaction_chat")
FACTS = facts_of("delay")


def said(template: str, language: Language) -> Words:
    return render(template, facts_of(template), Speech(language, NOW, TOKYO))


@pytest.mark.parametrize("template", ALL)
def test_both_languages_say_the_same_facts(template: str) -> None:
    japanese, english = (source(template, language) for language in Language)
    assert japanese.places == english.places


@pytest.mark.parametrize("language", Language)
def test_every_notice_is_worded_as_it_was_read_over(language: Language) -> None:
    """Written anew with ``SNAPSHOTS=write``; whoever changes a word reads the difference."""
    found = []
    for template in ALL:
        words = said(template, language)
        found.append(f"## {template}\n\n# {words.subject}\n\n{words.text}\n")
    whole = "\n".join(found)
    path = SNAPSHOTS / f"{language}.txt"
    if os.environ.get("SNAPSHOTS") == "write":
        path.write_text(whole, encoding="utf-8")
    assert whole == path.read_text(encoding="utf-8")
    assert "{" not in whole


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("template", ALL)
def test_html_says_what_the_text_says(template: str, language: Language) -> None:
    words = said(template, language)
    html = words.html
    shown = {unescape(one).strip() for one in TAGS.split(html) if one.strip()}
    links = {unescape(one) for one in re.findall(r'href="([^"]+)"', html)}
    lines = [line for line in words.text.split("\n") if line]
    assert links == {line for line in lines if line.startswith("https://")}
    for line in lines:
        is_fact = line.startswith(("・", "- "))
        pieces = re.split(r"[::]\s*", line[1:].strip(), maxsplit=1) if is_fact else [line]
        assert all(piece in shown | links for piece in pieces), line
    assert "<img" not in html
    assert "<script" not in html


def test_html_of_a_letter_is_as_it_was_looked_at() -> None:
    html = said("order_received", Language.ENGLISH).html
    path = SNAPSHOTS / "order_received.en.html"
    if os.environ.get("SNAPSHOTS") == "write":
        path.write_text(html + "\n", encoding="utf-8")
    assert html + "\n" == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("template", ALL)
def test_what_a_template_says_must_be_told(template: str) -> None:
    """Without one of its facts a notice is refused, never sent with a gap."""
    assert source(template, Language.ENGLISH).places - MAY_BE_EMPTY
    with pytest.raises(KeyError):
        render(template, {}, Speech(Language.ENGLISH, NOW, TOKYO))


def test_names_and_words_of_people_never_become_buttons_or_markup() -> None:
    wicked = "[Pay](https://evil.example)\n- x: <b>y</b>{order}{0.__class__}"
    facts = {**FACTS, "reason": wicked, "first_item": {"en": wicked}, "further_items": 0}
    words = render("return_rejected", facts, Speech(Language.ENGLISH, NOW, TOKYO))
    assert "href" not in words.html
    assert "<b>" not in words.html
    assert "{0.__class__}" in words.text
    subject = render(
        "case_opened", {**FACTS, "case_number": "C\r\nBcc: x"}, Speech(Language.ENGLISH, NOW, TOKYO)
    ).subject
    assert "\n" not in subject


@given(st.text(max_size=400))
def test_whatever_a_shop_writes_is_read_and_said(body: str) -> None:
    wording = Wording("subject", body)
    facts = {**FACTS, **dict.fromkeys(wording.places, "x")}
    words = render("delay", facts, Speech(Language.JAPANESE, NOW, TOKYO), wording=wording)
    assert words.subject == "subject"


def test_what_may_come_back_is_told_with_its_label_and_the_terms() -> None:
    words = render("return_approved", FACTS, Speech(Language.JAPANESE, NOW, TOKYO))
    assert "返品ラベルを開く\nhttps://example.invalid/return-label/x" in words.text
    assert "返品特約を読む\nhttps://example.invalid/return-terms/1" in words.text
    without = {key: value for key, value in FACTS.items() if key not in {"label", "terms"}}
    plain = render("return_approved", without, Speech(Language.ENGLISH, NOW, TOKYO))
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
        "現在の状況を見る",
        "https://example.invalid/t/x",
        "カレンダーに追加する",
        "https://example.invalid/t/x/delivery.ics",
    ]


def test_two_parcels_of_a_part_of_an_order_are_told_as_such() -> None:
    facts = {
        **FACTS,
        "parcels": [
            *FACTS["parcels"],
            {"carrier": {"ja": "佐川急便", "en": "Sagawa"}, "number": "7"},
        ],
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
