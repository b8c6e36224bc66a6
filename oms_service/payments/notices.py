"""What providers told of money, once for each event of theirs; and money that has no order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_service.infra import fallout, locks
from oms_service.infra.fallout import FalloutKind
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import NotFound
from oms_service.kernel.money import Money
from oms_service.payments.events import PaymentUnmatched, SendBackRequested
from oms_service.payments.models import PaymentNotice
from oms_service.payments.states import NOTICE, NoticeAction, NoticeState
from oms_service.ports.payment import Told

#: What the list of failed steps calls money that belongs to no order.
STEP: Final = "payments"


@dataclass(frozen=True)
class NoticeView:
    id: int
    provider: str
    event_id: str
    kind: str
    payment_ref: str
    amount: Money
    order_hint: str
    occurred_at: datetime
    received_at: datetime
    inbound_id: int
    order_id: int | None
    state: NoticeState
    round: int

    @property
    def key(self) -> str:
        """Under which it is sent back: the same in every try, another after a refusal."""
        return f"notice:{self.id}:{self.round}"


def note(uow: UnitOfWork, told: Told, *, provider: str, inbound_id: int) -> NoticeView:
    """Keep what was told; told again, the row that is there. Holds it until the transaction ends.

    A new row is ``applied`` until ``leave_unmatched`` says that it belongs to no order.
    """
    uow.session.execute(
        insert(PaymentNotice)
        .values(
            provider=provider,
            event_id=told.event_id,
            kind=told.kind,
            payment_ref=told.payment_ref,
            amount_minor=told.amount.minor,
            currency=told.amount.currency,
            order_hint=told.order_hint,
            occurred_at=told.occurred_at,
            received_at=uow.now,
            inbound_id=inbound_id,
            state=NoticeState.APPLIED,
            round=1,
        )
        .on_conflict_do_nothing(index_elements=["provider", "event_id"])
    )
    row = uow.session.scalars(
        select(PaymentNotice)
        .where(PaymentNotice.provider == provider, PaymentNotice.event_id == told.event_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    return _view(row)


def belongs(uow: UnitOfWork, notice_id: int, order_id: int | None) -> None:
    """It was understood, and whose it is; money that was without an order is so no more."""
    row = locks.one(uow.session, PaymentNotice, notice_id)
    row.order_id = order_id
    if row.state is NoticeState.UNMATCHED:
        row.state = NoticeState.APPLIED
        _off_the_list(uow, row)


def leave_unmatched(uow: UnitOfWork, notice_id: int) -> None:
    """Money came, and no order is known for it."""
    row = locks.one(uow.session, PaymentNotice, notice_id)
    if row.state is NoticeState.UNMATCHED:
        return
    row.state = NoticeState.UNMATCHED
    uow.session.flush()
    uow.emit(
        PaymentUnmatched(notice_id=row.id, amount_minor=row.amount_minor, currency=row.currency)
    )


def attach(uow: UnitOfWork, notice_id: int, order_id: int) -> NoticeView:
    """Say whose money it is. The caller writes the ledger.

    Raises:
        NotFound: no such notice.
        IllegalTransition: it has an order, or goes back.
    """
    row = locks.one(uow.session, PaymentNotice, notice_id)
    row.state = NOTICE.after(row.state, NoticeAction.ATTACH)
    row.order_id = order_id
    _settle(uow, row)
    return _view(row)


def send_back(uow: UnitOfWork, notice_id: int) -> NoticeView:
    """Have the provider pay it back.

    Raises:
        NotFound: no such notice.
        IllegalTransition: it has an order, or goes back already.
    """
    row = locks.one(uow.session, PaymentNotice, notice_id)
    row.state = NOTICE.after(row.state, NoticeAction.SEND_BACK)
    uow.emit(SendBackRequested(notice_id=row.id))
    return _view(row)


def sent_back(uow: UnitOfWork, notice_id: int) -> None:
    """The provider has paid it back; said again, it changes nothing."""
    row = locks.one(uow.session, PaymentNotice, notice_id)
    if row.state is NoticeState.SENDING_BACK:
        row.state = NOTICE.after(row.state, NoticeAction.CONFIRM)
        _settle(uow, row)


def not_sent_back(uow: UnitOfWork, notice_id: int, *, round_: int) -> None:
    """The provider would not: it is on the list again, and the next try has a new key."""
    row = locks.one(uow.session, PaymentNotice, notice_id)
    if row.state is NoticeState.SENDING_BACK and row.round == round_:
        row.state = NOTICE.after(row.state, NoticeAction.RETURN_TO_LIST)
        row.round += 1


def one(session: Session, notice_id: int) -> NoticeView:
    """A notice.

    Raises:
        NotFound: there is none.
    """
    row = session.get(PaymentNotice, notice_id)
    if row is None:
        raise NotFound(f"no payment notice {notice_id}")
    return _view(row)


def unmatched(session: Session, *, limit: int = 100) -> tuple[NoticeView, ...]:
    """Money that belongs to no order, oldest first; what is on its way back too."""
    query = (
        select(PaymentNotice)
        .where(PaymentNotice.state.in_((NoticeState.UNMATCHED, NoticeState.SENDING_BACK)))
        .order_by(PaymentNotice.id)
        .limit(limit)
    )
    return tuple(_view(row) for row in session.scalars(query))


def waiting_for(session: Session, hints: set[str], references: set[str]) -> tuple[NoticeView, ...]:
    """Money without an order that names one of these numbers or payments."""
    query = (
        select(PaymentNotice)
        .where(
            PaymentNotice.state == NoticeState.UNMATCHED,
            PaymentNotice.order_hint.in_(hints - {""})
            | PaymentNotice.payment_ref.in_(references - {""}),
        )
        .order_by(PaymentNotice.id)
    )
    return tuple(_view(row) for row in session.scalars(query))


def _settle(uow: UnitOfWork, row: PaymentNotice) -> None:
    row.settled_by, row.settled_at = uow.actor.ref, uow.now
    uow.session.flush()
    _off_the_list(uow, row)


def _off_the_list(uow: UnitOfWork, row: PaymentNotice) -> None:
    fallout.settle_for(uow, FalloutKind.INBOUND, subject_id=row.inbound_id, step=STEP)


def _view(row: PaymentNotice) -> NoticeView:
    return NoticeView(
        row.id,
        row.provider,
        row.event_id,
        row.kind,
        row.payment_ref,
        Money(row.amount_minor, row.currency),
        row.order_hint,
        row.occurred_at,
        row.received_at,
        row.inbound_id,
        row.order_id,
        row.state,
        row.round,
    )
