"""Placing an order: prices and tax settled, stock promised, money written down, all or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from oms_service.catalog import queries as catalog
from oms_service.catalog.queries import VariantView
from oms_service.customers import service as customers
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory.policy import Want
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language
from oms_service.kernel.money import Money
from oms_service.operations import sourcing
from oms_service.operations.pricing import Priced, Totals, price
from oms_service.operations.sourcing import JustWritten
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.events import OrderPlaced
from oms_service.orders.queries import OrderView
from oms_service.orders.service import NewLine, NewOrder, Written
from oms_service.payments import service as payments
from oms_service.payments.service import NewEntry
from oms_service.payments.states import EntryKind
from oms_service.sales import queries as sales
from oms_service.sales.queries import ChannelView


@dataclass(frozen=True, kw_only=True)
class WantedLine:
    """Some of a variant. Without a price, what the catalogue says for the channel."""

    sku: str
    quantity: int
    unit_price_minor: int | None = None
    discount_minor: int = 0


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
    city, line1, line2 and phone. ``placed_at`` is now where it is not given.
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
    shipping_minor: int = 0
    shipping_tax_rate_bp: int | None = None
    payments: Sequence[Payment] = ()
    placed_at: datetime | None = None
    pickup_location_id: int | None = None
    preferred_locations: Sequence[int] = ()
    may_backorder: bool = False


@dataclass(frozen=True)
class Placed:
    """The order, and whether this call placed it."""

    order: OrderView
    line_ids: tuple[int, ...]
    is_new: bool


def place(uow: UnitOfWork, wanted: PlaceOrder) -> Placed:
    """Place an order, once for each (channel, external reference).

    Raises:
        Invalid: unknown SKUs, no price, odd quantities or discounts; ``fields`` says where.
        NotFound: no such channel, or no such customer any more.
        OutOfStock: not enough there, and the order may not wait for stock.
        NumberTaken: another order has this number.
        NotEnoughBalance: a gift card or store credit holds less than it should pay.
    """
    channel = sales.channel(uow.session, wanted.channel)
    known = order_queries.by_reference(uow.session, channel.id, wanted.external_ref)
    if known is not None:
        return _as_it_is(uow, known.id)
    lines, totals = _settle(uow, wanted, channel)
    written = orders.write(uow, _new_order(uow, wanted, channel, lines, totals))
    if not written.is_new:
        return _as_it_is(uow, written.order_id)
    waits = _promise_stock(uow, wanted, channel, lines, written)
    for position, payment in enumerate(wanted.payments, start=1):
        payments.record(
            uow,
            NewEntry(
                order_id=written.order_id,
                kind=payment.kind,
                amount=payment.amount,
                key=f"order:{written.order_id}:placed:{position}",
                method_id=payment.method_id,
                provider_ref=payment.provider_ref,
                at=wanted.placed_at,
            ),
        )
    placed_at = wanted.placed_at or uow.now
    orders.note(uow, written.order_id, "placed", channel=channel.code, at=placed_at)
    payments.rederive(uow, written.order_id)
    order = order_queries.by_id(uow.session, written.order_id)
    uow.emit(
        OrderPlaced(
            order_id=written.order_id,
            customer_id=order.customer_id,
            channel=channel.code,
            placed_at=placed_at.isoformat(),
            total_minor=totals.total_minor,
            currency=channel.currency,
            is_backordered=waits,
        )
    )
    return Placed(order, written.line_ids, is_new=True)


def _as_it_is(uow: UnitOfWork, order_id: int) -> Placed:
    order = order_queries.by_id(uow.session, order_id)
    lines = order_queries.lines(uow.session, order_id)
    return Placed(order, tuple(line.id for line in lines), is_new=False)


def _settle(
    uow: UnitOfWork, wanted: PlaceOrder, channel: ChannelView
) -> tuple[list[NewLine], Totals]:
    """The lines with names, prices and tax as they are now: what is sold never changes later."""
    _check(wanted, channel)
    known = catalog.variants_by_sku(uow.session, {line.sku for line in wanted.lines})
    prices = catalog.prices(
        uow.session,
        [variant.id for variant in known.values()],
        currency=channel.currency,
        channel_id=channel.id,
    )
    wrong = {
        f"lines[{index}].sku": "is not in the catalogue"
        for index, line in enumerate(wanted.lines)
        if line.sku not in known
    } or {
        f"lines[{index}].unit_price_minor": "is missing, and the catalogue has no price"
        for index, line in enumerate(wanted.lines)
        if line.unit_price_minor is None and known[line.sku].id not in prices
    }
    if wrong:
        raise Invalid("some lines cannot be sold", wrong)
    priced = [_priced(line, known[line.sku], prices) for line in wanted.lines]
    try:
        totals = price(
            priced,
            mode=channel.tax_mode,
            discount_minor=wanted.discount_minor,
            shipping_minor=wanted.shipping_minor,
            shipping_tax_rate_bp=wanted.shipping_tax_rate_bp,
        )
    except ValueError as error:
        raise Invalid(str(error), {"discount_minor": "is above the price"}) from None
    return [
        _new_line(known[line.sku], one, off)
        for line, one, off in zip(wanted.lines, priced, totals.discounts, strict=True)
    ], totals


def _check(wanted: PlaceOrder, channel: ChannelView) -> None:
    wrong = {
        f"lines[{index}].quantity": "must be at least 1"
        for index, line in enumerate(wanted.lines)
        if line.quantity < 1
    }
    wrong |= {
        f"lines[{index}]": "has a negative amount"
        for index, line in enumerate(wanted.lines)
        if (line.unit_price_minor or 0) < 0 or line.discount_minor < 0
    }
    wrong |= {
        f"payments[{index}].amount": f"must be above 0, in {channel.currency}"
        for index, payment in enumerate(wanted.payments)
        if payment.amount.minor <= 0 or payment.amount.currency != channel.currency
    }
    if not wanted.lines:
        wrong["lines"] = "is empty"
    if min(wanted.discount_minor, wanted.shipping_minor) < 0:
        wrong["discount_minor, shipping_minor"] = "must not be negative"
    if wrong:
        raise Invalid("this order cannot be placed", wrong)


def _priced(line: WantedLine, variant: VariantView, prices: Mapping[int, int]) -> Priced:
    given = line.unit_price_minor
    return Priced(
        unit_price_minor=prices[variant.id] if given is None else given,
        quantity=line.quantity,
        tax_rate_bp=variant.tax_rate_bp,
        discount_minor=line.discount_minor,
    )


def _new_line(variant: VariantView, priced: Priced, discount_minor: int) -> NewLine:
    return NewLine(
        variant_id=variant.id,
        sku=variant.sku,
        name=variant.name,
        options=variant.options,
        unit_price_minor=priced.unit_price_minor,
        tax_rate_bp=variant.tax_rate_bp,
        ordered=priced.quantity,
        discount_minor=discount_minor,
    )


def _new_order(
    uow: UnitOfWork,
    wanted: PlaceOrder,
    channel: ChannelView,
    lines: Sequence[NewLine],
    totals: Totals,
) -> NewOrder:
    return NewOrder(
        number=wanted.number,
        channel_id=channel.id,
        external_ref=wanted.external_ref,
        customer_id=customers.in_force(uow, wanted.customer_id),
        language=wanted.language or channel.locale,
        currency=channel.currency,
        placed_at=wanted.placed_at or uow.now,
        lines=lines,
        items_minor=totals.items_minor,
        discount_minor=totals.discount_minor,
        shipping_minor=totals.shipping_minor,
        tax_minor=totals.tax_minor,
        total_minor=totals.total_minor,
        ship_to=wanted.ship_to,
        mail=wanted.mail,
        phone=wanted.phone,
        pickup_location_id=wanted.pickup_location_id,
    )


def _promise_stock(
    uow: UnitOfWork,
    wanted: PlaceOrder,
    channel: ChannelView,
    lines: Sequence[NewLine],
    written: Written,
) -> bool:
    """Allocate what there is; returns whether some units have to wait for stock."""
    wants = [
        Want(line_id, line.variant_id, line.ordered)
        for line_id, line in zip(written.line_ids, lines, strict=True)
    ]
    promised = sourcing.promise(
        uow,
        written.order_id,
        wants,
        key=f"order:{written.order_id}:placed",
        may_backorder=wanted.may_backorder,
        preferred=wanted.preferred_locations,
        just_written=JustWritten(channel),
    )
    return promised.waits
