"""Which of three wishes was meant: asked with buttons, and never for ever."""

from bots.dialogue import engine
from bots.dialogue.turns import Dialogue, Result, Turn, decode, encode
from bots.understanding.hear import press
from bots.understanding.heard import Act, Heard, Intent
from oms_service.kernel.languages import Language

EN = Language.ENGLISH
RANKED = (
    (Intent.CANCEL_ORDER, 0.4),
    (Intent.CANCELLATION_POLICY, 0.3),
    (Intent.RETURN_ITEM, 0.1),
)


def unsure(state: Dialogue | None = None) -> Turn:
    heard = Heard(
        text="I do not want W2611340 any more",
        language=EN,
        ranked=RANKED,
        is_unsure=True,
        order_keys=("W2611340",),
    )
    return engine.step(state or engine.opening(EN).state, heard)


def test_three_wishes_are_offered_and_two_ways_out() -> None:
    turn = unsure()
    assert [say.key for say in turn.says] == ["clarify.which"]
    assert [button.value for button in turn.says[0].buttons] == [
        "clarify:cancel_order",
        "clarify:cancellation_policy",
        "clarify:return_item",
        "clarify:else",
        "human",
    ]


def test_what_is_picked_begins_with_what_was_said() -> None:
    turn = engine.step(unsure().state, press("clarify:cancel_order", language=EN))
    flows = [frame.flow for frame in turn.state.frames]
    assert "clarify" not in flows
    assert turn.state.frames[0].data["order_key"] == "W2611340"
    assert turn.state.misses == 0


def test_words_pick_as_well() -> None:
    said = Heard(text="calling it off", language=EN, ranked=((Intent.CANCEL_ORDER, 0.5),))
    turn = engine.step(unsure().state, said)
    assert "clarify" not in [frame.flow for frame in turn.state.frames]
    second = Heard(text="the second", language=EN, choices=("cancellation_policy",))
    turn = engine.step(unsure().state, second)
    assert "clarify" not in [frame.flow for frame in turn.state.frames]


def test_something_else_is_asked_for_once_and_then_a_person_comes() -> None:
    turn = engine.step(unsure().state, press("clarify:else", language=EN))
    assert [say.key for say in turn.says] == ["clarify.other_words"]
    assert (turn.state.frames, turn.state.misses) == ((), 1)
    turn = engine.step(unsure(turn.state).state, press("clarify:else", language=EN))
    assert turn.says[0].key == "miss.handing_over"
    assert turn.call is not None
    assert turn.call.skill == "hand_off"


def test_a_wish_of_its_own_leaves_the_question() -> None:
    said = Heard(text="where is it", language=EN, intent=Intent.TRACK_ORDER, confidence=0.9)
    turn = engine.step(unsure().state, said)
    assert "clarify" not in [frame.flow for frame in turn.state.frames]


def doubtful(likely: float) -> Turn:
    heard = Heard(
        text="my card for W2611340",
        language=EN,
        intent=Intent.PAYMENT_METHODS,
        confidence=likely,
        ranked=(
            (Intent.PAYMENT_METHODS, likely),
            (Intent.CHANGE_PAYMENT, 0.05),
            (Intent.PAYMENT_ISSUE, 0.04),
        ),
        order_keys=("W2611340",),
    )
    begun = engine.step(engine.opening(EN).state, heard)
    said = {"text": {"en": "By card.", "ja": "カードで。"}}
    return engine.step(begun.state, Result("find_answer", "ok", said))


def test_an_answer_that_is_not_beyond_doubt_offers_what_else_was_meant() -> None:
    turn = doubtful(0.6)
    assert [say.key for say in turn.says] == ["answer.said", "clarify.or_else"]
    assert [button.value for button in turn.says[-1].buttons] == [
        "human",
        "clarify:change_payment",
        "clarify:payment_issue",
        "clarify:else",
    ]
    assert [say.key for say in doubtful(0.95).says] == ["answer.said"]
    meant = engine.step(decode(encode(turn.state)), press("clarify:change_payment", language=EN))
    assert meant.state.frames[0].flow == "payment"
    assert meant.state.frames[0].data["order_key"] == "W2611340"
    assert meant.state.doubt is None
    other = engine.step(turn.state, press("clarify:else", language=EN))
    assert [say.key for say in other.says] == ["clarify.other_words"]


def test_what_was_doubted_is_forgotten_with_the_next_words() -> None:
    thanked = engine.step(doubtful(0.6).state, Heard(text="", language=EN, act=Act.THANKS))
    assert thanked.state.doubt is None
    late = engine.step(thanked.state, press("clarify:change_payment", language=EN))
    assert [say.key for say in late.says] == ["button.stale"]


def test_a_flow_that_was_begun_wrongly_makes_way_for_what_was_meant() -> None:
    ranked = ((Intent.COMPLAINT, 0.7), (Intent.REPORT_DELAY, 0.2))
    heard = Heard(
        text="so slow", language=EN, intent=Intent.COMPLAINT, confidence=0.7, ranked=ranked
    )
    turn = engine.step(engine.opening(EN).state, heard)
    assert turn.state.frames
    meant = engine.step(turn.state, press("clarify:report_delay", language=EN))
    assert [frame.flow for frame in meant.state.frames] == ["delay", "identify"]


def test_what_is_no_matter_of_a_shop_is_said_so() -> None:
    turn = engine.step(
        engine.opening(EN).state, Heard(text="weather?", language=EN, is_out_of_scope=True)
    )
    assert [say.key for say in turn.says] == ["scope.outside"]
    assert "human" in [button.value for button in turn.says[0].buttons]
