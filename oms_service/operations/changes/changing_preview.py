"""What a change of an order would bring: the decision, the money, the stock, the day it arrives."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from oms_service.catalog import queries as catalog
from oms_service.catalog.queries import VariantView
from oms_service.inventory import queries as stock
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Words
from oms_service.kernel.money import Money
from oms_service.operations.changes import change_wishes
from oms_service.operations.changes.change_wishes import (
    CallOff,
    DeliverAt,
    Expedite,
    PayOtherwise,
    SetQuantities,
    ShipElsewhere,
    Swap,
    SwapItems,
    Wish,
)
from oms_service.operations.changes.changing_book import Book, open_book
from oms_service.operations.money import settling
from oms_service.operations.placement import addressing, totals
from oms_service.operations.placement.addressing import AddressNotServed
from oms_service.operations.returning import order_book
from oms_service.operations.rules import change_eligibility, change_rules, placing_rules
from oms_service.operations.rules.change_eligibility import ChangeDecision, Instead
from oms_service.operations.rules.change_rules import (
    CancelRules,
    ExpediteRules,
    ItemRules,
    QuantityRules,
)
from oms_service.operations.rules.eligibility import Cause, Code
from oms_service.operations.sources import wishing
from oms_service.operations.sources.wishing import Reach
from oms_service.orders.policy import PricedLine
from oms_service.orders.queries import OrderView
from oms_service.orders.service import NewLine
from oms_service.orders.states import ChangeKind
from oms_service.sales import queries as sales
from oms_service.shipping import lanes
from oms_service.shipping.wishes import Wish as DeliveryWish


@dataclass(frozen=True)
class StockEffect:
    """Units of a variant that become free (above 0), or are taken (below 0)."""

    variant_id: int
    sku: str
    name: Words
    options: Mapping[str, str] = field(hash=False)
    quantity: int
    unit_price: Money


@dataclass(frozen=True)
class Arrival:
    """The day by which everything should be there, now and after the change; None if unknown."""

    before: date | None
    after: date | None

    @property
    def moves(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class Preview:
    """What would happen. ``digest`` changes when any of it does.

    ``before`` and ``after`` are what the customer owes for the order. ``settled`` is what is
    taken at once (above 0) or given back (below 0): less than the difference where the order is
    not paid yet. ``moved`` is what goes from one payment method to another.
    """

    order: OrderView
    wish: Wish
    decision: ChangeDecision
    before: Money
    after: Money
    settled: Money
    moved: Money
    method_id: int | None
    stock: tuple[StockEffect, ...]
    arrival: Arrival
    digest: str

    @property
    def difference(self) -> Money:
        return self.after - self.before


@dataclass(frozen=True)
class Plan:
    """What is to be done about the goods: units taken back by line, and new lines.

    ``restored`` units by line are charged there again: they had been replaced for a claim, and
    what replaced them is called off.
    """

    units: Mapping[int, int] | None = field(default=None, hash=False)
    restored: Mapping[int, int] = field(default_factory=dict, hash=False)
    new: tuple[NewLine, ...] = ()
    shipping_minor: int | None = None


@dataclass(frozen=True)
class Offer:
    """A kind of change, and what stands against it before anything is named; nothing if allowed."""

    kind: ChangeKind
    causes: tuple[Cause, ...]


def offers(session: Session, order_id: int, *, now: datetime) -> tuple[Offer, ...]:
    """Every kind of change with what stands against it; for lists of what may be chosen.

    Raises:
        NotFound: no such order.
    """
    book = open_book(session, order_id, now=now)
    whole = {ChangeKind.CANCEL, ChangeKind.ADDRESS, ChangeKind.EXPEDITE, ChangeKind.DELIVERY}
    found = []
    for kind in ChangeKind:
        in_part = kind is ChangeKind.CANCEL and book.facts.has_shipped
        units = None if kind in whole and not in_part else _all_that_is_here(book, kind)
        own: tuple[Cause, ...] = ()
        if kind is ChangeKind.DELIVERY:
            own = tuple(change_eligibility.of_delivery(book.facts, is_same=False, against=None))
        elif kind is ChangeKind.PAYMENT and not book.kept_minor:
            own = (Cause(Code.NOT_PAID_YET),)
        decision = change_eligibility.decide(kind, book.rules, book.facts, units=units, own=own)
        found.append(Offer(kind, decision.causes if decision.is_refused else ()))
    return tuple(found)


def preview(session: Session, order_id: int, wish: Wish, *, now: datetime) -> Preview:
    """What a wish would bring; changes nothing.

    Raises:
        NotFound: no such order.
        Invalid: a line of another order, an unknown variant, an odd quantity or address.
    """
    return look(session, open_book(session, order_id, now=now), wish)[0]


def look(  # noqa: PLR0911 - one for each kind
    session: Session, book: Book, wish: Wish
) -> tuple[Preview, Plan]:
    """The preview of a wish, and what would be done about the goods."""
    change_wishes.check(wish)
    _check_lines(book, wish)
    match wish:
        case CallOff():
            return _look_at_cancelling(session, book, wish)
        case ShipElsewhere():
            return _look_at_address(session, book, wish)
        case PayOtherwise():
            return _look_at_payment(session, book, wish), Plan()
        case SwapItems():
            return _look_at_items(session, book, wish)
        case SetQuantities():
            return _look_at_quantity(session, book, wish)
        case Expedite():
            return _look_at_speed(session, book, wish)
        case DeliverAt():
            return _look_at_delivery(session, book, wish), Plan()


def is_whole(book: Book, wish: CallOff) -> bool:
    """Whether calling off these units leaves nothing of the order."""
    if wish.lines is None:
        return True
    return not book.facts.has_shipped and all(
        wish.lines.get(line_id, 0) >= book.facts.left(line_id) for line_id in book.lines
    )


def _check_lines(book: Book, wish: Wish) -> None:
    named: Mapping[str, Sequence[int]] = {}
    match wish:
        case CallOff(lines=units) if units is not None:
            named = {"lines": list(units)}
        case SetQuantities():
            named = {"lines": list(wish.quantities)}
        case SwapItems():
            named = {"swaps": [one.line_id for one in wish.swaps]}
    wrong = {
        name: "names a line of another order"
        for name, ids in named.items()
        if not set(ids) <= book.lines.keys()
    }
    if wrong:
        raise Invalid("this change cannot be read", wrong)


def _look_at_cancelling(session: Session, book: Book, wish: CallOff) -> tuple[Preview, Plan]:
    whole = is_whole(book, wish)
    units = None if whole else {line: n for line, n in (wish.lines or {}).items() if n}
    rules = book.rules.cancel or CancelRules()
    own = [*change_eligibility.of_cancelling(rules, wish.reason, in_part=not whole)]
    own += change_eligibility.of_fewer(book.facts, wish.lines or {})
    plan = Plan(units=units, restored=_restored(book, units or {}))
    if not whole:
        return _of_goods(session, book, wish, plan, own), plan
    decision = change_eligibility.decide(wish.kind, book.rules, book.facts, units=None, own=own)
    freed = {line.id: book.facts.left(line.id) for line in book.lines.values()}
    return _preview(
        book,
        wish,
        decision,
        after_minor=0,
        settled_minor=-book.kept_minor,
        stock_effects=_freed(book, freed),
        arrival=Arrival(_arrives(session, book), None),
    ), plan


def _look_at_address(session: Session, book: Book, wish: ShipElsewhere) -> tuple[Preview, Plan]:
    known = sales.policies(session, book.channel.id, (placing_rules.SHIPPING,), at=book.now)
    shipping = placing_rules.read_shipping(known[placing_rules.SHIPPING]) if known else None
    is_served, checked = True, None
    try:
        checked = addressing.check(wish.address, served=shipping.served if shipping else None)
    except AddressNotServed:
        is_served = False
    address = checked.address if checked else {}
    own = [
        *change_eligibility.of_address(
            book.facts,
            is_same=dict(address) == {**dict.fromkeys(address, ""), **book.ship_to},
            is_served=is_served,
            lacks=bool(checked and checked.lacks),
        )
    ]
    kept = DeliveryWish(book.order.deliver_on, book.order.delivery_window)
    if kept and not own:
        against = delivery_reach(session, book, address).why_not(kept)
        own += [against] if against is not None else []
    decision = change_eligibility.decide(wish.kind, book.rules, book.facts, units=None, own=own)
    charge = None
    if shipping is not None and checked is not None and not decision.is_refused:
        charge = _charge(book, shipping, address)
    plan = Plan(shipping_minor=charge)
    after = totals.after_change(book.bill, book.bill.lines, shipping_minor=charge)
    settled = _to_settle(book, after.totals.total_minor)
    seen = _preview(
        book,
        ShipElsewhere(address=address) if checked else wish,
        decision,
        after_minor=after.totals.total_minor,
        settled_minor=settled,
        method_id=book.usual_method_id,
        arrival=Arrival(
            _arrives(session, book), _arrives(session, book, region=str(address.get("region", "")))
        ),
    )
    return seen, plan


def _all_that_is_here(book: Book, kind: ChangeKind) -> dict[int, int]:
    """One unit of each line that could be meant; none where the money alone is."""
    if kind is ChangeKind.PAYMENT:
        return {}
    return {line_id: min(1, book.facts.left(line_id)) for line_id in book.lines}


def _charge(
    book: Book, shipping: placing_rules.ShippingRules, address: Mapping[str, Any]
) -> int | None:
    """What sending costs there, moved by as much as the two places differ."""
    items = book.order.items.minor - book.order.discount.minor

    def of(where: Mapping[str, Any]) -> int | None:
        country, region = str(where.get("country", "")), str(where.get("region", ""))
        return shipping.charge(country, region, items_minor=items)

    was, will = of(book.ship_to), of(address)
    if was is None or will is None:
        return None
    return max(0, book.order.shipping.minor + will - was)


def _look_at_payment(session: Session, book: Book, wish: PayOtherwise) -> Preview:
    method = book.method(wish.method_id)
    moved = sum(one.left_minor for one in book.paid if one.method_id != wish.method_id)
    rules = book.rules.payment or change_rules.KindRules()
    own = [
        *change_eligibility.of_payment(
            rules,
            is_paid=bool(book.kept_minor),
            is_same=not moved,
            method=method.kind if method else None,
        )
    ]
    if not own:
        own += _objections(session, book, moved, wish.method_id)
    decision = change_eligibility.decide(wish.kind, book.rules, book.facts, units={}, own=own)
    arrives = _arrives(session, book)
    return _preview(
        book,
        wish,
        decision,
        after_minor=book.order.total.minor,
        moved_minor=moved,
        method_id=wish.method_id,
        arrival=Arrival(arrives, arrives),
    )


def _look_at_items(session: Session, book: Book, wish: SwapItems) -> tuple[Preview, Plan]:
    goods = _Goods(session, book, {one.variant_id for one in wish.swaps})
    removed = {line_id: line.counters.removed for line_id, line in book.lines.items()}
    units: dict[int, int] = {}
    new = []
    for one in wish.swaps:
        line = book.lines[one.line_id].priced
        before = replace(line, removed=min(line.ordered, removed[one.line_id]))
        removed[one.line_id] += one.quantity
        after = replace(line, removed=min(line.ordered, removed[one.line_id]))
        off = before.charged_discount_minor - after.charged_discount_minor
        units[one.line_id] = units.get(one.line_id, 0) + one.quantity
        new.append(goods.line(one, discount_minor=off))
    instead = [goods.instead(one) for one in wish.swaps]
    rules = book.rules.items or ItemRules()
    own = [*change_eligibility.of_items(rules, book.facts, instead)]
    plan = Plan(units=units, new=tuple(new))
    names = rules.names_method
    return _of_goods(session, book, wish, plan, own, names_method=names), plan


def _look_at_quantity(session: Session, book: Book, wish: SetQuantities) -> tuple[Preview, Plan]:
    change = {
        line_id: wanted - book.lines[line_id].counters.wanted
        for line_id, wanted in sorted(wish.quantities.items())
    }
    if all(
        line.counters.wanted + change.get(line_id, 0) <= 0 for line_id, line in book.lines.items()
    ):
        raise Invalid("nothing would be left", {"lines": "leave nothing: call the order off"})
    more = [
        Swap(line_id=line_id, quantity=by, variant_id=book.lines[line_id].variant_id)
        for line_id, by in change.items()
        if by > 0
    ]
    fewer = {line_id: -by for line_id, by in change.items() if by < 0}
    goods = _Goods(session, book, {one.variant_id for one in more})
    rules = book.rules.quantity or QuantityRules()
    own = [
        *change_eligibility.of_quantity(
            rules, book.facts, [goods.instead(one) for one in more], fewer
        )
    ]
    restored = _restored(book, fewer)
    plan = Plan(
        units=fewer,
        restored=restored,
        new=tuple(goods.line(one, is_replacing=False) for one in more),
    )
    return _of_goods(session, book, wish, plan, own), plan


def _look_at_speed(session: Session, book: Book, wish: Expedite) -> tuple[Preview, Plan]:
    rules = book.rules.expedite or ExpediteRules()
    offered = {str(speed): of for speed, of in rules.speeds.items()}
    of = offered.get(wish.speed)
    paid_for = offered.get(book.speed)
    more = of.charge_minor - (paid_for.charge_minor if paid_for else 0) if of else 0
    charge = max(0, book.order.shipping.minor + more)
    own = [*change_eligibility.of_speed(rules, book.facts, wish.speed, current=book.speed)]
    plan = Plan(shipping_minor=charge)
    return _of_goods(session, book, wish, plan, own, days=of.days if of else None), plan


def delivery_reach(
    session: Session, book: Book, destination: Mapping[str, Any] | None = None
) -> Reach:
    """Which days and hours an order can still be given, from where its goods are promised.

    ``destination`` is where to instead of where it goes now.
    """
    waiting = [line for line in book.lines.values() if line.counters.backordered]
    days = [line.ships_by for line in waiting if line.ships_by is not None]
    return wishing.reach(
        session,
        ZoneInfo(book.channel.zone),
        destination=book.ship_to if destination is None else destination,
        currency=book.channel.currency,
        now=book.now,
        from_places={pick.location_id for pick in stock.promised(session, list(book.lines))}
        or None,
        ready_on=max(days, default=None),
    )


def _look_at_delivery(session: Session, book: Book, wish: DeliverAt) -> Preview:
    asked = DeliveryWish(wish.deliver_on, wish.window)
    own = [
        *change_eligibility.of_delivery(
            book.facts,
            is_same=asked == DeliveryWish(book.order.deliver_on, book.order.delivery_window),
            against=_against_delivery(session, book, asked),
        )
    ]
    before = book.order.deliver_on or _arrives(session, book)
    return _preview(
        book,
        wish,
        change_eligibility.decide(wish.kind, book.rules, book.facts, units=None, own=own),
        after_minor=book.order.total.minor,
        arrival=Arrival(before, wish.deliver_on or _arrives(session, book)),
    )


def _against_delivery(session: Session, book: Book, asked: DeliveryWish) -> Cause | None:
    if asked.deliver_on is not None and any(
        line.counters.backordered and line.ships_by is None for line in book.lines.values()
    ):
        return Cause(Code.DAY_UNKNOWN)
    return delivery_reach(session, book).why_not(asked)


class _Goods:
    """The variants that are wanted, with their price now and what is free of them."""

    def __init__(self, session: Session, book: Book, variant_ids: set[int]) -> None:
        self._book = book
        held = {line.variant_id for line in book.lines.values()}
        self._known = catalog.variants(session, variant_ids | held)
        if not variant_ids <= self._known.keys():
            raise Invalid("this change cannot be read", {"swaps": "name an unknown variant"})
        self._prices = catalog.prices(
            session, variant_ids, currency=book.channel.currency, channel_id=book.channel.id
        )
        self._free = stock.to_promise(session, variant_ids, buffer=book.channel.stock_buffer)

    def instead(self, one: Swap) -> Instead:
        old = self._book.lines[one.line_id].variant_id
        new = self._known[one.variant_id]
        return Instead(
            line_id=one.line_id,
            quantity=one.quantity,
            is_same=one.variant_id == old,
            is_same_product=new.product_id == self._known[old].product_id,
            is_sold=new.is_active and new.id in self._prices,
            variant_id=new.id,
            free=self._free[new.id].overall,
        )

    def line(self, one: Swap, *, discount_minor: int = 0, is_replacing: bool = True) -> NewLine:
        """A line as it would be sold now; a discount stays with the units it was given for."""
        variant: VariantView = self._known[one.variant_id]
        price = self._prices.get(variant.id, 0)
        return NewLine(
            variant_id=variant.id,
            sku=variant.sku,
            name=variant.name,
            options=variant.options,
            unit_price_minor=price,
            tax_rate_bp=variant.tax_rate_bp,
            ordered=one.quantity,
            discount_minor=min(discount_minor, price * one.quantity),
            replaces_line_id=one.line_id if is_replacing else None,
        )


def _of_goods(
    session: Session,
    book: Book,
    wish: CallOff | SwapItems | SetQuantities | Expedite,
    plan: Plan,
    own: list[Cause],
    *,
    names_method: bool = False,
    days: int | None = None,
) -> Preview:
    """The preview of a wish that changes what the order costs, paid by a method it may name."""
    units = plan.units or {}
    wanted = None if isinstance(wish, CallOff) else wish.method_id
    after = totals.after_change(
        book.bill, _lines_after(book, plan), shipping_minor=plan.shipping_minor
    )
    settled = _to_settle(book, after.totals.total_minor)
    method_id = wanted if wanted is not None else book.usual_method_id
    if not own and not isinstance(wish, CallOff):
        method = book.method(wanted)
        rules = book.rules.of(wish.kind) or change_rules.KindRules()
        own = [
            *change_eligibility.of_difference(
                rules,
                names_method=names_method or (settled > 0 and method_id is None),
                method_id=wanted,
                method=method.kind if method else None,
            )
        ]
        if not own and settled and method_id is not None and (wanted or settled > 0):
            own += _objections(session, book, settled, method_id)
    touched = None if isinstance(wish, Expedite) else units
    decision = change_eligibility.decide(wish.kind, book.rules, book.facts, units=touched, own=own)
    taken = tuple(
        StockEffect(
            line.variant_id,
            line.sku,
            line.name,
            line.options,
            -line.ordered,
            Money(line.unit_price_minor, book.channel.currency),
        )
        for line in plan.new
    )
    before = _arrives(session, book)
    return _preview(
        book,
        wish,
        decision,
        after_minor=after.totals.total_minor,
        settled_minor=settled,
        method_id=wanted if wanted is not None or settled <= 0 else method_id,
        stock_effects=_freed(book, units) + taken,
        arrival=Arrival(before, before if days is None else _arrives(session, book, days=days)),
    )


def _restored(book: Book, units: Mapping[int, int]) -> dict[int, int]:
    """Units of claimed lines that are charged there again, as their replacements are not."""
    found: dict[int, int] = {}
    for line_id, count in units.items():
        line = book.lines[line_id]
        old = book.lines.get(line.replaces_line_id or 0)
        if old is not None and order_book.claim_of(line) is not None and count > 0:
            again = min(count, line.counters.charged, old.counters.removed)
            found[old.id] = found.get(old.id, 0) + again
    return found


def _lines_after(book: Book, plan: Plan) -> list[PricedLine]:
    moved = {
        line_id: (plan.units or {}).get(line_id, 0) - plan.restored.get(line_id, 0)
        for line_id in book.lines
    }
    stays = [
        replace(line.priced, removed=min(line.priced.ordered, line.priced.removed + moved[line.id]))
        for line in book.lines.values()
    ]
    return stays + [
        PricedLine(
            line_id=-index,
            ordered=line.ordered,
            unit_price_minor=line.unit_price_minor,
            discount_minor=line.discount_minor,
            tax_rate_bp=line.tax_rate_bp,
        )
        for index, line in enumerate(plan.new, start=1)
    ]


def _to_settle(book: Book, after_minor: int) -> int:
    """What is taken or given back at once, when the order will cost ``after_minor``.

    Money that is not here yet comes the way it was going to: a slip, or what is to be collected
    at the door, follows what the order costs. Where nothing is open to follow, more is asked for.
    """
    now = book.standing
    more = after_minor - book.order.total.minor
    if more > 0:
        is_asked = now.covered_minor + now.asked_minor >= now.needed_minor
        return more if is_asked and not now.will_follow else 0
    back = now.came_minor - (now.needed_minor + more)
    return -min(max(0, back), book.kept_minor)


def _objections(session: Session, book: Book, amount: int, method_id: int) -> list[Cause]:
    difference = Money(amount, book.order.total.currency)
    cause = settling.objection(session, book.order.id, difference, method_id)
    return [cause] if cause is not None else []


def _freed(book: Book, units: Mapping[int, int]) -> tuple[StockEffect, ...]:
    return tuple(
        StockEffect(
            book.lines[line_id].variant_id,
            book.lines[line_id].sku,
            book.lines[line_id].name,
            book.lines[line_id].options,
            count,
            book.lines[line_id].unit_price,
        )
        for line_id, count in sorted(units.items())
        if count
    )


def _arrives(
    session: Session, book: Book, *, region: str | None = None, days: int | None = None
) -> date | None:
    """The day by which all of it is there, if it leaves on the next day; None if nobody knows."""
    if book.facts.has_shipped or book.facts.is_collected:
        return None
    if any(line.backordered for line in book.facts.lines.values()):
        return None
    leaves = book.now.astimezone(ZoneInfo(book.channel.zone)).date() + timedelta(days=1)
    if days is not None:
        return leaves + timedelta(days=days)
    places = {place.id: place.region for place in stock.locations(session)}
    to = str(book.ship_to.get("region", "")) if region is None else region
    roads = [
        lanes.usual(places.get(pick.location_id, ""), to)
        for pick in stock.promised(session, list(book.lines))
    ]
    known = [road.late_days for road in roads if road is not None]
    return leaves + timedelta(days=max(known)) if known and len(known) == len(roads) else None


def _preview(  # noqa: PLR0913 - the parts of one answer
    book: Book,
    wish: Wish,
    decision: ChangeDecision,
    *,
    after_minor: int,
    settled_minor: int = 0,
    moved_minor: int = 0,
    method_id: int | None = None,
    stock_effects: tuple[StockEffect, ...] = (),
    arrival: Arrival,
) -> Preview:
    currency = book.order.total.currency
    seen = Preview(
        book.order,
        wish,
        decision,
        book.order.total,
        Money(after_minor, currency),
        Money(settled_minor, currency),
        Money(moved_minor, currency),
        method_id,
        stock_effects,
        arrival,
        "",
    )
    return replace(seen, digest=_digest(seen, book))


def _digest(seen: Preview, book: Book) -> str:
    wish = seen.wish
    said = {
        "order": seen.order.id,
        "policy": book.policy_id,
        "kind": wish.kind,
        "wish": change_wishes.written(wish),
        "reason": wish.reason if isinstance(wish, CallOff) else "",
        "address": dict(wish.address) if isinstance(wish, ShipElsewhere) else {},
        "outcome": seen.decision.outcome,
        "money": [seen.before.minor, seen.after.minor, seen.settled.minor, seen.moved.minor],
        "method": seen.method_id,
        "prices": [[one.sku, one.quantity, one.unit_price.minor] for one in seen.stock],
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
