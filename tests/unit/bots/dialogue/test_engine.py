"""Rules of the conversation that no single flow owns."""

from dataclasses import replace

import pytest

from bots.dialogue.calls import SKILLS, BrokenContract, check_call, check_result
from bots.dialogue.engine import MOST_CALLS, opening, step, unmute
from bots.dialogue.turns import Call, Frame, Result, UnreadableDialogue, decode, encode
from bots.understanding.hear import hear
from oms_service.kernel.languages import Language
from tests.unit.bots.dialogue.shop import KEY, MAIL, PHONE, Shop, begun, identified, tell

JA, EN = Language.JAPANESE, Language.ENGLISH


def test_the_first_words_greet_and_offer_what_can_be_done() -> None:
    turn = opening(JA)
    assert [say.key for say in turn.says] == ["greeting.hello"]
    assert [button.value for button in turn.says[0].buttons] == [
        "intent:track_order",
        "intent:return_item",
        "human",
    ]


def test_the_proof_is_passed_to_the_skill_and_never_remembered() -> None:
    state = tell(tell(begun(EN), "where is my order").state, "W2611340").state
    had = tell(state, MAIL)
    assert had.calls[0].arguments == {
        "order_key": KEY,
        "mail": MAIL,
        "phone": None,
        "postal": None,
        "name": None,
    }
    assert MAIL not in str(encode(had.state))


def test_a_phone_number_is_no_order_number_when_a_proof_was_asked_for() -> None:
    state = tell(tell(begun(EN), "track my order").state, "2611340").state
    assert tell(state, PHONE).calls[0].arguments["phone"] == PHONE


def test_only_what_was_shown_is_requested() -> None:
    state = tell(tell(identified(EN), "return please").state, "2 of the first").state
    preview = tell(state, "too small")
    assert preview.calls[0].arguments["lines"] == [{"line_id": 1, "quantity": 2}]
    asked = tell(preview.state, "yes").calls[0]
    assert (asked.skill, asked.arguments) == ("carry_out", {"proposal": "return"})


def test_nothing_stays_proposed_after_a_no() -> None:
    state = tell(tell(identified(EN), "return please").state, "sneakers").state
    shown = tell(state, "!reason:other").state
    assert shown.proposal is not None
    assert tell(shown, "no").state.proposal is None


def test_the_colleague_learns_how_far_the_customer_came() -> None:
    state = tell(tell(identified(JA), "返品したい").state, "スニーカー").state
    call = tell(state, "人と話したい").calls[0]
    assert call.arguments["reason"] == "asked"
    assert call.arguments["summary"] == {
        "wish": "return_item",
        "open_flows": ["return"],
        "step": "reason",
        "order_key": KEY,
        "proposal": None,
        "further_wishes": [],
        "is_identified": True,
        "language": "ja",
    }


def test_the_bot_is_silent_until_it_is_unmuted() -> None:
    muted = tell(begun(EN), "agent please").state
    assert muted.is_muted
    assert step(muted, hear("where is my order", language_hint=EN)).says == ()
    assert tell(unmute(muted), "where is my order").keys == ["identify.order"]


def test_a_result_nobody_waits_for_changes_nothing() -> None:
    state = tell(identified(EN), "return please").state
    turn = step(state, Result("track_order", "none"))
    assert turn.state == state
    assert [say.key for say in turn.says] == ["return.lines"]


def test_data_that_breaks_the_contract_hands_over_instead_of_raising() -> None:
    turn = step(identified(EN), hear("where is my order", language_hint=EN))
    broken = step(turn.state, Result("track_order", "ok", {"number": "#W1"}))
    assert [say.key for say in broken.says] == ["trouble.sorry"]
    assert broken.call
    assert broken.call.skill == "hand_off"
    assert step(broken.state, Result("hand_off", "ok", {})).says[0].key == "handoff.failed"


def test_calls_without_a_word_are_cut_off() -> None:
    state = replace(
        identified(EN), frames=(Frame("orders"),), pending="list_orders", calls=MOST_CALLS
    )
    turn = step(state, Result("list_orders", "unidentified"))
    assert turn.says
    state = replace(begun(EN), frames=(Frame("orders"), Frame("identify", {"step": "code"})))
    spent = replace(state, pending="check_code", calls=MOST_CALLS)
    assert [say.key for say in step(spent, Result("check_code", "ok")).says] == ["trouble.sorry"]


@pytest.mark.parametrize("language", list(Language))
def test_unknown_and_not_yours_are_the_same_words(language: Language) -> None:
    def refusal(number: str, proof: str) -> str:
        asked = tell(begun(language), "!intent:track_order").state
        return tell(tell(asked, number).state, proof).message.text

    assert refusal("W0000000", MAIL) == refusal("W2611340", "other@example.jp")


def test_encode_then_decode_is_the_identity() -> None:
    state = begun(EN)
    for words in ("return something", KEY, MAIL, "the t-shirt", "2", "too small", "hm"):
        assert decode(encode(state)) == state
        state = tell(state, words).state
    assert state.proposal is not None
    assert decode(encode(state)) == state


@pytest.mark.parametrize("stored", [{}, {"version": 0}, {"version": 1}, {"version": 1, "x": 2}])
def test_a_state_that_cannot_be_read_says_so(stored: dict[str, int]) -> None:
    with pytest.raises(UnreadableDialogue):
        decode(stored)


@pytest.mark.parametrize(
    "call",
    [
        Call("steal"),
        Call("track_order"),
        Call("track_order", {"order_key": 7}),
        Call("list_orders", {"surplus": "x"}),
    ],
)
def test_a_call_outside_the_table_is_refused(call: Call) -> None:
    with pytest.raises(BrokenContract):
        check_call(call)


def test_a_result_outside_the_table_is_refused() -> None:
    for result in (Result("identify", "perhaps"), Result("steal", "ok"), Result("hand_off", "ok")):
        with pytest.raises(BrokenContract):
            check_result(result)
    for skill in SKILLS:
        assert check_result(Result(skill, "failed")).skill == skill


def test_several_parcels_are_listed_with_their_steps_and_counted_beyond_one_screen() -> None:
    parcel = {"carrier": "Yamato", "number": None, "link": None, "step": "in_transit"}
    shop = Shop(data={"track_order": {"parcels": [parcel] * 6}})
    had = tell(identified(EN), "where is my order", shop)
    assert had.keys[3:] == ["track.parcel_step_no_number"] * 4 + ["track.more_parcels"]
    assert had.message.paragraphs[-1] == "Further parcels, not listed here: 2."
