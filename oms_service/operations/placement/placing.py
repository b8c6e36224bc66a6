"""Placing an order: prices and tax settled, stock promised, money written down, all or nothing."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

import orjson

from oms_service.customers import service as customers
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.inventory.policy import Shortage, Want
from oms_service.inventory.service import OutOfStock
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.kernel.languages import Language
from oms_service.kernel.money import Money
from oms_service.operations.money import settling
from oms_service.operations.placement import holding, selling
from oms_service.operations.placement.quoting import Basket, Settled, WantedLine, settle
from oms_service.operations.rules.eligibility import Cause, Code
from oms_service.operations.rules.placing_rules import Facts, Waits, reasons_to_wait
from oms_service.operations.sources import bringing, sourcing, wishing
from oms_service.operations.sources.sourcing import JustWritten
from oms_service.operations.sources.wishing import WishRefused
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.events import OrderPlaced
from oms_service.orders.policy import Counters, Sums
from oms_service.orders.queries import LineView, OrderView, TaxView
from oms_service.orders.service import NewLine, NewOrder, Written
from oms_service.orders.states import HoldReason
from oms_service.payments import queries as payment_queries
from oms_service.payments import service as payments
from oms_service.payments.service import NewEntry
from oms_service.payments.states import EntryKind, MethodKind
from oms_service.sales import queries as sales
from oms_service.sales.queries import ChannelView
from oms_service.shipping.wishes import Wish

__all__ = [
    "Parts",
    "Payment",
    "PlaceOrder",
    "Placed",
    "ReferenceReused",
    "Unavailable",
    "WantedLine",
    "place",
]

#: How long the texts of an order may be.
_LONGEST: Final = {"external_ref": 80, "mail": 320, "phone": 40, "number": 40}


#: No payment came with the order.
NOTHING_YET: Final = Sums()


class ReferenceReused(DomainError):
    """The channel gave this reference to another order before."""

    code: ClassVar[str] = "external-ref-reused"


class Unavailable(OutOfStock):
    """Some lines cannot be had as they were wanted; ``fields`` says which."""

    def __init__(self, shortages: Sequence[Shortage], lines: Sequence[NewLine]) -> None:
        super().__init__(shortages)
        there = {short.variant_id: short.available for short in shortages}
        self.fields = {
            f"lines[{index}].quantity": f"only {there[line.variant_id]} of {line.sku} to be had"
            for index, line in enumerate(lines)
            if line.variant_id in there
        }


@dataclass(frozen=True, kw_only=True)
class Payment:
    """Money that is promised (authorized) or here (captured) when the order comes in."""

    kind: EntryKind
    amount: Money
    method_id: int | None = None
    provider_ref: str = ""


@dataclass(frozen=True, kw_only=True)
class PlaceOrder:
    """An order as a sales channel brings it.

    ``external_ref`` is the channel's own name for it: brought twice, it is one order. Without
    ``number`` it gets one of ours. ``ship_to`` holds recipient, country, postal_code, region,
    city, line1, line2 and phone. ``shipping_minor`` of None is what the channel charges.
    ``deliver_on`` and ``delivery_window`` are when the customer wishes it, as
    ``shipping.wishes`` names days and hours.
    ``pay_by`` is the customer's method for what ``payments`` leave open. ``placed_at`` is now
    where it is not given.
    """

    channel: str
    external_ref: str
    customer_id: int
    lines: Sequence[WantedLine]
    number: str | None = None
    language: Language | None = None
    ship_to: Mapping[str, Any] | None = None
    mail: str = ""
    phone: str = ""
    discount_minor: int = 0
    shipping_minor: int | None = 0
    shipping_tax_rate_bp: int | None = None
    payments: Sequence[Payment] = ()
    pay_by: int | None = None
    placed_at: datetime | None = None
    pickup_location_id: int | None = None
    preferred_locations: Sequence[int] = ()
    may_backorder: bool = False
    deliver_on: date | None = None
    delivery_window: str = ""


@dataclass(frozen=True)
class Parts:
    """What hangs on an order that was just written, so that nobody reads it again."""

    taxes: tuple[TaxView, ...]
    holds: tuple[HoldReason, ...]
    lines: tuple[LineView, ...]


@dataclass(frozen=True)
class Placed:
    """The order, and whether this call placed it; ``parts`` only where they need no reading."""

    order: OrderView
    line_ids: tuple[int, ...]
    is_new: bool
    parts: Parts | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Completed:
    """An order that was completed; ``parts`` only where they need no reading."""

    order: OrderView
    parts: Parts | None


def place(
    uow: UnitOfWork,
    wanted: PlaceOrder,
    *,
    channel: ChannelView | None = None,
    is_in_force: bool = False,
) -> Placed:
    """Place an order, once for each (channel, external reference).

    Args:
        uow: the transaction.
        wanted: the order.
        channel: the one that ``wanted`` names, where this transaction has read it.
        is_in_force: whether this transaction keeps the record of the customer in force.

    Raises:
        Invalid: unknown SKUs, no price, odd quantities, discounts or address; ``fields`` says
            where.
        AddressNotServed: the channel does not send there.
        NotFound: no such channel, or no such customer any more.
        OutOfStock: not enough there, and the units may not wait for stock.
        NumberTaken: another order has this number.
        ReferenceReused: the channel gave the reference to an order of other content.
        NotEnoughBalance: a gift card or store credit holds less than it should pay.
        CannotSettle: ``pay_by`` is not a method this order can be paid by.
        WishRefused: it cannot be delivered when it is wished.
    """
    channel = channel or sales.channel(uow.session, wanted.channel)
    _check_texts(wanted)
    known = orders.claim_reference(uow, channel.id, wanted.external_ref)
    if known is not None:
        return _as_it_is(uow, known, _content_key(wanted))
    wishing.check_readable(
        Wish(wanted.deliver_on, wanted.delivery_window), wanted.pickup_location_id
    )
    if wanted.pickup_location_id is not None:
        bringing.check_point(uow.session, wanted.pickup_location_id)
    settled = settle(uow, _basket(wanted, channel))
    promised = _check_payments(wanted, settled, channel)
    customer_id = wanted.customer_id
    if not is_in_force:
        customer_id = customers.in_force(uow, customer_id)
    new = _new_order(uow, wanted, channel, settled, customer_id)
    written = orders.write_claimed(uow, new)
    _record(uow, wanted, written.order_id)
    completed = complete(
        uow,
        new,
        written,
        Completion(
            channel=channel,
            settled=settled,
            promised=promised,
            pay_by=wanted.pay_by,
            preferred=wanted.preferred_locations,
            may_backorder=wanted.may_backorder,
        ),
    )
    return Placed(completed.order, written.line_ids, is_new=True, parts=completed.parts)


@dataclass(frozen=True, kw_only=True)
class Completion:
    """What placing needs besides the rows of an order that are there."""

    channel: ChannelView
    settled: Settled
    promised: Sums = NOTHING_YET
    pay_by: int | None = None
    preferred: Sequence[int] = ()
    may_backorder: bool = False


def complete(uow: UnitOfWork, new: NewOrder, written: Written, how: Completion) -> Completed:
    """Turn the rows of an order into a placed one: stock promised, holds on, money asked for.

    This transaction wrote the rows, or holds them. Others wait for the stock from where it is
    promised on, so what can be done without it comes before.

    Raises:
        OutOfStock: not enough there, and the units may not wait for stock.
        NotEnoughBalance: ``pay_by`` holds less than is left to pay.
        CannotSettle: ``pay_by`` is not a method this order can be paid by.
        WishRefused: from where the goods come it cannot be delivered when it is wished.
    """
    order_id = written.order_id
    facts = _facts(uow, new, order_id, how)
    placed_at = new.placed_at or uow.now
    orders.note(uow, order_id, "placed", channel=how.channel.code, at=placed_at)
    waiting = _promise_stock(uow, new, written, how)
    _check_wish(uow, new, written, how, waits=bool(waiting))
    lacks_stock = bool(waiting) and new.pickup_location_id is None
    waits = reasons_to_wait(how.settled.holds, replace(facts, lacks_stock=lacks_stock))
    holding.begin(uow, order_id, waits)
    counters = [
        Counters(
            ordered=line.ordered,
            allocated=line.ordered - waiting.get(line_id, 0),
            backordered=waiting.get(line_id, 0),
        )
        for line_id, line in zip(written.line_ids, new.lines, strict=True)
    ]
    order = orders.begin(
        uow,
        order_id,
        counters,
        how.promised,
        total_minor=new.total_minor,
        is_held=bool(waits),
    )
    uow.emit(
        OrderPlaced(
            order_id=order_id,
            customer_id=new.customer_id,
            channel=how.channel.code,
            placed_at=placed_at.isoformat(),
            total_minor=new.total_minor,
            currency=new.currency,
            is_backordered=lacks_stock,
        )
    )
    rest = new.total_minor - how.promised.captured - how.promised.open_authorization
    if how.pay_by is not None and rest > 0:
        order = _ask_for(uow, order_id, Money(rest, new.currency), how.pay_by)
        return Completed(order, parts=None)
    # What waits may have got a day to leave by: that is read where it is told.
    return Completed(order, None if waiting else _parts(new, written, counters, waits))


def _parts(
    new: NewOrder, written: Written, counters: Sequence[Counters], waits: Sequence[Waits]
) -> Parts:
    """What an order consists of, as it was written."""

    def money(minor: int) -> Money:
        return Money(minor, new.currency)

    lines = zip(written.line_ids, new.lines, counters, strict=True)
    return Parts(
        taxes=tuple(
            TaxView(one.rate_bp, money(one.taxable_minor), money(one.tax_minor))
            for one in sorted(new.taxes, key=lambda one: one.rate_bp)
        ),
        holds=tuple(one.reason for one in waits),
        lines=tuple(
            LineView(
                id=line_id,
                order_id=written.order_id,
                position=position,
                variant_id=line.variant_id,
                sku=line.sku,
                name=line.name,
                options=line.options,
                unit_price=money(line.unit_price_minor),
                discount=money(line.discount_minor),
                tax_rate_bp=line.tax_rate_bp,
                counters=so_far,
            )
            for position, (line_id, line, so_far) in enumerate(lines, start=1)
        ),
    )


def _ask_for(uow: UnitOfWork, order_id: int, rest: Money, method_id: int) -> OrderView:
    """Take what is left to pay by the customer's method; money that is here ends its hold."""
    settling.settle(uow, order_id, rest, method_id=method_id, key="placed", reason="order_placed")
    payments.rederive(uow, order_id)
    holding.release_settled(uow, order_id)
    return order_queries.by_id(uow.session, order_id)


def _as_it_is(uow: UnitOfWork, order_id: int, content_key: str) -> Placed:
    kept = order_queries.content_key(uow.session, order_id)
    if kept and kept != content_key:
        raise ReferenceReused("the channel gave this reference to an order of other content")
    order = order_queries.by_id(uow.session, order_id)
    lines = order_queries.lines(uow.session, order_id)
    return Placed(order, tuple(line.id for line in lines), is_new=False)


def _content_key(wanted: PlaceOrder) -> str:
    """A digest of what was asked for. Who asks may be merged meanwhile, so it is left out."""
    said = (
        [
            (line.sku, line.quantity, line.unit_price_minor, line.discount_minor)
            for line in wanted.lines
        ],
        wanted.number,
        dict(wanted.ship_to or {}),
        (wanted.mail, wanted.phone),
        (wanted.discount_minor, wanted.shipping_minor, wanted.shipping_tax_rate_bp),
        [
            (str(one.kind), one.amount.minor, one.amount.currency, one.provider_ref)
            for one in wanted.payments
        ],
        wanted.placed_at,
        *([wanted.pickup_location_id] if wanted.pickup_location_id is not None else []),
        *([wanted.deliver_on] if wanted.deliver_on is not None else []),
        *([wanted.delivery_window] if wanted.delivery_window else []),
    )
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _check_texts(wanted: PlaceOrder) -> None:
    wrong = {}
    for name, longest in _LONGEST.items():
        said = getattr(wanted, name) or ""
        if len(said) > longest:
            wrong[name] = f"is longer than {longest} characters"
        elif "\0" in said:
            wrong[name] = "has characters that cannot be stored"
    if not wanted.external_ref.strip():
        wrong["external_ref"] = "is missing"
    if wrong:
        raise Invalid("this order cannot be placed", wrong)


def _check_payments(wanted: PlaceOrder, settled: Settled, channel: ChannelView) -> Sums:
    """What the payments add up to.

    Raises:
        Invalid: of another currency, of nothing, or more than the order costs.
    """
    wrong = {
        f"payments[{index}].amount": f"must be above 0, in {channel.currency}"
        for index, payment in enumerate(wanted.payments)
        if payment.amount.minor <= 0 or payment.amount.currency != channel.currency
    }
    sums = {EntryKind.AUTHORIZED: 0, EntryKind.CAPTURED: 0}
    for index, payment in enumerate(wanted.payments):
        if payment.kind not in sums:
            wrong[f"payments[{index}].kind"] = "must be authorized or captured"
        else:
            sums[payment.kind] += payment.amount.minor
    if not wrong and max(sums.values()) > settled.totals.total_minor:
        wrong["payments"] = "are more than the order costs"
    if wrong:
        raise Invalid("this order cannot be placed", wrong)
    return Sums(authorized=sums[EntryKind.AUTHORIZED], captured=sums[EntryKind.CAPTURED])


def _basket(wanted: PlaceOrder, channel: ChannelView) -> Basket:
    return Basket(
        channel=channel,
        lines=wanted.lines,
        ship_to=wanted.ship_to if wanted.pickup_location_id is None else None,
        discount_minor=wanted.discount_minor,
        shipping_minor=wanted.shipping_minor,
        shipping_tax_rate_bp=wanted.shipping_tax_rate_bp,
    )


def _new_order(
    uow: UnitOfWork, wanted: PlaceOrder, channel: ChannelView, settled: Settled, customer_id: int
) -> NewOrder:
    totals = settled.totals
    return NewOrder(
        number=wanted.number,
        channel_id=channel.id,
        external_ref=wanted.external_ref,
        content_key=_content_key(wanted),
        customer_id=customer_id,
        language=wanted.language or channel.locale,
        currency=channel.currency,
        placed_at=wanted.placed_at or uow.now,
        lines=settled.lines,
        items_minor=totals.items_minor,
        discount_minor=totals.discount_minor,
        shipping_minor=totals.shipping_minor,
        tax_minor=totals.tax_minor,
        total_minor=totals.total_minor,
        taxes=settled.taxes,
        ship_to=settled.ship_to,
        mail=wanted.mail,
        phone=wanted.phone,
        pickup_location_id=wanted.pickup_location_id,
        deliver_on=wanted.deliver_on,
        delivery_window=wanted.delivery_window,
    )


def _record(uow: UnitOfWork, wanted: PlaceOrder, order_id: int) -> None:
    for position, payment in enumerate(wanted.payments, start=1):
        payments.record(
            uow,
            NewEntry(
                order_id=order_id,
                kind=payment.kind,
                amount=payment.amount,
                key=f"order:{order_id}:placed:{position}",
                method_id=payment.method_id,
                provider_ref=payment.provider_ref,
                at=wanted.placed_at,
            ),
        )


def _promise_stock(
    uow: UnitOfWork, new: NewOrder, written: Written, how: Completion
) -> Mapping[int, int]:
    """Allocate what there is; returns the units by line that have to wait for stock.

    What may wait is asked only where something has to: a refusal undoes all of it anyway.
    """
    wants = [
        Want(line_id, line.variant_id, line.ordered)
        for line_id, line in zip(written.line_ids, new.lines, strict=True)
    ]
    if new.pickup_location_id is not None:
        return _promise_in_shop(uow, new, written, how, wants)
    promised = sourcing.promise(
        uow,
        written.order_id,
        wants,
        key=f"order:{written.order_id}:placed",
        may_backorder=True,
        preferred=how.preferred,
        just_written=JustWritten(how.channel, how.settled.sourcing, new.ship_to),
    )
    if promised.waiting:
        try:
            selling.accept_waiting(
                uow,
                how.channel,
                written.order_id,
                wants,
                promised.waiting,
                may_backorder=how.may_backorder,
            )
        except OutOfStock as error:
            raise Unavailable(error.shortages, new.lines) from None
    return promised.waiting


def _promise_in_shop(
    uow: UnitOfWork, new: NewOrder, written: Written, how: Completion, wants: Sequence[Want]
) -> Mapping[int, int]:
    """The same for what is fetched in a shop: reserved before, on its shelf, or brought there."""
    order_id, shop = written.order_id, new.pickup_location_id or 0
    has = bringing.take_reserved(uow, order_id)
    wants = [
        replace(want, quantity=want.quantity - has.get(want.order_line_id, 0))
        for want in wants
        if want.quantity > has.get(want.order_line_id, 0)
    ]
    waiting: Mapping[int, int] = {}
    brought: Sequence[int] | None = ()
    if wants:
        promised = sourcing.promise(
            uow,
            order_id,
            wants,
            key=f"order:{order_id}:placed",
            may_backorder=True,
            just_written=JustWritten(how.channel, how.settled.sourcing, new.ship_to, shop),
        )
        waiting = promised.waiting
    if waiting:
        brought = bringing.bring(
            uow, order_id, shop, wants, waiting, buffer=how.channel.stock_buffer
        )
        if brought is None:
            free = stock.to_promise(
                uow.session,
                {want.variant_id for want in wants if waiting.get(want.order_line_id)},
                buffer=how.channel.stock_buffer,
            )
            short = [Shortage(of, 0, one.overall) for of, one in sorted(free.items())]
            raise Unavailable(short, new.lines)
    bringing.begin(uow, order_id, shop, brought=brought or ())
    return waiting


def _check_wish(
    uow: UnitOfWork, new: NewOrder, written: Written, how: Completion, *, waits: bool
) -> None:
    """Whether the goods can be there when they are wished, from where they are promised now."""
    wish = Wish(new.deliver_on, new.delivery_window)
    if not wish:
        return
    ready_on = None
    if waits:
        lines = order_queries.lines(uow.session, written.order_id)
        days = [line.ships_by for line in lines if line.counters.backordered]
        ready_on = max((day for day in days if day is not None), default=None)
        if wish.deliver_on is not None and (not days or None in days):
            raise WishRefused(Cause(Code.DAY_UNKNOWN))
    wishing.check(
        uow.session,
        ZoneInfo(how.channel.zone),
        wish,
        destination=new.ship_to or {},
        currency=new.currency,
        now=uow.now,
        from_places={one.location_id for one in stock.promised(uow.session, written.line_ids)},
        ready_on=ready_on,
    )


def _facts(uow: UnitOfWork, new: NewOrder, order_id: int, how: Completion) -> Facts:
    """What hold rules look at, but for the stock."""
    rules = how.settled.holds
    return Facts(
        total_minor=new.total_minor,
        promised_minor=how.promised.captured + how.promised.open_authorization,
        is_first_order=holding.is_first_order(uow, rules, new.customer_id, order_id),
        mismatches=holding.mismatches(
            uow, rules, new.customer_id, mail=new.mail, phone=new.phone, ship_to=new.ship_to
        ),
        is_cash_on_delivery=_is_cash_on_delivery(uow, how.pay_by),
        lacks_address=bool(how.settled.lacks),
    )


def _is_cash_on_delivery(uow: UnitOfWork, method_id: int | None) -> bool:
    if method_id is None:
        return False
    found = payment_queries.methods_by_id(uow.session, [method_id]).get(method_id)
    return found is not None and found.kind is MethodKind.CASH_ON_DELIVERY
