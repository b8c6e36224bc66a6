"""The texts: complete in both languages, and said as people say things."""

import re
from pathlib import Path
from string import Formatter

import pytest

import bots.dialogue
from bots.dialogue.contracts.returning import Reason
from bots.dialogue.contracts.shapes import Step
from bots.dialogue.engine import FLOWS
from bots.dialogue.flows.offer import FLOW
from bots.dialogue.replies import grouped, render, texts
from bots.dialogue.turns import Say
from bots.understanding.heard import Kind
from oms_service.kernel.languages import Language
from tests.unit.bots.dialogue.shop import FORMATS, KEY, MAIL, begun, tell

JA, EN = Language.JAPANESE, Language.ENGLISH
SOURCES = sorted(Path(bots.dialogue.__file__).parent.rglob("*.py"))


def _placeholders(text: str) -> set[tuple[str, str]]:
    return {(name, spec or "") for _, name, spec, _ in Formatter().parse(text) if name}


def test_both_languages_have_the_same_texts_with_the_same_placeholders() -> None:
    japanese, english = texts(JA), texts(EN)
    assert set(japanese) == set(english)
    for key, text in japanese.items():
        assert _placeholders(text) == _placeholders(english[key]), key
        assert text, key
        assert english[key], key


def test_every_text_the_code_names_exists() -> None:
    known = texts(EN)
    named = {
        key
        for source in SOURCES
        for key in re.findall(
            r'(?:Say|Button)\(\s*(?:"[\w:]+",\s*)?"([a-z_]+\.[a-z_.]+)"', source.read_text("utf-8")
        )
    }
    assert len(named) > 40
    assert named <= set(known)


def test_every_step_reason_topic_and_question_has_its_words() -> None:
    known = texts(EN)
    for step in Step:
        assert f"track.at.{step}" in known
        assert f"steps.{step}" in known
    assert {f"reasons.{reason}" for reason in Reason} <= set(known)
    assert {f"topics.{intent}" for intent in FLOW.intents} <= set(known)
    assert {f"miss.{kind}" for kind in Kind} <= set(known)


IN_JAPANESE = """\
ご注文 #W2611340(コットンTシャツほか2点)のお荷物は、配達中です。
お届け予定は本日14~16時です。
次は「お届け済み」です。
ヤマト運輸でお届けします。お問い合わせ番号 1234-5678-9012 https://track.example/123456789012"""
IN_ENGLISH = """\
Your order #W2611340 (cotton T-shirt and 2 more) is out for delivery.
Expect it today between 14:00 and 16:00.
The next step: delivered.
It comes with Yamato, tracking number 1234-5678-9012: https://track.example/123456789012"""


@pytest.mark.parametrize(("language", "said"), [(JA, IN_JAPANESE), (EN, IN_ENGLISH)])
def test_where_an_order_is_reads_like_a_person_said_it(language: Language, said: str) -> None:
    state = tell(tell(begun(language), "!intent:track_order").state, KEY).state
    assert tell(state, MAIL).message.text == said


@pytest.mark.parametrize(
    ("refusal", "japanese", "english"),
    [
        (
            {"code": "window_closed", "days": 30, "closed_on": "2026-11-02"},
            "お受け取りから30日を過ぎているためです(返品期限 11月2日(月))。",
            "The 30-day return window closed on Mon 2 Nov.",
        ),
        (
            {"code": "window_closed"},
            "返品の期限を過ぎているためです。",
            "The return window has closed.",
        ),
        (
            {"code": "never_heard_of"},
            "担当者の確認が必要なためです。",
            "A colleague has to look at it.",
        ),
        (
            {"code": "x", "text": {"ja": "食品のためです。", "en": "It is food."}},
            "食品のためです。",
            "It is food.",
        ),
    ],
)
def test_a_refusal_gives_its_reason(
    refusal: dict[str, object], japanese: str, english: str
) -> None:
    say = Say("refused.because", {"refusal": refusal})
    assert (render(say, JA, FORMATS), render(say, EN, FORMATS)) == (japanese, english)


def test_every_flow_can_be_come_back_to() -> None:
    for language in Language:
        assert [name for name in FLOWS if f"resume.{name}" not in texts(language)] == []


def test_tracking_numbers_are_grouped_only_when_they_are_twelve_digits() -> None:
    assert grouped("123456789012") == "1234-5678-9012"
    assert grouped("JP123") == "JP123"


def test_japanese_texts_avoid_overdone_politeness() -> None:
    overdone = re.compile(
        "させていただ|お伺いさせ|ご拝見|おっしゃられ|お客様は神様|よろしかったでしょうか"
    )
    assert [key for key, text in texts(JA).items() if overdone.search(text)] == []
