"""How messages reach customers in Slack: each once, in the order in which they were said.

Before a message is posted it is noted as begun, and where it stands when Slack has said so. Begun
and without a place it may stand there already: it is looked for by its mark first.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from bots.slack import queries, workspaces
from bots.slack.client import Busy, Refused, Unanswered
from bots.slack.couriers import MARK, look_up
from bots.slack.customers import laying, places
from bots.slack.customers.places import Place
from bots.slack.lanes import POST
from bots.slack.models import SlackSaid
from bots.slack.sealing import CannotOpen
from bots.wording import SpokenFormats
from oms_service.conversations.channels import SLACK
from oms_service.conversations.states import DeliveryState
from oms_service.conversations.transports import Outcome, Outgoing, Transports
from oms_service.infra import locks
from oms_service.infra.subscribers import NotNow
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import NotFound
from oms_service.kernel.ids import digest
from oms_service.runtime import Runtime

POSTED: Final = Outcome(DeliveryState.SENT, "slack.posted")
OFF: Final = Outcome(DeliveryState.QUEUED, "slack.off")
#: Nobody lets us in there any more.
GONE: Final = Outcome(DeliveryState.FAILED, "slack.gone")
#: Slack's words for that.
_GONE: Final = frozenset(
    {"account_inactive", "channel_not_found", "invalid_auth", "is_archived", "token_revoked"}
)
#: A message is tried no longer, so nobody asks any more where it stands.
KEPT: Final = timedelta(days=30)
BATCH: Final = 1_000


@dataclass(frozen=True)
class SlackTransport:
    """The one way out to customers in Slack."""

    house: Runtime

    @contextmanager
    def turn(self, to: str) -> Iterator[None]:
        """Wait until nobody else writes into that conversation."""
        with locks.turn(self.house.database, f"slack {digest(to)}"):
            yield

    def send(self, message: Outgoing) -> Outcome:
        """Post one message; posted before, it is left as it stands.

        Raises:
            NotNow: Slack asks for a rest, or has not let us in just now.
            Unanswered: it may stand there; the same again looks first.
        """
        if not self.house.settings.has_slack:
            return OFF
        place = places.read(message.to)
        with self.house.database.reading() as connection:
            workspace = queries.of_team(connection, place.team)
        if workspace is None or workspace.revoked_at is not None:
            return GONE
        try:
            return self._post(workspace.id, place, message)
        except Busy as busy:
            raise NotNow(busy.wait_s) from None
        except (NotFound, CannotOpen):
            return GONE
        except Refused as refused:
            if refused.code in _GONE:
                return GONE
            return Outcome(DeliveryState.FAILED, f"slack.{refused.code}")

    def send_together(self, messages: Sequence[Outgoing]) -> Sequence[Outcome]:
        """Post the oldest: the next ones follow it."""
        return [self.send(messages[0])]

    def _post(self, workspace_id: int, place: Place, message: Outgoing) -> Outcome:
        slack = workspaces.slack_of(self.house, workspace_id)
        key = f"said:{message.message_id}"
        with self.house.unit_of_work(SYSTEM) as uow:
            is_there, since = _begin(uow, message.message_id)
        if is_there:
            return POSTED
        found = look_up(slack, place.channel, key, place.thread, since=since) if since else ""
        if not found:
            settings = self.house.settings
            formats = SpokenFormats(self.house.clock.now(), settings.zone)
            said = laying.drawn(message, formats, files_url=f"{settings.public_url}/cases")
            arguments = {
                "channel": place.channel,
                "thread_ts": place.thread or None,
                "text": said.text,
                "blocks": said.blocks,
                "metadata": {"event_type": MARK, "event_payload": {"key": key}},
                **said.more,
            }
            found = str(slack.call(POST, arguments)["ts"])
        with self.house.unit_of_work(SYSTEM) as uow:
            uow.session.execute(
                update(SlackSaid)
                .where(SlackSaid.message_id == message.message_id)
                .values(ts=found)
                .execution_options(synchronize_session=False)
            )
        return POSTED


def add(transports: Transports, house: Runtime) -> None:
    """Have messages to customers in Slack leave by it."""
    transports.add(
        SLACK, SlackTransport(house), is_down=lambda error: isinstance(error, Unanswered)
    )


def forget_old(uow: UnitOfWork) -> int:
    """The sweep: what was posted long ago is not asked for again."""
    old = (
        select(SlackSaid.id)
        .where(SlackSaid.begun_at < uow.now - KEPT)
        .order_by(SlackSaid.begun_at)
        .limit(BATCH)
    )
    gone = uow.session.execute(
        delete(SlackSaid).where(SlackSaid.id.in_(old.scalar_subquery())).returning(SlackSaid.id)
    )
    return len(gone.all())


def _begin(uow: UnitOfWork, message_id: int) -> tuple[bool, datetime | None]:
    """Note that a message is about to be posted; whether it is, and since when that was tried."""
    is_new = uow.session.execute(
        insert(SlackSaid)
        .values(message_id=message_id, begun_at=uow.now)
        .on_conflict_do_nothing()
        .returning(SlackSaid.id)
    ).scalar()
    if is_new is not None:
        return False, None
    ts, begun_at = uow.session.execute(
        select(SlackSaid.ts, SlackSaid.begun_at).where(SlackSaid.message_id == message_id)
    ).one()
    return bool(ts), begun_at
