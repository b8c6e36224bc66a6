"""Complaints go to people, once it is known what happened; what somebody thinks is kept."""

# Every flow has the same four methods, whether or not it needs all that they are given.
# ruff: noqa: ARG002

from typing import Final

from bots.dialogue.flows import told
from bots.dialogue.moves import HUMAN, MENU, RETURN, TRACK, Move, ask, finish, pressed, run
from bots.dialogue.turns import Button, Call, Dialogue, Frame, Question, Result, Say
from bots.understanding.heard import Heard, Intent, Kind

#: From very good to very bad, as people are used to it.
SCORES: Final = tuple(Button(f"score:{one}", f"button.score_{one}") for one in (5, 4, 3, 2, 1))
_SCORES: Final = {str(one): one for one in (1, 2, 3, 4, 5)}


class Complaint:
    intents = frozenset({Intent.COMPLAINT})

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        if frame.step:
            return _ask(frame)
        words = told.said(frame)
        if told.is_feedback(words):
            return _ask(frame.having(step="feedback"))
        if told.says_what_happened(words):
            return _report(frame, state, Say("complaint.sorry"))
        return _ask(frame.having(step="complaint"))

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        if frame.step == "feedback":
            return _feedback(frame, heard, state)
        if heard.pressed is not None or not heard.text.strip():
            return None
        return _report(frame, state)

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        if result.outcome != "ok":
            return finish(Say("complaint.too_many", buttons=(HUMAN,)))
        if result.skill == "keep_feedback":
            return finish(Say(f"feedback.{result.data['stored']}", buttons=MENU))
        case = {"case": result.data["case_number"]}
        return finish(Say("complaint.taken", case, (TRACK, RETURN, HUMAN)))

    def back(self, frame: Frame, state: Dialogue) -> Move:
        return finish(Say("offer.declined", buttons=MENU))


def _ask(frame: Frame) -> Move:
    buttons = (*SCORES, HUMAN) if frame.step == "feedback" else (HUMAN,)
    return ask(frame, Question(Kind.TEXT, Say(f"{frame.step}.ask", buttons=buttons)))


def _report(frame: Frame, state: Dialogue, *says: Say) -> Move:
    return run(frame, Call("report_complaint", {"order_key": _order(frame, state)}), *says)


def _feedback(frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
    score = _SCORES.get(pressed(heard, "score") or heard.text.strip())
    if score is None and (heard.pressed is not None or not heard.text.strip()):
        return None
    words = "" if score else heard.text[: told.MOST_READ]
    arguments = {"order_key": _order(frame, state), "score": score, "words": words}
    return run(frame, Call("keep_feedback", arguments))


def _order(frame: Frame, state: Dialogue) -> str | None:
    named: str | None = frame.data.get("order_key") or state.order_key
    return named if state.is_identified else None


FLOW = Complaint()
