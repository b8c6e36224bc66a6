"""How messages leave on LINE: by a reply token while there is a good one, else as pushes.

Replies cost nothing and answer what the customer wrote last; pushes count against the month. What
is no more allowed this month waits, and goes with the answer to whatever the customer writes next.
One sender at a time writes to one person, so that messages arrive as they were said.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from bots.line import client, parts, queries, service
from bots.line.client import Api, Busy, Refused, Unanswered
from bots.line.parts import Object
from bots.line.views import AccountView, TokenView
from bots.wording import SpokenFormats
from oms_service.conversations.service import OR_ELSE
from oms_service.conversations.states import DeliveryState
from oms_service.conversations.transports import Outcome, Outgoing
from oms_service.infra import locks
from oms_service.infra.db import Database
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM, Actor
from oms_service.kernel.clock import Clock
from oms_service.kernel.ids import digest

log = structlog.get_logger(__name__)

OpenUow = Callable[[Actor], AbstractContextManager[UnitOfWork]]

#: What LINE says of the month is asked again so often.
_QUOTA_FRESH: Final = timedelta(minutes=10)
#: Names the keys by which LINE knows a push again.
_KEYS: Final = uuid.UUID("6d0f5c8e-3f0b-5b3c-9a52-6c2f6f0c1f0e")

REPLIED: Final = Outcome(DeliveryState.SENT, "line.reply")
PUSHED: Final = Outcome(DeliveryState.SENT, "line.push")
#: It waits for the next answer to the customer, or for the next month.
USED_UP: Final = Outcome(DeliveryState.QUEUED, "line.used_up")
#: The same, of what is said another way instead.
NO_MORE: Final = Outcome(DeliveryState.FAILED, "line.used_up")
OFF: Final = Outcome(DeliveryState.QUEUED, "line.off")
BLOCKED: Final = Outcome(DeliveryState.FAILED, "line.blocked")
NO_ADDRESS: Final = Outcome(DeliveryState.FAILED, "line.unknown")


def turn_at(user: str) -> str:
    """The name of the turn at one person on LINE; their id stays out of the database's lists."""
    return f"line {digest(user)}"


@dataclass(frozen=True)
class LineTransport:
    """The one way out to LINE."""

    api: Api
    database: Database
    open_uow: OpenUow
    clock: Clock
    zone: ZoneInfo
    #: Where a customer finds files that colleagues have sent.
    files_url: str
    is_on: bool = True

    @contextmanager
    def turn(self, to: str) -> Iterator[None]:
        """Wait until nobody else writes to that person or deals with what they wrote."""
        with locks.turn(self.database, turn_at(to)):
            yield

    def send(self, message: Outgoing) -> Outcome:
        """Send one message."""
        return self.send_together([message])[0]

    def send_together(self, messages: Sequence[Outgoing]) -> Sequence[Outcome]:
        """Send what waits: as much as fits into a reply, or the first as a push.

        Raises:
            Unanswered, Busy: LINE does not answer, or not now; the same again does no harm.
        """
        if not self.is_on:
            return [OFF]
        account = self._account(messages[0].to)
        if account is None:
            return [NO_ADDRESS] * len(messages)
        if account.blocked_at is not None:
            return [BLOCKED] * len(messages)
        made = [self._objects(one) for one in messages]
        fitting = _fitting(made)
        with self.database.reading() as connection:
            token = queries.token(connection, account.id, now=self.clock.now())
        if token is not None and fitting:
            together = [each for one in made[:fitting] for each in one]
            outcome = self._reply(token, _only_last_buttons(together))
            if outcome is not None:
                return [outcome] * fitting
        return [self._push(messages[0], made[0])]

    def _account(self, user: str) -> AccountView | None:
        with self.database.reading() as connection:
            return queries.of_user(connection, user)

    def _objects(self, message: Outgoing) -> list[Object]:
        formats = SpokenFormats(self.clock.now(), self.zone)
        return parts.objects(message, formats, files_url=self.files_url)

    # Replies

    def _reply(self, token: TokenView, objects: Sequence[Object]) -> Outcome | None:
        """Answer by the token; None where it is gone and a push has to do."""
        with self.open_uow(SYSTEM) as uow:
            is_ours = service.take_token(uow, token)
        if not is_ours:
            return None
        try:
            return self._replied(token, objects)
        except Busy:
            with self.open_uow(SYSTEM) as uow:
                service.give_back_token(uow, token)
            raise
        except Refused:
            return None  # one of them may be at fault: each for itself then

    def _replied(self, token: TokenView, objects: Sequence[Object]) -> Outcome | None:
        try:
            done = self.api.reply(token.token, objects)
        except Unanswered:
            # It may have arrived. A token is good once: if it is gone by now, it has.
            if self.api.reply(token.token, objects) in {
                client.Outcome.ACCEPTED,
                client.Outcome.TOKEN_GONE,
            }:
                return REPLIED
            raise
        return REPLIED if done is client.Outcome.ACCEPTED else None

    # Pushes

    def _push(self, message: Outgoing, objects: Sequence[Object]) -> Outcome:
        """Send one message that counts, unless none is left; tried twice it arrives once."""
        for nth, some in enumerate(parts.calls(objects)):
            # What has begun is finished: the month was looked at before its first part.
            if nth == 0 and self._is_over():
                return _too_many(message)
            key = uuid.uuid5(_KEYS, f"{message.conversation_public_id}:{message.message_id}:{nth}")
            try:
                done = self.api.push(message.to, some, key=key)
            except Refused as error:
                return Outcome(DeliveryState.FAILED, str(error))
            if done is client.Outcome.USED_UP:
                with self.open_uow(SYSTEM) as uow:
                    service.note_used_up(uow)
                return _too_many(message)
            with self.open_uow(SYSTEM) as uow:
                service.count_sent(uow)
        return PUSHED

    def _is_over(self) -> bool:
        """Whether this month allows no more; LINE is asked when we do not know well."""
        now = self.clock.now()
        with self.database.reading() as connection:
            known = queries.month(connection, now)
        if known is not None and now - known.read_at < _QUOTA_FRESH:
            return known.is_over
        try:
            quota = self.api.quota()
        except (Unanswered, Busy, Refused) as error:
            log.warning("line.quota_unknown", cause=type(error).__name__)
            return False  # LINE itself refuses what is too much
        with self.open_uow(SYSTEM) as uow:
            service.note_quota(uow, quota)
        return quota.allowance is not None and quota.used >= quota.allowance


def _too_many(message: Outgoing) -> Outcome:
    """No more may leave this month: what another way can say does not wait for the next."""
    return NO_MORE if message.extra.get(OR_ELSE) else USED_UP


def _fitting(made: Sequence[Sequence[Object]]) -> int:
    """How many whole messages fit into one call, from the first."""
    room = parts.MOST_OBJECTS
    for at, one in enumerate(made):
        room -= len(one)
        if room < 0:
            return at
    return len(made)


def _only_last_buttons(objects: Sequence[Object]) -> list[Object]:
    """Buttons show under the last object alone; those of others would be lost."""
    *before, last = objects
    kept = [{name: one[name] for name in one if name != "quickReply"} for one in before]
    return [*kept, last]
