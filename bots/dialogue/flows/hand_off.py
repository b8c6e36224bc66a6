"""Passing the conversation to a person, with everything that is known; then silence."""

# Every flow has the same four methods, whether or not it needs all that they are given.
# ruff: noqa: ARG002

from typing import Final

from bots.dialogue.contracts.shapes import HandOffReason
from bots.dialogue.moves import TRACK, Move, finish, run
from bots.dialogue.turns import Call, Dialogue, Frame, Result, Say
from bots.understanding.heard import Heard, Intent

#: A person was asked for; what was not understood before no longer counts.
FORGIVEN: Final = {"misses": 0}


class HandOff:
    intents = frozenset({Intent.TALK_TO_HUMAN})

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        arguments = {
            "reason": frame.data.get("reason", str(HandOffReason.ASKED)),
            "summary": dict(frame.data.get("summary", {})),
        }
        return run(frame, Call("hand_off", arguments))

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        return None

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        if result.outcome != "ok":
            return Move(
                None,
                says=(Say("handoff.failed", buttons=(TRACK,)),),
                ends_all=True,
                changes=FORGIVEN,
            )
        params = {"case": result.data["case_number"]}
        wait = result.data["wait_minutes"]
        if not result.data["is_open"]:
            say = Say("handoff.closed", params)
        elif wait is None:
            say = Say("handoff.passed", params)
        else:
            say = Say("handoff.passed_wait", {**params, "minutes": wait})
        return Move(None, says=(say,), changes={"is_muted": True, **FORGIVEN}, ends_all=True)

    def back(self, frame: Frame, state: Dialogue) -> Move:
        return finish()


FLOW = HandOff()


def frame_for(reason: HandOffReason, state: Dialogue, *, intent: str | None = None) -> Frame:
    """What a colleague should know: the wish, how far we came, the order; no personal data."""
    top, shown = state.top, state.proposal or {}
    opened = [frame.flow for frame in state.frames]
    summary = {
        "wish": intent or (str(top.data.get("intent") or top.flow) if top else shown.get("wish")),
        "open_flows": opened,
        "step": top.step or None if top else None,
        "order_key": state.order_key or (top.data.get("order_key") if top else None),
        "proposal": dict(state.proposal) if state.proposal else None,
        "further_wishes": [one["intent"] for one in state.waiting],
        "is_identified": state.is_identified,
        "language": str(state.language),
    }
    return Frame("hand_off", {"reason": str(reason), "summary": summary})
