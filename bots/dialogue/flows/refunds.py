"""Where a refund is: told from what is known; brought to people when something is wrong with it."""

# Every flow has the same four methods, whether or not it needs all that they are given.
# ruff: noqa: ARG002

from bots.dialogue.flows.choosing import UNKNOWN, WHICH, choose_order, chosen_order
from bots.dialogue.moves import HUMAN, RETURN, TRACK, Move, ask, finish, pressed, run
from bots.dialogue.turns import Button, Call, Data, Dialogue, Frame, Question, Result, Say
from bots.understanding.heard import Act, Heard, Intent, Kind
from oms_service.kernel.text import order_key

#: More of them than fit on one screen are not told one by one.
MOST_REFUNDS = 4
CHASE = Button("yes", "button.chase_refund")
WAIT = Button("no", "button.wait_for_refund")


class Refunds:
    intents = frozenset({Intent.REFUND_STATUS})

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        if not state.is_identified:
            wanted = {"order_key": frame.data["order_key"]} if frame.data.get("order_key") else {}
            return Move(Frame(frame.flow, wanted), opens=Frame("identify", wanted))
        key = frame.data.get("order_key") or state.order_key
        return run(Frame(frame.flow), Call("refund_news", {"order_key": key}))

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        if pressed(heard, "order") == "other":
            return _which(frame)
        if frame.step == "told":
            return _told_answer(frame, heard)
        key = chosen_order(heard)
        return run(Frame(frame.flow), Call("refund_news", {"order_key": key})) if key else None

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        if result.skill == "chase_refund" and result.outcome == "ok":
            case = {"case": result.data["case_number"]}
            return finish(Say("refund.chased", case, (TRACK, HUMAN)))
        match result.outcome:
            case "ok":
                return _told(frame, result.data)
            case "several":
                question = choose_order("refund.which", result.data)
                return ask(Frame(frame.flow, {"step": "choose"}), question)
            case "none":
                return finish(Say("orders.none", buttons=(HUMAN,)))
        return ask(Frame(frame.flow, {"step": "which"}), UNKNOWN, order_key=None)

    def back(self, frame: Frame, state: Dialogue) -> Move:
        return _which(frame)


def _which(frame: Frame) -> Move:
    return ask(Frame(frame.flow, {"step": "which"}), WHICH)


def _told(frame: Frame, data: Data) -> Move:
    """Each refund; one that is wrong goes to people at once, with the others it is asked."""
    key = order_key(data["number"])
    if not data["refunds"]:
        none = Say("refund.none", {"number": data["number"]}, (RETURN, HUMAN))
        return finish(none, order_key=key)
    says = [_refund(one) for one in data["refunds"][:MOST_REFUNDS]]
    if data["needs_person"]:
        return run(frame, Call("chase_refund", {"order_key": key}), *says, order_key=key)
    told = Frame(frame.flow, {"step": "told", "order_key": key})
    question = Question(Kind.CONFIRM, Say("refund.anything_else", buttons=(CHASE, WAIT, HUMAN)))
    return ask(told, question, *says, order_key=key)


def _told_answer(frame: Frame, heard: Heard) -> Move | None:
    if heard.pressed == "yes" or (heard.pressed is None and heard.act is Act.YES):
        return run(frame, Call("chase_refund", {"order_key": frame.data["order_key"]}))
    if heard.pressed == "no" or heard.act in {Act.NO, Act.LEAVE}:
        return finish(Say("refund.waits", buttons=(TRACK, HUMAN)))
    return None


def _refund(one: Data) -> Say:
    params = {"amount": one["amount"]}
    if one["expected_by"]:
        return Say(f"refund.{one['stand']}_by", {**params, "day": one["expected_by"]})
    return Say(f"refund.{one['stand']}", params)


FLOW = Refunds()
