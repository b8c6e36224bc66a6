"""What is to stand in channels: queued here in the transaction that wants it, sent by couriers.

A channel is a queue: its posts leave one at a time, in the order in which they were queued. A card
is one post for ever; wanted again while it waits, it is drawn once.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert

from bots.slack import pace, queries
from bots.slack.events import SlackChannelLeft
from bots.slack.models import SlackChannel, SlackPost, SlackThread, SlackWorkspace
from bots.slack.states import PostKind, PostState
from bots.slack.views import ThreadView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Stale
from oms_service.kernel.languages import Language


def say(
    uow: UnitOfWork,
    channel_id: int,
    kind: PostKind,
    key: str,
    facts: Mapping[str, Any],
    *,
    thread_id: int | None = None,
) -> None:
    """Queue a post; queued before under the same key, it is there already."""
    uow.session.execute(
        insert(SlackPost)
        .values(
            channel_id=channel_id,
            thread_id=thread_id,
            kind=kind,
            key=key,
            facts=dict(facts),
            state=PostState.WAITING,
            queued_at=uow.now,
        )
        .on_conflict_do_nothing()
    )


def say_in_thread(
    uow: UnitOfWork, case_id: int, kind: PostKind, key: str, facts: Mapping[str, Any]
) -> bool:
    """Queue a post below the card of a case; False where the case stands in no channel."""
    found = queries.thread_of(uow.session, case_id)
    if found is None:
        return False
    say(uow, found.channel.id, kind, f"{key}:{found.id}", facts, thread_id=found.id)
    return True


def stand(uow: UnitOfWork, case_id: int, queue_id: int) -> ThreadView | None:
    """Have a case stand in the channel of its queue; moved there, it leaves where it stood.

    A case with a channel of its own stays in it.

    Returns:
        Where it stands; None where its queue has no channel.
    """
    before = queries.thread_of(uow.session, case_id)
    if before is not None and before.channel.case_id == case_id:
        return before
    channel = queries.channel_of_queue(uow.session, queue_id)
    if before is not None and channel is not None and before.channel.id == channel.id:
        return before
    if channel is None:
        # Where nobody of the new queue looks, those of the old one see what becomes of it.
        return before
    return move(uow, case_id, channel.id)


def move(uow: UnitOfWork, case_id: int, channel_id: int) -> ThreadView:
    """Have a case stand in a channel, below a card of its own; where it stood, it is left."""
    left = uow.session.execute(
        update(SlackThread)
        .where(
            SlackThread.case_id == case_id,
            SlackThread.left_at.is_(None),
            SlackThread.channel_id != channel_id,
        )
        .values(left_at=uow.now)
        .returning(SlackThread.id)
        .execution_options(synchronize_session=False)
    ).scalars()
    for thread_id in left:
        _want(uow, SlackPost.thread_id == thread_id)
    uow.session.execute(
        insert(SlackThread)
        .values(case_id=case_id, channel_id=channel_id, made_at=uow.now)
        .on_conflict_do_nothing()
    )
    found = queries.thread_of(uow.session, case_id)
    if found is None:
        raise AssertionError("it stands there now")
    say(
        uow,
        found.channel.id,
        PostKind.CARD,
        f"card:{found.id}",
        {"case_id": case_id},
        thread_id=found.id,
    )
    return found


def bring_back(uow: UnitOfWork, case_id: int, queue_id: int) -> None:
    """Have a case stand in its queue's channel again; the channel that it had is put away.

    Raises:
        Stale: it has no channel of its own, or its queue has none.
    """
    before = queries.thread_of(uow.session, case_id)
    channel = queries.channel_of_queue(uow.session, queue_id)
    if before is None or before.channel.case_id != case_id or channel is None:
        raise Stale("there is nowhere to go back to")
    move(uow, case_id, channel.id)
    left = uow.session.execute(
        update(SlackChannel)
        .where(SlackChannel.id == before.channel.id, SlackChannel.left_at.is_(None))
        .values(left_at=uow.now)
        .returning(SlackChannel.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    if left is not None:
        uow.emit(SlackChannelLeft(slack_channel_id=left))


def close(uow: UnitOfWork, channel_id: int) -> None:
    """A channel that was left is put away: nothing more is said there."""
    uow.session.execute(
        update(SlackPost)
        .where(SlackPost.channel_id == channel_id, SlackPost.state == PostState.WAITING)
        .values(state=PostState.DROPPED, begun_at=None)
        .execution_options(synchronize_session=False)
    )


def come_back(uow: UnitOfWork, case_id: int, queue_id: int) -> None:
    """A settled case leaves the channel that it had of its own; one without stays where it is."""
    found = queries.thread_of(uow.session, case_id)
    if found is None or found.channel.case_id != case_id:
        return
    if queries.channel_of_queue(uow.session, queue_id) is not None:
        bring_back(uow, case_id, queue_id)


def redraw(uow: UnitOfWork, case_id: int) -> None:
    """Have the card of a case drawn anew, wherever it stands now."""
    found = queries.thread_of(uow.session, case_id)
    if found is not None:
        _want(uow, SlackPost.thread_id == found.id)


def again(uow: UnitOfWork, post_id: int) -> None:
    """Have one post drawn anew, as what it tells of is otherwise now."""
    _want(uow, SlackPost.id == post_id, kind=PostKind.TOLD)


def _want(uow: UnitOfWork, where: Any, *, kind: PostKind = PostKind.CARD) -> None:
    """One more drawing of a card. One that waits keeps its place."""
    uow.session.execute(
        update(SlackPost)
        .where(where, SlackPost.kind == kind)
        .values(wanted=SlackPost.wanted + 1)
        .execution_options(synchronize_session=False)
    )
    uow.session.execute(
        update(SlackPost)
        .where(where, SlackPost.kind == kind, SlackPost.state != PostState.WAITING)
        .values(state=PostState.WAITING, queued_at=uow.now, begun_at=None, tries=0)
        .execution_options(synchronize_session=False)
    )


def say_otherwise(uow: UnitOfWork, where: ColumnElement[bool]) -> None:
    """Have posts that stand drawn anew, as what they say has changed."""
    uow.session.execute(
        update(SlackPost)
        .where(where, SlackPost.state != PostState.DROPPED)
        .values(
            wanted=SlackPost.wanted + 1,
            state=PostState.WAITING,
            queued_at=uow.now,
        )
        .execution_options(synchronize_session=False)
    )


def drop(uow: UnitOfWork, key: str) -> bool:
    """Take back what has not left yet; False where it has, or is leaving at this moment."""
    gone = uow.session.execute(
        update(SlackPost)
        .where(
            SlackPost.key == key, SlackPost.state == PostState.WAITING, SlackPost.begun_at.is_(None)
        )
        .values(state=PostState.DROPPED)
        .returning(SlackPost.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    return gone is not None


def know(  # noqa: PLR0913 - by name
    uow: UnitOfWork,
    workspace_id: int,
    slack_id: str,
    *,
    name: str,
    language: Language,
    is_private: bool = False,
    queue_id: int | None = None,
    case_id: int | None = None,
) -> int:
    """Know a channel from now on, and what it is for; known before, it is for that now. Its id."""
    said: dict[str, Any] = {
        "name": name[:100],
        "is_private": is_private,
        "queue_id": queue_id,
        "case_id": case_id,
        "language": language,
        "trouble": "",
        "left_at": None,
    }
    kept = insert(SlackChannel).values(
        workspace_id=workspace_id, slack_id=slack_id, free_at=uow.now, made_at=uow.now, **said
    )
    return uow.session.scalars(
        kept.on_conflict_do_update(
            index_elements=["workspace_id", "slack_id"], set_=said
        ).returning(SlackChannel.id)
    ).one()


# Sending


#: A courier that has not come back after so long is taken for dead.
LEASE_S: Final = 60
POST: Final = "chat.postMessage"
CHANGE: Final = "chat.update"


def due(now: datetime) -> ColumnElement[bool]:
    """The condition of a channel in which something can leave now.

    A channel that was left is served until it is put away, so that its card says where the case
    went. New posts go at the channel's own pace. What stands there already is changed meanwhile,
    at the pace of that method in its workspace.
    """
    waits = select(SlackPost.id).where(
        SlackPost.channel_id == SlackChannel.id, SlackPost.state == PostState.WAITING
    )
    may_post = (SlackChannel.free_at <= now) & waits.where(SlackPost.ts == "").exists()
    may_change = (
        SlackChannel.workspace_id.not_in(pace.full(CHANGE, now))
        & waits.where(SlackPost.ts != "").exists()
    )
    return (
        or_(may_post, may_change)
        & or_(SlackChannel.busy_until.is_(None), SlackChannel.busy_until < now)
        & (SlackChannel.trouble == "")
    )


def try_again(uow: UnitOfWork) -> int:
    """The sweep: what Slack refused for a channel or a workspace may be allowed by now.

    A channel for which nothing waits keeps its trouble, so that people see it.
    """
    waits = select(SlackPost.id).where(
        SlackPost.channel_id == SlackChannel.id, SlackPost.state == PostState.WAITING
    )
    freed = 0
    in_use = waits.exists() & SlackChannel.left_at.is_(None)
    for model, is_wanted in ((SlackChannel, in_use), (SlackWorkspace, true())):
        found = uow.session.execute(
            update(model)
            .where(model.trouble != "", is_wanted)
            .values(trouble="")
            .returning(model.id)
            .execution_options(synchronize_session=False)
        )
        freed += len(found.all())
    return freed
