"""Endpoints and what they are to be told: every change of them; nothing here calls anybody."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from oms_service.infra import fallout
from oms_service.infra.fallout import FalloutKind, FalloutRetried
from oms_service.infra.outbox import OutboxRow
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import events, ids
from oms_service.kernel.errors import DomainError, Invalid, NotFound, Stale
from oms_service.webhooks import policy, queries
from oms_service.webhooks.events import (
    WebhookEndpointAdded,
    WebhookEndpointChanged,
    WebhookEndpointEnded,
    WebhookEndpointSecretRenewed,
    WebhookTested,
)
from oms_service.webhooks.models import WebhookDelivery, WebhookEndpoint
from oms_service.webhooks.queries import EndpointView
from oms_service.webhooks.states import DeliveryState

#: What the fallout list calls an endpoint that was switched off.
STEP: Final = "webhooks.endpoint"
#: One replay tells at most so many events.
MOST_REPLAYED: Final = 10_000
MOST_ENDPOINTS: Final = 100
LONGEST_OVERLAP: Final = timedelta(days=7)
_NOTED: Final = insert(WebhookDelivery).on_conflict_do_nothing()


class EndpointOff(DomainError):
    """The endpoint is switched off: nothing is sent to it."""

    code: ClassVar[str] = "webhook-endpoint-off"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """An endpoint as somebody wants it; ``patterns`` are ``*``, ``order.*`` or events' names."""

    url: str
    patterns: Sequence[str]
    label: str = ""
    is_active: bool = True


def create(uow: UnitOfWork, wanted: Wanted, *, private: bool) -> EndpointView:
    """Tell another server from now on.

    Args:
        uow: the open unit of work.
        wanted: what it is to be.
        private: whether plain HTTP and our own network are allowed.

    Raises:
        Invalid: ``fields`` says what is wrong, or that there are too many.
    """
    label, patterns = _checked(wanted, private=private)
    here = select(WebhookEndpoint.id).where(WebhookEndpoint.ended_at.is_(None))
    if len(uow.session.scalars(here.limit(MOST_ENDPOINTS)).all()) >= MOST_ENDPOINTS:
        raise Invalid(
            "there are too many endpoints", {"url": f"there are {MOST_ENDPOINTS} already"}
        )
    row = WebhookEndpoint(
        number=f"W-{ids.readable_code(8)}",
        label=label,
        url=wanted.url,
        patterns=patterns,
        secret_seed=ids.token(),
        is_active=wanted.is_active,
        failures=0,
        created_at=uow.now,
        created_by=uow.actor.ref,
        version=1,
    )
    uow.session.add(row)
    uow.session.flush()
    uow.emit(WebhookEndpointAdded(webhook_endpoint_id=row.id))
    return queries.view_of(row)


def change(
    uow: UnitOfWork, number: str, wanted: Wanted, *, version: int, private: bool
) -> EndpointView:
    """Make an endpoint what is wanted now; switched on again, it goes on with what waited.

    Raises:
        NotFound: no such endpoint.
        Invalid: ``fields`` says what is wrong.
        Stale: it changed since it was read.
    """
    label, patterns = _checked(wanted, private=private)
    row = _held(uow, number, version)
    row.label, row.url, row.patterns = label, wanted.url, patterns
    if wanted.is_active and not row.is_active:
        _switch_on(uow, row)
    elif row.is_active and not wanted.is_active:
        switch_off(uow, row)
    row.version += 1
    uow.session.flush()
    uow.emit(WebhookEndpointChanged(webhook_endpoint_id=row.id))
    return queries.view_of(row)


def rotate(uow: UnitOfWork, number: str, *, version: int, overlap: timedelta) -> EndpointView:
    """Give an endpoint a new secret; the one before signs beside it for ``overlap``.

    Raises:
        NotFound: no such endpoint.
        Stale: it changed since it was read.
        Invalid: an overlap below zero or above seven days.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise Invalid("the overlap is too long", {"overlap_hours": "must be 0 to 168"})
    row = _held(uow, number, version)
    row.former_seed, row.former_until = (
        (row.secret_seed, uow.now + overlap) if overlap else (None, None)
    )
    row.secret_seed = ids.token()
    row.version += 1
    uow.session.flush()
    uow.emit(WebhookEndpointSecretRenewed(webhook_endpoint_id=row.id))
    return queries.view_of(row)


def end(uow: UnitOfWork, number: str, *, version: int) -> EndpointView:
    """Take an endpoint away for good; what was not told yet is told no more.

    Raises:
        NotFound: no such endpoint.
        Stale: it changed since it was read.
    """
    row = _held(uow, number, version)
    if row.is_active:
        switch_off(uow, row)
    fallout.settle_for(uow, FalloutKind.WEBHOOK, subject_id=row.id, step=STEP)
    row.stopped_at, row.ended_at = None, uow.now
    row.former_seed, row.former_until = None, None
    row.version += 1
    uow.session.flush()
    uow.emit(WebhookEndpointEnded(webhook_endpoint_id=row.id))
    return queries.view_of(row)


def test(uow: UnitOfWork, number: str) -> EndpointView:
    """Send one event of its own to an endpoint.

    Raises:
        NotFound: no such endpoint.
        EndpointOff: it is switched off.
    """
    row = _held(uow, number)
    _must_be_on(row)
    uow.emit(WebhookTested(webhook_endpoint_id=row.id))
    return queries.view_of(row)


def replay(uow: UnitOfWork, number: str, event_id: uuid.UUID) -> None:
    """Tell an endpoint one event again, or at once where it waits.

    Raises:
        NotFound: no such endpoint, or the event was never meant for it.
        EndpointOff: it is switched off.
    """
    row = _held(uow, number)
    _must_be_on(row)
    this = select(OutboxRow.id).where(OutboxRow.event_id == event_id).scalar_subquery()
    mine = [WebhookDelivery.endpoint_id == row.id, WebhookDelivery.outbox_id == this]
    found = uow.session.scalar(select(WebhookDelivery).where(*mine).with_for_update())
    if found is None:
        raise NotFound("no such delivery")
    if found.state is not DeliveryState.WAITING:
        found.state, found.tries, found.delivered_at = DeliveryState.WAITING, 0, None
    found.next_at = uow.now
    row.rests_until = None


def replay_failed(uow: UnitOfWork, number: str) -> int:
    """Tell an endpoint again what could not be told, the oldest ``MOST_REPLAYED`` of it.

    Done twice it tells once: what is told again has not failed any more.

    Returns:
        How many events are told again.

    Raises:
        NotFound: no such endpoint.
        EndpointOff: it is switched off.
    """
    row = _held(uow, number)
    _must_be_on(row)
    oldest = (
        select(WebhookDelivery.outbox_id)
        .where(WebhookDelivery.endpoint_id == row.id, WebhookDelivery.state == DeliveryState.FAILED)
        .order_by(WebhookDelivery.outbox_id)
        .limit(MOST_REPLAYED)
    )
    again = uow.session.scalars(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.endpoint_id == row.id,
            WebhookDelivery.outbox_id.in_(oldest),
        )
        .values(state=DeliveryState.WAITING, tries=0, delivered_at=None, next_at=uow.now)
        .returning(WebhookDelivery.outbox_id)
        .execution_options(synchronize_session=False)
    ).all()
    if again:
        row.rests_until = None
    return len(again)


def replay_since(
    uow: UnitOfWork, number: str, *, since: datetime, until: datetime | None = None
) -> int:
    """Tell an endpoint again everything it wants that happened from ``since`` on.

    Events that still wait to be told stay as they are. Events are kept for 60 days.

    Returns:
        How many events are told again.

    Raises:
        NotFound: no such endpoint.
        EndpointOff: it is switched off.
        Invalid: a time to come, or more than ``MOST_REPLAYED`` events.
    """
    last = min(until or uow.now, uow.now)
    if since > last:
        raise Invalid(
            "nothing lies between these times", {"since": "must lie before until and now"}
        )
    row = _held(uow, number)
    _must_be_on(row)
    wanted = (
        select(OutboxRow.id, OutboxRow.name)
        .where(
            OutboxRow.reacted_at.is_not(None),  # what has not been reacted to is told anyway
            OutboxRow.occurred_at >= since,
            OutboxRow.occurred_at <= last,
            OutboxRow.name != WebhookTested.name,
            _fits(row.patterns),
        )
        .order_by(OutboxRow.id)
        .limit(MOST_REPLAYED + 1)
    )
    found = uow.session.execute(wanted).all()
    if len(found) > MOST_REPLAYED:
        raise Invalid(
            "too many events", {"since": f"more than {MOST_REPLAYED} events; choose a shorter time"}
        )
    row.rests_until = None
    told = 0
    for start in range(0, len(found), 1000):
        told += _plan_again(
            uow, row.id, [(one.id, one.name) for one in found[start : start + 1000]]
        )
    return told


def note_events(uow: UnitOfWork, rows: Sequence[OutboxRow]) -> None:
    """Write down who is to be told of these events; heard twice, they are noted once."""
    active = select(WebhookEndpoint.id, WebhookEndpoint.patterns).where(WebhookEndpoint.is_active)
    listening = uow.session.execute(active).all()
    if not listening:
        return
    values = [
        {
            "endpoint_id": one.id,
            "outbox_id": row.id,
            "event_name": row.name,
            "state": DeliveryState.WAITING,
            "tries": 0,
            "next_at": uow.now,
        }
        for row in rows
        for one in listening
        if _is_meant(row, one.id, one.patterns)
    ]
    if values:
        uow.session.connection().execute(_NOTED, values)


def switch_off(uow: UnitOfWork, row: WebhookEndpoint) -> None:
    """Send an endpoint nothing more; what waits is parked."""
    row.is_active = False
    _move(uow, row.id, DeliveryState.WAITING, DeliveryState.PARKED, next_at=None)


def switch_on_again(uow: UnitOfWork, event: FalloutRetried) -> None:
    """Somebody tries an endpoint anew that the house had switched off."""
    if event.step != STEP:
        return
    query = select(WebhookEndpoint).where(
        WebhookEndpoint.id == event.subject_id, WebhookEndpoint.ended_at.is_(None)
    )
    row = uow.session.scalar(query.with_for_update(key_share=True))
    if row is not None and not row.is_active:
        _switch_on(uow, row)
        row.version += 1


def _switch_on(uow: UnitOfWork, row: WebhookEndpoint) -> None:
    row.is_active, row.stopped_at = True, None
    row.failures, row.failing_since, row.rests_until = 0, None, None
    _move(uow, row.id, DeliveryState.PARKED, DeliveryState.WAITING, next_at=uow.now)
    fallout.settle_for(uow, FalloutKind.WEBHOOK, subject_id=row.id, step=STEP)


def _move(
    uow: UnitOfWork,
    endpoint_id: int,
    before: DeliveryState,
    after: DeliveryState,
    *,
    next_at: datetime | None,
) -> None:
    uow.session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.state == before)
        .values(state=after, next_at=next_at)
        .execution_options(synchronize_session=False)
    )


def _plan_again(uow: UnitOfWork, endpoint_id: int, found: Sequence[tuple[int, str]]) -> int:
    planned = insert(WebhookDelivery).values(
        [
            {
                "endpoint_id": endpoint_id,
                "outbox_id": outbox_id,
                "event_name": name,
                "state": DeliveryState.WAITING,
                "tries": 0,
                "next_at": uow.now,
            }
            for outbox_id, name in found
        ]
    )
    again = planned.on_conflict_do_update(
        index_elements=["endpoint_id", "outbox_id"],
        set_={
            "state": planned.excluded.state,
            "tries": 0,
            "next_at": planned.excluded.next_at,
            "delivered_at": None,
        },
        where=WebhookDelivery.state != DeliveryState.WAITING,
    ).returning(WebhookDelivery.id)
    return len(uow.session.execute(again).all())


def _is_meant(row: OutboxRow, endpoint_id: int, patterns: Collection[str]) -> bool:
    if row.name == WebhookTested.name:
        return bool(row.payload.get("webhook_endpoint_id") == endpoint_id)
    return policy.wants(patterns, row.name)


def _fits(patterns: Collection[str]) -> ColumnElement[bool]:
    if "*" in patterns:
        return and_(
            *(
                ~OutboxRow.name.startswith(f"{one}.", autoescape=True)
                for one in sorted(policy.OF_THE_HOUSE)
            )
        )
    whole = [one for one in patterns if not one.endswith(".*")]
    begins = [one[:-1] for one in patterns if one.endswith(".*")]
    return or_(
        OutboxRow.name.in_(whole),
        *(OutboxRow.name.startswith(one, autoescape=True) for one in begins),
    )


def _must_be_on(row: WebhookEndpoint) -> None:
    if not row.is_active:
        raise EndpointOff("the endpoint is switched off")


def _held(uow: UnitOfWork, number: str, version: int | None = None) -> WebhookEndpoint:
    """The endpoint, held against other changes, but not against events that are noted for it."""
    query = (
        select(WebhookEndpoint)
        .where(WebhookEndpoint.number == number, WebhookEndpoint.ended_at.is_(None))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    row = uow.session.scalar(query)
    if row is None:
        raise NotFound("no such webhook endpoint")
    if version is not None and version != row.version:
        raise Stale("it changed since you opened it")
    return row


def _checked(wanted: Wanted, *, private: bool) -> tuple[str, list[str]]:
    label, patterns = wanted.label.strip(), sorted(set(wanted.patterns))
    fields = {}
    if len(label) > policy.LONGEST_LABEL or not label.isprintable():
        fields["label"] = f"must have at most {policy.LONGEST_LABEL} characters"
    if problem := policy.url_problem(wanted.url, private=private):
        fields["url"] = problem
    names = events.known()
    if not 1 <= len(patterns) <= policy.MOST_PATTERNS:
        fields["events"] = f"must be 1 to {policy.MOST_PATTERNS} names"
    elif not all(policy.is_pattern(one, names) for one in patterns):
        fields["events"] = "must be *, order.* or names of events"
    if fields:
        raise Invalid("; ".join(f"{name} {what}" for name, what in fields.items()), fields)
    return label, patterns
