"""Fetching in a shop: reserved, made ready, handed over the counter, or not come for.

What goes over the counter leaves the stock as any parcel does, as one that the counter carried
and delivered at once: so counters, ledger, money and returns know only one way out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.inventory import reservations, transfers
from oms_service.inventory.events import TransferReceived
from oms_service.inventory.policy import Shortage
from oms_service.inventory.reservations import Hold
from oms_service.inventory.service import OutOfStock
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.kernel.languages import Language
from oms_service.kernel.money import Money
from oms_service.operations.changes import cancelling
from oms_service.operations.dispatch import fulfilling, shipping
from oms_service.operations.dispatch.shipping import HandOver
from oms_service.operations.placement import drafting, holding, totals
from oms_service.operations.placement.drafting import Draft
from oms_service.operations.placement.quoting import WantedLine
from oms_service.operations.sources import bringing, sourcing
from oms_service.operations.sources.bringing import NearShop
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.events import OrderCancelled
from oms_service.orders.service import Units
from oms_service.orders.states import HoldReason
from oms_service.payments import policy as payment_policy
from oms_service.payments import queries as payment_queries
from oms_service.payments import service as payments
from oms_service.payments.service import NewEntry, WantedRefund
from oms_service.payments.states import EntryKind
from oms_service.pickup import policy, queries
from oms_service.pickup import service as pickups
from oms_service.pickup.events import (
    PickupCancelled,
    PickupCollected,
    PickupExpired,
    PickupExtended,
    PickupReady,
    PickupReminderDue,
)
from oms_service.pickup.queries import PickupView
from oms_service.pickup.service import NewPickup
from oms_service.pickup.states import PICKUP, IdentityCheck, PickupAction, PickupState
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.sales import queries as sales
from oms_service.shipping import service as parcels
from oms_service.shipping.events import ParcelDelivered
from oms_service.shipping.service import NewParcel

#: Who carried what was handed over a counter.
COUNTER: Final = "counter"
#: So long before the end a customer is reminded.
REMINDED_BEFORE: Final = timedelta(days=1)
#: Pickups that one transaction reminds of, and among which it looks for one to end.
BATCH: Final = 50
_NOT_COLLECTED: Final = "not_collected"
_LONGEST_KEY: Final = 120


class OutOfStockHere(OutOfStock):
    """The shop has not so much; ``nearest_stores`` have all of it."""

    def __init__(
        self, shortages: tuple[Shortage, ...], nearest_stores: tuple[NearShop, ...]
    ) -> None:
        super().__init__(shortages)
        self.nearest_stores = nearest_stores


class NotAllHere(DomainError):
    """Some of it is still to come to the shop."""

    code: ClassVar[str] = "pickup-not-all-here"


class WrongCode(DomainError):
    """The code is not the one of this pickup."""

    code: ClassVar[str] = "wrong-pickup-code"


class AlreadyExtended(DomainError):
    """It was kept longer once already, or the shop keeps nothing longer."""

    code: ClassVar[str] = "pickup-extended"


class NotPaid(DomainError):
    """Money is due before the goods are handed over; ``due`` says how much."""

    code: ClassVar[str] = "pickup-not-paid"

    def __init__(self, due: Money) -> None:
        super().__init__(f"{due.minor} {due.currency} are to be paid first")
        self.due = due


@dataclass(frozen=True, kw_only=True)
class Reserve:
    """What a customer means to fetch and buy in a shop; ``key`` makes it once."""

    channel: str
    customer_id: int
    location_id: int
    units: Mapping[str, int] = field(hash=False)
    key: str
    mail: str = ""
    phone: str = ""
    language: Language | None = None


@dataclass(frozen=True, kw_only=True)
class Counter:
    """What happens at the counter.

    ``units`` by order line; all that is there where not given. ``code`` is needed where the code
    is what was checked. ``paid`` is what the till took just now.
    """

    check: IdentityCheck
    key: str
    code: str = ""
    units: Mapping[int, int] | None = field(default=None, hash=False)
    paid: Money | None = None


def reserve(uow: UnitOfWork, wanted: Reserve) -> PickupView:
    """Keep units in a shop for a customer, who buys them when they come.

    Raises:
        Invalid: no such SKU, no such shop, odd quantities or key.
        NotFound: no such channel or customer.
        OutOfStockHere: not so much is free there.
    """
    if not wanted.key or len(wanted.key) > _LONGEST_KEY or "\0" in wanted.key:
        raise Invalid("this cannot be reserved", {"key": "is missing or too long"})
    locks.a_name(uow.session, f"pickup {wanted.key}")
    known = pickups.known_by_key(uow, wanted.key)
    if known is not None:
        return known
    point = bringing.check_point(uow.session, wanted.location_id)
    channel = sales.channel(uow.session, wanted.channel)
    draft = drafting.keep(
        uow,
        Draft(
            channel=wanted.channel,
            customer_id=wanted.customer_id,
            lines=[WantedLine(sku=sku, quantity=n) for sku, n in wanted.units.items()],
            mail=wanted.mail,
            phone=wanted.phone,
            language=wanted.language,
            shipping_minor=0,
            pickup_location_id=point.id,
        ),
    )
    terms = queries.terms(uow.session, point.id)
    zone = ZoneInfo(point.zone)
    day_off = bringing.days_off(uow.session, point.id, zone)
    collect_by = policy.kept_until(uow.now, terms.hold_days, terms, zone, day_off)
    made = pickups.open_pickup(
        uow,
        NewPickup(
            order_id=draft.id,
            location_id=point.id,
            ready_by=policy.ready_by(uow.now, terms, zone, day_off),
            collect_by=collect_by,
            is_reservation=True,
            key=wanted.key,
        ),
    )
    variants = {line.variant_id: 0 for line in order_queries.lines(uow.session, draft.id)}
    for line in order_queries.lines(uow.session, draft.id):
        variants[line.variant_id] += line.counters.ordered
    try:
        reservations.reserve(
            uow,
            Hold(
                units={(of, point.id): units for of, units in variants.items()},
                holder=made.holder,
                until=collect_by,
                key=made.holder,
            ),
            buffer=channel.stock_buffer,
        )
    except OutOfStock as error:
        near = bringing.nearest(
            uow.session,
            variants,
            region=point.region,
            position=terms.position,
            buffer=channel.stock_buffer,
            but=point.id,
        )
        raise OutOfStockHere(error.shortages, near) from None
    bringing.tell_reserved(uow, made, draft.id)
    return made


def prepare(uow: UnitOfWork, pickup_id: int, *, version: int | None = None) -> PickupView:
    """Somebody lays it together.

    Raises:
        NotFound, Stale, IllegalTransition: it stays as it is.
    """
    _held(uow, pickup_id, version)
    return pickups.turn(uow, pickup_id, PickupAction.PREPARE)


def make_ready(uow: UnitOfWork, pickup_id: int, *, version: int | None = None) -> PickupView:
    """All of it lies ready, and is kept from now on for the days the shop keeps things.

    Raises:
        NotFound, Stale, IllegalTransition: it stays as it is.
        NotAllHere: some of it is still to come.
        OnHold: the order waits for something that is no payment.
    """
    pickup = _held(uow, pickup_id, version)
    PICKUP.after(pickup.state, PickupAction.MAKE_READY)
    order_id = pickup.order_id
    if order_id is not None and not pickup.is_reservation:
        if set(order_queries.open_holds(uow.session, order_id)) - {HoldReason.PAYMENT}:
            raise fulfilling.OnHold("this order is on hold")
        lines = order_queries.lines(uow.session, order_id)
        if any(
            line.counters.wanted != line.counters.allocated + line.counters.shipped
            for line in lines
        ):
            raise NotAllHere("some of it is still to come")
    terms = queries.terms(uow.session, pickup.location_id)
    zone = ZoneInfo(stock.location(uow.session, pickup.location_id).zone)
    day_off = bringing.days_off(uow.session, pickup.location_id, zone)
    collect_by = policy.kept_until(uow.now, terms.hold_days, terms, zone, day_off)
    if pickup.is_reservation and pickup.collect_by is not None:
        collect_by = pickup.collect_by
    ready = pickups.turn(uow, pickup_id, PickupAction.MAKE_READY, collect_by=collect_by)
    uow.emit(
        PickupReady(
            order_id=order_id or 0,
            pickup_id=pickup_id,
            location_id=pickup.location_id,
            collect_by=collect_by.isoformat(),
        )
    )
    return ready


def extend(uow: UnitOfWork, pickup_id: int, *, version: int | None = None) -> PickupView:
    """Keep it longer, once.

    Raises:
        NotFound, Stale, IllegalTransition: it stays as it is.
        AlreadyExtended: that was done before, or the shop keeps nothing longer.
        NotAllHere: it does not lie ready yet, so no time runs.
    """
    pickup = _held(uow, pickup_id, version)
    PICKUP.after(pickup.state, PickupAction.EXTEND)
    terms = queries.terms(uow.session, pickup.location_id)
    if pickup.is_extended or not terms.extension_days:
        raise AlreadyExtended("it is not kept any longer")
    if pickup.collect_by is None:
        raise NotAllHere("no time runs before it lies ready")
    zone = ZoneInfo(stock.location(uow.session, pickup.location_id).zone)
    day_off = bringing.days_off(uow.session, pickup.location_id, zone)
    begins = max(uow.now, pickup.collect_by)
    until = policy.kept_until(begins, terms.extension_days, terms, zone, day_off)
    for one in reservations.hold_open_of(uow, pickup.holder):
        reservations.extend(uow, one.id, until)
    longer = pickups.turn(uow, pickup_id, PickupAction.EXTEND, collect_by=until)
    uow.emit(
        PickupExtended(
            order_id=pickup.order_id or 0, pickup_id=pickup_id, collect_by=until.isoformat()
        )
    )
    return longer


def due(uow: UnitOfWork, order_id: int) -> Money:
    """What is to be paid before the goods of an order go over the counter."""
    order = order_queries.by_id(uow.session, order_id)
    sums = payment_queries.sums(uow.session, order_id)
    left = order.total.minor - sums.kept - sums.open_authorization
    return Money(max(0, left), order.total.currency)


def collect(
    uow: UnitOfWork, pickup_id: int, at: Counter, *, version: int | None = None
) -> PickupView:
    """Hand goods over the counter; done again with the same key it hands over nothing more.

    What was only reserved is sold now, at the prices it was reserved with.

    Raises:
        NotFound, Stale: it is not as it was seen.
        IllegalTransition: it was fetched, called off, or is kept no longer.
        WrongCode: the code is another pickup's.
        NotPaid: money is due, and ``paid`` is not just that.
        OnHold: the order waits for something.
        NotAllHere: nothing of it lies in the shop.
        Invalid: units that are not there.
    """
    key = _key_of(pickup_id, at.key)
    _hold_order(uow, pickup_id)
    if pickups.was_handed_over(uow, key):
        return queries.by_id(uow.session, pickup_id)
    pickup = pickups.hold(uow, pickup_id, version=version)
    PICKUP.after(pickup.state, PickupAction.COLLECT)
    if at.check is IdentityCheck.CODE and policy.spelled(at.code) != pickup.code:
        raise WrongCode("this is not the code of this pickup")
    if pickup.order_id is None:
        raise NotAllHere("what was reserved was thrown away")
    if pickup.is_reservation:
        seen = order_queries.by_id(uow.session, pickup.order_id)
        drafting.place(uow, pickup.order_id, version=seen.version)
    _take_money(uow, pickup.order_id, at.paid, key=key)
    if order_queries.is_held(uow.session, pickup.order_id):
        raise fulfilling.OnHold("this order is on hold")
    units = _there(uow, pickup) if at.units is None else _positive(at.units)
    if not units:
        raise NotAllHere("nothing of it lies in the shop yet")
    place = pickups.hand_over(uow, pickup_id, units, check=at.check, key=key)
    _carry(uow, pickup, units, number=f"{pickup.number}-{place}")
    lines = order_queries.lines(uow.session, pickup.order_id)
    is_whole = all(line.counters.shipped >= line.counters.wanted for line in lines)
    now = pickups.turn(
        uow, pickup_id, PickupAction.COLLECT if is_whole else PickupAction.COLLECT_PART
    )
    uow.emit(
        PickupCollected(
            order_id=pickup.order_id,
            pickup_id=pickup_id,
            location_id=pickup.location_id,
            units=sum(units.values()),
            is_whole=is_whole,
        )
    )
    return now


def cancel(
    uow: UnitOfWork, pickup_id: int, *, reason: str, version: int | None = None
) -> PickupView:
    """Nobody is going to fetch it: what was reserved is free, an order is called off.

    Cancelled before, it stays so.

    Raises:
        NotFound, Stale, IllegalTransition: it stays as it is.
        AlreadyShipped, ChangeRefused, Invalid: as in ``cancelling.cancel``.
    """
    pickup = _held(uow, pickup_id, version)
    if pickup.state is PickupState.CANCELLED:
        return pickup
    PICKUP.after(pickup.state, PickupAction.CANCEL)
    if pickup.is_reservation:
        return _end_reservation(uow, pickup, PickupAction.CANCEL)
    ended = _end(uow, pickup, PickupAction.CANCEL)
    if pickup.order_id is not None:
        cancelling.cancel(uow, pickup.order_id, reason=reason)
    return ended


# Reactions and sweeps


def follow_cancellation(uow: UnitOfWork, event: OrderCancelled) -> None:
    """The order was called off elsewhere: nothing is fetched, and nothing more is brought."""
    orders.hold_against_others(uow, event.order_id)
    pickup = queries.of_order(uow.session, event.order_id)
    if pickup is not None and pickup.is_open:
        _end(uow, pickup, PickupAction.CANCEL)


def take_arrived(uow: UnitOfWork, event: TransferReceived) -> None:
    """Goods came to the shop for an order that waits for them there."""
    pickup = queries.of_transfer(uow.session, event.transfer_id)
    if pickup is None:
        return
    holder = transfers.arrived_for(event.transfer_id)
    if pickup.order_id is None:
        reservations.let_go(uow, holder)
        return
    orders.hold_against_others(uow, pickup.order_id)
    if queries.by_id(uow.session, pickup.id).is_open:
        key = f"transfer:{event.transfer_id}:arrived"
        sourcing.redeem(uow, pickup.order_id, holder, key=key, waited=True)
        payments.rederive(uow, pickup.order_id)
    reservations.let_go(uow, holder)


def end_overdue(uow: UnitOfWork) -> int:
    """The sweep: one pickup that is kept no longer and that nobody is at; returns how many.

    One in each transaction: what it frees is locked in the order of its own keys only.
    """
    for one in queries.due(uow.session, uow.now, limit=BATCH):
        if one.order_id is not None and not orders.hold_those_free(uow, [one.order_id]):
            continue
        pickup = pickups.hold(uow, one.id)
        if not pickup.is_open or pickup.collect_by is None or pickup.collect_by > uow.now:
            continue
        if pickup.is_reservation or pickup.order_id is None:
            _end_reservation(uow, pickup, PickupAction.EXPIRE)
        else:
            _end(uow, pickup, PickupAction.GIVE_UP)
            _call_off(uow, pickup.order_id)
        return 1
    return 0


def remind(uow: UnitOfWork) -> int:
    """The sweep: pickups whose time is almost over; returns how many were told of."""
    ids = pickups.reminders(uow, uow.now + REMINDED_BEFORE, limit=BATCH)
    found = [queries.by_id(uow.session, one) for one in ids]
    free = orders.hold_those_free(uow, {one.order_id for one in found if one.order_id})
    told = 0
    for pickup in sorted(found, key=lambda one: one.id):
        if pickup.order_id in free and pickup.collect_by and pickups.remind(uow, pickup.id):
            told += 1
            uow.emit(
                PickupReminderDue(
                    order_id=pickup.order_id,
                    pickup_id=pickup.id,
                    location_id=pickup.location_id,
                    collect_by=pickup.collect_by.isoformat(),
                )
            )
    return told


def _held(uow: UnitOfWork, pickup_id: int, version: int | None) -> PickupView:
    """The pickup as it is now, its order held first."""
    _hold_order(uow, pickup_id)
    return pickups.hold(uow, pickup_id, version=version)


def _hold_order(uow: UnitOfWork, pickup_id: int) -> None:
    order_id = queries.by_id(uow.session, pickup_id).order_id
    if order_id is not None:
        orders.hold_against_others(uow, order_id)


def _key_of(pickup_id: int, key: str) -> str:
    if not key or len(key) > _LONGEST_KEY or "\0" in key:
        raise Invalid("this cannot be handed over", {"key": "is missing or too long"})
    return f"{pickup_id}:{key}"


def _positive(units: Mapping[int, int]) -> dict[int, int]:
    if any(count < 0 for count in units.values()):
        raise Invalid("this cannot be handed over", {"units": "must not be below nothing"})
    return {line_id: count for line_id, count in units.items() if count}


def _there(uow: UnitOfWork, pickup: PickupView) -> dict[int, int]:
    lines = order_queries.lines(uow.session, pickup.order_id or 0)
    return {
        pick.order_line_id: pick.quantity
        for pick in stock.promised(uow.session, [line.id for line in lines])
        if pick.location_id == pickup.location_id
    }


def _take_money(uow: UnitOfWork, order_id: int, paid: Money | None, *, key: str) -> None:
    uow.session.flush()
    owed = due(uow, order_id)
    if owed != (paid or Money(0, owed.currency)):
        raise NotPaid(owed)
    if owed:
        payments.record(
            uow,
            NewEntry(order_id=order_id, kind=EntryKind.CAPTURED, amount=owed, key=f"till:{key}"),
        )
        payments.rederive(uow, order_id)
        holding.release_settled(uow, order_id)


def _carry(uow: UnitOfWork, pickup: PickupView, units: Mapping[int, int], *, number: str) -> None:
    """The units leave as a parcel that the counter delivers at once."""
    order_id = pickup.order_id or 0
    (parcel_id,) = shipping.hand_over(
        uow,
        HandOver(
            order_id=order_id,
            number=number,
            location_id=pickup.location_id,
            parcels=[NewParcel(carrier=COUNTER, tracking_number=number, lines=units)],
        ),
    )
    zone = ZoneInfo(stock.location(uow.session, pickup.location_id).zone)
    parcels.record_scans(
        uow,
        [
            ScanFact(
                carrier=COUNTER,
                tracking_number=number,
                event_key=f"{number}:delivered",
                status=CarrierStatus.DELIVERED,
                occurred_at=uow.now,
            )
        ],
        zone=zone,
    )
    shipping.mark_delivered(
        uow,
        ParcelDelivered(order_id=order_id, parcel_id=parcel_id, delivered_at=uow.now.isoformat()),
    )


def _end_reservation(uow: UnitOfWork, pickup: PickupView, action: PickupAction) -> PickupView:
    reservations.let_go(uow, pickup.holder)
    ended = _end(uow, pickup, action)
    if pickup.order_id is not None:
        order = order_queries.by_id(uow.session, pickup.order_id)
        drafting.throw_away(uow, order.id, version=order.version)
    return ended


def _end(uow: UnitOfWork, pickup: PickupView, action: PickupAction) -> PickupView:
    ended = pickups.turn(uow, pickup.id, action)
    brought = queries.transfers_of(uow.session, pickup.id)
    if brought:
        lines = order_queries.lines(uow.session, pickup.order_id or 0)
        transfers.call_off(uow, brought, {line.variant_id for line in lines})
    facts = {
        "order_id": pickup.order_id or 0,
        "pickup_id": pickup.id,
        "location_id": pickup.location_id,
        **_what_was_kept(uow, pickup),
    }
    if action is PickupAction.CANCEL:
        uow.emit(PickupCancelled(**facts))
    else:
        uow.emit(PickupExpired(**facts, state=ended.state))
    return ended


def _what_was_kept(uow: UnitOfWork, pickup: PickupView) -> dict[str, Any]:
    """Of a mere reservation, as long as its draft can say so."""
    if not pickup.is_reservation or pickup.order_id is None:
        return {}
    draft = order_queries.by_id(uow.session, pickup.order_id)
    lines = order_queries.lines(uow.session, draft.id)
    return {
        "order_number": draft.number,
        "customer_id": draft.customer_id,
        "language": str(draft.language),
        "variant_id": lines[0].variant_id if lines else None,
        "further_items": max(0, len(lines) - 1),
    }


def _call_off(uow: UnitOfWork, order_id: int) -> None:
    """What nobody fetched of an order is free again, and its money goes back."""
    lines = order_queries.lines(uow.session, order_id)
    if not any(line.counters.shipped for line in lines):
        cancelling.call_off(uow, order_id, reason=_NOT_COLLECTED)
        return
    bill = totals.bill(uow.session, order_queries.by_id(uow.session, order_id))
    units = {
        line.id: line.counters.wanted - line.counters.shipped
        for line in lines
        if line.counters.wanted > line.counters.shipped
    }
    sourcing.give_up(uow, order_id, units, key=f"order:{order_id}:{_NOT_COLLECTED}")
    orders.move_units(
        uow,
        order_id,
        [
            Units(line_id=line_id, changes={"cancelled": count, "removed": count})
            for line_id, count in units.items()
        ],
    )
    after = totals.retotal(uow, bill).after
    left = payment_policy.refundable(payment_queries.left_by_method(uow.session, order_id))
    back = min(left, payment_queries.sums(uow.session, order_id).kept - after.minor)
    if back > 0:
        payments.request_refund(
            uow,
            WantedRefund(
                order_id=order_id,
                amount=Money(back, after.currency),
                reason=_NOT_COLLECTED,
                key=f"order:{order_id}:{_NOT_COLLECTED}",
            ),
        )
    orders.note(uow, order_id, "cancelled", {"reason": _NOT_COLLECTED})
    payments.rederive(uow, order_id)
