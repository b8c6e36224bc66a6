"""Which threads are read again, and when: each now and then, all where that is asked for."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select, update

from bots.slack.models import SlackChannel, SlackThread, SlackWorkspace
from bots.slack.queries import Reader
from oms_service.infra.uow import UnitOfWork

#: Each thread is read again so often.
EVERY: Final = timedelta(minutes=30)
#: A thread in which nothing of ours has stood for so long is nobody's work any more.
LIVES: Final = timedelta(days=30)
#: When what is to be read at the next occasion was read, as it were.
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


def read_again(
    uow: UnitOfWork, *, workspace_id: int | None = None, since: datetime | None = None
) -> int:
    """Have every thread read at the next occasion; done twice, each is still read once.

    Args:
        uow: the transaction.
        workspace_id: those of one workspace alone, as where Slack has kept news from us.
        since: read what was written from then on; without it, from where all is known.

    Returns:
        How many threads are marked.
    """
    here = select(SlackChannel.id)
    if workspace_id is not None:
        here = here.where(SlackChannel.workspace_id == workspace_id)
    values: dict[str, Any] = {"read_at": LONG_AGO}
    if since is not None:
        start = f"{since.timestamp():.6f}"
        values |= {"known_to": func.least(SlackThread.known_to, start), "read_to": ""}
    marked = uow.session.execute(
        update(SlackThread)
        .where(SlackThread.channel_id.in_(here), SlackThread.left_at.is_(None))
        .values(**values)
        .returning(SlackThread.id)
        .execution_options(synchronize_session=False)
    )
    return len(marked.all())


def left(reader: Reader, *, now: datetime) -> int:
    """How many threads wait to be read."""
    found = reader.execute(
        select(SlackThread.id)
        .join(SlackChannel, SlackChannel.id == SlackThread.channel_id)
        .join(SlackWorkspace, SlackWorkspace.id == SlackChannel.workspace_id)
        .where(*may_be_read(now), is_due(now))
    )
    return len(found.all())


def is_due(now: datetime) -> ColumnElement[bool]:
    """The condition of a thread that was read too long ago; one that is new has missed nothing."""
    before = now - EVERY
    return (SlackThread.read_at < before) | (
        SlackThread.read_at.is_(None) & (SlackThread.made_at < before)
    )


def may_be_read(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The conditions of a thread that somebody may still write in, where Slack lets us read."""
    return (
        SlackThread.left_at.is_(None),
        SlackThread.ts != "",
        SlackThread.made_at > now - LIVES,
        SlackChannel.trouble == "",
        SlackChannel.left_at.is_(None),
        SlackWorkspace.revoked_at.is_(None),
        SlackWorkspace.trouble == "",
    )
