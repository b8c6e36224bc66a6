"""Reading money: what an order's ledger adds up to, its refunds, and who may be paid how."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.orm import Session

from oms_service.kernel.errors import NotFound
from oms_service.kernel.money import Money
from oms_service.orders.policy import Sums
from oms_service.payments.models import PaymentEntry, PaymentMethod, Refund
from oms_service.payments.policy import Paid
from oms_service.payments.states import EntryKind, MethodKind, RefundState

Reader = Session | Connection

_FIELDS: Final = {
    EntryKind.AUTHORIZED: "authorized",
    EntryKind.VOIDED: "voided",
    EntryKind.CAPTURED: "captured",
    EntryKind.REFUNDED: "refunded",
    EntryKind.CHARGEBACK: "charged_back",
}
#: Refunds that are still owed; their amount may not be promised again.
OWED: Final = (RefundState.REQUESTED, RefundState.FAILED)


@dataclass(frozen=True)
class MethodView:
    id: int
    customer_id: int
    kind: MethodKind
    brand: str
    last_four: str
    currency: str | None
    balance_minor: int | None
    is_active: bool


@dataclass(frozen=True)
class RefundView:
    id: int
    order_id: int
    return_id: int | None
    method_id: int | None
    amount: Money
    reason: str
    state: RefundState
    requested_at: datetime
    settled_at: datetime | None


def sums(reader: Reader, order_id: int) -> Sums:
    """What the ledger of one order adds up to."""
    return sums_of(reader, [order_id]).get(order_id, Sums())


def sums_of(reader: Reader, order_ids: Collection[int]) -> dict[int, Sums]:
    """The sums of several orders, in one query; an order without entries is left out."""
    query = (
        select(PaymentEntry.order_id, PaymentEntry.kind, func.sum(PaymentEntry.amount_minor))
        .where(PaymentEntry.order_id.in_(order_ids))
        .group_by(PaymentEntry.order_id, PaymentEntry.kind)
    )
    found: dict[int, dict[str, int]] = {}
    for order_id, kind, amount in reader.execute(query):
        found.setdefault(order_id, {})[_FIELDS[kind]] = int(amount)
    return {order_id: Sums(**of) for order_id, of in found.items()}


def left_by_method(reader: Reader, order_id: int) -> tuple[Paid, ...]:
    """What each method has left to give back, in the order the money came.

    Money that went back another way than it came is taken off the methods from the first on.
    """
    came = dict[int | None, int]()
    went = dict[int | None, int]()
    entries = reader.execute(
        select(PaymentEntry.method_id, PaymentEntry.kind, PaymentEntry.amount_minor)
        .where(PaymentEntry.order_id == order_id)
        .order_by(PaymentEntry.id)
    )
    for method_id, kind, amount in entries:
        if kind is EntryKind.CAPTURED:
            came[method_id] = came.get(method_id, 0) + amount
        elif kind in {EntryKind.REFUNDED, EntryKind.CHARGEBACK}:
            went[method_id] = went.get(method_id, 0) + amount
    owed = reader.execute(
        select(Refund.method_id, Refund.amount_minor).where(
            Refund.order_id == order_id, Refund.state.in_(OWED)
        )
    )
    for method_id, amount in owed:
        went[method_id] = went.get(method_id, 0) + amount
    left = {method: paid - went.get(method, 0) for method, paid in came.items()}
    other_ways = sum(amount for method, amount in went.items() if method not in came)
    other_ways += sum(-amount for amount in left.values() if amount < 0)
    settled: list[Paid] = []
    for method, amount in left.items():
        taken = min(max(0, amount), other_ways)
        other_ways -= taken
        settled.append(Paid(method, max(0, amount) - taken))
    return tuple(settled)


def methods(reader: Reader, customer_id: int) -> tuple[MethodView, ...]:
    """The ways a customer can be paid, in the order they came."""
    query = (
        select(*_METHOD)
        .where(PaymentMethod.customer_id == customer_id, PaymentMethod.is_active)
        .order_by(PaymentMethod.id)
    )
    return tuple(MethodView(*row) for row in reader.execute(query))


def methods_by_id(reader: Reader, method_ids: Collection[int]) -> dict[int, MethodView]:
    """These methods, in one query."""
    query = select(*_METHOD).where(PaymentMethod.id.in_(method_ids))
    return {row.id: MethodView(*row) for row in reader.execute(query)}


def refund(reader: Reader, refund_id: int) -> RefundView:
    """One refund.

    Raises:
        NotFound: there is none.
    """
    row = reader.execute(select(*_REFUND).where(Refund.id == refund_id)).one_or_none()
    if row is None:
        raise NotFound(f"no refund {refund_id}")
    return _refund_view(row)


def refunds(reader: Reader, order_id: int) -> tuple[RefundView, ...]:
    """Every refund of an order, oldest first."""
    query = select(*_REFUND).where(Refund.order_id == order_id).order_by(Refund.id)
    return tuple(_refund_view(row) for row in reader.execute(query))


def waiting_refunds(reader: Reader, *, limit: int = 100) -> tuple[RefundView, ...]:
    """Refunds that nobody has paid yet, oldest first."""
    query = (
        select(*_REFUND)
        .where(Refund.state == RefundState.REQUESTED)
        .order_by(Refund.id)
        .limit(limit)
    )
    return tuple(_refund_view(row) for row in reader.execute(query))


def payment_reference(reader: Reader, order_id: int, method_id: int | None) -> str:
    """The provider's reference of the newest capture by that method; empty where unknown."""
    query = (
        select(PaymentEntry.provider_ref)
        .where(
            PaymentEntry.order_id == order_id,
            PaymentEntry.kind == EntryKind.CAPTURED,
            PaymentEntry.method_id.is_not_distinct_from(method_id),
        )
        .order_by(PaymentEntry.id.desc())
        .limit(1)
    )
    return reader.execute(query).scalar_one_or_none() or ""


_METHOD: Final = (
    PaymentMethod.id,
    PaymentMethod.customer_id,
    PaymentMethod.kind,
    PaymentMethod.brand,
    PaymentMethod.last_four,
    PaymentMethod.currency,
    PaymentMethod.balance_minor,
    PaymentMethod.is_active,
)
_REFUND: Final = (
    Refund.id,
    Refund.order_id,
    Refund.return_id,
    Refund.method_id,
    Refund.amount_minor,
    Refund.currency,
    Refund.reason,
    Refund.state,
    Refund.requested_at,
    Refund.settled_at,
)


def _refund_view(row: Row[*tuple[Any, ...]]) -> RefundView:
    return RefundView(
        row.id,
        row.order_id,
        row.return_id,
        row.method_id,
        Money(row.amount_minor, row.currency),
        row.reason,
        row.state,
        row.requested_at,
        row.settled_at,
    )
