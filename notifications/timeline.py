"""What customers were told by notices, as part of their past."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from notifications.models import Notice
from notifications.rules_words import RULES
from notifications.states import NoticeState
from oms_service.infra.hot import among, named
from oms_service.kernel.actors import SYSTEM
from oms_service.ports.timeline import Entry, Subject

RANK = 90


def told(session: Session, subject: Subject) -> Sequence[Entry]:
    """Every notice that was spoken; one query."""
    asked = list(subject.order_ids)
    rows = _TOLD.all(session, order_ids=asked, customer_id=subject.customer_id)
    return [
        Entry(
            kind="notice.told",
            at=row.at,
            actor=SYSTEM.ref,
            channel=row.channel,
            order_id=row.order_id,
            facts={"template": row.template, "told": RULES.get(row.template, row.template)},
            rank=RANK,
        )
        for row in rows
    ]


_TOLD: Final = named(
    select(Notice.template, Notice.at, Notice.channel, Notice.order_id)
    .where(
        or_(Notice.order_id == among("order_ids"), Notice.customer_id == bindparam("customer_id")),
        Notice.state == NoticeState.SPOKEN,
    )
    .order_by(Notice.id)
)
