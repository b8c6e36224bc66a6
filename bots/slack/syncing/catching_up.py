"""After an outage: what colleagues wrote below cards while we did not hear becomes notes, once.

Slack tells an event again for an hour at most. So each thread that may still be written in is read
again now and then, from where it was read before; what was heard already is known by its place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog
from flask_babel import force_locale
from sqlalchemy import or_, select, update

from bots.slack import pace, queries, workspaces
from bots.slack.client import Busy, Refused, Unanswered
from bots.slack.models import SlackChannel, SlackThread, SlackWorkspace
from bots.slack.sealing import CannotOpen
from bots.slack.seats import sit
from bots.slack.syncing import hearing
from bots.slack.views import ThreadView
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import NotFound
from oms_service.runtime import Runtime

log = structlog.get_logger(__name__)

#: Each thread is read again so often.
EVERY: Final = timedelta(minutes=30)
#: A thread in which nothing of ours has stood for so long is nobody's work any more.
LIVES: Final = timedelta(days=30)
METHOD: Final = "conversations.replies"
_MOST: Final = 200
_TROUBLE: Final = (Busy, Refused, Unanswered, CannotOpen, NotFound)


@dataclass(frozen=True)
class Catching:
    """Reads threads again, one at a step."""

    house: Runtime

    def step(self) -> bool:
        """Read one thread again; False where none has to be."""
        taken = self._take()
        if taken is None:
            return False
        thread, team = taken
        try:
            for message in self._replies(thread):
                self._hear(team, thread, message)
        except _TROUBLE as error:
            log.warning("slack.not_caught_up", thread_id=thread.id, cause=str(error))
        return True

    def _take(self) -> tuple[ThreadView, str] | None:
        """The thread that was read longest ago; it is noted first, so none is read twice."""
        with self.house.unit_of_work(SYSTEM) as uow:
            before = uow.now - EVERY
            row = uow.session.execute(
                select(SlackThread.id, SlackWorkspace.id, SlackWorkspace.team)
                .join(SlackChannel, SlackChannel.id == SlackThread.channel_id)
                .join(SlackWorkspace, SlackWorkspace.id == SlackChannel.workspace_id)
                .where(
                    SlackThread.left_at.is_(None),
                    SlackThread.ts != "",
                    SlackThread.made_at > uow.now - LIVES,
                    or_(SlackThread.read_at.is_(None), SlackThread.read_at < before),
                    SlackThread.made_at < before,
                    SlackChannel.trouble == "",
                    SlackWorkspace.revoked_at.is_(None),
                    SlackWorkspace.trouble == "",
                )
                .order_by(SlackThread.read_at.nulls_first(), SlackThread.id)
                .limit(1)
                .with_for_update(skip_locked=True, of=SlackThread)
            ).one_or_none()
            if row is None or pace.take(uow, row[1], METHOD) is not None:
                return None
            uow.session.execute(
                update(SlackThread).where(SlackThread.id == row[0]).values(read_at=uow.now)
            )
            thread = queries.thread_by_id(uow.session, row[0])
            return (thread, row[2]) if thread is not None else None

    def _replies(self, thread: ThreadView) -> Sequence[Mapping[str, Any]]:
        """What people wrote below a card, as Slack has it now."""
        slack = workspaces.slack_of(self.house, thread.channel.workspace_id)
        asked = {"channel": thread.channel.slack_id, "ts": thread.ts, "limit": _MOST}
        found: list[Mapping[str, Any]] = []
        for _ in range(5):
            answer = slack.call(METHOD, asked)
            found += [
                one
                for one in answer.get("messages", ())
                if one.get("user") and not one.get("bot_id") and one.get("ts") != thread.ts
            ]
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
            asked["cursor"] = cursor
        return found

    def _hear(self, team: str, thread: ThreadView, message: Mapping[str, Any]) -> None:
        with self.house.database.reading() as connection:
            seat = sit(
                connection, team, str(message["user"]), language=self.house.settings.language
            )
        event = {**message, "channel": thread.channel.slack_id, "thread_ts": thread.ts}
        with force_locale(str(seat.language)):
            hearing.caught_up(self.house, seat, event, thread)
