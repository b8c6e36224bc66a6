"""Something is late: when it will come and why, and what can be done about it."""

# Every flow has the same four methods, whether or not it needs all that they are given.
# ruff: noqa: ARG002

import re
from typing import Any, Final

from bots.dialogue.contracts.shapes import Step
from bots.dialogue.flows import track
from bots.dialogue.flows.choosing import UNKNOWN, WHICH, choose_order, chosen_order
from bots.dialogue.flows.form import begun
from bots.dialogue.moves import HUMAN, TRACK, Move, ask, finish, run
from bots.dialogue.turns import Button, Call, Data, Dialogue, Frame, Question, Result, Say
from bots.understanding.heard import Act, Heard, Intent, Kind, Option
from oms_service.kernel.text import order_key

WAIT: Final = Button("delay:wait", "button.delay_wait")
CLAIM: Final = Button("delay:claim", "button.delay_claim")
CANCEL: Final = Button("delay:cancel", "button.cancel")
_WORDS: Final = {
    WAIT.value: "wait / keep waiting / 待つ / このまま待つ",
    CLAIM.value: "not received / lost / claim / 届いていない / 紛失",
    CANCEL.value: "cancel / キャンセル",
}
_WAITS: Final = re.compile(r"\bwait\b|待ち|待つ|待って", re.IGNORECASE)


class Delay:
    intents = frozenset({Intent.REPORT_DELAY})

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        if not state.is_identified:
            wanted = {"order_key": frame.data["order_key"]} if frame.data.get("order_key") else {}
            return Move(Frame(frame.flow, wanted), opens=Frame("identify", wanted))
        if frame.step == "choose":
            return _ask(frame)
        if frame.step == "which":
            return _which(frame)
        key = frame.data.get("order_key") or state.order_key
        return run(frame, Call("track_order", {"order_key": key}))

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        if frame.step == "choose":
            return _chosen(frame, heard)
        key = chosen_order(heard)
        if key == "other":
            return _which(frame)
        return run(Frame(frame.flow), Call("track_order", {"order_key": key})) if key else None

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        if result.skill == "report_delay":
            return _reported(frame, result)
        match result.outcome:
            case "ok":
                return _told(frame, result.data)
            case "several":
                question = choose_order("track.several", result.data)
                return ask(Frame(frame.flow, {"step": "several"}), question)
            case "none":
                return finish(Say("orders.none", buttons=(HUMAN,)))
        return ask(Frame(frame.flow, {"step": "which"}), UNKNOWN, order_key=None)

    def back(self, frame: Frame, state: Dialogue) -> Move:
        return _which(frame)


def _which(frame: Frame) -> Move:
    return ask(Frame(frame.flow, {"step": "which"}), WHICH)


def _told(frame: Frame, data: Data) -> Move:
    """The estimate and why; then what the shop can do about it, unless it is cancelled."""
    key = order_key(data["number"])
    says = track.answer_of(data, Intent.REPORT_DELAY)
    if data["step"] == Step.CANCELLED:
        return finish(*says, order_key=key)
    known = Frame(frame.flow, {"order_key": key})
    return run(known, Call("report_delay", {"order_key": key}), *says, order_key=key)


def _reported(frame: Frame, result: Result) -> Move:
    if result.outcome != "ok":
        return finish(Say("idle.no", buttons=(TRACK, HUMAN)))
    data = result.data
    says = []
    if data["case_number"]:
        says.append(Say("delay.reported", {"case": data["case_number"]}))
    if data["claim_on"] and not data["can_claim"]:
        says.append(Say("delay.claim_on", {"day": data["claim_on"]}))
    if not (data["case_number"] or data["can_claim"]):
        return finish(*says)
    ways = [WAIT.value]
    ways += [CLAIM.value] if data["can_claim"] else []
    ways += [CANCEL.value] if data["can_cancel"] else []
    move = _ask(frame.having(step="choose", ways=ways))
    return Move(move.frame, tuple(says), move.question)


def _ask(frame: Frame) -> Move:
    buttons = [one for one in (WAIT, CLAIM, CANCEL) if one.value in frame.data["ways"]]
    options = tuple(Option(one.value, _WORDS[one.value]) for one in buttons)
    say = Say("delay.what_next", buttons=(*buttons, HUMAN))
    return ask(frame, Question(Kind.OPTION, say, options))


def _chosen(frame: Frame, heard: Heard) -> Move | None:
    ways = frame.data["ways"]
    chosen = heard.pressed if heard.pressed is not None else next(iter(heard.choices), None)
    if chosen is None and heard.intent is Intent.CANCEL_ORDER:
        chosen = CANCEL.value
    elif chosen is None and (
        heard.intent is Intent.REPORT_MISSING or "not_received" in heard.reasons
    ):
        chosen = CLAIM.value
    is_patient = heard.act in {Act.NO, Act.LEAVE, Act.THANKS, Act.GOODBYE} and heard.is_act_all
    if heard.pressed is None and chosen is None and (is_patient or _WAITS.search(heard.text)):
        chosen = WAIT.value
    if chosen not in ways:
        return None
    if chosen == WAIT.value:
        return finish(Say("delay.waits", buttons=(TRACK, HUMAN)))
    is_claim = chosen == CLAIM.value
    wish = Intent.REPORT_MISSING if is_claim else Intent.CANCEL_ORDER
    data: dict[str, Any] = begun(wish, "", frame.data["order_key"])
    return Move(None, opens=Frame("claim" if is_claim else "cancel", data))


FLOW = Delay()
