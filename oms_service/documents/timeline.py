"""What documents add to a customer's history: what was issued for their books."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_service.documents.models import Document
from oms_service.infra.hot import among, named
from oms_service.ports.timeline import Entry, Subject

#: The natural place of an issue without a time, among facts of other packages.
ISSUED: Final = 92


def entries(session: Session, subject: Subject) -> Sequence[Entry]:
    """Every invoice, receipt and credit note of the subject's orders; one query."""
    if not subject.order_ids:
        return ()
    return [
        Entry(
            kind=f"document.{row.kind}",
            at=row.issued_at,
            actor=row.issued_by,
            channel="documents",
            order_id=row.order_id,
            facts={
                "number": row.number,
                "amount_minor": row.total_minor,
                "currency": row.currency,
            },
            rank=ISSUED,
        )
        for row in _ISSUED.all(session, order_ids=list(subject.order_ids))
    ]


_ISSUED: Final = named(
    select(
        Document.kind,
        Document.number,
        Document.order_id,
        Document.issued_at,
        Document.issued_by,
        Document.total_minor,
        Document.currency,
    )
    .where(Document.order_id == among("order_ids"))
    .order_by(Document.id)
)
