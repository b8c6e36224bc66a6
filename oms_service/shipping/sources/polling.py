"""Asking about parcels of carriers that do not call us, or in case their call was lost.

A parcel is asked about from its hand-over on, sooner while it is out for delivery, more and more
seldom while nobody answers, and never again once it has ended. The asking itself is an effect:
no transaction is open while the other side thinks. Its answer is kept and read like any body.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, cast
from urllib.parse import quote, urlsplit

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_service.infra import inbound
from oms_service.infra.intake import Intake
from oms_service.infra.subscribers import Outside
from oms_service.infra.uow import UnitOfWork
from oms_service.ports.carrier import CarrierStatus
from oms_service.ports.registry import Adapters
from oms_service.ports.tracking import KIND, NoAnswer, TrackingSource
from oms_service.shipping.events import ParcelHandedOver
from oms_service.shipping.models import Parcel, Shipment
from oms_service.shipping.numbers import tracking_key
from oms_service.shipping.sources import mappings
from oms_service.shipping.sources.events import PollRequested
from oms_service.shipping.sources.models import Poll
from oms_service.shipping.sources.states import Asking
from oms_service.shipping.states import FINAL

BATCH: Final = 100
#: How long until the next question, by where the parcel stands.
USUAL_WAIT: Final = timedelta(hours=2)
WAITS: Final[Mapping[CarrierStatus, timedelta]] = {
    CarrierStatus.PRE_TRANSIT: timedelta(hours=4),
    CarrierStatus.OUT_FOR_DELIVERY: timedelta(minutes=30),
}
#: After so many failures the wait does not grow any more.
_MOST_DOUBLINGS: Final = 4
#: So long after its hand-over nobody asks about a parcel any more.
GIVE_UP: Final = timedelta(days=45)
#: A question that was put and never answered, because a process died, is put again.
LEASE: Final = timedelta(minutes=15)

Fetch = Callable[[str, str], bytes]
"""``(url, token) -> body``; raises ``NoAnswer``."""


def wait(status: CarrierStatus, failures: int) -> timedelta:
    """How long until a parcel is asked about again."""
    return WAITS.get(status, USUAL_WAIT) * (1 << min(failures, _MOST_DOUBLINGS))


@dataclass(frozen=True)
class _Mapped:
    """A generic HTTP source: an address with ``{number}``, read by a mapping."""

    source: str
    url: str
    token: str = field(repr=False)
    fetch: Fetch

    def ask(self, carrier: str, number: str) -> bytes:  # noqa: ARG002 - the mapping is a carrier's
        return self.fetch(self.url.replace("{number}", quote(tracking_key(number))), self.token)


@dataclass(frozen=True)
class Polling:
    """Who is asked, and how.

    Args:
        adapters: has sources of the house by the carrier they know.
        intake: reads what was answered.
        fetch: gets what an address answers.
        tokens: by host, as it stands in an address; sent there as a bearer's, and nowhere else:
            whoever changes a mapping's address cannot have a key sent to themselves.
    """

    adapters: Adapters
    intake: Intake
    fetch: Fetch
    tokens: Mapping[str, str] = field(default_factory=dict)

    def begin(self, uow: UnitOfWork, event: ParcelHandedOver) -> None:
        """A parcel has left: whoever knows its carrier is asked from now on."""
        source = self._source_name(uow.session, event.carrier)
        if source is None:
            return
        made = uow.session.scalar(
            insert(Poll)
            .values(
                parcel_id=event.parcel_id,
                source=source,
                state=Asking.ASKING,
                next_at=uow.now + LEASE,
                failures=0,
                failure="",
            )
            .on_conflict_do_nothing(index_elements=["parcel_id"])
            .returning(Poll.parcel_id)
        )
        if made is not None:
            uow.emit(PollRequested(order_id=event.order_id, parcel_id=event.parcel_id))

    def ask_due(self, uow: UnitOfWork) -> int:
        """The sweep: have one batch of parcels asked about whose time has come."""
        query = (
            select(Poll, Parcel.status, Parcel.handed_over_at, Shipment.order_id)
            .join(Parcel, Parcel.id == Poll.parcel_id)
            .join(Shipment, Shipment.id == Parcel.shipment_id)
            .where(Poll.state == Asking.ASKING, Poll.next_at <= uow.now)
            .order_by(Poll.next_at, Poll.parcel_id)
            .limit(BATCH)
            .with_for_update(of=Poll, skip_locked=True)
        )
        rows = uow.session.execute(query).all()
        with uow.together():
            for poll, status, handed_over_at, order_id in rows:
                poll.state = _state(status, handed_over_at, uow.now)
                if poll.state is Asking.ASKING:
                    poll.next_at = uow.now + LEASE
                    uow.emit(PollRequested(order_id=order_id, parcel_id=poll.parcel_id))
        return len(rows)

    def ask(self, outside: Outside, event: PollRequested) -> None:
        """Ask, keep the answer, have it read. Asked twice, the same answer counts once."""
        with outside.unit_of_work() as uow:
            row = uow.session.execute(
                select(
                    Poll.source,
                    Poll.state,
                    Parcel.carrier,
                    Parcel.tracking_number,
                    Parcel.status,
                )
                .join(Parcel, Parcel.id == Poll.parcel_id)
                .where(Poll.parcel_id == event.parcel_id)
            ).one_or_none()
            if row is None or row.state is not Asking.ASKING or row.status in FINAL:
                return
            source = self._source(uow.session, row.carrier, row.source)
        if source is None:
            self._note(outside, event.parcel_id, failure="no_source")
            return
        try:
            body = source.ask(row.carrier, row.tracking_number)
        except NoAnswer as none:
            self._note(outside, event.parcel_id, failure=none.code)
            return
        with outside.unit_of_work() as uow:
            inbound_id = inbound.keep(uow, source=source.source, body=body)
        if inbound_id is not None:
            self.intake.take_now(outside.unit_of_work, source.source, inbound_id)
        self._note(outside, event.parcel_id)

    def _note(self, outside: Outside, parcel_id: int, *, failure: str = "") -> None:
        with outside.unit_of_work() as uow:
            poll = uow.session.scalar(
                select(Poll).where(Poll.parcel_id == parcel_id).with_for_update()
            )
            parcel = uow.session.get_one(Parcel, parcel_id)
            if poll is None:
                return
            poll.asked_at = uow.now
            poll.failures = poll.failures + 1 if failure else 0
            poll.failure = failure[:60]
            if not failure:
                poll.answered_at = uow.now
            poll.next_at = uow.now + wait(parcel.status, poll.failures)
            poll.state = _state(parcel.status, parcel.handed_over_at, uow.now)

    def _source_name(self, session: Session, carrier: str) -> str | None:
        found = self._of_house(carrier)
        return found.source if found else mappings.polled(session, carrier)

    def _source(self, session: Session, carrier: str, name: str) -> TrackingSource | None:
        found = self._of_house(carrier)
        if found is not None and found.source == name:
            return found
        mapping = mappings.polled(session, carrier)
        if mapping is None:
            return None
        rules = mappings.rules_of(session, mapping.partition(":")[2])
        token = self.tokens.get(urlsplit(rules.poll).netloc.lower(), "")
        return _Mapped(mapping, rules.poll, token, self.fetch)

    def _of_house(self, carrier: str) -> TrackingSource | None:
        try:
            return cast(TrackingSource, self.adapters.get(KIND, carrier))
        except LookupError:
            return None


def _state(status: CarrierStatus, handed_over_at: datetime | None, now: datetime) -> Asking:
    if status in FINAL:
        return Asking.DONE
    if handed_over_at is not None and now - handed_over_at > GIVE_UP:
        return Asking.GIVEN_UP
    return Asking.ASKING
