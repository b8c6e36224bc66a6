"""What the customer had begun elsewhere: offered once who writes is known, or asked for."""

# Every flow has the same four methods, whether or not it needs all that they are given.
# ruff: noqa: ARG002

import re
from collections.abc import Mapping
from typing import Any, Final

from bots.dialogue.flows.agreeing import is_no
from bots.dialogue.moves import HUMAN, MENU, Move, ask, finish, run
from bots.dialogue.turns import Button, Call, Data, Dialogue, Frame, Question, Result, Say
from bots.understanding.heard import Act, Heard, Intent, Kind

GO: Final = Button("resume:go", "button.resume")
NOT_NOW: Final = Button("resume:no", "button.not_now")
_WANTED: Final = re.compile(
    r"\b(?:continue|carry on|go on|pick (?:it |things )?up|resume)\b[^.?!]{0,30}"
    r"\b(?:where (?:i|we) (?:left|stopped)|from (?:before|earlier)|(?:i|we) (?:began|started)|"
    r"my (?:last|previous|other) (?:chat|conversation))"
    r"|(?:さっき|先ほど|前回|この前|以前|途中|中断した?(?:ところ)?|LINEで?|ほかのチャット|別のチャット)の?"
    r"(?:ところ)?(?:の|から)?(?:続き|つづき)(?:から|を|で|に|の|です|お願い|$)"
    r"|^(?:続き|つづき)から(?:お願い(?:します)?|です)?$",
    re.IGNORECASE,
)


class Resume:
    intents: frozenset[Intent] = frozenset()

    def is_wanted(self, heard: Heard) -> bool:
        return heard.pressed == GO.value or _WANTED.search(heard.text) is not None

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        if not state.is_identified:
            return Move(frame, opens=Frame("identify"))
        if frame.step == "offer":
            return _offer(frame)
        return run(frame, Call("take_over"))

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        if heard.pressed == NOT_NOW.value or is_no(heard):
            return finish(Say("resuming.left", buttons=MENU))
        if heard.pressed is None and heard.act is Act.YES:
            return run(Frame(frame.flow), Call("take_over"))
        return None

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        if result.outcome != "ok":
            return finish(Say("resuming.none", buttons=MENU), is_caught_up=True)
        data = result.data
        begun = Frame(data["flow"], data["data"])
        changes = {"order_key": data["data"].get("order_key") or state.order_key}
        return Move(None, says=(_said("on", data),), opens=begun, changes=changes)

    def back(self, frame: Frame, state: Dialogue) -> Move:
        return finish(Say("resuming.left", buttons=MENU))


def offer_frame(data: Data) -> Frame:
    """The frame that asks whether to go on with what ``LeftOpenData`` tells."""
    return Frame("resume", {"step": "offer", **{name: data[name] for name in _TOLD}})


_TOLD: Final = ("channel", "topic", "number")


def _offer(frame: Frame) -> Move:
    question = _said("offer", frame.data)
    buttons = (GO, NOT_NOW, HUMAN)
    return ask(frame, Question(Kind.CONFIRM, Say(question.key, question.params, buttons)))


def _said(name: str, data: Mapping[str, Any]) -> Say:
    params = {one: data[one] for one in _TOLD}
    return Say(f"resuming.{name}_order" if data["number"] else f"resuming.{name}", params)


FLOW = Resume()
