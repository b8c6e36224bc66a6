"""What comes back and what is wrong with it: returns, exchanges, claims, refunds, as forms."""

import re
from collections.abc import Mapping
from typing import Any, Final

from bots.dialogue.contracts.returning import Reason
from bots.dialogue.flows.form import (
    MOST_SAID,
    Form,
    FormFlow,
    Slot,
    begun,
    facts,
    refusal,
    value,
    with_note,
    with_slots,
)
from bots.dialogue.flows.items import items_slot, without_unavailable
from bots.dialogue.flows.methods import ORIGINAL, fitting, method_slot, spoken_method
from bots.dialogue.flows.picking import brought_in_order, lines_slot, wanted_lines
from bots.dialogue.moves import HUMAN, Flow, Move, pressed
from bots.dialogue.turns import Button, Data, Dialogue, Frame, Question, Result, Say
from bots.understanding.heard import Heard, Intent, Kind, Option
from oms_service.kernel.text import order_key

#: As the shop's rules call it.
_NOT_DELIVERED: Final = "not_delivered"
#: What people say when they send back, by the reason it is for the shop.
_SAME_REASON: Final = {
    "no_longer_needed": "changed_mind",
    "ordered_by_mistake": "changed_mind",
    "quality": "other",
    "late": "other",
    "takes_too_long": "other",
}
_ANOTHER_MIND: Final = re.compile(
    r"やっぱ|やはり|\bchanged? my mind\b"
    r"|\bactually\b(?!.*\b(?:broken?|damaged|wrong|faulty|fit|small|big)\b)",
    re.IGNORECASE,
)
#: What is wrong, and the words it is chosen by.
_WRONGS: Final = {
    "damaged": "damaged / broken / 壊れていた / 破損",
    "defective": "defective / does not work / 動かない / 不良",
    "wrong_item": "wrong item / 違う商品が届いた",
    "missing": "missing / 足りない / 入っていない",
    "not_received": "not received / 届いていない",
}
#: What is wrong, by what people say they want.
_OF_INTENT: Final = {
    Intent.REPORT_WRONG_ITEM: "wrong_item",
    Intent.REPORT_MISSING: "missing",
}
#: As many doubts as one reads.
_MOST_DOUBTS: Final = 2
_REMEDIES: Final = {
    "refund": "refund / money back / 返金",
    "replacement": "replacement / a new one / send another / 交換 / 代わりの品 / 新しいもの",
}
_WAYS: Final = {
    "return": "send it back / return / 返品",
    "claim": "something is wrong / damaged / missing / 不良 / 破損 / 届かない",
    "cancel": "cancel the order / キャンセル",
}
_WISH_OF_WAY: Final = {
    "return": Intent.RETURN_ITEM,
    "claim": Intent.REPORT_DAMAGED,
    "cancel": Intent.CANCEL_ORDER,
}
_METHOD: Final = dict.fromkeys(
    (
        "balance_too_low",
        "method_missing",
        "method_not_yours",
        "method_not_offered",
        "method_ended",
        "method_currency",
        "refund_way_not_offered",
    ),
    "method",
)


# Why


def _ask_return_reason(frame: Frame) -> Question:  # noqa: ARG001 - a slot's signature
    return _reasons("return.reason")


def _ask_exchange_reason(frame: Frame) -> Question:  # noqa: ARG001 - a slot's signature
    return _reasons("exchange.reason")


def _reasons(text: str) -> Question:
    buttons = tuple(Button(f"reason:{reason}", f"reasons.{reason}") for reason in Reason)
    options = tuple(Option(str(reason)) for reason in Reason)
    return Question(Kind.REASON, Say(text, buttons=(*buttons, HUMAN)), options)


def _reason_said(frame: Frame, heard: Heard, asked: bool) -> str | None:  # noqa: FBT001 - a slot's signature
    if value(frame, "reason") is not None and not asked and _ANOTHER_MIND.search(heard.text):
        return None  # a mind changed about the return, not about the goods
    if heard.pressed is not None:
        said = [pressed(heard, "reason") or ""]
    else:
        said = [heard.reason or "", *(_SAME_REASON.get(one, one) for one in heard.reasons)]
        said += list(heard.choices) if asked else []
    return next((one for one in said if one in set(Reason)), None)


# Returns


def _return_arguments(frame: Frame) -> Mapping[str, Any]:
    return {
        "order_key": frame.data["order_key"],
        "lines": wanted_lines(frame),
        "reason": value(frame, "reason"),
        "method_id": value(frame, "method"),
    }


def _has_choice_of_method(frame: Frame) -> bool:
    return len(facts(frame)["methods"]) > 1


def _other_way_said(frame: Frame, heard: Heard, asked: bool) -> str | None:  # noqa: ARG001, FBT001 - a slot's signature
    """The kind of a way to pay that words name and that gets nothing back here."""
    methods, said = facts(frame)["methods"], heard.payment
    # Several ways at once are one choice: any of them may be among those.
    is_mixed = any(one["kind"] == ORIGINAL for one in methods)
    if said is None or heard.pressed is not None or is_mixed or not methods:
        return None
    return None if fitting(methods, heard) else str(said.kind)


def _return_in_order(frame: Frame) -> Frame:
    if value(frame, "other_way") is not None:
        frame = with_note(with_slots(frame, other_way=None), "return.other_way")
    return brought_in_order(frame, "return")


def _return_shown(data: Data) -> list[Say]:
    says = []
    for line in data["lines"]:
        if line["is_allowed"]:
            params = {"name": line["name"], "quantity": line["quantity"]}
            says.append(Say("return.line_allowed", params))
        else:
            refused = {"name": line["name"], "refusal": line["refusal"]}
            says.append(Say("return.line_refused", refused))
    refund = {"refund": data["refund"], "method": data["method"]}
    if data["fee"]:
        says.append(Say("return.refund_less_fee", {**refund, "fee": data["fee"]}))
    else:
        says.append(Say("return.refund", refund))
    if data.get("terms"):
        says.append(Say("return.terms", data["terms"]))
    return [*says, *_doubts(data)]


def _return_done(data: Data) -> list[Say]:
    """The number, then the label and the terms under which it was accepted."""
    return _coming_back_done("return", data)


def _coming_back_done(name: str, data: Data) -> list[Say]:
    known = data["facts"]
    params = {"number": known["return_number"]}
    if data["decision"] == "agent":
        says = [Say(f"{name}.done_agent", {**params, "case": data["case_number"] or ""})]
    elif known.get("label"):
        says = [Say(f"{name}.done_label", {**params, "label": known["label"]})]
    else:
        says = [Say(f"{name}.done", params)]
    if known.get("terms"):
        says.append(Say("return.terms_link", {"link": known["terms"]}))
    return [*says, *_page(known)]


def _page(known: Data) -> list[Say]:
    """Where it is seen, and can be withdrawn; said once, as its address opens it."""
    page = known.get("page")
    return [Say("coming_back.page", {"link": page})] if page else []


def _doubts(data: Data) -> list[Say]:
    """Why a colleague decides, or how a photo helps."""
    says = [Say("coming_back.because", {"refusal": one}) for one in data["doubts"][:_MOST_DOUBTS]]
    return [*says, *([Say("coming_back.photo")] if data["needs_photo"] else [])]


# Exchanges


def _exchange_arguments(frame: Frame) -> Mapping[str, Any]:
    return {
        "order_key": frame.data["order_key"],
        "swaps": [dict(one) for one in value(frame, "items")["swaps"]],
        "reason": value(frame, "reason") or str(Reason.CHANGED_MIND),
        "method_id": value(frame, "method"),
    }


def _needs_reason(frame: Frame) -> bool:
    """Only where something stands against it that a good reason sets aside."""
    known = value(frame, "items") or {"swaps": []}
    wanted = {one["line_id"] for one in known["swaps"]}
    return any(one["refusal"] for one in facts(frame)["lines"] if one["line_id"] in wanted)


def _owes(frame: Frame) -> bool:
    """Whether the new goods cost more, and there is a choice of how that is paid."""
    known = value(frame, "items")
    if known is None or len(facts(frame)["methods"]) < 2:  # noqa: PLR2004 - one is no choice
        return False
    more = 0
    lines = {one["line_id"]: one for one in facts(frame)["lines"]}
    for swap in known["swaps"]:
        line = lines[swap["line_id"]]
        new = next(one for one in line["variants"] if one["variant_id"] == swap["variant_id"])
        more += swap["quantity"] * (new["price"]["minor"] - line["price"]["minor"])
    return more > 0


def _exchange_shown(data: Data) -> list[Say]:
    says = [Say("items.swap", dict(one)) for one in data["swaps"]]
    difference, method = data["difference"], data["method"]
    if difference["minor"] == 0:
        says.append(Say("exchange.same_price"))
    elif difference["minor"] > 0:
        params = {"amount": difference, **spoken_method(method)}
        says.append(Say("change.to_pay", params))
    else:
        back = {"amount": {**difference, "minor": -difference["minor"]}}
        if method:
            says.append(Say("exchange.back_to", {**back, **spoken_method(method)}))
        else:
            says.append(Say("exchange.back", back))
    when = "at_once" if data["is_sent_at_once"] else "on_receipt"
    return [*says, Say(f"exchange.sent_{when}"), *_doubts(data)]


def _exchange_done(data: Data) -> list[Say]:
    return _coming_back_done("exchange", data)


# Claims


def _ask_wrong(frame: Frame) -> Question:
    offered = _offered_wrongs(frame)
    buttons = tuple(Button(f"wrong:{one}", f"wrongs.{one}") for one in offered)
    options = tuple(Option(one, _WRONGS[one]) for one in offered)
    say = Say("claim.wrong", {"number": facts(frame)["number"]}, (*buttons, HUMAN))
    return Question(Kind.REASON, say, options)


def _offered_wrongs(frame: Frame) -> list[str]:
    known = {one for line in facts(frame)["lines"] for one in line["remedies"]}
    return [one for one in _WRONGS if one in known]


def _wrong_said(frame: Frame, heard: Heard, asked: bool) -> str | None:  # noqa: FBT001 - a slot's signature
    offered = _offered_wrongs(frame)
    if heard.pressed is not None:
        said = [pressed(heard, "wrong") or ""]
    else:
        said = list(heard.reasons)
        said += list(heard.choices) if asked else []
    return next((one for one in said if one in offered), None)


def _ask_remedy(frame: Frame) -> Question:
    offered = _offered_remedies(frame)
    buttons = tuple(Button(f"remedy:{one}", f"remedies.{one}") for one in offered)
    options = tuple(Option(one, _REMEDIES[one]) for one in offered)
    return Question(Kind.OPTION, Say("claim.remedy", buttons=(*buttons, HUMAN)), options)


def _offered_remedies(frame: Frame) -> list[str]:
    """What the shop offers for what is wrong, of every line that was picked."""
    wrong, known = value(frame, "reason"), value(frame, "lines")
    picked = {one["line_id"] for one in known["picked"]} if known else set()
    sets = [
        set(line["remedies"].get(wrong, ()))
        for line in facts(frame)["lines"]
        if (line["line_id"] in picked if picked else wrong in line["remedies"])
    ]
    if wrong is None:
        return list(_REMEDIES)
    common = set.intersection(*sets) if sets else set()
    return [one for one in _REMEDIES if one in common]


def _remedy_said(frame: Frame, heard: Heard, asked: bool) -> str | None:  # noqa: FBT001 - a slot's signature
    offered = _offered_remedies(frame)
    if heard.pressed is not None:
        said = pressed(heard, "remedy")
        return said if said in offered else None
    text = heard.text.casefold()
    if any(word in text for word in _MONEY):
        return "refund" if "refund" in offered else None
    if any(word in text for word in _ANOTHER):
        return "replacement" if "replacement" in offered else None
    chosen = next(iter(heard.choices), None) if asked else None
    return chosen if chosen in offered else None


_MONEY: Final = ("refund", "money back", "返金", "お金を返")
_ANOTHER: Final = (
    *("replace", "new one", "another one", "send again", "resend", "send it again"),
    *("交換", "代わり", "代替", "新しいもの", "新しいの", "再送", "送り直", "もう一度送"),
)


def _claim_in_order(frame: Frame) -> Frame:
    """What the wish itself says is wrong; all of a parcel that never came; the only remedy."""
    if value(frame, "reason") is None:
        frame = with_slots(frame, reason=_wrong_of_wish(frame))
    lost = value(frame, "reason") == "not_received"
    if lost and value(frame, "lines") is None:
        picked = [
            {"line_id": line["line_id"], "quantity": line["quantity"]}
            for line in facts(frame)["lines"]
            if line["quantity"] and not line["is_delivered"] and "not_received" in line["remedies"]
        ]
        frame = with_slots(frame, lines={"picked": picked} if picked else None)
    frame = brought_in_order(frame, "claim")
    if value(frame, "reason") is None or value(frame, "lines") is None:
        return frame
    offered, wanted = _offered_remedies(frame), value(frame, "remedy")
    if len(offered) == 1:
        return with_slots(frame, remedy=offered[0])
    return frame if wanted in offered else with_slots(frame, remedy=None)


def _wrong_of_wish(frame: Frame) -> str | None:
    offered = _offered_wrongs(frame)
    is_any_there = any(line["is_delivered"] for line in facts(frame)["lines"])
    if frame.data.get("intent") == Intent.REPORT_MISSING and not is_any_there:
        return "not_received" if "not_received" in offered else None
    said = _OF_INTENT.get(Intent(frame.data.get("intent") or Intent.REPORT_DAMAGED))
    return said if said in offered else None


def _claim_arguments(frame: Frame) -> Mapping[str, Any]:
    return {
        "order_key": frame.data["order_key"],
        "lines": wanted_lines(frame),
        "reason": value(frame, "reason"),
        "remedy": value(frame, "remedy") or "refund",
    }


def _claim_shown(data: Data) -> list[Say]:
    says = [Say("claim.about", {"number": data["number"], "wrong": data["reason"]})]
    says += [Say("claim.line", dict(line)) for line in data["lines"]]
    if data["remedy"] == "refund":
        says.append(Say("return.refund", {"refund": data["refund"], "method": data["method"]}))
    else:
        says.append(Say("claim.replacement"))
    if data["comes_back"]:
        says.append(Say("claim.comes_back"))
    elif data["reason"] in {"damaged", "defective", "wrong_item"}:
        says.append(Say("claim.stays"))
    return [*says, *_doubts(data)]


def _claim_done(data: Data) -> list[Say]:
    return [_claim_taken(data), *_page(data["facts"])]


def _claim_taken(data: Data) -> Say:
    known = data["facts"]
    params = {"number": known["claim_number"]}
    if data["decision"] == "agent":
        return Say("claim.done_agent", {**params, "case": data["case_number"] or ""})
    if known.get("label"):
        return Say("claim.done_label", {**params, "label": known["label"]})
    if known["remedy"] == "refund":
        return Say("claim.done_refund", {**params, "amount": known["refund"]})
    return Say("claim.done_replacement", params)


# Money back


def _ask_way(frame: Frame) -> Question:
    ways = facts(frame)["ways"]
    buttons = tuple(Button(f"way:{one}", f"refund_ways.{one}") for one in ways)
    options = tuple(Option(one, _WAYS[one]) for one in ways)
    say = Say("refund_request.way", {"number": facts(frame)["number"]}, (*buttons, HUMAN))
    return Question(Kind.OPTION, say, options)


def _way_said(frame: Frame, heard: Heard, asked: bool) -> str | None:  # noqa: FBT001 - a slot's signature
    ways = facts(frame)["ways"]
    if heard.pressed is not None:
        said = pressed(heard, "way")
        return said if said in ways else None
    wrongs = set(heard.reasons) & set(_WRONGS)
    if wrongs and "claim" in ways:
        return "claim"
    minds = set(heard.reasons) & {*_SAME_REASON, "changed_mind", "wrong_size"}
    if minds and "return" in ways:
        return "return"
    chosen = next(iter(heard.choices), None) if asked else None
    return chosen if chosen in ways else None


def _only_way(frame: Frame) -> Frame:
    ways = facts(frame)["ways"]
    return with_slots(frame, way=ways[0]) if len(ways) == 1 else frame


def _under_way(frame: Frame, result: Result) -> Move:  # noqa: ARG001 - a form's signature
    """Money is on its way already: where it is, is what they want to know."""
    return Move(None, opens=Frame("refund", {"order_key": result.data["order_key"]}))


def _nothing_to_do(data: Data) -> list[Say]:
    return refusal("refund_request", data.get("refusals", ()), number=data.get("number", ""))


class LeadFlow(FormFlow):
    """A form that proposes nothing itself: once it is known what is wanted, that wish begins."""

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        if result.skill == self.form.facts:
            frame = frame.having(words=list(frame.data.get("said", ())))
        return super().result(frame, result, state)

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        words = [*frame.data.get("words", ()), heard.text][-MOST_SAID:]
        return super().answer(frame.having(words=words), heard, state)

    def _propose(self, frame: Frame, *says: Say) -> Move:
        way = value(frame, "way")
        data = begun(_WISH_OF_WAY[way], "", frame.data["order_key"])
        data["said"] = list(frame.data.get("words", ()))
        flow = {"return": "return", "claim": "claim", "cancel": "cancel"}[way]
        return Move(None, (*says, Say(f"refund_request.by_{way}")), opens=Frame(flow, data))


class ExchangeFlow(FormFlow):
    """An exchange; of what has not arrived yet, the items of the order are changed instead."""

    def _learned(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        codes = {one["code"] for one in result.data.get("refusals", ())}
        if result.outcome != "refused" or codes != {_NOT_DELIVERED}:
            return super()._learned(frame, result, state)
        data = begun(Intent.CHANGE_ITEMS, "", order_key(result.data["number"]))
        data["said"] = list(frame.data.get("said", ()))
        return Move(None, opens=Frame("items", data))


RETURN_FORM: Final = Form(
    name="return",
    intents=frozenset({Intent.RETURN_ITEM}),
    facts="return_facts",
    slots=(
        lines_slot("return"),
        Slot("reason", ask=_ask_return_reason, read=_reason_said),
        method_slot("return.method", is_needed=_has_choice_of_method),
        Slot("other_way", ask=_ask_return_reason, read=_other_way_said, is_asked=False),
    ),
    propose="propose_return",
    arguments=_return_arguments,
    shown=_return_shown,
    done=_return_done,
    settle=_return_in_order,
    mends=_METHOD,
)
EXCHANGE_FORM: Final = Form(
    name="exchange",
    intents=frozenset({Intent.EXCHANGE_ITEM}),
    facts="exchange_facts",
    slots=(
        items_slot("exchange"),
        Slot("reason", ask=_ask_exchange_reason, read=_reason_said, is_needed=_needs_reason),
        method_slot("items.method", is_needed=_owes),
    ),
    propose="propose_exchange",
    arguments=_exchange_arguments,
    shown=_exchange_shown,
    done=_exchange_done,
    settle=lambda frame: without_unavailable(frame, "items"),
    mends={
        **_METHOD,
        **dict.fromkeys(
            ("variant_out_of_stock", "variant_not_sold", "other_product", "same_variant"), "items"
        ),
    },
)
CLAIM_FORM: Final = Form(
    name="claim",
    intents=frozenset({Intent.REPORT_DAMAGED, Intent.REPORT_MISSING, Intent.REPORT_WRONG_ITEM}),
    facts="claim_facts",
    slots=(
        Slot("reason", ask=_ask_wrong, read=_wrong_said),
        lines_slot("claim"),
        Slot(
            "remedy",
            ask=_ask_remedy,
            read=_remedy_said,
            is_needed=lambda frame: len(_offered_remedies(frame)) > 1,
        ),
    ),
    propose="propose_claim",
    arguments=_claim_arguments,
    shown=_claim_shown,
    done=_claim_done,
    settle=_claim_in_order,
    mends={"variant_out_of_stock": "remedy"},
)
REFUND_FORM: Final = Form(
    name="refund_request",
    intents=frozenset({Intent.REFUND_REQUEST}),
    facts="refund_choices",
    slots=(Slot("way", ask=_ask_way, read=_way_said),),
    propose="refund_choices",
    arguments=lambda frame: {"order_key": frame.data["order_key"], "spoken": None},
    shown=_nothing_to_do,
    done=_nothing_to_do,
    settle=_only_way,
    otherwise={"under_way": _under_way},
)
FLOWS: Final[Mapping[str, Flow]] = {
    "return": FormFlow(RETURN_FORM),
    "exchange": ExchangeFlow(EXCHANGE_FORM),
    "claim": FormFlow(CLAIM_FORM),
    "refund_request": LeadFlow(REFUND_FORM),
}
