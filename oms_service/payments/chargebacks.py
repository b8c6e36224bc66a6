"""Disputes at the customer's bank: noted with a deadline, won or lost, then in the ledger."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.money import Money
from oms_service.orders import service as orders
from oms_service.payments import policy, queries, service
from oms_service.payments.attempts import LONGEST_KEY, MOST_MINOR
from oms_service.payments.events import ChargebackOpened, ChargebackSettled
from oms_service.payments.models import Chargeback
from oms_service.payments.service import NewEntry
from oms_service.payments.states import (
    CHARGEBACK,
    DISPUTED,
    ChargebackAction,
    ChargebackState,
    EntryKind,
)

_SETTLED: Final = {
    ChargebackAction.WIN: ChargebackState.WON,
    ChargebackAction.LOSE: ChargebackState.LOST,
}


@dataclass(frozen=True, kw_only=True)
class NewChargeback:
    """A dispute as the bank tells it; ``key`` makes telling it twice one dispute."""

    order_id: int
    amount: Money
    reason: str
    key: str
    method_id: int | None = None
    provider_ref: str = ""
    evidence_due_at: datetime | None = None


@dataclass(frozen=True)
class ChargebackView:
    id: int
    order_id: int
    amount: Money
    held: Money
    reason: str
    provider_ref: str
    state: ChargebackState
    evidence_due_at: datetime | None
    opened_at: datetime
    opened_by: str
    settled_at: datetime | None
    settled_by: str | None

    @property
    def beyond(self) -> Money:
        """What the bank takes and the order no longer has: a loss of its own."""
        return self.amount - self.held


def open_one(uow: UnitOfWork, new: NewChargeback) -> ChargebackView:
    """Note a dispute: as much as the order still has is held back from refunds.

    Raises:
        NotFound: no such order.
        Invalid: not an amount in the order's currency.
    """
    order = orders.hold_against_others(uow, new.order_id)
    known = by_key(uow.session, new.key)
    if known is not None:
        return known
    if not 0 < new.amount.minor <= MOST_MINOR or new.amount.currency != order.currency:
        raise Invalid("not an amount", {"amount": f"must be above 0, in {order.currency}"})
    if not 1 <= len(new.key) <= LONGEST_KEY:
        raise Invalid("not a key", {"key": f"must have 1 to {LONGEST_KEY} characters"})
    uow.session.flush()
    left = policy.refundable(queries.left_by_method(uow.session, new.order_id))
    row = Chargeback(
        order_id=new.order_id,
        method_id=new.method_id,
        amount_minor=new.amount.minor,
        held_minor=min(new.amount.minor, left),
        currency=new.amount.currency,
        reason=new.reason[:60],
        provider_ref=new.provider_ref,
        state=ChargebackState.OPEN,
        evidence_due_at=new.evidence_due_at,
        opened_by=uow.actor.ref,
        opened_at=uow.now,
        key=new.key,
    )
    uow.session.add(row)
    uow.session.flush()
    uow.emit(
        ChargebackOpened(
            order_id=row.order_id,
            chargeback_id=row.id,
            amount_minor=row.amount_minor,
            currency=row.currency,
            evidence_due_at=row.evidence_due_at.isoformat() if row.evidence_due_at else "",
        )
    )
    uow.touch(f"order:{row.order_id}")
    return _view(row)


def contest(uow: UnitOfWork, chargeback_id: int) -> ChargebackView:
    """The evidence has been sent.

    Raises:
        NotFound: no such dispute.
        IllegalTransition: it was sent before, or the dispute is over.
    """
    row = _held(uow, chargeback_id)
    row.state = CHARGEBACK.after(row.state, ChargebackAction.CONTEST)
    uow.touch(f"order:{row.order_id}")
    return _view(row)


def settle(uow: UnitOfWork, chargeback_id: int, action: ChargebackAction) -> ChargebackView:
    """The bank has decided: won, the money is free again; lost, it goes into the ledger.

    Said again, it changes nothing.

    Raises:
        NotFound: no such dispute.
        IllegalTransition: it was decided the other way before.
    """
    row = _held(uow, chargeback_id)
    if row.state is _SETTLED.get(action):
        return _view(row)
    row.state = CHARGEBACK.after(row.state, action)
    row.settled_at, row.settled_by = uow.now, uow.actor.ref
    uow.session.flush()
    if row.state is ChargebackState.LOST and row.held_minor:
        service.record(
            uow,
            NewEntry(
                order_id=row.order_id,
                kind=EntryKind.CHARGEBACK,
                amount=Money(row.held_minor, row.currency),
                key=f"chargeback:{row.id}",
                method_id=row.method_id,
                provider_ref=row.provider_ref,
            ),
        )
    uow.emit(ChargebackSettled(order_id=row.order_id, chargeback_id=row.id, outcome=str(row.state)))
    service.rederive(uow, row.order_id)
    return _view(row)


def one(session: Session, chargeback_id: int) -> ChargebackView:
    """A dispute.

    Raises:
        NotFound: there is none.
    """
    row = session.get(Chargeback, chargeback_id)
    if row is None:
        raise NotFound(f"no chargeback {chargeback_id}")
    return _view(row)


def by_key(session: Session, key: str) -> ChargebackView | None:
    row = session.scalar(select(Chargeback).where(Chargeback.key == key))
    return _view(row) if row else None


def of_order(session: Session, order_id: int) -> tuple[ChargebackView, ...]:
    query = select(Chargeback).where(Chargeback.order_id == order_id).order_by(Chargeback.id)
    return tuple(_view(row) for row in session.scalars(query))


def undecided(session: Session, *, limit: int = 100) -> tuple[ChargebackView, ...]:
    """Disputes that are not over, the nearest deadline first."""
    query = (
        select(Chargeback)
        .where(Chargeback.state.in_(DISPUTED))
        .order_by(Chargeback.evidence_due_at.nulls_last(), Chargeback.id)
        .limit(limit)
    )
    return tuple(_view(row) for row in session.scalars(query))


def _held(uow: UnitOfWork, chargeback_id: int) -> Chargeback:
    orders.hold_against_others(uow, one(uow.session, chargeback_id).order_id)
    return locks.one(uow.session, Chargeback, chargeback_id)


def _view(row: Chargeback) -> ChargebackView:
    return ChargebackView(
        row.id,
        row.order_id,
        Money(row.amount_minor, row.currency),
        Money(row.held_minor, row.currency),
        row.reason,
        row.provider_ref,
        row.state,
        row.evidence_due_at,
        row.opened_at,
        row.opened_by,
        row.settled_at,
        row.settled_by,
    )
