"""A return: which order, which lines, how many, why; a preview, a confirmation, the request."""

# Every flow has the same four methods, whether or not it needs all that they are given.
# ruff: noqa: ARG002

from collections.abc import Sequence
from typing import Any

from bots.dialogue.contracts.returning import Reason
from bots.dialogue.contracts.shapes import HandOffReason
from bots.dialogue.flows import hand_off
from bots.dialogue.flows.choosing import choose_order, chosen_order, names_of
from bots.dialogue.moves import HUMAN, OTHER_ORDER, TRACK, Move, ask, finish, pressed, run
from bots.dialogue.turns import Button, Call, Data, Dialogue, Frame, Question, Result, Say
from bots.understanding.heard import NAMES, Act, Heard, Intent, Kind, Option

#: Buttons for quantities and lines that fit on one screen; more can still be typed.
MOST_QUANTITIES = 5
MOST_LINES = 8
#: Lines that cannot come back are explained, but not all of a long order.
MOST_REFUSALS = 3
REASONS = tuple(Reason)
ALL = Button("all", "button.all_lines")
CONFIRM = Button("yes", "button.request_return")
DECLINE = Button("no", "button.no_return")


class Returns:
    intents = frozenset({Intent.RETURN_ITEM})

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        if not state.is_identified:
            wanted = {"order_key": frame.data["order_key"]} if frame.data.get("order_key") else {}
            return Move(Frame(frame.flow), opens=Frame("identify", wanted))
        if frame.step in _ASKERS:
            return _ASKERS[frame.step](frame)
        key = frame.data.get("order_key") or state.order_key
        return _look_up(frame, key) if key else run(frame, Call("list_orders"))

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        if pressed(heard, "order") == "other":
            return _another_order(frame)
        if frame.step == "confirm":
            return _confirm_answer(frame, heard, state)
        reader = _READERS.get(frame.step)
        return reader(frame, heard) if reader else None

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        match result.skill:
            case "list_orders":
                return _orders_listed(frame, result.data)
            case "returnable_lines":
                return _lines_found(frame, result)
            case "preview_return":
                return _previewed(frame, result)
        return _requested(frame, result, state)

    def back(self, frame: Frame, state: Dialogue) -> Move:
        match frame.step:
            case "confirm":
                return _ask_reason(frame)
            case "quantity" | "reason" if len(_usable(frame)) > 1:
                return _ask_lines(frame.having(chosen=[]))
        return run(Frame(frame.flow), Call("list_orders"), order_key=None)


# Which order


def _look_up(frame: Frame, key: str) -> Move:
    begun = Frame(frame.flow, {"order_key": key})
    return run(begun, Call("returnable_lines", {"order_key": key}))


def _another_order(frame: Frame) -> Move:
    if frame.step == "order":  # the list is before them and lacks it
        return _ask_order(Frame(frame.flow, {"step": "order"}))
    return run(Frame(frame.flow), Call("list_orders"), order_key=None)


def _order_answer(frame: Frame, heard: Heard) -> Move | None:
    key = chosen_order(heard)
    return _look_up(frame, key) if key else None


def _orders_listed(frame: Frame, data: Data) -> Move:
    if not data["orders"]:
        return finish(Say("orders.none", buttons=(HUMAN,)))
    return ask(frame.having(step="order", orders=data["orders"]), _order_question(data["orders"]))


def _order_question(orders: Sequence[Data]) -> Question:
    return choose_order("return.which_order", {"orders": orders})


def _ask_order(frame: Frame) -> Move:
    orders = frame.data.get("orders")
    if orders:
        return ask(frame, _order_question(orders))
    return ask(frame, Question(Kind.ORDER, Say("track.which", buttons=(HUMAN,))))


# Which lines, and how many


def _lines_found(frame: Frame, result: Result) -> Move:
    if result.outcome != "ok":
        question = Question(Kind.ORDER, Say("track.unknown", buttons=(HUMAN,)))
        return ask(Frame(frame.flow, {"step": "order"}), question, order_key=None)
    found = frame.having(lines=result.data["lines"], number=result.data["number"])
    key = frame.data["order_key"]
    usable = _usable(found)
    if not usable:
        says = [Say("return.none", {"number": result.data["number"]}), *_refused_lines(found)]
        says[-1] = Say(says[-1].key, says[-1].params, (OTHER_ORDER_ANY, HUMAN))
        return finish(*says, order_key=key)
    if len(usable) == 1:
        move = _chosen(found, [usable[0]], None)
        return Move(
            move.frame,
            (Say("return.only_line", _named(found, usable[0])), *_refused_lines(found)),
            move.question,
            move.call,
            changes={"order_key": key},
        )
    asked = _ask_lines(found)
    return Move(asked.frame, asked.says, asked.question, changes={"order_key": key})


OTHER_ORDER_ANY = Button("intent:order_history", "button.orders")


def _ask_lines(frame: Frame) -> Move:
    usable = _usable(frame)
    buttons = tuple(
        Button(f"line:{line['line_id']}", "button.line", {"name": line["name"]})
        for line in usable[:MOST_LINES]
    )
    options = [Option(str(line["line_id"]), _words(line)) for line in usable]
    options += [
        Option(f"refused:{line['line_id']}", _words(line), is_only_named=True)
        for line in frame.data["lines"]
        if line["quantity_returnable"] < 1
    ]
    say = Say("return.lines", {"number": frame.data["number"]}, (*buttons, ALL, OTHER_ORDER, HUMAN))
    question = Question(Kind.SEVERAL, say, tuple(options))
    return ask(frame.having(step="lines"), question, *_refused_lines(frame))


def _lines_answer(frame: Frame, heard: Heard) -> Move | None:
    usable = _usable(frame)
    line = pressed(heard, "line")
    if heard.pressed == "all" or (heard.pressed is None and heard.is_everything):
        return _chosen(frame, usable, None)
    wanted = (line,) if line else heard.choices
    chosen = [entry for entry in usable if str(entry["line_id"]) in wanted]
    if chosen:
        return _chosen(frame, chosen, heard.quantity if len(chosen) == 1 else None)
    refused = [entry for entry in frame.data["lines"] if f"refused:{entry['line_id']}" in wanted]
    if refused:
        asked = _ask_lines(frame)
        return Move(asked.frame, (_refused_line(refused[0]),), asked.question)
    return None


def _chosen(frame: Frame, lines: Sequence[Data], quantity: int | None) -> Move:
    """Lines of which there is one are settled; the customer says how many of the others."""
    wanted = []
    for line in lines:
        most = line["quantity_returnable"]
        known = 1 if most == 1 else quantity if quantity and quantity <= most else None
        wanted.append({"line_id": line["line_id"], "quantity": known})
    return _next_quantity(frame.having(chosen=wanted))


def _next_quantity(frame: Frame) -> Move:
    open_lines = [entry for entry in frame.data["chosen"] if entry["quantity"] is None]
    return _ask_quantity(frame) if open_lines else _ask_reason(frame)


def _asked_line(frame: Frame) -> Data:
    wanted = next(entry for entry in frame.data["chosen"] if entry["quantity"] is None)
    return next(e for e in frame.data["lines"] if e["line_id"] == wanted["line_id"])


def _ask_quantity(frame: Frame, *says: Say) -> Move:
    line = _asked_line(frame)
    most: int = line["quantity_returnable"]
    buttons = tuple(
        Button(f"quantity:{n}", "button.quantity", {"count": n})
        for n in range(1, min(most, MOST_QUANTITIES) + 1)
    )
    say = Say("return.quantity", {**_named(frame, line), "most": most}, buttons)
    return ask(frame.having(step="quantity"), Question(Kind.QUANTITY, say), *says)


def _quantity_answer(frame: Frame, heard: Heard) -> Move | None:
    line = _asked_line(frame)
    most: int = line["quantity_returnable"]
    typed = pressed(heard, "quantity")
    quantity = int(typed) if typed and typed.isdecimal() else heard.quantity
    if quantity is None and heard.is_everything:
        quantity = most
    if quantity is None:
        return None
    if not 1 <= quantity <= most:
        return _ask_quantity(frame, Say("return.too_many", {"most": most}))
    chosen = [
        {**entry, "quantity": quantity} if entry["line_id"] == line["line_id"] else entry
        for entry in frame.data["chosen"]
    ]
    return _next_quantity(frame.having(chosen=chosen))


# Why


def _ask_reason(frame: Frame) -> Move:
    buttons = tuple(Button(f"reason:{reason}", f"reasons.{reason}") for reason in REASONS)
    options = tuple(Option(str(reason)) for reason in REASONS)
    question = Question(Kind.REASON, Say("return.reason", buttons=buttons), options)
    return ask(frame.having(step="reason"), question)


def _reason(heard: Heard) -> str | None:
    said = pressed(heard, "reason") or next(iter(heard.choices), None) or heard.reason
    return said if said in set(REASONS) else None


def _reason_answer(frame: Frame, heard: Heard) -> Move | None:
    reason = _reason(heard)
    return _preview(frame.having(reason=reason)) if reason else None


# The preview, the confirmation, the request


def _wanted(frame: Frame) -> dict[str, Any]:
    return {
        "order_key": frame.data["order_key"],
        "lines": [dict(entry) for entry in frame.data["chosen"]],
        "reason": frame.data["reason"],
    }


def _preview(frame: Frame, *says: Say) -> Move:
    return run(frame, Call("preview_return", _wanted(frame)), *says, proposal=None)


def _previewed(frame: Frame, result: Result) -> Move:
    if result.outcome != "ok":
        question = Question(Kind.ORDER, Say("track.unknown", buttons=(HUMAN,)))
        return ask(Frame(frame.flow, {"step": "order"}), question, order_key=None)
    preview = result.data
    allowed = [line for line in preview["lines"] if line["is_allowed"]]
    if preview["decision"] == "refused" or not allowed:
        return finish(*_refusal(preview["refusals"] or _line_refusals(preview)), proposal=None)
    shown = frame.having(
        step="confirm",
        preview={key: preview.get(key) for key in _KEPT},
    )
    digest = preview["digest"]
    return ask(
        shown,
        _confirm_question(shown),
        *_shown(shown),
        proposal={**_wanted(frame), "digest": digest},
    )


_KEPT = ("lines", "refund", "method", "fee", "decision", "needs_photo", "terms")


def _shown(frame: Frame) -> list[Say]:
    preview = frame.data["preview"]
    says = []
    for line in preview["lines"]:
        if line["is_allowed"]:
            params = {"name": line["name"], "quantity": line["quantity"]}
            says.append(Say("return.line_allowed", params))
        else:
            says.append(_refused_line(line))
    refund = {"refund": preview["refund"], "method": preview["method"]}
    if preview["fee"]:
        says.append(Say("return.refund_less_fee", {**refund, "fee": preview["fee"]}))
    else:
        says.append(Say("return.refund", refund))
    if preview["terms"]:
        says.append(Say("return.terms", preview["terms"]))
    return says


def _confirm_question(frame: Frame) -> Question:
    preview = frame.data["preview"]
    way = "photo" if preview.get("needs_photo") else preview["decision"]
    say = Say(f"return.confirm_{way}", buttons=(CONFIRM, DECLINE, HUMAN))
    return Question(Kind.CONFIRM, say)


def _ask_confirm(frame: Frame) -> Move:
    if frame.data["preview"].get("needs_photo"):
        return _preview(frame)  # it may have come meanwhile
    return ask(frame, _confirm_question(frame), *_shown(frame))


def _confirm_answer(frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
    if heard.pressed == "yes" or (heard.pressed is None and heard.act is Act.YES):
        if state.proposal is None:
            return _preview(frame)
        return run(frame, Call("request_return", dict(state.proposal)))
    if heard.pressed == "no" or heard.act in {Act.NO, Act.LEAVE}:
        return finish(Say("return.declined", buttons=(TRACK, HUMAN)), proposal=None)
    reason = _reason(heard)
    if reason:  # a correction after seeing the preview
        return _preview(frame.having(reason=reason))
    chosen = frame.data["chosen"]
    if heard.quantity and len(chosen) == 1:
        line = next(e for e in frame.data["lines"] if e["line_id"] == chosen[0]["line_id"])
        return _preview_of(frame, line, heard.quantity)
    return None


def _preview_of(frame: Frame, line: Data, quantity: int) -> Move:
    most = line["quantity_returnable"]
    if quantity > most:
        return ask(frame, _confirm_question(frame), Say("return.too_many", {"most": most}))
    return _preview(frame.having(chosen=[{"line_id": line["line_id"], "quantity": quantity}]))


def _requested(frame: Frame, result: Result, state: Dialogue) -> Move:
    match result.outcome:
        case "ok":
            return finish(*_done(result.data), proposal=None)
        case "changed" if not frame.data.get("has_changed"):
            return _preview(frame.having(has_changed=True), Say("return.changed"))
        case "changed":
            return Move(None, opens=hand_off.frame_for(HandOffReason.TROUBLE, state))
    return finish(*_refusal(result.data["refusals"]), proposal=None)


def _done(data: Data) -> list[Say]:
    """The number, then the label and the terms under which it was accepted."""
    params = {"number": data["return_number"]}
    buttons: tuple[Button, ...] = (TRACK,)
    if data["decision"] == "at_once":
        says, buttons = [Say("return.done", params)], (TRACK, HUMAN)
        if data.get("label"):
            says = [Say("return.done_label", {**params, "label": data["label"]})]
    elif data["case_number"]:
        says = [Say("return.done_agent_case", {**params, "case": data["case_number"]})]
    else:
        says = [Say("return.done_agent", params)]
    if data.get("terms"):
        says.append(Say("return.terms_link", {"link": data["terms"]["link"]}))
    return [*says[:-1], Say(says[-1].key, says[-1].params, buttons)]


# Saying no


def _refusal(refusals: Sequence[Data]) -> list[Say]:
    says = [Say("return.refused")]
    says += [Say("return.because", {"refusal": entry}) for entry in refusals[:MOST_REFUSALS]]
    says.append(Say("return.way_on", buttons=(HUMAN, OTHER_ORDER_ANY)))
    return says


def _line_refusals(preview: Data) -> list[Data]:
    return [line["refusal"] for line in preview["lines"] if line["refusal"]]


def _refused_lines(frame: Frame) -> list[Say]:
    refused = [line for line in frame.data["lines"] if line["quantity_returnable"] < 1]
    return [_refused_line(line) for line in refused[:MOST_REFUSALS]]


def _refused_line(line: Data) -> Say:
    why = line.get("reason_if_not") or line.get("refusal") or {"code": "not_returnable"}
    return Say("return.line_refused", {"name": line["name"], "refusal": why})


def _usable(frame: Frame) -> list[Data]:
    return [line for line in frame.data.get("lines", []) if line["quantity_returnable"] > 0]


def _named(frame: Frame, line: Data) -> dict[str, Any]:
    return {"name": line["name"], "number": frame.data["number"]}


def _words(line: Data) -> str:
    """The names of a line in each language, the plain ones first."""
    names, options = names_of(line["name"]), names_of(line["options"])
    return NAMES.join([*names, " ".join([*names, *options])])


_ASKERS = {
    "order": _ask_order,
    "lines": _ask_lines,
    "quantity": _ask_quantity,
    "reason": _ask_reason,
    "confirm": _ask_confirm,
}
_READERS = {
    "order": _order_answer,
    "lines": _lines_answer,
    "quantity": _quantity_answer,
    "reason": _reason_answer,
}
FLOW = Returns()
