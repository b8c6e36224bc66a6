"""What customers do in Slack is written down before Slack is answered: none of it is lost."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bots.slack.customers import places
from bots.slack.customers.places import Place
from bots.slack.customers.shapes import Happened, Kind
from bots.slack.events import CustomerTold
from bots.slack.models import SlackTold
from bots.slack.views import WorkspaceView
from oms_service.infra.uow import UnitOfWork

#: Slack tells again for an hour at most.
KEPT: Final = timedelta(days=7)
#: Words that nobody has dealt with are kept no longer than this.
WAITING_KEPT: Final = timedelta(days=30)
BATCH: Final = 1_000


@dataclass(frozen=True)
class Told:
    """One thing that waits to be dealt with."""

    id: int
    workspace_id: int
    kind: Kind
    user: str
    place: Place
    content: Mapping[str, Any]
    tries: int


def keep(uow: UnitOfWork, workspace: WorkspaceView, happened: Happened) -> bool:
    """Write down what happened, to be dealt with; whether it is told for the first time."""
    told_id = uow.session.execute(
        insert(SlackTold)
        .values(
            workspace_id=workspace.id,
            key=Place(workspace.team, happened.channel).key,
            mark=happened.mark,
            kind=happened.kind,
            user=happened.user,
            thread=happened.thread,
            ts=happened.ts,
            content=dict(happened.content),
            received_at=uow.now,
        )
        .on_conflict_do_nothing(index_elements=["key", "mark"])
        .returning(SlackTold.id)
    ).scalar()
    if told_id is not None:
        uow.emit(CustomerTold(slack_told_id=told_id))
    return told_id is not None


def key_of(reader: Connection | Session, told_id: int) -> str | None:
    """The direct message in which something was told."""
    return reader.execute(select(SlackTold.key).where(SlackTold.id == told_id)).scalar()


def oldest(reader: Connection | Session, key: str) -> Told | None:
    """What waits longest in a direct message."""
    row = reader.execute(
        select(
            SlackTold.id,
            SlackTold.workspace_id,
            SlackTold.kind,
            SlackTold.user,
            SlackTold.thread,
            SlackTold.content,
            SlackTold.tries,
        )
        .where(SlackTold.key == key, SlackTold.handled_at.is_(None))
        .order_by(SlackTold.ts, SlackTold.id)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    where = replace(places.read(key), thread=row.thread)
    return Told(row.id, row.workspace_id, Kind(row.kind), row.user, where, row.content, row.tries)


def count_try(uow: UnitOfWork, told_id: int) -> None:
    uow.session.execute(
        update(SlackTold).where(SlackTold.id == told_id).values(tries=SlackTold.tries + 1)
    )


def settle(uow: UnitOfWork, told_id: int) -> None:
    """It has been dealt with: its words are in the conversation, and nowhere else."""
    uow.session.execute(
        update(SlackTold)
        .where(SlackTold.id == told_id, SlackTold.handled_at.is_(None))
        .values(handled_at=uow.now, content={}, user="")
    )


def forget_old(uow: UnitOfWork) -> int:
    """The sweep: what nobody tells again goes, and what was never dealt with, after a month."""
    old = (
        select(SlackTold.id)
        .where(
            or_(
                and_(SlackTold.received_at < uow.now - KEPT, SlackTold.handled_at.is_not(None)),
                SlackTold.received_at < uow.now - WAITING_KEPT,
            )
        )
        .order_by(SlackTold.received_at)
        .limit(BATCH)
    )
    gone = uow.session.execute(
        delete(SlackTold).where(SlackTold.id.in_(old.scalar_subquery())).returning(SlackTold.id)
    )
    return len(gone.all())
