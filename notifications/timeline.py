"""What customers were told by notices, as part of their past."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from notifications.models import Notice
from notifications.states import NoticeState
from oms_service.kernel.actors import SYSTEM
from oms_service.ports.timeline import Entry, Subject

RANK = 90


def told(session: Session, subject: Subject) -> Sequence[Entry]:
    """Every notice that was spoken; one query."""
    mine: ColumnElement[bool] = Notice.order_id.in_(subject.order_ids)
    if subject.customer_id is not None:
        mine = or_(mine, Notice.customer_id == subject.customer_id)
    query = (
        select(Notice.template, Notice.at, Notice.channel, Notice.order_id)
        .where(mine, Notice.state == NoticeState.SPOKEN)
        .order_by(Notice.id)
    )
    return [
        Entry(
            kind="notice.told",
            at=row.at,
            actor=SYSTEM.ref,
            channel=row.channel,
            order_id=row.order_id,
            facts={"template": row.template},
            rank=RANK,
        )
        for row in session.execute(query)
    ]
