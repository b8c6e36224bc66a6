"""Couriers: they bring to Slack what waits for its channels, one post at a time in each.

A step leases a channel, closes its transaction, calls Slack without one, and notes how it went in
a transaction of its own. A courier that dies leaves its channel to the next when the lease has run
out, with a mark that the call had begun: the next one looks for the post in Slack by its metadata
before it posts again. While Slack is away everything waits; nothing is given up for that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import select, update

from bots.slack import pace, queries, sealing, workspaces
from bots.slack.client import Busy, Refused, Slack, Unanswered
from bots.slack.lanes import CHANGE, LEASE_S, POST, due
from bots.slack.models import SlackChannel, SlackPost, SlackThread, SlackWorkspace
from bots.slack.states import PostKind, PostState
from bots.slack.views import ChannelView, PostView
from oms_service.infra.db import is_in_the_way
from oms_service.infra.fallout import cause_of
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import NotFound
from oms_service.runtime import Runtime

log = structlog.get_logger(__name__)

#: How our posts are marked, so that they are found again.
MARK: Final = "order_desk_post"
#: Waits after the first, second, third ... call that nobody answered.
_BACKOFF_S: Final = (1, 2, 5, 15, 30, 60)
#: So much earlier than it began our clock may have stood, seen from Slack's.
_DRIFT: Final = timedelta(seconds=60)
#: As many of a channel's newest messages as are looked through for our own.
_LOOKED_AT: Final = 200
_PAGES: Final = 20
#: What is wrong with the channel and not with the post.
_OF_CHANNEL: Final = frozenset(
    {
        "channel_not_found",
        "is_archived",
        "not_in_channel",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
    }
)
#: Slack does not let us in any more.
_OF_WORKSPACE: Final = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "not_authed",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "missing_scope",
        "no_permission",
        "org_login_required",
    }
)


@dataclass(frozen=True)
class Drawn:
    """A post as it is to stand; None where it is not wanted any more."""

    text: str
    blocks: list[dict[str, Any]]
    #: More of Slack's own arguments, such as ``unfurl_links``.
    more: Mapping[str, Any] = field(default_factory=dict)


Draw = Callable[[Runtime, PostView], Drawn | None]


@dataclass(frozen=True)
class Sending:
    """Sends what waits, a post at a time; any number of them beside each other."""

    house: Runtime
    draws: Mapping[PostKind, Draw]

    def step(self) -> bool:
        """Send one post of the channel that was free first; False where nothing waits."""
        taken = self._take()
        if taken is None:
            return False
        try:
            self._bring(taken)
        except Busy as busy:
            self._rest(taken, busy.wait_s)
        except Unanswered as error:
            log.warning("slack.unanswered", post_id=taken.id, cause=str(error))
            self._put_off(taken)
        except Refused as refused:
            self._refused(taken, refused.code)
        except (NotFound, sealing.CannotOpen) as error:
            self._trouble_of_workspace(taken, type(error).__name__)
        except Exception as error:  # noqa: BLE001 - whatever it was, others go on and it is shown
            if is_in_the_way(error):
                self._put_off(taken)
                return True
            # One post that cannot be drawn must not keep the others of its channel from leaving.
            log.error("slack.not_drawn", post_id=taken.id, cause=cause_of(error))  # noqa: TRY400 - a trace may quote a customer
            self._fail(taken, f"broke: {type(error).__name__}")
        return True

    def _take(self) -> PostView | None:
        """Lease a channel and mark its oldest post as begun."""
        with self.house.unit_of_work(SYSTEM) as uow:
            row = uow.session.execute(
                select(*queries.CHANNEL)
                .join(SlackWorkspace, SlackWorkspace.id == SlackChannel.workspace_id)
                .where(
                    due(uow.now), SlackWorkspace.revoked_at.is_(None), SlackWorkspace.trouble == ""
                )
                .order_by(SlackChannel.free_at, SlackChannel.id)
                .limit(1)
                .with_for_update(skip_locked=True, of=SlackChannel)
            ).one_or_none()
            if row is None:
                return None
            channel = ChannelView(*row)
            post = uow.session.scalars(
                select(SlackPost)
                .where(SlackPost.channel_id == channel.id, SlackPost.state == PostState.WAITING)
                .order_by(SlackPost.queued_at, SlackPost.id)
                .limit(1)
                .with_for_update()
            ).one_or_none()
            if post is None:
                return None
            view = PostView(
                post.id,
                channel,
                post.thread_id,
                post.kind,
                post.key,
                dict(post.facts),
                post.wanted,
                post.ts,
                post.tries,
                post.queued_at,
                post.begun_at,
            )
            if post.ts and pace.take(uow, channel.workspace_id, CHANGE) is not None:
                return None  # another courier has just taken the last
            post.begun_at = uow.now
            uow.session.execute(
                update(SlackChannel)
                .where(SlackChannel.id == channel.id)
                .values(busy_until=uow.now + timedelta(seconds=LEASE_S))
            )
            return view

    def _bring(self, post: PostView) -> None:
        slack = workspaces.slack_of(self.house, post.channel.workspace_id)
        root = self._root(post)
        if post.was_begun is not None and not post.ts:
            found = look_up(slack, post.channel.slack_id, post.key, root, since=post.was_begun)
            if found:
                # It stands there already; what it says may be older than what is wanted now.
                self._settle(post, found, is_newest=post.kind is not PostKind.CARD)
                return
        drawn = self.draws[post.kind](self.house, post)
        if drawn is None:
            self._drop(post)
            return
        said = {"text": drawn.text, "blocks": drawn.blocks, **drawn.more}
        said["metadata"] = {"event_type": MARK, "event_payload": {"key": post.key}}
        if post.ts:
            try:
                slack.call(CHANGE, {"channel": post.channel.slack_id, "ts": post.ts, **said})
            except Refused as refused:
                if refused.code not in {"message_not_found", "cant_update_message"}:
                    raise
                self._forget_ts(post)  # somebody deleted it there: it is posted anew
                return
            self._settle(post, post.ts, is_newest=True)
            return
        answer = slack.call(
            POST,
            {"channel": post.channel.slack_id, "thread_ts": root or None, **said},
        )
        self._settle(post, str(answer["ts"]), is_newest=True)

    def _root(self, post: PostView) -> str:
        """The card below which a post stands; empty for cards and for what stands alone."""
        if post.thread_id is None or post.kind is PostKind.CARD:
            return ""
        with self.house.database.reading() as connection:
            thread = queries.thread_by_id(connection, post.thread_id)
        return thread.ts if thread else ""

    # How it went

    def _settle(self, post: PostView, ts: str, *, is_newest: bool) -> None:
        with self.house.unit_of_work(SYSTEM) as uow:
            held = uow.session.get_one(
                SlackPost, post.id, with_for_update=True, populate_existing=True
            )
            held.ts, held.begun_at, held.tries, held.detail = ts, None, 0, ""
            held.drawn = post.wanted if is_newest else held.drawn
            if held.drawn >= held.wanted:
                held.state, held.sent_at = PostState.SENT, uow.now
            if post.kind is PostKind.CARD and post.thread_id is not None:
                uow.session.execute(
                    update(SlackThread).where(SlackThread.id == post.thread_id).values(ts=ts)
                )
            self._free(uow, post, None if post.ts else uow.now + pace.OF_CHANNEL)

    def _forget_ts(self, post: PostView) -> None:
        with self.house.unit_of_work(SYSTEM) as uow:
            _of(uow, post, ts="", begun_at=None)
            self._free(uow, post)

    def _drop(self, post: PostView) -> None:
        with self.house.unit_of_work(SYSTEM) as uow:
            _of(uow, post, state=PostState.DROPPED, begun_at=None)
            self._free(uow, post)

    def _rest(self, post: PostView, wait_s: float) -> None:
        """Slack wants a rest; nothing was done, and no try is counted."""
        log.info("slack.busy", post_id=post.id, is_change=bool(post.ts), wait_s=wait_s)
        with self.house.unit_of_work(SYSTEM) as uow:
            until = uow.now + timedelta(seconds=wait_s)
            _of(uow, post, begun_at=post.was_begun)
            if post.ts:
                pace.rest(uow, post.channel.workspace_id, CHANGE, until)
            self._free(uow, post, None if post.ts else until)

    def _put_off(self, post: PostView) -> None:
        """Nobody answered: it may stand there by now. The whole channel waits: order is kept."""
        wait_s = _BACKOFF_S[min(post.tries, len(_BACKOFF_S) - 1)]
        with self.house.unit_of_work(SYSTEM) as uow:
            _of(uow, post, tries=min(post.tries + 1, 1_000), detail="unanswered")
            uow.session.execute(
                update(SlackChannel)
                .where(SlackChannel.id == post.channel.id)
                .values(busy_until=uow.now + timedelta(seconds=wait_s))
            )

    def _refused(self, post: PostView, code: str) -> None:
        if code in _OF_WORKSPACE:
            self._trouble_of_workspace(post, code)
            return
        if code in _OF_CHANNEL:
            log.warning("slack.channel_refused", channel_id=post.channel.id, cause=code)
            with self.house.unit_of_work(SYSTEM) as uow:
                _of(uow, post, begun_at=None)
                self._free(uow, post, trouble=code)
            return
        self._fail(post, code)

    def _trouble_of_workspace(self, post: PostView, code: str) -> None:
        log.warning(
            "slack.workspace_refused", slack_workspace_id=post.channel.workspace_id, cause=code
        )
        with self.house.unit_of_work(SYSTEM) as uow:
            _of(uow, post, begun_at=None)
            uow.session.execute(
                update(SlackWorkspace)
                .where(SlackWorkspace.id == post.channel.workspace_id)
                .values(trouble=code[:60])
            )
            self._free(uow, post)

    def _fail(self, post: PostView, detail: str) -> None:
        """Slack takes this one never; a card is tried again with its next change."""
        log.error("slack.post_failed", post_id=post.id, kind=post.kind, cause=detail)
        with self.house.unit_of_work(SYSTEM) as uow:
            _of(uow, post, state=PostState.FAILED, begun_at=None, detail=detail[:200])
            self._free(uow, post)

    def _free(
        self, uow: UnitOfWork, post: PostView, free_at: datetime | None = None, *, trouble: str = ""
    ) -> None:
        """End the lease; with ``free_at`` no new post leaves before."""
        values: dict[str, Any] = {"busy_until": None, "trouble": trouble[:60]}
        if free_at is not None:
            values["free_at"] = free_at
        uow.session.execute(
            update(SlackChannel).where(SlackChannel.id == post.channel.id).values(**values)
        )


def _of(uow: UnitOfWork, post: PostView, **values: Any) -> None:
    uow.session.execute(
        update(SlackPost)
        .where(SlackPost.id == post.id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def look_up(slack: Slack, channel: str, key: str, root: str, *, since: datetime) -> str:
    """Where a post of ours stands that may have been taken already; empty where it does not.

    Raises:
        Busy, Refused, Unanswered: as the call.
    """
    asked: dict[str, Any] = {
        "channel": channel,
        "oldest": f"{(since - _DRIFT).timestamp():.6f}",
        "include_all_metadata": True,
        "limit": _LOOKED_AT,
    }
    method = "conversations.history"
    if root:
        method, asked["ts"] = "conversations.replies", root
    for _ in range(_PAGES):
        answer = slack.call(method, asked)
        for message in answer.get("messages", ()):
            metadata = message.get("metadata") or {}
            payload = metadata.get("event_payload") or {}
            if metadata.get("event_type") == MARK and payload.get("key") == key:
                return str(message["ts"])
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return ""
        asked["cursor"] = cursor
    return ""
