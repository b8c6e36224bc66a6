"""The conversation survives anything: any text, any button, any outcome, in any order."""

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bots.dialogue.calls import COMMON, SKILLS, check_call
from bots.dialogue.engine import FLOWS, MOST_CALLS, opening, step
from bots.dialogue.replies import compose
from bots.dialogue.turns import Dialogue, Result, Turn, decode, encode
from bots.understanding.hear import hear, press
from bots.understanding.heard import Act, Heard, Intent
from oms_service.kernel.languages import Language
from tests.unit.bots.dialogue.coming_back import LINES
from tests.unit.bots.dialogue.shop import FORMATS, KEY, MAIL, ORDERS, Shop

PHRASES = (
    *("注文はどこですか", "where is my order", "返品したい", "return", "注文履歴", "cancel"),
    *(
        "キャンセル",
        "はい",
        "yes",
        "no",
        "いいえ",
        "戻る",
        "back",
        "もう一度",
        "全部",
        "everything",
    ),
    *("2", "２個", "1つ目", "＃Ｗ２６１１３４０", KEY, MAIL, "09012345678", "1600022", "246810"),
    *("スニーカー", "sneakers", "t-shirt", "壊れていた", "damaged", "human", "担当者", "英語で"),
    *("日本語で", "thanks", "hi", "999999999", "A-10423", "ドリップコーヒー", "other"),
    *("別の注文", "99", "サイズ", "わかりません", "交換したい", "a refund", "返金", "replace it"),
    *("以外", "both", "the red one in L", "just one", "届かない", "wrong item", "gift card"),
    *(
        "A-20001",
        "A-20002",
        "cancel A-20001",
        "the lamp",
        "ランプを赤に",
        "red L",
        "no, the red one",
    ),
    *("change the items of A-20001", "お届け先を変更したい", "123 Main St, Springfield IL 62704"),
    *("〒150-0002 東京都渋谷区渋谷2-1-1", "tomorrow morning", "25日の午前中", "my gift card"),
    *(
        "no longer needed",
        "間違えて注文",
        "skip",
        "maybe",
        "やっぱり1個",
        "and also cancel A-20002",
    ),
)
BUTTONS = [
    "human",
    "yes",
    "no",
    "all",
    *(f"intent:{intent}" for intent in Intent),
    "intent:nonsense",
    "order:other",
    "order:",
    f"order:{KEY}",
    "order:A10423",
    "line:1",
    "line:2",
    "line:x",
    "quantity:2",
    "quantity:-1",
    "quantity:²",
    "quantity:99",
    "reason:damaged",
    "reason:nonsense",
    *("confirm:return", "confirm:claim", "decline:exchange", "way:claim", "way:return"),
    *("wrong:damaged", "remedy:refund", "remedy:nonsense", "delay:wait", "delay:claim"),
    *("version:13", "version:x", "method:2"),
    "identify:code",
    "identify:again",
    "identify:number",
    "confirm:p1",
    "decline:p1",
    "confirm:other",
    "confirm:",
    "reason:no_longer_needed",
    "address:usual",
    "day:2026-11-25",
    "day:any",
    "day:x",
    "hours:0812",
    "hours:any",
    "version:12",
    "version:22",
    "version:x",
    "items:all",
    "method:2",
    "method:x",
    "order:A20001",
    "",
    "\x00:",
]
ANY_TEXT = st.one_of(
    st.lists(st.sampled_from(PHRASES), min_size=1, max_size=5).map(" ".join),
    st.text(max_size=120),
    st.text(
        alphabet="ぁあんアン一龥ー、。「」〒0123456789０９ aZ#-@.😀👩‍👩‍👧\u202e\u0000\n",
        max_size=80,
    ),
    st.builds(lambda part, times: part * times, st.text(min_size=1, max_size=20), st.just(500)),
)
#: One skill's outcome in the place of what the shop would say; ``data`` may be missing.
OUTCOMES = st.none() | st.sampled_from(
    [(name, outcome) for name, skill in SKILLS.items() for outcome in {*skill.outcomes, *COMMON}]
)
ONE = st.tuples(
    st.one_of(
        ANY_TEXT.map(lambda text: (text, False)), st.sampled_from(BUTTONS).map(lambda b: (b, True))
    ),
    OUTCOMES,
)


def _heard(state: Dialogue, text: str, *, is_button: bool) -> Heard:
    if is_button:
        return press(text, language=state.language)
    today = date(2026, 11, 22)
    return hear(text, language_hint=state.language, expecting=state.expecting, today=today)


def _outcome(turn: Turn, other: tuple[str, str] | None) -> Result:
    assert turn.call
    check_call(turn.call)
    known = hasattr(Shop, f"_{turn.call.skill}")
    result = Shop().run(turn.call) if known else Result(turn.call.skill, "failed")
    if other and other[0] == turn.call.skill and other[1] != result.outcome:
        data: dict[str, Any] = {
            "several": {"orders": ORDERS},
            "refused": {"refusals": [{"code": "final_sale"}]},
        }.get(other[1], {})
        return Result(turn.call.skill, other[1], data)
    return result


def is_sane(state: Dialogue) -> bool:
    names = [frame.flow for frame in state.frames]
    return (
        set(names) <= set(FLOWS)
        and len(names) == len(set(names))
        and state.pending is None
        and (state.question is None) == (not names)
        and not (state.is_muted and names)
        and state.misses < 2
        and bool(names or not state.waiting)
    )


@settings(max_examples=300, deadline=None)
@example(
    language=Language.JAPANESE,
    is_identified=True,
    messages=[
        (("注文はどこですか", False), None),
        (("注文履歴", False), None),
        ((f"order:{KEY}", True), ("track_order", "unidentified")),
    ],
)
@given(
    language=st.sampled_from(list(Language)),
    is_identified=st.booleans(),
    messages=st.lists(ONE, min_size=1, max_size=12),
)
def test_any_conversation_stays_sane_and_is_always_answered(
    language: Language,
    is_identified: bool,
    messages: list[tuple[tuple[str, bool], tuple[str, str] | None]],
) -> None:
    state = replace(opening(language).state, is_identified=is_identified, today="2026-11-22")
    for (text, is_button), other in messages:
        was_muted = state.is_muted
        heard = _heard(state, text, is_button=is_button)
        turn = step(state, heard)
        says, silent = list(turn.says), 0
        while turn.call:
            silent = 1 if turn.says else silent + 1
            assert silent <= MOST_CALLS
            if turn.call.skill == "carry_out":
                assert text == "confirm:p1" if is_button else heard.act is Act.YES
            assert decode(encode(turn.state)) == turn.state
            turn = step(turn.state, _outcome(turn, other))
            says += turn.says
        state = turn.state
        assert is_sane(state)
        assert decode(encode(state)) == state
        assert bool(says) is not was_muted
        if says:
            message = compose(says, state.language, FORMATS)
            assert all(message.paragraphs)
            assert all(choice.label for choice in message.choices)


@settings(max_examples=25, deadline=None)
@given(st.text(min_size=1, max_size=40).map(lambda part: (part * 10_000)[:10_000]))
def test_ten_thousand_characters_are_heard(text: str) -> None:
    heard = hear(text, language_hint=Language.JAPANESE)
    assert len(heard.text) <= 2_000


def test_the_shop_of_these_tests_has_lines_of_every_kind() -> None:
    assert {line["quantity"] for line in LINES} == {0, 1, 3}
