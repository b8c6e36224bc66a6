"""Everything that Slack tells is dealt with once, however often it is told or pressed."""

from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from bots.slack.events import SlackActed
from bots.slack.models import SlackHeard
from bots.slack.seats import Seat, still_sits
from oms_service.infra.uow import UnitOfWork

#: Slack tells again for an hour at most; who looks into the audit log may come later.
KEPT: Final = timedelta(days=400)
BATCH: Final = 1_000


def first(
    uow: UnitOfWork, key: str, seat: Seat, what: str, *, channel: str = "", ts: str = ""
) -> bool:
    """Whether this is told for the first time; it is noted in the transaction that deals with it.

    What a colleague does stands in the audit log, with their Slack account and the message.

    Whoever comes at the same time waits until that has ended: after a rollback they are the first.

    Raises:
        NotLinked, Forbidden: a colleague was let go or limited since they were read; nothing is
            noted, and what Slack tells again is dealt with as they are then.
    """
    noted = uow.session.execute(
        insert(SlackHeard)
        .values(
            key=key[:200],
            workspace_id=seat.workspace.id if seat.workspace else None,
            user=seat.user,
            what=what[:60],
            channel=channel,
            ts=ts,
            actor=uow.actor.ref,
            correlation_id=uow.correlation_id,
            at=uow.now,
        )
        .on_conflict_do_nothing()
        .returning(SlackHeard.id)
    ).scalar()
    if noted is None:
        return False
    still_sits(uow.session, seat)
    if seat.staff is not None and seat.person is not None:
        uow.emit(
            SlackActed(slack_user_id=seat.person.id, what=what[:60], channel=channel, message=ts)
        )
    return True


def forget_old(uow: UnitOfWork) -> int:
    """The sweep: what is old goes."""
    old = (
        select(SlackHeard.id)
        .where(SlackHeard.at < uow.now - KEPT)
        .order_by(SlackHeard.at)
        .limit(BATCH)
    )
    gone = uow.session.execute(
        delete(SlackHeard).where(SlackHeard.id.in_(old.scalar_subquery())).returning(SlackHeard.id)
    )
    return len(gone.all())
