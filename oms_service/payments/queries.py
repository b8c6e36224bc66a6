"""Reading money: what an order's ledger adds up to, its refunds, and who may be paid how."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, bindparam, func, or_, select
from sqlalchemy.orm import Session

from oms_service.infra.hot import Hot, among, named
from oms_service.infra.once import once
from oms_service.kernel.errors import NotFound
from oms_service.kernel.money import Money
from oms_service.orders.policy import Sums
from oms_service.payments import policy
from oms_service.payments.models import (
    Chargeback,
    PaymentAttempt,
    PaymentEntry,
    PaymentMethod,
    Refund,
)
from oms_service.payments.policy import Authorization, Paid, Use
from oms_service.payments.states import (
    DISPUTED,
    UNDER_WAY,
    EntryKind,
    MethodKind,
    Purpose,
    RefundPart,
    RefundState,
)

Reader = Session | Connection

_FIELDS: Final = {
    EntryKind.AUTHORIZED: "authorized",
    EntryKind.VOIDED: "voided",
    EntryKind.CAPTURED: "captured",
    EntryKind.REFUNDED: "refunded",
    EntryKind.CHARGEBACK: "charged_back",
}
#: Refunds that are still owed, or may come to be; their amount may not be promised again.
OWED: Final = (RefundState.AWAITING_APPROVAL, RefundState.REQUESTED, RefundState.FAILED)


#: How the keys of refunds begin that a colleague asked for.
WISH: Final = "wish:"


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
    expires_at: datetime | None = None


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
    part: RefundPart
    payment_ref: str
    round: int
    is_by_hand: bool
    failure: str
    requested_by: str
    decided_by: str | None
    #: A colleague asked for it: no rule of the shop did.
    is_wish: bool


@dataclass(frozen=True)
class EntryView:
    """One line of the ledger."""

    kind: EntryKind
    amount: Money
    at: datetime | None
    method_id: int | None
    provider_ref: str
    actor: str


class _Movement(NamedTuple):
    """One line of the ledger in short: which way, what its provider calls it, and how much."""

    method_id: int | None
    payment_ref: str
    kind: EntryKind
    amount_minor: int


def entries(reader: Reader, order_id: int) -> tuple[EntryView, ...]:
    """The ledger of an order, in the order it was written."""
    query = (
        select(
            PaymentEntry.kind,
            PaymentEntry.amount_minor,
            PaymentEntry.currency,
            PaymentEntry.at,
            PaymentEntry.method_id,
            PaymentEntry.provider_ref,
            PaymentEntry.actor,
        )
        .where(PaymentEntry.order_id == order_id)
        .order_by(PaymentEntry.id)
    )
    return tuple(
        EntryView(kind, Money(minor, currency), at, method_id, provider_ref, actor)
        for kind, minor, currency, at, method_id, provider_ref, actor in reader.execute(query)
    )


def sums(reader: Reader, order_id: int) -> Sums:
    """What the ledger of one order adds up to."""
    return sums_of(reader, [order_id]).get(order_id, Sums())


@once
def sums_of(reader: Reader, order_ids: Collection[int]) -> dict[int, Sums]:
    """The sums of several orders, in one query; an order without entries is left out."""
    found: dict[int, dict[str, int]] = {}
    for order_id, kind, amount in _SUMS.all(reader, order_ids=list(order_ids)):
        found.setdefault(order_id, {})[_FIELDS[kind]] = int(amount)
    return {order_id: Sums(**of) for order_id, of in found.items()}


@once
def left_by_method(reader: Reader, order_id: int) -> tuple[Paid, ...]:
    """What each method has left to give back, in the order the money came.

    What a bank disputes is not left. Money that went back another way than it came is taken off
    the methods from the first on.
    """
    came = dict[int | None, int]()
    went = dict[int | None, int]()
    for method_id, _ref, kind, amount in _movements(reader, order_id):
        if kind is EntryKind.CAPTURED:
            came[method_id] = came.get(method_id, 0) + amount
        elif kind in {EntryKind.REFUNDED, EntryKind.CHARGEBACK}:
            went[method_id] = went.get(method_id, 0) + amount
    owed = [
        (one.method_id, one.amount.minor) for one in refunds(reader, order_id) if one.state in OWED
    ]
    for method_id, amount in (*owed, *_held_back(reader, order_id)):
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


def disputed(reader: Reader, order_id: int) -> int:
    """Minor units that banks hold back until disputes are over."""
    return sum(held_minor for _method_id, held_minor in _held_back(reader, order_id))


@once
def _movements(reader: Reader, order_id: int) -> Sequence[_Movement]:
    """The ledger of an order in short."""
    return _MOVEMENTS.all(reader, order_id=order_id)


@once
def _held_back(reader: Reader, order_id: int) -> Sequence[tuple[int | None, int]]:
    """What banks hold back of an order, by method."""
    return [
        (row.method_id, row.held_minor)
        for row in _HELD_BACK.all(reader, order_id=order_id)
        if row.state in DISPUTED
    ]


def left_by_payment(reader: Reader, order_id: int) -> dict[tuple[int | None, str], int]:
    """What is left of each payment that a provider has a name for, by method and that name."""
    left: dict[tuple[int | None, str], int] = {}
    came = reader.execute(
        select(PaymentEntry.method_id, PaymentEntry.provider_ref, PaymentEntry.amount_minor)
        .where(
            PaymentEntry.order_id == order_id,
            PaymentEntry.kind == EntryKind.CAPTURED,
            PaymentEntry.provider_ref != "",
        )
        .order_by(PaymentEntry.id)
    )
    for method_id, payment_ref, amount in came:
        left[method_id, payment_ref] = left.get((method_id, payment_ref), 0) + amount
    went = reader.execute(
        select(Refund.method_id, Refund.payment_ref, Refund.amount_minor).where(
            Refund.order_id == order_id,
            Refund.state != RefundState.DECLINED,
            Refund.payment_ref != "",
        )
    )
    for method_id, payment_ref, amount in went:
        if (method_id, payment_ref) in left:
            left[method_id, payment_ref] -= amount
    return left


def token(reader: Reader, method_id: int | None) -> str:
    """What a provider knows a method by; empty where there is none. Never to be shown."""
    query = select(PaymentMethod.token).where(PaymentMethod.id == method_id)
    return reader.execute(query).scalar_one_or_none() or ""


def references(reader: Reader, order_id: int) -> set[str]:
    """What providers call the payments of an order."""
    query = select(PaymentEntry.provider_ref).where(
        PaymentEntry.order_id == order_id, PaymentEntry.provider_ref != ""
    )
    return set(reader.execute(query).scalars())


def order_by_reference(reader: Reader, reference: str) -> int | None:
    """The order whose ledger names a payment so."""
    if not reference:
        return None
    query = (
        select(PaymentEntry.order_id)
        .where(PaymentEntry.provider_ref == reference, PaymentEntry.provider_ref != "")
        .order_by(PaymentEntry.id)
        .limit(1)
    )
    return reader.execute(query).scalar_one_or_none()


def captured_of(reader: Reader, order_id: int, reference: str) -> int:
    """Minor units captured under a reference."""
    query = select(func.coalesce(func.sum(PaymentEntry.amount_minor), 0)).where(
        PaymentEntry.order_id == order_id,
        PaymentEntry.kind == EntryKind.CAPTURED,
        PaymentEntry.provider_ref == reference,
    )
    return int(reader.execute(query).scalar_one())


def method_of(reader: Reader, order_id: int, reference: str) -> int | None:
    """The method of a payment that the ledger names so; None where it is not known."""
    query = (
        select(PaymentEntry.method_id)
        .where(
            PaymentEntry.order_id == order_id,
            PaymentEntry.provider_ref == reference,
            PaymentEntry.provider_ref != "",
        )
        .order_by(PaymentEntry.id)
        .limit(1)
    )
    return reader.execute(query).scalar_one_or_none()


def refund_or_none(reader: Reader, refund_id: int) -> RefundView | None:
    row = reader.execute(select(*_REFUND).where(Refund.id == refund_id)).one_or_none()
    return _refund_view(row) if row else None


def refunds_by_reference(reader: Reader, reference: str) -> tuple[RefundView, ...]:
    """The refunds that a provider calls so."""
    if not reference:
        return ()
    query = select(*_REFUND).where(Refund.provider_ref == reference).order_by(Refund.id)
    return tuple(_refund_view(row) for row in reader.execute(query))


@once
def authorizations(reader: Reader, order_id: int) -> tuple[Authorization, ...]:
    """What may still be captured or let go, oldest first; what is being asked for is not free."""
    given: list[Authorization] = []
    uses: list[Use] = []
    for method_id, payment_ref, kind, amount in _movements(reader, order_id):
        if kind is EntryKind.AUTHORIZED:
            given.append(Authorization(method_id, payment_ref, amount))
        elif kind in {EntryKind.VOIDED, EntryKind.CAPTURED}:
            uses.append(Use(method_id, payment_ref, amount))
    uses.extend(
        Use(row.method_id, row.payment_ref, row.amount_minor)
        for row in _ASKED.all(reader, order_id=order_id)
        if row.purpose in {Purpose.CAPTURE, Purpose.VOID} and row.state in UNDER_WAY
    )
    return policy.open_authorizations(given, uses)


def is_recorded(reader: Reader, key: str) -> bool:
    """Whether the ledger has a line under that key."""
    found = reader.execute(select(PaymentEntry.id).where(PaymentEntry.key == key))
    return found.scalar_one_or_none() is not None


def captured_by_kind(reader: Reader, order_id: int) -> dict[MethodKind | None, int]:
    """How much of an order was captured by each kind of method, in minor units; None: unknown."""
    query = (
        select(PaymentMethod.kind, func.sum(PaymentEntry.amount_minor))
        .select_from(PaymentEntry)
        .outerjoin(PaymentMethod, PaymentMethod.id == PaymentEntry.method_id)
        .where(PaymentEntry.order_id == order_id, PaymentEntry.kind == EntryKind.CAPTURED)
        .group_by(PaymentMethod.kind)
        .order_by(PaymentMethod.kind)
    )
    return {kind: int(amount) for kind, amount in reader.execute(query)}


def kinds_lately(reader: Reader, *, entries: int) -> frozenset[tuple[int, MethodKind]]:
    """By what orders were paid lately, with each order: out of the newest lines of the ledger."""
    newest = (
        select(PaymentEntry.order_id, PaymentEntry.method_id, PaymentEntry.kind)
        .order_by(PaymentEntry.id.desc())
        .limit(entries)
        .subquery()
    )
    query = (
        select(newest.c.order_id, PaymentMethod.kind)
        .join(PaymentMethod, PaymentMethod.id == newest.c.method_id)
        .where(newest.c.kind.in_((EntryKind.AUTHORIZED, EntryKind.CAPTURED)))
        .distinct()
    )
    return frozenset((order_id, kind) for order_id, kind in reader.execute(query))


@once
def methods(reader: Reader, customer_id: int) -> tuple[MethodView, ...]:
    """The ways a customer can be paid, in the order they came."""
    return tuple(_METHODS.all(reader, customer_id=customer_id))


def methods_used(reader: Reader, order_ids: Collection[int]) -> frozenset[int]:
    """The ids of the methods by which money of some orders came or went."""
    query = select(PaymentEntry.method_id).where(
        PaymentEntry.order_id.in_(order_ids), PaymentEntry.method_id.is_not(None)
    )
    return frozenset(one for one in reader.execute(query).scalars() if one is not None)


@once
def methods_by_id(reader: Reader, method_ids: Collection[int]) -> dict[int, MethodView]:
    """These methods, in one query."""
    return {one.id: one for one in _METHODS_BY_ID.all(reader, method_ids=list(method_ids))}


def refund(reader: Reader, refund_id: int) -> RefundView:
    """One refund.

    Raises:
        NotFound: there is none.
    """
    row = reader.execute(select(*_REFUND).where(Refund.id == refund_id)).one_or_none()
    if row is None:
        raise NotFound(f"no refund {refund_id}")
    return _refund_view(row)


@once
def refunds(reader: Reader, order_id: int) -> tuple[RefundView, ...]:
    """Every refund of an order, oldest first."""
    return tuple(_refund_view(row) for row in _REFUNDS.all(reader, order_id=order_id))


def unsettled_refunds(reader: Reader, *, limit: int = 100) -> tuple[RefundView, ...]:
    """Refunds that need a person: to approve, to pay by hand, to send another way; oldest first."""
    query = (
        select(*_REFUND)
        .where(
            Refund.state.in_(OWED),
            or_(Refund.state != RefundState.REQUESTED, Refund.is_by_hand),
        )
        .order_by(Refund.id)
        .limit(limit)
    )
    return tuple(_refund_view(row) for row in reader.execute(query))


_METHOD: Final = (
    PaymentMethod.id,
    PaymentMethod.customer_id,
    PaymentMethod.kind,
    PaymentMethod.brand,
    PaymentMethod.last_four,
    PaymentMethod.currency,
    PaymentMethod.balance_minor,
    PaymentMethod.is_active,
    PaymentMethod.expires_at,
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
    Refund.part,
    Refund.payment_ref,
    Refund.round,
    Refund.is_by_hand,
    Refund.failure,
    Refund.requested_by,
    Refund.decided_by,
    Refund.key.startswith(WISH).label("is_wish"),
)
_METHODS: Final = Hot(
    select(*_METHOD)
    .where(PaymentMethod.customer_id == bindparam("customer_id"), PaymentMethod.is_active)
    .order_by(PaymentMethod.id),
    MethodView,
)
_METHODS_BY_ID: Final = Hot(
    select(*_METHOD).where(PaymentMethod.id == among("method_ids")), MethodView
)
#: Asked for on every page of an order and of a case.
_REFUNDS: Final = named(
    select(*_REFUND).where(Refund.order_id == bindparam("order_id")).order_by(Refund.id)
)
_MOVEMENTS: Final = Hot(
    select(
        PaymentEntry.method_id,
        PaymentEntry.provider_ref,
        PaymentEntry.kind,
        PaymentEntry.amount_minor,
    )
    .where(PaymentEntry.order_id == bindparam("order_id"))
    .order_by(PaymentEntry.id),
    _Movement,
)
_HELD_BACK: Final = named(
    select(Chargeback.method_id, Chargeback.held_minor, Chargeback.state).where(
        Chargeback.order_id == bindparam("order_id")
    )
)
_ASKED: Final = named(
    select(
        PaymentAttempt.method_id,
        PaymentAttempt.payment_ref,
        PaymentAttempt.amount_minor,
        PaymentAttempt.purpose,
        PaymentAttempt.state,
    ).where(PaymentAttempt.order_id == bindparam("order_id"))
)
_SUMS: Final = named(
    select(
        PaymentEntry.order_id,
        PaymentEntry.kind,
        func.sum(PaymentEntry.amount_minor).label("amount_minor"),
    )
    .where(PaymentEntry.order_id == among("order_ids"))
    .group_by(PaymentEntry.order_id, PaymentEntry.kind)
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
        row.part,
        row.payment_ref,
        row.round,
        row.is_by_hand,
        row.failure,
        row.requested_by,
        row.decided_by,
        row.is_wish,
    )
