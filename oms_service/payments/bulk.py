"""The bulk door of money: methods, stored value with its ledger, payments, refunds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_service.infra import bulk
from oms_service.payments.models import PaymentEntry, PaymentMethod, Refund, StoredValueEntry
from oms_service.payments.states import EntryKind, MethodKind, RefundState

#: Methods whose balance is in our own books.
STORED = frozenset({MethodKind.GIFT_CARD, MethodKind.STORE_CREDIT})


@dataclass(frozen=True, kw_only=True, slots=True)
class MethodRow:
    """A way to pay."""

    id: int
    customer_id: int
    kind: MethodKind
    token: str
    brand: str = ""
    last_four: str = ""
    currency: str | None = None
    balance_minor: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredValueRow:
    """One change of a balance."""

    method_id: int
    amount_minor: int
    cause: str
    actor: str
    at: datetime
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryRow:
    """One line of the payments ledger."""

    order_id: int
    method_id: int | None
    kind: EntryKind
    amount_minor: int
    currency: str
    provider_ref: str = ""
    refund_id: int | None = None
    actor: str
    at: datetime | None
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RefundRow:
    """Money owed back, or paid back."""

    id: int
    order_id: int
    return_id: int | None
    method_id: int | None
    amount_minor: int
    currency: str
    reason: str
    state: RefundState
    requested_by: str
    requested_at: datetime
    settled_at: datetime | None
    key: str


def reserve_methods(session: Session, count: int) -> list[int]:
    return bulk.reserve(session, PaymentMethod, count)


def reserve_refunds(session: Session, count: int) -> list[int]:
    return bulk.reserve(session, Refund, count)


def add_methods(
    session: Session, methods: Sequence[MethodRow], stored: Sequence[StoredValueRow]
) -> None:
    """Methods with their balances; ``stored`` must add up to the balance of each."""
    bulk.insert(session, PaymentMethod, methods)
    bulk.insert(session, StoredValueEntry, stored)


def add_entries(
    session: Session, entries: Sequence[EntryRow], refunds: Sequence[RefundRow] = ()
) -> None:
    bulk.insert(session, Refund, refunds)
    bulk.insert(session, PaymentEntry, entries)


def known_methods(session: Session, customer_ids: Iterable[int]) -> dict[tuple[int, str], int]:
    """The ids of these customers' methods, by (customer, token)."""
    found = session.execute(
        select(PaymentMethod.id, PaymentMethod.customer_id, PaymentMethod.token).where(
            bulk.among(PaymentMethod.customer_id, customer_ids)
        )
    )
    return {(row.customer_id, row.token): row.id for row in found}
