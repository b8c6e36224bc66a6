"""Goods coming in: parcels announced and scanned, receipts booked in, and what is owed for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.inventory import service as inventory
from oms_service.inventory.service import Place, Why
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.kernel.money import Money, share
from oms_service.operations.returning import exchange_steps, remedying
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.queries import LineView
from oms_service.orders.service import Units
from oms_service.payments import policy as payment_policy
from oms_service.payments import queries as payment_queries
from oms_service.payments import service as payments
from oms_service.payments.events import RefundPaid
from oms_service.payments.service import WantedRefund
from oms_service.payments.states import RefundState
from oms_service.ports.carrier import ScanFact
from oms_service.returns import arrivals, claim_queries, exchanges
from oms_service.returns import queries as return_queries
from oms_service.returns import service as return_rows
from oms_service.returns.arrivals import NewUnits
from oms_service.returns.events import (
    ReturnDiffered,
    ReturnOverdue,
    ReturnPartlyReceived,
    ReturnReceived,
    ReturnSent,
    ReturnSettled,
)
from oms_service.returns.queries import ReturnView
from oms_service.returns.service import Arrived
from oms_service.returns.states import (
    Disposition,
    Finding,
    Moment,
    NeverBack,
    ParcelState,
    RefundFor,
    RefundWhen,
    ReturnKind,
    ReturnReason,
    ReturnState,
)

#: Overdue returns that one transaction of the sweep looks at.
BATCH: Final = 50
#: More units than any parcel holds.
MOST_UNITS: Final = 100_000

Came = Mapping[int, Arrived | Sequence[Arrived]]


class NotExpected(DomainError):
    """No goods are expected under this return."""

    code: ClassVar[str] = "return-not-expected"


@dataclass(frozen=True, kw_only=True)
class Stray:
    """Units in the parcel that nobody announced: another variant, or more than was said."""

    variant_id: int
    quantity: int
    disposition: Disposition


def announce(uow: UnitOfWork, return_id: int, *, carrier: str, tracking_number: str) -> ReturnView:
    """Expect a parcel of a return; announced again, it is the same.

    Raises:
        NotFound: no such return.
        NotExpected: no goods are expected, or not any more.
        TrackingNumberTaken: the parcel is another return's.
    """
    _hold_order_of(uow, return_id)
    view = return_queries.by_id(uow.session, return_id)
    if not view.is_expected:
        raise NotExpected("no goods are expected under this return")
    arrivals.announce(uow, return_id, carrier=carrier, tracking_number=tracking_number)
    uow.touch(f"order:{view.order_id}")
    return view


def receive(  # noqa: PLR0913 - what a receiver says of a parcel, most of it with a default
    uow: UnitOfWork,
    return_id: int,
    *,
    version: int | None,
    arrived: Came | None = None,
    strays: Sequence[Stray] = (),
    location_id: int | None = None,
    parcel_id: int | None = None,
    is_last: bool = True,
    key: str | None = None,
) -> ReturnView:
    """Goods are here: sellable ones go back on the shelf, the money for them is owed.

    Args:
        uow: the transaction.
        return_id: which return.
        version: as the receiver saw it; None for programs that send a ``key`` instead.
        arrived: what came, by order line, in one disposition or several; everything that was
            still to come where not given.
        strays: what came unannounced. It is kept in stock's books; a person is told.
        location_id: where it came to; the first location in use where not given.
        parcel_id: which of the announced parcels it was.
        is_last: nothing more is to come, what has not is missing. Where everything has come,
            it is the last whatever is said.
        key: names this receipt; booked in again under it, nothing happens.

    Raises:
        NotFound: no such return.
        AlreadyDecided: not expected, or received before.
        Stale: it changed since it was read.
        Invalid: more than announced, an odd disposition, or nowhere to put it.
    """
    _hold_order_of(uow, return_id)
    before = return_queries.by_id(uow.session, return_id)
    receipt_key = f"return:{return_id}:{key or f'v{before.version}'}"
    if key is not None and arrivals.is_booked_in(uow, receipt_key):
        return before
    came = _as_announced(before) if arrived is None else _listed(arrived)
    _check_arrived(before, came)
    _check_strays(strays)
    place = _place(uow, location_id)
    if parcel_id is not None:
        _check_parcel(uow, before, parcel_id)
    view = return_rows.receive(uow, return_id, came, version=version, is_last=is_last)
    lines = {line.id: line for line in order_queries.lines(uow.session, view.order_id)}
    units = _units(view, lines, came, strays)
    receipt_id = arrivals.book_in(
        uow, return_id, units, location_id=place, parcel_id=parcel_id, key=receipt_key
    )
    is_done = view.state is ReturnState.RECEIVED
    _count_received(uow, view, came, is_done=is_done)
    owed = _owe(uow, view, lines, key=f"receipt:{receipt_id}")
    if is_done:
        _finish(uow, view, {one.variant_id for one in units}, last=owed)
    _put_away(uow, view, units, place, receipt_id or 0)
    _count_refunds(uow, view.order_id)
    if is_done:
        _tell_differences(uow, view)
        _settle_if_done(uow, view)
    elif units:
        uow.emit(
            ReturnPartlyReceived(
                order_id=view.order_id,
                return_id=view.id,
                receipt_id=receipt_id or 0,
                refund_minor=owed,
                currency=view.refund.currency,
            )
        )
    payments.rederive(uow, view.order_id)
    return return_queries.by_id(uow.session, return_id)


def owe_early(uow: UnitOfWork, view: ReturnView) -> None:
    """Owe all that was previewed before the goods are here, as the policy says; the order is held.

    Asked again, nothing more is owed.
    """
    uow.session.flush()
    paid = payment_queries.left_by_method(uow.session, view.order_id)
    amount = min(view.refund.minor, payment_policy.refundable(paid)) - _owed(uow, view)
    if amount > 0:
        _request(uow, view, amount, key=f"early-return:{view.id}")


def is_refunded(uow: UnitOfWork, view: ReturnView) -> bool:
    """Whether money was owed for a return already."""
    return _owed(uow, view) > 0


def take_scans(uow: UnitOfWork, facts: Sequence[ScanFact]) -> tuple[ScanFact, ...]:
    """Take in what carriers say of parcels that come to us; answers the facts that are of none.

    The first scan of a carrier says that the goods are on their way; where the policy pays on
    that, the money is owed.
    """
    ours_among = arrivals.known_among(uow, {(one.carrier, one.tracking_number) for one in facts})
    known = [(fact, ours_among.get((fact.carrier, fact.tracking_number))) for fact in facts]
    ours = {parcel.return_id for _, parcel in known if parcel is not None}
    views = {one: return_queries.by_id(uow.session, one) for one in ours}
    for order_id in sorted({view.order_id for view in views.values()}):
        orders.hold_against_others(uow, order_id)
    for fact, parcel in known:
        if parcel is None:
            continue
        if arrivals.scan(uow, parcel.id, fact.status, at=fact.occurred_at):
            _on_its_way(uow, parcel.return_id, fact)
    return tuple(fact for fact, parcel in known if parcel is None)


def count_refunded(uow: UnitOfWork, event: RefundPaid) -> None:
    """Count units as refunded once all their money has gone back, and settle their returns.

    Counts from the refunds themselves, so that running again adds nothing.
    """
    orders.hold_against_others(uow, event.order_id)
    if event.return_id is not None:
        _settle_if_done(uow, return_queries.by_id(uow.session, event.return_id))
    if _count_refunds(uow, event.order_id):
        payments.rederive(uow, event.order_id)


def notice_overdue(uow: UnitOfWork) -> int:
    """The sweep over returns whose goods should be on their way; returns how many it found.

    An exchange that waits for its goods is called off, one that sent its own charges them where
    the policy says so; about the others a person is told.
    """
    found = return_queries.overdue(uow.session, now=uow.now, limit=BATCH)
    views = sorted(
        (return_queries.by_id(uow.session, one) for one in found),
        key=lambda view: (view.order_id, view.id),
    )
    for view in views:
        orders.hold_against_others(uow, view.order_id)
        if return_rows.mark_overdue(uow, view.id):
            uow.emit(ReturnOverdue(order_id=view.order_id, return_id=view.id, kind=str(view.kind)))
            if view.kind is ReturnKind.EXCHANGE and _ends_by_itself(uow, view.id):
                receive(uow, view.id, version=None, arrived={})
    return len(views)


def _ends_by_itself(uow: UnitOfWork, return_id: int) -> bool:
    exchange = exchanges.by_return(uow.session, return_id)
    return exchange.sends is Moment.ON_RECEIPT or exchange.never_back is NeverBack.CHARGE


def _on_its_way(uow: UnitOfWork, return_id: int, fact: ScanFact) -> None:
    before = return_queries.by_id(uow.session, return_id)
    view = return_rows.send(uow, return_id, at=fact.occurred_at)
    if view.version == before.version:
        return
    uow.emit(ReturnSent(order_id=view.order_id, return_id=view.id))
    if view.refund_when is RefundWhen.ON_SCAN:
        owe_early(uow, view)
    uow.touch(f"order:{view.order_id}")


def _hold_order_of(uow: UnitOfWork, return_id: int) -> None:
    """An order is locked before its returns, whoever comes."""
    orders.hold_against_others(uow, return_queries.by_id(uow.session, return_id).order_id)


def _listed(arrived: Came) -> dict[int, list[Arrived]]:
    return {
        line_id: [one] if isinstance(one, Arrived) else list(one)
        for line_id, one in arrived.items()
    }


def _as_announced(view: ReturnView) -> dict[int, list[Arrived]]:
    """Faulty goods are looked at before anybody may buy them."""
    faults = {ReturnReason.DAMAGED, ReturnReason.DEFECTIVE}
    return {
        line.order_line_id: [
            Arrived(
                quantity=line.missing,
                disposition=Disposition.QUALITY_CONTROL
                if line.reason in faults
                else Disposition.RESTOCK,
            )
        ]
        for line in view.lines
        if line.missing
    }


def _check_arrived(view: ReturnView, came: Mapping[int, Sequence[Arrived]]) -> None:
    left = {line.order_line_id: line.missing for line in view.lines}
    wrong = {
        f"arrived[{line_id}]": "is more than was announced"
        for line_id, of in came.items()
        if sum(one.quantity for one in of) > left.get(line_id, 0)
        or any(one.quantity < 0 for one in of)
    }
    wrong |= {
        f"arrived[{line_id}].disposition": "does not fit what was found"
        for line_id, of in came.items()
        if any(one.quantity and _is_odd(one) for one in of)
    }
    if wrong and view.is_expected:
        raise Invalid("this does not fit what was announced", wrong)


def _is_odd(one: Arrived) -> bool:
    """What is missing did not come, and what is damaged is not for sale."""
    is_damaged = one.finding is Finding.DAMAGED
    return (
        one.disposition is Disposition.MISSING
        or one.finding not in {Finding.EXPECTED, Finding.DAMAGED}
        or (is_damaged and one.disposition is Disposition.RESTOCK)
    )


def _check_strays(strays: Sequence[Stray]) -> None:
    wrong = {
        f"strays[{index}]": "must be 1 to 100,000 units that are here"
        for index, one in enumerate(strays)
        if not 1 <= one.quantity <= MOST_UNITS or one.disposition is Disposition.MISSING
    }
    if wrong:
        raise Invalid("this cannot be booked in", wrong)


def _check_parcel(uow: UnitOfWork, view: ReturnView, parcel_id: int) -> None:
    mine = {one.id: one.state for one in return_queries.parcels_of(uow.session, [view.id])}
    if parcel_id not in mine:
        raise Invalid("this parcel is not of this return", {"parcel_id": "is of another return"})
    if mine[parcel_id] is ParcelState.RECEIVED:
        raise Invalid("this parcel was booked in before", {"parcel_id": "was received before"})


def _place(uow: UnitOfWork, location_id: int | None) -> int:
    found = [place.id for place in stock.locations(uow.session)]
    if not found:
        raise Invalid("there is no location to put it", {"location_id": "is missing"})
    if location_id is not None and location_id not in found:
        raise Invalid("no such location is in use", {"location_id": "is not a location in use"})
    return found[0] if location_id is None else location_id


def _units(
    view: ReturnView,
    lines: Mapping[int, LineView],
    came: Mapping[int, Sequence[Arrived]],
    strays: Sequence[Stray],
) -> list[NewUnits]:
    announced = [
        NewUnits(
            order_line_id=line_id,
            variant_id=lines[line_id].variant_id,
            quantity=one.quantity,
            finding=one.finding,
            disposition=one.disposition,
        )
        for line_id, of in sorted(came.items())
        for one in of
        if one.quantity
    ]
    expected = {lines[line.order_line_id].variant_id for line in view.lines}
    return announced + [
        NewUnits(
            variant_id=one.variant_id,
            quantity=one.quantity,
            finding=Finding.SURPLUS if one.variant_id in expected else Finding.WRONG_ITEM,
            disposition=one.disposition,
        )
        for one in strays
    ]


def _count_received(
    uow: UnitOfWork, view: ReturnView, came: Mapping[int, Sequence[Arrived]], *, is_done: bool
) -> None:
    changes = []
    for line in view.lines:
        here = sum(one.quantity for one in came.get(line.order_line_id, ()))
        gone = here + line.missing if is_done else here
        changes.append(
            Units(line_id=line.order_line_id, changes={"return_requested": -gone, "returned": here})
        )
    orders.move_units(uow, view.order_id, changes)


def _put_away(
    uow: UnitOfWork, view: ReturnView, units: Sequence[NewUnits], place: int, receipt_id: int
) -> None:
    shelf: dict[Place, int] = {}
    aside: dict[Place, int] = {}
    to = {Disposition.RESTOCK: shelf, Disposition.QUALITY_CONTROL: aside}
    for one in units:
        onto = to.get(one.disposition)
        if onto is not None:
            key = one.variant_id, place
            onto[key] = onto.get(key, 0) + one.quantity
    why = Why(
        key=f"return:{view.id}:{receipt_id}", cause=f"return:{view.id}", reason="returned goods"
    )
    inventory.take_back(uow, shelf, aside, why)


def _finish(uow: UnitOfWork, view: ReturnView, here: set[int], *, last: int) -> None:
    """The last of it is here: what the return was for follows.

    Levels of what goes out are held together with those of what came, so that two receipts never
    wait for each other.
    """
    owed = _owed(uow, view)
    if view.kind is ReturnKind.EXCHANGE:
        exchange_steps.received(uow, view, here=here)
    elif view.kind is ReturnKind.CLAIM:
        remedying.goods_came(uow, view, owed=owed, here=here)
    uow.emit(
        ReturnReceived(
            order_id=view.order_id,
            return_id=view.id,
            refund_minor=owed,
            currency=view.refund.currency,
            last_minor=last,
        )
    )


def _tell_differences(uow: UnitOfWork, view: ReturnView) -> None:
    found = dict.fromkeys(Finding, 0)
    for receipt in return_queries.receipts_of(uow.session, view.id):
        for one in receipt.units:
            found[one.finding] += one.quantity
    missing = sum(line.missing for line in view.lines)
    if missing or any(found[one] for one in Finding if one is not Finding.EXPECTED):
        uow.emit(
            ReturnDiffered(
                order_id=view.order_id,
                return_id=view.id,
                missing=missing,
                damaged=found[Finding.DAMAGED],
                wrong_item=found[Finding.WRONG_ITEM],
                surplus=found[Finding.SURPLUS],
            )
        )


def _count_refunds(uow: UnitOfWork, order_id: int) -> bool:
    """Count received units whose return has all its money; whether that changed anything."""
    refunds = [
        one
        for one in payment_queries.refunds(uow.session, order_id)
        if one.state is not RefundState.DECLINED
    ]
    paid = {one.return_id for one in refunds if one.state is RefundState.PAID}
    owed = {one.return_id for one in refunds if one.state is not RefundState.PAID}
    units: dict[int, int] = {}
    for view in return_queries.of_orders(uow.session, [order_id]):
        if view.id in paid - owed:
            for line in view.lines:
                units[line.order_line_id] = units.get(line.order_line_id, 0) + line.received
    more = [
        Units(line_id=line.id, changes={"refunded": units[line.id] - line.counters.refunded})
        for line in order_queries.lines(uow.session, order_id)
        if units.get(line.id, 0) > line.counters.refunded
    ]
    orders.move_units(uow, order_id, more)
    return bool(more)


def _settle_if_done(uow: UnitOfWork, view: ReturnView) -> None:
    """A return is settled when it was received and none of its refunds is open, or it has none."""
    refunds = [
        one
        for one in payment_queries.refunds(uow.session, view.order_id)
        if one.return_id == view.id and one.state is not RefundState.DECLINED
    ]
    if any(one.state is not RefundState.PAID for one in refunds):
        return
    if return_rows.mark_settled(uow, view.id):
        uow.emit(
            ReturnSettled(
                order_id=view.order_id,
                return_id=view.id,
                refunded_minor=sum(one.amount.minor for one in refunds),
                currency=view.refund.currency,
            )
        )


def _owe(uow: UnitOfWork, view: ReturnView, lines: Mapping[int, LineView], *, key: str) -> int:
    """Owe what was previewed, less what has not come and what is owed already; minor units."""
    came = _value_received(view, lines)
    uow.session.flush()
    paid = payment_queries.left_by_method(uow.session, view.order_id)
    due = max(0, came - view.fee.minor) - _owed(uow, view)
    amount = min(max(0, due), payment_policy.refundable(paid))
    if amount:
        _request(uow, view, amount, key=key)
    return amount


def _value_received(view: ReturnView, lines: Mapping[int, LineView]) -> int:
    whole = view.refund.minor + view.fee.minor
    if view.refund_for is RefundFor.ANNOUNCED and view.state is ReturnState.RECEIVED:
        return whole if any(line.received for line in view.lines) else 0
    weights = [lines[line.order_line_id].unit_price.minor * line.quantity for line in view.lines]
    return sum(
        value * line.received // line.quantity
        for value, line in zip(share(whole, weights), view.lines, strict=True)
    )


def _owed(uow: UnitOfWork, view: ReturnView) -> int:
    """What is owed or paid for a return so far, in minor units."""
    return sum(
        one.amount.minor
        for one in payment_queries.refunds(uow.session, view.order_id)
        if one.return_id == view.id and one.state is not RefundState.DECLINED
    )


def _request(uow: UnitOfWork, view: ReturnView, amount: int, *, key: str) -> None:
    """Owe it; where a person allowed it, in the name and within the limits of that one."""
    allowed = claim_queries.of_return(uow.session, view.id) or view
    giver = allowed.giver
    payments.request_refund(
        uow,
        WantedRefund(
            order_id=view.order_id,
            amount=Money(amount, view.refund.currency),
            reason="return",
            key=f"{payment_queries.WISH}{key}" if giver else key,
            return_id=view.id,
            method_id=view.refund_method_id,
            needs_approval=allowed.needs_second_person,
            asked_by=giver,
        ),
    )
