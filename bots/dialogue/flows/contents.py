"""What is in an order, what it came to, and by what it was paid."""

# Every flow has the same four methods, whether or not it needs all that they are given.
# ruff: noqa: ARG002

from typing import Final

from bots.dialogue.flows import told
from bots.dialogue.flows.choosing import UNKNOWN, WHICH, choose_order, chosen_order
from bots.dialogue.moves import HUMAN, ORDERS, OTHER_ORDER, TRACK, Move, ask, finish, run
from bots.dialogue.turns import Button, Call, Data, Dialogue, Frame, Result, Say
from bots.understanding.heard import Heard, Intent
from oms_service.kernel.text import order_key

#: More lines than fit on one screen are counted, not listed.
MOST_LINES: Final = 10
RECEIPT: Final = Button("intent:invoice_receipt", "button.paper")


class Contents:
    intents: frozenset[Intent] = frozenset()

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        if not state.is_identified:
            named = frame.data.get("order_key")
            return Move(frame, opens=Frame("identify", {"order_key": named} if named else {}))
        words = told.said(frame)
        if told.is_about_sums(words) and not frame.data.get("order_key"):
            return run(frame, Call("order_sums"))
        is_last = told.means_the_last(words)
        key = frame.data.get("order_key") or (None if is_last else state.order_key)
        return run(frame, Call("order_contents", {"order_key": key, "is_last": is_last}))

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        key = chosen_order(heard)
        if key == "other":
            return _which(frame)
        if key:
            return run(frame, Call("order_contents", {"order_key": key, "is_last": False}))
        return None

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        match result.outcome:
            case "ok" if result.skill == "order_sums":
                return finish(*_sums(result.data))
            case "ok":
                key = order_key(result.data["number"])
                return finish(*_contents(result.data), order_key=key)
            case "several":
                return ask(frame.having(step="choose"), choose_order("contents.which", result.data))
            case "none":
                return finish(Say("orders.none", buttons=(HUMAN,)))
        return ask(frame.having(step="which"), UNKNOWN, order_key=None)

    def back(self, frame: Frame, state: Dialogue) -> Move:
        return _which(frame)


def _which(frame: Frame) -> Move:
    return ask(frame.having(step="which"), WHICH)


def _contents(data: Data) -> list[Say]:
    """The sum first, since that is what is mostly asked; then each line, then how it was paid."""
    number = {"number": data["number"], "total": data["total"], "units": data["units"]}
    says = [Say("contents.cancelled" if data["is_cancelled"] else "contents.total", number)]
    says += [_line(one) for one in data["lines"][:MOST_LINES]]
    if len(data["lines"]) > MOST_LINES:
        says.append(Say("contents.more", {"count": len(data["lines"]) - MOST_LINES}))
    if not data["is_cancelled"]:
        says.append(Say("contents.shipping", {"amount": data["shipping"]}))
        for key in ("discount", "added_tax"):
            if data[key]:
                says.append(Say(f"contents.{key}", {"amount": data[key]}))
    says += [_paid(one) for one in data["paid_by"]]
    if data["refunded"]:
        says.append(Say("contents.refunded", {"amount": data["refunded"]}))
    last = says[-1]
    says[-1] = Say(last.key, last.params, (TRACK, RECEIPT, OTHER_ORDER, HUMAN))
    return says


def _line(line: Data) -> Say:
    options = "_options" if line["options"] else ""
    return Say(f"contents.line{options}", dict(line))


def _paid(paid: Data) -> Say:
    known = "_known" if paid["last_four"] else ""
    params = {"method": paid["kind"], "amount": paid["amount"], "last_four": paid["last_four"]}
    return Say(f"contents.paid{known}", params)


def _sums(data: Data) -> list[Say]:
    if not data["orders"]:
        return [Say("orders.none", buttons=(HUMAN,))]
    says = [Say("contents.sums", {"count": data["count"], "shown": len(data["orders"])})]
    for one in data["orders"]:
        dated = "_dated" if one["placed_on"] else ""
        says.append(Say(f"contents.sum{dated}", dict(one)))
    last = says[-1]
    return [*says[:-1], Say(last.key, last.params, (ORDERS, HUMAN))]


FLOW = Contents()
