"""Changing orders before they leave, and the address of a customer: what there is, what it brings.

Facts say which order is meant and what there is to choose. What a change would bring is shown and
written down as a proposal; ``DOERS`` do it, by the one way there is to change an order.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from bots.dialogue.contracts.changing import AddressData, LineData, MethodData, VariantData
from bots.dialogue.contracts.shapes import RefusalData, Text
from bots.dialogue.turns import Data, Result
from bots.skills import tracking as tracks
from bots.skills.context import Context, Skill, known_customer, money, own, refusal
from bots.skills.proposing import Agreed, Decision, Doer, Done, NoLonger, NotAllowed, propose
from cases.acting import referred
from oms_service.catalog import queries as catalog
from oms_service.customers import addresses
from oms_service.customers import queries as customers
from oms_service.history import actions, tracking
from oms_service.history.tracking import Proof
from oms_service.inventory import queries as stock
from oms_service.kernel.errors import Invalid, NotFound, Stale
from oms_service.kernel.languages import Language
from oms_service.kernel.money import Money
from oms_service.kernel.text import order_key
from oms_service.operations.changes import changing, changing_preview, moving_house
from oms_service.operations.changes.change_wishes import (
    CallOff,
    DeliverAt,
    PayOtherwise,
    ShipElsewhere,
    Swap,
    SwapItems,
    Wish,
)
from oms_service.operations.changes.changing_book import Book, open_book
from oms_service.operations.changes.changing_preview import Preview
from oms_service.operations.money.refund_news import ARRIVES_WITHIN_DAYS
from oms_service.operations.placement import addressing
from oms_service.operations.rules import change_rules
from oms_service.operations.rules.change_eligibility import ChangeRefused
from oms_service.operations.rules.eligibility import Cause, Code, Outcome
from oms_service.orders import queries as orders
from oms_service.orders.queries import LineView, OrderSummary, OrderView
from oms_service.orders.states import ChangeKind, FulfilmentState, OrderState
from oms_service.payments.queries import MethodView
from oms_service.payments.states import MethodKind
from oms_service.shipping import wishes

#: The newest orders among which one may be meant that nobody named.
_AMONG: Final = 20
#: Orders of which nothing is left to change.
_OVER: Final = frozenset({OrderState.CANCELLED, OrderState.COMPLETED, OrderState.DRAFT})
_GONE: Final = frozenset(
    {
        FulfilmentState.SHIPPED,
        FulfilmentState.PARTIALLY_DELIVERED,
        FulfilmentState.DELIVERED,
        FulfilmentState.CANCELLED,
    }
)
#: Why customers call something off; the other reasons are the shop's own.
_REASONS: Final = tuple(
    one for one in change_rules.USUAL_REASONS if one not in {"out_of_stock", "fraud"}
)
#: By what a difference, or a whole order, can be paid in a chat.
_PAYS: Final = frozenset(
    {MethodKind.CARD, MethodKind.PAYPAL, MethodKind.GIFT_CARD, MethodKind.STORE_CREDIT}
)
#: How long the shop itself may take to pay back.
_OURS: Final = timedelta(days=3)
_LONGEST_DAYS: Final = 14
#: What may be said of the parts of an address; the rest of it stays as it is.
_PARTS: Final = ("country", "postal_code", "region", "city", "line1", "line2")


# Which order, and what there is


def cancel_facts(context: Context, given: Data, customer_id: int) -> Result:
    """What may be called off, and for which reasons."""
    return _facts(context, given, customer_id, ChangeKind.CANCEL, _of_cancelling)


def address_facts(context: Context, given: Data, customer_id: int) -> Result:
    """Where an order goes, and where the customer's parcels go otherwise."""
    return _facts(context, given, customer_id, ChangeKind.ADDRESS, _of_address)


def usual_address_facts(context: Context, given: Data, customer_id: int) -> Result:  # noqa: ARG001 - skills are called alike
    """Where the customer's parcels go now."""
    usual = addresses.default(context.uow.session, customer_id)
    return Result(
        "usual_address_facts", "ok", {"address": _address(usual.__dict__) if usual else None}
    )


def delivery_facts(context: Context, given: Data, customer_id: int) -> Result:
    """The days and hours that carriers offer, or the carrier's own page once it has the goods."""
    found = _facts(context, given, customer_id, ChangeKind.DELIVERY, _of_delivery)
    codes = {one["code"] for one in found.data.get("refusals", ())}
    if found.outcome != "refused" or Code.WITH_CARRIER not in codes:
        return found
    order = own(context, {"order_key": found.data["number"]}, customer_id)
    link = _carriers_page(context, order, customer_id) if order else None
    return Result("delivery_facts", "with_carrier", {**found.data, "link": link})


def item_facts(context: Context, given: Data, customer_id: int) -> Result:
    """The items of an order with all the versions they come in."""
    return _facts(context, given, customer_id, ChangeKind.ITEMS, _of_items)


def payment_facts(context: Context, given: Data, customer_id: int) -> Result:
    """The ways to pay that the customer has."""
    return _facts(context, given, customer_id, ChangeKind.PAYMENT, _of_payment)


def _facts(
    context: Context,
    given: Data,
    customer_id: int,
    kind: ChangeKind,
    of: Callable[[Context, Book], Mapping[str, Any]],
) -> Result:
    name, session = f"{_NAMES[kind]}_facts", context.uow.session
    typed = given["order_key"]
    if typed is None:
        mine = orders.summaries(session, customer_id, limit=_AMONG)
        if len(mine) != 1:
            found = _candidates(context, mine, given["spoken"], kind)
            return Result(name, "several", found) if mine else Result(name, "none")
        typed = mine[0].order.number
    order = own(context, {"order_key": typed}, customer_id)
    if order is None:
        return Result(name, "unknown")
    offers = changing_preview.offers(session, order.id, now=context.uow.now)
    causes = next(one.causes for one in offers if one.kind is kind)
    if causes:
        data = {"number": order.number, "refusals": [refusal(one) for one in causes]}
        return Result(name, "refused", data)
    book = open_book(session, order.id, now=context.uow.now)
    known = {
        "order_key": order_key(order.number),
        "number": order.number,
        "summary": _summary(book),
        **of(context, book),
    }
    return Result(name, "ok", known)


def _candidates(
    context: Context, mine: Sequence[OrderSummary], spoken: str | None, kind: ChangeKind
) -> dict[str, Any]:
    """The customer's orders with what is in them, and which of them can still be changed."""
    lines = orders.lines_of(context.uow.session, [one.order.id for one in mine])
    choices = tracks.choices(mine, tracks.steps(context, mine))["orders"]
    return {
        "orders": [
            {
                **choice,
                "items": [dict(line.name) for line in lines.get(one.order.id, ())],
                "is_open": _is_open(one.order, kind),
            }
            for one, choice in zip(mine, choices, strict=True)
        ],
        "spoken": spoken,
    }


def _is_open(order: OrderView, kind: ChangeKind) -> bool:
    if order.order_state in _OVER:
        return False
    is_on_its_way = order.fulfilment_state in {
        FulfilmentState.SHIPPED,
        FulfilmentState.PARTIALLY_DELIVERED,
    }
    if kind is ChangeKind.DELIVERY and is_on_its_way:
        return True
    return order.fulfilment_state not in _GONE


def _of_cancelling(context: Context, book: Book) -> Mapping[str, Any]:  # noqa: ARG001 - one of several
    rules = book.rules.cancel or change_rules.CancelRules()
    accepted = rules.reasons
    if accepted is None:
        offered = list(_REASONS)
    else:
        offered = [one for one in _REASONS if one in accepted]
        offered += sorted(accepted - set(change_rules.USUAL_REASONS))
    return {
        "lines": [_line(one, book.facts.left(one.id)) for one in _here(book)],
        "reasons": offered,
        "in_part": rules.in_part,
    }


def _of_address(context: Context, book: Book) -> Mapping[str, Any]:
    usual = addresses.default(context.uow.session, book.order.customer_id)
    now = _address(book.ship_to)
    then = _address(usual.__dict__) if usual is not None else None
    is_same = then is not None and all(then[part] == now[part] for part in _PARTS)
    return {"address": now, "usual": None if is_same else then}


def _of_delivery(context: Context, book: Book) -> Mapping[str, Any]:
    reach = changing_preview.delivery_reach(context.uow.session, book)
    codes = [wishes.hours_of(one) for one in reach.windows]
    day = book.order.deliver_on
    return {
        "first": reach.first.isoformat() if reach.first else None,
        "last": reach.last.isoformat(),
        "hours": [{"code": one, "words": _hours(one)} for one in codes],
        "day": day.isoformat() if day else None,
        "wished_hours": book.order.delivery_window,
    }


def _of_items(context: Context, book: Book) -> Mapping[str, Any]:
    session, lines = context.uow.session, _here(book)
    held = {line.variant_id for line in lines}
    kin = catalog.siblings(session, held)
    known = catalog.variants(session, held | {one.id for of in kin.values() for one in of})
    prices = catalog.prices(
        session, known, currency=book.channel.currency, channel_id=book.channel.id
    )
    free = stock.to_promise(session, known, buffer=book.channel.stock_buffer)
    words = _option_words(context, known)
    rules = book.rules.items or change_rules.ItemRules()

    def versions(line: LineView) -> list[VariantData]:
        among = sorted({line.variant_id, *(one.id for one in kin.get(line.variant_id, ()))})
        return [
            {
                "variant_id": one,
                "options": dict(known[one].options),
                "words": words[one],
                "price": money(Money(prices.get(one, 0), book.channel.currency)),
                "is_available": one in prices and known[one].is_active and free[one].overall > 0,
            }
            for one in among
        ]

    return {
        "lines": [
            {
                **_line(line, book.facts.left(line.id), words[line.variant_id]),
                "variant_id": line.variant_id,
                "own_options": dict(line.options),
                "option_words": {},
                "variants": versions(line),
            }
            for line in lines
        ],
        "methods": _methods(book, rules.methods),
        "names_method": rules.names_method,
        "is_once": rules.at_most is not None or rules.is_final,
    }


def _of_payment(context: Context, book: Book) -> Mapping[str, Any]:  # noqa: ARG001 - one of several
    rules = book.rules.payment or change_rules.KindRules()
    return {"methods": _methods(book, rules.methods), "total": money(book.order.total)}


def _carriers_page(context: Context, order: OrderView, customer_id: int) -> str | None:
    """Where the carrier takes wishes about a parcel, as far as it has such a page."""
    session, now = context.uow.session, context.uow.now
    proof = Proof.of_customer(customer_id)
    found = tracking.track(session, context.runtime.adapters, order.number, proof, now=now)
    links = [one.link for one in found.parcels if one.step in actions.WITH_CARRIER and one.link]
    return links[0] if links else None


# What it would bring


def propose_cancel(context: Context, given: Data, customer_id: int) -> Result:
    """What calling off would bring: the whole order, or units of lines."""
    lines = given["lines"]
    wanted = {
        "reason": given["reason"],
        "lines": None if lines is None else [[one["line_id"], one["quantity"]] for one in lines],
    }
    return _propose(context, given, customer_id, "cancel", wanted)


def propose_address(context: Context, given: Data, customer_id: int) -> Result:
    """What sending an order elsewhere would bring; who gets it stays."""
    wanted = {"address": {name: str(given["address"].get(name) or "") for name in _PARTS}}
    return _propose(context, given, customer_id, "address", wanted)


def propose_delivery(context: Context, given: Data, customer_id: int) -> Result:
    """Whether an order can arrive on another day, or within other hours."""
    wanted = {"day": given["day"], "hours": given["hours"]}
    return _propose(context, given, customer_id, "delivery", wanted)


def propose_items(context: Context, given: Data, customer_id: int) -> Result:
    """What other versions of items would cost, and how the difference goes."""
    swaps = [[one["line_id"], one["quantity"], one["variant_id"]] for one in given["swaps"]]
    wanted = {"swaps": swaps, "method_id": given["method_id"]}
    return _propose(context, given, customer_id, "items", wanted)


def propose_payment(context: Context, given: Data, customer_id: int) -> Result:
    """What paying otherwise would bring: all that was paid moves."""
    wanted = {"method_id": given["method_id"]}
    return _propose(context, given, customer_id, "payment", wanted)


def propose_usual_address(context: Context, given: Data, customer_id: int) -> Result:
    """Where the customer's parcels would go from now on."""
    wanted = {name: str(given["address"].get(name) or "") for name in _PARTS}
    known = customers.find(context.uow.session, customer_id)
    before = addresses.default(context.uow.session, customer_id)
    recipient = before.recipient if before else known.name if known else ""
    try:
        checked = addressing.check({**wanted, "recipient": recipient})
    except Invalid:
        return _refused("propose_usual_address", Code.ADDRESS_INCOMPLETE)
    if checked.lacks:
        return _refused("propose_usual_address", Code.ADDRESS_INCOMPLETE)
    after = _address(checked.address)
    if before is not None and _address(before.__dict__) == after:
        return _refused("propose_usual_address", Code.NOTHING_CHANGES)
    shown = propose(
        context,
        customer_id,
        kind="usual_address",
        order_id=None,
        arguments={"address": {name: after[name] for name in _PARTS}},
        digest=_digest_of_usual(context, customer_id),
        decision="at_once",
        shown={"address": after},
    )
    return Result("propose_usual_address", "ok", shown)


def _propose(
    context: Context, given: Data, customer_id: int, name: str, wanted: Mapping[str, Any]
) -> Result:
    skill = f"propose_{name}"
    order = own(context, given, customer_id)
    if order is None:
        return Result(skill, "unknown")
    session = context.uow.session
    book = open_book(session, order.id, now=context.uow.now)
    try:
        wish = _wish(name, wanted, book)
        seen, _plan = changing_preview.look(session, book, wish)
    except (Invalid, ValueError):
        return _refused(skill, _CANNOT_BE_MEANT[name])
    if seen.decision.is_refused:
        causes = [refusal(one) for one in seen.decision.causes]
        return Result(skill, "refused", {"refusals": causes})
    shown = propose(
        context,
        customer_id,
        kind=name,
        order_id=order.id,
        arguments=wanted,
        digest=seen.digest,
        decision=_decision(seen),
        shown={**_shown(context, book, seen), **_SHOWN[name](context, book, seen)},
    )
    return Result(skill, "ok", shown)


def _wish(name: str, wanted: Mapping[str, Any], book: Book) -> Wish:
    """What is wanted, as an order can be changed.

    Raises:
        ValueError: a day that is none.
        Invalid: what cannot be meant.
    """
    match name:
        case "cancel":
            lines = wanted["lines"]
            return CallOff(reason=wanted["reason"], lines=None if lines is None else dict(lines))
        case "address":
            kept = {part: str(book.ship_to.get(part, "")) for part in ("recipient", "phone")}
            return ShipElsewhere(address={**wanted["address"], **kept})
        case "delivery":
            day = date.fromisoformat(wanted["day"]) if wanted["day"] else None
            return DeliverAt(deliver_on=day, window=wanted["hours"])
        case "items":
            swaps = [
                Swap(line_id=line, quantity=units, variant_id=variant)
                for line, units, variant in wanted["swaps"]
            ]
            return SwapItems(swaps=swaps, method_id=wanted["method_id"])
    return PayOtherwise(method_id=wanted["method_id"])


def _shown(context: Context, book: Book, seen: Preview) -> dict[str, Any]:
    """What every change of an order shows."""
    method = book.method(seen.method_id)
    back = [one.method_id for one in book.paid if one.left_minor] if seen.settled.minor < 0 else []
    if seen.settled.minor < 0 and seen.method_id is not None:
        back = [seen.method_id]
    if seen.moved.minor:
        back = [
            one.method_id for one in book.paid if one.left_minor and one.method_id != seen.method_id
        ]
    gives = seen.settled.minor < 0 or seen.moved.minor > 0
    return {
        "number": book.order.number,
        "summary": _summary(book),
        "before": money(seen.before),
        "after": money(seen.after),
        "settled": money(seen.settled),
        "method": _method(book, method) if method else None,
        "refund_by": _refund_by(context, book, back) if gives else None,
    }


def _shown_cancel(context: Context, book: Book, seen: Preview) -> Mapping[str, Any]:  # noqa: ARG001 - one of several
    wish = seen.wish
    if not isinstance(wish, CallOff):
        raise TypeError("this is about calling off")
    is_whole = changing_preview.is_whole(book, wish)
    units = {} if is_whole else dict(wish.lines or {})
    back = {one.method_id for one in book.paid if one.left_minor}
    return {
        "is_whole": is_whole,
        "lines": [_line(book.lines[one], count) for one, count in units.items()],
        "reason": wish.reason,
        "paid_by": [
            _method(book, one)
            for method_id, one in sorted(book.methods.items())
            if method_id in back
        ]
        if is_whole
        else [],
    }


def _shown_address(context: Context, book: Book, seen: Preview) -> Mapping[str, Any]:  # noqa: ARG001 - one of several
    wish = seen.wish
    return {"address": _address(wish.address if isinstance(wish, ShipElsewhere) else {})}


def _shown_delivery(context: Context, book: Book, seen: Preview) -> Mapping[str, Any]:  # noqa: ARG001 - one of several
    wish = seen.wish
    if not isinstance(wish, DeliverAt):
        raise TypeError("this is about when it comes")
    day = wish.deliver_on
    return {
        "day": day.isoformat() if day else None,
        "hours": _hours(wish.window) if wish.window else None,
    }


def _shown_items(context: Context, book: Book, seen: Preview) -> Mapping[str, Any]:
    wish = seen.wish
    if not isinstance(wish, SwapItems):
        raise TypeError("this is about items")
    lines = [book.lines[one.line_id] for one in wish.swaps]
    ids = {one.variant_id for one in wish.swaps} | {line.variant_id for line in lines}
    words = _option_words(context, catalog.variants(context.uow.session, ids))
    prices = {one.variant_id: one.unit_price for one in seen.stock if one.quantity < 0}
    return {
        "swaps": [
            {
                "name": dict(line.name),
                "had": words[line.variant_id],
                "wanted": words[one.variant_id],
                "quantity": one.quantity,
                "price_before": money(line.unit_price),
                "price_after": money(prices[one.variant_id]),
            }
            for one, line in zip(wish.swaps, lines, strict=True)
        ]
    }


def _shown_payment(context: Context, book: Book, seen: Preview) -> Mapping[str, Any]:  # noqa: ARG001 - one of several
    return {"moved": money(seen.moved)}


# Doing it


def _do(name: str) -> Doer:
    def do(context: Context, agreed: Agreed) -> Done:
        return _change(context, agreed, name)

    return do


def _change(context: Context, agreed: Agreed, name: str) -> Done:
    """Change the order as it was shown; what a colleague decides waits in a case."""
    if agreed.order_id is None:
        raise AssertionError("a change is of an order")
    uow = context.uow
    book = open_book(uow.session, agreed.order_id, now=uow.now)
    is_whole = False
    try:
        wish = _wish(name, agreed.arguments, book)
        if isinstance(wish, CallOff):
            is_whole = changing_preview.is_whole(book, wish)
        view = changing.request(
            uow,
            changing.Wanted(
                order_id=agreed.order_id,
                wish=wish,
                channel=context.conversation.channel,
                key=agreed.key,
                digest=agreed.digest,
            ),
        )
    except ChangeRefused as error:
        raise NotAllowed([refusal(one) for one in error.decision.causes]) from None
    except (Stale, Invalid, ValueError):
        raise NoLonger from None
    if view.is_open:
        case = referred.open_for_change(
            uow, view, conversation_id=context.conversation.id, passes_on=False
        )
        return Done(decision="agent", order_number=book.order.number, case_number=case.number)
    back = min(view.settled.minor, 0)
    gets = [one.method_id for one in book.paid if one.left_minor]
    facts = {
        "is_whole": is_whole,
        "back": money(Money(-back, view.before.currency)),
        "refund_by": _refund_by(context, book, gets),
        "change": view.position,
    }
    return Done(decision="at_once", order_number=book.order.number, facts=facts)


def _do_usual_address(context: Context, agreed: Agreed) -> Done:
    if _digest_of_usual(context, agreed.customer_id) != agreed.digest:
        raise NoLonger
    try:
        moving_house.change_default_address(
            context.uow, agreed.customer_id, agreed.arguments["address"]
        )
    except (Invalid, NotFound):
        raise NoLonger from None
    return Done(decision="at_once")


# Shapes


def _here(book: Book) -> list[LineView]:
    """Lines of which something can still be changed."""
    return [line for line in book.lines.values() if book.facts.left(line.id) > 0]


def _line(line: LineView, quantity: int, words: Text | None = None) -> LineData:
    return {
        "line_id": line.id,
        "name": dict(line.name),
        "options": words if words is not None else " / ".join(line.options.values()),
        "quantity": quantity,
    }


def _summary(book: Book) -> dict[str, str]:
    lines = [line for line in book.lines.values() if line.counters.wanted] or list(
        book.lines.values()
    )
    return tracks.summary(lines[0].name, len(lines) - 1)


def _address(parts: Mapping[str, Any]) -> AddressData:
    def said(name: str) -> str:
        return str(parts.get(name) or "")

    return {
        "recipient": said("recipient"),
        "country": said("country"),
        "postal_code": said("postal_code"),
        "region": said("region"),
        "city": said("city"),
        "line1": said("line1"),
        "line2": said("line2"),
    }


def _methods(book: Book, accepted: Collection[MethodKind] | None) -> list[MethodData]:
    """Those that can be chosen here; the way it was paid first."""
    usable = [
        one
        for one in book.methods.values()
        if one.is_active
        and one.kind in (_PAYS if accepted is None else _PAYS & set(accepted))
        and one.currency in {None, book.order.total.currency}
        and (one.expires_at is None or one.expires_at > book.now)
    ]
    found = [_method(book, one) for one in usable]
    return sorted(found, key=lambda one: (not one["is_used"], one["method_id"]))


def _method(book: Book, one: MethodView) -> MethodData:
    used = {paid.method_id for paid in book.paid if paid.left_minor}
    balance = None
    if one.balance_minor is not None and one.currency is not None:
        balance = money(Money(one.balance_minor, one.currency))
    return {
        "method_id": one.id,
        "kind": str(one.kind),
        "brand": one.brand,
        "last_four": one.last_four,
        "balance": balance,
        "is_used": one.id in used,
    }


def _option_words(
    context: Context, variants: Mapping[int, catalog.VariantView]
) -> dict[int, dict[str, str]]:
    """The options of variants as customers read them: ``{"ja": "青 / M", "en": "blue / M"}``."""
    known = catalog.option_words(context.uow.session, variants)
    found = {}
    for variant_id, one in variants.items():
        plain = list(one.options.values())
        words = known.get(variant_id, {})
        found[variant_id] = {
            str(language): " / ".join(words.get(str(language), {}).values() or plain)
            for language in Language
        }
    return found


def _hours(code: str) -> dict[str, str]:
    return {str(language): wishes.hours_said(code, language) for language in Language}


def _refund_by(context: Context, book: Book, method_ids: Collection[int | None]) -> str:
    """The day by which money that goes back is there, by the slowest of the ways it goes."""
    kinds = [one.kind for key in method_ids if (one := book.method(key)) is not None]
    days = max((ARRIVES_WITHIN_DAYS[kind] for kind in kinds), default=_LONGEST_DAYS)
    zone = ZoneInfo(book.channel.zone)
    return (context.uow.now + _OURS + timedelta(days=days)).astimezone(zone).date().isoformat()


def _decision(seen: Preview) -> Decision:
    return "at_once" if seen.decision.outcome is Outcome.AT_ONCE else "agent"


def _refused(skill: str, code: Code) -> Result:
    causes: list[RefusalData] = [refusal(Cause(code))]
    return Result(skill, "refused", {"refusals": causes})


def _digest_of_usual(context: Context, customer_id: int) -> str:
    before = addresses.default(context.uow.session, customer_id)
    parts = dict(_address(before.__dict__)) if before else {}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


_NAMES: Final = {
    ChangeKind.CANCEL: "cancel",
    ChangeKind.ADDRESS: "address",
    ChangeKind.DELIVERY: "delivery",
    ChangeKind.ITEMS: "item",
    ChangeKind.PAYMENT: "payment",
}
#: What is said to a wish that cannot be read.
_CANNOT_BE_MEANT: Final = {
    "cancel": Code.REASON_NOT_ACCEPTED,
    "address": Code.ADDRESS_INCOMPLETE,
    "delivery": Code.WINDOW_NOT_OFFERED,
    "items": Code.VARIANT_NOT_SOLD,
    "payment": Code.METHOD_NOT_YOURS,
}
_SHOWN: Final[Mapping[str, Callable[[Context, Book, Preview], Mapping[str, Any]]]] = {
    "cancel": _shown_cancel,
    "address": _shown_address,
    "delivery": _shown_delivery,
    "items": _shown_items,
    "payment": _shown_payment,
}
#: By the kind of a proposal.
DOERS: Final[Mapping[str, Doer]] = {
    **{name: _do(name) for name in _SHOWN},
    "usual_address": _do_usual_address,
}
SKILLS: Final[Mapping[str, Skill]] = {
    "cancel_facts": known_customer(cancel_facts),
    "address_facts": known_customer(address_facts),
    "usual_address_facts": known_customer(usual_address_facts),
    "delivery_facts": known_customer(delivery_facts),
    "item_facts": known_customer(item_facts),
    "payment_facts": known_customer(payment_facts),
    "propose_cancel": known_customer(propose_cancel),
    "propose_address": known_customer(propose_address),
    "propose_delivery": known_customer(propose_delivery),
    "propose_items": known_customer(propose_items),
    "propose_payment": known_customer(propose_payment),
    "propose_usual_address": known_customer(propose_usual_address),
}
