"""What asking customers adds to the past of an order or customer: scores, never words."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from cases.after.models import OrderFeedback, Survey
from cases.after.states import AskState
from cases.models import Case
from cases.reach import queues_of
from oms_service.kernel import actors
from oms_service.ports.timeline import Entry, Subject

RANK = 88


def entries(session: Session, subject: Subject) -> Sequence[Entry]:
    """How satisfied the customer was with cases and with deliveries; a few queries."""
    theirs: ColumnElement[bool] = Case.order_id.in_(subject.order_ids)
    if subject.customer_id is not None:
        theirs = or_(theirs, Survey.customer_id == subject.customer_id)
    surveys = session.execute(
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
        .where(Survey.state == AskState.ANSWERED, theirs)
        .order_by(Survey.id)
    ).all()
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
    deliveries = session.execute(
        select(
            OrderFeedback.score,
            OrderFeedback.answered_at,
            OrderFeedback.answered_on,
            OrderFeedback.customer_id,
            OrderFeedback.order_id,
        )
        .where(OrderFeedback.score.is_not(None), OrderFeedback.order_id.in_(subject.order_ids))
        .order_by(OrderFeedback.id)
    )
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
        for row in deliveries
    ]
    return told
