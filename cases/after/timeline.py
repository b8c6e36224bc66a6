"""What asking customers adds to the past of an order or customer: scores, never words."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from cases.after.models import OrderFeedback, Survey
from cases.after.states import AskState
from cases.models import Case
from cases.reach import queues_of
from oms_service.infra.hot import among, named
from oms_service.kernel import actors
from oms_service.ports.timeline import Entry, Subject

RANK = 88


def entries(session: Session, subject: Subject) -> Sequence[Entry]:
    """How satisfied the customer was with cases and with deliveries; a few queries."""
    asked = list(subject.order_ids)
    surveys = _SURVEYS.all(session, order_ids=asked, customer_id=subject.customer_id)
    queues = queues_of(session, [row.id for row in surveys]) if surveys else {}
    told = [
        Entry(
            kind="case.rated",
            at=row.answered_at,
            actor=actors.customer(row.customer_id).ref,
            channel=row.answered_on,
            order_id=row.order_id,
            facts={"number": row.number, "score": row.score},
            rank=RANK,
            queue_id=queues[row.id],
        )
        for row in surveys
    ]
    told += [
        Entry(
            kind="order.rated",
            at=row.answered_at,
            actor=actors.customer(row.customer_id).ref,
            channel=row.answered_on,
            order_id=row.order_id,
            facts={"score": row.score},
            rank=RANK,
        )
        for row in _DELIVERIES.all(session, order_ids=asked)
    ]
    return told


_SURVEYS: Final = named(
    select(
        Survey.score,
        Survey.answered_at,
        Survey.answered_on,
        Survey.customer_id,
        Case.id,
        Case.number,
        Case.order_id,
    )
    .join(Case, Case.id == Survey.case_id)
    .where(
        Survey.state == AskState.ANSWERED,
        or_(Case.order_id == among("order_ids"), Survey.customer_id == bindparam("customer_id")),
    )
    .order_by(Survey.id)
)
_DELIVERIES: Final = named(
    select(
        OrderFeedback.score,
        OrderFeedback.answered_at,
        OrderFeedback.answered_on,
        OrderFeedback.customer_id,
        OrderFeedback.order_id,
    )
    .where(OrderFeedback.score.is_not(None), OrderFeedback.order_id == among("order_ids"))
    .order_by(OrderFeedback.id)
)
