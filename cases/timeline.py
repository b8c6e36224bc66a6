"""What cases add to the past of an order or customer: only what customers may know."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from cases.models import Case
from cases.reach import queues_of
from oms_service.infra.hot import among, named
from oms_service.kernel.actors import SYSTEM
from oms_service.ports.timeline import Entry, Subject

OPENED_RANK, RESOLVED_RANK = 80, 85


def entries(session: Session, subject: Subject) -> Sequence[Entry]:
    """Opened and settled; three queries at most."""
    told: list[Entry] = []
    asked = list(subject.order_ids)
    rows = _CASES.all(session, order_ids=asked, customer_id=subject.customer_id)
    queues = queues_of(session, [row.id for row in rows]) if rows else {}
    for row in rows:
        facts = {"number": row.number, "reason": row.reason}
        told.append(
            Entry(
                kind="case.opened",
                at=row.opened_at,
                actor=row.opened_by,
                channel=row.channel,
                order_id=row.order_id,
                facts=facts,
                rank=OPENED_RANK,
                is_public=not row.is_internal,
                queue_id=queues[row.id],
            )
        )
        if row.resolved_at is not None:
            told.append(
                Entry(
                    kind="case.resolved",
                    at=row.resolved_at,
                    actor=SYSTEM.ref,
                    channel=row.channel,
                    order_id=row.order_id,
                    facts={**facts, "resolution": row.resolution},
                    rank=RESOLVED_RANK,
                    is_public=not row.is_internal,
                    queue_id=queues[row.id],
                )
            )
    return told


_CASES: Final = named(
    select(
        Case.id,
        Case.number,
        Case.reason,
        Case.order_id,
        Case.channel,
        Case.opened_at,
        Case.opened_by,
        Case.resolved_at,
        Case.resolution,
        Case.is_internal,
    )
    .where(or_(Case.order_id == among("order_ids"), Case.customer_id == bindparam("customer_id")))
    .order_by(Case.id)
)
