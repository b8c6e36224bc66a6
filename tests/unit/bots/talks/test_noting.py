"""What a message became, read from the steps of the bot alone."""

import pytest

from bots.dialogue import engine
from bots.dialogue.contracts.shapes import HandOffReason
from bots.dialogue.turns import Call, Dialogue, Frame, Question, Result, Say, Turn
from bots.talks.noting import Noted
from bots.talks.states import NO_WISH, TurnOutcome, Why
from bots.understanding.heard import Act, Heard, Intent, Kind
from oms_service.kernel.languages import Language

EN = Language.ENGLISH
IDLE = Dialogue(language=EN)
ASKS = Question(Kind.ORDER, Say("identify.order"))
CONFIRMS = Question(Kind.CONFIRM, Say("cancel.confirm"))


def state(*frames: Frame, question: Question | None = None) -> Dialogue:
    return Dialogue(language=EN, frames=frames, question=question)


def heard(text: str = "x", **more: object) -> Heard:
    return Heard(text=text, language=EN, **more)  # type: ignore[arg-type]  # by name, as Heard has them


def noted(before: Dialogue, said: Heard | None, *steps: Turn | Result) -> Noted:
    found = Noted(before, said)
    for step in steps:
        if isinstance(step, Result):
            call = found.turns[-1].call
            assert call is not None
            found.result(call, step)
        else:
            found.step(step)
    return found


TRACK = Frame("track", {"intent": "delivery_eta"})
CANCEL = Frame("cancel", {"intent": "cancel_order"})


def test_what_is_asked_for_and_told_in_one_message_is_answered() -> None:
    found = noted(
        IDLE,
        heard(intent=Intent.DELIVERY_ETA, confidence=0.9, mail="a@example.com"),
        Turn(state(TRACK), call=Call("track_order", {"order_key": None})),
        Result("track_order", "ok", {}),
        Turn(IDLE, (Say("track.at.shipped"),)),
    )
    assert (found.wish, found.ended, found.outcome) == (
        "delivery_eta",
        ["delivery_eta"],
        TurnOutcome.ANSWERED,
    )
    assert (found.calls, found.slots) == ([("track_order", "ok")], ["mail"])
    assert found.is_open(found.ended) is False


def test_a_form_is_open_until_its_end_and_a_proposal_counts_once() -> None:
    shown = noted(
        state(CANCEL),
        heard(),
        Turn(state(CANCEL), call=Call("propose_cancel", {})),
        Result("propose_cancel", "ok", {"proposal": "p", "decision": "at_once"}),
        Turn(state(CANCEL, question=CONFIRMS), (CONFIRMS.say,)),
    )
    assert (shown.outcome, shown.shown, shown.ended) == (TurnOutcome.PROPOSED, 1, [])
    assert shown.is_open([]) is True
    done = noted(
        state(CANCEL, question=CONFIRMS),
        heard(act=Act.YES, is_act_all=True),
        Turn(state(CANCEL), call=Call("carry_out", {"proposal": "p"})),
        Result("carry_out", "ok", {}),
        Turn(IDLE, (Say("cancel.done"),)),
    )
    assert (done.outcome, done.confirmed, done.ended) == (TurnOutcome.DONE, 1, ["cancel_order"])
    dropped = noted(
        state(CANCEL, question=CONFIRMS),
        heard(act=Act.NO, is_act_all=True),
        Turn(state(CANCEL), call=Call("withdraw_proposal", {"proposal": "p"})),
        Result("withdraw_proposal", "ok"),
        Turn(IDLE, (Say("proposal.dropped"),)),
    )
    assert (dropped.outcome, dropped.dropped, dropped.ended) == (TurnOutcome.LEFT, 1, [])


def test_a_wish_that_makes_way_for_another_was_not_answered() -> None:
    before = state(TRACK, Frame("identify", {"step": "order"}), question=ASKS)
    after = state(CANCEL, Frame("identify", {"step": "order"}), question=ASKS)
    found = noted(before, heard(intent=Intent.CANCEL_ORDER), Turn(after, (ASKS.say,)))
    assert (found.wish, found.ended, found.outcome) == ("cancel_order", [], TurnOutcome.ASKED)


@pytest.mark.parametrize(
    ("key", "outcome", "is_open"),
    [
        ("miss.menu", TurnOutcome.MISSED, True),
        ("scope.outside", TurnOutcome.OUTSIDE, True),
        ("clarify.which", TurnOutcome.CLARIFIED, True),
        ("thanks.welcome", TurnOutcome.COURTESY, None),
        ("leave.left", TurnOutcome.LEFT, False),
    ],
)
def test_what_was_said_tells_what_became_of_it(
    key: str, outcome: TurnOutcome, is_open: bool | None
) -> None:
    found = noted(IDLE, heard(), Turn(IDLE, (Say(key),)))
    assert (found.outcome, found.is_open([]), found.wish) == (outcome, is_open, NO_WISH)


@pytest.mark.parametrize(
    ("reason", "before", "why"),
    [
        (HandOffReason.ASKED, [], Why.ASKED),
        (HandOffReason.ASKED, ["cancel_facts", "refused"], Why.REFUSED),
        (HandOffReason.ASKED, ["identify", "unknown"], Why.UNPROVEN),
        (HandOffReason.ASKED, ["track_order", "unknown"], Why.ASKED),
        (HandOffReason.NOT_UNDERSTOOD, ["cancel_facts", "refused"], Why.NOT_UNDERSTOOD),
        (HandOffReason.TROUBLE, [], Why.TROUBLE),
        (HandOffReason.NEEDS_COLLEAGUE, [], Why.NEEDS_COLLEAGUE),
    ],
)
def test_why_a_person_takes_over(reason: HandOffReason, before: list[str], why: Why) -> None:
    call = Call("hand_off", {"reason": str(reason), "summary": {}})
    found = noted(
        IDLE,
        heard(),
        Turn(state(Frame("hand_off")), call=call),
        Result("hand_off", "ok", {}),
        Turn(IDLE, (Say("handoff.passed"),)),
    )
    assert found.why(is_handed_over=True, is_noted=True, before=before) is why


def test_a_case_beside_the_talk_is_a_decision_or_a_note() -> None:
    call = Call("carry_out", {"proposal": "p"})
    agreed = noted(IDLE, heard(), Turn(state(CANCEL), call=call), Result("carry_out", "ok", {}))
    assert agreed.why(is_handed_over=False, is_noted=True, before=[]) is Why.DECISION
    plain = noted(IDLE, heard(), Turn(IDLE, (Say("complaint.taken"),)))
    assert plain.why(is_handed_over=False, is_noted=True, before=[]) is Why.NOTED
    assert plain.why(is_handed_over=False, is_noted=False, before=[]) is None


def test_any_step_of_the_engine_can_be_noted() -> None:
    for before in (IDLE, state(TRACK, Frame("identify", {"step": "order"}), question=ASKS)):
        for intent in (None, *Intent):
            said = heard("and now", intent=intent, confidence=0.8)
            turn = engine.step(before, said)
            found = noted(before, said, turn)
            assert found.outcome in set(TurnOutcome)
            assert found.wish == NO_WISH or found.wish in set(Intent)
            assert found.is_open(found.ended) in {True, False, None}
    assert noted(IDLE, None, engine.files_came(IDLE)).outcome is TurnOutcome.COURTESY
