"""Invoices and receipts: a link where there can be one, else why there is none."""

# Every flow has the same four methods, whether or not it needs all that they are given.
# ruff: noqa: ARG002

from bots.dialogue.contracts.answering import Paper
from bots.dialogue.flows import told
from bots.dialogue.flows.choosing import UNKNOWN, WHICH, choose_order, chosen_order
from bots.dialogue.moves import HUMAN, OTHER_ORDER, TRACK, Move, ask, finish, run
from bots.dialogue.turns import Call, Dialogue, Frame, Result, Say
from bots.understanding.heard import Heard, Intent
from oms_service.kernel.text import order_key


class Papers:
    intents = frozenset({Intent.INVOICE_RECEIPT})

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        named = frame.data.get("order_key")
        if not state.is_identified:
            return Move(frame, opens=Frame("identify", {"order_key": named} if named else {}))
        return _make(frame, named or state.order_key)

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        key = chosen_order(heard)
        if key == "other":
            return _which(frame)
        return _make(frame, key) if key else None

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        match result.outcome:
            case "ok":
                key = order_key(result.data["number"])
                says = (
                    Say(f"papers.{_paper(frame)}", dict(result.data)),
                    Say("papers.note", buttons=(OTHER_ORDER, HUMAN)),
                )
                return finish(*says, order_key=key)
            case "refused":
                number = {"number": result.data["number"]}
                why = Say(f"papers.{result.data['why']}", number, (TRACK, OTHER_ORDER, HUMAN))
                return finish(why, order_key=order_key(result.data["number"]))
            case "several":
                return ask(frame.having(step="choose"), choose_order("papers.which", result.data))
            case "none":
                return finish(Say("orders.none", buttons=(HUMAN,)))
        return ask(frame.having(step="which"), UNKNOWN, order_key=None)

    def back(self, frame: Frame, state: Dialogue) -> Move:
        return _which(frame)


def _paper(frame: Frame) -> Paper:
    return Paper.INVOICE if told.wants_invoice(told.said(frame)) else Paper.RECEIPT


def _make(frame: Frame, key: str | None) -> Move:
    return run(frame, Call("paper_of_order", {"order_key": key, "paper": str(_paper(frame))}))


def _which(frame: Frame) -> Move:
    return ask(frame.having(step="which"), WHICH)


FLOW = Papers()
