"""Returns from wish to money back; whoever asks (chat, portal, desk), it is decided here."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from oms_service.catalog import queries as catalog
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.inventory import service as inventory
from oms_service.inventory.service import Place, Why
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import DomainError, Invalid, Stale
from oms_service.kernel.money import Money, share
from oms_service.operations import eligibility, policy
from oms_service.operations.eligibility import (
    Ask,
    Cause,
    Decision,
    LineFacts,
    Outcome,
)
from oms_service.operations.policy import ReturnRules
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.policy import value_of_units
from oms_service.orders.queries import LineView, OrderView
from oms_service.orders.service import Units
from oms_service.payments import policy as payment_policy
from oms_service.payments import queries as payment_queries
from oms_service.payments import service as payments
from oms_service.payments.events import RefundPaid
from oms_service.payments.queries import MethodView
from oms_service.payments.service import WantedRefund
from oms_service.payments.states import STORED_VALUE, MethodKind, RefundState
from oms_service.ports.carrier import CarrierStatus
from oms_service.returns import queries as return_queries
from oms_service.returns import service as return_rows
from oms_service.returns.events import (
    ReturnApproved,
    ReturnReceived,
    ReturnRejected,
    ReturnRequested,
)
from oms_service.returns.queries import ReturnView
from oms_service.returns.service import Arrived, NewReturn, NewReturnLine
from oms_service.returns.states import Disposition, ReturnAction, ReturnReason
from oms_service.sales import queries as sales
from oms_service.sales.queries import PolicyView
from oms_service.shipping import queries as parcels

#: Where the money goes, in a word, for kinds that cannot simply be reversed.
_BY_TRANSFER: Final = frozenset(
    {MethodKind.KONBINI, MethodKind.CASH_ON_DELIVERY, MethodKind.CASH, MethodKind.BANK_TRANSFER}
)


class Refused(DomainError):
    """The policy does not allow it; ``decision`` says why, line by line."""

    code: ClassVar[str] = "return-refused"

    def __init__(self, decision: Decision) -> None:
        super().__init__("this cannot be returned")
        self.decision = decision


@dataclass(frozen=True, kw_only=True)
class WantedLine:
    """Some units of an order line to send back, and why."""

    line_id: int
    quantity: int
    reason: ReturnReason


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A wish to return something.

    ``key`` is the caller's own: asking twice is one return. ``digest`` is that of the preview
    the customer confirmed; with it, lines the preview refused are left out, without it one
    refused line refuses the whole. ``refund_method_id`` sends the money to one of the
    customer's gift cards or store credits instead of the way it came.
    """

    order_id: int
    lines: Sequence[WantedLine]
    channel: str
    key: str
    digest: str | None = None
    refund_method_id: int | None = None


@dataclass(frozen=True)
class ReturnableLine:
    """A line, how much of it may be asked for, and what stands against it without a fault.

    ``quantity`` is 0 when no reason whatever would do; ``cause`` then says why. A line with a
    quantity and a cause can only come back for reasons that set the cause aside.
    """

    line: LineView
    quantity: int
    cause: Cause | None


@dataclass(frozen=True)
class Preview:
    """What would happen: the decision, what goes back, which way, and what is taken off.

    ``method`` is ``original_payment``, ``gift_card``, ``store_credit``, ``bank_transfer`` or
    ``mixed``. ``digest`` changes when any of it does.
    """

    order_id: int
    decision: Decision
    refund: Money
    fee: Money
    method: str
    digest: str


@dataclass(frozen=True)
class Requested:
    """The return that was made, and whether it is allowed at once."""

    view: ReturnView
    outcome: Outcome


@dataclass(frozen=True)
class _Book:
    """All that a decision about an order's goods needs, read in a fixed number of queries."""

    order: OrderView
    lines: Mapping[int, LineView]
    facts: Mapping[int, LineFacts]
    values: Mapping[int, int]
    policy: PolicyView | None
    rules: ReturnRules | None
    today: date


def returnable_lines(
    session: Session, order_id: int, *, now: datetime
) -> tuple[ReturnableLine, ...]:
    """Every line of an order with how much of it may be sent back; seven queries.

    Raises:
        NotFound: no such order.
    """
    book = _open(session, order_id, now)
    return tuple(_returnable(book, line) for line in book.lines.values())


def preview(
    session: Session,
    order_id: int,
    lines: Sequence[WantedLine],
    *,
    now: datetime,
    refund_method_id: int | None = None,
) -> Preview:
    """What a return of these lines would bring; changes nothing.

    Raises:
        NotFound: no such order.
        Invalid: a line of another order, a line twice, an odd quantity, somebody else's gift card.
    """
    return _look(session, _open(session, order_id, now), lines, refund_method_id)


def request(uow: UnitOfWork, wanted: Wanted) -> Requested:
    """Ask for a return; allowed at once it is approved in the same breath.

    The order is held while the policy is asked, so that two wishes never count one unit twice.

    Raises:
        NotFound: no such order.
        Invalid: as in ``preview``.
        Refused: nothing is changed then.
        Stale: the confirmed preview no longer holds.
    """
    locks.a_name(uow.session, f"return {wanted.key}")
    known = return_queries.by_key(uow.session, wanted.key)
    if known is not None:
        return Requested(known, _outcome_of(known))
    orders.hold_against_others(uow, wanted.order_id)
    book = _open(uow.session, wanted.order_id, uow.now)
    seen = _look(uow.session, book, wanted.lines, wanted.refund_method_id)
    _agree(seen, wanted.digest)
    decision = seen.decision
    view = return_rows.write(uow, _new_return(wanted, seen))
    _count_announced(uow, view, by=1)
    uow.emit(
        ReturnRequested(
            order_id=view.order_id,
            return_id=view.id,
            is_referred=decision.outcome is Outcome.PERSON,
            failed_rule=decision.failed_rule,
            refund_minor=view.refund.minor,
            currency=view.refund.currency,
        )
    )
    if decision.outcome is Outcome.AT_ONCE:
        view = return_rows.decide(uow, view.id, ReturnAction.APPROVE, version=None, by=SYSTEM.ref)
        uow.emit(ReturnApproved(order_id=view.order_id, return_id=view.id, by_policy=True))
    payments.rederive(uow, view.order_id)
    return Requested(view, decision.outcome)


def approve(uow: UnitOfWork, return_id: int, *, version: int, note: str = "") -> ReturnView:
    """Say yes to a return that needed a person.

    Raises:
        NotFound: no such return.
        AlreadyDecided: a second press; it says who decided.
        Stale: it changed since it was read.
    """
    _hold_order_of(uow, return_id)
    view = return_rows.decide(uow, return_id, ReturnAction.APPROVE, version=version, note=note)
    uow.emit(ReturnApproved(order_id=view.order_id, return_id=view.id, by_policy=False))
    uow.touch(f"order:{view.order_id}")
    return view


def reject(uow: UnitOfWork, return_id: int, *, version: int, note: str = "") -> ReturnView:
    """Say no; the units may be asked for again.

    Raises:
        NotFound: no such return.
        AlreadyDecided: a second press; it says who decided.
        Stale: it changed since it was read.
    """
    _hold_order_of(uow, return_id)
    view = return_rows.decide(uow, return_id, ReturnAction.REJECT, version=version, note=note)
    _count_announced(uow, view, by=-1)
    payments.rederive(uow, view.order_id)
    uow.emit(ReturnRejected(order_id=view.order_id, return_id=view.id))
    return view


def receive(
    uow: UnitOfWork,
    return_id: int,
    *,
    version: int,
    arrived: Mapping[int, Arrived] | None = None,
    location_id: int | None = None,
) -> ReturnView:
    """The goods are here: sellable ones go back on the shelf, the money is owed.

    Args:
        uow: the transaction.
        return_id: which one.
        version: as the receiver saw it.
        arrived: what came, by order line; everything as announced where not given. What is
            missing from it did not come.
        location_id: where it came to; the first location in use where not given.

    Raises:
        NotFound: no such return.
        AlreadyDecided: not expected, or received before.
        Stale: it changed since it was read.
        Invalid: more than announced, or nowhere to put it.
    """
    _hold_order_of(uow, return_id)
    before = return_queries.by_id(uow.session, return_id)
    came = _as_announced(before) if arrived is None else arrived
    _check_arrived(before, came)
    view = return_rows.receive(uow, return_id, came, version=version)
    lines = {line.id: line for line in order_queries.lines(uow.session, view.order_id)}
    _put_away(uow, view, lines, location_id)
    orders.move_units(
        uow,
        view.order_id,
        [
            Units(
                line_id=line.order_line_id,
                changes={"return_requested": -line.quantity, "returned": line.received},
            )
            for line in view.lines
        ],
    )
    owed = _owe(uow, view, lines)
    payments.rederive(uow, view.order_id)
    uow.emit(
        ReturnReceived(
            order_id=view.order_id,
            return_id=view.id,
            refund_minor=owed,
            currency=view.refund.currency,
        )
    )
    return view


def count_refunded(uow: UnitOfWork, event: RefundPaid) -> None:
    """Count units as refunded once all their money has gone back.

    Counts from the refunds themselves, so that running again adds nothing.
    """
    orders.hold_against_others(uow, event.order_id)
    refunds = payment_queries.refunds(uow.session, event.order_id)
    paid = {one.return_id for one in refunds if one.state is RefundState.PAID}
    owed = {one.return_id for one in refunds if one.state is not RefundState.PAID}
    units: dict[int, int] = {}
    for view in return_queries.of_orders(uow.session, [event.order_id]):
        if view.id in paid - owed:
            for line in view.lines:
                units[line.order_line_id] = units.get(line.order_line_id, 0) + line.received
    more = [
        Units(line_id=line.id, changes={"refunded": units[line.id] - line.counters.refunded})
        for line in order_queries.lines(uow.session, event.order_id)
        if units.get(line.id, 0) > line.counters.refunded
    ]
    orders.move_units(uow, event.order_id, more)
    if more:
        payments.rederive(uow, event.order_id)


def _open(session: Session, order_id: int, now: datetime) -> _Book:
    order = order_queries.by_id(session, order_id)
    lines = {line.id: line for line in order_queries.lines(session, order_id)}
    channel = sales.channel_by_id(session, order.channel_id)
    zone = ZoneInfo(channel.zone)
    in_force = sales.policy(session, channel.id, policy.RETURNS, at=now)
    arrived = _arrival_days(session, order_id, zone)
    known = catalog.variants(session, {line.variant_id for line in lines.values()})
    facts = {}
    for line in lines.values():
        counters, variant = line.counters, known[line.variant_id]
        facts[line.id] = LineFacts(
            line_id=line.id,
            ordered=counters.ordered,
            cancelled=counters.cancelled,
            delivered=counters.delivered,
            return_requested=counters.return_requested,
            returned=counters.returned,
            delivered_on=arrived.get(line.id),
            category=variant.category,
            is_final_sale=variant.is_final_sale,
        )
    return _Book(
        order,
        lines,
        facts,
        order_queries.values_of_lines(order, list(lines.values())),
        in_force,
        policy.read(in_force.rules) if in_force else None,
        now.astimezone(zone).date(),
    )


def _arrival_days(session: Session, order_id: int, zone: ZoneInfo) -> dict[int, date]:
    """When each line arrived, its last parcel; a line of which some arrival is unknown has none."""
    days: dict[int, date] = {}
    unknown: set[int] = set()
    for parcel in parcels.parcels_of(session, [order_id]):
        if parcel.status is not CarrierStatus.DELIVERED:
            continue
        for line_id in parcel.lines:
            if parcel.delivered_at is None:
                unknown.add(line_id)
            else:
                day = parcel.delivered_at.astimezone(zone).date()
                days[line_id] = max(day, days.get(line_id, day))
    return {line_id: day for line_id, day in days.items() if line_id not in unknown}


def _returnable(book: _Book, line: LineView) -> ReturnableLine:
    """The answer without a fault first; then whether any other reason would do."""
    facts = book.facts[line.id]

    def answer(reason: ReturnReason) -> eligibility.LineDecision:
        ask = Ask(facts=facts, quantity=1, reason=reason)
        return eligibility.decide([ask], book.rules, today=book.today).lines[0]

    plain = answer(ReturnReason.CHANGED_MIND)
    is_open = any(answer(reason).outcome is not Outcome.REFUSED for reason in ReturnReason)
    cause = plain.causes[0] if plain.outcome is Outcome.REFUSED else None
    return ReturnableLine(line, facts.left if is_open else 0, cause)


def _look(
    session: Session, book: _Book, lines: Sequence[WantedLine], refund_method_id: int | None
) -> Preview:
    _check_wanted(book, lines)
    asks = [
        Ask(
            facts=book.facts[line.line_id],
            quantity=line.quantity,
            reason=line.reason,
            value_minor=_value(book, line),
        )
        for line in lines
    ]
    decision = eligibility.decide(asks, book.rules, today=book.today)
    paid = payment_queries.left_by_method(session, book.order.id)
    currency = book.order.total.currency
    refund_minor = min(decision.value_minor - decision.fee_minor, payment_policy.refundable(paid))
    ways = [part.method_id for part in payment_policy.split(refund_minor, paid)]
    method = _method(session, book.order, ways, refund_method_id)
    seen = Preview(
        book.order.id,
        decision,
        Money(refund_minor, currency),
        Money(decision.fee_minor, currency),
        method,
        "",
    )
    return Preview(
        seen.order_id, seen.decision, seen.refund, seen.fee, seen.method, _digest(seen, book)
    )


def _check_wanted(book: _Book, lines: Sequence[WantedLine]) -> None:
    if not lines:
        raise Invalid("choose what to return", {"lines": "is empty"})
    wrong = {
        f"lines[{index}]": "is not a line of this order"
        for index, line in enumerate(lines)
        if line.line_id not in book.lines
    }
    wrong |= {
        f"lines[{index}].quantity": "must be at least 1"
        for index, line in enumerate(lines)
        if line.quantity < 1
    }
    if len({line.line_id for line in lines}) != len(lines):
        wrong["lines"] = "names a line twice"
    if wrong:
        raise Invalid("this cannot be returned", wrong)


def _value(book: _Book, line: WantedLine) -> int:
    """What the units were sold for; those that went before them are not counted again."""
    facts = book.facts[line.line_id]
    before = facts.return_requested + facts.returned
    units = min(line.quantity, facts.ordered - before)
    return value_of_units(book.values[line.line_id], facts.ordered, before=before, units=units)


def _method(
    session: Session, order: OrderView, ways: Sequence[int | None], wanted: int | None
) -> str:
    if wanted is not None:
        own = {method.id: method for method in payment_queries.methods(session, order.customer_id)}
        chosen = own.get(wanted)
        if chosen is None or chosen.kind not in STORED_VALUE:
            raise Invalid(
                "money goes back the way it came, or to a gift card or credit of the customer",
                {"refund_method_id": "is not one of the customer's"},
            )
        return str(chosen.kind)
    known = payment_queries.methods_by_id(session, [way for way in ways if way is not None])
    words = {_word(known.get(way or 0)) for way in ways}
    if len(words) > 1:
        return "mixed"
    return next(iter(words), "original_payment")


def _word(method: MethodView | None) -> str:
    if method is None:
        return "original_payment"
    if method.kind in STORED_VALUE:
        return str(method.kind)
    return "bank_transfer" if method.kind in _BY_TRANSFER else "original_payment"


def _digest(seen: Preview, book: _Book) -> str:
    said = {
        "order": seen.order_id,
        "policy": book.policy.id if book.policy else None,
        "outcome": seen.decision.outcome,
        "lines": [
            [line.ask.facts.line_id, line.ask.quantity, line.ask.reason, line.outcome]
            for line in seen.decision.lines
        ],
        "refund": [seen.refund.minor, seen.fee.minor, seen.method],
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _agree(seen: Preview, digest: str | None) -> None:
    """Refuse what the policy refuses, and what is not what the customer confirmed."""
    decision = seen.decision
    if decision.outcome is Outcome.REFUSED or (decision.refused and digest is None):
        raise Refused(decision)
    if digest is not None and digest != seen.digest:
        raise Stale("what was shown no longer holds")


def _new_return(wanted: Wanted, seen: Preview) -> NewReturn:
    return NewReturn(
        order_id=wanted.order_id,
        channel=wanted.channel,
        refund=seen.refund,
        fee_minor=seen.fee.minor,
        refund_method_id=wanted.refund_method_id,
        referred_by_rule=seen.decision.failed_rule,
        key=wanted.key,
        lines=[
            NewReturnLine(
                order_line_id=line.ask.facts.line_id,
                quantity=line.ask.quantity,
                reason=line.ask.reason,
            )
            for line in seen.decision.allowed
        ],
    )


def _outcome_of(view: ReturnView) -> Outcome:
    return Outcome.PERSON if view.referred_by_rule else Outcome.AT_ONCE


def _count_announced(uow: UnitOfWork, view: ReturnView, *, by: int) -> None:
    orders.move_units(
        uow,
        view.order_id,
        [
            Units(line_id=line.order_line_id, changes={"return_requested": by * line.quantity})
            for line in view.lines
        ],
    )


def _hold_order_of(uow: UnitOfWork, return_id: int) -> None:
    """An order is locked before its returns, whoever comes."""
    orders.hold_against_others(uow, return_queries.by_id(uow.session, return_id).order_id)


def _as_announced(view: ReturnView) -> dict[int, Arrived]:
    """Faulty goods are looked at before anybody may buy them."""
    faults = {ReturnReason.DAMAGED, ReturnReason.DEFECTIVE}
    return {
        line.order_line_id: Arrived(
            quantity=line.quantity,
            disposition=Disposition.QUALITY_CONTROL
            if line.reason in faults
            else Disposition.RESTOCK,
        )
        for line in view.lines
    }


def _check_arrived(view: ReturnView, came: Mapping[int, Arrived]) -> None:
    announced = {line.order_line_id: line.quantity for line in view.lines}
    wrong = {
        f"arrived[{line_id}]": "is more than was announced"
        for line_id, one in came.items()
        if not 0 <= one.quantity <= announced.get(line_id, 0)
    }
    if wrong:
        raise Invalid("this does not fit what was announced", wrong)


def _put_away(
    uow: UnitOfWork, view: ReturnView, lines: Mapping[int, LineView], location_id: int | None
) -> None:
    place = location_id
    if place is None:
        found = stock.locations(uow.session)
        if not found:
            raise Invalid("there is no location to put it", {"location_id": "is missing"})
        place = found[0].id
    shelf: dict[Place, int] = {}
    aside: dict[Place, int] = {}
    for line in view.lines:
        to = {Disposition.RESTOCK: shelf, Disposition.QUALITY_CONTROL: aside}
        units = to.get(line.disposition or Disposition.MISSING)
        if units is not None and line.received:
            key = lines[line.order_line_id].variant_id, place
            units[key] = units.get(key, 0) + line.received
    why = Why(key=f"return:{view.id}", cause=f"return:{view.id}", reason="returned goods")
    inventory.take_back(uow, shelf, aside, why)


def _owe(uow: UnitOfWork, view: ReturnView, lines: Mapping[int, LineView]) -> int:
    """Owe what was previewed, less what did not come; returns the amount in minor units."""
    weights = [lines[line.order_line_id].unit_price.minor * line.quantity for line in view.lines]
    values = share(view.refund.minor + view.fee.minor, weights)
    came = sum(
        value * line.received // line.quantity
        for value, line in zip(values, view.lines, strict=True)
    )
    uow.session.flush()
    paid = payment_queries.left_by_method(uow.session, view.order_id)
    amount = min(max(0, came - view.fee.minor), payment_policy.refundable(paid))
    if amount:
        payments.request_refund(
            uow,
            WantedRefund(
                order_id=view.order_id,
                amount=Money(amount, view.refund.currency),
                reason="return",
                key=f"return:{view.id}",
                return_id=view.id,
                method_id=view.refund_method_id,
            ),
        )
    return amount
