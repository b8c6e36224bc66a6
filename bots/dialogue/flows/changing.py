"""What can be changed of an order before it leaves, and the address of a customer: as forms."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from bots.dialogue.flows import naming
from bots.dialogue.flows.addresses import address_slot
from bots.dialogue.flows.addresses import parts as address_parts
from bots.dialogue.flows.addresses import spoken as spoken_address
from bots.dialogue.flows.choosing import names_of
from bots.dialogue.flows.form import (
    Form,
    FormFlow,
    Slot,
    facts,
    refusal,
    value,
    with_note,
    with_slots,
)
from bots.dialogue.flows.items import items_slot, without_unavailable
from bots.dialogue.flows.methods import method_slot, spoken_method
from bots.dialogue.moves import HUMAN, Flow, Move, finish, pressed
from bots.dialogue.turns import Button, Data, Frame, Question, Result, Say
from bots.understanding.heard import Heard, Intent, Kind, Option
from oms_service.kernel.text import order_key

#: Any hours of the day.
ANY: Final = "any"
#: Days offered as buttons; others are typed.
MOST_DAYS: Final = 3
#: Why people call something off, in the words of both languages; a shop may have other codes.
_REASON_WORDS: Final = {
    "no_longer_needed": "no longer needed / 不要になった",
    "ordered_by_mistake": "ordered by mistake / 間違えて注文した",
    "takes_too_long": "takes too long / 届くのが遅い",
    "other": "another reason / その他",
}
#: A mind that was changed is no longer in need of it.
_SAME_REASON: Final = {"changed_mind": "no_longer_needed"}

_USUAL: Final = re.compile(
    r"\b(?:default|profile|account|saved|registered|usual|home) (?:\w+ )?address"
    r"|\baddress (?:in|on|of|for) my (?:profile|account)\b"
    r"|(?:いつもの|登録(?:している|済みの|中の|した)?|会員(?:情報|登録)?の?|アカウントの?|マイページの?)"
    r"(?:ご?住所|お届け先|配送先)|住所変更の?登録",
    re.IGNORECASE,
)
#: There the usual address is only what an order's shall become.
_TO_USUAL: Final = re.compile(
    r"\b(?:to|use|with) (?:my|the) (?:default|profile|account|saved|registered|usual|home)\b"
    r"|(?:いつもの|登録(?:している|済みの)?|自宅の?)(?:ご?住所|お届け先)に",
    re.IGNORECASE,
)
_CHANGE: Final = re.compile(
    r"\b(?:chang|updat|modif|correct|edit|replac|moved)\w*|変え|変更|更新|直し|修正|引っ越|引越",
    re.IGNORECASE,
)
_ORDER: Final = re.compile(r"\border|注文|#\s?[a-z]?\d{3,}", re.IGNORECASE)
#: ``the order with the lamp`` means the order, not the lamp.
_ORDER_WITH: Final = re.compile(
    r"\borders? (?:with|for|of|containing|that (?:has|had)|including)\b"
    r"|(?:の|が入った|を買った|が入っている)ご?注文",
    re.IGNORECASE,
)


def is_usual_address(intent: Intent, text: str) -> bool:
    """Whether an address is to change for good, and no order's."""
    if intent not in {Intent.CHANGE_ADDRESS, Intent.ACCOUNT_HELP}:
        return False
    is_usual = _USUAL.search(text) is not None and _TO_USUAL.search(text) is None
    return is_usual and (intent is Intent.ACCOUNT_HELP or _ORDER.search(text) is None)


def wants_usual_address_changed(text: str) -> bool:
    """Whether words say so plainly, whatever else they could mean."""
    return is_usual_address(Intent.CHANGE_ADDRESS, text) and _CHANGE.search(text) is not None


def is_usual_address_too(text: str) -> bool:
    """Whether words about an order's address want the customer's changed as well."""
    is_usual = _USUAL.search(text) is not None and _TO_USUAL.search(text) is None
    return is_usual and _ORDER.search(text) is not None


# Calling off


def _lines_said(frame: Frame, heard: Heard, asked: bool) -> Any:  # noqa: ARG001, FBT001 - a slot's signature
    """Which lines, where the words name some of an order's; ``all`` where they say so."""
    lines = facts(frame)["lines"]
    if heard.pressed is not None or (len(lines) == 1 and lines[0]["quantity"] == 1):
        return None
    is_corrected = value(frame, "lines") is not None
    if heard.is_everything and not heard.is_rest:
        return "all" if is_corrected else None
    if _ORDER_WITH.search(heard.text):
        return None
    names = [names_of(one["name"]) for one in lines]
    options = [naming.told_apart(one["options"]) for one in lines]
    places: set[int] = set()
    for passage in naming.passages(heard.text, names):
        places |= set(naming.fitting(passage.had, passage.places, options))
    if heard.is_rest:
        places = set(range(len(lines))) - places
    if not places:
        return _other_quantity(frame, heard)
    wanted = [lines[place] for place in sorted(places)]
    one = heard.quantity if len(wanted) == 1 else None
    chosen = [
        {
            "line_id": line["line_id"],
            "quantity": one if one and one <= line["quantity"] else line["quantity"],
        }
        for line in wanted
    ]
    whole = [{"line_id": line["line_id"], "quantity": line["quantity"]} for line in lines]
    return "all" if chosen == whole else chosen


def _other_quantity(frame: Frame, heard: Heard) -> Any:
    """Another number of the one line that is to be called off: ``only one of them``."""
    known = value(frame, "lines")
    if not isinstance(known, list) or len(known) != 1 or not heard.quantity:
        return None
    line = next(one for one in facts(frame)["lines"] if one["line_id"] == known[0]["line_id"])
    fits = heard.quantity <= line["quantity"]
    return [{**known[0], "quantity": heard.quantity}] if fits else None


def _whole_where_it_must_be(frame: Frame) -> Frame:
    """Where the shop calls off whole orders only, that is said once and proposed."""
    if isinstance(value(frame, "lines"), list) and not facts(frame)["in_part"]:
        return with_note(with_slots(frame, lines="all"), "cancel.whole_only")
    return frame


def _ask_reason(frame: Frame) -> Question:
    offered = facts(frame)["reasons"]
    buttons = [
        Button(f"reason:{code}", "button.cancel_reason", {"reason": code}) for code in offered
    ]
    options = tuple(
        Option(code, _REASON_WORDS.get(code, code.replace("_", " "))) for code in offered
    )
    say = Say("cancel.reason", {"number": facts(frame)["number"]}, (*buttons, HUMAN))
    return Question(Kind.REASON, say, options)


def _reason_said(frame: Frame, heard: Heard, asked: bool) -> str | None:  # noqa: FBT001 - a slot's signature
    offered = facts(frame)["reasons"]
    if heard.pressed is not None:
        said = [pressed(heard, "reason") or ""]
    else:
        said = [_SAME_REASON.get(code, code) for code in heard.reasons]
        said += list(heard.choices) if asked else []
    return next((code for code in said if code in offered), None)


def _cancel_arguments(frame: Frame) -> Mapping[str, Any]:
    lines = value(frame, "lines")
    return {
        "order_key": frame.data["order_key"],
        "lines": lines if isinstance(lines, list) else None,
        "reason": value(frame, "reason"),
    }


def _cancel_shown(data: Data) -> list[Say]:
    params = {"number": data["number"], "summary": data["summary"]}
    if data["is_whole"]:
        says = [Say("cancel.whole", params)]
    else:
        says = [
            Say("cancel.line", {"name": one["name"], "quantity": one["quantity"]})
            for one in data["lines"]
        ]
    return [*says, *(_money_back(data) or [Say("change.nothing_back")])]


def _money_back(data: Data) -> list[Say]:
    """What goes back, how and by when; nothing where nothing was paid."""
    if data["settled"]["minor"] >= 0:
        return []
    back = {**data["settled"], "minor": -data["settled"]["minor"]}
    ways = data.get("paid_by") or ([data["method"]] if data["method"] else [])
    params = {"amount": back, "day": data["refund_by"]}
    if len(ways) == 1:
        return [Say("change.money_back_to", {**params, **spoken_method(ways[0])})]
    return [Say("change.money_back", params)]


def _cancel_done(data: Data) -> list[Say]:
    if data["decision"] == "agent":
        return [_with_colleague("cancel", data)]
    whole = "whole" if data["facts"]["is_whole"] else "part"
    says = [Say(f"cancel.done_{whole}", {"number": data["order_number"]})]
    if data["facts"]["back"]["minor"]:
        back = {"amount": data["facts"]["back"], "day": data["facts"]["refund_by"]}
        says.append(Say("change.back_by", back))
    return says


def _with_colleague(name: str, data: Data) -> Say:
    """Accepted, for a colleague to decide."""
    if data["case_number"]:
        return Say("change.with_colleague", {"case": data["case_number"]})
    return Say(f"{name}.with_colleague")


# Where to


def _address_arguments(frame: Frame) -> Mapping[str, Any]:
    return {"order_key": frame.data["order_key"], "address": address_parts(value(frame, "address"))}


def _address_shown(data: Data) -> list[Say]:
    params = {
        "number": data["number"],
        "summary": data["summary"],
        "address": spoken_address(data["address"]),
        "recipient": data["address"]["recipient"],
    }
    return [Say("address.shown", params), *_difference(data)]


def _difference(data: Data) -> list[Say]:
    """What the order costs more or less, and by which method that goes."""
    before, after = data["before"], data["after"]
    if before["minor"] == after["minor"]:
        return []
    says = [Say("change.total", {"before": before, "after": after})]
    settled, method = data["settled"], data["method"]
    if settled["minor"] > 0 and method:
        says.append(Say("change.to_pay", {"amount": settled, **spoken_method(method)}))
    return [*says, *_money_back(data)]


def _address_done(data: Data) -> list[Say]:
    if data["decision"] == "agent":
        return [_with_colleague("address", data)]
    return [Say("address.done", {"number": data["order_number"]})]


def _usual_shown(data: Data) -> list[Say]:
    address = data["address"]
    params = {"address": spoken_address(address), "recipient": address["recipient"]}
    return [Say("usual_address.shown", params)]


# When


def _ask_day(frame: Frame) -> Question:
    first = facts(frame)["first"]
    days = []
    if first:
        days = [date.fromisoformat(first) + timedelta(days=n) for n in range(MOST_DAYS)]
    buttons = tuple(
        Button(f"day:{day.isoformat()}", "button.day", {"day": day.isoformat()}) for day in days
    )
    now = facts(frame)["day"]
    key = "delivery.day" if first else "delivery.day_any"
    params = {"number": facts(frame)["number"], "first": first, "last": facts(frame)["last"]}
    none = (Button("day:any", "button.any_day"),) if now else ()
    return Question(Kind.WHEN, Say(key, params, (*buttons, *none, HUMAN)))


def _day_said(frame: Frame, heard: Heard, asked: bool) -> str | None:  # noqa: ARG001, FBT001 - a slot's signature
    typed = pressed(heard, "day")
    if typed is not None:
        return typed if typed == ANY or _is_day(typed) else None
    when = heard.when
    if when is None or when.first is None:
        return None
    first = facts(frame)["first"]
    earliest = date.fromisoformat(first) if first else when.first
    day = when.first
    if day < earliest and (when.last is None or when.last >= earliest):
        day = earliest  # of the days that were said, the first that can be
    return day.isoformat()


def _is_day(typed: str) -> bool:
    try:
        date.fromisoformat(typed)
    except ValueError:
        return False
    return True


def _day_needed(frame: Frame) -> bool:
    return value(frame, "day") is not None or value(frame, "hours") is None


def _ask_hours(frame: Frame) -> Question:
    hours = facts(frame)["hours"]
    buttons = [
        Button(f"hours:{one['code']}", "button.hours", {"hours": one["words"]}) for one in hours
    ]
    options = [Option(one["code"], " / ".join(names_of(one["words"]))) for one in hours]
    say = Say(
        "delivery.hours", buttons=(*buttons, Button(f"hours:{ANY}", "button.any_hours"), HUMAN)
    )
    return Question(Kind.OPTION, say, tuple(options))


def _hours_said(frame: Frame, heard: Heard, asked: bool) -> str | None:  # noqa: FBT001 - a slot's signature
    hours = [one["code"] for one in facts(frame)["hours"]]
    typed = pressed(heard, "hours")
    if heard.pressed is not None:
        return typed if typed in {*hours, ANY} else None
    when = heard.when
    if when is not None and when.from_hour is not None:
        return _nearest(hours, when.from_hour, when.until_hour)
    if asked and heard.choices and heard.choices[0] in hours:
        return heard.choices[0]
    return ANY if asked and _ANY_TIME.search(heard.text) else None


_ANY_TIME: Final = re.compile(
    r"\bany ?time\b|\b(?:any|all) day\b|\bwhenever\b|\bdoes ?n.?t matter\b|\bno preference\b"
    r"|いつでも|何時でも|指定なし|指定しない|終日|なんでもいい|どちらでも",
    re.IGNORECASE,
)


def _nearest(codes: Sequence[str], start: int, until: int | None) -> str | None:
    """The hours a carrier offers that share most with those that were said."""
    wanted = (start, until if until is not None and until > start else start + 1)

    def shared(code: str) -> tuple[int, int]:
        half = len(code) // 2
        begins, ends = int(code[:2]), int(code[half : half + 2])
        return (min(ends, wanted[1]) - max(begins, wanted[0]), begins - ends)

    best = max(codes, key=shared, default=None)
    return best if best is not None and shared(best)[0] > 0 else None


def _hours_needed(frame: Frame) -> bool:
    known = facts(frame)
    return bool(known["hours"]) and (value(frame, "hours") is not None or not known["wished_hours"])


def _delivery_arguments(frame: Frame) -> Mapping[str, Any]:
    known = facts(frame)
    day, hours = value(frame, "day"), value(frame, "hours")
    return {
        "order_key": frame.data["order_key"],
        "day": known["day"] if day is None else None if day == ANY else day,
        "hours": known["wished_hours"] if hours is None else "" if hours == ANY else hours,
    }


def _delivery_shown(data: Data) -> list[Say]:
    params = {"number": data["number"], "summary": data["summary"]}
    day, hours = data["day"], data["hours"]
    if day and hours:
        return [Say("delivery.shown_both", {**params, "day": day, "hours": hours})]
    if day:
        return [Say("delivery.shown_day", {**params, "day": day})]
    if hours:
        return [Say("delivery.shown_hours", {**params, "hours": hours})]
    return [Say("delivery.shown_any", params)]


def _delivery_done(data: Data) -> list[Say]:
    if data["decision"] == "agent":
        return [_with_colleague("delivery", data)]
    return [Say("delivery.done", {"number": data["order_number"]})]


def _with_carrier(frame: Frame, result: Result) -> Move:  # noqa: ARG001 - a form's signature
    """The carrier has it: the customer tells the carrier, where that can be done."""
    data = result.data
    key = order_key(data["number"])
    if not data["link"]:
        return finish(*refusal("delivery", data["refusals"], number=data["number"]), order_key=key)
    params = {"number": data["number"], "link": data["link"]}
    return finish(Say("delivery.with_carrier", params, (HUMAN,)), order_key=key)


# What


def _items_arguments(frame: Frame) -> Mapping[str, Any]:
    return {
        "order_key": frame.data["order_key"],
        "swaps": [dict(one) for one in value(frame, "items")["swaps"]],
        "method_id": value(frame, "method"),
    }


def _items_shown(data: Data) -> list[Say]:
    says = [Say("items.swap", dict(one)) for one in data["swaps"]]
    if data["before"]["minor"] == data["after"]["minor"]:
        return [*says, Say("items.same_price", {"total": data["after"]})]
    return [*says, *_difference(data)]


def _items_done(data: Data) -> list[Say]:
    if data["decision"] == "agent":
        return [_with_colleague("items", data)]
    return [Say("items.done", {"number": data["order_number"]})]


def _needs_method(frame: Frame) -> bool:
    return bool(facts(frame)["names_method"]) or value(frame, "method") is not None


# How it is paid


def _payment_arguments(frame: Frame) -> Mapping[str, Any]:
    return {"order_key": frame.data["order_key"], "method_id": value(frame, "method")}


def _payment_shown(data: Data) -> list[Say]:
    params = {"number": data["number"], "summary": data["summary"], "amount": data["moved"]}
    return [
        Say("payment.shown", {**params, **spoken_method(data["method"])}),
        Say("payment.first_back", {"amount": data["moved"], "day": data["refund_by"]}),
    ]


def _payment_done(data: Data) -> list[Say]:
    if data["decision"] == "agent":
        return [_with_colleague("payment", data)]
    return [Say("payment.done", {"number": data["order_number"]})]


_METHOD_CODES: Final = (
    "balance_too_low",
    "method_missing",
    "method_not_yours",
    "method_not_offered",
    "method_ended",
    "method_currency",
)
_METHOD: Final = dict.fromkeys(_METHOD_CODES, "method")
_ADDRESS: Final = dict.fromkeys(
    ("address_incomplete", "address_not_served", "nothing_changes"), "address"
)
_DAY: Final = dict.fromkeys(
    ("day_past", "day_too_soon", "day_too_far", "day_closed", "nothing_changes"), "day"
)
_ITEMS: Final = dict.fromkeys(
    ("variant_out_of_stock", "variant_not_sold", "other_product", "same_variant"), "items"
)

FORMS: Final = (
    Form(
        name="cancel",
        intents=frozenset({Intent.CANCEL_ORDER}),
        facts="cancel_facts",
        slots=(
            Slot("lines", ask=_ask_reason, read=_lines_said, is_asked=False),
            Slot("reason", ask=_ask_reason, read=_reason_said),
        ),
        propose="propose_cancel",
        arguments=_cancel_arguments,
        shown=_cancel_shown,
        done=_cancel_done,
        settle=_whole_where_it_must_be,
        mends={"reason_not_accepted": "reason"},
        leaves_on_cancel=False,
    ),
    Form(
        name="address",
        intents=frozenset({Intent.CHANGE_ADDRESS}),
        facts="address_facts",
        slots=(address_slot(),),
        propose="propose_address",
        arguments=_address_arguments,
        shown=_address_shown,
        done=_address_done,
        mends=_ADDRESS,
    ),
    Form(
        name="usual_address",
        intents=frozenset(),
        facts="usual_address_facts",
        slots=(address_slot(),),
        propose="propose_usual_address",
        arguments=lambda frame: {"address": address_parts(value(frame, "address"))},
        shown=_usual_shown,
        done=lambda data: [Say("usual_address.done")],  # noqa: ARG005 - a form's signature
        needs_order=False,
        mends=_ADDRESS,
    ),
    Form(
        name="delivery",
        intents=frozenset({Intent.CHANGE_DELIVERY_DATE}),
        facts="delivery_facts",
        slots=(
            Slot("day", ask=_ask_day, read=_day_said, is_needed=_day_needed),
            Slot("hours", ask=_ask_hours, read=_hours_said, is_needed=_hours_needed, without=ANY),
        ),
        propose="propose_delivery",
        arguments=_delivery_arguments,
        shown=_delivery_shown,
        done=_delivery_done,
        mends={**_DAY, "window_not_offered": "hours"},
        otherwise={"with_carrier": _with_carrier},
    ),
    Form(
        name="items",
        intents=frozenset({Intent.CHANGE_ITEMS}),
        facts="item_facts",
        slots=(
            items_slot("items"),
            method_slot("items.method", is_needed=_needs_method),
        ),
        propose="propose_items",
        arguments=_items_arguments,
        shown=_items_shown,
        done=_items_done,
        settle=lambda frame: without_unavailable(frame, "items"),
        mends={**_METHOD, **_ITEMS},
    ),
    Form(
        name="payment",
        intents=frozenset({Intent.CHANGE_PAYMENT}),
        facts="payment_facts",
        slots=(method_slot("payment.method"),),
        propose="propose_payment",
        arguments=_payment_arguments,
        shown=_payment_shown,
        done=_payment_done,
        mends={**_METHOD, "nothing_changes": "method"},
    ),
)
FLOWS: Final[Mapping[str, Flow]] = {form.name: FormFlow(form) for form in FORMS}
