"""Reading what is kept of Slack."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, select
from sqlalchemy.orm import Session

from bots.slack.models import SlackChannel, SlackPerson, SlackPost, SlackThread, SlackWorkspace
from bots.slack.states import PostState
from bots.slack.views import ChannelView, PersonView, ThreadView, WorkspaceView

Reader = Connection | Session

_WORKSPACE: Final[tuple[Any, ...]] = (
    SlackWorkspace.id,
    SlackWorkspace.team,
    SlackWorkspace.name,
    SlackWorkspace.app,
    SlackWorkspace.bot,
    SlackWorkspace.bot_user,
    SlackWorkspace.scopes,
    SlackWorkspace.installed_at,
    SlackWorkspace.revoked_at,
    SlackWorkspace.trouble,
)
CHANNEL: Final[tuple[Any, ...]] = (
    SlackChannel.id,
    SlackChannel.workspace_id,
    SlackChannel.slack_id,
    SlackChannel.name,
    SlackChannel.is_private,
    SlackChannel.queue_id,
    SlackChannel.case_id,
    SlackChannel.language,
    SlackChannel.trouble,
)


# Workspaces and people


def workspaces(reader: Reader) -> Sequence[WorkspaceView]:
    """Every workspace that ever let us in, in the order in which they did."""
    rows = reader.execute(select(*_WORKSPACE).order_by(SlackWorkspace.id))
    return [WorkspaceView(*row) for row in rows]


def workspace(reader: Reader, workspace_id: int) -> WorkspaceView | None:
    return _one_workspace(reader, SlackWorkspace.id == workspace_id)


def of_team(reader: Reader, team: str) -> WorkspaceView | None:
    return _one_workspace(reader, SlackWorkspace.team == team)


def token_box(reader: Reader, workspace_id: int) -> str:
    """The sealed token; empty where we are let in no more."""
    query = select(SlackWorkspace.token_box).where(SlackWorkspace.id == workspace_id)
    return reader.execute(query).scalar() or ""


def person(reader: Reader, workspace_id: int, user: str) -> PersonView | None:
    return _one_person(
        reader, (SlackPerson.workspace_id == workspace_id) & (SlackPerson.user == user)
    )


def person_by_id(reader: Reader, person_id: int) -> PersonView | None:
    return _one_person(reader, SlackPerson.id == person_id)


def people_of(reader: Reader, staff_id: int) -> Sequence[PersonView]:
    """Where a colleague is known, the oldest link first."""
    rows = reader.execute(
        select(*_PERSON).where(SlackPerson.staff_id == staff_id).order_by(SlackPerson.id)
    )
    return [PersonView(*row) for row in rows]


def people(reader: Reader, workspace_id: int) -> Sequence[PersonView]:
    """Everybody of a workspace who is linked to a colleague."""
    rows = reader.execute(
        select(*_PERSON)
        .where(SlackPerson.workspace_id == workspace_id, SlackPerson.staff_id.is_not(None))
        .order_by(SlackPerson.id)
    )
    return [PersonView(*row) for row in rows]


# Channels and threads


def channels(reader: Reader) -> Sequence[ChannelView]:
    """Every channel in use, by name."""
    rows = reader.execute(
        select(*CHANNEL)
        .where(SlackChannel.left_at.is_(None))
        .order_by(SlackChannel.name, SlackChannel.id)
    )
    return [ChannelView(*row) for row in rows]


def channel(reader: Reader, channel_id: int) -> ChannelView | None:
    return _one_channel(reader, SlackChannel.id == channel_id)


def left_channel(reader: Reader, channel_id: int) -> ChannelView | None:
    """A channel that is used no more."""
    return _one_channel(reader, (SlackChannel.id == channel_id) & SlackChannel.left_at.is_not(None))


def channel_of_queue(reader: Reader, queue_id: int) -> ChannelView | None:
    return _one_channel(
        reader, (SlackChannel.queue_id == queue_id) & SlackChannel.left_at.is_(None)
    )


def channel_at(reader: Reader, workspace_id: int, slack_id: str) -> ChannelView | None:
    return _one_channel(
        reader, (SlackChannel.workspace_id == workspace_id) & (SlackChannel.slack_id == slack_id)
    )


def thread_of(reader: Reader, case_id: int) -> ThreadView | None:
    """Where a case stands now."""
    return _one_thread(reader, (SlackThread.case_id == case_id) & SlackThread.left_at.is_(None))


def thread_by_id(reader: Reader, thread_id: int) -> ThreadView | None:
    return _one_thread(reader, SlackThread.id == thread_id)


def thread_at(reader: Reader, workspace_id: int, slack_id: str, ts: str) -> ThreadView | None:
    """The thread below a message, if that is a card of ours."""
    if not ts:
        return None
    here = (SlackChannel.workspace_id == workspace_id) & (SlackChannel.slack_id == slack_id)
    return _one_thread(reader, here & (SlackThread.ts == ts))


def waiting(reader: Reader, channel_id: int) -> int:
    """How many posts wait to leave in a channel."""
    query = select(SlackPost.id).where(
        SlackPost.channel_id == channel_id, SlackPost.state == PostState.WAITING
    )
    return len(reader.execute(query).all())


# Inside

_PERSON = (
    SlackPerson.id,
    SlackPerson.workspace_id,
    SlackPerson.user,
    SlackPerson.staff_id,
    SlackPerson.linked_at,
)


def _one_workspace(reader: Reader, where: ColumnElement[bool]) -> WorkspaceView | None:
    row = reader.execute(select(*_WORKSPACE).where(where)).one_or_none()
    return None if row is None else WorkspaceView(*row)


def _one_person(reader: Reader, where: ColumnElement[bool]) -> PersonView | None:
    row = reader.execute(select(*_PERSON).where(where)).one_or_none()
    return None if row is None else PersonView(*row)


def _one_channel(reader: Reader, where: ColumnElement[bool]) -> ChannelView | None:
    row = reader.execute(select(*CHANNEL).where(where)).one_or_none()
    return None if row is None else ChannelView(*row)


def _one_thread(reader: Reader, where: ColumnElement[bool]) -> ThreadView | None:
    row = reader.execute(
        select(SlackThread.id, SlackThread.case_id, SlackThread.ts, SlackThread.left_at, *CHANNEL)
        .join(SlackChannel, SlackChannel.id == SlackThread.channel_id)
        .where(where)
        .order_by(SlackThread.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    thread_id, case_id, ts, left_at, *of_channel = row
    return ThreadView(thread_id, case_id, ChannelView(*of_channel), ts, left_at is not None)
