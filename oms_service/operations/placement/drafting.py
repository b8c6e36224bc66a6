"""Orders that are still being put together: kept with their prices, placed or thrown away later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from oms_service.customers import service as customers
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import IllegalTransition, Stale
from oms_service.kernel.ids import readable_code
from oms_service.kernel.languages import Language
from oms_service.operations.placement import placing
from oms_service.operations.placement.placing import Completion
from oms_service.operations.placement.quoting import Basket, Settled, WantedLine, settle
from oms_service.operations.sources import bringing, wishing
from oms_service.orders import drafts
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.queries import OrderView
from oms_service.orders.service import NewOrder
from oms_service.orders.states import OrderState
from oms_service.sales import queries as sales
from oms_service.sales.queries import ChannelView
from oms_service.shipping.wishes import Wish

#: A draft of the desk is known to its channel by a name of our own.
_REFERENCE: Final = "draft-{}"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a colleague has put together so far; the fields are those of ``PlaceOrder``."""

    channel: str
    customer_id: int
    lines: Sequence[WantedLine]
    ship_to: Mapping[str, Any] | None = None
    mail: str = ""
    phone: str = ""
    language: Language | None = None
    discount_minor: int = 0
    shipping_minor: int | None = None
    pickup_location_id: int | None = None
    deliver_on: date | None = None
    delivery_window: str = ""

    @property
    def wish(self) -> Wish:
        return Wish(self.deliver_on, self.delivery_window)


def keep(uow: UnitOfWork, draft: Draft, *, key: str = "") -> OrderView:
    """Keep a new draft with the prices of now; kept again under its key, the first one.

    Raises:
        Invalid: lines, discounts or an address that no order could have, or a shop where nothing
            can be fetched.
        AddressNotServed: the channel does not send there.
        WishRefused: it could not be delivered when it is wished.
        NotFound: no such channel or customer.
    """
    channel = sales.channel(uow.session, draft.channel)
    _check_pickup(uow, draft)
    reference = _REFERENCE.format(key or readable_code(16))
    known = orders.claim_reference(uow, channel.id, reference)
    if known is not None:
        return order_queries.by_id(uow.session, known)
    settled = settle(uow, _basket(draft, channel))
    _check_wish(uow, draft, channel, settled)
    customer_id = customers.in_force(uow, draft.customer_id)
    written = orders.write_claimed(uow, _new_order(draft, channel, settled, customer_id, reference))
    return order_queries.by_id(uow.session, written.order_id)


def change(uow: UnitOfWork, order_id: int, draft: Draft, *, version: int) -> OrderView:
    """Let a draft hold something else, at the prices of now.

    Raises:
        NotFound: no such order.
        IllegalTransition: it is placed already.
        Stale: it has another version now.
        Invalid, AddressNotServed, WishRefused: as in ``keep``; the draft stays as it was.
    """
    order = _held(uow, order_id, "change", version)
    _check_pickup(uow, draft)
    channel = sales.channel_by_id(uow.session, order.channel_id)
    settled = settle(uow, _basket(draft, channel))
    _check_wish(uow, draft, channel, settled)
    customer_id = customers.in_force(uow, draft.customer_id)
    drafts.rewrite(uow, order_id, _new_order(draft, channel, settled, customer_id, ""))
    return order_queries.by_id(uow.session, order_id)


def place(
    uow: UnitOfWork,
    order_id: int,
    *,
    version: int,
    pay_by: int | None = None,
    may_backorder: bool = False,
) -> OrderView:
    """Place a draft at the prices it shows, if they still hold.

    Args:
        uow: the transaction.
        order_id: which draft.
        version: the one that was read: what was not seen is not placed.
        pay_by: the customer's method for the whole of it.
        may_backorder: whether units may wait where no rule of the variant says so.

    Raises:
        NotFound: no such order.
        IllegalTransition: it is placed already.
        Stale: it has another version, or prices have changed: look again.
        Invalid: nothing can be fetched in its shop any more.
        OutOfStock, NotEnoughBalance, CannotSettle, WishRefused: as in ``placing.place``.
    """
    order = _held(uow, order_id, "place", version)
    channel = sales.channel_by_id(uow.session, order.channel_id)
    draft = of(uow, order_id)
    _check_pickup(uow, draft)
    settled = settle(uow, _basket(draft, channel))
    if settled.totals.total_minor != order.total.minor:
        raise Stale("prices have changed since this draft was kept")
    customer_id = customers.in_force(uow, order.customer_id)
    kept = _new_order(draft, channel, settled, customer_id, "")
    new = replace(kept, is_draft=False, placed_at=uow.now)
    return placing.complete(
        uow,
        new,
        drafts.rewrite(uow, order_id, new),
        Completion(channel=channel, settled=settled, pay_by=pay_by, may_backorder=may_backorder),
    ).order


def throw_away(uow: UnitOfWork, order_id: int, *, version: int) -> None:
    """Be done with a draft: nothing was promised, so nothing remains of it.

    Raises:
        NotFound: no such order.
        IllegalTransition: it is placed already.
        Stale: it has another version now.
    """
    _held(uow, order_id, "throw away", version)
    drafts.remove(uow, order_id)


def of(uow: UnitOfWork, order_id: int) -> Draft:
    """What a draft holds, to go on with.

    Raises:
        NotFound: no such draft.
    """
    kept = drafts.contents(uow.session, order_id)
    channel = sales.channel_by_id(uow.session, kept.channel_id)
    return Draft(
        channel=channel.code,
        customer_id=kept.customer_id,
        lines=[
            WantedLine(sku=line.sku, quantity=line.ordered, discount_minor=0) for line in kept.lines
        ],
        ship_to=kept.ship_to,
        mail=kept.mail,
        phone=kept.phone,
        language=kept.language,
        discount_minor=kept.discount_minor,
        shipping_minor=kept.shipping_minor,
        pickup_location_id=kept.pickup_location_id,
        deliver_on=kept.deliver_on,
        delivery_window=kept.delivery_window,
    )


def _check_pickup(uow: UnitOfWork, draft: Draft) -> None:
    if draft.pickup_location_id is not None:
        bringing.check_point(uow.session, draft.pickup_location_id)


def _check_wish(uow: UnitOfWork, draft: Draft, channel: ChannelView, settled: Settled) -> None:
    wishing.check_readable(draft.wish, draft.pickup_location_id)
    wishing.check(
        uow.session,
        ZoneInfo(channel.zone),
        draft.wish,
        destination=settled.ship_to or {},
        currency=channel.currency,
        now=uow.now,
    )


def _held(uow: UnitOfWork, order_id: int, action: str, version: int) -> OrderView:
    row = orders.hold_against_others(uow, order_id)
    if row.order_state is not OrderState.DRAFT:
        raise IllegalTransition("order", row.order_state, action)
    if row.version != version:
        raise Stale("this draft has changed since you read it")
    return order_queries.by_id(uow.session, order_id)


def _basket(draft: Draft, channel: ChannelView) -> Basket:
    return Basket(
        channel=channel,
        lines=draft.lines,
        ship_to=draft.ship_to,
        discount_minor=draft.discount_minor,
        shipping_minor=draft.shipping_minor,
    )


def _new_order(
    draft: Draft,
    channel: ChannelView,
    settled: Settled,
    customer_id: int,
    reference: str,
) -> NewOrder:
    totals = settled.totals
    return NewOrder(
        number=None,
        channel_id=channel.id,
        external_ref=reference,
        customer_id=customer_id,
        language=draft.language or channel.locale,
        currency=channel.currency,
        placed_at=None,
        lines=settled.lines,
        items_minor=totals.items_minor,
        discount_minor=totals.discount_minor,
        shipping_minor=totals.shipping_minor,
        tax_minor=totals.tax_minor,
        total_minor=totals.total_minor,
        taxes=settled.taxes,
        ship_to=settled.ship_to,
        mail=draft.mail,
        phone=draft.phone,
        pickup_location_id=draft.pickup_location_id,
        deliver_on=draft.deliver_on,
        delivery_window=draft.delivery_window,
        is_draft=True,
    )
