"""What payments add to a customer's history: the ledger, and money that is owed back."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_service.infra.hot import among, named
from oms_service.payments.models import PaymentEntry, PaymentMethod, Refund
from oms_service.payments.states import EntryKind
from oms_service.ports.timeline import Entry, Subject

#: Natural places of facts without a time, among those of other packages; see ``history.ordering``.
PAID: Final = 20
REFUND_REQUESTED: Final = 88
WENT_BACK: Final = 90

_KINDS: Final = {
    EntryKind.AUTHORIZED: ("payment.authorized", PAID),
    EntryKind.CAPTURED: ("payment.captured", PAID),
    EntryKind.VOIDED: ("payment.voided", WENT_BACK),
    EntryKind.REFUNDED: ("refund.paid", WENT_BACK),
    EntryKind.CHARGEBACK: ("payment.charged_back", WENT_BACK),
}


def entries(session: Session, subject: Subject) -> Sequence[Entry]:
    """The ledger and the refunds owed, of all orders of the subject; two queries."""
    if not subject.order_ids:
        return ()
    return [*_ledger(session, subject), *_owed(session, subject)]


def _ledger(session: Session, subject: Subject) -> list[Entry]:
    return [
        Entry(
            kind=_KINDS[row.kind][0],
            at=row.at,
            actor=row.actor,
            channel="payments",
            order_id=row.order_id,
            facts={
                "amount_minor": row.amount_minor,
                "currency": row.currency,
                "method": str(row.method) if row.method else "",
            },
            rank=_KINDS[row.kind][1],
        )
        for row in _LEDGER.all(session, order_ids=list(subject.order_ids))
    ]


def _owed(session: Session, subject: Subject) -> list[Entry]:
    return [
        Entry(
            kind="refund.requested",
            at=row.requested_at,
            actor=row.requested_by,
            channel="payments",
            order_id=row.order_id,
            facts={
                "amount_minor": row.amount_minor,
                "currency": row.currency,
                "reason": row.reason,
            },
            rank=REFUND_REQUESTED,
        )
        for row in _OWED.all(session, order_ids=list(subject.order_ids))
    ]


_LEDGER: Final = named(
    select(
        PaymentEntry.order_id,
        PaymentEntry.kind,
        PaymentEntry.at,
        PaymentEntry.actor,
        PaymentEntry.amount_minor,
        PaymentEntry.currency,
        PaymentMethod.kind.label("method"),
    )
    .outerjoin(PaymentMethod, PaymentMethod.id == PaymentEntry.method_id)
    .where(PaymentEntry.order_id == among("order_ids"))
    .order_by(PaymentEntry.id)
)
_OWED: Final = named(
    select(
        Refund.order_id,
        Refund.requested_at,
        Refund.requested_by,
        Refund.amount_minor,
        Refund.currency,
        Refund.reason,
    )
    .where(Refund.order_id == among("order_ids"))
    .order_by(Refund.id)
)
