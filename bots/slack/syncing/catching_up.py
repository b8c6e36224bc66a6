"""After an outage: what colleagues wrote, changed and deleted below cards while we did not hear.

Slack tells an event again for an hour at most. So each thread that may still be written in is read
again now and then: from where all is known, or from the oldest note that may still be changed. A
step reads one page; where there is more, the next one goes on behind it. What was heard already is
known by its place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog
from flask_babel import force_locale
from sqlalchemy import select, update

from bots.slack import pace, queries, rereading, workspaces
from bots.slack.client import Busy, Refused, Unanswered
from bots.slack.models import SlackChannel, SlackSpoken, SlackThread, SlackWorkspace
from bots.slack.sealing import CannotOpen
from bots.slack.seats import Seat, sit
from bots.slack.syncing import hearing
from bots.slack.views import ThreadView
from cases import queries as cases
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import NotFound
from oms_service.runtime import Runtime

log = structlog.get_logger(__name__)

#: A note is looked after for so long, for being changed or deleted there.
CHANGES: Final = timedelta(days=7)
METHOD: Final = "conversations.replies"
_MOST: Final = 200
_TROUBLE: Final = (Refused, Unanswered, CannotOpen, NotFound)


@dataclass(frozen=True)
class _Taken:
    """A thread, where its reading begins, and the notes behind that of which we know."""

    thread: ThreadView
    team: str
    start: str
    #: Words by place.
    notes: Mapping[str, str]


@dataclass(frozen=True)
class Catching:
    """Reads threads again, a page at a step; any number of them beside each other."""

    house: Runtime
    page: int = _MOST

    def step(self) -> bool:
        """Read a page of one thread; False where none has to be read, or may be now."""
        taken = self._take()
        if taken is None:
            return False
        try:
            self._hear_page(taken)
        except Busy as busy:
            self._rest(taken, busy.wait_s)
        except _TROUBLE as error:
            log.warning("slack.not_caught_up", thread_id=taken.thread.id, cause=str(error))
        return True

    def _take(self) -> _Taken | None:
        """It is noted as read first, so that nobody else reads it at the same time."""
        with self.house.unit_of_work(SYSTEM) as uow:
            row = uow.session.execute(
                select(
                    SlackThread.id,
                    SlackWorkspace.id,
                    SlackWorkspace.team,
                    SlackThread.known_to,
                    SlackThread.read_to,
                )
                .join(SlackChannel, SlackChannel.id == SlackThread.channel_id)
                .join(SlackWorkspace, SlackWorkspace.id == SlackChannel.workspace_id)
                .where(
                    *rereading.may_be_read(uow.now),
                    rereading.is_due(uow.now),
                    SlackWorkspace.id.not_in(pace.full(METHOD, uow.now)),
                )
                .order_by(SlackThread.read_at.nulls_first(), SlackThread.id)
                .limit(1)
                .with_for_update(skip_locked=True, of=SlackThread)
            ).one_or_none()
            if row is None:
                return None
            thread_id, workspace_id, team, known_to, read_to = row
            if pace.take(uow, workspace_id, METHOD) is not None:
                return None  # another has just taken the last
            uow.session.execute(
                update(SlackThread).where(SlackThread.id == thread_id).values(read_at=uow.now)
            )
            thread = queries.thread_by_id(uow.session, thread_id)
            if thread is None:
                raise AssertionError("it was just locked")
            notes = _notes(uow, thread)
            start = read_to or min([known_to, *(_just_before(ts) for ts in notes)])
            behind = {ts: words for ts, words in notes.items() if ts > start}
            return _Taken(thread, team, start, behind)

    def _hear_page(self, taken: _Taken) -> None:
        """Hear what stands there, and note how far we are; who dies in between reads it again."""
        thread = taken.thread
        slack = workspaces.slack_of(self.house, thread.channel.workspace_id)
        asked = {
            "channel": thread.channel.slack_id,
            "ts": thread.ts,
            "limit": self.page,
            "oldest": taken.start or None,
        }
        answer = slack.call(METHOD, asked)
        below = [
            one
            for one in answer.get("messages", ())
            if isinstance(one, Mapping) and str(one.get("ts") or "") > max(taken.start, thread.ts)
        ]
        below.sort(key=lambda one: str(one["ts"]))
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        is_more = bool(cursor and below)
        end = str(below[-1]["ts"]) if below else ""
        self._hear(taken, below)
        if answer.get("messages"):  # the card at the least; without it nothing is proved
            self._miss(taken, {str(one["ts"]) for one in below}, upto=end if is_more else "")
        with self.house.unit_of_work(SYSTEM) as uow:
            values: dict[str, Any] = {"read_to": "", "known_to": max(end, taken.start)}
            if is_more:
                values = {"read_to": end, "read_at": rereading.LONG_AGO}
            uow.session.execute(
                update(SlackThread).where(SlackThread.id == thread.id).values(**values)
            )

    def _hear(self, taken: _Taken, below: Sequence[Mapping[str, Any]]) -> None:
        channel = taken.thread.channel.slack_id
        for message in below:
            if not message.get("user") or message.get("bot_id"):
                continue
            seat = self._seat(taken, str(message["user"]))
            with force_locale(str(seat.language)):
                if str(message["ts"]) in taken.notes:
                    hearing.found_otherwise(self.house, seat, channel, message)
                else:
                    event = {**message, "channel": channel, "thread_ts": taken.thread.ts}
                    hearing.caught_up(self.house, seat, event, taken.thread)

    def _miss(self, taken: _Taken, found: set[str], *, upto: str) -> None:
        """Notes of ours that stand there no more, of as much as was read."""
        for ts, words in taken.notes.items():
            if ts not in found and (not upto or ts <= upto):
                seat = self._seat(taken, "")
                with force_locale(str(seat.language)):
                    channel = taken.thread.channel.slack_id
                    hearing.found_gone(self.house, seat, channel, ts, words)

    def _seat(self, taken: _Taken, user: str) -> Seat:
        with self.house.database.reading() as connection:
            return sit(connection, taken.team, user, language=self.house.settings.language)

    def _rest(self, taken: _Taken, wait_s: float) -> None:
        """Slack wants a rest: nothing was read, and it is the same thread's turn after that."""
        with self.house.unit_of_work(SYSTEM) as uow:
            until = uow.now + timedelta(seconds=wait_s)
            pace.rest(uow, taken.thread.channel.workspace_id, METHOD, until)
            uow.session.execute(
                update(SlackThread)
                .where(SlackThread.id == taken.thread.id)
                .values(read_at=rereading.LONG_AGO)
            )


def _notes(uow: UnitOfWork, thread: ThreadView) -> dict[str, str]:
    """What young notes said that stand in the thread, by their place there."""
    rows = uow.session.execute(
        select(SlackSpoken.ts, SlackSpoken.entry_id).where(
            SlackSpoken.thread_id == thread.id,
            SlackSpoken.is_later.is_(False),
            SlackSpoken.at > uow.now - CHANGES,
        )
    ).all()
    if not rows:
        return {}
    words = {one.id: one.text for one in cases.entries(uow.session, thread.case_id)}
    return {ts: words.get(entry_id, "") for ts, entry_id in rows}


def _just_before(ts: str) -> str:
    """The moment before: what Slack is asked for stands behind it."""
    seconds, _, rest = ts.partition(".")
    whole = int(f"{seconds}{rest:0<6}"[:20]) - 1
    return f"{whole // 1_000_000}.{whole % 1_000_000:06d}"
