"""Which of three wishes was meant: asked with buttons, and never for ever."""

from bots.dialogue import engine
from bots.dialogue.turns import Dialogue, Turn
from bots.understanding.hear import press
from bots.understanding.heard import Heard, Intent
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


def test_what_is_no_matter_of_a_shop_is_said_so() -> None:
    turn = engine.step(
        engine.opening(EN).state, Heard(text="weather?", language=EN, is_out_of_scope=True)
    )
    assert [say.key for say in turn.says] == ["scope.outside"]
    assert "human" in [button.value for button in turn.says[0].buttons]
