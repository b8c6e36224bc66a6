"""Conversations about changes that do not go straight: corrected, interrupted, taken back."""

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bots.dialogue.engine import step
from bots.dialogue.turns import Dialogue, decode, encode
from bots.understanding.hear import hear
from bots.understanding.model import shipped
from oms_service.kernel.languages import Language
from tests.unit.bots.dialogue.changes import LAMPS, LINES
from tests.unit.bots.dialogue.shop import Exchange, Shop, identified, tell

REPAIRS = tomllib.loads(Path(__file__).with_name("repairs.toml").read_text(encoding="utf-8"))[
    "dialogue"
]
EN, JA = Language.ENGLISH, Language.JAPANESE


def begun(language: Language) -> Dialogue:
    return replace(identified(language, None), today="2026-11-22")


def told(language: Language, *words: str) -> list[Exchange]:
    """What each of several messages led to."""
    state, had = begun(language), []
    for one in words:
        had.append(tell(state, one))
        state = had[-1].state
    return had


def proposed(language: Language, *words: str) -> dict[str, Any]:
    """What was proposed last after some messages, and what was shown with it."""
    calls = [call for one in told(language, *words) for call in one.calls]
    asked = [call for call in calls if call.skill.startswith("propose_")]
    return dict(asked[-1].arguments)


@pytest.mark.parametrize("script", REPAIRS, ids=[one["name"] for one in REPAIRS])
def test_the_conversation_comes_back_to_its_wish(script: dict[str, Any]) -> None:
    state = begun(Language(script["language"]))
    for turn in script["turns"]:
        had = tell(state, turn["words"])
        assert (turn["words"], had.keys, had.skills) == (turn["words"], turn["says"], turn["calls"])
        assert len(had.message.paragraphs) == len(had.says)
        state = had.state


def test_there_are_repairs_in_both_languages() -> None:
    assert min(sum(one["language"] == each for one in REPAIRS) for each in Language) >= 14


@pytest.mark.parametrize(
    ("language", "words", "swaps"),
    [
        (EN, "change the T-shirt to red in size L", [[1, 2, 13]]),
        (EN, "I want the lamp in blue and the shirts in red", [[2, 1, 23], [1, 2, 12]]),
        (EN, "Instead of the lamp I want the blue version", [[2, 1, 23]]),
        (EN, "I'd like something else: instead of the lamp I want one in blue", [[2, 1, 23]]),
        (EN, "I want the blue one instead of the lamp", [[2, 1, 23]]),
        (JA, "TシャツをLサイズの赤に変えて、ランプは青にしてください", [[1, 2, 13], [2, 1, 23]]),
        (JA, "ランプを赤に変更", [[2, 1, 22]]),
    ],
)
def test_versions_are_taken_from_the_first_message(
    language: Language, words: str, swaps: list[list[int]]
) -> None:
    asked = proposed(language, "!intent:change_items", "A-20001", words)
    assert [[one["line_id"], one["quantity"], one["variant_id"]] for one in asked["swaps"]] == swaps


def test_a_correction_of_the_version_keeps_the_rest() -> None:
    first = ("!intent:change_items", "A-20001", "the t-shirt to red L")
    assert proposed(EN, *first)["swaps"][0]["variant_id"] == 13
    assert proposed(EN, *first, "no, size M")["swaps"] == [
        {"line_id": 1, "quantity": 2, "variant_id": 12}
    ]
    assert proposed(EN, *first, "only one of them")["swaps"][0]["quantity"] == 1


def test_only_the_named_lines_are_called_off() -> None:
    assert proposed(EN, "cancel order A-20001", "no longer needed")["lines"] is None
    only = proposed(EN, "cancel order A-20001", "no longer needed", "just the lamp")
    assert only["lines"] == [{"line_id": 2, "quantity": 1}]
    whole = ("cancel order A-20001", "no longer needed", "just the lamp", "no, everything")
    assert proposed(EN, *whole)["lines"] is None


def test_an_order_is_found_by_what_is_in_it() -> None:
    words = ("cancel the order with the sneakers, I ordered it by mistake",)
    assert proposed(EN, *words)["order_key"] == "A20002"
    gone = told(EN, "cancel my order of the water bottle")[-1]
    assert gone.keys == ["cancel.refused", "refused.because", "refused.way_on"]


def test_it_means_the_order_last_spoken_of() -> None:
    state = replace(identified(EN, "A20002"), today="2026-11-22")
    had = tell(state, "please cancel it, no longer needed")
    assert had.calls[-1].arguments["order_key"] == "A20002"


def test_a_day_before_the_first_is_the_first_of_those_that_were_said() -> None:
    begin = ("!intent:change_delivery_date", "A-20001")
    assert proposed(JA, *begin, "今週の水曜の午前中")["hours"] == "0812"
    assert proposed(EN, *begin, "from 23 November on", "!hours:any")["day"] == "2026-11-24"


def test_the_colleague_learns_what_was_wanted_and_which_rule_failed() -> None:
    state = told(EN, "cancel my order of the water bottle")[-1].state
    summary = tell(state, "let me talk to a person").calls[0].arguments["summary"]
    assert summary["wish"] == "cancel"
    assert summary["proposal"]["order_key"] == "A20003"
    assert summary["proposal"]["failed_rules"] == ["already_shipped"]


def test_an_address_is_never_in_what_a_colleague_is_handed() -> None:
    shown = told(EN, "change the address of A-20001 to 123 Main St, Springfield IL 62704")[-1]
    assert shown.state.proposal is not None
    assert "Main" not in str(shown.state.proposal)


def test_what_was_wished_besides_waits_and_is_given_up_with_a_person() -> None:
    state = told(EN, "cancel A-20001 and A-20002, no longer needed")[-1].state
    assert len(state.waiting) == 1
    had = tell(state, "!human")
    assert had.calls[0].arguments["summary"]["further_wishes"] == ["cancel_order"]
    assert had.state.waiting == ()


def test_nothing_is_carried_out_but_by_a_yes_to_what_is_open() -> None:
    for words in ("hm", "!confirm:other", "!yes", "maybe later", "yes but to another address"):
        had = told(EN, "cancel order A-20001", "no longer needed", words)[-1]
        assert "carry_out" not in had.skills, words


@pytest.mark.parametrize(
    ("language", "words"),
    [(EN, "I moved, update my default address"), (JA, "登録住所を変更してほしい")],
)
def test_the_usual_address_is_no_orders_address(language: Language, words: str) -> None:
    assert told(language, words)[-1].skills == ["usual_address_facts"]


@pytest.mark.parametrize(
    ("words", "address"),
    [
        (("150-0002", "2-21-1 渋谷ビル301"), "150-0002 東京都渋谷区渋谷2-21-1 渋谷ビル301"),
        (("150-0002", "渋谷2-21-1"), "150-0002 東京都渋谷区渋谷2-21-1"),
        (("〒150-0002 渋谷2-21-1",), "150-0002 東京都渋谷区渋谷2-21-1"),
        (
            ("150-0002", "大阪府大阪市北区梅田1-2-3", "530-0001"),
            "530-0001 大阪府大阪市北区梅田1-2-3",
        ),
    ],
)
def test_what_the_postal_code_told_and_what_was_said_make_one_address(
    words: tuple[str, ...], address: str
) -> None:
    made = proposed(JA, "!intent:change_address", "A-20001", *words)["address"]
    assert f"{made['postal_code']} {made['region']}{made['city']}{made['line1']}" == address
    assert set(made) <= {"country", "postal_code", "region", "city", "line1", "line2"}


def test_of_things_with_one_name_the_options_tell() -> None:
    twin = {**LINES[1], "line_id": 3, "options": LAMPS[2]["words"], "quantity": 1}
    lines = [
        {**line, "own_options": own["options"], "variant_id": own["variant_id"],
         "option_words": {}, "variants": LAMPS}
        for line, own in ((LINES[1], LAMPS[0]), (twin, LAMPS[2]))
    ]  # fmt: skip
    shop, state = Shop(data={"item_facts": {"lines": lines}}), begun(EN)
    for words in ("!intent:change_items", "A-20001", "the lamp"):
        had = tell(state, words, shop)
        state = had.state
    assert had.keys == ["items.which"]
    had = tell(state, "the blue one", shop)
    assert had.keys == ["items.version"]
    assert had.says[0].params["options"] == LAMPS[2]["words"]


@pytest.mark.parametrize(
    ("language", "words", "agrees", "keys"),
    [
        (EN, "no wait, I just changed my mind", "yes", ["leave.left"]),
        (EN, "no wait, I just changed my mind", "!stop:yes", ["leave.left"]),
        (EN, "hold on, I changed my mind", "never mind", ["leave.left"]),
        (EN, "hold on, I changed my mind", "no", ["cancel.reason"]),
        (EN, "hold on, I changed my mind", "!stop:no", ["cancel.reason"]),
        (EN, "hold on, I changed my mind", "yes, go on", ["cancel.reason"]),
        (JA, "ちょっと待って、気が変わりました", "はい", ["leave.left"]),
        (JA, "やっぱり気が変わったので", "続けてください", ["cancel.reason"]),
    ],
)
def test_second_thoughts_are_asked_about(
    language: Language, words: str, agrees: str, keys: list[str]
) -> None:
    wish = "cancel order A-20001" if language is EN else "A-20001をキャンセルしたいです"
    *_, asked, done = told(language, wish, words, agrees)
    assert (asked.keys, done.keys) == (["stop.ask"], keys)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (JA, "やっぱりやめます"),
        (JA, "やっぱりやめておきます"),
        (EN, "actually never mind"),
        (EN, "oh wait, forget it"),
    ],
)
def test_leaving_is_no_reason(language: Language, words: str) -> None:
    wish = "cancel order A-20001" if language is EN else "A-20001をキャンセルしたいです"
    left = told(language, wish, words)[-1]
    assert (left.keys, left.state.frames) == (["leave.left"], ())


def test_a_changed_mind_alone_is_a_reason() -> None:
    assert proposed(EN, "cancel order A-20001", "I changed my mind")["reason"] == "no_longer_needed"


@pytest.mark.parametrize(
    ("language", "words"), [(EN, "How are you today?"), (EN, "how's it going?"), (JA, "元気？")]
)
def test_small_talk_is_answered_shortly(language: Language, words: str) -> None:
    wish = "cancel order A-20001" if language is EN else "A-20001をキャンセルしたいです"
    chat = told(language, wish, words)[-1]
    assert (chat.keys, chat.state.misses) == (["small_talk.well", "cancel.reason"], 0)
    assert told(language, words)[-1].keys == ["small_talk.well"]


@pytest.mark.parametrize(
    ("language", "words"),
    [(EN, "why not?"), (EN, "But why?"), (JA, "どうしてですか"), (JA, "なぜ？")],
)
def test_a_no_is_explained_again(language: Language, words: str) -> None:
    refused = ({"code": "already_shipped", "params": {}},)
    state = replace(begun(language), refused=refused)
    had = tell(decode(encode(state)), words)
    assert had.keys == ["refused.because", "refused.way_on"]
    assert had.says[0].params == {"refusal": refused[0]}


@pytest.mark.parametrize(
    ("language", "words", "flow", "waiting"),
    [
        (EN, "cancel A-20001 and where is W2611340", "cancel", [("track", "W2611340")]),
        (EN, "Cancel A-20001, and where's W2611340?", "cancel", [("track", "W2611340")]),
        (EN, "cancel A-20001 and A-20002", "cancel", [("cancel", "A20002")]),
        (JA, "A-20001をキャンセルして、A-20002はどこ？", "cancel", [("track", "A20002")]),
        (EN, "swap the t-shirts in A-20001 for red ones", "exchange", []),
        (
            EN,
            "Please exchange the luggage set from order A-20001 for the 2-piece, black one.",
            "clarify",
            [],
        ),
        (EN, "move delivery to 2026-11-26", "delivery", []),
        (EN, "move the delivery of A-20001 to 2026-11-26", "delivery", []),
        (JA, "お届け日を11月26日に変更", "delivery", []),
    ],
)
def test_each_wish_of_a_message_keeps_its_order(
    language: Language, words: str, flow: str, waiting: list[tuple[str, str]]
) -> None:
    heard = hear(words, language_hint=language, today=date(2026, 11, 22), recogniser=shipped())
    state = step(begun(language), heard).state
    assert state.top is not None
    assert state.top.flow == flow
    assert [(one["flow"], one["data"]["order_key"]) for one in state.waiting] == waiting
